"""The characters of a page into lines in reading order; what isn't read as text is told apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby, pairwise

from recueil_qa.corpus.importing.blocks import SOFT_HYPHEN, Reason, repair, squash
from recueil_qa.corpus.importing.raised import raised, told

GAP = 0.17  # ems between two characters that a blank parts
GUTTER = 1.0  # ems between two columns, at least
COLUMN_LINES = 4  # side by side make columns
COLUMN_TEXT = 18  # characters of their lines, on average: less is a table
OMITTED = "[…]"
_TILTED = range(6, 355)
_UNKNOWN = "\ufffd"


@dataclass(slots=True)
class Glyph:
    """A character; `spaced` when a blank follows it, `unseen` when the page doesn't show it."""

    text: str
    x: float
    y: float
    right: float
    size: float
    bold: bool
    unseen: bool = False
    spaced: bool = False
    angle: int = 0
    box: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    font: str = ""


@dataclass
class Sheet:
    """The characters of a page; `pictured` when a picture covers much of it."""

    glyphs: list[Glyph]
    width: float
    height: float
    pictured: bool = False


@dataclass
class Line:
    """What goes to `PdfLine`."""

    x: float
    y: float
    size: float
    bold: bool
    text: str
    right: float


@dataclass
class _Piece:
    """Characters that stand on one line, one after the other."""

    glyphs: list[Glyph] = field(default_factory=list)

    @property
    def x(self) -> float:
        return self.glyphs[0].x

    @property
    def right(self) -> float:
        return max(glyph.right for glyph in self.glyphs[-3:])

    @property
    def size(self) -> float:
        return _usual(glyph.size for glyph in self.glyphs)

    @property
    def y(self) -> float:
        size = self.size
        return _usual(round(g.y, 1) for g in self.glyphs if g.size == size)

    @property
    def length(self) -> int:
        return len(self.glyphs)


def lay_out(sheet: Sheet) -> tuple[list[Line], list[tuple[Reason, str, int]]]:
    """Return the lines of a page, and what is set aside: why, what, and at which line."""
    aside: list[tuple[Reason, str, int]] = []
    glyphs = _once(sheet.glyphs)
    hidden = [glyph for glyph in glyphs if glyph.unseen]
    seen = [glyph for glyph in glyphs if not glyph.unseen]
    scanned = sheet.pictured and _letters(hidden) > 4 * _letters(seen)
    if scanned:
        seen = glyphs
    tilted = [glyph for glyph in seen if glyph.angle in _TILTED]
    flat = [glyph for glyph in seen if glyph.angle not in _TILTED]
    lines: list[Line] = []
    for glyphs_of_line in _ordered(list(_pieces(flat))):
        found: list[tuple[Reason, str]] = []
        line = _line(glyphs_of_line, found)
        if line.text.strip(SOFT_HYPHEN):
            lines.append(line)
        aside += [(reason, text, max(1, len(lines))) for reason, text in found]
    if scanned and lines:
        aside.append(("scan", lines[0].text, 1))
    elif hidden:
        aside += [("hidden", text, 0) for text in _told(hidden)]
    for angle, across in groupby(tilted, key=lambda glyph: glyph.angle):
        text = "".join(glyph.text + " " * glyph.spaced for glyph in across)
        aside += [("running", squash(repair(text)), 0)] if angle and text.strip() else []
    return lines, aside


def _letters(glyphs: list[Glyph]) -> int:
    return sum(glyph.text.isalnum() for glyph in glyphs)


def _told(glyphs: list[Glyph]) -> Iterator[str]:
    """Yield the lines of what was left out."""
    for piece in _pieces(glyphs):
        text = _line(piece.glyphs, []).text
        if text.strip(SOFT_HYPHEN):
            yield text


def _once(glyphs: list[Glyph]) -> list[Glyph]:
    """Leave out characters that are drawn twice at one place, as a shadow or to look bold."""
    kept: list[Glyph] = []
    seen: dict[tuple[str, int, int], Glyph] = {}
    for glyph in glyphs:
        key = glyph.text, round(glyph.x / 2), round(glyph.y / 2)
        twin = seen.get(key)
        if (
            twin
            and not glyph.text.isspace()
            and abs(twin.x - glyph.x) < 0.06 * glyph.size
            and abs(twin.y - glyph.y) < 0.06 * glyph.size
            and twin.size == glyph.size
        ):
            twin.unseen = twin.unseen and glyph.unseen
            twin.bold = True
            continue
        seen[key] = glyph
        kept.append(glyph)
    return kept


def _pieces(glyphs: Iterable[Glyph]) -> Iterator[_Piece]:
    """Put characters together as they are drawn: a piece ends where the next one stands apart."""
    piece = _Piece()
    for glyph in glyphs:
        if glyph.text.isspace() and not piece.glyphs:
            continue
        if piece.glyphs and not _follows(piece.glyphs, glyph):
            yield piece
            piece = _Piece()
            if glyph.text.isspace():
                continue
        piece.glyphs.append(glyph)
    if piece.glyphs:
        yield piece


