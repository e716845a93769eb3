"""Fit the abstention regressions and write `src/recueil_qa/calibration.json`.

    .venv/bin/python -m training.fit_confidence

Answerable: `queries.jsonl` and `advice.jsonl` of `eval/`. Not answerable: `unanswerable.jsonl`,
and the collection's statements that were judged to have no answer, each scored as if it were
not among the examples. Three regressions are fitted: with every feature and without that on
examples, both for the encoder of the index that serves; and on words alone, for any other. The
threshold is the probability that keeps 97 % of the answerable queries, read off cross-validated
predictions (10 folds, 20 shuffles). Figures, and the bins of the reliability diagram, are taken
from these too, on the queries of `eval/` alone: into `benchmarks/results/`.
"""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from recueil_qa import Assistant
from recueil_qa.confidence import ANY_ENCODER, WITHOUT_EXAMPLES, features_of
from recueil_qa.corpus import read_corpus
from recueil_qa.encoder import without_runtime
from recueil_qa.judgments import read_data
from recueil_qa.query import searchable
from recueil_qa.retrieval import score_query

KEPT = 0.97
BINS = 8
ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "src" / "recueil_qa" / "calibration.json"
FIGURES = ROOT / "benchmarks" / "results" / f"confidence-{version('recueil-qa')}.json"
WORDS_ALONE = ("known_words", "best_words", "together")
ANSWERABLE, UNANSWERABLE, EXAMPLE = range(3)


def main() -> None:
    assistant = Assistant.open()
    index, encoder = assistant.index, assistant.load_encoder()
    limit = assistant.settings.question_characters
    data = read_data(ROOT / "eval", {practice.id for practice in index.practices})
    examples = [text for c in read_corpus(ROOT / "corpus").collections for text in c.unanswered]
    texts = [row.text for row in data.queries] + [row.text for row in data.advice]
    texts += [row.text for row in data.unanswerable]
    kinds = [ANSWERABLE] * (len(data.queries) + len(data.advice))
    kinds += [UNANSWERABLE] * len(data.unanswerable)
    rows = [
        features_of(index, score_query(index, encoder, searchable(text, limit))) for text in texts
    ]
    for place, text in enumerate(examples):
        scored = score_query(index, encoder, searchable(text, limit))
        others = scored.unanswered.copy()
        others[place] = -1  # it would be its own nearest
        rows.append(features_of(index, replace(scored, unanswered=others)))
        kinds.append(EXAMPLE)
    names = tuple(rows[0])
    without = tuple(name for name in names if name != "unanswered")
    fitted, figures = {}, {}
    model = without_runtime(index.manifest.encoder)
    for key, kept in (
        (model, names),
        (model + WITHOUT_EXAMPLES, without),
        (ANY_ENCODER, WORDS_ALONE),
    ):
        fitted[key], figures[key] = fit(rows, np.array(kinds), kept)
    TARGET.write_text(json.dumps(fitted, indent=2) + "\n", "utf-8")
    FIGURES.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    print(f"{TARGET.relative_to(ROOT)}, {FIGURES.relative_to(ROOT)}: written")


def fit(
    rows: list[dict[str, float]], kinds: npt.NDArray[np.int64], names: tuple[str, ...]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the calibration (weights on the raw features), and its figures with the bins."""
    features = np.array([[row[name] for name in names] for row in rows])
    truth = kinds == ANSWERABLE
    # How many of each kind are here says nothing of how many are asked.
    model = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced"))
    shuffles = np.array(
        [
            cross_val_predict(
                model,
                features,
                truth,
                cv=StratifiedKFold(10, shuffle=True, random_state=seed).split(features, kinds),
                method="predict_proba",
            )[:, 1]
            for seed in range(20)
        ]
    )
    judged = kinds != EXAMPLE
    threshold = float(np.quantile(shuffles[:, truth], 1 - KEPT))
    figures = {
        "AUROC": np.mean([roc_auc_score(truth[judged], row[judged]) for row in shuffles]),
        "answerable kept": KEPT,
        "unanswerable refused": (shuffles[:, kinds == UNANSWERABLE] < threshold).mean(),
        "examples refused": (shuffles[:, kinds == EXAMPLE] < threshold).mean(),
    }
    figures = {name: round(float(value), 4) for name, value in figures.items()}
    print(f"{', '.join(names)}:\n  {figures}")
    model.fit(features, truth)
    scaler, regression = model.named_steps.values()
    weights = regression.coef_[0] / scaler.scale_
    intercept = float(regression.intercept_[0] - (weights * scaler.mean_).sum())
    calibration = {
        "weights": {
            name: round(float(weight), 6) for name, weight in zip(names, weights, strict=True)
        },
        "intercept": round(intercept, 6),
        "threshold": round(threshold, 4),
        "cross_validated": figures,
    }
    return calibration, figures | {"reliability": reliability(shuffles, truth)}


def reliability(
    shuffles: npt.NDArray[np.float64], truth: npt.NDArray[np.bool_]
) -> list[dict[str, float]]:
    """Return bins of predicted probability with the share that is answerable, both kinds equal."""
    predicted, answerable = shuffles.ravel(), np.tile(truth, len(shuffles))
    shares = np.where(answerable, 0.5 / answerable.sum(), 0.5 / (~answerable).sum())
    bins = np.minimum((predicted * BINS).astype(int), BINS - 1)
    return [
        {
            "predicted": round(float(np.average(predicted[inside], weights=shares[inside])), 4),
            "answerable": round(float(np.average(answerable[inside], weights=shares[inside])), 4),
            "share": round(float(shares[inside].sum()), 4),
        }
        for bin_ in range(BINS)
        if (inside := bins == bin_).any()
    ]


if __name__ == "__main__":
    main()
