"""Proposed statements: what feedback becomes for a person to grade, and the file of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recueil_qa.corpus.statements import parse_statements
from recueil_qa.evaluation.feedback import Feedback, FeedbackStore
from recueil_qa.evaluation.proposals import Proposals, proposals
from recueil_qa.evaluation.rows import JudgedRow, read_rows
from tests.support.collections import named
from tests.support.command_line import Run, loaded_by, refused
from tests.support.feedback import ANY_FEEDBACK, run, said, store
from tests.support.folders import all_contents

__all__ = ["run", "store"]  # fixtures

QUESTION = "les gens ne viennent pas à leur rendez-vous"


def row(grades: dict[str, int], number: int = 1, **more: Any) -> dict[str, Any]:
    made = {"id": f"feedback-{number:04}", "lang": "fr", "register": "question"}
    return made | {"text": QUESTION, "grades": grades, "proposed": True} | more


@pytest.mark.parametrize(
    ("feedbacks", "grades"),
    [
        ([said("up", "p2", QUESTION)], {"p2": 2}),
        ([said("up", question=QUESTION)], {"p1": 2}),
        ([said("up", question=QUESTION, shown=())], {}),
        ([said("up", question=QUESTION, answered=False)], {}),
        ([said("up", "p2", QUESTION, answered=False)], {"p2": 2}),
        ([said("down", "p1", QUESTION)], {}),
        ([said("down", question=QUESTION)], {}),
        ([said("up", "p2", QUESTION), said("up", "p1", QUESTION)], {"p1": 2, "p2": 2}),
        ([said("up", "p2", QUESTION), said("down", question=QUESTION)], {"p2": 2}),
        ([said("up", "p1", QUESTION), said("down", "p1", QUESTION)], {}),
        ([said("down", "p1", QUESTION), said("up", "p1", QUESTION)], {"p1": 2}),
        ([said("up", question=QUESTION), said("down", "p1", QUESTION)], {}),
    ],
    ids=["practice up", "answer up", "answer of nothing", "abstention up", "lead up",
         "practice down", "answer down", "two up", "one each", "changed to down", "changed to up",
         "answer, then its practice"],
)  # fmt: skip
def test_practices_said_to_help_are_proposed(
    feedbacks: list[Feedback], grades: dict[str, int]
) -> None:
    assert proposals(feedbacks) == Proposals((row(grades),))
    assert [*proposals(feedbacks).rows[0]["grades"]] == sorted(grades)


def test_each_question_has_one_row_with_its_comments() -> None:
    found = proposals(
        [
            said("up", "p1", QUESTION),
            said("down", "p2", "le guichet", comment="hors sujet"),
            said("up", "p1", f" {QUESTION.upper()}", comment="oui : [b]"),
            said("up", "p2", QUESTION, comment="aussi"),
            said("up", "p2", QUESTION, comment="aussi"),
            said("up", "p1", " "),
        ]
    )
    assert found.rows == (
        row({"p1": 2, "p2": 2}, comment="oui : [b] / aussi"),
        row({}, 2, text="le guichet", comment="hors sujet"),
    )


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (QUESTION, "fr"),
        ("people do not come to their appointments", "en"),
        ("die Bürger kommen nicht zu ihren Terminen und wir wissen nicht warum", "fr"),
        ("PMI", "fr"),
        ("как сократить очередь", "fr"),
    ],
)
def test_a_row_is_in_a_language_of_the_collection(text: str, language: str) -> None:
    assert proposals([said("up", "p1", text, language="en")]).rows[0]["lang"] == language


def test_personal_data_is_left_out_and_counted() -> None:
    found = proposals(
        [
            said("up", "p1", "écrire à jeanne.martin@exemple.fr"),
            said("up", "p1", "appeler le 06 12 34 56 78"),
            said("down", "p1", "le guichet", comment="rappelez-moi au +33 6 12 34 56 78"),
            said("up", "p1", "le guichet"),
            said("up", "p1", QUESTION),
        ]
    )
    assert found == Proposals((row({"p1": 2}),), 3)


@given(st.lists(ANY_FEEDBACK, max_size=8))
def test_rows_are_statements_but_for_what_says_that_they_are_proposed(
    feedbacks: list[Feedback],
) -> None:
    found = proposals(feedbacks).rows
    asked = {" ".join(f.question.casefold().split()) for f in feedbacks} - {""}
    assert len(found) + proposals(feedbacks).left_out == len(asked)
    for proposed in found:
        made = JudgedRow.model_validate_json(json.dumps(proposed))
        assert set(made.grades) <= {f.target or f.shown[0] for f in feedbacks if f.verdict == "up"}
        assert set(made.grades.values()) <= {2}


def fill(store: FeedbackStore) -> None:
    for feedback in (
        said("up", "p1", f"{QUESTION}\n«\té »", comment="[b]é[/b]"),
        said("down", "p2", "le guichet"),
        said("up", "p1", "écrire à jeanne.martin@exemple.fr"),
    ):
        store.add(feedback)


def test_a_file_is_learnt_from_and_a_collection_takes_it_once_it_is_graded(
    run: Run, store: FeedbackStore, tmp_path: Path
) -> None:
    fill(store)
    path = tmp_path / "avis.jsonl"
    assert run("feedback", "export", "--statements", path).exit_code == 0
    assert sorted(all_contents(tmp_path)) == ["avis.jsonl", "feedback.sqlite3"]
    assert [(r.id, r.text, r.grades) for r in read_rows(path, JudgedRow)] == [
        ("feedback-0001", f"{QUESTION} « é »", {"p1": 2}),
        ("feedback-0002", "le guichet", {}),
    ]
    lines = path.read_text("utf-8").splitlines()
    assert "« é »" in lines[0]
    _, problems = parse_statements("\n".join(lines), path, named("p1", "p2"))
    assert [(p.line, p.what.en.split("'")[1]) for p in problems] == [
        (1, "proposed"),
        (1, "comment"),
        (2, "proposed"),
    ]
    graded = [json.loads(line) for line in lines]
    for one in graded:
        one.pop("comment", None)
        del one["proposed"]
    rows, problems = parse_statements("\n".join(map(json.dumps, graded)), path, named("p1", "p2"))
    assert (len(rows), problems) == (2, [])


def test_what_was_written_and_left_out_is_told(
    run: Run, store: FeedbackStore, tmp_path: Path
) -> None:
    fill(store)
    path = tmp_path / "[b].jsonl"
    assert run("feedback", "export", "--statements", path).stdout == (
        f"Écrit dans {path} :\n"
        "      2  situations proposées : corrigez leurs notes, puis ôtez « proposed » et "
        "« comment »\n"
        "      1  questions laissées de côté : donnée personnelle (courriel / téléphone)\n"
    )
    again = ("feedback", "export", "--statements", path, "--force")
    told = run(*again, "--lang", "en").stdout
    assert "      2  proposed statements: mend their grades" in told
    assert "      1  questions left out: personal data (e-mail / phone)\n" in told
    assert json.loads(run(*again, "--json").stdout) == {"written": {str(path): 2}, "left_out": 1}
    store.clear()
    store.add(said("up", "p1", QUESTION))
    assert len(run(*again).stdout.splitlines()) == 2
    assert json.loads(path.read_text("utf-8")) == row({"p1": 2})


def test_an_evaluation_folder_is_told_to_programs_too(
    run: Run, store: FeedbackStore, tmp_path: Path
) -> None:
    fill(store)
    told = run("feedback", "export", "--output", tmp_path / "out", "--json").stdout
    assert json.loads(told) == {
        "written": {"queries.jsonl": 2, "unanswerable.jsonl": 0, "to_judge.jsonl": 1,
                    "qrels.tsv": 2}
    }  # fmt: skip


def test_a_file_is_replaced_only_when_told(run: Run, store: FeedbackStore, tmp_path: Path) -> None:
    fill(store)
    path = tmp_path / "statements.jsonl"
    path.write_text("mine", "utf-8")
    command = f"recueil-qa feedback export --statements {path} --force"
    export = ("feedback", "export", "--statements", path)
    refused(run(*export), f"{path} existe déjà ; rien n'a changé", command)
    refused(run(*export, "--lang", "en"), f"{path} is there already; nothing has", command)
    assert path.read_text("utf-8") == "mine"
    assert run(*export, "--force").exit_code == 0
    assert len(read_rows(path, JudgedRow)) == 2


@pytest.mark.parametrize(
    ("name", "fr", "en"),
    [
        ("folder", "c'est un dossier", "Is a directory"),
        ("no/f", "", "No such file or directory"),
        ("x" * 300, "", "File name too long"),
    ],
    ids=["folder", "no folder", "long"],
)
def test_a_file_that_cannot_be_written_is_told(
    run: Run, store: FeedbackStore, tmp_path: Path, name: str, fr: str, en: str
) -> None:
    fill(store)
    (tmp_path / "folder").mkdir()
    path = tmp_path / name
    export = ("feedback", "export", "--force", "--statements", path)
    refused(run(*export), f"{path} : impossible à écrire ({fr}")
    refused(run(*export, "--lang", "en"), f"{path}: can't be written ({en})")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["feedback.sqlite3", "folder"]


def test_one_place_to_write_is_asked_for(run: Run, store: FeedbackStore, tmp_path: Path) -> None:
    fill(store)
    both = ("--output", tmp_path / "out", "--statements", tmp_path / "f")
    for options in ((), both):
        result = run("feedback", "export", *options)
        assert result.exit_code == 2
        assert "--output or --statements" in result.stderr
    assert [*all_contents(tmp_path)] == ["feedback.sqlite3"]


def test_without_feedback_nothing_is_made(run: Run, tmp_path: Path) -> None:
    export = ("feedback", "export", "--statements", tmp_path / "f")
    assert run(*export).stdout == f"Aucun avis dans {tmp_path / 'feedback.sqlite3'}\n"
    assert json.loads(run(*export, "--json").stdout) == {"written": {}, "left_out": 0}
    assert [*tmp_path.iterdir()] == []


def test_it_loads_nothing_heavy(store: FeedbackStore, tmp_path: Path) -> None:
    fill(store)
    assert loaded_by(tmp_path, "feedback", "export", "--statements", tmp_path / "f") == "loaded"
