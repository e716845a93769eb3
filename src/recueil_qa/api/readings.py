"""Answers that a language model reads: each waits in a thread of its own, so many at once.

What answers other questions meanwhile is not held up, and a server that ends does not wait for a
model.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from dataclasses import replace
from typing import TYPE_CHECKING

from recueil_qa.api.requests import AskedAnswer
from recueil_qa.errors import RecueilError
from recueil_qa.messages import Text
from recueil_qa.settings import Settings
from recueil_qa.types import Answer, Filters, Reading

if TYPE_CHECKING:
    from recueil_qa.reader.reading import Reader
    from recueil_qa.search.searcher import Searcher

AT_ONCE = 16  # as the page allows
_FULL = Text("trop de questions sont en cours de lecture", "too many questions are being read")
_UNEXPECTED = Text("une erreur inattendue est survenue", "an unexpected error happened")

Tell = Callable[[Answer], bytes]


class Readings:
    """Has answers read by the model that the settings name."""

    def __init__(self, settings: Settings, at_once: int = AT_ONCE) -> None:
        self._settings = settings
        self._room = threading.BoundedSemaphore(at_once)
        self._making = threading.Lock()
        self._reader: Reader | None = None

    @property
    def is_set(self) -> bool:
        """Whether there is a model."""
        return bool(self._settings.reader)

    async def told(
        self, searcher: Searcher, first: Answer, asked: AskedAnswer, filters: Filters, tell: Tell
    ) -> bytes:
        """Return what `tell` makes of an answer as it is read; unread, it says why."""
        # Whoever has no reader waits for none of it.
        from recueil_qa.reader.reading import is_to_read

        if not is_to_read(first):
            return tell(first)
        if not self._room.acquire(blocking=False):
            return tell(self._unread(first, _FULL))
        return await _apart(lambda: tell(self._read(searcher, first, asked, filters)), self._room)

    def _read(
        self, searcher: Searcher, first: Answer, asked: AskedAnswer, filters: Filters
    ) -> Answer:
        log = logging.getLogger(__name__)
        try:
            return self._own_reader().read(
                searcher,
                first,
                asked.question,
                filters=filters,
                as_typed=asked.as_typed,
                told=lambda error: log.warning("not read: %s", error),
            )
        except RecueilError as error:
            log.warning("not read: %s", error)
            return self._unread(first, error.message)
        except Exception:
            log.exception("unexpected error")
            return self._unread(first, _UNEXPECTED)

    def _own_reader(self) -> Reader:
        from recueil_qa.reader.reading import Reader

        with self._making:
            if self._reader is None:
                self._reader = Reader(self._settings)
            return self._reader

    def _unread(self, first: Answer, why: Text) -> Answer:
        return replace(first, reader=Reading(self._settings.reader_model, notice=why))


async def _apart(work: Callable[[], bytes], room: threading.BoundedSemaphore) -> bytes:
    """Return what work makes in a thread that nothing has to wait for; then leave the room."""
    loop = asyncio.get_running_loop()
    made: asyncio.Future[bytes] = loop.create_future()

    def set_once(found: bytes | Exception) -> None:
        if made.done():  # whoever waited is gone
            return
        if isinstance(found, bytes):
            made.set_result(found)
        else:
            made.set_exception(found)

    def run() -> None:
        try:
            found: bytes | Exception = work()
        except Exception as error:  # told to who waits
            found = error
        finally:
            room.release()
        with suppress(RuntimeError):  # the server has ended
            loop.call_soon_threadsafe(set_once, found)

    context = copy_context()
    try:
        threading.Thread(target=context.run, args=(run,), name="reader", daemon=True).start()
    except RuntimeError:
        room.release()
        raise
    return await made
