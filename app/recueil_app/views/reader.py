"""What a language model makes of an answer, said above it; nothing where none is set.

An answer that is being read stays as it is: what the model found comes as a line whose room was
kept from the start, and takes the answer's place when it is asked to.
"""

from __future__ import annotations

import streamlit as st

from recueil_app import reading
from recueil_app.page import Page
from recueil_app.reading import Task
from recueil_app.render import html, label
from recueil_qa import Answer, Practice

POLL = 0.5  # seconds between two looks at whether the model has replied
LONG = " ".join(["mmmm"] * 14)  # as long as any reason of why it has not


def show_switch(page: Page) -> None:
    """Say where a question is sent, with the switch that keeps it here."""
    settings = page.assistant.settings
    if not settings.reader:
        return
    st.session_state[reading.SWITCH] = reading.is_on()
    where = (settings.reader_host, settings.reader_model)
    st.toggle(
        label(page.t["reading_switch"].format(*where)),
        key=reading.SWITCH,
        on_change=reading.turn,
    )


def show_reading(page: Page, task: Task) -> None:
    """Say how far a reading is, and look again by itself until it has ended."""
    follow = st.fragment(_follow, run_every=POLL if task.is_pending else None)
    follow(page, task, waited=task.is_pending)


def _follow(page: Page, task: Task, *, waited: bool) -> None:
    if waited and not task.is_pending:
        st.rerun()  # the whole page, once: it stops looking
    # `page.js` has what stands in it read out when it changes.
    with st.container(key="reading"):
        text, below, practice = _said(page, task)
        html(
            "reading",
            task=task,
            text=text,
            below=below,
            practice=practice,
            room=_longest(page),
            language=page.language(practice) if practice else "",
            href=page.route.href(practice=practice.id, line="") if practice else "",
        )
        _buttons(page, task)


def _said(page: Page, task: Task) -> tuple[str, str, Practice | None]:
    """Return what to say of a reading, what below that, or the practice that it puts first."""
    t, model = page.t, _name(page)
    if task.is_pending:
        return t["reading"].format(model), t["reading_first"], None
    if not task.found or not task.reading:
        return t["reading_unsent"].format(model), "", None
    if task.reading.notice:
        return t["reading_failed"].format(model, task.reading.notice.to(t.language)), "", None
    if task.taken:
        return t["reading_taken"].format(model), "", None
    return _found(page, task.first, task.found)


def _found(page: Page, first: Answer, found: Answer) -> tuple[str, str, Practice | None]:
    """Return what an answer that is not shown yet brings, beside the one that is."""
    t, model = page.t, _name(page)
    if found.abstained:
        return t["reading_nothing"].format(model), "", None
    best = found.cards[0].practice
    if [card.practice.id for card in first.cards[:1]] == [best.id]:
        return t["reading_same"].format(model), "", None
    return t["reading_other"].format(model), "", best


def _longest(page: Page) -> tuple[str, str]:
    """Return what takes most room of what is said: the first has one more line, a title, below."""
    model = _name(page)
    return page.t["reading_other"].format(model), page.t["reading_failed"].format(model, LONG)


def _name(page: Page) -> str:
    """Return the model's name without what stands before it, its publisher or a path."""
    whole = page.assistant.settings.reader_model
    return whole.rpartition("/")[2] or whole


def _buttons(page: Page, task: Task) -> None:
    if task.is_pending:
        return
    if task.is_read:
        text = page.t["reading_back" if task.taken else "reading_show"]
        pressed = st.button(label(text), key="reading-turn")
    else:
        text = page.t["reading_again" if task.reading else "reading_send"]
        pressed = st.button(label(text), key="reading-send")
    if not pressed:
        return
    if task.is_read:
        task.taken = not task.taken
        # Another answer, of which nothing was said yet.
        st.session_state.get("said", {}).pop("", None)
    else:
        reading.send(page, task)
    st.rerun()
