"""Whether the page's width ended a line, or its author did."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import quantiles

WRAPPED = 0.6  # of the lines that another one follows are as long as the page is wide
NARROWEST, WIDEST = 40, 140  # characters of a line that a page's width ends


def page_width(pairs: Iterable[tuple[str, str]]) -> int:
    """Return the width at which a text was wrapped, or 0: then a line ends where it was ended.

    `pairs` are the lines right under another one, with that one before them.
    """
    followed = [(len(line.rstrip()), len(after.split()[0])) for line, after in pairs]
    if len(followed) < 3:
        return 0
    width = round(quantiles([length for length, _ in followed], n=20)[-1])
    full = sum(length + 1 + word > width for length, word in followed)
    return width if NARROWEST <= width <= WIDEST and full >= WRAPPED * len(followed) else 0


def wraps(before: str, after: str, width: int) -> bool:
    """Return whether a line goes on with the one before, in a text whose lines are `width` long."""
    text = after.strip()
    if text[0].islower() or text[0] in "([":
        return True
    return bool(width) and len(before.rstrip()) + 1 + len(text.split()[0]) > width
