"""What proxies say of a request, believed from listed addresses alone, and taken off all others.

Of what a listed proxy says, one header names who asks: the one that the settings name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.types import Scope

from recueil_qa.access.identity import NAME_CHARACTERS

Address = IPv4Address | IPv6Address
Pairs = list[tuple[bytes, bytes]]
# As servers behind a proxy know them; "_" and "-" are one to many of these.
_TOLD_BY_PROXIES = re.compile(
    rb"x-(forwarded|recueil|auth|remote|real|original|envoy|client|user|email|groups?|oidc|webauth)"
    rb"(-.*)?|forwarded(-.*)?|remote-.*|oidc-.*|cf-.*|true-client-ip|via-user"
)
_FOR, _PROTO = b"x-forwarded-for", b"x-forwarded-proto"
ONCE = frozenset({b"host", b"authorization", b"origin", b"content-length", b"content-type"})


class AmbiguousError(Exception):
    """A request that can be read in two ways."""


@dataclass(frozen=True, slots=True)
class Told:
    """A request's headers without what only proxies may say, and what a listed one said."""

    headers: Pairs
    name: str  # of who signed on, "" where nobody did
    address: str  # where the request comes from
    scheme: str  # "" as it came


class Proxies:
    """The proxies that are listed."""

    def __init__(self, networks: Iterable[str], header: str) -> None:
        self._networks = tuple(ip_network(each) for each in networks)
        self._header = header.lower().encode()

    def read(self, scope: Scope) -> Told:
        """Return what to make of a request's headers.

        Raises:
            AmbiguousError: a header stands twice, or holds what no proxy writes.
        """
        peer = parsed((scope.get("client") or ("",))[0])
        listed = peer is not None and self._lists(peer)
        kept: Pairs = []
        told: dict[bytes, list[bytes]] = {}
        seen: set[bytes] = set()
        for raw, value in scope["headers"]:
            name = raw.lower().replace(b"_", b"-")
            if name in ONCE:
                if name in seen:
                    raise AmbiguousError(name.decode("latin-1"))
                seen.add(name)
            if name == self._header or _TOLD_BY_PROXIES.fullmatch(name):
                told.setdefault(name, []).append(value)
                if b"_" in raw and listed and name == self._header:
                    raise AmbiguousError(name.decode("latin-1"))
            else:
                kept.append((raw.lower(), value))
        if not listed:
            return Told(kept, "", str(peer) if peer else "", "")
        return Told(
            kept,
            _name(told.get(self._header, [])),
            self._visitor(told.get(_FOR, []), str(peer)),
            _scheme(told.get(_PROTO, [])),
        )

    def _lists(self, address: Address) -> bool:
        return any(address in network for network in self._networks)

    def _visitor(self, told: list[bytes], peer: str) -> str:
        """Return the last address before the listed proxies; anybody wrote what stands before."""
        for part in reversed(b",".join(told).split(b",")):
            address = parsed(part.strip().decode("latin-1"))
            if address is None:
                break
            if not self._lists(address):
                return str(address)
        return peer


def parsed(text: str) -> Address | None:
    """Return an address, one of the older kind where it is written as one of the newer."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def neighbourhood(address: str) -> str:
    """Return what counts as one address: of the newer kind, each house has a network of them."""
    found = parsed(address)
    if isinstance(found, IPv6Address):
        return str(IPv6Network((found, 64), strict=False))
    return address


def _name(values: list[bytes]) -> str:
    if len(values) > 1:
        raise AmbiguousError("identity")
    try:
        name = b"".join(values).decode("utf-8").strip()
    except UnicodeDecodeError:
        raise AmbiguousError("identity") from None
    if len(name) > NAME_CHARACTERS or not name.isprintable() or re.search("[,;\\s]", name):
        raise AmbiguousError("identity")
    return name


def _scheme(values: list[bytes]) -> str:
    if len(values) == 1 and values[0].strip().lower() in (b"http", b"https"):
        return values[0].strip().lower().decode()
    return ""
