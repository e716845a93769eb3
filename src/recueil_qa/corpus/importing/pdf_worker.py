"""The process that reads a PDF: the file on its input, its lines as JSON on its output."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

from recueil_qa.corpus.importing.pdf_layout import lay_out
from recueil_qa.corpus.importing.pdf_lines import DAMAGED, ENCRYPTED, TOO_LARGE

MAX_PAGES = 2_000
MAX_CHARACTERS = 4_000_000
_PASSWORD = 4  # of PDFium's errors


def bound(seconds: int, memory: int) -> None:
    """Have the system end this process beyond its limits, where it can."""
    try:
        import resource
    except ImportError:  # Windows: the time is still held by who waits
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> int:
    """Read the file; return an exit code that says what it is."""
    import pypdfium2

    from recueil_qa.corpus.importing.pdf_glyphs import read_page

    seconds, memory = (int(each) for each in sys.argv[1:3])
    bound(seconds, memory)
    try:
        document = pypdfium2.PdfDocument(sys.stdin.buffer.read())
    except pypdfium2.PdfiumError as error:
        return ENCRYPTED if getattr(error, "err_code", None) == _PASSWORD else DAMAGED
    if len(document) > MAX_PAGES:
        return TOO_LARGE
    left = MAX_CHARACTERS
    pages: list[dict[str, Any]] = []
    for number in range(len(document)):
        try:
            page = document[number]
        except pypdfium2.PdfiumError:
            pages.append({"lines": [], "aside": [("unread", "page", 0)]})
            continue
        sheet = read_page(page, left)
        page.close()
        if sheet is None:
            return TOO_LARGE
        left -= len(sheet.glyphs)
        lines, aside = lay_out(sheet)
        pages.append({"lines": [asdict(line) for line in lines], "aside": aside})
    json.dump(pages, sys.stdout)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except MemoryError:
        sys.exit(TOO_LARGE)
