"""Run the systems, each in processes of its own, and keep what came back as it came."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.peers.environments import RECUEIL, ROOT, System
from benchmarks.peers.inputs import CORPORA, Inputs

QUESTION = "comment réduire les appels répétés ?"
ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
}


@dataclass(frozen=True)
class Bench:
    """Where the runs of a bench keep their indexes and raw results, and what they are given."""

    folder: Path
    inputs: Inputs

    def index(self, system: System, corpus: str) -> Path:
        return self.folder / f"{system.name}-{corpus}"

    def build(self, system: System, corpus: str) -> dict[str, float]:
        """Build an index in an empty folder; return seconds of the process and MiB on disk."""
        folder = self.index(system, corpus)
        folder.mkdir()
        if system == RECUEIL:
            command = [_command(), "build", *self._places(corpus)]
        else:
            command = self._verb(system, "build", self.inputs.documents[corpus], folder)
        took, _ = run(command)
        files = (path for path in folder.rglob("*") if path.is_file())
        return {"seconds": took, "MiB": sum(path.stat().st_size for path in files) / 2**20}

    def ask(self, system: System, corpus: str) -> float:
        """Return the seconds of a whole process that loads an index and prints an answer."""
        if system == RECUEIL:
            command = [_command(), "ask", QUESTION, *self._places(corpus)]
        else:
            command = self._verb(system, "ask", self.index(system, corpus), QUESTION)
        took, printed = run(command)
        if not printed.strip():
            raise RuntimeError(f"{system.label} printed no answer")
        return took

    def measure(self, system: System, corpus: str, rounds: int, verb: str = "measure") -> Any:
        """Ask every query, warm, in one process; return what it wrote."""
        target = self.folder / f"{system.name}-{corpus}-{verb}.json"
        places: list[object] = [self.index(system, corpus), self.inputs.queries, rounds, target]
        if system == RECUEIL:
            places.insert(0, self.inputs.corpora[corpus])
        run(self._verb(system, verb, *places))
        return json.loads(target.read_text("utf-8"))

    def _places(self, corpus: str) -> list[str]:
        index = str(self.index(RECUEIL, corpus))
        return ["--corpus", str(self.inputs.corpora[corpus]), "--index", index]

    @staticmethod
    def _verb(system: System, verb: str, *given: object) -> list[str]:
        return [str(system.python), "-m", system.module, verb, *map(str, given)]


def run(command: Sequence[str]) -> tuple[float, str]:
    """Return the wall-clock seconds of a process and what it printed; it must succeed."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("RECUEIL_", "PYTHON"))}
    started = time.perf_counter()
    ran = subprocess.run(  # noqa: S603
        command,
        cwd=ROOT,
        env=kept | ENVIRONMENT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    took = time.perf_counter() - started
    if ran.returncode:
        told = "\n".join(ran.stderr.strip().splitlines()[-15:])
        sys.exit(f"bench: {' '.join(command)}\nended with {ran.returncode}:\n{told}")
    return took, ran.stdout


def _command() -> str:
    return str(Path(sys.executable).with_name("recueil-qa"))


def run_all(
    bench: Bench, systems: Sequence[System], runs: int, rounds: int
) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the raw rows of every system and corpus.

    Cold runs are taken in turns, so that a busy machine slows all alike; the first turn, which
    reads the files from the disk, does not count.
    """
    raw: dict[str, dict[str, dict[str, Any]]] = {}
    for system in systems:
        raw[system.name] = {}
        for corpus in CORPORA:
            say(f"{system.label}: building {corpus}")
            raw[system.name][corpus] = {"build": bench.build(system, corpus), "cold": []}
    for corpus in CORPORA:
        for turn in range(runs + 1):
            say(f"cold, {corpus}: turn {turn} of {runs}")
            for system in systems:
                took = bench.ask(system, corpus)
                if turn:
                    raw[system.name][corpus]["cold"].append(took)
    for system in systems:
        for corpus in CORPORA:
            say(f"{system.label}: asking every query, {corpus}")
            raw[system.name][corpus]["warm"] = bench.measure(system, corpus, rounds)
    return raw


def in_turns(bench: Bench, rounds: int) -> dict[str, Any]:
    """Return the raw rows of this project's questions in turns with the encoder alone."""
    found = {}
    for verb in ("forward", "transformers"):
        say(f"{RECUEIL.label}: in turns with {verb}")
        found[verb] = bench.measure(RECUEIL, "all", rounds, verb)
    return found


def say(what: str) -> None:
    print(f"==> {time.strftime('%H:%M:%S')} {what}", flush=True)
