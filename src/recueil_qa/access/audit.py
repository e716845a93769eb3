"""The log of who did what: one JSON object a line, of a closed list of actions.

Never the text of a question: how long it was, whether it was answered, by which build. A line
that can't be written is told once to the server's log, and stops nobody.
"""

from __future__ import annotations

import getpass
import json
import logging
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

from recueil_qa.access.identity import Identity, Visit, visiting
from recueil_qa.faults import excerpt

Action = Literal[
    "ask", "search", "read", "similar", "feedback", "rebuild", "export", "sign-on", "sign-off",
    "refused", "key-created", "key-revoked", "tool",
]  # fmt: skip
ACTIONS: frozenset[str] = frozenset(get_args(Action))
# What may stand beside who, when and what: a name that is not here is left out.
DETAILS = frozenset(
    {"status", "code", "characters", "answered", "build", "practice", "tool", "key", "verdict"}
)
SCHEMA = 1
FIELD_CHARACTERS = 200
LOGGER = logging.getLogger("recueil_qa.audit")


class _Lines(logging.Handler):
    """Appends each line by one write: another process may move the file away meanwhile."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._is_told = False

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = record.getMessage().encode("ascii", "backslashreplace") + b"\n"
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
            opened = os.open(self._path, flags, 0o600)
            try:
                os.write(opened, line)
            finally:
                os.close(opened)
            self._is_told = False
        except (OSError, ValueError) as error:
            if not self._is_told:
                self._is_told = True
                reason = getattr(error, "strerror", None) or type(error).__name__
                logging.getLogger(__name__).error(
                    "the audit log can't be written to %s: %s", self._path, reason
                )


def keep(path: Path | None) -> None:
    """Have the lines written to a file from now on, to none where there is none."""
    for handler in [*LOGGER.handlers]:
        if isinstance(handler, _Lines):
            LOGGER.removeHandler(handler)
    LOGGER.propagate = False
    LOGGER.setLevel(logging.INFO)
    if path is not None:
        LOGGER.addHandler(_Lines(path))


def record(action: Action, who: Identity, address: str = "", **details: Any) -> None:
    """Write a line, if lines are kept. Never raises but for an action that there is not."""
    if action not in ACTIONS:
        raise ValueError(f"no such action: {action}")
    if not LOGGER.handlers:
        return
    told: dict[str, Any] = {
        "v": SCHEMA,
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "action": action,
        "user": who.name,
        "role": who.role,
        "way": who.way,
        "address": address,
    }
    told |= {name: value for name, value in details.items() if name in DETAILS}
    LOGGER.info("%s", json.dumps(_bounded(told)))


def record_command(action: Action, path: Path | None, **details: Any) -> None:
    """Write the line of a command, which a user of this machine gave."""
    keep(path)
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in a container
        user = ""
    record(action, Identity(user, "command", "maintainer"), **details)


def heard(answer: Any, _seconds: float) -> None:
    """Note an answer: of the request that asked, or in a line of its own for the page."""
    visit = visiting()
    if visit is None:
        return
    details = {"characters": len(answer.question), "answered": not answer.abstained}
    if visit.is_page:
        done("ask", visit, **details)
    else:
        visit.noted |= details


def done(action: Action, visit: Visit | None = None, **details: Any) -> None:
    """Write the line of a request that is worked on; nothing outside of one."""
    visit = visit or visiting()
    if visit is not None:
        record(action, visit.identity, visit.address, **(visit.noted | details))


def _bounded(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields that are numbers, or one short line each."""
    return {
        name: value
        if value is None or isinstance(value, bool | int | float)
        else excerpt(value, FIELD_CHARACTERS)
        for name, value in told.items()
    }


def trouble(error: Exception) -> None:
    """Tell the server's log what is wrong with the access itself."""
    logging.getLogger(__name__).error("%s", error)
