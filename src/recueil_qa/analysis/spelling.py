"""Slips of the keyboard, mended with the collection's own words before a query is searched.

A word is only touched when neither the collection nor a French or English dictionary has it. It
becomes the nearest word of the collection, at most one slip away, or two for six letters and
more (optimal string alignment distance: a letter lost, added, changed, or two swapped); or its
elision gets its apostrophe back (laccueil: l'accueil). Words of the domain win over function words,
words with the same first letter over others, since people seldom miss it, and words that
differ by a doubled letter only over all.

Names are left alone: a word in capitals in a query that is not, a capitalised word inside it, a
word with a capital inside, an acronym or an organisation that is listed, in any case; and so are
addresses, feminine titles (agente, autrice), words made of known ones (réécoute), and inclusive
writing (agent·e·s), of which search drops the endings.

Accents left out are no slips: a French query typed without any gets those that its words have.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property

from recueil_qa.analysis import dictionaries
from recueil_qa.analysis.derivations import is_derived
from recueil_qa.analysis.feminines import is_feminine
from recueil_qa.analysis.public_names import ACRONYMS, ORGANISATIONS
from recueil_qa.analysis.query import OTHER, guess_language
from recueil_qa.analysis.words import fold, stop_words, words

SHORTEST = 4
ELISION = re.compile("(l|d|n|s|j|m|t|c|qu)(?=[aeiouyh])(.{4,})")
OTHER_INITIAL = 0.5  # of a slip
FUNCTION_WORD = 0.25
SAME_BUT_DOUBLED = 0.5
CANDIDATES = 12
SHORTEST_ACCENTED = 3  # « a », « ou », « la », « du » are words without

_NAMES = ACRONYMS | ORGANISATIONS
_FEMININE = (
    r"(?:i?[eè]re|t?rice|eus?e|eure|(?:er|or)?esse|sse|i?enne|[aei]lle|[ai]nte|ale|ante|ente|"
    r"ée|ne|le|fe|te|se|ve|e)s?"
)
_WORD = re.compile(r"[^\W_]+")
# What is more than a word, and left alone.
_KEPT = re.compile(
    # An address: ameli.fr, accueil@mairie.fr.
    r"[\w.+-]{1,64}@[\w.-]{1,64}"
    r"|[\w-]{1,64}(?:\.[\w-]{1,64}){0,4}\.(?:fr|com|org|net|eu|uk|gov)\b"
    # Inclusive writing: agent·e·s, usager(ère)s, conseiller.ère.s, directeur/trice.
    r"|[^\W\d_]{2,64}(?:[·•‧∙⋅][^\W\d_]{1,8})+"
    rf"|[^\W\d_]{{2,64}}(?:[.(/-]{_FEMININE}\)?(?:[.-]?s)?)(?![^\W_])"
)


class _Typed:
    """A text as typed, and what is only asked of it where a word may change."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def language(self) -> str:
        return guess_language(self._text)

    @property
    def has_accents(self) -> bool:
        return any(letter.isalpha() for letter in self._text if not letter.isascii())

    def names(self, word: str) -> bool:
        """Return whether capitals tell an acronym (CNAF), or a name of words (FranceConnect)."""
        return len(word) > 1 and word[1:] != word[1:].lower() and not self._is_shouted

    def keeps(self, found: re.Match[str]) -> bool:
        """Return whether a word is part of an address or of inclusive writing."""
        return any(start <= found.start() < end for start, end in self._kept)

    @cached_property
    def _kept(self) -> list[tuple[int, int]]:
        return [found.span() for found in _KEPT.finditer(self._text)]

    @cached_property
    def _is_shouted(self) -> bool:
        """Whether it is typed in capitals, which then tell no name from a word."""
        if not any(letter.islower() for letter in self._text):
            return True
        typed = [word for word in words(self._text) if len(word) > 1 and word.isalpha()]
        capitals = [word for word in typed if word.isupper()]
        ignored = stop_words("fr") | stop_words("en")
        return len(capitals) * 2 > len(typed) and any(
            len(word) > 2 and fold(word) in ignored for word in capitals
        )


class Spelling:
    """The words of a collection, to mend queries with."""

    def __init__(self, forms: Mapping[str, str]) -> None:
        """Take the words, folded → most frequent form, the most frequent first."""
        self._forms = forms

    @classmethod
    def of(cls, texts: Iterable[str]) -> Spelling:
        """Return the spelling of the words of texts."""
        return cls(forms_of(texts))

    @classmethod
    def joined(cls, parts: Iterable[Spelling]) -> Spelling:
        """Return the spelling of the words of several collections, those of the first before."""
        forms: dict[str, str] = {}
        for part in parts:
            forms |= {word: form for word, form in part._forms.items() if word not in forms}
        return cls(forms)

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
        typed = _Typed(text)
        return _WORD.sub(lambda found: self._mended(found, typed), text)

    def accented(self, text: str) -> str:
        """Return a French text that has no accent with those that its words can't do without."""
        typed = _Typed(text)
        if typed.has_accents or typed.language not in ("fr", ""):
            return text
        return _WORD.sub(lambda found: self._with_accents(found, typed), text)

    def _mended(self, found: re.Match[str], typed: _Typed) -> str:
        word = found[0]
        folded = fold(word)
        inside = word[0].isupper() and word[1:].islower() and found.start() > 0
        if inside or typed.names(word) or not self._is_slip(folded):
            return word
        if typed.keeps(found) or typed.language == OTHER:
            return word
        # English has no elision: « lable » is a label.
        elision = None if typed.language == "en" else ELISION.fullmatch(folded)
        if elision and elision[2] in self._forms:
            return f"{elision[1]}'{self._forms[elision[2]]}"
        if elision and elision[2] in _NAMES:
            return f"{elision[1]}'{elision[2]}"
        return self._nearest(folded) or word

    def _is_slip(self, folded: str) -> bool:
        """Return whether nobody knows a word: the dictionaries, loaded when needed, last."""
        if len(folded) < SHORTEST or not folded.isalpha() or not folded.isascii():
            return False
        if folded in self._forms or folded in _NAMES:
            return False
        if folded in stop_words("fr") | stop_words("en"):
            return False
        if folded in _dictionary():
            return False
        return not is_feminine(folded, self._knows) and not is_derived(folded, self._knows)

    def _with_accents(self, found: re.Match[str], typed: _Typed) -> str:
        word = found[0]
        folded = word.lower()
        if len(word) < SHORTEST_ACCENTED or not word.isalpha() or folded in ACRONYMS:
            return word
        form = dictionaries.accented_forms().get(folded, folded)
        own = self._forms.get(folded, folded)
        # The collection's form of several (répétés, répètes), or of a word that is only its own.
        if own != folded and (form != folded or not dictionaries.is_plain_word(folded)):
            form = own
        if form == folded or typed.names(word) or typed.keeps(found):
            return word
        # Of a few keywords, those that English has too (evaluation) may be English.
        if typed.language != "fr" and folded in dictionaries.english_words():
            return word
        if word.isupper():
            return form.upper()
        return form.capitalize() if word[0].isupper() else form

    def _knows(self, folded: str) -> bool:
        return folded in self._forms or folded in _dictionary()

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


def _dictionary() -> frozenset[str]:
    return dictionaries.known_words()
