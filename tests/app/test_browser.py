"""The real app, served by `make run`, in a real chromium: what a manager does with it."""

from __future__ import annotations

import re
from pathlib import Path

import docx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from recueil_qa.evaluation.feedback import FeedbackStore
from tests.support.browser import (
    BOX,
    QUESTION,
    answered,
    ask,
    settled,
    until,
    visit,
    visitor_page,
)

pytestmark = [pytest.mark.browser, pytest.mark.model]

ADVICE = "Limiter le nombre d'indicateurs dans un premier temps pour faciliter l'analyse"
STORE = "recueil-qa.dossier.1"
HOSTILE = "<img src=x onerror=\"document.title='owned'\"> **gras** :smile: $x^2$ [a](javascript:b)"


def follow(page: Page, name: str, heading: str) -> None:
    """Follow a link of the menu."""
    page.get_by_role("navigation", name="Menu principal").get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", level=1, name=heading)).to_be_visible()
    settled(page)


def keep_first_line(page: Page) -> None:
    page.locator("button.keep").first.click()
    expect(page.locator("button.kept")).to_have_text("Gardé")
    settled(page)


def test_from_a_question_to_an_action_note_in_word(page: Page, tmp_path: Path) -> None:
    assert page.evaluate("document.documentElement.lang") == "fr"
    ask(page, BOX, QUESTION)
    expect(page.get_by_role("heading", name=re.compile("pratiques répondent"))).to_be_visible()
    card = page.locator("article", has_text=ADVICE)
    expect(card).to_contain_text("Caisse nationale d'assurance vieillesse")
    expect(card).to_contain_text("p. 23")
    expect(card.get_by_role("heading", name="Conseils de mise en")).to_be_visible()
    card.get_by_role("link", name=ADVICE).click()

    asked = page.locator("[data-rq-line]")
    expect(asked).to_have_text(ADVICE)
    expect(asked).to_be_in_viewport()
    expect(asked).to_be_focused()
    settled(page)
    page.get_by_role("button", name="Garder", exact=True).last.click()
    expect(page.get_by_role("link", name="Mon dossier (1)")).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Garder la pratique").click()
    expect(page.get_by_role("link", name="Mon dossier (2)")).to_be_visible()

    follow(page, "Mon dossier (2)", "Mon dossier")
    page.get_by_label("Titre du dossier").fill("Moins d'appels répétés")
    page.get_by_label("Note").first.fill("À voir en **comité**")
    page.get_by_label("Note").last.click()
    settled(page)
    page.get_by_role("button", name="Descendre").first.click()
    first = page.get_by_role("article").first
    expect(first.get_by_role("heading", name="1. Pratique entière")).to_be_visible()
    settled(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Note d'action (Word)").click()
    note = tmp_path / "note.docx"
    download.value.save_as(note)
    assert re.fullmatch(
        r"dossier-bonnes-pratiques-\d{4}-\d\d-\d\d\.docx", download.value.suggested_filename
    )
    document = docx.Document(str(note))
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert document.paragraphs[0].text == "Moins d'appels répétés"
    assert f"« {ADVICE} »" in text.replace("\u00a0", " ")
    assert "À voir en **comité**" in text
    cells = [cell.text for row in document.tables[0].rows for cell in row.cells]
    assert any(ADVICE in cell for cell in cells)


def test_the_dossier_outlives_a_reload_and_is_the_same_in_two_tabs(
    page: Page, context: BrowserContext, address: str
) -> None:
    ask(page, BOX, QUESTION)
    keep_first_line(page)
    page.reload()
    expect(page.get_by_role("link", name="Mon dossier (1)")).to_be_visible()
    other = context.new_page()
    visit(other, f"{address}/?vue=dossier")
    expect(other.get_by_role("article")).to_have_count(1)
    settled(other)
    other.get_by_role("button", name="Retirer").click()
    expect(other.get_by_text("Votre dossier est vide")).to_be_visible()
    expect(page.get_by_role("link", name="Mon dossier", exact=True)).to_be_visible()


def test_an_export_asked_for_while_typing_holds_what_was_typed(page: Page, tmp_path: Path) -> None:
    ask(page, BOX, QUESTION)
    keep_first_line(page)
    follow(page, "Mon dossier (1)", "Mon dossier")
    page.get_by_label("Titre du dossier").fill("Titre de la dernière seconde")
    page.get_by_label("Note sur l'élément 1").fill("Note de la dernière seconde")
    with page.expect_download() as download:
        page.get_by_role("button", name="Texte (Markdown)").click()
    text = download.value.path().read_text("utf-8")
    assert "Titre de la dernière seconde" in text
    assert "Note de la dernière seconde" in text


def test_a_note_is_kept_though_the_field_is_never_left(page: Page) -> None:
    ask(page, BOX, QUESTION)
    keep_first_line(page)
    follow(page, "Mon dossier (1)", "Mon dossier")
    note = page.get_by_label("Note sur l'élément 1")
    note.press_sequentially("pas encore finie")
    until(page, f"localStorage.getItem('{STORE}').includes('pas encore finie')")
    expect(note).to_be_focused()
    page.reload()
    expect(page.get_by_label("Note sur l'élément 1")).to_have_value("pas encore finie")


def test_who_types_before_the_page_has_looked_where_she_is_stays_in_her_field(page: Page) -> None:
    ask(page, BOX, QUESTION)
    keep_first_line(page)
    follow(page, "Mon dossier (1)", "Mon dossier")
    note = page.get_by_label("Note sur l'élément 1")
    page.evaluate("window.recueilPage.place = ''")  # as it is while the new page is drawn
    note.press_sequentially("déjà là")
    until(page, f"localStorage.getItem('{STORE}').includes('déjà là')")
    until(page, "window.recueilPage.place !== ''")
    page.evaluate("new Promise(requestAnimationFrame)")  # in which it looks
    page.evaluate("new Promise(requestAnimationFrame)")
    assert note.evaluate("field => field === document.activeElement")


def test_a_server_that_restarts_loses_no_dossier(page: Page, address: str) -> None:
    ask(page, BOX, QUESTION)
    keep_first_line(page)
    kept = page.evaluate(f"localStorage.getItem('{STORE}')")
    # A visit that knows nothing yet, and keeps a practice before it is told what was stored.
    page.goto(f"{address}/?q={QUESTION}")
    page.get_by_role("button", name="Garder la pratique").first.click()
    expect(page.get_by_role("link", name="Mon dossier (2)")).to_be_visible()
    settled(page)
    stored = page.evaluate(f"localStorage.getItem('{STORE}')")
    assert stored.startswith(kept.removesuffix("]}"))


def test_an_address_opens_the_same_page_elsewhere(
    page: Page, browser: Browser, address: str
) -> None:
    box = page.get_by_label("Secteur")
    box.focus()
    box.press_sequentially("social")
    box.press("Enter")
    box.press("Escape")  # closes the list
    until(page, "location.search.includes('secteur')")
    settled(page)
    page.get_by_role("link", name="English").click()
    expect(page.get_by_label("Your problem", exact=True)).to_be_visible()
    settled(page)
    ask(page, "Your problem", "How to reduce repeat calls?")
    page.get_by_role("button", name="Copy the link").click()
    expect(page.get_by_text("Link copied.")).to_be_visible()
    shared = str(page.evaluate("navigator.clipboard.readText()"))
    titles = page.locator("article h3 a").all_inner_texts()
    assert titles[0].startswith("La mesure de la réitération")
    there = browser.new_page()  # another visitor's
    visit(there, shared)
    answered(there, "How to reduce repeat calls?")
    expect(there.get_by_label("Your problem", exact=True)).to_have_value(
        "How to reduce repeat calls?"
    )
    assert there.locator("article h3 a").all_inner_texts() == titles
    assert there.evaluate("document.documentElement.lang") == "en"
    assert there.title() == "How to reduce repeat calls? — Public-service best practices"
    there.close()


def test_back_and_forward_go_through_what_was_read(page: Page) -> None:
    ask(page, BOX, QUESTION)
    page.get_by_role("link", name="Lire toute la pratique").first.click()
    expect(page.get_by_text("Pratiques proches de celle-ci")).to_be_visible()
    title = page.get_by_role("heading", level=1).inner_text()
    page.get_by_role("link", name="Pratique suivante").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text(title)
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    page.go_back()
    expect(page.get_by_label(BOX, exact=True)).to_have_value(QUESTION)
    answered(page, QUESTION)
    page.go_forward()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def test_a_point_of_the_map_opens_its_practice(page: Page) -> None:
    follow(page, "Carte", "Carte")
    points = page.locator("ul.map").get_by_role("link")
    expect(points).to_have_count(47)
    point = page.locator("ul.map").get_by_role("link", name="« Le mémo du 3939 »")
    point.hover()
    expect(point.locator(".tip")).to_be_visible()
    point.click()
    expect(page.get_by_role("heading", level=1, name="« Le mémo du 3939 »")).to_be_visible()


@pytest.mark.parametrize("where", ["question", "address", "dossier"])
def test_hostile_text_shows_as_typed_and_does_nothing(page: Page, address: str, where: str) -> None:
    if where == "question":
        box = page.get_by_label(BOX, exact=True)
        box.fill(HOSTILE)
        box.press("Enter")
        page.locator("[data-rq-question]").wait_for(state="attached")
    elif where == "address":
        visit(page, f"{address}/?" + "&".join(f"{key}={HOSTILE}" for key in ("theme", "pratique")))
        expect(page.get_by_text(f"Aucune pratique n'a « {HOSTILE} »")).to_be_visible()
    else:
        ask(page, BOX, QUESTION)
        keep_first_line(page)
        follow(page, "Mon dossier (1)", "Mon dossier")
        page.get_by_label("Note").fill(HOSTILE)
        page.get_by_label("Titre du dossier").fill(HOSTILE)
        page.keyboard.press("Enter")
        stored = f"JSON.parse(localStorage.getItem('{STORE}'))"
        until(page, f"{stored}.title && {stored}.kept[0][1]")
        page.reload()
        expect(page.get_by_label("Note")).to_have_value(HOSTILE)
    settled(page)
    assert page.title() != "owned"
    assert page.locator("img[src='x']").count() == 0
    assert page.locator("a[href^='javascript']").count() == 0


def test_nothing_of_a_visitor_is_left_to_the_next_one(browser: Browser, address: str) -> None:
    look = f"[{{...localStorage}}, {{...sessionStorage}}, document.cookie.includes('{STORE}')]"
    found = []
    for _ in range(2):
        with visitor_page(browser) as page:
            page.goto(f"{address}/livez")
            found.append(page.evaluate(look))
            page.evaluate(f"localStorage['{STORE}'] = sessionStorage['{STORE}'] = 'x'")
            page.evaluate(f"document.cookie = '{STORE}=x'")
    assert found == [[{}, {}, False]] * 2


def test_a_stored_dossier_that_was_tampered_with_is_harmless(page: Page, address: str) -> None:
    page.evaluate(f"localStorage.setItem('{STORE}', '{{\"version\":1,\"kept\":[[3]]}}')")
    visit(page, f"{address}/?vue=dossier")
    expect(page.get_by_text("Votre dossier est vide")).to_be_visible()


def test_feedback_is_stored_here_with_its_comment(page: Page, feedback_file: Path) -> None:
    ask(page, BOX, QUESTION)
    page.get_by_role("button", name="Oui").click()
    comment = page.get_by_label("Un mot de plus", exact=False)
    comment.fill("utile pour la réunion")
    comment.press("Enter")
    expect(page.get_by_text("Merci, c'est noté.")).to_be_visible()
    rows = FeedbackStore(feedback_file).all()
    assert [(row.question, row.verdict, row.comment) for row in rows[-2:]] == [
        (QUESTION, "up", ""),
        (QUESTION, "up", "utile pour la réunion"),
    ]
