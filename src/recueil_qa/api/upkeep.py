"""The maintainer's routes: a rebuild of the index, and what readers thought of answers."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Any, Literal

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from recueil_qa import maintenance, wire
from recueil_qa.access.rules import is_own_site
from recueil_qa.api.desk import JSON
from recueil_qa.api.problems import Refusal
from recueil_qa.errors import BusyError, CorpusError, FeedbackError, RecueilError
from recueil_qa.evaluation.feedback import Feedback, FeedbackStore
from recueil_qa.messages import Text
from recueil_qa.rebuilding import Rebuild
from recueil_qa.settings import Settings
from recueil_qa.shared import Shared

STATUS = "/builds/rebuild"
AT_ONCE = 2  # threads that read a file or a lock: none of them takes an encoder's place
PIECE = 100  # feedbacks in memory at a time: nobody who gives one waits for who exports
_NOT_KEPT = {"Cache-Control": "no-store"}
_OFF = Text("RECUEIL_REBUILD ne le permet pas", "RECUEIL_REBUILD does not allow it")
_OTHER_SITE = Text(
    "une page d'un autre site ne peut pas faire cela", "a page of another site can't do this"
)
_UNDER_WAY = Text("une construction est en cours ({})", "a build is under way ({})")
_HERE = Text("demandée à ce service", "asked of this service")
_UNREADABLE = Text(
    "les avis ne peuvent être lus ; le journal du serveur dit pourquoi",
    "the feedback can't be read; the server's log says why",
)


class RebuildJson(BaseModel):
    """The latest rebuild that this service was asked for, by the page or by a program."""

    state: Literal["none", "running", "done", "failed"]
    number: int = Field(description="Tells one from the next; 0: none since the service started.")
    done: int = Field(description="Passages that are encoded.")
    total: int = Field(description="Passages to encode; 0: not known yet.")
    built: bool = Field(description="Whether there was something to build.")
    build: str = Field(description="The build that came of it, or that was up to date.")
    reason: Literal["", "busy", "corpus-refused", "failed"] = Field(
        description="Why it failed; the server's log says it in full."
    )


class Exported(BaseModel):
    """Which feedback to return."""

    model_config = ConfigDict(extra="forbid")

    offset: int = Field(default=0, ge=0, le=10_000_000)
    limit: int = Field(default=1_000, ge=1, le=10_000)


def router(shared: Shared, prefix: str) -> APIRouter:
    """Return the routes, which who may comes to by the access rules."""
    made = APIRouter(prefix=prefix)
    threads = CapacityLimiter(AT_ONCE)
    _add_rebuild(made, shared, threads)
    _add_export(made, FeedbackStore(shared.settings.feedback_file), threads)
    return made


def _add_rebuild(made: APIRouter, shared: Shared, threads: CapacityLimiter) -> None:
    settings, job = shared.settings, shared.rebuild

    @made.post(
        "/builds",
        status_code=202,
        responses={202: {"model": RebuildJson, "description": "It is begun; `Location` tells."}},
    )
    async def rebuild_index(request: Request) -> Response:
        """Rebuild the index from the corpus, if it has changed; what serves does so meanwhile."""
        if not settings.rebuild:
            raise Refusal(403, "rebuild-off", _OFF)
        if not settings.access and not _is_ours(request):
            raise Refusal(403, "other-site", _OTHER_SITE)
        await to_thread.run_sync(_begin, job, settings, limiter=threads)
        headers = _NOT_KEPT | {"Location": f"{made.prefix}{STATUS}"}
        return JSONResponse(_told(job).model_dump(), 202, headers)

    @made.get(STATUS, responses={200: {"model": RebuildJson, "description": "How it stands."}})
    async def show_rebuild() -> Response:
        """Say how far the latest rebuild is, or how it ended."""
        return JSONResponse(_told(job).model_dump(), 200, _NOT_KEPT)


def _is_ours(request: Request) -> bool:
    """Return whether a program asks, or a page of this service; the guard sees to it elsewhere."""
    origin = request.headers.get("origin")
    return origin is None or is_own_site(request.headers.get("host", ""), origin)


def _begin(job: Rebuild, settings: Settings) -> None:
    """Start a rebuild. Raises Refusal where one is under way, here or in another process."""
    who = maintenance.builder(settings)
    # Nobody waits here as a page does: a program asks again when it likes.
    if who is None and job.start(settings, 0.0):
        return
    told = _UNDER_WAY.format(who.text if who else _HERE)
    raise Refusal(409, "rebuilding", told, {"Retry-After": "10"})


def _told(job: Rebuild) -> RebuildJson:
    outcome, (done, total) = job.outcome, job.progress
    reason: Any = _reason(outcome) if isinstance(outcome, RecueilError) else ""
    if outcome is None:
        state: Any = "running" if job.count else "none"
    else:
        state = "failed" if reason else "done"
    return RebuildJson(
        state=state,
        number=job.count,
        done=done,
        total=total,
        built=outcome is True,
        build=job.build,
        reason=reason,
    )


def _reason(error: RecueilError) -> str:
    if isinstance(error, BusyError):
        return "busy"
    return "corpus-refused" if isinstance(error, CorpusError) else "failed"


def _add_export(made: APIRouter, store: FeedbackStore, threads: CapacityLimiter) -> None:
    @made.get(
        "/feedback",
        responses={200: {"model": tuple[Feedback, ...], "description": "In the order given."}},
    )
    async def export_feedback(asked: Annotated[Exported, Query()]) -> Response:
        """Return what readers thought of answers; `X-Total-Count` says how much is kept."""

        def begin() -> tuple[int, list[tuple[int, Feedback]]]:
            most = min(asked.limit, PIECE)
            return store.count(), [*store.some(most, offset=asked.offset)]

        try:
            count, rows = await to_thread.run_sync(begin, limiter=threads)
        except FeedbackError as error:
            logging.getLogger(__name__).error("nothing is exported: %s", error)
            raise Refusal(503, "not-serving", _UNREADABLE) from error
        headers = _NOT_KEPT | {"X-Total-Count": str(count)}
        return StreamingResponse(pieces(rows, asked.limit), 200, headers, JSON)

    async def pieces(rows: list[tuple[int, Feedback]], limit: int) -> AsyncIterator[bytes]:
        """Write one array, a piece at a time. A file that breaks meanwhile cuts it short."""
        opened = False
        while rows:
            yield (b"," if opened else b"[") + _json(rows)
            opened = True
            limit -= len(rows)
            more = partial(store.some, min(limit, PIECE), after=rows[-1][0])
            rows = [*await to_thread.run_sync(more, limiter=threads)] if limit > 0 else []
        yield b"]" if opened else b"[]"


def _json(rows: list[tuple[int, Feedback]]) -> bytes:
    """Return feedback as the inside of an array."""
    told: Any = tuple(feedback for _, feedback in rows)
    return wire.to_bytes(told, contacts=False)[1:-1]
