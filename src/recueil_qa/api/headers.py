"""What each answer of the process is sent with, the page's too: its language, what it may load.

Streamlit's page says `lang="en"` whatever it shows, and has one script of its own within: both
are seen to here, on the way out.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from collections.abc import Collection
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recueil_qa.api import refusals
from recueil_qa.messages import Language, Text

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    # The page's address holds the question.
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
NOTHING = "default-src 'none'; frame-ancestors 'none'"
# Streamlit writes its styles into the page, and runs page.js from a blob.
PAGE = (
    "default-src 'self'; script-src 'self' blob: {}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' data: blob:; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'self'"
)
_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
_LANGUAGE = re.compile(rb'<html lang="[^"]*"')
_WRONG_HOST = Text(
    "appelez ce service par le nom sous lequel il est servi",
    "call this service by the name that it is served under",
)


class Protect:
    """Middleware: hosts, security headers, and the page's language from its first byte."""

    def __init__(
        self, app: ASGIApp, *, language: Language, hosts: Collection[str] = LOOPBACK
    ) -> None:
        """Serve the `hosts` only, all where there are none; a page of another site may name us."""
        self._app, self._language, self._hosts = app, language, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        if self._hosts and _host(scope) not in self._hosts:
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
                return
            refused = refusals.refusal(
                scope, 421, "wrong-host", _WRONG_HOST, default=self._language, again=""
            )
            await refused(scope, receive, send)
            return
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
            return
        page = _Page(self._asked(scope), send)
        await self._app(scope, receive, page.send)

    def _asked(self, scope: Scope) -> Language:
        """Return the language of a page: the one that its address asks for, or the settings'."""
        query = scope["query_string"].decode("latin-1")
        try:
            found = parse_qs(query, max_num_fields=400).get("langue", [""])[-1]
        except ValueError:
            found = ""
        if found in ("fr", "en"):
            return "en" if found == "en" else "fr"
        return self._language


class _Page:
    """One answer on its way out: a page is held until it is whole."""

    def __init__(self, language: Language, send: Send) -> None:
        self._language, self._send = language, send
        self._start: Message | None = None
        self._body: list[bytes] = []
        self._told = False  # whether the page says itself which language it is in

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message["headers"])
            for name, value in SECURITY.items():
                headers.setdefault(name, value)
            if headers.get("content-type", "").startswith("text/html"):
                self._start = message
                self._told = "content-language" in headers
                return
            headers.setdefault("Content-Security-Policy", NOTHING)
        elif self._start is not None and message["type"] == "http.response.body":
            self._body.append(message.get("body", b""))
            if message.get("more_body", False):
                return
            message = {"type": "http.response.body", "body": self._changed(self._start)}
            await self._send(self._start)
        await self._send(message)

    def _changed(self, start: Message) -> bytes:
        """Return the page in its language; tell its size and what it may load in the headers."""
        body = b"".join(self._body)
        headers = MutableHeaders(raw=start["headers"])
        packed = headers.get("content-encoding") == "gzip"
        plain = gzip.decompress(body) if packed and body else body
        if not self._told:
            plain = _LANGUAGE.sub(b'<html lang="%s"' % self._language.encode(), plain, count=1)
            headers["Content-Language"] = self._language
        hashes = " ".join(
            f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'"
            for script in _SCRIPT.findall(plain)
        )
        headers["Content-Security-Policy"] = PAGE.format(hashes)
        for name in ("etag", "last-modified"):  # which are the file's, whatever the language
            if name in headers:
                del headers[name]
        changed = gzip.compress(plain, mtime=0) if packed and body else plain
        if body:
            headers["content-length"] = str(len(changed))
        elif "content-length" in headers:
            del headers["content-length"]  # of what is sent for GET
        start["headers"] = headers.raw
        return changed


def _host(scope: Scope) -> str:
    """Return the host that is asked for, without its port."""
    return re.sub(r":\d*$", "", Headers(scope=scope).get("host", "")).lower()
