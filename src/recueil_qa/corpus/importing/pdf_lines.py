"""The lines of a PDF's pages, read in a process of its own. Sizes are in points.

What reads PDFs is written in C, and a hostile file may make it take all memory or crash: the
process has limits, and what it dies of is told.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import Any, cast

from recueil_qa.corpus.importing.blocks import Reason
from recueil_qa.corpus.importing.pdf_pieces import Cell

WORKER = "recueil_qa.corpus.importing.pdf_worker"
SECONDS = 240
BYTES = 2_000_000_000
# How the worker says what it met.
DAMAGED, ENCRYPTED, TOO_LARGE = 3, 4, 5
_LIMITS = {
    signal.Signals[name].value
    for name in ("SIGABRT", "SIGTRAP", "SIGILL", "SIGXCPU", "SIGKILL")
    if name in signal.Signals.__members__
}


_ALONE = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # each would reserve memory


class ScannedError(Exception):
    """The pages hold no text."""


class EncryptedError(Exception):
    """The file asks for a password."""


class TooLargeError(Exception):
    """The file unfolds into more than any booklet holds, or takes too long."""


class DamagedError(Exception):
    """The file can't be read."""


@dataclass
class PdfLine:
    """A line of text; `x` and `right` are its edges, `y` its baseline, upwards.

    `cell` is where it stands in a table.
    """

    page: int
    x: float
    y: float
    size: float
    bold: bool
    text: str
    right: float
    number: int = 0
    cell: Cell | None = None


@dataclass(frozen=True)
class Page:
    """One page: its lines in reading order, and what was left out, with the line it stood at."""

    lines: list[PdfLine]
    aside: list[tuple[Reason, str, int]]


def _environment() -> dict[str, str]:
    """Return what the process needs to start, and none of our settings: keys are among them."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("RECUEIL_")}
    return own | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))} | _ALONE


def read_pages(content: bytes) -> list[Page]:
    """Return the pages of a PDF.

    Raises:
        ScannedError, EncryptedError, TooLargeError, DamagedError
    """
    if b"obj" not in content:
        raise DamagedError
    try:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", WORKER, str(SECONDS), str(BYTES)],
            input=content,
            capture_output=True,
            timeout=SECONDS,
            check=False,
            env=_environment(),
        )
    except subprocess.TimeoutExpired as error:
        raise TooLargeError from error
    if done.returncode == ENCRYPTED:
        raise EncryptedError
    if done.returncode == TOO_LARGE or -done.returncode in _LIMITS:
        raise TooLargeError
    if done.returncode:
        raise DamagedError
    pages = [
        Page(
            [_line(number, at, line) for at, line in enumerate(page["lines"], 1)],
            [(cast("Reason", reason), text, at) for reason, text, at in page["aside"]],
        )
        for number, page in enumerate(json.loads(done.stdout), 1)
    ]
    if not any(page.lines for page in pages):
        raise ScannedError
    return pages


def _line(page: int, number: int, told: dict[str, Any]) -> PdfLine:
    """Return a line as the process tells it."""
    cell = told.pop("cell", None)
    held = Cell(**cell | {"edges": tuple(cell["edges"])}) if cell else None
    return PdfLine(page=page, number=number, cell=held, **told)


def breadth(text: str) -> float:
    """Return about how wide a text is, in ems: whether a word had fitted on a line."""
    width = 0.0
    for character in text:
        if character in "iljtfrI.,;:'’!|()[] -":
            width += 0.3
        elif character.isupper() or character in "mwœ%@—…":
            width += 0.7
        else:
            width += 0.5
    return width
