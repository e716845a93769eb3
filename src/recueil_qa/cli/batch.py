"""A file of queries to a file of results, row by row, for programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from recueil_qa.assistant import Assistant
from recueil_qa.evaluation.rows import QueryRow, read_rows
from recueil_qa.files import write_whole
from recueil_qa.types import Answer, Citation, Filters


def run_batch(
    assistant: Assistant,
    queries: Path,
    output: Path,
    top: int,
    progress: Callable[[int, int], None] | None = None,
    filters: Filters | None = None,
) -> int:
    """Answer every row of `queries`; write `output` whole or not at all; return the row count.

    Raises:
        NotFoundError: a filter names a value that no practice has.
        RowsError: rows of `queries` are refused; lists them all.
        WriteError: `output` can't be written.
    """
    rows = read_rows(queries, QueryRow)
    results = []
    for done, row in enumerate(rows, 1):
        results.append(as_row(row.id, assistant.ask_leads(row.text, top=top, filters=filters)))
        if progress:
            progress(done, len(rows))
    write_whole(output, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in results))
    return len(rows)


def as_row(identifier: str, answer: Answer) -> dict[str, Any]:
    """Return the result row of one query."""
    row: dict[str, Any] = {
        "id": identifier,
        "band": answer.band.value,
        "abstained": answer.abstained,
        "confidence": round(answer.confidence, 4),
        "helps": round(answer.helps, 4),
        "direct": answer.direct.passage if answer.direct else None,
        "shown": [_place(line) for line in answer.shown],
        "hits": [
            {"practice": hit.practice.id, "score": round(hit.score, 6), "rank": hit.rank}
            for hit in answer.hits
        ],
        "advice": [_place(line) | {"score": round(line.score, 6)} for line in answer.advice],
    }
    if answer.reader:
        row["reader"] = asdict(answer.reader)
        row["why"] = {card.practice.id: card.why for card in answer.cards if card.why}
    return row


def _place(line: Citation) -> dict[str, Any]:
    """Return a quoted line, where it stands, and what governs it there."""
    return {
        "practice": line.practice,
        "section": line.section,
        "passage": line.passage,
        "text": line.text,
        "lead_ins": [lead_in.text for lead_in in line.lead_ins],
    }
