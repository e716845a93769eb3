"""A batch that a language model reads, and that goes on from its own output."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from recueil_qa.cli.batch import as_row
from recueil_qa.evaluation.rows import QueryRow
from recueil_qa.files import write_whole
from recueil_qa.reader import prompt
from recueil_qa.search.searcher import Searcher
from recueil_qa.types import Answer, Filters

EVERY = 5  # answers that are written at once: a file of thousands is not written each time


class Resumed:
    """The rows of a batch; those of its output that are read already are taken from there."""

    def __init__(
        self,
        searcher: Searcher,
        output: Path,
        queries: Sequence[QueryRow],
        top: int,
        filters: Filters | None = None,
    ) -> None:
        """Look what is there; `left` are the queries that are still to read."""
        self._output, self._queries = output, queries
        settings = searcher.settings
        within = sorted(filters.collection) if filters else []
        read = (settings.reader_model, settings.reader_practices, top, prompt.VERSION, within)
        self._marks = {row.id: _mark(searcher.build, *read, row.text) for row in queries}
        self._rows = {
            row["id"]: row
            for row in _rows_in(output)
            if row.get("read") == self._marks.get(str(row.get("id")))
        }
        self.left = [row for row in queries if row.id not in self._rows]
        self._unwritten = 0

    def keep(self, place: int, answer: Answer) -> None:
        """Take the answer to `left[place]`; it is final if it was read. Raises WriteError."""
        query = self.left[place]
        row = as_row(query.id, answer)
        if answer.reader is None or answer.reader.used:
            row["read"] = self._marks[query.id]
        self._rows[query.id] = row
        self._unwritten += 1
        # A pipe gets its rows once.
        if self._unwritten >= EVERY and (self._output.is_file() or not self._output.exists()):
            self.finish()

    def save(self) -> None:
        """Write what was read, if anything was: the run ends before its end."""
        if self._unwritten:
            self.finish()

    def finish(self) -> None:
        """Write what there is, in the order of the queries. Raises WriteError."""
        rows = [self._rows[query.id] for query in self._queries if query.id in self._rows]
        lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
        write_whole(self._output, "".join(lines))
        self._unwritten = 0


def _mark(*told: object) -> str:
    """Return what a row was read from, as a hash: an output holds no question."""
    return hashlib.sha256(json.dumps(told).encode("utf-8", "replace")).hexdigest()[:16]


def _rows_in(path: Path) -> list[dict[str, Any]]:
    """Return the rows of an output that may be there; what is no row of ours is none."""
    found: list[dict[str, Any]] = []
    if not path.is_file():
        return found
    with suppress(OSError, UnicodeDecodeError):
        for line in path.read_text("utf-8").splitlines():
            with suppress(ValueError, RecursionError):
                row = json.loads(line)
                if isinstance(row, dict) and isinstance(row.get("id"), str) and "read" in row:
                    found.append(row)
    return found
