"""The files that an evaluation rests on: queries, judgments, and the lines that answer."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from recueil_qa.corpus.marks import unfilled
from recueil_qa.errors import RowsError
from recueil_qa.faults import field_fault, json_fault, system_reason
from recueil_qa.messages import Text, alike, join

QUERIES, QRELS, JUDGED = "queries.jsonl", "qrels.tsv", "judged.jsonl"
FILES = (QUERIES, QRELS, "advice.jsonl", "unanswerable.jsonl", "twins.jsonl", JUDGED)
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class QueryRow(Row):
    """One query of a file of queries."""

    id: Name
    text: str
    lang: str = ""
    style: str = ""
    kind: str = ""

    def groups(self) -> list[str]:
        """Return the groups that a query is counted in."""
        return [*dict.fromkeys(group for group in ("all", self.lang, self.style) if group)]


class JudgedRow(QueryRow):
    """A statement with its grades, as a collection's; what else a row holds is not read."""

    grades: dict[str, Annotated[int, Field(strict=True, ge=1, le=2)]]
    group: str = ""

    @property
    def best(self) -> int:
        """The best grade; 0 where nothing answers."""
        return max(self.grades.values(), default=0)


class AdviceRow(Row):
    """A question whose answer stands in one line; `gold` lists the lines that do."""

    id: Name
    text: str
    practice: Name
    gold: tuple[str, ...] = Field(min_length=1)
    lang: str = ""


class TwinRow(Row):
    """A query of `queries.jsonl` (`of`) typed with care and in haste."""

    id: Name
    of: Name
    clean: str
    noisy: str
    lang: str = ""


AnyRow = TypeVar("AnyRow", QueryRow, JudgedRow, AdviceRow, TwinRow)


@dataclass(frozen=True)
class Data:
    """The files of an evaluation folder; `advice`, `unanswerable` and `twins` may be empty."""

    queries: list[QueryRow]
    qrels: dict[str, dict[str, int]]
    advice: list[AdviceRow]
    unanswerable: list[QueryRow]
    twins: list[TwinRow] = field(default_factory=list)


def read_rows(path: Path, kind: type[AnyRow]) -> list[AnyRow]:
    """Read a JSONL file of rows with unique ids.

    Raises:
        RowsError: the file can't be read, or rows are refused; lists them all.
    """
    rows: list[AnyRow] = []
    faults: list[Text] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(_lines(path), 1):
        if not line.strip():
            continue
        try:
            row = kind.model_validate(json.loads(line))
        except ValidationError as error:
            reasons = [
                Text("{0} ({1})", "{0} ({2})").format(
                    ".".join(map(str, item["loc"])), field_fault(item), item["msg"]
                )
                for item in error.errors()
            ]
            faults.append(f"{path}:{number}: " + join(reasons, ", "))
        except (ValueError, RecursionError) as error:
            reason = Text(json_fault(error).fr, str(error))
            faults.append(f"{path}:{number}: JSON (" + reason + ")")
        else:
            if row.id in seen:
                twice = f"{path}:{number}: id {row.id!r} = {path}:{seen[row.id]}"
                faults.append(alike(twice))
            seen.setdefault(row.id, number)
            rows.append(row)
    if not rows and not faults:
        faults = [Text(f"{path} : aucune ligne", f"{path}: no row")]
    if faults:
        fields = ", ".join(kind.model_fields)
        title = Text(
            f"lignes refusées (une ligne = un objet JSON : {fields} ; ids uniques) :",
            f"rows refused (one line = one JSON object: {fields}; unique ids):",
        )
        raise RowsError(join([title, *faults], "\n  "))
    return rows


def read_qrels(path: Path) -> dict[str, dict[str, int]]:
    """Read judgments: query id, practice id and grade, separated by tabs, no header.

    Raises:
        RowsError: the file can't be read, or rows are refused; lists them all.
    """
    qrels: dict[str, dict[str, int]] = {}
    faults: list[str] = []
    for number, line in enumerate(_lines(path), 1):
        cells = line.rstrip("\n").split("\t")
        if not line.strip():
            continue
        if len(cells) != 3 or not re.fullmatch(r"[0-9]{1,3}", cells[2].strip()):
            faults.append(f"{path}:{number}: {line.strip()[:80]!r}")
        elif cells[1] in qrels.setdefault(cells[0], {}):
            faults.append(f"{path}:{number}: {cells[0]} {cells[1]} x 2")
        else:
            qrels[cells[0]][cells[1]] = int(cells[2])
    if faults:
        listed = "\n  ".join(faults)
        raise RowsError(
            Text(
                "jugements refusés (requête, pratique, note entière, séparées par des tabulations, "
                f"sans doublon) :\n  {listed}",
                "judgments refused (query, practice, whole grade, separated by tabs, no row twice):"
                f"\n  {listed}",
            )
        )
    return qrels


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = system_reason(error) if isinstance(error, OSError) else alike("UTF-8")
        what = Text("{} : illisible ({})", "{}: can't be read ({})")
        raise RowsError(what.format(path, reason)) from error


