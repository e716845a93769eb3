"""Public servants sign on by a provider that has ProConnect's rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import ECKey
from starlette.testclient import TestClient

from recueil_qa import Assistant
from tests.support.guarded import HOST, MAINTAINER, service, settings_of
from tests.support.provider import CLIENT, LONG, SECRET, Provider, followed, serving

OWN = f"https://{HOST}"


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider(f"{OWN}/signon/back", f"{OWN}/signoff/done", strict=True, email=MAINTAINER)
    with serving(made) as provider:
        yield provider


@pytest.fixture
def browser(
    provider: Provider, tmp_path: Path, small: Assistant, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TestClient]:
    monkeypatch.setenv("RECUEIL_OIDC_SECRET", SECRET)
    settings = settings_of(
        tmp_path, small, access="proconnect", oidc_issuer=provider.issuer, oidc_client=CLIENT,
        oidc_secret=SECRET,
    )  # fmt: skip
    with service(small, settings) as client:
        yield client


def signed_on(browser: TestClient, provider: Provider) -> Any:
    place = browser.get("/signon", params={"next": "/?vue=index"}).headers["location"]
    back = followed(place, provider)
    assert back and not provider.refused, provider.refused
    return browser.get(back)


def test_somebody_signs_on_and_off_by_its_rules(browser: TestClient, provider: Provider) -> None:
    asked = parse_qs(urlsplit(browser.get("/signon").headers["location"]).query)
    for name in ("state", "nonce"):
        assert len(asked[name][0]) >= LONG
    assert "prompt" not in asked and asked["acr_values"] == ["eidas1"]
    assert signed_on(browser, provider).headers["location"] == "/?vue=index"
    assert provider.asked[-1] == "/userinfo"
    told = browser.get("/").json()["told"]
    assert (told["x-recueil-user"], told["x-recueil-role"], told["x-recueil-way"]) == (
        MAINTAINER, "maintainer", "proconnect",
    )  # fmt: skip
    gone = followed(browser.get("/signoff").headers["location"], provider)
    assert gone and not provider.refused
    assert browser.get(gone).status_code == 200
    assert browser.get(gone).status_code == 400  # its state counts once
    assert browser.get("/").status_code == 401


INFO: dict[str, Callable[[Provider], object]] = {
    "not signed": lambda p: setattr(p, "info_kind", "json"),
    "of another": lambda p: p.info.update(sub="other"),
    "of another issuer": lambda p: p.info.update(iss="https://evil.invalid"),
    "for another service": lambda p: p.info.update(aud="other"),
    "without an address": lambda p: p.info.update(email=None),
    "with two addresses": lambda p: p.info.update(email=f"a@b.fr,{MAINTAINER}"),
    "with a line break": lambda p: p.info.update(email="a@b.fr\nc"),
}


@pytest.mark.parametrize("what", INFO)
def test_who_signed_on_is_told_by_a_signed_token(
    browser: TestClient, provider: Provider, what: str
) -> None:
    INFO[what](provider)
    assert signed_on(browser, provider).status_code == 400
    assert browser.get("/").status_code == 401


def test_what_another_key_signed_is_not_believed(browser: TestClient, provider: Provider) -> None:
    exchange = provider.exchange

    def then_another_key(form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        told = exchange(form, authorization)
        provider.signing = ECKey.generate_key("P-256", {"kid": "one"})
        return told

    provider.exchange = then_another_key  # type: ignore[method-assign]
    assert signed_on(browser, provider).status_code == 400


def test_the_provider_does_enforce_its_rules(provider: Provider) -> None:
    """A provider that takes anything would prove nothing."""
    short = {"redirect_uri": provider.back, "client_id": CLIENT, "state": "s" * 30,
             "nonce": "n" * 20, "scope": "openid", "prompt": "select_account"}  # fmt: skip
    assert provider.authorize(short) == ""
    assert {*provider.refused} == {
        "state",
        "nonce",
        "code_challenge_method",
        "acr_values",
        "prompt",
    }
    assert provider.exchange({"code": "none", "client_secret": SECRET}, "") is None
    assert provider.leave({"id_token_hint": "x", "state": "s" * 40}) == ""
    body, kind = provider.userinfo()
    assert kind == "application/jwt" and body.count(b".") == 2
