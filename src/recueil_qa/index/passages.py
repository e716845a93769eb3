"""The passages of a build on the disk: texts read when asked for, facts about them in an array.

    passages.jsonl   one passage a line, those of a practice together, in the order of the practices
    passages.npy     what scoring needs of each, and where its line starts

A million passages as objects would take gigabytes and half a minute; an answer shows thirty.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, overload

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter

from recueil_qa.analysis.asking import has_figure
from recueil_qa.arrays import Positions
from recueil_qa.corpus.fragments import fragments
from recueil_qa.corpus.lead_ins import labels
from recueil_qa.index import manifest
from recueil_qa.types import CollectionInfo, Passage, PassageKind, Practice

TEXTS, FACTS = "passages.jsonl", "passages.npy"
KINDS = tuple(PassageKind)
# `practice` is a position; `answers` that of the line which a question is about, or -1; `first`
# that of the first passage with the same text to encode, and so the same vector; `words` counts
# those of the text. Only a line is quotable, and not one that only announces or heads
# others, nor markup or a fragment (`corpus.fragments`), nor one of a section of the role `other`.
# `advice`, `context` and `result` are the role of the section; `figure`: whether it holds one.
FACT = np.dtype(
    [
        ("start", "<i8"),
        ("practice", "<i4"),
        ("answers", "<i4"),
        ("first", "<i4"),
        ("words", "<i4"),
        ("kind", "u1"),
        ("quotable", "?"),
        ("advice", "?"),
        ("context", "?"),
        ("result", "?"),
        ("figure", "?"),
    ]
)
# A file that is mapped can be cut while it is read, which kills the process; small ones are read.
MAPPED_BYTES = 32 * 2**20
KEPT = 16_384  # passages that were asked for, kept as objects

Facts = npt.NDArray[Any]

_PASSAGE = TypeAdapter(Passage)


class StoredPassages(Sequence[Passage]):
    """Passages of a build by position, or some of them; may be shared between threads."""

    def __init__(
        self, path: Path, content: bytes | mmap.mmap, starts: npt.NDArray[np.int64]
    ) -> None:
        """Take the bytes of passages.jsonl and where each line starts, and the last ends."""
        self._path, self._content, self._starts = path, content, starts
        self._positions: Positions | None = None
        self._kept: dict[int, Passage] = {}

    def at(self, positions: Positions) -> StoredPassages:
        """Return those at some positions, which share what was read."""
        some = StoredPassages(self._path, self._content, self._starts)
        some._positions, some._kept = positions, self._kept
        return some

    def __len__(self) -> int:
        return len(self._starts) - 1 if self._positions is None else len(self._positions)

    @overload
    def __getitem__(self, place: int) -> Passage: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Passage, ...]: ...
    def __getitem__(self, place: int | slice) -> Passage | tuple[Passage, ...]:
        if isinstance(place, slice):
            return tuple(self[i] for i in range(len(self))[place])
        position = place if self._positions is None else int(self._positions[place])
        found = self._kept.get(position)
        if found is None:
            position = range(len(self._starts) - 1)[position]
            if len(self._kept) >= KEPT:
                self._kept.clear()
            found = self._kept[position] = self._read(position)
        return found

    def __iter__(self) -> Iterator[Passage]:
        if self._positions is None:
            return map(self._read, range(len(self)))
        return (self[i] for i in range(len(self)))

    def _read(self, position: int) -> Passage:
        start, end = self._starts[position : position + 2].tolist()
        try:
            return _PASSAGE.validate_json(self._content[start:end])
        except ValueError as error:
            raise manifest.damaged(self._path) from error


def write_passages(
    folder: Path,
    rows: Sequence[Passage],
    practices: Sequence[Practice],
    collections: Iterable[CollectionInfo],
) -> Facts:
    """Write both files; return the facts."""
    infos = {info.id: info for info in collections}
    facts = np.zeros(len(rows), FACT)
    place = {practice.id: i for i, practice in enumerate(practices)}
    lines = {row.id: i for i, row in enumerate(rows) if row.kind is PassageKind.LINE}
    roles = {
        (practice.id, role): infos[practice.collection].sections_for(role)
        for practice in practices
        for role in ("advice", "context", "result", "other")
    }
    silent = {
        f"{practice.id}/{section.name}/{number}"
        for practice in practices
        for section in practice.sections
        for number in labels(section)
    }
    for name, info in infos.items():
        own = [practice for practice in practices if practice.collection == name]
        silent |= fragments(own, frozenset(info.sections_for("advice")))
    firsts: dict[str, int] = {}
    start = 0
    with (folder / TEXTS).open("wb") as file:
        for i, row in enumerate(rows):
            written = _PASSAGE.dump_json(row) + b"\n"
            file.write(written)
            facts[i] = (
                start,
                place[row.practice],
                lines.get(row.answer, -1),
                firsts.setdefault(row.embedded, i),
                len(row.text.split()),
                KINDS.index(row.kind),
                row.kind is PassageKind.LINE
                and row.id not in silent
                and row.section not in roles[row.practice, "other"],
                row.section in roles[row.practice, "advice"],
                row.section in roles[row.practice, "context"],
                row.section in roles[row.practice, "result"],
                has_figure(row.text),
            )
            start += len(written)
    np.save(folder / FACTS, facts)
    return facts


def read_passages(folder: Path, practices: int) -> tuple[StoredPassages, Facts]:
    """Read the passages of a build of so many practices.

    Raises:
        OSError, ValueError: a file can't be read, or they don't agree.
    """
    path = folder / TEXTS
    content = read_bytes(path)
    facts = read_array(folder / FACTS)
    if facts.dtype != FACT or facts.ndim != 1:
        raise ValueError(f"{FACTS} holds {facts.dtype}")
    starts = np.append(facts["start"], len(content)).astype(np.int64)
    owners, answers, firsts = facts["practice"], facts["answers"], facts["first"]
    places = np.arange(len(facts), dtype=firsts.dtype)
    sound = (
        len(facts) > 0
        and starts[0] == 0
        and (np.diff(starts) > 0).all()
        # Each practice has passages, and they stand together.
        and owners[0] == 0
        and owners[-1] == practices - 1
        and np.isin(np.diff(owners), (0, 1)).all()
        and (facts["kind"] < len(KINDS)).all()
        and (answers >= -1).all()
        and (answers < len(facts)).all()
        and (owners[np.maximum(answers, 0)] == owners)[answers >= 0].all()
        and ((firsts >= 0) & (firsts <= places)).all()
        and (firsts[firsts] == firsts).all()
    )
    if not sound:
        raise ValueError(f"{FACTS} does not fit {TEXTS} or the practices")
    return StoredPassages(path, content, starts), facts


def of_kind(facts: Facts, kind: PassageKind) -> npt.NDArray[np.bool_]:
    """Return which passages are of a kind."""
    return np.asarray(facts["kind"] == KINDS.index(kind))


def read_bytes(path: Path) -> bytes | mmap.mmap:
    """Return the bytes of a file, mapped where it is large."""
    with path.open("rb") as file:
        if path.stat().st_size <= MAPPED_BYTES:
            return file.read()
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def read_array(path: Path) -> npt.NDArray[Any]:
    """Return the array of a file, mapped where it is large.

    Raises:
        OSError, ValueError, EOFError: it can't be read, or is no array.
    """
    large = path.stat().st_size > MAPPED_BYTES
    found = np.load(path, mmap_mode="r" if large else None, allow_pickle=False)
    if not isinstance(found, np.ndarray):
        raise ValueError(f"{path.name} is no array")
    return found
