"""What every answer is sent with; the page's language and policy, from its first byte."""

from __future__ import annotations

import base64
import gzip
import hashlib

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from recueil_qa.api.headers import SECURITY, Protect

SCRIPT = "\n  window.own = false\n"
PAGE = f'<!-- notice -->\n<html lang="en"><script>{SCRIPT}</script><body lang="en">é</body></html>'


async def whole(_: Request) -> Response:
    return HTMLResponse(PAGE, headers={"ETag": '"file"', "Last-Modified": "today"})


async def pieces(_: Request) -> Response:
    return StreamingResponse(iter([PAGE[:30], PAGE[30:]]), media_type="text/html")


async def packed(_: Request) -> Response:
    return HTMLResponse(gzip.compress(PAGE.encode()), headers={"Content-Encoding": "gzip"})


async def head(_: Request) -> Response:
    return Response(headers={"Content-Length": "7800"}, media_type="text/html")


async def plain(_: Request) -> Response:
    return PlainTextResponse(PAGE)


async def socket(visit: WebSocket) -> None:
    await visit.accept()
    await visit.close()


@pytest.fixture
def client() -> TestClient:
    app = Starlette(
        routes=[
            Route("/", whole), Route("/pieces", pieces), Route("/packed", packed),
            Route("/plain", plain), Route("/head", head), WebSocketRoute("/socket", socket),
        ]
    )  # fmt: skip
    app.add_middleware(Protect, language="fr")
    return TestClient(app, base_url="http://127.0.0.1:8501")


@pytest.mark.parametrize("path", ["/", "/pieces", "/packed"])
@pytest.mark.parametrize(
    ("query", "language"),
    [("", "fr"), ("?langue=en", "en"), ("?langue=de", "fr"), ("?q=a&langue=en", "en"),
     ("?langue=en&langue=fr", "fr"), ("?" + "a&" * 500, "fr")],
)  # fmt: skip
def test_a_page_says_its_language(client: TestClient, path: str, query: str, language: str) -> None:
    page = client.get(path + query)
    assert page.text == PAGE.replace('<html lang="en"', f'<html lang="{language}"')
    assert page.headers["content-language"] == language
    assert "etag" not in page.headers and "last-modified" not in page.headers


def test_the_head_of_a_page_promises_no_size(client: TestClient) -> None:
    assert "content-length" not in client.head("/head").headers


@pytest.mark.parametrize("path", ["/", "/packed"])
def test_a_page_may_run_its_own_script_and_no_other(client: TestClient, path: str) -> None:
    policy = client.get(path).headers["content-security-policy"]
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert scripts.split() == ["script-src", "'self'", "blob:", f"'sha256-{digest}'"]
    assert "http" not in policy and "*" not in policy


def test_what_is_no_page_is_left_as_it_is_and_may_load_nothing(client: TestClient) -> None:
    reply = client.get("/plain")
    assert reply.text == PAGE
    assert reply.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("path", ["/", "/plain", "/nowhere"])
def test_every_answer_has_the_security_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert {name: headers[name] for name in SECURITY} == SECURITY


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:80", "127.0.0.1:9999", "[::1]:8501"])
def test_this_machine_is_served_under_its_names(client: TestClient, host: str) -> None:
    assert client.get("/plain", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["exemple.invalid", "127.0.0.1.exemple.invalid:8501", ""])
def test_another_name_is_refused(client: TestClient, host: str) -> None:
    # A site whose name is made to point here would else read what is served here.
    reply = client.get("/plain", headers={"Host": host})
    assert reply.status_code == 421
    assert reply.json()["type"] == "urn:recueil-qa:problem:wrong-host"
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect("/socket", headers={"Host": host}),
    ):
        pass


def test_a_visit_of_this_machine_is_let_in(client: TestClient) -> None:
    with client.websocket_connect("/socket", headers={"Host": "localhost:8501"}) as visit:
        assert visit.receive()["type"] == "websocket.close"
