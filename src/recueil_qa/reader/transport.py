"""What is sent to a reader's server, and what of its replies comes in.

Only the headers that this asks for, the key among them: the client's library never sees it, nor do
its errors. Replies come in up to a size and until a time, of the type that was asked for, from the
very host that was named.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx2

from recueil_qa.faults import excerpt
from recueil_qa.reader import said

BYTES = 1_000_000  # of a reply
AGENT = "recueil-qa"
_SENT = ("host", "content-type", "content-length", "connection")


class Busy(Exception):
    """The server asks to wait, `seconds` if it says how long: no error yet, it is asked again."""

    def __init__(self, seconds: float | None) -> None:
        super().__init__()
        self.seconds = seconds


class _Bounded(httpx2.SyncByteStream):
    """A reply's body, refused beyond a size or a time."""

    def __init__(self, stream: httpx2.SyncByteStream, until: float) -> None:
        self._stream = stream
        self._until = until

    def __iter__(self) -> Iterator[bytes]:
        read = 0
        for chunk in self._stream:
            read += len(chunk)
            if read > BYTES:
                raise said.too_large()
            if time.monotonic() > self._until:
                raise said.late()
            yield chunk

    def close(self) -> None:
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
        until = time.monotonic() + min(left, self._seconds)
        for name in [name for name in request.headers if name.lower() not in _SENT]:
            del request.headers[name]
        # Not compressed: a small reply could unfold into a large one.
        request.headers.update(
            {"accept": "application/json", "accept-encoding": "identity", "user-agent": AGENT}
        )
        if self._key:
            request.headers["authorization"] = f"Bearer {self._key}"
        response = self._inner.handle_request(request)
        try:
            _check(response)
        except BaseException:
            response.close()
            raise
        body = response.stream
        if not isinstance(body, httpx2.SyncByteStream):  # of a synchronous transport, it is
            raise said.other_protocol()
        return httpx2.Response(
            response.status_code,
            headers=response.headers,
            stream=_Bounded(body, until),
            extensions=response.extensions,
        )

    def close(self) -> None:
        self._inner.close()


def _check(response: httpx2.Response) -> None:
    """Refuse a reply by its head. Raises ReaderError, or Busy."""
    status, headers = response.status_code, response.headers
    if 300 <= status < 400:
        raise said.elsewhere(_host(headers.get("location", "")))
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
        return excerpt(urlsplit(location).hostname or "")
    except ValueError:
        return ""


def _seconds(text: str) -> float | None:
    """Return how long to wait; a date is no short time, and is not read."""
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if 0 <= seconds < 86_400 else None
