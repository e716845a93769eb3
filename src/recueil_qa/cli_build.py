"""The command that rebuilds the index. As in `cli`, all but click waits until it is needed."""

from __future__ import annotations

from typing import Any

import click

from recueil_qa.cli_options import places, settings_of

NOT_SERVED = 3  # exit code of a build that the gate kept out of service


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
    from recueil_qa import console_build, maintenance
    from recueil_qa.gate import TOLERANCE
    from recueil_qa.manifest import read_manifest

    if tolerance is not None and not gate:
        raise click.UsageError("--tolerance needs --gate")
    settings = settings_of(options)
    with console_build.watching(settings.language, progress) as watch:
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
