"""Fit the abstention regressions of collections without heads: `search/calibration.json`.

    .venv/bin/python -m training.fit_confidence [--statements FILE]

Answerable: `queries.jsonl` and `advice.jsonl` of `eval/`. Not answerable: `unanswerable.jsonl`,
and the collection's statements that were judged to have no answer, each scored as if it were
not among the examples. `--statements` adds real people's statements, judged as those of a
collection and kept outside of the project, for their wording is not ours: one with a 2 is
answerable, one without a grade is not, one with 1s alone counts half as either. They are what the
shipped numbers were fitted with; without them the bands flatter. Three regressions are fitted: with
every feature and without that on examples, both for the encoder of the index that serves; and on
words alone, for any other, without real statements.

`threshold`, below which nothing answers, keeps 98 % of the answerable rows of `eval/`; `sure`, from
which practices are said to answer, is passed by one in four of the statements that nothing answers
(of those of `unanswerable.jsonl`, one in 25, without `--statements`). Both are read off
cross-validated predictions (10 folds, 20 shuffles). Figures, and the bins of the reliability
diagram, are taken from these too: into `benchmarks/results/`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from recueil_qa import Assistant
from recueil_qa.analysis.query import searchable
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.encoding.identity import without_runtime
from recueil_qa.evaluation.rows import read_data
from recueil_qa.index.opened import Index
from recueil_qa.search.confidence import (
    ANY_ENCODER,
    WITHOUT_EXAMPLES,
    features_of,
    word_features_of,
)
from recueil_qa.search.retrieval import score_query
from recueil_qa.search.scope import Scope
from recueil_qa.search.scored import Scored
from training.plain_numbers import plain_numbers

KEPT = 0.98
SURE_REAL, SURE_WRITTEN = 0.25, 0.04  # of what nothing answers, what passes for answered
BINS = 8
ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "src" / "recueil_qa" / "search" / "calibration.json"
FIGURES = ROOT / "benchmarks" / "results" / f"confidence-{version('recueil-qa')}.json"
ANSWERABLE, UNANSWERABLE, EXAMPLE, REAL = range(4)


@dataclass(frozen=True)
class Rows:
    """Queries to fit on: features by name, the share that is answerable, the kind of each."""

    features: list[dict[str, float]]
    truth: npt.NDArray[np.float64]
    kinds: npt.NDArray[np.int64]

    def written(self) -> Rows:
        """Return those written for the project: words alone tell nothing of real statements."""
        kept = self.kinds != REAL
        features = [row for row, own in zip(self.features, kept, strict=True) if own]
        return Rows(features, self.truth[kept], self.kinds[kept])


@click.command()
@click.option("--statements", type=click.Path(exists=True, path_type=Path), help="JSONL.")
def main(statements: Path | None) -> None:
    """Fit on eval/, the corpus and, if given, real statements judged in the same way."""
    assistant = Assistant.open()
    rows = gather(assistant, statements)
    meaning = tuple(features_of(_any(assistant)))
    without = tuple(name for name in meaning if name != "unanswered")
    words = tuple(word_features_of(_any(assistant)))
    model = without_runtime(assistant.manifest.encoder)
    fitted, figures = {}, {}
    for key, kept in (
        (model, meaning),
        (model + WITHOUT_EXAMPLES, without),
        (ANY_ENCODER, words),
    ):
        fitted[key], figures[key] = fit(rows if kept is not words else rows.written(), kept)
    TARGET.write_text(json.dumps(fitted, indent=2) + "\n", "utf-8")
    FIGURES.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    print(f"{TARGET.relative_to(ROOT)}, {FIGURES.relative_to(ROOT)}: written")


def _any(assistant: Assistant) -> Scored:
    return score_query(Scope(_bare(assistant)), assistant.load_encoder(), "?")


def _bare(assistant: Assistant) -> Index:
    """Return the index as that of a collection without heads, which these are for."""
    return replace(assistant.index, heads={})


def gather(assistant: Assistant, statements: Path | None) -> Rows:
    """Score every query that is fitted on."""
    index, encoder = _bare(assistant), assistant.load_encoder()
    data = read_data(ROOT / "eval", {practice.id for practice in index.practices})
    answerable = [row.text for row in data.queries] + [row.text for row in data.advice]
    asked = [(text, 1.0, ANSWERABLE) for text in answerable]
    asked += [(row.text, 0.0, UNANSWERABLE) for row in data.unanswerable]
    examples = [text for c in read_corpus(ROOT / "corpus").collections for text in c.unanswered]
    asked += [(text, 0.0, EXAMPLE) for text in examples]
    for line in statements.read_text("utf-8").splitlines() if statements else ():
        row = json.loads(line)
        grade = max(row["grades"].values(), default=0)
        asked.append((row["text"], grade / 2, REAL))
    features, scope = [], Scope(index)
    for place, (text, _, kind) in enumerate(asked):
        cleaned = searchable(text, assistant.settings.question_characters)
        scored = score_query(scope, encoder, cleaned)
        if kind == EXAMPLE:
            others = scored.unanswered.copy()
            others[place - [k for _, _, k in asked].index(EXAMPLE)] = -1  # its own nearest
            scored = replace(scored, unanswered=others)
        features.append(features_of(scored) | word_features_of(scored))
    return Rows(
        features,
        np.array([truth for _, truth, _ in asked]),
        np.array([kind for _, _, kind in asked]),
    )


def fit(rows: Rows, names: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the calibration (weights on the raw features), and its figures with the bins."""
    features = np.array([[row[name] for name in names] for row in rows.features])
    truth, kinds = rows.truth, rows.kinds
    shuffles = np.array([predicted(features, truth, kinds, seed) for seed in range(20)])
    of_eval = (kinds == ANSWERABLE) | (kinds == UNANSWERABLE)
    threshold = float(np.quantile(shuffles[:, kinds == ANSWERABLE], 1 - KEPT))
    nothing = (kinds == REAL) & (truth == 0)
    wrong, share = (nothing, SURE_REAL) if nothing.any() else (kinds == UNANSWERABLE, SURE_WRITTEN)
    sure = max(float(np.quantile(shuffles[:, wrong], 1 - share)), threshold)
    figures = {
        "AUROC": np.mean([roc_auc_score(truth[of_eval], row[of_eval]) for row in shuffles]),
        "answerable kept": KEPT,
        "unanswerable refused": (shuffles[:, kinds == UNANSWERABLE] < threshold).mean(),
        "examples refused": (shuffles[:, kinds == EXAMPLE] < threshold).mean(),
        "answerable answered": (shuffles[:, kinds == ANSWERABLE] >= sure).mean(),
        "unanswerable answered": (shuffles[:, kinds == UNANSWERABLE] >= sure).mean(),
    }
    if nothing.any():
        clear = (kinds == REAL) & (truth != 0.5)
        good = (kinds == REAL) & (truth == 1)
        figures |= {
            "real, AUROC": np.mean([roc_auc_score(truth[clear], row[clear]) for row in shuffles]),
            "real, answerable kept": (shuffles[:, good] >= threshold).mean(),
            "real, unanswerable refused": (shuffles[:, nothing] < threshold).mean(),
            "real, answerable answered": (shuffles[:, good] >= sure).mean(),
            "real, unanswerable answered": (shuffles[:, nothing] >= sure).mean(),
        }
    figures = {name: round(float(value), 4) for name, value in figures.items()}
    print(f"{', '.join(names)}:\n  {figures}")
    model = fitted(features, truth)
    calibration = {
        **plain_numbers(model, names),
        "threshold": round(threshold, 4),
        "sure": round(sure, 4),
        "cross_validated": figures,
    }
    return calibration, figures | {"reliability": reliability(shuffles, truth)}


