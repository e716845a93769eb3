"""One door leads to every benchmark, and tells what each is without running it."""

from __future__ import annotations

import ast
import sys

import pytest

from benchmarks import trimming
from benchmarks.__main__ import NAMES, described, main, module
from tests.support import ROOT

FOLDER = ROOT / "benchmarks"


def test_every_module_that_has_a_main_has_a_name() -> None:
    found = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in FOLDER.rglob("*.py")
        if path.name != "__main__.py"
        and not path.name.startswith("peer_")
        and ".peers" not in path.parts
        and any(
            isinstance(node, ast.FunctionDef) and node.name == "main"
            for node in ast.parse(path.read_text("utf-8")).body
        )
    }
    assert {module(name) for name in NAMES} == found - {"benchmarks.peers.verbs"}


def test_each_is_in_the_readme_and_no_other() -> None:
    readme = (FOLDER / "README.md").read_text("utf-8")
    command = "`.venv/bin/python -m benchmarks "
    told = {part.split("`")[0].split()[0] for part in readme.split(command)[1:]}
    assert told == {*NAMES}


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_the_list_tells_each_in_a_line(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 0
    lines = capsys.readouterr().out.splitlines()[2:]
    assert [line.split()[0] for line in lines] == [*NAMES]
    assert all(line.endswith((".", ";", ",")) for line in lines), lines


def test_help_runs_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(trimming, "main", lambda: pytest.fail("it ran"))
    assert main(["trimming", "--help"]) == 0
    told = capsys.readouterr().out
    assert told == f"usage: python -m benchmarks trimming\n\n{described('trimming')}\n"


def test_a_benchmark_gets_its_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmarks import tables

    monkeypatch.setattr(sys, "argv", ["pytest"])
    got: list[list[str]] = []
    monkeypatch.setattr(tables, "main", lambda: got.append(sys.argv))
    assert main(["tables", "--check"]) == 0
    assert got == [["benchmarks tables", "--check"]]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["speeed"], "no benchmark 'speeed'; there are: api-fuzz, app"),
        (["speed", "--quick"], "'speed' takes no arguments"),
    ],
)
def test_what_is_not_there_is_refused(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert told in printed.err
    assert not printed.out
