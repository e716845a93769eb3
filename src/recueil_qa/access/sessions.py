"""Who signed on, kept on the server: the browser holds a random name of it and nothing else."""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from recueil_qa.access.identity import Identity
from recueil_qa.access.proxies import AmbiguousError
from recueil_qa.access_settings import is_loopback

SECONDS = 12 * 3600.0  # from the sign-on, whatever is done meanwhile
KEPT = 10_000
COOKIE = "recueil"
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who signed on, and the proof that the provider wants to see at the end."""

    identity: Identity
    proof: str = ""


class Kept(Generic[Value]):
    """Values under random names, each for so long, the oldest leaving first."""

    def __init__(
        self, seconds: float, kept: int = KEPT, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds, self._kept, self._clock = seconds, kept, clock
        self._values: OrderedDict[str, tuple[float, Value]] = OrderedDict()

    def put(self, value: Value) -> str:
        """Keep a value; return its name, which is kept nowhere."""
        name = fresh()
        self._values[_digest(name)] = (self._clock() + self._seconds, value)
        while len(self._values) > self._kept:
            self._values.popitem(last=False)
        return name

    def get(self, name: str) -> Value | None:
        """Return what is kept under a name, if its time has not ended."""
        ends, value = self._values.get(_digest(name), (0.0, None))
        if value is None or self._clock() >= ends:
            self._values.pop(_digest(name), None)
            return None
        return value

    def take(self, name: str) -> Value | None:
        """Return it, and keep it no longer."""
        value = self.get(name)
        self._values.pop(_digest(name), None)
        return value


def fresh() -> str:
    """Return a name that nobody guesses: 43 characters."""
    return secrets.token_urlsafe(32)


def is_secure(host: str, scheme: str) -> bool:
    """Return whether cookies travel by TLS only: beyond this machine, whatever a proxy tells."""
    return scheme == "https" or not is_loopback(re.sub(r":\d*$", "", host).strip("[]"))


def cookie_name(name: str, secure: bool) -> str:
    """Return the name of a cookie; over TLS, one that no other host can set."""
    return f"__Host-{name}" if secure else name


def cookie(headers: Iterable[tuple[bytes, bytes]], name: str) -> str:
    """Return the value of one of our cookies, "" where there is none.

    Raises:
        AmbiguousError: it stands twice.
    """
    found = []
    for header, value in headers:
        if header == b"cookie":
            for part in value.decode("latin-1").split(";"):
                key, _, given = part.strip().partition("=")
                if key == name:
                    found.append(given)
    if len(found) > 1:
        raise AmbiguousError("cookie")
    return found[0] if found and _SECRET.fullmatch(found[0]) else ""


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()
