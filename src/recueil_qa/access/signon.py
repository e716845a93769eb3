"""The addresses where people sign on and off; the browser holds a random name of the session."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from recueil_qa.access import audit, sessions
from recueil_qa.access.fetching import SignOnError
from recueil_qa.access.identity import NOBODY, Identity, Visit, person, visiting
from recueil_qa.access.oidc import Provider
from recueil_qa.access.proxies import Pairs
from recueil_qa.access.sessions import COOKIE, Kept, Session
from recueil_qa.messages import Language, Text

BEGIN, BACK, OFF, GONE = "/signon", "/signon/back", "/signoff", "/signoff/done"
PENDING = "recueil-signon"
PENDING_SECONDS = 600.0
_TARGET = re.compile(r"/(?![/\\])[!-\[\]-~]*")  # printable, without a backslash
TARGET_CHARACTERS = 8_000
_FAILED = Text(
    "recommencez depuis l'accueil ; le journal du serveur dit pourquoi",
    "start again from the home page; the server's log says why",
)
_GONE = Text("Vous êtes déconnecté.", "You are signed off.")
_AGAIN = Text("Revenir", "Come back")
Tell = Callable[[Request, int, str, Text], Response]


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
            return self._failed(request, error)
        reply = _to(place)
        _set(reply, PENDING, browser, int(PENDING_SECONDS), secure)
        return reply

    async def _back(self, request: Request) -> Response:
        secure = _is_secure(request)
        try:
            pending, code = self._pending(request, secure)
            signed = await to_thread.run_sync(
                self._provider.identify, code, pending.back, pending.nonce, pending.verifier
            )
        except SignOnError as error:
            return self._failed(request, error)
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

    def _pending(self, request: Request, secure: bool) -> tuple[Pending, str]:
        """Return the sign-on that an answer belongs to, once, and its code. Raises SignOnError."""
        asked = request.query_params
        if any(len(asked.getlist(name)) > 1 for name in ("state", "code", "iss", "error")):
            raise SignOnError("an answer of the provider with something twice")
        pending = self.pending.take(asked.get("state", ""))
        if pending is None:
            raise SignOnError("an answer to no sign-on that is under way")
        browser = sessions.cookie(request.headers.raw, sessions.cookie_name(PENDING, secure))
        if not hmac.compare_digest(browser.encode(), pending.browser.encode()):
            raise SignOnError("an answer in another browser than the one that asked")
        if asked.get("iss", self._provider.issuer) != self._provider.issuer:
            raise SignOnError("an answer of another provider")
        if asked.get("error") or not asked.get("code"):
            raise SignOnError("the provider refuses")
        return pending, asked["code"]

    async def _off(self, request: Request) -> Response:
        # An image on another page signs nobody off.
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return self._tell(request, 403, "other-site", _FAILED)
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
            return self._tell(request, 400, "sign-on-failed", _FAILED)
        told, again = _GONE.to(self._language), _AGAIN.to(self._language)
        page = (
            f'<!doctype html><html lang="{self._language}"><meta charset="utf-8">'
            f'<title>{told}</title><p>{told} <a href="/">{again}</a></p></html>'
        )
        return HTMLResponse(page, headers={"Cache-Control": "no-store"})

    def _failed(self, request: Request, error: SignOnError) -> Response:
        audit.trouble(error)
        audit.done("refused", visiting() or Visit(NOBODY), code="sign-on-failed", status=400)
        return self._tell(request, 400, "sign-on-failed", _FAILED)

    def _log(self, action: audit.Action, who: Identity) -> None:
        visit = visiting()
        audit.record(action, who, visit.address if visit else "")


def target_of(told: str) -> str:
    """Return an address of this service to go on at, the home page for all else."""
    if len(told) > TARGET_CHARACTERS or not _TARGET.fullmatch(told):
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
