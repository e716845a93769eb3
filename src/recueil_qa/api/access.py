"""Who may ask, beyond this machine: what `serve` demands before it listens on another address."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import Scope

from recueil_qa.access import audit, pages
from recueil_qa.access.gate import Gate
from recueil_qa.access.guard import Guard
from recueil_qa.access_settings import PROVIDED, is_loopback
from recueil_qa.api import refusals
from recueil_qa.api.headers import LOOPBACK
from recueil_qa.errors import SettingsError
from recueil_qa.messages import Text
from recueil_qa.settings import Settings

if TYPE_CHECKING:
    from recueil_qa.access.signon import SignOn


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


@dataclass(frozen=True, slots=True)
class Guarded:
    """The ways of access that the settings name, behind one guard."""

    hosts: frozenset[str]
    middleware: tuple[Middleware, ...]
    routes: tuple[BaseRoute, ...]


def access_of(settings: Settings) -> Access | None:
    """Return the way that the settings ask for; None where there is no account."""
    if not settings.ways:
        return None
    audit.keep(settings.audit)

    def tell(
        scope: Scope,
        status: int,
        code: str,
        why: Text,
        headers: Mapping[str, str],
        again: str | None = None,
    ) -> Response:
        return refusals.refusal(
            scope, status, code, why, default=settings.language, headers=headers, again=again
        )

    sign_on = _sign_on(settings, tell)
    guard = Middleware(Guard, gate=Gate(settings, sign_on), tell=tell)
    return Guarded(
        settings.hosts | LOOPBACK, (guard,), sign_on.routes if sign_on is not None else ()
    )


def _sign_on(settings: Settings, tell: Callable[..., Response]) -> SignOn | None:
    """Return the way for people to sign on here, if the settings name one."""
    if not PROVIDED & {*settings.ways}:
        return None
    # What checks tokens is needed where there are some.
    from recueil_qa.access.oidc import Provider
    from recueil_qa.access.proconnect import ProConnect
    from recueil_qa.access.signon import SignOn

    kind = ProConnect if "proconnect" in settings.ways else Provider
    secret = settings.oidc_secret.get_secret_value()
    provider = kind(settings.oidc_issuer, settings.oidc_client, secret)

    def told(
        request: Request, status: int, code: str, why: Text, again: str = pages.HOME
    ) -> Response:
        return tell(request.scope, status, code, why, {}, again)

    return SignOn(provider, settings.maintainers, settings.language, told)


def check_address(host: str, access: Access | None) -> None:
    """Refuse to serve others without knowing who they are, and by which name they call.

    Raises:
        SettingsError: the address is not this machine's own, and no way of access is set, or no
            name.
    """
    if is_loopback(host):
        return
    if access is None:
        raise SettingsError(
            Text(
                f"servir sur {host} ouvrirait ce service à tout le réseau, sans compte ni clé, et "
                "aucun mode d'accès n'est réglé",
                f"serving on {host} would open this service to the whole network, without "
                "account or key, and no access mode is set",
            ),
            Text(
                "restez sur 127.0.0.1 (le défaut), ou réglez RECUEIL_ACCESS (docs/access.md)",
                "stay on 127.0.0.1 (the default), or set RECUEIL_ACCESS (docs/access.md)",
            ),
        )
    if access.hosts and {*access.hosts} <= LOOPBACK:
        raise SettingsError(
            Text(
                f"servir sur {host} demande les noms sous lesquels le service est appelé",
                f"serving on {host} needs the names that the service is called by",
            ),
            Text(
                "réglez RECUEIL_ACCESS_HOSTS, par exemple sur recueil.exemple.fr",
                "set RECUEIL_ACCESS_HOSTS, to recueil.exemple.fr for example",
            ),
        )
