"""The characters of a PDF's page by PDFium: where each stands, how it looks, whether it is seen."""

from __future__ import annotations

import ctypes
import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from math import degrees, hypot
from typing import Any

import numpy as np
import pypdfium2.raw as pdfium

from recueil_qa.corpus.importing.pdf_layout import Sheet
from recueil_qa.corpus.importing.pdf_pieces import Glyph
from recueil_qa.corpus.importing.pdf_rules import read_rules
from recueil_qa.corpus.importing.symbols import respell

SMALLEST = 2.0  # points; nobody reads smaller letters
CONTRAST = 10  # of 255, between the lightest and the darkest point of a letter's box
SCALE = 2.0  # pixels a point
LARGEST = 4_000  # pixels of a page's side
SAMPLES = 12  # letters of one piece of text that are looked at
_COVER = 0.3  # of a page, from which on a picture may be its scan
_INVISIBLE = {3, 7}  # text that is neither filled nor stroked
_BOLD = re.compile("bold|black|heavy|semibold|demi", re.IGNORECASE)
_HYPHEN = 2  # what PDFium gives for a hyphen at the end of a line
_REPLACED = 0xFFFD


@dataclass(frozen=True)
class _Look:
    """What one piece of text has in common."""

    size: float
    bold: bool
    font: str
    unseen: bool


def read_page(page: Any, most: int) -> Sheet | None:
    """Return the characters of a page, or None if there are more than `most`."""
    text = page.get_textpage()
    count = text.count_chars()
    if count > most:
        return None
    width, height = page.get_size()
    looks: dict[int, _Look] = {}
    glyphs: list[Glyph] = []
    owners: list[int] = []
    for at in range(count):
        code = pdfium.FPDFText_GetUnicode(text, at)
        if pdfium.FPDFText_IsGenerated(text, at) and code != _HYPHEN:
            if glyphs and chr(code).isspace():
                glyphs[-1].spaced = True
            continue
        owner = pdfium.FPDFText_GetTextObject(text, at)
        key = ctypes.cast(owner, ctypes.c_void_p).value or 0
        if key not in looks:
            looks[key] = _look(text, at, owner)
        glyph = _glyph(text, at, code, looks[key])
        last = glyphs[-1] if glyphs and owners[-1] == key else None
        if last and (last.x, last.y, last.box) == (glyph.x, glyph.y, glyph.box):
            last.text += glyph.text  # the letters of one ligature
            continue
        glyphs.append(glyph)
        owners.append(key)
    covered = _pictures(page)
    _see(page, glyphs, owners)
    text.close()
    rules = [] if _turn(glyphs) else read_rules(page)
    return Sheet(glyphs, width, height, covered >= _COVER, rules)


def _look(text: Any, at: int, owner: Any) -> _Look:
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFText_GetMatrix(text, at, matrix)
    size = pdfium.FPDFText_GetFontSize(text, at) * (hypot(matrix.c, matrix.d) or 1.0)
    font = ""
    unseen = False
    if owner:
        buffer = ctypes.create_string_buffer(256)
        held = pdfium.FPDFTextObj_GetFont(owner)
        pdfium.FPDFFont_GetBaseFontName(held, buffer, len(buffer))
        font = buffer.value.decode("utf-8", "replace").rpartition("+")[2]
        unseen = pdfium.FPDFTextObj_GetTextRenderMode(owner) in _INVISIBLE
        unseen = unseen or abs(size) < SMALLEST or not pdfium.FPDFPageObj_GetIsActive(
            owner, active := ctypes.c_int()
        ) or not active.value  # fmt: skip
    bold = bool(_BOLD.search(font)) or pdfium.FPDFText_GetFontWeight(text, at) >= 600
    return _Look(round(abs(size), 1), bold, font, unseen)


def _glyph(text: Any, at: int, code: int, look: _Look) -> Glyph:
    x, y = ctypes.c_double(), ctypes.c_double()
    pdfium.FPDFText_GetCharOrigin(text, at, x, y)
    box = pdfium.FS_RECTF()
    pdfium.FPDFText_GetLooseCharBox(text, at, box)
    if code == _HYPHEN:
        character = "-"
    elif code in {0, _REPLACED} or pdfium.FPDFText_HasUnicodeMapError(text, at) == 1:
        character = chr(_REPLACED)
    else:
        character = respell(look.font, chr(code) if code < 0x110000 else chr(_REPLACED))
    angle = round(degrees(pdfium.FPDFText_GetCharAngle(text, at))) % 360
    return Glyph(
        character, x.value, y.value, box.right, look.size, look.bold, look.unseen, angle=angle,
        box=(box.left, box.bottom, box.right, box.top), font=look.font,
    )  # fmt: skip


