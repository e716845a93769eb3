"""Plain text and Markdown, line by line, into rows. No line is lost: each is a row or set aside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from recueil_qa.corpus.importing.blocks import NEW_PAGE, Kind, Outline, Place, Row, Unplaced, squash
from recueil_qa.corpus.importing.markdown_inline import Inline, labels
from recueil_qa.corpus.importing.markdown_lines import cells, heads_table, set_aside
from recueil_qa.corpus.importing.marked import minuses
from recueil_qa.corpus.importing.tables import Cell, table_rows
from recueil_qa.corpus.list_marks import list_mark
from recueil_qa.corpus.wrapping import page_width, wraps

_ATX = re.compile(r"^ {0,3}(?P<marks>#{1,6})\s+(?P<text>\S.*)$", re.DOTALL)
_RULE = re.compile(r"^\s*(?:=+|[-*_](?:\s*[-*_]){2,})\s*$")
_QUOTED = re.compile(r"^(?:\s{0,3}>\s?)+")
_TASK = re.compile(r"^\[[ xX]\]\s+")
_HTML_HEADING = re.compile(
    r"^\s{0,3}<h(?P<level>[1-6])\b[^<>]{0,300}>(?P<text>.*)</h[1-6]>\s*$", re.I
)
_PLUS = re.compile(r"^(\s*)\+(?=\s+[^\d\s])")


@dataclass(frozen=True)
class _Raw:
    number: int
    text: str
    gap: int


def read_text(
    text: str, markdown: bool, outline: Outline
) -> tuple[tuple[Row, ...], tuple[Unplaced, ...]]:
    """Return the rows of a text, and the lines that hold none (front matter, rules, comments)."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    aside: list[Unplaced] = []
    raws: list[_Raw] = []
    gap = 0
    start = _front_matter(lines, aside) if markdown else 0
    known = set_aside(lines, start) if markdown else {}
    for number, line in enumerate(lines[start:], start + 1):
        gap = NEW_PAGE if "\f" in line else gap
        line = line.replace("\f", "")  # noqa: PLW2901
        if not line.strip():
            gap += 1
            continue
        if number - 1 in known:
            aside.append(known[number - 1])
            gap += 1
            continue
        raws.append(_Raw(number, line, gap))
        gap = 0
    reader = _Reader(raws, markdown, outline, Inline(*labels(lines[start:])) if markdown else None)
    aside += reader.aside
    return tuple(reader.rows), tuple(sorted(aside, key=lambda piece: piece.place.number))


def _heading(line: str) -> tuple[int, str] | None:
    """Return the level and the text of a heading of Markdown, or None."""
    found = _ATX.match(line)
    if not found:
        tagged = _HTML_HEADING.match(line)
        return (int(tagged["level"]), tagged["text"]) if tagged and tagged["text"].strip() else None
    text = found["text"].rstrip()
    bare = text.rstrip("#")
    return len(found["marks"]), bare.rstrip() if bare.endswith((" ", "\t")) else text


def is_markdown(text: str, outline: Outline) -> bool:
    """Return whether a heading of a section is written with #, as only Markdown does."""
    found = (_heading(line) for line in text.split("\n"))
    return any(heading and outline.whole(heading[1]) for heading in found)


def _front_matter(lines: list[str], aside: list[Unplaced]) -> int:
    if not lines or lines[0].rstrip() != "---":
        return 0
    end = next((i for i, line in enumerate(lines[1:], 1) if line.rstrip() in {"---", "..."}), 0)
    for number, line in enumerate(lines[: end + 1] if end else (), 1):
        if line.strip():
            aside.append(Unplaced(Place("line", number), squash(line), "front-matter"))
    return end + 1 if end else 0


