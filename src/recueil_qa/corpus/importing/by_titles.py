"""A booklet without a table of contents, cut into practices.

A practice begins at its title. Titles match what `[import] title` says; else they are the
headings of the level that section headings mostly stand under; else, in a text without headings,
the block above a practice's first section. Every block is given to one practice, or to
the remainder, which the report lists.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from recueil_qa.corpus.collection import CollectionConfig
from recueil_qa.corpus.emphasis import plain
from recueil_qa.corpus.importing.blocks import Block, Document, Reason, Unplaced
from recueil_qa.corpus.importing.wording import Wording

SUBTITLE = 200  # characters


@dataclass
class Draft:
    """What was found of one practice: its title, fields, and the blocks of each section."""

    title: str
    at: Block
    fields: dict[str, str] = field(default_factory=dict)
    sections: dict[str, list[Block]] = field(default_factory=dict)
    contacts: list[Block] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)


@dataclass(frozen=True)
class Cut:
    """The practices found, in order, and every piece that is in none."""

    drafts: tuple[Draft, ...]
    unplaced: tuple[Unplaced, ...]


def cut(document: Document, config: CollectionConfig) -> Cut:
    """Cut a document into practices; there may be none."""
    cutter = _Cutter(document.blocks, config)
    drafts = tuple(cutter.drafts())
    return Cut(drafts, (*cutter.unplaced, *document.set_aside))


class _Cutter:
    def __init__(self, blocks: tuple[Block, ...], config: CollectionConfig) -> None:
        self._blocks = blocks
        self._config = config
        self._wording = Wording(config)
        found = [None if b.kind == "item" else self._wording.section(b.text) for b in blocks]
        self._sections = [section.name if section else "" for section in found]
        self.unplaced: list[Unplaced] = []

    def drafts(self) -> Iterator[Draft]:
        starts = [self._above(start) for start in self._starts()]
        facets: dict[str, str] = {}
        done = 0
        for (start, title), (end, _) in pairwise([*starts, (len(self._blocks), 0)]):
            self._between(done, start, facets, "between" if done else "before")
            last = max((i for i in range(title, end) if self._sections[i]), default=None)
            if last is None:
                self._set_aside(range(start, end), "no-section")
            else:
                close = self._close(last, end, self._blocks[title])
                yield self._draft(start, title, close, facets)
                end = close  # noqa: PLW2901
            done = end
        self._between(done, len(self._blocks), facets, "between" if done else "before")

    def _starts(self) -> list[int]:
        """Return the blocks that are titles."""
        layout = self._config.import_
        blocks = enumerate(self._blocks)
        if layout.title_level is not None:
            return [i for i, block in blocks if self._titles(i, block, layout.title_level)]
        if layout.title:
            return [
                i for i, b in blocks if b.kind != "item" and self._wording.title(b.text) is not None
            ]
        level = self._usual_level()
        if level:
            return [i for i, block in blocks if self._titles(i, block, level)]
        return list(self._tops())

    def _titles(self, at: int, block: Block, level: int) -> bool:
        known = self._sections[at] or self._wording.facet(block.text)
        return block.kind == "heading" and block.level == level and not known

    def _usual_level(self) -> int:
        """Return the level of the headings that sections mostly stand under; 0 if they don't."""
        above: Counter[int] = Counter()
        openings = list(self._openings())
        for at, previous in openings:
            for i in range(at - 1, previous, -1):
                block = self._blocks[i]
                if block.kind == "heading" and not self._wording.facet(block.text):
                    above[block.level] += 1
                    break
        level, count = min(above.items(), key=lambda item: (-item[1], item[0]), default=(0, 0))
        return level if 2 * count > len(openings) else 0

    def _openings(self) -> Iterator[tuple[int, int]]:
        """Yield the first section heading of each practice, and the section heading before it.

        Sections come in the order of the configuration: one that comes again, or too
        early, is another practice's.
        """
        order = {section.name: i for i, section in enumerate(self._config.sections)}
        previous, last = -1, len(order)
        for at, name in enumerate(self._sections):
            if name:
                if order[name] <= last:
                    yield at, previous
                previous, last = at, order[name]

    def _tops(self) -> Iterator[int]:
        """Yield the titles of a text without headings: what stands above each opening.

        Where a wider gap (two blank lines and more) sets it apart, it begins there.
        """
        for at, previous in self._openings():
            above = [
                i
                for i in range(previous + 1, at)
                if not self._wording.label(self._blocks[i].text)
                and not self._wording.facet(self._blocks[i].text)
            ]
            widest = max((self._blocks[i].gap for i in range(previous + 2, at)), default=0)
            apart = next(
                (i for i in range(at - 1, previous + 1, -1) if self._blocks[i].gap == widest), at
            )
            wanted = [i for i in above if i >= apart] if widest > 1 else above[-1:]
            yield from wanted[:1] or above[-1:]

    def _above(self, title: int) -> tuple[int, int]:
        """Return where a practice begins: at its title, or at the labels right above it."""
        start = title
        while start and (found := self._wording.label(self._blocks[start - 1].text)) and found[1]:
            start -= 1
        return start, title

    def _close(self, last: int, end: int, title: Block) -> int:
        """Return where a practice ends: at a higher heading, or a part's or theme's name."""
        for i in range(last + 1, end):
            block = self._blocks[i]
            higher = block.kind == title.kind == "heading" and block.level < title.level
            if higher or (block.kind != "item" and self._wording.facet(block.text)):
                return i
        return end

    def _between(self, start: int, end: int, facets: dict[str, str], reason: Reason) -> None:
        """Read the parts and themes that are announced between practices."""
        for i in range(start, end):
            found = self._wording.facet(self._blocks[i].text)
            if found and self._blocks[i].kind != "item":
                if found[0] == "part":
                    facets.clear()
                facets[found[0]] = found[1]
                self._set_aside(range(i, i + 1), "part")
            else:
                self._set_aside(range(i, i + 1), reason)

    def _set_aside(self, span: range, reason: Reason) -> None:
        self.unplaced += [
            Unplaced(self._blocks[i].place, self._blocks[i].text, reason) for i in span
        ]

    def _draft(self, start: int, title: int, end: int, facets: dict[str, str]) -> Draft:
        block = self._blocks[title]
        named = self._wording.title(block.text) or {"title": plain(block.text)}
        draft = Draft(named.pop("title"), block, {**facets, **named})
        draft.blocks += self._blocks[start:end]
        for i in range(start, title):
            self._field(draft, i)
        first = next(i for i in range(title, end) if self._sections[i])
        self._header(draft, title + 1, first)
        section: list[Block] = []
        contacts = False
        for i in range(first, end):
            block = self._blocks[i]
            if self._sections[i]:
                section, contacts = draft.sections.setdefault(self._sections[i], []), False
            elif block.kind != "item" and self._wording.contacts(block.text):
                contacts = True
            elif contacts:
                draft.contacts.append(block)
            else:
                section.append(block)
        return draft

    def _field(self, draft: Draft, at: int) -> bool:
        found = self._wording.label(self._blocks[at].text)
        if found and found[1]:
            draft.fields[found[0]] = found[1]
        return bool(found and found[1])

    def _header(self, draft: Draft, start: int, first: int) -> None:
        """Read the fields between a title and the first section; one more short block is the
        subtitle."""
        awaited = ""
        for i in range(start, first):
            block = self._blocks[i]
            label = self._wording.label(block.text)
            facet = self._wording.facet(block.text)
            if self._field(draft, i):
                awaited = ""
            elif label:
                awaited = label[0]
            elif awaited:
                draft.fields[awaited] = plain(block.text)
                awaited = ""
            elif facet and block.kind != "item":
                draft.fields[facet[0]] = facet[1]
            elif "subtitle" not in draft.fields and len(block.text) <= SUBTITLE:
                draft.fields["subtitle"] = plain(block.text)
            else:
                draft.blocks.remove(block)
                self._set_aside(range(i, i + 1), "header")
