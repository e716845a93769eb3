"""Who may change the index now: one build at a time, one switch at a time, in any process.

The locks are the system's (flock, through filelock): they end with the process that holds them,
however it ends. Beside the lock stands who holds it, for the others to be told.
"""

from __future__ import annotations

import math
import os
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, ValidationError

from recueil_qa.errors import BusyError
from recueil_qa.messages import Text

BUILD, SWITCH, HOLDER = ".build.lock", ".swap.lock", ".build.json"
SWITCH_SECONDS = 60.0
POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for another build: so many seconds, and until `given_up` says so."""

    seconds: float = math.inf
    given_up: Callable[[], bool] = lambda: False


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
    root: Path,
    *,
    wait: bool = True,
    waiting: Callable[[Holder | None], None] | None = None,
    patience: Patience | None = None,
) -> Iterator[Holder | None]:
    """Hold the lock of builds; yield who died holding it, if somebody did.

    While another process holds it, `waiting` is called once, then this one waits, with `patience`.

    Raises:
        BusyError: another process holds it, and not `wait`, or patience has ended.
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
        _wait(lock, root, patience or Patience())
    try:
        # Whoever ends well takes its name away, so this one didn't.
        dead = _read(root)
        _write(root)
        yield dead
    finally:
        with suppress(OSError):
            (root / HOLDER).unlink(missing_ok=True)
        lock.release()


def _wait(lock: FileLock, root: Path, patience: Patience) -> None:
    end = time.monotonic() + patience.seconds
    while not patience.given_up() and time.monotonic() < end:
        with suppress(Timeout):
            lock.acquire(timeout=POLL_SECONDS, poll_interval=POLL_SECONDS / 2)
            return
    raise _busy(root, _read(root))


def holder_of(root: Path) -> Holder | None:
    """Return who builds now; nothing where nobody does, or who died doing so."""
    holder = _read(root)
    if holder is None:  # whoever ended well takes its name away
        return None
    lock = FileLock(root / BUILD, preserve_lock_file=True)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return holder
    except OSError:
        return None
    lock.release()
    return None


@contextmanager
def switching(root: Path) -> Iterator[None]:
    """Hold the lock of what serves, to switch to a build or to remove some; nothing else.

    Builds are made and checked before: whoever waits here would lose what it has built.

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
