"""What the fuzzing of doors has in common: what was found, and errors that nobody foresaw."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

LOGGERS = ("recueil_qa", "mcp", "asyncio")


@dataclass
class Found:
    """What came of the requests to one door."""

    requests: int = 0
    unsendable: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    routes: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        """Return it as the result file keeps it."""
        return {
            "requests": self.requests,
            "unsendable": self.unsendable,
            "statuses": dict(sorted(self.statuses.items())),
            "routes": dict(sorted(self.routes.items())),
            "faults": self.faults[:50],
        }

    def check_secrets(self, where: str, said: str, secrets: Sequence[str]) -> None:
        """Find fault with a body that holds what is to stay here."""
        told = [secret for secret in secrets if secret and secret in said]
        if told:
            self.faults.append(f"{where}: tells {len(told)} of what it must not")


class _Unforeseen(logging.Handler):
    """Keeps the errors that the service did not foresee, which it logs with their traceback."""

    def __init__(self, found: Found) -> None:
        super().__init__(logging.ERROR)
        self._found = found

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info:
            self._found.faults.append(f"a traceback: {record.exc_info[1]!r}"[:300])


@contextmanager
def watched(found: Found) -> Iterator[None]:
    """Find fault with each error that is logged with its traceback meanwhile."""
    watch = _Unforeseen(found)
    for name in LOGGERS:
        logging.getLogger(name).addHandler(watch)
    try:
        yield
    finally:
        for name in LOGGERS:
            logging.getLogger(name).removeHandler(watch)
