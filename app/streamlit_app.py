"""Ask the collections from a browser: `make run`, or `streamlit run app/streamlit_app.py`."""

from __future__ import annotations

import gc
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from recueil_app import keeping, session, who
from recueil_app.page import Page, sentence
from recueil_app.render import html, label, style
from recueil_app.route import (
    ASK,
    COMPARE,
    COMPARED,
    DOSSIER,
    EXPLORE,
    INDEX,
    MAP,
    NO_FILTER,
    SORTS,
    VIEWS,
    Route,
)
from recueil_app.session import Script
from recueil_app.texts import LANGUAGES, Texts
from recueil_app.views import ask, compare, dossier, explore, maintain, map, practice
from recueil_qa import Assistant, RecueilError, Settings, load_settings, maintenance
from recueil_qa.access.identity import Visit
from recueil_qa.errors import IndexUnusableError, NotFoundError, ReaderError
from recueil_qa.shared import offered
from recueil_qa.types import FACETS, Filters

SHOW = {
    ASK: ask.show,
    EXPLORE: explore.show,
    MAP: map.show,
    COMPARE: compare.show,
    DOSSIER: dossier.show,
    INDEX: maintain.show,
}
FILTERED = (ASK, EXPLORE, MAP)
NO_FACET = dict.fromkeys((*FACETS, "facets"), ())
SIDEBAR = 330  # pixels: the longest themes are told whole
TOLD, TOLD_VALUES = 200, 3  # characters of unknown values, and how many are named


@st.cache_resource
def last_opened() -> dict[Settings, Assistant]:
    """Return what serves when the index on disk no longer can."""
    return {}


@st.cache_resource(max_entries=1, show_spinner=False)
def open_assistant(settings: Settings, build: str) -> Assistant:  # noqa: ARG001
    """Open the index and load the encoder, once for all sessions and once for each build."""
    before, shared = last_opened().get(settings), offered()
    if shared:
        assistant = shared.assistant().caught_up()
    else:
        assistant = before.reopen() if before else Assistant.open(settings).latest()
    assistant.load_encoder()
    if settings.reader:
        with suppress(ReaderError):  # which the first question says
            assistant.load_reader()
    # Streamlit collects all garbage after every run of the page: over the encoder's and the
    # index's objects, which live as long as the server, this takes four times the answer.
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    return assistant


def main() -> None:
    st.set_page_config(page_icon="🗂️", layout="wide", initial_sidebar_state=SIDEBAR)
    style()
    t, script = Texts("fr"), Script()
    try:
        shared = offered()
        settings = shared.settings if shared else load_settings()
        visitor = who.begin(settings)
        route, notices = known_route(settings)
        t = Texts("en" if (route.language or settings.language) == "en" else "fr")
        notices = [t[notice] for notice in notices]
        st.set_page_config(page_title=t["page_title"])
        header = st.empty()
        show_header(header, route, t, visitor)
        with st.spinner(t["loading"]):
            assistant, trouble = opened(settings)
        if trouble:
            notices.append(t["still_serving"].format(sentence(trouble, t)))
        t = Texts(t.language, many=len(assistant.collections) > 1)
        route, dropped, lost = mended(route, assistant)
        for key, values in (("unknown_filter", dropped), ("unknown_compared", lost)):
            if values:
                # The menu's links no longer ask for what isn't there.
                show_header(header, route, t, visitor)
                named = [value[:TOLD] for value in values[:TOLD_VALUES]]
                notices.append(t[key].format(t["several"].join(named)))
        script = page_of(Page(assistant, route, t), notices)
    except RecueilError as error:
        show_trouble(t, sentence(error, t))
    except Exception:
        # A user gets a sentence; the server's log gets the traceback.
        logging.getLogger("recueil_qa.app").exception("unexpected error")
        show_trouble(t, t["unexpected"])
    session.page_script(t, script)


def show_trouble(t: Texts, text: str) -> None:
    html("trouble", title=t["trouble"], text=text)


def known_route(settings: Settings) -> tuple[Route, list[str]]:
    """Return the route with a language and a view that exist, and what to say of the others."""
    route, notices = session.current_route(), []
    if route.language not in ("", *LANGUAGES):
        notices.append("unknown_language")
        route = route.to(language="")
    if route.language == settings.language:
        route = route.to(language="")
    if route.view not in VIEWS:
        notices.append("unknown_view")
        route = route.to(view=ASK)
    if route.view == INDEX and not who.may_maintain(settings):
        notices.append("not_yours")
        route = route.to(view=ASK)
    return route.to(sort=route.sort if route.sort in SORTS else SORTS[0]), notices


def opened(settings: Settings) -> tuple[Assistant, RecueilError | None]:
    """Return the assistant; when the index is gone, the one that was open, and why."""
    try:
        assistant = open_assistant(settings, maintenance.current_build(settings))
    except IndexUnusableError as error:
        shared = offered()
        if settings not in last_opened() and not (shared and shared.opened):
            raise
        serving = shared.opened.latest() if shared and shared.opened else None
        return serving or last_opened()[settings], error
    last_opened()[settings] = assistant
    return assistant, None


