"""The command line. Heavy imports wait until a command needs them: `--help` must be quick."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import click

from recueil_qa.cli_build import build
from recueil_qa.cli_builds import COMMANDS
from recueil_qa.cli_bundle import COMMANDS as BUNDLE_COMMANDS
from recueil_qa.cli_corpus import COMMANDS as CORPUS_COMMANDS
from recueil_qa.cli_feedback import feedback
from recueil_qa.cli_options import Command, places, settings_of
from recueil_qa.errors import RecueilError
from recueil_qa.types import FACETS, Filters


class Commands(click.Group):
    """Commands in the order they are used; errors as one message and exit code 1."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except RecueilError as error:
            click.echo(f"recueil-qa: {error.text(_language(ctx))}", err=True)
            ctx.exit(1)


def _language(ctx: click.Context) -> Any:
    """Return the language that errors are told in, also when the settings are the error."""
    import os

    root = ctx.find_root()
    chosen = root.obj.get("language") if isinstance(root.obj, dict) else None
    return "en" if (chosen or os.environ.get("RECUEIL_LANGUAGE")) == "en" else "fr"


def filtering(command: Command) -> Command:
    """Add the facets."""
    for facet in reversed(FACETS):
        by = ", by its id" if facet == "collection" else ""
        command = click.option(
            f"--{facet}", multiple=True, help=f"Keep practices of this {facet}{by}; repeatable."
        )(command)
    return command


