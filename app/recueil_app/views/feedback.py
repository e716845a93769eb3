"""What users say of an answer or of a practice found: two buttons, and a word if they like."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from recueil_app import who
from recueil_app.page import Page
from recueil_app.render import html, label
from recueil_app.texts import LANGUAGES
from recueil_qa import Answer, Feedback
from recueil_qa.errors import RecueilError

Verdict = Literal["up", "down"]


def ask_feedback(page: Page, answer: Answer, shown: tuple[str, ...]) -> None:
    """Ask what the whole answer is worth."""
    # A refusal under filters says nothing of the collection.
    if page.assistant.settings.feedback and not (answer.abstained and page.route.filters):
        question = "refusal_useful" if answer.abstained else "useful"
        _ask(page, answer, "", shown, (page.t["yes"], page.t["no"]), page.t[question])


def hit_feedback(page: Page, answer: Answer, practice: str) -> None:
    """Ask whether one practice is to the point."""
    if page.assistant.settings.feedback:
        labels = (page.t["hit_up"], page.t["hit_down"])
        _ask(page, answer, practice, (practice,), labels, "")


def _ask(
    page: Page,
    answer: Answer,
    target: str,
    shown: tuple[str, ...],
    labels: tuple[str, str],
    question: str,
) -> None:
    said = st.session_state.setdefault("said", {})
    if target in said:
        _thank(page, answer, target, shown)
        return
    if question:
        html("label", text=question)
    verdicts: tuple[Verdict, Verdict] = ("up", "down")
    for verdict, text in zip(verdicts, labels, strict=True):
        st.button(
            label(text),
            key=f"say-{verdict}-{target}",
            on_click=_store,
            args=(page, answer, target, shown, verdict),
            type="tertiary",
            icon=f":material/thumb_{verdict}:",
        )


def _thank(page: Page, answer: Answer, target: str, shown: tuple[str, ...]) -> None:
    verdict: Verdict | Literal["done"] = st.session_state["said"][target]
    if verdict == "done":
        html("label", text=page.t["comment_thanks"])
        return
    html("label", text=page.t["thanks"])
    with st.form(f"comment-{target}", border=False):
        st.text_input(
            page.t["comment"], key=f"comment-text-{target}", max_chars=Feedback.longest_comment
        )
        st.form_submit_button(
            page.t["send"], on_click=_store, args=(page, answer, target, shown, verdict, True)
        )


def _store(
    page: Page,
    answer: Answer,
    target: str,
    shown: tuple[str, ...],
    verdict: Verdict,
    commented: bool = False,
) -> None:
    comment = st.session_state[f"comment-text-{target}"].strip() if commented else ""
    if commented and not comment:
        return  # the verdict is stored already
    try:
        page.assistant.give_feedback(
            Feedback(
                question=answer.question,
                verdict=verdict,
                target=target,
                comment=comment,
                language=answer.language if answer.language in LANGUAGES else page.t.language,
                build=page.assistant.build,
                answered=not answer.abstained,
                shown=shown,
            )
        )
    except RecueilError as error:
        st.session_state["refused"] = error
        return
    who.done(page.assistant.settings, "feedback", verdict=verdict, build=page.assistant.build)
    st.session_state["said"][target] = "done" if commented else verdict
