"""Two or three practices side by side, section by section."""

from __future__ import annotations

import streamlit as st

from recueil_app import session
from recueil_app.page import Page
from recueil_app.render import html
from recueil_app.route import COMPARED
from recueil_qa import Practice
from recueil_qa.types import Section


def show(page: Page) -> None:
    """Show the choice of practices, and the table once there are two."""
    t, route = page.t, page.route
    page.title(t["comparer_view"], t["compare_help"])
    by_id = page.assistant.catalogue.by_id

    def name(practice: str) -> str:
        found = by_id[practice]
        told = (found.title, found.organisation, page.titles.get(found.collection))
        return " — ".join(filter(None, told))

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
            titles=page.titles,
        )
        html("share", t=t, is_sent=True)


def _choose() -> None:
    session.change(compared=tuple(st.session_state["compared"]))


Heading = tuple[str, str]  # and its language
Cell = tuple[Section | None, Heading, str, str]


def _rows(page: Page, practices: list[Practice]) -> list[tuple[Heading, list[Cell]]]:
    """Return for each section, in the order of the collections, its heading and each practice's."""
    rows = []
    for names in _aligned(page, practices):
        labels = {
            practice.collection: page.label(page.collection(practice), names[practice.collection])
            for practice in practices
            if practice.collection in names
        }
        heading = next(iter(labels.values()))
        cells = [
            (
                practice.section(names.get(practice.collection, "")),
                labels.get(practice.collection, heading),
                page.language(practice),
                practice.title,
            )
            for practice in practices
        ]
        rows.append((heading, cells))
    return rows


def _aligned(page: Page, practices: list[Practice]) -> list[dict[str, str]]:
    """Return for each row the name of its section in each collection.

    Sections of one name share a row; of others, what advises stands beside what advises, and so
    does the context.
    """
    held: dict[str, set[str]] = {}
    for practice in practices:
        names = {section.name for section in practice.sections}
        held.setdefault(practice.collection, set()).update(names)
    rows: list[dict[str, str]] = []
    roles: list[str] = []
    for info in (c for name in held for c in page.assistant.collections if c.id == name):
        for section in info.sections:
            if section.name not in held[info.id]:
                continue
            same = [row for row in rows if section.name in row.values()]
            alike = [
                row
                for row, role in zip(rows, roles, strict=True)
                if role == section.role
                and role not in {"detail", "other"}
                and info.id not in row
                and not held[info.id] & {*row.values()}
            ]
            if not (same or alike):
                rows.append({})
                roles.append(section.role)
            [*same, *alike, rows[-1]][0][info.id] = section.name
    return rows
