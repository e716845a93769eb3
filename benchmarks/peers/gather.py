"""Raw rows to figures: medians, percentiles, ratios, nDCG, and what was asked for."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import fmean, median
from typing import Any

from recueil_qa.evaluation.measures import Qrels, measure_run
from recueil_qa.evaluation.rows import QueryRow

MEASURE = "nDCG@10"
OWN = "recueil"


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that a share of them does not exceed (nearest rank)."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def milliseconds(seconds: float) -> float:
    return round(1e3 * seconds, 2)


def quality(warm: Mapping[str, Any], rows: Sequence[QueryRow], qrels: Qrels) -> dict[str, float]:
    """Return nDCG@10 of the rankings, over all queries and by language."""
    run = {row["id"]: row["ranking"] for row in warm["queries"]}
    found = {query: values[MEASURE] for query, values in measure_run(run, qrels).items()}
    groups: dict[str, list[float]] = {"all": []}
    for row in rows:
        if row.id in found:
            groups["all"].append(found[row.id])
            groups.setdefault(row.lang, []).append(found[row.id])
    return {group: round(fmean(values), 4) for group, values in groups.items()}


def figures(raw: Mapping[str, Any], rows: Sequence[QueryRow], qrels: Qrels) -> dict[str, Any]:
    """Return the figures of one system on one corpus."""
    warm = raw["warm"]
    asked = [seconds for row in warm["queries"] for seconds in row["seconds"]]
    encoder = [seconds for row in warm["queries"] for seconds in row["encoder"]]
    beyond = [whole - part for whole, part in zip(asked, encoder, strict=True)]
    return {
        "cold, s": round(median(raw["cold"]), 2),
        "cold, each run, s": [round(seconds, 2) for seconds in raw["cold"]],
        "warm p50, ms": milliseconds(median(asked)),
        "warm p95, ms": milliseconds(percentile(asked, 0.95)),
        "encoder p50, ms": milliseconds(median(encoder)),
        "beyond the encoder p50, ms": milliseconds(median(beyond)),
        "build, s": round(raw["build"]["seconds"], 1),
        "index, MiB": round(raw["build"]["MiB"], 1),
        "memory, MiB": round(warm["memory"]),
        MEASURE: quality(warm, rows, qrels),
    }


def turns(raw: Mapping[str, Mapping[str, Sequence[float]]]) -> dict[str, Any]:
    """Return the medians of questions and of the encoder alone, taken in turns, and ratios."""
    forward, other = raw["forward"], raw["transformers"]
    return {
        "forward pass p50, ms": milliseconds(median(forward["encode"])),
        "question p50 beside it, ms": milliseconds(median(forward["ask"])),
        "question / forward pass": round(median(forward["ask"]) / median(forward["encode"]), 3),
        "sentence-transformers p50, ms": milliseconds(median(other["encode"])),
        "question p50 beside that, ms": milliseconds(median(other["ask"])),
        "sentence-transformers / question": round(
            median(other["encode"]) / median(other["ask"]), 3
        ),
    }


def asked_for(
    systems: Mapping[str, Mapping[str, Any]], own_turns: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """Return each bound that was asked for, what was measured, and whether it is met."""
    cold = {name: found["all"]["cold, s"] for name, found in systems.items()}
    fastest = min(seconds for name, seconds in cold.items() if name != OWN)
    faster = round(fastest / cold[OWN], 2)
    return {
        "cold question, s": _at_most(1.2, cold[OWN]),
        "fastest peer cold / cold question": _at_least(5, faster),
        "question / forward pass, warm": _at_most(1.25, own_turns["question / forward pass"]),
        "sentence-transformers / question, warm": _at_least(
            1.5, own_turns["sentence-transformers / question"]
        ),
    }


def _at_most(bound: float, found: float) -> dict[str, Any]:
    return {"asked": f"at most {bound}", "measured": found, "met": found <= bound}


def _at_least(bound: float, found: float) -> dict[str, Any]:
    return {"asked": f"at least {bound}", "measured": found, "met": found >= bound}
