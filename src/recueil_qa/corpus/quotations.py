"""The rule that a quotation is a quotation: whole lines, or whole sentences, of a source."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from recueil_qa.corpus.list_marks import list_mark
from recueil_qa.corpus.misquoted import altered, needless, shortened
from recueil_qa.corpus.practice import PracticeFile, as_shown, read_line
from recueil_qa.corpus.sentences import sentence_ends
from recueil_qa.corpus.wrapping import page_width, wraps
from recueil_qa.errors import Problem
from recueil_qa.types import Line

# Below it, two lines have little in common.
NEAR = 70
# Looking for the nearest line takes time, and a file of another booklet would need it everywhere.
MAX_HINTS, ALL_HINTS = 20, 300  # of a file, of a collection
RAREST, LIKELY = 6, 400  # words of a line that are looked up, and rows that hold some of them
COMPARED_WHOLE = 20  # lines of a collection that are compared with every row of its sources
CARRIED_ON = 0.3  # of the lines right under another one start with a small letter, or more

_OPENING = re.compile(r"#{1,6} +|(?:\d{1,2}[.)]|[a-z]\)) +")
_INLINE_ITEM = re.compile(r"(?<=[:;]) [-–] (?=\S)| [•▪◦■●] (?=\S)")
# Nobody ends a line with these: the page did.
_UNENDED = re.compile(
    r"(?:,|(?:^|[\s'’(])(?:à|au|aux|d['’]|de|du|des|l['’]|le|la|les|un|une|et|ou|où|que|qu['’]|qui|n['’]|ne|"
    r"pas|jamais|en|dans|par|pour|sur|sous|avec|sans|entre|vers|chez|dont|si|ce|cet|cette|ces|son|"
    r"sa|ses|leur|leurs|nos|notre|vos|votre|est|sont|ni|mais|car|après|avant|sauf|the|a|an|of|to|"
    r"in|on|at|by|for|with|from|and|or|not|never|is|are|be|before|after|except))$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class _Flat:
    """The whole text on one line, and where in it a quotation may begin and end.

    `starts` and `ends` are in order; `places` has the file and line of each start.
    """

    text: str
    starts: list[int]
    ends: list[int]
    places: list[tuple[str, int]]


@dataclass(frozen=True)
class Sources:
    """The texts of a collection's sources, by the name of their file."""

    texts: dict[str, str]
    hints: Iterator[int] = field(default_factory=lambda: iter(range(ALL_HINTS)), compare=False)
    wholly: Iterator[int] = field(
        default_factory=lambda: iter(range(COMPARED_WHOLE)), compare=False
    )

    def holds(self, text: str) -> bool:
        """Return whether a text is whole lines or sentences of a source, in a row."""
        if text in self._pieces:
            return True
        spaces = [found.start() for found in re.finditer(" ", text)]
        flat = self._flat
        return any(
            flat.text.startswith(text, start) and start + len(text) in self._ends
            for space in spaces
            for start in self._pieces.get(text[:space], ())
        )

    def has_part(self, text: str) -> bool:
        """Return whether a text is a part of a source, of whole words."""
        return self._find(text) >= 0

    def whole(self, text: str) -> tuple[str, int, str] | None:
        """Return the whole lines or sentences that a text was cut from: file, line number, text."""
        at = self._find(text)
        if at < 0:
            return None
        flat = self._flat
        first = bisect_right(flat.starts, at) - 1
        last = flat.ends[bisect_left(flat.ends, at + len(text))]
        return (*flat.places[first], flat.text[flat.starts[first] : last])

    def nearest(self, text: str) -> tuple[str, int, str] | None:
        """Return the line or sentence most like a text, if any is like it.

        Looked for among those that share its rarest words; the first few texts, among all.
        """
        from rapidfuzz import fuzz, process

        rows = self._rows
        shared = Counter(row for word in self._rarest(text) for row in self._holding[word])
        likely = {row: rows[row] for row, _ in shared.most_common(LIKELY)}
        found = process.extractOne(text, likely, scorer=fuzz.ratio, score_cutoff=NEAR)
        if found is None and next(self.wholly, None) is not None:
            all_rows = dict(enumerate(rows))
            found = process.extractOne(text, all_rows, scorer=fuzz.ratio, score_cutoff=NEAR)
        return (*self._flat.places[found[2]], found[0]) if found else None

    def _rarest(self, text: str) -> list[str]:
        known = [word for word in dict.fromkeys(text.lower().split()) if word in self._holding]
        return sorted(known, key=lambda word: len(self._holding[word]))[:RAREST]

    @cached_property
    def _holding(self) -> dict[str, list[int]]:
        """The rows that hold each word."""
        found: dict[str, list[int]] = {}
        for place, row in enumerate(self._rows):
            for word in dict.fromkeys(row.lower().split()):
                found.setdefault(word, []).append(place)
        return found

    def _find(self, text: str) -> int:
        flat = self._flat.text
        at = flat.find(text)
        while at >= 0:
            before, after = flat[max(at - 1, 0) : at], flat[at + len(text) :][:1]
            if not (before.isalnum() and text[:1].isalnum()) and not (
                after.isalnum() and text[-1:].isalnum()
            ):
                return at
            at = flat.find(text, at + 1)
        return -1

    @cached_property
    def _flat(self) -> _Flat:
        return _flatten(self.texts)

    @cached_property
    def _ends(self) -> frozenset[int]:
        return frozenset(self._flat.ends)

    @cached_property
    def _rows(self) -> list[str]:
        """What stands between each start and the first end after it."""
        flat = self._flat
        ends = iter(flat.ends)
        end = 0
        rows = []
        for start in flat.starts:
            while end <= start:
                end = next(ends)
            rows.append(flat.text[start:end])
        return rows

    @cached_property
    def _pieces(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for start, row in zip(self._flat.starts, self._rows, strict=True):
            found.setdefault(row, []).append(start)
        return found


def _flatten(texts: dict[str, str]) -> _Flat:
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    places: list[tuple[str, int]] = []
    done = 0
    for name, text in texts.items():
        for number, paragraph in _paragraphs(text):
            begins, finishes = _bounds(paragraph)
            starts += [done + at for at in begins]
            ends += [done + at for at in finishes]
            places += [(name, number)] * len(begins)
            parts.append(paragraph)
            done += len(paragraph) + 1
    return _Flat(" ".join(parts), starts, ends, places)


def _bounds(paragraph: str) -> tuple[list[int], list[int]]:
    """Return where a quotation may begin and end in a paragraph, in order."""
    starts, ends = {0}, {len(paragraph)}
    for end, following in sentence_ends(paragraph):
        ends.add(end)
        starts.add(following)
    for found in _INLINE_ITEM.finditer(paragraph):
        ends.add(found.start())
        starts |= {found.start() + 1, found.end()}
    # Marks and numbers of a list or a heading may be left out.
    opening = _OPENING.match(paragraph)
    item = list_mark(paragraph)
    if opening:
        starts.add(opening.end())
    elif item:
        starts.add(len(paragraph) - len(item[1]))
    return sorted(starts), sorted(ends)


def _paragraphs(text: str) -> Iterator[tuple[int, str]]:
    """Yield the paragraphs and list items of a source, each on one line, and where it begins.

    A line goes on with the one right above it where the page was too narrow for it: it starts
    with a small letter or a bracket, as an import reads it, or what is above can't end there.
    """
    rows = [
        (number, read.depth, read.text)
        for number, raw in enumerate(text.split("\n"), 1)
        if (read := read_line(raw, number)).text
    ]
    under = [b[0] == a[0] + 1 and not b[1] for a, b in pairwise(rows)]
    followed = [(a[2], b[2]) for (a, b), near in zip(pairwise(rows), under, strict=True) if near]
    # Of a text that the page wrapped; lines that all start with a capital are lines of their own.
    wrapped = sum(after[0].islower() for _, after in followed) > len(followed) * CARRIED_ON
    width = page_width(followed) if wrapped else 0
    group: list[str] = []
    first = level = 0
    for at, (number, depth, line) in enumerate(rows):
        goes_on = (
            at
            and under[at - 1]
            and (wraps(group[-1], line, width) or _UNENDED.search(group[-1][-20:]))
        )
        if goes_on:
            group.append(line)
            continue
        if group:
            yield first, as_shown(Line(first, " ".join(group), level)).text
        group, first, level = [line], number, depth
    if group:
        yield first, as_shown(Line(first, " ".join(group), level)).text


def misquotations(found: PracticeFile, path: Path, sources: Sources) -> list[Problem]:
    """Return a problem for each line of a practice that isn't a quotation of a source."""
    problems: list[Problem] = []
    for section in found.practice.sections:
        for line in section.lines:
            place = (section.name, line.number)
            row = found.rows[place]
            whole = sources.holds(line.text)
            if whole and place in found.excerpts:
                problems.append(needless(path, found.excerpts[place], place))
            if whole or (place in found.excerpts and sources.has_part(line.text)):
                continue
            hint = len(problems) < MAX_HINTS and next(sources.hints, None) is not None
            cut = sources.whole(line.text) if hint else None
            if cut:
                problems.append(shortened(path, row, line.text, cut, place))
            else:
                near = sources.nearest(line.text) if hint else None
                problems.append(altered(path, row, line.text, near))
    return problems
