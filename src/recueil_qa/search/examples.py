"""Questions to begin with: those that a collection names, else some that its practices answer."""

from __future__ import annotations

import numpy as np

from recueil_qa.index.opened import Index
from recueil_qa.types import Passage

MANY = 4
LONGEST = 90  # characters of a question that fits a button


def examples(index: Index, language: str) -> tuple[str, ...]:
    """Return a few questions in a language; titles of practices where nobody wrote any."""
    written = [
        text
        for collection in index.collections.values()
        for own, text in collection.examples
        if own == language
    ]
    if written:
        return tuple(written[:MANY])
    spread = np.linspace(0, len(index.practices) - 1, min(MANY, len(index.practices)))
    return tuple(dict.fromkeys(_example(index, int(place), language) for place in spread))


def _example(index: Index, practice: int, language: str) -> str:
    own = index.own(practice)
    asked = own.start + np.flatnonzero(index.is_question[own])
    passages = [index.passages[place] for place in asked.tolist()]
    fits = [p.text for p in passages if p.language == language and _is_example(p)]
    return min(fits, key=len, default=index.practices[practice].title)


def _is_example(passage: Passage) -> bool:
    return not passage.is_statement and not passage.answer and len(passage.text) <= LONGEST