class _Reader:
    """Rows made of lines, one after the other."""

    def __init__(
        self, raws: list[_Raw], markdown: bool, outline: Outline, inline: Inline | None
    ) -> None:
        self.rows: list[Row] = []
        self.aside: list[Unplaced] = []
        self._markdown = markdown
        self._outline = outline
        self._inline = inline
        self._width = _width(raws)
        self._minus = {raws[at].number for at in minuses([self._listed(raw) for raw in raws])}
        self._indents: list[int] = []
        self._previous = ""  # as printed; blank after a line that nothing goes on with
        at = 0
        while at < len(raws):
            length = _table_length(raws, at) if markdown else 0
            if length:
                self._table(raws[at : at + length])
            else:
                self._read(raws[at])
            at += max(1, length)
        if inline:
            self.rows = list(self._as_read(inline))

    def _listed(self, raw: _Raw) -> str | None:
        """Return a line as far as lists go; None where a list ends."""
        heading = self._markdown and _heading(raw.text)
        apart = raw.gap and not raw.text.startswith(" ") and not list_mark(raw.text)
        return None if heading or apart or self._outline.whole(raw.text) else raw.text

    def _shown(self, text: str) -> str:
        return squash(self._inline.read(text)[0]) if self._inline else text

    def _as_read(self, inline: Inline) -> Iterator[Row]:
        """Read the marks within blocks, once their lines are together: a link may be wrapped."""
        group: list[Row] = []
        for row in [*self.rows, None]:
            if group and (row is None or not row.continues):
                text, lost = inline.read("\n".join(each.text for each in group))
                pieces = text.split("\n", len(group) - 1)
                self.aside += [Unplaced(group[0].place, what, reason) for reason, what in lost]
                kept = [
                    replace(each, text=piece) for each, piece in zip(group, pieces, strict=True)
                ]
                if any(squash(piece) for piece in pieces):
                    yield from kept
                else:
                    self.aside += [
                        Unplaced(each.place, squash(each.text), "markup")
                        for each in group
                        if not any(each.place == piece.place for piece in self.aside)
                    ]
                group = []
            if row is not None:
                group.append(row)

    def _table(self, raws: list[_Raw]) -> None:
        """Read a table: a line of names, one of dashes, then a line a row."""
        lines = [
            [
                Cell([Row(text, Place("line", raw.number), gap=raw.gap)] if text else [])
                for text in cells(raw.text)
            ]
            for at, raw in enumerate(raws)
            if at != 1
        ]
        self.aside.append(Unplaced(Place("line", raws[1].number), squash(raws[1].text), "rule"))
        self.rows += table_rows(lines, 1, self._outline)
        self._previous, self._indents = "", []

    def _read(self, raw: _Raw) -> None:
        plain = raw.text
        if self._markdown:
            plain = _QUOTED.sub("", raw.text)
            plain = _PLUS.sub(r"\1-", plain if plain.strip() else raw.text)
        heading = _heading(plain) if self._markdown else None
        shown = self._shown(plain)
        begins = self._outline.begins(shown)
        item = None if begins else list_mark(plain)
        if _RULE.match(plain):
            self._rule(raw, plain)
        elif self._is_code(plain, raw):
            self.aside.append(Unplaced(Place("line", raw.number), squash(plain), "code"))
        elif heading:
            self._alone(heading[1], raw, "heading", heading[0])
        elif self._outline.whole(shown):
            self._alone(plain, raw)
        elif item:
            minus = raw.number in self._minus
            self._item((item[0], plain.strip()) if minus else item, raw)
            self._previous = plain
        else:
            continues = not begins and self._continues(plain, raw)
            if not continues:
                self._indents = []
            text = plain.rstrip()
            self._add(text.rstrip("\\") or text, raw, continues=continues)
            self._previous = plain

    def _is_code(self, plain: str, raw: _Raw) -> bool:
        """Return whether an indented line is code: it stands apart, and below no list."""
        if not self._markdown or not plain.startswith(("    ", "\t")) or list_mark(plain):
            return False
        if self._indents:
            return False
        before = self.aside[-1] if self.aside else None
        after_code = before and before.reason == "code" and before.place.number == raw.number - 1
        return bool(raw.gap or after_code)

    def _add(
        self,
        text: str,
        raw: _Raw,
        kind: Kind = "paragraph",
        level: int = 0,
        continues: bool = False,
    ) -> None:
        self.rows.append(Row(text, Place("line", raw.number), kind, level, continues, raw.gap))

    def _alone(self, text: str, raw: _Raw, kind: Kind = "paragraph", level: int = 0) -> None:
        self._add(text, raw, kind, level)
        self._previous, self._indents = "", []

    def _rule(self, raw: _Raw, plain: str) -> None:
        """Set a line of dashes aside; right under a text, it makes a heading of it."""
        if self._previous and not raw.gap and self.rows[-1].kind == "paragraph":
            first = len(self.rows) - 1
            while self.rows[first].continues:
                first -= 1
            if self.rows[first].kind == "paragraph":
                level = 1 if "=" in plain else 2
                self.rows[first] = replace(self.rows[first], kind="heading", level=level)
        self.aside.append(Unplaced(Place("line", raw.number), squash(plain), "rule"))
        self._previous = ""

    def _item(self, item: tuple[int, str], raw: _Raw) -> None:
        indent, text = item
        while self._indents and indent < self._indents[-1]:
            self._indents.pop()
        if not self._indents or indent > self._indents[-1]:
            self._indents.append(indent)
        self._add(_TASK.sub("", text) or text, raw, "item", len(self._indents))

    def _continues(self, plain: str, raw: _Raw) -> bool:
        before = self._previous
        if not before or raw.gap or plain.lstrip().startswith("|"):
            return False
        if self._markdown:
            return not before.endswith(("  ", "\\"))
        expanded = plain.expandtabs(4)
        indent = len(expanded) - len(expanded.lstrip())
        if self._indents and indent > self._indents[-1]:
            return True
        return wraps(before, plain, self._width)


def _table_length(raws: list[_Raw], at: int) -> int:
    """Return how many lines from `at` on are a table; 0 where none begins."""
    if at + 1 >= len(raws) or raws[at + 1].gap or not heads_table(raws[at].text, raws[at + 1].text):
        return 0
    end = at + 2
    while end < len(raws) and not raws[end].gap and "|" in raws[end].text:
        end += 1
    return end - at


def _width(raws: list[_Raw]) -> int:
    return page_width(
        (raw.text, after.text)
        for raw, after in pairwise(raws)
        if not after.gap and not list_mark(after.text)
    )
