"""The command line, run over a home with the deterministic encoder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import recueil_qa.builds.rebuild
import recueil_qa.doctor.examine
import recueil_qa.search.searcher
from recueil_qa.cli.main import main
from tests.support.encoders import HashEncoder
from tests.support.waiting import PATIENCE

Run = Callable[..., Result]
PROGRAM = Path(sys.executable).with_name("recueil-qa")
QUESTION = "Comment réduire les appels répétés ?"


def practices(answer: str) -> list[str]:
    """Return the practices of an answer in JSON, best first."""
    return [hit["practice"]["id"] for hit in json.loads(answer)["hits"]]


def program(home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return the command line over one home, with the deterministic encoder."""
    monkeypatch.setenv("RECUEIL_HOME", str(home))
    monkeypatch.setenv("COLUMNS", "40")
    for module in (recueil_qa.search.searcher, recueil_qa.builds.rebuild):
        monkeypatch.setattr(module, "open_encoder", lambda *_: HashEncoder())
    for module in (recueil_qa.builds.rebuild, recueil_qa.doctor.examine):
        monkeypatch.setattr(module, "encoder_id", lambda *_: "hash@test")
    return lambda *arguments: CliRunner().invoke(main, [str(a) for a in arguments])


def refused(result: Result, *parts: str) -> None:
    """Check one message on stderr, nothing on stdout, exit code 1."""
    assert (result.exit_code, result.stdout) == (1, "")
    assert isinstance(result.exception, SystemExit)
    assert result.stderr.startswith("recueil-qa: ")
    assert "Traceback" not in result.stderr
    for part in parts:
        assert part in result.stderr


def loaded_by(home: Path, *arguments: object) -> str:
    """Return the last line of a program that runs a command, then tells what heavy it loaded."""
    code = (
        "import sys, contextlib; from recueil_qa.cli.main import main\n"
        "with contextlib.suppress(SystemExit): main(sys.argv[1:])\n"
        "print('loaded', *sorted({'torch', 'faiss', 'transformers', 'bm25s'} & {*sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        env=os.environ | {"RECUEIL_HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    return done.stdout.splitlines()[-1]
