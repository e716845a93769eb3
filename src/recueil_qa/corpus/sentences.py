"""Where the sentences of a paragraph begin, as far as its punctuation tells."""

from __future__ import annotations

import re
from collections.abc import Iterator

# What ends one, what closes after it (« Oui. » has a space), and the space before the next one.
_END = re.compile("""(?<![.!?…])[.!?…]++(?: ?[»”"’')\\]])*( +)""")
_FIRST = re.compile(r"[^\W_]")
_WORD = re.compile(r"[^\s(\[«“\"'’]*$")
# Before a full stop that ends no sentence.
_SHORT = frozenset(
    (
        *("m", "mm", "mme", "mmes", "mlle", "mlles", "dr", "drs", "pr", "me", "st", "ste", "art"),
        *("al", "alin", "cf", "ex", "env", "p", "pp", "n", "no", "nos", "num", "tél", "hab", "max"),
        *("min", "vol", "chap", "fig", "éd", "ed", "av", "bd", "vs", "mr", "mrs", "ms", "prof"),
        *("dept", "e.g", "i.e", "c.-à-d", "réf", "ref", "resp"),
    )
)
LONGEST_WORD = 60
_PAIRS = {"(": ")", "[": "]", "«": "»", "“": "”"}


def sentence_ends(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each sentence but the last one ends, and where the next one begins.

    What stands in brackets or in quotation marks is within its sentence. A full stop after a
    short form (« M. Roux ») or after a number that opens an item (« 1. Écrire ») ends none.
    """
    inside = _enclosed(text)
    at = 0
    begun = 0
    for found in _END.finditer(text):
        end, following = found.start(1), found.end()
        first = _FIRST.search(text, following, following + LONGEST_WORD)
        if not first or first[0].islower():
            continue
        while at < len(inside) and inside[at][1] <= end:
            at += 1
        if at < len(inside) and inside[at][0] < end:
            continue
        if found[0].rstrip() == "." and _is_short(
            text[max(begun, found.start() - LONGEST_WORD) : found.start()]
        ):
            continue
        begun = following
        yield end, following


def _is_short(before: str) -> bool:
    """Return whether a full stop after this, the begin of a sentence, is one of a short form."""
    found = _WORD.search(before)
    word = found[0] if found else ""
    if word.isdigit():
        return word == before.strip()
    initial = re.split(r"[-.]", word)[-1]
    return word.lower() in _SHORT or (len(initial) == 1 and initial.isupper())


def _enclosed(text: str) -> list[tuple[int, int]]:
    """Return the stretches in brackets or quotation marks, the outermost ones, in order."""
    opened: list[tuple[str, int]] = []
    found: list[tuple[int, int]] = []
    for match in re.finditer(r"[()\[\]«»“”]", text):
        mark, place = match[0], match.start()
        if mark in _PAIRS:
            opened.append((_PAIRS[mark], place))
        elif opened and opened[-1][0] == mark:
            start = opened.pop()[1]
            while found and found[-1][0] > start:
                found.pop()
            found.append((start, place + 1))
    return found
