"""Messages to the tools of models' clients, right and wrong: calls, envelopes, headers, bodies."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st
from mcp.shared.inbound import encode_header_value
from mcp_types import CLIENT_CAPABILITIES_META_KEY, PROTOCOL_VERSION_META_KEY
from mcp_types.version import KNOWN_PROTOCOL_VERSIONS, LATEST_MODERN_VERSION
from pydantic_core import from_json

from benchmarks.reliability import hostile
from recueil_qa.mcp.door import BODY

ERAS = ("2025-06-18", LATEST_MODERN_VERSION)
HEADERS = {
    "accept": "application/json, text/event-stream",
    "content-type": "application/json",
}
METHODS = (
    *("initialize", "ping", "tools/list", "tools/call", "resources/list", "resources/read"),
    *("resources/templates/list", "resources/subscribe", "prompts/list", "prompts/get"),
    *("completion/complete", "logging/setLevel", "server/discover", "subscriptions/listen"),
    *("notifications/initialized", "notifications/cancelled", "notifications/progress"),
    *("sampling/createMessage", "elicitation/create", "roots/list", "tasks/get", "tools/Call", ""),
)
_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([0, -1, 2**31, 2**63, 2**64, -(10**400), 1e308, -0.0, 0.5]),
    st.floats(),  # without end, and no number, among them
    hostile.TEXTS,
)
VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(hostile.LETTERS, inner, max_size=3)
    ),
    max_leaves=6,
)
# The longest question there may be, longer ones, values within each other.
_LARGE = st.one_of(
    st.sampled_from(["accueil " * 2_500, "\u0301" * 20_001, "<" * 200_000, "\0" * 30_000]),
    st.sampled_from([json.loads("[" * deep + "]" * deep) for deep in (50, 190, 210, 700)]),
    hostile.TEXTS.map(lambda text: text * 200),
)
_IDS = st.one_of(st.integers(), hostile.LETTERS, _SCALARS)
_VERSIONS = st.one_of(st.sampled_from([*KNOWN_PROTOCOL_VERSIONS, "2030-01-01", ""]), _SCALARS)
_RAW = (
    *(b"", b"{", b"[]", b"[[]]", b"null", b"1", b'"a"', b"\xff\xfe", b"\0", b"NaN", b"{}{}"),
    *(b"[" * 50_000, b'{"a":' * 40_000, b'{"jsonrpc":"2.0","id":' + b"9" * 5_000 + b"}"),
    *(b" " * BODY, b"x" * (BODY + 1), "{}".encode("utf-16"), b"\xef\xbb\xbf{}", b"\r\n\r\n"),
)
_ODD_HEADERS: tuple[tuple[str, Sequence[str]], ...] = (
    ("accept", ("", "*/*", "text/html", "application/json;q=0", "text/event-stream", "\xff")),
    ("content-type", ("", "text/plain", "application/json; charset=utf-16", "multipart/form-data")),
    ("mcp-session-id", ("", "1", "../..", "x" * 5_000, "\xff")),
    ("mcp-protocol-version", (*KNOWN_PROTOCOL_VERSIONS, "", "1", "zzz", "x" * 5_000, "\xe9")),
    ("mcp-method", ("", "tools/list", "TOOLS/CALL", "=?base64?////?=", "\xff")),
    ("mcp-name", ("", "ask", "=?base64?7aCA?=", "x" * 5_000, "\xff")),
    ("mcp-param-question", ("x", "\xff")),
    ("last-event-id", ("", "1", "x" * 5_000)),
    ("host", ("", "evil.example", "127.0.0.1:1", "\xff", "[::1]")),
    ("origin", ("null", "https://evil.example", "http://127.0.0.1", "\xff")),
    ("authorization", ("", "Bearer", "Bearer rq_x_y", "Basic eDp5", "\xff")),
    ("content-length", ("0", "-1", "x", "9" * 30)),
    ("accept-language", ("en", "fr;q=0", "\xff", "," * 3_000)),
    ("content-encoding", ("gzip", "x")),
)
_VERBS = ("GET", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "PROPFIND")


@dataclass(frozen=True)
class Sent:
    """A request to `/mcp`; over a pipe, its body is a line."""

    body: bytes
    method: str = "POST"
    headers: tuple[tuple[str, str], ...] = ()
    tool: str = ""  # which a message that is right up to the arguments calls

    @property
    def has_arguments(self) -> bool:
        """Return whether a tool is called by names, in what any reader of JSON takes."""
        try:
            message = from_json(self.body, allow_inf_nan=False)
        except ValueError:
            return False
        arguments = message["params"]["arguments"] if self.tool else None
        return isinstance(arguments, dict) and len(self.body) <= BODY

    def numbered(self, number: str) -> Sent:
        """Return the same call with another number."""
        return replace(self, body=written(json.loads(self.body) | {"id": number}))


@dataclass(frozen=True)
class Messages:
    """Strategies for a server that offers these tools, each with its schema."""

    tools: Mapping[str, Mapping[str, Any]]
    right: Mapping[str, st.SearchStrategy[Any]]  # of each argument's name

    def http(self, header: Mapping[str, str]) -> st.SearchStrategy[Sent]:
        """Return requests over HTTP, of both eras; `header` holds what all of them have."""
        return _requests(self, {**HEADERS, **header})

    def lines(self, era: str) -> st.SearchStrategy[Sent]:
        """Return lines over a pipe, in one era."""
        return _lines(self, era)


def written(value: Any) -> bytes:
    """Return a value as JSON, halves of characters and infinite numbers included."""
    return json.dumps(value).encode()


def _spelt(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


_BODIES = st.one_of(st.sampled_from(_RAW), st.binary(max_size=80))


def _name(message: Mapping[str, Any]) -> str:
    return str(message["params"]["name"])


def enveloped(
    method: str, params: dict[str, Any] | None, number: Any, era: str, meta: bool = True
) -> dict[str, Any]:
    """Return a message as clients of an era write it."""
    message: dict[str, Any] = {"jsonrpc": "2.0", "id": number, "method": method}
    if era == LATEST_MODERN_VERSION and meta:
        told = {PROTOCOL_VERSION_META_KEY: era, CLIENT_CAPABILITIES_META_KEY: {}}
        params = {**(params or {}), "_meta": told}
    return message if params is None else message | {"params": params}


@st.composite
def _arguments(draw: st.DrawFn, messages: Messages, tool: str) -> Any:
    properties = messages.tools[tool].get("properties", {})
    kind = draw(st.sampled_from(("right", "right", "one", "one", "any", "other")))
    if kind == "other":
        return draw(VALUES)
    if kind == "any":
        names = st.one_of(st.sampled_from([*messages.right, "x", "_meta"]), hostile.LETTERS)
        return draw(st.dictionaries(names, VALUES, max_size=4))
    found = {name: draw(messages.right.get(name, VALUES)) for name in properties}
    if kind == "one":
        name = draw(st.sampled_from([*properties, "unknown"]))
        if draw(st.booleans()):
            found.pop(name, None)
        else:
            found[name] = draw(st.one_of(VALUES, VALUES, _LARGE))
    return found


@st.composite
def _calls(draw: st.DrawFn, messages: Messages, era: str) -> dict[str, Any]:
    """Return a call of a tool, right up to its arguments."""
    tool = draw(st.sampled_from([*messages.tools]))
    params = {"name": tool, "arguments": draw(_arguments(messages, tool))}
    return enveloped("tools/call", params, draw(st.integers(0, 2**53)), era)


@st.composite
def _odd(draw: st.DrawFn, messages: Messages, era: str) -> bytes:
    """Return the body of a message that is wrong somewhere else than in a tool's arguments."""
    method = draw(st.one_of(st.sampled_from(METHODS), hostile.LETTERS))
    params: dict[str, Any] = {
        "name": draw(st.one_of(st.sampled_from([*messages.tools, "unknown"]), hostile.TEXTS)),
        "arguments": draw(VALUES),
        "protocolVersion": draw(_VERSIONS),
    }
    if draw(st.booleans()):
        more = st.sampled_from(
            ("uri", "cursor", "level", "ref", "clientInfo", "requestId", "_meta")
        )
        params[draw(more)] = draw(VALUES)
    message = enveloped(method, params, draw(_IDS), era, meta=draw(st.booleans()))
    key = draw(st.sampled_from(("", "", "jsonrpc", "id", "method", "params", "result", "error")))
    if key and draw(st.booleans()):
        message.pop(key, None)
    elif key:
        message[key] = draw(VALUES)
    as_list = draw(st.sampled_from((False,) * 7 + (True,)))
    spelt = draw(st.sampled_from((written, _spelt)))
    body: bytes = spelt([message, message] if as_list else message)
    if draw(st.sampled_from((False,) * 5 + (True,))):
        at = draw(st.integers(0, len(body)))
        body = body[:at] + draw(st.sampled_from((b"", b'"', b"}", b"\0", b"\xff", b"\\ud800")))
    return body


