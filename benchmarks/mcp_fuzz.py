"""The tools of models' clients over HTTP, fuzzed beside the API: right messages and wrong ones.

Every tool that the server lists is called, with arguments by the names of its schema. What is
looked for: an answer of 500 or more, none at all, one that nothing ends, an error that the code did
not foresee, a tool's error without a sentence, a key or a path of this machine in a body.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

import anyio
import hypothesis
from anyio.from_thread import BlockingPortal, start_blocking_portal
from hypothesis import strategies as st
from mcp_types import INTERNAL_ERROR
from starlette.applications import Starlette
from starlette.types import Message

from benchmarks.fuzzing import Found, watched
from benchmarks.mcp_messages import Messages, Sent
from benchmarks.reliability import hostile
from recueil_qa import Assistant
from recueil_qa.api.access import access_of
from recueil_qa.api.application import doors
from recueil_qa.api.headers import LOOPBACK
from recueil_qa.mcp.door import PATH, HttpDoor
from recueil_qa.mcp.tools import make_server
from recueil_qa.shared import Shared

A_ROUND = 400  # requests before the other service is asked
PATIENCE = 60.0  # seconds
HOST = "127.0.0.1"
PEER = "203.0.113.9"
_CRASH = "Error executing tool"  # nothing after the tool's name: it met an error of ours


@dataclass
class Reply:
    """What came back of a request."""

    status: int = 0
    kind: str = ""
    body: bytes = b""


def application(shared: Shared) -> Starlette:
    """Return all doors but the page, as `serve` puts them together."""
    access = access_of(shared.settings)
    made = doors(shared, access)
    tools = HttpDoor(shared, f"http://{HOST}", access.hosts if access else LOOPBACK)
    return Starlette(
        routes=[*made.routes, *tools.routes],
        middleware=[*made.middleware],
        lifespan=tools.lifespan,
    )


def fuzz(
    services: Sequence[Shared],
    messages: Messages,
    key: str,
    secrets: Sequence[str],
    requests: int,
) -> Found:
    """Put so many requests to these services by turns, with a key."""
    found = Found()
    header = {"host": HOST, "authorization": f"Bearer {key}"}
    with watched(found), start_blocking_portal() as portal, ExitStack() as stack:
        apps = [application(each) for each in services]
        for app in apps:
            running = app.router.lifespan_context(app)
            stack.enter_context(portal.wrap_async_context_manager(running))
        strategy = messages.http(header)
        turn = 0
        while found.requests < requests:
            put = partial(_put, portal, apps[turn % len(apps)], secrets, found)
            examples(strategy, turn, min(A_ROUND, requests - found.requests), put)
            turn += 1
    return found


def messages_of(assistant: Assistant) -> Messages:
    """Return messages to the tools that there are."""
    listed = anyio.run(make_server(Shared(assistant.settings, assistant)).list_tools)
    values = [{name: [*counts][:1]} for name, counts in assistant.facets().items()]
    practices = assistant.catalogue.practices
    questions = [f"comment faire pour {each.title} ?" for each in practices]
    said = st.one_of(st.sampled_from(questions), hostile.TEXTS)
    return Messages(
        {tool.name: tool.input_schema for tool in listed},
        {
            "question": said,
            "query": said,
            "id": st.sampled_from([each.id for each in practices]),
            "top": st.integers(1, 20),
            "filters": st.one_of(st.just({}), st.sampled_from(values)),
        },
    )


def examples(
    strategy: st.SearchStrategy[Any], seed: int, number: int, use: Callable[[Any], None]
) -> None:
    """Use so many examples of a strategy."""

    @hypothesis.seed(seed)
    @hypothesis.given(strategy)
    @hypothesis.settings(
        max_examples=number,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=[*hypothesis.HealthCheck],
    )
    def run(example: Any) -> None:
        use(example)

    run()


def _put(
    portal: BlockingPortal, app: Starlette, secrets: Sequence[str], found: Found, sent: Sent
) -> None:
    found.requests += 1
    found.routes[sent.tool or f"{sent.method} {PATH}"] += 1
    where = f"{sent.method} {sent.body[:200]!r}"
    try:
        reply = portal.call(_ask, app, sent)
    except Exception as error:
        found.faults.append(f"{where}: {error!r}"[:600])
        return
    found.statuses[str(reply.status)] += 1
    where = f"{where}: {reply.status}"
    text = reply.body.decode("utf-8", "replace")
    found.check_secrets(where, text, secrets)
    if reply.status >= 500:
        found.faults.append(f"{where} {text[:200]}")
    if "event-stream" in reply.kind:
        found.faults.append(f"{where}: a stream that nothing ends")
    elif reply.status == 200 and "json" in reply.kind:
        check_message(sent, json.loads(reply.body), where, found)
    elif sent.has_arguments:
        found.faults.append(f"{where}: a tool is not called: {text[:200]}")


def check_message(sent: Sent, message: Any, where: str, found: Found) -> None:
    """Find fault with an answer that is no message, or leaves a client without a word."""
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
        found.faults.append(f"{where}: no message")
        return
    error = message.get("error")
    if error is not None and (error["code"] in (0, INTERNAL_ERROR) or not error["message"]):
        found.faults.append(f"{where}: {error}")
    if not sent.tool:
        return
    if error is not None:
        if sent.has_arguments:
            found.faults.append(f"{where}: a tool is not called: {error}")
        return
    result = message["result"]
    said = " ".join(each.get("text", "") for each in result["content"]).strip()
    failed = result.get("isError", False)
    if not said or (failed and said.startswith(_CRASH) and ":" not in said):
        found.faults.append(f"{where}: no sentence: {said!r}")
    if failed == isinstance(result.get("structuredContent"), dict):
        found.faults.append(f"{where}: what it says and whether it failed are at odds")


async def _ask(app: Starlette, sent: Sent) -> Reply:
    """Return what an application answers; of what it streams, the beginning."""
    reply, ended, given = Reply(), anyio.Event(), False

    async def receive() -> Message:
        nonlocal given
        if not given:
            given = True
            return {"type": "http.request", "body": sent.body, "more_body": False}
        await ended.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            reply.status = message["status"]
            kinds = [value for name, value in message.get("headers", ()) if name == b"content-type"]
            reply.kind = b"".join(kinds).decode("latin-1")
            if "event-stream" in reply.kind:
                ended.set()
            return
        reply.body += message.get("body", b"")
        if not message.get("more_body", False):
            ended.set()

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http",
        "method": sent.method, "path": PATH, "raw_path": PATH.encode(), "query_string": b"",
        "root_path": "", "client": (PEER, 4321), "server": (HOST, 80),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in sent.headers],
    }  # fmt: skip
    with anyio.fail_after(PATIENCE):
        await app(scope, receive, send)
    return reply
