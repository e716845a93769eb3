"""Who may ask, beyond this machine: what `serve` demands before it listens on another address."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from recueil_qa.errors import SettingsError
from recueil_qa.messages import Text
from recueil_qa.settings import Settings, is_loopback


class Access(Protocol):
    """A way to tell who asks."""

    @property
    def hosts(self) -> Collection[str]:
        """The names that the service is called by; none: all."""

    @property
    def middleware(self) -> Sequence[Middleware]:
        """What every request goes through first, the page's and those of the API."""

    @property
    def routes(self) -> Sequence[BaseRoute]:
        """Addresses of its own, to sign on and off."""


def access_of(settings: Settings) -> Access | None:  # noqa: ARG001
    """Return the way that the settings ask for; None where there is no account."""
    return None


def check_address(host: str, access: Access | None) -> None:
    """Refuse to serve others without knowing who they are.

    Raises:
        SettingsError: the address is not this machine's own, and no way of access is set.
    """
    if access is None and not is_loopback(host):
        raise SettingsError(
            Text(
                f"servir sur {host} ouvrirait ce service à tout le réseau, sans compte ni clé, et "
                "aucun mode d'accès n'est réglé",
                f"serving on {host} would open this service to the whole network, without "
                "account or key, and no access mode is set",
            ),
            Text(
                "restez sur 127.0.0.1 (le défaut), derrière un tunnel ou un serveur mandataire",
                "stay on 127.0.0.1 (the default), behind a tunnel or a proxy",
            ),
        )
