"""Move each number of the fusion and of the advice ranking, and measure; cross-validate a choice.

    .venv/bin/python -m benchmarks sweep

A number that sits on a plateau changes little when moved. The cross-validation chooses all numbers
of a grid on nine tenths of the queries and measures on the rest: what choosing on `eval/` would
bring on queries that it did not see, beside what the round numbers shipped bring.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
from sklearn.model_selection import KFold

from recueil_qa import Assistant
from recueil_qa.analysis.query import searchable
from recueil_qa.arrays import Mask
from recueil_qa.evaluation import measures
from recueil_qa.evaluation.rows import AdviceRow, Data, QueryRow, read_data
from recueil_qa.search import answering, fusion
from recueil_qa.search.fusion import SIGNALS, Signal, fuse
from recueil_qa.search.retrieval import score_query
from recueil_qa.types import Citation

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "benchmarks" / "results" / f"sweep-{version('recueil-qa')}.json"
WEIGHTS = {
    "questions, meaning": (0.0, 0.25, 0.5, 1.0, 2.0, 4.0),
    "text, meaning": (0.0, 0.125, 0.25, 0.5, 0.75, 1.0, 2.0),
    "questions, words": (0.0, 0.125, 0.25, 0.5, 0.75, 1.0, 2.0),
    "text, words": (0.0, 0.125, 0.25, 0.5, 1.0),
}
TEXT_WORDS = (0.0, 0.25, 0.5, 0.75, 1.0)
BESTS = (1, 2, 3, 5, 8, 12, 20)
GRID = {"text, meaning": (0.25, 0.5, 0.75, 1.0), "questions, words": (0.25, 0.5, 0.75, 1.0)}
GRID_BEST = (3, 5, 8)
LINES = {
    "QUESTIONS_WEIGHT": (0.0, 0.25, 0.5, 0.8, 1.0, 2.0),
    "PRACTICE_WEIGHT": (0.0, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0),
    "WORDS_WEIGHT": (0.0, 0.4, 0.8, 1.2, 1.6),
    "ADVICE": (0.0, 0.4, 0.8, 1.2, 1.6),
    "RESULT": (-2.8, -2.1, -1.4, -0.7, 0.0),
    "CONTEXT": (-4.4, -3.3, -2.2, -1.1, 0.0),
    "ONE_THING": (0.0, 0.25, 0.5, 0.75, 1.0),
    "LENGTH": (0.0, 0.2, 0.45, 0.7, 1.0),
    "SHORT": (-2.0, -1.4, -0.7, 0.0),
    "FIGURE": (0.0, 1.4, 2.8, 4.2),
}
LINES_GRID = {
    "QUESTIONS_WEIGHT": (0.4, 0.8, 1.6),
    "PRACTICE_WEIGHT": (0.75, 1.5, 3.0),
    "ADVICE": (0.4, 0.8, 1.2),
}
FOLDS, SHUFFLES = 10, 10


class Queries:
    """nDCG@10 of each query of `eval/` for any signals; each query is encoded once."""

    def __init__(self, assistant: Assistant, data: Data) -> None:
        searcher = assistant.now()
        self.index, self.data = searcher.index, data
        encoder, limit = assistant.load_encoder(), assistant.settings.question_characters
        asked: list[QueryRow | AdviceRow] = [*data.queries, *data.advice]
        self.scored = {
            row.id: score_query(searcher.scope, encoder, searchable(row.text, limit))
            for row in asked
        }
        self.languages = {row.id: row.lang for row in data.queries}

    def measure(self, signals: tuple[Signal, ...], used: Mask | None = None) -> dict[str, float]:
        """Return query → nDCG@10, with the passages `used`."""
        run = {}
        for query in self.languages:
            scored = self.scored[query]
            fused = fuse(scored.scope, scored.similarities, scored.lexical, signals, used)
            ranked = replace(scored, practices=fused).ranking()
            run[query] = [self.index.practices[i].id for i in ranked]
        measured = measures.measure_run(run, self.data.qrels)
        return {query: row["nDCG@10"] for query, row in measured.items()}

    def by_group(self, signals: tuple[Signal, ...], used: Mask | None = None) -> dict[str, float]:
        """Return the mean of each language, and of all."""
        values = self.measure(signals, used)
        groups = {"all": [*values]} | {
            language: [q for q in values if self.languages[q] == language]
            for language in ("fr", "en")
        }
        return {g: round(float(np.mean([values[q] for q in ids])), 4) for g, ids in groups.items()}

    def advice(self, **numbers: float) -> list[list[float]]:
        """Return for each question on advice whether the exact line is first, and in the top 3.

        `numbers` of the ranking of lines, by name; they stay until others are given.
        """
        for name, value in numbers.items():
            setattr(answering, name, value)
        found = []
        for row in self.data.advice:
            tops = measures.top_lines([line.text for line in self.lines(row.id, 10)], row.gold)
            found.append([tops["advice top-1"], tops["advice top-3"]])
        return found

    def relevance(self) -> float:
        """Return the share of the five lines quoted for a problem whose practice is relevant.

        With the numbers that `advice` was called with last.
        """
        shares = [
            fmean(self.data.qrels[query].get(line.practice, 0) > 0 for line in self.lines(query, 5))
            for query in self.languages
        ]
        return round(fmean(shares), 4)

    def lines(self, query: str, top: int) -> tuple[Citation, ...]:
        scored = self.scored[query]
        return answering.rank_lines(scored, answering.score_lines(scored), top)


def changed(name: str, **values: Any) -> tuple[Signal, ...]:
    """Return the shipped signals with one of them changed."""
    return tuple(replace(s, **values) if s.name == name else s for s in SIGNALS)


def curves(queries: Queries) -> dict[str, dict[str, dict[str, float]]]:
    """Return nDCG@10 for each number of the fusion moved alone: number → value → group."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for signal in SIGNALS:
        name = signal.name
        moved = {f"{w:g}": changed(name, weight=w) for w in WEIGHTS[name]}
        found[f"{name}: weight"] = {v: queries.by_group(s) for v, s in moved.items()}
        if signal.weight:
            moved = {f"{b:g}": changed(name, best=b) for b in BESTS}
            found[f"{name}: best"] = {v: queries.by_group(s) for v, s in moved.items()}
    return found


