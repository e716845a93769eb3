"""Capitals that say nothing: a question typed wholly in them, or With One On Each Word.

An encoder reads « RÉDUIRE » as another word than « réduire ».
"""

from __future__ import annotations

import re
from collections.abc import Container

from recueil_qa.analysis.words import fold

SHOUTED = 0.6  # of the letters of a text that is typed in capitals
TITLED = 0.7  # of the words of one with a capital on each
LONGEST_ACRONYM = 5  # letters; a longer word in capitals is shouted
LONG = 4  # letters of a word that shows how a text is typed: "de" and "in" often stay small

_WORD = re.compile(r"[^\W\d_]+")
_STARTS = re.compile(r"(?:^|[.!?…]\s+)\W*([^\W\d_])")


def recased(text: str, acronyms: Container[str]) -> str:
    """Return a text with the capitals that a sentence has; one typed as usual stays as it is.

    `acronyms`, folded, keep theirs in a text that is all capitals.
    """
    words = _WORD.findall(text)
    if _is_shouted(words):
        lowered = _WORD.sub(lambda word: _lowered(word[0], acronyms), text)
    elif _is_titled(words):
        lowered = _WORD.sub(lambda word: _small(word[0]), text)
    else:
        return text
    return _STARTS.sub(lambda start: start[0][:-1] + start[1].upper(), lowered)


def _is_shouted(words: list[str]) -> bool:
    telling = [word for word in words if len(word) > 1]
    if len(telling) == 1:
        return telling[0].isupper() and len(telling[0]) > LONGEST_ACRONYM
    letters = "".join(telling)
    return sum(map(str.isupper, letters)) > SHOUTED * len(letters)


def _is_titled(words: list[str]) -> bool:
    telling = [word for word in words if len(word) >= LONG and not word.isupper()]
    return len(telling) > 1 and sum(word[0].isupper() for word in telling) > TITLED * len(telling)


def _lowered(word: str, acronyms: Container[str]) -> str:
    return word if word.isupper() and fold(word) in acronyms else word.lower()


def _small(word: str) -> str:
    return word if len(word) > 1 and word.isupper() else word.lower()
