from __future__ import annotations

import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from recueil_qa import Assistant, Citation
from recueil_qa.cli.batch import as_row, run_batch
from recueil_qa.errors import RowsError, WriteError
from recueil_qa.files import write_whole
from recueil_qa.search.searcher import REFUSED
from tests.support import ROOT
from tests.support.waiting import PATIENCE

REFUSED_TEXTS = ("???!!!", "", " \n\t", "x" * 20_000, "mot " * 5_000, "\u200b\ufeff")


def write_queries(path: Path, *texts: str) -> Path:
    rows = [{"id": f"q{i}", "text": text} for i, text in enumerate(texts)]
    path.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    return path


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_each_query_gives_one_row_in_the_order_of_the_file(
    small: Assistant, tmp_path: Path
) -> None:
    texts = ("les appels répétés", "zyxw", "lettres incompréhensibles")
    calls: list[tuple[int, int]] = []
    queries, output = write_queries(tmp_path / "q.jsonl", *texts), tmp_path / "out.jsonl"
    assert run_batch(small, queries, output, 10, lambda *at: calls.append(at)) == 3
    rows = read(output)
    assert rows == [as_row(f"q{i}", small.ask_leads(text, top=10)) for i, text in enumerate(texts)]
    assert [row["abstained"] for row in rows] == [False, True, False]
    assert calls == [(1, 3), (2, 3), (3, 3)]
    assert output.read_text("utf-8").endswith("}\n")
    assert "répétés" in output.read_text("utf-8")


def test_a_row_holds_the_answer_in_plain_values(small: Assistant) -> None:
    answer = small.ask("les appels répétés au standard", top=2)
    row = as_row("id 1", answer)
    assert json.loads(json.dumps(row)) == row == {
        "id": "id 1",
        "band": "answers",
        "abstained": False,
        "confidence": round(answer.confidence, 4),
        "helps": round(answer.helps, 4),
        "direct": None,
        "shown": [place(line) for line in answer.shown],
        "hits": [
            {"practice": "petit-p2", "score": round(answer.hits[0].score, 6), "rank": 1},
            {"practice": answer.hits[1].practice.id, "score": round(answer.hits[1].score, 6),
             "rank": 2},
        ],
        "advice": [place(line) | {"score": round(line.score, 6)} for line in answer.advice],
    }  # fmt: skip
    assert [line["passage"] for line in row["shown"]] == [
        line.passage for card in answer.cards for line in card.quoted
    ]
    assert len(row["shown"]) == 4


def place(line: Citation) -> dict[str, object]:
    return {
        "practice": line.practice,
        "section": line.section,
        "passage": f"{line.practice}/{line.section}/{line.line}",
        "text": line.text,
        "lead_ins": [],
    }


def test_a_row_names_the_line_that_answers_by_itself(small: Assistant) -> None:
    asked = "Compter les appels pour un même motif"
    row = as_row("q", small.ask(asked))
    assert (row["band"], row["direct"]) == ("answers", "petit-p2/conseils/1")
    assert (row["shown"][0]["passage"], row["shown"][0]["text"]) == (row["direct"], asked)


def test_a_row_of_what_nothing_answers_shows_nothing_and_still_has_its_leads(
    small: Assistant,
) -> None:
    row = as_row("q", small.ask("zyxw"))
    assert (row["band"], row["abstained"], row["direct"], row["shown"]) == (
        "nothing", True, None, [],
    )  # fmt: skip
    assert (len(row["hits"]), len(row["advice"])) == (3, 9)


def test_rows_hold_no_contacts(small: Assistant, tmp_path: Path) -> None:
    queries = write_queries(tmp_path / "q.jsonl", "accueil exemple invalid", "guichet")
    run_batch(small, queries, tmp_path / "out", 10)
    assert "exemple.invalid" not in (tmp_path / "out").read_text("utf-8")


@pytest.mark.parametrize("text", REFUSED_TEXTS)
def test_a_question_that_is_refused_still_gets_its_row_with_leads(
    small: Assistant, tmp_path: Path, text: str
) -> None:
    queries = write_queries(tmp_path / "q.jsonl", text, "les appels répétés")
    assert run_batch(small, queries, tmp_path / "out", 10) == 2
    refused, other = read(tmp_path / "out")
    assert (refused["id"], refused["band"], refused["abstained"]) == ("q0", "nothing", True)
    assert (refused["confidence"], refused["direct"], refused["shown"]) == (0.0, None, [])
    assert [hit["rank"] for hit in refused["hits"]] == [1, 2, 3]
    assert len(refused["advice"]) == 9
    assert other["abstained"] is False
    assert small.ask_leads(text).notices == (REFUSED,)


def test_top_bounds_the_hits(small: Assistant, tmp_path: Path) -> None:
    queries = write_queries(tmp_path / "q.jsonl", "guichet", "???")
    run_batch(small, queries, tmp_path / "out", 2)
    assert [len(row["hits"]) for row in read(tmp_path / "out")] == [2, 2]


