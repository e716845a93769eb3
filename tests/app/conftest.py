"""The real app, served to a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Request


@pytest.fixture(scope="session")
def feedback_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("feedback") / "feedback.sqlite3"


@pytest.fixture(scope="session")
def address(feedback_file: Path) -> Iterator[str]:
    """The real app, as `make run` serves it."""
    from tests.support.browser import running

    def command(port: int) -> list[str]:
        return ["make", "run", f"PORT={port}", "SERVE_OPTIONS="]

    with running(command, RECUEIL_FEEDBACK_FILE=str(feedback_file)) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One chromium for a module's visitors; no longer, for its event loop would be in the way."""
    from tests.support.browser import launched

    with launched() as browser:
        yield browser


@pytest.fixture
def context(browser: Browser, address: str) -> Iterator[BrowserContext]:
    """A visitor; the test fails when anything is asked of another host."""
    from tests.support.browser import visitor_page

    foreign: list[str] = []
    own = (f"{address}/", address.replace("http", "ws"), "data:", "blob:", "about:blank")

    def asked(request: Request) -> None:
        if not request.url.startswith(own):
            foreign.append(request.url)

    with visitor_page(browser) as page:
        context = page.context
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        context.on("request", asked)
        yield context
        context.remove_listener("request", asked)
        context.clear_permissions()
    assert foreign == []


@pytest.fixture
def page(context: BrowserContext, address: str) -> Page:
    """The page of the app, opened."""
    from tests.support.browser import visit

    page = context.pages[0]
    visit(page, address)
    return page
