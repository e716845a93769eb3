"""Fit the heads of a collection beforehand and write its `heads.npz`.

    .venv/bin/python -m training.fit_heads [--statements FILE]      # about two minutes

A build fits heads by itself; those that are shipped also know what may not be: real people's
statements, whose wording is not ours to keep (`--statements`, JSONL judged as a collection's, each
with `use`: those of the part "train" are learnt from, four times as much as ours, those of "dev"
are for measuring). Rewrites of one of them carry its id as their group, and are left out with it.
Chances are calibrated on the real ones that are learnt from, each left out, and on `eval/`, which
nothing is learnt from; thresholds of the bands hold on each and on the part "dev". Figures go to
`benchmarks/results/`.

`--doubts` lists all statements with how much what was learnt without them differs from their
grades, most first: what to judge again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
import numpy as np

from recueil_qa.analysis.passages import corpus_passages
from recueil_qa.arrays import Scores
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.corpus.statements import Statement
from recueil_qa.encoding.encoded_once import EncodedOnce
from recueil_qa.encoding.identity import without_runtime
from recueil_qa.encoding.runtimes import open_encoder
from recueil_qa.encoding.vector_cache import VectorCache
from recueil_qa.evaluation.rows import read_data
from recueil_qa.index.heads import SHIPPED
from recueil_qa.learning.calibrating import fit_heads
from recueil_qa.learning.fitting import Lessons
from recueil_qa.learning.schooling import OUTSIDE, collection_key, lessons_of, near_of
from recueil_qa.settings import load_settings

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / "training" / ".work" / "vectors"
FIGURES = ROOT / "benchmarks" / "results" / f"heads-{version('recueil-qa')}.json"
BINS = 8


@click.command()
@click.option("--statements", type=click.Path(exists=True, path_type=Path), help="JSONL.")
@click.option("--doubts", type=click.Path(path_type=Path), help="JSONL to write.")
def main(statements: Path | None, doubts: Path | None) -> None:
    """Fit the heads of the only collection on its statements and, if given, on others."""
    settings = load_settings(home=ROOT)
    encoder = open_encoder(settings.encoder, settings.runtime)

    # Kept between runs, for grades change more often than texts.
    queries = EncodedOnce(encoder.encode_query, VectorCache(WORK / "queries", encoder.id))
    documents = EncodedOnce(encoder.encode_document, VectorCache(WORK / "documents", encoder.id))
    corpus = read_corpus(settings.corpus)
    (collection,) = corpus.collections
    real, use = read_real(statements) if statements else ([], [])
    learnt = [row for row, part in zip(real, use, strict=True) if part == "train"]
    measured = [row for row, part in zip(real, use, strict=True) if part == "dev"]
    rows = [*collection.lessons, *learnt]
    lessons = lessons_of(collection, rows, queries)
    lessons.weights[len(collection.lessons) :] = OUTSIDE
    near = near_of(collection, corpus_passages(corpus), documents)
    judges = np.arange(len(rows)) >= len(collection.lessons) if learnt else None
    names = [practice.id for practice in collection.practices]
    heads, chances, logits = fit_heads(
        without_runtime(encoder.id),
        collection_key(collection),
        names,
        lessons,
        near,
        outside=len(learnt),
        judges=judges,
        calibrating=[lessons_of(collection, read_written(names), queries)],
        bounding=[lessons_of(collection, measured, queries)] if measured else [],
        step=_told,
    )
    (collection.path / SHIPPED).write_bytes(heads.dump())
    if doubts:
        write_doubts(doubts, rows, lessons, chances, logits)
    figures: dict[str, Any] = {
        "statements": len(collection.lessons),
        "real": len(learnt),
        "left out": heads.fit.addresses.cross_validated,
        "reliability": reliability(chances, lessons, judges),
        "kept apart": len(measured),
    }
    FIGURES.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    print(json.dumps(figures["left out"], indent=2))
    print(f"{(collection.path / SHIPPED).relative_to(ROOT)}, {FIGURES.relative_to(ROOT)}: written")


def read_written(practices: Sequence[str]) -> list[Statement]:
    """Return the queries of `eval/` as statements; a question on one line is as good as a 2."""
    data = read_data(ROOT / "eval", set(practices))
    asked = [(row.id, row.text, data.qrels[row.id]) for row in data.queries]
    asked += [(row.id, row.text, {row.practice: 2}) for row in data.advice]
    asked += [(row.id, row.text, {}) for row in data.unanswerable]
    return [
        Statement.model_validate({"id": name, "lang": "fr", "text": text, "grades": grades})
        for name, text, grades in asked
    ]


def write_doubts(
    path: Path, rows: Sequence[Statement], lessons: Lessons, chances: Scores, logits: Scores
) -> None:
    """Write the ids of statements, by how unlikely their grades were held without them."""
    gains = 2.0**lessons.grades - 1
    targets = gains / np.maximum(gains.sum(axis=1, keepdims=True), 1)
    shares = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    best = lessons.grades.max(axis=1)
    truth = np.column_stack([best >= 2, best >= 1])
    held = np.where(truth, chances, 1 - chances)
    unlikely = -(targets * shares).sum(axis=1) - np.log(np.maximum(held, 1e-9)).sum(axis=1)
    order = np.argsort(-unlikely, kind="stable").tolist()
    listed = ({"id": rows[i].id, "doubt": round(float(unlikely[i]), 3)} for i in order)
    path.write_text("".join(json.dumps(row) + "\n" for row in listed), "utf-8")


def read_real(path: Path) -> tuple[list[Statement], list[str]]:
    """Return judged statements of another file, grouped by their ids, and the part of each."""
    rows, use = [], []
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        kept = {name: row[name] for name in ("id", "lang", "text", "grades")}
        rows.append(Statement.model_validate(kept | {"group": row.get("group") or row["id"]}))
        use.append(row.get("use", "train"))
    return rows, use


def reliability(
    chances: np.ndarray[Any, Any], lessons: Lessons, judges: np.ndarray[Any, Any] | None
) -> dict[str, list[dict[str, float]]]:
    """Return bins of the left-out chances with the share that came true, over those that judge."""
    best = lessons.grades.max(axis=1)
    kept = np.ones(len(best), bool) if judges is None else judges
    found: dict[str, list[dict[str, float]]] = {}
    for column, (name, grade) in enumerate((("addresses", 2), ("helps", 1))):
        predicted, truth = chances[kept, column], best[kept] >= grade
        bins = np.minimum((predicted * BINS).astype(int), BINS - 1)
        found[name] = [
            {
                "predicted": round(float(predicted[bins == number].mean()), 4),
                "true": round(float(truth[bins == number].mean()), 4),
                "share": round(float((bins == number).mean()), 4),
            }
            for number in range(BINS)
            if (bins == number).any()
        ]
    return found


def _told(done: int, whole: int) -> None:
    print(f"    {done} of {whole}", flush=True)


if __name__ == "__main__":
    main()
