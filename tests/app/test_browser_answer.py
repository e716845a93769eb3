"""The first screen of an answer and its journeys, in a real chromium."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support import ROOT
from tests.support.browser import (
    BOX,
    QUESTION,
    SCHEMES,
    answered,
    ask,
    faults,
    running,
    settled,
    streamlit_command,
    turn,
    until,
    visit,
    visitor_page,
)
from tests.support.made_answers import DIRECT, FILTERED, LEADS, VALUE

pytestmark = [pytest.mark.browser, pytest.mark.model]

ASKED = (
    QUESTION,
    "mes agents sont épuisés et démotivés",
    "comment obtenir le label Marianne",
    "En combien de jours l'équipe d'audit doit-elle rendre ses conclusions ?",
    "Sous quel format faut-il envoyer la convocation au rendez-vous ?",
)
MAIL = (
    "Bonjour, je suis responsable d'un accueil en préfecture et depuis quelques mois nous croulons "
    "sous les appels : les usagers téléphonent trois ou quatre fois pour savoir où en est leur "
    "dossier, les agents passent leur temps à répondre la même chose et n'ont plus le temps de "
    "traiter les demandes, du coup les délais s'allongent et les gens rappellent encore plus. Que "
    "pouvons-nous faire pour sortir de ce cercle sans recruter ? Merci d'avance de votre aide. "
    "Cordialement, la cheffe du bureau"
)
HEAD, NARROW = (1280, 900), (390, 844)
BAND = ".band h2"


@pytest.fixture(scope="module", name="made")
def made_answers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The real app over the real index, with answers of every kind."""
    feedback = tmp_path_factory.mktemp("made") / "feedback.sqlite3"
    paths = os.pathsep.join(map(str, (ROOT, ROOT / "app", ROOT / "src")))
    with running(
        lambda port: streamlit_command(port, "tests/support/made_answers.py"),
        PYTHONPATH=paths,
        RECUEIL_FEEDBACK_FILE=str(feedback),
    ) as address:
        yield address


@pytest.fixture(name="made_page")
def page_of_made_answers(browser: Browser, made: str) -> Iterator[Page]:
    with visitor_page(browser, *HEAD) as page:
        visit(page, made)
        yield page


def bottom(page: Page, selector: str) -> float:
    """Return how far down the first element of a selector ends, in a page that isn't scrolled."""
    assert page.locator('[data-testid="stMain"]').evaluate("main => main.scrollTop") == 0
    box = page.locator(selector).first.bounding_box()
    assert box is not None
    return box["y"] + box["height"]


@pytest.mark.parametrize("question", [*ASKED, MAIL])
def test_the_first_screen_holds_the_first_title_and_its_advice(
    browser: Browser, address: str, question: str
) -> None:
    with visitor_page(browser, *HEAD) as page:
        visit(page, f"{address}/?q={question}")
        answered(page, question)
        assert bottom(page, "article h3") < HEAD[1]
        assert bottom(page, "article ul.advice li") < HEAD[1]


@pytest.mark.parametrize("question", [*ASKED, MAIL])
def test_the_first_title_is_seen_on_a_narrow_screen(
    browser: Browser, address: str, question: str
) -> None:
    with visitor_page(browser, *NARROW) as page:
        visit(page, f"{address}/?q={question}")
        answered(page, question)
        assert bottom(page, "article h3") < NARROW[1]


def test_from_a_question_to_a_card_a_line_kept_the_practice_and_back(page: Page) -> None:
    ask(page, BOX, QUESTION)
    card = page.locator("article").first
    title = card.locator("h3 a").inner_text()
    line = card.locator("li.off").first
    # The name of the button may also tell what governs the line.
    line.get_by_role("button", name=re.compile(r"^Garder : ")).click()
    expect(line.get_by_role("button", name=re.compile(r"^Gardé : "))).to_be_visible()
    expect(page.get_by_role("link", name="Mon dossier (1)")).to_be_visible()
    settled(page)
    card.locator("h3 a").click()
    expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()
    settled(page)
    page.get_by_role("link", name="Revenir à la réponse").click()
    answered(page, QUESTION)
    expect(page.get_by_label(BOX, exact=True)).to_have_value(QUESTION)
    expect(page.locator("article").first.locator("button.kept")).to_have_text("Gardé")
    settled(page)
    page.locator("button.kept").click()
    expect(page.locator("button.kept")).to_have_count(0)
    expect(page.get_by_role("link", name="Mon dossier", exact=True)).to_be_visible()


