"""Run the tests of reliability, all or some, and write what was counted.

    .venv/bin/python -m benchmarks reliability --all
    .venv/bin/python -m benchmarks reliability kills --kills 20
    .venv/bin/python -m benchmarks reliability load --encoder real

What is not run keeps its counts in the result file. Ends with 1 when anything broke.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.reliability import cases, corruption, fuzzing, kills, load

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "benchmarks" / "results" / f"reliability-{version('recueil-qa')}.json"
NAMES = ("load", "kills", "pairs", "corruption", "cases", "fuzzing")  # memory is weighed first


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks reliability", description=__doc__)
    parser.add_argument("which", nargs="*", choices=[*NAMES, []], help="which tests; or --all")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--in-switch", type=int, help="kills within the switch; else three in ten")
    parser.add_argument("--rounds", type=int, default=20, help="of two builds at once")
    parser.add_argument(
        "--places", type=int, default=corruption.PLACES, help="bytes flipped a file"
    )
    parser.add_argument("--inputs", type=int, default=50_000)
    parser.add_argument("--questions", type=int, default=10_000)
    parser.add_argument("--encoder", choices=["hash", "real"], default="hash")
    parser.add_argument("--output", type=Path, default=TARGET)
    given = parser.parse_args()
    in_switch = given.kills * 3 // 10 if given.in_switch is None else given.in_switch
    tests: dict[str, Callable[[Path], dict[str, Any]]] = {
        "kills": lambda folder: kills.run(folder, given.kills, in_switch),
        "pairs": lambda folder: kills.run_pairs(folder, given.rounds),
        "corruption": lambda folder: corruption.run(folder, given.places),
        "cases": cases.run,
        "fuzzing": lambda folder: fuzzing.run(folder, given.inputs),
        "load": lambda folder: load.run(folder, given.questions, given.encoder),
    }
    chosen = NAMES if given.all else given.which
    if not chosen:
        parser.error("name a test, or give --all")
    result: dict[str, Any] = {}
    if given.output.exists():
        result = json.loads(given.output.read_text("utf-8"))
    result["machine"] = {
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "python": platform.python_version(),
    }
    for name in chosen:
        started = time.perf_counter()
        with tempfile.TemporaryDirectory(prefix="recueil-reliability-") as folder:
            found = tests[name](Path(folder))
        key = "load, real encoder" if name == "load" and given.encoder == "real" else name
        result[key] = {**found, "seconds in all": round(time.perf_counter() - started)}
        given.output.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", "utf-8")
        print(json.dumps({name: result[key]}, indent=2, ensure_ascii=False))
    sys.exit(any(found.get("faults") for found in result.values()))
