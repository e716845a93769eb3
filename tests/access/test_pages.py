"""Who can't be let in is told so: a person by a page that leads on, a program by a problem."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import html
from starlette.testclient import TestClient

from recueil_qa import Assistant
from recueil_qa.access import pages
from recueil_qa.messages import Text
from tests.support.guarded import HOST, bearer, make_key, service, settings_of
from tests.support.provider import CLIENT, Provider, serving

PERSON = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "en"}
OWN = f"https://{HOST}"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving(Provider(f"{OWN}/signon/back", f"{OWN}/signoff/done")) as provider:
        yield provider


@pytest.fixture
def browser(provider: Provider, tmp_path: Path, small: Assistant) -> Iterator[TestClient]:
    settings = settings_of(
        tmp_path, small, access="keys,oidc", oidc_issuer=provider.issuer, oidc_client=CLIENT
    )
    with service(small, settings) as client:
        yield client


def told(text: str) -> tuple[str, list[str], list[str]]:
    """Return a page's language, its headings, French or English first, and where it leads."""
    page = html.document_fromstring(text)
    headings = [each.text_content() for each in page.xpath("//h1|//h2")]
    return page.get("lang"), headings, page.xpath("//a/@href")


def test_a_person_is_told_in_french_first_and_a_program_by_a_problem(browser: TestClient) -> None:
    address = f"/signon/back?state={'s' * 43}&code=a"
    refused = browser.get(address, headers=PERSON)
    assert (refused.status_code, refused.headers["content-language"]) == (400, "fr")
    assert told(refused.text) == (
        "fr", ["L'identification n'a pas abouti", "The sign-on did not succeed"], ["/", "/"],
    )  # fmt: skip
    assert "script-src 'self'" in refused.headers["content-security-policy"]
    assert refused.headers["cache-control"] == "no-store"
    program = browser.get(address)
    assert program.headers["content-type"] == "application/problem+json"
    assert program.json()["type"].endswith(":sign-on-failed")


def test_a_provider_that_is_away_is_told_and_the_way_leads_where_one_was_going(
    browser: TestClient, provider: Provider
) -> None:
    provider.told = {"issuer": "https://other.invalid"}
    target = "/?q=%22%3E%3Cb%3E&langue=en"
    refused = browser.get("/signon", params={"next": target}, headers=PERSON)
    assert refused.status_code == 400
    language, headings, links = told(refused.text)
    assert (language, headings[0]) == ("en", "The sign-on did not succeed")
    assert links == [target, target]
    assert "try again in a while" in refused.text and "other.invalid" not in refused.text


def test_who_asks_too_often_comes_back_to_the_same_address(browser: TestClient) -> None:
    for _ in range(200):
        refused = browser.get("/signon?next=/%3Fq=a", headers=PERSON)
        if refused.status_code == 429:
            break
    assert refused.headers["retry-after"]
    assert told(refused.text)[1:] == (
        ["Trop de requêtes", "Too many requests"], ["/signon?next=/%3Fq=a"] * 2,
    )  # fmt: skip


def test_a_key_in_a_browser_and_a_wrong_name_are_told_so(tmp_path: Path, small: Assistant) -> None:
    settings = settings_of(tmp_path, small, access="keys,proxy")
    with service(small, settings) as client:
        key = bearer(make_key(settings))
        assert told(client.get("/", headers=PERSON | key).text)[1][0] == (
            "Cette page n'est pas pour vous"
        )
        stranger = client.get("/?vue=carte", headers=PERSON)
        assert stranger.status_code == 401
        assert told(stranger.text)[1:] == (["Identifiez-vous", "Sign on"], ["/?vue=carte"] * 2)
        wrong = client.get("/", headers=PERSON | {"Host": "evil.invalid"})
        assert (wrong.status_code, told(wrong.text)[2]) == (421, [])


@pytest.mark.parametrize("address", ["//evil.invalid/", "https://evil.invalid", "/\\evil", "/ a"])
def test_a_page_leads_to_this_service_alone(address: str) -> None:
    text = Text("a", "b")
    page = pages.page(400, text, text, text, address, language="fr")
    assert told(bytes(page.body).decode())[2] == ["/", "/"]


def test_nothing_of_a_text_is_markup() -> None:
    text = Text("<b>&", "<i>")
    page = bytes(pages.page(400, text, text, text, "/?a=\"'<b>", language="fr").body).decode()
    assert "<b>" not in page and "<i>" not in page
    assert told(page)[2] == ["/?a=\"'<b>"] * 2
