"""A language model's reading of this visit's questions, in the background; only where one is set.

A question is sent once in a visit, and only if somebody asked it here: an address that was opened
(a link, a bookmark) shows what is kept from before, and sends nothing by itself.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from dataclasses import dataclass, replace

import streamlit as st

from recueil_app.page import Page
from recueil_app.texts import sentences
from recueil_qa import Answer
from recueil_qa.errors import RecueilError
from recueil_qa.messages import Text
from recueil_qa.types import Reading

AT_ONCE = 16  # questions that all visits have read at one time
REMEMBERED = 20  # questions that a visit comes back to without sending them again
SWITCH = "reader-on"

_room = threading.BoundedSemaphore(AT_ONCE)


@dataclass(eq=False)
class Task:
    """One question and its `first` answer; what the model made of it is `found`.

    `found.reader` has the notice of why where it isn't read. `taken`: its answer is shown.
    """

    first: Answer
    sent: bool = False
    found: Answer | None = None
    taken: bool = False

    @property
    def is_pending(self) -> bool:
        """Whether a reply is waited for."""
        return self.sent and self.found is None

    @property
    def reading(self) -> Reading | None:
        """What came of it."""
        return self.found.reader if self.found else None

    @property
    def is_read(self) -> bool:
        return bool(self.reading and self.reading.used)

    @property
    def answer(self) -> Answer:
        """The answer to show."""
        return self.found if self.found and self.taken and self.is_read else self.first


def is_on() -> bool:
    """Return whether this visit lets its questions be sent."""
    return not st.session_state.get("reader-off", False)


def turn() -> None:
    """Take what the switch says: for callbacks. It outlives the views that don't show it."""
    st.session_state["reader-off"] = not st.session_state[SWITCH]


def asked_here(question: str) -> None:
    """Note that somebody asks a question in this visit: for callbacks."""
    asked = [each for each in st.session_state.get("asked-here", ()) if each != _mark(question)]
    st.session_state["asked-here"] = (*asked, _mark(question))[-REMEMBERED:]


def task_of(page: Page, first: Answer) -> Task | None:
    """Return the reading of an answer, begun if it is to be; None where there is nothing to read.

    What is kept from before is there at once.
    """
    if not is_on() or not page.assistant.is_to_read(first):
        return None
    route = page.route
    tasks: dict[object, Task] = st.session_state.setdefault("reader-tasks", {})
    key = (page.assistant.build, route.question, route.as_typed, route.filters)
    if key not in tasks:
        tasks[key] = _begun(page, first)
        for old in [*tasks][:-REMEMBERED]:
            del tasks[old]
    return tasks[key]


def send(page: Page, task: Task) -> None:
    """Have a question read that isn't yet, or was not; once, however often it is clicked."""
    if task.is_pending or task.is_read:
        return
    task.sent, task.found = True, None
    if not _room.acquire(blocking=False):
        task.found = _unread(page, task.first, sentences()["reading_full"])
        return
    # A thread of its own, which no page waits for: whoever leaves disturbs nobody, and what comes
    # is kept for the next.
    threading.Thread(target=_read, args=(page, task), name="reader", daemon=True).start()


def _begun(page: Page, first: Answer) -> Task:
    task = Task(first)
    kept = _asked(page, first, sending=False)
    if kept.reader:
        task.found = kept
        task.taken = task.is_read
    elif _mark(page.route.question) in st.session_state.get("asked-here", ()):
        send(page, task)
    return task


def _read(page: Page, task: Task) -> None:
    try:
        task.found = _asked(page, task.first, sending=True)
    finally:
        _room.release()


def _asked(page: Page, first: Answer, *, sending: bool) -> Answer:
    """Return an answer as the model reads it; whatever goes wrong, the same with a notice.

    Whoever asks is told what, and the server's log how it is mended.
    """
    route, faults, log = page.route, list[RecueilError](), logging.getLogger("recueil_qa.app")
    try:
        answer = page.assistant.read(
            first,
            route.question,
            filters=route.filters,
            as_typed=bool(route.as_typed),
            send=sending,
            told=faults.append,
        )
    except RecueilError as error:
        faults.append(error)
    except Exception:
        log.exception("unexpected error")
        return _unread(page, first, sentences()["reading_unexpected"])
    if not faults:
        return answer
    log.warning("not read: %s", faults[0])
    return _unread(page, first, faults[0].what)


def _unread(page: Page, first: Answer, why: Text) -> Answer:
    return replace(first, reader=Reading(page.assistant.settings.reader_model, notice=why))


def _mark(question: str) -> str:
    return hashlib.sha256(" ".join(question.split()).encode("utf-8", "replace")).hexdigest()
