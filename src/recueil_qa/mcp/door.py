"""`/mcp` of a server: streamable HTTP, nothing kept between requests.

The protocol's library takes longer to import than a page to be shown: the first client waits for
it, not whoever starts the server.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Any

from anyio import Lock, create_task_group, sleep_forever, to_thread
from anyio.abc import TaskGroup, TaskStatus
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from recueil_qa.shared import Shared

PATH = "/mcp"
BODY = 256 * 1024  # bytes of a request
_ONLY_POST = "This address takes messages by POST only.\n"


class HttpDoor:
    """The tools over HTTP, made for the first client; `lifespan` has to run meanwhile."""

    def __init__(self, shared: Shared, page: str, hosts: Collection[str]) -> None:
        """Answer who calls by one of the `hosts`, anybody where there are none.

        `page` is the address of the page that shows practices.
        """
        self._shared, self._page, self._hosts = shared, page, tuple(hosts)
        self._tasks: TaskGroup | None = None
        self._app: ASGIApp | None = None
        self._making: Lock | None = None
        self.routes = (Route(PATH, endpoint=self),)

    @asynccontextmanager
    async def lifespan(self, _: Any) -> AsyncIterator[None]:
        """Hold what runs for the clients, and end it last."""
        async with create_task_group() as tasks:
            self._tasks, self._making = tasks, Lock()
            yield
            tasks.cancel_scope.cancel()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._tasks is None or self._making is None:
            raise RuntimeError("the door's lifespan is not running")
        if scope["method"] != "POST":
            # A stream for what this server would say by itself: it says nothing, and ends none.
            await Response(_ONLY_POST, 405, {"Allow": "POST"}, "text/plain")(scope, receive, send)
            return
        async with self._making:
            if self._app is None:
                self._app = await self._tasks.start(self._run)
        await self._app(scope, receive, send)

    async def _run(self, *, task_status: TaskStatus[ASGIApp]) -> None:
        server, app = await to_thread.run_sync(self._make)
        async with server.session_manager.run():
            task_status.started(app)
            await sleep_forever()

    def _make(self) -> tuple[Any, ASGIApp]:
        from mcp.server.transport_security import TransportSecuritySettings

        from recueil_qa.mcp.tools import make_server

        server = make_server(self._shared, self._page)
        names = [*self._hosts, *(f"{host}:*" for host in self._hosts)]
        security = TransportSecuritySettings(
            enable_dns_rebinding_protection=bool(self._hosts),
            allowed_hosts=names,
            allowed_origins=[
                f"{scheme}://{name}" for name in names for scheme in ("http", "https")
            ],
        )
        app = server.streamable_http_app(
            streamable_http_path=PATH,
            stateless_http=True,
            json_response=True,
            max_request_body_size=BODY,
            transport_security=security,
        )
        return server, app
