"""Plain text and Markdown, line by line, into rows. No line is lost: each is a row or set aside."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise

from recueil_qa.corpus.importing.blocks import NEW_PAGE, Kind, Outline, Place, Row, Unplaced, squash
from recueil_qa.corpus.list_marks import list_mark
from recueil_qa.corpus.wrapping import page_width, wraps

_ATX = re.compile(r"^ {0,3}(?P<marks>#{1,6})\s+(?P<text>\S.*)$", re.DOTALL)
_RULE = re.compile(r"^\s*(?:=+|[-*_](?:\s*[-*_]){2,})\s*$")
_TABLE_RULE = frozenset("|:- \t")
_QUOTED = re.compile(r"^(?:\s{0,3}>\s?)+")
_FENCE = re.compile(r"^\s*(?:```|~~~)")
_LINK = re.compile(r"!?\[(?P<text>[^\]\[]*)\]\((?P<address>[^()\s]*)\)")
_EMPHASIS = re.compile(
    r"(?<![\w*])(?P<mark>[*_])(?![\s*_])(?P<text>[^*_]+)(?<![\s*_])(?P=mark)(?![\w*])"
)
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|>~])")
_CODE = re.compile(r"`([^`]+)`")


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
    in_comment = False
    for number, line in enumerate(lines[start:], start + 1):
        gap = NEW_PAGE if "\f" in line else gap
        line = line.replace("\f", "")  # noqa: PLW2901
        if not line.strip():
            gap += 1
            continue
        place = Place("line", number)
        if markdown and (in_comment or line.lstrip().startswith("<!--")):
            in_comment = "-->" not in line
            aside.append(Unplaced(place, squash(line), "comment"))
            continue
        if markdown and (_FENCE.match(line) or _is_table_rule(line)):
            aside.append(Unplaced(place, squash(line), "rule"))
            continue
        raws.append(_Raw(number, line, gap))
        gap = 0
    reader = _Reader(raws, markdown, outline)
    aside += reader.aside
    return tuple(reader.rows), tuple(sorted(aside, key=lambda piece: piece.place.number))


def _is_table_rule(line: str) -> bool:
    return "|" in line and "-" in line and _TABLE_RULE.issuperset(line)


def _heading(line: str) -> tuple[int, str] | None:
    """Return the level and the text of a heading of Markdown, or None."""
    found = _ATX.match(line)
    if not found:
        return None
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

    def __init__(self, raws: list[_Raw], markdown: bool, outline: Outline) -> None:
        self.rows: list[Row] = []
        self.aside: list[Unplaced] = []
        self._markdown = markdown
        self._outline = outline
        self._width = _width(raws)
        self._indents: list[int] = []
        self._previous = ""  # as printed; blank after a line that nothing goes on with
        for raw in raws:
            self._read(raw)

    def _read(self, raw: _Raw) -> None:
        plain = raw.text
        if self._markdown:
            plain = _QUOTED.sub("", raw.text)
            plain = plain if plain.strip() else raw.text
        heading = _heading(plain) if self._markdown else None
        shown = _inline(plain) if self._markdown else plain
        begins = self._outline.begins(shown)
        item = None if begins else list_mark(plain)
        if _RULE.match(plain):
            self._rule(raw, plain)
        elif heading:
            self._alone(_inline(heading[1]), raw, "heading", heading[0])
        elif self._outline.whole(shown):
            self._alone(shown, raw)
        elif item:
            self._item(item, raw)
            self._previous = plain
        else:
            continues = not begins and self._continues(plain, raw)
            if not continues:
                self._indents = []
            text = shown.rstrip("\\") or shown
            self._add(text, raw, continues=continues)
            self._previous = plain

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
        self._add(_inline(text) if self._markdown else text, raw, "item", len(self._indents))

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


def _width(raws: list[_Raw]) -> int:
    return page_width(
        (raw.text, after.text)
        for raw, after in pairwise(raws)
        if not after.gap and not list_mark(after.text)
    )


def _inline(text: str) -> str:
    """Return a line of Markdown as it reads; **bold** stays, as practices' files write it."""
    text = _LINK.sub(
        lambda found: (
            f"{found['text']} ({found['address']})"
            if found["text"] and found["address"] and found["text"] != found["address"]
            else found["text"] or found["address"] or found[0]
        ),
        text,
    )
    text = _CODE.sub(r"\1", text)
    text = _EMPHASIS.sub(lambda found: found["text"], text)
    text = re.sub(r"__(?=\S)([^_]+)(?<=\S)__", r"**\1**", text)
    return _ESCAPE.sub(r"\1", text)
