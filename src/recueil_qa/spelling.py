"""Slips of the keyboard, mended with the collection's own words before a query is searched.

A word is only touched when neither the collection nor a French or English dictionary has it. It
becomes the nearest word of the collection, at most one slip away, or two for six letters and
more (optimal string alignment distance: a letter lost, added, changed, or two swapped); or its
elision gets its apostrophe back (laccueil: l'accueil). Words of the domain win over function words,
words with the same first letter over others, since people seldom miss it, and words that
differ by a doubled letter only over all. A capitalised word inside a query is taken for a name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache, cached_property

from recueil_qa.lexical import fold, stop_words, words

SHORTEST = 4
ELISION = re.compile("(l|d|n|s|j|m|t|c|qu)(?=[aeiouyh])(.{4,})")
OTHER_INITIAL = 0.5  # of a slip
FUNCTION_WORD = 0.25
SAME_BUT_DOUBLED = 0.5
CANDIDATES = 12

_WORD = re.compile(r"[^\W_]+")


class Spelling:
    """The words of a collection, to mend queries with."""

    def __init__(self, forms: Mapping[str, str]) -> None:
        """Take the words, folded → most frequent form, the most frequent first."""
        self._forms = forms

    @classmethod
    def of(cls, texts: Iterable[str]) -> Spelling:
        """Return the spelling of the words of texts."""
        return cls(forms_of(texts))

    @cached_property
    def _ranks(self) -> dict[str, int]:
        """Folded word → its rank by frequency, for the words that may replace another."""
        return {
            word: rank
            for rank, word in enumerate(self._forms)
            if len(word) >= SHORTEST and word.isalpha()
        }

    @cached_property
    def _words(self) -> list[str]:
        return list(self._ranks)

    def correct(self, text: str) -> str:
        """Return a text with the words that nobody knows replaced by the nearest known ones."""
        return _WORD.sub(lambda found: self._mended(found[0], found.start() == 0), text)

    def _mended(self, word: str, first: bool) -> str:
        folded = fold(word)
        if word[0].isupper() and word[1:].islower() and not first:
            return word  # a name
        if len(folded) < SHORTEST or not folded.isalpha() or folded in self._forms:
            return word
        if not folded.isascii() or folded in stop_words("fr") | stop_words("en"):
            return word
        if folded in _dictionary():
            return word
        elision = ELISION.fullmatch(folded)
        if elision and elision[2] in self._forms:
            return f"{elision[1]}'{self._forms[elision[2]]}"
        return self._nearest(folded) or word

    def _nearest(self, folded: str) -> str | None:
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        slips = 1 if len(folded) < 6 else 2
        found = process.extract(
            folded, self._words, scorer=OSA.distance, score_cutoff=slips, limit=CANDIDATES
        )
        ignored = stop_words("fr") | stop_words("en")

        def cost(candidate: str, distance: float) -> tuple[float, int]:
            penalty = OTHER_INITIAL * (candidate[0] != folded[0])
            penalty += FUNCTION_WORD * (candidate in ignored)
            penalty -= SAME_BUT_DOUBLED * (_single(candidate) == _single(folded))
            return distance + penalty, self._ranks[candidate]

        best = min(((cost(c, d), c) for c, d, _ in found), default=None)
        return self._forms[best[1]] if best else None


def forms_of(texts: Iterable[str]) -> dict[str, str]:
    """Return folded word → its most frequent form, of the words of texts, most frequent first."""
    counts = Counter(word.lower() for text in texts for word in words(text))
    forms: dict[str, str] = {}
    for word, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        forms.setdefault(fold(word), word)
    return forms


def _single(word: str) -> str:
    """Return a word with its doubled letters single."""
    return re.sub(r"(.)\1+", r"\1", word)


@cache
def _dictionary() -> frozenset[str]:
    """Return the folded words of French and English."""
    from spellchecker import SpellChecker

    return frozenset(
        fold(word)
        for language in ("fr", "en")
        for word in SpellChecker(language=language).word_frequency.words()
    )
