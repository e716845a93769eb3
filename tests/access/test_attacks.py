"""What is tried against a service that asks who asks, each with the refusal that it meets.

`docs/reliability.md` tells how many there are of each kind. What needs a provider of identities is
tried in `test_oidc.py`; what it would be to guess a key, in `test_keys.py`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.types import Message

from recueil_qa import Assistant
from recueil_qa.access.identity import SCOPES
from recueil_qa.access.keys import KeyFile
from recueil_qa.access.rules import OPEN
from recueil_qa.api.access import access_of
from recueil_qa.api.application import doors
from recueil_qa.api.bounds import Bounds
from recueil_qa.settings import Settings
from recueil_qa.shared import Shared
from tests.support.attacks import ALL, KEY, KINDS, Attack
from tests.support.guarded import (
    MAINTAINER,
    bearer,
    logged,
    make_key,
    service,
)

MARKUP = "<script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}${7*7}' OR 1=1--"


def call(app: Any, attack: Attack, key: str) -> list[Message]:
    """Put an attack to an application as a server would, byte for byte."""

    def filled(value: bytes) -> bytes:
        return value.replace(KEY, key.encode()).replace(b"<KEY>", key.upper().encode())

    raw, _, query = attack.path.partition(b"?")
    host = [(b"host", attack.host)]
    scope = {
        "type": attack.kind,
        "method": attack.method,
        "raw_path": raw,
        "query_string": query,
        "path": _unquoted(raw),
        "root_path": "",
        "http_version": "1.1",
        "asgi": {"version": "3.0"},
        "scheme": "https" if attack.kind == "http" else "wss",
        "client": (attack.peer, 40_000),
        "server": ("127.0.0.1", 8501),
        "subprotocols": [],
        "state": {},
        "headers": host + [(name, filled(value)) for name, value in attack.headers],
    }
    sent: list[Message] = []
    kind = "http.request" if attack.kind == "http" else "websocket.connect"

    async def receive() -> Message:
        return {"type": kind, "body": attack.body, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return sent


def _unquoted(raw: bytes) -> str:
    from urllib.parse import unquote

    return unquote(raw.decode("ascii"))


@pytest.fixture
def app(small: Assistant, settings: Settings) -> Any:
    with service(small, settings) as client:
        yield client.app


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_gets_through(app: Any, settings: Settings, kind: str) -> None:
    key = make_key(settings)
    through = [why for attack in KINDS[kind] if (why := _through(app, settings, attack, key))]
    assert through == []


def _through(app: Any, settings: Settings, attack: Attack, key: str) -> str:
    """Return what an attack reached, "" where it met its refusal and nothing else."""
    sent = call(app, attack, key)
    if attack.kind == "websocket":
        closed = [message["type"] for message in sent] == ["websocket.close"]
        return "" if closed else f"{attack.what}: {sent}"
    body = b"".join(message.get("body", b"") for message in sent)
    headers = {name.lower() for name, _ in sent[0]["headers"]}
    secrets = (key, str(settings.home), "Traceback", 'File "', "petit-p1", "evil", MAINTAINER)
    told = [secret for secret in secrets if secret.encode() in body]
    told += [name.decode() for name in headers if name.startswith(b"access-control-")]
    told += ["a cookie"] * (b"set-cookie" in headers)
    if sent[0]["status"] == attack.refused and not told:
        return ""
    return f"{attack.what}: {sent[0]['status']}, not {attack.refused}; {told} {body[:200]!r}"


def test_there_are_as_many_as_is_told() -> None:
    assert len(ALL) >= 60
    assert len({(a.what, a.path, a.peer, a.headers, a.host) for a in ALL}) == len(ALL)


def test_no_other_site_may_read_an_answer(stranger: TestClient, settings: Settings) -> None:
    key = bearer(make_key(settings)) | {"Origin": "https://evil.invalid"}
    asked = {"Access-Control-Request-Method": "POST"} | key
    for reply in (
        stranger.get("/api/v1/facets", headers=key),
        stranger.options("/api/v1/ask", headers=asked),
    ):
        assert not any(name.startswith("access-control") for name in reply.headers)
        assert reply.headers["cross-origin-resource-policy"] == "same-origin"


FIELDS: list[tuple[str, str, Any]] = [
    ("POST", "/api/v1/ask", {"question": MARKUP, "filters": {"sector": [MARKUP]}}),
    ("POST", "/api/v1/ask", {MARKUP: MARKUP}),
    ("POST", "/api/v1/ask", {"question": MARKUP, "top": MARKUP}),
    ("POST", "/api/v1/search", {"question": MARKUP}),
    ("POST", "/api/v1/feedback", {"question": MARKUP, "verdict": MARKUP, "answered": True}),
    (
        "POST",
        "/api/v1/feedback",
        {
            "question": MARKUP,
            "verdict": "up",
            "answered": True,
            "target": MARKUP,
            "comment": MARKUP,
            "build": MARKUP,
        },
    ),
    ("GET", f"/api/v1/practices/{'%3Cscript%3E'}", None),
    ("GET", "/api/v1/practices?sector=%3Cscript%3E", None),
    ("GET", "/api/v1/facets?text=%3Cscript%3E", None),
]


@pytest.mark.parametrize(("method", "path", "body"), FIELDS)
def test_markup_is_never_a_page(
    stranger: TestClient, settings: Settings, method: str, path: str, body: Any
) -> None:
    key = bearer(make_key(settings, *SCOPES))
    reply = stranger.request(method, path, json=body, headers=key)
    assert reply.status_code < 500
    assert "html" not in reply.headers.get("content-type", "")
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["content-security-policy"].startswith("default-src 'none'")
    assert "<script>" not in json.dumps(dict(reply.headers))
    for line in logged(settings):
        assert "\n" not in json.dumps(line, ensure_ascii=False)


def test_a_body_that_does_not_come_is_given_up(settings: Settings) -> None:
    """Its seconds are a parameter, so that no test waits for them."""
    app = Bounds(_never, language="en", seconds=0.01)
    sent: list[Message] = []

    async def receive() -> Message:
        await asyncio.sleep(60)
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/api/v1/ask", "headers": []}
    asyncio.run(app(scope, receive, send))
    assert sent[0]["status"] == 408


async def _never(*_: Any) -> None:
    raise AssertionError("it is not to be asked")


def test_guesses_are_many_and_open_nothing(stranger: TestClient, settings: Settings) -> None:
    secret = make_key(settings)
    guesses: Iterable[str] = (secret[:-1] + chr(code) for code in range(33, 127))
    statuses = [
        stranger.get("/api/v1/facets", headers=bearer(guess)).status_code
        for guess in guesses
        if guess != secret
    ]
    assert set(statuses) == {401, 429}
    assert len(logged(settings)) <= 31


@pytest.mark.parametrize("how", ["expired", "revoked", "damaged", "gone"])
def test_a_key_that_holds_no_more(stranger: TestClient, settings: Settings, how: str) -> None:
    secret = make_key(settings)
    path = settings.access_keys
    assert stranger.get("/api/v1/facets", headers=bearer(secret)).status_code == 200
    if how == "revoked":
        KeyFile(path).revoke(secret[3:15])
    elif how == "gone":
        path.unlink()
    elif how == "damaged":
        path.write_text("{")
    else:
        told = json.loads(path.read_text())
        told["keys"][0]["expires"] = "2020-01-01T00:00:00+00:00"
        path.write_text(json.dumps(told))
    refused = stranger.get("/api/v1/facets", headers=bearer(secret))
    assert refused.status_code == (503 if how == "damaged" else 401)
    assert str(path) not in refused.text


def test_whatever_is_not_on_the_list_of_open_addresses_is_closed(
    small: Assistant, settings: Settings
) -> None:
    """Routes that are added and forgotten are closed, for every route that there is."""
    made = doors(Shared(settings, small), access_of(settings))
    assert {"/livez", "/readyz", "/_stcore/health"} == OPEN
    with service(small, settings) as client:
        schema = client.get("/api/v1/openapi.json", headers=bearer(make_key(settings))).json()[
            "paths"
        ]
        assert len(schema) == 10 and made.routes
        for path in [*schema, "/metrics", "/mcp", "/", "/anything"]:
            for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE"):
                address = path.replace("{practice}", "petit-p1")
                assert client.request(method, address).status_code in (401, 429)
