"""Tables (CSV, XLSX) into pages: a row a practice, its cells as the fields of that."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from recueil_qa.corpus.importing.archives import BombError, check_archive
from recueil_qa.corpus.importing.blocks import Place, squash
from recueil_qa.corpus.importing.pages.headings import key_of
from recueil_qa.corpus.importing.pages.page import Left, Page, PageError, Value
from recueil_qa.messages import Text

MAX_ROWS = 50_000
MAX_COLUMNS = 200
MAX_CELL = 200_000
_SEPARATORS = ",;\t|"
_LISTS = frozenset(map(key_of, ("tags", "tag", "mots-clés", "mot-clé", "keywords", "étiquettes")))

Row = tuple[int, list[str]]


def read_csv(text: str, path: Path, name: str) -> tuple[list[Page], list[Left]]:
    """Read a table of text, separated as its first line is.

    Raises:
        PageError: it has no header, or is larger than any table of practices.
    """
    first = next((line for line in text.split("\n") if line.strip()), "")
    separator = max(_SEPARATORS, key=first.count)
    previous = csv.field_size_limit(MAX_CELL)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        return _pages(_csv_rows(reader), path, name)
    except csv.Error as error:
        said = Text("table mal écrite ({})", "table badly written ({})")
        raise PageError(said.format(error)) from error
    finally:
        csv.field_size_limit(previous)


def _csv_rows(reader: Iterable[list[str]]) -> Iterator[Row]:
    line = 1
    for row in reader:
        yield line, row
        line = getattr(reader, "line_num", line) + 1


def read_xlsx(content: bytes, path: Path, name: str) -> tuple[list[Page], list[Left]]:
    """Read the sheets of a workbook, each with its own header; cells as they were last saved.

    Raises:
        PageError: it is damaged, or unfolds into more than any table of practices.
    """
    from openpyxl import load_workbook

    try:
        check_archive(content)
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except BombError as error:
        raise PageError(
            Text(
                "une fois décompressée, cette table est trop grande ; découpez-la",
                "once unpacked, this table is too large; cut it",
            )
        ) from error
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, TypeError) as error:
        raise PageError(
            Text(
                "table abîmée ; ouvrez-la et enregistrez-la à nouveau en XLSX",
                "table damaged; open it and save it again as XLSX",
            )
        ) from error
    pages: list[Page] = []
    left: list[Left] = []
    sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    for sheet in sheets:
        rows = (
            (number, ["" if cell is None else _shown(cell) for cell in row])
            for number, row in enumerate(sheet.iter_rows(values_only=True), 1)
        )
        called = f"{name}/{sheet.title}" if len(sheets) > 1 else name
        found, other = _pages(rows, path, called)
        pages += found
        left += other
    book.close()
    return pages, left


def _shown(cell: object) -> str:
    if hasattr(cell, "isoformat"):
        text: str = cell.isoformat()
        return text.removesuffix("T00:00:00")
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _pages(rows: Iterator[Row], path: Path, name: str) -> tuple[list[Page], list[Left]]:
    headers: list[str] = []
    pages: list[Page] = []
    left: list[Left] = []
    for line, row in rows:
        cells = [cell.replace("\r\n", "\n").replace("\r", "\n").strip() for cell in row]
        if not any(cells):
            continue
        if not headers:
            # A title may stand in one cell above the table.
            if sum(map(bool, cells)) < 2 and len(cells) > 1:
                left.append(Left(path, "cell", " ".join(filter(None, cells)), Place("line", line)))
                continue
            headers = _headers(cells)
            continue
        if len(pages) >= MAX_ROWS or len(cells) > MAX_COLUMNS:
            raise PageError(
                Text(
                    f"plus de {MAX_ROWS} lignes ou de {MAX_COLUMNS} colonnes",
                    f"over {MAX_ROWS} rows or {MAX_COLUMNS} columns",
                ),
                line,
            )
        fields = {}
        for at, cell in enumerate(cells):
            header = headers[at] if at < len(headers) else ""
            if cell and header and key_of(header) in _LISTS:
                texts = tuple(filter(None, map(str.strip, re.split(r"[,;|\n]", cell))))
                fields[header] = Value(texts, line, listed=True)
            elif cell and header:
                fields[header] = Value((_unwrapped(cell),), line)
            elif cell:
                left.append(Left(path, "cell", squash(cell), Place("line", line)))
        pages.append(Page(path, name, fields=fields, row=True, line=line))
    if not headers:
        raise PageError(Text("table vide", "empty table"))
    return pages, left


def _unwrapped(cell: str) -> str:
    """Return a cell's text with the sentences that its width broke put together again."""
    lines: list[str] = []
    for line in cell.split("\n"):
        open_ended = lines and lines[-1] and not lines[-1].rstrip().endswith((".", "!", "?", ":"))
        if open_ended and line[:1].islower():
            lines[-1] = f"{lines[-1].rstrip()} {line}"
        else:
            lines.append(line)
    return "\n".join(lines)


def _headers(cells: list[str]) -> list[str]:
    """Return the columns' names, each once: a second one of the same name gets a number."""
    seen: Counter[str] = Counter()
    found = []
    for cell in cells:
        text = squash(cell)
        seen[text] += 1
        found.append(f"{text} {seen[text]}" if text and seen[text] > 1 else text)
    return found
