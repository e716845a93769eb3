"""Which collections have heads, and when those that are shipped are taken."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recueil_qa.analysis.passages import corpus_passages
from recueil_qa.corpus.corpus import Collection, Corpus
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.corpus.statements import Statement
from recueil_qa.encoding.encoder import Vectors
from recueil_qa.errors import NotFoundError
from recueil_qa.index.heads import FEATURES, SHIPPED, Heads
from recueil_qa.learning import schooling
from recueil_qa.learning.calibrating import fit_heads, left_out_features
from recueil_qa.learning.fitting import LEAST, Lessons
from recueil_qa.learning.schooling import (
    OUTSIDE,
    Judged,
    collection_heads,
    collection_key,
    groups_of,
    is_outdated,
    learn,
    lessons_of,
    near_of,
    shipped_heads,
)
from tests.support.collections import FAQ, ask_of_line, write_corpus, write_faq, write_guide
from tests.support.encoders import HashEncoder
from tests.support.heads import made_heads, quick_fitting
from tests.support.statements import STATEMENTS, lessons, write_lessons

PRACTICES = ["petit-p1", "petit-p2", "petit-p3"]
S = "statements.jsonl"


class Asked:
    """The encoder, noting what it was asked for."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, texts: Sequence[str]) -> Vectors:
        self.texts += texts
        return HashEncoder().encode_query(texts)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The collection `petit` with statements enough, some of them to learn from only."""
    rows = lessons()
    folder = write_corpus(tmp_path / "corpus", rows[::2])
    write_lessons(folder, rows[1::2])
    return folder


@pytest.fixture
def fitted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Fit in a moment; the keys of the heads that were fitted."""
    quick_fitting(monkeypatch)
    keys: list[str] = []

    def noted(encoder: str, key: str, *rest: Any, **options: Any) -> Any:
        keys.append(key)
        return fit_heads(encoder, key, *rest, **options)

    monkeypatch.setattr(schooling, "fit_heads", noted)
    return keys


def read(folder: Path) -> Collection:
    return next(c for c in read_corpus(folder.parent).collections if c.path == folder)


def taught(folder: Path, encoder: str = "hash") -> dict[str, Heads]:
    """Return the heads of a build of the corpus that a collection stands in."""
    corpus = read_corpus(folder.parent)
    made = HashEncoder(encoder)
    return collection_heads(
        corpus, made, corpus_passages(corpus), made.encode_document, made.encode_query
    )


def ship(folder: Path, encoder: str = "hash@test") -> bytes:
    """Put heads beside a collection, learnt from it as it stands with an encoder."""
    key = collection_key(read(folder))
    heads = made_heads(dict.fromkeys(PRACTICES, 1.0), encoder=encoder, key=key)
    (folder / SHIPPED).write_bytes(heads.dump())
    return heads.dump()


def test_a_collection_with_statements_enough_has_heads(folder: Path, fitted: list[str]) -> None:
    heads = taught(folder)
    assert [*heads] == ["petit"]
    fit = heads["petit"].fit
    assert fitted == [fit.key] == [collection_key(read(folder))]
    assert fit.encoder == "hash@test"
    assert (fit.practices, fit.statements, fit.outside) == ((*PRACTICES,), len(lessons()), 0)
    assert heads["petit"].layers["practices"].shape[1] == 3


def test_the_same_corpus_gives_the_same_heads(folder: Path, fitted: list[str]) -> None:
    assert taught(folder)["petit"].dump() == taught(folder)["petit"].dump()
    assert len(fitted) == 2


@pytest.mark.parametrize(
    ("kept", "enough"),
    [
        (dict, True),
        # Four that a practice addresses, and one of nothing.
        (lambda row: row["id"] in ("none-0", *[f"petit-p2-{i}" for i in range(4)]), True),
        (lambda row: row["id"] in ("none-0", *[f"petit-p2-{i}" for i in range(3)]), False),
        (lambda row: row["grades"], False),
        (lambda row: not row["grades"], False),
    ],
)
def test_few_statements_teach_nothing(
    tmp_path: Path, fitted: list[str], kept: Callable[[dict[str, object]], bool], enough: bool
) -> None:
    rows = [row for row in lessons() if kept(row)]
    folder = write_corpus(tmp_path / "corpus", rows)
    assert bool(taught(folder)) is bool(fitted) is enough
    # It is all the same to it whether they are searched.
    (folder / S).unlink(missing_ok=True)
    write_lessons(folder, rows)
    assert bool(taught(folder)) is enough


