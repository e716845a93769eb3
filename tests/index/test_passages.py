from __future__ import annotations

import gc
import mmap
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from recueil_qa.errors import IndexDamagedError
from recueil_qa.index import passages
from recueil_qa.index.passages import (
    FACTS,
    KINDS,
    TEXTS,
    Facts,
    StoredPassages,
    read_array,
    read_bytes,
    read_passages,
    write_passages,
)
from recueil_qa.types import (
    CollectionInfo,
    Line,
    Passage,
    PassageKind,
    Practice,
    Section,
    SectionInfo,
)
from tests.support.waiting import PATIENCE

repeatable = settings(max_examples=50, deadline=None, derandomize=True)


def info(identifier: str, **roles: str) -> CollectionInfo:
    sections = tuple(SectionInfo(name, role, name, name) for name, role in roles.items())
    return CollectionInfo(identifier, identifier, "fr", "", "", sections)


def practice(identifier: str, collection: str = "petit", *sections: Section) -> Practice:
    return Practice(identifier, collection, "Un titre", sections)


def line(identifier: str, text: str) -> Passage:
    owner, section, _ = identifier.split("/")
    return Passage(identifier, owner, PassageKind.LINE, "fr", text, f"Titre : {text}", section)


def question(identifier: str, text: str, answer: str = "") -> Passage:
    owner = identifier.partition("/")[0]
    return Passage(identifier, owner, PassageKind.QUESTION, "fr", text, text, answer=answer)


PETIT = info("petit", origine="context", conseils="advice", resultats="result")
ROWS = (
    Passage("p1/title", "p1", PassageKind.TITLE, "fr", "Le guichet", "Le guichet"),
    Passage("p1/origine", "p1", PassageKind.SECTION, "fr", "Avant\nAprès", "…", "origine"),
    line("p1/origine/1", "Les habitants couraient d’un bureau à l’autre"),
    Passage("p1/conseils", "p1", PassageKind.SECTION, "fr", "Former", "…", "conseils"),
    line("p1/conseils/1", "Veiller à deux points :"),
    line("p1/conseils/2", "Former les agents : tous"),
    question("p1/questions/fr/1", "Comment réunir nos accueils ?"),
    question("p1/questions/fr/conseils/2/1", "Qui former ?", "p1/conseils/2"),
    Passage("p2/title", "p2", PassageKind.TITLE, "fr", "", ""),
    line("p2/resultats/1", "15 % d'attente en moins depuis 2013"),
    question("p2/questions/fr/resultats/1/1", "Attend-on moins ?", "p2/resultats/1"),
    question("p2/questions/fr/conseils/9/1", "Et celle qui n'y est plus ?", "p2/conseils/9"),
)
ADVICE = Section(
    "conseils",
    "Conseils",
    (Line(1, "Veiller à deux points :"), Line(2, "Former les agents : tous", 1)),
)
PRACTICES = (practice("p1", "petit", ADVICE), practice("p2"))


def stored(
    folder: Path, rows: Sequence[Passage] = ROWS, practices: Sequence[Practice] = PRACTICES
) -> StoredPassages:
    """Write passages, and open them."""
    write_passages(folder, rows, practices, [PETIT])
    return read_passages(folder, len(practices))[0]


def many(count: int) -> list[Passage]:
    return [line(f"p1/conseils/{i}", f"Conseil numéro {i}, à suivre") for i in range(count)]


def alive() -> int:
    """Return how many passages are in memory as objects."""
    gc.collect()
    return sum(type(each) is Passage for each in gc.get_objects())


