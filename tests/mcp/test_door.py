"""The tools over a real pipe, and over HTTP beside the page."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp_types import (
    CLIENT_CAPABILITIES_META_KEY,
    METHOD_NOT_FOUND,
    PROTOCOL_VERSION_META_KEY,
)
from mcp_types.version import LATEST_MODERN_VERSION
from starlette.applications import Starlette
from starlette.testclient import TestClient

from recueil_qa import Assistant
from recueil_qa.api.headers import LOOPBACK
from recueil_qa.mcp.door import BODY, PATH, HttpDoor
from recueil_qa.shared import Shared
from tests.support.serving import write_home

REPEATED = "les appels répétés au guichet"
HEADERS = {"Accept": "application/json, text/event-stream"}
HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}


@pytest.fixture
def http(small: Assistant) -> Iterator[TestClient]:
    door = HttpDoor(Shared(small.settings, small), "http://127.0.0.1:8501", LOOPBACK)
    app = Starlette(routes=[*door.routes], lifespan=door.lifespan)
    with TestClient(app, base_url="http://127.0.0.1:8501") as client:
        yield client


def tool(name: str, **arguments: Any) -> dict[str, Any]:
    params = {"name": name, "arguments": arguments}
    return {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": params}


def test_it_answers_at_one_address_without_a_session(http: TestClient) -> None:
    hello = http.post(PATH, json=HELLO, headers=HEADERS)
    assert hello.json()["result"]["serverInfo"]["name"] == "recueil-qa"
    assert "mcp-session-id" not in hello.headers
    asked = http.post(PATH, json=tool("ask", question=REPEATED), headers=HEADERS)
    assert asked.json()["result"]["structuredContent"]["hits"]


def test_another_host_or_site_is_refused(http: TestClient) -> None:
    for headers in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}):
        refused = http.post(PATH, json=HELLO, headers=HEADERS | headers)
        assert refused.status_code in (403, 421)
    fine = http.post(PATH, json=HELLO, headers=HEADERS | {"Origin": "http://localhost:8501"})
    assert fine.status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"{", 400), (b"[]", 400), (b"\xff\xfe", 400), (b"x" * (BODY + 1), 413)],
)
def test_what_is_no_message_is_refused(http: TestClient, body: bytes, status: int) -> None:
    headers = HEADERS | {"Content-Type": "application/json"}
    assert http.post(PATH, content=body, headers=headers).status_code == status
    assert http.post(PATH, json=HELLO, headers=HEADERS).status_code == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "PUT", "OPTIONS"])
def test_only_messages_are_taken(http: TestClient, method: str) -> None:
    refused = http.request(method, PATH, headers=HEADERS)
    assert refused.status_code == 405 and refused.headers["allow"] == "POST"


def test_no_stream_is_opened_that_nothing_ends(http: TestClient) -> None:
    """It would hold one of the places of whoever asks, and tell nothing."""
    era = LATEST_MODERN_VERSION
    meta = {PROTOCOL_VERSION_META_KEY: era, CLIENT_CAPABILITIES_META_KEY: {}}
    listen = {
        "jsonrpc": "2.0",
        "id": 3,
        "method": "subscriptions/listen",
        "params": {"_meta": meta, "notifications": {"toolsListChanged": True}},
    }
    headers = HEADERS | {"MCP-Protocol-Version": era, "Mcp-Method": "subscriptions/listen"}
    refused = http.post(PATH, json=listen, headers=headers)
    assert refused.status_code == 404
    assert refused.json()["error"]["code"] == METHOD_NOT_FOUND


def test_a_message_that_asks_for_no_answer_gets_none(
    http: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    told = {"jsonrpc": "2.0", "method": "prompts/get", "params": {"name": "x"}}
    for era in ("2025-06-18", LATEST_MODERN_VERSION):
        headers = HEADERS | {"MCP-Protocol-Version": era, "Mcp-Method": "prompts/get"}
        assert http.post(PATH, json=told, headers=headers).status_code == 202
    assert not [record for record in caplog.records if record.exc_info]


def test_a_door_whose_lifespan_does_not_run_says_so(small: Assistant) -> None:
    door = HttpDoor(Shared(small.settings, small), "", LOOPBACK)
    with pytest.raises(RuntimeError, match="lifespan"):
        TestClient(Starlette(routes=[*door.routes])).post(PATH, json=HELLO)


def test_over_a_pipe_nothing_but_the_protocol_is_said(tmp_path: Path) -> None:
    home = write_home(tmp_path)
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "recueil_qa.cli.main", "mcp"],
        env={**os.environ, "RECUEIL_HOME": str(home)},
        cwd=str(home),
    )

    async def main() -> Any:
        async with Client(server) as client:
            found = await client.call_tool("search", {"query": REPEATED})
            return found, await client.call_tool("fetch", {"id": "petit-p2"})

    found, fetched = anyio.run(main)
    assert not found.is_error
    assert json.loads(fetched.content[0].text)["url"] == "urn:recueil-qa:petit-p2"
