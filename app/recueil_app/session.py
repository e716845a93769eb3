"""What a visit remembers: the route shown, the last answer, what was said of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from recueil_app import keeping
from recueil_app.route import Route
from recueil_app.texts import Texts
from recueil_qa import Answer, Assistant
from recueil_qa.errors import RecueilError

_SCRIPT = "page-script"
_FILLED = "filled"
# What Streamlit names in English whatever the page's language.
_NAMES = {
    '[data-testid="stSidebar"]': "sidebar",
    '[data-testid="stExpandSidebarButton"]': "sidebar_open",
    '[data-testid="stSidebarCollapseButton"] button': "sidebar_close",
    ':is([data-testid="stMultiSelect"], [data-testid="stSelectbox"]) button[aria-label="Open"]': (
        "list_open"
    ),
    '[data-testid="stMultiSelect"] button[aria-label="Clear all"]': "list_clear",
}


def current_route() -> Route:
    """Return the route that the address asks for."""
    return Route.read({key: st.query_params.get_all(key) for key in st.query_params})


def go(route: Route) -> None:
    """Show another route from the next run on: for callbacks."""
    st.query_params.from_dict(route.parameters())


def change(**changes: Any) -> None:
    """Change the address as it is now, not as it was drawn: for callbacks."""
    go(current_route().to(**changes))


@dataclass(slots=True)
class _Filled:
    """What the browser holds: the widgets of a screen's last run that went to its end."""

    screen: tuple[str, bool]
    held: frozenset[str] = frozenset()
    given: set[str] = field(default_factory=set)  # in this run


def fill(key: str, value: Any) -> None:
    """Give a widget of this run its value, as often as it takes for the browser to hold it.

    What is typed and not sent yet stays. A run that is cut short, as by two steps back, may reach
    the browser or not, and Streamlit takes it that it did: the box would be drawn empty.
    """
    filled: _Filled = st.session_state[_FILLED]
    if key not in filled.held or st.session_state.get(key) != value:
        st.session_state[key] = value
    filled.given.add(key)


def fill_widgets(route: Route, facets: Sequence[str]) -> None:
    """Begin a run of this route's screen: give the widgets what the address says.

    `facets` are the names of those that can be chosen.
    """
    screen = (route.view, bool(route.practice))
    before: _Filled | None = st.session_state.get(_FILLED)
    held = before.held if before and before.screen == screen else frozenset[str]()
    st.session_state[_FILLED] = _Filled(screen, held)
    fill("typed", route.question)
    fill("filter-text", route.text)
    fill("sort", route.sort)
    fill("compared", list(route.compared))
    chosen = route.chosen
    for facet in facets:
        fill(f"filter-{facet}", list(chosen.get(facet, ())))


def keep_filled() -> None:
    """End a run: the browser holds its widgets from now on, and no others."""
    filled: _Filled = st.session_state[_FILLED]
    filled.held = frozenset(filled.given)


@cache
def _component() -> Callable[..., Any]:
    script = Path(__file__).with_name("page.js").read_text("utf-8")
    return st.components.v2.component("recueil_page", js=script)


@dataclass(frozen=True, slots=True)
class Script:
    """What the browser is to do: a new `place` starts from its top, or from the line asked for.

    `filters` is how many values are chosen.
    """

    place: str = ""
    anchor: bool = False
    focus: bool = False
    filters: int = 0


def page_script(t: Texts, script: Script) -> None:
    """Run `page.js`: links within the visit, language, scrolling, the dossier of this browser."""
    names = {key: t[key] for key in _NAMES.values()}
    if script.filters:  # which the folded panel hides
        names["sidebar_open"] = t["sidebar_open_on"].format(script.filters)
    with st.container(key="page-script-place"):
        _component()(
            key=_SCRIPT,
            data={
                "language": t.language,
                "names": {selector: names[key] for selector, key in _NAMES.items()},
                **{key: value for key, value in asdict(script).items() if key != "filters"},
                "over": {"title": t["over"], "text": t["over_why"], "link": t["over_again"]},
                **keeping.keeping().told(),
            },
            on_go_change=_follow_link,
            on_keep_change=_keep,
            on_release_change=_release,
            on_stored_change=_take_stored,
            on_changed_change=_take_changed,
        )


def _follow_link() -> None:
    go(Route.read_link(str(st.session_state[_SCRIPT]["go"] or "")))


def _keep() -> None:
    keeping.keep(str(st.session_state[_SCRIPT]["keep"] or ""))


def _release() -> None:
    keeping.release(str(st.session_state[_SCRIPT]["release"] or ""))


def _take_stored() -> None:
    keeping.take_stored(str(st.session_state[_SCRIPT]["stored"] or ""))


def _take_changed() -> None:
    keeping.take_changed(str(st.session_state[_SCRIPT]["changed"] or ""))


def take_refusal() -> RecueilError | None:
    """Return what the last click was refused for, once."""
    refused: RecueilError | None = st.session_state.pop("refused", None)
    return refused


def ask(assistant: Assistant, route: Route, top: int) -> Answer:
    """Answer the route's question, once: a click below doesn't ask again. Raises as `ask`."""
    key = (assistant.build, route.question, route.as_typed, route.filters, top)
    if st.session_state.get("answered-key") != key:
        answer = assistant.ask(
            route.question, top=top, filters=route.filters, as_typed=bool(route.as_typed)
        )
        st.session_state["answered-key"], st.session_state["answer"] = key, answer
        st.session_state["said"] = {}
    found: Answer = st.session_state["answer"]
    return found
