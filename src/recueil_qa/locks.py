"""Who may change the index now: one build at a time, one switch at a time, in any process.

The locks are the system's (flock, through filelock): they end with the process that holds them,
however it ends. Beside the lock stands who holds it, for the others to be told.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, ValidationError

from recueil_qa.errors import BusyError
from recueil_qa.messages import Text

BUILD, SWITCH, HOLDER = ".build.lock", ".swap.lock", ".build.json"
SWITCH_SECONDS = 60.0


class Holder(BaseModel):
    """The process that builds, or that died building; `since` is ISO 8601."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    process: int
    machine: str
    since: str

    @property
    def text(self) -> Text:
        """Who it is."""
        since = self.since[:19].replace("T", " ")
        return Text(
            f"processus {self.process} sur {self.machine}, depuis {since} UTC",
            f"process {self.process} on {self.machine}, since {since} UTC",
        )


@contextmanager
def building(
    root: Path, *, wait: bool = True, waiting: Callable[[Holder | None], None] | None = None
) -> Iterator[Holder | None]:
    """Hold the lock of builds; yield who died holding it, if somebody did.

    While another process holds it, `waiting` is called once, then this one waits.

    Raises:
        BusyError: another process holds it, and not `wait`.
        OSError: the lock can't be made.
    """
    lock = FileLock(root / BUILD, preserve_lock_file=True)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        holder = _read(root)
        if not wait:
            raise _busy(root, holder) from None
        if waiting:
            waiting(holder)
        lock.acquire(poll_interval=0.1)
    try:
        # Whoever ends well takes its name away, so this one didn't.
        dead = _read(root)
        _write(root)
        yield dead
    finally:
        with suppress(OSError):
            (root / HOLDER).unlink(missing_ok=True)
        lock.release()


@contextmanager
def switching(root: Path) -> Iterator[None]:
    """Hold the lock of what serves: switching to a build and removing builds takes no time.

    Raises:
        BusyError: another process has held it for a minute.
        OSError: the lock can't be made.
    """
    lock = FileLock(root / SWITCH, timeout=SWITCH_SECONDS, preserve_lock_file=True)
    try:
        lock.acquire()
    except Timeout:
        raise _busy(root, None) from None
    try:
        yield
    finally:
        lock.release()


def _read(root: Path) -> Holder | None:
    try:
        return Holder.model_validate_json((root / HOLDER).read_bytes())
    except (OSError, ValidationError):
        return None


def _write(root: Path) -> None:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    holder = Holder(process=os.getpid(), machine=platform.node() or "?", since=now)
    (root / HOLDER).write_text(holder.model_dump_json() + "\n", "utf-8")


def _busy(root: Path, holder: Holder | None) -> BusyError:
    who = holder.text if holder else Text("un autre processus", "another process")
    return BusyError(
        Text(
            "une construction de l'index est en cours dans {} ({}) ; rien n'a été fait. "
            "Attendez qu'elle finisse, puis recommencez",
            "a build of the index is under way in {} ({}); nothing was done. "
            "Wait until it ends, then try again",
        ).format(root, who)
    )
