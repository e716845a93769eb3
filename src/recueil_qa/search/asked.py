"""What a question asks of the catalogue: practices of some facet value, or one by its id."""

from __future__ import annotations

import re
from dataclasses import dataclass

from recueil_qa.index.catalogue import Catalogue
from recueil_qa.search.mentions import mentioned
from recueil_qa.types import EVERYTHING, Filters

MOST_WORDS = 2  # of an id: "p 23"
# A question that is nothing but a page: « que dit la page 23 ? ».
_PAGE = re.compile(
    r"\W*(?:(?:que dit|voir|ouvrir|montre[rz]?(?:[- ]moi)?|what does|show(?: me)?|open)\s+)?"
    r"(?:(?:la|the)\s+)?(?:pages?|p\.|pp\.)\s*(\d{1,4})(?:\s+say)?\W*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Asked:
    """A question, and what it names: facet values to keep, with how they are called, and ids.

    `subject` is what is searched among them, or empty when the question is nothing but the filter.
    """

    question: str
    filters: Filters = EVERYTHING
    said: tuple[str, ...] = ()
    subject: str = ""
    identified: tuple[str, ...] = ()

    def within(self, chosen: Filters) -> tuple[Filters, tuple[str, ...]]:
        """Return the filters chosen by hand, with those that the question names, and its words.

        A facet that was chosen by hand is not for the question to change.
        """
        if not self.filters.chosen.keys().isdisjoint(chosen.chosen):
            return chosen, ()
        return Filters.of(chosen.chosen | self.filters.chosen), self.said


def asked_of(question: str, catalogue: Catalogue) -> Asked:
    """Return what a question names in a catalogue."""
    practices = catalogue.ending(question) if len(question.split()) <= MOST_WORDS else ()
    page = _PAGE.fullmatch(question)
    if page and not practices:
        practices = tuple(p for p in catalogue.practices if p.page == int(page[1]))
    if practices:
        lines = [catalogue.line(practice.id + _place(question)) for practice in practices]
        return Asked(
            question,
            identified=tuple(
                f"{practice.id}/{line or 'title'}"
                for practice, line in zip(practices, lines, strict=True)
            ),
        )
    mention = mentioned(question, catalogue)
    if not mention.filters:
        return Asked(question)
    return Asked(question, mention.filters, mention.said, mention.rest)


def _place(question: str) -> str:
    _, slash, place = "".join(question.split()).partition("/")
    return slash + place
