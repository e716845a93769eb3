"""A made collection of any number of pages, in ten layouts of those that sites and offices have.

Always the same; what pages say is put together of places, troubles and remedies.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from docx import Document

PLACES = ("guichet", "standard", "courrier", "site", "parking", "hall", "bureau", "service",
          "téléphone", "registre", "comptoir", "secrétariat", "dépôt", "relais")  # fmt: skip
TROUBLES = (
    "les usagers attendent plus de vingt minutes",
    "un dossier sur trois revient incomplet",
    "personne ne sait à qui s'adresser",
    "les mêmes questions reviennent chaque semaine",
    "les rendez-vous ne sont pas honorés",
    "les agents donnent des réponses différentes",
    "les délais annoncés ne sont pas tenus",
    "les lettres ne sont pas comprises",
    "le matériel tombe souvent en panne",
)
REMEDIES = (
    "Afficher une durée prudente à l'entrée",
    "Remettre une liste des pièces à cocher",
    "Nommer une personne qui répond",
    "Écrire une réponse d'une page et la relire ensemble",
    "Rappeler la veille par un message court",
    "Réunir l'équipe un quart d'heure le vendredi",
    "Annoncer un délai et prévenir s'il change",
    "Faire relire chaque modèle par cinq habitants",
    "Tenir un cahier des pannes",
    "Former deux agents de renfort",
    "Ouvrir une heure plus tôt le lundi",
)


@dataclass(frozen=True)
class Card:
    """What one page says."""

    number: int

    @property
    def name(self) -> str:
        return f"fiche-{self.number}"

    @property
    def place(self) -> str:
        return PLACES[self.number % len(PLACES)]

    @property
    def title(self) -> str:
        return f"Le {self.place} numéro {self.number}"

    @property
    def trouble(self) -> str:
        told = TROUBLES[self.number % len(TROUBLES)]
        return f"Au {self.place} numéro {self.number}, {told}."

    @property
    def remedies(self) -> tuple[str, str]:
        first, second = (REMEDIES[(self.number + step) % len(REMEDIES)] for step in (0, 5))
        return f"{first}, au {self.place} {self.number}.", f"{second}."

    @property
    def kind(self) -> str:
        return ("Accueil", "Écrit", "Délais")[self.number % 3]


def _bullets(card: Card, mark: str = "- ") -> str:
    return "\n".join(f"{mark}{remedy}" for remedy in card.remedies)


def _jekyll(card: Card) -> str:
    return (
        f"---\nlayout: card\ntitle: {card.title}\ncategory: {card.kind}\ntags: [public, note]\n"
        f"permalink: /{card.name}/\n---\n\n## Contexte\n\n{card.trouble}\n\n## Conseils 💡\n\n"
        f"{_bullets(card)}\n\n## Pour aller plus loin\n\n- [La note]({{{{ site.url }}}}/note)\n"
    )


def _hugo_toml(card: Card) -> str:
    return (
        f"+++\ntitle = '{card.title}'\ndate = 2026-02-03\ncategory = '{card.kind}'\ndraft = false\n"
        f"+++\n\n# Contexte\n\n{card.trouble}\n\n# 2. Conseils\n\n{_bullets(card, '1. ')}\n"
    )


def _hugo_yaml(card: Card) -> str:
    return (
        f"---\ntitle: {card.title}\ncategory: {card.kind}\nweight: 1\n---\n"
        f"## Contexte\n\n{{{{< note >}}}}{card.trouble}{{{{< /note >}}}}\n\n## Conseils\n\n"
        f"{_bullets(card, '* ')}\n\n"
        "| Mesure | Avant | Après |\n|---|---|---|\n| Appels | 20 | 8 |\n"
    )


def _eleventy(card: Card) -> str:
    return (
        f"---\ntitle: '{card.title}'\ncategory: {card.kind}\n"
        f"eleventyNavigation:\n  key: {card.name}\n---\n{{% set page = 1 %}}\n"
        f"### Contexte\n{card.trouble}\n### Conseils :\n{_bullets(card)}\n"
    )


def _fields(card: Card) -> str:
    steps = "\n".join(f"  {remedy}" for remedy in card.remedies)
    return f"---\ntitle: {card.title}\ncontexte: {card.trouble}\nconseils: |\n{steps}\n---\n"


def _plain(card: Card) -> str:
    return (
        f"# {card.title}\n\nContexte\n---\n\n{card.trouble}\n\nConseils\n---\n\n{_bullets(card)}\n"
    )


def _html(card: Card) -> str:
    items = "".join(f"<li>{remedy}</li>" for remedy in card.remedies).replace("é", "&eacute;")
    return (
        f'<html lang="fr"><head><title>{card.title} | Site</title></head><body><nav>Menu</nav>'
        f"<main><h1>{card.title}</h1><h2>Contexte</h2><p>{card.trouble}</p><h2>Conseils</h2>"
        f"<ul>{items}</ul><p>Cette page est-elle utile ?</p></main><footer>Plan</footer>"
        "</body></html>"
    )


def _exported(card: Card) -> str:
    """A page as a word processor saves it for the web: no main part, spans and styles."""
    rows = "".join(
        f'<p class="MsoNormal"><span>·&nbsp;{remedy}</span></p>' for remedy in card.remedies
    )
    return (
        f"<html><head><style>p {{margin: 0}}</style></head><body><h1><span>{card.title}</span></h1>"
        f"<h2>Contexte</h2><p>{card.trouble}</p><h2>Conseils</h2>{rows}</body></html>"
    )


def _docx(card: Card) -> bytes:
    document = Document()
    document.add_heading(card.title, 1)
    document.add_heading("Contexte", 2)
    document.add_paragraph(card.trouble)
    document.add_heading("Conseils", 2)
    for remedy in card.remedies:
        document.add_paragraph(remedy, style="List Bullet")
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def _table(cards: list[Card]) -> str:
    out = io.StringIO()
    table = csv.writer(out, delimiter=";")
    table.writerow(("Réf", "Titre", "Contexte", "Conseils"))
    table.writerows((c.name, c.title, c.trouble, "\n".join(c.remedies)) for c in cards)
    return out.getvalue()


LAYOUTS: dict[str, Callable[[Card], str | bytes]] = {
    "jekyll/{}.md": _jekyll,
    "hugo/{}/index.md": _hugo_toml,
    "docs/{}.markdown": _hugo_yaml,
    "eleventy/{}.njk": _eleventy,
    "champs/{}.md": _fields,
    "simples/{}.md": _plain,
    "web/{}.html": _html,
    "enregistrees/{}.htm": _exported,
    "word/{}.docx": _docx,
}


def cards(count: int) -> list[Card]:
    """Return so many cards."""
    return [Card(number) for number in range(1, count + 1)]


def ten_layouts(count: int) -> Iterator[tuple[str, str | bytes]]:
    """Yield the files of so many pages: nine layouts with a page a file, a table for the tenth."""
    rows = []
    kinds = [*LAYOUTS.items()]
    for card in cards(count):
        at = card.number % 10
        if at == 9:
            rows.append(card)
        else:
            name, written = kinds[at]
            yield name.format(card.name), written(card)
    yield "table.csv", _table(rows)
