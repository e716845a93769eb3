"""Several collections, each answered as if it were alone, to one answer on one scale.

A practice stands where its collection does (`standing`), less how far it stands behind the first
one there. So the practices of a collection keep their order, and one whose collection has little
on the question stands below those of another one that has much.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, takewhile

from recueil_qa.types import PRACTICES, Answer, Band, Card, Citation, PracticeHit

STEP = 2.0  # deviations that one practice stands behind the next at most: what is asked for word
# for word stands above all else, and the others where they did
SURELY = 1_000.0  # where a collection stands that is asked for word for word
BANDS = (Band.NOTHING, Band.LEADS, Band.ANSWERS)


@dataclass(frozen=True)
class Part:
    """The answer of one collection alone, and where it stands beside others."""

    answer: Answer
    stands: float


def together(parts: Sequence[Part], top: int) -> Answer:
    """Return the answer of all collections, from that of each under the same filters."""
    found = [part for part in parts if part.answer.hits] or list(parts[:1])
    found.sort(key=lambda part: -part.stands)
    surest = max((part.answer for part in found), key=_sure)
    hits = merged([(part.answer.hits, part.stands) for part in found], top)
    cards = {card.practice.id: card for part in found for card in part.answer.cards}
    answers = {card.practice.id for p in found for card in p.answer.cards[: p.answer.answering]}
    shown = _cards(hits, cards)
    first = next((p.answer for p in found if shown and _holds(p.answer, shown[0])), surest)
    count = sum(1 for _ in takewhile(lambda card: card.practice.id in answers, shown))
    return replace(
        surest,
        band=_band(surest.band, count),
        helps=max(part.answer.helps for part in found),
        hits=hits,
        advice=_lines(found, len(surest.advice)),
        cards=shown,
        answering=count,
        direct=next((p.answer.direct for p in found if p.answer.direct), None),
        notices=first.notices,
        understood=first.understood,
        filtered=tuple(dict.fromkeys(chain.from_iterable(p.answer.filtered for p in found))),
    )


def merged(
    parts: Sequence[tuple[Sequence[PracticeHit], float]], top: int
) -> tuple[PracticeHit, ...]:
    """Return the best hits of collections, from those of each and where it stands."""
    placed = [each for hits, stands in parts for each in _placed(hits, stands)]
    placed.sort(key=lambda hit: (-hit.score, hit.practice.id))
    return tuple(replace(hit, rank=rank) for rank, hit in enumerate(placed[:top], 1))


def _placed(hits: Sequence[PracticeHit], stands: float) -> list[PracticeHit]:
    """Return the hits of a collection with their scores on the scale of all."""
    behind, placed = 0.0, []
    for number, hit in enumerate(hits):
        if number:
            behind += min(STEP, hits[number - 1].score - hit.score)
        placed.append(replace(hit, score=stands - behind))
    return placed


def _band(surest: Band, answering: int) -> Band:
    """Return the band of all: where the first practice shown is but a lead, leads."""
    return Band.LEADS if surest is Band.ANSWERS and not answering else surest


def _sure(answer: Answer) -> tuple[int, float]:
    return BANDS.index(answer.band), answer.confidence


def _cards(hits: Sequence[PracticeHit], cards: dict[str, Card]) -> tuple[Card, ...]:
    held = [hit for hit in hits if hit.practice.id in cards][:PRACTICES]
    return tuple(replace(cards[hit.practice.id], rank=hit.rank) for hit in held)


def _holds(answer: Answer, card: Card) -> bool:
    return any(each.practice.id == card.practice.id for each in answer.cards)


def _lines(found: Sequence[Part], count: int) -> tuple[Citation, ...]:
    """Return the lines of all, the best first, those of a collection that stands behind behind."""
    lines = [
        replace(line, score=line.score + part.stands)
        for part in found
        for line in part.answer.advice
    ]
    lines.sort(key=lambda line: (-line.score, line.passage))
    return tuple(lines[:count])
