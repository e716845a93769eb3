"""One writing of numbers and units, for queries and for the texts that they are sought in.

Groups of digits are joined (350000) rather than parted: cut into words, « 350 000 » is a 350 that
other numbers have and a 000 that every thousand has; joined, it is one rare word that only meets
itself. Units are spelt out where people shorten them, and stand apart from their number.
"""

from __future__ import annotations

import re
from decimal import Decimal

PASSES = 4

_SPACES = " \u00a0\u202f\u2009"
_YEAR = re.compile(r"(?:19|20)\d\d")
# What must stand before a number is looked at after its first digit: a pattern that begins with a
# digit is sought ten times faster.
_RUN = re.compile(rf"\d(?<![\w.,/:+'’]\d)(?<!\w-\d)\d*(?:[{_SPACES}]\d+)+(?![\w/:])")
# After these words come two numbers, or a reference: page 12, 350 agents.
_REFERENCE = re.compile(
    r"(?:\bp\.|\bpp?\b|\bpages?|n[°o]s?\.?|\bnum[ée]ros?|\barticles?|\bart\.|\blignes?|\bbus|\bsir[ei][nt]|"
    rf"\bfiches?|\bchapitres?|\bsections?|\blines?|\bnumber|\bt[ée]l\.?|\bphone)\s*:?[{_SPACES}]*\Z",
    re.I,
)
_DOTTED = re.compile(r"([1-9](?<![\w.,/:]\d)\d{0,2})((?:[.'’]\d{3}){1,2})(?![.,'’]?\d|[a-zA-Z]{3})")
_COMMAED = re.compile(r"([1-9](?<![\w.,/:]\d)\d{0,2})((?:,\d{3})+)(?![.,]?\d{3}|\d|/)")
_IN_ENGLISH = "the of and how we our is are to for with from by calls users people in cost per"
_IN_FRENCH = "le la les des et de du un une nous en au aux à pour par sur dans est sont"
_ENGLISH = frozenset(_IN_ENGLISH.split())
_FRENCH = frozenset(_IN_FRENCH.split())

_NUMBER = r"(\d(?<![\w/]\d)(?<!\d[.,]\d)\d*(?:[.,]\d+)?)"
_GAP = rf"[{_SPACES}]*"
_PERCENT = re.compile(rf"(\d){_GAP}(?:%(?!\w)|(?:per\s?cent|pour\s?cents?|pct)\b)", re.I)
_EURO_FIRST = re.compile(rf"€{_GAP}(\d+(?:[.,]\d+)?)({_GAP}(?:k|m|bn|million|billion)\b)?(?!\s?€)")
_THOUSANDS = re.compile(rf"{_NUMBER}{_GAP}[kK]{_GAP}(?:€|[eE]uros?\b|EUR\b)")
_SHORT_THOUSANDS = re.compile(rf"{_NUMBER}k\b(?![/'’-])")
_MILLIONS = re.compile(
    rf"{_NUMBER}{_GAP}(M|Mds?|Mrds?)(?:{_GAP}(?:€|[eE]uros?\b|EUR\b)|\s+d['’]euros\b)"
)
_MILLIONS_OF = re.compile(rf"\b(millions?|milliards?){_GAP}€", re.I)
_EURO = re.compile(rf"{_NUMBER}{_GAP}(?:€|EUR\b)(?=(\w?))")
_BARE_EURO = re.compile(r"€(?=(\w?))")
_NUMERO = re.compile(rf"\b[nN]°{_GAP}(?=\d)")

# Unit → how it is written in French and in English, by how it is shortened.
_UNITS = {
    "secondes": ("s|secs?", "seconds"),
    "minutes": ("mn|mins?", "minutes"),
    "heures": ("h|hrs?", "hours"),
    "jours": ("j|jrs?", "days"),
    "semaines": ("sem", "weeks"),
    "points": ("pts?", "points"),
}
_SHORT = {
    short: (french, english)
    for french, (forms, english) in _UNITS.items()
    for form in forms.split("|")
    for short in ((form,) if "?" not in form else (form[:-2], form[:-1]))
}
# « 5S » is a method.
_IN_ANY_CASE = {*_SHORT, *(short.upper() for short in _SHORT if short != "s")}
_SHORTENED = re.compile(
    rf"{_NUMBER}({_GAP})({'|'.join(sorted(_IN_ANY_CASE, key=len, reverse=True))})"
    rf"(?![\w'’])(?!{_GAP}\d)(?!/\d)(?!\.\w)"
)
_ATTACHED = re.compile(
    rf"{_NUMBER}((?i:secondes?|seconds?|minutes?|heures?|hours?|jours?|days?|"
    r"semaines?|weeks?|mois|months?|ans|ann[ée]es?|years?|euros?|points?|fois|agents?|appels?|"
    r"usagers?|personnes?|km|kg|cm)|m²|m2|[KMG]o)(?![\w'’])"
)
_ATTACHED_SPACE = re.compile(rf"(\d)[{_SPACES[1:]}](?=[^\W\d])")


