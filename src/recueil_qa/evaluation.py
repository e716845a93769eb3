"""Queries and judgments to measures, in the field's terms.

nDCG with linear gains and RR as trec_eval defines them (what ir_measures reports as nDCG@10
and RR); P@1 and Recall@5 count a practice judged 1 or more as relevant, R(rel=2)@5 only those
judged 2. A query without an answer in the run scores 0; a query that no practice is judged
relevant for is left out.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, TypeVar

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from recueil_qa.errors import RowsError
from recueil_qa.faults import field_fault, json_fault, system_reason
from recueil_qa.messages import Text, alike, join

Qrels = Mapping[str, Mapping[str, int]]
Run = Mapping[str, Sequence[str]]

MEASURES = ("nDCG@10", "P@1", "Recall@5", "RR", "R(rel=2)@5")
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


def measure(ranking: Sequence[str], grades: Mapping[str, int]) -> dict[str, float]:
    """Return the measures of one query; `ranking` is best first.

    A query that no practice was judged 2 for has no R(rel=2)@5.
    """
    relevant = {practice for practice, grade in grades.items() if grade > 0}
    best = {practice for practice, grade in grades.items() if grade >= 2}
    ranks = [rank for rank, practice in enumerate(ranking, 1) if practice in relevant]
    ideal = _dcg(sorted(grades.values(), reverse=True)[:10])
    values = {
        "nDCG@10": _dcg([grades.get(practice, 0) for practice in ranking[:10]]) / ideal,
        "P@1": float(bool(ranks) and ranks[0] == 1),
        "Recall@5": sum(rank <= 5 for rank in ranks) / len(relevant),
        "RR": 1 / ranks[0] if ranks else 0.0,
    }
    if best:
        values["R(rel=2)@5"] = len(best & set(ranking[:5])) / len(best)
    return values


def _dcg(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, 1))


def means(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the mean of each measure over the queries that have it."""
    return {
        name: math.fsum(values) / len(values)
        for name in dict.fromkeys(name for row in rows for name in row)
        if (values := [row[name] for row in rows if name in row])
    }


def measure_run(run: Run, qrels: Qrels) -> dict[str, dict[str, float]]:
    """Return the measures of each query that a practice is judged relevant for."""
    return {
        query: measure(run.get(query, ()), grades)
        for query, grades in qrels.items()
        if any(grade > 0 for grade in grades.values())
    }


def top_lines(ranked: Sequence[str], gold: Sequence[str]) -> dict[str, float]:
    """Return whether an exact line comes first, in the top 3 and in the top 5."""
    places = [ranked.index(line) for line in gold if line in ranked]
    best = min(places, default=len(ranked))
    return {f"advice top-{k}": float(bool(places) and best < k) for k in (1, 3, 5)}


def auroc(positives: npt.ArrayLike, negatives: npt.ArrayLike) -> float:
    """Return the chance that a positive scores above a negative; a tie counts half.

    NaN where there are none of one kind.
    """
    high, low = np.asarray(positives, np.float64), np.sort(np.asarray(negatives, np.float64))
    if not (len(high) and len(low)):
        return float("nan")
    below = np.searchsorted(low, high, "left") + np.searchsorted(low, high, "right")
    return float(below.sum() / (2 * len(high) * len(low)))
