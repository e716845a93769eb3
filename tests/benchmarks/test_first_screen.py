"""What a manager reads first, measured on answers whose measures are known by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import first_screen
from benchmarks.first_screen import TYPED, Judged, bands, of_file, of_folder, screens, share_of
from recueil_qa import Answer, Assistant
from recueil_qa.types import Band, Card, Citation, Practice


def line(practice: str, number: int) -> Citation:
    name = f"{practice}/conseils/{number}"
    place = (name, practice, "T", "O", "conseils", "Conseils", number, None, f"{name} !")
    return Citation(*place, score=0.0, advice=True)


def card(practice: str, count: int) -> Card:
    lines = tuple(line(practice, number) for number in range(1, count + 1))
    told = Practice(practice, "c", "T", ())
    return Card(told, 1, advice=lines, set_off=tuple(each.passage for each in lines))


def answered(*cards: Card, direct: Citation | None = None, band: Band = Band.ANSWERS) -> Answer:
    return Answer("q", "fr", 0.5, band, (), (), cards=cards, direct=direct)


GRADES = {"a": 2, "b": 1}


@pytest.mark.parametrize(
    ("answer", "twos", "ones"),
    [
        (answered(card("a", 3)), 1.0, 1.0),
        (answered(card("a", 5), card("z", 2)), 1.0, 1.0),
        (answered(card("a", 1), card("b", 1), card("z", 1)), 1 / 3, 2 / 3),
        (answered(card("z", 2), card("a", 3)), 1 / 3, 1 / 3),
        (answered(card("z", 3), card("a", 3)), 0.0, 0.0),
        (answered(card("a", 1)), 1.0, 1.0),
        (answered(card("b", 2)), 0.0, 1.0),
        # The direct answer is read first, and once.
        (answered(card("a", 3), direct=line("z", 1)), 2 / 3, 2 / 3),
        (answered(card("a", 2), card("b", 2), direct=line("a", 2)), 2 / 3, 1.0),
        (answered(), 0.0, 0.0),
        (answered(band=Band.NOTHING), 0.0, 0.0),
    ],
)
def test_the_share_of_the_first_three_lines(answer: Answer, twos: float, ones: float) -> None:
    assert share_of(answer, GRADES, 2) == pytest.approx(twos)
    assert share_of(answer, GRADES, 1) == pytest.approx(ones)


def test_queries_are_counted_by_their_best_grade_and_their_band() -> None:
    two, one = Judged("fr", "q", {"a": 2, "b": 1}), Judged("fr", "q", {"b": 1})
    nothing = Judged("en", "q", {})
    asked = [
        (two, answered(band=Band.ANSWERS)),
        (two, answered(band=Band.ANSWERS)),
        (two, answered(band=Band.NOTHING)),
        (one, answered(band=Band.LEADS)),
        (nothing, answered(band=Band.NOTHING)),
    ]
    assert bands(asked) == {
        "with a practice judged 2": {"answers": 2, "leads": 0, "nothing": 1},
        "with 1s alone": {"answers": 0, "leads": 1, "nothing": 0},
        "that nothing answers": {"answers": 0, "leads": 0, "nothing": 1},
    }
    assert bands(asked[:2]) == {
        "with a practice judged 2": {"answers": 2, "leads": 0, "nothing": 0}
    }
    assert bands([]) == {}
    assert (two.best, one.best, nothing.best) == (2, 1, 0)


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("as written", "L'été, ça sonne ?"),
        ("in capitals", "L'ÉTÉ, ÇA SONNE ?"),
        ("in title case", "L'Été, Ça Sonne ?"),
        ("with svp", "L'été, ça sonne ? svp"),
        ("without accents", "L'ete, ca sonne ?"),
        ("with curly quotes", "L’été, ça sonne ?"),
    ],
)
def test_a_question_is_typed_in_many_ways(name: str, typed: str) -> None:
    assert TYPED[name]("L'été, ça sonne ?") == typed
    assert "\n\nça sonne\n\n" in TYPED["as a letter"]("ça sonne")


def test_judged_queries_are_read_with_their_grades(tmp_path: Path) -> None:
    rows = [{"id": "q1", "lang": "fr", "text": "un"}, {"id": "q2", "lang": "en", "text": "two"}]
    (tmp_path / "queries.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    (tmp_path / "qrels.tsv").write_text("q1\tpetit-p1\t2\nq1\tpetit-p3\t1\n", "utf-8")
    expected = [Judged("fr", "un", {"petit-p1": 2, "petit-p3": 1}), Judged("en", "two", {})]
    assert of_folder(tmp_path) == expected
    row: dict[str, object] = {"id": "u1", "lang": "fr", "text": "rien"}
    (tmp_path / "unanswerable.jsonl").write_text(json.dumps(row), "utf-8")
    assert of_folder(tmp_path) == [*expected, Judged("fr", "rien", {})]
    graded = row | {"grades": {"petit-p2": 1}}
    (tmp_path / "statements.jsonl").write_text(json.dumps(graded) + "\n", "utf-8")
    assert of_file(tmp_path / "statements.jsonl") == [Judged("fr", "rien", {"petit-p2": 1})]


def test_screens_are_measured_by_language(small: Assistant) -> None:
    rows = [
        Judged("fr", "lettres incompréhensibles", {"petit-p3": 2}),
        Judged("en", "How to cut repeat calls?", {"petit-p2": 2, "petit-p1": 1}),
        Judged("fr", "zyxw", {}),
    ]
    found = screens(small, rows)
    assert found["bands"]["that nothing answers"] == {"answers": 0, "leads": 0, "nothing": 1}
    for language in ("fr", "en"):
        assert found[language]["queries"] == 1
        twos = found[language]["of a practice judged 2"]["mean"]
        assert 0 < twos <= found[language]["of a practice judged 1 or 2"]["mean"] <= 1
    assert "en" not in screens(small, rows[:1])


def test_every_line_asked_for_word_for_word_is_counted(small: Assistant) -> None:
    assert first_screen.verbatim(small) == {
        "lines": 9, "own line first": 9, "own practice first": 9,
    }  # fmt: skip
