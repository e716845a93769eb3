"""One evaluation of a searcher on a folder of queries and judgments, with its ablation."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median

import numpy as np

from recueil_qa.analysis.query import searchable
from recueil_qa.arrays import Mask, Scores
from recueil_qa.evaluation import judged, measures, significance
from recueil_qa.evaluation.report import ByGroup, Report
from recueil_qa.evaluation.rows import AdviceRow, Data, JudgedRow, QueryRow
from recueil_qa.index import manifest
from recueil_qa.index.opened import Index
from recueil_qa.search.answering import rank_lines, score_lines
from recueil_qa.search.confidence import Confidence, confidence
from recueil_qa.search.fusion import SIGNALS, Signal, fuse, with_learnt
from recueil_qa.search.retrieval import score_query
from recueil_qa.search.scored import Scored
from recueil_qa.search.searcher import Searcher
from recueil_qa.types import Band

ADVICE_DEPTH = 10
WHOLE = "all signals"


@dataclass(frozen=True)
class Variant:
    """A system to compare: signals, a mask of the passages that it uses (None: all), heads."""

    signals: tuple[Signal, ...] = SIGNALS
    used: Mask | None = None
    learnt: bool = True

    def practices(self, scored: Scored) -> Scores:
        """Return the scores of the practices."""
        index = scored.scope.index
        whole = self.signals is SIGNALS and self.used is None and self.learnt
        if whole and not index.has_questions.any():
            return scored.practices  # which nobody wrote questions for is ranked by its text
        found = np.zeros(len(index.practices), np.float32)
        if self.signals:
            found = fuse(scored.scope, scored.similarities, scored.lexical, self.signals, self.used)
        return with_learnt(index, found, scored.learnt) if self.learnt else found


def evaluate(
    searcher: Searcher,
    data: Data,
    progress: Callable[[int, int], None] | None = None,
    statements: Mapping[str, Sequence[JudgedRow]] | None = None,
) -> Report:
    """Ask every query of the data, whole and with each signal or kind of passage left out.

    And judged `statements`, by the name of their set, as they come: with what was learnt. Where one
    collection of several is judged, it is asked alone.
    """
    searcher = _of_judged(searcher, data)
    index = searcher.index
    systems = variants(index)
    runs: dict[str, dict[str, list[str]]] = {name: {} for name in systems}
    answerable: list[Confidence] = []
    for done, row in enumerate(data.queries, 1):
        scored = _scored(searcher, row)
        answerable.append(confidence(scored))
        for name, system in systems.items():
            ranked = replace(scored, practices=system.practices(scored)).ranking()
            runs[name][row.id] = [index.practices[i].id for i in ranked]
        if progress:
            progress(done, len(data.queries))
    groups: dict[str, list[str]] = {}
    for row in data.queries:
        for group in row.groups():
            groups.setdefault(group, []).append(row.id)
    measured = {name: measures.measure_run(run, data.qrels) for name, run in runs.items()}
    advice = {row.id: _lines_found(searcher, row) for row in data.advice}
    advice_groups: dict[str, list[str]] = {}
    for asked in data.advice:
        for group in dict.fromkeys(filter(None, ("all", asked.lang))):
            advice_groups.setdefault(group, []).append(asked.id)
    return Report(
        package=manifest.package_version(),
        encoder=index.manifest.encoder,
        corpus=index.manifest.corpus,
        queries={group: len(ids) for group, ids in groups.items()},
        measures=_means(measured[WHOLE], groups),
        intervals=_intervals(measured[WHOLE], groups)
        | {f"advice {g}": row for g, row in _intervals(advice, advice_groups).items()},
        ablation={name: _means(rows, groups) for name, rows in measured.items()},
        advice=_means(advice, advice_groups),
        abstention=_abstention(searcher, answerable, data.unanswerable),
        noise=_noise(searcher, data),
        latency_ms=_latency(searcher, data.queries),
        left_out={name: heads.fit.addresses.cross_validated for name, heads in index.heads.items()},
        statements={
            f"{name}, {group}".removesuffix(", all"): row
            for name, rows in (statements or {}).items()
            for group, row in statement_measures(searcher, rows).items()
        },
        per_query={q: _rounded(v) for q, v in (measured[WHOLE] | advice).items()},
    )


def _of_judged(searcher: Searcher, data: Data) -> Searcher:
    places = searcher.index.places
    judged = {name for grades in data.qrels.values() for name in grades} & places.keys()
    found = {searcher.index.practices[places[name]].collection for name in judged}
    if len(found) != 1 or len(searcher.index.collections) == 1:
        return searcher
    return replace(searcher, scope=searcher.scope.alone(*found))


def variants(index: Index) -> dict[str, Variant]:
    """Return the systems that are compared: whole, each part left out, each signal alone.

    A signal that weighs nothing is not left out, and weighs 1 alone.
    """
    judged = np.array([row.is_statement for row in index.passages], bool)
    of_lines = np.array([bool(row.answer) for row in index.passages], bool)
    found = {WHOLE: Variant()}
    for name, mask in (
        ("statements", judged),
        ("questions on lines", of_lines),
        ("all questions and statements", index.is_question),
    ):
        if mask.any():
            found[f"without {name}"] = Variant(used=~mask)
    for signal in SIGNALS:
        if signal.weight:
            found[f"without {signal.name}"] = Variant(tuple(s for s in SIGNALS if s is not signal))
    if index.heads:
        found["without heads"] = Variant(learnt=False)
        found["only heads"] = Variant(())
    for signal in SIGNALS:
        found[f"only {signal.name}"] = Variant((replace(signal, weight=1.0),), learnt=False)
    return found


def statement_measures(searcher: Searcher, rows: Sequence[JudgedRow]) -> ByGroup:
    """Return how statements are ranked, by language, and whether what nothing answers is told.

    With the bands of those that a practice addresses and of those that nothing does.
    """
    return judged.measures_of([(row, searcher.ask_leads(row.text)) for row in rows])


def _means(rows: dict[str, dict[str, float]], groups: dict[str, list[str]]) -> ByGroup:
    return {
        group: _rounded(measures.means([rows[i] for i in ids])) for group, ids in groups.items()
    }


def _intervals(
    rows: dict[str, dict[str, float]], groups: dict[str, list[str]]
) -> dict[str, dict[str, tuple[float, float]]]:
    found: dict[str, dict[str, tuple[float, float]]] = {}
    for group, ids in groups.items():
        for name in dict.fromkeys(name for i in ids for name in rows[i]):
            values = [rows[i][name] for i in ids if name in rows[i]]
            low, high = significance.interval(values)
            found.setdefault(group, {})[name] = (round(low, 4), round(high, 4))
    return found


def _lines_found(searcher: Searcher, row: AdviceRow) -> dict[str, float]:
    scored = _scored(searcher, row)
    cited = rank_lines(scored, score_lines(scored), ADVICE_DEPTH)
    ranked = [citation.text for citation in cited]
    return measures.top_lines(ranked, row.gold)


def _abstention(
    searcher: Searcher, answerable: Sequence[Confidence], rows: Sequence[QueryRow]
) -> dict[str, float]:
    if not rows:
        kept = {"answerable kept": 1 - _share(answerable, Band.NOTHING)}
        return {"answerable": len(answerable), "unanswerable": 0} | _rounded(kept)
    refused = [confidence(_scored(searcher, row)) for row in rows]
    near = [found for found, row in zip(refused, rows, strict=True) if row.kind == "near"]
    found = {
        "AUROC": measures.auroc(*([c.addresses for c in part] for part in (answerable, refused))),
        "answerable kept": 1 - _share(answerable, Band.NOTHING),
        "unanswerable refused": _share(refused, Band.NOTHING),
        "answerable answered": _share(answerable, Band.ANSWERS),
        "unanswerable answered": _share(refused, Band.ANSWERS),
    }
    if near:
        found["near-domain refused"] = _share(near, Band.NOTHING)
    return {"answerable": len(answerable), "unanswerable": len(refused)} | _rounded(found)


def _share(found: Sequence[Confidence], band: Band) -> float:
    return fmean(each.band is band for each in found)


def _noise(searcher: Searcher, data: Data) -> dict[str, float]:
    """Return what slips of the keyboard cost, over the queries that were typed both ways."""
    found: dict[str, list[float]] = {"clean": [], "noisy": []}
    for row in data.twins:
        for name, text in (("clean", row.clean), ("noisy", row.noisy)):
            scored = _scored(searcher, QueryRow(id=row.id, text=text))
            ranking = [searcher.index.practices[i].id for i in scored.ranking()]
            found[name].append(measures.measure(ranking, data.qrels[row.of])["nDCG@10"])
    if not data.twins:
        return {}
    means = {f"nDCG@10, {name}": fmean(values) for name, values in found.items()}
    return {"twins": len(data.twins)} | _rounded(means)


def _latency(searcher: Searcher, rows: Sequence[QueryRow]) -> dict[str, float]:
    """Median and 95th percentile of a warm `ask`, and the median of its encoding alone."""
    encoder = searcher.load_encoder()
    asked, encoded = [], []
    for row in rows:
        started = time.perf_counter()
        searcher.ask_leads(row.text)
        asked.append((time.perf_counter() - started) * 1000)
        started = time.perf_counter()
        encoder.encode_query([_text(searcher, row)])
        encoded.append((time.perf_counter() - started) * 1000)
    slow = sorted(asked)[int(0.95 * (len(asked) - 1))]
    return {
        "ask, median": round(median(asked), 1),
        "ask, 95 %": round(slow, 1),
        "encoding alone, median": round(median(encoded), 1),
    }


def _scored(searcher: Searcher, row: QueryRow | AdviceRow) -> Scored:
    return score_query(searcher.scope, searcher.load_encoder(), _text(searcher, row))


def _text(searcher: Searcher, row: QueryRow | AdviceRow) -> str:
    return searchable(row.text, searcher.settings.question_characters)


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in values.items()}