def mended(route: Route, assistant: Assistant) -> tuple[Route, list[str], list[str]]:
    """Return the route without what the collection doesn't know: values of facets, practices."""
    dropped: list[str] = []
    kept: dict[str, list[str]] = {}
    for facet, values in route.chosen.items():
        for value in values:
            try:
                found = assistant.catalogue.known(Filters.of({facet: (value,)})).chosen
                for name, known in found.items():
                    kept.setdefault(name, []).extend(sorted(known))
            except NotFoundError:
                dropped.append(value)
    route = route.to(**NO_FACET).choose({name: [*dict.fromkeys(v)] for name, v in kept.items()})
    if len(assistant.collections) == 1:
        route = route.to(collection=())  # which would keep everything
    by_id = assistant.catalogue.by_id
    lost = [value for value in route.compared if value not in by_id]
    compared = tuple(value for value in route.compared if value in by_id)[:COMPARED]
    return route.to(compared=compared), dropped, lost


def page_of(page: Page, notices: list[str]) -> Script:
    """Show the view that the route names; return what the browser is to do with it."""
    t, route = page.t, page.route
    found = None
    if route.practice:
        try:
            found = page.assistant.practice(route.practice)
        except NotFoundError as error:
            several = page.assistant.catalogue.ending(route.practice)
            unknown = t["unknown_practice"].format(route.practice[:TOLD])
            notices.append(sentence(error, t) if several else unknown)
            page = Page(page.assistant, route.to(practice="", line="", view=EXPLORE), t)
    session.fill_widgets(page.route, page.assistant.catalogue.facet_names)
    asked = page.route.question if page.route.view == ASK else ""
    title = found.title if found else asked or t[f"{page.route.view}_view"]
    st.set_page_config(page_title=f"{title} — {t['page_title']}")
    refused = session.take_refusal()
    if refused:
        notices.append(sentence(refused, t))
    for notice in notices:
        page.notice(notice)
    if found:
        practice.show(page, found)
    else:
        if page.route.view in FILTERED:
            choose_filters(page)
        SHOW[page.route.view](page)
    session.keep_filled()
    return Script(
        place=page.place,
        anchor=bool(found and practice.line_asked(found, route.line)),
        focus=not found and page.route.view == ASK and not route.question,
        filters=sum(len(values) for values in route.chosen.values()),
    )


def show_header(
    place: DeltaGenerator, route: Route, t: Texts, visitor: Visit | None = None
) -> None:
    """Show the menu: the views and the languages, as links that carry the rest of the address."""
    here = route.to(practice="", line="", page="", around="")
    views = [
        {
            "href": here.href(view=view),
            "label": t[f"{view}_view"] + dossier_count(view),
            "current": view == route.view and not route.practice,
        }
        for view in VIEWS
        if view != INDEX or not visitor or visitor.identity.role == "maintainer"
    ]
    languages = [
        {
            "href": route.href(language=code),
            "code": code,
            "label": name,
            "current": code == t.language,
        }
        for code, name in LANGUAGES.items()
    ]
    with place:
        signed = visitor.identity if visitor and visitor.identity.name else None
        html("header", t=t, links=views, languages=languages, signed=signed)


def dossier_count(view: str) -> str:
    count = len(keeping.dossier())
    return f" ({count})" if view == DOSSIER and count else ""


def choose_filters(page: Page) -> None:
    """Show the facets in the side panel, each value with its count under the other filters."""
    t, route = page.t, page.route
    text = route.text if route.view == EXPLORE else ""
    counts = page.assistant.facets(route.filters, text)
    with st.sidebar:
        html("label", text=t["filters"])
        own = page.assistant.catalogue.own_facets
        names = page.assistant.catalogue.facet_names
        for facet in names:
            chosen = route.chosen.get(facet, ())
            if not counts[facet] and not chosen:
                continue
            if facet == "collection" and not page.titles:
                continue
            # A value chosen before stays listed, though other filters leave it nothing.
            values = [*counts[facet], *sorted(set(chosen) - set(counts[facet]))]
            st.multiselect(
                label(own[facet].to(t.language)) if facet in own else t[facet],
                values,
                format_func=partial(
                    with_count, counts[facet], page.titles if facet == "collection" else {}
                ),
                key=f"filter-{facet}",
                placeholder=t["all"],
                select_all=False,
                on_change=choose_facets,
                args=(names,),
            )
        if route.filters or text:
            st.button(label(t["clear_filters"]), on_click=session.change, kwargs=NO_FILTER)
        if page.assistant.is_stale():
            page.notice(t["stale"])


def choose_facets(names: Sequence[str]) -> None:
    """Take all lists as they are: two may have changed before the page was drawn again."""
    kept = {facet: st.session_state.get(f"filter-{facet}") for facet in names}
    chosen = {facet: values for facet, values in kept.items() if values is not None}
    session.go(session.current_route().choose(chosen).to(page=""))


def with_count(counts: Counter[str], titles: Mapping[str, str], value: str) -> str:
    """Return a value with its count; `titles` are of the values that are ids."""
    return f"{titles.get(value, value)} ({counts[value]})"


main()