def test_statements_that_something_only_helps_with_are_not_enough(
    tmp_path: Path, fitted: list[str]
) -> None:
    rows = [row | {"grades": dict.fromkeys(row["grades"], 1)} for row in lessons()]  # type: ignore[call-overload]
    assert taught(write_corpus(tmp_path / "corpus", rows)) == {}
    assert fitted == []


def test_really_a_hundred_are_wanted(folder: Path) -> None:
    assert LEAST == 100
    assert taught(folder) == {}


def test_each_collection_is_taught_by_its_own_statements(folder: Path, fitted: list[str]) -> None:
    write_guide(folder.parent)
    before = taught(folder)["petit"]
    rows = [
        {
            "id": f"g{i}",
            "lang": "en",
            "text": f"visitors ring twice n{i}",
            "grades": {"guide-p1": 2},
        }
        for i in range(4)
    ]
    write_lessons(folder.parent / "guide", rows)
    found = taught(folder)
    assert [*found] == ["guide", "petit"]
    assert found["guide"].fit.practices == ("guide-p1", "guide-p2")
    assert found["petit"].dump() == before.dump()


def restate(name: str, old: str, new: str) -> Callable[[Path], object]:
    def change(folder: Path) -> None:
        path = folder / name
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")

    return change


def add_practice(folder: Path) -> None:
    path = folder / "practices" / "p4.md"
    path.write_text(
        (folder / "practices" / "p1.md").read_text("utf-8").replace("p1", "p4"), "utf-8"
    )


CHANGES = [
    restate(S, "cas0", "cas zéro"),
    restate(S, '"petit-p1": 2', '"petit-p1": 1'),
    restate(S, '"grades": {}', '"grades": {"petit-p3": 2}'),
    restate(S, '"lang": "fr"', '"group": "g1", "lang": "fr"'),
    restate("statements/more.jsonl", "cas1", "cas un"),
    restate("statements/more.jsonl", '"petit-p2": 2', '"petit-p2": 2, "petit-p1": 1'),
    lambda folder: (folder / "statements" / "more.jsonl").unlink(),
    add_practice,
]


@pytest.mark.parametrize("change", CHANGES)
def test_shipped_heads_hold_when_a_statement_or_a_practice_changes_and_are_outdated(
    folder: Path, fitted: list[str], change: Callable[[Path], object]
) -> None:
    content = ship(folder)
    assert not is_outdated(read(folder))
    change(folder)
    assert taught(folder)["petit"].dump() == content
    assert fitted == []
    assert is_outdated(read(folder))
    # Without them, what was changed is learnt.
    (folder / SHIPPED).unlink()
    assert not is_outdated(read(folder))
    fit = taught(folder)["petit"].fit
    assert fitted == [fit.key] == [collection_key(read(folder))]
    assert fit.practices == tuple(practice.id for practice in read(folder).practices)


@pytest.mark.parametrize(
    "change",
    [
        Path.exists,
        # Neither ids nor languages, nor files, nor what is no statement.
        restate(S, '"petit-p1-0"', '"other-id"'),
        restate(S, '"lang": "fr"', '"lang": "en"'),
        lambda folder: (folder / "statements/more.jsonl").rename(folder / "statements/a.jsonl"),
        restate("practices/p1.md", "theme: Accueil", "theme: Autre"),
    ],
)
def test_shipped_heads_are_outdated_by_what_they_were_learnt_from_alone(
    folder: Path, fitted: list[str], change: Callable[[Path], object]
) -> None:
    ship(folder)
    change(folder)
    assert not is_outdated(read(folder))


def test_shipped_heads_are_taken_and_nothing_is_encoded(folder: Path, fitted: list[str]) -> None:
    content = ship(folder)
    asked = Asked()
    corpus = read_corpus(folder.parent)
    passages = corpus_passages(corpus)
    found = collection_heads(corpus, HashEncoder(), passages, asked, asked)
    assert found["petit"].dump() == content
    assert (fitted, asked.texts) == ([], [])


