"""From a collection's judged statements to its heads: fitted, and their chances calibrated.

What a head says of a statement that it was fitted on flatters, and so does a nearest question that
is a rewrite of it. So chances are calibrated on rows that are each left out with their group, of
the networks and of the questions that they are compared with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from recueil_qa.arrays import Mask, Scores
from recueil_qa.encoding.encoder import Vectors
from recueil_qa.evaluation.measures import auroc
from recueil_qa.index.heads import FEATURES, Fit, Heads, forward
from recueil_qa.learning.fitting import Lessons, fit_layers, folds
from recueil_qa.regression import Regression, fit_regression, logistic

KEPT = 0.97  # of the statements with a 2, those not told that nothing answers
SURE = 0.15  # of what nothing answers, what may be said to be answered
SEEDS_LEFT_OUT = 2  # networks whose means are calibrated; a build has no time for more
ROWS = 512  # statements compared at once
FIVE, THREE = 5, 3
UNSEEN = -2  # the group of rows that nothing is left out for; -1 is that of questions without one
DEPTH = 10

Step = Callable[[int, int], None]


@dataclass(frozen=True)
class Near:
    """What a query is compared with: unit vectors (n, dimension), and the group of each (n,).

    Questions that practices answer, as often as the index holds them, `first` (n,) where a text
    stands first; and statements that nothing answers.
    """

    asked: Vectors
    asked_groups: npt.NDArray[np.int64]
    first: Mask
    refused: Vectors
    refused_groups: npt.NDArray[np.int64]


def fit_heads(
    encoder: str,
    key: str,
    practices: Sequence[str],
    lessons: Lessons,
    near: Near,
    *,
    outside: int = 0,
    judges: Mask | None = None,
    calibrating: Sequence[Lessons] = (),
    bounding: Sequence[Lessons] = (),
    step: Step | None = None,
) -> tuple[Heads, Scores, Scores]:
    """Return the heads, and the left-out chances (n, 2) and logits (n, practices) of the rows.

    The last `outside` rows are not the collection's. Chances are calibrated on those of the rows
    that judge (`judges`, all if not given), each left out, and on other rows that the networks
    have not seen (`calibrating`). The thresholds of the bands hold on each of these sets, and on
    those `bounding`, which serve nothing else.
    """
    logits = np.zeros((len(lessons.vectors), len(practices)), np.float32)
    answered = np.zeros((len(lessons.vectors), 2), np.float32)
    left = list(folds(lessons.groups))
    for number, out in enumerate(left):
        layers = fit_layers(lessons.of(~out), SEEDS_LEFT_OUT)
        logits[out], answered[out] = forward(layers, lessons.vectors[out])
        if step:
            step(number + 1, len(left) + 1)
    layers = fit_layers(lessons)
    features = left_out_features(lessons, near, answered)
    best = lessons.grades.max(axis=1)
    kept = np.ones(len(best), bool) if judges is None else judges
    sets = [(features[kept], best[kept], lessons.weights[kept])]
    for each in (*calibrating, *bounding):
        unseen = replace(each, groups=np.full(len(each.vectors), UNSEEN, np.int64))
        found = left_out_features(unseen, near, forward(layers, each.vectors)[1])
        sets.append((found, each.grades.max(axis=1), each.weights))
    fitted = _fitted(sets[: 1 + len(calibrating)])
    chances = _chances(features, fitted)
    sure, least = _thresholds([(_chances(rows, fitted), of) for rows, of, _ in sets])
    figures = _figures(chances[kept], best[kept], sure, least)
    figures |= _ranked(logits, lessons.grades, kept & (best == 2))
    fit = Fit(
        encoder=encoder,
        key=key,
        practices=tuple(practices),
        statements=len(best),
        outside=outside,
        addresses=_regression(*fitted[0], sure, figures),
        helps=_regression(*fitted[1], least, {}),
    )
    if step:
        step(len(left) + 1, len(left) + 1)
    return Heads(fit, layers), np.asarray(chances, np.float32), logits


def _fitted(
    sets: Sequence[tuple[npt.NDArray[np.float64], npt.NDArray[np.int8], Scores]],
) -> list[tuple[npt.NDArray[np.float64], float]]:
    """Return the regressions of a 2 and of any grade, on all sets together."""
    features, best, weights = (np.concatenate(part) for part in zip(*sets, strict=True))
    return [fit_regression(features, best >= grade, weights) for grade in (2, 1)]


def _thresholds(
    sets: Sequence[tuple[npt.NDArray[np.float64], npt.NDArray[np.int8]]],
) -> tuple[float, float]:
    """Return from which chance practices answer, and below which nothing does, in every set."""
    sure = [_cut(-chances[best == 0, 0], SURE) for chances, best in sets if 0 in best]
    least = [_cut(chances[best == 2, 1], 1 - KEPT) for chances, best in sets if 2 in best]
    return -min(sure, default=-1.0), min(least, default=0.0)


def _cut(values: npt.NDArray[np.float64], share: float) -> float:
    """Return a value that no more than a share of others are below; half-way between two."""
    ordered = np.sort(values)
    below = int(share * len(ordered))
    return float((ordered[max(below - 1, 0)] + ordered[below]) / 2) if below else float(ordered[0])


def left_out_features(lessons: Lessons, near: Near, answered: Scores) -> npt.NDArray[np.float64]:
    """Return `FEATURES` of each row (n, features), its own group apart.

    They are those of `search.confidence.features_of`; `answered` (n, 2) are the heads' logits.
    """
    parts = []
    for start in range(0, len(lessons.vectors), ROWS):
        rows = slice(start, start + ROWS)
        groups = lessons.groups[rows, None]
        cosines = lessons.vectors[rows] @ near.asked.T
        typical, deviation = cosines.mean(axis=1), cosines.std(axis=1)
        others = np.where(groups == near.asked_groups, -1, cosines)
        best = _best(others[:, near.first], FIVE)
        refused = lessons.vectors[rows] @ near.refused.T
        examples = _best(np.where(groups == near.refused_groups, -1, refused), THREE)
        stands_out = (best.max(axis=1) - typical) / np.maximum(deviation, 1e-6)
        parts.append(
            np.column_stack(
                [
                    answered[rows],
                    best.max(axis=1),
                    best.mean(axis=1),
                    typical,
                    stands_out,
                    examples.mean(axis=1) if examples.size else np.zeros(len(cosines)),
                ]
            )
        )
    return np.concatenate(parts).astype(np.float64)


def _best(cosines: Scores, count: int) -> Scores:
    """Return the highest of each row (n, count or fewer)."""
    count = min(count, cosines.shape[1])
    return np.partition(cosines, -count, axis=1)[:, cosines.shape[1] - count :]


def _chances(
    features: npt.NDArray[np.float64], fitted: Sequence[tuple[npt.NDArray[np.float64], float]]
) -> npt.NDArray[np.float64]:
    """Return the chances (n, regressions) of rows."""
    return np.column_stack(
        [logistic(features @ weights + intercept) for weights, intercept in fitted]
    )


def _regression(
    weights: npt.NDArray[np.float64], intercept: float, threshold: float, figures: dict[str, float]
) -> Regression:
    return Regression(
        weights={name: round(float(w), 6) for name, w in zip(FEATURES, weights, strict=True)},
        intercept=round(intercept, 6),
        threshold=round(threshold, 4),
        cross_validated=figures,
    )


def _figures(
    chances: npt.NDArray[np.float64], best: npt.NDArray[np.int8], sure: float, least: float
) -> dict[str, float]:
    """Return how well the left-out chances tell, over the rows that judge."""
    two, none = chances[best == 2], chances[best == 0]
    found = {
        "AUROC": auroc(two[:, 0], none[:, 0]),
        "addressed, answered": float((two[:, 0] >= sure).mean()),
        "addressed, refused": float((two[:, 1] < least).mean()),
        "nothing, answered": float((none[:, 0] >= sure).mean()),
        "nothing, refused": float((none[:, 1] < least).mean()),
    }
    return {name: round(value, 4) for name, value in found.items()}


def _ranked(logits: Scores, grades: npt.NDArray[np.int8], judges: Mask) -> dict[str, float]:
    """Return how well the left-out logits rank the practices, over the rows that judge.

    Gains are those that are learnt, 2^g - 1, where `evaluation.measures` counts grades as they are.
    """
    found = []
    discounts = 1 / np.log2(np.arange(2, DEPTH + 2))
    for own, judged in zip(logits[judges], grades[judges], strict=True):
        gains = 2.0**judged - 1
        order = np.argsort(-own, kind="stable")[:DEPTH]
        best = np.sort(gains)[::-1][:DEPTH]
        reached = gains[order] @ discounts[: len(order)] / (best @ discounts[: len(best)])
        found.append((float(reached), float(judged[order[0]] == 2)))
    means = np.mean(found, axis=0) if found else np.zeros(2)
    return {name: round(float(x), 4) for name, x in zip(("nDCG@10", "P@1"), means, strict=True)}
