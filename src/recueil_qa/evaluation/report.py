"""What one evaluation found: kept as JSON, shown as Markdown, compared with another."""

from __future__ import annotations

from pathlib import Path
from statistics import fmean

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from recueil_qa.errors import RowsError
from recueil_qa.evaluation import significance
from recueil_qa.faults import system_reason
from recueil_qa.messages import Command, Text, alike

ByGroup = dict[str, dict[str, float]]


class Report(BaseModel):
    """One evaluation; groups are languages, styles and "all".

    `per_query` holds the value of each measure for each query and each question on advice, which
    intervals (95 %, bootstrap) are made of and which another report is compared by. `left_out` are
    the figures of the heads on statements that each was not fitted on, by collection; `statements`
    those of sets of statements that were given, by set and language; `reader` those of whole
    answers, by set, of the search alone and as a language model read them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    package: str
    encoder: str
    corpus: str
    queries: dict[str, int]
    measures: ByGroup
    intervals: dict[str, dict[str, tuple[float, float]]]
    ablation: dict[str, ByGroup]
    advice: ByGroup
    abstention: dict[str, float]
    noise: dict[str, float]
    latency_ms: dict[str, float]
    left_out: ByGroup = Field(default_factory=dict)
    statements: ByGroup = Field(default_factory=dict)
    reader: ByGroup = Field(default_factory=dict)
    per_query: dict[str, dict[str, float]]


class Difference(BaseModel):
    """One measure in two reports, over the queries of both; `p` from a paired test."""

    model_config = ConfigDict(frozen=True)

    measure: str
    queries: int
    before: float
    after: float
    p: float


def latest_report(folder: Path) -> Report | None:
    """Return the report of the highest version (`0.2.0.json`) in a folder, or None.

    Raises:
        RowsError: it can't be read.
    """
    named = [(path.stem.split("."), path) for path in folder.glob("*.json")]
    versions = [
        ([int(p) for p in parts], path) for parts, path in named if all(map(str.isdecimal, parts))
    ]
    return read_report(max(versions)[1]) if versions else None


def read_report(path: Path) -> Report:
    """Read a report.

    Raises:
        RowsError: the file can't be read or isn't a report.
    """
    try:
        return Report.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        reason = system_reason(error) if isinstance(error, OSError) else alike("JSON")
        what = Text("{} : pas un rapport d'évaluation ({})", "{}: not an evaluation report ({})")
        again = Command("recueil-qa", "evaluate", "--output", path)
        raise RowsError(what.format(path, reason), again) from error


def compare(before: Report, after: Report) -> list[Difference]:
    """Return how each measure differs, on the queries that both reports measured.

    Raises:
        RowsError: they have no query in common.
    """
    shared = [query for query in before.per_query if query in after.per_query]
    if not shared:
        raise RowsError(
            Text(
                "les deux rapports n'ont aucune requête en commun",
                "the two reports have no query in common",
            )
        )
    found: list[Difference] = []
    names = dict.fromkeys(name for query in shared for name in before.per_query[query])
    for name in names:
        pairs = [
            (before.per_query[query][name], after.per_query[query][name])
            for query in shared
            if name in before.per_query[query] and name in after.per_query[query]
        ]
        if pairs:
            old, new = zip(*pairs, strict=True)
            p = significance.paired_test(old, new)
            found.append(
                Difference(
                    measure=name, queries=len(pairs), before=fmean(old), after=fmean(new), p=p
                )
            )
    return found


def markdown(report: Report) -> str:
    """Return a report as Markdown: measures with intervals, ablation, advice and the rest."""
    parts = [
        f"# Evaluation of recueil-qa {report.package}",
        f"Encoder `{report.encoder}`, corpus `{report.corpus[:16]}`. 95 % bootstrap intervals.",
        _table(
            ["group", "queries", *_names(report.measures)],
            [
                [group, str(report.queries[group])]
                + [_cell(report, group, name) for name in _names(report.measures)]
                for group in report.measures
            ],
        ),
        "## Advice to the line",
        _table(
            ["group", *_names(report.advice)],
            [
                [group, *(_cell(report, f"advice {group}", name, row) for name in row)]
                for group, row in report.advice.items()
            ],
        ),
        "## Ablation, nDCG@10",
        _table(
            ["system", *next(iter(report.ablation.values()), {})],
            [
                [system, *(f"{row['nDCG@10']:.3f}" for row in by_group.values())]
                for system, by_group in report.ablation.items()
            ],
        ),
        *_statements(report),
        "## Abstention, slips of the keyboard, latency",
        _table(
            ["what", "value"],
            [
                [name, f"{value:g}"]
                for name, value in (report.abstention | report.noise | report.latency_ms).items()
            ],
        ),
    ]
    return "\n\n".join(parts) + "\n"


def _statements(report: Report) -> list[str]:
    """Return the tables on statements, where there are any: left out, and given."""
    found = []
    for title, rows in (
        ("left out", report.left_out),
        ("given", report.statements),
        ("whole answers, searched and read", report.reader),
    ):
        if rows:
            names = list(dict.fromkeys(name for row in rows.values() for name in row))
            found += [
                f"## Judged statements, {title}",
                _table(
                    ["set", *names],
                    [
                        [group, *(f"{row[name]:g}" if name in row else "" for name in names)]
                        for group, row in rows.items()
                    ],
                ),
            ]
    return found


def _names(by_group: ByGroup) -> list[str]:
    return list(next(iter(by_group.values()), {}))


def _cell(report: Report, group: str, name: str, row: dict[str, float] | None = None) -> str:
    value = (row or report.measures[group]).get(name)
    if value is None:
        return ""
    low_high = report.intervals.get(group, {}).get(name)
    return f"{value:.3f}" + (f" ({low_high[0]:.2f}–{low_high[1]:.2f})" if low_high else "")


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    escaped = [[cell.replace("|", "\\|") for cell in cells] for cells in lines]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in escaped)
