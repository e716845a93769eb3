"""A table's cells into rows as they read: each row under its headers, or a layout cell by cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from recueil_qa.corpus.importing.blocks import Outline, Row, squash

HEADER = 120  # characters of a column's name
CELL = 1_000
MAX_COLUMNS = 200


@dataclass
class Cell:
    """What one cell holds; `span` columns wide, `strong` in bold or shaded as headers are."""

    rows: list[Row] = field(default_factory=list)
    span: int = 1
    strong: bool = False
    nested: bool = False

    @property
    def text(self) -> str:
        return " ".join(squash(row.text) for row in self.rows)


def table_rows(table: Sequence[Sequence[Cell]], headers: int, outline: Outline) -> list[Row]:
    """Return the rows of a table; its first `headers` rows are said to be headers.

    A table of figures or facts gives an item a row, "Délai : 2 jours ; Coût : 3 €". One that lays
    out a page (sections, headings, lists within its cells) gives its cells one after the other.
    """
    filled = [list(cells) for cells in table if any(cell.rows for cell in cells)]
    if not _has_facts(filled, outline):
        return [row for cells in filled for cell in cells for row in cell.rows]
    headers = min(headers, len(filled) - 1) or _guessed(filled)
    names = _names(filled[:headers])
    out: list[Row] = []
    for at, cells in enumerate(filled[headers:]):
        out += _row(cells, names, outline, filled[:headers] if not at else [])
    return out


def _has_facts(table: list[list[Cell]], outline: Outline) -> bool:
    wide = max((sum(cell.span for cell in cells) for cells in table), default=0)
    if len(table) < 2 or not 2 <= wide <= MAX_COLUMNS:
        return False
    cells = [cell for row in table for cell in row]
    rows = [row for cell in cells for row in cell.rows]
    return not (
        any(cell.nested or len(cell.text) > CELL for cell in cells)
        or any(row.kind == "heading" for row in rows)
        or any(outline.whole(row.text) or outline.begins(row.text) for row in rows)
    )


def _guessed(table: list[list[Cell]]) -> int:
    """Return 1 where the first row looks like headers: strong, or names over three columns."""
    first, *others = table
    if any(len(cell.text) > HEADER or len(cell.rows) > 1 for cell in first):
        return 0
    named = [cell for cell in first if cell.rows]
    if len(first) < 2 or len(named) < max(2, len(first) - 1):
        return int(len(named) == len(first) - 1 > 0 and all(cell.strong for cell in named))
    if all(cell.strong for cell in named):
        return int(not all(cell.strong for row in others for cell in row if cell.rows))
    worded = all(any(c.isalpha() for c in cell.text) for cell in named)
    return int(len(first) > 2 and worded)


def _names(headers: list[list[Cell]]) -> list[str]:
    """Return the name of each column; where headers stand above each other, all of them."""
    names: list[list[str]] = []
    for cells in headers:
        at = 0
        for cell in cells:
            for _ in range(min(cell.span, MAX_COLUMNS)):
                while len(names) <= at:
                    names.append([])
                if cell.text and cell.text not in names[at]:
                    names[at].append(cell.text)
                at += 1
    return [", ".join(each).rstrip(" :") for each in names]


def _row(
    cells: list[Cell], names: list[str], outline: Outline, headers: list[list[Cell]]
) -> list[Row]:
    pieces: list[str] = []
    at = 0
    filled = [cell for cell in cells if cell.rows]
    if len(filled) == 1 and filled[0].span > 1 and len(cells) == 1:
        return filled[0].rows  # a title across the table
    for cell in cells:
        name = names[at] if at < len(names) else ""
        if cell.text:
            pieces.append(f"{name}{outline.colon}{cell.text}" if name else cell.text)
        at += cell.span
    if not names and len(pieces) == 2:
        text = pieces[0].rstrip(" :") + outline.colon + pieces[1]
    else:
        text = outline.semicolon.join(pieces)
    rows = [row for cell in cells for row in cell.rows]
    above = [row for each in headers for cell in each for row in cell.rows]
    first = replace(rows[0], text=text, kind="item", level=1, continues=False)
    others = {row.place: row for row in [*above, *rows[1:]] if row.place != first.place}
    return [
        first,
        *(replace(row, text="", kind="item", continues=True) for row in others.values()),
    ]
