"""Every sentence of the page, in French and in English; they stand in `texts.toml`."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from pathlib import Path

from recueil_qa.dossier.note import day_in_words
from recueil_qa.messages import Language, Text, table

LANGUAGES: dict[Language, str] = {"fr": "Français", "en": "English"}


@cache
def sentences() -> dict[str, Text]:
    """Return the sentences by their keys."""
    text = Path(__file__).with_name("texts.toml").read_text("utf-8")
    return table(tomllib.loads(text))


class Texts:
    """The sentences of one language; those of `many` collections where they differ."""

    def __init__(self, language: Language, *, many: bool = False) -> None:
        self.language: Language = language
        self._many = many

    def __getitem__(self, key: str) -> str:
        known = sentences()
        wanted = f"{key}_many" if self._many and f"{key}_many" in known else key
        return known[wanted].to(self.language)

    def count(self, key: str, number: int, *more: object) -> str:
        """Return a sentence with a number, in the singular where it is one (or none, in French)."""
        is_one = number == 1 or (number == 0 and self.language == "fr")
        return self[f"{key}_one" if is_one else key].format(number, *more)

    def date(self, iso: str) -> str:
        """Return a day (2014-06-19) as people write it."""
        return day_in_words(date.fromisoformat(iso[:10]), self.language)
