"""Every file of an index damaged in every way: told, or of no consequence; never another answer."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.reliability.corpus import (
    QUESTIONS,
    QuickEncoder,
    injected,
    settings_in,
    write_version,
)
from recueil_qa import Assistant
from recueil_qa.builds import locks
from recueil_qa.builds.rebuild import rebuild
from recueil_qa.corpus import reading
from recueil_qa.doctor.examine import examine
from recueil_qa.encoding import vector_cache
from recueil_qa.errors import IndexUnusableError, RecueilError
from recueil_qa.index import manifest, opening
from recueil_qa.index.current import CURRENT, current_build

PLACES = 20  # random bytes flipped, beside the first, the middle and the last
Damage = Callable[[Path], None]
CACHE = f"{vector_cache.FOLDER}/{vector_cache.NAME}"


def damages(size: int, draw: random.Random, places: int) -> Iterator[tuple[str, Damage]]:
    """Yield ways to damage a file of `size` bytes, each with its name."""
    for name, kept in (
        ("cut to nothing", 0),
        ("cut to half", size // 2),
        ("one less", max(size - 1, 0)),
    ):
        yield name, partial(_cut, kept=kept)
    yield "longer", lambda path: _write(path, path.read_bytes() + b"\0 more")
    yield "removed", lambda path: path.unlink()
    yield "a folder", _make_folder
    if size:
        yield "zeros", lambda path: _write(path, bytes(size))
        half = slice(size // 2, size // 2 + 4096)
        yield "a hole", lambda path: _write(path, _holed(path.read_bytes(), half))
        spots = [0, size // 2, size - 1, *(draw.randrange(size) for _ in range(places))]
        for spot in spots:
            mask = 1 << draw.randrange(8)
            yield f"bit flipped at {spot}", partial(_flip, spot=spot, mask=mask)


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _cut(path: Path, kept: int) -> None:
    _write(path, path.read_bytes()[:kept])


def _holed(content: bytes, hole: slice) -> bytes:
    return content[: hole.start] + bytes(len(content[hole])) + content[hole.stop :]


def _flip(path: Path, spot: int, mask: int) -> None:
    content = bytearray(path.read_bytes())
    content[spot] ^= mask
    _write(path, bytes(content))


def _make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@dataclass
class Bench:
    """A sound workplace to damage, what it answers, and what was counted."""

    folder: Path
    places: int
    draw: random.Random
    step: int
    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.files = 0
        self.settings = settings_in(self.folder / "work")
        self.sound = self.folder / "sound"
        self.root = self.settings.index
        write_version(self.settings.corpus, 1)
        rebuild(self.settings)
        shutil.copytree(self.settings.home, self.sound)
        self.build = current_build(self.root).name
        self.hashes = manifest.read_manifest(self.root / self.build).files
        self.open = Assistant.open(self.settings)
        self.answers = self.ask(self.open)

    def ask(self, assistant: Assistant) -> list[str]:
        return [repr(assistant.ask(question)) for question in QUESTIONS[:4]]

    def restore(self, name: str) -> None:
        """Put the sound copy of a folder of the workplace back."""
        shutil.rmtree(self.settings.home / name)
        shutil.copytree(self.sound / name, self.settings.home / name)

    def each(self, folder: str, name: str, places: int | None = None) -> Iterator[str]:
        """Damage one file in each way; yield a label for each, and mend it after."""
        path = self.settings.home / folder / name
        size = path.stat().st_size if path.is_file() else 0
        ways = damages(size, self.draw, self.places if places is None else places)
        self.files += 1
        for what, damage in islice(ways, self.files % self.step, None, self.step):
            self.restore(folder)
            path.touch()
            damage(path)
            self.counts["damages"] += 1
            self.counts["of the vector cache"] += name == CACHE
            yield f"{name}, {what}"
        self.restore(folder)

    def told(self, label: str, action: Callable[[], object]) -> RecueilError | None:
        """Return the package's error, if any; any other one is a fault."""
        try:
            action()
        except RecueilError as error:
            return error
        except Exception as error:  # what is looked for
            self.faults.append(f"{label}: {type(error).__name__}: {error}")
        return None

    def same(self, label: str) -> None:
        """Check that the index opens and answers as the sound one, or is refused."""

        def check() -> None:
            if self.ask(Assistant.open(self.settings)) != self.answers:
                self.faults.append(f"{label}: another answer")
            self.counts["answered as before"] += 1

        if self.told(label, check):
            self.counts["refused, with the command that mends it"] += 1


