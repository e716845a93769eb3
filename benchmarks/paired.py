"""A warm answer of this checkout against one of another, in turns, on the same machine.

    .venv/bin/python -m benchmarks paired OTHER_CHECKOUT

Both answer the queries of `eval/` from their own index, each by a process of its own, three times
in turns. Of each query the quickest of five answers counts, in processor time; its encoding alone
is measured beside it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import click

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "benchmarks" / "results" / f"paired-{version('recueil-qa')}.json"
TURNS = 3
MEASURE = """
import json, sys, time
from pathlib import Path
from recueil_qa import Assistant

home = Path.cwd()
assistant = Assistant.open(home=home)
encoder = assistant.load_encoder()
rows = (home / "eval" / "queries.jsonl").read_text("utf-8").splitlines()
texts = [json.loads(row)["text"] for row in rows]
def quickest(call):
    best = []
    for _ in range(5):
        start = time.process_time_ns()
        call()
        best.append(time.process_time_ns() - start)
    return min(best) / 1e6
for text in texts:
    assistant.ask(text)
answered = [quickest(lambda: assistant.ask(text)) for text in texts]
encoded = [quickest(lambda: encoder.encode_query([text])) for text in texts]
print(json.dumps([answered, encoded]))
"""


def measured(checkout: Path) -> dict[str, float]:
    """Return medians over the queries, in ms of processor time."""
    environment = os.environ | {"PYTHONPATH": str(checkout / "src"), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", MEASURE],
        cwd=checkout,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    answered, encoded = json.loads(done.stdout)
    beyond = [whole - alone for whole, alone in zip(answered, encoded, strict=True)]
    return {
        "whole answer": round(median(answered), 2),
        "encoding alone": round(median(encoded), 2),
        "beyond the encoding": round(median(beyond), 2),
    }


@click.command()
@click.argument("other", type=click.Path(exists=True, path_type=Path))
def main(other: Path) -> None:
    """Measure both checkouts in turns."""
    turns: dict[str, list[dict[str, float]]] = {"other": [], "this": []}
    for _ in range(TURNS):
        turns["other"].append(measured(other.resolve()))
        turns["this"].append(measured(ROOT))
    found: dict[str, Any] = {"turns": turns}
    found["median, ms"] = {
        name: {key: median(row[key] for row in rows) for key in rows[0]}
        for name, rows in turns.items()
    }
    TARGET.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    print(json.dumps(found["median, ms"], indent=2))
