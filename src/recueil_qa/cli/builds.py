"""The commands that build the index, and those of its versions.

As in `main`, all but click waits until one needs it.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recueil_qa import messages
from recueil_qa.cli.options import Command, index_option, language_option, places, settings_of
from recueil_qa.messages import mended, table

if TYPE_CHECKING:
    from recueil_qa.builds.changes import Difference
    from recueil_qa.builds.listing import Build

NOT_SERVED = 3  # exit code of a build that the gate kept out of service

TEXTS = table(
    {
        "headers": (
            "|Version|Date (UTC)|recueil-qa|Pratiques|Changées|Questions et situations|Passages"
            "|nDCG@10|État",
            "|Build|Date (UTC)|recueil-qa|Practices|Changed|Questions and statements|Passages"
            "|nDCG@10|State",
        ),
        "sound": ("bonne", "sound"),
        "unusable": ("inutilisable", "unusable"),
        "kept_out": ("écartée", "kept out"),
        "none": ("Aucune version n'est en service", "No build is in service"),
        "activated": ("En service :", "In service:"),
        "pruned": ("version(s) supprimée(s)", "build(s) removed"),
        "added": ("pratique(s) ajoutée(s)", "practice(s) added"),
        "changed": ("pratique(s) modifiée(s)", "practice(s) changed"),
        "removed": ("pratique(s) retirée(s)", "practice(s) removed"),
        "questions": ("questions et situations", "questions and statements"),
        "passages": ("passages indexés", "passages indexed"),
        "encoder": ("encodeur", "encoder"),
    }
)

PRUNE, ROLLBACK = (
    messages.Command("recueil-qa", "prune"),
    messages.Command("recueil-qa", "rollback"),
)


def options(command: Command) -> Command:
    """Add where the index is, and the language of the messages."""
    return index_option(language_option(command))


@click.command()
@click.option(
    "--force",
    is_flag=True,
    help="Build even if nothing has changed, and serve even if the gate says no.",
)
@click.option("--full", is_flag=True, help="Encode every text again, also those in the cache.")
@click.option(
    "--gate",
    is_flag=True,
    help="Measure on eval/ first; a build that measures worse is kept out of service (exit 3).",
)
@click.option(
    "--tolerance",
    type=click.FloatRange(0, 1),
    help="With --gate: how far a measure may fall; else 0.02.",
)
@click.option(
    "--no-wait", is_flag=True, help="Stop if another build is under way, don't wait for it."
)
@click.option(
    "--progress",
    type=click.Choice(["auto", "json"]),
    default="auto",
    show_default=True,
    help="json: one JSON object a line, for programs.",
)
@places
def build(
    force: bool,
    full: bool,
    gate: bool,
    tolerance: float | None,
    no_wait: bool,
    progress: str,
    **options: Any,
) -> None:
    """Rebuild what has changed in the index; needs no network."""
    from recueil_qa import maintenance
    from recueil_qa.cli.watch import watching
    from recueil_qa.evaluation.gate import TOLERANCE
    from recueil_qa.index.manifest import read_manifest

    if tolerance is not None and not gate:
        raise click.UsageError("--tolerance needs --gate")
    settings = settings_of(options)
    with watching(settings.language, progress) as watch:
        rebuilt = maintenance.rebuild(
            settings,
            watch.encoding,
            force=force,
            full=full,
            tolerance=(TOLERANCE if tolerance is None else tolerance) if gate else None,
            wait=not no_wait,
            notice=watch.notice,
            measuring=watch.measuring,
        )
        watch.done(rebuilt, read_manifest(rebuilt.folder))
    if not rebuilt.served:
        click.get_current_context().exit(NOT_SERVED)


@click.command("builds")
@click.option("--json", "as_json", is_flag=True, help="One JSON array, for programs.")
@options
def builds_command(as_json: bool, index: Path | None, language: str | None) -> None:
    """List the versions of the index, newest first."""
    from recueil_qa.builds.changes import history
    from recueil_qa.cli import printing

    settings = settings_of({"index": index, "language": language})
    found = history(settings.index)
    if as_json:
        printing.print_json([_row(*row) for row in found], contacts=False)
    else:
        _print_table(found, settings.language)


@click.command()
@click.argument("build")
@options
def activate(build: str, index: Path | None, language: str | None) -> None:
    """Put a build in service, by its name, its start or its end."""
    from recueil_qa.builds import versions

    settings = settings_of({"index": index, "language": language})
    _say_active(versions.activate(settings.index, build), settings.language)


@click.command()
@options
def rollback(index: Path | None, language: str | None) -> None:
    """Put the sound build before the current one in service."""
    from recueil_qa.builds import versions

    settings = settings_of({"index": index, "language": language})
    _say_active(versions.rollback(settings.index), settings.language)


@click.command()
@click.option(
    "--keep", type=click.IntRange(min=1), default=3, show_default=True, help="How many to keep."
)
@options
def prune(keep: int, index: Path | None, language: str | None) -> None:
    """Remove old builds, never the current one."""
    from recueil_qa.builds import versions

    settings = settings_of({"index": index, "language": language})
    removed = versions.prune(settings.index, keep)
    click.echo(f"{len(removed)} {TEXTS['pruned'].to(settings.language)}")
    for name in removed:
        click.echo(f"  {name}")


@click.command()
@click.argument("older", required=False)
@click.argument("newer", required=False)
@options
def diff(older: str | None, newer: str | None, index: Path | None, language: str | None) -> None:
    """Compare two builds; else the current one with the one before."""
    from recueil_qa.builds.changes import compare

    settings = settings_of({"index": index, "language": language})
    _print_difference(compare(settings.index, older, newer), settings.language)


COMMANDS = (builds_command, activate, rollback, prune, diff)


def _say_active(build: Build, language: str) -> None:
    click.echo(f"{TEXTS['activated'].to(language)} {build.name}")


def _row(build: Build, change: Difference | None) -> dict[str, Any]:
    changes = {
        name: [identifier for identifier, _ in getattr(change, name)]
        for name in ("added", "changed", "removed")
        if change
    }
    return {
        "name": build.name,
        "created": build.created,
        "is_current": build.is_current,
        "changes": changes or None,
        "manifest": build.manifest.model_dump() if build.manifest else None,
        "kept_out": build.kept_out,
        "fault": asdict(build.refusal) if build.refusal else None,
    }


def _changed(change: Difference | None) -> str:
    """Return how many practices were added, changed and removed: +1 ~2 -0."""
    if change is None:
        return ""
    return f"+{len(change.added)} ~{len(change.changed)} -{len(change.removed)}"


def _state(build: Build) -> str:
    if build.fault:
        return "unusable"
    return "kept_out" if build.kept_out else "sound"


def _measured(build: Build) -> str:
    """Return the mean over the languages, for a build that was measured."""
    measures = build.manifest.measures if build.manifest else {}
    values = [value for name, value in measures.items() if name.startswith("nDCG@10 ")]
    return f"{sum(values) / len(values):.3f}" if values else ""


def _print_table(found: tuple[tuple[Build, Difference | None], ...], language: str) -> None:
    from rich.table import Table
    from rich.text import Text

    from recueil_qa.cli import printing

    table = Table(box=None, pad_edge=False)
    for place, header in enumerate(TEXTS["headers"].to(language).split("|")):
        table.add_column(header, overflow="fold", justify="right" if 4 <= place <= 8 else "left")
    for build, change in found:
        counts = build.manifest.counts if build.manifest else {}
        numbers = [str(counts.get(key, "")) for key in ("practices", "question", "passages")]
        table.add_row(
            "*" if build.is_current else "",
            # The end of the name is enough to name it by.
            Text(build.name.rpartition("-")[2]),
            build.created[:19].replace("T", " "),
            Text(build.manifest.package if build.manifest else ""),
            numbers[0],
            _changed(change),
            *numbers[1:],
            _measured(build),
            TEXTS[_state(build)].to(language),
        )
    out = printing.out()
    out.print(table)
    for build, _ in found:
        if build.fault and build.refusal:
            end = build.name.rpartition("-")[2]
            # What would mend the one in service does not apply to the others.
            told = build.refusal if build.is_current else mended(build.fault, PRUNE)
            out.print(Text(f"{end} : {told.to(language)}", "yellow"))
    if not any(build.is_current for build, _ in found):
        none = mended(TEXTS["none"], ROLLBACK)
        out.print(Text(none.to(language), "bold yellow"))


def _print_difference(found: Difference, language: str) -> None:
    from rich.text import Text

    from recueil_qa.cli import printing

    out = printing.out()
    out.print(Text(f"{found.builds[0]} > {found.builds[1]}", "bold"))
    for mark, key in (("+", "added"), ("~", "changed"), ("-", "removed")):
        practices = getattr(found, key)
        out.print(Text(f"{len(practices)} {TEXTS[key].to(language)}"))
        for identifier, title in practices:
            out.print(Text(f"  {mark} {title}  [{identifier}]"))
    for key in ("questions", "passages", "encoder"):
        before, after = getattr(found, key)
        out.print(Text(f"{TEXTS[key].to(language)} : {before} > {after}"))
