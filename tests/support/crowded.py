"""A corpus of more practices than a map can show one by one, in two collections."""

from __future__ import annotations

import tomllib
from pathlib import Path

from recueil_qa.corpus.collection import CollectionConfig
from recueil_qa.corpus.corpus import Collection, Corpus
from recueil_qa.types import Line, Practice, Section
from tests.support.collections import FAQ_TOML
from tests.support.large import ACTIONS, SUBJECTS

LARGE, SMALL = "fonds", "lot"
THEMES = ("Accueil", "Écrit", "Moyens", "Téléphone")


def crowded_corpus(large: int, small: int) -> Corpus:
    """Return a corpus of `fonds` and `lot`, of so many practices, each of a theme in turn."""
    return Corpus((_made(LARGE, large), _made(SMALL, small)), f"of {large} and {small} practices")


def _made(name: str, count: int) -> Collection:
    told = tomllib.loads(FAQ_TOML) | {"id": name, "title": f"Le {name}"}
    practices = tuple(
        Practice(
            id=f"{name}-{number:04}",
            collection=name,
            title=f"Le {_subject(number)} n° {number}",
            sections=(
                Section(
                    "reponse",
                    "Réponse",
                    (Line(1, f"{_action(number).capitalize()} le {_subject(number)} ici"),),
                ),
            ),
            theme=THEMES[number % len(THEMES)],
        )
        for number in range(count)
    )
    return Collection(Path(name), CollectionConfig.model_validate(told), practices, ())


def _subject(number: int) -> str:
    return SUBJECTS[number % len(SUBJECTS)]


def _action(number: int) -> str:
    return ACTIONS[number // len(SUBJECTS) % len(ACTIONS)]
