"""People sign on by a provider that enforces its rules, and nobody else does."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import ECKey
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from recueil_qa import Assistant
from recueil_qa.access import fetching, oidc, sessions
from recueil_qa.access.fetching import SignOnError
from recueil_qa.access.identity import Identity
from recueil_qa.access.sessions import Kept
from recueil_qa.access.signon import target_of
from recueil_qa.settings import Settings
from tests.support.guarded import HOST, MAINTAINER, READER, logged, service, settings_of
from tests.support.provider import CLIENT, SECRET, Provider, followed, serving

HOME = {"Accept": "text/html"}
OWN = f"https://{HOST}"
COOKIE = "__Host-recueil"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving(Provider(f"{OWN}/signon/back", f"{OWN}/signoff/done")) as provider:
        yield provider


@pytest.fixture
def signing(
    provider: Provider, tmp_path: Path, small: Assistant, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    monkeypatch.setenv("RECUEIL_OIDC_SECRET", SECRET)
    return settings_of(
        tmp_path, small, access="keys,oidc", oidc_issuer=provider.issuer, oidc_client=CLIENT,
        oidc_secret=SECRET,
    )  # fmt: skip


@pytest.fixture
def browser(signing: Settings, small: Assistant) -> Iterator[TestClient]:
    with service(small, signing) as client:
        yield client


def sign_on(browser: TestClient, provider: Provider, target: str = "/") -> Any:
    """Go through a sign-on, as a browser does; return the last answer."""
    first = browser.get(target, headers=HOME)
    assert first.status_code == 303, first.text
    begun = browser.get(first.headers["location"])
    assert begun.status_code == 303, begun.text
    back = followed(begun.headers["location"], provider)
    assert back, provider.refused
    return browser.get(back)


def test_somebody_signs_on_and_off(
    browser: TestClient, provider: Provider, signing: Settings
) -> None:
    back = sign_on(browser, provider, "/?q=a%20b&vue=carte")
    assert (back.status_code, back.headers["location"]) == (303, "/?q=a%20b&vue=carte")
    told = browser.get("/").json()["told"]
    assert (told["x-recueil-user"], told["x-recueil-way"]) == (READER, "oidc")
    assert browser.get("/metrics").status_code == 403
    off = browser.get("/signoff")
    gone = followed(off.headers["location"], provider)
    assert gone and not provider.refused
    assert "déconnecté" in browser.get(gone).text
    assert browser.get("/").status_code == 401
    assert [line["action"] for line in logged(signing)][:2] == ["sign-on", "refused"]
    assert "sign-off" in [line["action"] for line in logged(signing)]


@pytest.mark.parametrize("ends", [True, False])
def test_somebody_signs_off_here_where_the_provider_can_not(
    browser: TestClient, provider: Provider, monkeypatch: pytest.MonkeyPatch, ends: bool
) -> None:
    """It has no place for it, or is away by then."""
    if not ends:
        provider.told.update(end_session_endpoint=None)
    sign_on(browser, provider)
    monkeypatch.setattr(oidc, "KNOWN_SECONDS", 0)
    if ends:
        provider.told.update(issuer="https://away.invalid")
    off = browser.get("/signoff")
    assert (off.status_code, off.headers["location"]) == (303, "/signoff/done")
    assert browser.get("/").status_code == 401


def test_keys_that_a_provider_has_changed_are_looked_at_again(
    browser: TestClient, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_on(browser, provider)
    provider.key = ECKey.generate_key("P-256", {"kid": "one"})
    browser.cookies.clear()
    monkeypatch.setattr(oidc, "AGAIN_SECONDS", 1e9)
    assert sign_on(browser, provider).status_code == 400  # looked at a moment ago
    monkeypatch.setattr(oidc, "AGAIN_SECONDS", 0)
    assert sign_on(browser, provider).status_code == 303


def test_cookies_are_the_servers_alone(browser: TestClient, provider: Provider) -> None:
    back = sign_on(browser, provider)
    for cookie in back.headers.get_list("set-cookie"):
        assert cookie.startswith("__Host-")
        for part in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
            assert part in cookie
    session = next(c for c in back.headers.get_list("set-cookie") if c.startswith(f"{COOKIE}="))
    assert "Max-Age=43200" in session
    value = browser.cookies[COOKIE]
    assert len(value) == 43 and "agent" not in value


def test_a_maintainer_is_known_by_a_proven_address(browser: TestClient, provider: Provider) -> None:
    provider.email = MAINTAINER
    sign_on(browser, provider)
    assert browser.get("/metrics").status_code == 200
    browser.cookies.clear()
    provider.said = {"email_verified": False}
    sign_on(browser, provider)
    assert browser.get("/").json()["told"]["x-recueil-user"] == provider.sub
    assert browser.get("/metrics").status_code == 403


def test_an_address_may_stand_beside_the_token(browser: TestClient, provider: Provider) -> None:
    provider.said = {"email": None, "email_verified": None, "aud": [CLIENT]}
    sign_on(browser, provider)
    assert browser.get("/").json()["told"]["x-recueil-user"] == READER


Twist = Callable[[Provider], Any]
WRONG: dict[str, Twist] = {
    "no signature": lambda p: setattr(p, "alg", "none"),
    "a secret made of the public key": lambda p: setattr(p, "alg", "HS256"),
    "another key": lambda p: setattr(p, "signing", ECKey.generate_key("P-256", {"kid": "one"})),
    "another key of no name": lambda p: setattr(p, "signing", ECKey.generate_key("P-256")),
    "another nonce": lambda p: p.said.update(nonce="n" * 43),
    "no nonce": lambda p: p.said.update(nonce=None),
    "another issuer": lambda p: p.said.update(iss="https://evil.invalid"),
    "another service": lambda p: p.said.update(aud="other"),
    "several services": lambda p: p.said.update(aud=[CLIENT, "other"]),
    "given to another service": lambda p: p.said.update(aud=[CLIENT, "other"], azp="other"),
    "no service": lambda p: p.said.update(aud=None),
    "expired": lambda p: p.said.update(exp=int(time.time()) - 3600),
    "no end": lambda p: p.said.update(exp=None),
    "not yet": lambda p: p.said.update(nbf=int(time.time()) + 3600),
    "nobody": lambda p: p.said.update(sub=None),
    "an empty name": lambda p: p.said.update(sub=""),
    "a name that is none": lambda p: p.said.update(sub=["a"]),
    "a name with a line break": lambda p: p.said.update(sub="a\r\nb", email_verified=False),
    "a name without end": lambda p: p.said.update(sub="a" * 10_000, email_verified=False),
    "what is told is of another": lambda p: (p.said.update(email=None), p.info.update(sub="other")),
    "no token": lambda p: setattr(p, "signed", lambda _: None),
    "keys elsewhere": lambda p: p.told.update(jwks_uri=f"{p.issuer}/elsewhere"),
    "keys nowhere": lambda p: p.told.update(jwks_uri=f"{p.issuer}/nowhere"),
    "keys that are none": lambda p: p.told.update(jwks_uri=f"{p.issuer}/userinfo"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_token_that_is_wrong_signs_nobody_on(
    browser: TestClient, provider: Provider, what: str
) -> None:
    WRONG[what](provider)
    refused = sign_on(browser, provider)
    assert refused.status_code == 400, what
    assert refused.json()["type"] == "urn:recueil-qa:problem:sign-on-failed"
    assert COOKIE not in browser.cookies
    assert provider.issuer not in refused.text and SECRET not in refused.text


@pytest.mark.parametrize(
    "told",
    [{"issuer": "https://evil.invalid"}, {"token_endpoint": "http://evil.invalid/token"},
     {"authorization_endpoint": "javascript:alert(1)"}, {"jwks_uri": None},
     {"token_endpoint": "https://a:b@evil.invalid/"}, {"authorization_endpoint": 5}],
)  # fmt: skip
def test_a_provider_that_says_odd_things_is_not_called(
    browser: TestClient, provider: Provider, told: dict[str, Any]
) -> None:
    provider.told = told
    refused = browser.get("/signon")
    assert refused.status_code == 400
    assert "evil" not in refused.text


def begun(browser: TestClient, provider: Provider) -> str:
    """Begin a sign-on; return the address that the provider leads back to."""
    return followed(browser.get("/signon").headers["location"], provider)


def test_an_answer_counts_once(browser: TestClient, provider: Provider) -> None:
    back = begun(browser, provider)
    assert browser.get(back).status_code == 303
    browser.cookies.delete(COOKIE)
    assert browser.get(back).status_code == 400
    assert COOKIE not in browser.cookies


def test_an_answer_belongs_to_the_browser_that_asked(
    browser: TestClient, provider: Provider, small: Assistant, signing: Settings
) -> None:
    back = begun(browser, provider)
    browser.cookies.clear()  # the victim, who is led to the attacker's answer
    assert browser.get(back).status_code == 400
    other = begun(browser, provider)
    browser.cookies.set("__Host-recueil-signon", "A" * 43, domain=HOST)
    assert browser.get(other).status_code == 400


@pytest.mark.parametrize(
    "change",
    [lambda a: a.replace("state=", "state=x"), lambda a: a + "&state=x", lambda a: a + "&code=x",
     lambda a: a.replace("iss=http", "iss=https"), lambda a: a + "&error=access_denied",
     lambda a: a.replace("code=", "kode="), lambda a: a.partition("?")[0],
     lambda a: a.replace("code=", "code=x")],
)  # fmt: skip
def test_an_answer_that_was_changed_signs_nobody_on(
    browser: TestClient, provider: Provider, change: Callable[[str], str]
) -> None:
    assert browser.get(change(begun(browser, provider))).status_code == 400
    assert COOKIE not in browser.cookies


def test_a_session_that_was_planted_is_worth_nothing(
    browser: TestClient, provider: Provider
) -> None:
    planted = "P" * 43
    browser.cookies.set(COOKIE, planted, domain=HOST)
    sign_on(browser, provider)
    value = dict(browser.cookies)[COOKIE] if len(browser.cookies.jar) == 1 else None
    browser.cookies.clear()
    assert value != planted
    browser.cookies.set(COOKIE, planted, domain=HOST)
    assert browser.get("/").status_code == 401


def test_a_session_twice_is_none(browser: TestClient, provider: Provider) -> None:
    sign_on(browser, provider)
    twice = {"Cookie": f"{COOKIE}={browser.cookies[COOKIE]}; {COOKIE}={'A' * 43}"}
    browser.cookies.clear()
    assert browser.get("/", headers=twice).status_code == 400


def test_signing_on_again_ends_the_former_session(browser: TestClient, provider: Provider) -> None:
    sign_on(browser, provider)
    former = browser.cookies[COOKIE]
    browser.get(begun(browser, provider))
    assert browser.cookies[COOKIE] != former
    browser.cookies.clear()
    assert browser.get("/", headers={"Cookie": f"{COOKIE}={former}"}).status_code == 401


@pytest.mark.parametrize(
    "target",
    ["https://evil.invalid", "//evil.invalid", "/\\evil.invalid", "\\\\evil.invalid", "/\t/evil",
     "javascript:alert(1)", "evil.invalid", "", "/\r\nSet-Cookie: a=b", "/signoff",
     "/signon?next=/", "/%0d%0a" + "a" * 9_000, "/é", " //evil.invalid", "http:evil.invalid"],
)  # fmt: skip
def test_a_sign_on_leads_nowhere_else(browser: TestClient, provider: Provider, target: str) -> None:
    assert target_of(target) == "/"
    reply = browser.get("/signon", params={"next": target})
    back = browser.get(followed(reply.headers["location"], provider))
    assert back.headers["location"] == "/"


def test_another_page_signs_nobody_off(browser: TestClient, provider: Provider) -> None:
    sign_on(browser, provider)
    for site in ("cross-site", "same-site"):
        assert browser.get("/signoff", headers={"Sec-Fetch-Site": site}).status_code == 403
    assert browser.get("/").status_code == 200
    assert browser.get("/signoff/done?state=unknown").status_code == 400


def test_a_session_needs_an_own_origin_to_change_anything(
    browser: TestClient, provider: Provider
) -> None:
    sign_on(browser, provider)
    ask = {"question": "les appels répétés au guichet"}
    for headers in ({}, {"Origin": "https://evil.invalid"}):
        assert browser.post("/api/v1/ask", json=ask, headers=headers).status_code == 403
    assert browser.post("/api/v1/ask", json=ask, headers={"Origin": OWN}).status_code == 200


def test_a_visit_ends_with_the_session(browser: TestClient, provider: Provider) -> None:
    sign_on(browser, provider)
    headers = {"Origin": OWN, "Cookie": f"{COOKIE}={browser.cookies[COOKIE]}"}
    address = f"wss://{HOST}/_stcore/stream"
    with browser.websocket_connect(address, headers=headers) as visit:
        visit.receive_json()
        visit.send_text("a")
        assert visit.receive_text() == "still"
        browser.get("/signoff")
        visit.send_text("b")
        with pytest.raises(WebSocketDisconnect):
            visit.receive_text()


def test_programs_and_sockets_are_not_led_to_sign_on(browser: TestClient) -> None:
    for path in ("/api/v1/facets", "/mcp", "/metrics", "/_stcore/health-check", "/static/a.js"):
        assert browser.get(path, headers=HOME).status_code == 401
    assert browser.get("/", headers={"Accept": "*/*"}).status_code == 401
    led = browser.get("/?q=%22%3E%3Cscript%3E&next=//evil", headers=HOME).headers["location"]
    assert urlsplit(led).path == "/signon"
    assert parse_qs(urlsplit(led).query) == {"next": ["/?q=%22%3E%3Cscript%3E&next=//evil"]}


def test_a_session_lasts_twelve_hours_whatever_is_done() -> None:
    now = [0.0]
    kept: Kept[str] = Kept(sessions.SECONDS, clock=lambda: now[0])
    name = kept.put("a")
    now[0] = 12 * 3600 - 1
    assert kept.get(name) == "a"
    now[0] += 1
    assert kept.get(name) is None
    assert not kept._values


def test_what_is_remembered_is_bounded_and_no_name_is_kept() -> None:
    kept: Kept[Identity] = Kept(60, kept=10)
    names = [kept.put(Identity(str(number), "oidc")) for number in range(100)]
    assert len(kept._values) == 10 and kept.get(names[0]) is None and kept.get(names[-1])
    assert not {*names} & {*kept._values}


@pytest.mark.parametrize(
    "url", ["http://evil.invalid/", "file:///etc/passwd", "ftp://127.0.0.1/", "", "https://",
            "https://a@b/", "https://[b/", "https://b/#c", "https://b /", "gopher://127.0.0.1",
            None, 5],
)  # fmt: skip
def test_nothing_else_is_called(url: Any) -> None:
    assert not fetching.is_callable(url)
    with pytest.raises(SignOnError):
        fetching.fetch(url or "")


def test_a_provider_that_is_away_is_told_so(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SignOnError, match="answers 404"):
        fetching.fetch(f"{provider.issuer}/nothing")
    with pytest.raises(SignOnError, match="answers 302"):
        fetching.fetch(f"{provider.issuer}/elsewhere")
    with pytest.raises(SignOnError, match="URLError"):
        fetching.fetch("http://127.0.0.1:1/")
    monkeypatch.setattr(fetching, "BYTES", 10)
    with pytest.raises(SignOnError, match="too much"):
        fetching.fetch(f"{provider.issuer}/jwks")


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"5", b"[" * 100_000])
def test_what_is_no_object_is_no_answer_of_a_provider(
    body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "fetch", lambda *_: (body, "application/json"))
    with pytest.raises(SignOnError, match="no JSON object"):
        fetching.fetch_object("https://a.invalid/x?secret=1")