def read_data(folder: Path, known: Set[str] | None) -> Data:
    """Read an evaluation folder; `known` are the ids of the practices, if they are to be checked.

    Raises:
        RowsError: a file is missing or refused, judgments name an unknown query or practice, or
            a query has no relevant practice.
    """
    if (folder / JUDGED).is_file():
        return _read_one(folder, known)
    queries = read_rows(folder / QUERIES, QueryRow)
    qrels = read_qrels(folder / "qrels.tsv")
    advice = _rows_if_any(folder / "advice.jsonl", AdviceRow)
    strange = sorted(set(qrels) - {row.id for row in queries})
    judged = {practice for grades in qrels.values() for practice in grades}
    strange += sorted(judged - (judged if known is None else known))
    unknown = Text("requêtes ou pratiques inconnues", "unknown queries or practices")
    _refuse(folder / "qrels.tsv", strange, unknown)
    idle = [row.id for row in queries if not any(qrels.get(row.id, {}).values())]
    useless = Text("requêtes sans pratique jugée utile", "queries without a relevant practice")
    _refuse(folder / "qrels.tsv", idle, useless)
    _check_advice(folder / "advice.jsonl", advice, queries, known)
    unanswerable = _rows_if_any(folder / "unanswerable.jsonl", QueryRow)
    twins = folder / "twins.jsonl"
    typed = read_rows(twins, TwinRow) if twins.is_file() else []
    strange = [f"{row.id} ({row.of})" for row in typed if row.of not in qrels]
    _refuse(twins, strange, Text("requêtes inconnues", "unknown queries"))
    return Data(queries, qrels, advice, unanswerable, typed)


def _read_one(folder: Path, known: Set[str] | None) -> Data:
    """Read the folder of a collection whose judged questions stand in one file."""
    path = folder / JUDGED
    rows = read_rows(path, JudgedRow)
    blanks = unfilled(((number, row.text) for number, row in enumerate(rows, 1)), path)
    if blanks:
        names = [rows[problem.line - 1].id for problem in blanks]
        _refuse(path, names, Text("à remplir, ou à ôter", "to fill in, or to remove"))
    strange = [
        f"{row.id} ({name})"
        for row in rows
        for name in row.grades
        if known is not None and name not in known
    ]
    _refuse(path, strange, Text("pratiques inconnues", "unknown practices"))
    queries = [row for row in rows if row.grades]
    if not queries:
        nothing = Text("aucune question à laquelle une pratique réponde", "no question is answered")
        raise RowsError(Text("{} : {}", "{}: {}").format(path, nothing))
    advice = _rows_if_any(folder / "advice.jsonl", AdviceRow)
    _check_advice(folder / "advice.jsonl", advice, rows, known)
    return Data(
        [*queries],
        {row.id: row.grades for row in queries},
        advice,
        [row for row in rows if not row.grades],
    )


def _check_advice(
    path: Path, advice: Sequence[AdviceRow], queries: Sequence[QueryRow], known: Set[str] | None
) -> None:
    strange = [
        f"{row.id} ({row.practice})"
        for row in advice
        if known is not None and row.practice not in known
    ]
    _refuse(path, strange, Text("pratiques inconnues", "unknown practices"))
    twice = sorted({row.id for row in advice} & {row.id for row in queries})
    _refuse(path, twice, Text("ids de queries.jsonl", "ids of queries.jsonl"))


def _rows_if_any(path: Path, kind: type[AnyRow]) -> list[AnyRow]:
    """Read a file that may be missing or empty."""
    if not path.exists() or not any(map(str.strip, _lines(path))):
        return []
    return read_rows(path, kind)


def read_judged(path: Path, known: Set[str]) -> list[JudgedRow]:
    """Read judged statements; `known` are the ids of the practices.

    Raises:
        RowsError: the file can't be read, or rows are refused or name an unknown practice.
    """
    rows = read_rows(path, JudgedRow)
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
