"""A booklet of results, advice of every length and what to avoid, in French and in English."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recueil_qa import Assistant, Filters, Settings
from recueil_qa.builds.build import build_index
from recueil_qa.corpus.collection import CollectionConfig
from recueil_qa.corpus.corpus import Collection, Corpus
from recueil_qa.index.opening import open_index
from recueil_qa.types import Line, Practice, Question, Section
from tests.support.encoders import HashEncoder

HEADINGS = {
    "fr": {
        "origine": ("Origine", "context"),
        "resultats": ("Résultats", "result"),
        "principes": ("Principes", "detail"),
        "conseils": ("Conseils", "advice"),
        "erreurs": ("À éviter", "advice"),
    },
    "en": {
        "origin": ("Why", "context"),
        "results": ("Results", "result"),
        "steps": ("Steps", "advice"),
    },
}


def section(name: str, text: str, language: str = "fr") -> Section:
    """Return a section from its lines: `- ` begins an item, two spaces before it a level below."""
    lines = []
    for number, row in enumerate(text.strip("\n").split("\n"), 1):
        bare = row.lstrip()
        depth = (len(row) - len(bare)) // 2 + 1 if bare.startswith("- ") else 0
        lines.append(Line(number, bare.removeprefix("- "), depth))
    return Section(name, HEADINGS[language][name][0], tuple(lines))


def practice(
    name: str, title: str, texts: Mapping[str, str], language: str = "fr", **facts: Any
) -> Practice:
    sections = tuple(section(each, text, language) for each, text in texts.items())
    return Practice(name, name.rpartition("-")[0], title, sections, **facts)


RING = practice(
    "carnet-p1",
    "Le standard qui ne sature plus",
    {
        "origine": "Le standard sonnait dans le vide chaque lundi matin",
        "resultats": "- Des appelants plus calmes\n- Satisfaction\n- 30 % d'appels perdus en moins",
        "principes": "Chaque appel a un motif noté par l'agent",
        "conseils": (
            "- Compter les appels perdus chaque lundi\n- Nommer un agent de relève\n"
            "- Rappeler dans l'heure\n- Publier les heures calmes\n- Écouter sans couper\n"
            "- Être patient\n- Former deux agents de plus au standard téléphonique"
        ),
    },
    page=3,
    theme="Téléphone",
    organisation="Régie des Eaux",
    sector="régie",
)
VISIT = practice(
    "carnet-p2",
    "La visite rappelée la veille",
    {
        "origine": "Un visiteur sur quatre oubliait sa visite au musée",
        "principes": "Un message part la veille à midi\nIl tient en deux phrases",
        "conseils": (
            "Prévenir la veille au soir\nÀ éviter :\n- relancer les visiteurs le dimanche\n"
            "- menacer d'une amende ceux qui oublient\n  - même pour rire"
        ),
        "erreurs": "- Envoyer trois messages le même jour",
    },
    page=5,
    theme="Rendez-vous",
    organisation="Musée du Sel",
    sector="musée",
)
FORM = practice(
    "carnet-p3",
    "Le formulaire relu par ses lecteurs",
    {
        "resultats": "Une économie de 350 000 euros en papier\nUn formulaire deux fois plus court",
        "conseils": "- Relire le formulaire à voix haute\n- Ne jamais :\n- écrire en latin",
    },
    page=7,
    theme="Écrit",
    organisation="Musée du Sel",
    sector="musée",
)
BADGE = practice(
    "carnet-p4",
    "Des badges lisibles de loin",
    {"origine": "Personne ne savait à qui parler", "principes": "Un prénom en gros caractères"},
    page=9,
    theme="Accueil",
    organisation="Port de Brume",
    sector="port",
)
LETTERS = practice(
    "notes-p1",
    "Letters that people finish",
    {
        "origin": "Nobody read our letters to the end",
        "results": "Complaints fell by 12 % in a year",
        "steps": "- Read every letter aloud twice\n- Never:\n  - threaten a reader with court\n"
        "  - hide the deadline\nDo not:\n- write in capitals",
    },
    "en",
    page=1,
    theme="Writing",
    organisation="Ashby Council",
    sector="council",
)
ASKED = (
    ("carnet-p1", "fr", "Le standard perd trop d'appels", ""),
    ("carnet-p1", "fr", "Combien d'appels sont perdus en moins ?", "resultats/3"),
    ("carnet-p2", "fr", "Les visiteurs oublient leur visite", ""),
    ("carnet-p2", "fr", "Quel jour ne pas relancer les visiteurs ?", "conseils/3"),
    ("carnet-p3", "fr", "Notre formulaire est incompréhensible", ""),
    ("notes-p1", "en", "People do not read our letters", ""),
)
EXAMPLES = {"fr": ["Le standard sature, que faire ?", "Nos lettres font peur"]}


def collection(
    language: str, practices: tuple[Practice, ...], examples: Mapping[str, list[str]] | None = None
) -> Collection:
    name = practices[0].collection
    told = [
        {"name": each, "headings": [heading], "role": role}
        for each, (heading, role) in HEADINGS[language].items()
    ]
    config: dict[str, Any] = {
        "id": name,
        "title": name.capitalize(),
        "language": language,
        "sections": told,
    }
    config |= {"abbreviations": {"std": "standard"}, "examples": examples or {}}
    config["aliases"] = {"sector": {"musée": ["museum"]}} if language == "fr" else {}
    own = {each.id for each in practices}
    rows = [row for row in ASKED if row[0] in own]
    questions = tuple(
        Question(f"{of}/questions/{lang}/{line + '/' if line else ''}{i}", of, lang, text, line)
        for i, (of, lang, text, line) in enumerate(rows, 1)
    )
    return Collection(Path(name), CollectionConfig.model_validate(config), practices, questions)


def corpus(*collections: Collection) -> Corpus:
    return Corpus(collections, "of an advised booklet")


def assistant(home: Path, *collections: Collection, **settings: Any) -> Assistant:
    """Return an assistant over collections; the two of this module if none is given."""
    if not collections:
        collections = (carnet(), collection("en", (LETTERS,)))
    build_index(home / "index", corpus(*collections), HashEncoder())
    opened = open_index(home / "index")
    return Assistant(opened, Settings(home=home, **settings), HashEncoder())


def only(**values: str) -> Filters:
    """Return filters that keep one value of each facet that is given."""
    return Filters.of({facet: frozenset({value}) for facet, value in values.items()})


def carnet() -> Collection:
    return collection("fr", (RING, VISIT, FORM, BADGE), EXAMPLES)
