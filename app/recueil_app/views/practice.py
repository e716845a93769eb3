"""One practice, whole: its sections, its neighbours with their reasons, those around it."""

from __future__ import annotations

import streamlit as st

from recueil_app.page import Page
from recueil_app.render import html
from recueil_app.route import ASK, COMPARE, COMPARED, MAP, NO_FILTER
from recueil_app.views.crowd import MOST
from recueil_qa import Practice
from recueil_qa.types import Section, own_facts

NEIGHBOURS = 5


def show(page: Page, practice: Practice) -> None:
    """Show a practice from its top, or at the line that the address names."""
    t, route = page.t, page.route
    language = page.language(practice)
    html(
        "practice",
        t=t,
        practice=practice,
        place=page.place,
        back=t["back"]
        if route.question and route.view == ASK
        else t["back_to"].format(t[f"{route.view}_view"]),
        back_href=route.href(practice="", line=""),
        compare_href=route.href(
            view=COMPARE,
            practice="",
            line="",
            compared=tuple(dict.fromkeys((practice.id, *route.compared)))[:COMPARED],
        ),
        map_href=_map_around(page, practice),
        corpus_language=language,
        titles=page.titles,
        own=own_facts(practice, page.collection(practice)),
        route=route,
    )
    with st.container(horizontal=True, key="practice-tools", vertical_alignment="center"):
        page.keep_button(practice.id, "practice", practice=True)
        html("share", t=t, is_sent=True)
    info = page.collection(practice)
    advice = info.sections_for("advice")
    name, number = line_asked(practice, route.line) or ("", 0)
    for section in practice.sections:
        asked = number if name == section.name else 0
        heading = page.heading(practice, section.name, section.heading)
        if section.name in advice:
            _show_advice(page, practice, section, heading, asked)
        else:
            html(
                "section",
                t=t,
                section=section,
                heading=heading,
                asked=asked,
                corpus_language=language,
            )
    if practice.contacts:
        html("contacts", t=t, contacts=practice.contacts, year=info.date[:4])
    _show_neighbours(page, practice)


def _map_around(page: Page, practice: Practice) -> str:
    """Return the link to the map around a practice, of more than a map can show; else nothing."""
    if len(page.assistant.catalogue.practices) <= MOST:
        return ""
    whole = {**NO_FILTER, "practice": "", "line": ""}
    return page.route.href(view=MAP, around=practice.id, **whole)


def line_asked(practice: Practice, line: str) -> tuple[str, int] | None:
    """Return the section and number of the line that an address names, if there is one."""
    for section in practice.sections:
        for each in section.lines:
            if line == f"{section.name}/{each.number}":
                return section.name, each.number
    return None


def _show_advice(
    page: Page, practice: Practice, section: Section, heading: tuple[str, str], asked: int
) -> None:
    text, language = heading
    html("heading", text=text, language=language)
    for line in section.lines:
        with st.container(horizontal=True, wrap=False, key=f"advice-{section.name}-{line.number}"):
            html(
                "advice_line",
                section=section,
                line=line,
                asked=page.t["asked_line"] if line.number == asked else "",
                corpus_language=page.language(practice),
            )
            if not line.text.endswith(":"):  # which only announces the next ones
                page.keep_button(f"{practice.id}/{section.name}/{line.number}", "practice")


def _show_neighbours(page: Page, practice: Practice) -> None:
    t, route = page.t, page.route
    neighbours = []
    for neighbour in page.assistant.similar(practice.id, NEIGHBOURS):
        reasons = [t["same_theme"]] * neighbour.same_theme
        reasons += [t["same_organisation"]] * neighbour.same_organisation
        others = tuple(c for c in route.compared if c not in (practice.id, neighbour.practice.id))
        compared = (practice.id, neighbour.practice.id, *others)[:COMPARED]
        href = route.href(view=COMPARE, practice="", line="", compared=compared)
        neighbours.append((neighbour, page.language(neighbour.practice), reasons, href))
    before, after = page.assistant.around(practice)
    html(
        "neighbours",
        t=t,
        route=route,
        neighbours=neighbours,
        before=before,
        after=after,
        corpus_language=page.language(practice),
        titles=page.titles,
    )