def test_heads_of_another_encoder_are_fitted_anew_and_its_runtime_is_all_one(
    folder: Path, fitted: list[str]
) -> None:
    encoder = HashEncoder()
    corpus = read_corpus(folder.parent)

    def served(identity: str) -> Heads:
        encoder.id = identity
        return collection_heads(
            corpus, encoder, corpus_passages(corpus), encoder.encode_document, encoder.encode_query
        )["petit"]

    content = ship(folder, "name@0123456789ab")
    for same in ("name@0123456789ab", "name+onnx@0123456789ab"):
        assert served(same).dump() == content
    assert fitted == []
    for number, other in enumerate(("name@0123456789ff", "other+onnx@0123456789ab"), 1):
        assert served(other).fit.encoder == other.replace("+onnx", "")
        assert len(fitted) == number


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:0],
        lambda content: content[:-1],
        lambda content: content[: len(content) // 2],
        lambda content: content[:600] + bytes([content[600] ^ 1]) + content[601:],
        lambda content: b"not heads at all" + content,
    ],
)
def test_damaged_shipped_heads_are_as_if_they_were_not_there(
    folder: Path, fitted: list[str], damage: Callable[[bytes], bytes]
) -> None:
    without = taught(folder)["petit"]
    content = ship(folder)
    (folder / SHIPPED).write_bytes(damage(content))
    assert shipped_heads(read(folder)) is None
    assert taught(folder)["petit"].dump() == without.dump() != content
    assert len(fitted) == 2
    # Whoever validates the corpus is told.
    assert is_outdated(read(folder))


def test_a_folder_in_the_place_of_shipped_heads_is_passed_over(
    folder: Path, fitted: list[str]
) -> None:
    (folder / SHIPPED).mkdir()
    assert [*taught(folder)] == ["petit"]
    assert len(fitted) == 1


def test_few_statements_will_do_where_heads_are_shipped(tmp_path: Path, fitted: list[str]) -> None:
    """They may know statements that aren't the collection's."""
    folder = write_corpus(tmp_path / "corpus", STATEMENTS)
    assert taught(folder) == {}
    content = ship(folder)
    assert taught(folder)["petit"].dump() == content
    ship(folder, "other@test")
    assert taught(folder) == {}
    assert fitted == []


def outside(*told: tuple[str, dict[str, int]], group: str = "") -> list[Judged]:
    """Return statements of real people: what they say, and its grades."""
    made = {"lang": "fr", "group": group}
    return [
        Statement.model_validate(made | {"id": f"real-{i}", "text": text, "grades": grades})
        for i, (text, grades) in enumerate(told)
    ]


REAL = outside(
    *[(f"file au guichet cas{i}", {"petit-p1": 2}) for i in range(4)],
    *[(f"volets bloqués cas{i}", {}) for i in range(4)],
)


def taught_with(
    folder: Path, rows: Sequence[Judged], monkeypatch: pytest.MonkeyPatch
) -> tuple[Heads, Lessons, dict[str, Any]]:
    """Learn from a collection and others; return heads, and what these were fitted on."""
    fitted: list[tuple[Lessons, dict[str, Any]]] = []

    def noted(*given: Any, **options: Any) -> Any:
        fitted.append((given[3], options))
        return fit_heads(*given, **options)

    monkeypatch.setattr(schooling, "fit_heads", noted)
    corpus = read_corpus(folder.parent)
    heads = learn(corpus, read(folder), HashEncoder(), rows)
    ((lessons, options),) = fitted
    return heads, lessons, options


def test_what_is_learnt_of_the_collection_alone_is_what_a_build_learns(
    folder: Path, fitted: list[str]
) -> None:
    steps: list[tuple[int, int]] = []
    corpus = read_corpus(folder.parent)
    heads = learn(corpus, read(folder), HashEncoder(), step=lambda *at: steps.append(at))
    assert heads.dump() == taught(folder)["petit"].dump()
    assert steps == [(i, 6) for i in range(1, 7)]
    (folder / SHIPPED).write_bytes(heads.dump())
    assert not is_outdated(read(folder))


