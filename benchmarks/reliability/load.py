"""Many threads ask one assistant while builds change under it: each answer is of one build."""

from __future__ import annotations

import os
import random
import shutil
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from hashlib import blake2b
from pathlib import Path
from threading import Lock
from typing import Any, Literal

from benchmarks.reliability.corpus import (
    WORDS,
    QuickEncoder,
    injected,
    settings_in,
    write_version,
)
from benchmarks.reliability.processes import CONTEXT
from recueil_qa import Assistant, Settings
from recueil_qa.builds import listing, versions
from recueil_qa.builds.rebuild import rebuild
from recueil_qa.index import opening
from recueil_qa.index.current import current_build
from recueil_qa.types import Answer

ROOT = Path(__file__).resolve().parents[2]
THREADS = 16
DISTINCT = 200  # questions, asked again and again
WARM = 1_000  # questions after which memory may grow no more
GROWTH = 0.05
PERIOD = 1.0  # seconds between two changes of what serves
REBUILD_EVERY = 5  # changes
PATIENCE = 120  # seconds for the first change
Kind = Literal["hash", "real"]


def run(
    folder: Path, questions: int = 10_000, kind: Kind = "hash", period: float = PERIOD
) -> dict[str, Any]:
    """Ask `questions` in all; return what was counted."""
    with _encoders(kind):
        settings = _prepare(folder, kind)
        return _run(folder, settings, questions, kind, period)


def _run(
    folder: Path, settings: Settings, questions: int, kind: Kind, period: float
) -> dict[str, Any]:
    asked = _questions(settings, kind)
    assistant = Assistant.open(settings)
    assistant.ask(asked[0])
    first = assistant.build
    seen: dict[tuple[str, str], set[str]] = defaultdict(set)
    lock, done, faults = Lock(), [0], list[str]()
    memory: list[tuple[int, float]] = []

    def ask(number: int) -> None:
        question = asked[number % len(asked)]
        try:
            # Every second one as programs do, which don't say which build they mean.
            pinned = assistant.latest() if number % 2 else assistant
            if number == questions // 2 | 1:
                pinned = _changed(assistant, first)
            answer = pinned.ask(question)
            build = pinned.build if number % 2 else ""
        except Exception as error:  # what is looked for
            faults.append(f"{question}: {type(error).__name__}: {error}")
            return
        with lock:
            seen[build, question].add(_digest(answer))
            done[0] += 1
            if done[0] % 250 == 0:
                memory.append((done[0], _resident()))

    stop = folder / "stop"
    switcher = CONTEXT.Process(target=_switch, args=(folder, settings, kind, period, stop))
    switcher.start()
    started = time.perf_counter()
    try:
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(ask, range(questions)))
        took = time.perf_counter() - started
    finally:
        stop.touch()
        switcher.join(120)
    if switcher.exitcode != 0:
        faults.append(f"the process that changes what serves ended with {switcher.exitcode}")
    changes = folder / "changes"  # which one that died did not write
    faults += _compare(folder, settings, seen, assistant)
    warm = max((used for count, used in memory if count <= WARM), default=0.0)
    growth = memory[-1][1] / warm - 1 if warm else 0.0
    if growth > GROWTH and questions > 2 * WARM:
        faults.append(f"memory grew by {growth:.1%}")
    return {
        "encoder": kind,
        "questions": questions,
        "threads": THREADS,
        "seconds": round(took, 1),
        "builds that answered": len({build for build, _ in seen if build}),
        "changes of what serves": int(changes.read_text("utf-8") if changes.exists() else 0),
        "memory after the first thousand, MiB": round(warm),
        "memory at the end, MiB": round(memory[-1][1]) if memory else 0,
        "growth of memory, %": round(100 * growth, 1),
        "failed questions, answers other than alone": len(faults),
        "faults": faults[:50],
    }


def _encoders(kind: Kind) -> AbstractContextManager[None]:
    return injected(QuickEncoder()) if kind == "hash" else nullcontext()


