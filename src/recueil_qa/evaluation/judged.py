"""Judged queries and the answers that they got, to measures, whoever ordered these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean, median

from recueil_qa.evaluation import measures, significance
from recueil_qa.evaluation.report import ByGroup
from recueil_qa.evaluation.rows import Data, JudgedRow
from recueil_qa.types import Answer, Band

FIRST = "2 first"  # whether the first practice is one judged 2
MEASURES = ("nDCG@10", FIRST, "R(rel=2)@5")

Asked = Sequence[tuple[JudgedRow, Answer]]


def rows_of(data: Data) -> list[JudgedRow]:
    """Return the queries of an evaluation folder as judged rows, those that nothing answers too."""
    rows = [
        JudgedRow(
            id=row.id,
            text=row.text,
            lang=row.lang,
            grades={name: min(grade, 2) for name, grade in data.qrels[row.id].items() if grade},
        )
        for row in data.queries
        if row.id in data.qrels
    ]
    return rows + [
        JudgedRow(id=row.id, text=row.text, lang=row.lang, grades={}) for row in data.unanswerable
    ]


def measures_of(asked: Asked, names: Sequence[str] = MEASURES) -> ByGroup:
    """Return how answers rank, by language, and whether what nothing answers is told.

    With the bands of those that a practice addresses and of those that nothing does.
    """
    found: dict[str, dict[str, tuple[float, ...]]] = {}
    for group in dict.fromkeys(["all", *(row.lang for row, _ in asked if row.lang)]):
        own = [(r, a) for r, a in asked if r.best == 2 and group in ("all", r.lang)]
        if not own:
            continue
        values = []
        for row, answer in own:
            ranked = [hit.practice.id for hit in answer.hits]
            first = {FIRST: float(row.grades.get(ranked[0], 0) == 2)}
            values.append(measures.measure(ranked, row.grades) | first)

        found[group] = {name: tuple(value[name] for value in values) for name in names}
    result: ByGroup = {}
    for group, columns in found.items():
        result[group] = {"statements": len(next(iter(columns.values())))}
        for name, values_of in columns.items():
            low, high = significance.interval(values_of)
            result[group] |= {name: fmean(values_of), f"{name}, low": low, f"{name}, high": high}
    result.setdefault("all", {})
    two, none = ([a for r, a in asked if r.best == best] for best in (2, 0))
    if two and none:
        sure, unsure = ([answer.confidence for answer in part] for part in (two, none))
        result["all"]["AUROC"] = measures.auroc(sure, unsure)
    for name, part in (("addressed", two), ("nothing", none)):
        if part:
            result["all"] |= {f"{name}, rows": len(part)} | {
                f"{name}, {band.value}": fmean(answer.band is band for answer in part)
                for band in Band
            }
    return {
        group: {name: round(value, 4) for name, value in row.items()}
        for group, row in result.items()
    }


def compared(searched: Mapping[str, Asked], read: Mapping[str, Asked]) -> ByGroup:
    """Return the measures of sets of queries, by the search alone and as they were read."""
    names = (*MEASURES, "P@1")
    found: ByGroup = {}
    for name, asked in searched.items():
        for how, answers in (("search", asked), ("read", read[name])):
            for group, row in measures_of(answers, names).items():
                found[f"{name}, {how}, {group}".removesuffix(", all")] = row
        found[f"{name}, read"] |= reading(read[name])
    return found


def reading(asked: Asked) -> dict[str, float]:
    """Return what came of the reading: how much was read, how long it took, what was dropped."""
    readings = [answer.reader for _, answer in asked if answer.reader]
    fresh = [each.seconds for each in readings if each.used and not each.cached]
    found = {
        "asked": len(asked),
        "read": sum(each.used for each in readings),
        "ids dropped": sum(each.dropped for each in readings),
        "reasons silenced": sum(each.silenced for each in readings),
        "reasons shown": sum(bool(card.why) for _, answer in asked for card in answer.cards),
    }
    return found | ({"seconds, median": round(median(fresh), 2)} if fresh else {})
