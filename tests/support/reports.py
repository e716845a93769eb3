"""A report of an evaluation."""

from __future__ import annotations

from recueil_qa.evaluation.report import Report

GROUPS = ("all", "fr", "en", "short")
SYSTEMS = ("all signals", "without statements", "only text, words")


def measures(value: float, best: bool = True) -> dict[str, float]:
    """Return one row of measures around a value; not all queries have the last."""
    row = {"nDCG@10": value, "P@1": value / 2, "Recall@5": value / 4, "RR": value / 8}
    return row | ({"R(rel=2)@5": value / 16} if best else {})


def spans(row: dict[str, float]) -> dict[str, tuple[float, float]]:
    return {name: (round(value - 0.02, 4), round(value + 0.03, 4)) for name, value in row.items()}


def make_report(**changes: object) -> Report:
    """Return a report of four groups, of which `short` has no query with a grade of 2."""
    by_group = {
        group: measures(0.8 - i / 10, best=group != "short") for i, group in enumerate(GROUPS)
    }
    advice = {
        group: {"advice top-1": 0.5 + i / 10, "advice top-3": 0.75, "advice top-5": 0.875}
        for i, group in enumerate(("all", "fr"))
    }
    rows: dict[str, object] = {
        "package": "9.8.7",
        "encoder": "hash@test",
        "corpus": "c" * 64,
        "queries": {"all": 7, "fr": 4, "en": 3, "short": 2},
        "measures": by_group,
        "intervals": {group: spans(row) for group, row in by_group.items()}
        | {f"advice {group}": spans(row) for group, row in advice.items()},
        "ablation": {
            system: {
                group: {name: value - i / 100 for name, value in row.items()}
                for group, row in by_group.items()
            }
            for i, system in enumerate(SYSTEMS)
        },
        "advice": advice,
        "abstention": {"answerable": 7, "AUROC": 0.9625},
        "noise": {"twins": 2, "nDCG@10, clean": 0.875, "nDCG@10, noisy": 0.8125},
        "latency_ms": {"ask, median": 12.5, "ask, 95 %": 20.25},
        "per_query": {"q1": measures(0.5), "q2": measures(0.25), "a1": {"advice top-1": 1.0}},
    }
    return Report.model_validate(rows | changes)
