from __future__ import annotations

import json
import math
import shutil
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from recueil_qa.builds.build import build_index
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.index.opened import Index
from recueil_qa.index.opening import open_index
from recueil_qa.search import similarity
from recueil_qa.search.similarity import PAIRS, nearest, neighbours
from recueil_qa.types import Neighbour, PassageKind
from tests.support.collections import write_corpus, write_faq
from tests.support.encoders import HashEncoder


@pytest.fixture
def opened(index_root: Path) -> Index:
    return open_index(index_root)


def plain_cosines(opened: Index, position: int) -> dict[str, float]:
    """Return the cosines of the centred mean vectors, in plain Python."""
    rows = [[float(value) for value in row] for row in opened.vectors]
    means = []
    for owner in range(len(opened.practices)):
        own = [row for row, o in zip(rows, opened.owners, strict=True) if o == owner]
        means.append([sum(column) / len(own) for column in zip(*own, strict=True)])
    middle = [sum(column) / len(means) for column in zip(*means, strict=True)]
    centred = [[v - m for v, m in zip(mean, middle, strict=True)] for mean in means]
    one = centred[position]
    return {
        practice.id: sum(a * b for a, b in zip(one, other, strict=True))
        / (math.hypot(*one) * math.hypot(*other))
        for practice, other in zip(opened.practices, centred, strict=True)
    }


@pytest.mark.parametrize("position", [0, 1, 2])
def test_neighbours_are_those_of_plain_python_best_first(opened: Index, position: int) -> None:
    expected = plain_cosines(opened, position)
    own = opened.practices[position].id
    assert expected.pop(own) == pytest.approx(1.0)
    found = neighbours(opened, position, 10)
    assert [near.practice.id for near in found] == sorted(expected, key=lambda i: -expected[i])
    for near in found:
        assert near.score == pytest.approx(expected[near.practice.id], abs=1e-5)


def test_nearness_goes_both_ways(opened: Index) -> None:
    scores = {
        (i, near.practice.id): near.score for i in range(3) for near in neighbours(opened, i, 2)
    }
    assert scores[0, "petit-p3"] == pytest.approx(scores[2, "petit-p1"], abs=1e-6)
    assert scores[1, "petit-p3"] == pytest.approx(scores[2, "petit-p2"], abs=1e-6)


@pytest.mark.parametrize(("top", "count"), [(0, 0), (1, 1), (2, 2), (5, 2)])
def test_no_more_neighbours_than_asked_nor_than_there_are(
    opened: Index, top: int, count: int
) -> None:
    assert neighbours(opened, 0, top) == neighbours(opened, 0, 10)[:count]


