"""Make the pages; a warning is an error, and what was there stays until all is made."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path

import sphinx.locale
from sphinx.cmd.build import build_main

from distribution.site import rest

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
# Besides docs/: what these name, each at its place, so that links lead there.
BESIDE = (
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "benchmarks/README.md",
    "corpus/recueil-2014/README.md",
    "eval/README.md",
    "models/recueil-e5/README.md",
)
# What the theme says in English in every page.
FRENCH = {
    "Toggle site navigation sidebar": "Ouvrir ou fermer le menu",
    "Toggle table of contents sidebar": "Ouvrir ou fermer le sommaire de la page",
    "Toggle Light / Dark / Auto color theme": "Couleurs claires, sombres ou celles du système",
    "Skip to content": "Aller au contenu",
    "Back to top": "Haut de page",
    "On this page": "Sur cette page",
    "<span>Next</span>": "<span>Suivant</span>",
    "<span>Previous</span>": "<span>Précédent</span>",
    '<div class="title">Home</div>': '<div class="title">Accueil</div>',
    'placeholder="Search" name="q" aria-label="Search"': (
        'placeholder="Rechercher" name="q" aria-label="Rechercher"'
    ),
    "<title>Search -": "<title>Recherche -",
    ">Error<": ">Erreur<",
    "Please activate JavaScript to enable the search functionality.": (
        "La recherche demande JavaScript."
    ),
    "<title>Contents</title>": "<title>Sommaire</title>",
    "<title>Expand</title>": "<title>Déplier</title>",
    "<title>Light mode</title>": "<title>Clair</title>",
    "<title>Dark mode</title>": "<title>Sombre</title>",
    "<title>Auto light/dark, in light mode</title>": "<title>Système, clair</title>",
    "<title>Auto light/dark, in dark mode</title>": "<title>Système, sombre</title>",
    'title="Link to this heading"': 'title="Lien vers ce titre"',
    'title="Permalink to this heading"': 'title="Lien vers ce titre"',
    "Made with": "Fait avec",
}


def stage(source: Path) -> None:
    """Copy what the pages are made of, and write those that are made of the code."""
    shutil.copytree(ROOT / "docs", source / "docs")
    for name in BESIDE:
        place = source / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, place)
    for path in (HERE / "pages").iterdir():
        shutil.copyfile(path, source / path.name)
    (source / "rest.md").write_text(rest.page(), "utf-8")


def make_site(folder: Path) -> None:
    """Write the pages into `folder`, in place of what it holds.

    Raises:
        SystemExit: Sphinx warns of something; it has said of what. The folder is as before.
    """
    with tempfile.TemporaryDirectory() as scratch:
        source, made = Path(scratch, "source"), Path(scratch, "made")
        source.mkdir()
        stage(source)
        options = ["-W", "--keep-going", "-q", "-E", "-c", str(HERE), "-d", f"{scratch}/trees"]
        if build_main([*options, "-b", "html", str(source), str(made)]):
            raise SystemExit("distribution.site: mend what is told above; nothing was written")
        (made / "_static" / "translations.js").write_text(search_in_french(), "utf-8")
        for path in made.rglob("*.html"):
            text = path.read_text("utf-8")
            if ' lang="fr"' in text.partition("<head>")[0]:
                path.write_text(in_french(text), "utf-8")
        for name in (".buildinfo", "objects.inv"):
            (made / name).unlink(missing_ok=True)
        shutil.rmtree(made / "_sources", ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.move(made, folder)


def search_in_french() -> str:
    """Return a script that gives the search its French words; Sphinx's own makes code of a text."""
    given = Path(sphinx.locale.__file__).parent / "fr" / "LC_MESSAGES" / "sphinx.js"
    told = json.loads(given.read_text("utf-8").partition("(")[2].rpartition(")")[0])
    return (
        f"Object.assign(Documentation.TRANSLATIONS, {json.dumps(told['messages'])});\n"
        'Documentation.LOCALE = "fr";\n'
        "Documentation.PLURAL_EXPR = (n) => (n > 1 ? 1 : 0);\n"
    )


def in_french(text: str) -> str:
    """Return a page with what the theme says put into French."""
    for said, french in FRENCH.items():
        text = text.replace(said, french)
    return text


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "site"
    make_site(folder)
    print(f"==> {folder / 'index.html'}")


if __name__ == "__main__":
    main()
