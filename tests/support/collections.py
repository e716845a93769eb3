"""Small collections, written into a folder: `petit`, `faq`, `guide`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from recueil_qa.types import Practice

BOOKLET_TOML = """
id = "petit"
title = "Petit recueil"
language = "fr"
sources = ["source.txt"]
required = ["page", "theme"]
sectors = ["commune", "caisse"]

[[sections]]
name = "contexte"
headings = ["Contexte"]

[[sections]]
name = "conseils"
headings = ["Conseils", "Nos conseils"]
role = "advice"
"""

# page → (title, theme, organisation, sector, context lines, advice lines, questions by language)
PRACTICES = {
    1: (
        "Le guichet unique",
        "Accueil",
        "Mairie de Chêne",
        "commune",
        ["Les habitants couraient d'un bureau à l'autre"],
        ["Former tous les agents à la polyvalence", "Choisir un horaire élargi"],
        {
            "fr": ["Les gens vont de bureau en bureau", "Comment réunir nos accueils ?"],
            "en": ["People go from desk to desk"],
        },
    ),
    2: (
        "La mesure des rappels",
        "Téléphone",
        "Caisse des Tilleuls",
        "caisse",
        ["Le standard était saturé d'appels répétés"],
        ["Compter les appels pour un même motif", "Limiter le nombre d'indicateurs"],
        {
            "fr": ["Le standard est saturé par des appels répétés"],
            "en": ["How to cut repeat calls?"],
        },
    ),
    3: (
        "Le courrier clair",
        "Écrit",
        "Caisse des Tilleuls",
        "caisse",
        ["Les lettres n'étaient pas comprises des usagers"],
        ["Relire chaque lettre avec un usager", "Bannir le jargon des lettres"],
        {"fr": ["Nos lettres sont incompréhensibles"], "en": ["Nobody understands our letters"]},
    ),
}


def write_corpus(root: Path, statements: Sequence[Mapping[str, object]] = ()) -> Path:
    """Write the collection `petit`, of three practices, under `root`; return its folder.

    Without `statements` (rows as in `corpus/statements.py`), no statements file is written.
    """
    folder = root / "petit"
    (folder / "practices").mkdir(parents=True)
    (folder / "questions").mkdir()
    (folder / "collection.toml").write_text(BOOKLET_TOML, "utf-8")
    source = []
    for page, (title, theme, organisation, sector, context, advice, questions) in PRACTICES.items():
        source += [title, "Contexte", *context, "Conseils", *[f"- {line}" for line in advice], ""]
        listed = "\n".join(f"- {line}" for line in advice)
        body = "\n\n".join(context)
        (folder / "practices" / f"p{page}.md").write_text(
            f"---\nid: petit-p{page}\npage: {page}\ntitle: {title}\ntheme: {theme}\n"
            f"organisation: {organisation}\nsector: {sector}\n"
            f"contacts:\n- accueil{page}@exemple.invalid 01 02 03 04 0{page}\n---\n\n"
            f"## Contexte\n\n{body}\n\n## Conseils\n\n{listed}\n",
            "utf-8",
        )
        lines = [f"practice: petit-p{page}"]
        for language, texts in questions.items():
            lines += [f"{language}:", *[f"- {text}" for text in texts]]
        (folder / "questions" / f"p{page}.yaml").write_text("\n".join(lines) + "\n", "utf-8")
    (folder / "source.txt").write_text("\n".join(source), "utf-8")
    if statements:
        rows = [f"{json.dumps(row, ensure_ascii=False)}\n" for row in statements]
        (folder / "statements.jsonl").write_text("".join(rows), "utf-8")
    return folder


def write_two_practices(root: Path) -> Path:
    """Write `petit` under `root` without its third practice; return the root."""
    for path in write_corpus(root).glob("*/p3.*"):
        path.unlink()
    return root


def come_from(folder: Path, page: int, source: str) -> None:
    """Make a practice of `petit` one whose text was added, instead of a page's."""
    path = folder / "practices" / f"p{page}.md"
    text = path.read_text("utf-8")
    path.write_text(text.replace(f"\npage: {page}\n", f"\nsource: {source}\n", 1), "utf-8")


