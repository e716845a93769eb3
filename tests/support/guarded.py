"""A service that asks who asks: all doors over `petit`, with a page that tells what it is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket

from recueil_qa import Assistant
from recueil_qa.access.keys import KeyFile
from recueil_qa.api.access import access_of
from recueil_qa.api.application import doors
from recueil_qa.mcp.door import HttpDoor
from recueil_qa.settings import Settings
from recueil_qa.shared import Shared

HOST = "recueil.exemple.fr"
PROXY, STRANGER = "10.1.0.5", "203.0.113.9"
MAINTAINER, READER = "chef@exemple.fr", "agent@exemple.fr"
REPEATED = "les appels répétés au guichet"


async def page(request: Request) -> Response:
    """Tell what a page is told of who visits."""
    told = {name: value for name, value in request.headers.items() if name.startswith("x-")}
    return JSONResponse({"told": told, "scheme": request.url.scheme})


async def socket(visit: WebSocket) -> None:
    await visit.accept()
    await visit.send_json({n: v for n, v in visit.headers.items() if n.startswith("x-")})
    async for _ in visit.iter_text():
        await visit.send_text("still")


def settings_of(home: Path, small: Assistant, **given: Any) -> Settings:
    """Return the settings of a service in a home of its own, over the index of `petit`."""
    own: dict[str, Any] = {
        "access_hosts": HOST, "access_proxies": "10.1.0.0/24", "access_maintainers": MAINTAINER,
        "audit": "audit.jsonl", "feedback_file": "feedback.sqlite3",
    }  # fmt: skip
    places = {"corpus": small.settings.corpus, "index": small.settings.index}
    return Settings(home=home, **(own | places | given))


@contextmanager
def service(
    small: Assistant, settings: Settings, peer: str = STRANGER, scheme: str = "https"
) -> Iterator[TestClient]:
    """Serve, called from an address by the name of the service."""
    shared = Shared(settings, small)
    access = access_of(settings)
    made = doors(shared, access)
    tools = HttpDoor(shared, f"https://{HOST}", access.hosts if access else ())
    app = Starlette(
        routes=[
            *made.routes, *tools.routes,
            WebSocketRoute("/_stcore/stream", socket),
            Route("/{rest:path}", page, methods=["GET", "POST", "PUT", "DELETE"]),
        ],
        middleware=[*made.middleware],
        lifespan=tools.lifespan,
    )  # fmt: skip
    base = f"{scheme}://{HOST}"
    with TestClient(app, base_url=base, client=(peer, 4321), follow_redirects=False) as client:
        yield client


def make_key(settings: Settings, *scopes: Any, name: str = "essai", days: int | None = 1) -> str:
    """Return the secret of a new key."""
    return KeyFile(settings.access_keys).create(name, scopes or ("read",), days)[1]


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def told_by_proxy(name: str, **more: str) -> dict[str, str]:
    """Return what a proxy sends with a request of somebody who signed on."""
    return {"X-Forwarded-Email": name, "X-Forwarded-For": STRANGER,
            "X-Forwarded-Proto": "https"} | more  # fmt: skip


def logged(settings: Settings) -> list[dict[str, Any]]:
    """Return the lines of the audit log."""
    assert settings.audit is not None
    if not settings.audit.exists():
        return []
    return [json.loads(line) for line in settings.audit.read_text().splitlines()]
