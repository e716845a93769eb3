"""The addresses where people sign on and off; the browser holds a random name of the session."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from recueil_qa.access import audit, pages, sessions
from recueil_qa.access.fetching import SignOnError
from recueil_qa.access.identity import NOBODY, Identity, Visit, person, visiting
from recueil_qa.access.oidc import Provider
from recueil_qa.access.proxies import Pairs
from recueil_qa.access.sessions import COOKIE, Kept, Session
from recueil_qa.messages import Language, Text

BEGIN, BACK, OFF, GONE = "/signon", "/signon/back", "/signoff", "/signoff/done"
PENDING = "recueil-signon"
PENDING_SECONDS = 600.0
TARGET_CHARACTERS = 8_000
_STALE = Text(
    "cette réponse ne correspond à aucune identification en cours : elle a déjà servi, a pris plus "
    "de dix minutes, ou a commencé dans un autre navigateur ; recommencez",
    "this answer belongs to no sign-on under way: it was used before, took more than ten minutes, "
    "or began in another browser; start again",
)
_DECLINED = Text(
    "le service qui vous identifie n'a pas confirmé votre identité ; recommencez, ou choisissez-y "
    "un autre compte",
    "the service that signs you on did not confirm who you are; start again, or choose another "
    "account there",
)
_OTHER_SITE = Text(
    "une page d'un autre site ne vous déconnecte pas ; le lien « Se déconnecter » de ce service "
    "le fait",
    "a page of another site does not sign you off; the link 'Sign off' of this service does",
)
_GONE = Text("Vous êtes déconnecté", "You are signed off")
_HERE = Text(
    "votre session est fermée ; ce navigateur n'ouvre plus ce service sans une nouvelle "
    "identification",
    "your session is closed; this browser opens this service no more without a new sign-on",
)
_AGAIN = Text("S'identifier de nouveau", "Sign on again")


class Tell(Protocol):
    """Makes the answer that tells of a refusal, and of the address to go on at."""

    def __call__(
        self, request: Request, status: int, code: str, why: Text, again: str = pages.HOME
    ) -> Response: ...


@dataclass(frozen=True, slots=True)
class Pending:
    """A sign-on under way: what the provider's answer has to fit."""

    browser: str
    nonce: str
    verifier: str
    back: str
    target: str