def test_enter_sends_the_question_and_shift_enter_goes_to_a_new_line(page: Page) -> None:
    box = page.get_by_label(BOX, exact=True)
    expect(box).to_be_focused()
    low = box.evaluate("box => box.offsetHeight")
    page.keyboard.type("des appels répétés")
    for more in ("au standard", "et des files", "au guichet"):
        page.keyboard.press("Shift+Enter")
        page.keyboard.type(more)
    typed = "des appels répétés\nau standard\net des files\nau guichet"
    expect(box).to_have_value(typed)
    assert box.evaluate("box => box.offsetHeight") > low
    page.keyboard.press("Enter")
    answered(page, typed.replace("\n", " "))
    expect(box).to_have_value(typed)
    # What is composed with several keys is not sent by the Enter that ends it.
    box.fill("autre question")
    event = "new KeyboardEvent('keydown', {key: 'Enter', bubbles: true, isComposing: true})"
    box.evaluate(f"box => box.dispatchEvent({event})")
    settled(page)
    assert "autre" not in page.url


def test_a_long_message_is_read_whole_in_a_box_that_stays_bounded(
    browser: Browser, address: str
) -> None:
    for size in (HEAD, NARROW):
        with visitor_page(browser, *size) as page:
            visit(page, address)
            ask(page, BOX, MAIL)
            box = page.get_by_label(BOX, exact=True)
            expect(box).to_have_value(MAIL)
            assert box.evaluate("box => box.offsetHeight") <= 160
            assert box.evaluate("box => getComputedStyle(box).overflowY") == "auto"


def test_leads_are_shown_as_practices_without_a_warning(made_page: Page) -> None:
    ask(made_page, BOX, LEADS)
    expect(made_page.locator(BAND)).to_have_text("Des pistes, sans certitude")
    expect(made_page.locator("article").first).to_be_visible()
    expect(made_page.locator(".notice")).to_have_count(0)


def test_a_direct_answer_is_read_first_kept_and_leads_to_its_line(made_page: Page) -> None:
    ask(made_page, BOX, DIRECT)
    direct = made_page.get_by_role("region", name="Réponse directe")
    for selector in ("blockquote", "article h3", "article ul.advice li"):
        assert bottom(made_page, selector) < HEAD[1]
    direct.get_by_role("button", name="Garder").click()
    expect(direct.get_by_role("button", name="Gardé")).to_be_visible()
    settled(made_page)
    line = direct.locator("blockquote p > a")
    said = line.inner_text().strip("« »\xa0")
    line.click()
    expect(made_page.locator("[data-rq-line]")).to_have_text(said)
    expect(made_page.locator("[data-rq-line]")).to_be_in_viewport()
    made_page.get_by_role("link", name="Mon dossier (1)").click()
    # Its lead-in goes with it, as a quotation of its own.
    quoted = made_page.locator("article blockquote p")
    expect(quoted).to_contain_text(said)
    expect(quoted.locator(".lead")).not_to_have_count(0)


def test_the_first_title_is_seen_below_a_direct_answer_on_a_narrow_screen(
    browser: Browser, made: str
) -> None:
    with visitor_page(browser, *NARROW) as page:
        visit(page, made)
        ask(page, BOX, DIRECT)
        assert bottom(page, "article h3") < NARROW[1]


