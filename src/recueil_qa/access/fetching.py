"""Calls to a provider of identities: few, short, small, never led elsewhere."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from recueil_qa.access_settings import is_loopback
from recueil_qa.messages import Text

SECONDS = 10.0
BYTES = 1_000_000
_NO_HEADERS: Mapping[str, str] = {}
_FAILED = Text(
    "le service qui vous identifie n'a pas répondu comme prévu ; réessayez dans un moment, et si "
    "cela dure, dites-le à qui tient ce service : son journal dit pourquoi",
    "the service that signs you on did not answer as expected; try again in a while, and if it "
    "lasts, tell whoever runs this service: its log says why",
)


class SignOnError(Exception):
    """A sign-on that failed; the message goes to the server's log alone, `told` to who tries."""

    def __init__(self, message: str, told: Text = _FAILED) -> None:
        super().__init__(message)
        self.told = told


class _Nowhere(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def fetch(
    url: str,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] = _NO_HEADERS,
    seconds: float = SECONDS,
) -> tuple[bytes, str]:
    """Return what is at an address, and its kind; a form is posted.

    Raises:
        SignOnError: nothing usable in time, or the address is not to be called.
    """
    if not is_callable(url):
        raise SignOnError(f"the provider names an address that is not called: {str(url)[:200]!r}")
    data = urlencode(form).encode() if form is not None else None
    request = Request(url, data, dict(headers))  # noqa: S310  # the scheme is looked at above
    ends = time.monotonic() + seconds
    try:
        with build_opener(_Nowhere).open(request, timeout=seconds) as reply:
            pieces, size = [], 0
            # Piece by piece: one that sends a byte now and then is given up, too.
            while piece := reply.read1(65_536):
                pieces.append(piece)
                size += len(piece)
                if size > BYTES or time.monotonic() > ends:
                    raise SignOnError(f"{_place(url)}: too much, or too slow")
            return b"".join(pieces), reply.headers.get_content_type()
    except HTTPError as error:
        with error:
            raise SignOnError(f"{_place(url)}: answers {error.code}") from None
    except (URLError, OSError, HTTPException, ValueError) as error:
        raise SignOnError(f"{_place(url)}: {type(error).__name__}") from error


def fetch_object(
    url: str, form: Mapping[str, str] | None = None, headers: Mapping[str, str] = _NO_HEADERS
) -> dict[str, Any]:
    """Return the JSON object at an address. Raises as `fetch`."""
    body, _ = fetch(url, form, {"Accept": "application/json", **headers})
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise SignOnError(f"{_place(url)}: no JSON object")
    return found


def is_callable(url: object) -> bool:
    """Return whether secrets may be sent to an address: by TLS, or to this machine."""
    if not isinstance(url, str) or not url.isprintable() or any(c in url for c in " \\#@"):
        return False
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    return bool(host) and (
        parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    )


def _place(url: str) -> str:
    return url.partition("?")[0][:200]
