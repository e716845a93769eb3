"""Which address needs what. Whatever is not named here is the page, and needs somebody."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, Literal
from urllib.parse import quote, urlsplit

from recueil_qa.access.identity import Scope

Door = Literal["api", "mcp", "metrics", "page"]
OPEN = frozenset({"/livez", "/readyz", "/_stcore/health"})
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# What servers, proxies and the page's library may each read in another way.
_STRANGE = re.compile(r"//|\\|[\x00-\x1f\x7f]|(^|/)\.{1,2}(/|$)|;")
_STRANGE_RAW = re.compile(rb"(?i)%(2f|5c|2e|25|00)")


def is_strange(path: str, raw: bytes) -> bool:
    """Return whether an address can be read in two ways."""
    return not path.startswith("/") or bool(_STRANGE.search(path) or _STRANGE_RAW.search(raw))


def door_of(path: str) -> Door:
    """Return the door that an address belongs to, as the routes take it or not."""
    first = path.removeprefix("/").split("/")[0].casefold()
    if first in ("api", "mcp", "metrics"):
        return first  # type: ignore[return-value]
    return "page"


def is_visit(scope: Mapping[str, Any]) -> bool:
    """Return whether a person with a browser opens a page, rather than a program or the page."""
    if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
        return False
    path: str = scope["path"]
    if door_of(path) != "page" or path.startswith(("/_stcore", "/static")):
        return False
    return b"text/html" in b"".join(value for name, value in scope["headers"] if name == b"accept")


def address_of(scope: Mapping[str, Any]) -> str:
    """Return the address that is asked for, on this service: path and query."""
    query = scope.get("query_string", b"").decode("latin-1")
    return quote(scope["path"]) + (f"?{query}" if query else "")


def scope_of(method: str, path: str) -> Scope:
    """Return what a key has to open for a request."""
    door = door_of(path)
    if door == "metrics":
        return "metrics"
    if door == "api" and method not in SAFE and path not in ("/api/v1/ask", "/api/v1/search"):
        # What is added and forgotten here is the maintainer's.
        return "feedback" if path == "/api/v1/feedback" else "rebuild"
    if door == "api" and path == "/api/v1/feedback":
        return "export"
    return "rebuild" if door == "api" and path == "/api/v1/builds/rebuild" else "read"


def is_own_site(host: str, origin: str, schemes: Collection[str] = ("http", "https")) -> bool:
    """Return whether what a browser calls a page's origin is the host that is asked."""
    try:
        parts = urlsplit(origin.lower())
    except ValueError:
        return False
    return bool(host) and parts.netloc == host.lower() and parts.scheme in schemes


def action_of(method: str, path: str) -> tuple[str, str]:
    """Return the action of a request in the log, "" for none, and the practice that it names."""
    if method == "POST":
        posted = {
            "/api/v1/ask": "ask",
            "/api/v1/search": "search",
            "/api/v1/feedback": "feedback",
            "/api/v1/builds": "rebuild",
            "/mcp": "tool",
        }
        return posted.get(path, ""), ""
    if method == "GET" and path == "/api/v1/feedback":
        return "export", ""
    found = re.fullmatch(r"/api/v1/practices/([^/]+)(/similar)?", path)
    if method == "GET" and found:
        return ("similar" if found[2] else "read"), found[1]
    return "", ""
