"""Folders of pages in several layouts, to import."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from click.testing import CliRunner, Result

from recueil_qa.cli.main import main

JEKYLL = """\
---
layout: card
title: {title}
category: {category}
tags: [accueil, file]
why: {why}
author: Service de l'accueil
---

## {number}Contexte

{title} : le guichet attend trop. Voir [la note]({{{{ site.baseurl }}}}/note).

<section class="box" markdown="1">

## {heading}

1. Ouvrir la file une heure plus tôt.
1. Former **deux** agents &amp; un remplaçant.
    - le matin

### Si la file {at} déborde

Ouvrir un second guichet.

</section>

## Anecdote {at}

Une fin de page.
"""
HEADINGS = ("Conseils", "Conseil 💡", "3. Conseils :", "CONSEILS")
WHYS = (
    "Parce que les usagers attendent plus de vingt minutes au guichet.",
    "Parce que les agents ne savent pas quoi répondre au téléphone le lundi.",
    "Parce que le courrier revient avec une adresse qui a changé depuis.",
)


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files below a folder, and return it."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def jekyll(count: int = 6) -> dict[str, str | bytes]:
    """Return cards whose headings are alike and not the same, without accents in their names."""
    return {
        f"cartes/carte-{at}.md": JEKYLL.format(
            title=f"Le guichet numéro {at}",
            category=("Physique", "Numérique")[at % 2],
            why=f"{WHYS[at % 3]} Cas {at}.",
            heading=HEADINGS[at % len(HEADINGS)],
            number=("", "1. ")[at % 2],
            at=at,
        )
        for at in range(1, count + 1)
    }


def import_into(corpus: Path, *arguments: str | Path, collection: str = "guichets") -> Result:
    """Run `recueil-qa import` in English."""
    given = ["import", *map(str, arguments), "--collection", collection]
    return CliRunner().invoke(main, [*given, "--corpus", str(corpus), "--lang", "en"])
