"""Evaluation reports on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from recueil_qa.console import out
from recueil_qa.report import Difference, Report


def print_report(report: Report) -> None:
    """Print the measures with their intervals, then the ablation, then the rest."""
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
        | lines
        | {"abstention": report.abstention, "noise": report.noise, "ms": report.latency_ms}
    ).items():
        listed = ", ".join(f"{name} {value:g}" for name, value in values.items())
        console.print(Text(f"{title}: {listed}"))


def print_differences(differences: Sequence[Difference]) -> None:
    """Print how two reports differ, with the p of a paired test."""
    table = _numbers("measure", "queries", "before", "after", "difference", "p")
    for row in differences:
        change = f"{row.after - row.before:+.4f}"
        table.add_row(
            Text(row.measure), str(row.queries), f"{row.before:.4f}", f"{row.after:.4f}", change,
            f"{row.p:.4f}",
        )  # fmt: skip
    out().print(table)


def _numbers(first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(Text(first))
    for header in others:
        table.add_column(Text(header), justify="right")
    return table
