"""The page in a real chromium: by keyboard, narrow, zoomed, and examined by axe-core."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import (
    BOX,
    QUESTION,
    SCHEMES,
    answered,
    ask,
    faults,
    settled,
    turn,
    until,
    visit,
    visitor,
    visitor_page,
)

pytestmark = [pytest.mark.browser, pytest.mark.model]

PAGES = (
    "",
    f"q={QUESTION}",
    "q=recette de la tarte aux pommes",
    "vue=explorer&texte=guichet&theme=Proactivité",
    "vue=explorer",
    "vue=carte",
    "vue=comparer&avec=recueil-2014-p23&avec=recueil-2014-p22",
    "vue=dossier",
    "vue=index",
    "pratique=recueil-2014-p23&ligne=conseils/2",
    "pratique=inconnue",
)


def test_the_way_back_leads_to_where_one_was(page: Page) -> None:
    ask(page, BOX, QUESTION)
    main = page.locator('[data-testid="stMain"]')
    page.get_by_role("link", name="Lire toute la pratique").nth(3).click()
    expect(page.get_by_text("Pratiques proches de celle-ci")).to_be_visible()
    assert main.evaluate("main => main.scrollTop") == 0
    settled(page)
    page.go_back()
    answered(page, QUESTION)
    until(page, "document.querySelector('[data-testid=stMain]').scrollTop > 400")


def tab_to(page: Page, is_there: Callable[[], bool]) -> None:
    for _ in range(80):
        if is_there():
            return
        page.keyboard.press("Tab")
    raise AssertionError("the keyboard doesn't reach it")


def test_the_whole_journey_by_keyboard_alone(page: Page) -> None:
    expect(page.get_by_label(BOX, exact=True)).to_be_focused()
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    answered(page, QUESTION)

    def active(text: str) -> Callable[[], bool]:
        inside = "document.activeElement.closest('a, button')?.innerText ?? ''"
        return lambda: text in str(page.evaluate(inside))

    tab_to(page, active("La mesure de la réitération"))
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    tab_to(page, active("Garder"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Mon dossier (1)")).to_be_visible()
    settled(page)
    # The line has been drawn anew: the keyboard is still on its button.
    expect(page.locator("button.kept")).to_be_focused()
    tab_to(page, active("Lire toute la pratique"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Pratiques proches de celle-ci")).to_be_visible()
    # After a move the keyboard starts from the page's heading, not from the top of the window.
    expect(page.get_by_role("heading", level=1)).to_be_focused()


def test_the_first_tab_skips_the_menu(browser: Browser, address: str) -> None:
    with visitor_page(browser) as page:
        visit(page, f"{address}/?vue=index")
        page.keyboard.press("Tab")
        tab_to(page, lambda: bool(page.evaluate("document.activeElement.className === 'skip'")))
        expect(page.get_by_role("link", name="Aller au contenu")).to_be_in_viewport()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_be_focused()


def test_the_keyboard_stays_near_a_button_that_vanishes(page: Page) -> None:
    ask(page, BOX, QUESTION)
    page.get_by_role("button", name="Oui").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Un mot de plus", exact=False)).to_be_visible()
    expect(page.locator(".st-key-under-answer :focus")).to_have_count(1)


def test_what_streamlit_names_in_english_is_named_in_the_page_s_language(page: Page) -> None:
    for name in ("Replier les filtres", "Ouvrir la liste"):
        expect(page.get_by_role("button", name=name).first).to_be_attached()
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("button", name="Open the list").first).to_be_attached()
    page.get_by_role("button", name="Fold the filters").click()
    expect(page.get_by_role("button", name="Filters", exact=True)).to_be_visible()
    expect(page.get_by_label("Theme", exact=True)).to_be_hidden()


def test_no_page_scrolls_sideways_when_narrow_or_zoomed(browser: Browser, address: str) -> None:
    with visitor(browser, 320, 450, device_scale_factor=2) as context:
        page = context.new_page()
        for path in PAGES:
            page.set_viewport_size({"width": 320, "height": 450})
            visit(page, f"{address}/?{path}")
            for width, height in ((320, 450), (640, 900)):  # the latter is 1280 zoomed twice
                page.set_viewport_size({"width": width, "height": height})
                assert page.evaluate("innerWidth") == width
                wide = page.evaluate(
                    "[document.documentElement, document.querySelector('[data-testid=stMain]')]"
                    ".some(e => e.scrollWidth > e.clientWidth)"
                )
                assert not wide, (path, width)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_page_has_a_fault_that_axe_finds_light_or_dark(
    browser: Browser, address: str, language: str
) -> None:
    with visitor_page(browser) as page:
        visit(page, f"{address}/?q={QUESTION}&langue={language}")
        page.get_by_role("button", name=re.compile("^(Garder|Keep)")).first.click()
        page.get_by_role("link", name=re.compile(r"\(1\)$")).wait_for()
        found = list[tuple[str, ...]]()
        for path in PAGES:
            visit(page, f"{address}/?{path}&langue={language}")
            if language == "en":  # words have no colours
                found += [(path, *fault) for fault in faults(page, colours=False)]
                continue
            for scheme in SCHEMES:
                turn(page, scheme)
                found += [(path, scheme, *fault) for fault in faults(page)]
        assert found == []
