"""What every reader of source files gives: blocks of text in reading order, and where each was.

Readers give rows, as printed; `gather` makes the blocks, undoing the wrapping of the page.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from recueil_qa.corpus.text_file import CONTROL
from recueil_qa.messages import Text, table

Unit = Literal["line", "page", "paragraph"]
Kind = Literal["heading", "paragraph", "item"]
Reason = Literal[
    "before",
    "header",
    "no-section",
    "between",
    "part",
    "front-matter",
    "comment",
    "rule",
    "running",
    "note",
    "hidden",
    "scan",
    "deleted",
    "raised",
    "unread",
    "picture",
    "code",
    "markup",
]
DEEPEST = 6
MAX_MARKS = 64
LONGEST_WORD = 80
NEW_PAGE = 99  # blank lines, as far as telling what belongs together goes

_UNITS = table(
    {
        "line": ("ligne", "line"),
        "page": ("page", "page"),
        "paragraph": ("paragraphe", "paragraph"),
    }
)
_LIGATURE = re.compile("[\ufb00-\ufb06]")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff\ufffe\uffff]")
# Symbol and Wingdings bullets, in the private use area.
_PRIVATE_BULLET = re.compile("[\uf020-\uf0ff]")
_CUT = re.compile(r"(?P<left>[^\W_][\w'’-]*)-$")
_RIGHT = re.compile(r"[^\W_]+")
SOFT_HYPHEN = "\u00ad"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands in its file; `line` on its page, in a PDF. All count from 1."""

    unit: Unit
    number: int
    line: int = 0

    @property
    def text(self) -> Text:
        """As in "page 3, line 5", "line 12" or "paragraph 7"."""
        text = _UNITS[self.unit] + f" {self.number}"
        return text + ", " + _UNITS["line"] + f" {self.line}" if self.line else text


@dataclass(frozen=True, slots=True)
class Row:
    """One printed line; `continues` when it goes on with the block of the row before."""

    text: str
    place: Place
    kind: Kind = "paragraph"
    level: int = 0
    continues: bool = False
    gap: int = 0


@dataclass(frozen=True, slots=True)
class Block:
    """A heading (`level` 1 is the highest), a paragraph, or a list item (`level` 1, 2 below it).

    `gap` counts the blank lines before; `places` has one place for each row that it came from.
    """

    kind: Kind
    text: str
    places: tuple[Place, ...]
    level: int = 0
    gap: int = 0

    @property
    def place(self) -> Place:
        return self.places[0]


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A piece of the source that is in no practice, and why."""

    place: Place
    text: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Document:
    """A source file as read: its blocks, what the reader set aside, the words it rejoined."""

    blocks: tuple[Block, ...]
    set_aside: tuple[Unplaced, ...] = ()
    rejoined: tuple[str, ...] = ()

    def text(self) -> str:
        """Return the whole text, one block a line: what quotations are checked against."""
        out: list[str] = []
        previous: Block | None = None
        for block in self.blocks:
            if previous and not previous.kind == block.kind == "item":
                out.append("")
            out.append(f"- {block.text}" if block.kind == "item" else block.text)
            previous = block
        return "\n".join(out) + "\n"


@dataclass(frozen=True, slots=True)
class Outline:
    """What a layout says of single lines: `begins` a block, or is a `whole` one by itself.

    `colon` and `semicolon` are written as the language of the collection does.
    """

    begins: Callable[[str], bool]
    whole: Callable[[str], bool]
    colon: str = " : "
    semicolon: str = " ; "


def repair(text: str) -> str:
    """Return a text of a PDF or a Word file without what only their fonts and layout need."""
    text = _LIGATURE.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
    text = _PRIVATE_BULLET.sub("•", text)
    kept = text.rstrip().endswith(SOFT_HYPHEN)
    text = CONTROL.sub(" ", _INVISIBLE.sub("", text))
    return text + SOFT_HYPHEN if kept else text


def squash(text: str) -> str:
    """Return a text composed (NFC), with single spaces."""
    return " ".join(unicodedata.normalize("NFC", _bounded(text)).split())


def _bounded(text: str) -> str:
    """Drop the accents heaped on one letter: composing them takes the square of their number."""
    if text.isascii() or len(text) <= MAX_MARKS:
        return text
    out: list[str] = []
    run = 0
    for character in text:
        run = run + 1 if unicodedata.combining(character) else 0
        if run <= MAX_MARKS:
            out.append(character)
    return "".join(out)


def gather(
    rows: Iterable[Row], whole_word: Callable[[str, str], bool]
) -> tuple[tuple[Block, ...], tuple[str, ...]]:
    """Make blocks of rows; return them and the words rejoined.

    `whole_word(left, right)` says whether a word that the end of a row cuts has no hyphen.
    """
    rejoined: list[str] = []
    blocks = tuple(_block(group, whole_word, rejoined) for group in _groups(rows))
    return blocks, tuple(dict.fromkeys(rejoined))


def _groups(rows: Iterable[Row]) -> Iterator[list[Row]]:
    group: list[Row] = []
    for row in rows:
        if group and not row.continues:
            yield group
            group = []
        group.append(row)
    if group:
        yield group


def _block(group: list[Row], whole_word: Callable[[str, str], bool], rejoined: list[str]) -> Block:
    parts: list[str] = []
    for row in group:
        text = squash(row.text)
        right = _RIGHT.match(text)
        before = parts[-1] if parts else ""
        left = _CUT.search(before[-LONGEST_WORD:]) if before.endswith("-") else None
        if before.endswith(SOFT_HYPHEN):
            parts[-1] = before.rstrip(SOFT_HYPHEN)
        elif left and right:
            whole = whole_word(left["left"], right[0])
            parts[-1] = before[:-1] if whole else before
            joined = left["left"] + ("" if whole else "-") + right[0]
            rejoined.append(f"{left['left']}-|{right[0]} → {joined}")
        elif before and text:
            parts.append(" ")
        if text:
            parts.append(text)
    first = group[0]
    places = tuple(row.place for row in group)
    text = "".join(parts).rstrip(SOFT_HYPHEN)
    return Block(first.kind, text, places, min(first.level, DEEPEST), first.gap)
