"""What people call the values of facets: their own names, acronyms, the collections' aliases.

Names are compared word by word, without case, accents, elisions and plurals.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from recueil_qa.analysis.words import fold
from recueil_qa.types import FACETS, CollectionInfo

MAX_TOKENS = 60  # of the question that are looked at; a request comes first
ACRONYM = 3  # letters, at least
_WORD = re.compile(r"[^\W_]+")


_LITTLE = frozenset(("des", "les", "aux", "pour", "par", "sur", "the", "and", "for"))


@dataclass(frozen=True)
class Names:
    """What the values of a catalogue are called: words of a name → each (facet, value) of it."""

    names: dict[tuple[str, ...], frozenset[tuple[str, str]]]
    # Acronyms of three letters: only in capitals.
    capitals: frozenset[tuple[str, ...]]
    # Those that the collection gives itself: the others may be whom a practice is for.
    aliases: frozenset[tuple[str, ...]] = frozenset()
    longest: int = 0


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text: as compared, as written, and where."""

    word: str
    text: str
    start: int
    end: int


def names_of(values: Mapping[str, set[str]], collections: Sequence[CollectionInfo]) -> Names:
    """Return the names of all values: their own, their acronyms, the collections' aliases."""
    names: dict[tuple[str, ...], set[tuple[str, str]]] = {}
    capitals: set[tuple[str, ...]] = set()
    given = [alias for info in collections for alias in info.aliases if alias.facet in FACETS]
    unasked = {(alias.facet, alias.value) for alias in given if not alias.names}
    known = {
        facet: {value for value in there if (facet, value) not in unasked}
        for facet, there in values.items()
    }
    for facet in ("organisation", "sector", "theme", "part"):
        for value in known[facet]:
            for name in _own_names(value) if facet == "organisation" else (value,):
                names.setdefault(words_of(name), set()).add((facet, value))
    for value in known["organisation"]:
        acronym = _acronym(value)
        if acronym and (acronym,) not in names:
            names[acronym,] = {("organisation", value)}
            if len(acronym) == ACRONYM:
                capitals.add((acronym,))
        elif acronym and (acronym,) in capitals:
            names[acronym,].add(("organisation", value))
    aliases = set()
    for alias in given:
        if alias.value in known[alias.facet]:
            for called in map(words_of, alias.names):
                names.setdefault(called, set()).add((alias.facet, alias.value))
                aliases.add(called)
    names.pop((), None)
    return Names(
        {name: frozenset(values) for name, values in names.items()},
        frozenset(capitals - aliases),
        frozenset(aliases),
        max(map(len, names), default=0),
    )


def _own_names(value: str) -> Iterator[str]:
    """Yield an organisation's name, without what it has in brackets, and that if an acronym."""
    yield value
    bare, _, inside = value.partition(" (")
    if inside:
        yield bare
        if inside.rstrip(")").isupper():
            yield inside.rstrip(")")


def _acronym(value: str) -> str:
    """Return the initials of a name of three words or more, but for its little words."""
    words = [token.word for token in tokens_of(value.partition(" (")[0])]
    kept = [word for word in words if len(word) > 2 and word not in _LITTLE]
    return "".join(word[0] for word in kept) if ACRONYM <= len(kept) <= 7 else ""


def tokens_of(text: str) -> list[Token]:
    """Cut the first words of a text, which is composed (NFC)."""
    found = []
    for match in _WORD.finditer(text):
        found.append(Token(singular(fold(match[0])), match[0], *match.span()))
        if len(found) == MAX_TOKENS:
            break
    return found


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name as they are compared."""
    return tuple(token.word for token in tokens_of(unicodedata.normalize("NFC", name)))


def singular(word: str) -> str:
    """Return a folded word without the mark of the plural."""
    return word[:-1] if len(word) > 3 and word[-1] in "sx" else word
