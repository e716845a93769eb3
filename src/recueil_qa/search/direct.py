"""Does one line answer by itself? The best line, and the probability that it does.

A small logistic regression, fitted by `training/fit_direct.py` on questions that one line answers
and on questions and problems that none does, kept as plain numbers in `direct.json`. It holds for
the encoder that it was fitted with; with another one no line is shown alone.
"""

from __future__ import annotations

import math
from functools import cache
from importlib.resources import files

import numpy as np
from pydantic import TypeAdapter

from recueil_qa.analysis.asking import asks_for_figure, asks_one_thing
from recueil_qa.analysis.quantities import canonical
from recueil_qa.analysis.query import guess_language
from recueil_qa.analysis.words import stems_of
from recueil_qa.arrays import Scores
from recueil_qa.encoding.identity import without_runtime
from recueil_qa.index.opened import Index
from recueil_qa.regression import Regression
from recueil_qa.search.answering import nearest_questions
from recueil_qa.search.scored import Scored

TELLING_WORDS = 4  # a shorter line ("Être patient") is no answer to anything
FIVE = 5


def best_line(index: Index, lines: Scores) -> int | None:
    """Return the passage of the line that best answers and says enough, or None."""
    telling = np.where(index.word_counts >= TELLING_WORDS, lines, -np.inf)
    if not len(telling) or not np.isfinite(telling.max()):
        return None
    return int(np.argmax(telling))


def features_of(scored: Scored, lines: Scores, place: int) -> dict[str, float]:
    """Return what tells a line that answers by itself from one that is only the nearest.

    - margin: by how many deviations it leads the next line;
    - own: cosine with the query;
    - nearest: cosine of the nearest of itself and the questions that it answers;
    - stands_out: that, less the mean cosine of the five nearest questions on anything;
    - figure: whether a figure is asked for, and the line gives it;
    - length, line_length: logarithms of the numbers of words.
    """
    index = scored.scope.index
    others = np.delete(lines, place)
    second = float(others.max()) if len(others) else -np.inf
    nearest = float(nearest_questions(index, scored.similarities)[place])
    asked = scored.similarities[index.asked]
    best = np.sort(asked)[::-1][:FIVE]
    return {
        "margin": min(float(lines[place]) - second, 10.0),
        "own": float(scored.similarities[place]),
        "nearest": nearest,
        "stands_out": nearest - float(best.mean()),
        "figure": float(asks_for_figure(scored.understood) and bool(index.has_figure[place])),
        "length": math.log(len(scored.understood.split())),
        "line_length": math.log(int(index.word_counts[place])),
    }


def direct_line(scored: Scored, lines: Scores) -> int | None:
    """Return the passage of the line that answers by itself, or None.

    Only where one thing is asked for: a problem that is told wants practices. Of a practice that
    passes the filters.
    """
    index = scored.scope.index
    fitted = _fitted().get(without_runtime(index.manifest.encoder))
    if fitted is None or not asks_one_thing(scored.understood):
        return None
    lines = np.where(scored.scope.accepted_passages, lines, np.float32(-np.inf))
    place = best_line(index, lines)
    if place is None:
        return None
    if asks_for_figure(scored.understood) and not _has_the_figure(scored, place):
        return None
    probability = fitted.probability(features_of(scored, lines, place))
    return place if probability >= fitted.threshold else None


def _has_the_figure(scored: Scored, place: int) -> bool:
    """Return whether a line gives a figure, and of what is asked: not only of who is asked about.

    A question in another language has no words in common with any line.
    """
    index = scored.scope.index
    passage, practice = index.passages[place], index.practices[index.owners[place]]
    if not index.has_figure[place]:
        return False
    if guess_language(scored.understood) not in ("", passage.language):
        return True
    said = stems_of(canonical(passage.text), passage.language)
    who = stems_of(practice.organisation, passage.language)
    return not (said - who).isdisjoint(scored.stems)


@cache
def _fitted() -> dict[str, Regression]:
    text = files("recueil_qa.search").joinpath("direct.json").read_text("utf-8")
    return TypeAdapter(dict[str, Regression]).validate_json(text)