def _pictures(page: Any) -> float:
    """Return how much of the page pictures cover."""
    width, height = page.get_size()
    left, bottom, *_ = page.get_bbox()
    covered = 0.0
    for picture in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=4):
        try:
            x, y, right, top = picture.get_bounds()
        except Exception:  # noqa: S112 - a picture that has no place covers nothing
            continue
        across = min(right - left, width) - max(x - left, 0)
        up = min(top - bottom, height) - max(y - bottom, 0)
        covered = max(covered, max(across, 0) * max(up, 0) / max(width * height, 1))
    return covered


def _see(page: Any, glyphs: list[Glyph], owners: list[int]) -> None:
    """Mark what a picture of the page doesn't show: off it, covered, of the paper's colour."""
    pieces: dict[int, list[Glyph]] = {}
    for glyph, owner in zip(glyphs, owners, strict=True):
        if not glyph.unseen and not glyph.text.isspace():
            pieces.setdefault(owner, []).append(glyph)
    if not pieces:
        return
    scale = min(SCALE, LARGEST / max(*page.get_size(), 1))
    bitmap = page.render(scale=scale, may_draw_forms=False)
    pixels = bitmap.to_numpy()
    for piece in pieces.values():
        wanted = piece[:: max(1, len(piece) // SAMPLES)]
        seen = sum(_is_seen(page, pixels, glyph) for glyph in wanted)
        if seen < 0.3 * len(wanted):
            for glyph in piece:
                glyph.unseen = True


def _is_seen(page: Any, pixels: Any, glyph: Glyph) -> bool:
    high, wide = pixels.shape[:2]
    left, bottom, right, top = glyph.box
    corners = []
    for x, y in ((left, bottom), (right, top)):
        across, down = ctypes.c_int(), ctypes.c_int()
        pdfium.FPDF_PageToDevice(page, 0, 0, wide, high, 0, x, y, across, down)
        corners.append((across.value, down.value))
    (x0, y0), (x1, y1) = corners
    x0, x1, y0, y1 = min(x0, x1), max(x0, x1) + 1, min(y0, y1), max(y0, y1) + 1
    if x1 <= 0 or y1 <= 0 or x0 >= wide or y0 >= high:
        return False
    part = pixels[max(y0, 0) : y1, max(x0, 0) : x1]
    return bool(np.ptp(part.reshape(-1, part.shape[-1]), axis=0).max() >= CONTRAST)


def _turn(glyphs: list[Glyph]) -> bool:
    """Turn a page whose text runs up or down, so that its lines lie flat; return whether it did."""
    angles = Counter(round(glyph.angle / 90) % 4 for glyph in glyphs if not glyph.text.isspace())
    quarter = angles.most_common(1)[0][0] if angles else 0
    if not quarter:
        return False
    for glyph in glyphs:
        left, bottom, _, top = glyph.box
        x, y = glyph.x, glyph.y
        if quarter == 1:
            glyph.x, glyph.y, glyph.right = -y, x, -bottom
        elif quarter == 2:
            glyph.x, glyph.y, glyph.right = -x, -y, -left
        else:
            glyph.x, glyph.y, glyph.right = y, -x, top
        if glyph.right < glyph.x:
            glyph.right = glyph.x + 0.5 * glyph.size
        glyph.angle = (glyph.angle - 90 * quarter) % 360
    if quarter == 1:
        glyphs[:] = _from_the_top(glyphs)
    return True


def _from_the_top(glyphs: list[Glyph]) -> list[Glyph]:
    """Return characters line after line: PDFium gives the last line of a text down a page first."""
    lines = [glyphs[:1]]
    for before, glyph in pairwise(glyphs):
        if glyph.x < before.x and abs(glyph.y - before.y) > 1:
            lines.append([])
        lines[-1].append(glyph)
    rising = sum(line[0].y < after[0].y for line, after in pairwise(lines))
    if 2 * rising > len(lines) - 1:
        lines.reverse()
    return [glyph for line in lines for glyph in line]
