"""The straight lines that a PDF's page draws, by PDFium: what the borders of tables are made of."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import Any

import pypdfium2.raw as pdfium

from recueil_qa.corpus.importing.pdf_grids import STRAIGHT, Rule

MOST = 4_000  # lines of a page: a drawing has more
POINTS = 200  # of one path
_LINE, _MOVE = 0, 2  # kinds of a path's segments

Point = tuple[float, float]


def read_rules(page: Any) -> list[Rule]:
    """Return the lines across and down a page, or none where it has as many as a drawing."""
    found: list[Rule] = []
    for path in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH], max_depth=1):
        found += _rules(path)
        if len(found) > MOST:
            return []
    return found


def _rules(path: Any) -> Iterator[Rule]:
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDFPath_GetDrawMode(path, fill, stroke)
    if stroke.value:
        yield from filter(None, (Rule.of(*begin, *end) for begin, end in _edges(path)))
    elif fill.value:
        left, bottom, right, top = path.get_bounds()
        # Some programs fill a thin box for each border.
        if min(right - left, top - bottom) <= STRAIGHT:
            across = right - left > top - bottom
            x, y = (left + right) / 2, (bottom + top) / 2
            rule = Rule.of(left, y, right, y) if across else Rule.of(x, bottom, x, top)
            if rule:
                yield rule


def _edges(path: Any) -> Iterator[tuple[Point, Point]]:
    """Yield the straight pieces of a path, from where to where."""
    count = pdfium.FPDFPath_CountSegments(path)
    if not 0 < count <= POINTS:
        return
    matrix = path.get_matrix()
    first: Point | None = None
    last: Point | None = None
    for at in range(count):
        segment = pdfium.FPDFPath_GetPathSegment(path, at)
        x, y = ctypes.c_float(), ctypes.c_float()
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        here = matrix.on_point(x.value, y.value)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        if kind == _MOVE:
            first = here
        elif kind == _LINE and last:
            yield last, here
        if first and pdfium.FPDFPathSegment_GetClose(segment):
            yield here, first
        last = here
