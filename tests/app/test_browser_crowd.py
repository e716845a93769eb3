"""A map of a thousand practices in a real chromium: by mouse, by keyboard, examined by axe-core."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from recueil_qa.builds.build import build_index
from tests.support import ROOT
from tests.support.browser import (
    SCHEMES,
    faults,
    running,
    settled,
    streamlit_command,
    turn,
    until,
    visit,
    visitor_page,
)
from tests.support.crowded import crowded_corpus
from tests.support.encoders import HashEncoder

pytestmark = pytest.mark.browser

POINTS = "ul.map a"


@pytest.fixture(scope="module")
def thousand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app over a thousand practices of two collections."""
    home = tmp_path_factory.mktemp("thousand")
    (home / "corpus").mkdir()
    build_index(home / "index", crowded_corpus(960, 40), HashEncoder())
    with running(
        lambda port: streamlit_command(port, "tests/support/made_crowd.py"),
        PYTHONPATH=os.pathsep.join(map(str, (ROOT, ROOT / "app", ROOT / "src"))),
        RECUEIL_HOME=str(home),
        RECUEIL_CORPUS=str(home / "corpus"),
        RECUEIL_INDEX=str(home / "index"),
    ) as address:
        yield address


def test_a_point_of_several_opens_by_keyboard_and_the_way_leads_back(
    browser: Browser, thousand: str
) -> None:
    with visitor_page(browser) as page:
        visit(page, f"{thousand}/?vue=carte")
        expect(page.locator(POINTS)).to_have_count(60)
        expect(page.get_by_text("1000 pratiques, trop pour une carte")).to_be_visible()
        point = page.locator(POINTS).nth(30)
        point.focus()
        expect(point.locator(".tip")).to_be_visible()
        expect(point.locator(".tip")).to_contain_text("autres")
        page.keyboard.press("Enter")
        until(page, "location.search.includes('autour=')")
        settled(page)
        expect(page.locator(POINTS).nth(17)).to_have_count(0)
        expect(page.get_by_role("heading", level=1)).to_be_focused()
        page.get_by_role("link", name="Revenir à toute la carte").click()
        expect(page.locator(POINTS)).to_have_count(60)


def test_a_full_map_has_no_fault_that_axe_finds(browser: Browser, thousand: str) -> None:
    with visitor_page(browser, 390, 844) as page:
        for path in ("vue=carte", "vue=carte&theme=Moyens&langue=en", "vue=carte&autour=lot-0001"):
            visit(page, f"{thousand}/?{path}")
            for scheme in SCHEMES:
                turn(page, scheme)
                assert faults(page) == []
            main = page.locator('[data-testid="stMain"]')
            assert main.evaluate("main => main.scrollWidth <= main.clientWidth")
