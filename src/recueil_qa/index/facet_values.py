"""The facets of practices and their values: which there are, and which one a name means."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from recueil_qa.analysis.words import fold
from recueil_qa.errors import NotFoundError
from recueil_qa.messages import Text
from recueil_qa.types import FACETS, CollectionInfo, FacetInfo, Filters, Practice

NEAR = 75  # of a hundred, for two names to be worth suggesting one for the other
LONGEST_NAME = 200
LISTED = 100  # values that a message names
HYPHENS = re.compile("[\u2010-\u2015\u2212]")


@dataclass(frozen=True)
class FacetValues:
    """The values that practices have of each facet, their collections' own included."""

    practices: tuple[Practice, ...]
    collections: tuple[CollectionInfo, ...]

    @cached_property
    def values(self) -> dict[str, set[str]]:
        """Return facet → the values that practices have."""
        return {
            facet: {value for practice in self.practices for value in practice.values(facet)}
            for facet in self.names
        }

    @cached_property
    def own(self) -> dict[str, FacetInfo]:
        """Return the facets that collections have of their own, by name; the first one names it."""
        found: dict[str, FacetInfo] = {}
        for info in self.collections:
            for facet in info.facets:
                found.setdefault(facet.name, facet)
        return found

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all facets, those of collections last."""
        return (*FACETS, *self.own)

    def _told(self, facet: str) -> Callable[[str], str]:
        """Return how to name the values of a facet: an id alone says little of a collection."""
        named = {info.id: f"{info.id} ({info.title})" for info in self.collections}
        return lambda value: named.get(value, value) if facet == "collection" else value

    def known(self, filters: Filters) -> Filters:
        """Return filters with their values as the practices have them.

        Case, accents, ligatures, apostrophes, hyphens and white space make no difference; a
        collection may be named by its title.

        Raises:
            NotFoundError: there is no such facet, or no practice has a value; names it, the nearest
                ones and those there are.
        """
        if not filters:
            return filters
        chosen = [(self._named(facet), values) for facet, values in filters.chosen.items()]
        return Filters.of({facet: self._known(facet, values) for facet, values in chosen})

    def _named(self, facet: str) -> str:
        """Return the name of a facet that is named as in files, or as its collection labels it."""
        if facet in self.names:
            return facet
        wanted = name_key(facet)
        for name, info in self.own.items():
            if wanted in map(name_key, (name, info.fr, info.en)):
                return name
        there = ", ".join(self.names)
        raise NotFoundError(
            Text(
                f"aucune facette « {facet[:80]} » ; il y a : {there}",
                f"no facet '{facet[:80]}'; there are: {there}",
            )
        )

    def _known(self, facet: str, values: frozenset[str]) -> frozenset[str]:
        found: set[str] = set()
        for value in sorted(values):
            same = {value} & self.values[facet] or self._by_name[facet].get(name_key(value))
            if not same:
                raise self._unknown(facet, value)
            found |= same
        return frozenset(found)

    def _unknown(self, facet: str, value: str) -> NotFoundError:
        from rapidfuzz import fuzz, process

        names, told = self._by_name[facet], self._told(facet)
        found = process.extract(
            name_key(value[:LONGEST_NAME]),
            list(names),
            scorer=fuzz.token_set_ratio,
            score_cutoff=NEAR,
            limit=3,
        )
        near = dict.fromkeys(told(name) for key, *_ in found for name in sorted(names[key]))
        near_fr = f" ; le plus proche : {' ; '.join(near)}" if near else ""
        near_en = f"; the nearest: {'; '.join(near)}" if near else ""
        there = sorted(map(told, self.values[facet]))
        listed = " ; ".join(there[:LISTED]) or "—"
        listed += f" … ({len(there)})" if len(there) > LISTED else ""
        return NotFoundError(
            Text(
                f"{facet} : aucune pratique n'a « {value[:80]} »{near_fr} ; il y a : {listed}",
                f"{facet}: no practice has '{value[:80]}'{near_en}; there are: {listed}",
            )
        )

    @cached_property
    def _by_name(self) -> dict[str, dict[str, set[str]]]:
        """Return facet → name as it is compared → the values of that name."""
        found: dict[str, dict[str, set[str]]] = {facet: {} for facet in self.names}
        for facet, values in self.values.items():
            for value in values:
                found[facet].setdefault(name_key(value), set()).add(value)
        for info in self.collections:
            if info.id in self.values["collection"]:
                found["collection"].setdefault(name_key(info.title), set()).add(info.id)
        return found


def name_key(text: str) -> str:
    """Return a name as it is compared with another, however it is typed."""
    text = HYPHENS.sub("-", fold(text).replace("’", "'").replace("ʼ", "'").replace("`", "'"))
    return " ".join(text.split())
