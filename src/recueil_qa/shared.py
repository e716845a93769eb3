"""The one assistant that all doors of a process share: the page, the API, and what comes after.

Where none is offered (`streamlit run`, a script), each door opens its own.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from recueil_qa.access import audit
from recueil_qa.errors import RecueilError
from recueil_qa.rebuilding import Rebuild
from recueil_qa.settings import Settings
from recueil_qa.types import Answer

if TYPE_CHECKING:
    from recueil_qa.assistant import Assistant, Listener


class Shared:
    """An assistant, opened once with its encoder, by whoever needs it first."""

    def __init__(self, settings: Settings, opened: Assistant | None = None) -> None:
        """Share the assistant given, or open the one of the settings when it is asked for."""
        self.settings = settings
        self.rebuild = Rebuild()
        self._opened = opened
        self._listeners: list[Listener] = [audit.heard]
        self._lock = threading.Lock()
        self._before: list[Callable[[], object]] = []
        if opened:
            opened.listen(self._tell)

    def assistant(self) -> Assistant:
        """Return it, which follows the build that serves; opened and loaded the first time.

        Raises:
            RecueilError: as `Assistant.open` and `load_encoder`; the next call tries again.
        """
        with self._lock:
            if self._opened is None:
                while self._before:
                    self._before.pop()()
                # A server listens before it has read what answers.
                from recueil_qa.assistant import Assistant

                assistant = Assistant.open(self.settings)
                assistant.load_encoder()
                assistant.listen(self._tell)
                self._opened = assistant
            return self._opened

    @property
    def opened(self) -> Assistant | None:
        """It, if it is opened by now."""
        return self._opened

    def prepare(self, work: Callable[[], object]) -> None:
        """Have something done before the first answer, by whoever opens the assistant."""
        if self._opened is not None:
            work()
        else:
            self._before.append(work)

    def listen(self, listener: Listener) -> None:
        """Have each answer told, with the seconds that it took, whichever door asked."""
        self._listeners.append(listener)

    def _tell(self, answer: Answer, seconds: float) -> None:
        for listener in self._listeners:
            listener(answer, seconds)

    def begin(self) -> threading.Thread:
        """Open it meanwhile; why it can't be goes to the log, and who asks then tries again."""

        def work() -> None:
            try:
                self.assistant()
            except RecueilError as error:
                logging.getLogger(__name__).error("nothing serves yet: %s", error)

        thread = threading.Thread(target=work, name="recueil-opening", daemon=True)
        thread.start()
        return thread


_OFFERED: list[Shared] = []


def offer(shared: Shared | None) -> None:
    """Have the page of this process use what is shared; None takes it back."""
    _OFFERED[:] = [shared] if shared else []


def offered() -> Shared | None:
    """Return what is shared in this process, or None."""
    return _OFFERED[0] if _OFFERED else None
