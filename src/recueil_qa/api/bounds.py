"""What a request may take: bytes, seconds to arrive, a place among those that are worked on."""

from __future__ import annotations

import asyncio
import logging

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recueil_qa.api import problems
from recueil_qa.messages import Language, Text

BODY_BYTES = 262_144  # the longest question, each letter as an escape, twice over
ARRIVAL_SECONDS = 10.0
AT_ONCE = 96  # requests worked on or waiting; what answers them has few cores

_TOO_LARGE = Text(
    f"au plus {BODY_BYTES} octets sont acceptés", f"at most {BODY_BYTES} bytes are accepted"
)
_TOO_SLOW = Text(
    f"le corps n'est pas arrivé en {ARRIVAL_SECONDS:.0f} s",
    f"the body did not arrive within {ARRIVAL_SECONDS:.0f} s",
)
_BUSY = Text("réessayez dans un instant", "try again in a moment")


class Bounds:
    """Middleware: whole small bodies only, so many requests at once, a problem for every fault."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        language: Language,
        body_bytes: int = BODY_BYTES,
        seconds: float = ARRIVAL_SECONDS,
        at_once: int = AT_ONCE,
    ) -> None:
        self._app, self._language = app, language
        self._body_bytes, self._seconds, self._at_once = body_bytes, seconds, at_once
        self._now = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # Whether it lives is asked of a server that is full, too.
        counted = scope["path"].startswith("/api/")
        if counted and self._now >= self._at_once:
            await self._refuse(503, "busy", _BUSY, scope, receive, send)
            return
        self._now += counted
        try:
            await self._bounded(scope, receive, send)
        finally:
            self._now -= counted

    async def _bounded(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                body = await self._read(scope, receive)
        except TimeoutError:
            await self._refuse(408, "too-slow", _TOO_SLOW, scope, receive, send)
            return
        if body is None:
            await self._refuse(413, "too-large", _TOO_LARGE, scope, receive, send)
            return
        given = False

        async def replay() -> Message:
            nonlocal given
            if given:
                return await receive()  # whether the client has left
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        started = False

        async def tell(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, replay, tell)
        except Exception:
            logging.getLogger(__name__).exception("unexpected error")
            if not started:
                await problems.failed(scope, self._language)(scope, receive, send)

    async def _read(self, scope: Scope, receive: Receive) -> bytes | None:
        """Return the whole body, or None where it is too large."""
        told = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if not told.isdigit() or int(told) > self._body_bytes:
            return None
        pieces, size, more = [], 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                break
            pieces.append(message.get("body", b""))
            size += len(pieces[-1])
            if size > self._body_bytes:
                return None
            more = message.get("more_body", False)
        return b"".join(pieces)

    async def _refuse(
        self, status: int, code: str, why: Text, scope: Scope, receive: Receive, send: Send
    ) -> None:
        headers = problems.RETRY if status == 503 else {"Connection": "close"}
        told = problems.problem(scope, status, code, why, default=self._language, headers=headers)
        await told(scope, receive, send)
