"""The command that measures quality, and its report on a terminal.

As in `main`, all but click waits until it is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recueil_qa.cli.options import jobs_option, places, reader_option, settings_of

if TYPE_CHECKING:
    from rich.table import Table

    from recueil_qa.evaluation.report import Difference, Report


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="Folder with queries.jsonl, qrels.tsv, advice.jsonl, unanswerable.jsonl; else eval/.",
)
@click.option("--collection", default="", help="Measure on its judged questions, eval/ID/.")
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
@reader_option
@jobs_option
@places
def evaluate(
    data: Path | None,
    collection: str,
    statements: tuple[Path, ...],
    output: Path | None,
    markdown: Path | None,
    compare: tuple[Path, ...],
    with_reader: bool,
    jobs: int,
    **options: Any,
) -> None:
    """Measure quality and speed, with intervals and the ablation.

    With --reader, whole answers too, of the search alone and as the model reads them.
    """
    from recueil_qa.cli import printing
    from recueil_qa.evaluation import quality, report
    from recueil_qa.evaluation.judgments import find_judgments
    from recueil_qa.evaluation.rows import read_data, read_judged
    from recueil_qa.files import write_whole
    from recueil_qa.search.searcher import Searcher

    settings = settings_of(options)
    if len(compare) > 2:
        raise click.UsageError("--compare takes one report, or two")
    if data and collection:
        raise click.UsageError("give --data or --collection, not both")
    if len(compare) == 2 and (data or collection or statements or output or markdown):
        raise click.UsageError("two reports are compared as they are: nothing is written")
    before = [report.read_report(path) for path in compare]
    if len(before) == 2:
        print_differences(report.compare(*before))
        return
    searcher = Searcher.open(settings)
    folder = data or find_judgments(settings.home, collection)
    known = {practice.id for practice in searcher.index.practices}
    rows = read_data(folder, known)
    judged = {path.stem: read_judged(path, known) for path in statements}
    with printing.progress(settings.language, "evaluate") as progress:
        found = quality.evaluate(searcher, rows, progress, judged)
    if with_reader:
        from recueil_qa.cli.reader import compared
        from recueil_qa.evaluation.judged import rows_of

        sets = {folder.name: rows_of(rows)} | judged
        read = compared(searcher, sets, jobs)
        found = found.model_copy(update={"reader": read})
    if output:
        write_whole(output, found.model_dump_json(indent=2) + "\n")
    if markdown:
        write_whole(markdown, report.markdown(found))
    print_report(found)
    if before:
        print_differences(report.compare(before[0], found))


def print_report(report: Report) -> None:
    """Print the measures with their intervals, then the ablation, then the rest."""
    from rich.text import Text

    from recueil_qa.cli.printing import out

    console = out()
    console.print(Text(f"{report.encoder}  recueil-qa {report.package}"))
    table = _numbers("group", "queries", *next(iter(report.measures.values()), {}))
    for group, row in report.measures.items():
        spans = report.intervals[group]
        cells = [f"{v:.3f} ({spans[m][0]:.2f}-{spans[m][1]:.2f})" for m, v in row.items()]
        table.add_row(Text(group), str(report.queries[group]), *cells)
    console.print(table)
    groups = [group for group in ("fr", "en", "all") if group in report.measures]
    shown = ("nDCG@10", "P@1", "Recall@5")
    table = _numbers("system", *(f"{name} {group}" for name in shown for group in groups))
    for system, by_group in report.ablation.items():
        table.add_row(Text(system), *(f"{by_group[g][m]:.3f}" for m in shown for g in groups))
    console.print(table)
    lines = {f"advice, {group}": row for group, row in report.advice.items()}
    learnt = {f"left out, {name}": row for name, row in report.left_out.items()}
    for title, values in (
        learnt
        | report.statements
        | report.reader
        | lines
        | {"abstention": report.abstention, "noise": report.noise, "ms": report.latency_ms}
    ).items():
        listed = ", ".join(f"{name} {value:g}" for name, value in values.items())
        console.print(Text(f"{title}: {listed}"))


def print_differences(differences: Sequence[Difference]) -> None:
    """Print how two reports differ, with the p of a paired test."""
    from rich.text import Text

    from recueil_qa.cli.printing import out

    table = _numbers("measure", "queries", "before", "after", "difference", "p")
    for row in differences:
        change = f"{row.after - row.before:+.4f}"
        table.add_row(
            Text(row.measure), str(row.queries), f"{row.before:.4f}", f"{row.after:.4f}", change,
            f"{row.p:.4f}",
        )  # fmt: skip
    out().print(table)


def _numbers(first: str, *others: str) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    table.add_column(Text(first))
    for header in others:
        table.add_column(Text(header), justify="right")
    return table
