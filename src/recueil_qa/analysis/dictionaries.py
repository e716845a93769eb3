"""The words of French and English, and the accents that French words have.

Loaded when first asked, a fourth of a second; pyspellchecker's lists, with how often subtitles
have each word.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from recueil_qa.analysis.words import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

# How much more frequent than the plain word an accented one is, to be what a hurried hand meant.
DOMINATES = 20


@cache
def known_words() -> frozenset[str]:
    """Return the folded words of French and English."""
    return frozenset(map(_fold, (*_frequencies("fr"), *_frequencies("en"))))


@cache
def english_words() -> frozenset[str]:
    """Return the folded words of English."""
    return frozenset(map(_fold, _frequencies("en")))


@cache
def accented_forms() -> dict[str, str]:
    """Return folded word → its most frequent accented French form.

    Of words whose plain form is no word, or a rare one beside it: not « marche », « ou », « la ».
    """
    frequencies = _frequencies("fr")
    forms: dict[str, str] = {}
    for word in sorted(word for word in frequencies if not word.isascii()):
        best = forms.setdefault(_fold(word), word)
        if frequencies[word] > frequencies[best]:
            forms[_fold(word)] = word
    return {
        folded: form
        for folded, form in forms.items()
        if frequencies[form] >= DOMINATES * frequencies.get(folded, 0)
    }


def is_plain_word(word: str) -> bool:
    """Return whether French or English has a word written without accents."""
    return word in _frequencies("fr") or word in _frequencies("en")


def frequency(word: str) -> int:
    """Return how often the lists have a word as it is written, or with the accents it lacks."""
    forms = {word, accented_forms().get(word, word)}
    return max(_frequencies(code).get(form, 0) for code in ("fr", "en") for form in forms)


@cache
def _frequencies(language: str) -> Mapping[str, int]:
    from spellchecker import SpellChecker

    counts: Mapping[str, int] = SpellChecker(language=language).word_frequency.dictionary
    return counts


def _fold(word: str) -> str:
    # Not through the cache of `fold`, which is for the words in use.
    return word if word.isascii() else fold.__wrapped__(word)
