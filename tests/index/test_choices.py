"""Lines that readers chose: what they are worth for a query, in a file, and in a card."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recueil_qa.analysis.passages import corpus_passages
from recueil_qa.assistant import Assistant
from recueil_qa.builds.build import build_index
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.errors import IndexDamagedError
from recueil_qa.index.choices import NEAR, PRIOR, Choices, choices_of, load, no_choices
from recueil_qa.index.opening import open_index
from tests.support.collections import write_corpus
from tests.support.encoders import HashEncoder
from tests.support.statements import write_lessons


def numbers(*values: int) -> Any:
    return np.array(values, np.int64)


# Three passages a practice; two judgments of the first, one of the second, none of the third.
OWNERS = numbers(0, 0, 0, 1, 1, 1, 2, 2, 2)
VECTORS = np.eye(3, 4, dtype=np.float32)
CHOICES = Choices(
    VECTORS,
    statements=numbers(0, 1, 2),
    practices=numbers(0, 0, 1),
    lines=numbers(0, 1, 2, 4),
    judgments=numbers(0, 1, 1, 2),
    usual=0.25,
)


def by_hand(choices: Choices, cosines: list[float], owners: list[int]) -> list[float]:
    """What lines are worth, told one after the other."""
    found = []
    for passage, owner in enumerate(owners):
        judged = [j for j, practice in enumerate(choices.practices.tolist()) if practice == owner]
        near = {j: math.exp(NEAR * cosines[choices.statements[j]]) for j in judged}
        chosen = sum(
            near[j]
            for line, j in zip(choices.lines.tolist(), choices.judgments.tolist(), strict=True)
            if line == passage
        )
        share = len(judged) * chosen / sum(near.values()) if judged else 0
        often = (share + PRIOR * choices.usual) / (len(judged) + PRIOR)
        found.append(math.log(often / choices.usual))
    return found


@given(st.lists(st.floats(-1, 1, width=32), min_size=3, max_size=3))
def test_a_line_is_worth_how_often_it_was_chosen_for_problems_that_are_near(
    cosines: list[float],
) -> None:
    found = CHOICES.worth(np.array(cosines, np.float32), OWNERS)
    assert found.tolist() == pytest.approx(by_hand(CHOICES, cosines, OWNERS.tolist()), abs=1e-4)


def test_nearer_problems_decide() -> None:
    first, second = (CHOICES.worth(VECTORS @ VECTORS[i], OWNERS) for i in (0, 1))
    assert first[0] > 0 > first[1]
    assert second[1] > 0 > second[0]


def test_a_practice_that_nobody_judged_is_worth_nothing_more_or_less() -> None:
    assert CHOICES.worth(VECTORS @ VECTORS[0], OWNERS)[6:].tolist() == [0, 0, 0]
    assert no_choices(4).worth(np.zeros(0, np.float32), OWNERS).tolist() == [0] * 9


@pytest.mark.parametrize("practices", [(0, 1, 2), (0, 1), (1,), (0, 2), (2,), (1, 2), ()])
def test_a_part_of_an_index_has_what_the_whole_has(practices: tuple[int, ...]) -> None:
    spans = np.array([[3 * i, 3 * i + 3] for i in practices], np.int64).reshape(-1, 2)
    part = CHOICES.within(numbers(*practices), spans)
    query = np.array([0.3, 0.8, 0.1], np.float32)
    whole = CHOICES.worth(query, OWNERS)
    kept = np.isin(OWNERS, practices)
    owners = np.repeat(np.arange(len(practices)), 3)
    if practices:
        np.testing.assert_allclose(part.worth(query, owners), whole[kept], atol=1e-6)
    else:
        assert len(part.lines) == len(part.practices) == 0


def test_a_file_has_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "choices.npz"
    path.write_bytes(CHOICES.dump())
    found = load(path, 4, 3, 9)
    for name in ("vectors", "statements", "practices", "lines", "judgments", "usual"):
        np.testing.assert_array_equal(getattr(found, name), getattr(CHOICES, name))
    assert found.dump() == path.read_bytes()


@pytest.mark.parametrize(
    ("changes", "of"),
    [
        ({}, (5, 3, 9)),
        ({}, (4, 1, 9)),
        ({}, (4, 3, 4)),
        ({"statements": numbers(0, 1, 3)}, (4, 3, 9)),
        ({"practices": numbers(0, 0, -1)}, (4, 3, 9)),
        ({"judgments": numbers(0, 1, 1, 3)}, (4, 3, 9)),
        ({"judgments": numbers(0, 1, 1)}, (4, 3, 9)),
        ({"practices": numbers(0, 0)}, (4, 3, 9)),
        ({"vectors": np.full((3, 4), np.nan, np.float32)}, (4, 3, 9)),
        ({"vectors": np.ones(3, np.float32)}, (4, 3, 9)),
        ({"usual": 0.0}, (4, 3, 9)),
    ],
)
def test_choices_of_another_index_are_refused(
    changes: dict[str, Any], of: tuple[int, int, int], tmp_path: Path
) -> None:
    path = tmp_path / "choices.npz"
    path.write_bytes(replace(CHOICES, **changes).dump())
    with pytest.raises(ValueError, match="choices"):
        load(path, *of)


@pytest.mark.parametrize("content", [b"", b"PK", b"\x93NUMPY", b"{}"])
def test_a_file_of_something_else_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "choices.npz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="choices"):
        load(path, 4, 3, 9)


TOLD = "Le standard est saturé d'appels répétés des mêmes gens"


def judged(*lines: str) -> dict[str, object]:
    return {
        "id": "j1",
        "lang": "fr",
        "text": TOLD,
        "grades": {"petit-p2": 2},
        "lines": {"petit-p2": list(lines)},
    }


def built(root: Path, row: dict[str, object]) -> Path:
    write_lessons(write_corpus(root / "corpus"), [row])
    build_index(root / "index", read_corpus(root / "corpus"), HashEncoder())
    return root / "index"


def test_a_build_keeps_what_statements_note(tmp_path: Path) -> None:
    index = open_index(built(tmp_path, judged("conseils/2", "contexte/1")))
    choices = index.choices
    chosen = [index.passages[i].id for i in choices.lines.tolist()]
    assert chosen == ["petit-p2/conseils/2", "petit-p2/contexte/1"]
    assert [index.practices[i].id for i in choices.practices.tolist()] == ["petit-p2"]
    np.testing.assert_allclose(choices.vectors, HashEncoder().encode_document([TOLD]), atol=1e-3)
    assert choices.usual == pytest.approx(2 / 3)  # of three lines, two are chosen


def test_without_any_there_is_no_file(tmp_path: Path) -> None:
    corpus = read_corpus(write_corpus(tmp_path / "corpus").parent)
    assert choices_of(corpus, corpus_passages(corpus), HashEncoder().encode_document) is None
    build_index(tmp_path / "index", corpus, HashEncoder())
    index = open_index(tmp_path / "index")
    assert len(index.choices.lines) == 0
    assert not (index.folder / "choices.npz").exists()


@pytest.mark.parametrize("line", ["conseils/1", "conseils/2"])
def test_the_line_that_was_chosen_for_such_a_problem_is_set_off(line: str, tmp_path: Path) -> None:
    assistant = Assistant.open(index=built(tmp_path, judged(line)), encoder=HashEncoder())
    answer = assistant.ask(TOLD)
    card = next(card for card in answer.cards if card.practice.id == "petit-p2")
    best = max(card.advice, key=lambda citation: citation.score)
    assert best.passage == f"petit-p2/{line}"
    assert best.passage in card.set_off


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    root = built(tmp_path, judged("conseils/2"))
    path = open_index(root).folder / "choices.npz"
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(IndexDamagedError, match=r"choices\.npz"):
        open_index(root)
