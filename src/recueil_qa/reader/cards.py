"""A card of a practice as a language model pointed at it: its lines set off, each from the index.

The model gives ids alone. Every line is cited from the build by its id, with what governs it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from recueil_qa.index.opened import Index
from recueil_qa.search.answering import cite
from recueil_qa.search.cards import ADVICE, TELLING_WORDS
from recueil_qa.types import Block, Card, Citation, Practice


def card(
    index: Index, practice: Practice, rank: int, lines: Sequence[str], found: Card | None, why: str
) -> Card:
    """Return the card of a practice with the passages `lines` set off, best first.

    `found` is the card that the search made of it, if it made one: without any lines to set off,
    that one stands.
    """
    if found is not None and not lines:
        return replace(found, rank=rank, why=why)
    own = index.own(index.places[practice.id])
    places = [i for i in range(*own.indices(len(index.facts))) if index.is_quotable[i]]
    by_id = {index.passages[place].id: place for place in places}
    chosen = [by_id[line] for line in lines if line in by_id]
    advice = [place for place in places if index.is_advice[place]]
    results = [place for place in places if index.is_result[place]]
    shown = _shown(advice, chosen)
    result = next((place for place in chosen if place in results), None)
    result_line = (
        _cited(index, [result])[0] if result is not None else _result(index, results, found)
    )
    told = result_line.passage if result_line else ""
    besides = [
        place for place in chosen if not index.is_advice[place] and index.passages[place].id != told
    ]
    reason = found.reason if found else None
    quoted = {index.passages[place].id for place in (*shown, *besides)} | {told}
    if reason is not None and reason.passage in quoted:
        reason = None
    return Card(
        practice=practice,
        rank=rank,
        result=result_line,
        advice=_cited(index, shown),
        left_out=len(advice) - len(shown),
        besides=_cited(index, besides),
        set_off=tuple(index.passages[place].id for place in shown if place in chosen),
        order=_order(index, chosen),
        reason=reason,
        words=found.words if found and reason else (),
        why=why,
    )


def _shown(advice: list[int], chosen: list[int]) -> list[int]:
    """Return the advice to show, in its order: what was chosen, then what comes first."""
    if len(advice) <= ADVICE:
        return advice
    wanted = [place for place in chosen if place in advice]
    wanted += [place for place in advice if place not in wanted]
    most = max(ADVICE - 1, sum(place in advice for place in chosen))
    return sorted(wanted[:most])


def _result(index: Index, results: list[int], found: Card | None) -> Citation | None:
    """Return the search's choice of a result, or the first that tells something."""
    if found is not None:
        return found.result
    telling = [i for i in results if index.word_counts[i] >= TELLING_WORDS] or results
    figures = [i for i in telling if index.has_figure[i]] or telling
    return _cited(index, figures[:1])[0] if figures else None


def _order(index: Index, chosen: list[int]) -> tuple[Block, ...]:
    """Return the blocks of a card, that of the first chosen line first."""
    blocks: list[Block] = ["advice", "besides", "result"]
    if not chosen or index.is_advice[chosen[0]]:
        return tuple(blocks)
    first: Block = "result" if index.is_result[chosen[0]] else "besides"
    return (first, *(block for block in blocks if block != first))


def _cited(index: Index, places: Sequence[int]) -> tuple[Citation, ...]:
    return tuple(cite(index, place, 0.0) for place in places)


def cited_by_id(
    index: Index, lines: Sequence[str], known: Mapping[str, Citation]
) -> tuple[Citation, ...]:
    """Return lines by their ids, each once: those already `known` with their scores."""
    found = []
    for line in dict.fromkeys(lines):
        if line in known:
            found.append(known[line])
            continue
        own = index.own(index.places[line.partition("/")[0]])
        places = range(*own.indices(len(index.facts)))
        place = next(i for i in places if index.passages[i].id == line)
        found.append(cite(index, place, 0.0))
    return tuple(found)
