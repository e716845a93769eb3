"""Fit the regression that tells a line that answers by itself, and write `direct.json`.

    .venv/bin/python -m training.fit_direct

Right where the best line is the one that answers: `advice.jsonl` of `eval/`, and the collection's
own questions on single lines, each scored as if it were not in the index. Wrong where it is
another, and for `queries.jsonl` and `unanswerable.jsonl`, which no single line answers. Only
questions that ask for one thing count: no other is ever answered by a line alone. The threshold is
the lowest probability from which seven lines of eight were right, by cross-validation (10 folds, 20
shuffles) on `eval/advice.jsonl`; figures go into `benchmarks/results/`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recueil_qa import Assistant
from recueil_qa.analysis.asking import asks_one_thing
from recueil_qa.analysis.query import searchable
from recueil_qa.encoding.identity import without_runtime
from recueil_qa.evaluation.rows import read_data
from recueil_qa.search.answering import score_lines
from recueil_qa.search.direct import best_line, features_of
from recueil_qa.search.fusion import SIGNALS, fused, signal_means
from recueil_qa.search.retrieval import score_query
from recueil_qa.search.scored import Scored
from training.plain_numbers import plain_numbers

RIGHT = 0.88  # of the lines that are shown
EVERY = 3  # of the collection's own questions, which are many
ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "src" / "recueil_qa" / "search" / "direct.json"
FIGURES = ROOT / "benchmarks" / "results" / f"direct-{version('recueil-qa')}.json"
ADVICE, OWN, NO_LINE = range(3)


@dataclass(frozen=True)
class Row:
    """A question: its features, whether its best line is right, and what it is taken from."""

    features: dict[str, float]
    right: bool
    kind: int


def main() -> None:
    assistant = Assistant.open()
    rows = [*judged(assistant), *own(assistant)]
    fitted, figures = fit(rows)
    name = without_runtime(assistant.manifest.encoder)
    TARGET.write_text(json.dumps({name: fitted}, indent=2) + "\n", "utf-8")
    FIGURES.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    print(f"{TARGET.relative_to(ROOT)}, {FIGURES.relative_to(ROOT)}: written")


def judged(assistant: Assistant) -> Iterator[Row]:
    """Yield the rows of `eval/`."""
    searcher = assistant.now()
    scope, index, encoder = searcher.scope, searcher.index, searcher.load_encoder()
    data = read_data(ROOT / "eval", {practice.id for practice in index.practices})
    asked = [(row.text, row.gold, ADVICE) for row in data.advice]
    asked += [(row.text, (), NO_LINE) for row in (*data.queries, *data.unanswerable)]
    for text, gold, kind in asked:
        cleaned = searchable(text, assistant.settings.question_characters)
        if asks_one_thing(cleaned):
            scored = score_query(scope, encoder, cleaned)
            place, features = best(scored)
            yield Row(features, index.passages[place].text in gold, kind)


def own(assistant: Assistant) -> Iterator[Row]:
    """Yield the collection's own questions on lines, each as if it were not in the index."""
    searcher = assistant.now()
    scope, index, encoder = searcher.scope, searcher.index, searcher.load_encoder()
    questions = [place for place, passage in enumerate(index.passages) if passage.answer]
    for place in questions[::EVERY]:
        passage = index.passages[place]
        if asks_one_thing(passage.text):
            scored = without(score_query(scope, encoder, passage.text), place)
            line, features = best(scored)
            yield Row(features, index.passages[line].id == passage.answer, OWN)


def without(scored: Scored, place: int) -> Scored:
    """Return a query scored as if a passage of the index were not there."""
    similarities, lexical = scored.similarities.copy(), scored.lexical.copy()
    similarities[place], lexical[place] = -1, 0
    means = signal_means(scored.scope, similarities, lexical, SIGNALS)
    return replace(
        scored, similarities=similarities, lexical=lexical, practices=fused(means, means)
    )


def best(scored: Scored) -> tuple[int, dict[str, float]]:
    lines = score_lines(scored)
    place = best_line(scored.scope.index, lines)
    if place is None:
        raise ValueError("the index has no line that can be quoted")
    return place, features_of(scored, lines, place)


def fit(rows: list[Row]) -> tuple[dict[str, Any], dict[str, float]]:
    """Return the regression (weights on the raw features), and its figures."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    names = tuple(rows[0].features)
    features = np.array([[row.features[name] for name in names] for row in rows])
    right = np.array([row.right for row in rows])
    kinds = np.array([row.kind for row in rows])
    model = make_pipeline(StandardScaler(), LogisticRegression())
    shuffles = np.array(
        [
            cross_val_predict(
                model,
                features,
                right,
                cv=StratifiedKFold(10, shuffle=True, random_state=seed).split(features, kinds),
                method="predict_proba",
            )[:, 1]
            for seed in range(20)
        ]
    )
    # The encoder has learnt the collection's own questions, which flatter it.
    threshold = lowest(shuffles, right, kinds == ADVICE)
    shown = shuffles >= threshold
    figures = {"AUROC": float(np.mean([roc_auc_score(right, row) for row in shuffles]))}
    for name, kind in (("advice", ADVICE), ("own questions", OWN), ("no line", NO_LINE)):
        of_kind = np.tile(kinds == kind, (len(shuffles), 1))
        figures[f"{name}, shown"] = float(shown[of_kind].mean())
        if kind != NO_LINE:
            tiled = np.tile(right, (len(shuffles), 1))
            figures[f"{name}, right of those shown"] = float(tiled[of_kind & shown].mean())
    figures = {name: round(value, 4) for name, value in figures.items()}
    print(f"{', '.join(names)}, from {threshold:.4f} on:\n  {figures}")
    model.fit(features, right)
    return {
        **plain_numbers(model, names),
        "threshold": round(threshold, 4),
        "cross_validated": figures,
    }, figures


def lowest(
    shuffles: npt.NDArray[np.float64],
    right: npt.NDArray[np.bool_],
    answered: npt.NDArray[np.bool_],
    share_right: float = RIGHT,
) -> float:
    """Return the lowest probability (shuffles, rows) from which such a share was right.

    Of the rows `answered` alone; 1 where no probability is enough.
    """
    predicted = shuffles[:, answered].ravel()
    truth = np.tile(right[answered], len(shuffles))
    order = np.argsort(-predicted)
    share = np.cumsum(truth[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero(share >= share_right)
    return float(predicted[order][enough[-1]]) if len(enough) else 1.0


if __name__ == "__main__":
    main()
