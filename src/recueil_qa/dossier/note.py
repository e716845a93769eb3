"""A dossier as a note to hand over: quotations, sources, an action plan.

Composed of blocks named by Word's own styles, for `export` to write in either format. Practices'
contacts are never part of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from recueil_qa.dossier.dossier import Entry
from recueil_qa.messages import Language, table
from recueil_qa.types import CollectionInfo, Practice

MONTHS: dict[Language, str] = {
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "en": "January February March April May June July August September October November December",
}
TEXTS = table(
    {
        "title": ("Mon dossier de bonnes pratiques", "My file of best practices"),
        "made": ("Établi le {}", "Made on {}"),
        "quote": ("«\u00a0{}\u00a0»", "“{}”"),
        "question": ("Question posée\u00a0: ", "Question asked: "),
        "kept": ("Conseils et pratiques retenus", "Advice and practices kept"),
        "nothing": ("Rien n'est encore retenu.", "Nothing is kept yet."),
        "line": ("ligne {}", "line {}"),
        "page": ("page {}", "page {}"),
        "added": ("texte ajouté\u00a0: ", "added text: "),
        "note": ("Note\u00a0: ", "Note: "),
        "plan": ("Plan d'action", "Action plan"),
        "columns": (
            "Action (conseil retenu)|Source|Responsable|Échéance|Note",
            "Action (advice kept)|Source|Owner|Due date|Note",
        ),
        "sources": ("Sources", "Sources"),
    }
)


BULLETS = ("List Bullet", "List Bullet 2", "List Bullet 3")
HEADINGS = ("Title", "Heading 1", "Heading 2", "Heading 3")

_BREAK = re.compile("\r\n?|[\n\v\f\x85\u2028\u2029]")
# What XML refuses, terminals obey, or turns the reading direction: never meant in a note.
_UNSEEN = re.compile("[\0-\b\v-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def day_in_words(day: date, language: Language) -> str:
    """Return a day as people write it."""
    first = "1er" if language == "fr" and day.day == 1 else day.day
    return f"{first} {MONTHS[language].split()[day.month - 1]} {day.year}"


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of text; `language` is a collection's, or empty for the note's own words."""

    text: str
    language: str = ""


Spans = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph; `style` is the name of Word's style."""

    style: str
    spans: Spans


@dataclass(frozen=True, slots=True)
class Note:
    """The whole note: the table of rows, if there are any, stands between the blocks."""

    language: Language
    title: str
    day: date
    before: tuple[Block, ...]
    rows: tuple[tuple[Spans, ...], ...]
    after: tuple[Block, ...]


def compose(
    entries: Sequence[Entry],
    collections: Mapping[str, CollectionInfo],
    language: Language,
    *,
    title: str = "",
    question: str = "",
    day: str,
) -> Note:
    """Return the note of some entries; `collections` are by id, `day` is the ISO date it bears.

    Raises:
        ValueError: `day` is no ISO date.
    """
    return _Composer(collections, language).compose(entries, title, question, day)


