"""Who asks, and what a request is: carried to whatever answers it by a context variable."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Literal

Role = Literal["reader", "maintainer"]
Scope = Literal["read", "feedback", "metrics", "rebuild", "export"]
SCOPES: tuple[Scope, ...] = ("read", "feedback", "metrics", "rebuild", "export")
READER: frozenset[Scope] = frozenset({"read", "feedback"})
MAINTAINER: frozenset[Scope] = frozenset(SCOPES)
NAME_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody, or a program: its name in logs, and what it may do."""

    name: str
    way: str  # key, proxy, oidc, proconnect; command or none in the log alone
    role: Role = "reader"
    scopes: frozenset[Scope] = READER

    @property
    def is_key(self) -> bool:
        """Whether it is a program's: a browser never sends a key by itself."""
        return self.way == "key"


NOBODY = Identity("", "none")


@dataclass(slots=True)
class Visit:
    """One request: who makes it, from where, and what is noted of it for the log."""

    identity: Identity
    address: str = ""
    is_page: bool = False  # which runs many questions, each with a line of its own
    noted: dict[str, Any] = field(default_factory=dict)


_VISIT: ContextVar[Visit | None] = ContextVar("recueil-visit", default=None)


def person(name: str, way: str, maintainers: frozenset[str]) -> Identity:
    """Return somebody who signed on; a maintainer, if the settings name them."""
    if name.casefold() in maintainers:
        return Identity(name, way, "maintainer", MAINTAINER)
    return Identity(name, way)


def enter(visit: Visit | None) -> None:
    """Say whose request this task or thread works on from here on."""
    _VISIT.set(visit)


def visiting() -> Visit | None:
    """Return the request that is worked on, None outside of any."""
    return _VISIT.get()


def note(**what: Any) -> None:
    """Note something of the request that is worked on, if any, for its line in the log."""
    visit = _VISIT.get()
    if visit:
        visit.noted |= what
