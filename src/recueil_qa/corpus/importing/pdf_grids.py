"""Ruled tables: the lines of a page into grids, and its characters into their cells.

What is not surely a table stays text: a grid that leaves a doubt is none. Sizes are in points,
y upwards.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from recueil_qa.corpus.importing.pdf_pieces import GAP, Cell, Glyph

STRAIGHT = 2.5  # how thick a border may be, and how far two that meet may stand apart
SHORT = 6.0  # a line below this is a mark
MOST_COLUMNS, MOST_ROWS = 20, 300
WHOLE, NONE = 0.9, 0.1  # of a cell's side that has a line
OVER = 0.2  # ems of a letter beyond the line: text that runs across
_BASE = 0.3  # ems from the baseline to a letter's middle


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across or down, from (x, y) to (right, top)."""

    x: float
    y: float
    right: float
    top: float

    @classmethod
    def of(cls, x: float, y: float, right: float, top: float) -> Rule | None:
        """Return the line between two points, or None where it is short or runs aslant."""
        wide, high = abs(right - x), abs(top - y)
        if min(wide, high) > STRAIGHT or max(wide, high) < SHORT:
            return None
        return cls(min(x, right), min(y, top), max(x, right), max(y, top))

    @property
    def across(self) -> bool:
        return self.right - self.x > self.top - self.y


@dataclass(frozen=True)
class Grid:
    """Where the columns begin, from the left, and the rows, from the top, with the last ones' ends.

    `spans` has, for each row, the column that each column's cell begins at.
    """

    columns: list[float]
    rows: list[float]
    spans: list[list[int]]

    def holds(self, x: float, y: float) -> bool:
        return self.columns[0] < x < self.columns[-1] and self.rows[-1] < y < self.rows[0]

    def place(self, x: float, y: float) -> tuple[int, int]:
        """Return the row and the first column of the cell of a point within."""
        row = sum(y < top for top in self.rows[1:-1])
        column = sum(x >= left for left in self.columns[1:-1])
        return row, self.spans[row][column]

    def end(self, row: int, column: int) -> int:
        """Return the column after the cell that begins at one."""
        return column + self.spans[row].count(column)


def mark_cells(glyphs: list[Glyph], rules: Sequence[Rule]) -> None:
    """Give each character of a ruled table its cell."""
    found = list(_grids(rules))
    nested = {
        id(grid)
        for one in found
        for other in found
        if one is not other and one.holds(other.columns[0] + 1, other.rows[0] - 1)
        for grid in (one, other)
    }
    tables = 0
    for grid in found:
        if id(grid) in nested:
            continue
        cells = _cells(glyphs, grid, tables)
        if cells:
            tables += 1
            for glyph, cell in cells:
                glyph.cell = cell


def _cells(glyphs: list[Glyph], grid: Grid, table: int) -> list[tuple[Glyph, Cell]]:
    """Return the cell of each character of a grid; none if text runs over its lines, or is rare."""
    cells: list[tuple[Glyph, Cell]] = []
    filled: set[tuple[int, int]] = set()
    edges = tuple(round(x, 1) for x in grid.columns)
    for glyph in glyphs:
        x, y = (glyph.x + glyph.right) / 2, glyph.y + _BASE * glyph.size
        if not grid.holds(x, y):
            continue
        row, column = grid.place(x, y)
        end = grid.end(row, column)
        ink = not glyph.text.isspace()
        over = OVER * glyph.size
        left, right = grid.columns[column] - over, grid.columns[end] + over
        cell = Cell(table, row, column, end - column, edges)
        parted = ink and bool(cells) and cells[-1][1] != cell and _is_word(cells[-1][0], glyph)
        if parted or (ink and (glyph.x < left or glyph.right > right)):
            return []
        if ink:
            filled.add((row, column))
        cells.append((glyph, cell))
    rows = Counter(row for row, _ in filled)
    count = sum(len(set(spans)) for spans in grid.spans)
    sure = sum(n > 1 for n in rows.values()) > 1 and 2 * len(filled) >= count
    return cells if sure else []