def test_statements_of_real_people_weigh_twice_judge_and_are_kept_nowhere(
    folder: Path, fitted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    heads, rows, options = taught_with(folder, REAL, monkeypatch)
    own = len(lessons())
    assert (heads.fit.statements, heads.fit.outside) == (own + 8, 8)
    assert rows.weights.tolist() == [1.0] * own + [OUTSIDE] * 8
    assert options["judges"].tolist() == [False] * own + [True] * 8
    np.testing.assert_array_equal(
        rows.vectors[own:], HashEncoder().encode_query([row.text for row in REAL])
    )
    content = heads.dump()
    for word in ("guichet", "volets", "real-"):
        assert word.encode() not in content
    # They are no part of what the collection is known by.
    assert heads.fit.key == collection_key(read(folder))


@pytest.mark.parametrize(
    "rows",
    [
        [],
        REAL[:3],
        REAL[:4],  # none that nothing answers
        REAL[4:],  # none that is addressed
        outside(*[(f"file cas{i}", {"petit-p1": 1} if i % 2 else {}) for i in range(8)]),
    ],
)
def test_too_few_real_statements_do_not_judge(
    folder: Path, fitted: list[str], monkeypatch: pytest.MonkeyPatch, rows: list[Judged]
) -> None:
    heads, _, options = taught_with(folder, rows, monkeypatch)
    assert options["judges"] is None
    assert heads.fit.outside == len(rows)


def test_a_group_of_real_people_may_have_rows_in_the_collection(
    folder: Path, fitted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rewritten = [
        {"id": "w1", "lang": "fr", "text": "la file, réécrite", "grades": {}, "group": "real"}
    ]
    write_lessons(folder, rewritten, "rewritten")
    real = outside(("la file", {}), ("les files", {}), group="real")
    _, rows, _ = taught_with(folder, real, monkeypatch)
    assert rows.groups[-2:].tolist() == [rows.groups[len(lessons())]] * 2
    assert len({*rows.groups.tolist()}) == len(lessons()) + 1


def test_real_statements_may_be_all_that_there_is(tmp_path: Path, fitted: list[str]) -> None:
    folder = write_corpus(tmp_path / "corpus")
    corpus = read_corpus(folder.parent)
    heads = learn(corpus, read(folder), HashEncoder(), REAL)
    assert (heads.fit.statements, heads.fit.outside) == (8, 8)
    with pytest.raises(NotFoundError) as caught:
        learn(corpus, read(folder), HashEncoder(), REAL[:4])
    assert caught.value.en.startswith(
        f"too few judged statements in {folder}: at least 4 that a practice addresses (grade 2)"
    )
    assert caught.value.en.endswith("add some, or give --statements")
    assert caught.value.fr.startswith(f"trop peu d'énoncés jugés dans {folder} : il en faut au")


def test_statements_become_rows_of_grades(folder: Path) -> None:
    collection = read(write_corpus(folder.parents[1] / "judged", STATEMENTS))
    asked = Asked()
    rows = lessons_of(collection, collection.lessons, asked, weight=2.0)
    assert rows.grades.tolist() == [[2, 0, 1], [0, 2, 0], [0, 0, 0], [0, 0, 0]]
    assert rows.grades.dtype == np.int8
    # Encoded as queries are: without the marks.
    assert asked.texts == [
        "On renvoie les familles d'un service à l'autre",
        "The same callers ring again and again",
        "Le parking déborde",
        "The roof leaks",
    ]
    np.testing.assert_array_equal(rows.vectors, HashEncoder().encode_query(asked.texts))
    assert rows.weights.tolist() == [2.0] * 4
    assert rows.groups.tolist() == [0, 1, 2, 3]


def grouped(*groups: str) -> list[dict[str, object]]:
    return [
        {"id": f"r{i}", "lang": "fr", "text": f"énoncé n{i}", "grades": {}, "group": group}
        for i, group in enumerate(groups)
    ]


def test_statements_of_one_group_share_a_number_whichever_file_they_stand_in(
    tmp_path: Path,
) -> None:
    rows = grouped("a", "", "b", "", "a")
    folder = write_corpus(tmp_path / "corpus", rows[:3])
    write_lessons(folder, rows[3:])
    assert groups_of(read(folder).lessons).tolist() == [0, 1, 2, 3, 0]


def test_an_id_is_no_group_of_that_name(tmp_path: Path) -> None:
    rows = [*grouped("r1", ""), *[row | {"id": "r2", "text": "autre"} for row in grouped("r1")]]
    assert groups_of(read(write_corpus(tmp_path / "corpus", rows)).lessons).tolist() == [0, 1, 0]


def test_queries_are_compared_with_what_the_index_holds_of_the_collection(
    tmp_path: Path,
) -> None:
    shared = "Le standard est saturé par des appels répétés"  # a question of petit-p2
    rows = [
        *STATEMENTS,
        {"id": "s005", "lang": "fr", "text": shared, "grades": {"petit-p1": 1}, "group": "g"},
    ]
    folder = write_corpus(tmp_path / "corpus", rows)
    more = [
        {"id": "m1", "lang": "fr", "text": "Le toit fuit", "grades": {}, "group": "g"},
        {"id": "m2", "lang": "fr", "text": "Le guichet unique", "grades": {"petit-p1": 2}},
    ]
    write_lessons(folder, more)
    ask_of_line(folder, 1, "fr conseils/1", "Qui former ?")
    write_guide(folder.parent)
    corpus = read_corpus(folder.parent)
    collection = read(folder)
    documents = Asked()
    compared = near_of(collection, corpus_passages(corpus), documents)
    asked, refused = documents.texts[:-2], documents.texts[-2:]
    # Questions, and a statement under each practice that it helps; of this collection alone.
    assert len(asked) == 7 + 1 + 2 + 1 + 1
    told = "On renvoie les familles d'un service à l'autre"
    assert asked.count(told) == asked.count(shared) == 2
    assert refused == ["Le parking déborde", "The roof leaks"]
    assert "Chairs are missing" not in asked
    # Those learnt from only are in no index.
    assert not {"Le toit fuit", "Le guichet unique"} & {*asked, *refused}
    assert compared.asked.shape == (len(asked), 64)
    np.testing.assert_array_equal(compared.refused, HashEncoder().encode_document(refused))
    # Each text stands first once.
    assert [text for text, first in zip(asked, compared.first, strict=True) if first] == [
        *dict.fromkeys(asked)
    ]
    groups = groups_of(collection.lessons).tolist()
    assert groups == [0, 1, 2, 3, 4, 4, 5]
    expected = {told: 0, "The same callers ring again and again": 1, shared: 4}
    assert compared.asked_groups.tolist() == [expected.get(text, -1) for text in asked]
    assert compared.refused_groups.tolist() == [2, 3]


def test_without_questions_queries_are_compared_with_all_passages(tmp_path: Path) -> None:
    folder = write_faq(tmp_path / "corpus")
    corpus = read_corpus(folder.parent)
    documents = Asked()
    compared = near_of(read(folder), corpus_passages(corpus), documents)
    assert len(compared.asked) == len(corpus_passages(corpus)) >= 2 * len(FAQ)
    assert (compared.refused.shape, compared.refused_groups.shape) == ((0, 64), (0,))
    assert {*compared.asked_groups.tolist()} == {-1}


def test_wordings_that_only_marks_tell_apart_are_left_out_together(tmp_path: Path) -> None:
    written: list[dict[str, object]] = [
        {"id": "a", "lang": "fr", "text": "Le parking déborde", "grades": {}},
        {"id": "b", "lang": "fr", "text": "Le **parking** déborde", "grades": {}},
    ]
    collection = read(write_corpus(tmp_path / "corpus", written))
    passages = corpus_passages(Corpus((collection,), ""))
    compared = near_of(collection, passages, HashEncoder().encode_document)
    rows = lessons_of(collection, collection.lessons, HashEncoder().encode_query)
    # Whichever of the two is left out, none of both is among its neighbours.
    found = left_out_features(rows, compared, np.zeros((2, 2), np.float32))
    assert found[:, FEATURES.index("unanswered")].tolist() == [-1, -1]


def test_the_key_tells_statements_in_the_order_of_the_files(folder: Path) -> None:
    collection = read(folder)
    key = collection_key(collection)
    lines = (folder / S).read_text("utf-8").splitlines()
    assert json.loads(lines[0])["text"] == collection.lessons[0].text
    (folder / S).write_text("\n".join(lines[::-1]), "utf-8")
    assert collection_key(read(folder)) != key
