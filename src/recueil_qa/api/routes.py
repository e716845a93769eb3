"""The routes of `/api/v1`. Questions come by POST only: addresses stand in many logs."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from recueil_qa import wire
from recueil_qa.access.identity import note
from recueil_qa.api.desk import Desk, known
from recueil_qa.api.problems import Refusal
from recueil_qa.api.readings import Readings
from recueil_qa.api.requests import Asked, AskedAnswer, Browsed, Counted, Judged, Top
from recueil_qa.messages import Text
from recueil_qa.types import (
    EVERYTHING,
    PRACTICES,
    Answer,
    Filters,
    Neighbour,
    Practice,
    PracticeHit,
)

if TYPE_CHECKING:
    from recueil_qa.assistant import Assistant
    from recueil_qa.search.searcher import Searcher

PREFIX = "/api/v1"
_NO_READER = Text(
    "posez la question sans « reader », ou réglez RECUEIL_READER sur le serveur",
    "ask without 'reader', or set RECUEIL_READER on the server",
)
Identifier = Annotated[
    str, Path(min_length=1, max_length=200, description="An id, or the end of it: `p23`.")
]


class BuildJson(BaseModel):
    """The build that serves."""

    build: str
    built: datetime
    encoder: str
    practices: int
    collections: list[CollectionJson]


class CollectionJson(BaseModel):
    """One of its collections."""

    id: str
    title: str
    language: str
    publisher: str
    date: str


def _of(kind: Any, told: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"model": kind, "description": told}}


def router(desk: Desk) -> APIRouter:
    """Return the routes, which ask one desk."""
    made = APIRouter(prefix=PREFIX)
    contacts = desk.shared.settings.contacts
    _add_questions(made, desk, contacts)
    _add_practices(made, desk, contacts)
    _add_builds(made, desk)
    _add_feedback(made, desk)
    return made


def _add_questions(made: APIRouter, desk: Desk, contacts: bool) -> None:
    readings = Readings(desk.shared.settings)

    def answered(assistant: Assistant, asked: AskedAnswer) -> tuple[Answer, Filters]:
        filters = known(assistant, asked.filters.filters)
        top = asked.top or PRACTICES
        answer = assistant.ask(asked.question, top=top, filters=filters, as_typed=asked.as_typed)
        return answer, filters

    def tell(answer: Answer) -> bytes:
        return wire.to_bytes(answer, contacts)

    @made.post("/ask", responses=_of(wire.AnswerJson, "An answer, or `answered: false` and why."))
    async def ask(asked: AskedAnswer) -> Response:
        """Answer a question with practices and quoted advice, or say that nothing answers."""
        if not asked.reader:
            return await desk.answer(lambda assistant: tell(answered(assistant, asked)[0]))
        if not readings.is_set:
            raise Refusal(409, "no-reader", _NO_READER)

        def first(assistant: Assistant) -> tuple[Searcher, Answer, Filters]:
            return assistant.now(), *answered(assistant, asked)

        searcher, answer, filters = await desk.run(first)
        body = await readings.told(searcher, answer, asked, filters, tell)
        return desk.told(searcher.build, body)

    @made.post("/search", responses=_of(tuple[PracticeHit, ...], "Practices, best first."))
    async def search(asked: Asked) -> Response:
        """Find practices, each with the passages and words that made it a hit."""
        note(characters=len(asked.question))

        def work(assistant: Assistant) -> bytes:
            filters = known(assistant, asked.filters.filters)
            found = assistant.search(asked.question, top=asked.top, filters=filters)
            return wire.to_bytes(found, contacts)

        return await desk.answer(work)


def _add_practices(made: APIRouter, desk: Desk, contacts: bool) -> None:
    @made.get("/practices", responses=_of(tuple[Practice, ...], "Some, in the index's order."))
    async def list_practices(request: Request, asked: Annotated[Browsed, Query()]) -> Response:
        """List the practices; `X-Total-Count` says how many pass the filters."""

        def passing(assistant: Assistant) -> tuple[Practice, ...]:
            filters = known(assistant, asked.filters)
            return assistant.catalogue.matching(filters if filters else EVERYTHING)

        def work(assistant: Assistant) -> bytes:
            found = passing(assistant)[asked.offset : asked.offset + asked.limit]
            return wire.to_bytes(found, contacts)

        return await desk.read(request, work, lambda assistant: len(passing(assistant)))

    @made.get("/practices/{practice}", responses=_of(Practice, "The practice."))
    async def show_practice(request: Request, practice: Identifier) -> Response:
        """Return one practice, whole."""

        def work(assistant: Assistant) -> bytes:
            return wire.to_bytes(assistant.practice(practice), contacts)

        return await desk.read(request, work)

    @made.get(
        "/practices/{practice}/similar",
        responses=_of(tuple[Neighbour, ...], "Its neighbours, nearest first."),
    )
    async def similar(request: Request, practice: Identifier, top: Top = 5) -> Response:
        """List the practices nearest to one, with the reason."""

        def work(assistant: Assistant) -> bytes:
            return wire.to_bytes(assistant.similar(practice, top), contacts)

        return await desk.read(request, work)

    @made.get("/facets", responses=_of(dict[str, dict[str, int]], "Facet, value, practices."))
    async def list_facets(request: Request, asked: Annotated[Counted, Query()]) -> Response:
        """Count the practices by the values of each facet, under the filters of the others."""

        def work(assistant: Assistant) -> bytes:
            filters = known(assistant, asked.filters)
            found = assistant.facets(filters, asked.text)
            return json.dumps(found, ensure_ascii=False).encode()

        return await desk.read(request, work)


def _add_builds(made: APIRouter, desk: Desk) -> None:
    @made.get("/builds/current", responses=_of(BuildJson, "The build that serves."))
    async def current_build(request: Request) -> Response:
        """Say which build of the index answers, and what it was made from."""

        def work(assistant: Assistant) -> bytes:
            listed = [
                CollectionJson(
                    id=info.id,
                    title=info.title,
                    language=info.language,
                    publisher=info.publisher,
                    date=info.date,
                )
                for info in assistant.collections
            ]
            told = BuildJson(
                build=assistant.build,
                built=datetime.fromisoformat(assistant.built),
                encoder=assistant.manifest.encoder,
                practices=len(assistant.catalogue.practices),
                collections=listed,
            )
            return told.model_dump_json().encode()

        return await desk.read(request, work)


def _add_feedback(made: APIRouter, desk: Desk) -> None:
    @made.post("/feedback", status_code=204, response_class=Response)
    async def give_feedback(judged: Judged) -> Response:
        """Keep what somebody thinks of an answer; nothing is kept of who."""
        note(verdict=judged.verdict)
        if not desk.shared.settings.feedback:
            why = Text("RECUEIL_FEEDBACK les refuse", "RECUEIL_FEEDBACK refuses it")
            raise Refusal(403, "feedback-off", why)

        def work(assistant: Assistant) -> bytes:
            from recueil_qa.evaluation.feedback import Feedback

            feedback = Feedback(
                judged.question,
                judged.verdict,
                target=judged.target,
                comment=judged.comment,
                language=judged.language,
                build=judged.build or assistant.build,
                answered=judged.answered,
                shown=tuple(judged.shown),
            )
            assistant.give_feedback(feedback)
            return b""

        return await desk.answer(work, 204)
