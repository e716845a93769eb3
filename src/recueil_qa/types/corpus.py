"""What a corpus holds, and what is indexed of it: practices, their lines, passages, facets.

Line numbers count from 1 within a section.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, Self

Order = Literal["page", "title", "organisation", "theme"]
FACETS = ("collection", "part", "theme", "sector", "organisation")


class PassageKind(StrEnum):
    """What a passage is made from."""

    LINE = "line"
    SECTION = "section"
    TITLE = "title"
    QUESTION = "question"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a section; `depth` is 0 for plain text, 1 for a list item, 2 below it, …

    A `heading` stands above others of its section: it is shown, and never quoted alone.
    """

    number: int
    text: str
    depth: int = 0
    heading: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """One section of a practice; `heading` is the source's own wording."""

    name: str
    heading: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Practice:
    """One entry of a collection. `contacts` is personal data: never embedded, never indexed.

    `source` says where the text comes from when it wasn't in the collection's own sources.
    `facets` are the collection's own, each with its values in order. What stands from `date` on is
    shown, and not searched.
    """

    id: str
    collection: str
    title: str
    sections: tuple[Section, ...]
    page: int | None = None
    part: str = ""
    theme: str = ""
    subtitle: str = ""
    organisation: str = ""
    sector: str = ""
    logo: str = ""
    contacts: tuple[str, ...] = ()
    source: str = ""
    facets: dict[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    date: str = ""
    author: str = ""
    language: str = ""
    url: str = ""
    status: str = ""
    cost: str = ""

    def values(self, facet: str) -> tuple[str, ...]:
        """Return its values of a facet, one of `FACETS` or one of its collection's own."""
        if facet in FACETS:
            value = getattr(self, facet)
            return (value,) if value else ()
        return self.facets.get(facet, ())

    def section(self, name: str) -> Section | None:
        """Return the section of that name, or None."""
        return next((section for section in self.sections if section.name == name), None)


@dataclass(frozen=True, slots=True)
class Question:
    """A problem, in a manager's words, that a practice answers, or one `line` (`conseils/2`).

    `origin` says who wrote it, where a model drafted it.
    """

    id: str
    practice: str
    language: str
    text: str
    line: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class SectionInfo:
    """What a collection says of one of its sections."""

    name: str
    role: str
    fr: str
    en: str


@dataclass(frozen=True, slots=True)
class Alias:
    """What else people call a value of a facet."""

    facet: str
    value: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FacetInfo:
    """What a collection calls one of its own facets."""

    name: str
    fr: str
    en: str

    def to(self, language: str) -> str:
        """Return what it is called in a language."""
        return self.fr if language == "fr" else self.en


@dataclass(frozen=True, slots=True)
class CollectionInfo:
    """What a reader needs to know of a collection; travels with the index.

    `abbreviations` of its trade are pairs: short, what it stands for; `examples` of questions:
    language, text.
    """

    id: str
    title: str
    language: str
    publisher: str
    date: str
    sections: tuple[SectionInfo, ...]
    abbreviations: tuple[tuple[str, str], ...] = ()
    aliases: tuple[Alias, ...] = ()
    examples: tuple[tuple[str, str], ...] = ()
    facets: tuple[FacetInfo, ...] = ()

    def sections_for(self, role: str) -> frozenset[str]:
        """Return the names of the sections of a role."""
        return frozenset(section.name for section in self.sections if section.role == role)


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece that is indexed. `text` is shown, `embedded` (text in its context) is encoded.

    `answer` is the id of the line that answers, of a question that one line does; `grade` how
    much the practice helps (2, or 1 when a statement says less).
    """

    id: str
    practice: str
    kind: PassageKind
    language: str
    text: str
    embedded: str
    section: str = ""
    answer: str = ""
    grade: int = 2

    @property
    def is_statement(self) -> bool:
        """Whether it is a judged statement, rather than a question of its practice."""
        return "/statements/" in self.id


@dataclass(frozen=True, slots=True)
class Filters:
    """Facet values to keep; an empty set keeps everything. A practice must pass every facet.

    `collection` holds ids; `facets` are those that collections have of their own, by their names.
    `Filters.of` takes any facets.
    """

    part: frozenset[str] = field(default_factory=frozenset)
    theme: frozenset[str] = field(default_factory=frozenset)
    sector: frozenset[str] = field(default_factory=frozenset)
    organisation: frozenset[str] = field(default_factory=frozenset)
    collection: frozenset[str] = field(default_factory=frozenset)
    facets: tuple[tuple[str, frozenset[str]], ...] = ()

    def __post_init__(self) -> None:
        # `Filters(theme="Proactivité")` means that theme, not its letters.
        for facet in FACETS:
            object.__setattr__(self, facet, _kept(getattr(self, facet)))
        own = dict(self.facets)
        found = tuple((name, _kept(own[name])) for name in sorted(own) if own[name])
        object.__setattr__(self, "facets", found)

    @classmethod
    def of(cls, values: Mapping[str, Iterable[str]]) -> Self:
        """Return the filters of facets by their names, those of collections included."""
        known: dict[str, Any] = {name: each for name, each in values.items() if name in FACETS}
        own = {name: each for name, each in values.items() if name not in FACETS}
        return cls(**known, facets=tuple((name, _kept(each)) for name, each in own.items()))

    def values(self, facet: str) -> frozenset[str]:
        """Return the values to keep of a facet, none where it keeps everything."""
        if facet in FACETS:
            found: frozenset[str] = getattr(self, facet)
            return found
        return dict(self.facets).get(facet, frozenset())

    @property
    def chosen(self) -> dict[str, frozenset[str]]:
        """The facets that keep some values only, by their names."""
        found = {facet: self.values(facet) for facet in FACETS} | dict(self.facets)
        return {facet: values for facet, values in found.items() if values}

    def accepts(self, practice: Practice) -> bool:
        """Return whether a practice passes every facet."""
        return all(
            not values.isdisjoint(practice.values(facet)) for facet, values in self.chosen.items()
        )

    def __bool__(self) -> bool:
        return bool(self.chosen)


def _kept(values: Iterable[str]) -> frozenset[str]:
    return frozenset({values} if isinstance(values, str) else values)


EVERYTHING = Filters()


@dataclass(frozen=True, slots=True)
class MapPoint:
    """Where a practice stands on the map of all; x (rightwards), y (downwards) in [0, 1]."""

    practice: str
    x: float
    y: float
