"""The recipes for a server, tried with the real programs where they are installed."""

from __future__ import annotations

import http.client
import http.server
import json
import re
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support import ROOT, nginx
from tests.support.browser import free_port
from tests.support.serving import serving, write_home
from tests.support.waiting import PATIENCE

SERVER = ROOT / "distribution" / "server"
EXPOSURE = 3.0  # of 10, the least shut in
SYSTEMD = shutil.which("systemd-analyze")
IDENTITY = {"x-forwarded-user", "x-forwarded-email", "x-forwarded-groups", "remote-user"}
with_nginx = pytest.mark.skipif(
    not (nginx.NGINX and nginx.OPENSSL), reason="nginx and openssl are not installed here"
)


@pytest.mark.skipif(not SYSTEMD, reason="systemd-analyze is not installed here")
def test_the_unit_is_shut_in() -> None:
    unit = str(SERVER / "recueil-qa.service")
    done = subprocess.run(
        [str(SYSTEMD), "security", "--offline=true", "--no-pager", unit],
        check=False,
        capture_output=True,
        text=True,
    )
    found = re.search(r"exposure level for \S+: ([\d.]+)", done.stdout)
    assert found, done.stdout + done.stderr
    assert float(found[1]) <= EXPOSURE


@dataclass
class Heard:
    """What a server behind the proxy was asked, with all headers."""

    requests: list[tuple[str, list[tuple[str, str]]]] = field(default_factory=list)


@contextmanager
def answering(heard: Heard, sign_on: bool = False) -> Iterator[int]:
    """Answer anything on a port, which is given; `sign_on` knows who sends one cookie."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.requests.append(
                (self.path, [(name.lower(), value) for name, value in self.headers.items()])
            )
            known = self.headers.get("Cookie") == "session=claire"
            refused = sign_on and self.path.startswith("/oauth2/auth") and not known
            self.send_response(401 if refused else 200)
            if sign_on and not refused:
                self.send_header("X-Auth-Request-User", "claire")
                self.send_header("X-Auth-Request-Email", "claire@exemple.fr")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def over_tls(prefix: Path, port: int) -> http.client.HTTPSConnection:
    trusted = ssl.create_default_context(cafile=str(prefix / "recueil.pem"))
    return http.client.HTTPSConnection("127.0.0.1", port, context=trusted, timeout=PATIENCE)


@with_nginx
def test_nginx_says_who_asks_whatever_a_visitor_pretends(tmp_path: Path) -> None:
    asked, signing, port = Heard(), Heard(), free_port()
    prefix = tmp_path / "nginx"
    with answering(asked) as upstream, answering(signing, sign_on=True) as sign_on:
        configuration = nginx.write_prefix(prefix, port, upstream, sign_on)
        assert "successful" in nginx.check(configuration)
        pretended = dict.fromkeys(IDENTITY, "root@exemple.fr") | {"X_Forwarded_Email": "root"}
        with nginx.running(configuration):
            client = over_tls(prefix, port)
            client.request("GET", "/?q=stranger", headers=pretended)
            stranger = client.getresponse()
            assert (stranger.status, stranger.read()) == (200, b"ok")
            # Led to where one signs on, with the way back; the service heard nothing.
            assert asked.requests == []
            path, headers = signing.requests[-1]
            assert path.startswith("/?q=") or path.startswith("/oauth2/start")
            assert dict(headers)["x-auth-request-redirect"] == "/?q=stranger"

            client.request("GET", "/?q=words", headers={**pretended, "Cookie": "session=claire"})
            known = client.getresponse()
            assert (known.status, known.read()) == (200, b"ok")
            path, headers = asked.requests.pop()
            assert path == "/?q=words"
            identity = [
                (name, value) for name, value in headers if name.replace("_", "-") in IDENTITY
            ]
            assert identity == [
                ("x-forwarded-user", "claire"),
                ("x-forwarded-email", "claire@exemple.fr"),
            ]
            assert dict(headers)["x-forwarded-for"] == "127.0.0.1"
            assert dict(headers)["x-forwarded-proto"] == "https"
            assert dict(headers)["host"] == f"127.0.0.1:{port}"

            for path in ("/api/v1/facets", "/mcp"):
                client.request("POST", path, headers={**pretended, "Authorization": "Bearer k"})
                program = client.getresponse()
                assert (program.status, program.read()) == (200, b"ok")
                told, headers = asked.requests.pop()
                assert told == path
                assert IDENTITY.isdisjoint(name.replace("_", "-") for name, _ in headers)
                assert dict(headers)["authorization"] == "Bearer k"

            client.request("POST", "/api/v1/ask", body=b"x" * 300_000)
            assert client.getresponse().status == 413
            client.close()
            client = over_tls(prefix, port)
            for path in ("/metrics", "/readyz", "/_signed"):
                client.request("GET", path, headers={"Cookie": "session=claire"})
                hidden = client.getresponse()
                hidden.read()
                assert hidden.status == 404, path
            client.close()
            assert asked.requests == []
    log = (prefix / "recueil.log").read_text("utf-8")
    assert '"GET /" 200' in log
    assert "words" not in log and "stranger" not in log


@with_nginx
def test_the_page_the_api_and_help_work_behind_nginx(tmp_path: Path) -> None:
    home = write_home(tmp_path / "home")
    (home / "site").mkdir()
    (home / "site" / "index.html").write_text('<html class="a" lang="fr">aide</html>', "utf-8")
    port, prefix = free_port(), tmp_path / "nginx"
    signed = {"Cookie": "session=claire"}
    with serving(home) as served, answering(Heard(), sign_on=True) as sign_on:
        configuration = nginx.write_prefix(prefix, port, served.port, sign_on)
        with nginx.running(configuration):
            client = over_tls(prefix, port)
            client.request("GET", "/?langue=en", headers=signed)
            page = client.getresponse()
            assert page.status == 200 and b'<html lang="en">' in page.read()
            assert page.headers["strict-transport-security"]
            client.request("GET", "/aide", headers=signed)
            moved = client.getresponse()
            assert (moved.status, moved.read()) == (308, b"")
            assert moved.headers["location"] == "/aide/"
            client.request("GET", "/aide/", headers=signed)
            assert b"aide" in client.getresponse().read()
            question = json.dumps({"question": "les appels répétés au guichet"}).encode()
            kind = {"Content-Type": "application/json"}
            client.request("POST", "/api/v1/ask", body=question, headers=kind)
            assert json.loads(client.getresponse().read())["hits"]
            # What the page speaks over, once it is drawn.
            client.request(
                "GET",
                "/_stcore/stream",
                headers={
                    **signed,
                    "Connection": "Upgrade",
                    "Upgrade": "websocket",
                    "Sec-WebSocket-Version": "13",
                    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
                    "Origin": f"https://127.0.0.1:{port}",
                },
            )
            assert client.getresponse().status == 101
            client.close()