@pytest.fixture(params=[False, True], ids=["read", "mapped"])
def mapped(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether files are mapped, however small they are."""
    if request.param:
        monkeypatch.setattr(passages, "MAPPED_BYTES", 0)
    return bool(request.param)


def test_what_is_written_is_read_in_every_way(tmp_path: Path, mapped: bool) -> None:
    rows = stored(tmp_path)
    assert isinstance(read_bytes(tmp_path / TEXTS), mmap.mmap) is mapped
    assert isinstance(read_array(tmp_path / FACTS), np.memmap) is mapped
    assert len(rows) == 12
    assert tuple(rows) == tuple(rows) == ROWS
    assert tuple(rows[i] for i in range(12)) == ROWS
    assert [rows[-1], rows[-12]] == [ROWS[-1], ROWS[0]]
    assert rows[2:5] == ROWS[2:5]
    assert rows[::-3] == ROWS[::-3]
    assert rows[20:] == ()
    assert tuple(reversed(rows)) == ROWS[::-1]
    assert ROWS[7] in rows
    assert rows.index(ROWS[7]) == 7
    for place in (12, -13):
        with pytest.raises(IndexError):
            rows[place]


def test_some_of_them_are_passages_too(tmp_path: Path, mapped: bool) -> None:
    rows = stored(tmp_path)
    some = rows.at(np.array([7, 2, 2, 11]))
    expected = (ROWS[7], ROWS[2], ROWS[2], ROWS[11])
    assert len(some) == 4
    assert tuple(some) == tuple(some[i] for i in range(4)) == expected
    assert (some[-1], some[1:3]) == (ROWS[11], expected[1:3])
    with pytest.raises(IndexError):
        some[4]
    assert tuple(rows.at(np.array([], np.int64))) == ()
    assert tuple(rows) == ROWS


def test_what_one_has_read_the_other_has(tmp_path: Path) -> None:
    rows = stored(tmp_path)
    one, other = rows.at(np.array([5, 6])), rows.at(np.array([6]))
    assert one[1] is other[0] is rows[6]


def test_facts_say_what_scoring_needs_of_each(tmp_path: Path, mapped: bool) -> None:
    written = write_passages(tmp_path, ROWS, PRACTICES, [PETIT])
    facts = read_passages(tmp_path, 2)[1]
    assert facts.tolist() == written.tolist()
    assert facts["practice"].tolist() == [0] * 8 + [1] * 4
    kinds = ["title", "section", "line", "section", "line", "line", "question", "question"]
    kinds += ["title", "line", "question", "question"]
    assert [KINDS[kind] for kind in facts["kind"]] == kinds
    # A line alone, and not one that announces others; a colon inside it announces nothing.
    assert np.flatnonzero(facts["quotable"]).tolist() == [2, 5, 9]
    assert np.flatnonzero(facts["advice"]).tolist() == [3, 4, 5]
    assert np.flatnonzero(facts["context"]).tolist() == [1, 2]
    assert np.flatnonzero(facts["result"]).tolist() == [9]
    # The number of a measure: neither a year nor a number that is spelt.
    assert np.flatnonzero(facts["figure"]).tolist() == [9]
    assert facts["answers"].tolist() == [-1] * 7 + [5, -1, -1, 9, -1]
    assert facts["first"].tolist() == [0, 1, 2, 1, *range(4, 12)]
    assert facts["words"].tolist() == [2, 2, 7, 1, 5, 5, 5, 3, 0, 7, 3, 7]
    content = (tmp_path / TEXTS).read_bytes()
    assert [content[start : start + 7] for start in facts["start"]] == [b'{"id":"'] * 12


def test_a_line_that_heads_others_says_nothing_alone(tmp_path: Path) -> None:
    texts = (("Proximité", 0), ("Rester près de chacun", 1), ("Former les agents à tout", 0),
             ("Un mois", 1))  # fmt: skip
    lines = tuple(Line(i, text, depth) for i, (text, depth) in enumerate(texts, 1))
    owner = practice("p1", "petit", Section("conseils", "Conseils", lines))
    rows = [line(f"p1/conseils/{each.number}", each.text) for each in lines]
    facts = write_passages(tmp_path, rows, [owner], [PETIT])
    # One of a few words; a longer one says something, whatever stands below it.
    assert facts["quotable"].tolist() == [False, True, True, True]


def test_roles_are_those_of_the_collection_of_each_practice(tmp_path: Path) -> None:
    rows = [line("a/conseils/1", "Ici"), line("b/conseils/1", "Là"), line("c/conseils/1", "Nulle")]
    practices = [practice("a", "one"), practice("b", "other"), practice("c", "third")]
    infos = [info("other", conseils="context"), info("third", conseils="result")]
    infos.append(info("one", conseils="advice"))
    facts = write_passages(tmp_path, rows, practices, infos)
    assert facts["advice"].tolist() == [True, False, False]
    assert facts["context"].tolist() == [False, True, False]
    assert facts["result"].tolist() == [False, False, True]


def test_lines_of_a_section_of_another_role_are_not_quoted(tmp_path: Path) -> None:
    rows = [line("a/conseils/1", "Rappeler la veille."), line("a/liens/1", "Le site du service")]
    infos = [info("one", conseils="advice", liens="other")]
    facts = write_passages(tmp_path, rows, [practice("a", "one")], infos)
    assert facts["quotable"].tolist() == [True, False]


def test_a_passage_reads_the_same_once_it_was_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passages, "KEPT", 2)
    rows = stored(tmp_path)
    assert [rows[i] for i in (0, 1, 2, 0, 5, 0)] == [ROWS[i] for i in (0, 1, 2, 0, 5, 0)]


def test_few_of_those_read_stay_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passages, "KEPT", 10)
    rows = stored(tmp_path, many(300), [practice("p1")])
    before = alive()
    some = rows.at(np.arange(299, -1, -1))
    assert [rows[i].id for i in range(300)][::-1] == [some[i].id for i in range(300)]
    assert before < alive() <= before + 10


def test_going_through_all_of_them_keeps_none(tmp_path: Path) -> None:
    rows = stored(tmp_path, many(300), [practice("p1")])
    before = alive()
    assert sum(len(row.text.split()) for row in rows) == 300 * 5
    assert alive() == before


def test_threads_read_the_same_at_the_same_time(
    tmp_path: Path, mapped: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passages, "KEPT", 16)
    expected = many(200)
    rows = stored(tmp_path, expected, [practice("p1")])
    together = threading.Barrier(8)

    def read(seed: int) -> list[int]:
        order = np.random.default_rng(seed).integers(0, 200, 400).tolist()
        together.wait(timeout=PATIENCE)
        some = rows.at(np.array(order))
        pairs = zip(order, some, strict=True)
        return [i for i, row in pairs if not row == rows[i] == expected[i]]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(read, range(8))) == [[]] * 8


texts = st.text(max_size=40) | st.sampled_from(
    [
        "\n",
        "\r\n",
        "a\u2028b\u2029c\x85d",
        "👩🏽‍🚒 🇫🇷",
        "e\u0301 e\u0301\u0323",
        "\ufeff\u200d",
        '"\\',
        "\0",
        "",
    ]
)


@given(st.lists(texts, min_size=1, max_size=6))
@example(["un\ndeux", "trois\u2028quatre", "cinq"])
@repeatable
def test_any_text_is_read_as_it_was_written(written: list[str]) -> None:
    rows = [line(f"p1/conseils/{i}", text) for i, text in enumerate(written)]
    with TemporaryDirectory() as folder:
        opened = stored(Path(folder), rows, [practice("p1")])
        facts = read_passages(Path(folder), 1)[1]
    assert list(opened) == rows
    assert [opened[i] for i in range(len(rows))][::-1] == rows[::-1]
    assert facts["words"].tolist() == [len(text.split()) for text in written]
    assert facts["quotable"].tolist() == [not text.endswith(":") for text in written]


def test_the_same_passages_give_the_same_bytes(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        folder.mkdir()
        stored(folder)
    for name in (TEXTS, FACTS):
        assert (one / name).read_bytes() == (two / name).read_bytes()


@pytest.mark.parametrize("practices", [0, 1, 3])
def test_passages_of_other_practices_are_refused(tmp_path: Path, practices: int) -> None:
    stored(tmp_path)
    with pytest.raises(ValueError, match="does not fit"):
        read_passages(tmp_path, practices)


def forged(facts: Facts) -> Iterable[Facts]:
    yield facts[:0]
    yield facts[1:]
    yield facts[::-1]
    yield facts.reshape(-1, 2)
    yield np.arange(12)


@pytest.mark.parametrize("case", range(5))
def test_facts_of_something_else_are_refused(tmp_path: Path, mapped: bool, case: int) -> None:
    stored(tmp_path)
    np.save(tmp_path / FACTS, [*forged(np.load(tmp_path / FACTS))][case])
    with pytest.raises(ValueError, match=r"passages\.npy (holds|does not fit)"):
        read_passages(tmp_path, 2)


def test_a_line_that_is_no_passage_is_told_when_it_is_asked_for(
    tmp_path: Path, mapped: bool
) -> None:
    stored(tmp_path)
    content = (tmp_path / TEXTS).read_bytes()
    (tmp_path / TEXTS).write_bytes(content.replace(b'"id":"p2/title"', b'"di":"p2/title"'))
    rows = read_passages(tmp_path, 2)[0]
    assert rows[7] == ROWS[7]
    for ask in (lambda: rows[8], lambda: rows[7:9], lambda: [*rows.at(np.array([0, 8]))]):
        with pytest.raises(IndexDamagedError, match=rf"{tmp_path / TEXTS} is altered"):
            ask()
