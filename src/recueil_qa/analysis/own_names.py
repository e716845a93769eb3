"""What people call the values of the facets that a collection has of its own.

Any text may be such a value, and mostly it is what somebody searches for: « accueil », "Make". So
a value is named only beside the name of its facet (« étape Conception », "the Make phase"), or by
an alias that the collection lists.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from recueil_qa.analysis.names import Token, words_of
from recueil_qa.types import CollectionInfo

Name = tuple[str, ...]
Named = tuple[str, list[str], int]  # facet, values, the token after them
Each = TypeVar("Each")
LONGEST = 12  # words of a name that anybody types
_THE = "the"  # in English, before a value with its facet after it: "customer service" is a subject


@dataclass(frozen=True)
class OwnNames:
    """Words of a name → the facets that it labels, or each (facet, value) that it calls."""

    labels: Mapping[Name, frozenset[str]] = field(default_factory=dict)
    values: Mapping[Name, frozenset[tuple[str, str]]] = field(default_factory=dict)
    aliases: Mapping[Name, frozenset[tuple[str, str]]] = field(default_factory=dict)

    def read(self, tokens: Sequence[Token], at: int) -> Named | None:
        """Return what is named from a token on, by its facet and its value or by an alias."""
        for facets, value in _there(self.labels, tokens, at):
            for named, after in _there(self.values, tokens, value):
                if found := _of(named, facets):
                    return *found, after
        if at and tokens[at - 1].word == _THE:
            for named, label in _there(self.values, tokens, at):
                for facets, after in _there(self.labels, tokens, label):
                    if found := _of(named, facets):
                        return *found, after
        for named, after in _there(self.aliases, tokens, at):
            return *_one(named), after
        return None


def own_names_of(values: Mapping[str, set[str]], collections: Sequence[CollectionInfo]) -> OwnNames:
    """Return the names of the collections' own facets and of their values.

    A value whose list of aliases is empty is never named.
    """
    labels: dict[Name, set[str]] = defaultdict(set)
    called: dict[Name, set[tuple[str, str]]] = defaultdict(set)
    aliases: dict[Name, set[tuple[str, str]]] = defaultdict(set)
    own = {facet.name for info in collections for facet in info.facets}
    given = [alias for info in collections for alias in info.aliases if alias.facet in own]
    unasked = {(alias.facet, alias.value) for alias in given if not alias.names}
    for info in collections:
        for facet in info.facets:
            for label in (facet.name, facet.fr, facet.en):
                labels[words_of(label)].add(facet.name)
    for name in own:
        for value in values.get(name, set()):
            if (name, value) not in unasked:
                called[words_of(value)].add((name, value))
    for alias in given:
        if alias.value in values.get(alias.facet, set()):
            for each in map(words_of, alias.names):
                aliases[each].add((alias.facet, alias.value))
                called[each].add((alias.facet, alias.value))
    return OwnNames(_frozen(labels), _frozen(called), _frozen(aliases))


def _frozen(names: Mapping[Name, set[Each]]) -> dict[Name, frozenset[Each]]:
    return {name: frozenset(there) for name, there in names.items() if name}


def _there(
    names: Mapping[Name, Each], tokens: Sequence[Token], at: int
) -> Iterator[tuple[Each, int]]:
    """Yield what each name that begins at a token stands for, and its end, longest first."""
    for length in range(min(LONGEST, len(tokens) - at), 0, -1):
        name = tuple(token.word for token in tokens[at : at + length])
        if name in names:
            yield names[name], at + length


def _of(named: frozenset[tuple[str, str]], facets: frozenset[str]) -> tuple[str, list[str]] | None:
    kept = frozenset(each for each in named if each[0] in facets)
    return _one(kept) if kept else None


def _one(named: frozenset[tuple[str, str]]) -> tuple[str, list[str]]:
    """Return the first facet of what is named, and the values that it has there."""
    facet = min(named)[0]
    return facet, sorted(value for name, value in named if name == facet)
