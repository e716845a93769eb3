"""The commands of programs' keys: made, listed, taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from recueil_qa.cli.options import json_option, language_option, settings_of
from recueil_qa.messages import Text, table

if TYPE_CHECKING:
    from recueil_qa.access.keys import Key
    from recueil_qa.settings import Settings

TEXTS = table(
    {
        "once": (
            "Voici la clé ; elle ne sera plus montrée, et rien ici ne la garde :",
            "This is the key; it is not shown again, and nothing here keeps it:",
        ),
        "none": ("Aucune clé dans", "No keys in"),
        "never": ("n'expire pas", "does not expire"),
        "until": ("jusqu'au", "until"),
        "expired": ("expirée le", "expired on"),
        "revoked": ("révoquée le", "revoked on"),
        "unused": (
            "Les clés n'ouvrent rien tant que RECUEIL_ACCESS ne contient pas keys.",
            "Keys open nothing while RECUEIL_ACCESS does not hold keys.",
        ),
    }
)


@click.group("keys")
def keys_command() -> None:
    """Make, list and revoke keys for programs that call the API or /mcp."""


@keys_command.command("create")
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    default=("read",),
    show_default=True,
    type=click.Choice(["read", "feedback", "metrics", "rebuild", "export"]),
    help="What it opens; may be given several times.",
)
@click.option(
    "--days",
    type=click.IntRange(1, 3650),
    default=365,
    show_default=True,
    help="Days that it opens for.",
)
@click.option("--no-expiry", is_flag=True, help="It opens until it is revoked.")
@language_option
def create(
    name: str, scopes: tuple[Any, ...], days: int, no_expiry: bool, language: str | None
) -> None:
    """Make a key for a program, and print it once."""
    from recueil_qa.access.keys import KeyFile

    settings = settings_of({"language": language})
    key, secret = KeyFile(settings.access_keys).create(name, scopes, None if no_expiry else days)
    _log("key-created", key, settings)
    click.echo(TEXTS["once"].to(settings.language), err=True)
    print(secret)
    if "keys" not in settings.ways:
        click.echo(TEXTS["unused"].to(settings.language), err=True)


@keys_command.command("list")
@json_option
@language_option
def list_keys(as_json: bool, language: str | None) -> None:
    """List the keys: what each opens, until when; nothing that opens."""
    import json
    from dataclasses import asdict

    from recueil_qa.access.keys import KeyFile

    settings = settings_of({"language": language})
    found = KeyFile(settings.access_keys).all()
    if as_json:
        told = [{k: v for k, v in asdict(key).items() if k != "digest"} for key in found]
        print(json.dumps(told, ensure_ascii=False))
        return
    for key in found:
        print(
            f"{key.id}  {key.name}  [{', '.join(key.scopes)}]  {_until(key).to(settings.language)}"
        )
    if not found:
        print(f"{TEXTS['none'].to(settings.language)} {settings.access_keys}")


@keys_command.command("revoke")
@click.argument("ident", metavar="ID")
@language_option
def revoke(ident: str, language: str | None) -> None:
    """Take a key back: it opens nothing any more, a server that runs included."""
    from recueil_qa.access.keys import KeyFile

    settings = settings_of({"language": language})
    key = KeyFile(settings.access_keys).revoke(ident)
    _log("key-revoked", key, settings)
    print(f"{key.id}  {key.name}  {_until(key).to(settings.language)}")


def _until(key: Key) -> Text:
    from datetime import UTC, datetime

    from recueil_qa.messages import alike

    if key.revoked:
        return TEXTS["revoked"] + alike(f" {key.revoked[:10]}")
    if not key.expires:
        return TEXTS["never"]
    said = TEXTS["until"] if key.opens(datetime.now(UTC)) else TEXTS["expired"]
    return said + alike(f" {key.expires[:10]}")


def _log(action: Any, key: Key, settings: Settings) -> None:
    from recueil_qa.access import audit

    audit.record_command(action, settings.audit, key=f"{key.name} ({key.id})")
