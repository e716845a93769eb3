"""How browser tests start a server: on a port of its own, whatever else takes ports meanwhile."""

from __future__ import annotations

import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from tests.support import browser

SERVER = """
import http.server, sys
where = "127.0.0.1", int(sys.argv[1])
with http.server.HTTPServer(where, http.server.BaseHTTPRequestHandler) as server:
    print(f"URL: http://127.0.0.1:{where[1]}", flush=True)
    print("x" * 200_000, flush=True)  # more than a pipe holds
    server.serve_forever()
"""


def command(port: int) -> list[str]:
    return [sys.executable, "-c", SERVER, str(port)]


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        yield int(door.getsockname()[1])


def test_a_server_whose_port_was_taken_meanwhile_gets_another(
    taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = [browser.free_port(), taken, taken]
    monkeypatch.setattr(browser, "free_port", chosen.pop)
    with (
        browser.running(command) as address,
        pytest.raises(urllib.error.HTTPError, match="501"),
    ):
        urllib.request.urlopen(address)  # noqa: S310
    assert chosen == []


def test_a_server_that_does_not_start_is_told_with_what_it_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chosen = [browser.free_port()] * 2
    monkeypatch.setattr(browser, "free_port", chosen.pop)
    with (
        pytest.raises(RuntimeError, match=r"ended before it served:\nspoilt\n"),
        browser.running(lambda _: [sys.executable, "-c", "print('spoilt')"]),
    ):
        pytest.fail("it serves")
    assert len(chosen) == 1  # another port would not help
