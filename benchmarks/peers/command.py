"""Measure this project and four peers on the same texts, queries and weights, in one run.

    .venv/bin/python -m benchmarks peers                  # all: about half an hour on two cores
    .venv/bin/python -m benchmarks peers --only txtai     # one, told and not written

Peers live in `benchmarks/.peers/`, made from `requirements-*.txt` when they aren't there. The
machine should have nothing else to do; its load at the start is in the result.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.peers import environments, gather
from benchmarks.peers.environments import FOLDER, RECUEIL, ROOT, SYSTEMS, System
from benchmarks.peers.inputs import Inputs, write_inputs
from benchmarks.peers.runs import QUESTION, Bench, in_turns, run_all, say
from benchmarks.peers.verbs import PASSAGES

TARGET = ROOT / "benchmarks" / "results" / f"peers-{version('recueil-qa')}.json"
HOW = {
    "cold": "seconds of a whole process, from its start to its end, that loads a saved index and "
    "the encoder and prints an answer; taken in turns, the first turn left out",
    "warm": "every query of eval/ in one process, after ten that aren't timed; the encoder's part "
    "is the time in its own call",
    "build": "seconds of a whole process, from texts to a saved index, once",
    "memory": "resident in the process of the warm queries, at its end",
    "installed": "the files of the packages that a system needs to run, as their records list "
    "them; without the encoder's weights and without Python",
    "documents": "titles and sections of the booklet; this project indexes their lines too",
    "all": "also lines, questions and judged statements: all that this project indexes",
    "depth": f"{PASSAGES} passages a question, of which the best of each practice counts; this "
    "project ranks practices itself",
    "precision": "weights in float32 for all",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks peers", description=__doc__)
    labels = [system.name for system in SYSTEMS]
    parser.add_argument("--only", choices=labels, help="measure one; told, and not written")
    parser.add_argument("--runs", type=int, default=5, help="cold runs of each that count")
    parser.add_argument("--rounds", type=int, default=3, help="warm rounds over the queries")
    given = parser.parse_args()
    if min(given.runs, given.rounds) < 1:
        parser.error("--runs and --rounds are 1 at least")
    chosen = [system for system in SYSTEMS if given.only in (None, system.name)]
    environments.make_environments(chosen)
    found = measure(chosen, given.runs, given.rounds)
    text = json.dumps(found, indent=2, ensure_ascii=False) + "\n"
    print(text)
    if given.only is None:
        TARGET.write_text(text, "utf-8")
        say(f"{TARGET.relative_to(ROOT)}: written")


def measure(chosen: list[System], runs: int, rounds: int) -> dict[str, Any]:
    """Run some systems and return the result; the indexes are left in the folder of the peers."""
    FOLDER.mkdir(exist_ok=True)
    folder = FOLDER / "work"
    shutil.rmtree(folder, ignore_errors=True)
    inputs = write_inputs(folder)
    result = circumstances(inputs, runs, rounds)
    say(f"measuring {', '.join(system.label for system in chosen)}")
    bench = Bench(folder, inputs)
    raw = run_all(bench, chosen, runs, rounds)
    result["systems"] = {
        system.name: about(system)
        | {
            corpus: gather.figures(rows, inputs.rows, inputs.qrels)
            for corpus, rows in raw[system.name].items()
        }
        for system in chosen
    }
    if RECUEIL in chosen:
        result["in turns"] = gather.turns(in_turns(bench, rounds))
    if len(chosen) == len(SYSTEMS):
        result["asked for"] = gather.asked_for(result["systems"], result["in turns"])
    return result


def about(system: System) -> dict[str, Any]:
    """Return a system's versions and what it weighs once installed."""
    packages = environments.closure(system.packages, system.needs)
    weight = environments.size(packages.values())
    if system == RECUEIL:
        weight += environments.own_size()
    return {
        "label": system.label,
        "versions": {name: packages[name].version for name in system.told},
        "packages": len(packages),
        "installed, MiB": round(weight),
    }


def circumstances(inputs: Inputs, runs: int, rounds: int) -> dict[str, Any]:
    """Return where, when and with what it was measured."""
    load = round(os.getloadavg()[0], 2)
    return {
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": git("rev-parse", "HEAD"),
        "changed since the commit": bool(git("status", "--porcelain", "--", *MEASURED)),
        "machine": {
            "cores": os.cpu_count(),
            "processor": processor(),
            "memory, GiB": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
            "system": platform.platform(),
            "python": platform.python_version(),
            "load at the start": load,
        },
        "runs": {"cold": runs, "warm rounds": rounds, "queries": len(inputs.rows), "build": 1},
        "texts": dict(inputs.counts),
        "question asked cold": QUESTION,
        "how": HOW,
    }


MEASURED = ("src", "corpus", "models", "eval", "pyproject.toml", "benchmarks/peers")


def git(*arguments: str) -> str:
    """Return what git says, or nothing where there is none."""
    try:
        ran = subprocess.run(  # noqa: S603
            ["git", *arguments],  # noqa: S607
            cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return ""
    return ran.stdout.strip()


def processor() -> str:
    """Return the processor's name, or the kind of machine where the system doesn't tell."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text("utf-8").splitlines() if told.is_file() else []
    found = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(found, platform.machine())
