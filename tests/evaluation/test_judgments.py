"""A collection's judged questions: where they lie, how a set is started, what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from recueil_qa.cli.main import main
from recueil_qa.errors import NotFoundError, RowsError, WriteError
from recueil_qa.evaluation.judgments import (
    find_judgments,
    judged_of,
    judgment_folders,
    new_judgments,
)
from recueil_qa.evaluation.rows import data_hash, read_data, read_judged
from tests.support.methods import write_methods


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def row(name: str, **grades: int) -> dict[str, Any]:
    return {"id": name, "lang": "en", "text": f"How to {name}?", "grades": grades}


def test_a_set_is_started_and_refused_until_it_is_filled_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_methods(tmp_path / "corpus")
    monkeypatch.setenv("RECUEIL_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    made = CliRunner().invoke(main, ["new", "judgments", "--lang", "en"])
    assert made.exit_code == 0, made.output
    path = tmp_path / "eval" / "methods" / "judged.jsonl"
    assert "eval/methods/judged.jsonl to fill in" in made.output
    assert "recueil-qa evaluate --collection methods" in made.output
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [bool(row["grades"]) for row in rows] == [True] * 20 + [False] * 5
    assert rows[0]["title"] == "Shadow a counter, to discover"
    with pytest.raises(RowsError) as caught:
        read_data(path.parent, None)
    assert "to fill in, or to remove: q001, q002" in caught.value.text("en")
    with pytest.raises(WriteError, match=r"existe déjà|already"):
        new_judgments(tmp_path, tmp_path / "corpus" / "methods", "en")


def test_one_file_holds_what_is_answered_and_what_is_not(tmp_path: Path) -> None:
    path = write(tmp_path / "judged.jsonl", row("a", x=2, y=1), row("b"))
    empty = data_hash(tmp_path)
    found = read_data(tmp_path, {"x", "y"})
    assert [query.id for query in found.queries] == ["a"]
    assert found.qrels == {"a": {"x": 2, "y": 1}}
    assert ([query.id for query in found.unanswerable], found.advice) == (["b"], [])
    (tmp_path / "advice.jsonl").write_text("\n", "utf-8")
    assert read_data(tmp_path, {"x", "y"}) == found
    with pytest.raises(RowsError, match="y"):
        read_data(tmp_path, {"x"})
    write(path, row("b"))
    assert data_hash(tmp_path) != empty
    with pytest.raises(RowsError, match="no question is answered"):
        read_data(tmp_path, None)


def test_files_apart_need_no_advice(tmp_path: Path) -> None:
    write(tmp_path / "queries.jsonl", {"id": "a", "text": "How?"})
    (tmp_path / "qrels.tsv").write_text("a\tx\t2\n", "utf-8")
    found = read_data(tmp_path, {"x"})
    assert (found.advice, found.unanswerable) == ([], [])


def test_each_collection_has_its_folder(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="new judgments"):
        find_judgments(tmp_path)
    own = write(tmp_path / "eval" / "methods" / "judged.jsonl", row("a", x=2)).parent
    (tmp_path / "eval" / "results").mkdir()
    assert judgment_folders(tmp_path) == {"methods": own}
    assert find_judgments(tmp_path) == find_judgments(tmp_path, "methods") == own
    with pytest.raises(NotFoundError, match="methods"):
        find_judgments(tmp_path, "other")
    write(tmp_path / "eval" / "queries.jsonl", {"id": "b", "text": "How?"})
    assert judgment_folders(tmp_path) == {"": tmp_path / "eval", "methods": own}
    assert find_judgments(tmp_path) == tmp_path / "eval"


def test_questions_that_name_a_practice_are_counted_where_they_can_be_read(tmp_path: Path) -> None:
    path = write(
        tmp_path / "eval" / "m" / "judged.jsonl", row("a", x=2, y=1), row("b", x=1), row("c")
    )
    path.write_text(path.read_text("utf-8") + "{\n[]\n", "utf-8")
    binary = tmp_path / "eval" / "n" / "qrels.tsv"
    binary.parent.mkdir()
    binary.write_bytes(b"a\tx\t\xff\n")
    assert judged_of(tmp_path, {"x"}) == {path: 2}
    assert judged_of(tmp_path, {"z"}) == {}


def test_a_set_that_has_no_place_is_told(tmp_path: Path) -> None:
    write_methods(tmp_path / "corpus")
    (tmp_path / "eval").write_text("")
    with pytest.raises(WriteError, match="can't be written"):
        new_judgments(tmp_path, tmp_path / "corpus" / "methods", "en")


def test_judged_statements_name_practices_that_are_there(tmp_path: Path) -> None:
    path = write(tmp_path / "judged.jsonl", row("a", x=2), row("b", z=1))
    assert [each.id for each in read_judged(path, {"x", "z"})] == ["a", "b"]
    with pytest.raises(RowsError, match=r"unknown practices: b \(z\)"):
        read_judged(path, {"x"})
