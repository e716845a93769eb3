"""What every system's script does: build, ask, measure. Runs in all environments: no imports.

python -m benchmarks.peers.peer_bare build DOCUMENTS INDEX
python -m benchmarks.peers.peer_bare ask INDEX QUESTION
python -m benchmarks.peers.peer_bare measure INDEX QUERIES ROUNDS TARGET
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
MODEL = str(ROOT / "models" / "recueil-e5")
# Its files are in half precision, which processors compute slowly: every system is told so.
FLOAT32 = {"dtype": "float32"}
PASSAGES = 100  # that a question finds, of which the best of each practice counts
SHOWN = 3
WARMING = 10  # queries that aren't timed


class Found(NamedTuple):
    """A passage that a question found."""

    practice: str
    text: str


Search = Callable[[str], list[Found]]


class Watch:
    """The seconds spent in a method of a class, whoever calls it."""

    def __init__(self, owner: type, name: str) -> None:
        self.seconds = 0.0
        inner = getattr(owner, name)

        def timed(*given: Any, **named: Any) -> Any:
            started = time.perf_counter()
            try:
                return inner(*given, **named)
            finally:
                self.seconds += time.perf_counter() - started

        setattr(owner, name, timed)


def practices(found: list[Found]) -> list[str]:
    """Return the practices of passages, each at the place of its best."""
    return list(dict.fromkeys(each.practice for each in found))


def resident() -> float:
    """Return the memory that this process holds now, in MiB."""
    status = Path("/proc/self/status").read_text("ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


def measure(
    search: Callable[[str], list[str]], watch: Watch, queries: list[dict[str, str]], rounds: int
) -> dict[str, Any]:
    """Ask every query `rounds` times; return seconds, those of the encoder, and the rankings."""
    rows: list[dict[str, Any]] = [
        {"id": query["id"], "seconds": [], "encoder": [], "ranking": []} for query in queries
    ]
    for query in queries[:WARMING]:
        search(query["text"])
    for _ in range(rounds):
        for query, row in zip(queries, rows, strict=True):
            watch.seconds = 0.0
            started = time.perf_counter()
            row["ranking"] = search(query["text"])
            row["seconds"].append(time.perf_counter() - started)
            row["encoder"].append(watch.seconds)
    return {"queries": rows, "memory": resident()}


def read(path: str) -> Any:
    return json.loads(Path(path).read_text("utf-8"))


def write(path: str, content: Any) -> None:
    Path(path).write_text(json.dumps(content), "utf-8")


def main(
    build: Callable[[list[dict[str, str]], Path], None],
    load: Callable[[Path], Search],
    watch: Callable[[], Watch],
) -> None:
    """Do what the command line says; `watch` starts to time the encoder."""
    verb, *given = sys.argv[1:]
    if verb == "build":
        build(read(given[0]), Path(given[1]))
    elif verb == "ask":
        for each in load(Path(given[0]))(given[1])[:SHOWN]:
            print(f"{each.practice}: {each.text}")
    elif verb == "measure":
        timed, search = watch(), load(Path(given[0]))
        queries, rounds = read(given[1]), int(given[2])
        write(given[3], measure(lambda text: practices(search(text)), timed, queries, rounds))
    else:
        sys.exit(f"{verb}: no such verb")
