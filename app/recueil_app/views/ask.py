"""Asking: the question box, and the answer in its band: cards, or what comes nearest."""

from __future__ import annotations

import streamlit as st

from recueil_app import reading, session
from recueil_app.page import Page
from recueil_app.render import html, label
from recueil_app.views.cards import show_also, show_card, show_direct
from recueil_app.views.feedback import ask_feedback
from recueil_app.views.narrow import show_narrow
from recueil_app.views.reader import show_reading, show_switch
from recueil_qa import Answer
from recueil_qa.errors import RecueilError
from recueil_qa.types import PRACTICES, Band, band_words

NOTICES = ("other-language", "negation", "no-fact")  # of an answer, those with a sentence here


def show(page: Page) -> None:
    """Show the question box; below it the answer, or what to begin with."""
    t, route = page.t, page.route
    is_asked = bool(route.question)
    # What was asked and its answer need the first screen.
    page.title(t["page_title"], "" if is_asked else _tagline(page), unseen=is_asked)
    _question_box(page)
    show_switch(page)
    if not is_asked:
        if st.session_state.pop("blank", False):
            page.notice(t["type_first"])
        _examples(page)
        html(
            "home",
            t=t,
            route=route,
            settings=page.assistant.settings,
            count=len(page.assistant.catalogue.practices),
            collections=page.assistant.collections,
            counts=page.assistant.facets()["collection"],
            built=page.assistant.built,
        )
        return
    try:
        answer = session.ask(page.assistant, route, PRACTICES)
    except RecueilError as error:
        page.refuse(error)
        _examples(page)
        return
    _show_answer(page, answer)


def _tagline(page: Page) -> str:
    """Say what one gets here; and beforehand, to whom reads another language, in which."""
    languages = {info.language for info in page.assistant.collections}
    foreign = page.t.language not in languages
    return " ".join((page.t["tagline"], page.t["in_other_language"] if foreign else "")).strip()


def _question_box(page: Page) -> None:
    t = page.t
    with st.form("question", border=False):
        box, button = st.columns([5, 1], vertical_alignment="bottom")
        with box:
            st.text_area(
                t["question"],
                key="typed",
                placeholder=_placeholder(page),
                max_chars=page.assistant.settings.question_characters,
                height="content",
            )
            html("hint", text=t["typing_hint"])
        button.form_submit_button(t["ask"], type="primary", width="stretch", on_click=_ask_typed)


def _placeholder(page: Page) -> str:
    """Return what may be asked here: one of the questions that the collections begin with."""
    examples = page.assistant.examples(page.t.language)
    return page.t["placeholder"].format(examples[0]) if examples else ""


def _ask_typed() -> None:
    typed = st.session_state["typed"].strip()
    st.session_state["blank"] = not typed
    reading.asked_here(typed)
    session.change(question=typed, as_typed="", practice="", line="")


def _examples(page: Page) -> None:
    examples = page.assistant.examples(page.t.language)
    if not examples:
        return
    html("label", text=page.t["examples"])
    with st.container(horizontal=True, key="examples"):
        for example in examples:
            st.button(
                label(example),
                key=f"example-{example}",
                on_click=_ask_example,
                args=(example,),
            )


def _ask_example(example: str) -> None:
    reading.asked_here(example)
    session.change(question=example, as_typed="")


def _show_answer(page: Page, first: Answer) -> None:
    task = reading.task_of(page, first)
    answer = task.answer if task else first
    with st.container(key="answer"):
        _show_head(page, answer)
        show_narrow(page, answer.by_collection)
        if task:
            show_reading(page, task)
        if answer.direct:
            show_direct(page, answer, answer.direct)
        for place, card in enumerate(answer.cards):
            if answer.band is Band.ANSWERS and place == answer.answering:
                html("heading", text=page.t["more_leads"], language="")
            show_card(page, answer, card)
    if not answer.hits:
        return  # under filters: that says nothing of the collections
    shown = [card.practice for card in answer.cards] or [*answer.nearest]
    with st.container(horizontal=True, key="under-answer", vertical_alignment="center"):
        ask_feedback(page, answer, tuple(practice.id for practice in shown))
    show_also(page, answer.cards)


def _show_head(page: Page, answer: Answer) -> None:
    """Say how far the collections answer, what was searched, and what to know of it."""
    t, route = page.t, page.route
    several = len(page.assistant.collections) > 1
    with st.container(horizontal=True, key="answer-head", vertical_alignment="top"):
        html(
            "answer",
            t=t,
            answer=answer,
            route=route,
            words=band_words(answer.band, answer.answering, t.language, several=several),
            number=t["probability"].format(answer.percent),
            notices=[notice for notice in answer.notices if notice in NOTICES],
            is_filtered=bool(route.filters or answer.filtered),
            languages={practice.id: page.language(practice) for practice in answer.nearest},
            foreign={p.id: page.foreign(p, answer.language) for p in answer.nearest},
            corpus_language=page.language(answer.hits[0].practice) if answer.hits else t.language,
            titles=page.titles,
        )
        html("share", t=t, is_sent=True)
