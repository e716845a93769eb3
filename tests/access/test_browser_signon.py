"""Real people in a real browser: led to sign on, back to where they were, and off again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, Page, Route, expect

from recueil_qa.cli.main import main
from tests.support import ROOT
from tests.support.browser import (
    BOX,
    SCHEMES,
    answered,
    ask,
    faults,
    launched,
    settled,
    visit,
    visitor,
    visitor_page,
)
from tests.support.collections import write_corpus
from tests.support.guarded import MAINTAINER, READER, REPEATED
from tests.support.provider import CLIENT, ME, NOT_ME, SECRET, Provider
from tests.support.provider import serving as providing
from tests.support.serving import serving

pytestmark = [pytest.mark.browser, pytest.mark.model]

ENCODER = str(ROOT / "models" / "recueil-e5")
AGAIN = "Recommencer"
ON_AGAIN = "S'identifier de nouveau"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`petit` and its index, by the real encoder, which each server loads in no time."""
    home = tmp_path_factory.mktemp("signing")
    write_corpus(home / "corpus")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RECUEIL_HOME", str(home))
        built = CliRunner().invoke(main, ["build", "--encoder", ENCODER])
    assert built.exit_code == 0, built.output
    return home


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@contextmanager
def signing(home: Path, way: str) -> Iterator[tuple[str, Provider]]:
    """Serve a home whose visitors sign on; yield its address, and the provider."""
    # By another name than the service: another site, as in life.
    provider = Provider("", "", strict=way == "proconnect", is_seen=True, host="localhost")
    with providing(provider):
        environment = {
            "RECUEIL_ENCODER": ENCODER,
            "RECUEIL_ACCESS": way,
            "RECUEIL_OIDC_ISSUER": provider.issuer,
            "RECUEIL_OIDC_CLIENT": CLIENT,
            "RECUEIL_OIDC_SECRET": SECRET,
            "RECUEIL_ACCESS_MAINTAINERS": MAINTAINER,
        }
        with serving(home, **environment) as served:
            provider.back = f"{served.address}/signon/back"
            provider.gone = f"{served.address}/signoff/done"
            yield served.address, provider


@pytest.fixture(scope="module")
def oidc(home: Path) -> Iterator[tuple[str, Provider]]:
    with signing(home, "oidc") as service:
        yield service


@pytest.fixture
def narrow(browser: Browser) -> Iterator[Page]:
    with visitor_page(browser, 390, 800) as page:
        yield page


def led(page: Page, address: str, provider: Provider, email: str = READER) -> None:
    """Open an address, and sign on where one is led to; it is the address that is come back to."""
    page.goto(address)
    expect(page).to_have_url(re.compile(f"^{provider.issuer}/authorize"))
    signed(page, address, provider, email)


def signed(page: Page, address: str, provider: Provider, email: str = READER) -> None:
    provider.email = email
    page.get_by_role("link", name=ME).click()
    expect(page).to_have_url(address)


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_a_reader_signs_on_asks_and_signs_off_on_a_phone(
    oidc: tuple[str, Provider], narrow: Page
) -> None:
    address, provider = oidc
    page = narrow
    led(page, f"{address}/?q=les+appels", provider)
    answered(page, "les appels")
    expect(page.locator("header.rq")).to_contain_text(READER)
    expect(page.get_by_role("link", name="L'index")).to_have_count(0)
    ask(page, BOX, REPEATED)
    expect(page.get_by_text("répond à votre question").first).to_be_visible()
    visit(page, f"{address}/?vue=index")
    expect(page.get_by_role("status")).to_have_text(
        "Cette page est réservée aux mainteneurs : voici l'accueil."
    )
    page.get_by_role("link", name="Se déconnecter").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vous êtes déconnecté")
    assert fits(page)
    page.get_by_role("link", name=ON_AGAIN).click()
    expect(page).to_have_url(re.compile(f"^{provider.issuer}/authorize"))
    assert provider.refused == []


