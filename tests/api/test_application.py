"""The application as a whole: its schema, its figures, its place beside a page."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from recueil_qa import Assistant, RecueilError, Settings
from recueil_qa.api.access import check_address
from recueil_qa.api.application import Late, create_app, doors
from recueil_qa.search import searcher
from recueil_qa.shared import Shared
from recueil_qa.types import FACETS
from tests.support.encoders import HashEncoder
from tests.support.waiting import PATIENCE

REPEATED = "le standard est saturé par des appels répétés"


class Names:
    """A way of access of a test: it tells who asks by a header."""

    hosts: frozenset[str] = frozenset()

    @property
    def middleware(self) -> list[Middleware]:
        return [Middleware(Named)]

    @property
    def routes(self) -> list[BaseRoute]:
        async def sign_on(_: Request) -> Response:
            return PlainTextResponse("signed on")

        return [Route("/sign-on", sign_on)]


class Named:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (b"x-name", b"somebody") not in scope["headers"]:
            await PlainTextResponse("who?", 401)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def served(shared: Shared, access: Names | None = None) -> TestClient:
    async def page(_: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("page")(_, receive, send)

    made = doors(shared, access)
    app = Starlette(routes=[*made.routes, Mount("/", page)], middleware=[*made.middleware])
    return TestClient(app, base_url="http://127.0.0.1")


def test_the_doors_stand_before_the_page(small: Assistant) -> None:
    client = served(Shared(small.settings, small))
    assert client.get("/").text == client.get("/apis").text == "page"
    assert client.get("/api").status_code == client.get("/api/v2").status_code == 404
    assert client.get("/livez").json() == {"live": True}
    assert client.get("/api/v1/practices/p1").json()["id"] == "petit-p1"
    assert client.get("/", headers={"Host": "exemple.invalid"}).status_code == 421


def test_a_way_of_access_stands_before_all_of_them(small: Assistant) -> None:
    client = served(Shared(small.settings, small), Names())
    for path in ("/", "/api/v1/practices", "/sign-on"):
        assert client.get(path).status_code == 401
        reply = client.get(path, headers={"X-Name": "somebody", "Host": "recueil.exemple"})
        assert reply.status_code == 200
        assert reply.headers["x-frame-options"] == "SAMEORIGIN"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "recueil.exemple", ""])  # noqa: S104
def test_others_are_not_served_without_a_way_of_access(host: str) -> None:
    with pytest.raises(RecueilError, match="no access mode is set"):
        check_address(host, None)
    check_address(host, Names())


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_this_machine_needs_none(host: str) -> None:
    check_address(host, None)


def test_the_figures_count_whichever_door_asked(small: Assistant) -> None:
    shared = Shared(small.settings, small)
    client = served(shared)
    client.post("/api/v1/ask", json={"question": REPEATED})
    shared.assistant().caught_up().ask("recette tarte pommes")  # as the page does
    client.post("/api/v1/ask", json={"question": "?"})
    told = client.get("/metrics").text
    for line in (
        "recueil_questions_total 2.0",
        'recueil_refusals_total{reason="nothing-answers"} 1.0',
        "recueil_answer_seconds_count 2.0",
        'recueil_answer_seconds_bucket{le="+Inf"} 2.0',
        f'recueil_build_info{{build="{small.build}"}} 1.0',
        "recueil_ready 1.0",
    ):
        assert line in told.splitlines()
    assert "recueil_build_age_seconds" in told
    assert "standard" not in told and "tarte" not in told


def test_an_answer_before_the_api_is_made_is_counted(
    index_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searcher, "open_encoder", lambda *_: HashEncoder())
    shared = Shared(Settings(home=index_root.parent))
    client = served(shared)
    assert client.get("/").text == "page"
    shared.assistant().ask(REPEATED)  # as the page does
    assert "recueil_questions_total 1.0" in client.get("/metrics").text.splitlines()


def test_who_asks_first_together_gets_one_api() -> None:
    made: list[PlainTextResponse] = []
    together = threading.Barrier(4)

    def make() -> PlainTextResponse:
        made.append(PlainTextResponse("made"))
        return made[-1]

    late = Late(make)

    def ask(_: int) -> str:
        together.wait(PATIENCE)
        return TestClient(late).get("/").text

    with ThreadPoolExecutor(4) as threads:
        assert [*threads.map(ask, range(4))] == ["made"] * 4
    assert len(made) == 1


def test_the_page_waits_for_none_of_what_the_api_is_made_of(index_root: Path) -> None:
    code = (
        "import sys\n"
        "from recueil_qa import maintenance, shared\n"
        "from recueil_qa.api import access, application, server\n"
        "from recueil_qa.mcp.door import HttpDoor\n"
        "from recueil_qa.settings import load_settings\n"
        "settings = load_settings()\n"
        "maintenance.current_build(settings)\n"
        "application.doors(shared.Shared(settings), access.access_of(settings))\n"
        "print(sorted({'fastapi', 'mcp', 'numpy', 'prometheus_client'} & {*sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False,
        timeout=PATIENCE, env=os.environ | {"RECUEIL_HOME": str(index_root.parent)},
    )  # fmt: skip
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_the_schema_tells_what_is_sent(small: Assistant) -> None:
    told = create_app(Shared(small.settings, small)).openapi()
    assert told["openapi"].startswith("3.1")
    assert {(method, path) for path, each in told["paths"].items() for method in each} == {
        ("post", "/api/v1/ask"), ("post", "/api/v1/search"), ("get", "/api/v1/practices"),
        ("get", "/api/v1/practices/{practice}"), ("get", "/api/v1/practices/{practice}/similar"),
        ("get", "/api/v1/facets"), ("get", "/api/v1/builds/current"), ("post", "/api/v1/feedback"),
        ("get", "/api/v1/feedback"), ("post", "/api/v1/builds"), ("get", "/api/v1/builds/rebuild"),
    }  # fmt: skip
    schemas = told["components"]["schemas"]
    assert "HTTPValidationError" not in json.dumps(told)
    assert {*schemas["Facets"]["properties"]} == {*FACETS, "facet"}
    client = served(Shared(small.settings, small))
    answer = client.post("/api/v1/ask", json={"question": REPEATED}).json()
    assert {*schemas["AnswerJson"]["properties"]} == answer.keys()
    assert {*schemas["Card"]["properties"]} == answer["cards"][0].keys()
    problem = client.post("/api/v1/ask", json={}).json()
    assert {*schemas["Problem"]["properties"]} == problem.keys()
    assert client.get("/api/v1/openapi.json").json() == told
    for path in told["paths"].values():
        for operation in path.values():
            assert "application/problem+json" in operation["responses"]["default"]["content"]


def test_the_api_alone_needs_no_streamlit() -> None:
    code = (
        "import sys; sys.modules['streamlit'] = None\n"
        "from recueil_qa.api import app; print(app.title)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=PATIENCE
    )
    assert done.stdout == "recueil-qa\n"


def test_a_server_of_asgi_finds_the_api_of_the_settings(
    small: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    import recueil_qa.api

    monkeypatch.setenv("RECUEIL_HOME", str(small.settings.home))
    made = recueil_qa.api.app
    try:
        assert recueil_qa.api.app is made
        assert TestClient(made, base_url="http://127.0.0.1").get("/livez").status_code == 200
    finally:
        del recueil_qa.api.app


def test_an_unknown_name_is_an_attribute_error() -> None:
    import recueil_qa.api

    with pytest.raises(AttributeError, match="no attribute 'application_'"):
        recueil_qa.api.application_  # noqa: B018


def test_settings_are_shared_by_the_doors(small: Assistant) -> None:
    other = Settings(home=small.settings.home, language="en")
    client = served(Shared(other, small))
    assert client.post("/api/v1/ask", json={"question": "?"}).json()["title"].startswith("This")
