"""What is sent to a reader's server, and what of its replies comes in.

Only the headers that this asks for, the key among them: the client's library never sees it, nor do
its errors. Replies come in up to a size and until a time, of the type that was asked for, from the
very host that was named. A server that repeats the key isn't listened to.
"""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import httpx2

from recueil_qa.faults import excerpt
from recueil_qa.reader import said

BYTES = 1_000_000  # of a reply
SECRET = 12  # characters of a key, at least
AGENT = "recueil-qa"
_SENT = ("host", "content-type", "content-length", "connection")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")


class Busy(Exception):
    """The server asks to wait, `seconds` if it says how long: no error yet, it is asked again."""

    def __init__(self, seconds: float | None) -> None:
        super().__init__()
        self.seconds = seconds


class _Deadline:
    """Cuts a request's connection when its time is over.

    The library's own times are of one read each, and a head or a chunk that comes byte by byte is
    many. Called with what the library tells of a request on its way (its "trace").
    """

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._stream: Any = None
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._timer.start()

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._until

    def __call__(self, event: str, info: Mapping[str, Any]) -> None:
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            with self._lock:
                self._stream = info["return_value"]
            if self.is_over:
                self._cut()

    def end(self) -> None:
        """Cut nothing any more."""
        self._timer.cancel()

    def _cut(self) -> None:
        with self._lock:
            found = self._stream and self._stream.get_extra_info("socket")
        if isinstance(found, socket.socket):
            # Under TLS too: whoever waits for a byte has the end of the stream at once.
            with suppress(OSError):
                socket.socket.shutdown(found, socket.SHUT_RDWR)


class _Bounded(httpx2.SyncByteStream):
    """A reply's body, refused beyond a size or a time."""

    def __init__(self, stream: httpx2.SyncByteStream, deadline: _Deadline) -> None:
        self._stream, self._deadline = stream, deadline

    def __iter__(self) -> Iterator[bytes]:
        read = 0
        try:
            for chunk in self._stream:
                read += len(chunk)
                if read > BYTES:
                    raise said.too_large()
                if self._deadline.is_over:
                    raise said.late()
                yield chunk
        except httpx2.TransportError:
            if self._deadline.is_over:
                raise said.late() from None
            raise
        # What was cut may look whole.
        if self._deadline.is_over:
            raise said.late()

    def close(self) -> None:
        self._deadline.end()
        self._stream.close()


class Transport(httpx2.BaseTransport):
    """Sends what is allowed out by another transport, and lets in what is allowed in."""

    def __init__(self, inner: httpx2.BaseTransport, key: str, host: str, seconds: float) -> None:
        self._inner, self._key, self._host, self._seconds = inner, key, host, seconds

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.netloc.decode("ascii") != self._host:
            raise said.elsewhere(request.url.host)
        # What is left of the call's time, where it was asked before.
        left = request.extensions.get("timeout", {}).get("read") or self._seconds
        for name in [name for name in request.headers if name.lower() not in _SENT]:
            del request.headers[name]
        # Not compressed: a small reply could unfold into a large one.
        request.headers.update(
            {"accept": "application/json", "accept-encoding": "identity", "user-agent": AGENT}
        )
        if self._key:
            request.headers["authorization"] = f"Bearer {self._key}"
        deadline = request.extensions["trace"] = _Deadline(min(left, self._seconds))
        response: httpx2.Response | None = None
        try:
            response = self._inner.handle_request(request)
            _check(response, self._key)
            body = response.stream
            if not isinstance(body, httpx2.SyncByteStream):  # of a synchronous transport, it is
                raise said.other_protocol()
        except BaseException as error:
            deadline.end()
            if response is not None:
                response.close()
            if isinstance(error, httpx2.TransportError) and deadline.is_over:
                raise said.late() from None
            raise
        return httpx2.Response(
            response.status_code,
            headers=response.headers,
            stream=_Bounded(body, deadline),
            extensions=response.extensions,
        )

    def close(self) -> None:
        self._inner.close()


def repeats(key: str, text: str) -> bool:
    """Return whether a server repeats the key; a short one ("none", "ollama") is no secret."""
    if len(key) < SECRET:
        return False
    plain = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text).replace("\\/", "/")
    return key.casefold() in plain.casefold()


def _check(response: httpx2.Response, key: str) -> None:
    """Refuse a reply by its head. Raises ReaderError, or Busy."""
    status, headers = response.status_code, response.headers
    if 300 <= status < 400:
        host = _host(headers.get("location", ""))
        raise said.elsewhere("" if repeats(key, host) else excerpt(host))
    if status in (429, 503):
        raise Busy(_seconds(headers.get("retry-after", "")))
    if status >= 400:
        raise said.refused(status)
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    plain = headers.get("content-encoding", "identity").strip().lower() == "identity"
    if kind != "application/json" or not plain:
        raise said.other_protocol()
    length = headers.get("content-length", "")
    if length.isdecimal() and (len(length) > 12 or int(length) > BYTES):
        raise said.too_large()


def _host(location: str) -> str:
    try:
        return urlsplit(location).hostname or ""
    except ValueError:
        return ""


def _seconds(text: str) -> float | None:
    """Return how long to wait; a date is no short time, and is not read."""
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if 0 <= seconds < 86_400 else None
