"""A search's answer, read by a language model: its order, its lines, its verdict; our words.

Whatever goes wrong, the search's answer stands, with one line that says so.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from itertools import takewhile
from typing import Protocol

from recueil_qa.errors import ReaderError
from recueil_qa.messages import Text
from recueil_qa.reader import cache, prompt, replies, said
from recueil_qa.reader.cards import card, cited_by_id
from recueil_qa.search.answers import SURE
from recueil_qa.search.searcher import REFUSED, Searcher
from recueil_qa.settings import Settings
from recueil_qa.types import Answer, Band, Filters, PracticeHit, Reading

_BANDS = {"answers": Band.ANSWERS, "partly": Band.LEADS, "nothing": Band.NOTHING}


# What the search says where it is unsure, of an order that the model has changed.
_DOUBTS = ("negation", "no-fact")


class Model(Protocol):
    """What is asked: `client.Client`, or a test's stand-in."""

    def complete(self, messages: list[dict[str, str]], schema: dict[str, object]) -> str:
        """Return what the model writes. Raises ReaderError."""


class Reader:
    """Reads answers by the model that the settings name; may be shared between threads."""

    def __init__(self, settings: Settings, model: Model | None = None) -> None:
        """Take the settings, and what to ask in the place of their server, if that is given.

        Raises:
            ReaderError: no reader is set, or the library that it needs is not installed.
        """
        self._settings = settings
        self._kept = cache.replies_in(settings.index) if settings.reader_cache else None
        self._model = model or client_of(settings)

    def read(
        self,
        searcher: Searcher,
        first: Answer,
        question: str,
        *,
        filters: Filters | None = None,
        as_typed: bool = False,
        send: bool = True,
        told: Callable[[ReaderError], None] | None = None,
    ) -> Answer:
        """Return the search's `first` answer to a question as the model reads it.

        Where it can't be read, the same with `reader.notice`, and `told` of why. What was asked for
        word for word, or is no question, is not read; nor, without `send`, what no reply is kept
        of. Raises as `Searcher.ask`.
        """
        if not is_to_read(first) or not (send or self._has_kept()):
            return first
        most = max(prompt.FEW, self._settings.reader_practices, len(first.hits))
        near = searcher.ask(question, top=most, filters=filters, as_typed=as_typed).hits
        found = [hit.practice for hit in near]
        practices = prompt.to_offer(found, self._settings.reader_practices)
        offered = prompt.offer(searcher.index, practices)
        started = time.perf_counter()
        reading = Reading(self._settings.reader_model)
        try:
            replied = self._reply(searcher.build, first, offered, send=send)
            if replied is None:
                return first
            reply, cached = replied
            kept = replies.kept(reply, offered)
            if reply.verdict != "nothing" and not kept.pointings:
                raise said.unusable(
                    Text(
                        "le modèle ne nomme aucune des pratiques qu'on lui a lues",
                        "the model names none of the practices that it was given",
                    )
                )
        except ReaderError as error:
            if told:
                told(error)
            seconds = round(time.perf_counter() - started, 2)
            return replace(first, reader=replace(reading, seconds=seconds, notice=error.message))
        reading = replace(
            reading,
            seconds=0.0 if cached else round(time.perf_counter() - started, 2),
            dropped=kept.dropped,
            silenced=kept.silenced,
            used=True,
            cached=cached,
        )
        return _reordered(searcher, first, near, reply, kept, reading)

    def _has_kept(self) -> bool:
        return self._kept is not None and self._kept.path.exists()

    def _reply(
        self, build: str, first: Answer, offered: prompt.Offered, *, send: bool
    ) -> tuple[replies.Reply, bool] | None:
        """Return the model's reply, and whether it was kept from before; None if nothing is sent.

        Raises:
            ReaderError: there is none of use.
        """
        messages = prompt.messages(first.question, first.language, offered)
        key = cache.key_of(build, self._settings.reader_model, prompt.VERSION, messages)
        if self._kept and (text := self._kept.get(key)) is not None:
            try:
                return replies.parse(text), True
            except ReaderError:  # damaged: asked again
                pass
        if not send:
            return None
        reply = replies.parse(self._model.complete(messages, prompt.schema()))
        if self._kept:
            self._kept.put(key, reply.model_dump_json())
        return reply, False


def is_to_read(first: Answer) -> bool:
    """Return whether there is something to judge: not in what was asked for word for word."""
    return bool(first.hits) and REFUSED not in first.notices and first.confidence < SURE


def client_of(settings: Settings) -> Model:
    """Return the server that the settings name. Raises ReaderError as `Reader`."""
    if not settings.reader:
        raise ReaderError(
            "unset",
            Text("aucun lecteur n'est réglé", "no reader is set"),
            Text(
                "réglez RECUEIL_READER et RECUEIL_READER_MODEL",
                "set RECUEIL_READER and RECUEIL_READER_MODEL",
            ),
            lasting=True,
        )
    # Whoever has no reader waits for none of it.
    from recueil_qa.reader.client import Client

    return Client(settings)


def _reordered(
    searcher: Searcher,
    first: Answer,
    near: tuple[PracticeHit, ...],
    reply: replies.Reply,
    kept: replies.Kept,
    reading: Reading,
) -> Answer:
    """Return the search's answer in the model's order, which the search's completes."""
    index = searcher.index
    pointed = {each.practice: each for each in kept.pointings}
    by_id = {hit.practice.id: hit for hit in near}
    ordered = [by_id[name] for name in pointed]
    ordered += [hit for hit in near if hit.practice.id not in pointed]
    hits = [replace(hit, rank=rank) for rank, hit in enumerate(ordered[: len(first.hits)], 1)]
    lines = [line for each in kept.pointings for line in each.lines]
    known = {line.passage: line for line in first.advice}
    advice = (*cited_by_id(index, lines, known), *first.advice)
    read = replace(
        first,
        confidence=reply.probability,
        helps=max(reply.probability, first.helps),
        band=_BANDS[reply.verdict],
        hits=tuple(hits),
        advice=tuple({line.passage: line for line in advice}.values())[: len(first.advice)],
        answering=0,
        notices=tuple(each for each in first.notices if each not in _DOUBTS),
        reader=reading,
    )
    if read.band is Band.NOTHING:
        return replace(read, helps=reply.probability, cards=(), direct=None)
    found = {each.practice.id: each for each in first.cards}
    shown = [
        card(index, by_id[name].practice, rank, each.lines, found.get(name), each.why)
        for rank, (name, each) in enumerate(pointed.items(), 1)
    ]
    answering = len([*takewhile(lambda each: each.grade == 2, kept.pointings)])
    direct = first.direct if first.direct and first.direct.practice in pointed else None
    if read.band is Band.ANSWERS:
        read = replace(read, answering=max(answering, 1))
    return replace(read, cards=tuple(shown), direct=direct)
