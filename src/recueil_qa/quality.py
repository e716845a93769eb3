"""One evaluation of an assistant on a folder of queries and judgments, with its ablation."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median

from pydantic import BaseModel, ConfigDict

from recueil_qa import evaluation, manifest
from recueil_qa.answering import rank_lines
from recueil_qa.assistant import Assistant
from recueil_qa.confidence import calibration_for, features_of
from recueil_qa.errors import RowsError
from recueil_qa.evaluation import AdviceRow, QueryRow
from recueil_qa.query import searchable
from recueil_qa.retrieval import SIGNALS, Signal, score_query

ADVICE_DEPTH = 10


class Report(BaseModel):
    """What one evaluation found; written as JSON to `eval/results/`."""

    model_config = ConfigDict(frozen=True)

    package: str
    encoder: str
    corpus: str
    queries: dict[str, int]
    measures: dict[str, dict[str, float]]
    ablation: dict[str, dict[str, dict[str, float]]]
    advice: dict[str, float]
    abstention: dict[str, float]
    latency_ms: dict[str, float]


@dataclass(frozen=True)
class Data:
    """The four files of an evaluation folder."""

    queries: list[QueryRow]
    qrels: dict[str, dict[str, int]]
    advice: list[AdviceRow]
    unanswerable: list[QueryRow]


def read_data(folder: Path, known: set[str]) -> Data:
    """Read an evaluation folder.

    Raises:
        RowsError: a file is missing or refused, or judgments name an unknown query or practice.
    """
    queries = evaluation.read_rows(folder / "queries.jsonl", QueryRow)
    qrels = evaluation.read_qrels(folder / "qrels.tsv")
    strange = sorted(set(qrels) - {row.id for row in queries})
    strange += sorted({practice for grades in qrels.values() for practice in grades} - known)
    if strange:
        listed = ", ".join(strange[:20])
        raise RowsError(
            fr=f"{folder / 'qrels.tsv'} : requêtes ou pratiques inconnues : {listed}",
            en=f"{folder / 'qrels.tsv'}: unknown queries or practices: {listed}",
        )
    return Data(
        queries,
        qrels,
        evaluation.read_rows(folder / "advice.jsonl", AdviceRow),
        evaluation.read_rows(folder / "unanswerable.jsonl", QueryRow),
    )


def evaluate(
    assistant: Assistant, data: Data, progress: Callable[[int, int], None] | None = None
) -> Report:
    """Ask every query of the data, whole and with each signal alone or left out."""
    variants = ablation_variants()
    index, encoder = assistant.index, assistant.load_encoder()
    runs: dict[str, dict[str, list[str]]] = {name: {} for name in variants}
    calibration = calibration_for(index.manifest.encoder)
    answerable: list[float] = []
    for done, row in enumerate(data.queries, 1):
        for name, signals in variants.items():
            scored = score_query(index, encoder, _text(assistant, row), signals)
            runs[name][row.id] = [index.practices[i].id for i in scored.ranking()]
            if signals is SIGNALS:
                answerable.append(calibration.probability(features_of(index, scored)))
        if progress:
            progress(done, len(data.queries))
    groups = {row.id: row.lang for row in data.queries}
    measured = {
        name: evaluation.evaluate_run(run, data.qrels, groups) for name, run in runs.items()
    }
    whole = measured["all signals"]
    return Report(
        package=manifest.package_version(),
        encoder=index.manifest.encoder,
        corpus=index.manifest.corpus,
        queries={group: m.queries for group, m in whole.items()},
        measures={group: _rounded(m.values) for group, m in whole.items()},
        ablation={
            name: {group: _rounded(m.values) for group, m in by_group.items()}
            for name, by_group in measured.items()
        },
        advice=_advice(assistant, data.advice),
        abstention=_abstention(assistant, answerable, data.unanswerable),
        latency_ms=_latency(assistant, data.queries),
    )


def ablation_variants() -> dict[str, tuple[Signal, ...]]:
    """Return the systems that are compared: all signals, each left out, each alone."""
    variants: dict[str, tuple[Signal, ...]] = {"all signals": SIGNALS}
    for signal in SIGNALS:
        variants[f"without {signal.name}"] = tuple(s for s in SIGNALS if s is not signal)
    for signal in SIGNALS:
        variants[f"only {signal.name}"] = (signal,)
    return variants


def _advice(assistant: Assistant, rows: Sequence[AdviceRow]) -> dict[str, float]:
    index, encoder = assistant.index, assistant.load_encoder()
    found = []
    for row in rows:
        scored = score_query(index, encoder, _text(assistant, row))
        ranked = [citation.text for citation in rank_lines(index, scored, ADVICE_DEPTH)]
        found.append(evaluation.top_lines(ranked, row.gold))
    return {"queries": len(rows)} | _rounded({k: fmean(f[k] for f in found) for k in found[0]})


def _abstention(
    assistant: Assistant, answerable: Sequence[float], rows: Sequence[QueryRow]
) -> dict[str, float]:
    index, encoder = assistant.index, assistant.load_encoder()
    calibration = calibration_for(index.manifest.encoder)
    refused = [
        calibration.probability(
            features_of(index, score_query(index, encoder, _text(assistant, row)))
        )
        for row in rows
    ]
    threshold = calibration.threshold
    return {"answerable": len(answerable), "unanswerable": len(refused)} | _rounded(
        {
            "AUROC": evaluation.auroc(answerable, refused),
            "threshold": threshold,
            "answerable kept": fmean(value >= threshold for value in answerable),
            "unanswerable refused": fmean(value < threshold for value in refused),
        }
        # The regression was fitted on the project's own queries: these are its honest figures.
        | {f"{name}, cross-validated": v for name, v in calibration.cross_validated.items()}
    )


def _latency(assistant: Assistant, rows: Sequence[QueryRow]) -> dict[str, float]:
    """Median and 95th percentile of a warm `ask`, and the median of its encoding alone."""
    encoder = assistant.load_encoder()
    asked, encoded = [], []
    for row in rows:
        started = time.perf_counter()
        assistant.ask_leads(row.text)
        asked.append((time.perf_counter() - started) * 1000)
        started = time.perf_counter()
        encoder.encode_query([_text(assistant, row)])
        encoded.append((time.perf_counter() - started) * 1000)
    slow = sorted(asked)[int(0.95 * (len(asked) - 1))]
    return {
        "ask, median": round(median(asked), 1),
        "ask, 95 %": round(slow, 1),
        "encoding alone, median": round(median(encoded), 1),
    }


def _text(assistant: Assistant, row: QueryRow | AdviceRow) -> str:
    return searchable(row.text, assistant.settings.question_characters)


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in values.items()}
