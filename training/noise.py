"""Slips of the keyboard, so that the encoder has seen some before a hurried user makes them."""

from __future__ import annotations

import random
import unicodedata

SLIPS = 0.06  # share of letters touched


def noisy(text: str, rng: random.Random) -> str:
    """Return a text as a hurried hand types it: accents, capitals and letters lost or swapped."""
    if rng.random() < 0.7:
        text = without_accents(text)
    if rng.random() < 0.7:
        text = text.lower()
    if rng.random() < 0.5:
        text = "".join(c if c.isalnum() or c.isspace() else " " for c in text)
    letters = list(text)
    for place in range(1, len(letters) - 1):
        # First letters stay: people seldom miss them, and words must remain recognisable.
        inside = letters[place - 1].isalpha() and letters[place].isalpha()
        if inside and rng.random() < SLIPS:
            kind = rng.randrange(3)
            if kind == 0:
                letters[place] = ""
            elif kind == 1:
                letters[place] *= 2
            elif letters[place + 1].isalpha():
                letters[place], letters[place + 1] = letters[place + 1], letters[place]
    return " ".join("".join(letters).split())


def without_accents(text: str) -> str:
    """Return a text with its accents dropped, as on a keyboard that lacks them."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
