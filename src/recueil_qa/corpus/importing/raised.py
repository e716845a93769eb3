"""Marks raised above a line: "320¹" is no 3201, "1ᵉʳ" is "1er", "m²" stays."""

from __future__ import annotations

import re

_UNIT = re.compile(r"(?:^|[\s\d(/])(?:[kcmdµ]?m|[Kk][Mm])$")
_POWERS = str.maketrans("0123456789-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻")
_POWER = re.compile(r"[23]")
_CALL = re.compile(r"[\d\s,;*†‡§()\[\]–-]+")


def raised(before: str, mark: str) -> str | None:
    """Return how a raised piece of text is written after `before`; None if it calls a note."""
    text = mark.strip()
    if _POWER.fullmatch(text) and _UNIT.search(before[-8:]):
        return text.translate(_POWERS)
    return None if _CALL.fullmatch(text) else mark


def told(before: str, mark: str) -> str:
    """Return a call of a note as it is listed: "320 [1]"."""
    return f"{before.rsplit(maxsplit=1)[-1] if before.strip() else ''} [{mark.strip()}]".strip()


def called(listed: str) -> str:
    """Return the mark of a call as `told` writes it."""
    return listed.rpartition("[")[2].rstrip("]").strip(" ()")
