"""The practices of an index to browse: by id, by facet. Needs neither vectors nor encoder."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial

from recueil_qa.analysis.names import Names, names_of
from recueil_qa.analysis.own_names import OwnNames, own_names_of
from recueil_qa.analysis.words import fold, stem, words
from recueil_qa.errors import NotFoundError
from recueil_qa.index.facet_values import HYPHENS, FacetValues
from recueil_qa.messages import Text
from recueil_qa.types import (
    EVERYTHING,
    CollectionInfo,
    FacetInfo,
    Filters,
    Order,
    Practice,
)

LONGEST_ID = 200
_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")


@dataclass(frozen=True)
class Catalogue:
    """All practices, in the order of the index."""

    practices: tuple[Practice, ...]
    collections: tuple[CollectionInfo, ...]

    @cached_property
    def by_id(self) -> dict[str, Practice]:
        """Return id → practice."""
        return {practice.id: practice for practice in self.practices}

    def of(self, collections: frozenset[str]) -> Catalogue:
        """Return the catalogue of some collections alone; of all, where none is named."""
        if not collections or collections >= {info.id for info in self.collections}:
            return self
        if collections not in self._parts:
            self._parts[collections] = Catalogue(
                tuple(p for p in self.practices if p.collection in collections),
                tuple(info for info in self.collections if info.id in collections),
            )
        return self._parts[collections]

    @cached_property
    def _parts(self) -> dict[frozenset[str], Catalogue]:
        return {}

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

        Case, white space and zeros in front of a number make no difference; the id of one of its
        passages (`recueil-2014-p23/conseils/2`) names it too.

        Raises:
            NotFoundError: none has it, or several do.
        """
        ends = self.ending(identifier)
        if len(ends) == 1:
            return ends[0]
        shown = identifier[:80]
        if ends:
            candidates = ", ".join(practice.id for practice in ends)
            raise NotFoundError(
                Text(
                    f"plusieurs pratiques finissent par « {shown} » : {candidates}",
                    f"several practices end with '{shown}': {candidates}",
                )
            )
        raise NotFoundError(
            Text(
                f"aucune pratique « {shown} » ; la liste : recueil-qa list",
                f"no practice '{shown}'; the list: recueil-qa list",
            )
        )

    def line(self, identifier: str) -> str:
        """Return the line of its practice that an id names, as `conseils/2`, or "".

        Raises as `practice`.
        """
        practice = self.practice(identifier)
        _, _, place = "".join(identifier.split()).partition("/")
        name, _, number = fold(place).partition("/")
        section = practice.section(name)
        lines = {str(line.number) for line in section.lines} if section else set()
        return f"{name}/{number}" if number in lines else ""

    def ending(self, identifier: str) -> tuple[Practice, ...]:
        """Return the practices that an id or the end of it names: one in each collection, maybe."""
        wanted = "".join(identifier.split()).partition("/")[0][:LONGEST_ID]
        if not wanted:
            return ()
        # As written first: ids may differ by a zero, or by being the end of one another.
        for told, names in ((wanted, self._ids), (_id_key(wanted), self._id_keys)):
            for found in (
                [p for p, name in names if name == told],
                [p for p, name in names if name.endswith(f"-{told}")],
            ):
                if found:
                    return tuple(found)
        return ()

    @cached_property
    def _ids(self) -> list[tuple[Practice, str]]:
        return [(practice, practice.id) for practice in self.practices]

    @cached_property
    def _id_keys(self) -> list[tuple[Practice, str]]:
        return [(practice, _id_key(practice.id)) for practice in self.practices]

    def matching(
        self, filters: Filters, text: str = "", order: Order = "page"
    ) -> tuple[Practice, ...]:
        """Return the practices that pass the filters and hold every word of `text`, in order.

        Case, accents and endings are ignored, and the start of a word is enough. Raises as
        `known`.
        """
        filters = self.known(filters)
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

    def known(self, filters: Filters) -> Filters:
        """Return filters with their values as the practices have them.

        Case, accents, ligatures, apostrophes, hyphens and white space make no difference; a
        collection may be named by its title.

        Raises:
            NotFoundError: there is no such facet, or no practice has a value; names the nearest
                ones and all there are.
        """
        return self._facets.known(filters)

    @property
    def values(self) -> dict[str, set[str]]:
        """Facet → the values that practices have."""
        return self._facets.values

    @property
    def own_facets(self) -> dict[str, FacetInfo]:
        """The facets that collections have of their own, by name; the first one names it."""
        return self._facets.own

    @property
    def facet_names(self) -> tuple[str, ...]:
        """The names of all facets, those of collections last."""
        return self._facets.names

    @cached_property
    def _facets(self) -> FacetValues:
        return FacetValues(self.practices, self.collections)

    @cached_property
    def names(self) -> Names:
        """Return what people may call the values of facets."""
        return names_of(self.values, self.collections)

    @cached_property
    def own_names(self) -> OwnNames:
        """Return what people may call the values of the collections' own facets."""
        return own_names_of(self.values, self.collections)

    def facets(self, filters: Filters | None = None, text: str = "") -> dict[str, Counter[str]]:
        """Return facet → value → how many practices, each facet under the other ones' filters.

        Values stand in the order of the collections, whose own are ids. `text` as in `matching`.
        """
        filters = filters or EVERYTHING
        holding = tuple(self._holding(text))
        counts: dict[str, Counter[str]] = {}
        for facet in self.facet_names:
            others = Filters.of({**filters.chosen, facet: frozenset()})
            kept = (practice for practice in holding if others.accepts(practice))
            counts[facet] = Counter(value for p in kept for value in p.values(facet))
        return counts


def shown_practices(practices: Iterable[Practice], contacts: bool) -> tuple[Practice, ...]:
    """Return practices as interfaces may show them, by the setting `contacts`.

    Hidden here, once, for all that is built on an index.
    """
    if contacts:
        return tuple(practices)
    return tuple(replace(practice, contacts=()) for practice in practices)


def _id_key(identifier: str) -> str:
    return _ZEROS.sub("", HYPHENS.sub("-", fold(identifier)))


def _place(order: Order, practice: Practice) -> tuple[bool, list[str]]:
    """Return where a practice stands by a field: its words tell, not its quotation marks."""
    found = [fold(word) for word in words(getattr(practice, order))]
    return not found, found


def _words(practice: Practice) -> list[str]:
    lines = (line.text for section in practice.sections for line in section.lines)
    facts = (practice.title, practice.subtitle, practice.organisation, practice.part)
    own = (value for values in practice.facets.values() for value in values)
    return words(" ".join((*facts, practice.theme, practice.sector, *own, *lines)))
