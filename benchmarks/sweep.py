"""Move each number of the fusion and of the advice ranking, one at a time, and measure.

    .venv/bin/python benchmarks/sweep.py

A number that sits on a plateau changes little when halved or doubled. Nothing here chooses.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from statistics import fmean

import numpy as np

from recueil_qa import Assistant, answering, evaluation, quality
from recueil_qa.encoder import Encoder, Progress, Vectors
from recueil_qa.retrieval import SIGNALS, Signal, score_query

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "benchmarks" / "results" / f"sweep-{version('recueil-qa')}.json"


class Remembering:
    """An encoder that encodes each query once."""

    def __init__(self, inner: Encoder) -> None:
        self.inner = inner
        self.id = inner.id
        self.dimension = inner.dimension

    @cached_property
    def _known(self) -> dict[str, Vectors]:
        return {}

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        for text in texts:
            if text not in self._known:
                self._known[text] = self.inner.encode_query([text])
        return np.concatenate([self._known[text] for text in texts])

    def encode_document(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        return self.inner.encode_document(texts, progress)


def variants() -> dict[str, tuple[Signal, ...]]:
    """Return name → signals: as shipped, and each number halved and doubled."""
    found = {"as shipped": SIGNALS}
    for i, signal in enumerate(SIGNALS):
        for factor in (0.5, 2.0):
            changed = replace(signal, weight=signal.weight * factor)
            found[f"{signal.name}: weight {changed.weight:g}"] = (
                *SIGNALS[:i],
                changed,
                *SIGNALS[i + 1 :],
            )
        for best in (max(1, signal.best // 2), signal.best * 2):
            changed = replace(signal, best=best)
            found[f"{signal.name}: best {best}"] = (*SIGNALS[:i], changed, *SIGNALS[i + 1 :])
    return found


def main() -> None:
    assistant = Assistant.open()
    index, encoder = assistant.index, Remembering(assistant.load_encoder())
    data = quality.read_data(ROOT / "eval", {practice.id for practice in index.practices})
    groups = {row.id: row.lang for row in data.queries}
    fusion = {}
    for name, signals in variants().items():
        run = {
            row.id: [
                index.practices[i].id
                for i in score_query(index, encoder, row.text, signals).ranking()
            ]
            for row in data.queries
        }
        measured = evaluation.evaluate_run(run, data.qrels, groups)
        fusion[name] = {g: round(m.values["nDCG@10"], 4) for g, m in measured.items()}
        print(name, fusion[name])
    advice = {}
    shipped = answering.ADVICE_BONUS
    for bonus in (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0):
        answering.ADVICE_BONUS = bonus
        found = []
        for row in data.advice:
            scored = score_query(index, encoder, row.text)
            lines = [line.text for line in answering.rank_lines(index, scored, 10)]
            found.append(evaluation.top_lines(lines, row.gold))
        advice[f"bonus {bonus:g}"] = {
            key: round(fmean(f[key] for f in found), 4) for key in found[0]
        }
        print(f"advice bonus {bonus:g}", advice[f"bonus {bonus:g}"])
    answering.ADVICE_BONUS = shipped
    result = {"encoder": encoder.id, "nDCG@10": fusion, "advice": advice}
    TARGET.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    print(f"{TARGET.relative_to(ROOT)}: written")


if __name__ == "__main__":
    main()
