"""Builds killed at random moments, while a reader asks: what serves is always one whole corpus."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.reliability.corpus import (
    Expected,
    QuickEncoder,
    differences,
    expected,
    settings_in,
    write_version,
)
from benchmarks.reliability.processes import (
    LONGEST,
    await_event,
    last,
    start_build,
    start_reader,
)
from recueil_qa.builds import listing
from recueil_qa.builds.build import KEPT_BUILDS
from recueil_qa.encoding.vector_cache import VectorCache
from recueil_qa.errors import RecueilError
from recueil_qa.index import opening
from recueil_qa.index.current import CURRENT, current_build

PAUSE = 0.08  # seconds for each chunk that is encoded
LINES = 120  # advice lines a practice: three chunks to encode in each build
LEFT = (".build-*", ".build.json", f".{CURRENT}.*")


@dataclass
class Workplace:
    """A folder with a corpus, its index, and all the corpora that there were."""

    folder: Path
    version: int = 0
    known: dict[str, Expected] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.settings = settings_in(self.folder)
        self.output = self.folder / "output"
        self.encoder = QuickEncoder()
        self.edit(0)

    def edit(self, version: int) -> None:
        """Write a version of the corpus."""
        self.version = version
        write_version(self.settings.corpus, version, LINES)
        found = expected(self.settings.corpus)
        self.known[found.corpus] = found
        self.now = found

    def fault(self, what: str) -> None:
        self.faults.append(f"version {self.version}: {what}")

    def start(self, *arguments: str, pause: float = PAUSE, line: int = 0) -> ForkServerProcess:
        return start_build(self.folder, self.output, *arguments, pause=pause, line=line)

    def build(self, *arguments: str, pause: float = 0.0, line: int = 0) -> dict[str, Any]:
        """Build to the end; return what the command said at last."""
        process = self.start(*arguments, pause=pause, line=line)
        process.join(LONGEST)
        if process.exitcode != 0:
            said = self.output.read_text("utf-8", "replace")[-400:]
            self.fault(f"a build that nobody killed ended with {process.exitcode}: {said}")
        return last(self.output, "done")

    def serving(self) -> str:
        """Check all of the build that serves against the corpus that it names; return that."""
        try:
            found = opening.open_index(self.settings.index)
        except RecueilError as error:
            self.fault(f"the index can't be opened: {error}")
            return ""
        wanted = self.known.get(found.manifest.corpus)
        if wanted is None:
            self.fault("the index is of no corpus that there was")
            return ""
        wrong = differences(found, wanted, self.encoder)
        if wrong:
            self.fault(f"the index is broken or mixed: {', '.join(wrong)}")
        return wanted.corpus

    def missing(self) -> int:
        """Return how many texts of the corpus have no vector in the cache."""
        with VectorCache(self.settings.index, self.encoder.id) as cache:
            return len(cache.missing(self.now.texts))

    def left(self) -> list[str]:
        root = self.settings.index
        return sorted(path.name for pattern in LEFT for path in root.glob(pattern))

    def check_clean(self) -> None:
        """Check that a build that ended well left nothing but whole builds."""
        left = self.left()
        if left:
            self.fault(f"leftovers after a build that ended well: {', '.join(left)}")
        found = listing.check_builds(self.settings.index)
        if len(found) > KEPT_BUILDS or any(build.fault for build in found):
            self.fault(f"{len(found)} builds, faults {[build.fault for build in found]}")


def run(folder: Path, kills: int, in_switch: int, seed: int = 20_240_601) -> dict[str, Any]:
    """Kill `kills` builds, `in_switch` of them within the switch; return what was counted."""
    place, draw = Workplace(folder), random.Random(seed)  # noqa: S311
    place.build()
    stop, told = folder / "stop", folder / "reader.json"
    reader = start_reader(folder, told, stop)
    try:
        whole = _measure(place)
        lines, named = _count_lines(place)
        order = [True] * in_switch + [False] * (kills - in_switch)
        draw.shuffle(order)
        for number, switch in enumerate(order):
            # Every second one before the new build is named, which takes few of the lines.
            line = draw.randint(1, named if number % 2 else lines) if switch else 0
            _one(place, draw, whole, line)
            # A busy machine may not have let it ask meanwhile: each build is asked.
            name = current_build(place.settings.index).name
            if not await_event(reader, told, "build", name=name):
                break
        place.edit(place.version + 1)
        place.build()
        place.serving()
        place.check_clean()
    finally:
        stop.touch()
        reader.join(LONGEST)
    read = last(told, "read") or {"failures": ["the reader died"]}
    counts = place.counts
    return {
        "kills": counts["killed"],
        "kills within the switch": counts["killed in the switch"],
        "lines of Python in the switch": lines,
        "seconds of a whole build": round(whole, 2),
        "old build in service after the kill": counts["old"],
        "new build in service after the kill": counts["new"],
        "kills that left files behind": counts["left something"],
        "kills of a build that was encoding": counts["killed half-encoded"],
        "texts to encode": counts["texts"],
        "texts that the next build found in the cache": counts["texts"] - counts["encoded"],
        "broken or mixed indexes, leftovers, needless encoding": len(place.faults),
        "questions asked meanwhile": read.get("questions", 0),
        "builds that the reader answered from": read.get("builds", 0),
        "times that the reader opened the index anew": read.get("openings", 0),
        "failed questions": len(read["failures"]),
        "faults": place.faults + read["failures"],
    }


def _measure(place: Workplace) -> float:
    """Return the seconds that a build takes, from the start of its process to its end."""
    taken = []
    for _ in range(3):
        place.edit(place.version + 1)
        started = time.perf_counter()
        place.build(pause=PAUSE)
        taken.append(time.perf_counter() - started)
    return median(taken)


def _count_lines(place: Workplace) -> tuple[int, int]:
    """Return how many lines the switch runs, and how many before the new build is named."""
    place.edit(place.version + 1)
    place.build(line=-1)
    found = last(place.output, "lines")
    return int(found["lines"]), int(found["named"])


def _one(place: Workplace, draw: random.Random, whole: float, line: int) -> None:
    before = place.now.corpus
    place.edit(place.version + 1)
    counts, wanted = place.counts, place.missing()
    process = place.start(line=line, pause=0.0 if line else PAUSE)
    if not line:
        process.join(draw.uniform(0, whole))
        process.kill()
    process.join(LONGEST)
    if process.exitcode != -signal.SIGKILL:
        counts["ended first"] += 1
        # The one that ended before its kill is made up for by another.
        return _one(place, draw, whole, line)
    counts["killed"] += 1
    counts["killed in the switch"] += bool(line)
    serving = place.serving()
    if serving not in (before, place.now.corpus):
        place.fault("the index is neither the one before nor the new one")
    counts["new" if serving == place.now.corpus else "old"] += 1
    counts["left something"] += bool(place.left())
    missing = place.missing()
    counts["killed half-encoded"] += 0 < missing < wanted
    done = place.build()
    counts["texts"] += wanted
    counts["encoded"] += missing
    if done.get("encoded") != missing:
        place.fault(f"{done.get('encoded')} texts encoded, {missing} were missing in the cache")
    if place.serving() != place.now.corpus:
        place.fault("the build after the kill doesn't serve")
    if done.get("built"):
        place.check_clean()
    return None


def run_pairs(folder: Path, rounds: int, seed: int = 20_240_602) -> dict[str, Any]:
    """Have two builds at once, every second time with the first one killed; count the faults."""
    place, draw = Workplace(folder), random.Random(seed)  # noqa: S311
    place.build()
    counts = place.counts
    for number in range(rounds):
        place.edit(place.version + 1)
        go = folder / "go"
        first = start_build(folder, folder / "first", pause=PAUSE, until=go)
        # Once it encodes, it holds the lock, and waits for `go`.
        if not await_event(first, folder / "first", "progress"):
            place.fault(f"the first build ended with {first.exitcode}, without encoding")
        hasty = start_build(folder, folder / "hasty", "--no-wait")
        patient = start_build(folder, folder / "patient")
        hasty.join(LONGEST)
        _check_busy(place, (folder / "hasty").read_text("utf-8"), hasty.exitcode, first.pid)
        waiting = await_event(patient, folder / "patient", "waiting")
        if number % 2:
            time.sleep(draw.uniform(0, PAUSE))
            first.kill()
        else:
            go.touch()
        first.join(LONGEST)
        patient.join(LONGEST)
        killed = first.exitcode == -signal.SIGKILL
        counts["first killed"] += killed
        done = last(folder / "patient", "done")
        if waiting.get("holder", {}).get("process") != first.pid:
            place.fault("the build that waits isn't told for whom")
        dead = last(folder / "patient", "resuming").get("holder", {}).get("process")
        if dead != (first.pid if killed else None):
            place.fault(f"told that {dead} died")
        if patient.exitcode != 0 or done.get("built") is not killed:
            place.fault(f"the build that waited ended with {patient.exitcode}: {done}")
        if place.serving() != place.now.corpus:
            place.fault("the new corpus doesn't serve")
        place.check_clean()
        go.unlink(missing_ok=True)  # or the next round's first build would not wait for it
    return {
        "rounds of two builds at once": rounds,
        "of which the first was killed": counts["first killed"],
        "faults": place.faults,
    }


def _check_busy(place: Workplace, said: str, code: int | None, holder: int | None) -> None:
    if code != 1 or f"process {holder} on" not in said or "nothing was done" not in said:
        place.fault(f"--no-wait ended with {code}: {said[-300:]}")
