"""The README is true: its commands run, its figures come from committed results."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from benchmarks import tables
from recueil_qa.cli.main import main
from recueil_qa.corpus.folders import corpus_hash
from recueil_qa.encoding.runtimes import encoder_id
from tests.support import ROOT
from tests.support.builds import copy_build
from tests.support.guides import COMMANDS as GUIDE_COMMANDS
from tests.support.guides import README, copy_project, share_encoder
from tests.support.guides import README_COMMANDS as COMMANDS

# Run elsewhere: `make run` serves the browser tests, `make test` is what runs this very test.
MAKE = {"make run", "make test"}
OTHER_TARGETS = ("evaluate", "screenshots", "check", "build", "train")
RECUEIL = [command for command in COMMANDS if command.startswith(".venv/bin/recueil-qa ")]
# Run once, by test_quality, which reads the report that it writes.
EVALUATE = ".venv/bin/recueil-qa evaluate "


def results(path: str) -> Any:
    return json.loads((ROOT / path).read_text("utf-8"))


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of what the commands read and write."""
    folder = copy_project(tmp_path_factory.mktemp("checkout"))
    # A second build, to compare with and go back to; the README names it by its day.
    copy_build(folder / "index", "2026-11-02T09:30:00.000000+00:00")
    with pytest.MonkeyPatch.context() as patch:
        share_encoder(patch)
        yield folder


def test_every_command_is_of_a_kind_that_a_test_runs() -> None:
    assert set(COMMANDS) == MAKE | set(RECUEIL)
    assert set(COMMANDS) > MAKE
    guide = [command for command in GUIDE_COMMANDS if command.startswith("recueil-qa ")]
    named = {shlex.split(command)[1] for command in [*RECUEIL, *guide]}
    assert named == set(main.commands)


@pytest.mark.model
@pytest.mark.parametrize(
    "command", [command for command in RECUEIL if not command.startswith(EVALUATE)]
)
def test_a_command_runs(command: str, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(checkout)
    result = CliRunner().invoke(main, shlex.split(command)[1:])
    assert result.exit_code == 0, result.output
    assert result.output.strip()


@pytest.mark.model
def test_the_python_example_prints_quoted_advice(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(checkout)
    example = re.findall(r"^```python\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    assert len(example) == 1
    exec(compile(example[0], "README.md", "exec"), {})  # noqa: S102
    printed = capsys.readouterr().out
    assert "Limiter le nombre d'indicateurs dans un premier temps" in printed
    assert printed.startswith("La mesure de la réitération")
    assert "p. 23\n" in printed


def test_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for command in [
        *MAKE,
        "make evaluate",
        "make screenshots",
        "make check",
        "make build",
        "make bundle",
        "make train",
    ]:
        assert re.search(rf"^{command.removeprefix('make ')}:", makefile, re.MULTILINE)


@pytest.mark.parametrize("document", tables.DOCUMENTS)
def test_every_figure_is_the_committed_result(document: str) -> None:
    text = (ROOT / document).read_text("utf-8")
    blocks = tables.BLOCK.findall(text)
    assert blocks
    assert tables.rewritten(text) == text, "mend it with: python -m benchmarks tables"
    for _, name, _ in blocks:
        assert re.search(r"\d\.\d|\d ?%|\d ms|\| \d|\b\d+ ", tables.BLOCKS[name]())


def test_a_figure_that_was_touched_is_seen() -> None:
    text = README.replace(
        "<!-- figures: speed -->\n", "<!-- figures: speed -->\nfaster than light "
    )
    assert tables.rewritten(text) == README != text


def test_the_reports_of_this_version_are_of_this_encoder_and_corpus() -> None:
    report = results(f"eval/results/{version('recueil-qa')}.json")
    assert report["encoder"] == encoder_id(str(ROOT / "models" / "recueil-e5"))
    assert report["corpus"] == corpus_hash(ROOT / "corpus")


def test_links_and_pictures_are_there() -> None:
    guides = ("docs/guide-manager.fr.md", "docs/guide-mainteneur.fr.md", "docs/accessibilite.md")
    for document in (*tables.DOCUMENTS, *guides):
        path = ROOT / document
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", path.read_text("utf-8")):
            assert (path.parent / target).exists(), f"{document}: {target}"
    assert (ROOT / "docs/images/answer-1280.png").stat().st_size > 20_000
