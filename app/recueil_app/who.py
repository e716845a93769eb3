"""Who visits the page, as the server before it says; everybody may all where it asks nobody."""

from __future__ import annotations

from urllib.parse import unquote

import streamlit as st

from recueil_qa import Settings
from recueil_qa.access import audit
from recueil_qa.access.identity import MAINTAINER, READER, Identity, Visit, enter
from recueil_qa.shared import offered


def visit(settings: Settings) -> Visit | None:
    """Return who visits, None where the settings ask nobody."""
    if not settings.access:
        return None
    # Without `serve` no guard stands before this page: what its headers say, anybody wrote.
    told = st.context.headers if offered() else {}
    is_maintainer = told.get("X-Recueil-Role") == "maintainer"
    identity = Identity(
        unquote(told.get("X-Recueil-User") or ""),
        told.get("X-Recueil-Way") or "none",
        "maintainer" if is_maintainer else "reader",
        MAINTAINER if is_maintainer else READER,
    )
    return Visit(identity, told.get("X-Recueil-Address") or "", is_page=True)


def begin(settings: Settings) -> Visit | None:
    """Say whose this run of the page is: what it asks is noted so."""
    found = visit(settings)
    enter(found)
    return found


def may_maintain(settings: Settings) -> bool:
    """Return whether the visitor may see and rebuild the index."""
    found = visit(settings)
    return found is None or found.identity.role == "maintainer"


def done(settings: Settings, action: audit.Action, **details: object) -> None:
    """Note something that the visitor did."""
    found = visit(settings)
    if found:
        audit.done(action, found, **details)
