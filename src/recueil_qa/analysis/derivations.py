"""French words that are made of known ones, as dictionaries don't list them all.

A prefix before a known word (réécoute, multiguichet), or a form or a noun of a regular verb
(gueulent, badgeuse): such a word is no slip of the keyboard.
"""

from __future__ import annotations

from collections.abc import Callable

SHORTEST = 5  # letters of what a prefix stands before
PREFIXES = (
    *("re", "de", "des", "pre", "sur", "sous", "auto", "multi", "mono", "tele", "inter", "anti"),
    *("hyper", "micro", "mini", "mega", "super", "co", "pluri", "trans", "extra", "ultra", "non"),
)
# Of verbs in -er, which most verbs are and all new ones; accents left out.
_ENDINGS = (
    *("e", "es", "ent", "ons", "ez", "ais", "ait", "aient", "ions", "iez", "a", "as", "erent"),
    *("erai", "era", "erez", "eront", "erait", "eraient", "ant", "ee", "ees", "eur", "eurs"),
    *("euse", "euses", "age", "ages", "able", "ables"),
)
# After a g, an e is added.
ENDINGS = (*_ENDINGS, *(f"e{ending}" for ending in _ENDINGS if ending[0] in "ao"))
SHORTEST_ROOT = 3


def is_derived(folded: str, known: Callable[[str], bool]) -> bool:
    """Return whether a word without accents is made of one that is known."""
    return any(
        len(folded) >= len(ending) + SHORTEST_ROOT
        and folded.endswith(ending)
        and known(folded.removesuffix(ending) + "er")
        for ending in ENDINGS
    ) or any(
        len(folded) >= len(prefix) + SHORTEST
        and folded.startswith(prefix)
        and known(folded.removeprefix(prefix))
        for prefix in PREFIXES
    )
