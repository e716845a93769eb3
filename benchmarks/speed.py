"""Time whole commands, as a user waits for them.

    .venv/bin/python -m benchmarks speed

Medians; the number of runs stands in the result. A full build goes into a fresh folder, without
a cache; the changes are made in a copy of the corpus, each of another text.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from statistics import median

from recueil_qa.analysis.passages import corpus_passages
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.encoding.runtimes import open_encoder

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "benchmarks" / "results" / f"speed-{version('recueil-qa')}.json"
ROUNDS = 3  # of full builds


def seconds(
    arguments: list[str], runs: int, before: Callable[[int], None] | None = None
) -> dict[str, float]:
    """Return the median wall-clock seconds of a command, and the number of runs."""
    command = shutil.which("recueil-qa", path=str(Path(sys.executable).parent)) or "recueil-qa"
    took = []
    for run in range(runs):
        if before:
            before(run)
        started = time.perf_counter()
        subprocess.run([command, *arguments], cwd=ROOT, check=True, capture_output=True)  # noqa: S603
        took.append(time.perf_counter() - started)
    return {"seconds": round(median(took), 2), "runs": runs}


class Copy:
    """A copy of the corpus, to change."""

    def __init__(self, target: Path) -> None:
        self.folder = Path(shutil.copytree(ROOT / "corpus", target))
        self.collection = self.folder / "recueil-2014"
        self.practice = self.collection / "practices" / "p23.md"
        self.source = self.collection / "source.txt"
        self.texts = {path: path.read_text("utf-8") for path in (self.practice, self.source)}

    def change_a_line(self, run: int) -> None:
        """Change the last line of a practice, which is a line of advice, and of the source."""
        line = self.texts[self.practice].rstrip("\n").split("\n")[-1].removeprefix("- ")
        for path, text in self.texts.items():
            path.write_text(text.replace(line, f"{line} ({run + 2})"), "utf-8")

    def take_a_line_away(self, _: int) -> None:
        """Take away one more of the questions of a practice."""
        path = self.collection / "questions" / "p23.yaml"
        rows = path.read_text("utf-8").split("\n")
        del rows[next(i for i, row in enumerate(rows) if row.startswith("- "))]
        path.write_text("\n".join(rows), "utf-8")


def full_builds(command: list[str], index: str) -> tuple[dict[str, float], dict[str, float]]:
    """Return what full builds take, and what encoding their texts alone does, taken in turns."""
    built, bare = [], []
    for _ in range(ROUNDS):
        built.append(seconds(command, 1, lambda _: shutil.rmtree(index, ignore_errors=True)))
        bare.append(bare_encoding())
    whole = {"seconds": median(row["seconds"] for row in built), "runs": ROUNDS}
    return whole, bare[0] | {"seconds": median(row["seconds"] for row in bare)}


def bare_encoding() -> dict[str, float]:
    """Return the seconds of encoding every text of a full build, and nothing else."""
    corpus = read_corpus(ROOT / "corpus")
    unanswered = [text for c in corpus.collections for text in c.unanswered]
    texts = list(dict.fromkeys([*(p.embedded for p in corpus_passages(corpus)), *unanswered]))
    encoder = open_encoder(str(ROOT / "models" / "recueil-e5"))
    encoder.encode_document(texts[:64])
    started = time.perf_counter()
    encoder.encode_document(texts)
    return {"seconds": round(time.perf_counter() - started, 2), "texts": len(texts)}


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        index, copy = str(Path(scratch, "index")), Copy(Path(scratch, "corpus"))
        there = ["--corpus", str(copy.folder), "--index", index]
        full, bare = full_builds(["build", *there], index)
        timed = {
            "recueil-qa --help": seconds(["--help"], 9),
            "recueil-qa show p23": seconds(["show", "p23"], 5),
            "recueil-qa doctor": seconds(["doctor"], 3),
            "recueil-qa validate": seconds(["validate"], 3),
            "recueil-qa ask, cold": seconds(["ask", "how to reduce repeat calls?"], 5),
            "recueil-qa build, nothing changed": seconds(["build"], 5),
            "recueil-qa build, full": full,
            "recueil-qa build, a line changed": seconds(["build", *there], 5, copy.change_a_line),
            "recueil-qa build, a question less": seconds(
                ["build", *there], 5, copy.take_a_line_away
            ),
        }
    machine = {"cores": os.cpu_count(), "machine": platform.machine(), "python": sys.version[:6]}
    found = {"machine": machine, "commands": timed, "bare encoding": bare}
    TARGET.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    print(TARGET.read_text("utf-8"))
