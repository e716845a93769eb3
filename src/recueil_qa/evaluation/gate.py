"""Is a new build as good as the one that serves? Measured before it serves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from recueil_qa.analysis.query import searchable
from recueil_qa.encoding.encoder import Encoder
from recueil_qa.evaluation import measures
from recueil_qa.evaluation.judged import rows_of as judged_rows
from recueil_qa.evaluation.rows import AdviceRow, Data, JudgedRow
from recueil_qa.index.opened import Index
from recueil_qa.search.answering import rank_lines, score_lines
from recueil_qa.search.answers import found
from recueil_qa.search.confidence import Confidence
from recueil_qa.search.retrieval import score_query
from recueil_qa.search.scope import Scope
from recueil_qa.types import Band, Filters, PracticeHit

TOLERANCE = 0.025  # one of forty questions on a line, which proves nothing
GATED = ("nDCG@10", "P@1", "Recall@5")
ADVICE_DEPTH = 3
DEPTH = 10
AMONG = ", among all"  # with no collection chosen
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
    judgments: Mapping[str, Sequence[JudgedRow]] | None = None,
) -> dict[str, float]:
    """Return the measures of an index, by name and language, each higher is better.

    Those of `data` over the collections that it judges, those of each collection's own `judgments`
    over it alone; and of both, where there are other collections, over all of them. A practice that
    was judged and is not in the index counts as not found. Texts are cut at `characters`, as
    questions are.
    """
    judged = _judged(index, data)
    own = {name: rows for name, rows in (judgments or {}).items() if name in index.collections}
    asking = _Asking(index, encoder, characters, progress)
    sets = [("", judged, judged_rows(data))]
    sets += [(f"{name}: ", frozenset({name}), [*rows]) for name, rows in own.items()]
    asking.rows = len(data.advice) + sum(
        len(rows) * (1 + (kept < index.collections.keys())) for _, kept, rows in sets
    )
    found = _rows_found(asking, "", judged, sets[0][2], "")
    found |= _lines_found(asking, data)
    for name, heads in index.heads.items():
        if name in judged:
            learnt = heads.fit.addresses.cross_validated
            found |= {f"{measure}, left out": learnt[measure] for measure in LEFT_OUT}
    for before, kept, rows in sets[1:]:
        found |= _rows_found(asking, before, kept, rows, "")
    for before, kept, rows in sets:
        if kept < index.collections.keys():
            among = _rows_found(asking, before, frozenset(), rows, AMONG)
            found |= {name: value for name, value in among.items() if GATED[0] in name}
    return {name: round(value, 4) for name, value in found.items()}


@dataclass
class _Asking:
    """Asks an index, and tells how far it is; `rows` is how many questions there will be."""

    index: Index
    encoder: Encoder
    characters: int
    progress: Callable[[int, int], None] | None
    rows: int = 0
    done: int = 0

    def __post_init__(self) -> None:
        self.scope = Scope(self.index)

    def found(self, text: str, kept: frozenset[str]) -> tuple[Confidence, tuple[PracticeHit, ...]]:
        text = searchable(text, self.characters)
        self._tell()
        return found(self.scope, self.encoder, text, DEPTH, Filters(collection=kept))

    def lines(self, row: AdviceRow) -> list[str]:
        practice = self.index.places.get(row.practice)
        self._tell()
        if practice is None:
            return []
        alone = self.scope.alone(self.index.practices[practice].collection)
        scored = score_query(alone, self.encoder, searchable(row.text, self.characters))
        cited = rank_lines(scored, score_lines(scored), ADVICE_DEPTH)
        return [citation.text for citation in cited]

    def _tell(self) -> None:
        self.done += 1
        if self.progress:
            self.progress(self.done, self.rows)


def _rows_found(
    asking: _Asking, before: str, kept: frozenset[str], rows: Sequence[JudgedRow], after: str
) -> dict[str, float]:
    """Return the measures of judged rows over some collections (all, where none is named)."""
    asked = [(row, *asking.found(row.text, kept)) for row in rows]
    answerable = [each for each in asked if each[0].grades]
    values = [
        measures.measure([hit.practice.id for hit in hits], row.grades)
        for row, _, hits in answerable
    ]
    found: dict[str, float] = {}
    for language in dict.fromkeys(row.lang for row, _, _ in answerable):
        own = [v for v, (row, _, _) in zip(values, answerable, strict=True) if row.lang == language]
        means = measures.means(own)
        found |= {f"{before}{name} {language}".strip() + after: means[name] for name in GATED}
    for name, some, kind in (
        ("answerable kept", answerable, True),
        ("unanswerable refused", [each for each in asked if not each[0].grades], False),
    ):
        if some:
            share = fmean((sure.band is not Band.NOTHING) is kind for _, sure, _ in some)
            found[f"{before}{name}{after}"] = share
    return found


def _lines_found(asking: _Asking, data: Data) -> dict[str, float]:
    lines = [measures.top_lines(asking.lines(row), row.gold) for row in data.advice]
    names = ("advice top-1", "advice top-3") if lines else ()
    return {name: fmean(row[name] for row in lines) for name in names}


def _judged(index: Index, data: Data) -> frozenset[str]:
    """Return the collections of the practices that were judged; all, when they are all gone."""
    known = {practice.id: practice.collection for practice in index.practices}
    found = {known[name] for grades in data.qrels.values() for name in grades if name in known}
    return frozenset(found or known.values())


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