def ask_of_line(folder: Path, page: int, key: str, *texts: str) -> Path:
    """Add questions to a practice of `petit` under a key (`fr conseils/2`); return its file."""
    path = folder / "questions" / f"p{page}.yaml"
    asked = "".join(f"- {text}\n" for text in texts)
    path.write_text(f"{path.read_text('utf-8')}{key}:\n{asked}", "utf-8")
    return path


FAQ_TOML = """
id = "faq"
title = "Questions fréquentes"
language = "fr"

[[sections]]
name = "reponse"
headings = ["Réponse"]
role = "advice"
"""

FAQ = {
    "carte": ("Comment refaire ma carte ?", "Déclarez la perte puis prenez rendez-vous en ligne."),
    "cantine": ("Comment payer la cantine ?", "Payez sur le portail famille avant le dix du mois."),
    "dechets": ("Quand passent les bennes ?", "Les bennes passent le mardi et le vendredi matin."),
}


def write_faq(root: Path) -> Path:
    """Write the collection `faq`: one section, no source, no questions, no pages, no facets."""
    folder = root / "faq"
    (folder / "practices").mkdir(parents=True)
    (folder / "collection.toml").write_text(FAQ_TOML, "utf-8")
    for name, (title, answer) in FAQ.items():
        (folder / "practices" / f"{name}.md").write_text(
            f"---\nid: faq-{name}\ntitle: {title}\n---\n\n## Réponse\n\n{answer}\n", "utf-8"
        )
    return folder


GUIDE_TOML = """
id = "guide"
title = "Counter guide"
language = "en"
publisher = "Council of Ashby"
date = 2021-03-01

[[sections]]
name = "why"
headings = ["Why"]
role = "context"

[[sections]]
name = "steps"
headings = ["Steps"]
role = "advice"
"""

GUIDE = {
    1: (
        "The desk that rings",
        "theme: Telephone\norganisation: Ashby Council\n",
        "People kept ringing back",
        ["Count the calls made for one reason", "Answer before the third ring"],
        ["People ring our desk again and again"],
    ),
    2: (
        "The letter read aloud",
        "",
        "Nobody read our letters to the end",
        ["Read each letter aloud to a visitor"],
        ["Visitors bring our letters to the desk"],
    ),
}


def write_guide(root: Path) -> Path:
    """Write the collection `guide`, in English: two practices, the second without any facet."""
    folder = root / "guide"
    (folder / "practices").mkdir(parents=True)
    (folder / "questions").mkdir()
    (folder / "collection.toml").write_text(GUIDE_TOML, "utf-8")
    for page, (title, facets, why, steps, questions) in GUIDE.items():
        listed = "\n".join(f"- {step}" for step in steps)
        (folder / "practices" / f"p{page}.md").write_text(
            f"---\nid: guide-p{page}\npage: {page}\ntitle: {title}\n{facets}"
            f"contacts:\n- desk{page}@example.invalid\n---\n\n## Why\n\n{why}\n\n"
            f"## Steps\n\n{listed}\n",
            "utf-8",
        )
        asked = "\n".join(f"- {question}" for question in questions)
        text = f"practice: guide-p{page}\nen:\n{asked}\n"
        (folder / "questions" / f"p{page}.yaml").write_text(text, "utf-8")
    row = {"id": "s001", "lang": "en", "text": "Chairs are missing", "grades": {}}
    (folder / "statements.jsonl").write_text(json.dumps(row) + "\n", "utf-8")
    return folder


def named(*ids: str) -> dict[str, Practice]:
    """Return practices without text, by id."""
    return {name: Practice(name, "petit", name, ()) for name in ids}
