"""The command of the bundle. As in `main`, all but click waits until it is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from recueil_qa.cli.options import places, settings_of
from recueil_qa.messages import Command, table

TEXTS = table(
    {
        "checking": (
            "Vérification du corpus, de l'encodeur et de l'index",
            "Checking the corpus, the encoder and the index",
        ),
        "wheels": (
            "Réunion des roues, depuis l'index de paquets",
            "Gathering the wheels, from the package index",
        ),
        "ready": ("Vérification des roues", "Checking the wheels"),
        "packing": ("Archivage", "Packing"),
        "made": (
            "{files} fichiers dans {path} ({size:.0f} Mo)",
            "{files} files in {path} ({size:.0f} MB)",
        ),
        "next": (
            "À copier sur la machine sans réseau, puis : {unpack} && {install}",
            "Copy it to the machine with no network, then: {unpack} && {install}",
        ),
    }
)


@click.command("bundle")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    default=Path(),
    help="Archive to write (.tar.gz), or a folder; here by default.",
)
@click.option(
    "--wheels",
    type=click.Path(path_type=Path),
    help="Folder of ready wheels; else they are got from the package index (network).",
)
@click.option(
    "--extra",
    "extras",
    multiple=True,
    type=click.Choice(["milvus", "reader", "sentence-transformers"]),
    help="Pack what this needs too: a Milvus server, a language model that reads, other encoders.",
)
@places
def bundle(output: Path, wheels: Path | None, extras: tuple[str, ...], **options: Any) -> None:
    """Pack all that a machine with no network needs into one archive."""
    from recueil_qa.builds.archive import bundle_name, make_bundle

    settings = settings_of(options)

    def text(key: str, **blanks: Any) -> str:
        return TEXTS[key].format(**blanks).to(settings.language)

    click.echo(f"==> {text('checking')}", err=True)
    click.echo(f"==> {text('ready') if wheels else text('wheels')}", err=True)
    with _showing(text("packing")) as (tell, progress):
        made = make_bundle(settings, output, wheels, tell, progress, extras)
    click.echo(text("made", files=made.files, path=made.path, size=made.archive_bytes / 1e6))
    unpack, install = Command("tar", "-xzf", made.path.name), Command(f"{bundle_name()}/install.sh")
    click.echo(text("next", unpack=unpack, install=install))


@contextmanager
def _showing(packing: str) -> Iterator[tuple[Callable[[str], None], Callable[[int, int], None]]]:
    """Show what pip says, then a bar of bytes, on a terminal; nothing in a pipe."""
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("pip", total=None)

        def tell(line: str) -> None:
            bar.update(task, description=escape(line[:60]))

        def progress(done: int, total: int) -> None:
            bar.update(task, description=packing, completed=done, total=total)

        yield tell, progress


COMMANDS = (bundle,)