def test_the_nearest_is_the_first_neighbour_compared_once_and_without_lines(
    opened: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = [neighbours(opened, position, 1)[0].practice for position in range(3)]
    monkeypatch.setattr(similarity, "_pairs", None)
    found = [nearest(opened, position) for position in range(3)]
    assert [opened.practices[i] for i in found if i is not None] == first
    compared = replace(opened, practice_vectors=opened.practice_vectors.copy())
    assert [nearest(compared, position) for position in range(3)] == found
    compared.practice_vectors[:] = np.nan
    assert [nearest(compared, position) for position in range(3)] == found


def test_the_reasons_are_told(opened: Index) -> None:
    near = {n.practice.id: n for n in neighbours(opened, 1, 2)}
    assert (near["petit-p3"].same_organisation, near["petit-p3"].same_theme) == (True, False)
    assert (near["petit-p1"].same_organisation, near["petit-p1"].same_theme) == (False, False)


def test_a_facet_that_both_leave_empty_is_no_reason(faq_root: Path, tmp_path: Path) -> None:
    build_index(tmp_path / "faq-index", read_corpus(faq_root), HashEncoder())
    for near in neighbours(open_index(tmp_path / "faq-index"), 0, 5):
        assert (near.same_organisation, near.same_theme) == (False, False)


def best_pair(opened: Index, left: int, right: int) -> float:
    lines = [
        [
            opened.vectors[i]
            for i in range(len(opened.passages))
            if opened.passages[i].kind is PassageKind.LINE and opened.owners[i] == owner
        ]
        for owner in (left, right)
    ]
    return max(float(a @ b) for a, b in product(*lines))


def test_the_pairs_are_the_most_alike_lines_and_no_line_comes_twice(opened: Index) -> None:
    for near in neighbours(opened, 1, 2):
        assert len(near.pairs) == PAIRS
        right = opened.practices.index(near.practice)
        assert near.pairs[0].similarity == pytest.approx(best_pair(opened, 1, right), abs=1e-6)
        assert near.pairs[0].similarity >= near.pairs[1].similarity
        assert {pair.left.practice for pair in near.pairs} == {"petit-p2"}
        assert {pair.right.practice for pair in near.pairs} == {near.practice.id}
        assert len({pair.left.passage for pair in near.pairs}) == PAIRS
        assert len({pair.right.passage for pair in near.pairs}) == PAIRS


def test_a_line_that_both_have_is_the_reason(corpus_root: Path, tmp_path: Path) -> None:
    for page in (1, 3):
        path = corpus_root / "petit" / "practices" / f"p{page}.md"
        text = path.read_text("utf-8").replace("title: Le", "title: Même titre, le")
        path.write_text(text + "- Limiter le nombre d'indicateurs\n", "utf-8")
    build_index(tmp_path / "alike", read_corpus(corpus_root), HashEncoder())
    near = neighbours(open_index(tmp_path / "alike"), 0, 1)[0]
    assert near.practice.id == "petit-p3"
    first = near.pairs[0]
    assert first.left.text == first.right.text == "Limiter le nombre d'indicateurs"
    assert (first.left.passage, first.right.passage) == (
        "petit-p1/conseils/3",
        "petit-p3/conseils/3",
    )
    assert first.similarity == first.left.score == first.right.score


@pytest.mark.parametrize("line", ["Limiter les indicateurs", "Limiter le nombre d'indicateurs :"])
def test_a_line_that_says_little_alone_is_no_reason(
    corpus_root: Path, tmp_path: Path, line: str
) -> None:
    for page in (1, 3):
        path = corpus_root / "petit" / "practices" / f"p{page}.md"
        path.write_text(path.read_text("utf-8") + f"- {line}\n", "utf-8")
    source = corpus_root / "petit" / "source.txt"
    source.write_text(source.read_text("utf-8") + f"\n- {line}\n", "utf-8")
    build_index(tmp_path / "alike", read_corpus(corpus_root), HashEncoder())
    opened = open_index(tmp_path / "alike")
    assert [passage.text for passage in opened.passages].count(line) == 2
    for near in neighbours(opened, 0, 2):
        assert len(near.pairs) == PAIRS
        assert line not in {text for p in near.pairs for text in (p.left.text, p.right.text)}


def test_what_helps_with_the_same_statement_is_more_alike(
    corpus_root: Path, tmp_path: Path
) -> None:
    def nearness(root: Path) -> float:
        build_index(root, read_corpus(corpus_root), HashEncoder())
        found = {near.practice.id: near.score for near in neighbours(open_index(root), 0, 2)}
        return found["petit-p3"]

    before = nearness(tmp_path / "before")
    grades = {"petit-p1": 2, "petit-p3": 1}
    row = {"id": "s1", "lang": "fr", "text": "Des usagers perdus", "grades": grades}
    path = corpus_root / "petit" / "statements.jsonl"
    path.write_text(json.dumps(row) + "\n", "utf-8")
    assert nearness(tmp_path / "judged") > before
    # One that nothing answers brings no two practices together.
    path.write_text(json.dumps(row | {"grades": {}}) + "\n", "utf-8")
    assert nearness(tmp_path / "unanswered") == before


def alone(root: Path, kept: int) -> tuple[Neighbour, ...]:
    """Return the neighbours of the first of the practices kept, the others removed."""
    folder = write_faq(root / "corpus")
    for path in sorted((folder / "practices").iterdir())[kept:]:
        path.unlink()
    build_index(root / "index", read_corpus(root / "corpus"), HashEncoder())
    return neighbours(open_index(root / "index"), 0, 5)


def test_a_lone_practice_has_no_neighbour(tmp_path: Path) -> None:
    assert alone(tmp_path, 1) == ()
    assert nearest(open_index(tmp_path / "index"), 0) is None


def test_two_practices_are_opposites_once_their_mean_is_out(tmp_path: Path) -> None:
    (near,) = alone(tmp_path, 2)
    assert near.practice.id == "faq-carte"
    assert near.score == pytest.approx(-1.0, abs=1e-5)
    # One line on each side: one pair.
    assert len(near.pairs) == 1


def test_practices_of_the_same_words_have_no_direction_and_score_zero(tmp_path: Path) -> None:
    folder = write_corpus(tmp_path / "corpus")
    shutil.rmtree(folder / "questions")
    model = (folder / "practices" / "p1.md").read_text("utf-8")
    for page in (2, 3):
        copy = model.replace("petit-p1", f"petit-p{page}")
        (folder / "practices" / f"p{page}.md").write_text(copy, "utf-8")
    build_index(tmp_path / "index", read_corpus(tmp_path / "corpus"), HashEncoder())
    found = neighbours(open_index(tmp_path / "index"), 1, 5)
    assert [near.practice.id for near in found] == ["petit-p1", "petit-p3"]
    np.testing.assert_allclose([near.score for near in found], 0.0, atol=1e-6)
    assert found[0].pairs[0].similarity == pytest.approx(1.0, abs=1e-6)
    assert (found[0].same_theme, found[0].same_organisation) == (True, True)
