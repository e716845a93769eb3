"""A corpus of more passages than are compared one by one."""

from __future__ import annotations

import tomllib
from pathlib import Path

from recueil_qa import Filters
from recueil_qa.analysis.words import words
from recueil_qa.corpus.collection import CollectionConfig
from recueil_qa.corpus.corpus import Collection, Corpus
from recueil_qa.corpus.statements import Statement
from recueil_qa.types import Line, Practice, Question, Section
from tests.support.collections import BOOKLET_TOML

SUBJECTS = words(
    "guichet courrier standard formulaire horaire badge archive parking cantine crèche "
    "bibliothèque piscine voirie éclairage déchet permis passeport mariage élection subvention "
    "marché stage tutorat télétravail réunion ordinateur imprimante messagerie annuaire signature "
    "facture budget trésorerie achat mobilier véhicule"
)
ACTIONS = words("former simplifier mesurer publier relire partager vérifier afficher écouter")
WITHOUT_QUESTIONS = (7, 20)  # practices that nobody wrote any for


def large_corpus() -> Corpus:
    """Return a corpus of one collection `petit` of 36 practices, each on a subject of its own.

    The section `contexte` only tells where a practice comes from; one line of each practice
    announces others; one question is about the second line of advice.
    """
    told = tomllib.loads(BOOKLET_TOML.replace('["Contexte"]', '["Contexte"]\nrole = "context"'))
    practices, questions = [], []
    for number, subject in enumerate(SUBJECTS):
        other = SUBJECTS[number - 5]
        actions = [ACTIONS[(2 * number + 5 * i) % len(ACTIONS)] for i in range(4)]
        name = f"petit-p{number:02}"
        practices.append(
            Practice(
                id=name,
                collection="petit",
                title=f"Le {subject} autrement",
                sections=(
                    Section(
                        "contexte",
                        "Contexte",
                        (Line(1, f"Le {subject} attirait trop de plaintes, le {other} aussi"),),
                    ),
                    Section(
                        "conseils",
                        "Conseils",
                        (
                            Line(1, f"Pour le {subject}, il faut :"),
                            *(
                                Line(i, f"{verb.capitalize()} le {subject} avec les agents {i}", 1)
                                for i, verb in enumerate(actions, 2)
                            ),
                        ),
                    ),
                ),
                page=number + 1,
                theme=("Accueil", "Écrit", "Moyens")[number % 3],
                sector="caisse" if number % 9 == 4 else "commune",
                organisation=f"Mairie {number // 6}",
                contacts=(f"accueil{number}@exemple.invalid",),
            )
        )
        if number not in WITHOUT_QUESTIONS:
            questions += [
                Question(f"{name}/questions/fr/1", name, "fr", f"Le {subject} est saturé"),
                Question(
                    f"{name}/questions/fr/2", name, "fr", f"Comment {actions[0]} le {other} ?"
                ),
                Question(f"{name}/questions/en/1", name, "en", f"How to mend the {subject} here?"),
                Question(
                    f"{name}/questions/fr/conseils/2/1",
                    name,
                    "fr",
                    f"Qui va {actions[0]} notre {subject} ?",
                    line="conseils/2",
                ),
            ]
    unanswered = [
        Statement.model_validate({"id": f"s{i}", "lang": "fr", "text": text, "grades": {}})
        for i, text in enumerate(("La fusée ne décolle pas", "Le volcan gronde encore"))
    ]
    made = Collection(
        Path("petit"),
        CollectionConfig.model_validate(told),
        tuple(practices),
        tuple(questions),
        tuple(unanswered),
    )
    return Corpus((made,), "of thirty-six practices")


QUERIES = (
    "comment simplifier la messagerie ?",
    "le guichet est saturé",
    "Who mends our piscine?",
    "écouter les agents de la bibliothèque et de la cantine",
    "Qui va former notre stage ?",
    "imprimante budget",
    "Le mariage attire trop de plaintes",
    "zzz xxyyy",
)


def only(**values: str) -> Filters:
    """Return filters that keep these values, or one of several (`a|b`)."""
    return Filters.of({facet: frozenset(value.split("|")) for facet, value in values.items()})


FILTERS = (
    Filters(),
    only(theme="Accueil"),
    only(sector="caisse"),
    only(theme="Accueil|Écrit", organisation="Mairie 3"),
    only(theme="Moyens", organisation="Mairie 0"),
    only(collection="petit"),
)
