"""Signatures: what follows a closing, or ends a message, and tells who wrote it."""

from __future__ import annotations

import re

from recueil_qa.analysis.words import fold, stop_words

SIGNATURE_LINES = 12
LONGEST = 800  # characters
SIGNATURE_WORDS = 20  # in a line
NAME_WORDS = 4


# What a sentence has and a signature hasn't.
_CLAUSE = re.compile(
    r"[?]|(?<![\w-])(?:[jn]'|qu'|(?:je|nous|comment|pourquoi|est-ce|ne|qui|que|quel(?:le)?s?|sont|ont|"
    r"avons|faut|ps|p\.s\.|nb|n\.b\.|i|we|our|how|why|what|is|are|have|there|they|ils|elles|cette|"
    r"ces|nos|mais|car|when|but)(?![\w.-]))|^\s*(?:les|des|un|une|on|il|y|au?|ou|et|de|dans|sur|pour|or|and|to|in|for|on|from)\b"
)
_OFFICE = re.compile(
    r"(?:le |la |l')?(?:direct(?:eur|rice|ion|or)|chef|cheffe|responsable|adjointe?|secretaire|"
    r"secretariat|chargee?|service|mairie|ville|conseil|prefecture|sous-prefecture|caf|cpam|"
    r"manager|head of|officer|team|departe?ment|agente?|conseill(?:er|ere)|presidente?|maire|dgs|"
    r"drh|ministere|caisse|communaute|metropole|region|attachee?|assistante?|coordinat|chief|"
    r"deputy|senior|tel|mob|fax|port\b|phone|mail|e-mail|www\.|http|bp |cs |\d)"
)
_WORD = re.compile(r"[^\W_]+")
_REACH = re.compile(r"@|www\.|https?:|(?:\d[\s.-]?){9,}")


def signature_end(text: str, plain: str, start: int, *, surely: bool, shouted: bool) -> int:
    """Return where the signature after a closing ends; the place itself if there is none."""
    end = start
    for number, line in enumerate(text[start : start + LONGEST].splitlines(keepends=True)):
        if number == SIGNATURE_LINES:
            return start
        low = plain[end : end + len(line)]
        if low.strip() and not _signs(line, low, surely, shouted):
            break
        end += len(line)
    return end


def _signs(line: str, low: str, surely: bool, shouted: bool) -> bool:
    """Return whether a line may be part of a signature."""
    if _CLAUSE.search(low):
        return False
    if _REACH.search(low) or (not shouted and is_name(line)):
        return True
    if not surely and shouted and len(low.split()) <= 2:
        return True
    if not surely or len(low.split()) > SIGNATURE_WORDS:
        return False
    # A name and what it is of (Anne Morvan, cheffe de bureau), an office, or a few words.
    return (
        bool(_OFFICE.match(low.strip()))
        or len(low.split()) <= (2 * NAME_WORDS if shouted else NAME_WORDS)
        or (not shouted and is_name(" ".join(line.split()[:2])))
    )


def is_name(line: str) -> bool:
    """Return whether a few words in capitals may be somebody's name."""
    found = _WORD.findall(line)
    return (
        0 < len(found) <= NAME_WORDS
        and all(word[0].isupper() for word in found)
        and not any(fold(word) in stop_words("fr") | stop_words("en") for word in found)
    )


def contact_block(text: str, plain: str) -> list[tuple[int, int]]:
    """Return the last lines where they are a name, an office and how to reach them."""
    if "\n" not in plain or not _REACH.search(plain, max(0, len(plain) - 800)):
        return []
    start = len(text)
    reached = False
    for line in reversed(text.splitlines(keepends=True)[-SIGNATURE_LINES:]):
        low = plain[start - len(line) : start]
        is_office = bool(_OFFICE.match(low.strip())) and len(low.split()) <= SIGNATURE_WORDS
        if low.strip() and (
            _CLAUSE.search(low) or not (is_office or is_name(line) or _REACH.search(low))
        ):
            break
        reached = reached or bool(_REACH.search(low))
        start -= len(line)
    return [(start, len(text))] if reached and start > 0 else []
