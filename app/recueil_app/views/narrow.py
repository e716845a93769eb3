"""Of which collections the practices shown are: one click narrows to one of them, one goes back."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from recueil_app.page import Page
from recueil_app.render import html

NAMED = 8  # collections; the others are in the panel of filters


def show_narrow(page: Page, counts: Mapping[str, int]) -> None:
    """Show the collections with how many practices each has; nothing where there is only one.

    Narrowed to one, `counts` may say nothing of the others.
    """
    route = page.route
    if not page.titles:
        return
    chosen = route.collection
    infos = {info.id: info for info in page.assistant.collections}
    first = sorted(infos, key=lambda name: not (name in chosen or counts.get(name)))[:NAMED]
    links = [
        {
            "title": page.titles[name],
            "language": info.language,
            "count": counts.get(name, None if chosen and name not in chosen else 0),
            "href": route.choose({"collection": (name,)}).href(around="", page=""),
            "current": name in chosen,
        }
        for name, info in infos.items()
        if name in first
    ]
    whole = route.choose({"collection": ()}).href(around="", page="")
    # Its own place: the keyboard stays in it.
    with st.container(key="narrow"):
        html("narrow", t=page.t, links=links, whole=whole, is_whole=not chosen)
