"""The marks of list items: bullets, dashes, numbers."""

from __future__ import annotations

import re

_LIST_MARK = re.compile(
    r"^(?P<indent>\s*)(?P<mark>[-*•–—◦▪▫‣⁃●○■□►▶➢➤➔➲⇨❑❒❖⬥☐☑✓✔·])\s+(?P<text>\S.*)$", re.DOTALL
)
_NUMBERED = re.compile(r"^(?P<indent>\s*)(?P<text>(?:\d{1,2}[.)]|[a-z]\))\s+\S.*)$", re.DOTALL)

_MINUS = re.compile(
    r"^\s*[-–—−]\s*(?!(?:19|20)\d\d\b(?!\s*%))\d+(?:[ \u00a0\u202f.,]\d+)*(?![\w.)°/])"
)


def is_minus(text: str) -> bool:
    """Return whether a dash at the head of a text may be a minus: a number follows it.

    "- 12 % de courriers" may; "- 2013 : ouverture", "- 1er étage" and "- 1. Ouvrir" do not.
    """
    return _MINUS.match(text) is not None


def list_mark(text: str, numbered: bool = True) -> tuple[int, str] | None:
    """Return the indent and the text of a list item, or None. A number stays in the text."""
    text = text.expandtabs(4)
    found = _LIST_MARK.match(text) or (_NUMBERED.match(text) if numbered else None)
    return (len(found["indent"]), found["text"]) if found else None