def _is_word(before: Glyph, glyph: Glyph) -> bool:
    """Return whether two characters stand in one word."""
    em = max(before.size, glyph.size)
    close = abs(glyph.x - before.right) < GAP * em and abs(glyph.y - before.y) < GAP * em
    return close and not before.text.isspace() and not before.spaced


def _grids(rules: Sequence[Rule]) -> Iterator[Grid]:
    for group in _touching(rules):
        across = [rule for rule in group if rule.across]
        down = [rule for rule in group if not rule.across]
        if not across or not down:
            continue
        # A table may be open at its sides: its lines across end there.
        sides = (min(rule.x for rule in across), max(rule.right for rule in across))
        ends = (min(rule.y for rule in down), max(rule.top for rule in down))
        columns = _places([(rule.x + rule.right) / 2 for rule in down] + [*sides])
        rows = _places([(rule.y + rule.top) / 2 for rule in across] + [*ends])[::-1]
        if not (3 <= len(columns) <= MOST_COLUMNS + 1 and 3 <= len(rows) <= MOST_ROWS + 1):
            continue
        spans = _spans(columns, rows, across, down)
        if spans:
            yield Grid(columns, rows, spans)


def _spans(
    columns: list[float], rows: list[float], across: list[Rule], down: list[Rule]
) -> list[list[int]]:
    """Return the spans of a grid, or nothing where a line ends halfway or a cell spans rows."""
    for y in rows[1:-1]:
        on = [(rule.x, rule.right) for rule in across if abs(rule.y - y) <= 2 * STRAIGHT]
        if _covered(on, columns[0], columns[-1]) < WHOLE:
            return []
    spans: list[list[int]] = []
    for top, bottom in pairwise(rows):
        starts = [0]
        for at, x in enumerate(columns[1:-1], 1):
            on = [(rule.y, rule.top) for rule in down if abs(rule.x - x) <= 2 * STRAIGHT]
            part = _covered(on, bottom, top)
            if NONE < part < WHOLE:
                return []
            starts.append(at if part >= WHOLE else starts[-1])
        spans.append(starts)
    return spans


def _touching(rules: Sequence[Rule]) -> Iterator[list[Rule]]:
    """Yield the lines that touch one another, group by group."""
    box = np.array([[r.x, r.y, r.right, r.top] for r in rules], float).reshape(-1, 4)
    left = np.ones(len(rules), bool)
    while left.any():
        waiting = [int(np.argmax(left))]
        left[waiting[0]] = False
        group: list[Rule] = []
        while waiting:
            at = waiting.pop()
            group.append(rules[at])
            x, y, right, top = box[at]
            near = left & (box[:, 0] <= right + STRAIGHT) & (box[:, 2] >= x - STRAIGHT)
            near &= (box[:, 1] <= top + STRAIGHT) & (box[:, 3] >= y - STRAIGHT)
            found = np.flatnonzero(near)
            left[found] = False
            waiting += found.tolist()
        yield group


def _places(values: list[float]) -> list[float]:
    """Return where values stand, those that are near each other as one, in order."""
    found: list[list[float]] = []
    for value in sorted(values):
        if found and value - found[-1][-1] <= STRAIGHT:
            found[-1].append(value)
        else:
            found.append([value])
    return [sum(near) / len(near) for near in found]


def _covered(parts: list[tuple[float, float]], start: float, end: float) -> float:
    """Return how much of a stretch is covered, its ends aside, where other lines may meet it."""
    start, end = start + STRAIGHT, end - STRAIGHT
    covered, at = 0.0, start
    for begins, ends in sorted(parts):
        left, right = max(begins, at), min(ends, end)
        if right > left:
            covered, at = covered + right - left, right
    return covered / max(end - start, 1.0)
