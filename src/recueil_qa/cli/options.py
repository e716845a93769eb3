"""Options that commands share, and the settings that they make."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from recueil_qa.settings import Settings

Command = TypeVar("Command", bound=Callable[..., Any])

corpus_option = click.option(
    "--corpus", type=click.Path(path_type=Path), help="Folder of collections."
)
collection_option = click.option(
    "--collection",
    type=click.Path(path_type=Path),
    help="Folder of the collection, or its name in the corpus; needed if there are several.",
)
index_option = click.option("--index", type=click.Path(path_type=Path), help="Folder of the index.")
encoder_option = click.option(
    "--encoder", help="Model folder (or hub name, which needs a network)."
)
language_option = click.option(
    "--lang", "language", type=click.Choice(["fr", "en"]), help="Language of the messages."
)
top_option = click.option("--top", type=click.IntRange(1, 100), help="How many practices.")
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")

no_reader_option = click.option(
    "--no-reader", is_flag=True, help="Send this question to no language model."
)
reader_option = click.option(
    "--reader", "with_reader", is_flag=True, help="Have answers read by the model that is set."
)
jobs_option = click.option(
    "--jobs",
    type=click.IntRange(1, 32),
    default=4,
    show_default=True,
    help="Questions that are read at once.",
)


def places(command: Command) -> Command:
    """Add the options that point a command at other places."""
    return corpus_option(index_option(encoder_option(language_option(command))))


def settings_of(options: dict[str, Any], **more: Any) -> Settings:
    """Return the settings that a command's options make; its errors are told in their language."""
    from recueil_qa.settings import load_settings

    ctx = click.get_current_context()
    ctx.find_root().obj = {"language": options.get("language")}
    given = {key: options.get(key) for key in ("encoder", "language")}
    # A path given on the command line starts here, not at the home.
    for key in ("corpus", "index"):
        given[key] = Path(options[key]).absolute() if options.get(key) else None
    return load_settings(**given, **more)


def near(path: Path) -> Path:
    """Return a path as it is named from here."""
    absolute, here = path.absolute(), Path.cwd()
    return absolute.relative_to(here) if absolute.is_relative_to(here) else absolute
