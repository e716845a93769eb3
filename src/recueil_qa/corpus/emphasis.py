"""Marks of emphasis and of code in a text: `**bold**`, `*italic*`, `_italic_`, `` `code` ``.

Only marks that clearly are some go. Lone asterisks (a product, a call for a footnote), marks
that nothing closes and the underscores of a name stay as they stand in the source.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict

_RUN = re.compile(r"\*+|_+|`+")
LONGEST = 3  # `***bold and italic***`; a longer row of marks is a drawing
DEEPEST = 10  # marks within marks
WIDEST = 1_000  # characters between two lone asterisks
_BRACKETS = {"(": 1, "[": 1, ")": -1, "]": -1}


def plain(text: str) -> str:
    """Return a text without its marks of emphasis, on one line, with single spaces."""
    text = " ".join(text.split())
    # What code held may be marks of its own: again, until none is left.
    for _ in range(DEEPEST):
        if not _RUN.search(text):
            break
        without = " ".join(_emphasis(_code(text)).split())
        if without == text or not without:
            break
        text = without
    return text


def _code(text: str) -> str:
    """Drop the marks around code: a row of back quotes, closed by the next one as long."""
    runs = [found.span() for found in _RUN.finditer(text) if found[0][0] == "`"]
    ahead: dict[int, list[int]] = defaultdict(list)
    for at in range(len(runs) - 1, -1, -1):
        ahead[runs[at][1] - runs[at][0]].append(at)
    dropped: list[tuple[int, int]] = []
    at = 0
    while at < len(runs):
        same = ahead[runs[at][1] - runs[at][0]]
        while same and same[-1] <= at:
            same.pop()
        if same and text[runs[at][1] : runs[same[-1]][0]].strip():
            dropped += [runs[at], runs[same[-1]]]
            at = same[-1]
        at += 1
    return _without(text, dropped)


def _emphasis(text: str) -> str:
    """Drop the marks of emphasis that open and close."""
    runs = [found.span() for found in _RUN.finditer(text) if found[0][0] != "`"]
    dropped: list[tuple[int, int]] = []
    opened: list[tuple[int, int]] = []
    waiting: Counter[str] = Counter()
    for span in runs:
        mark = text[slice(*span)]
        if len(mark) > LONGEST:
            continue
        if waiting[mark] and _closes(text, span):
            while opened:
                before = opened.pop()
                waiting[text[slice(*before)]] -= 1
                if text[slice(*before)] == mark:
                    break
            if mark != "*" or _is_balanced(text[before[1] : span[0]]):
                dropped += [before, span]
        elif _opens(text, span):
            opened.append(span)
            waiting[mark] += 1
    singles = {span for span in runs if text[slice(*span)] == "*"}
    if not singles <= {*dropped}:
        # One of them is no emphasis: a footnote's, most likely, and the others its calls.
        dropped = [span for span in dropped if span not in singles]
    return _without(text, dropped)


def _opens(text: str, span: tuple[int, int]) -> bool:
    before, after = text[max(span[0] - 1, 0) : span[0]], text[span[1] : span[1] + 1]
    if not after or after.isspace():
        return False
    # "2**3" and "snake_case"; bold may begin within a word, as in "le **MA**nagement".
    return not (before.isdigit() if text[span[0] : span[1]] == "**" else _is_word(before))


def _closes(text: str, span: tuple[int, int]) -> bool:
    before, after = text[max(span[0] - 1, 0) : span[0]], text[span[1] : span[1] + 1]
    if not before or before.isspace():
        return False
    return text[span[0] : span[1]] == "**" or not _is_word(after)


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _is_balanced(text: str) -> bool:
    """Return whether a short text closes each bracket that it opens, and no other."""
    if len(text) > WIDEST:
        return False
    depth = 0
    for character in text:
        depth += _BRACKETS.get(character, 0)
        if depth < 0:
            return False
    return depth == 0


def _without(text: str, dropped: list[tuple[int, int]]) -> str:
    out, done = [], 0
    for start, end in sorted(dropped):
        out.append(text[done:start])
        done = end
    return "".join([*out, text[done:]])
