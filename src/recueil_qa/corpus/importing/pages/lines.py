"""Blocks of a page as the lines of a practice's file, which reads them back as they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from recueil_qa.corpus.importing.blocks import Block, Place, squash
from recueil_qa.corpus.list_marks import list_mark
from recueil_qa.corpus.practice import MAX_LINE_CHARACTERS, read_line
from recueil_qa.corpus.sentences import sentence_ends
from recueil_qa.types import Line


@dataclass(frozen=True)
class Written:
    """A line, and where it stood."""

    line: Line
    place: Place


def heading_line(block: Block) -> Written:
    """Return a heading within a section."""
    text = squash(block.text).lstrip("# ") or block.text
    return Written(Line(1, text[:MAX_LINE_CHARACTERS], 0, heading=True), block.place)


def lines_of(block: Block) -> Iterator[Written]:
    """Yield the lines of a block as a practice's file reads them back."""
    text = squash(block.text)
    depth = block.level if block.kind == "item" else 0
    if not depth:
        text = text.lstrip("#").lstrip() or text
        marked = list_mark(text, numbered=False)
        if marked and not marked[1][:1].isdecimal():
            text, depth = marked[1], 1
    for piece in _pieces(text):
        line = Line(1, piece, depth) if depth else read_line(piece, 1)
        yield Written(line, block.place)


def _pieces(text: str) -> Iterator[str]:
    """Yield a text in lines that a file may have, cut between sentences, else between words."""
    longest = MAX_LINE_CHARACTERS - 200
    while len(text) > longest:
        ends = [end for end, _ in sentence_ends(text) if end <= longest]
        end = ends[-1] if ends else text.rfind(" ", 1, longest)
        end = end if end > 0 else longest
        yield text[:end].strip()
        text = text[end:].strip()
    if text:
        yield text
