"""Hostile inputs by the thousand: only the package's errors, and nothing outside of its folders."""

from __future__ import annotations

import os
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.configuration import set_hypothesis_home_dir

from benchmarks.reliability.corpus import QuickEncoder, injected
from benchmarks.reliability.places import Place
from benchmarks.reliability.targets import Target, targets
from benchmarks.reliability.watch import WATCH
from recueil_qa.errors import RecueilError

SEED = 20_240_604
SLOW = 10.0  # seconds that no input may take


def run(folder: Path, inputs: int, only: str = "") -> dict[str, Any]:
    """Give about so many inputs to all targets, or to those of a name; return what was counted."""
    counts: Counter[str] = Counter()
    faults: list[str] = []
    by_target: dict[str, int] = {}
    slowest = (0.0, "")
    with injected(QuickEncoder()):
        place = Place(folder)
        set_hypothesis_home_dir(place.scratch)
        found = [target for target in targets(place) if only in target.name]
        whole = sum(target.share for target in found)
        for target in found:
            with inside(place):
                count = max(1, -(-inputs * target.share // whole))
                by_target[target.name], took = try_target(target, count, counts, faults)
            slowest = max(slowest, (took, target.name))
        if not only:
            faults += escapes(place, counts)
    set_hypothesis_home_dir(None)
    outside = [*dict.fromkeys(WATCH.found)]
    WATCH.found.clear()
    return {
        "inputs": sum(by_target.values()),
        "targets": len(by_target),
        "taken": counts["taken"],
        "refused with the package's own error": counts["refused"],
        "other exceptions": counts["others"],
        "faults of different kinds": len(faults),
        "files outside of the given folders opened, changes, programs, connections": len(outside),
        "links out of the corpus refused": counts["links refused"],
        "slowest input, s": round(slowest[0], 2),
        "slowest target": slowest[1],
        "by target": by_target,
        "faults": faults[:50] + outside[:50],
    }


@contextmanager
def inside(place: Place) -> Iterator[None]:
    """Work in the workplace, its temporary files included, and note what leaves it."""
    here, there = Path.cwd(), tempfile.tempdir
    tempfile.tempdir = str(place.scratch)
    home = os.environ.get("HOME")
    os.environ["HOME"] = str(place.home)
    os.chdir(place.home)
    try:
        with warnings.catch_warnings(), WATCH.active(place.folder, place.sound):
            warnings.simplefilter("ignore")
            yield
    finally:
        os.chdir(here)
        tempfile.tempdir = there
        if home is not None:
            os.environ["HOME"] = home


def try_target(
    target: Target, count: int, counts: Counter[str], faults: list[str]
) -> tuple[int, float]:
    """Give inputs to one target; return how many, and the seconds that the slowest took."""
    tried, slowest = 0, 0.0
    seen: set[str] = set()

    @seed(SEED)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(target.inputs)
    def act(value: Any) -> None:
        nonlocal tried, slowest
        tried += 1
        started = time.perf_counter()
        try:
            target.action(value)
            counts["taken"] += 1
        except RecueilError:
            counts["refused"] += 1
        except Exception as error:  # what is looked for; not raised: the others go on
            counts["others"] += 1
            place = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}"
            if where not in seen:
                seen.add(where)
                faults.append(f"{target.name}: {where}: {str(error)[:200]} <- {value!r:.600}")
        took = time.perf_counter() - started
        if took > SLOW:
            faults.append(f"{target.name}: {took:.0f} s <- {value!r:.300}")
        slowest = max(slowest, took)

    act()
    return tried, slowest


def escapes(place: Place, counts: Counter[str]) -> list[str]:
    """Point links of the corpus out of it, one after the other: each is refused, none is read."""
    from recueil_qa.corpus.reading import read_corpus

    faults = []
    secret = place.outside / "secret.md"
    for name in (
        *("collection.toml", "statements.jsonl", "source.txt", "practices", "questions"),
        *("practices/p1.md", "questions/p1.yaml", "../petit"),
    ):
        place.restore()
        path = (place.collection / name).parent.resolve() / Path(name).name
        if path.is_dir():
            path.rename(place.home / "aside")
            path.symlink_to(place.outside / "petit" / name)
        else:
            path.unlink(missing_ok=True)
            path.symlink_to(secret)
        with inside(place):
            try:
                read_corpus(place.settings.corpus)
                faults.append(f"a link is followed: {name}")
            except RecueilError:
                counts["links refused"] += 1
            except Exception as error:  # what is looked for
                faults.append(f"{name}: {error!r}")
        place.restore()
    return faults