def _follows(before: list[Glyph], glyph: Glyph) -> bool:
    last = before[-1]
    em = max(last.size, glyph.size, 1.0)
    if glyph.text.isspace() and abs(last.y - glyph.y) < 0.5 * em:
        return -em < glyph.x - last.right < GUTTER * em
    level = abs(last.y - glyph.y) < 0.15 * em or _is_raised(before, glyph)
    return level and -0.5 * em < glyph.x - last.right < GUTTER * em


def _is_raised(before: list[Glyph], glyph: Glyph) -> bool:
    """Return whether a character stands on the same line, raised, lowered or back from it."""
    em = max(glyph.size, *(each.size for each in before[-8:]))
    bases = [each.y for each in before[-8:] if each.size == em] or [before[-1].y]
    off = glyph.y - bases[-1]
    return glyph.size != before[-1].size and -0.4 * em < off < 0.65 * em


def _ordered(pieces: list[_Piece]) -> Iterator[list[Glyph]]:
    """Yield lines: pieces of one height together, column after column where there are columns."""
    rows: list[list[_Piece]] = []
    for piece in pieces:
        last = rows[-1][-1] if rows else None
        if last and _level(last, piece) and piece.x >= last.right - 0.5 * piece.size:
            rows[-1].append(piece)
        else:
            rows.append([piece])
    gutter = _gutter(rows)
    if gutter is None:
        for row in rows:
            yield _joined(row)
        return
    sides: tuple[list[list[_Piece]], list[list[_Piece]]] = ([], [])
    for row in rows:
        if _crosses(row, gutter):
            yield from (_joined(each) for side in sides for each in side)
            sides = ([], [])
            yield _joined(row)
            continue
        for side, within in zip(sides, (True, False), strict=True):
            kept = [piece for piece in row if (piece.right <= gutter + 1) == within]
            if kept:
                side.append(kept)
    yield from (_joined(each) for side in sides for each in side)


def _level(before: _Piece, piece: _Piece) -> bool:
    em = max(before.size, piece.size, 1.0)
    off = abs(before.y - piece.y)
    return off < (0.25 if before.size == piece.size else 0.6) * em


def _joined(row: list[_Piece]) -> list[Glyph]:
    glyphs: list[Glyph] = []
    for piece in row:
        if glyphs:
            glyphs[-1].spaced = glyphs[-1].spaced or piece.x - glyphs[-1].right > GAP * piece.size
        glyphs += piece.glyphs
    return glyphs


def _gutter(rows: list[list[_Piece]]) -> float | None:
    """Return where the right one of two columns begins, if lines are drawn across both."""
    starts = Counter(
        round(piece.x / 3)
        for row in rows
        for before, piece in pairwise(row)
        if piece.x - before.right > 0.8 * piece.size
    )
    if not starts:
        return None
    start, count = starts.most_common(1)[0]
    both = [
        (before, piece)
        for row in rows
        for before, piece in pairwise(row)
        if abs(round(piece.x / 3) - start) <= 1
    ]
    text = sum(min(left.length, right.length) for left, right in both)
    if count < COLUMN_LINES or text < COLUMN_TEXT * len(both):
        return None
    return min(piece.x for _, piece in both)


def _crosses(row: list[_Piece], gutter: float) -> bool:
    return any(piece.x < gutter - 1 and piece.right > gutter + 1 for piece in row)


def _line(glyphs: list[Glyph], found: list[tuple[Reason, str]]) -> Line:
    """Make a line of its characters: blanks between words, raised marks apart."""
    size = _usual(glyph.size for glyph in glyphs if not glyph.text.isspace()) or glyphs[0].size
    base = _usual(round(g.y, 1) for g in glyphs if g.size == size and not g.text.isspace())
    text = ""
    mark = ""
    last: Glyph | None = None
    for glyph in glyphs:
        up = glyph.y - base
        is_mark = glyph.size < 0.85 * size and 0.1 * size < up and not glyph.text.isspace()
        if mark and not is_mark:
            text, mark = _marked(text, mark, found), ""
        parted = last is not None and (last.spaced or glyph.x - last.right > GAP * size)
        if parted and not is_mark and text:
            text += " "
        if is_mark:
            mark += glyph.text
        else:
            text += glyph.text
        last = glyph
    text = _marked(text, mark, found) if mark else text
    if _UNKNOWN in text:
        found.append(("unread", squash(repair(text.replace(_UNKNOWN, "?")))))
        while _UNKNOWN * 2 in text:
            text = text.replace(_UNKNOWN * 2, _UNKNOWN)
        text = text.replace(_UNKNOWN, OMITTED)
    inked = [glyph for glyph in glyphs if not glyph.text.isspace()] or glyphs
    bold = sum(glyph.bold for glyph in inked) > 0.9 * len(inked)
    return Line(
        min(glyph.x for glyph in inked), base, size, bold, squash(repair(text)),
        max(glyph.right for glyph in inked),
    )  # fmt: skip


def _marked(text: str, mark: str, found: list[tuple[Reason, str]]) -> str:
    written = raised(text, mark) if text.strip() else mark + " "
    if written is None:
        found.append(("raised", told(text, mark)))
    return text + (written or "")


def _usual(values: Iterable[float]) -> float:
    counts = Counter(values)
    return max(counts, key=lambda value: (counts[value], value)) if counts else 0.0