def test_refused_rows_stop_the_batch_before_anything_is_written(
    small: Assistant, tmp_path: Path
) -> None:
    queries = tmp_path / "q.jsonl"
    queries.write_text('{"id": "a", "text": "x"}\n{"id": "a", "text": "y"}\nnope\n', "utf-8")
    (tmp_path / "out").write_text("mine", "utf-8")
    with pytest.raises(RowsError) as caught:
        run_batch(small, queries, tmp_path / "out", 10)
    assert f"{queries}:2: id 'a' = {queries}:1" in caught.value.en
    assert f"{queries}:3: JSON" in caught.value.fr
    assert (tmp_path / "out").read_text("utf-8") == "mine"
    with pytest.raises(RowsError, match="No such file or directory"):
        run_batch(small, tmp_path / "missing", tmp_path / "out", 10)


@pytest.mark.parametrize(
    ("name", "en", "fr"),
    [
        ("nowhere/out", "No such file or directory", "fichier absent"),
        ("folder", "Is a directory", "c'est un dossier, pas un fichier"),
        ("q.jsonl/out", "Not a directory", "ce n'est pas un dossier"),
        ("x" * 256, "File name too long", "nom trop long"),
    ],
)
def test_an_output_that_cannot_be_written_is_told_and_leaves_nothing(
    small: Assistant, tmp_path: Path, name: str, en: str, fr: str
) -> None:
    (tmp_path / "folder").mkdir()
    queries = write_queries(tmp_path / "q.jsonl", "guichet")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(WriteError) as caught:
        run_batch(small, queries, tmp_path / name, 10)
    path = tmp_path / name
    assert caught.value.en == f"{path}: can't be written ({en}); nothing has changed"
    assert caught.value.fr == f"{path} : impossible à écrire ({fr}) ; rien n'a changé"
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("content", ["a new text", b"new bytes"])
def test_a_full_disk_leaves_the_old_file_and_no_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | bytes
) -> None:
    path = tmp_path / "out"
    path.write_text("mine", "utf-8")
    whole = Path.write_bytes

    def half(self: Path, data: bytes) -> int:
        whole(self, data[: len(data) // 2])
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as patch, pytest.raises(WriteError, match="No space left"):
        patch.setattr(Path, "write_bytes", half)
        write_whole(path, content)
    assert [(p.name, p.read_text("utf-8")) for p in tmp_path.iterdir()] == [("out", "mine")]


def test_an_interrupted_batch_leaves_the_old_file(small: Assistant, tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_text("mine", "utf-8")

    def stop(done: int, total: int) -> None:
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_batch(small, write_queries(tmp_path / "q", "a", "b"), path, 10, stop)
    assert path.read_text("utf-8") == "mine"
    assert sorted(p.name for p in tmp_path.iterdir() if p.is_file()) == ["out", "q"]


def test_a_file_is_written_over_whole(tmp_path: Path) -> None:
    path = tmp_path / "out"
    for text in ("a long first text", "é\n"):
        write_whole(path, text)
        assert path.read_text("utf-8") == text
        assert [*tmp_path.iterdir()] == [path]


def test_two_files_written_at_once_in_one_folder_are_not_mixed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, moved = Path.replace, list[Path]()

    def meanwhile(path: Path, target: Path) -> Path:
        moved.append(target)
        if len(moved) == 1:
            write_whole(tmp_path / "other", "other")
        return whole(path, target)

    monkeypatch.setattr(Path, "replace", meanwhile)
    write_whole(tmp_path / "one", "one")
    assert {p.name: p.read_text("utf-8") for p in tmp_path.iterdir()} == {
        "one": "one",
        "other": "other",
    }


def test_a_name_as_long_as_the_system_allows_is_written(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 255)
    write_whole(path, "text")
    assert [*tmp_path.iterdir()] == [path]
    assert path.read_text("utf-8") == "text"


def test_the_folder_that_one_is_in_is_no_file_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    monkeypatch.chdir(inside)
    for name in (".", ".."):
        with pytest.raises(WriteError, match=f"^{re.escape(name)}: can't be written"):
            write_whole(Path(name), "text")
    assert [*tmp_path.rglob("*")] == [inside]


@pytest.mark.model
def test_ten_hits_for_every_row_answered_abstained_or_refused(
    real: Assistant, tmp_path: Path
) -> None:
    off_topic = (ROOT / "eval" / "unanswerable.jsonl").read_text("utf-8").splitlines()[:5]
    texts = [json.loads(line)["text"] for line in off_topic]
    texts += [*REFUSED_TEXTS, "comment réduire les appels répétés ?", "zzz"]
    run_batch(real, write_queries(tmp_path / "q", *texts), tmp_path / "out", 10)
    rows = read(tmp_path / "out")
    assert [row["id"] for row in rows] == [f"q{i}" for i in range(len(texts))]
    for row in rows:
        assert [hit["rank"] for hit in row["hits"]] == [*range(1, 11)]
        assert len({hit["practice"] for hit in row["hits"]}) == 10
        scores = [hit["score"] for hit in row["hits"]]
        assert scores == sorted(scores, reverse=True)
    assert [row["abstained"] for row in rows] == [True] * (5 + len(REFUSED_TEXTS)) + [False, True]


def test_a_device_or_a_pipe_is_written_into_and_stays(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as pool:
        read = pool.submit(pipe.read_text, "utf-8")
        write_whole(pipe, "ça va")
        assert read.result(timeout=PATIENCE) == "ça va"
    assert pipe.is_fifo()
