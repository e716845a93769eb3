"""What the page shows, as its address says it: shared, reloaded and gone back to alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Self
from urllib.parse import parse_qs, urlencode

from recueil_qa import Filters
from recueil_qa.types import FACETS

ASK, EXPLORE, MAP, COMPARE, DOSSIER, INDEX = VIEWS = (
    "question",
    "explorer",
    "carte",
    "comparer",
    "dossier",
    "index",
)
SORTS = ("page", "titre", "organisation", "theme")
COMPARED = 3
TEXT_CHARACTERS = 200
NO_FILTER: dict[str, Any] = {**dict.fromkeys((*FACETS, "facets"), ()), "text": "", "page": ""}
# Field → its name in the address; the product is French first.
_SINGLE = {
    "language": "langue",
    "view": "vue",
    "question": "q",
    "as_typed": "tel-quel",
    "practice": "pratique",
    "line": "ligne",
    "text": "texte",
    "sort": "tri",
    "page": "page",
    "around": "autour",
}
_SEVERAL = {
    "collection": "collection",
    "part": "partie",
    "theme": "theme",
    "sector": "secteur",
    "organisation": "organisation",
    "facets": "facette",
    "compared": "avec",
}
_LONGEST = 20_001  # characters of a value: one more than any setting allows a question
_MOST = 50  # values of a facet


@dataclass(frozen=True, slots=True)
class Route:
    """One address. `practice` set means that practice's page, whatever the view.

    `as_typed`, when not empty: the question is searched with nothing mended or understood in it.
    `around` is a practice that a map too full is looked at around.
    `facets` are values of collections' own facets, each as `name:value`.
    """

    language: str = ""
    view: str = ASK
    question: str = ""
    as_typed: str = ""
    practice: str = ""
    line: str = ""
    text: str = ""
    sort: str = SORTS[0]
    page: str = ""
    around: str = ""
    collection: tuple[str, ...] = ()
    part: tuple[str, ...] = ()
    theme: tuple[str, ...] = ()
    sector: tuple[str, ...] = ()
    organisation: tuple[str, ...] = ()
    facets: tuple[str, ...] = ()
    compared: tuple[str, ...] = ()

    @classmethod
    def read(cls, values: Mapping[str, Sequence[str]]) -> Self:
        """Read an address's parameters; unknown ones are left out, all are bounded."""
        found: dict[str, Any] = {
            name: _clean(values[key][-1], TEXT_CHARACTERS if name == "text" else _LONGEST)
            for name, key in _SINGLE.items()
            if values.get(key)
        }
        found |= {
            name: tuple(dict.fromkeys(_clean(value, _LONGEST) for value in values[key][:_MOST]))
            for name, key in _SEVERAL.items()
            if values.get(key)
        }
        return cls(**found)

    @classmethod
    def read_link(cls, href: str) -> Self:
        """Read the route of a link of this page; one that can't be read leads home."""
        try:
            return cls.read(parse_qs(href.partition("#")[0].lstrip("?"), max_num_fields=400))
        except ValueError:
            return cls()

    def to(self, **changes: Any) -> Self:
        """Return a route with changes."""
        return replace(self, **changes)

    def parameters(self) -> dict[str, list[str]]:
        """Return what the address holds: only what differs from the defaults, in one order."""
        defaults = {field.name: field.default for field in fields(self)}
        found: dict[str, list[str]] = {}
        for name, key in {**_SINGLE, **_SEVERAL}.items():
            value = getattr(self, name)
            if value != defaults[name]:
                found[key] = [value] if isinstance(value, str) else list(value)
        return found

    def href(self, **changes: Any) -> str:
        """Return the link to this route with changes, relative to the page."""
        return "?" + urlencode(self.to(**changes).parameters(), doseq=True, errors="replace")

    @property
    def filters(self) -> Filters:
        """The facets."""
        return Filters.of(self.chosen)

    @property
    def chosen(self) -> dict[str, tuple[str, ...]]:
        """Facet → its values chosen, of those that have some; collections' own come last."""
        found = {facet: getattr(self, facet) for facet in FACETS}
        for said in self.facets:
            name, colon, value = said.partition(":")
            if colon and name not in FACETS:
                found[name] = (*found.get(name, ()), value)
        return {facet: values for facet, values in found.items() if values}

    def choose(self, values: Mapping[str, Sequence[str]]) -> Self:
        """Return a route with these values of facets, in place of those that it has of them."""
        chosen = {**self.chosen, **values}
        own = {name: each for name, each in chosen.items() if name not in FACETS}
        return self.to(
            **{facet: tuple(chosen.get(facet, ())) for facet in FACETS},
            facets=tuple(f"{name}:{value}" for name, each in own.items() for value in each),
        )

    @property
    def number(self) -> int:
        """Which page of a long list, from 1."""
        return max(1, int(self.page)) if self.page.isdecimal() and len(self.page) < 7 else 1


def _clean(value: str, longest: int) -> str:
    """Return a value that can stand in an address: bounded, without halves of characters."""
    return value[:longest].encode("utf-8", "replace").decode("utf-8")
