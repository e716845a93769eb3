"""The practices of an index to browse: by id, by facet. Needs neither vectors nor encoder."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Literal

from recueil_qa.errors import NotFoundError
from recueil_qa.lexical import fold, stem, words
from recueil_qa.types import EVERYTHING, FACETS, CollectionInfo, Filters, Practice

Order = Literal["page", "title", "organisation", "theme"]


@dataclass(frozen=True)
class Catalogue:
    """All practices, in the order of the index."""

    practices: tuple[Practice, ...]
    collections: tuple[CollectionInfo, ...]

    @cached_property
    def by_id(self) -> dict[str, Practice]:
        """Return id → practice."""
        return {practice.id: practice for practice in self.practices}

    @cached_property
    def titles(self) -> dict[str, str]:
        """Return id → title, to tell collections apart; nothing where there is only one."""
        if len(self.collections) < 2:
            return {}
        shared = Counter(info.title for info in self.collections)
        return {
            info.id: info.title if shared[info.title] == 1 else f"{info.title} ({info.id})"
            for info in self.collections
        }

    def collection(self, practice: Practice) -> CollectionInfo:
        """Return the collection of a practice."""
        return next(info for info in self.collections if info.id == practice.collection)

    def practice(self, identifier: str) -> Practice:
        """Return a practice by its id, or by the end of it when that is enough (`p23`).

        Raises:
            NotFoundError: none has it, or several do.
        """
        if identifier in self.by_id:
            return self.by_id[identifier]
        ends = self.ending(identifier)
        if len(ends) == 1:
            return ends[0]
        shown = identifier[:80]
        if ends:
            candidates = ", ".join(practice.id for practice in ends)
            raise NotFoundError(
                fr=f"plusieurs pratiques finissent par « {shown} » : {candidates}",
                en=f"several practices end with '{shown}': {candidates}",
            )
        raise NotFoundError(
            fr=f"aucune pratique « {shown} » ; la liste : recueil-qa list",
            en=f"no practice '{shown}'; the list: recueil-qa list",
        )

    def ending(self, identifier: str) -> tuple[Practice, ...]:
        """Return the practices whose ids end so: one in each collection, it may be."""
        end = f"-{identifier}"
        return tuple(p for p in self.practices if identifier and p.id.endswith(end))

    def matching(
        self, filters: Filters, text: str = "", order: Order = "page"
    ) -> tuple[Practice, ...]:
        """Return the practices that pass the filters and hold every word of `text`, in order.

        Case, accents and endings are ignored, and the start of a word is enough. Raises as
        `check`.
        """
        self.check(filters)
        found = (p for p in self._holding(text) if filters.accepts(p))
        return tuple(found if order == "page" else sorted(found, key=partial(_place, order)))

    def around(self, practice: Practice) -> tuple[Practice | None, Practice | None]:
        """Return the practices before and after one in its collection."""
        own = [p for p in self._in_order if p.collection == practice.collection]
        place = own.index(practice)
        before = own[place - 1] if place else None
        after = own[place + 1] if place + 1 < len(own) else None
        return before, after

    @cached_property
    def _in_order(self) -> tuple[Practice, ...]:
        """The practices as their collections print them: ids sort page 10 before page 2."""
        order = {
            name: i for i, name in enumerate(dict.fromkeys(p.collection for p in self.practices))
        }
        last = sys.maxsize
        return tuple(
            sorted(
                self.practices,
                key=lambda p: (order[p.collection], last if p.page is None else p.page),
            )
        )

    @cached_property
    def _languages(self) -> dict[str, str]:
        return {info.id: info.language for info in self.collections}

    @cached_property
    def _texts(self) -> dict[str, tuple[str, frozenset[str]]]:
        """The words of each practice, folded, each after a space; and their stems."""
        found = {}
        for practice in self.practices:
            held, language = _words(practice), self._languages[practice.collection]
            stems = frozenset(stem(word, language) for word in set(held))
            found[practice.id] = " " + " ".join(map(fold, held)), stems
        return found

    def _holding(self, text: str) -> Iterator[Practice]:
        wanted = [(f" {fold(word)}", word) for word in words(text)]
        if not wanted:
            yield from self._in_order
            return
        for practice in self._in_order:
            held, stems = self._texts[practice.id]
            language = self._languages[practice.collection]
            if all(start in held or stem(word, language) in stems for start, word in wanted):
                yield practice

    def check(self, filters: Filters) -> None:
        """Refuse a facet value that no practice has.

        Raises:
            NotFoundError: names the value and those that exist.
        """
        for facet in FACETS if filters else ():
            known = self._values[facet]
            for value in sorted(getattr(filters, facet) - known):
                listed = " ; ".join(map(self._told(facet), sorted(known))) or "—"
                raise NotFoundError(
                    fr=f"{facet} : aucune pratique n'a « {value[:80]} » ; il y a : {listed}",
                    en=f"{facet}: no practice has '{value[:80]}'; there are: {listed}",
                )

    @cached_property
    def _values(self) -> dict[str, set[str]]:
        """Return facet → the values that practices have."""
        return {
            facet: {getattr(practice, facet) for practice in self.practices} - {""}
            for facet in FACETS
        }

    def _told(self, facet: str) -> Callable[[str], str]:
        """Return how to name the values of a facet: an id alone says little of a collection."""
        named = {info.id: f"{info.id} ({info.title})" for info in self.collections}
        return lambda value: named.get(value, value) if facet == "collection" else value

    def facets(self, filters: Filters | None = None, text: str = "") -> dict[str, Counter[str]]:
        """Return facet → value → how many practices, each facet under the other ones' filters.

        Values stand in the order of the collections, whose own are ids. `text` as in `matching`.
        """
        filters = filters or EVERYTHING
        holding = tuple(self._holding(text))
        counts: dict[str, Counter[str]] = {}
        for facet in FACETS:
            others = replace(filters, **{facet: frozenset()})
            values = [getattr(p, facet) for p in holding if others.accepts(p)]
            counts[facet] = Counter(value for value in values if value)
        return counts


def _place(order: Order, practice: Practice) -> tuple[bool, list[str]]:
    """Return where a practice stands by a field: its words tell, not its quotation marks."""
    found = [fold(word) for word in words(getattr(practice, order))]
    return not found, found


def _words(practice: Practice) -> list[str]:
    lines = (line.text for section in practice.sections for line in section.lines)
    facts = (practice.title, practice.subtitle, practice.organisation, practice.part)
    return words(" ".join((*facts, practice.theme, practice.sector, *lines)))
