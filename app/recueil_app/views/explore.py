"""Browsing: all practices under filters, sorted, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import groupby

import streamlit as st

from recueil_app import session
from recueil_app.page import Page
from recueil_app.render import html
from recueil_app.route import SORTS, TEXT_CHARACTERS
from recueil_qa import Practice
from recueil_qa.types import Order

PER_PAGE = 60
UNDER = 3  # values of a facet, at most
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
        _sorts(page),
        format_func=lambda name: t[f"sort_{name}"],
        key="sort",
        on_change=_choose,
    )
    catalogue = page.assistant.catalogue
    sort = route.sort if route.sort in _sorts(page) else SORTS[0]
    found = catalogue.matching(route.filters, route.text, ORDERS[sort])
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
        groups=_grouped(page, found[(at - 1) * PER_PAGE : at * PER_PAGE], sort),
        under=partial(_under, page),
        titles=page.titles,
        languages={info.id: info.language for info in page.assistant.collections},
        at=at,
        last=last,
    )


def _choose() -> None:
    """Take both as they are: the two may have changed before the page was drawn again."""
    text, sort = st.session_state["filter-text"].strip(), st.session_state["sort"]
    session.change(text=text, sort=sort, page="")


def _sorts(page: Page) -> list[str]:
    """Return the orders that make a difference: by what some practice has."""
    values = page.assistant.catalogue.values
    return [sort for sort in SORTS if values.get(ORDERS[sort], {""})]


def _under(page: Page, practice: Practice) -> str:
    """Return what a practice without a theme is about, by its collection's first facet."""
    own = page.collection(practice).facets
    return ", ".join(practice.values(own[0].name)[:UNDER]) if own and not practice.theme else ""


def _grouped(
    page: Page, practices: Sequence[Practice], sort: str
) -> list[tuple[str, list[Practice]]]:
    """Put practices under the headings that their order makes: parts, organisations, themes."""
    heading = {"page": "part", "organisation": "organisation", "theme": "theme"}.get(sort, "")

    def group(practice: Practice) -> str:
        name = getattr(practice, heading) if heading else ""
        # Parts are of a collection, which heads them where there are several.
        book = page.titles.get(practice.collection, "") if sort == "page" else ""
        return " — ".join(filter(None, (book, name)))

    return [(name, list(rows)) for name, rows in groupby(practices, key=group)]
