"""Words that the end of a line cuts: "avan-", "tage" is "avantage"; "rendez-", "vous" is not.

What the rest of the document writes decides, then a dictionary of its language.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spellchecker import SpellChecker

_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")


class Rejoiner:
    """The words of one document and of its language."""

    def __init__(self, texts: Iterable[str], language: str) -> None:
        self._texts = texts
        self._language = language

    @cached_property
    def _written(self) -> frozenset[str]:
        return frozenset(word.lower() for text in self._texts for word in _WORD.findall(text))

    def whole_word(self, left: str, right: str) -> bool:
        """Return whether `left` and `right` make a word without a hyphen."""
        if not right[0].islower() or not left[-1].isalpha():
            return False
        left, right = re.split("['’]", left)[-1].lower(), right.lower()
        if f"{left}-{right}" in self._written:
            return False
        if left + right in self._written:
            return True
        known = _dictionary(self._language)
        if left + right in known:
            return True
        return not (left.rpartition("-")[2] in known and right in known)


@cache
def _dictionary(language: str) -> SpellChecker:
    from spellchecker import SpellChecker

    return SpellChecker(language=language)
