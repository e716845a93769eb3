"""The dossier: what was kept, in her order, with her notes, and its exports."""

from __future__ import annotations

import datetime
from functools import partial
from typing import Literal

import streamlit as st

from recueil_app import keeping, session
from recueil_app.page import Page
from recueil_app.render import html, label
from recueil_qa.dossier.dossier import MAX_NOTE, MAX_TITLE, Entry

Form = Literal["docx", "markdown"]
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def show(page: Page) -> None:
    """Show what is kept, to order, annotate and export."""
    t = page.t
    page.title(t["dossier_view"])
    kept = keeping.dossier()
    entries, gone = page.assistant.entries(kept)
    if gone:
        page.notice(t["gone"].format(", ".join(gone)))
        st.button(label(t["forget_gone"]), key="forget-gone", on_click=keeping.release, args=gone)
    if not kept.kept:
        page.notice(t["dossier_empty"])
        _undo(page)
        return
    html("label", text=t["dossier_where"])
    session.fill("dossier-title", kept.title)
    st.text_input(
        t["dossier_title"], key="dossier-title", max_chars=MAX_TITLE, on_change=_entitle, live=True
    )
    html("printed", text=kept.title)
    _undo(page)
    _exports(page)
    references = [entry.reference for entry in entries]
    for number, entry in enumerate(entries, 1):
        _show_entry(page, entry, number, references)
    st.button(label(t["empty_dossier"]), key="empty-dossier", on_click=keeping.empty)


def _undo(page: Page) -> None:
    if keeping.keeping().former:
        st.button(label(page.t["undo_removal"]), key="undo-removal", on_click=keeping.take_back)


def _exports(page: Page) -> None:
    t = page.t
    day = datetime.datetime.now(datetime.UTC).astimezone().date().isoformat()
    forms: tuple[tuple[Form, str, str], ...] = (
        ("docx", "docx", _DOCX),
        ("markdown", "md", "text/markdown"),
    )
    with st.container(horizontal=True, key="exports", vertical_alignment="center"):
        for form, suffix, mime in forms:
            st.download_button(
                label(t[f"export_{form}"]),
                # Made on the click: Word's file takes a while for a full dossier.
                data=partial(_export, page, keeping.keeping(), form, day),
                file_name=f"{t['export_name']}-{day}.{suffix}",
                mime=mime,
                key=f"export-{form}",
                on_click="ignore",
                type="primary" if form == "docx" else "secondary",
            )
        html("share", t=t, is_sent=False)


def _show_entry(page: Page, entry: Entry, number: int, references: list[str]) -> None:
    t = page.t
    reference = entry.reference
    with st.container(border=True, key=f"entry-{reference}"):
        heading: tuple[str, str] = (t["kept_whole"], t.language)
        if entry.section:
            heading = page.heading(entry.practice, entry.section.name, entry.section.heading)
        html(
            "entry",
            t=t,
            entry=entry,
            number=number,
            heading=heading,
            href=page.route.href(
                practice=entry.practice.id, line=reference.partition("/")[2], question=""
            ),
            corpus_language=page.language(entry.practice),
            titles=page.titles,
        )
        session.fill(f"note-{reference}", entry.note)
        st.text_area(
            t["note"].format(number),
            key=f"note-{reference}",
            max_chars=MAX_NOTE,
            height="content",
            on_change=_annotate,
            args=(reference,),
        )
        with st.container(horizontal=True, key=f"moves-{reference}"):
            for name, steps in (("up", -1), ("down", 1)):
                st.button(
                    label(t[name]),
                    key=f"{name}-{reference}",
                    disabled=not 0 < number + steps <= len(references),
                    on_click=_move,
                    args=(reference, references[(number - 1 + steps) % len(references)]),
                    type="tertiary",
                )
            st.button(
                label(t["remove"]),
                key=f"remove-{reference}",
                on_click=keeping.release,
                args=(reference,),
                type="tertiary",
            )


def _export(page: Page, own: keeping.Keeping, form: Form, day: str) -> bytes:
    """Export what is kept at the click, which the page may not show yet."""
    return page.assistant.export(own.dossier, form, page.t.language, day)


def _entitle() -> None:
    own = keeping.keeping()
    own.set(own.dossier.entitle(st.session_state["dossier-title"]))


def _annotate(reference: str) -> None:
    own = keeping.keeping()
    own.set(own.dossier.annotate(reference, st.session_state[f"note-{reference}"]))


def _move(reference: str, past: str) -> None:
    """Move an entry past a neighbour on the page, with those that are gone between them."""
    own = keeping.keeping()
    order = [kept.reference for kept in own.dossier.kept]
    if reference in order and past in order:
        own.set(own.dossier.move(reference, order.index(past) - order.index(reference)))
