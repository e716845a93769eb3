"""What an import found, and what it could not place, in plain words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from rich.text import Text

from recueil_qa.cli import printing
from recueil_qa.messages import table

if TYPE_CHECKING:
    from recueil_qa.corpus.importing.blocks import Unplaced
    from recueil_qa.corpus.importing.run import Imported

WORDS = table(
    {
        "heading": ("« {} »", "'{}'"),
        "written": ("pratiques écrites dans", "practices written to"),
        "found": (
            "pratiques trouvées ; essai seulement, rien n'est écrit dans",
            "practices found; a trial only, nothing is written to",
        ),
        "replaced": (
            "Fichiers qui changeraient, avec --force seulement :",
            "Files that would change, with --force only:",
        ),
        "missing": ("Sections qui manquent :", "Sections that are missing:"),
        "rejoined": (
            "Mots coupés en fin de ligne, recollés ; vérifiez-les :",
            "Words cut at the end of a line, put together again; check them:",
        ),
        "left": ("lignes hors des pratiques :", "lines outside of the practices:"),
        "all": ("Tout le texte est placé.", "All of the text is placed."),
        "before": ("avant la première pratique", "before the first practice"),
        "between": ("en dehors des pratiques", "outside of the practices"),
        "header": (
            "entre un titre et sa première section",
            "between a title and its first section",
        ),
        "no-section": ("sous un titre sans section", "under a title without a section"),
        "part": (
            "annonces d'une partie ou d'un thème (reprises dans les pratiques)",
            "names of a part or theme (kept in the practices)",
        ),
        "front-matter": ("en-tête du fichier Markdown", "front matter of the Markdown file"),
        "comment": ("commentaires", "comments"),
        "rule": ("filets et marques sans texte", "rules and marks without text"),
        "running": ("en-têtes et pieds de page répétés", "running headers and footers"),
        "note": ("notes et commentaires", "notes and comments"),
        "hidden": (
            "texte caché, que personne ne voit sur la page (laissé de côté)",
            "hidden text, that nobody sees on the page (left out)",
        ),
        "scan": (
            "texte reconnu sous une image (OCR), lu avec ses fautes : relisez-le",
            "text recognised under a picture (OCR), read with its faults: check it",
        ),
        "deleted": (
            "texte supprimé ou barré (laissé de côté)",
            "deleted or struck text (left out)",
        ),
        "raised": ("appels de note et marques en exposant", "raised marks and calls of notes"),
        "unread": (
            "ce qui ne peut être lu (formules, objets, fichiers inclus)",
            "what can't be read (formulas, objects, included files)",
        ),
        "picture": ("descriptions d'images", "descriptions of pictures"),
        "code": ("exemples de code", "examples of code"),
        "markup": ("balises et adresses de liens", "tags and addresses of links"),
    }
)
# What the reader may have wanted in a practice comes first.
ORDER = (
    "header", "no-section", "between", "before", "unread", "hidden", "scan", "deleted", "note",
    "picture", "code", "raised", "part", "running", "front-matter", "comment", "markup", "rule",
)  # fmt: skip


def print_import(imported: Imported, language: str) -> None:
    """Print the practices, the sections they lack, and every piece that is in none."""
    out = printing.out()
    said = WORDS["written" if imported.written else "found"].to(language)
    out.print(Text(f"{len(imported.practices)} {said} {imported.folder}"))
    for practice in imported.practices:
        out.print(Text.assemble("  ", (practice.id, "bold"), f"  {practice.title}"))
    if imported.missing:
        out.print(Text(WORDS["missing"].to(language), "yellow"))
        for identifier, headings in imported.missing.items():
            named = [WORDS["heading"].format(name).to(language) for name in headings]
            out.print(Text(f"  {identifier} : {', '.join(named)}"))
    if imported.rejoined:
        out.print(Text(WORDS["rejoined"].to(language)))
        for words in imported.rejoined:
            out.print(Text(f"  {words}", "dim"))
    if imported.replaced and not imported.written:
        out.print(Text(WORDS["replaced"].to(language), "yellow"))
        for name in imported.replaced:
            out.print(Text(f"  {name}"))
    if not imported.unplaced:
        out.print(Text(WORDS["all"].to(language)))
        return
    out.print(Text(f"{len(imported.unplaced)} {WORDS['left'].to(language)}"))
    for reason, pieces in _by_reason(imported.unplaced):
        out.print(Text(f"  {WORDS[reason].to(language)} ({len(pieces)})"))
        for text, places in _alike(pieces, language):
            out.print(Text(f"    {places}: {text}", "dim"))


def _by_reason(unplaced: Sequence[Unplaced]) -> Iterator[tuple[str, list[Unplaced]]]:
    ranked = sorted(unplaced, key=lambda piece: ORDER.index(piece.reason))
    for reason, pieces in groupby(ranked, key=lambda piece: piece.reason):
        yield reason, list(pieces)


def _alike(pieces: Sequence[Unplaced], language: str) -> Iterator[tuple[str, str]]:
    """Yield each text once, with the first place that it stands at and how many more there are."""
    alike: dict[str, list[Unplaced]] = {}
    for piece in pieces:
        # Page numbers are all alike.
        shape = re.sub(r"\d+", "0", piece.text) if piece.reason == "running" else piece.text
        alike.setdefault(shape, []).append(piece)
    for found in alike.values():
        more = f" (+ {len(found) - 1})" if len(found) > 1 else ""
        yield found[0].text, found[0].place.text.to(language) + more
