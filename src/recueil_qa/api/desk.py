"""Where requests meet the assistant: in few threads, on one build each, which the answer names."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.metadata import version
from typing import TYPE_CHECKING, TypeVar

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import Response

from recueil_qa.access.identity import note
from recueil_qa.api.problems import Refusal
from recueil_qa.errors import NotFoundError
from recueil_qa.shared import Shared
from recueil_qa.types import Filters

if TYPE_CHECKING:
    from recueil_qa.assistant import Assistant

JSON = "application/json"
BUILD = "X-Recueil-Build"
# The encoder takes the cores; more threads than these only wait for one another.
RUNNING = max(2, os.cpu_count() or 1)

Work = Callable[["Assistant"], bytes]
T = TypeVar("T")


class Desk:
    """Runs the work of requests on what is shared."""

    def __init__(self, shared: Shared) -> None:
        self.shared = shared
        self._threads = CapacityLimiter(RUNNING)
        self._release = version("recueil-qa")

    async def run(self, work: Callable[[Assistant], T]) -> T:
        """Return what work makes of the build that serves now. Raises what it raises."""
        return await to_thread.run_sync(lambda: work(self._now()), limiter=self._threads)

    async def answer(self, work: Work, status: int = 200, media_type: str = JSON) -> Response:
        """Answer with what work makes of the build that serves now. Raises what it raises."""
        build, body = await self.run(lambda assistant: (assistant.build, work(assistant)))
        return self.told(build, body, status, media_type)

    def told(self, build: str, body: bytes, status: int = 200, media_type: str = JSON) -> Response:
        """Return the answer that a build gave."""
        note(build=build)
        headers = {BUILD: build, "Cache-Control": "no-store"}
        return Response(body, status, headers, media_type)

    async def read(
        self,
        request: Request,
        work: Work,
        count: Callable[[Assistant], int] | None = None,
    ) -> Response:
        """Return it to who has not read it before: nothing of a build changes.

        `count` says how many there are in all, where only some are listed.
        """
        asked = request.headers.get("if-none-match", "")

        def made() -> tuple[str, str, bytes | None, int | None]:
            assistant = self._now()
            tag = self._tag(assistant)
            known = asked.strip() == "*" or tag in (each.strip() for each in asked.split(","))
            total = count(assistant) if count else None
            return assistant.build, tag, None if known else work(assistant), total

        build, tag, body, total = await to_thread.run_sync(made, limiter=self._threads)
        note(build=build)
        headers = {BUILD: build, "ETag": tag, "Cache-Control": "no-cache"}
        if total is not None:
            headers["X-Total-Count"] = str(total)
        if body is None:
            return Response(status_code=304, headers=headers)
        return Response(body, 200, headers, JSON)

    def _now(self) -> Assistant:
        return self.shared.assistant().latest()

    def _tag(self, assistant: Assistant) -> str:
        """Name all that a reading depends on: the build, this release, whether contacts show."""
        shown = "c" if assistant.settings.contacts else ""
        return f'W/"{assistant.build}.{self._release}{shown}"'


def known(assistant: Assistant, filters: Filters) -> Filters:
    """Return filters with their values as the collections write them.

    Raises:
        Refusal: a value is unknown.
    """
    try:
        return assistant.catalogue.known(filters)
    except NotFoundError as error:
        raise Refusal(422, "unknown-value", error.message) from error
