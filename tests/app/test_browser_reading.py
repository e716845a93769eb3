"""The page with a model that reads, in a real chromium: a scripted server in the model's place."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import (
    BOX,
    QUESTION,
    answered,
    ask,
    faults,
    running,
    settled,
    streamlit_command,
    visit,
    visitor_page,
)
from tests.support.model_server import (
    KEY,
    Script,
    completion,
    failing,
    question_in,
    saying,
    serving,
)
from tests.support.waiting import PATIENCE

pytestmark = [pytest.mark.browser, pytest.mark.model]

MODEL = "un-editeur/Un-Modele-De-Taille-Moyenne-24B-Instruct-2506"  # names are that long
SIZES = [(1280, 900), (390, 844)]
SAID = ".st-key-reading"
WHY = "décrit la démarche suivie par l'équipe"
SHOW, BACK = "Afficher sa réponse", "Revenir à la recherche"


def other_order(body: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    """Reply as a model that puts the fourth of the practices first, then the first."""
    told = body["messages"][-1]["content"]
    practices = re.findall(r"^# (\S+)", told, re.MULTILINE)
    rows = [
        {"practice": practices[3], "grade": 2, "lines": ["conseils/1"], "why": WHY},
        {"practice": practices[0], "grade": 1, "lines": ["conseils/2"], "why": "cite p99 !"},
    ]
    return completion(json.dumps({"verdict": "answers", "probability": 0.9, "practices": rows}))


def cut(_: dict[str, Any]) -> None:
    """Close the connection, as a server that goes away does."""
    raise ConnectionAbortedError


class Held:
    """A reply that comes when it is let go."""

    def __init__(self, reply: Callable[..., Any] = other_order) -> None:
        self.reply = reply
        self.event = threading.Event()

    def __call__(self, body: dict[str, Any]) -> Any:
        self.event.wait(PATIENCE)
        return self.reply(body)

    def go(self) -> None:
        self.event.set()


@contextmanager
def app_read_by(folder: Path, reader: str, seconds: float = 100) -> Iterator[str]:
    """The real app over the real index, with a reader at an address."""
    with running(
        streamlit_command,
        RECUEIL_FEEDBACK_FILE=str(folder / "feedback.sqlite3"),
        RECUEIL_READER=reader,
        RECUEIL_READER_MODEL=MODEL,
        RECUEIL_READER_KEY=KEY,
        RECUEIL_READER_SECONDS=str(seconds),
        RECUEIL_READER_CACHE="false",
    ) as address:
        yield address


@pytest.fixture(scope="module", name="app")
def served_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Script]]:
    with (
        serving(other_order) as script,
        app_read_by(tmp_path_factory.mktemp("read"), script.address) as address,
    ):
        yield address, script


@pytest.fixture(name="script")
def fresh_script(app: tuple[str, Script]) -> Script:
    _, script = app
    script.reply = other_order
    script.requests.clear()
    return script


@pytest.fixture(name="address")
def app_address(app: tuple[str, Script]) -> str:
    return app[0]


def top(page: Page, selector: str) -> float:
    box = page.locator(selector).first.bounding_box()
    assert box is not None
    return box["y"]


def read(page: Page) -> None:
    """Wait for the model, without what moves the page: it comes by itself."""
    expect(page.get_by_role("button", name=SHOW)).to_be_visible()
    settled(page)


@pytest.mark.parametrize("size", SIZES)
def test_the_answer_stands_at_once_and_nothing_moves_when_the_model_has_read(
    browser: Browser, address: str, script: Script, size: tuple[int, int]
) -> None:
    held = script.reply = Held()
    with visitor_page(browser, *size) as page:
        visit(page, address)
        ask(page, BOX, QUESTION)
        expect(page.locator(SAID)).to_contain_text("lit les pratiques…")
        first = page.locator("article h3 a").first.inner_text()
        places = [top(page, "article"), top(page, "article ul.advice")]
        held.go()
        read(page)
        assert page.locator("article h3 a").first.inner_text() == first
        assert [top(page, "article"), top(page, "article ul.advice")] == places
        promised = page.locator(f"{SAID} a").inner_text()
        page.get_by_role("button", name=SHOW).click()
        expect(page.locator("article h3 a").first).to_have_text(promised)
        expect(page.locator("article")).to_have_count(2)
        expect(page.locator("article .model")).to_have_count(1)
        expect(page.locator("article .model")).to_contain_text(MODEL)
        assert WHY not in " ".join(page.locator("article a.quiet").all_inner_texts())
        settled(page)
        page.get_by_role("button", name=BACK).click()
        expect(page.locator("article h3 a").first).to_have_text(first)
    assert len(script.asked) == 1


def test_whoever_is_further_down_is_not_moved_either(
    browser: Browser, address: str, script: Script
) -> None:
    held = script.reply = Held()
    with visitor_page(browser, *SIZES[0]) as page:
        visit(page, address)
        ask(page, BOX, QUESTION)
        page.locator("article").nth(3).scroll_into_view_if_needed()
        settled(page)
        place = page.locator("article").nth(3).bounding_box()
        held.go()
        page.locator(SAID).get_by_role("button", name=SHOW).wait_for(state="attached")
        settled(page)
        assert page.locator("article").nth(3).bounding_box() == place
        # From here to the practice that the model puts first, and back, sends nothing more.
        page.locator(f"{SAID} a").click()
        expect(page.get_by_text("Pratiques proches de celle-ci")).to_be_visible()
        settled(page)
        page.get_by_role("link", name="Revenir à la réponse").click()
        answered(page, QUESTION)
        expect(page.get_by_role("button", name=SHOW)).to_be_visible()
    assert len(script.asked) == 1


def test_what_changes_is_read_out_once(browser: Browser, address: str, script: Script) -> None:
    held = script.reply = Held()
    with visitor_page(browser, *SIZES[0]) as page:
        visit(page, address)
        ask(page, BOX, QUESTION)
        expect(page.locator(f"{SAID}[aria-live=polite]")).to_be_visible()
        page.evaluate(
            """said => {
                window.told = 0; window.runs = 0;
                const app = document.querySelector('[data-testid="stApp"]');
                new MutationObserver(() => window.runs++).observe(app, {attributes: true});
                window.before = document.querySelector(said);
                new MutationObserver(() => window.told++).observe(
                    window.before, {childList: true, subtree: true, characterData: true});
            }""",
            SAID,
        )
        # It looks several times, and says nothing new meanwhile.
        page.wait_for_function("window.runs >= 6")
        assert page.evaluate("window.told") == 0
        held.go()
        read(page)
        # In the very place that was there before, which a screen reader listens to.
        assert page.evaluate("said => window.before === document.querySelector(said)", SAID)
        assert page.evaluate("window.told") > 0


def test_switched_off_not_one_request_leaves(
    browser: Browser, address: str, script: Script
) -> None:
    with visitor_page(browser, *SIZES[0]) as page:
        visit(page, address)
        told = (
            f"Envoyer ma question à {script.address[7:-3]}, où le modèle {MODEL} lit les pratiques"
        )
        switch = page.get_by_role("switch", name=told, exact=True)
        switch.focus()
        page.keyboard.press("Space")
        expect(switch).not_to_be_checked()
        settled(page)
        ask(page, BOX, QUESTION)
        expect(page.locator("article").first).to_be_visible()
        expect(page.locator(SAID)).to_have_count(0)
        page.get_by_role("link", name="English").click()
        expect(page.get_by_role("switch", name="Send my question to")).not_to_be_checked()
        assert "off" not in page.url
        # A link that is opened in another visit sends nothing either.
        visit(page, f"{address}/?q={QUESTION}")
        answered(page, QUESTION)
        expect(page.locator(SAID)).to_contain_text("non envoyée")
    assert script.requests == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (failing(500), "en panne (HTTP 500)"),
        (failing(404), "ne connaît pas ce modèle"),
        (cut, "ne répond pas, ou a coupé la connexion"),
        (saying('{"verdict": "answers"} <img src=x onerror=alert(1)>'), "forme demandée"),
        (saying(f'{{"verdict": "answers"}} {KEY}'), "répète la clé"),
    ],
)  # fmt: skip
def test_what_fails_leaves_the_answer_with_one_line(
    browser: Browser,
    address: str,
    script: Script,
    reply: Callable[..., Any],
    why: str,
    size: tuple[int, int],
) -> None:
    held = script.reply = Held(reply)
    with visitor_page(browser, *size) as page:
        visit(page, address)
        ask(page, BOX, QUESTION)
        place = top(page, "article")
        held.go()
        expect(page.locator(SAID)).to_contain_text(why)
        settled(page)
        assert top(page, "article") == place
        assert KEY not in page.content()
        script.reply = other_order
        settled(page)
        page.get_by_role("button", name="Réessayer").click()
        read(page)


def test_a_model_that_is_late_leaves_the_answer_with_one_line(
    browser: Browser, tmp_path: Path
) -> None:
    with (
        serving(lambda _: None) as script,
        app_read_by(tmp_path, script.address, 4) as address,
        visitor_page(browser, *SIZES[1]) as page,
    ):
        visit(page, address)
        ask(page, BOX, QUESTION)
        expect(page.locator(SAID)).to_contain_text("n'a pas répondu à temps")
        expect(page.locator("article").first).to_be_visible()
        assert len(script.asked) == 1


def test_by_keyboard_and_in_english(browser: Browser, address: str, script: Script) -> None:
    question = "How to reduce repeat calls?"
    with visitor_page(browser, *SIZES[0]) as page:
        visit(page, f"{address}/?langue=en")
        page.keyboard.type(question)
        page.keyboard.press("Enter")
        answered(page, question)
        show = page.get_by_role("button", name="Show its answer")
        show.focus()
        page.keyboard.press("Enter")
        expect(page.locator("article .model").first).to_contain_text("Written by the model")
        # The keyboard stays where it was.
        expect(page.get_by_role("button", name="Back to the search")).to_be_focused()
    assert [question_in(sent) for sent in script.asked] == [question]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_no_state_of_it_has_a_fault_that_axe_finds(
    browser: Browser, address: str, script: Script, dark: bool
) -> None:
    def examine(page: Page) -> None:
        assert faults(page) == []
        main = page.locator('[data-testid="stMain"]')
        assert main.evaluate("main => main.scrollWidth <= main.clientWidth")

    held = script.reply = Held()
    with visitor_page(browser, 320, 450, dark=dark) as page:
        visit(page, address)
        examine(page)
        ask(page, BOX, QUESTION)
        examine(page)
        held.go()
        read(page)
        examine(page)
        page.get_by_role("button", name=SHOW).click()
        expect(page.locator("article .model").first).to_be_visible()
        settled(page)
        examine(page)
        script.reply = failing(500)
        ask(page, BOX, "mes agents sont épuisés")
        expect(page.get_by_role("button", name="Réessayer")).to_be_visible()
        examine(page)
