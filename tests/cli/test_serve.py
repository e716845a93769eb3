"""`recueil-qa serve`, as a process of its own: what it says, serves, and how it ends."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from recueil_qa.cli.main import main
from tests.support.serving import Served, serving, write_home
from tests.support.waiting import PATIENCE

REPEATED = "les appels répétés au guichet"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_home(tmp_path_factory.mktemp("served"))


@pytest.fixture(scope="module")
def served(home: Path) -> Iterator[Served]:
    with serving(home) as found:
        yield found


def get(served: Served, path: str) -> Any:
    with urllib.request.urlopen(served.address + path, timeout=PATIENCE) as reply:  # noqa: S310
        return reply.read().decode(), reply.headers


def ask(served: Served, question: str = REPEATED) -> Any:
    request = urllib.request.Request(  # noqa: S310
        f"{served.address}/api/v1/ask",
        json.dumps({"question": question}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=PATIENCE) as reply:  # noqa: S310
        return json.load(reply)


def test_one_process_serves_the_page_the_api_and_its_figures(served: Served) -> None:
    assert ask(served)["hits"]
    page, headers = get(served, "/?langue=en&q=secret")
    assert '<html lang="en">' in page and "server" not in headers
    assert "script-src 'self'" in headers["content-security-policy"]
    assert '<html lang="fr">' in get(served, "/")[0]
    assert get(served, "/_stcore/health")[0] == "ok"
    assert json.loads(get(served, "/livez")[0]) == {"live": True}
    assert json.loads(get(served, "/readyz")[0])["ready"] is True
    assert "recueil_questions_total" in get(served, "/metrics")[0]
    told = json.loads(get(served, "/api/v1/openapi.json")[0])
    printed = CliRunner().invoke(main, ["schema"])
    assert json.loads(printed.stdout) == told


def test_sigterm_ends_what_is_asked_and_takes_nothing_more(home: Path) -> None:
    body = json.dumps({"question": REPEATED}).encode()
    with serving(home) as found:
        ask(found)
        client = socket.create_connection(("127.0.0.1", found.port), timeout=PATIENCE)
        head = (
            f"POST /api/v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n"
            "Content-Type: application/json\r\nExpect: 100-continue\r\n\r\n"
        )
        client.sendall(head.encode())
        # It has begun to read the request, which is in flight from now on.
        assert client.recv(100).startswith(b"HTTP/1.1 100")
        found.process.send_signal(signal.SIGTERM)
        with pytest.raises(OSError):
            while True:
                socket.create_connection(("127.0.0.1", found.port), timeout=PATIENCE).close()
        client.sendall(body)
        reply = http.client.HTTPResponse(client)
        reply.begin()
        assert (reply.status, json.loads(reply.read())["question"]) == (200, REPEATED)
        assert found.process.wait(PATIENCE) == 0
        client.close()
        assert found.process.stderr is not None
        assert found.process.stderr.read() == ""


def refused(*arguments: str) -> str:
    result = CliRunner().invoke(main, ["serve", "--lang", "en", *arguments])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("recueil-qa: ")
    return result.stderr


def test_another_address_is_refused_without_a_way_to_tell_who_asks(home: Path) -> None:
    told = refused("--host", "0.0.0.0")  # noqa: S104
    assert "no access mode is set" in told and "stay on 127.0.0.1" in told


def test_an_index_that_was_never_built_is_told_before_anything_is_served(tmp_path: Path) -> None:
    told = refused("--index", str(tmp_path / "none"), "--port", "0")
    assert "no index yet" in told and "recueil-qa build" in told


def test_a_port_in_use_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECUEIL_HOME", str(home))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = refused("--port", str(port))
    assert f"can't listen on 127.0.0.1, port {port}" in told and "choose another" in told
