"""The commands that bring practices in, and take them out: a booklet, a folder, a table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from recueil_qa.cli.options import corpus_option, language_option, places, settings_of
from recueil_qa.errors import NotFoundError, SettingsError
from recueil_qa.messages import Text


@click.command("import")
@click.argument(
    "sources", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="SOURCE..."
)
@click.option(
    "--collection",
    type=click.Path(path_type=Path),
    help="Name (or folder) of the collection; made if it is not there.",
)
@click.option("--title", default="", help="Title of a new collection.")
@click.option("--questions", type=click.Path(path_type=Path), help="JSONL: practice, lang, text.")
@click.option("--update", is_flag=True, help="Follow files imported before: new, changed, renamed.")
@click.option("--remove-gone", is_flag=True, help="With --update: remove pages that are gone.")
@click.option("--force", is_flag=True, help="Replace files changed since the last import.")
@click.option("--dry-run", is_flag=True, help="Show what would be found; write nothing.")
@places
def import_command(
    sources: tuple[Path, ...],
    collection: Path | None,
    title: str,
    questions: Path | None,
    update: bool,
    remove_gone: bool,
    force: bool,
    dry_run: bool,
    **options: Any,
) -> None:
    """Turn a booklet, a folder of pages or a table into files.

    A folder, HTML, a table or a new collection: pages, a practice each, with a collection.toml
    that is proposed. One document for a collection.toml that is there: cut by its headings.
    """
    settings = settings_of(options)
    folder, there = _folder(settings.corpus, collection)
    if _is_booklet(sources, folder if there else None):
        from recueil_qa.cli.imported import print_import
        from recueil_qa.corpus.folders import find_collection
        from recueil_qa.corpus.importing.run import import_booklet

        found = find_collection(settings.corpus, collection)
        imported = import_booklet(sources[0], found, questions, force, dry_run)
        print_import(imported, settings.language)
        return
    if collection is None:
        # What goes into the only collection unasked is its own booklet, and not any folder.
        raise SettingsError(
            Text(
                "dites où mettre ces pages : --collection NOM",
                "say where these pages go: --collection NAME",
            )
        )
    if questions:
        raise SettingsError(
            Text(
                "--questions va avec un document et son collection.toml ; celles d'une page "
                "s'écrivent dans questions/ (docs/collections.md)",
                "--questions goes with one document and its collection.toml; those of a page are "
                "written in questions/ (docs/collections.md)",
            )
        )
    if remove_gone and not update:
        raise SettingsError(
            Text("--remove-gone va avec --update", "--remove-gone goes with --update")
        )
    from recueil_qa.cli import printing
    from recueil_qa.cli.pages import print_brought
    from recueil_qa.corpus.importing.pages.run import Asked, import_pages

    asked = Asked(
        sources, folder, title, None, settings.language, update, force, remove_gone, dry_run
    )
    with printing.progress(settings.language, "import") as step:
        brought = import_pages(asked, step)
    print_brought(brought, settings.language)


def _folder(corpus: Path, given: Path | None) -> tuple[Path, bool]:
    """Return the folder of a collection, and whether it is there."""
    from recueil_qa.corpus.folders import CONFIG, find_collection

    try:
        return find_collection(corpus, given), True
    except NotFoundError as missing:
        if given is None:
            raise
        folder = corpus / given if len(given.parts) == 1 else given
        try:
            if folder.exists() and not folder.is_dir():
                raise
            return folder, (folder / CONFIG).exists()
        except OSError as error:
            # No file can have such a name.
            raise missing from error


def _is_booklet(sources: tuple[Path, ...], folder: Path | None) -> bool:
    """Return whether one document is to be cut as the `collection.toml` of a booklet says."""
    from recueil_qa.corpus.config_file import read_config
    from recueil_qa.corpus.folders import CONFIG
    from recueil_qa.corpus.importing.pages.gathering import HTML, TABLES, WORKBOOKS

    if len(sources) != 1 or sources[0].is_dir() or folder is None:
        return False
    if sources[0].suffix.lower() in HTML | TABLES | WORKBOOKS:
        return False
    config, _ = read_config(folder / CONFIG)
    # One that can't be read is told by whoever reads it to import.
    return config is None or config.import_.layout == "booklet"


@click.command("remove")
@click.argument("practices", nargs=-1, metavar="[PRACTICE]...")
@click.option("--collection", help="Remove this whole collection, by its id.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.option("--dry-run", is_flag=True, help="Show what would go; remove nothing.")
@corpus_option
@language_option
def remove_command(
    practices: tuple[str, ...],
    collection: str | None,
    yes: bool,
    dry_run: bool,
    corpus: Path | None,
    language: str | None,
) -> None:
    """Remove practices and their questions, or a collection."""
    from functools import partial

    from recueil_qa.cli.pages import print_removal
    from recueil_qa.corpus import removing
    from recueil_qa.evaluation.judgments import judged_of

    settings = settings_of({"corpus": corpus, "language": language})
    if bool(practices) == bool(collection):
        raise SettingsError(
            Text(
                "donnez l'id d'une pratique, ou --collection ID",
                "give the id of a practice, or --collection ID",
            )
        )
    if collection:
        remove = partial(removing.remove_collection, settings.corpus, collection)
    else:
        remove = partial(removing.remove_practices, settings.corpus, practices)
    trial = remove(True)
    judged = judged_of(settings.home, {name for name, _ in trial.practices})
    print_removal(trial, settings.language, done=False, judged=judged)
    if dry_run:
        return
    sure = Text("Ôter tout cela ?", "Remove all this?").to(settings.language)
    if yes or click.confirm(sure):
        print_removal(remove(False), settings.language, done=True)
