"""Tables without borders: rows whose pieces stand in columns below a row of headers.

Columns of text, contents and lists with tabs stand so too; what leaves a doubt is none.
"""

from __future__ import annotations

import re
from itertools import pairwise
from statistics import mean, median

from recueil_qa.corpus.importing.pdf_pieces import Cell, Piece

APART = 0.8  # ems between two cells, at least
ALIGNED = 0.35  # ems
LONGEST = 18  # characters of a cell, on average: columns of text have more
HEADER = 40
MOST_COLUMNS = 12
MOST_ROWS = 400  # of a page
PITCH = 1.45  # times the usual distance of rows: beyond, a table has ended, or a cell goes on
FIGURES = 2 / 3  # of the cells of a column, where names above it that are not bold are headers
_LEADER = re.compile(r"(?:[._…·]\s?){3,}")
_NUMBER = re.compile(r"[\d\s.,%€$/–-]+")
_YEAR = re.compile(r"(?:19|20)\d\d")

Row = list[Piece]


def aligned(rows: list[Row], first: int) -> dict[int, list[tuple[Piece, Cell]]]:
    """Return the rows that are a table's, by their place, with their cells.

    Tables are counted from `first`; none is looked for where there are too many rows.
    """
    found: dict[int, list[tuple[Piece, Cell]]] = {}
    if len(rows) > MOST_ROWS:
        return found
    at, table = 0, first
    cells = [_cells(row) for row in rows]
    while at < len(rows):
        end = _end(cells, at) if _may_head(cells[at : at + 2]) else at
        columns = _columns(cells, at, end) if end - at > 2 else None
        if columns is None or not _is_headed(cells[at], cells[at + 1 : end], columns):
            at += 1
            continue
        edges = tuple(round(left, 1) for left, _ in columns)
        for number, place in enumerate(range(at, end)):
            found[place] = [
                (piece, Cell(table, number, column, 1, edges, headers=1))
                for piece in cells[place]
                for column in [_column(piece, columns)]
                if column is not None
            ]
        at, table = end, table + 1
    return found


def _cells(row: Row) -> Row:
    """Return the cells of a row: pieces that stand well apart."""
    cells: Row = []
    for piece in row:
        if cells and piece.x - cells[-1].right < APART * piece.size:
            cells[-1] = Piece([*cells[-1].glyphs, *piece.glyphs])
        else:
            cells.append(piece)
    return cells


def _may_head(rows: list[Row]) -> bool:
    """Return whether a row may name what is below it, from these two alone."""
    if len(rows) < 2 or len(rows[0]) < 2:
        return False
    if all(piece.bold for piece in rows[0]):
        return True
    names, facts = ([_text(piece) for piece in row] for row in rows)
    return not any(map(_has_digit, names)) and any(map(_has_digit, facts))


def _end(cells: list[Row], start: int) -> int:
    """Return the place after the rows that go on from one at an even distance; itself if unsure."""
    end = start + 1
    while end < len(cells) and len(cells[end]) > 1 and len(cells[start]) > 1:
        drop = cells[end - 1][0].y - cells[end][0].y
        if not 0 < drop < 4 * cells[end][0].size:
            break
        end += 1
    drops = [a[0].y - b[0].y for a, b in pairwise(cells[start:end])]
    if len(drops) < 2:
        return start
    usual = median(drops[1:])
    if any(not usual / PITCH <= drop <= usual * PITCH for drop in drops[1:]):
        return start
    # A cell whose text goes on below, or headers of two lines.
    for before, after in ((start - 1, start), (end - 1, end)):
        if before >= 0 and after < len(cells):
            drop = cells[before][0].y - cells[after][0].y
            if 0 < drop <= (min(drops) if after == end else 0.9 * drops[0]):
                return start
    return end


def _columns(cells: list[Row], start: int, end: int) -> list[tuple[float, float]] | None:
    """Return where the columns below a header begin and end, if all rows keep to them."""
    body = cells[start + 1 : end]
    count = max(map(len, body))
    full = [row for row in body if len(row) == count]
    if not 2 <= count <= MOST_COLUMNS or 2 * len(full) < len(body) or len(full) < 2:
        return None
    columns = [
        (min(row[i].x for row in full), max(row[i].right for row in full)) for i in range(count)
    ]
    em = full[0][0].size
    if any(after[0] - before[1] < 0.5 * em for before, after in pairwise(columns)):
        return None
    for i in range(count):
        sides = ([row[i].x for row in full], [row[i].right for row in full],
                 [(row[i].x + row[i].right) / 2 for row in full])  # fmt: skip
        if min(max(side) - min(side) for side in sides) > ALIGNED * em:
            return None
    for row in cells[start:end]:
        places = [_column(piece, columns) for piece in row]
        if None in places or len(set(places)) < len(places):
            return None
        # The second line of cells stands so too.
        if places[0] != 0 and row is not cells[start]:
            return None
    return columns


def _column(piece: Piece, columns: list[tuple[float, float]]) -> int | None:
    """Return the only column that a piece stands in."""
    found = [i for i, (left, right) in enumerate(columns) if piece.x < right and piece.right > left]
    return found[0] if len(found) == 1 else None


def _is_headed(header: Row, body: list[Row], columns: list[tuple[float, float]]) -> bool:
    """Return whether a row names the columns below it, whose cells are short."""
    names = [_text(piece) for piece in header]
    others = [(_column(piece, columns), piece) for row in body for piece in row]
    texts = [(column or 0, _text(piece)) for column, piece in others]
    if len(header) < len(columns) - (len(columns) > 2) or any(
        _LEADER.search(text) for text in (*names, *(text for _, text in texts))
    ):
        return False
    if any(len(name) > HEADER for name in names):
        return False
    if any(_NUMBER.fullmatch(name) and not _YEAR.fullmatch(name) for name in names):
        return False
    facts = [text for column, text in texts if column]
    if mean(map(len, facts)) > LONGEST:
        return False
    numbered = all(
        sum(_has_digit(text) for at, text in texts if at == column)
        >= FIGURES * sum(at == column for at, _ in texts)
        for column in range(1, len(columns))
    )
    bold = all(piece.bold for piece in header) and not all(
        piece.bold for row in body for piece in row
    )
    if len(columns) == 2:
        return bold and numbered
    named = len(header) == len(columns) and not any(map(_has_digit, names))
    return bold or (numbered and named)


def _text(piece: Piece) -> str:
    return "".join(glyph.text for glyph in piece.glyphs).strip()


def _has_digit(text: str) -> bool:
    return any(character.isdigit() for character in text)
