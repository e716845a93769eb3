"""Fit the regressions that tell how many practices answer, and write `relevance.json`.

    .venv/bin/python -m training.fit_relevance [--statements FILE]

On the first six practices of each query of `eval/`, right where they were judged 1 or 2; and, with
`--statements`, of real people's statements, judged as those of a collection and kept outside of the
project (the shipped numbers were fitted with some). The threshold is the lowest probability from
which three of four practices of `eval/` were right, by cross-validation over queries (10 folds).
One is for scores that heads had a say in, one for others.
"""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from recueil_qa import Assistant
from recueil_qa.analysis.query import searchable
from recueil_qa.evaluation.rows import read_data
from recueil_qa.index.opened import Index
from recueil_qa.search.relevance import BARE, LEARNT, features_of
from recueil_qa.search.retrieval import score_query
from recueil_qa.search.scope import Scope
from recueil_qa.types import PRACTICES
from training.fit_direct import lowest
from training.plain_numbers import plain_numbers

RIGHT = 0.75  # of the practices of `eval/` that are said to answer
ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "src" / "recueil_qa" / "search" / "relevance.json"
FIGURES = ROOT / "benchmarks" / "results" / f"relevance-{version('recueil-qa')}.json"


@click.command()
@click.option("--statements", type=click.Path(exists=True, path_type=Path), help="JSONL.")
def main(statements: Path | None) -> None:
    """Fit on eval/ and, if given, on real statements judged in the same way."""
    assistant = Assistant.open()
    index = assistant.index
    data = read_data(ROOT / "eval", {practice.id for practice in index.practices})
    asked = [(row.text, data.qrels[row.id], True) for row in data.queries]
    for line in statements.read_text("utf-8").splitlines() if statements else ():
        row = json.loads(line)
        asked.append((row["text"], row["grades"], False))
    fitted, figures = {}, {}
    for name, one in ((LEARNT, index), (BARE, replace(index, heads={}))):
        fitted[name], figures[name] = fit(assistant, one, asked)
        print(f"{name}: {figures[name]}")
    TARGET.write_text(json.dumps(fitted, indent=2) + "\n", "utf-8")
    FIGURES.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    print(f"{TARGET.relative_to(ROOT)}, {FIGURES.relative_to(ROOT)}: written")


def fit(
    assistant: Assistant, index: Index, asked: list[tuple[str, dict[str, int], bool]]
) -> tuple[dict[str, Any], dict[str, float]]:
    """Return the regression of an index, and its figures."""
    encoder, scope = assistant.load_encoder(), Scope(index)
    rows, right, queries, of_eval = [], [], [], []
    for number, (text, grades, is_own) in enumerate(asked):
        cleaned = searchable(text, assistant.settings.question_characters)
        scored = score_query(scope, encoder, cleaned)
        first = scored.ranking()[:PRACTICES]
        for place in first:
            rows.append(features_of(float(scored.practices[place]), scored.practices[first[0]]))
            right.append(grades.get(index.practices[place].id, 0) > 0)
        queries += [number] * len(first)
        of_eval += [is_own] * len(first)
    names = tuple(rows[0])
    features = np.array([[row[name] for name in names] for row in rows])
    truth, own = np.array(right), np.array(of_eval)
    model = make_pipeline(StandardScaler(), LogisticRegression())
    predicted = cross_val_predict(
        model, features, truth, groups=queries, cv=GroupKFold(10), method="predict_proba"
    )[:, 1]
    threshold = lowest(predicted[None], truth, own, RIGHT)
    said = predicted[own] >= threshold
    figures = {
        "AUROC": roc_auc_score(truth[own], predicted[own]),
        "right of those said to answer": truth[own][said].mean(),
        "said to answer of those that are right": said[truth[own]].mean(),
        "practices a query": said.sum() / sum(is_own for _, _, is_own in asked),
    }
    if not own.all():
        figures["real, AUROC"] = roc_auc_score(truth[~own], predicted[~own])
    figures = {name: round(float(value), 4) for name, value in figures.items()}
    model.fit(features, truth)
    return {
        **plain_numbers(model, names),
        "threshold": round(threshold, 4),
        "cross_validated": figures,
    }, figures


if __name__ == "__main__":
    main()