@dataclass(frozen=True, slots=True)
class _Composer:
    collections: Mapping[str, CollectionInfo]
    language: Language

    def compose(self, entries: Sequence[Entry], title: str, question: str, day: str) -> Note:
        title = _one_line(title) or self._word("title")
        made = date.fromisoformat(day)
        told = self._word("made", day_in_words(made, self.language))
        before = [_own("Title", title), _own("Normal", told)]
        if asked := _one_line(question):
            before.append(_own("Normal", self._word("question") + self._word("quote", asked)))
        before.append(_own("Heading 1", self._word("kept")))
        if not entries:
            before.append(_own("Normal", self._word("nothing")))
            return Note(self.language, title, made, tuple(before), (), ())
        # Entries of one practice that follow each other stand under its title once.
        for _, group in groupby(entries, key=lambda entry: entry.practice.id):
            of_practice = [*group]
            before.append(Block("Heading 2", (self._title(of_practice[0].practice),)))
            for entry in of_practice:
                before += self._entry(entry)
        before.append(_own("Heading 1", self._word("plan")))
        head = tuple((Span(column),) for column in self._word("columns").split("|"))
        books = {entry.practice.collection for entry in entries}
        rows = (head, *(self._row(entry, several=len(books) > 1) for entry in entries))
        return Note(self.language, title, made, tuple(before), rows, tuple(self._sources(entries)))

    def _entry(self, entry: Entry) -> Iterable[Block]:
        practice = entry.practice
        book = self._book(practice)
        organisation = self._corpus(practice, practice.organisation)
        if entry.section and entry.line:
            heading = self._corpus(practice, entry.section.heading)
            line = Span(self._word("line", entry.line.number))
            title, where = self._title(practice), self._where(practice)
            place = (title, organisation, heading, line, *where, book)
            yield Block("Intense Quote", self._quoted(entry))
            yield Block("Normal", (Span("— "), *_joined(place)))
        else:
            theme = self._corpus(practice, practice.theme)
            yield Block("Normal", _joined((organisation, theme, *self._where(practice), book)))
            yield from self._advice(practice)
        if note := _lines(entry.note):
            yield _own("Normal", self._word("note") + note)

    def _advice(self, practice: Practice) -> Iterable[Block]:
        advice = self.collections[practice.collection].sections_for("advice")
        for section in practice.sections:
            if section.name in advice:
                yield Block("Heading 3", (self._corpus(practice, section.heading),))
                level = 0
                for line in section.lines:
                    # A list can't begin two levels deep, nor does Word have more than three here.
                    level = min(max(line.depth, 1), level + 1, len(BULLETS))
                    yield Block(BULLETS[level - 1], (self._corpus(practice, line.text),))

    def _row(self, entry: Entry, several: bool) -> tuple[Spans, ...]:
        practice = entry.practice
        organisation = self._corpus(practice, practice.organisation)
        title, where = self._title(practice), self._where(practice)
        # A page alone doesn't say of which collection.
        book = self._book(practice) if several else Span("")
        if entry.line:
            action, source = self._quoted(entry), _joined((title, organisation, *where, book))
        else:
            action, source = (title,), _joined((organisation, *where, book))
        return action, source, (), (), (Span(_one_line(entry.note)),)

    def _sources(self, entries: Sequence[Entry]) -> Iterable[Block]:
        yield _own("Heading 1", self._word("sources"))
        cited = {entry.practice.id: entry.practice for entry in entries}
        by_page = sorted(cited.values(), key=lambda practice: (practice.page or 0, practice.id))
        for identifier in dict.fromkeys(entry.practice.collection for entry in entries):
            info = self.collections[identifier]
            of_collection = [p for p in by_page if p.collection == identifier]
            told = [Span(_one_line(text), info.language) for text in (info.title, info.publisher)]
            day = date.fromisoformat(info.date) if info.date else None
            dated = Span(day_in_words(day, self.language) if day else "")
            yield Block(BULLETS[0], _joined((*told, dated)))
            for practice in of_collection:
                yield Block(BULLETS[1], _joined((self._title(practice), *self._where(practice))))

    def _quoted(self, entry: Entry) -> Spans:
        """Return the line as a quotation, after each line that governs it as another one."""
        opening, closing = self._word("quote").split("{}")
        lines = (*entry.lead_ins, entry.line) if entry.line else ()
        spans: list[Span] = []
        for line in lines:
            before = Span(f" {opening}" if spans else opening)
            spans += (before, self._corpus(entry.practice, line.text), Span(closing))
        return tuple(spans)

    def _book(self, practice: Practice) -> Span:
        return self._corpus(practice, self.collections[practice.collection].title)

    def _title(self, practice: Practice) -> Span:
        return self._corpus(practice, practice.title)

    def _where(self, practice: Practice) -> tuple[Span | Spans, ...]:
        """Return the page, and where the text of an added practice comes from."""
        page = Span("" if practice.page is None else self._word("page", practice.page))
        source = self._corpus(practice, practice.source)
        return page, (Span(self._word("added")), source) if source.text else ()

    def _corpus(self, practice: Practice, text: str) -> Span:
        return Span(_one_line(text), self.collections[practice.collection].language)

    def _word(self, key: str, value: object = None) -> str:
        text = TEXTS[key] if value is None else TEXTS[key].format(value)
        return text.to(self.language)


def _own(style: str, text: str) -> Block:
    return Block(style, (Span(text),))


def _joined(parts: Iterable[Span | Spans]) -> Spans:
    whole = ((part,) if isinstance(part, Span) else part for part in parts)
    told = [spans for spans in whole if any(span.text for span in spans)]
    return tuple(piece for spans in told for piece in (Span(" · "), *spans))[1:]


def _lines(text: str) -> str:
    return _UNSEEN.sub("", _BREAK.sub("\n", text)).strip()


def _one_line(text: str) -> str:
    return _lines(text).replace("\n", " ")
