"""Who is let in, where to, and what lies behind is told of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from recueil_qa import Assistant
from recueil_qa.access.identity import SCOPES as EVERY_SCOPE
from recueil_qa.api.access import access_of, check_address
from recueil_qa.errors import SettingsError
from recueil_qa.settings import Settings, load_settings
from tests.support.guarded import (
    HOST,
    MAINTAINER,
    PROXY,
    READER,
    REPEATED,
    STRANGER,
    bearer,
    make_key,
    service,
    settings_of,
    told_by_proxy,
)

STREAM = f"ws://{HOST}/_stcore/stream"
ASK = "/api/v1/ask"
QUESTION = {"question": REPEATED}
OWN = {"Origin": f"https://{HOST}"}


def test_a_key_opens_the_api_and_the_tools_not_the_page(
    stranger: TestClient, settings: Settings
) -> None:
    key = bearer(make_key(settings))
    assert stranger.post(ASK, json=QUESTION, headers=key).json()["hits"]
    assert stranger.get("/api/v1/practices", headers=key).status_code == 200
    tools = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    accept = {"Accept": "application/json, text/event-stream"}
    listed = stranger.post("/mcp", json=tools, headers=key | accept)
    assert len(listed.json()["result"]["tools"]) == 5
    assert stranger.get("/", headers=key).status_code == 403


@pytest.mark.parametrize(
    "path",
    ["/", "/mcp", "/metrics", "/api/v1/practices", "/static/a.js", "/api/v1/openapi.json",
     "/_stcore/host-config", "/nowhere"],
)  # fmt: skip
def test_without_a_name_nothing_opens(stranger: TestClient, path: str) -> None:
    refused = stranger.get(path)
    assert refused.status_code == 401
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["type"] == "urn:recueil-qa:problem:no-identity"
    programs = path.startswith(("/api", "/mcp", "/metrics"))
    assert ("www-authenticate" in refused.headers) == programs


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/_stcore/health"])
def test_whether_it_lives_is_open(stranger: TestClient, path: str) -> None:
    assert stranger.get(path).status_code in (200, 503)
    assert stranger.post(path).status_code == 401


SCOPES: list[tuple[str, str, str, dict[str, Any]]] = [
    ("read", "POST", ASK, QUESTION),
    ("read", "POST", "/api/v1/search", QUESTION),
    ("read", "GET", "/api/v1/builds/current", {}),
    (
        "feedback",
        "POST",
        "/api/v1/feedback",
        {"question": "a b", "verdict": "up", "answered": True},
    ),
    ("metrics", "GET", "/metrics", {}),
    ("rebuild", "GET", "/api/v1/builds/rebuild", {}),
    ("export", "GET", "/api/v1/feedback", {}),
]


@pytest.mark.parametrize(("scope", "method", "path", "body"), SCOPES)
def test_a_key_opens_what_it_says(
    stranger: TestClient, settings: Settings, scope: str, method: str, path: str, body: Any
) -> None:
    for given in EVERY_SCOPE:
        key = bearer(make_key(settings, given, name=given))
        status = stranger.request(method, path, json=body or None, headers=key).status_code
        assert (status == 403) == (given != scope), (given, status)
        assert status in (200, 204, 403)


def test_a_proxy_that_is_listed_says_who_asks(proxied: TestClient) -> None:
    told = proxied.get("/?q=x", headers=told_by_proxy(READER)).json()
    assert told["scheme"] == "https"
    assert told["told"] == {
        "x-recueil-user": READER, "x-recueil-role": "reader",
        "x-recueil-way": "proxy", "x-recueil-address": STRANGER,
    }  # fmt: skip
    chief = proxied.get("/", headers=told_by_proxy("CHEF@exemple.fr")).json()["told"]
    assert chief["x-recueil-role"] == "maintainer"
    accent = proxied.get("/", headers={b"X-Forwarded-Email": "zoé".encode()})
    assert accent.json()["told"]["x-recueil-user"] == "zo%C3%A9"


def test_metrics_are_the_maintainers(proxied: TestClient) -> None:
    assert proxied.get("/metrics", headers=told_by_proxy(READER)).status_code == 403
    assert proxied.get("/metrics", headers=told_by_proxy(MAINTAINER)).status_code == 200


def test_a_key_decides_where_both_are_given(proxied: TestClient, settings: Settings) -> None:
    both = told_by_proxy(MAINTAINER) | bearer(make_key(settings))
    assert proxied.get("/metrics", headers=both).status_code == 403
    wrong = told_by_proxy(MAINTAINER) | bearer("rq_wrong")
    assert proxied.get("/metrics", headers=wrong).status_code == 401
    others = told_by_proxy(MAINTAINER) | bearer("eyJhbGciOi")  # the proxy's own
    assert proxied.get("/metrics", headers=others).status_code == 200


def test_a_visit_is_told_who_it_is_of(proxied: TestClient) -> None:
    headers = told_by_proxy(READER) | OWN
    with proxied.websocket_connect(STREAM, headers=headers) as visit:
        assert visit.receive_json()["x-recueil-role"] == "reader"
        visit.send_text("a")
        assert visit.receive_text() == "still"
    for refused in (OWN, told_by_proxy(READER), headers | {"Origin": "https://other.invalid"}):
        with (
            pytest.raises(WebSocketDisconnect),
            proxied.websocket_connect(STREAM, headers=refused),
        ):
            pass


def test_the_addresses_of_others_than_proxies_tell_nothing(
    small: Assistant, settings: Settings
) -> None:
    for peer in ("10.1.1.5", "::1", "127.0.0.1", "testclient", "10.1.0.5.invalid"):
        with service(small, settings, peer) as client:
            assert client.get("/", headers=told_by_proxy(MAINTAINER)).status_code == 401
    for peer in (PROXY, f"::ffff:{PROXY}"):
        with service(small, settings, peer) as client:
            assert client.get("/", headers=told_by_proxy(MAINTAINER)).status_code == 200


def test_another_header_may_name_who_asks(tmp_path: Path, small: Assistant) -> None:
    settings = settings_of(tmp_path, small, access="proxy", access_header="Remote-User")
    with service(small, settings, PROXY) as client:
        assert client.get("/", headers={"Remote-User": READER}).status_code == 200
        assert client.get("/", headers=told_by_proxy(MAINTAINER)).status_code == 401


def test_serving_others_demands_a_way_and_a_name(tmp_path: Path, small: Assistant) -> None:
    check_address("127.0.0.1", None)
    with pytest.raises(SettingsError, match="RECUEIL_ACCESS"):
        check_address("0.0.0.0", None)  # noqa: S104
    unnamed = access_of(settings_of(tmp_path, small, access="keys", access_hosts=""))
    with pytest.raises(SettingsError, match="RECUEIL_ACCESS_HOSTS"):
        check_address("0.0.0.0", unnamed)  # noqa: S104
    check_address("127.0.0.1", unnamed)
    check_address("0.0.0.0", access_of(settings_of(tmp_path, small, access="keys")))  # noqa: S104
    assert access_of(small.settings) is None


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"access": "key"}, "keys, proxy, oidc"),
        ({"access": "proxy,oidc", "access_proxies": "::1"}, "exclude each other"),
        ({"access": "proxy"}, "addresses of the proxies"),
        ({"access_proxies": "0.0.0.0/0"}, "never the whole world"),
        ({"access_proxies": "proxy.local"}, "addresses or networks"),
        ({"access_hosts": "https://recueil.exemple.fr"}, "names of hosts"),
        ({"access_hosts": "recueil.exemple.fr:443"}, "names of hosts"),
        ({"access_header": "Cookie"}, "name of a header"),
        ({"access_header": "X-Recueil-Role"}, "name of a header"),
        ({"audit": "audit.jsonl"}, "set RECUEIL_ACCESS as well"),
        ({"rate": 0}, "RECUEIL_RATE"),
        ({"access": "oidc"}, "needs RECUEIL_OIDC_ISSUER"),
        ({"access": "oidc", "oidc_issuer": "https://id.exemple.fr"}, "RECUEIL_OIDC_CLIENT"),
        ({"oidc_issuer": "http://id.exemple.fr"}, "RECUEIL_OIDC_ISSUER"),
        ({"oidc_issuer": "https://a:b@id.exemple.fr"}, "RECUEIL_OIDC_ISSUER"),
        ({"oidc_secret": "x"}, "give it in the variable RECUEIL_OIDC_SECRET"),
    ],
)
def test_wrong_settings_are_told_in_one_line(given: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingsError, match=told) as refused:
        load_settings(**given)
    assert "\n" not in str(refused.value)


def test_proconnect_demands_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"access": "proconnect", "oidc_issuer": "https://id.exemple.fr", "oidc_client": "c"}
    with pytest.raises(SettingsError, match="RECUEIL_OIDC_SECRET"):
        load_settings(**given)
    monkeypatch.setenv("RECUEIL_OIDC_SECRET", "s3cret-value")
    assert "s3cret-value" not in repr(load_settings(**given))
