"""A question as typed, to what is searched: its problem, in the writing that the index knows.

    Re: URGENT Bonjour, COMMENT REDUIRE LES APPLES REPETES (30%) ? Merci d'avance. Cordialement, X
    Comment réduire les appels répétés (30 %) ?

Courtesy, capitals that say nothing, numbers, abbreviations of the trade, accents and slips of the
keyboard, in this order. A message of several problems is read as several.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from recueil_qa.analysis.casing import recased
from recueil_qa.analysis.courtesy.unwrapping import unwrap
from recueil_qa.analysis.public_names import ACRONYMS
from recueil_qa.analysis.quantities import canonical
from recueil_qa.analysis.query import guess_language, one_line, visible
from recueil_qa.analysis.spelling import Spelling
from recueil_qa.analysis.texting import in_full
from recueil_qa.analysis.words import fold, stop_words, words

PIECE = 1_200  # characters that surely fit the encoder's 512 tokens
PROBLEMS, PROBLEM_WORDS = 4, 3  # of one message; of each, words that say something

_WORD = re.compile(r"[^\W_]+")
_SENTENCE = re.compile(r"(?<=[.!?…;])\s+")
# Where a message goes on to another problem: as a sentence begins, or an item of a list.
_NEXT = re.compile(
    r"(?:(?<=^)|(?<=[.!?;:…]\s))"
    r"(?:par ailleurs|d'autre part|d'une part|"
    r"(?:une? )?(?:autre|deuxi[eè]me|seconde?|troisi[eè]me) (?:probl[eè]me|question|sujet|point)|"
    r"deuxi[eè]mement|troisi[eè]mement|secondly|thirdly|"
    r"(?:a |the )?(?:another|other|second|third) (?:problem|question|issue|thing))\b[,: ]*",
    re.IGNORECASE,
)
_ITEM = re.compile(r"(?:(?<=^)|(?<=\s))(?:\(?[1-9][.)°]|•)\s+")
# How a question on a problem begins: the problem is after it.
_FRAME = re.compile(
    r"\W*(?:comment(?:\s+(?:faire|s['’]y\s+prendre))?(?:\s+pour)?|"
    r"que\s+faire\s+(?:quand|si|pour|contre|face\s+[àa])|"
    r"how\s+(?:do|can|could|should|would|did)\s+(?:we|i|you|one)|how\s+to|"
    r"what\s+(?:can|should|do)\s+(?:we|i)\s+do\s+(?:when|if|about))\s+(?=\w\S*\s+\w)",
    re.IGNORECASE,
)
_BULLET = re.compile(r"^\s*[-*•–—]\s+", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Reading:
    """What is searched; `mended` is the same where slips were, to be told, and else empty.

    `short` are the abbreviations that stand in full in it: a practice may have either.
    """

    text: str
    mended: str = ""
    short: tuple[str, ...] = ()


def read_question(
    question: str, spelling: Spelling, abbreviations: Mapping[str, str], *, as_typed: bool = False
) -> Reading:
    """Read a clean question; `as_typed` leaves slips of the keyboard.

    `abbreviations` are folded, with what each stands for.
    """
    typed = visible(question)
    if not as_typed:
        typed = in_full(typed, guess_language(typed))
    problem = one_line(_BULLET.sub("• ", unwrap(typed)))
    text = canonical(recased(problem, ACRONYMS))
    text = _unframed(text)
    short = tuple(word for word in words(text) if _is_short(word, abbreviations))
    text = _WORD.sub(
        lambda word: abbreviations[fold(word[0])] if word[0] in short else word[0], text
    )
    text = spelling.accented(text)
    mended = text if as_typed else spelling.correct(text)
    return Reading(mended, mended if mended != text else "", short)


def _unframed(text: str) -> str:
    """Return the problem that a question asks about: « comment réduire les appels ? »."""
    frame = _FRAME.match(text)
    return text[frame.end() :].rstrip(" ?!") if frame else text


def _is_short(word: str, abbreviations: Mapping[str, str]) -> bool:
    """Return whether a word is an abbreviation: in small letters, « si » is none."""
    ignored = stop_words("fr") | stop_words("en")
    folded = fold(word)
    return folded in abbreviations and (word.isupper() or folded not in ignored)


def problems(text: str) -> tuple[str, ...]:
    """Return the problems of a message, each as it is told there; mostly the message alone.

    Only where the message itself says so, by a list, by "d'autre part" or by several questions: the
    sentences of one problem are read together.
    """
    if len(_ITEM.findall(text)) > 1:
        pieces = _ITEM.split(text)
    elif _NEXT.search(text):
        pieces = _NEXT.split(text)
    elif text.count("?") > 1:
        pieces = re.split(r"(?<=\?)\s+", text)
    else:
        return (text,)
    telling = [piece.strip(" ,;:") for piece in pieces if _tells(piece)]
    return tuple(telling[:PROBLEMS]) if len(telling) > 1 else (text,)


def _tells(text: str) -> bool:
    ignored = stop_words("fr") | stop_words("en")
    return sum(fold(word) not in ignored for word in words(text)) >= PROBLEM_WORDS


def pieces(text: str) -> list[str]:
    """Return a text in pieces that an encoder reads whole: of sentences, cut where one is long."""
    found = [""]
    for sentence in _SENTENCE.split(text):
        for start in range(0, len(sentence), PIECE):
            part = sentence[start : start + PIECE]
            if found[-1] and len(found[-1]) + len(part) > PIECE:
                found.append("")
            found[-1] = f"{found[-1]} {part}".strip()
    return found
