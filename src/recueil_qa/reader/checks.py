"""Whether what a language model wrote of a practice may be shown: one phrase that adds nothing.

Its numbers, dates, names and acronyms are the practice's own; it makes no advice an obligation, has
no markup, link, quotation mark or second sentence. What fails is left out: the quotation stands
alone. What is allowed is listed, rather than what is not, for nobody can list all that misleads.
Names are told by their capitals and, in lower case, by what they are not: a word that the practice
lacks has to be a common one of French or English.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from recueil_qa.analysis.dictionaries import frequency
from recueil_qa.analysis.public_names import ACRONYMS, ORGANISATIONS
from recueil_qa.analysis.quantities import canonical
from recueil_qa.analysis.words import fold, stem, stop_words
from recueil_qa.reader.prompt import WORDS
from recueil_qa.reader.wording import (
    DATES,
    ELIDED,
    NUMBERS,
    OBLIGATION,
    OPENERS,
    OTHERWISE,
    well_known_names,
)
from recueil_qa.types import Practice

CHARACTERS = 240
# Of the lists' words, those below are names and slips more often than not; at 50 towns are many.
COMMON = 100
_LETTERS = "a-zA-ZàâäçéèêëîïôöùûüÿœæñÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŸŒÆÑ"
_ALLOWED = re.compile(rf"[{_LETTERS}0-9 .,;:!?…'’()%€–—-]*")
# A mark that ends a sentence within the text, or joins two words as in an address.
_ENDS_WITHIN = re.compile(r"[.!?…](?!\Z)(?!(?<=\d\.)\d)")
_WORD = re.compile(rf"[{_LETTERS}]+")
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
_LANGUAGES = ("fr", "en")
_PUBLIC = ACRONYMS | ORGANISATIONS
_BRITISH = ((re.compile("is(?=e[ds]?$|ing$|ations?$)"), "iz"), (re.compile("our"), "or"))
_UNIT = re.compile(r"\s*(%|€|euros?\b)")


def fit_to_show(why: str, practice: Practice, offered: Sequence[Practice] = ()) -> str:
    """Return a reason as it may be shown of a practice, or "" where it may not.

    Words that `offered` practices write in lower case are no names where a phrase begins with them.
    """
    text = " ".join(unicodedata.normalize("NFC", why).replace("\u00a0", " ").split(" "))
    text = text.replace("\u202f", " ").strip()
    body = text.rstrip(".!?… ")
    if not body or len(text) > CHARACTERS or len(text.split()) > WORDS:
        return ""
    if not _ALLOWED.fullmatch(text) or _ENDS_WITHIN.search(body + "."):
        return ""
    if OBLIGATION.search(fold(text)):
        return ""
    own = own_text(practice)
    if not set(_figures(text)) <= set(_figures(own)):
        return ""
    known = _words(own)
    if not set(_names(text, offered)) <= known:
        return ""
    return "" if any(_uncommon(text, known)) else text


def own_text(practice: Practice) -> str:
    """Return all that a practice says that a reason may repeat."""
    lines = (line.text for section in practice.sections for line in section.lines)
    return "\n".join((practice.title, practice.subtitle, practice.organisation, *lines))


def _figures(text: str) -> Iterator[str]:
    """Yield the numbers of a text in one writing, each with its unit, and dates, also in words."""
    written = canonical(text)
    for match in _FIGURE.finditer(written):
        unit = _UNIT.match(written, match.end())
        mark = "" if unit is None else "%" if unit[1] == "%" else "€"
        yield match[0].replace(",", ".") + mark
    words = [fold(word) for word in re.findall(rf"\d+|{_WORD.pattern}", text)]
    for place, word in enumerate(words):
        beside = [each for each in words[max(place - 1, 0) : place + 2] if each.isdecimal()]
        if word in NUMBERS:
            yield NUMBERS[word]
        if word in DATES and (beside or word not in OTHERWISE):
            yield DATES[word]
            yield from (f"{number} {DATES[word]}" for number in beside)


def _names(text: str, offered: Iterable[Practice]) -> Iterator[str]:
    """Yield the words of a text that may be names or acronyms, folded: those with a capital.

    A capital that only begins the text is none where the word is known to be a common one; a word
    without one is a name where it is a public body's, or stands in capitals in another practice.
    """
    written = _WORD.findall("\n".join(map(own_text, offered)))
    common = {fold(word) for word in written if word.islower()} | OPENERS
    names = {fold(word) for word in written if len(word) > 1 and word.isupper()} | _PUBLIC
    for match in _WORD.finditer(text):
        word, name = match[0], fold(match[0])
        begins = match.start() == 0 and word[1:] == word[1:].lower()
        if word.islower():
            is_name = name in names and name not in common
        else:
            is_name = not (begins and name in common)
        if is_name:
            yield name


def _uncommon(text: str, known: set[str]) -> Iterator[str]:
    """Yield the words that are neither `known`, in any form, nor common in French or English."""
    left = [
        name
        for name, word in ((fold(word), word.lower()) for word in _WORD.findall(text))
        if name not in known
        and name not in ELIDED
        and not any(name in stop_words(language) for language in _LANGUAGES)
        and (name in well_known_names() or not _is_common(word, name))
    ]
    if left:
        stems = {stem(word, language) for word in known for language in _LANGUAGES}
        yield from (
            name
            for name in left
            if not any(stem(name, language) in stems for language in _LANGUAGES)
        )


def _is_common(word: str, folded: str) -> bool:
    """Return whether a word is common, one in its British spelling included."""
    if folded in OPENERS or frequency(word) >= COMMON:
        return True
    return any(frequency(form.sub(other, word)) >= COMMON for form, other in _BRITISH)


def _words(text: str) -> set[str]:
    return {fold(word) for word in _WORD.findall(unicodedata.normalize("NFC", text))}
