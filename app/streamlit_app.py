"""Ask the collections from a browser: `make run`, or `streamlit run app/streamlit_app.py`."""

from __future__ import annotations

import logging
from collections import Counter
from functools import partial

import streamlit as st

from recueil_app import views
from recueil_app.render import html, label, set_language, style
from recueil_app.texts import Texts
from recueil_qa import Assistant, Filters, RecueilError, Settings
from recueil_qa.catalogue import FACETS
from recueil_qa.errors import Language
from recueil_qa.settings import load_settings

LANGUAGES: dict[Language, str] = {"fr": "Français", "en": "English"}
SHOWN = 6


@st.cache_resource(max_entries=2, show_spinner=False)
def open_assistant(settings: Settings, build: str) -> Assistant:  # noqa: ARG001
    """Open the index and load the encoder, once for all sessions and once for each build."""
    assistant = Assistant.open(settings)
    assistant.load_encoder()
    return assistant


def main() -> None:
    st.set_page_config(page_icon="🗂️", layout="centered")
    style()
    t = Texts("fr")
    try:
        settings = load_settings()
        t = Texts(choose_language(settings))
        st.set_page_config(page_title=t["page_title"])
        set_language(t.language)
        header = st.container()
        with st.spinner(t["loading"]):
            build = Assistant.current_build(settings)
            assistant = open_assistant(settings, build)
        with header:
            html("header", t=t, collections=assistant.collections)
        page(assistant, t)
    except RecueilError as error:
        html("notice", kind="error", title=t["trouble"], text=sentence(error, t))
    except Exception:
        # A user gets a sentence; the server's log gets the traceback.
        logging.getLogger("recueil_qa.app").exception("unexpected error")
        html("notice", kind="error", title=t["trouble"], text=t["unexpected"])


def sentence(error: RecueilError, t: Texts) -> str:
    text = error.text(t.language)
    return text[:1].upper() + text[1:]


def choose_language(settings: Settings) -> Language:
    st.session_state.setdefault("language", settings.language)
    with st.sidebar:
        chosen: Language | None = st.segmented_control(
            f"{Texts('fr')['language']} / {Texts('en')['language']}",
            list(LANGUAGES),
            format_func=lambda code: LANGUAGES[code],
            key="language",
            required=True,
        )
    return chosen or settings.language


def page(assistant: Assistant, t: Texts) -> None:
    filters = choose_filters(assistant, t)
    question = ask_question(t)
    opened = st.session_state.get("practice", "")
    if opened:
        views.show_practice(assistant, assistant.practice(opened), t)
    elif question is not None:
        try:
            answer = assistant.ask(question, top=SHOWN, filters=filters)
        except RecueilError as error:
            html("notice", kind="", title="", text=sentence(error, t))
            views.show_empty(assistant, assistant.catalogue.matching(filters), t)
            return
        st.button(f"← {t['home']}", on_click=go_home)
        views.show_answer(assistant, answer, t)
    else:
        views.show_empty(assistant, assistant.catalogue.matching(filters), t)


def choose_filters(assistant: Assistant, t: Texts) -> Filters:
    chosen = {facet: frozenset(st.session_state.get(f"filter-{facet}", ())) for facet in FACETS}
    counts = assistant.facets(Filters(**chosen))
    with st.sidebar:
        html("heading", text=t["filters"])
        for facet in FACETS:
            if not counts[facet] and not chosen[facet]:
                continue
            # A value chosen before stays listed, though other filters leave it nothing.
            values = [*counts[facet], *sorted(chosen[facet] - set(counts[facet]))]
            st.multiselect(
                t[facet],
                values,
                format_func=partial(with_count, counts[facet]),
                key=f"filter-{facet}",
                placeholder=t["all"],
                select_all=False,
            )
        if any(chosen.values()):
            st.button(t["clear_filters"], on_click=clear_filters)
        html("text", text=t["about"].format(date=t.date(assistant.built)))
        if assistant.is_stale():
            html("notice", kind="", title="", text=t["stale"])
    return Filters(**chosen)


def with_count(counts: Counter[str], value: str) -> str:
    return f"{value} ({counts[value]})"


def clear_filters() -> None:
    for facet in FACETS:
        st.session_state[f"filter-{facet}"] = []


def ask_question(t: Texts) -> str | None:
    """Show the question box and examples; return the question asked, or None before any."""
    with st.form("question", border=False):
        box, button = st.columns([5, 1], vertical_alignment="bottom")
        box.text_input(t["question"], key="typed", placeholder=t["placeholder"])
        button.form_submit_button(t["ask"], type="primary", width="stretch", on_click=ask_typed)
    if "asked" not in st.session_state and not st.session_state.get("practice"):
        html("text", text=t["examples"])
        for row in (t.examples[:2], t.examples[2:]):
            for column, example in zip(st.columns(2), row, strict=True):
                column.button(
                    label(example),
                    key=f"example-{example}",
                    on_click=ask_example,
                    args=(example,),
                    width="stretch",
                )
    asked: str | None = st.session_state.get("asked")
    return asked


def ask_typed() -> None:
    st.session_state["practice"] = ""
    if st.session_state["typed"].strip():
        st.session_state["asked"] = st.session_state["typed"]
    else:
        go_home()


def go_home() -> None:
    st.session_state.pop("asked", None)
    st.session_state["typed"] = ""
    st.session_state["practice"] = ""


def ask_example(example: str) -> None:
    st.session_state["typed"] = example
    ask_typed()


main()
