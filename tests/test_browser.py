"""The real app, served by `make run`, in a real chromium."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser import ask, browser_page, free_port, running, settled

pytestmark = [pytest.mark.browser, pytest.mark.model]

HOSTILE = "<img src=x onerror=\"document.title='owned'\"> **gras** :smile: $x^2$ [a](javascript:b)"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    port = free_port()
    command = ["make", "run", f"PORT={port}", "STREAMLIT_OPTIONS=--server.headless=true"]
    with running(command, port) as address:
        yield address


@pytest.fixture
def page(address: str) -> Iterator[Page]:
    """A page that notes every request that leaves this machine."""
    with browser_page() as page:
        foreign: list[str] = []
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith(
                    (address, "data:", "blob:", address.replace("http", "ws"))
                )
                else foreign.append(request.url)
            ),
        )
        page.goto(address)
        page.get_by_label("Votre problème", exact=True).wait_for()
        settled(page)
        yield page
        assert foreign == []


def test_a_manager_asks_reads_and_opens_a_similar_practice(page: Page) -> None:
    ask(page, "Votre problème", "Comment réduire les appels répétés ?")
    expect(page.get_by_role("heading", name="Ce que le recueil conseille")).to_be_visible()
    advice = page.get_by_text("« Limiter le nombre d'indicateurs dans un premier temps")
    expect(advice.first).to_be_visible()
    first = page.get_by_role("article").filter(has_text="La mesure de la réitération").first
    expect(first).to_contain_text("Caisse nationale d'assurance vieillesse · p. 23")
    page.get_by_text("Lire toute la pratique").first.click()
    expect(page.get_by_role("heading", name="Origine de la démarche").first).to_be_visible()
    page.get_by_text("Pratiques proches").first.click()
    page.get_by_role("button", name="Lire cette pratique").first.click()
    expect(page.get_by_text("Pratiques proches de celle-ci")).to_be_visible()
    page.get_by_role("button", name="Revenir aux résultats").click()
    expect(page.get_by_role("heading", name="Ce que le recueil conseille")).to_be_visible()


def test_english_by_toggle(page: Page) -> None:
    page.get_by_text("English", exact=True).click()
    page.get_by_label("Your problem", exact=True).wait_for()
    settled(page)
    ask(page, "Your problem", "How to reduce repeat calls?")
    expect(page.get_by_role("heading", name="What the collection advises")).to_be_visible()
    expect(page.get_by_role("article").first).to_contain_text("La mesure de la réitération")


def test_an_off_topic_question_is_refused_honestly(page: Page) -> None:
    ask(page, "Votre problème", "recette de la tarte aux pommes")
    expect(page.get_by_text("Aucune pratique du recueil ne répond")).to_be_visible()


def test_hostile_text_does_nothing(page: Page) -> None:
    box = page.get_by_label("Votre problème", exact=True)
    box.fill(HOSTILE)
    box.press("Enter")
    page.get_by_role("article").first.wait_for()
    settled(page)
    assert page.title() != "owned"
    assert page.locator("img[src='x']").count() == 0


def test_a_filter_is_chosen_with_the_keyboard(page: Page) -> None:
    box = page.get_by_label("Secteur")
    box.focus()
    box.press_sequentially("international")
    box.press("Enter")
    settled(page)
    expect(page.get_by_text("Parcourir les pratiques (1)")).to_be_visible()
