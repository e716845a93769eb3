"""What every reader of a foreign collection gives: pages, and what was left out of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from recueil_qa.corpus.importing.blocks import Block, Place
from recueil_qa.messages import Text, table

Why = Literal[
    "file", "double", "draft", "link", "empty", "navigation", "comment", "shortcode", "struck",
    "hidden", "note", "personal", "field", "value", "no-section", "heading", "cell", "running",
    "unread", "scan", "picture", "code", "raised", "front-matter", "markup", "rule",
]  # fmt: skip
WHY = table(
    {
        "file": ("fichiers qui n'ont pas été lus", "files that were not read"),
        "double": ("copies d'une autre page", "copies of another page"),
        "draft": ("brouillons, d'après leur en-tête", "drafts, as their front matter says"),
        "link": ("liens hors du dossier", "links out of the folder"),
        "empty": ("pages sans texte", "pages without text"),
        "navigation": (
            "menus, sommaires, formulaires et autour de page",
            "menus, contents, forms and page frames",
        ),
        "comment": ("commentaires", "comments"),
        "shortcode": ("commandes du site", "commands of the site"),
        "struck": ("texte barré", "struck text"),
        "hidden": ("texte caché", "hidden text"),
        "note": ("notes et commentaires", "notes and comments"),
        "personal": (
            "données personnelles : mises dans « contacts », jamais cherchées ni citées",
            "personal data: put into 'contacts', never searched or quoted",
        ),
        "field": ("champs dont rien ne dit l'usage", "fields that nothing gives a use"),
        "value": ("valeurs que la collection n'a pas", "values that the collection does not have"),
        "no-section": (
            "texte d'aucune pratique : couverture, introduction, titre sans section connue",
            "text of no practice: a cover, an introduction, a heading that no section knows",
        ),
        "heading": ("titres sans texte dessous", "headings with no text below"),
        "cell": ("cases sans colonne", "cells without a column"),
        "running": ("en-têtes et pieds de page", "headers and footers"),
        "unread": (
            "ce qui ne peut être lu (formules, objets, fichiers inclus)",
            "what can't be read (formulas, objects, included files)",
        ),
        "scan": (
            "texte reconnu sous une image (OCR), lu avec ses fautes : relisez-le",
            "text recognised under a picture (OCR), read with its faults: check it",
        ),
        "picture": ("descriptions d'images", "descriptions of pictures"),
        "code": ("exemples de code", "examples of code"),
        "raised": ("appels de note et marques en exposant", "raised marks and calls of notes"),
        "front-matter": ("en-tête du fichier Markdown", "front matter of the Markdown file"),
        "markup": ("balises et adresses de liens", "tags and addresses of links"),
        "rule": ("filets et marques sans texte", "rules and marks without text"),
    }
)


class PageError(Exception):
    """A file of a folder that can't be read: what is wrong and how to mend it, and its line."""

    def __init__(self, what: Text, line: int = 0) -> None:
        super().__init__(what.en)
        self.what = what
        self.line = line


@dataclass(frozen=True, slots=True)
class Left:
    """A piece of a source that is in no practice; `detail` is said in the place of `text`."""

    path: Path
    why: Why
    text: str
    place: Place | None = None
    detail: Text | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """What a field of the front matter, or a cell of a table, holds; `listed` when it is a list."""

    texts: tuple[str, ...]
    line: int
    listed: bool = False

    @property
    def text(self) -> str:
        return ", ".join(self.texts)


@dataclass(frozen=True, slots=True)
class Page:
    """One page, or one row of a table; `name` is its file's path within the folder given.

    `part` tells practices of one file apart: a row's own name, or the heading that it begins at.
    """

    path: Path
    name: str
    title: str = ""
    fields: dict[str, Value] = field(default_factory=dict)
    blocks: tuple[Block, ...] = ()
    part: str = ""
    row: bool = False
    line: int = 1

    @property
    def key(self) -> str:
        """What names the page from one import to the next."""
        return f"{self.name}#{self.part}" if self.part else self.name

    @property
    def size(self) -> int:
        """How many characters its text has."""
        return sum(len(block.text) for block in self.blocks)


@dataclass(frozen=True, slots=True)
class Gathered:
    """All pages, in the order of the folder, and what is in none."""

    pages: tuple[Page, ...]
    left: tuple[Left, ...]
    files: int
    untitled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Aside:
    """A piece of the page that is left out."""

    why: Why
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Read:
    """A page's blocks, its own title (`<title>`, `<h1>`), metadata, and what was left out."""

    blocks: tuple[Block, ...]
    aside: tuple[Aside, ...]
    title: str = ""
    meta: tuple[tuple[str, str], ...] = ()
    language: str = ""
