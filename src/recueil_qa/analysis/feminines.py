"""Feminine titles, which dictionaries made before they were usual lack: agente, autrice, préfète.

A word is one where a masculine that is known gives it by the rules of French, or of English
(chairwoman). The rules are loose: a slip left as typed costs less than a title changed.
"""

from __future__ import annotations

from collections.abc import Callable

# Ending of the feminine → endings of the masculine, folded.
_ENDINGS = {
    "ere": ("er",),
    "rice": ("eur",),
    "euse": ("eur", "eux"),
    "eure": ("eur",),
    "oresse": ("eur",),
    "eresse": ("eur",),
    "enne": ("en",),
    "onne": ("on",),
    "elle": ("el",),
    "ffe": ("f",),
    "ive": ("if",),
    "ante": ("ant",),
    "ente": ("ent",),
    "ale": ("al",),
    "ate": ("at",),
    "arde": ("ard",),
    "aine": ("ain",),
}
_ENGLISH = ("woman", "women", "person", "persons", "people")
# What no rule above gives, and titles whose masculine no dictionary has.
_TITLES = """
administree apprentie auteure cadette chargee commise consule deleguee deputee eboueuse
ecrivaine egoutiere elue employee huissiere juree lieutenante mairesse maitresse mandatee
prefete procureure sergente soldate substitute
"""
_LISTED = frozenset(_TITLES.split())
_MASCULINES = frozenset({"agent", "egoutier", "guichetier", "pompier", "sapeur", "usager"})


def is_feminine(folded: str, known: Callable[[str], bool]) -> bool:
    """Return whether a word without accents is the feminine of a word that is known."""
    for word in (folded, folded.removesuffix("s")):
        if word in _LISTED:
            return True
        for ending, masculines in _ENDINGS.items():
            if word.endswith(ending):
                root = word.removesuffix(ending)
                if any(
                    root + other in _MASCULINES or (len(root) > 1 and known(root + other))
                    for other in masculines
                ):
                    return True
    return any(
        folded.endswith(ending) and known(folded.removesuffix(ending)) for ending in _ENGLISH
    )
