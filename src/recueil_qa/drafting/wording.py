"""Which drafts are worth a maintainer's time: in the asker's words, new, plain, in its language."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from rapidfuzz import fuzz, process

from recueil_qa.analysis.query import guess_language
from recueil_qa.analysis.words import fold, words
from recueil_qa.corpus.marks import has_personal_data, unfilled
from recueil_qa.corpus.text_file import CONTROL
from recueil_qa.types import Practice

CHARACTERS = {"question": 300, "statement": 600}
NEAR = 88.0  # of a hundred, words in any order: the same question in other words is below
QUOTED = 6  # words in a row that a draft may not share with its practice
QUOTED_WHOLE = 4  # words of a line or a title from which on a draft may not hold it whole
_NOWHERE = Path()
_MARKUP = re.compile(r"[<>{}\[\]|`*_#~\\^=]|https?:|www\.|\n|\r|[a-z0-9-]+-p\d+\b")


def fault(text: str, kind: str, language: str, practice: Practice) -> str:
    """Return why a draft is not kept: the name of the reason, or ""."""
    told = folded(text)
    if len(text) > CHARACTERS[kind]:
        return "long"
    if len(told) < 2:
        return "short"
    if _MARKUP.search(text) or CONTROL.search(text) or not text.isprintable():
        return "markup"
    if any(unfilled([(1, text)], _NOWHERE)) or has_personal_data(text):
        return "personal"
    if guess_language(text) not in ("", language):
        return "language"
    return "quoted" if quotes(told, practice) else ""


def folded(text: str) -> list[str]:
    """Return the words of a text, folded."""
    return [fold(word) for word in words(text)]


def quotes(told: list[str], practice: Practice) -> bool:
    """Return whether folded words hold a line or a title of a practice, or a part of one."""
    lines = (line.text for section in practice.sections for line in section.lines)
    flat = f" {' '.join(told)} "
    runs = {tuple(told[i : i + QUOTED]) for i in range(len(told) - QUOTED + 1)}
    for line in (practice.title, practice.subtitle, *lines):
        own = folded(line)
        if len(own) >= QUOTED_WHOLE and f" {' '.join(own)} " in flat:
            return True
        if any(tuple(own[i : i + QUOTED]) in runs for i in range(len(own) - QUOTED + 1)):
            return True
        if len(told) >= QUOTED_WHOLE and flat in f" {' '.join(own)} ":
            return True
    return False


class Known:
    """Texts that are there already; a new one is asked about and then added."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = [" ".join(folded(text)) for text in texts]

    def has(self, text: str) -> bool:
        """Return whether a text, or one nearly like it, is there."""
        told = " ".join(folded(text))
        scorer = fuzz.token_sort_ratio
        return process.extractOne(told, self._texts, scorer=scorer, score_cutoff=NEAR) is not None

    def add(self, text: str) -> None:
        """Take a text in."""
        self._texts.append(" ".join(folded(text)))
