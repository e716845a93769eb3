"""The practices of an index to browse: by id, by facet. Needs neither vectors nor encoder."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property

from recueil_qa.errors import NotFoundError
from recueil_qa.types import CollectionInfo, Filters, Practice

FACETS = ("part", "theme", "sector", "organisation")


@dataclass(frozen=True)
class Catalogue:
    """All practices, in the order of their ids."""

    practices: tuple[Practice, ...]
    collections: tuple[CollectionInfo, ...]

    @cached_property
    def _by_id(self) -> dict[str, Practice]:
        return {practice.id: practice for practice in self.practices}

    def practice(self, identifier: str) -> Practice:
        """Return a practice by its id, or by the end of it when that is enough (`p23`).

        Raises:
            NotFoundError: none has it, or several do.
        """
        if identifier in self._by_id:
            return self._by_id[identifier]
        ends = [p for p in self.practices if identifier and p.id.endswith(f"-{identifier}")]
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

    def matching(self, filters: Filters) -> tuple[Practice, ...]:
        """Return the practices that pass the filters. Raises as `check`."""
        self.check(filters)
        return tuple(practice for practice in self.practices if filters.accepts(practice))

    def check(self, filters: Filters) -> None:
        """Refuse a facet value that no practice has.

        Raises:
            NotFoundError: names the value and those that exist.
        """
        for facet in FACETS:
            known = {getattr(practice, facet) for practice in self.practices} - {""}
            for value in sorted(getattr(filters, facet) - known):
                listed = " ; ".join(sorted(known)) or "—"
                raise NotFoundError(
                    fr=f"{facet} : aucune pratique n'a « {value[:80]} » ; il y a : {listed}",
                    en=f"{facet}: no practice has '{value[:80]}'; there are: {listed}",
                )

    def facets(self, filters: Filters | None = None) -> dict[str, Counter[str]]:
        """Return facet → value → how many practices, each facet under the other ones' filters.

        Values stand in the order of the collection.
        """
        filters = filters or Filters()
        counts: dict[str, Counter[str]] = {}
        for facet in FACETS:
            others = replace(filters, **{facet: frozenset()})
            values = [getattr(p, facet) for p in self.practices if others.accepts(p)]
            counts[facet] = Counter(value for value in values if value)
        return counts