def canonical(text: str) -> str:
    """Return a text with its numbers, amounts and durations in one writing."""
    current = text
    for _ in range(PASSES):
        if "€" not in current and not any(map(str.isdigit, current)):
            return current
        written = _written(current)
        if written == current:
            return current
        current = written
    return text


def _written(text: str) -> str:
    text = _RUN.sub(_joined, text)
    text = _DOTTED.sub(lambda found: found[1] + re.sub(r"\D", "", found[2]), text)
    if "," in text:
        english = _is_english(text)
        text = _COMMAED.sub(lambda found: _uncommaed(found, english), text)
    if "€" in text or "EUR" in text or "uro" in text:
        text = _amounts(text)
    text = _SHORT_THOUSANDS.sub(lambda found: _times_thousand(found[1]) or found[0], text)
    text = _PERCENT.sub(r"\1 %", text)
    text = _ATTACHED_SPACE.sub(r"\1 ", text)
    text = _NUMERO.sub("n° ", text)
    text = _ATTACHED.sub(r"\1 \2", text)
    english = bool(_SHORTENED.search(text)) and _is_english(text)
    return _SHORTENED.sub(lambda found: _spelt(found, english), text)


def _joined(found: re.Match[str]) -> str:
    """Join the groups of digits of one number, where it is one."""
    whole = found[0]
    if _REFERENCE.search(found.string[max(0, found.start() - 12) : found.start()]):
        return whole
    groups = re.split(rf"[{_SPACES}]", whole)
    start = 0
    while start < len(groups) and _YEAR.fullmatch(groups[start]):
        start += 1
    end = start + 1
    while end < len(groups) and len(groups[end]) == 3:
        end += 1
    number = groups[start:end]
    others = groups[end:]
    if (
        len(number) < 2
        or len(number[0]) > 3
        or number[0].startswith("0")
        or not all(map(_YEAR.fullmatch, others))
        # Three numbers in a row, or the figures of a register.
        or (len(number) > 2 and len(number[0]) == 3 and "000" not in number)
    ):
        return whole
    return " ".join([*groups[:start], "".join(number), *others])


def _uncommaed(found: re.Match[str], english: bool) -> str:
    """Join groups that commas part in English; in French a comma begins the decimals."""
    groups = found[2].split(",")[1:]
    if english or len(groups) > 1 or groups[-1] == "000":
        return found[1] + "".join(groups)
    return found[0]


def _amounts(text: str) -> str:
    text = _EURO_FIRST.sub(_euro_last, text)
    text = _THOUSANDS.sub(
        lambda found: f"{number} euros" if (number := _times_thousand(found[1])) else found[0], text
    )
    text = _MILLIONS.sub(_spelt_millions, text)
    text = _MILLIONS_OF.sub(r"\1 d'euros", text)
    text = _EURO.sub(lambda f: f"{f[1]} euro{'s' * (f[1] != '1')}{' ' * bool(f[2])}", text)
    return _BARE_EURO.sub(_bare_euro, text)


def _bare_euro(found: re.Match[str]) -> str:
    before = found.string[found.start() - 1 : found.start()] if found.start() else ""
    return f"{' ' * (before.isalnum() or before == '_')}euros{' ' * bool(found[1])}"


def _euro_last(found: re.Match[str]) -> str:
    """Put the sign after its number, as French does: €2m, €350k."""
    scale = (found[2] or "").strip(_SPACES)
    if scale in ("million", "billion"):
        return f"{found[1]} {scale} euros"
    if scale in ("m", "bn"):
        return f"{found[1]} {'million' if scale == 'm' else 'billion'} euros"
    return f"{found[1]}{scale} €"


def _spelt_millions(found: re.Match[str]) -> str:
    word = "million" if found[2] == "M" else "milliard"
    plural = Decimal(found[1].replace(",", ".")) >= 2
    return f"{found[1]} {word}{'s' * plural} d'euros"


def _times_thousand(number: str) -> str | None:
    """Return a number of thousands in full; None where decimals would be left."""
    whole, _, decimals = number.replace(".", ",").partition(",")
    if len(decimals) > 3 or whole.startswith("0") or not number.isascii():
        return None
    return whole + decimals.ljust(3, "0")


def _spelt(found: re.Match[str], english: bool) -> str:
    number, gap, unit = found.groups()
    # « 1990s », « the 90s »: decades.
    decade = not gap and unit == "s" and len(number) == 2 and number.endswith("0") and english
    if _YEAR.fullmatch(number) or decade:
        return found[0]
    full = _SHORT[unit.lower()][english]
    return f"{number} {full[:-1] if number == '1' else full}"


def _is_english(text: str) -> bool:
    typed = text.lower().split()
    return sum(word in _ENGLISH for word in typed) > sum(word in _FRENCH for word in typed)
