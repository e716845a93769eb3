"""A request takes so many bytes and seconds, and its place among others."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from recueil_qa.api.bounds import BODY_BYTES, Bounds

SCOPE: dict[str, Any] = {"type": "http", "path": "/api/v1/ask", "headers": []}


class Call:
    """One request to an application, without a server."""

    def __init__(self, app: Bounds, *pieces: Message, **scope: Any) -> None:
        self.sent: list[Message] = []
        self._app, self._scope = app, SCOPE | scope
        self._pieces = [*pieces]

    async def receive(self) -> Message:
        if self._pieces:
            return self._pieces.pop(0)
        await asyncio.Event().wait()  # a client that sends nothing more
        raise AssertionError

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    async def run(self) -> int:
        await self._app(self._scope, self.receive, self.send)
        return int(self.sent[0]["status"])

    @property
    def problem(self) -> str:
        return str(json.loads(self.sent[1]["body"])["type"]).rpartition(":")[2]


def piece(body: bytes, more: bool = False) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


async def echo(_: Scope, receive: Receive, send: Send) -> None:
    body = (await receive())["body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


def test_a_body_in_pieces_comes_whole() -> None:
    call = Call(Bounds(echo, language="fr"), piece(b"ab", more=True), piece(b"cd"))
    assert asyncio.run(call.run()) == 200
    assert call.sent[1]["body"] == b"abcd"


@pytest.mark.parametrize(
    ("headers", "pieces"),
    [
        ([(b"content-length", str(BODY_BYTES + 1).encode())], []),
        ([(b"content-length", b"-1")], []),
        ([], [piece(b"x" * BODY_BYTES, more=True), piece(b"x")]),
    ],
)
def test_a_body_that_is_too_large_is_not_read_to_its_end(
    headers: list[tuple[bytes, bytes]], pieces: list[Message]
) -> None:
    call = Call(Bounds(echo, language="fr"), *pieces, headers=headers)
    assert asyncio.run(call.run()) == 413
    assert call.problem == "too-large"


def test_a_body_that_does_not_arrive_is_given_up() -> None:
    call = Call(Bounds(echo, language="fr", seconds=0.01), piece(b"a", more=True))
    assert asyncio.run(call.run()) == 408
    assert call.problem == "too-slow"


def test_one_request_too_many_is_told_to_come_again_and_health_is_not() -> None:
    async def work() -> None:
        working, done = asyncio.Event(), asyncio.Event()

        async def slow(scope: Scope, receive: Receive, send: Send) -> None:
            working.set()
            if scope["path"].startswith("/api/"):
                await done.wait()
            await echo(scope, receive, send)

        app = Bounds(slow, language="fr", at_once=1)
        first = Call(app, piece(b"a"))
        task = asyncio.create_task(first.run())
        await working.wait()
        second = Call(app, piece(b"b"))
        assert await second.run() == 503
        assert second.problem == "busy"
        assert (b"retry-after", b"1") in second.sent[0]["headers"]
        assert await Call(app, piece(b""), path="/livez").run() == 200
        done.set()
        assert await task == 200
        assert await Call(app, piece(b"c")).run() == 200

    asyncio.run(work())


def test_a_fault_after_the_answer_began_is_not_told_twice(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("half way")

    call = Call(Bounds(broken, language="fr"), piece(b""))
    assert asyncio.run(call.run()) == 200
    assert len(call.sent) == 1
    assert "half way" in caplog.text


def test_a_client_that_leaves_amid_its_body_holds_nothing_up() -> None:
    call = Call(Bounds(echo, language="fr"), piece(b"a", more=True), {"type": "http.disconnect"})
    assert asyncio.run(call.run()) == 200
    assert call.sent[1]["body"] == b"a"
