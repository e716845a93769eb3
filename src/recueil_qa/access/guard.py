"""What every request goes through first, the page's and those of programs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Protocol, cast
from urllib.parse import quote

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recueil_qa.access import audit, identity, rules, sessions
from recueil_qa.access.gate import Admitted, Gate, RefusedError, SignsOn
from recueil_qa.access.identity import Visit
from recueil_qa.messages import Text

USER, ROLE, WAY = "x-recueil-user", "x-recueil-role", "x-recueil-way"
ADDRESS = "x-recueil-address"
_AT_ONCE = Text("trop de requêtes à la fois", "too many requests at once")


class Tells(Protocol):
    """Makes the answer that tells of a refusal."""

    def __call__(
        self, scope: Scope, status: int, code: str, why: Text, headers: Mapping[str, str]
    ) -> Response: ...


class Guard:
    """Middleware: tells who asks to what lies behind, and lets in who may."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        gate: Gate,
        tell: Tells,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app, self._gate, self._tell, self._clock = app, gate, tell, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        try:
            admitted = self._gate.admit(scope)
        except RefusedError as error:
            await self._refuse(error, scope, receive, send)
            return
        name = f"{admitted.visit.identity.way} {admitted.visit.identity.name}"
        is_visit = scope["type"] == "websocket"
        places = self._gate.visits if is_visit else self._gate.places
        counted = not admitted.is_open and (is_visit or rules.door_of(scope["path"]) != "page")
        if counted and not places.enter(name):
            refused = RefusedError(429, "too-often", _AT_ONCE, {"Retry-After": "1"})
            refused.visit = admitted.visit
            await self._refuse(refused, scope, receive, send)
            return
        try:
            await self._let_in(admitted, scope, receive, send)
        finally:
            if counted:
                places.leave(name)

    async def _let_in(self, admitted: Admitted, scope: Scope, receive: Receive, send: Send) -> None:
        visit = admitted.visit
        identity.enter(visit)
        is_visit = scope["type"] == "websocket"
        scheme = admitted.scheme
        if is_visit:
            scheme = {"http": "ws", "https": "wss"}.get(scheme, scheme)
        inner = {**scope, "scheme": scheme, "headers": [*admitted.headers, *_told(visit)]}
        if is_visit:
            held = _Held(admitted, self._gate.sign_on, receive, self._clock)
            await self._app(inner, held.receive, send)
            if held.has_ended:
                await send({"type": "websocket.close", "code": 1008})
            return
        action, practice = rules.action_of(scope.get("method", ""), scope["path"])
        status = 500

        async def noticed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(inner, receive, noticed)
        finally:
            if action:
                details = {"status": status} | ({"practice": practice} if practice else {})
                audit.done(cast("audit.Action", action), visit, **details)

    async def _refuse(
        self, error: RefusedError, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if self._leads_on(error, scope):
            assert self._gate.sign_on is not None  # noqa: S101
            await self._gate.sign_on.begin(rules.address_of(scope))(scope, receive, send)
            return
        if error.is_logged:
            audit.done("refused", error.visit, status=error.status, code=error.code)
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        told = self._tell(scope, error.status, error.code, error.why, error.headers)
        await told(scope, receive, send)

    def _leads_on(self, error: RefusedError, scope: Scope) -> bool:
        """Return whether somebody with a browser can be sent to sign on."""
        is_stranger = error.code == "no-identity" and self._gate.sign_on is not None
        return is_stranger and rules.is_visit(scope)


class _Held:
    """What receives of a web socket, for as long as who asks is signed on."""

    def __init__(
        self,
        admitted: Admitted,
        sign_on: SignsOn | None,
        receive: Receive,
        clock: Callable[[], float],
    ) -> None:
        self._session, self._sign_on = admitted.session, sign_on
        self._receive, self._clock = receive, clock
        self._ends = clock() + sessions.SECONDS
        self.has_ended = False

    async def receive(self) -> Message:
        """Return the next message, or that the visit ends."""
        try:
            left = max(0.0, self._ends - self._clock())
            message = await asyncio.wait_for(self._receive(), left)
        except TimeoutError:
            return self._end()
        if self._session and self._sign_on and not self._sign_on.lasts(self._session):
            return self._end()
        return message

    def _end(self) -> Message:
        self.has_ended = True
        return {"type": "websocket.disconnect", "code": 1008}


def _told(visit: Visit) -> list[tuple[bytes, bytes]]:
    """Return what the page is told of who asks."""
    who = visit.identity
    if not who.name:
        return []
    told = {USER: quote(who.name, safe="@+"), ROLE: who.role, WAY: who.way, ADDRESS: visit.address}
    return [(name.encode(), value.encode("ascii")) for name, value in told.items()]
