"""Fit the abstention regressions on `eval/` and write `src/recueil_qa/calibration.json`.

    python training/fit_confidence.py

Answerable: `queries.jsonl` and `advice.jsonl`; not answerable: `unanswerable.jsonl`. Two
regressions are fitted: one with every feature, for the encoder of the index that serves, and one
on words alone, for any other encoder. The threshold is the probability that keeps 95 % of
the answerable queries, read off cross-validated predictions (10 folds, 20 shuffles), which the
figures printed here are taken from too.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from recueil_qa import Assistant
from recueil_qa.confidence import ANY_ENCODER, features_of
from recueil_qa.quality import read_data
from recueil_qa.retrieval import score_query

KEPT = 0.95
ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "src" / "recueil_qa" / "calibration.json"
WORDS_ALONE = ("known_words", "best_words")


def main() -> None:
    assistant = Assistant.open()
    index, encoder = assistant.index, assistant.load_encoder()
    data = read_data(ROOT / "eval", {practice.id for practice in index.practices})
    texts = [row.text for row in data.queries]
    texts += [row.text for row in data.advice]
    texts += [row.text for row in data.unanswerable]
    rows = [features_of(index, score_query(index, encoder, text)) for text in texts]
    truth = np.arange(len(rows)) < len(data.queries) + len(data.advice)
    fitted = {
        index.manifest.encoder: fit(rows, truth, tuple(rows[0])),
        ANY_ENCODER: fit(rows, truth, WORDS_ALONE),
    }
    TARGET.write_text(json.dumps(fitted, indent=2) + "\n", "utf-8")
    print(f"{TARGET.relative_to(ROOT)}: written")


def fit(
    rows: list[dict[str, float]], truth: npt.NDArray[np.bool_], names: tuple[str, ...]
) -> dict[str, object]:
    """Return the weights on the raw signals, the intercept and the threshold."""
    signals = np.array([[row[name] for name in names] for row in rows])
    # Answerable queries are three times as many here, for no reason that holds in use.
    model = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced"))
    shuffles = [
        cross_val_predict(
            model,
            signals,
            truth,
            cv=StratifiedKFold(10, shuffle=True, random_state=seed),
            method="predict_proba",
        )[:, 1]
        for seed in range(20)
    ]
    areas = [roc_auc_score(truth, predicted) for predicted in shuffles]
    pooled = np.concatenate(shuffles)
    pooled_truth = np.tile(truth, len(shuffles))
    threshold = float(np.quantile(pooled[pooled_truth], 1 - KEPT))
    refused = float((pooled[~pooled_truth] < threshold).mean())
    print(
        f"{', '.join(names)}: AUROC {np.mean(areas):.3f} (cross-validated), "
        f"{KEPT:.0%} of the answerable kept, {refused:.0%} of the others refused"
    )
    model.fit(signals, truth)
    scaler, regression = model.named_steps.values()
    weights = regression.coef_[0] / scaler.scale_
    intercept = float(regression.intercept_[0] - (weights * scaler.mean_).sum())
    return {
        "weights": {
            name: round(float(weight), 6) for name, weight in zip(names, weights, strict=True)
        },
        "intercept": round(intercept, 6),
        "threshold": round(threshold, 4),
        "cross_validated": {
            "AUROC": round(float(np.mean(areas)), 4),
            "answerable kept": KEPT,
            "unanswerable refused": round(refused, 4),
        },
    }


if __name__ == "__main__":
    main()
