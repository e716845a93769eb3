"""Lines and titles that are asked for word for word: they come first, whatever else is near.

Words are compared, folded: neither case nor accents, marks or spaces count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from recueil_qa.analysis.asking import has_figure
from recueil_qa.analysis.quantities import canonical
from recueil_qa.analysis.words import fold, words
from recueil_qa.index.opened import Index
from recueil_qa.search.scored import Scored
from recueil_qa.types import PassageKind

LOOKED_AT = 32  # passages with the best words, and as many with the best meaning
REMEMBERED = 8_192  # texts
PART = 6  # words of a line that are enough to ask for it
MOST = 0.6  # of the words of a question, which may say something around the line

_DECIMAL = re.compile(r"(?<=\d)[.,](?=\d)")


def verbatim(scored: Scored, query: str) -> list[int]:
    """Return the passages that a query asks for word for word, the best scored first.

    Lines, or titles where it is a title that is asked for; part of a line is enough if it has
    `PART` words or a figure, and a whole line if the query says little more.
    """
    index, asked = scored.scope.index, _flat(query)
    found = [place for place in _candidates(scored) if _is(_said(index, place), asked)]
    whole = [place for place in found if _said(index, place) == asked]
    return whole or found


def _candidates(scored: Scored) -> Iterator[int]:
    """Yield the passages to compare, the best first: a line's own words give it the best score."""
    index = scored.scope.index
    kinds = ~(index.is_question | index.is_section)
    places = np.flatnonzero(kinds)
    for scores in (scored.lexical[places], scored.similarities[places]):
        few = min(LOOKED_AT, len(places))
        best = np.argpartition(-scores, few - 1)[:few]
        yield from places[best[np.argsort(-scores[best], kind="stable")]].tolist()


def _said(index: Index, place: int) -> str:
    passage = index.passages[place]
    if passage.kind is PassageKind.TITLE:
        return _flat(index.practices[index.owners[place]].title)
    return _flat(passage.text)


def _is(said: str, asked: str) -> bool:
    """Return whether a text is what a question asks for; both are flat."""
    if said == asked:
        return True
    if f" {asked} " in f" {said} ":
        return asked.count(" ") + 1 >= PART or has_figure(asked)
    share = (said.count(" ") + 1) / (asked.count(" ") + 1)
    return f" {said} " in f" {asked} " and share >= MOST and said.count(" ") > 1


@lru_cache(REMEMBERED)
def _flat(text: str) -> str:
    # « 5 % » is no part of « 3,5 % ».
    written = _DECIMAL.sub("x", canonical(" ".join(text.split())))
    return " ".join(map(fold, words(written.replace("%", " pourcent "))))