def _prepare(folder: Path, kind: Kind) -> Settings:
    """Make a corpus and two builds to go to and fro between."""
    if kind == "hash":
        settings = settings_in(folder)
        write_version(settings.corpus, 0)
    else:
        shutil.copytree(ROOT / "corpus", folder / "corpus")
        (folder / "models").symlink_to(ROOT / "models")
        serving = current_build(ROOT / "index")
        shutil.copytree(serving, folder / "index" / serving.name)
        versions.write_current(folder / "index", serving.name)
        cache = ROOT / "index" / ".cache"
        if cache.is_dir():
            shutil.copytree(cache, folder / "index" / ".cache")
        settings = Settings(home=folder)
    (folder / "kept").mkdir()
    rebuild(settings)
    _edit(settings, kind, 1)
    rebuild(settings)
    for build in listing.list_builds(settings.index):
        _keep(folder, settings, build.name)
    return settings


def _edit(settings: Settings, kind: Kind, version: int) -> None:
    if kind == "hash":
        write_version(settings.corpus, version)
        return
    path = sorted(settings.corpus.glob("*/questions/*.yaml"))[0]
    with path.open("a", encoding="utf-8") as file:
        file.write(f"en:\n- How many versions are there, {version} of them?\n"
                   if "\nen:" not in path.read_text("utf-8")
                   else f"- How many versions are there, {version} of them?\n")  # fmt: skip


def _keep(folder: Path, settings: Settings, name: str) -> None:
    if not (folder / "kept" / name).exists():
        shutil.copytree(settings.index / name, folder / "kept" / name, copy_function=os.link)


def _changed(assistant: Assistant, first: str) -> Assistant:
    """Return the assistant once another build serves: more than one answers, whatever the pace."""
    end = time.monotonic() + PATIENCE
    while (found := assistant.latest()).build == first and time.monotonic() < end:
        time.sleep(0.005)
    return found


def _questions(settings: Settings, kind: Kind) -> list[str]:
    draw = random.Random(20_240_605)  # noqa: S311  # questions, not secrets
    if kind == "hash":
        return [" ".join(draw.sample(WORDS, draw.randint(1, 7))) for _ in range(DISTINCT)]
    rows = [row.text for row in opening.open_index(settings.index).passages]
    return [" ".join(row.split()[:25]) for row in draw.sample(rows, DISTINCT)]


def _switch(folder: Path, settings: Settings, kind: Kind, period: float, stop: Path) -> None:
    """Put one build after the other in service, and now and then a new one."""
    changes, version = 0, 1
    with _encoders(kind):
        while not stop.exists():
            time.sleep(period)
            changes += 1
            if changes % REBUILD_EVERY == 0:
                version += 1
                _edit(settings, kind, version)
                _keep(folder, settings, rebuild(settings).folder.name)
            else:
                names = sorted(build.name for build in listing.list_builds(settings.index))[-2:]
                versions.activate(settings.index, names[changes % 2])
    (folder / "changes").write_text(str(changes), "utf-8")


def _compare(
    folder: Path,
    settings: Settings,
    seen: dict[tuple[str, str], set[str]],
    assistant: Assistant,
) -> list[str]:
    """Ask each build alone, in one thread, what it was asked; return what was answered else."""
    faults = []
    encoder = assistant.load_encoder()
    alone: dict[str, set[str]] = defaultdict(set)
    for kept in sorted((folder / "kept").iterdir()):
        fixed = Assistant(opening.open_build(kept), settings, encoder)
        for question in dict.fromkeys(question for _, question in seen):
            found = _digest(fixed.ask(question))
            alone[question].add(found)
            if seen.get((kept.name, question), {found}) != {found}:
                faults.append(f"{kept.name}, {question}: another answer than alone")
    faults += [
        f"{question}: the answer of no build"
        for (build, question), found in seen.items()
        if not build and not found <= alone[question]
    ]
    kept_names = {path.name for path in (folder / "kept").iterdir()}
    faults += [f"{build}: a build that was not kept" for build in
               {build for build, _ in seen if build} - kept_names]  # fmt: skip
    return faults


def _digest(answer: Answer) -> str:
    return blake2b(repr(answer).encode(), digest_size=16).hexdigest()


def _resident() -> float:
    """Return the memory of this process, in MiB (Linux)."""
    pages = int(Path("/proc/self/statm").read_text("utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
