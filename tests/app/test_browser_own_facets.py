"""A real chromium over a collection with facets of its own, alone and beside another one."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, Page, expect

from recueil_qa.cli.main import main
from tests.support import ROOT
from tests.support.browser import (
    SCHEMES,
    answered,
    faults,
    running,
    settled,
    streamlit_command,
    turn,
    until,
    visitor_page,
)
from tests.support.browser import visit as go
from tests.support.collections import write_corpus
from tests.support.methods import write_methods

pytestmark = [pytest.mark.browser, pytest.mark.model]

BOOKLET = re.compile("recueil|secteur|guichet unique", re.IGNORECASE)


@pytest.fixture(scope="module", params=["alone", "beside"])
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Which collections the app serves: `methods`, or that and `petit`."""
    return str(request.param)


def settings_of(home: Path) -> dict[str, str]:
    return {
        "RECUEIL_HOME": str(home),
        "RECUEIL_CORPUS": str(home / "corpus"),
        "RECUEIL_INDEX": str(home / "index"),
        "RECUEIL_ENCODER": str(ROOT / "models" / "recueil-e5"),
    }


def build(home: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings_of(home).items():
            patch.setenv(name, value)
        built = CliRunner().invoke(main, ["build"])
    assert built.exit_code == 0, built.output


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of `methods` and its index. Only read it."""
    home = tmp_path_factory.mktemp("alone")
    (home / "corpus").mkdir()
    write_methods(home / "corpus")
    build(home)
    return home


@pytest.fixture(scope="module")
def address(served: str, alone: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app over a home of its own."""
    home = alone
    if served == "beside":
        home = shutil.copytree(alone, tmp_path_factory.mktemp(served) / "home")
        write_corpus(home / "corpus")
        build(home)
    with running(streamlit_command, **settings_of(home)) as found:
        yield found


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A page of the app, opened in English."""
    with visitor_page(browser) as page:
        go(page, f"{address}/?langue=en")
        yield page


def test_the_home_speaks_of_what_is_loaded(page: Page, served: str) -> None:
    main = page.get_by_test_id("stMain")
    expect(main).to_contain_text("Cards for service teams")
    box = page.get_by_label("Your problem", exact=True)
    expect(box).to_have_attribute("placeholder", re.compile("^For example: ."))
    if served == "alone":
        expect(main).to_contain_text("Browse the 30 practices")
        expect(main).not_to_contain_text(BOOKLET)
        expect(box).to_have_attribute("placeholder", re.compile("Shadow a counter"))
        return
    link = main.get_by_role("link", name="30 practices", exact=True)
    expect(main).to_contain_text("Petit recueil")
    link.click()
    expect(page.get_by_text("30 practices of 33")).to_be_visible()


def test_practices_are_filtered_by_facets_of_their_own(
    page: Page, address: str, served: str
) -> None:
    go(page, f"{address}/?langue=en&vue=explorer&facette=phase:check")
    expect(page.get_by_text("6 practices of")).to_be_visible()
    panel = page.get_by_test_id("stSidebar")
    for label in ("Phase", "Tag"):
        expect(panel.get_by_text(label, exact=True)).to_be_visible()
    expect(panel.get_by_text("Sector", exact=True)).to_have_count(0)
    page.get_by_role("link", name="Walk the queue, to check").click()
    expect(page.get_by_text("Author: Ashby Service Lab")).to_be_visible()
    settled(page)
    page.get_by_role("link", name="Measure", exact=True).click()
    expect(page.get_by_text("2 practices of")).to_be_visible()


def test_a_card_names_its_collection_where_there_are_two(
    page: Page, address: str, served: str, tmp_path: Path
) -> None:
    go(page, f"{address}/?langue=en&q=How+long+do+visitors+stand+in+line")
    card = page.locator("article.card, article").filter(has_text="Walk the queue").first
    expect(card).to_be_visible()
    expect(card.get_by_text("Cards for service teams")).to_have_count(int(served == "beside"))


MIXED = "Compter les appels répétés à notre standard"
NARROW = "nav.narrow a"


beside = pytest.mark.parametrize("served", ["beside"], indirect=True, scope="module")


@beside
@pytest.mark.parametrize("size", [(1280, 900), (390, 844)])
def test_the_first_screen_names_the_collections_and_holds_the_first_title_and_its_own(
    browser: Browser, address: str, size: tuple[int, int]
) -> None:
    with visitor_page(browser, *size) as page:
        go(page, f"{address}/?q={MIXED}")
        answered(page, MIXED)
        assert page.locator('[data-testid="stMain"]').evaluate("main => main.scrollTop") == 0
        for selector in (NARROW, "article h3", "article .book"):
            expect(page.locator(selector).first).to_be_in_viewport(ratio=1)
        wide = page.locator('[data-testid="stMain"]')
        assert wide.evaluate("main => main.scrollWidth <= main.clientWidth")


@beside
def test_the_keyboard_stays_on_the_collection_that_was_chosen(page: Page, address: str) -> None:
    go(page, f"{address}/?q={MIXED}")
    answered(page, MIXED)
    everything = page.locator("article h3 a").all_inner_texts()
    chip = page.locator(NARROW).filter(has_text="Cards for service teams")
    expect(chip).to_have_text(re.compile(r"\([1-9]\)$"))
    chip.press("Enter")
    until(page, "location.search.includes('collection=methods')")
    settled(page)
    expect(chip).to_be_focused()
    expect(chip).to_have_attribute("aria-current", "true")
    expect(page.locator("article .book").first).to_have_text("Cards for service teams")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    until(page, "!location.search.includes('collection')")
    settled(page)
    expect(page.get_by_role("link", name="Tous", exact=True)).to_be_focused()
    assert page.locator("article h3 a").all_inner_texts() == everything


@beside
def test_an_answer_of_two_collections_has_no_fault_that_axe_finds(
    browser: Browser, address: str
) -> None:
    with visitor_page(browser, 390, 844) as page:
        for path in (f"q={MIXED}", f"q={MIXED}&collection=methods&langue=en"):
            go(page, f"{address}/?{path}")
            answered(page, MIXED)
            for scheme in SCHEMES:
                turn(page, scheme)
                assert faults(page) == []
