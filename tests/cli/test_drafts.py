from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from recueil_qa.cli.main import main
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.drafting.drafts import read_drafts
from tests.support.drafts import GOOD
from tests.support.model_server import KEY, MODEL, failing, saying, serving

Typed = Callable[..., Result]


@pytest.fixture
def typed(corpus_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Return what types a `draft` command, with the model at an address."""
    monkeypatch.setenv("RECUEIL_HOME", str(tmp_path))

    def run(address: str, *words: str, keys: str = "") -> Result:
        if address:
            for name, value in (("", address), ("_MODEL", MODEL), ("_KEY", KEY)):
                monkeypatch.setenv(f"RECUEIL_READER{name}", value)
        result = CliRunner().invoke(main, [*words, "--lang", "en"], input=keys)
        assert KEY not in result.output
        return result

    return run


def test_drafts_are_asked_for_once_a_practice_and_it_says_where(
    typed: Typed, corpus_root: Path
) -> None:
    with serving(saying(GOOD)) as script:
        result = typed(script.address, "draft", "questions", "p1")
        assert result.exit_code == 0, result.output
        assert f"{MODEL} drafts from 1 practice(s), sent to 127.0.0.1" in result.stderr
        assert "3 draft(s) kept, 3 wait" in result.stdout
        typed(script.address, "draft", "questions", "--limit", "1")
        assert len(script.asked) == 2
        row = json.loads(typed(script.address, "draft", "questions", "--json").stdout)
        assert (row["asked"], row["kept"], row["waiting"]) == (1, 0, 3)
        assert row["dropped"] == {"twice": 3}
        nothing = typed(script.address, "draft", "questions")
        assert "asked about every practice already" in nothing.stderr
        assert len(script.asked) == 3
    assert len(read_drafts(corpus_root / "petit").waiting) == 3


def test_they_are_listed_and_validate_knows_them(typed: Typed, corpus_root: Path) -> None:
    assert typed("", "draft", "list").stdout == "no draft waits\n"
    with serving(saying(GOOD)) as script:
        typed(script.address, "draft", "questions", "p1", "--accept", "none")
    listed = typed("", "draft", "list").stdout
    assert "question · en · petit-p1/conseils/1\n  Nobody knows where" in listed
    rows = json.loads(typed("", "draft", "list", "--json").stdout)
    assert [row["proposed"] for row in rows] == [True] * 3
    checked = typed("", "validate")
    assert checked.exit_code == 0
    assert "3 draft(s) to read" in checked.stdout
    assert json.loads(typed("", "validate", "--json").stdout)["drafts"] == 3
    (corpus_root / "petit" / "drafts.jsonl").write_text("{\n", "utf-8")
    refused = typed("", "validate")
    assert refused.exit_code == 1
    assert "drafts.jsonl" in refused.stdout


def test_they_are_accepted_edited_and_refused_one_by_one(typed: Typed, corpus_root: Path) -> None:
    keys = "?\na\ne\nWho does what at the desk?\nr\n"
    with serving(saying(GOOD)) as script:
        result = typed(script.address, "draft", "questions", "p1", "--accept", "ask", keys=keys)
    assert "2 accepted, 1 refused, 0 wait" in result.stdout
    now = read_corpus(corpus_root).collections[0]
    assert {each.text for each in now.questions if each.origin} == {
        GOOD["questions"][0]["text"],
        "Who does what at the desk?",
    }
    assert now.statements == ()


def test_what_is_refused_by_the_collection_waits_and_a_closed_input_ends(
    typed: Typed, corpus_root: Path
) -> None:
    with serving(saying(GOOD)) as script:
        typed(script.address, "draft", "questions", "p1")
    result = typed("", "draft", "review", keys="e\nmoi@exemple.fr\ns\ne\n\npetit-p9=2\n")
    assert "personal data" in result.stderr
    assert "unknown practices: petit-p9" in result.stderr
    assert "0 accepted, 0 refused, 3 wait" in result.stdout
    for keys in ("", "q\n"):
        assert typed("", "draft", "review", keys=keys).exit_code == 0
    assert len(read_drafts(corpus_root / "petit").waiting) == 3


def test_failures_are_told_in_one_line(typed: Typed) -> None:
    with serving(failing(401)) as script:
        result = typed(script.address, "draft", "questions")
        assert len(script.asked) == 1
    assert result.exit_code == 1
    assert "1 practice(s) without a reply: the model's server refuses the key" in result.stderr


def test_no_reader_is_an_error_with_its_mend(typed: Typed) -> None:
    result = typed("", "draft", "questions")
    assert result.exit_code == 1
    assert "set RECUEIL_READER" in result.stderr