def without_questions(queries: Queries) -> dict[str, dict[str, float]]:
    """Return nDCG@10 of the texts alone, by how much their words count of what questions' do."""
    shipped, found = fusion.TEXT_WORDS, {}
    for share in TEXT_WORDS:
        fusion.TEXT_WORDS = share
        found[f"{share:g}"] = queries.by_group(SIGNALS, ~queries.index.is_question)
    fusion.TEXT_WORDS = shipped
    return found


def chosen_by_folds(tables: list[list[float]]) -> float:
    """Return the mean over unseen folds of the row chosen on the others; rows are systems."""
    values = np.array(tables)
    unseen = []
    for seed in range(SHUFFLES):
        folds = KFold(FOLDS, shuffle=True, random_state=seed).split(values[0])
        for seen, held in folds:
            best = int(values[:, seen].mean(axis=1).argmax())
            unseen += values[best, held].tolist()
    return round(float(np.mean(unseen)), 4)


def fusion_grid(queries: Queries) -> dict[str, float]:
    """Cross-validate the choice of two weights and of how many questions count."""
    tables = []
    for (text, words), best in itertools.product(itertools.product(*GRID.values()), GRID_BEST):
        signals = tuple(
            replace(
                signal,
                weight={"text, meaning": text, "questions, words": words}.get(
                    signal.name, signal.weight
                ),
                best=best if signal.name == "questions, meaning" else signal.best,
            )
            for signal in SIGNALS
        )
        tables.append([*queries.measure(signals).values()])
    means = [float(np.mean(row)) for row in tables]
    return {
        "systems": len(tables),
        "worst": round(min(means), 4),
        "best": round(max(means), 4),
        "chosen, on unseen folds": chosen_by_folds(tables),
        "shipped": round(float(np.mean([*queries.measure(SIGNALS).values()])), 4),
    }


def advice_grid(queries: Queries) -> dict[str, dict[str, dict[str, float]] | dict[str, float]]:
    """Move each number of the ranking of lines, then cross-validate the choice of three."""
    shipped = {name: getattr(answering, name) for name in LINES}

    def measured(**moved: float) -> list[list[float]]:
        return queries.advice(**(shipped | moved))

    found: dict[str, dict[str, dict[str, float]] | dict[str, float]] = {}
    for name, values in LINES.items():
        rows: dict[str, dict[str, float]] = {}
        for value in values:
            first, third = np.mean(measured(**{name: value}), axis=0).tolist()
            rows[f"{value:g}"] = {
                "top-1": round(first, 4),
                "top-3": round(third, 4),
                "lines of relevant practices": queries.relevance(),
            }
        found[name.lower().replace("_", " ")] = rows
    tables = [
        [first + third for first, third in measured(**dict(zip(LINES_GRID, values, strict=True)))]
        for values in itertools.product(*LINES_GRID.values())
    ]
    own = np.mean(measured(), axis=0)
    found["top-1 plus top-3"] = {
        "systems": len(tables),
        "best": round(max(float(np.mean(row)) for row in tables), 4),
        "chosen, on unseen folds": chosen_by_folds(tables),
        "shipped": round(float(own.sum()), 4),
    }
    return found


def main() -> None:
    assistant = Assistant.open()
    data = read_data(ROOT / "eval", {p.id for p in assistant.index.practices})
    queries = Queries(assistant, data)
    result = {
        "encoder": assistant.index.manifest.encoder,
        "nDCG@10": curves(queries),
        "nDCG@10 without questions, by the share of words": without_questions(queries),
        "fusion": fusion_grid(queries),
        "advice": advice_grid(queries),
    }
    TARGET.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    print(json.dumps(result, indent=1))
    print(f"{TARGET.relative_to(ROOT)}: written")
