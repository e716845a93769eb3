"""Plain Python that finds what the package must find."""

from __future__ import annotations

import math
from statistics import fmean

from recueil_qa.index.postings import K1, B


def brute_force(documents: list[list[str]], query: list[str]) -> list[float]:
    """BM25 as Lucene has it since its version 8: without the factor k1 + 1."""
    average = sum(map(len, documents)) / len(documents)
    scores = []
    for document in documents:
        score = 0.0
        for word in query:
            n = sum(word in other for other in documents)
            idf = math.log(1 + (len(documents) - n + 0.5) / (n + 0.5))
            tf = document.count(word)
            score += idf * tf / (tf + K1 * (1 - B + B * len(document) / average))
        scores.append(score)
    return scores


def plain_best_means(
    scores: list[float], owners: list[int], practices: int, best: int
) -> list[float]:
    means = []
    for practice in range(practices):
        own = [score for score, owner in zip(scores, owners, strict=True) if owner == practice]
        means.append(fmean(sorted(own, reverse=True)[:best]) if own else float("nan"))
    return means
