"""Hits to cards: of each practice what it brought, its own advice, and why it is shown.

A practice is read as a whole: its advice stands in the collection's order, and what answers the
question is set off in it. Lines pulled from several practices, stripped of their context, say
nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from recueil_qa.analysis.asking import asks_one_thing
from recueil_qa.arrays import Scores
from recueil_qa.index.opened import Index
from recueil_qa.search.answering import cite, nearest_questions
from recueil_qa.search.retrieval import words_in_common
from recueil_qa.search.scored import Scored
from recueil_qa.types import Block, Card, Citation, PracticeHit

ADVICE = 5  # lines of advice that are all shown; of more, the best one fewer
SET_OFF, OF_ONE_THING = 2, 3  # lines of a card that answer; where one thing is asked, which may
# stand in any section
FIGURE = 0.06  # what a result with a figure is worth, in cosines (of the line and its questions)
ORIGIN = 0.08  # cosines that a line on where a practice comes from is nearer to be a reason
CHOSEN = 0.15  # cosines for how often a line was chosen for such problems, as a logarithm
LEADS = 0.15  # cosines by which a result is nearer than what answers, where it stands before that
TELLING_WORDS = 3  # of a result or a reason; fewer ("Satisfaction") tell nothing

Places = npt.NDArray[np.int64]


def cards(scored: Scored, lines: Scores, hits: Sequence[PracticeHit]) -> tuple[Card, ...]:
    """Return the cards of hits, in their order; `lines` are scores by `answering.score_lines`."""
    near = scored.similarities + nearest_questions(scored.scope.index, scored.similarities)
    near += np.float32(CHOSEN) * scored.worth
    return tuple(_card(scored, lines, near, hit) for hit in hits)


def _card(scored: Scored, lines: Scores, near: Scores, hit: PracticeHit) -> Card:
    index, practice = scored.scope.index, hit.practice
    own = index.own(index.places[practice.id])
    places = own.start + np.flatnonzero(index.is_quotable[own])
    result = _result(index, near, places[index.is_result[places]])
    advice = places[index.is_advice[places]]
    shown = advice
    if len(advice) > ADVICE:
        shown = np.sort(advice[np.argsort(-lines[advice], kind="stable")[: ADVICE - 1]])
    one_thing = asks_one_thing(scored.understood)
    rest = places[places != (-1 if result is None else result)]
    # Where a practice comes from resembles a problem, and answers none.
    answering = (
        _answering(lines, rest, OF_ONE_THING)
        if one_thing
        else (_answering(lines, rest[~index.is_context[rest]], SET_OFF))
    )
    if len(advice) and not one_thing:
        answering = _with_advice(answering, advice[np.argmax(lines[advice])])
    besides = [place for place in answering if not index.is_advice[place]]
    set_off = [place for place in shown.tolist() if place in answering]
    told = {*shown.tolist(), *besides, result}
    reason = _reason(scored, [i for i in places.tolist() if i not in told])

    def cited(some: Iterable[int]) -> tuple[Citation, ...]:
        return tuple(cite(index, place, float(lines[place])) for place in some)

    (why,) = cited([reason]) if reason is not None else (None,)
    return Card(
        practice=practice,
        rank=hit.rank,
        result=cited([result])[0] if result is not None else None,
        advice=cited(shown.tolist()),
        left_out=len(advice) - len(shown),
        besides=cited(besides),
        set_off=tuple(index.passages[place].id for place in set_off),
        order=_order(lines, near, result, set_off, besides),
        reason=why,
        words=words_in_common(scored, why.text) if why else (),
    )


def _result(index: Index, near: Scores, places: Places) -> int | None:
    """Return the result that tells most: with a figure, unless another one is clearly nearer."""

    def value(place: int) -> tuple[bool, float]:
        telling = bool(index.word_counts[place] >= TELLING_WORDS)
        return telling, float(near[place]) + FIGURE * bool(index.has_figure[place])

    return max(places.tolist(), key=value, default=None)


def _answering(lines: Scores, places: Places, count: int) -> list[int]:
    """Return the lines of a practice that best answer, best first."""
    best: list[int] = places[np.argsort(-lines[places], kind="stable")[:count]].tolist()
    return best


def _with_advice(answering: list[int], best: int) -> list[int]:
    """Return the lines that answer with the best advice among them: a problem wants some."""
    return answering if best in answering else [*answering[: SET_OFF - 1], int(best)]


def _order(
    lines: Scores, near: Scores, result: int | None, set_off: list[int], besides: list[int]
) -> tuple[Block, ...]:
    """Return the blocks of a card, what answers best first: seldom a result, which is proof.

    The first line of a card is what a hurried manager reads; a careful reader's choice of lines is
    it twice as often as with the result always first.
    """
    answering = [*set_off, *besides]
    best = max((float(near[place]) for place in answering), default=-np.inf)
    blocks: tuple[Block, ...] = ("advice", "besides")
    if besides and (not set_off or lines[besides].max() > lines[set_off].max()):
        blocks = ("besides", "advice")
    leads = result is not None and near[result] >= best + LEADS
    return ("result", *blocks) if leads else (*blocks, "result")


def _reason(scored: Scored, places: Sequence[int]) -> int | None:
    """Return the line nearest to the problem: where the practice comes from may be the same."""
    index = scored.scope.index
    telling = [i for i in places if index.word_counts[i] >= TELLING_WORDS] or [*places]

    def near(place: int) -> float:
        return float(scored.similarities[place]) + ORIGIN * bool(index.is_context[place])

    return max(telling, key=near, default=None)
