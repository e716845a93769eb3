"""The marks of list items: bullets, dashes, numbers."""

from __future__ import annotations

import re

_LIST_MARK = re.compile(
    r"^(?P<indent>\s*)(?P<mark>[-*•–—◦▪▫‣⁃●○■□►▶➢➤✓✔·])\s+(?P<text>\S.*)$", re.DOTALL
)
_NUMBERED = re.compile(r"^(?P<indent>\s*)(?P<text>(?:\d{1,2}[.)]|[a-z]\))\s+\S.*)$", re.DOTALL)


def list_mark(text: str, numbered: bool = True) -> tuple[int, str] | None:
    """Return the indent and the text of a list item, or None. A number stays in the text."""
    text = text.expandtabs(4)
    found = _LIST_MARK.match(text) or (_NUMBERED.match(text) if numbered else None)
    return (len(found["indent"]), found["text"]) if found else None
