"""Questions to begin with: those that a collection names, else some that its practices answer.

Of several collections, each gives one in turn.
"""

from __future__ import annotations

from itertools import chain, zip_longest

import numpy as np

from recueil_qa.index.opened import Index
from recueil_qa.types import Passage

MANY = 4
LONGEST = 90  # characters of a question that fits a button


def examples(index: Index, language: str) -> tuple[str, ...]:
    """Return a few questions in a language; titles of practices where nobody wrote any."""
    places: dict[str, list[int]] = {name: [] for name in index.collections}
    for place, practice in enumerate(index.practices):
        places[practice.collection].append(place)
    each = [
        [text for own, text in collection.examples if own == language]
        or [_asked(index, place, language) for place in _spread(places[name])]
        for name, collection in index.collections.items()
    ]
    if not any(filter(None, chain(*each))):
        each = [[index.practices[at].title for at in _spread(own)] for own in places.values()]
    turns = chain.from_iterable(zip_longest(*each))
    return tuple(dict.fromkeys(filter(None, turns)))[:MANY]


def _spread(places: list[int]) -> list[int]:
    """Return a few places at even steps."""
    steps = np.linspace(0, len(places) - 1, min(MANY, len(places)))
    return [places[int(at)] for at in steps]


def _asked(index: Index, practice: int, language: str) -> str:
    """Return the shortest question of a practice in a language, or its title if it is in it."""
    own = index.own(practice)
    asked = own.start + np.flatnonzero(index.is_question[own])
    passages = [index.passages[place] for place in asked.tolist()]
    fits = [p.text for p in passages if p.language == language and _is_example(p)]
    there = index.practices[practice]
    is_own = index.collections[there.collection].language == language
    return min(fits, key=len, default=there.title if is_own else "")


def _is_example(passage: Passage) -> bool:
    return not passage.is_statement and not passage.answer and len(passage.text) <= LONGEST