def fitted(features: npt.NDArray[np.float64], truth: npt.NDArray[np.float64]) -> Any:
    """Return the regression; a row that is half answerable counts as half a row of each kind."""
    model = make_pipeline(StandardScaler(), LogisticRegression())
    answerable = np.concatenate([np.ones(len(truth), bool), np.zeros(len(truth), bool)])
    weights = np.concatenate([truth, 1 - truth])
    counted = weights > 0
    return model.fit(
        np.vstack([features, features])[counted],
        answerable[counted],
        logisticregression__sample_weight=weights[counted],
    )


def predicted(
    features: npt.NDArray[np.float64],
    truth: npt.NDArray[np.float64],
    kinds: npt.NDArray[np.int64],
    seed: int,
) -> npt.NDArray[np.float64]:
    """Return the probability of each row by a regression that it was not fitted on."""
    found = np.zeros(len(truth))
    for others, fold in StratifiedKFold(10, shuffle=True, random_state=seed).split(features, kinds):
        found[fold] = fitted(features[others], truth[others]).predict_proba(features[fold])[:, 1]
    return found


def reliability(
    shuffles: npt.NDArray[np.float64], truth: npt.NDArray[np.float64]
) -> list[dict[str, float]]:
    """Return bins of predicted probability with the share that is answerable."""
    predicted, answerable = shuffles.ravel(), np.tile(truth, len(shuffles))
    shares = np.full(len(predicted), 1 / len(predicted))
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
