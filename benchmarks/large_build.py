"""Build an index of 200,000 passages of made texts, and tell the memory that it took.

    .venv/bin/python -m benchmarks large-build        # about four minutes

The corpus is written as files, read, and built as any other, with the real encoder loaded; but its
vectors are drawn from the texts' hashes, or the encoding would take an hour.
"""

from __future__ import annotations

import hashlib
import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
import numpy.typing as npt

from recueil_qa.builds.build import build_index
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.encoding.encoder import Encoder, Progress, Vectors
from recueil_qa.encoding.runtimes import open_encoder
from recueil_qa.index.opening import open_index

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "benchmarks" / "results" / f"large-build-{version('recueil-qa')}.json"
PASSAGES = 200_000
SECTIONS, LINES, QUESTIONS = 4, 5, 20
OF_ONE = 1 + SECTIONS * (1 + LINES) + QUESTIONS  # passages of a practice
TOML = """id = "grand"
title = "Grand recueil"
language = "fr"
"""
SECTION = """
[[sections]]
name = "section{0}"
headings = ["Section {0}"]
role = "{1}"
"""


SUBJECTS, OF_A_TEXT, OWN = 500, 3, 0.3


class Drawn:
    """The real encoder, held in memory; vectors drawn from the texts."""

    def __init__(self, real: Encoder) -> None:
        self.real = real
        self.id, self.dimension = "drawn@2", real.dimension
        self._subjects = np.random.default_rng(0).standard_normal((SUBJECTS, real.dimension))

    def _drawn(self, draw: np.random.Generator) -> npt.NDArray[np.float64]:
        """Return a few subjects and something of its own: texts are not all equally apart."""
        chosen = self._subjects[draw.integers(SUBJECTS, size=OF_A_TEXT)].sum(axis=0)
        return np.asarray(chosen + OWN * draw.standard_normal(self.dimension))

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        return self.encode_document(texts)

    def encode_document(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        seeds = [int.from_bytes(hashlib.sha256(t.encode()).digest()[:8], "big") for t in texts]
        vectors = np.asarray(
            [self._drawn(np.random.default_rng(seed)) for seed in seeds], np.float32
        )
        if progress:
            progress(len(texts), len(texts))
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def write_corpus(root: Path, passages: int) -> int:
    """Write a collection of at least that many passages; return the number of practices."""
    booklet = read_corpus(ROOT / "corpus").collections[0]
    lines = [row.text for p in booklet.practices for s in p.sections for row in s.lines]
    words = sorted({word for line in lines for word in line.split() if word.isalpha()})
    draw = random.Random(2014)  # noqa: S311

    def text(count: int) -> str:
        return " ".join(draw.choices(words, k=count))

    folder = root / "grand"
    (folder / "practices").mkdir(parents=True)
    (folder / "questions").mkdir()
    roles = ["context", "detail", "detail", "advice"]
    toml = TOML + "".join(SECTION.format(i, role) for i, role in enumerate(roles))
    (folder / "collection.toml").write_text(toml, "utf-8")
    practices = -(-passages // OF_ONE)
    for number in range(1, practices + 1):
        rows = ["---", f"id: grand-p{number}", f"title: Pratique {text(5)}", "---"]
        for section in range(SECTIONS):
            rows += ["", f"## Section {section}", "", *(f"- {text(22)}" for _ in range(LINES))]
        (folder / "practices" / f"p{number}.md").write_text("\n".join(rows) + "\n", "utf-8")
        asked = [f"- Question {number} {text(12)}" for _ in range(QUESTIONS)]
        yaml = "\n".join([f"practice: grand-p{number}", "fr:", *asked])
        (folder / "questions" / f"p{number}.yaml").write_text(yaml + "\n", "utf-8")
    return practices


def peak() -> int:
    """Return the most memory that this process has had, in MiB (Linux)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    passages = int(sys.argv[1]) if len(sys.argv) > 1 else PASSAGES
    encoder = open_encoder(str(ROOT / "models" / "recueil-e5"))
    encoder.encode_document(["Réduire les appels répétés au standard"] * 64)
    found: dict[str, object] = {"encoder loaded, MiB": peak()}
    with tempfile.TemporaryDirectory() as scratch:
        found["practices"] = write_corpus(Path(scratch, "corpus"), passages)
        started = time.perf_counter()
        corpus = read_corpus(Path(scratch, "corpus"))
        found["reading the corpus, s"] = round(time.perf_counter() - started, 1)
        started = time.perf_counter()
        folder = build_index(Path(scratch, "index"), corpus, Drawn(encoder))
        found["build without encoding, s"] = round(time.perf_counter() - started, 1)
        found["peak of the build, MiB"] = peak()
        started = time.perf_counter()
        opened = open_index(folder.parent)
        found["opening, s"] = round(time.perf_counter() - started, 1)
        found["passages"] = len(opened.passages)
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        found["build on disk, MiB"] = size // 2**20
    TARGET.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    print(TARGET.read_text("utf-8"))
