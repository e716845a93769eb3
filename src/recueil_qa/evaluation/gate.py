"""Is a new build as good as the one that serves? Measured before it serves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

from recueil_qa.analysis.query import searchable
from recueil_qa.encoding.encoder import Encoder
from recueil_qa.evaluation import measures
from recueil_qa.evaluation.rows import AdviceRow, Data, QueryRow
from recueil_qa.index.opened import Index
from recueil_qa.search.answering import rank_lines, score_lines
from recueil_qa.search.confidence import confidence
from recueil_qa.search.retrieval import score_query
from recueil_qa.search.scope import Scope
from recueil_qa.search.scored import Scored
from recueil_qa.types import Band, Filters

TOLERANCE = 0.025  # one of forty questions on a line, which proves nothing
GATED = ("nDCG@10", "P@1", "Recall@5")
ADVICE_DEPTH = 3
LEFT_OUT = ("nDCG@10", "AUROC")  # of heads, on statements that they were not fitted on


@dataclass(frozen=True, slots=True)
class Change:
    """One measure of the build that serves, if it is known, and of the new one."""

    measure: str
    before: float | None
    after: float
    fell: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """A new build against a former one; `gone` are practices that were judged and are no more."""

    changes: tuple[Change, ...]
    tolerance: float
    gone: tuple[str, ...]

    @property
    def fell(self) -> bool:
        """Whether a measure fell by more than the tolerance."""
        return any(change.fell for change in self.changes)


def measure(
    index: Index,
    encoder: Encoder,
    data: Data,
    characters: int,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, float]:
    """Return the measures of an index, by name and language, each higher is better.

    A practice that was judged and is not in the index counts as not found. Collections of which no
    practice was judged are left out: nobody has said what they answer. Texts are cut at
    `characters`, as questions are.
    """
    judged = _judged(index, data)
    scope = Scope(index, Filters(collection=judged))
    asked: list[QueryRow | AdviceRow] = [*data.queries, *data.advice, *data.unanswerable]
    rows = [(row.id, searchable(row.text, characters)) for row in asked]
    scored: dict[str, Scored] = {}
    for done, (name, text) in enumerate(rows, 1):
        scored[name] = score_query(scope, encoder, text)
        if progress:
            progress(done, len(rows))
    found: dict[str, float] = {}
    run = {
        row.id: [
            index.practices[i].id
            for i in scored[row.id].ranking()
            if index.practices[i].collection in judged
        ]
        for row in data.queries
    }
    values = measures.measure_run(run, data.qrels)
    for language in dict.fromkeys(row.lang for row in data.queries):
        means = measures.means([values[q.id] for q in data.queries if q.lang == language])
        found |= {f"{name} {language}".strip(): means[name] for name in GATED}
    lines = [
        measures.top_lines(
            [
                citation.text
                for citation in rank_lines(
                    scored[row.id], score_lines(scored[row.id]), ADVICE_DEPTH
                )
            ],
            row.gold,
        )
        for row in data.advice
    ]
    if lines:
        names = ("advice top-1", "advice top-3")
        found |= {name: fmean(row[name] for row in lines) for name in names}
    for name, heads in index.heads.items():
        if name in judged:
            learnt = heads.fit.addresses.cross_validated
            found |= {f"{measure}, left out": learnt[measure] for measure in LEFT_OUT}
    found["answerable kept"] = _answered(scored, data.queries)
    if data.unanswerable:
        found["unanswerable refused"] = 1 - _answered(scored, data.unanswerable)
    return {name: round(value, 4) for name, value in found.items()}


def _judged(index: Index, data: Data) -> frozenset[str]:
    """Return the collections of the practices that were judged; all, when they are all gone."""
    known = {practice.id: practice.collection for practice in index.practices}
    found = {known[name] for grades in data.qrels.values() for name in grades if name in known}
    return frozenset(found or known.values())


def _answered(scored: dict[str, Scored], rows: Sequence[QueryRow]) -> float:
    return fmean(confidence(scored[row.id]).band is not Band.NOTHING for row in rows)


def compare(
    before: dict[str, float], after: dict[str, float], tolerance: float, gone: Sequence[str] = ()
) -> Comparison:
    """Compare the measures of two builds; without any before, nothing falls."""
    changes = [
        Change(
            name,
            before.get(name),
            value,
            # A hair of room: both are rounded.
            name in before and value < before[name] - tolerance - 1e-9,
        )
        for name, value in after.items()
    ]
    return Comparison(tuple(changes), tolerance, tuple(gone))
