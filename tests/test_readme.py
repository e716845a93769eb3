"""The README is true: its commands run, its figures come from committed results."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from recueil_qa.cli import main
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text("utf-8")
COMMANDS = [
    line
    for block in re.findall(r"^```sh\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    for line in block.splitlines()
    if line.strip()
]
# Run elsewhere: `make run` serves the browser tests, `make test` is what runs this very test.
MAKE = {"make run", "make test"}
RECUEIL = [command for command in COMMANDS if command.startswith(".venv/bin/recueil-qa ")]


def results(path: str) -> Any:
    return json.loads((ROOT / path).read_text("utf-8"))


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the commands read and write."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("corpus", "eval", "index"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "models").symlink_to(ROOT / "models")
    return folder


def test_every_command_is_of_a_kind_that_a_test_runs() -> None:
    assert set(COMMANDS) == MAKE | set(RECUEIL)
    assert set(COMMANDS) > MAKE
    named = {shlex.split(command)[1] for command in RECUEIL}
    assert named == set(main.commands)


@pytest.mark.model
@pytest.mark.parametrize("command", RECUEIL)
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
    assert "— La mesure de la réitération" in printed


def test_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for command in [*MAKE, "make evaluate", "make screenshots", "make check", "make build"]:
        assert re.search(rf"^{command.removeprefix('make ')}:", makefile, re.MULTILINE)


def table_rows(text: str) -> dict[str, list[str]]:
    """Return the rows of measures of a document: system → cells."""
    found = re.findall(r"^\| ([^|]+?) \| (\d\.\d.*?) \|$", text, re.MULTILINE)
    return {name: cells.split(" | ") for name, cells in found}


@pytest.mark.parametrize(
    ("document", "left_out"), [("README.md", "without"), ("docs/quality.md", "-")]
)
def test_a_table_of_measures_is_the_committed_result(document: str, left_out: str) -> None:
    ablation = results(f"eval/results/{version('recueil-qa')}.json")["ablation"]
    assert table_rows((ROOT / document).read_text("utf-8")) == {
        name: [
            f"{measured[group][measure]:.2f}"
            for measure in ("nDCG@10", "P@1", "Recall@5")
            for group in ("fr", "en")
        ]
        for name, measured in ablation.items()
        if left_out not in name
    }


def test_the_figures_of_the_quality_page_are_the_committed_results() -> None:
    report = results(f"eval/results/{version('recueil-qa')}.json")
    sweep = results(f"benchmarks/results/sweep-{version('recueil-qa')}.json")
    words_alone = results("src/recueil_qa/calibration.json")["*"]["cross_validated"]
    moved = dict(sweep["nDCG@10"])
    shipped = moved.pop("as shipped")["all"]
    others = [values["all"] for values in moved.values()]
    advice, abstention = report["advice"], report["abstention"]
    text = " ".join((ROOT / "docs" / "quality.md").read_text("utf-8").split())
    for sentence in (
        f"from {shipped:.3f} to between {min(others):.3f} and {max(others):.3f}",
        f"first for {advice['advice top-1']:.0%} of the 40 questions, in the top 3 for "
        f"{advice['advice top-3']:.0%}, in the top 5 for {advice['advice top-5']:.0%}",
        f"comes first for {sweep['advice']['bonus 0']['advice top-1']:.0%}.",
        f"AUROC {abstention['AUROC, cross-validated']:.2f}, and at the threshold",
        f"{abstention['unanswerable refused, cross-validated']:.0%} of the others are refused",
        f"words alone has AUROC {words_alone['AUROC']:.2f}",
    ):
        assert sentence in text


def test_the_other_figures_are_the_committed_results() -> None:
    report = results(f"eval/results/{version('recueil-qa')}.json")
    speed = results(f"benchmarks/results/speed-{version('recueil-qa')}.json")["commands"]
    text = " ".join(README.split())
    advice, abstention, latency = report["advice"], report["abstention"], report["latency_ms"]
    kept = abstention["answerable kept, cross-validated"]
    refused = abstention["unanswerable refused, cross-validated"]
    for sentence in (
        f"comes first for {advice['advice top-1']:.0%} of the questions, in the top 3 for "
        f"{advice['advice top-3']:.0%}",
        f"AUROC {abstention['AUROC, cross-validated']:.2f}",
        f"{kept:.0%} of the answerable queries are kept and {refused:.0%} of the others refused",
        f"a warm question takes {latency['ask, median']:.0f} ms, "
        f"{latency['encoding alone, median']:.0f} of them in the encoder",
        f"a full build {speed['recueil-qa build, full']['seconds']:.0f} s",
        f"from a cold shell {speed['recueil-qa ask, cold']['seconds']:.0f} s",
        f"`recueil-qa --help` {speed['recueil-qa --help']['seconds']:.2f} s",
    ):
        assert sentence in text


def test_links_and_pictures_are_there() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
    assert (ROOT / "docs/images/answer-1280.png").stat().st_size > 20_000
