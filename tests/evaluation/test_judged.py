from __future__ import annotations

from dataclasses import replace

import pytest

from recueil_qa import Answer, Assistant
from recueil_qa.evaluation.judged import compared, measures_of, rows_of
from recueil_qa.evaluation.rows import Data, JudgedRow, QueryRow
from recueil_qa.types import Band, Reading

ROWS = [
    JudgedRow(id="a", text="les appels répétés", lang="fr", grades={"petit-p2": 2}),
    JudgedRow(id="b", text="lettres", lang="fr", grades={"petit-p1": 2, "petit-p3": 1}),
    JudgedRow(id="c", text="zyxw", lang="en", grades={}),
]


@pytest.fixture
def answers(small: Assistant) -> list[Answer]:
    return [small.ask_leads(row.text) for row in ROWS]


def test_queries_and_judgments_make_judged_rows() -> None:
    data = Data(
        [QueryRow(id="q", text="x", lang="fr")],
        {"q": {"p": 3, "r": 0, "s": 1}},
        [],
        [QueryRow(id="u", text="y")],
    )
    assert [(row.id, row.grades) for row in rows_of(data)] == [("q", {"p": 2, "s": 1}), ("u", {})]


def test_answers_as_they_were_read_are_measured_beside_the_search(answers: list[Answer]) -> None:
    first, second, nothing = answers
    order = sorted(second.hits, key=lambda hit: hit.practice.id)
    reading = Reading("m", seconds=2.0, dropped=1, silenced=2, used=True)
    read = [
        replace(first, confidence=0.9, reader=reading),
        replace(second, hits=tuple(order), confidence=0.8, band=Band.ANSWERS, reader=reading),
        replace(nothing, confidence=0.1, reader=Reading("m")),
    ]
    found = compared(
        {"set": [*zip(ROWS, answers, strict=True)]}, {"set": [*zip(ROWS, read, strict=True)]}
    )
    assert found["set, search"]["2 first"] == 0.5
    assert found["set, read"]["2 first"] == found["set, read, fr"]["P@1"] == 1.0
    assert found["set, read"]["AUROC"] == 1.0
    assert {name: found["set, read"][name] for name in ("asked", "read", "ids dropped")} == {
        "asked": 3, "read": 2, "ids dropped": 2,
    }  # fmt: skip
    assert found["set, read"]["seconds, median"] == 2.0
    assert found["set, read"]["reasons silenced"] == 4


def test_without_a_practice_judged_two_only_the_bands_are_told(answers: list[Answer]) -> None:
    found = measures_of([(ROWS[2], answers[2])])
    assert [*found] == ["all"]
    assert found["all"]["nothing, nothing"] == 1.0
