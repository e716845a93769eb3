"""Whom the page shows the index to, where visitors are known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import pytest
import streamlit as st

from recueil_qa import load_settings
from recueil_qa.rebuilding import Rebuild
from recueil_qa.shared import Shared, offer
from tests.support.app import (
    REPEATED,
    click,
    keys,
    notices,
    opened,
    page,
    served_place,  # noqa: F401
    visit,
)

Serve = Callable[..., None]


@pytest.fixture
def serve(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Serve behind a guard that says this of who visits."""
    monkeypatch.setenv("RECUEIL_ACCESS", "oidc")
    monkeypatch.setenv("RECUEIL_OIDC_ISSUER", "https://id.exemple.fr")
    monkeypatch.setenv("RECUEIL_OIDC_CLIENT", "recueil")
    monkeypatch.setenv("RECUEIL_REBUILD", "true")
    monkeypatch.setenv("RECUEIL_AUDIT", str(place / "audit.jsonl"))
    told: dict[str, str] = {}
    context = mock.PropertyMock(return_value=told)

    def begin(role: str, name: str = "zo%C3%A9@exemple.fr") -> None:
        offer(Shared(load_settings()))
        told.update({"X-Recueil-Role": role, "X-Recueil-User": name, "X-Recueil-Way": "oidc"})

    with mock.patch.object(type(st.context), "headers", context):
        yield begin
    offer(None)


def test_a_maintainer_sees_the_index_and_may_rebuild(serve: Serve) -> None:
    serve("maintainer")
    app = opened(vue="index")
    assert keys(app, "rebuild") == ["rebuild-start"]
    header = page(app).xpath("//header")[0].text_content()
    assert "L'index" in header and "zoé@exemple.fr" in header
    assert page(app).xpath("//header//a[@href='/signoff']")


def test_a_reader_does_not(serve: Serve) -> None:
    serve("reader")
    app = opened(vue="index")
    assert notices(app) == ["Cette page est réservée aux mainteneurs : voici l'accueil."]
    assert keys(app, "rebuild") == []
    assert "L'index" not in page(app).xpath("//header")[0].text_content()
    assert not notices(visit(app, q=REPEATED))


def test_who_is_a_maintainer_no_more_starts_nothing(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[object] = []
    monkeypatch.setattr(Rebuild, "start", lambda *_: started.append(_))
    serve("maintainer")
    app = opened(vue="index")
    serve("reader")
    click(app, "rebuild-start")
    assert started == []


def test_without_serve_nobody_can_pretend(serve: Serve) -> None:
    serve("maintainer")
    offer(None)
    app = opened(vue="index")
    assert notices(app) == ["Cette page est réservée aux mainteneurs : voici l'accueil."]
    header = page(app).xpath("//header")[0].text_content()
    assert "zoé" not in header


def test_where_nobody_is_asked_everybody_sees_the_index(place: Path) -> None:
    app = opened(vue="index")
    assert "L'index" in page(app).xpath("//header")[0].text_content()
    assert not page(app).xpath("//header//a[@href='/signoff']")
