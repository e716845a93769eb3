"""How often and how much at once: by key or person, and by address; in bounded memory."""

from __future__ import annotations

import math
import time
from collections import Counter, OrderedDict
from collections.abc import Callable

KEPT = 10_000  # names and addresses that are remembered
AT_ONCE = 32  # requests of one key or person
FAILURES = 30  # a minute, of one address: refused for want of a key or a sign-on
BURST = 0.25  # of a minute's requests may come at once


class Rates:
    """A bucket for each name: so many requests a minute, a part of them at once."""

    def __init__(
        self,
        a_minute: int,
        *,
        burst: float = BURST,
        kept: int = KEPT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._a_second, self._full = a_minute / 60, max(1.0, a_minute * burst)
        self._kept, self._clock = kept, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str) -> int:
        """Take one; return 0, or the seconds to wait where there is none left."""
        now = self._clock()
        left, when = self._buckets.pop(name, (self._full, now))
        left = min(self._full, left + (now - when) * self._a_second)
        taken = left >= 1
        self._buckets[name] = (left - taken, now)
        while len(self._buckets) > self._kept:
            self._buckets.popitem(last=False)
        return 0 if taken else max(1, math.ceil((1 - left) / self._a_second))


class Places:
    """How many requests of one name are worked on."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._at_once = at_once
        self._now: Counter[str] = Counter()

    def enter(self, name: str) -> bool:
        """Take a place, if there is one; it has to be left."""
        if self._now[name] >= self._at_once:
            return False
        self._now[name] += 1
        return True

    def leave(self, name: str) -> None:
        """Give a place back."""
        self._now[name] -= 1
        if self._now[name] <= 0:
            del self._now[name]
