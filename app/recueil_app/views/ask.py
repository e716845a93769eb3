"""Asking: the question, the answer quoted line by line, the practices behind it."""

from __future__ import annotations

import streamlit as st

from recueil_app import session
from recueil_app.page import Page
from recueil_app.render import html, label
from recueil_app.views.feedback import ask_feedback, hit_feedback
from recueil_qa import Answer, Citation, PracticeHit
from recueil_qa.answering import PRACTICES
from recueil_qa.errors import RecueilError
from recueil_qa.types import Passage, PassageKind

_NEAR = {
    PassageKind.QUESTION: "near_question",
    PassageKind.TITLE: "near_title",
    PassageKind.LINE: "near_line",
}


def show(page: Page) -> None:
    """Show the question box; below it the answer, or what to begin with."""
    t, route = page.t, page.route
    page.title(t["page_title"], "" if route.question else _tagline(page))
    _question_box(page)
    if not route.question:
        if st.session_state.pop("blank", False):
            page.notice(t["type_first"])
        _examples(page)
        html(
            "home",
            t=t,
            route=route,
            count=len(page.assistant.catalogue.practices),
            collections=page.assistant.collections,
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
        box.text_input(
            t["question"],
            key="typed",
            placeholder=t["placeholder"],
            max_chars=page.assistant.settings.question_characters,
        )
        button.form_submit_button(t["ask"], type="primary", width="stretch", on_click=_ask_typed)


def _ask_typed() -> None:
    typed = st.session_state["typed"].strip()
    st.session_state["blank"] = not typed
    session.change(question=typed, practice="", line="")


def _examples(page: Page) -> None:
    html("label", text=page.t["examples"])
    with st.container(horizontal=True, key="examples"):
        for example in page.t.examples:
            st.button(
                label(example),
                key=f"example-{example}",
                on_click=session.change,
                kwargs={"question": example},
            )


def _show_answer(page: Page, answer: Answer) -> None:
    t = page.t
    for notice in answer.notices:
        if notice == "other-language":
            page.notice(t[notice])
    if not answer.hits:
        page.notice(t["filtered_out"])
        return
    hits = answer.shown
    html(
        "answer",
        t=t,
        answer=answer,
        hits=len(hits),
        filtered=bool(page.route.filters),
        number=t["probability"].format(answer.percent),
    )
    for line in answer.to_read:
        _show_line(page, answer, line)
    if answer.besides:
        html("subheading", text=t["besides"])
        for line in answer.besides:
            _show_line(page, answer, line)
    with st.container(horizontal=True, key="under-answer", vertical_alignment="center"):
        ask_feedback(page, answer, tuple(hit.practice.id for hit in hits))
        html("share", t=t, is_sent=True)
    heading = t["lead_practices"] if answer.abstained else t["practices"]
    html("heading", text=heading, language="")
    for hit in hits:
        _show_hit(page, answer, hit)


def _show_line(page: Page, answer: Answer, line: Citation) -> None:
    practice = page.assistant.practice(line.practice)
    language = page.language(practice)
    before, after = page.quote()
    with st.container(horizontal=True, wrap=False, key=f"line-{line.passage}"):
        html(
            "line",
            t=page.t,
            line=line,
            before=before,
            after=after,
            pieces=page.assistant.mark(answer.understood or answer.question, line.text, language),
            heading=page.heading(practice, line.section, line.heading),
            book=page.titles.get(practice.collection, ""),
            href=_href(page, line),
            corpus_language=language,
        )
        page.keep_button(line.passage, "answer")


def _href(page: Page, line: Citation) -> str:
    return page.route.href(practice=line.practice, line=line.passage.partition("/")[2])


def _nearest(hit: PracticeHit, language: str) -> Passage | None:
    """Return the passage that tells best why: the nearest one, in the reader's language if any."""
    passages = [evidence.passage for evidence in hit.evidence]
    own = [passage for passage in passages if passage.language == language]
    return next(iter([*own, *passages]), None)


def _show_hit(page: Page, answer: Answer, hit: PracticeHit) -> None:
    near = _nearest(hit, page.t.language)
    # A question is nobody's quotation: it was written so that the practice is found.
    before, after = page.quote() if near and near.kind is not PassageKind.QUESTION else ("", "")
    with st.container(border=True):
        html(
            "hit",
            t=page.t,
            route=page.route,
            practice=hit.practice,
            near=near,
            near_kind=_NEAR[near.kind] if near else "",
            before=before,
            after=after,
            pieces=page.assistant.mark(
                answer.understood or answer.question, near.text, near.language
            )
            if near
            else (),
            words=hit.words,
            advice=[(line, _href(page, line)) for line in hit.advice],
            lead=answer.abstained,
            corpus_language=page.language(hit.practice),
            titles=page.titles,
        )
        with st.container(horizontal=True, key=f"under-{hit.practice.id}"):
            page.keep_button(hit.practice.id, "hit", practice=True)
            hit_feedback(page, answer, hit.practice.id)
