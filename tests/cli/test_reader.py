from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from recueil_qa.cli.main import main
from recueil_qa.reader.cache import replies_in
from recueil_qa.search.searcher import Searcher
from tests.support.encoders import HashEncoder
from tests.support.model_server import KEY, MODEL, failing, question_in, saying, serving
from tests.support.waiting import PATIENCE

QUESTION = "Le standard est saturé par des appels répétés"
GOOD = {
    "verdict": "answers",
    "probability": 0.93,
    "practices": [
        {"practice": "petit-p3", "grade": 2, "lines": ["conseils/2"], "why": "bannir le jargon"},
        {"practice": "p99", "grade": 2, "lines": []},
    ],
}
Typed = Callable[..., Result]


@pytest.fixture
def typed(
    index_root: Path, corpus_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Typed:
    """Return what types a command line, with the reader of an address."""
    monkeypatch.setattr("recueil_qa.search.searcher.open_encoder", lambda *_: HashEncoder())
    monkeypatch.setattr("recueil_qa.search.searcher.encoder_id", lambda *_: "hash@test")
    monkeypatch.setenv("RECUEIL_HOME", str(tmp_path))

    def run(address: str, *words: str) -> Result:
        if address:
            monkeypatch.setenv("RECUEIL_READER", address)
            monkeypatch.setenv("RECUEIL_READER_MODEL", MODEL)
            monkeypatch.setenv("RECUEIL_READER_KEY", KEY)
            monkeypatch.setenv("RECUEIL_READER_SECONDS", "30")
        result = CliRunner().invoke(main, words)
        assert KEY not in result.output
        return result

    return run


def test_ask_says_where_the_question_goes_and_shows_what_the_model_pointed_at(
    typed: Typed,
) -> None:
    with serving(saying(GOOD)) as script:
        result = typed(script.address, "ask", QUESTION, "--lang", "en")
    assert result.exit_code == 0
    assert f"{MODEL} reads the practices (127.0.0.1:" in result.stderr
    assert f"Read and ordered by the model {MODEL}" in result.stdout
    assert "The model says : bannir le jargon" in result.stdout
    assert "→ « Bannir le jargon des lettres »" in result.stdout
    assert "1 practice answers" in result.stdout
    assert len(script.asked) == 1


def test_json_says_what_the_reader_did(typed: Typed) -> None:
    with serving(saying(GOOD)) as script:
        row = json.loads(typed(script.address, "ask", QUESTION, "--json").stdout)
    seconds = row["reader"].pop("seconds")
    assert seconds >= 0
    assert row["reader"] == {
        "model": MODEL, "dropped": 1, "used": True, "silenced": 0, "cached": False, "notice": None,
    }  # fmt: skip
    assert row["hits"][0]["practice"]["id"] == "petit-p3"


def test_a_question_stays_at_home_where_that_is_asked(typed: Typed) -> None:
    with serving(saying(GOOD)) as script:
        row = json.loads(typed(script.address, "ask", QUESTION, "--no-reader", "--json").stdout)
    assert script.requests == []
    assert row["reader"] is None


def test_what_is_asked_for_word_for_word_is_sent_nowhere(typed: Typed) -> None:
    with serving(saying(GOOD)) as script:
        result = typed(script.address, "ask", "Compter les appels pour un même motif")
    assert script.requests == []
    assert (result.exit_code, result.stderr) == (0, "")


def test_evaluate_measures_whole_answers_beside_the_search(typed: Typed, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    write(data / "queries.jsonl", [QUESTION])
    (data / "qrels.tsv").write_text("q0\tpetit-p3\t2\n", "utf-8")
    (data / "unanswerable.jsonl").write_text('{"id": "u", "text": "recette tarte pommes"}\n')
    advice = {"id": "a", "text": QUESTION, "practice": "petit-p2", "gold": ["x"]}
    (data / "advice.jsonl").write_text(json.dumps(advice) + "\n", "utf-8")
    nothing = {"verdict": "nothing", "probability": 0.05, "practices": []}

    def reply(body: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        return saying(nothing if "tarte" in question_in(body) else GOOD)(body)

    report = tmp_path / "report.json"
    with serving(reply) as script:
        words = ("evaluate", "--data", str(data), "--output", str(report), "--reader")
        result = typed(script.address, *words)
    assert result.exit_code == 0, result.output
    found = json.loads(report.read_text("utf-8"))["reader"]
    assert found["data, search"]["2 first"] == 0.0
    assert found["data, read"]["2 first"] == 1.0
    assert (found["data, read"]["AUROC"], found["data, read"]["read"]) == (1.0, 2)
    assert "data, read: " in result.stdout


def test_a_failure_leaves_the_first_answer_and_one_line(typed: Typed) -> None:
    plain = typed("", "ask", QUESTION)
    with serving(failing(401)) as script:
        result = typed(script.address, "ask", QUESTION)
    assert result.exit_code == 0
    assert result.stdout == plain.stdout
    assert result.stderr.count("\n") == 2
    assert result.stderr.endswith("Remède : réglez RECUEIL_READER_KEY\n")


def write(path: Path, texts: list[str]) -> Path:
    rows = [json.dumps({"id": f"q{i}", "text": text}) for i, text in enumerate(texts)]
    path.write_text("\n".join(rows), "utf-8")
    return path


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_a_batch_is_read_in_its_order_and_goes_on_where_it_was(
    typed: Typed, tmp_path: Path
) -> None:
    texts = [f"{QUESTION} {word}" for word in ("lundi", "mardi", "jeudi", "samedi")]
    queries, output = write(tmp_path / "q.jsonl", texts), tmp_path / "out.jsonl"
    words = ("run", "--queries", str(queries), "--output", str(output), "--reader", "--jobs", "2")

    def some(body: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        return (failing(500) if "jeudi" in question_in(body) else saying(GOOD))(body)

    with serving(some) as script:
        result = typed(script.address, *words)
        assert result.exit_code == 0
        assert "1 question(s) sur 4 non lue(s)" in result.stderr
        assert [row["reader"]["used"] for row in rows_of(output)] == [True, True, False, True]
        script.requests.clear()
        script.reply = saying(GOOD)
        typed(script.address, *words)
        assert [question_in(body) for body in script.asked] == [texts[2]]
    rows = rows_of(output)
    assert [row["id"] for row in rows] == ["q0", "q1", "q2", "q3"]
    assert all(row["hits"][0]["practice"] == "petit-p3" for row in rows)
    assert rows[0]["why"] == {"petit-p3": "bannir le jargon"}
    assert replies_in(tmp_path / "index").count() == 4


def test_a_batch_goes_on_from_its_output_where_no_reply_is_kept(
    typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECUEIL_READER_CACHE", "false")
    texts = [f"{QUESTION} {word}" for word in ("lundi", "mardi", "jeudi", "samedi")]
    queries, output = write(tmp_path / "q.jsonl", texts), tmp_path / "out.jsonl"
    words = ("run", "--queries", str(queries), "--output", str(output), "--reader", "--jobs", "1")

    def some(body: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        return (failing(500) if "jeudi" in question_in(body) else saying(GOOD))(body)

    def asked() -> list[str]:
        found = [question_in(body) for body in script.asked]
        script.requests.clear()
        return found

    with serving(some) as script:
        typed(script.address, *words)
        first = rows_of(output)
        script.requests.clear()
        script.reply = saying(GOOD)
        typed(script.address, *words)
        assert asked() == [texts[2]]
        rows = rows_of(output)
        assert [row["id"] for row in rows] == ["q0", "q1", "q2", "q3"]
        assert (rows[0], rows[1], rows[3]) == (first[0], first[1], first[3])
        # Another wording, another number of practices, rows that somebody spoilt: read again.
        write(queries, [texts[0], f"{texts[1]} matin", texts[2], texts[3]])
        kept = output.read_text("utf-8").splitlines()
        output.write_text("\n".join([kept[0], kept[1], "{", kept[3]]), "utf-8")
        typed(script.address, *words)
        assert sorted(asked()) == sorted([f"{texts[1]} matin", texts[2]])
        typed(script.address, *words, "--top", "2")
        assert len(asked()) == 4
    assert not replies_in(tmp_path / "index").path.exists()
    assert QUESTION not in output.read_text("utf-8")


def test_a_batch_that_is_interrupted_leaves_what_was_read(
    typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECUEIL_READER_CACHE", "false")
    queries = write(tmp_path / "q.jsonl", [f"{QUESTION} {i}" for i in range(4)])
    output = tmp_path / "out.jsonl"
    words = ("run", "--queries", str(queries), "--output", str(output), "--reader", "--jobs", "1")
    answers = Searcher.ask_leads

    def until(self: Searcher, text: str, **options: Any) -> Any:
        if text.endswith("2"):
            raise KeyboardInterrupt
        return answers(self, text, **options)

    with serving(saying(GOOD)) as script:
        with monkeypatch.context() as patch:
            patch.setattr(Searcher, "ask_leads", until)
            assert typed(script.address, *words).exit_code == 1
        left = [row["id"] for row in rows_of(output)]
        assert left[:2] == ["q0", "q1"]
        assert "q2" not in left
        script.requests.clear()
        typed(script.address, *words)
        assert len(script.asked) == 4 - len(left)
    assert len(rows_of(output)) == 4


def test_what_every_question_would_meet_is_met_once(typed: Typed, tmp_path: Path) -> None:
    queries = write(tmp_path / "q.jsonl", [f"{QUESTION} {i}" for i in range(6)])
    words = ("run", "--queries", str(queries), "--output", str(tmp_path / "out"), "--reader")
    with serving(failing(401)) as script:
        result = typed(script.address, *words, "--jobs", "1")
        assert len(script.asked) == 1
        assert (
            "6 question(s) sur 6 non lue(s) : le serveur du modèle refuse la clé" in result.stderr
        )
        assert [row["reader"]["used"] for row in rows_of(tmp_path / "out")] == [False] * 6
        # None of them was read: once the key is right, all are.
        script.requests.clear()
        script.reply = saying(GOOD)
        typed(script.address, *words)
        assert len(script.asked) == 6
    assert [row["reader"]["used"] for row in rows_of(tmp_path / "out")] == [True] * 6


def test_what_was_read_before_is_taken_where_the_server_refuses(
    typed: Typed, tmp_path: Path
) -> None:
    texts = [f"{QUESTION} {i}" for i in range(4)]
    with serving(saying(GOOD)) as script:
        typed(script.address, "ask", texts[3])
        script.reply = failing(401)
        queries = write(tmp_path / "q.jsonl", texts)
        words = ("run", "--queries", str(queries), "--output", str(tmp_path / "out"), "--reader")
        typed(script.address, *words, "--jobs", "1")
    assert [row["reader"]["used"] for row in rows_of(tmp_path / "out")] == [False] * 3 + [True]


def test_a_batch_without_a_reader_that_is_set_is_refused(typed: Typed, tmp_path: Path) -> None:
    queries = write(tmp_path / "q.jsonl", [QUESTION])
    result = typed(
        "", "run", "--queries", str(queries), "--output", str(tmp_path / "o"), "--reader"
    )
    assert result.exit_code == 1
    assert "réglez RECUEIL_READER" in result.stderr


def test_the_reader_is_shown_and_its_replies_are_removed(typed: Typed, tmp_path: Path) -> None:
    assert typed("", "reader", "--lang", "en").stdout == "no reader is set\n0 reply(ies) kept\n"
    with serving(saying(GOOD)) as script:
        typed(script.address, "ask", QUESTION)
        shown = typed(script.address, "reader", "--lang", "en").stdout
        assert shown == f"reader: {MODEL} on {script.address[7:-3]}\n1 reply(ies) kept\n"
        assert (
            "1 reply(ies) removed"
            in typed(script.address, "reader", "--empty", "--lang", "en").stdout
        )
    assert not replies_in(tmp_path / "index").path.exists()


@pytest.mark.model
def test_nothing_of_a_reader_is_loaded_where_none_is_set() -> None:
    code = (
        "import sys; from recueil_qa.cli.main import main\n"
        "try: main(['ask', 'comment réduire les appels répétés ?'])\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "print(*[name for name in sys.modules if name.startswith("
        "('recueil_qa.reader', 'openai', 'httpx'))], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    assert done.stderr.split() == []