def test_a_maintainer_signs_on_by_proconnect_and_off_there_too(
    home: Path, browser: Browser
) -> None:
    with signing(home, "proconnect") as (address, provider), visitor_page(browser) as page:
        led(page, f"{address}/?vue=index&langue=en", provider, MAINTAINER)
        expect(page.get_by_role("heading", level=1)).to_have_text("The index")
        header = page.locator("header.rq")
        expect(header).to_contain_text(MAINTAINER)
        header.get_by_role("link", name="Ask", exact=True).click()
        expect(page.get_by_label("Your problem", exact=True)).to_be_focused()
        settled(page)
        ask(page, "Your problem", REPEATED)
        page.get_by_role("link", name="Sign off").click()
        expect(page.get_by_text("You are signed off")).to_be_visible()
        assert (provider.asked[-1], provider.refused) == ("/logout", [])
        # The same tab asks again who is there.
        page.goto(f"{address}/")
        expect(page).to_have_url(re.compile(f"^{provider.issuer}/authorize"))


def test_a_session_that_is_over_is_told_and_the_question_goes_on(
    oidc: tuple[str, Provider], browser: Browser
) -> None:
    address, provider = oidc
    with visitor_page(browser) as page:
        other = page.context.new_page()
        led(page, f"{address}/", provider)
        visit(page, f"{address}/?theme=Accueil&langue=fr")
        visit(other, f"{address}/")
        other.get_by_role("link", name="Se déconnecter").click()
        expect(other.get_by_role("heading", level=1)).to_have_text("Vous êtes déconnecté")
        # Away for a moment, as a server is that restarts, and knows nobody after.
        away: list[str] = []

        def answer(route: Route) -> None:
            away.append(route.request.url)
            (route.abort if len(away) <= 2 else route.continue_)()

        page.route("**/_stcore/host-config", answer)
        box = page.get_by_label(BOX, exact=True)
        box.fill(REPEATED)
        box.press("Enter")
        told = page.get_by_role("dialog", name="Votre session est terminée")
        expect(told).to_contain_text("plus de douze heures")
        # As Streamlit's own dialog does, should it come after.
        page.evaluate("document.getElementById('root').inert = true")
        told.get_by_role("link", name="S'identifier et reprendre ici").click()
        expect(page).to_have_url(re.compile(f"^{provider.issuer}/authorize"))
        provider.email = READER
        page.get_by_role("link", name=ME).click()
        answered(page, REPEATED)


def test_a_sign_on_that_fails_says_how_to_go_on(oidc: tuple[str, Provider], narrow: Page) -> None:
    address, provider = oidc
    page = narrow
    heading = page.get_by_role("heading", level=1)
    # An answer that nobody asked for: an old page, another browser, somebody's trap.
    page.goto(f"{address}/signon/back?state={'s' * 43}&code=abc")
    expect(heading).to_have_text("L'identification n'a pas abouti")
    expect(page.locator("main > p").nth(1)).to_contain_text("a pris plus de dix minutes")
    expect(page.locator('section[lang="en"]')).to_contain_text("took more than ten minutes")
    assert fits(page)
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        assert faults(page) == []
    page.get_by_role("link", name=AGAIN).click()
    expect(page).to_have_url(re.compile(f"^{provider.issuer}/authorize"))
    # Who is refused there starts again towards the address that was asked for.
    target = f"{address}/?q=les+appels"
    page.goto(target)
    page.get_by_role("link", name=NOT_ME).click()
    expect(page.locator("main > p").nth(1)).to_contain_text("n'a pas confirmé votre identité")
    page.get_by_role("link", name=AGAIN).click()
    signed(page, target, provider)
    answered(page, "les appels")


def test_a_page_behind_a_proxy_knows_who_visits(home: Path, browser: Browser) -> None:
    environment = {
        "RECUEIL_ENCODER": ENCODER,
        "RECUEIL_ACCESS": "proxy",
        "RECUEIL_ACCESS_PROXIES": "127.0.0.1",
        "RECUEIL_ACCESS_MAINTAINERS": MAINTAINER,
    }
    with serving(home, **environment) as served:
        with visitor_page(browser) as page:
            page.goto(f"{served.address}/?langue=en")
            expect(page.get_by_role("heading", level=1)).to_have_text("Sign on")
            expect(page.locator("main")).to_contain_text("open it by its usual address")
        with visitor(browser, extra_http_headers={"X-Forwarded-Email": MAINTAINER}) as context:
            page = context.new_page()
            visit(page, f"{served.address}/?vue=index")
            expect(page.locator("header.rq")).to_contain_text(MAINTAINER)
            expect(page.get_by_role("heading", level=1)).to_have_text("L'index")
