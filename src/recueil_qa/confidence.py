"""Does the collection answer at all? A probability from a few signals, and a threshold.

A small logistic regression, fitted by `training/fit_confidence.py` on `eval/` and kept as plain
numbers in `calibration.json`. Its signals on meaning hold for the encoder that they were
fitted with; another encoder gets the regression on words alone, which needs none.
"""

from __future__ import annotations

import json
import math
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from recueil_qa.index import Index
from recueil_qa.retrieval import Scored

ANY_ENCODER = "*"


class Calibration(BaseModel):
    """One fitted regression: weights by signal, intercept, and the threshold to answer.

    `cross_validated` holds its figures on queries that each fold was not fitted on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    weights: dict[str, float]
    intercept: float
    threshold: float
    cross_validated: dict[str, float]

    def probability(self, signals: dict[str, float]) -> float:
        """Return the probability that the collection answers."""
        total = self.intercept + sum(
            weight * signals[name] for name, weight in self.weights.items()
        )
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def signals_of(index: Index, scored: Scored) -> dict[str, float]:
    """Return what tells an answerable query from another.

    - best_question: cosine with the nearest question (or the nearest passage, without any);
    - stands_out: by how many deviations that cosine stands above the others;
    - best_practice: the fused score of the first practice, in deviations;
    - known_words: share of the query's words that occur in the collection;
    - best_words: BM25 score of the best passage.

    Length is left out on purpose: long queries happen to be answerable in `eval/`, which a
    regression would learn and a user who types two words would suffer from.
    """
    kept = index.is_question if index.is_question.any() else ~index.is_question
    similarities = scored.similarities[kept]
    deviation = max(float(similarities.std()), 1e-6)
    best = float(similarities.max())
    typed = set(scored.stems.values())
    known = {word for stem, word in scored.stems.items() if index.knows(stem)}
    return {
        "best_question": best,
        "stands_out": (best - float(similarities.mean())) / deviation,
        "best_practice": float(scored.practices.max()),
        "known_words": len(known) / max(len(typed), 1),
        "best_words": float(scored.lexical.max()),
    }


def confidence(index: Index, scored: Scored) -> tuple[float, bool]:
    """Return the probability that the collection answers, and whether to abstain."""
    calibration = calibration_for(index.manifest.encoder)
    probability = calibration.probability(signals_of(index, scored))
    return probability, probability < calibration.threshold


def calibration_for(encoder: str) -> Calibration:
    """Return the regression fitted with this encoder, else the one on words alone."""
    fitted = _calibrations()
    return fitted.get(encoder, fitted[ANY_ENCODER])


@cache
def _calibrations() -> dict[str, Calibration]:
    text = files("recueil_qa").joinpath("calibration.json").read_text("utf-8")
    return {name: Calibration.model_validate(row) for name, row in json.loads(text).items()}
