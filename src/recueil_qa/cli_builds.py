"""The commands of the index's versions. As in `cli`, all but click waits until one needs it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recueil_qa.cli_options import Command, index_option, language_option, settings_of

if TYPE_CHECKING:
    from recueil_qa.builds import Build, Difference

TEXTS: dict[str, tuple[str, str]] = {
    "headers": (
        "|Version|Date (UTC)|recueil-qa|Pratiques|Questions|Passages|État",
        "|Build|Date (UTC)|recueil-qa|Practices|Questions|Passages|State",
    ),
    "sound": ("bonne", "sound"),
    "unusable": ("inutilisable", "unusable"),
    "none": (
        "Aucune version n'est en service. Remède : recueil-qa rollback",
        "No build is in service. Mend it with: recueil-qa rollback",
    ),
    "activated": ("En service :", "In service:"),
    "pruned": ("version(s) supprimée(s)", "build(s) removed"),
    "added": ("pratique(s) ajoutée(s)", "practice(s) added"),
    "changed": ("pratique(s) modifiée(s)", "practice(s) changed"),
    "removed": ("pratique(s) retirée(s)", "practice(s) removed"),
    "questions": ("questions et situations", "questions and statements"),
    "passages": ("passages indexés", "passages indexed"),
    "encoder": ("encodeur", "encoder"),
}


def options(command: Command) -> Command:
    """Add where the index is, and the language of the messages."""
    return index_option(language_option(command))


@click.command("builds")
@click.option("--json", "as_json", is_flag=True, help="One JSON array, for programs.")
@options
def builds_command(as_json: bool, index: Path | None, language: str | None) -> None:
    """List the versions of the index, newest first."""
    from recueil_qa import console
    from recueil_qa.builds import list_builds

    settings = settings_of({"index": index, "language": language})
    found = list_builds(settings.index)
    if as_json:
        console.print_json([_row(build) for build in found], contacts=False)
    else:
        _print_table(found, settings.language)


@click.command()
@click.argument("build")
@options
def activate(build: str, index: Path | None, language: str | None) -> None:
    """Put a build in service, by its name, its start or its end."""
    from recueil_qa import builds

    settings = settings_of({"index": index, "language": language})
    _say_active(builds.activate(settings.index, build), settings.language)


@click.command()
@options
def rollback(index: Path | None, language: str | None) -> None:
    """Put the sound build before the current one in service."""
    from recueil_qa import builds

    settings = settings_of({"index": index, "language": language})
    _say_active(builds.rollback(settings.index), settings.language)


@click.command()
@click.option(
    "--keep", type=click.IntRange(min=1), default=3, show_default=True, help="How many to keep."
)
@options
def prune(keep: int, index: Path | None, language: str | None) -> None:
    """Remove old builds, never the current one."""
    from recueil_qa import builds

    settings = settings_of({"index": index, "language": language})
    removed = builds.prune(settings.index, keep)
    click.echo(f"{len(removed)} {_text(settings.language, 'pruned')}")
    for name in removed:
        click.echo(f"  {name}")


@click.command()
@click.argument("older", required=False)
@click.argument("newer", required=False)
@options
def diff(older: str | None, newer: str | None, index: Path | None, language: str | None) -> None:
    """Compare two builds; else the current one with the one before."""
    from recueil_qa.builds import compare

    settings = settings_of({"index": index, "language": language})
    _print_difference(compare(settings.index, older, newer), settings.language)


COMMANDS = (builds_command, activate, rollback, prune, diff)


def _text(language: str, key: str) -> str:
    return TEXTS[key][0 if language == "fr" else 1]


def _say_active(build: Build, language: str) -> None:
    click.echo(f"{_text(language, 'activated')} {build.name}")


def _row(build: Build) -> dict[str, Any]:
    return {
        "name": build.name,
        "created": build.created,
        "is_current": build.is_current,
        "manifest": build.manifest.model_dump() if build.manifest else None,
        "fault": dict(zip(("fr", "en"), build.fault, strict=True)) if build.fault else None,
    }


def _print_table(found: tuple[Build, ...], language: str) -> None:
    from rich.table import Table
    from rich.text import Text

    from recueil_qa import console

    table = Table(box=None, pad_edge=False)
    for place, header in enumerate(_text(language, "headers").split("|")):
        table.add_column(header, overflow="fold", justify="right" if 4 <= place <= 6 else "left")
    for build in found:
        counts = build.manifest.counts if build.manifest else {}
        numbers = [str(counts.get(key, "")) for key in ("practices", "question", "passages")]
        table.add_row(
            "*" if build.is_current else "",
            # The end of the name is enough to name it by.
            Text(build.name.rpartition("-")[2]),
            build.created[:19].replace("T", " "),
            Text(build.manifest.package if build.manifest else ""),
            *numbers,
            _text(language, "unusable" if build.fault else "sound"),
        )
    out = console.out()
    out.print(table)
    for build in found:
        if build.fault:
            end = build.name.rpartition("-")[2]
            out.print(Text(f"{end} : {build.fault[0 if language == 'fr' else 1]}", "yellow"))
    if not any(build.is_current for build in found):
        out.print(Text(_text(language, "none"), "bold yellow"))


def _print_difference(found: Difference, language: str) -> None:
    from rich.text import Text

    from recueil_qa import console

    out = console.out()
    out.print(Text(f"{found.builds[0]} > {found.builds[1]}", "bold"))
    for mark, key in (("+", "added"), ("~", "changed"), ("-", "removed")):
        practices = getattr(found, key)
        out.print(Text(f"{len(practices)} {_text(language, key)}"))
        for identifier, title in practices:
            out.print(Text(f"  {mark} {title}  [{identifier}]"))
    for key in ("questions", "passages", "encoder"):
        before, after = getattr(found, key)
        out.print(Text(f"{_text(language, key)} : {before} > {after}"))
