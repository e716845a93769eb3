"""The views of the page: an answer, one practice, the empty state."""

from __future__ import annotations

import streamlit as st

from recueil_app.render import html, label, to_top
from recueil_app.texts import Texts
from recueil_qa import Answer, Assistant, Practice, PracticeHit
from recueil_qa.types import CollectionInfo, PassageKind

ADVICE_LINES = 5
LEADS = 3
LEAD_LINES = 3
SURE = 0.9
NEIGHBOURS = 3
_NEAR = {
    PassageKind.QUESTION: "near_question",
    PassageKind.TITLE: "near_title",
    PassageKind.LINE: "near_line",
}


def show_answer(assistant: Assistant, answer: Answer, t: Texts) -> None:
    """Show the quoted lines, then the practices as cards."""
    to_top(answer.question)
    if answer.understood:
        html("text", text=t["understood"].format(answer.understood))
    for notice in answer.notices:
        if notice == "other-language":
            html("notice", kind="", title="", text=t[notice])
    if not answer.hits:
        html("notice", kind="", title="", text=t["filtered_out"])
        return
    # Each quotation's practice stands below, to be read whole.
    hits = answer.hits[: LEADS if answer.abstained else None]
    shown = {hit.practice.id for hit in hits}
    lines = [line for line in answer.to_read(len(answer.advice)) if line.practice in shown]
    html(
        "answer",
        t=t,
        answer=answer,
        lines=lines[: LEAD_LINES if answer.abstained else ADVICE_LINES],
        labels=_labels(assistant, answer.hits[0].practice, t),
        sure=answer.confidence >= SURE,
        corpus_language=_corpus_language(assistant, answer.hits[0].practice),
    )
    html("heading", text=t["lead_practices"] if answer.abstained else t["practices"])
    for hit in hits:
        _show_hit(assistant, hit, t, lead=answer.abstained)


def _show_hit(assistant: Assistant, hit: PracticeHit, t: Texts, *, lead: bool) -> None:
    practice = hit.practice
    near = hit.evidence[0].passage if hit.evidence else None
    with st.container(border=True):
        html(
            "hit",
            t=t,
            practice=practice,
            near=near,
            near_kind=_NEAR[near.kind] if near else "",
            words=hit.words,
            advice=hit.advice,
            lead=lead,
            corpus_language=_corpus_language(assistant, practice),
        )
        with st.expander(t["whole"], key=f"whole-{practice.id}"):
            _sections(assistant, practice, t, titled=False)
        with st.expander(t["similar"], key=f"similar-{practice.id}"):
            _neighbours(assistant, practice, t, key=f"hit-{practice.id}")


def show_practice(assistant: Assistant, practice: Practice, t: Texts) -> None:
    """Show one practice whole, with its neighbours, from its top."""
    to_top(practice.id)
    back = t["back"] if "asked" in st.session_state else t["back_to_list"]
    st.button(f"← {back}", on_click=_open, args=("",))
    _sections(assistant, practice, t, titled=True)
    html("heading", text=t["similar_to"])
    _neighbours(assistant, practice, t, key="practice")


def show_empty(assistant: Assistant, practices: tuple[Practice, ...], t: Texts) -> None:
    """Show what the collection holds, as a list to browse."""
    html("text", text=t["empty"].format(practices=len(assistant.catalogue.practices)))
    if not practices:
        html("notice", kind="", title="", text=t["filtered_out"])
        return
    with st.expander(f"{t['browse']} ({len(practices)})", key="browse"):
        for practice in practices:
            st.button(
                label(" — ".join(filter(None, (practice.title, practice.organisation)))),
                key=f"browse-{practice.id}",
                on_click=_open,
                args=(practice.id,),
                type="tertiary",
            )


def _sections(assistant: Assistant, practice: Practice, t: Texts, *, titled: bool) -> None:
    html(
        "practice",
        t=t,
        practice=practice,
        titled=titled,
        labels=_labels(assistant, practice, t),
        corpus_language=_corpus_language(assistant, practice),
    )


def _neighbours(assistant: Assistant, practice: Practice, t: Texts, key: str) -> None:
    for neighbour in assistant.similar(practice.id, NEIGHBOURS):
        reasons = [t["same_theme"]] * neighbour.same_theme
        reasons += [t["same_organisation"]] * neighbour.same_organisation
        html(
            "neighbour",
            t=t,
            neighbour=neighbour,
            reasons=reasons,
            corpus_language=_corpus_language(assistant, practice),
        )
        st.button(
            t["open"],
            key=f"{key}-{neighbour.practice.id}",
            on_click=_open,
            args=(neighbour.practice.id,),
            help=label(neighbour.practice.title),
        )


def _open(identifier: str) -> None:
    st.session_state["practice"] = identifier


def _collection(assistant: Assistant, practice: Practice) -> CollectionInfo:
    return next(c for c in assistant.collections if c.id == practice.collection)


def _corpus_language(assistant: Assistant, practice: Practice) -> str:
    return _collection(assistant, practice).language


def _labels(assistant: Assistant, practice: Practice, t: Texts) -> dict[str, str]:
    """Return what to call the sections in another language than theirs; else their headings."""
    collection = _collection(assistant, practice)
    if t.language == collection.language:
        return {}
    return {section.name: getattr(section, t.language) for section in collection.sections}
