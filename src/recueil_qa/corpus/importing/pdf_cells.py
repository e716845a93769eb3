"""The lines of a PDF's tables into rows, each with its headers, over the ends of pages too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby, pairwise

from recueil_qa.corpus.importing.blocks import SOFT_HYPHEN, Outline, Place, Row
from recueil_qa.corpus.importing.pdf_lines import PdfLine
from recueil_qa.corpus.importing.tables import Cell, table_rows

SAME = 2.0  # points, between the widths of a column on two pages

Key = tuple[int, int]


@dataclass
class _Table:
    """The lines of one table, row by row, with the widths of its columns."""

    rows: list[list[list[PdfLine]]]
    widths: list[float]
    headers: int
    page: int
    lines: list[PdfLine] = field(default_factory=list)


def with_tables(lines: list[PdfLine], outline: Outline) -> Iterator[PdfLine | list[Row]]:
    """Yield the lines that are in no table as they are, and the rows of each table.

    A table that goes on at the top of the next page, under its headers again or without, is one.
    One that cuts a word at the end of a line, or lays out a page, is told line by line.
    """
    waiting: _Table | None = None
    for key, each in groupby(lines, key=_key):
        group = list(each)
        table = _read(group) if key else None
        if waiting and not (table and _goes_on(waiting, table)):
            yield from _told(waiting, outline)
            waiting = None
        if table is None:
            yield from group
        elif waiting:
            names = [_texts(row) for row in waiting.rows[: max(1, table.headers)]]
            again = [_texts(row) for row in table.rows[: len(names)]] == names
            waiting.rows += table.rows[len(names) if again else 0 :]
            waiting.lines += table.lines
            waiting.page = table.page
        else:
            waiting = table
    if waiting:
        yield from _told(waiting, outline)


def _key(line: PdfLine) -> Key | None:
    return (line.page, line.cell.table) if line.cell else None


def _read(lines: list[PdfLine]) -> _Table:
    rows: list[list[list[PdfLine]]] = []
    for _, row in groupby(lines, key=lambda line: line.cell and line.cell.row):
        cells = groupby(row, key=lambda line: line.cell and line.cell.column)
        rows.append([list(cell) for _, cell in cells])
    first = lines[0].cell
    edges = first.edges if first else ()
    widths = [b - a for a, b in pairwise(edges)]
    return _Table(rows, widths, first.headers if first else 0, lines[-1].page, lines)


def _goes_on(before: _Table, table: _Table) -> bool:
    """Return whether a table goes on with the one that ends the page before."""
    if table.lines[0].page != before.page + 1 or len(table.widths) != len(before.widths):
        return False
    if any(abs(a - b) > SAME for a, b in zip(before.widths, table.widths, strict=True)):
        return False
    first = table.rows[0]
    again = _texts(first) == _texts(before.rows[0])
    strong = all(line.bold for cell in first for line in cell)
    return again or not (strong or table.headers)


def _texts(row: list[list[PdfLine]]) -> list[str]:
    return [" ".join(line.text for line in cell) for cell in row]


def _told(table: _Table, outline: Outline) -> Iterator[PdfLine | list[Row]]:
    """Yield the rows of a table, or its lines where what they say is unsure."""
    cut = any(
        before.text.endswith(("-", SOFT_HYPHEN))
        for row in table.rows
        for cell in row
        for before in cell[:-1]
    )
    cells = [] if cut else [_cells(row, table) for row in table.rows]
    rows = table_rows(cells, table.headers, outline)
    as_they_are = [row for each in cells for cell in each for row in cell.rows]
    if cut or rows == as_they_are:
        yield from table.lines
    else:
        yield rows


def _cells(row: list[list[PdfLine]], table: _Table) -> list[Cell]:
    """Return the cells of a row, those without text too."""
    cells: list[Cell] = []
    count = len(table.widths) + 1 if table.headers else len(table.widths)
    at = 0
    for lines in row:
        own = lines[0].cell
        if own is None:  # all of them are in the table
            continue
        cells += [Cell() for _ in range(own.column - at)]
        rows = [Row(line.text, Place("page", line.page, line.number)) for line in lines]
        cells.append(Cell(rows, own.span, strong=all(line.bold for line in lines)))
        at = own.column + own.span
    return cells + [Cell() for _ in range(count - at)]
