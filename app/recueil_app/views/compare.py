"""Two or three practices side by side, section by section."""

from __future__ import annotations

import streamlit as st

from recueil_app import session
from recueil_app.page import Page
from recueil_app.render import html
from recueil_app.route import COMPARED
from recueil_qa import Practice


def show(page: Page) -> None:
    """Show the choice of practices, and the table once there are two."""
    t, route = page.t, page.route
    page.title(t["comparer_view"], t["compare_help"])
    by_id = page.assistant.catalogue.by_id

    def name(practice: str) -> str:
        return " — ".join(filter(None, (by_id[practice].title, by_id[practice].organisation)))

    st.multiselect(
        t["compared"],
        list(by_id),
        key="compared",
        format_func=name,
        max_selections=COMPARED,
        placeholder=t["compared_none"],
        select_all=False,
        on_change=_choose,
    )
    practices = [by_id[practice] for practice in route.compared]
    if len(practices) >= 2:
        html(
            "compare",
            t=t,
            route=route,
            practices=[(practice, page.language(practice)) for practice in practices],
            rows=_rows(page, practices),
        )
        html("share", t=t, is_sent=True)


def _choose() -> None:
    session.change(compared=tuple(st.session_state["compared"]))


def _rows(page: Page, practices: list[Practice]) -> list[tuple[str, list[tuple[object, str, str]]]]:
    """Return for each section, in the order of the collections, its heading and each practice's."""
    names: dict[str, str] = {}
    for practice in practices:
        labels = page.labels(practice)
        for info in page.collection(practice).sections:
            section = practice.section(info.name)
            if section:
                names.setdefault(info.name, labels.get(info.name, getattr(info, page.t.language)))
    return [
        (heading, [(p.section(name), page.language(p), p.title) for p in practices])
        for name, heading in names.items()
    ]
