"""The problem in a message, without what courtesy and the mail program put around it.

Formulas are only sought where a sentence or a line begins, or at its end: within one they are what
it tells of (« on ne nous dit jamais bonjour »). A message of which no word would be left is kept as
it was.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator

from recueil_qa.analysis.courtesy import formulas, mail_marks
from recueil_qa.analysis.courtesy.signatures import LONGEST, contact_block, is_name, signature_end
from recueil_qa.analysis.courtesy.told import is_said, is_told_of
from recueil_qa.analysis.words import fold, stop_words, words

PASSES = 8
WITHIN = 400  # characters of a sentence before a formula at its end

_PLAIN = tuple(
    (accented, plain)
    for plain, variants in {
        "a": "àâä", "c": "ç", "e": "éèêë", "i": "îïí", "o": "ôöó", "u": "ùûü",
        "'": "’‘ʼ′`´", " ": "\u00a0\u202f\u2009\t\r",
    }.items()
    for accented in variants
)  # fmt: skip
_START = re.compile(r"(?:[!?…;\n]|\.(?=\s))[\s>•*!?….–—-]*")
_INDENT = re.compile(r"[\s>•*–—-]*")
_GAP = re.compile(r"[\s,]+")
_MARKS = re.compile(r"[!?]{2,}")
_WORD = re.compile(r"[^\W_]+")
_LONG_GAPS = re.compile(r"\s{3,}")
_CLOSE = frozenset("?.,;)")  # marks that stand close to the word before them
_EMPTY_BRACKETS = re.compile(r"\(\s*\)|\[\s*\]|<\s*>")
_LEADING = re.compile(r"(?:[\s,;:.!?…)*–—]|-(?!\s?\d))+")
_TRAILING = re.compile(r"[\s,;:(–—-]+\Z")
_BRACKETED_URGENCY = re.compile(r"[(\[]\s*(?:tres\s+|very\s+)?urgent\s*!*\s*[)\]]")
_SHOUTED_END = re.compile(
    r"(?:\s+TR[EÈ]S)?\s(?:URGENT|ASAP)[ !.]*\Z|\s(?:Envoyé de mon|Sent from my) \w+(?: \w+)?\s*\Z"
)
_LABELS = (formulas.PREFIX, formulas.LEAD_IN, formulas.LABEL)
_ENDS = (mail_marks.DEVICE, formulas.URGENCY)
_EXPECTED = re.compile(r"avance|advance|votre|your")
# « Cher usager » is a letter's, which the message tells of.
_PUBLIC = re.compile(
    r"usage|client|citoyen|administre|allocataire|contribuable|patient|adherent|user|customer|"
    r"citizen|taxpayer|resident|applicant"
)
# Greetings in a row are what the message tells of.
_LISTED = re.compile(
    r"(?:(?:merci|au revoir|bonsoir|thank you|goodbye|please)\s*(?:,|et\b|ou\b|and\b|or\b)|"
    r"(?:et|ou|and|or)\s+(?:bonjour|bonsoir|merci|au revoir|salut|hello|hi|goodbye|thank)\b)"
)
_COURTESIES = frozenset(
    words(
        "bonjour bonsoir merci cordialement salutations madame monsieur svp plait urgent important "
        "hello hi dear thanks thank please regards sincerely question best kind warm bien tres"
    )
)


def unwrap(text: str) -> str:
    """Return the problem that a message tells, without courtesy, signature and subject prefixes."""
    current = text
    for _ in range(PASSES):
        shorter = _unwrapped(current)
        if shorter == current:
            return current if current == text or _has_content(current) else text
        current = shorter
    # Nested beyond what people write; as it was, so that unwrapping it again changes nothing.
    return text


def _plain(text: str) -> str:
    """Return a text without capitals, accents and curly apostrophes, character for character."""
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    if not lowered.isascii():
        for accented, plain in _PLAIN:
            lowered = lowered.replace(accented, plain)
    return lowered


def _unwrapped(text: str) -> str:
    """Return a text less one layer of formulas."""
    # Long gaps would be slow to look for formulas in.
    tidy = unicodedata.normalize("NFC", text)
    if "  " in tidy or not tidy.isprintable():
        tidy = _LONG_GAPS.sub(_gap, tidy)
    if tidy != text:
        shorter = _unwrapped(tidy)
        return text if shorter == tidy else shorter
    plain = _plain(text)
    spans = [*_scattered(plain), *_sentences(text, plain)]
    spans += contact_block(text, plain)
    return _without(text, spans) if spans else text


def _scattered(plain: str) -> list[tuple[int, int]]:
    """Return what is left out wherever it stands: addresses, numbers, « svp », marks in a row."""
    sought = []
    if "@" in plain:
        sought.append(mail_marks.EMAIL)
    if any(sign in plain for sign in ("svp", "plait", "please", "stp", "s.v.p")):
        sought.append(formulas.PLEASE)
    if "urgent" in plain:
        sought.append(_BRACKETED_URGENCY)
    if ":" in plain:
        sought.append(mail_marks.HEADERS)
    spans = [found.span() for pattern in sought for found in pattern.finditer(plain)]
    spans = [(start, end) for start, end in spans if not is_said(plain, start, end)]
    for found in mail_marks.PHONE.finditer(plain):
        before = max(0, found.start() - 20)
        label = mail_marks.PHONE_LABEL.search(plain[before : found.start()])
        spans.append((before + label.start() if label else found.start(), found.end()))
    several = any(marks in plain for marks in ("!!", "??", "!?", "?!"))
    for found in _MARKS.finditer(plain) if several else ():
        # One mark stays, unless it only shouts at the end.
        asked = found[0].find("?")
        if asked < 0 and plain[found.end() :].strip() == "":
            spans.append(found.span())
        else:
            kept = found.start() + max(asked, 0)
            spans += [(found.start(), kept), (kept + 1, found.end())]
    return spans


def _sentences(text: str, plain: str) -> list[tuple[int, int]]:
    """Return the formulas at the beginning and at the end of the sentences."""
    spans: list[tuple[int, int]] = []
    shouted = text == text.upper()
    done = 0
    first = _INDENT.match(plain)
    starts = [first.end() if first else 0, *(found.end() for found in _START.finditer(plain))]
    kept = False  # whether something before is kept
    for number, start in enumerate(starts):
        end = max(start, done)
        following = starts[number + 1] if number + 1 < len(starts) else len(text)
        if start >= done:
            while (further := _formula(text, plain, end, kept, shouted)) > end:
                end = further
            if end > start:
                spans.append((start, end))
                done = end
        kept = kept or end < following
    if "\n--" in plain and kept:
        place = plain.index("\n--")
        if plain[place + 3 :].lstrip(" ").startswith("\n") and len(text) - place < 600:
            spans.append((place, len(text)))
    # In lower case it may be what the sentence tells of.
    if (
        not shouted
        and (found := _SHOUTED_END.search(text))
        and _has_content(plain[: found.start()])
    ):
        spans.append(found.span())
    return [*spans, *_ends(text, plain, starts, shouted)]


def _ends(text: str, plain: str, starts: list[int], shouted: bool) -> Iterator[tuple[int, int]]:
    """Yield the closings that end a sentence without a mark before them."""
    if not any(hint in plain for hint in formulas.TRAILING_HINTS):
        return
    for key in formulas.TRAILING_KEYS.finditer(plain):
        found = _around(plain, key.start())
        if found is None:
            continue
        place, end = found.span()
        formula = found.start("signed" if found["signed"] else "formula")
        if found["signed"] and (
            len(text) - end > LONGEST or not (shouted or text[end : end + 1].isupper())
        ):
            continue
        if found["signed"] or found["closing"]:
            end = signature_end(text, plain, end, surely=True, shouted=shouted)
            if found["signed"] and end < len(text):
                continue
        begun = starts[max(0, bisect_right(starts, place) - 1)]
        sentence = plain[max(begun, place - WITHIN) : place]
        surely = formulas.SURELY.match(plain, formula) or (
            # A capital begins the sentence that no mark ended; a comma comes before a name.
            "," in (found["signed"] or "") or (not shouted and text[formula].isupper())
        )
        if found["keen"] and not surely:
            continue
        if _has_content(sentence) and not is_told_of(sentence, bool(surely)):
            yield place, end


def _formula(text: str, plain: str, start: int, kept: bool, shouted: bool) -> int:
    """Return where a formula that starts at a place ends; the place itself if none does."""
    if (end := _greeting_end(text, plain, start, shouted)) > start:
        return end
    for pattern in _LABELS:
        if found := pattern.match(plain, start):
            return found.end()
    if not shouted and text.startswith(("URGENT ", "IMPORTANT "), start):
        return text.index(" ", start)
    return _closing_end(text, plain, start, kept, shouted)


def _greeting_end(text: str, plain: str, start: int, shouted: bool) -> int:
    """Return where a greeting ends; the place where it would start if none does."""
    found = formulas.GREETING.match(plain, start)
    if found is None or _LISTED.match(plain, found.end()):
        return start
    names = [text[slice(*found.span(group))] for group in ("name", "kin", "dear")]
    # In capitals a name is told by the title before it.
    titled = not found["name"] or formulas.TITLE.search(plain, start, found.start("name"))
    if any(name and _PUBLIC.match(_plain(name)) for name in names):
        return start
    named = all(not name or ((titled or not shouted) and is_name(name)) for name in names)
    return found.end() if named else start


def _closing_end(text: str, plain: str, start: int, kept: bool, shouted: bool) -> int:
    """Return where thanks or a closing end, with a signature; the place itself if none does."""
    if thanks := formulas.THANKS.match(plain, start):
        # Before any problem « Merci, un mot rare » may tell of the word.
        if kept or _EXPECTED.search(thanks[0]):
            return signature_end(text, plain, thanks.end(), surely=False, shouted=shouted)
        return start
    for pattern in (formulas.PLEASE_FIRST, *(_ENDS if kept else ())):
        if found := pattern.match(plain, start):
            return int(found.end())
    closing = formulas.CLOSING.match(plain, start) if kept else None
    # With no mark after it, only a name tells « cordialement Anne » from « cordialement reçus ».
    if closing and (not closing["signed"] or shouted or text[closing.start("signed")].isupper()):
        return signature_end(text, plain, closing.end(), surely=True, shouted=shouted)
    return start


def _around(plain: str, key: int) -> re.Match[str] | None:
    """Return the closing that one of its words is part of, if it is one."""
    for gap in _GAP.finditer(plain, max(0, key - 40), key + 1):
        found = formulas.TRAILING.match(plain, gap.start())
        if found and found.end() > key:
            return found
    return None


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    """Return a text without pieces, and without the marks that stood only between them."""
    pieces: list[str] = []
    place = 0
    for start, end in sorted(spans):
        if start > place:
            pieces.append(text[place:start])
        if end > place and text[end : end + 1] not in _CLOSE:
            pieces.append("\n" if "\n" in text[max(start, place) : end] else " ")
        place = max(place, end)
    left = _EMPTY_BRACKETS.sub(" ", "".join([*pieces, text[place:]]))
    lines = [" ".join(line.split()) for line in left.split("\n")]
    left = "\n".join(filter(None, lines))
    begun = _LEADING.match(left)
    return _TRAILING.sub("", left[begun.end() :] if begun else left)


def _gap(found: re.Match[str]) -> str:
    return "\n" if "\n" in found[0] else " "


def _has_content(text: str) -> bool:
    """Return whether a text has a word that tells something."""
    ignored = _COURTESIES | stop_words("fr") | stop_words("en")
    return any(
        (len(found[0]) > 1 or found[0].isdigit()) and fold(found[0]) not in ignored
        for found in _WORD.finditer(text)
    )
