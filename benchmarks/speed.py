"""Time whole commands, as a user waits for them.

    .venv/bin/python benchmarks/speed.py

Medians; the number of runs stands in the result. `build` is a full one, into a fresh folder.
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
from importlib.metadata import version
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "benchmarks" / "results" / f"speed-{version('recueil-qa')}.json"


def seconds(arguments: list[str], runs: int) -> dict[str, float]:
    """Return the median wall-clock seconds of a command, and the number of runs."""
    command = shutil.which("recueil-qa", path=str(Path(sys.executable).parent)) or "recueil-qa"
    took = []
    for _ in range(runs):
        started = time.perf_counter()
        subprocess.run([command, *arguments], cwd=ROOT, check=True, capture_output=True)  # noqa: S603
        took.append(time.perf_counter() - started)
    return {"seconds": round(median(took), 2), "runs": runs}


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        timed = {
            "recueil-qa --help": seconds(["--help"], 9),
            "recueil-qa show p23": seconds(["show", "p23"], 5),
            "recueil-qa doctor": seconds(["doctor"], 3),
            "recueil-qa build, nothing changed": seconds(["build"], 3),
            "recueil-qa build, full": seconds(["build", "--force", "--index", scratch], 1),
            "recueil-qa ask, cold": seconds(["ask", "how to reduce repeat calls?"], 3),
        }
    machine = {"cores": os.cpu_count(), "machine": platform.machine(), "python": sys.version[:6]}
    TARGET.write_text(json.dumps({"machine": machine, "commands": timed}, indent=2) + "\n", "utf-8")
    print(TARGET.read_text("utf-8"))


if __name__ == "__main__":
    main()
