"""What a language model replied: parsed strictly, and kept only as far as it was offered."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from recueil_qa.messages import Text
from recueil_qa.reader import said
from recueil_qa.reader.checks import fit_to_show
from recueil_qa.reader.prompt import POINTED, Offered

MOST_TRIED = 50  # braces that may open the object, in a reply that has prose around it
_THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
Form = TypeVar("Form", bound=BaseModel)
Short = Annotated[str, StringConstraints(max_length=400)]
Long = Annotated[str, StringConstraints(max_length=4_000)]


class Part(BaseModel):
    """What a model wrote, as strictly as it was asked for."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


class Pointed(Part):
    """A practice that a reply names, with the lines that it points at."""

    practice: Short
    grade: Literal[1, 2]
    lines: list[Short] = Field(max_length=200)
    why: Long = ""


class Reply(Part):
    """A reply, as the model is asked for it."""

    verdict: Literal["answers", "partly", "nothing"]
    probability: float = Field(ge=0, le=1, allow_inf_nan=False)
    practices: list[Pointed] = Field(max_length=200)


@dataclass(frozen=True, slots=True)
class Pointing:
    """One practice of a reply as it may be shown: passage ids that were offered, a sound reason."""

    practice: str
    grade: int
    lines: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What is left of a reply: its practices in its order, how many ids and reasons are not."""

    pointings: tuple[Pointing, ...]
    dropped: int
    silenced: int


def parse(text: str) -> Reply:
    """Read the reply out of what a model wrote. Raises as `parse_as`."""
    return parse_as(Reply, text)


def parse_as(form: type[Form], text: str) -> Form:
    """Read a reply of that form out of what a model wrote, which may have prose around it.

    Raises:
        ReaderError: there is no whole object of the form that was asked for.
    """
    found: Form | None = None
    for value in objects(text):
        try:
            found = form.model_validate(value)
        except (ValidationError, RecursionError):
            continue
    if found is None:
        raise said.unusable(
            Text(
                "le modèle n'a pas répondu dans la forme demandée",
                "the model did not reply in the form that was asked for",
            )
        )
    return found


def kept(reply: Reply, offered: Offered) -> Kept:
    """Keep of a reply what was offered, each practice and each line once."""
    pointings: dict[str, Pointing] = {}
    dropped = silenced = 0
    practices = {practice.id: practice for practice in offered.practices}
    for pointed in reply.practices:
        practice = practices.get(pointed.practice)
        if practice is None or practice.id in pointings or len(pointings) == POINTED:
            dropped += 1
            continue
        known = offered.lines[practice.id]
        # Full ids are taken as well as those that stand in the prompt.
        named = [
            line if line.startswith(f"{practice.id}/") else f"{practice.id}/{line}"
            for line in pointed.lines
        ]
        lines = tuple(dict.fromkeys(line for line in named if line in known))
        dropped += sum(line not in known for line in named)
        why = fit_to_show(pointed.why, practice, offered.practices)
        silenced += bool(pointed.why.strip()) and not why
        pointings[practice.id] = Pointing(practice.id, pointed.grade, lines, why)
    return Kept(tuple(pointings.values()), dropped, silenced)


def objects(text: str) -> Iterator[Any]:
    """Yield the JSON objects of what a model wrote, the outermost only; not of what it thought."""
    text = _THOUGHT.sub(" ", text)
    decoder = json.JSONDecoder()
    place = text.find("{")
    for _ in range(MOST_TRIED):
        if place < 0:
            return
        try:
            value, end = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            end = place + 1
        else:
            yield value
        place = text.find("{", end)
