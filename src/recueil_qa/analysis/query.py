"""A question as typed, made safe to search: bounded, normalised, its language guessed."""

from __future__ import annotations

import unicodedata
from collections import Counter
from functools import cache, lru_cache

from recueil_qa.analysis.words import bm25s_lists, fold, stop_words, words
from recueil_qa.errors import QuestionError
from recueil_qa.messages import Text

OTHER = "other"
REMEMBERED = 1_024  # texts, of which one question has several
# Languages that a French administration's users may well type, told by their function words.
_OTHERS = ("GERMAN", "SPANISH", "ITALIAN", "PORTUGUESE", "DUTCH")


def clean_query(text: str, limit: int) -> str:
    """Return the question in NFC, control characters out, white space folded.

    Raises:
        QuestionError: it is empty, without a letter or digit, or longer than `limit` characters.
    """
    if len(text) > limit:
        raise QuestionError(
            Text(
                f"La question compte {len(text)} caractères, {limit} au plus : gardez l'essentiel.",
                f"The question has {len(text)} characters, {limit} at most: keep what matters.",
            )
        )
    cleaned = one_line(text)
    if not cleaned:
        raise QuestionError(
            Text(
                "La question est vide : décrivez votre problème en quelques mots.",
                "The question is empty: describe your problem in a few words.",
            )
        )
    if not any(c.isalnum() for c in cleaned):
        raise QuestionError(
            Text(
                "La question ne contient aucun mot : décrivez votre problème en quelques mots.",
                "The question contains no word: describe your problem in a few words.",
            )
        )
    return cleaned


def one_line(text: str) -> str:
    """Return a text in NFC on one line, without what can't be seen."""
    return " ".join(visible(text).split())


def visible(text: str) -> str:
    """Return a text in NFC with its line breaks, other characters that can't be seen as spaces."""
    # As a method of str: what is no text (of a file that somebody altered) is a TypeError.
    if str.isprintable(text):
        return unicodedata.normalize("NFC", text)
    kept = "".join(
        c if c == "\n" else " " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c
        for c in text
        # Emoji are joined by U+200D; other invisible characters could turn a line around.
        if unicodedata.category(c) not in ("Cs", "Cf") or c == "\u200d"
    )
    return unicodedata.normalize("NFC", kept)


def searchable(text: str, limit: int) -> str:
    """Return the clean question; of one that `clean_query` refuses, whatever can be searched."""
    try:
        return clean_query(text, limit)
    except QuestionError:
        return text.encode("utf-8", "replace").decode("utf-8")[:limit]


@lru_cache(REMEMBERED)
def guess_language(text: str) -> str:
    """Return `fr`, `en`, `other`, or "" when nothing tells (a few keywords, say)."""
    letters = [c for c in text if c.isalpha()]
    strange = sum(not c.isascii() and "LATIN" not in unicodedata.name(c, "") for c in letters)
    if strange * 2 > len(letters):
        return OTHER
    marks = _function_words()
    counts = Counter(dict.fromkeys(("fr", "en", *_OTHERS), 0))
    for word in words(text):
        counts.update(marks.get(fold(word), ()))
    best = max(counts.values())
    leaders = [language for language, count in counts.items() if count == best]
    if best == 0 or len(leaders) > 1:
        # "in" is English, German and Dutch: the collections' languages come first, one of them.
        known_leaders = [known for known in ("fr", "en") if best and known in leaders]
        return known_leaders[0] if len(known_leaders) == 1 else ""
    if leaders[0] in ("fr", "en"):
        return leaders[0]
    # One lone word proves nothing ("die", "come"): a foreign language must show twice.
    known = max(counts["fr"], counts["en"])
    return OTHER if best >= known + 2 else ""


@cache
def _function_words() -> dict[str, list[str]]:
    """Return function word → the languages that have it."""
    lists = {"fr": stop_words("fr"), "en": stop_words("en")}
    for name in _OTHERS:
        lists[name] = frozenset(map(fold, getattr(bm25s_lists(), f"STOPWORDS_{name}")))
    found: dict[str, list[str]] = {}
    for language, listed in lists.items():
        for word in listed:
            found.setdefault(word, []).append(language)
    return found
