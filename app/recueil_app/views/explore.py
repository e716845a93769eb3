"""Browsing: all practices under filters, sorted, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import streamlit as st

from recueil_app import session
from recueil_app.page import Page
from recueil_app.render import html
from recueil_app.route import SORTS, TEXT_CHARACTERS
from recueil_qa import Practice
from recueil_qa.types import Order

PER_PAGE = 60
ORDERS: dict[str, Order] = dict(zip(SORTS, ("page", "title", "organisation", "theme"), strict=True))


def show(page: Page) -> None:
    """Show the list of practices that pass the filters."""
    t, route = page.t, page.route
    page.title(t["explorer_view"])
    box, order = st.columns([3, 1])
    box.text_input(
        t["filter_text"], key="filter-text", on_change=_choose, max_chars=TEXT_CHARACTERS
    )
    order.selectbox(
        t["sort"],
        SORTS,
        format_func=lambda name: t[f"sort_{name}"],
        key="sort",
        on_change=_choose,
    )
    catalogue = page.assistant.catalogue
    found = catalogue.matching(route.filters, route.text, ORDERS[route.sort])
    if not found:
        page.notice(t["filtered_out"] if route.filters else t["not_held"])
        return
    last = -(-len(found) // PER_PAGE)
    at = min(route.number, last)
    html(
        "list",
        t=t,
        route=route,
        total=len(found),
        whole=len(catalogue.practices),
        groups=_grouped(page, found[(at - 1) * PER_PAGE : at * PER_PAGE]),
        titles=page.titles,
        languages={info.id: info.language for info in page.assistant.collections},
        at=at,
        last=last,
    )


def _choose() -> None:
    """Take both as they are: the two may have changed before the page was drawn again."""
    text, sort = st.session_state["filter-text"].strip(), st.session_state["sort"]
    session.change(text=text, sort=sort, page="")


def _grouped(page: Page, practices: Sequence[Practice]) -> list[tuple[str, list[Practice]]]:
    """Put practices under the headings that their order makes: parts, organisations, themes."""
    sort = page.route.sort
    heading = {"page": "part", "organisation": "organisation", "theme": "theme"}.get(sort, "")

    def group(practice: Practice) -> str:
        name = getattr(practice, heading) if heading else ""
        # Parts are of a collection, which heads them where there are several.
        book = page.titles.get(practice.collection, "") if sort == "page" else ""
        return " — ".join(filter(None, (book, name)))

    return [(name, list(rows)) for name, rows in groupby(practices, key=group)]
