"""Dashes before numbers: a minus of an item, or the mark of a list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from recueil_qa.corpus.importing.blocks import Outline, Row
from recueil_qa.corpus.list_marks import is_minus, list_mark


def bare_item(text: str) -> str:
    """Return the text of what is known to be an item, without a mark typed before it."""
    found = None if is_minus(text) else list_mark(text, numbered=False)
    return found[1] if found else text.strip()


def minuses(texts: Sequence[str | None]) -> set[int]:
    """Return which lines begin with a minus, of texts whose lists stand line under line.

    A dash before a number is a minus, unless a neighbour in the same list has the same dash before
    a word: there it is the list's mark. `None` ends a list.
    """
    found: set[int] = set()
    run: list[int] = []
    worded = False
    for at, text in enumerate([*texts, None]):
        mark = text.strip()[:1] if text is not None else ""
        listed = mark and mark in "-–—−" and (is_minus(text or "") or list_mark(text or ""))
        if listed:
            run.append(at)
            worded = worded or not is_minus(text or "")
        elif text is None:
            found |= set() if worded else set(run)
            run, worded = [], False
    return found


def typed(rows: list[Row], outline: Outline) -> Iterator[Row]:
    """Read the marks that were typed, in paragraphs that no list made items."""
    plain = [row.text if row.kind == "paragraph" else None for row in rows]
    minus = minuses([row.text if row.kind != "heading" else None for row in rows])
    for at, row in enumerate(rows):
        begins = plain[at] is None or outline.begins(row.text) or outline.whole(row.text)
        mark = None if begins else list_mark(row.text)
        if at in minus and plain[at] is not None and not begins:
            yield Row(row.text.strip(), row.place, "item", 1)
        elif mark:
            yield Row(mark[1], row.place, "item", 1 + mark[0] // 4)
        else:
            yield row