def test_a_filter_that_was_understood_is_said_and_removed(made_page: Page) -> None:
    ask(made_page, BOX, FILTERED)
    said = made_page.get_by_text(f"Filtré : {VALUE}")
    expect(said).to_be_visible()
    made_page.get_by_role("link", name="retirer").click()
    expect(said).to_have_count(0)
    answered(made_page, FILTERED)
    assert "tel-quel=1" in made_page.url
    expect(made_page.get_by_label(BOX, exact=True)).to_have_value(FILTERED)
    # Another question is understood again.
    ask(made_page, BOX, QUESTION)
    ask(made_page, BOX, FILTERED)
    expect(said).to_be_visible()
    assert "tel-quel" not in made_page.url


def test_what_was_mended_is_searched_as_typed_on_request(page: Page) -> None:
    typed = "standrad téléphonique saturé"
    ask(page, BOX, typed)
    expect(page.get_by_text("Recherché : standard téléphonique saturé")).to_be_visible()
    page.get_by_role("link", name="chercher tel quel").click()
    until(page, "location.search.includes('tel-quel=1')")
    answered(page, typed)


def test_nothing_that_answers_is_said_with_the_three_least_distant(page: Page) -> None:
    ask(page, BOX, "recette de la tarte aux pommes")
    expect(page.locator(BAND)).to_have_text("Rien dans le recueil n'y répond")
    expect(page.locator(".notice")).to_contain_text("Décrivez le problème")
    expect(page.get_by_role("heading", name="Les moins éloignées")).to_be_visible()
    nearest = page.locator("ul.nearest a")
    expect(nearest).to_have_count(3)
    expect(page.locator("article")).to_have_count(0)
    title = nearest.first.inner_text()
    nearest.first.click()
    expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()


def test_the_probability_shows_on_hover_and_on_focus(page: Page) -> None:
    ask(page, BOX, QUESTION)
    tip = "getComputedStyle(document.querySelector('.sure'), '::after').content"
    page.locator("textarea").hover()
    assert "%" not in str(page.evaluate(tip))
    page.locator(BAND).hover()
    assert "%" in str(page.evaluate(tip))
    page.locator("textarea").hover()
    page.locator(".sure").focus()
    assert "%" in str(page.evaluate(tip))


def test_on_a_narrow_screen_the_filters_are_a_drawer(browser: Browser, address: str) -> None:
    with visitor_page(browser, *NARROW) as page:
        visit(page, f"{address}/?q={QUESTION}&theme=Proactivité")
        theme = page.get_by_label("Thème", exact=True)
        expect(theme).to_be_hidden()
        page.get_by_role("button", name="Filtres (1)").click()
        expect(theme).to_be_in_viewport()
        page.get_by_role("button", name="Retirer les filtres").click()
        until(page, "!location.search.includes('theme')")
        settled(page)
        page.get_by_role("button", name="Replier les filtres").click()
        expect(theme).to_be_hidden()
        expect(page.get_by_role("button", name="Filtres", exact=True)).to_be_visible()


def test_on_paper_an_answer_has_its_cards_and_no_buttons(page: Page) -> None:
    ask(page, BOX, QUESTION)
    page.emulate_media(media="print")
    expect(page.get_by_text(f"Votre problème : « {QUESTION} »")).to_be_visible()
    expect(page.locator("article").first).to_be_visible()
    expect(page.locator("button:visible")).to_have_count(0)
    expect(page.get_by_text(re.compile("Essayez|Copier le lien"))).to_be_hidden()


def test_no_kind_of_answer_has_a_fault_that_axe_finds_light_or_dark(
    browser: Browser, made: str
) -> None:
    with visitor_page(browser, 320, 450) as page:
        for question in (DIRECT, FILTERED, LEADS):
            visit(page, f"{made}/?q={question}")
            answered(page, question)
            for scheme in SCHEMES:
                turn(page, scheme)
                assert faults(page) == []
            main = page.locator('[data-testid="stMain"]')
            assert main.evaluate("main => main.scrollWidth <= main.clientWidth")
