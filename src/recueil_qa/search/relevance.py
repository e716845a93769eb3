"""How many of the practices found answer: those that stand out as the first one does.

A small logistic regression on fused scores, fitted by `training/fit_relevance.py` and kept as plain
numbers in `relevance.json`. Fused scores are in deviations, whatever the encoder.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from recueil_qa.regression import Regression
from recueil_qa.types import PracticeHit

LEARNT, BARE = "with heads", "without heads"


def features_of(score: float, first: float) -> dict[str, float]:
    """Return what tells a practice that helps: its fused score, and how far behind the first."""
    return {"score": score, "behind": first - score}


def answering(hits: Sequence[PracticeHit], *, learnt: bool) -> int:
    """Return how many of the hits, best first, answer; the first one does in any case.

    `learnt` says whether heads had a say in the scores.
    """
    fitted = _fitted()[LEARNT if learnt else BARE]
    first = hits[0].score if hits else 0.0
    chances = [fitted.probability(features_of(hit.score, first)) for hit in hits[1:]]
    return min(len(hits), 1) + sum(chance >= fitted.threshold for chance in chances)


@cache
def _fitted() -> dict[str, Regression]:
    text = files("recueil_qa.search").joinpath("relevance.json").read_text("utf-8")
    return {name: Regression.model_validate(row) for name, row in json.loads(text).items()}