top_option = click.option("--top", type=click.IntRange(1, 100), help="How many practices.")
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="recueil-qa")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Ask collections of public-service best practices; all advice is quoted word for word."""
    ctx.obj = {}
    for stream in (sys.stdout, sys.stderr):
        # A terminal that can't show a letter shows a stand-in; it never stops a command.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


@main.command()
@click.argument("question")
@top_option
@json_option
@click.option("--as-typed", is_flag=True, help="Mend no slip, understand no filter.")
@filtering
@places
def ask(question: str, top: int | None, as_json: bool, as_typed: bool, **options: Any) -> None:
    """Answer a question with practices and the advice that applies."""
    from recueil_qa import console
    from recueil_qa.assistant import Assistant
    from recueil_qa.cards import PRACTICES
    from recueil_qa.console_answer import print_answer

    filters = _filters(options)
    settings = settings_of(options)
    assistant = Assistant.open(settings)
    answer = assistant.ask(question, top=top or PRACTICES, filters=filters, as_typed=as_typed)
    if as_json:
        console.print_json(answer, settings.contacts)
    else:
        titles = assistant.catalogue.titles
        print_answer(answer, titles, settings.language, stale=assistant.is_stale())


@main.command()
@click.argument("question")
@top_option
@json_option
@filtering
@places
def search(question: str, top: int | None, as_json: bool, **options: Any) -> None:
    """Find practices, with the passages and words that made them hits."""
    from recueil_qa import console
    from recueil_qa.assistant import Assistant

    filters = _filters(options)
    settings = settings_of(options)
    assistant = Assistant.open(settings)
    hits = assistant.search(question, top=top, filters=filters)
    if as_json:
        console.print_json(list(hits), settings.contacts)
    else:
        console.print_hits(hits, assistant.catalogue.titles, settings.language)


@main.command()
@click.argument("practice")
@json_option
@click.option("--contacts", is_flag=True, default=None, help="Show contacts, often out of date.")
@places
def show(practice: str, as_json: bool, contacts: bool | None, **options: Any) -> None:
    """Show one practice, by its id or the end of it (p23)."""
    from recueil_qa import console
    from recueil_qa.index import open_catalogue

    settings = settings_of(options, contacts=contacts)
    catalogue = open_catalogue(settings.index)
    found = catalogue.practice(practice)
    if as_json:
        console.print_json(found, settings.contacts)
    else:
        console.print_practice(found, catalogue, settings.language, settings.contacts)


@main.command()
@click.argument("practice")
@top_option
@json_option
@places
def similar(practice: str, top: int | None, as_json: bool, **options: Any) -> None:
    """List the practices nearest to one, with the reason."""
    from recueil_qa import console
    from recueil_qa.assistant import Assistant

    settings = settings_of(options)
    assistant = Assistant.open(settings)
    found = assistant.similar(practice, top or 5)
    if as_json:
        console.print_json(list(found), settings.contacts)
    else:
        titles = assistant.catalogue.titles
        console.print_neighbours(assistant.practice(practice), found, titles, settings.language)


@main.command("list")
@json_option
@filtering
@places
def list_practices(as_json: bool, **options: Any) -> None:
    """List the practices."""
    from recueil_qa import console
    from recueil_qa.index import open_catalogue

    filters = _filters(options)
    settings = settings_of(options)
    catalogue = open_catalogue(settings.index)
    practices = catalogue.matching(filters)
    if as_json:
        console.print_json(list(practices), settings.contacts)
    else:
        console.print_list(practices, catalogue.titles, settings.language)


@main.command("import")
@click.argument("source", type=click.Path(path_type=Path))
@click.option(
    "--collection",
    type=click.Path(path_type=Path),
    help="Folder (or name) of the collection whose collection.toml says how it is laid out.",
)
@click.option("--questions", type=click.Path(path_type=Path), help="JSONL: practice, lang, text.")
@click.option("--force", is_flag=True, help="Replace files changed since the last import.")
@click.option("--dry-run", is_flag=True, help="Show what would be found; write nothing.")
@places
def import_command(
    source: Path,
    collection: Path | None,
    questions: Path | None,
    force: bool,
    dry_run: bool,
    **options: Any,
) -> None:
    """Turn a booklet (text, Markdown, DOCX, PDF) into files."""
    from recueil_qa.console_import import print_import
    from recueil_qa.corpus_files import find_collection
    from recueil_qa.importing import import_booklet

    settings = settings_of(options)
    folder = find_collection(settings.corpus, collection)
    imported = import_booklet(source, folder, questions, force, dry_run)
    print_import(imported, settings.language)


@main.command()
@click.option("--queries", type=click.Path(path_type=Path), required=True, help="JSONL: id, text.")
@click.option("--output", type=click.Path(path_type=Path), required=True, help="JSONL to write.")
@top_option
@places
def run(queries: Path, output: Path, top: int | None, **options: Any) -> None:
    """Answer a file of queries, for programs and evaluations."""
    from recueil_qa import console
    from recueil_qa.assistant import Assistant
    from recueil_qa.batch import run_batch

    settings = settings_of(options)
    assistant = Assistant.open(settings)
    with console.progress(settings.language, "run") as progress:
        count = run_batch(assistant, queries, output, top or settings.top, progress)
    console.print_done(count, output, settings.language)


@main.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="Folder with queries.jsonl, qrels.tsv, advice.jsonl, unanswerable.jsonl; else eval/.",
)
@click.option(
    "--statements",
    type=click.Path(path_type=Path),
    multiple=True,
    help="JSONL of judged statements (id, lang, text, grades) to measure too; may be given again.",
)
@click.option("--output", type=click.Path(path_type=Path), help="JSON report to write.")
@click.option("--markdown", type=click.Path(path_type=Path), help="Markdown report to write.")
@click.option(
    "--compare",
    type=click.Path(path_type=Path),
    multiple=True,
    help="JSON report to compare this one with; given twice, the two, without evaluating.",
)
@places
def evaluate(
    data: Path | None,
    statements: tuple[Path, ...],
    output: Path | None,
    markdown: Path | None,
    compare: tuple[Path, ...],
    **options: Any,
) -> None:
    """Measure quality and speed, with intervals and the ablation."""
    from recueil_qa import console, console_report, judgments, quality, report
    from recueil_qa.assistant import Assistant
    from recueil_qa.batch import write_whole

    settings = settings_of(options)
    if len(compare) > 2:
        raise click.UsageError("--compare takes one report, or two")
    if len(compare) == 2 and (data or statements or output or markdown):
        raise click.UsageError("two reports are compared as they are: nothing is written")
    before = [report.read_report(path) for path in compare]
    if len(before) == 2:
        console_report.print_differences(report.compare(*before))
        return
    assistant = Assistant.open(settings)
    folder = data or settings.home / "eval"
    known = {practice.id for practice in assistant.index.practices}
    rows = judgments.read_data(folder, known)
    judged = {path.stem: judgments.read_judged(path, known) for path in statements}
    with console.progress(settings.language, "evaluate") as progress:
        found = quality.evaluate(assistant, rows, progress, judged)
    if output:
        write_whole(output, found.model_dump_json(indent=2) + "\n")
    if markdown:
        write_whole(markdown, report.markdown(found))
    console_report.print_report(found)
    if before:
        console_report.print_differences(report.compare(before[0], found))


@main.command()
@json_option
@click.option("--strict", is_flag=True, help="Exit with 1 on warnings too.")
@places
def doctor(as_json: bool, strict: bool, **options: Any) -> None:
    """Check all that answering rests on; say how to mend.

    The exit code is 1 when there is an error, 0 when there are warnings only.
    """
    try:
        from recueil_qa import console
        from recueil_qa.doctor import examine

        settings = settings_of(options)
    except ModuleNotFoundError as error:
        # The checks themselves need some libraries.
        from recueil_qa.checks_libraries import unimportable

        click.get_current_context().find_root().obj = {"language": options.get("language")}
        finding = unimportable(error, Path.cwd())
        raise RecueilError(finding.what, finding.mend) from error
    findings = examine(settings)
    if as_json:
        console.print_json(findings, settings.contacts)
    else:
        console.print_findings(findings, settings.language)
    failing = ("error", "warning") if strict else ("error",)
    sys.exit(1 if any(finding.severity in failing for finding in findings) else 0)


main.add_command(build)
main.add_command(feedback)
for command in (*COMMANDS, *BUNDLE_COMMANDS, *CORPUS_COMMANDS):
    main.add_command(command)


def _filters(options: dict[str, Any]) -> Filters:
    return Filters(**{facet: frozenset(options.pop(facet)) for facet in FACETS})


if __name__ == "__main__":
    main()
