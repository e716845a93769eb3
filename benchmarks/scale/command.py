"""Measure collections of ten thousand to a million passages, each in processes of its own.

.venv/bin/python -m benchmarks scale                  # about a quarter of an hour, 10 GB of disk
.venv/bin/python -m benchmarks scale 10000 100000     # these sizes only; others are kept
.venv/bin/python -m benchmarks scale composed         # how far made vectors are from encoded ones
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.scale import measure
from benchmarks.scale.generated import ROOT

SIZES = (10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000)
VERBS = {"ask": measure.ask, "composed": measure.fidelity}
TARGET = ROOT / "benchmarks" / "results" / f"scale-{version('recueil-qa')}.json"


def apart(*arguments: str) -> dict[str, Any]:
    """Run one measurement in a process of its own."""
    command = [sys.executable, "-m", "benchmarks", "scale", "--one", *arguments]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)  # noqa: S603
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def one(verb: str, folder: Path, *rest: str) -> dict[str, Any]:
    return measure.build(folder, int(rest[0])) if verb == "build" else VERBS[verb](folder)


def main() -> None:
    given = sys.argv[1:]
    if given[:1] == ["--one"]:
        print(json.dumps(one(given[1], Path(given[2]), *given[3:])))
        return
    found = json.loads(TARGET.read_text("utf-8")) if TARGET.exists() else {"sizes": {}}
    found["machine"] = {
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "python": platform.python_version(),
    }
    with tempfile.TemporaryDirectory() as scratch:
        if "composed" in given or not given:
            found["composed"] = apart("composed", f"{scratch}/composed")
        for size in [int(name) for name in given if name != "composed"] or (() if given else SIZES):
            print(f"==> {size:,} passages", flush=True)
            folder = f"{scratch}/{size}"
            built = apart("build", folder, str(size))
            found["sizes"][str(size)] = built | apart("ask", folder)
            print(json.dumps(found["sizes"][str(size)], indent=2), flush=True)
            found["sizes"] = dict(sorted(found["sizes"].items(), key=lambda row: int(row[0])))
            TARGET.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
            subprocess.run(["rm", "-rf", folder], check=True)  # noqa: S603, S607
    TARGET.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
