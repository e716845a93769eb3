"""Decides on each request: who makes it, whether it may, and how soon the next one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from starlette.types import ASGIApp, Scope

from recueil_qa.access import audit, rules, sessions
from recueil_qa.access.identity import NOBODY, Identity, Visit, person
from recueil_qa.access.keys import PREFIX, KeyFile
from recueil_qa.access.limits import FAILURES, Places, Rates
from recueil_qa.access.proxies import AmbiguousError, Pairs, Proxies, Told, neighbourhood
from recueil_qa.errors import SettingsError
from recueil_qa.messages import Text
from recueil_qa.settings import Settings

_AMBIGUOUS = Text(
    "cette requête peut se lire de deux façons", "this request can be read in two ways"
)
_KEY_WANTED = Text(
    "donnez une clé : Authorization: Bearer rq_…", "give a key: Authorization: Bearer rq_…"
)
_SIGN_ON_WANTED = Text("identifiez-vous pour ouvrir cette page", "sign on to open this page")
_PROXY_WANTED = Text(
    "ce service n'a pas reçu votre nom ; ouvrez-le par son adresse habituelle, celle qui vous "
    "identifie",
    "this service did not receive your name; open it by its usual address, the one that signs "
    "you on",
)
_NO_PAGE = Text(
    "une clé ouvre l'API et les outils, pas la page", "a key opens the API and tools, not the page"
)
_WRONG_KEY = Text(
    "cette clé n'ouvre rien : inconnue, expirée ou révoquée",
    "this key opens nothing: unknown, expired or revoked",
)
_NOT_YOURS = Text("ceci demande « {} »", "this needs '{}'")
_OTHER_SITE = Text(
    "une page d'un autre site ne peut pas faire cela ; un programme prend une clé",
    "a page of another site can't do this; a program takes a key",
)
_TOO_OFTEN = Text("réessayez dans {} s", "try again in {} s")
_UNUSABLE = Text("les clés ne peuvent être lues", "the keys can't be read")
_NO_HEADERS: Mapping[str, str] = {}


class RefusedError(Exception):
    """A request that is not let in, and how it is told."""

    def __init__(
        self, status: int, code: str, why: Text, headers: Mapping[str, str] = _NO_HEADERS
    ) -> None:
        super().__init__(why.en)
        self.status, self.code, self.why, self.headers = status, code, why, headers
        self.is_logged = True
        self.visit = Visit(NOBODY)


class SignsOn(Protocol):
    """A way for people to sign on at this service."""

    paths: frozenset[str]

    def identity(self, headers: Pairs, secure: bool) -> tuple[Identity, str] | None:
        """Return who a browser belongs to, and the name of the session."""

    def lasts(self, session: str) -> bool:
        """Return whether a session still holds."""

    def begin(self, target: str) -> ASGIApp:
        """Return the answer that leads to the sign-on, and to an address after it."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """A request that is let in: by whom, and its headers without what anybody may pretend."""

    visit: Visit
    headers: Pairs
    scheme: str
    session: str = ""
    is_open: bool = False


class Gate:
    """The ways of access that are set, and what they remember."""

    def __init__(self, settings: Settings, sign_on: SignsOn | None = None) -> None:
        self.settings, self.sign_on = settings, sign_on
        self._ways = {*settings.ways}
        self._keys = KeyFile(settings.access_keys) if "keys" in self._ways else None
        self._proxies = Proxies(
            settings.access_proxies.split(",") if settings.access_proxies else (),
            settings.access_header,
        )
        self._rates, self._failures = Rates(settings.rate), Rates(FAILURES, burst=1.0)
        self._signing = Rates(2 * FAILURES, burst=1.0)
        self.places, self.visits = Places(), Places()

    def admit(self, scope: Scope) -> Admitted:
        """Let a request in.

        Raises:
            RefusedError: it is not let in.
        """
        visit = Visit(NOBODY)
        try:
            told = self._proxies.read(scope)
            visit.address = told.address
            return self._admitted(scope, told, visit)
        except AmbiguousError:
            refused = RefusedError(400, "ambiguous", _AMBIGUOUS)
        except RefusedError as error:
            refused = error
        refused.visit = visit
        raise self._counted(refused)

    def _admitted(self, scope: Scope, told: Told, visit: Visit) -> Admitted:
        path, method = scope["path"], scope.get("method", "GET")
        came = str(scope["scheme"])
        scheme = told.scheme or {"ws": "http", "wss": "https"}.get(came, came)
        if rules.is_strange(path, scope.get("raw_path") or b""):
            raise RefusedError(400, "ambiguous", _AMBIGUOUS)
        if scope["type"] == "http" and method in ("GET", "HEAD"):
            if path in rules.OPEN:
                return Admitted(visit, told.headers, scheme, is_open=True)
            if self.sign_on and path in self.sign_on.paths:
                self._limit(self._signing, neighbourhood(told.address))
                return Admitted(visit, told.headers, scheme, is_open=True)
        host = dict(told.headers).get(b"host", b"").decode("latin-1")
        secure = sessions.is_secure(host, scheme)
        visit.identity, session = self._identity(path, told, secure)
        self._allow(visit.identity, scope["type"], method, path)
        if not visit.identity.is_key and (scope["type"] == "websocket" or method not in rules.SAFE):
            self._own_site(told.headers, scheme)
        if rules.door_of(path) != "page":
            self._limit(self._rates, f"{visit.identity.way} {visit.identity.name}")
        return Admitted(visit, told.headers, scheme, session)

    def _identity(self, path: str, told: Told, secure: bool) -> tuple[Identity, str]:
        """Return who asks, and the session. Raises RefusedError where nobody is known."""
        given = dict(told.headers).get(b"authorization", b"").decode("latin-1")
        kind, _, secret = given.partition(" ")
        if self._keys and kind.lower() == "bearer" and secret.strip().startswith(PREFIX):
            try:
                key = self._keys.find(secret.strip())
            except SettingsError as error:
                audit.trouble(error)
                raise RefusedError(503, "not-serving", _UNUSABLE) from error
            if key is None:
                raise RefusedError(401, "no-identity", _WRONG_KEY, self._challenge(path))
            return key.identity, ""
        if "proxy" in self._ways and told.name:
            return person(told.name, "proxy", self.settings.maintainers), ""
        if self.sign_on:
            found = self.sign_on.identity(told.headers, secure)
            if found:
                return found
        why = _KEY_WANTED
        if rules.door_of(path) == "page":
            why = _SIGN_ON_WANTED if self.sign_on else _NO_PAGE
            why = _PROXY_WANTED if "proxy" in self._ways else why
        raise RefusedError(401, "no-identity", why, self._challenge(path))

    def _challenge(self, path: str) -> Mapping[str, str]:
        is_page = rules.door_of(path) == "page"
        return {} if is_page or not self._keys else {"WWW-Authenticate": "Bearer"}

    def _allow(self, identity: Identity, kind: str, method: str, path: str) -> None:
        if identity.is_key and rules.door_of(path) == "page":
            raise RefusedError(403, "not-allowed", _NO_PAGE)
        scope = rules.scope_of(method if kind == "http" else "GET", path)
        if scope not in identity.scopes:
            raise RefusedError(403, "not-allowed", _NOT_YOURS.format(scope))

    def _own_site(self, headers: Pairs, scheme: str) -> None:
        """Refuse what a page of another site has a browser send, which tells who asks by itself."""
        named = dict(headers)
        host = named.get(b"host", b"").decode("latin-1")
        origin = named.get(b"origin", b"").decode("latin-1")
        # A proxy that ends TLS may not say so; the other way round nobody is fooled by.
        schemes = ("https",) if scheme == "https" else ("http", "https")
        if not rules.is_own_site(host, origin, schemes):
            raise RefusedError(403, "other-site", _OTHER_SITE)

    def _limit(self, rates: Rates, name: str) -> None:
        wait = rates.take(name)
        if wait:
            raise RefusedError(
                429, "too-often", _TOO_OFTEN.format(wait), {"Retry-After": str(wait)}
            )

    def _counted(self, refused: RefusedError) -> RefusedError:
        """Return the refusal, or one that says to wait where an address has had many."""
        address = neighbourhood(refused.visit.address)
        wait = self._failures.take(address)
        if not wait:
            return refused
        if refused.status in (400, 401):
            later = RefusedError(
                429, "too-often", _TOO_OFTEN.format(wait), {"Retry-After": str(wait)}
            )
            later.visit = refused.visit
            refused = later
        refused.is_logged = False  # nobody fills the disk so
        return refused
