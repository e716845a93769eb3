"""Pages into practices, as a collection's `collection.toml` says; what becomes what is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from recueil_qa.corpus.collection import CollectionConfig, SectionConfig
from recueil_qa.corpus.front_matter import FACTS
from recueil_qa.corpus.importing.blocks import Block, Place, squash
from recueil_qa.corpus.importing.pages import outline
from recueil_qa.corpus.importing.pages.fields import NOTHING
from recueil_qa.corpus.importing.pages.gathering import blocks_of
from recueil_qa.corpus.importing.pages.headings import key_of, role_of
from recueil_qa.corpus.importing.pages.lines import Written, heading_line, lines_of
from recueil_qa.corpus.importing.pages.page import Left, Page, Value
from recueil_qa.corpus.marks import has_personal_data
from recueil_qa.corpus.practice import format_practice
from recueil_qa.corpus.reading import MAX_ENTRY_BYTES
from recueil_qa.corpus.text_file import too_large
from recueil_qa.messages import Text
from recueil_qa.types import Practice, Section

CONTACTS = "contacts"
LARGE = 50_000  # characters from which a page may be more than a practice's file holds
_SINGLE = ("subtitle", "organisation", "sector", "theme", "part", *FACTS)


@dataclass
class Counts:
    """What became what: headings and fields by their wording, with the number of pages."""

    sections: dict[str, Counter[str]] = field(default_factory=dict)  # section → its headings
    pages: Counter[str] = field(default_factory=Counter)  # section → pages that have it
    subheadings: Counter[str] = field(default_factory=Counter)
    fields: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Made:
    """A practice and the page that it was made of."""

    page: Page
    practice: Practice


@dataclass(frozen=True)
class Making:
    """All practices, what is in none, what was counted; ids that clashed, titles guessed."""

    made: tuple[Made, ...]
    left: tuple[Left, ...]
    counts: Counts
    clashes: tuple[str, ...]
    untitled: tuple[str, ...]


def make(pages: Sequence[Page], config: CollectionConfig) -> Making:
    """Make the practices of pages that were gathered."""
    layout = config.import_
    left: list[Left] = []
    cut = list(outline.cut(pages, layout.title_level or 0, left))
    titles = [name for name, use in layout.fields.items() if use == "title"]
    identifiers = [name for name, use in layout.fields.items() if use == "id"]
    titled, untitled = [], []
    for page in cut:
        one, guessed = outline.titled(
            page, next((name for name in titles if name in page.fields), "title")
        )
        titled.append(one)
        if guessed and (one.blocks or one.fields):
            untitled.append(one.key)
    maker = _Maker(config, left)
    whole = list(maker.without_doubles(titled))
    named, clashes = outline.named(outline.with_row_names(whole, identifiers), identifiers)
    made = tuple(m for one in named if (m := maker.practice(one)) is not None)
    return Making(made, tuple(left), maker.counts, tuple(clashes), tuple(untitled))


class _Maker:
    def __init__(self, config: CollectionConfig, left: list[Left]) -> None:
        self._config = config
        self._left = left
        self._known: dict[str, SectionConfig] = {}
        for section in config.sections:
            for heading in section.headings:
                self._known.setdefault(key_of(heading), section)
                self._known.setdefault(heading, section)
        self._names = {section.name: section for section in config.sections}
        self._contacts = key_of(config.import_.contacts_heading)
        self.counts = Counts()

    def without_doubles(self, pages: Sequence[Page]) -> Iterator[Page]:
        """Yield pages, but those that say word for word what another one says."""
        seen: dict[str, Page] = {}
        for page in pages:
            fields = "\n".join(v.text for v in page.fields.values()) if page.row else ""
            text = "\n".join([page.title, fields, *(block.text for block in page.blocks)])
            first = seen.setdefault(text, page)
            if first is page:
                yield page
            else:
                place = Place("line", page.line)
                self._left.append(Left(page.path, "double", first.key, place))

    def practice(self, named: outline.Named) -> Made | None:
        page = named.page
        draft = _Draft(page, self._config.import_.rest)
        fields = self._fields(draft)
        for block in page.blocks:
            self._block(draft, block)
        sections = tuple(self._sections(draft))
        if not sections:
            self._left.append(Left(page.path, "empty", page.title, Place("line", page.line)))
            return None
        title = page.title
        if has_personal_data(title):
            self._personal(draft, title, Place("line", page.line))
            title = named.short
        practice = Practice(
            id=f"{self._config.id}-{named.short}",
            collection=self._config.id,
            title=squash(title),
            sections=sections,
            contacts=tuple(dict.fromkeys(draft.contacts)),
            **fields,
        )
        if page.size > LARGE and len(format_practice(practice).encode()) > MAX_ENTRY_BYTES:
            said = too_large(page.path, MAX_ENTRY_BYTES).what
            self._left.append(Left(page.path, "file", "", Place("line", page.line), said))
            return None
        return Made(page, practice)

    def _fields(self, draft: _Draft) -> dict[str, Any]:
        page = draft.page
        found: dict[str, Any] = {}
        facets: dict[str, tuple[str, ...]] = {}
        if dated := outline.dated(page):
            found["date"] = dated
        for name, value in page.fields.items():
            if not value.texts:
                continue
            use = self._config.import_.fields.get(name)
            self.counts.fields[name] += 1
            kind, _, target = (use or NOTHING).partition(" ")
            if use is None and name in {"part", "title"} and not page.row:
                kind = name
            if kind == "section":
                self._told(draft, name, value, target)
            elif kind == "facet":
                texts = self._clean(draft, value)
                if texts:
                    facets[target] = tuple(dict.fromkeys((*facets.get(target, ()), *texts)))
            elif kind == CONTACTS:
                draft.contacts += [squash(text) for text in value.texts]
            elif kind in _SINGLE:
                text = ", ".join(self._clean(draft, value))
                if text and self._fits(draft, kind, text, value.line):
                    found[kind] = text
            elif use is None and kind == NOTHING:
                place = Place("line", value.line)
                self._left.append(Left(page.path, "field", f"{name}: {value.text}", place))
        if facets:
            found["facets"] = facets
        return found

    def _told(self, draft: _Draft, name: str, value: Value, target: str) -> None:
        section = self._names[target]  # `use_problems` lets no other one through
        lines = [block for text in value.texts for block in blocks_of(text, value.line)]
        opened = draft.open(section.name, section.headings[0])
        for block in lines:
            self._add(draft, opened, block)
        if lines:
            self._count(section.name, name, draft)
        draft.current = self._config.import_.rest

    def _clean(self, draft: _Draft, value: Value) -> list[str]:
        """Return the texts of a field without marks; what is personal goes to the contacts."""
        found = []
        for text in value.texts:
            clean = squash(" ".join(block.text for block in blocks_of(text, value.line)))
            if has_personal_data(clean):
                self._personal(draft, clean, Place("line", value.line))
            elif clean:
                found.append(clean)
        return found

    def _fits(self, draft: _Draft, name: str, text: str, line: int) -> bool:
        allowed = self._config.lists(name)
        if not allowed or text in allowed:
            return True
        place = Place("line", line)
        self._left.append(Left(draft.page.path, "value", f"{name}: {text}", place))
        return False

    def _block(self, draft: _Draft, block: Block) -> None:
        if block.kind != "heading":
            self._add(draft, draft.lines, block)
            return
        key = key_of(block.text)
        section = self._known.get(block.text) or (self._known.get(key) if key else None)
        if section is not None:
            again = bool(draft.sections.get(section.name))
            wording = block.text if block.text in section.headings else section.headings[0]
            draft.open(section.name, wording, block.level)
            self._count(section.name, block.text, draft)
            if again and section.name != self._config.import_.rest:
                draft.lines.append(heading_line(block))
        elif (self._contacts and key == self._contacts) or role_of(block.text) == "contacts":
            draft.current, draft.level = CONTACTS, block.level
        else:
            if draft.current == CONTACTS or (draft.level and block.level <= draft.level):
                draft.current, draft.level = self._config.import_.rest, 0
            self.counts.subheadings[block.text] += 1
            if has_personal_data(block.text):
                self._personal(draft, block.text, block.place)
            elif draft.current:
                draft.lines.append(heading_line(block))
            else:
                self._left.append(Left(draft.page.path, "no-section", block.text, block.place))

    def _count(self, section: str, heading: str, draft: _Draft) -> None:
        self.counts.sections.setdefault(section, Counter())[heading] += 1
        if section not in draft.counted:
            draft.counted.add(section)
            self.counts.pages[section] += 1

    def _add(self, draft: _Draft, lines: list[Written], block: Block) -> None:
        if draft.current == CONTACTS:
            draft.contacts.append(block.text)
        elif has_personal_data(block.text):
            self._personal(draft, block.text, block.place)
        elif draft.current or lines is not draft.nowhere:
            lines.extend(lines_of(block))
        else:
            self._left.append(Left(draft.page.path, "no-section", block.text, block.place))

    def _personal(self, draft: _Draft, text: str, place: Place) -> None:
        draft.contacts.append(squash(text))
        # What it says is not repeated.
        what = Text("adresse ou numéro d'une personne", "address or number of a person")
        self._left.append(Left(draft.page.path, "personal", "", place, what))

    def _sections(self, draft: _Draft) -> Iterator[Section]:
        for name, (heading, lines) in draft.sections.items():
            while lines and lines[-1].line.heading:
                gone = lines.pop()
                self._left.append(Left(draft.page.path, "heading", gone.line.text, gone.place))
            if lines:
                if name not in draft.counted:
                    self._count(name, "", draft)
                numbered = [replace(one.line, number=i) for i, one in enumerate(lines, 1)]
                yield Section(name, heading or self._names[name].headings[0], tuple(numbered))


class _Draft:
    """The sections of one practice, as they are filled."""

    def __init__(self, page: Page, rest: str) -> None:
        self.page = page
        self.sections: dict[str, tuple[str, list[Written]]] = {}
        self.contacts: list[str] = []
        self.counted: set[str] = set()
        self.nowhere: list[Written] = []
        self.current = rest
        self.level = 0

    @property
    def lines(self) -> list[Written]:
        if not self.current or self.current == CONTACTS:
            return self.nowhere
        return self.open(self.current, "", self.level)

    def open(self, name: str, heading: str, level: int = 0) -> list[Written]:
        self.current, self.level = name, level
        if name not in self.sections:
            self.sections[name] = (heading, [])
        return self.sections[name][1]
