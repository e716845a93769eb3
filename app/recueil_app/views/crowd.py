"""Practices too many for one map: few enough points, each of some that lie together.

Practices are put in columns by where they stand, and each column in rows, all of as many as can
be: so points lie at even steps, apart enough to be clicked on, and none is of many more than
another.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from recueil_qa import Practice

MOST = 500  # practices that a map can show one by one
POINTS = 60  # of a map of more: each has room for its name, and opens as a map that it fits on
SHAPE = 0.6  # columns for each row, where there is room: a name is wide
ROWS = 21  # of a column, at most: more would cover each other

Place = tuple[float, float]
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Group:
    """Practices that share a point, the one in their middle first; x, y in [0, 1]."""

    practices: tuple[Practice, ...]
    x: float
    y: float


def groups(practices: Sequence[Practice], places: Mapping[str, Place]) -> tuple[Group, ...]:
    """Return the points of practices that stand at `places`: each one's own, up to `MOST`."""
    count = len(practices) if len(practices) <= MOST else POINTS
    if not count:
        return ()
    columns = max(1, round(math.sqrt(count * SHAPE)), -(-count // ROWS))
    found = []
    by_x = _parts(sorted(practices, key=lambda p: (places[p.id][0], p.id)), columns)
    for i, (column, rows) in enumerate(zip(by_x, _parts(range(count), columns), strict=True)):
        by_y = _parts(sorted(column, key=lambda p: (places[p.id][1], p.id)), len(rows))
        found += [
            Group(_middle_first(group, places), _step(i, columns), _step(j, len(rows)))
            for j, group in enumerate(by_y)
        ]
    return tuple(found)


def around(
    practice: str, practices: Sequence[Practice], places: Mapping[str, Place]
) -> tuple[Practice, ...]:
    """Return the practices that share a point with one, itself included; none where it has none."""
    held = (group.practices for group in groups(practices, places))
    return next((group for group in held if any(p.id == practice for p in group)), ())


def _parts(items: Sequence[_Item], count: int) -> list[Sequence[_Item]]:
    """Cut a sequence into so many parts, whose lengths differ by one at most."""
    ends = [len(items) * i // count for i in range(count + 1)]
    return [items[start:end] for start, end in pairwise(ends)]


def _middle_first(group: Sequence[Practice], places: Mapping[str, Place]) -> tuple[Practice, ...]:
    """Return a group with the practice nearest to its middle first, the others by distance."""
    middle = [sum(side) / len(group) for side in zip(*(places[p.id] for p in group), strict=True)]
    return tuple(sorted(group, key=lambda p: (math.dist(places[p.id], middle), p.id)))


def _step(i: int, count: int) -> float:
    return i / (count - 1) if count > 1 else 0.5
