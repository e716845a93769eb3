"""The maintainers' guide is true: followed from top to bottom, it does and says what it tells."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from recueil_qa.cli.main import main
from tests.support import ROOT
from tests.support.guides import COMMANDS, GUIDE, STEP, copy_project, share_encoder

# The shell's own; what serves until it is stopped (test_serve); the bundle, which test_bundle
# makes, unpacks and installs; and what takes
# minutes with all statements of the booklet, which test_cli_corpus runs with few.
ELSEWHERE = {
    "source .venv/bin/activate",
    "recueil-qa bundle",
    "recueil-qa serve --open",
    "recueil-qa app",
    "recueil-qa learn --statements demandes.jsonl",
    "tar -xzf recueil-qa-*.tar.gz",
    "cd recueil-qa-*/ && ./install.sh",
}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of what the guide reads and writes, whose index is of its corpus."""
    folder = copy_project(tmp_path_factory.mktemp("maintained"), "tests/data")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("COLUMNS", "300")
        share_encoder(patch)
        done, output = follow("recueil-qa build")
        assert done == 0, output
        yield folder


def follow(command: str) -> tuple[int, str]:
    """Run a command; return its exit code and what it prints."""
    program, *arguments = shlex.split(command)
    if program == "recueil-qa":
        result = CliRunner().invoke(main, arguments)
        return result.exit_code, result.output
    serving = (Path("index") / "CURRENT").read_text("utf-8").strip()
    arguments = [argument.replace("SERVING", serving) for argument in arguments]
    assert program in {"cp", "mkdir", "rm"}, program
    done = subprocess.run([program, *arguments], check=False, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def write(kind: str, body: str) -> None:
    """Do what a block asks to do with an editor: a whole file, or lines to change in one."""
    name, _, text = body.partition("\n")
    path = Path(name)
    if kind != "diff":
        assert path.exists(), "the guide fills in what a command has made"
        path.write_text(text, "utf-8")
        return
    changed = path.read_text("utf-8")
    # One line at a time, for one line or several.
    for hunk in re.split(r"^-", text, flags=re.MULTILINE)[1:]:
        old, *new = hunk.splitlines()
        assert new and all(row[0] == "+" for row in new), hunk
        assert changed.count(old) == 1, old
        changed = changed.replace(old, "\n".join(row[1:] for row in new))
    path.write_text(changed, "utf-8")


def told(shown: str, printed: str) -> None:
    """Check that the lines shown stand in what was printed, in this order; … is anything."""
    lines = iter(printed.splitlines())
    for row in shown.splitlines():
        # A table's columns are as wide as what stands in them.
        pattern = r"\s+".join(map(re.escape, row.split())).replace("…", ".*")
        indented = re.match(" *", row)[0] + pattern  # type: ignore[index]
        assert any(re.match(rf"{indented}\s*", line) for line in lines), f"{row!r} in:\n{printed}"


@pytest.mark.model
def test_the_guide_is_followed_from_top_to_bottom(checkout: Path) -> None:
    exit_code, printed = 0, ""
    for step in STEP.finditer(GUIDE):
        if step["note"] == "run":
            assert follow(step["value"])[0] == 0
        elif step["note"] == "exit":
            exit_code = int(step["value"])
        elif step["kind"] == "sh":
            printed = ""
            for command in step["body"].splitlines():
                if command not in ELSEWHERE:
                    done, output = follow(command)
                    assert done == exit_code, f"{command}\n{output}"
                    printed += output
            exit_code = 0
        elif step["kind"] == "text":
            told(step["body"], printed)
        else:
            write(step["kind"], step["body"])


def test_what_is_not_run_here_is_run_elsewhere() -> None:
    assert set(COMMANDS) >= ELSEWHERE
    bundle = (ROOT / "tests" / "test_bundle.py").read_text("utf-8")
    assert "pytest.mark.bundle" in bundle
    assert "install.sh" in bundle


def test_a_line_that_is_not_printed_is_seen() -> None:
    told("a … c\n  d", "x\na b c\n  d\n")
    with pytest.raises(AssertionError):
        told("a … d", "a b c\n")
    with pytest.raises(AssertionError):
        told("b\na", "a\nb\n")


def test_every_command_that_the_text_names_is_one() -> None:
    named = set(re.findall(r"recueil-qa (?!\*)([a-z]\w+)", GUIDE))
    assert named <= set(main.commands)
    assert named >= {"validate", "build", "doctor", "new", "import", "rollback", "prune", "bundle"}
