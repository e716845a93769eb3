"""Drafts that a language model wrote, for the maintainer to accept, edit or refuse."""

from __future__ import annotations

import streamlit as st

from recueil_app.page import Page, sentence
from recueil_app.render import html, label
from recueil_qa import Settings, maintenance
from recueil_qa.errors import RecueilError

SHOWN = 10


def show(page: Page) -> None:
    """Show the first drafts that wait; what is accepted goes into the collection's files."""
    t, settings = page.t, page.assistant.settings
    try:
        waiting = maintenance.drafts(settings)
    except RecueilError as error:
        html("notice", kind="error", text=sentence(error, t))
        return
    failed = st.session_state.pop("draft-error", None)
    if not waiting and not failed:
        return
    html("heading_two", text=t["drafts"], soft=t["drafts_told"].format(len(waiting)))
    if failed:
        html("notice", kind="error", text=sentence(failed, t))
    for collection, draft in waiting[:SHOWN]:
        told = (t[f"draft_{draft.kind}"], draft.language, draft.practice, draft.model)
        st.text_area(" · ".join(map(label, told)), draft.text, key=f"draft-text-{draft.id}")
        if draft.kind == "statement":
            written = " ".join(f"{name}={grade}" for name, grade in draft.grades.items())
            st.text_input(label(t["draft_grades"]), written, key=f"draft-grades-{draft.id}")
        given = (settings, collection, draft.id)
        st.button(
            label(t["draft_accept"]), key=f"draft-accept-{draft.id}", on_click=_accept, args=given
        )
        st.button(
            label(t["draft_refuse"]), key=f"draft-refuse-{draft.id}", on_click=_refuse, args=given
        )


def _accept(settings: Settings, collection: str, identifier: str) -> None:
    text = st.session_state[f"draft-text-{identifier}"]
    grades = st.session_state.get(f"draft-grades-{identifier}", "")
    try:
        maintenance.accept_draft(settings, collection, identifier, text, grades)
    except RecueilError as error:
        st.session_state["draft-error"] = error


def _refuse(settings: Settings, collection: str, identifier: str) -> None:
    try:
        maintenance.refuse_draft(settings, collection, identifier)
    except RecueilError as error:
        st.session_state["draft-error"] = error
