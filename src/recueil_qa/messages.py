"""What is said to the user: one text in French and in English, and commands to type.

A message is put together as a `Text` and becomes a `str` at the very end, where it is shown, by
`to(language)`. Nothing that was said is ever taken apart again.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

Language = Literal["fr", "en"]
Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Text:
    """One thing said in both languages."""

    fr: str
    en: str

    def to(self, language: str) -> str:
        """Return the text in one language."""
        return self.fr if language == "fr" else self.en

    def __add__(self, other: Said) -> Text:
        return Text(self.fr + spoken(other, "fr"), self.en + spoken(other, "en"))

    def __radd__(self, other: str) -> Text:
        return Text(other + self.fr, other + self.en)

    def format(self, *values: object, **named: object) -> Text:
        """Fill the blanks, as `str.format` does; a text is put in in its own language."""
        return Text(*(_filled(self.to(known), known, values, named) for known in ("fr", "en")))


@dataclass(frozen=True, slots=True, init=False)
class Command:
    """A command to type, the same in both languages; its words are quoted for a shell when shown.

    An environment variable set for it alone stands first, as `NAME=value`.
    """

    words: tuple[str, ...]

    def __init__(self, *words: str | Path) -> None:
        object.__setattr__(self, "words", tuple(map(str, words)))

    def __str__(self) -> str:
        return shlex.join(self.words)

    def to(self, language: str) -> str:  # noqa: ARG002  # as of a text
        """Return the command line."""
        return str(self)


Said = Text | Command | str
Mend = Text | Command

REMEDY = Text("Remède : ", "Mend it with: ")


def alike(text: object) -> Text:
    """Return a name, a number or a path, which reads alike in both languages."""
    return Text(str(text), str(text))


def table(pairs: Mapping[Key, tuple[str, str]]) -> dict[Key, Text]:
    """Return the texts of a table written as pairs, the French first."""
    return {key: Text(*pair) for key, pair in pairs.items()}


def join(texts: Iterable[Said], between: Said = Text(" ; ", "; ")) -> Text:
    """Return texts one after the other, with something between two; "" for none."""
    listed = [*texts]
    return Text(
        *(
            spoken(between, known).join(spoken(text, known) for text in listed)
            for known in ("fr", "en")
        )
    )


def mended(what: Text, mend: Mend | None) -> Text:
    """Return what is wrong and, if that is known, how it is mended, as one message."""
    if mend is None:
        return what
    return Text(what.fr.rstrip("."), what.en.rstrip(".")) + ". " + REMEDY + mend


def spoken(said: Said, language: str) -> str:
    """Return a text, a command or a plain string in one language."""
    return said if isinstance(said, str) else said.to(language)


def _filled(text: str, language: str, values: Iterable[object], named: Mapping[str, object]) -> str:
    def said(value: object) -> object:
        return value.to(language) if isinstance(value, Text | Command) else value

    return text.format(*map(said, values), **{name: said(value) for name, value in named.items()})
