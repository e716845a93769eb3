"""The commands that ask and look. As in `main`, all but click waits until one needs it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from recueil_qa.cli.options import (
    Command,
    jobs_option,
    json_option,
    no_reader_option,
    places,
    reader_option,
    settings_of,
    top_option,
)
from recueil_qa.types import FACETS, Filters


def filtering(command: Command) -> Command:
    """Add the facets."""
    command = click.option(
        "--facet",
        multiple=True,
        metavar="NAME=VALUE",
        help="Keep practices with this value of a facet, as of a collection's own; repeatable.",
    )(command)
    for facet in reversed(FACETS):
        by = ", by its id" if facet == "collection" else ""
        command = click.option(
            f"--{facet}", multiple=True, help=f"Keep practices of this {facet}{by}; repeatable."
        )(command)
    return command


@click.command()
@click.argument("question")
@top_option
@json_option
@click.option("--as-typed", is_flag=True, help="Mend no slip, understand no filter.")
@no_reader_option
@filtering
@places
def ask(
    question: str,
    top: int | None,
    as_json: bool,
    as_typed: bool,
    no_reader: bool,
    **options: Any,
) -> None:
    """Answer a question with practices and the advice that applies."""
    from recueil_qa.cli import printing
    from recueil_qa.cli.answer import print_answer, titles_told
    from recueil_qa.search.searcher import Searcher
    from recueil_qa.types import PRACTICES

    filters = _filters(options)
    settings = settings_of(options)
    searcher = Searcher.open(settings)
    answer = searcher.ask(question, top=top or PRACTICES, filters=filters, as_typed=as_typed)
    if settings.reader and not no_reader:
        from recueil_qa.cli.reader import read

        answer = read(searcher, answer, question, filters, as_typed=as_typed)
    if as_json:
        printing.print_json(answer, settings.contacts)
    else:
        titles = titles_told(searcher.catalogue, answer, settings.language)
        print_answer(answer, titles, settings.language, stale=searcher.is_stale())


@click.command()
@click.argument("question")
@top_option
@json_option
@filtering
@places
def search(question: str, top: int | None, as_json: bool, **options: Any) -> None:
    """Find practices, with the passages and words that made them hits."""
    from recueil_qa.cli import printing
    from recueil_qa.search.searcher import Searcher

    filters = _filters(options)
    settings = settings_of(options)
    searcher = Searcher.open(settings)
    hits = searcher.search(question, top=top, filters=filters)
    if as_json:
        printing.print_json(list(hits), settings.contacts)
    else:
        printing.print_hits(hits, searcher.catalogue.titles, settings.language)


@click.command()
@click.argument("practice")
@json_option
@click.option("--contacts", is_flag=True, default=None, help="Show contacts, often out of date.")
@places
def show(practice: str, as_json: bool, contacts: bool | None, **options: Any) -> None:
    """Show one practice, by its id or the end of it (p23)."""
    from recueil_qa.cli import printing
    from recueil_qa.index.opening import open_catalogue

    settings = settings_of(options, contacts=contacts)
    catalogue = open_catalogue(settings.index, contacts=settings.contacts)
    found = catalogue.practice(practice)
    if as_json:
        printing.print_json(found, settings.contacts)
    else:
        printing.print_practice(found, catalogue, settings.language)


@click.command()
@click.argument("practice")
@top_option
@json_option
@places
def similar(practice: str, top: int | None, as_json: bool, **options: Any) -> None:
    """List the practices nearest to one, with the reason."""
    from recueil_qa.cli import printing
    from recueil_qa.search.searcher import Searcher

    settings = settings_of(options)
    searcher = Searcher.open(settings)
    found = searcher.similar(practice, top or 5)
    if as_json:
        printing.print_json(list(found), settings.contacts)
    else:
        titles = searcher.catalogue.titles
        printing.print_neighbours(searcher.practice(practice), found, titles, settings.language)


@click.command("list")
@json_option
@filtering
@places
def list_practices(as_json: bool, **options: Any) -> None:
    """List the practices."""
    from recueil_qa.cli import printing
    from recueil_qa.index.opening import open_catalogue

    filters = _filters(options)
    settings = settings_of(options)
    catalogue = open_catalogue(settings.index, contacts=settings.contacts)
    practices = catalogue.matching(filters)
    if as_json:
        printing.print_json(list(practices), settings.contacts)
    else:
        printing.print_list(practices, catalogue, settings.language)


@click.command()
@click.option("--queries", type=click.Path(path_type=Path), required=True, help="JSONL: id, text.")
@click.option("--output", type=click.Path(path_type=Path), required=True, help="JSONL to write.")
@top_option
@click.option("--collection", multiple=True, help="Ask this collection, by its id; repeatable.")
@reader_option
@jobs_option
@places
def run(
    queries: Path,
    output: Path,
    top: int | None,
    collection: tuple[str, ...],
    with_reader: bool,
    jobs: int,
    **options: Any,
) -> None:
    """Answer a file of queries, for programs and evaluations.

    With --reader, replies are kept: a run that was stopped goes on where it was.
    """
    from recueil_qa.assistant import Assistant
    from recueil_qa.cli import printing
    from recueil_qa.cli.batch import run_batch

    settings = settings_of(options)
    assistant = Assistant.open(settings)
    filters = assistant.catalogue.known(Filters.of({"collection": collection}))
    if with_reader:
        from recueil_qa.cli.reader import print_faults, run_read

        with printing.progress(settings.language, "run") as progress:
            count, faults = run_read(assistant.now(), queries, output, top, jobs, progress, filters)
        printing.print_done(count, output, settings.language)
        print_faults(faults, count, settings.language)
        return
    with printing.progress(settings.language, "run") as progress:
        count = run_batch(assistant, queries, output, top or settings.top, progress, filters)
    printing.print_done(count, output, settings.language)


COMMANDS = (ask, search, show, similar, list_practices)


def _filters(options: dict[str, Any]) -> Filters:
    chosen = {facet: {*options.pop(facet)} for facet in FACETS}
    for said in options.pop("facet"):
        name, equals, value = said.partition("=")
        if not (equals and name.strip() and value.strip()):
            raise click.BadParameter(f"{said!r}: NAME=VALUE", param_hint="--facet")
        chosen.setdefault(name.strip(), set()).add(value.strip())
    return Filters.of(chosen)
