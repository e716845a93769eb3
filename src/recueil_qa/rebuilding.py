"""The one rebuild of a process, in a thread of its own: whoever asked for it may leave."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from recueil_qa import maintenance
from recueil_qa.errors import RecueilError
from recueil_qa.messages import Text

if TYPE_CHECKING:
    from recueil_qa.maintenance import Holder
    from recueil_qa.settings import Settings

UNEXPECTED = Text(
    "Une erreur inattendue est survenue. Le diagnostic : recueil-qa doctor",
    "An unexpected error happened. To look into it: recueil-qa doctor",
)


class Rebuild:
    """The latest rebuild that was asked for here, and how far it is or how it ended.

    `outcome` is whether something was built, or why nothing could be; `build` names what then
    serves. `count` tells one rebuild from the next.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.thread: threading.Thread | None = None
        self.count = 0
        self.progress = (0, 0)
        self.outcome: bool | RecueilError | None = None
        self.build = ""
        self.is_waiting = False
        self.holder: Holder | None = None  # who is waited for, where that is known
        self.given_up = threading.Event()

    @property
    def is_running(self) -> bool:
        """Whether it is under way."""
        return self.thread is not None and self.thread.is_alive()

    def start(self, settings: Settings, seconds: float) -> bool:
        """Start, unless it is under way; return whether it was started.

        Another process' build is waited for so many seconds.
        """
        with self._lock:
            if self.is_running:
                return False
            self.count += 1
            self.progress, self.outcome, self.build = (0, 0), None, ""
            self.is_waiting, self.holder = False, None
            self.given_up.clear()
            self.thread = threading.Thread(
                target=self._run, args=(settings, seconds), name="rebuild", daemon=True
            )
            self.thread.start()
            return True

    def _run(self, settings: Settings, seconds: float) -> None:
        log = logging.getLogger(__name__)
        try:
            patience = maintenance.Patience(seconds, self.given_up.is_set)
            done = maintenance.rebuild(
                settings, self._advance, notice=self._notice, patience=patience
            )
            self.build = done.folder.name
            self.outcome = done.built
        except RecueilError as error:
            log.warning("nothing was rebuilt: %s", error)
            self.outcome = error
        except Exception:
            log.exception("the rebuild failed")
            self.outcome = RecueilError(UNEXPECTED)

    def _advance(self, done: int, total: int) -> None:
        self.progress, self.is_waiting = (done, total), False

    def _notice(self, what: str, who: Holder | None) -> None:
        self.holder, self.is_waiting = who, what == "waiting"
