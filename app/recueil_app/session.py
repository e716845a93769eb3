"""What a visit remembers: the route shown, the last answer, what was said of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
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


def fill_widgets(route: Route, facets: Sequence[str]) -> None:
    """Give the widgets what the address says; what is typed and not sent yet stays.

    `facets` are the names of those that can be chosen.
    """
    wanted: dict[str, Any] = {
        "typed": route.question,
        "filter-text": route.text,
        "sort": route.sort,
        "compared": list(route.compared),
    }
    chosen = route.chosen
    wanted |= {f"filter-{facet}": list(chosen.get(facet, ())) for facet in facets}
    for key, value in wanted.items():
        if st.session_state.get(key) != value:
            st.session_state[key] = value


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
