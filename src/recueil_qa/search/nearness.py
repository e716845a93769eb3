"""How near the nearest practice comes to a query, by meaning alone, whatever was written for it.

Words say nothing here: those of a question in another language prove nothing. Of a practice that
somebody wrote questions for, half the nearest of these and half the nearest few; of another one,
half its nearest passages and half all of it, so that a long page is not near to everything.
"""

from __future__ import annotations

import numpy as np

from recueil_qa.arrays import Scores
from recueil_qa.search.pooling import Pool

ASKED, TEXT, EVERY = 5, 3, 1 << 30
WEIGHT = 20.0  # deviations of fused scores for a cosine (docs/quality.md)


def nearness(questions: Pool, text: Pool, similarities: Scores) -> Scores:
    """Return how near each practice is to a query, from the cosines of the passages."""
    asked = (questions.means(similarities, 1) + questions.means(similarities, ASKED)) / 2
    return np.asarray(np.where(np.isnan(asked), told(text, similarities), asked), np.float32)


def told(text: Pool, similarities: Scores) -> Scores:
    """Return how near the text of each practice is: half its nearest passages, half all."""
    near = text.means(similarities, TEXT) + text.means(similarities, EVERY)
    return np.asarray(near / 2, np.float32)


def evidence(text: float, asked: float) -> float:
    """Return what nearness says of a collection beside others.

    `text` is that of a practice's text, which all collections have; `asked` the cosine of the
    nearest question, or passage of a practice without any.
    """
    return WEIGHT * (text + asked)
