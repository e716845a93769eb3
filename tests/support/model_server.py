"""A server on this machine that speaks a model's API as it is scripted to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from recueil_qa.search.searcher import Searcher

ReadBy = Callable[..., Searcher]  # a searcher whose reader is at an address
MODEL = "lecteur-1"
KEY = "sk-tres-secrete-0123456789"


@dataclass
class Script:
    """What the server does: `reply` to a request makes (status, headers, body), or None to stall.

    `requests` are those that came: path, headers, body.
    """

    reply: Callable[[dict[str, Any]], tuple[int, dict[str, str], bytes] | None]
    requests: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    models: tuple[str, ...] = (MODEL,)
    address: str = ""

    @property
    def asked(self) -> list[dict[str, Any]]:
        """The bodies of the requests for a completion."""
        return [body for path, _, body in self.requests if path.endswith("/chat/completions")]


def completion(text: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Return a reply of the API with what the model wrote."""
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": text},
        "finish_reason": "stop",
    }
    whole = {"id": "c1", "object": "chat.completion", "created": 1, "model": MODEL}
    body = json.dumps(whole | {"choices": [choice]}).encode()
    return 200, {"Content-Type": "application/json"} | headers, body


def saying(value: object) -> Callable[[dict[str, Any]], tuple[int, dict[str, str], bytes]]:
    """Return a script that always replies with a value, as JSON unless it is a text."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return lambda _: completion(text)


def failing(
    status: int, body: bytes = b"{}", **headers: str
) -> Callable[[dict[str, Any]], tuple[int, dict[str, str], bytes]]:
    """Return a script that always replies with a status."""
    sent = {"Content-Type": "application/json"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: (status, sent, body)


def lowered(headers: Message) -> dict[str, str]:
    """Return headers by their names in lower case."""
    return {name.lower(): value for name, value in headers.items()}


def question_in(body: dict[str, Any]) -> str:
    """Return the problem that a request asks about."""
    told: str = body["messages"][-1]["content"]
    return told.rpartition("BEGIN ")[2].partition("\n")[2].partition("\nEND ")[0]


@contextmanager
def serving(
    reply: Callable[[dict[str, Any]], tuple[int, dict[str, str], bytes] | None],
) -> Iterator[Script]:
    """Serve a script on a free port; `address` is where."""
    script = Script(reply)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            script.requests.append((self.path, lowered(self.headers), {}))
            rows = [{"id": name, "object": "model"} for name in script.models]
            body = json.dumps({"object": "list", "data": rows}).encode()
            self._send(200, {"Content-Type": "application/json"}, body)

        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            body = json.loads(self.rfile.read(size))
            script.requests.append((self.path, lowered(self.headers), body))
            made = script.reply(body)
            if made is None:
                script.released.wait()
                self.close_connection = True
                return
            self._send(*made)

        def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if "Content-Length" not in headers:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:  # whoever asked has heard enough
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_: object) -> None:
            pass

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        script.address = f"http://127.0.0.1:{server.server_port}/v1"
        try:
            yield script
        finally:
            script.released.set()
            server.shutdown()
            thread.join()
