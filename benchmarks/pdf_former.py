"""The lines of a PDF's pages by pypdf, as they were read formerly: what is compared with."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from math import hypot
from typing import Any

from recueil_qa.corpus.importing.blocks import SOFT_HYPHEN, repair, squash
from recueil_qa.corpus.importing.pdf_lines import (
    EncryptedError,
    PdfLine,
    ScannedError,
    TooLargeError,
    breadth,
)

MAX_PAGES = 2_000
MAX_CHARACTERS = 4_000_000
MAX_OPERATIONS = 3_000_000
MAX_STREAM = 40_000_000
_BOLD = re.compile("bold|black|heavy|semibold|demi", re.IGNORECASE)


def read_lines(content: bytes) -> list[list[PdfLine]]:
    """Return the lines of each page, in the order of its content.

    Raises:
        ScannedError, EncryptedError, TooLargeError, or whatever pypdf raises on damage.
    """
    pages = [_lines(pieces) for pieces in _pages(content)]
    if not any(pages):
        raise ScannedError
    return pages


@contextmanager
def _quiet() -> Iterator[None]:
    """pypdf says on the log what it mends in a file; the report says what was read."""
    logger = logging.getLogger("pypdf")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(before)


def _pages(content: bytes) -> Iterator[list[PdfLine]]:
    """Yield the pieces of text of each page, in the order of its content."""
    from pypdf import PdfReader, apply_configuration
    from pypdf.errors import DependencyError, FileNotDecryptedError, LimitReachedError

    operations = characters = 0

    def count(*_: Any) -> None:
        nonlocal operations
        operations += 1
        if operations > MAX_OPERATIONS:
            raise TooLargeError

    limits = apply_configuration(
        zlib_maximum_output_length=MAX_STREAM,
        lzw_maximum_output_length=MAX_STREAM,
        run_length_maximum_output_length=MAX_STREAM,
        array_based_stream_maximum_output_length=MAX_STREAM,
    )
    try:
        with _quiet(), limits:
            reader = PdfReader(io.BytesIO(content), strict=False)
            if reader.is_encrypted and not reader.decrypt(""):
                raise EncryptedError
            if len(reader.pages) > MAX_PAGES:
                raise TooLargeError
            for number, page in enumerate(reader.pages, 1):
                pieces: list[PdfLine] = []

                def collect(
                    text: str,
                    cm: list[float],
                    tm: list[float],
                    font: dict[str, Any] | None,
                    size: float,
                    pieces: list[PdfLine] = pieces,
                    number: int = number,
                ) -> None:
                    nonlocal characters
                    characters += len(text)
                    if characters > MAX_CHARACTERS:
                        raise TooLargeError
                    if text.strip():
                        pieces.append(_piece(number, text, cm, tm, font, size))

                page.extract_text(visitor_text=collect, visitor_operand_before=count)
                yield pieces
    except (DependencyError, FileNotDecryptedError) as error:
        raise EncryptedError from error
    except LimitReachedError as error:
        raise TooLargeError from error


def _piece(
    page: int,
    text: str,
    cm: list[float],
    tm: list[float],
    font: dict[str, Any] | None,
    size: float,
) -> PdfLine:
    x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
    y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
    height = abs(size) * hypot(tm[2], tm[3]) * hypot(cm[2], cm[3])
    name = str((font or {}).get("/BaseFont", ""))
    return PdfLine(page, x, y, round(height, 1), bool(_BOLD.search(name)), text, x)


def _lines(pieces: list[PdfLine]) -> list[PdfLine]:
    """Put the pieces of one height together, in the order of the content."""
    lines: list[PdfLine] = []
    open_line = False
    for piece in pieces:
        for at, text in enumerate(piece.text.split("\n")):
            if at:
                open_line = False
            if not text.strip():
                continue
            last = lines[-1] if lines else None
            same = last and abs(last.y - piece.y) < 0.4 * max(last.size, piece.size, 1)
            if last and same and (open_line or piece.x >= last.x):
                last.text += text
                last.bold = last.bold and piece.bold
                last.size = max(last.size, piece.size)
            else:
                drop = 1.2 * piece.size * at
                lines.append(replace(piece, y=piece.y - drop, text=text))
            open_line = True
    kept: list[PdfLine] = []
    for line in lines:
        line.text = squash(repair(line.text))
        if line.text.strip(SOFT_HYPHEN):
            line.number = len(kept) + 1
            line.right = line.x + breadth(line.text) * line.size
            kept.append(line)
    return kept
