"""The command line. Heavy imports wait until a command needs them: `--help` must be quick."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import click

from recueil_qa.cli.ask import COMMANDS as ASK_COMMANDS
from recueil_qa.cli.ask import run
from recueil_qa.cli.builds import COMMANDS as BUILDS_COMMANDS
from recueil_qa.cli.builds import build
from recueil_qa.cli.bundle import COMMANDS as BUNDLE_COMMANDS
from recueil_qa.cli.corpus import COMMANDS as CORPUS_COMMANDS
from recueil_qa.cli.drafts import draft
from recueil_qa.cli.evaluate import evaluate
from recueil_qa.cli.feedback import feedback
from recueil_qa.cli.importing import import_command, remove_command
from recueil_qa.cli.keys import keys_command
from recueil_qa.cli.options import json_option, places, settings_of
from recueil_qa.cli.reader import reader_command
from recueil_qa.cli.serve import COMMANDS as SERVE_COMMANDS
from recueil_qa.errors import RecueilError


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


@click.command()
@json_option
@click.option("--strict", is_flag=True, help="Exit with 1 on warnings too.")
@places
def doctor(as_json: bool, strict: bool, **options: Any) -> None:
    """Check all that answering rests on; say how to mend.

    The exit code is 1 when there is an error, 0 when there are warnings only.
    """
    try:
        from recueil_qa import maintenance
        from recueil_qa.cli import printing

        settings = settings_of(options)
        findings = maintenance.examine(settings)
    except ModuleNotFoundError as error:
        # The checks themselves need some libraries.
        from recueil_qa.doctor.libraries import unimportable

        click.get_current_context().find_root().obj = {"language": options.get("language")}
        finding = unimportable(error, Path.cwd())
        raise RecueilError(finding.what, finding.mend) from error
    if as_json:
        printing.print_json(findings, settings.contacts)
    else:
        printing.print_findings(findings, settings.language)
    failing = ("error", "warning") if strict else ("error",)
    sys.exit(1 if any(finding.severity in failing for finding in findings) else 0)


for command in (
    *ASK_COMMANDS,
    import_command,
    remove_command,
    run,
    *SERVE_COMMANDS,
    evaluate,
    doctor,
    build,
    feedback,
    draft,
    reader_command,
    keys_command,
    *BUILDS_COMMANDS,
    *BUNDLE_COMMANDS,
    *CORPUS_COMMANDS,
):
    main.add_command(command)


if __name__ == "__main__":
    main()
