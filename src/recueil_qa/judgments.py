"""The files that an evaluation rests on: queries, judgments, and the lines that answer."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path

from recueil_qa import evaluation
from recueil_qa.errors import RowsError
from recueil_qa.evaluation import AdviceRow, JudgedRow, QueryRow, TwinRow
from recueil_qa.messages import Text

FILES = ("queries.jsonl", "qrels.tsv", "advice.jsonl", "unanswerable.jsonl", "twins.jsonl")


@dataclass(frozen=True)
class Data:
    """The files of an evaluation folder; `twins` may be missing."""

    queries: list[QueryRow]
    qrels: dict[str, dict[str, int]]
    advice: list[AdviceRow]
    unanswerable: list[QueryRow]
    twins: list[TwinRow] = field(default_factory=list)


def read_data(folder: Path, known: Set[str] | None) -> Data:
    """Read an evaluation folder; `known` are the ids of the practices, if they are to be checked.

    Raises:
        RowsError: a file is missing or refused, judgments name an unknown query or practice, or
            a query has no relevant practice.
    """
    queries = evaluation.read_rows(folder / "queries.jsonl", QueryRow)
    qrels = evaluation.read_qrels(folder / "qrels.tsv")
    advice = evaluation.read_rows(folder / "advice.jsonl", AdviceRow)
    strange = sorted(set(qrels) - {row.id for row in queries})
    judged = {practice for grades in qrels.values() for practice in grades}
    strange += sorted(judged - (judged if known is None else known))
    unknown = Text("requêtes ou pratiques inconnues", "unknown queries or practices")
    _refuse(folder / "qrels.tsv", strange, unknown)
    idle = [row.id for row in queries if not any(qrels.get(row.id, {}).values())]
    useless = Text("requêtes sans pratique jugée utile", "queries without a relevant practice")
    _refuse(folder / "qrels.tsv", idle, useless)
    strange = [
        f"{row.id} ({row.practice})"
        for row in advice
        if known is not None and row.practice not in known
    ]
    _refuse(folder / "advice.jsonl", strange, Text("pratiques inconnues", "unknown practices"))
    twice = sorted({row.id for row in advice} & {row.id for row in queries})
    _refuse(folder / "advice.jsonl", twice, Text("ids de queries.jsonl", "ids of queries.jsonl"))
    unanswerable = evaluation.read_rows(folder / "unanswerable.jsonl", QueryRow)
    twins = folder / "twins.jsonl"
    typed = evaluation.read_rows(twins, TwinRow) if twins.is_file() else []
    strange = [f"{row.id} ({row.of})" for row in typed if row.of not in qrels]
    _refuse(twins, strange, Text("requêtes inconnues", "unknown queries"))
    return Data(queries, qrels, advice, unanswerable, typed)


def read_judged(path: Path, known: Set[str]) -> list[JudgedRow]:
    """Read judged statements; `known` are the ids of the practices.

    Raises:
        RowsError: the file can't be read, or rows are refused or name an unknown practice.
    """
    rows = evaluation.read_rows(path, JudgedRow)
    strange = [f"{row.id} ({name})" for row in rows for name in row.grades if name not in known]
    _refuse(path, strange, Text("pratiques inconnues", "unknown practices"))
    return rows


def _refuse(path: Path, found: Sequence[str], what: Text) -> None:
    if found:
        listed = ", ".join(found[:20]) + (f" … ({len(found)})" if len(found) > 20 else "")
        raise RowsError(Text("{} : {} : {}", "{}: {}: {}").format(path, what, listed))


def data_hash(folder: Path) -> str:
    """Return the SHA-256 over the files of an evaluation folder that are there."""
    digest = hashlib.sha256()
    for path in (folder / name for name in FILES):
        if path.is_file():
            digest.update(f"{path.name}\0{path.stat().st_size}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()