@st.composite
def _requests(draw: st.DrawFn, messages: Messages, header: Mapping[str, str]) -> Sent:
    era = draw(st.sampled_from(ERAS))
    kind = draw(st.sampled_from(("call",) * 7 + ("odd",) * 3 + ("raw", "headers", "verb")))
    headers = {**header, "mcp-protocol-version": era}
    tool, verb = "", "POST"
    if kind in ("raw", "odd"):
        body = draw(_BODIES if kind == "raw" else _odd(messages, era))
        method, name = _routed(body)
    else:
        call = draw(_calls(messages, era))
        method, name, body = "tools/call", _name(call), written(call)
        tool = name if kind == "call" else ""
    if era == LATEST_MODERN_VERSION:
        headers |= {"mcp-method": method, "mcp-name": name}
    if kind == "verb":
        verb = draw(st.sampled_from(_VERBS))
    pairs = [*headers.items()]
    if kind == "headers" or (kind == "odd" and draw(st.booleans())):
        odd, values = draw(st.sampled_from(_ODD_HEADERS))
        value = draw(st.sampled_from(values))
        if draw(st.booleans()):
            pairs = [pair for pair in pairs if pair[0] != odd]
        pairs += [(odd, value)] * draw(st.sampled_from((0, 1, 1, 1, 2)))
    return Sent(body, verb, tuple(pairs), tool)


@st.composite
def _lines(draw: st.DrawFn, messages: Messages, era: str) -> Sent:
    kind = draw(st.sampled_from(("call",) * 5 + ("odd",) * 3 + ("value", "raw")))
    if kind == "call":
        call = draw(_calls(messages, era))
        return Sent(written(call), tool=_name(call))
    if kind == "value":
        body = written(draw(VALUES))
    else:
        body = draw(_odd(messages, era) if kind == "odd" else _BODIES)
    return Sent(body.replace(b"\n", b" ").replace(b"\r", b" "))


def _routed(body: bytes) -> tuple[str, str]:
    """Return what a client of 2026 copies from a body into its headers."""
    try:
        message = json.loads(body)
        method, params = message["method"], message["params"]
        return encode_header_value(method), encode_header_value(params["name"])
    except (ValueError, TypeError, LookupError, RecursionError, AttributeError):
        return "tools/call", "ask"