def run(
    folder: Path, places: int = PLACES, step: int = 1, seed: int = 20_240_603
) -> dict[str, Any]:
    """Damage all that an index is made of, and the corpus; return what was counted.

    With a `step`, each file in one way of so many, the next file in the next ways.
    """
    with injected(QuickEncoder()):
        bench = Bench(folder, places, random.Random(seed), step)  # noqa: S311
        for name in (manifest.NAME, *bench.hashes):
            _damage_build_file(bench, f"{bench.build}/{name}")
        for label in bench.each("index", CURRENT):
            bench.same(label)
            _mend(bench, label, force=False)
        _damage_cache(bench)
        for name in (locks.BUILD, locks.SWITCH, locks.HOLDER):
            for label in bench.each("index", name, places=0):
                bench.same(label)
                _mend(bench, label, force=True)
        for name in ("collection.toml", "statements.jsonl", "practices/p1.md", "questions/p1.yaml"):
            for label in bench.each("corpus", f"essai/{name}"):
                bench.same(label)
                if bench.told(label, lambda: reading.read_corpus(bench.settings.corpus)):
                    bench.counts["corpora refused"] += 1
    counts = bench.counts
    return {
        "damages": counts["damages"],
        "files damaged": bench.files,
        "of the build that serves": counts["of the build"],
        "of these refused on opening": counts["detected on opening"],
        "of these told by the doctor": counts["told by the doctor"],
        "doctor asked": counts["doctor asked"],
        "answered as before": counts["answered as before"],
        "of the vector cache": counts["of the vector cache"],
        "builds from a damaged cache, same bytes": counts["same bytes"],
        "of these that encoded again": counts["encoded again"],
        "builds refused for a folder in a file's place": counts["build refused"],
        "wrong answers, wrong vectors, tracebacks, damage not told": len(bench.faults),
        "faults": bench.faults[:50],
    }


def _damage_build_file(bench: Bench, name: str) -> None:
    """The build that serves must be refused, whichever of its bytes is another."""
    counts = bench.counts
    for number, label in enumerate(bench.each("index", name)):
        counts["of the build"] += 1
        error = bench.told(label, lambda: opening.open_index(bench.root))
        if isinstance(error, IndexUnusableError):
            counts["detected on opening"] += 1
        else:
            bench.faults.append(f"{label}: opened, or {error!r}")
        if bench.ask(bench.open) != bench.answers:
            bench.faults.append(f"{label}: what is open already answers something else")
        if number % 4 == 0:
            _ask_doctor(bench, label)
        if number == 0:
            _mend(bench, label, force=False)


def _ask_doctor(bench: Bench, label: str) -> None:
    bench.counts["doctor asked"] += 1

    def asked() -> None:
        findings = examine(bench.settings)
        if any(found.check == "index" and found.severity == "error" for found in findings):
            bench.counts["told by the doctor"] += 1
        else:
            bench.faults.append(f"{label}: the doctor says nothing of it")

    bench.told(label, asked)


def _mend(bench: Bench, label: str, force: bool) -> None:
    """Build over the damage: the same index, or a refusal that names a folder in the way."""
    done: list[Any] = []
    error = bench.told(label, lambda: done.append(rebuild(bench.settings, force=force)))
    if not done:
        bench.counts["build refused"] += 1
        if error is None or not label.endswith("a folder"):
            bench.faults.append(f"{label}: can't be built over: {error}")
        return
    found = opening.open_index(bench.root)
    if {**found.manifest.files} != bench.hashes:
        bench.faults.append(f"{label}: another index is built")
        return
    bench.counts["same bytes"] += force and CACHE in label
    bench.counts["encoded again"] += CACHE in label and done[0].encoded > 0


def _damage_cache(bench: Bench) -> None:
    """A build from a damaged cache must have the bytes of one from a sound cache."""
    for label in bench.each("index", CACHE, places=10 * bench.places):
        bench.same(label)
        _mend(bench, label, force=True)
