"""`recueil-qa serve` itself, with its page and the page's web socket, behind what a proxy says."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from recueil_qa.access.keys import KeyFile
from tests.support.guarded import MAINTAINER, READER
from tests.support.serving import Served, serving, write_home
from tests.support.waiting import PATIENCE


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_home(tmp_path_factory.mktemp("served"))


@pytest.fixture(scope="module")
def served(home: Path) -> Iterator[Served]:
    access = {
        "RECUEIL_ACCESS": "keys,proxy",
        "RECUEIL_ACCESS_PROXIES": "127.0.0.1",
        "RECUEIL_ACCESS_MAINTAINERS": MAINTAINER,
        "RECUEIL_AUDIT": "audit.jsonl",
    }
    with serving(home, **access) as served:
        yield served


def get(served: Served, path: str, **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=PATIENCE)
    try:
        connection.request(
            "GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )
        reply = connection.getresponse()
        return reply.status, reply.read().decode()
    finally:
        connection.close()


def test_the_page_is_for_who_signed_on(served: Served, home: Path) -> None:
    assert get(served, "/")[0] == 401
    status, page = get(served, "/", X_Forwarded_Email=READER)
    assert status == 200 and '<html lang="fr"' in page
    assert get(served, "/livez")[0] == 200
    _, secret = KeyFile(home / "keys.json").create("essai", ["read"], 1)
    assert get(served, "/api/v1/facets", Authorization=f"Bearer {secret}")[0] == 200
    assert get(served, "/", Authorization=f"Bearer {secret}")[0] == 403


def test_what_a_visitor_says_of_the_address_before_the_proxy_is_not_believed(
    served: Served, home: Path
) -> None:
    """The server itself would take the visitor's address for the caller's, and so for a proxy's."""
    get(served, "/api/v1/practices/none", X_Forwarded_For="203.0.113.7, 127.0.0.1")
    line = json.loads((home / "audit.jsonl").read_text().splitlines()[-1])
    assert line["address"] == "203.0.113.7"
    status, _ = get(served, "/metrics", X_Forwarded_For="127.0.0.1", X_Recueil_Role="maintainer")
    assert status == 401
    assert get(served, "/metrics", X_Forwarded_Email=MAINTAINER)[0] == 200


@pytest.mark.parametrize(
    ("name", "origin", "opens"),
    [(READER, "own", True), ("", "own", False), (READER, "http://evil.invalid", False)],
)
def test_the_pages_socket_is_guarded(served: Served, name: str, origin: str, opens: bool) -> None:
    address = f"ws://127.0.0.1:{served.port}/_stcore/stream"
    headers = {"X-Forwarded-Email": name} if name else {}
    own = Origin(served.address if origin == "own" else origin)
    if opens:
        with connect(address, additional_headers=headers, origin=own):
            return
    with pytest.raises(InvalidStatus, match="403"):
        connect(address, additional_headers=headers, origin=own)
