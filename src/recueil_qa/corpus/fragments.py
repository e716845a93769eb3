"""Lines that must not be quoted: markup, told examples, and no sentence in a text written in them.

Many a booklet puts no stop at the end of a line; there, a line is a line. Where nearly all plain
lines end as sentences, one that doesn't is a heading, a caption or a link that the importer left.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from recueil_qa.corpus.lead_ins import labels, lead_ins
from recueil_qa.types import Line, Practice, Section

SENTENCES = 2 / 3  # of the plain lines of a collection, that end as such where it writes in them
LEAST = 20  # plain lines that tell how a collection is written
_MARKUP = re.compile(
    r"</?[a-zA-Z][^<>]*>|<!--|\{\{|\{%|%\}|\}\}|\]\([^)\s]*\)|&(?:[a-z]{2,8}|#\d{1,5});|```"
    r"|^\s*#{1,6}\s|^\s*\||^\s*(?:https?://|www\.)\S+\s*$"
)
# "See example below:", "Example from the counter"; not « par exemple : », whose items are advice.
_EXAMPLE = re.compile(
    r"(?:^\W*ex[ae]mples?\b|(?<!\bpar )(?<!\bfor )\bex[ae]mples? (?:below|ci-dessous|suivante?s?))"
    r"[^.!?]*$",
    re.IGNORECASE,
)
_CAPTION = re.compile(
    r"(?:tableau|table|figure|fig\.|graphique|illustration|photo|chart)\s*\d[\d.]*\s*[:–—-]\s",
    re.IGNORECASE,
)
# A row of a table, each cell with its header, whose cells but the first are figures.
_FIGURES = re.compile(r"^[^;:]+:[^;:]+(?:;[^;:]+: ?[-−+~<>≈]?\d[^;:]{0,20}){2,}$")
_AROUND = " \t\"'»”’)]*_"
_ENDS = (".", "!", "?", "…", ";")


def fragments(practices: Iterable[Practice], advice: frozenset[str]) -> frozenset[str]:
    """Return the ids of the lines of a collection that are not to be quoted.

    `advice` names its sections of advice: an item of a list says something alone there.
    """
    practices = [*practices]
    lines = [*_lines(practices)]
    told = {f"{p.id}/{s.name}": told_examples(s) for p in practices for s in p.sections}
    plain = [line for _, _, line, label in lines if not line.depth and not label]
    ended = sum(is_sentence(line.text) for line in plain)
    strict = len(plain) >= LEAST and ended >= SENTENCES * len(plain)
    return frozenset(
        name
        for name, section, line, _ in lines
        if is_markup(line.text)
        or _CAPTION.match(line.text)
        or line.number in told[name.rpartition("/")[0]]
        or (section in advice and _FIGURES.search(line.text))
        or (strict and not is_sentence(line.text) and not (line.depth and section in advice))
    )


def told_examples(section: Section) -> frozenset[int]:
    """Return the numbers of the items that tell an example, as what governs them says."""
    if not any(_EXAMPLE.search(line.text) for line in section.lines):
        return frozenset()
    return frozenset(
        line.number
        for line in section.lines
        if any(
            _EXAMPLE.search(lead_in.text) and (line.depth or lead_in.heading)
            for lead_in in lead_ins(section, line.number)
        )
    )


def is_markup(text: str) -> bool:
    """Return whether a text holds marks of a file's format, or says nothing in letters."""
    return bool(_MARKUP.search(text)) or not any(letter.isalpha() for letter in text)


def is_sentence(text: str) -> bool:
    """Return whether a text ends as a sentence."""
    return text.rstrip(_AROUND).endswith(_ENDS)


def _lines(practices: Iterable[Practice]) -> Iterator[tuple[str, str, Line, bool]]:
    """Yield each line with its id, its section, and whether it only announces or heads others."""
    for practice in practices:
        for section in practice.sections:
            silent = labels(section)
            for line in section.lines:
                name = f"{practice.id}/{section.name}/{line.number}"
                yield name, section.name, line, line.number in silent
