"""The documentation's pages at `/aide`, beside the page and behind what protects it."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from recueil_qa import Settings, shipped
from recueil_qa.api.application import doors
from recueil_qa.shared import Shared

SCRIPT = "document.body.dataset.theme = 'auto'"
FRENCH = '<!doctype html>\n<html class="no-js" lang="fr"><title>Début</title></html>'
ENGLISH = (
    f'<!doctype html>\n<html class="no-js" lang="en"><body><script>{SCRIPT}</script></body></html>'
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with two pages of help, a file of theirs, and a file beside them."""
    files = {
        "site/index.html": FRENCH,
        "site/docs/operator.html": ENGLISH,
        "site/_static/own.css": "body { color: black }",
        "secret.txt": "of the house",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return tmp_path


def client(home: Path) -> TestClient:
    made = doors(Shared(Settings(home=home)))
    app = Starlette(routes=made.routes, middleware=made.middleware)
    return TestClient(app, base_url="http://127.0.0.1:8501", follow_redirects=False)


def test_a_page_keeps_the_language_that_it_is_in(home: Path) -> None:
    with client(home) as asked:
        french, english = asked.get("/aide/"), asked.get("/aide/docs/operator.html?langue=fr")
    assert (french.text, english.text) == (FRENCH, ENGLISH)
    assert french.headers["content-language"] == "fr"
    assert english.headers["content-language"] == "en"
    own = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    assert f"'sha256-{own}'" in english.headers["content-security-policy"]
    assert english.headers["x-content-type-options"] == "nosniff"


def test_what_a_page_needs_comes_with_it(home: Path) -> None:
    with client(home) as asked:
        style = asked.get("/aide/_static/own.css")
        again = asked.get("/aide/_static/own.css", headers={"If-None-Match": style.headers["etag"]})
    assert style.status_code == 200
    assert style.headers["content-type"].startswith("text/css")
    assert again.status_code == 304


def test_the_address_without_its_end_leads_there(home: Path) -> None:
    with client(home) as asked:
        moved = asked.get("/aide", headers={"Host": "127.0.0.1"})
    assert (moved.status_code, moved.headers["location"]) == (308, "/aide/")


@pytest.mark.parametrize(
    "path",
    [
        "/aide/none.html",
        "/aide/../secret.txt",
        "/aide/%2e%2e/secret.txt",
        "/aide/..%2fsecret.txt",
        "/aide//etc/passwd",
        "/aide/..\\secret.txt",
        "/aide/%00",
        "/aide/" + "a" * 5_000,
    ],
)
def test_nothing_else_is_given(home: Path, path: str) -> None:
    with client(home) as asked:
        answer = asked.get(path)
    assert answer.status_code == 404
    assert "of the house" not in answer.text


def test_a_page_that_is_not_there_is_told_with_the_way_back(home: Path) -> None:
    with client(home) as asked:
        answer = asked.get("/aide/none.html")
        posted = asked.post("/aide/index.html")
    assert 'href="/aide/"' in answer.text
    assert str(home) not in answer.text
    assert posted.status_code == 405


def test_where_no_pages_were_made_it_says_how(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipped, "CHECKOUT", tmp_path / "none")
    monkeypatch.setattr(shipped, "SHIPPED", tmp_path / "none")
    with client(tmp_path) as asked:
        answer = asked.get("/aide/")
    assert answer.status_code == 404
    assert "make docs" in answer.text
    assert answer.headers["content-language"] == "fr"


def test_pages_of_a_wheel_are_found(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped, "CHECKOUT", home / "none")
    monkeypatch.setattr(shipped, "SHIPPED", home)
    assert shipped.manual(home / "elsewhere") == home / "site"
    assert shipped.manual(home) == home / "site"
