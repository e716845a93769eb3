"""The application: `create_app` makes the API; `doors` puts it beside a page, `standalone` alone.

Protect (hosts, headers)  →  what access asks for  →  Bounds  →  routes

Beside a page it is made for its first request, or before the first answer: the page's first byte
does not wait for it. So what it is made of is imported where it is made.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from anyio import to_thread
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

from recueil_qa.api import manual
from recueil_qa.api.access import Access, access_of
from recueil_qa.api.headers import LOOPBACK, Protect
from recueil_qa.shared import Shared

if TYPE_CHECKING:
    from fastapi import FastAPI
    from fastapi.routing import APIRoute

DESCRIPTION = (
    "Questions in plain words, French or English, answered with practices and their advice, "
    "quoted word for word; or `answered: false`, with the reason and what comes nearest."
)
OWN = ("/api", "/livez", "/readyz", "/metrics")
_PROBLEM = {"$ref": "#/components/schemas/Problem"}


@dataclass(frozen=True, slots=True)
class Doors:
    """What a server that has a page of its own puts before it."""

    routes: Sequence[BaseRoute]
    middleware: Sequence[Middleware]


class Late:
    """An application that is made when it is asked for, once."""

    def __init__(self, make: Callable[[], ASGIApp]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._app: ASGIApp | None = None

    def made(self) -> ASGIApp:
        """Return it; whoever comes meanwhile waits."""
        with self._lock:
            if self._app is None:
                self._app = self._make()
            return self._app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app
        if app is None:
            app = await to_thread.run_sync(self.made)
        await app(scope, receive, send)


class Below(BaseRoute):
    """A whole application at the addresses that it knows itself, these and below."""

    def __init__(self, app: ASGIApp, paths: Iterable[str]) -> None:
        self._app, self._paths = app, tuple(paths)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] == "http" and any(
            scope["path"] == path or scope["path"].startswith(f"{path}/") for path in self._paths
        ):
            return Match.FULL, {}
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


def create_app(shared: Shared) -> FastAPI:
    """Return the API over what is shared, without what protects it from outside."""
    from fastapi import FastAPI

    from recueil_qa.api import health, problems, routes, upkeep
    from recueil_qa.api.bounds import Bounds
    from recueil_qa.api.desk import Desk

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        shared.begin()
        yield

    language = shared.settings.language
    app = FastAPI(
        title="recueil-qa",
        version=version("recueil-qa"),
        description=DESCRIPTION,
        openapi_url=f"{routes.PREFIX}/openapi.json",
        docs_url=None,  # these load scripts from elsewhere
        redoc_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
        generate_unique_id_function=_name,
    )
    app.add_middleware(Bounds, language=language)
    problems.add_handlers(app, language)
    app.include_router(routes.router(Desk(shared)))
    app.include_router(upkeep.router(shared, routes.PREFIX))
    app.include_router(health.router(shared, health.Metrics(shared)))

    def openapi() -> dict[str, Any]:
        app.openapi_schema = app.openapi_schema or _schema(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
    return app


def doors(shared: Shared, access: Access | None = None) -> Doors:
    """Return the routes and the middleware of a server that shows a page as well."""
    own = [*access.routes] if access else []
    own += [Below(manual.pages(shared.settings), (manual.PATH,))]
    api = Late(lambda: create_app(shared))
    shared.prepare(api.made)  # it counts every answer
    return Doors([*own, Below(api, OWN)], _middleware(shared, access))


def standalone(shared: Shared) -> FastAPI:
    """Return the API to be served alone, by uvicorn or another server."""
    access = access_of(shared.settings)
    app = create_app(shared)
    for each in reversed(_middleware(shared, access)):
        app.add_middleware(each.cls, *each.args, **each.kwargs)
    return app


def _middleware(shared: Shared, access: Access | None) -> list[Middleware]:
    hosts = access.hosts if access else LOOPBACK
    protect = Middleware(Protect, language=shared.settings.language, hosts=hosts)
    return [protect, *(access.middleware if access else ())]


def _name(route: APIRoute) -> str:
    return route.name


def _schema(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document; problems are told as such, validation included."""
    from fastapi.openapi.utils import get_openapi

    from recueil_qa.api import problems

    found = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    told = {"description": "A problem.", "content": {problems.MEDIA_TYPE: {"schema": _PROBLEM}}}
    for path in found["paths"].values():
        for operation in path.values():
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = told
    schemas = found["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    problem = problems.Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= problem.pop("$defs") | {"Problem": problem}
    return found
