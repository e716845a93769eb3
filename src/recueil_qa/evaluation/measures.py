"""Queries and judgments to measures, in the field's terms.

nDCG with linear gains and RR as trec_eval defines them (what ir_measures reports as nDCG@10
and RR); P@1 and Recall@5 count a practice judged 1 or more as relevant, R(rel=2)@5 only those
judged 2. A query without an answer in the run scores 0; a query that no practice is judged
relevant for is left out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

Qrels = Mapping[str, Mapping[str, int]]
Run = Mapping[str, Sequence[str]]

MEASURES = ("nDCG@10", "P@1", "Recall@5", "RR", "R(rel=2)@5")


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