class SignOn:
    """People sign on by one provider, and stay so for twelve hours at most."""

    def __init__(
        self, provider: Provider, maintainers: frozenset[str], language: Language, tell: Tell
    ) -> None:
        self._provider, self._maintainers = provider, maintainers
        self._language, self._tell = language, tell
        self.sessions: Kept[Session] = Kept(sessions.SECONDS)
        self.pending: Kept[Pending] = Kept(PENDING_SECONDS)
        self._leaving: Kept[str] = Kept(PENDING_SECONDS)
        self.paths = frozenset({BEGIN, BACK, OFF, GONE})
        self.routes: tuple[BaseRoute, ...] = (
            Route(BEGIN, self._begin, methods=["GET"]),
            Route(BACK, self._back, methods=["GET"]),
            Route(OFF, self._off, methods=["GET"]),
            Route(GONE, self._gone, methods=["GET"]),
        )

    def identity(self, headers: Pairs, secure: bool) -> tuple[Identity, str] | None:
        """Return who a browser belongs to, and the name of the session."""
        name = sessions.cookie(headers, sessions.cookie_name(COOKIE, secure))
        session = self.sessions.get(name) if name else None
        return (session.identity, name) if session else None

    def lasts(self, session: str) -> bool:
        """Return whether a session still holds."""
        return self.sessions.get(session) is not None

    def begin(self, target: str) -> ASGIApp:
        """Return the answer that leads to the sign-on, and to an address after it."""
        return _to(f"{BEGIN}?next={quote(target, safe='/')}")

    async def _begin(self, request: Request) -> Response:
        secure = _is_secure(request)
        browser = sessions.cookie(request.headers.raw, sessions.cookie_name(PENDING, secure))
        browser = browser or sessions.fresh()
        pending = Pending(
            browser, sessions.fresh(), sessions.fresh(), _origin(request) + BACK,
            target_of(request.query_params.get("next", "/")),
        )  # fmt: skip
        state = self.pending.put(pending)
        try:
            place = await to_thread.run_sync(
                self._provider.begin_url, pending.back, state, pending.nonce, pending.verifier
            )
        except SignOnError as error:
            return self._failed(request, error, pending.target)
        reply = _to(place)
        _set(reply, PENDING, browser, int(PENDING_SECONDS), secure)
        return reply

    async def _back(self, request: Request) -> Response:
        secure, target = _is_secure(request), pages.HOME
        try:
            pending = self._pending(request, secure)
            target = pending.target
            code = self._code(request)
            signed = await to_thread.run_sync(
                self._provider.identify, code, pending.back, pending.nonce, pending.verifier
            )
        except SignOnError as error:
            return self._failed(request, error, target)
        who = person(signed.name, self._provider.way, self._maintainers)
        # A new name at each sign-on: one that somebody had planted before is worth nothing.
        former = sessions.cookie(request.headers.raw, sessions.cookie_name(COOKIE, secure))
        if former:
            self.sessions.take(former)
        name = self.sessions.put(Session(who, signed.proof))
        self._log("sign-on", who)
        reply = _to(pending.target)
        _set(reply, COOKIE, name, int(sessions.SECONDS), secure)
        _set(reply, PENDING, "", 0, secure)
        return reply

    def _pending(self, request: Request, secure: bool) -> Pending:
        """Return the sign-on that an answer belongs to, once. Raises SignOnError."""
        asked = request.query_params
        if any(len(asked.getlist(name)) > 1 for name in ("state", "code", "iss", "error")):
            raise SignOnError("an answer of the provider with something twice", _STALE)
        pending = self.pending.take(asked.get("state", ""))
        if pending is None:
            raise SignOnError("an answer to no sign-on that is under way", _STALE)
        browser = sessions.cookie(request.headers.raw, sessions.cookie_name(PENDING, secure))
        if not hmac.compare_digest(browser.encode(), pending.browser.encode()):
            raise SignOnError("an answer in another browser than the one that asked", _STALE)
        return pending

    def _code(self, request: Request) -> str:
        """Return the provider's code of who signed on. Raises SignOnError where it has none."""
        asked = request.query_params
        if asked.get("iss", self._provider.issuer) != self._provider.issuer:
            raise SignOnError("an answer of another provider")
        if asked.get("error") or not asked.get("code"):
            raise SignOnError("the provider refuses", _DECLINED)
        return asked["code"]

    async def _off(self, request: Request) -> Response:
        # An image on another page signs nobody off.
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return self._tell(request, 403, "other-site", _OTHER_SITE)
        secure = _is_secure(request)
        name = sessions.cookie(request.headers.raw, sessions.cookie_name(COOKIE, secure))
        session = self.sessions.take(name) if name else None
        place = ""
        if session:
            self._log("sign-off", session.identity)
            state = self._leaving.put("")
            place = await to_thread.run_sync(
                self._provider.end_url, session.proof, state, _origin(request) + GONE
            )
        reply = _to(place or GONE)
        _set(reply, COOKIE, "", 0, secure)
        return reply

    async def _gone(self, request: Request) -> Response:
        state = request.query_params.get("state")
        if state is not None and self._leaving.take(state) is None:
            return self._tell(request, 400, "sign-on-failed", _STALE)
        return pages.page(200, _GONE, _HERE, _AGAIN, language=self._language)

    def _failed(self, request: Request, error: SignOnError, target: str) -> Response:
        audit.trouble(error)
        audit.done("refused", visiting() or Visit(NOBODY), code="sign-on-failed", status=400)
        return self._tell(request, 400, "sign-on-failed", error.told, target)

    def _log(self, action: audit.Action, who: Identity) -> None:
        visit = visiting()
        audit.record(action, who, visit.address if visit else "")


def target_of(told: str) -> str:
    """Return an address of this service to go on at, the home page for all else."""
    if len(told) > TARGET_CHARACTERS or not pages.is_own(told):
        return "/"
    return "/" if told.startswith((BEGIN, OFF)) else told


def _to(place: str) -> RedirectResponse:
    return RedirectResponse(place, 303, {"Cache-Control": "no-store"})


def _is_secure(request: Request) -> bool:
    return sessions.is_secure(request.headers.get("host", ""), request.url.scheme)


def _origin(request: Request) -> str:
    """Return this service as it is called; the names have been looked at before."""
    scheme = "https" if _is_secure(request) else "http"
    return f"{scheme}://{request.headers.get('host', '')}"


def _set(reply: Response, name: str, value: str, seconds: int, secure: bool) -> None:
    reply.set_cookie(
        sessions.cookie_name(name, secure), value, max_age=seconds, path="/", secure=secure,
        httponly=True, samesite="lax",
    )  # fmt: skip
