"""The build in service, followed: the next one is taken up as soon as it serves."""

from __future__ import annotations

import logging
import math
import threading
import time
from contextlib import suppress

from recueil_qa.errors import EngineError, IndexUnusableError, RecueilError
from recueil_qa.index.current import current_build, serves
from recueil_qa.search.searcher import Searcher

PAUSE = 30.0  # seconds before a server that was away is asked again


class Follower:
    """Keeps the searcher of the build in service; a build that can't serve changes nothing."""

    def __init__(self, first: Searcher) -> None:
        self._searcher = first
        self._refused = ""
        self._fault: RecueilError | None = None  # why
        self._again = 0.0  # when what was refused may be tried again
        self._lock = threading.Lock()

    def now(self) -> Searcher:
        """Return the build in service, opening it if it is new; meanwhile others get the former."""
        if self._lock.acquire(blocking=False):
            try:
                with suppress(RecueilError):  # what is open still answers
                    self._take_up()
            finally:
                self._lock.release()
        return self._searcher

    def caught_up(self) -> Searcher:
        """Return the build in service, waiting until it is opened.

        Raises:
            RecueilError: it can't serve; `now` still gives the former one.
        """
        with self._lock:
            self._take_up()
            return self._searcher

    def _take_up(self) -> None:
        former = self._searcher
        if serves(former.index.folder):
            return
        name = current_build(former.settings.index).name
        if name == self._refused and self._fault and time.monotonic() < self._again:
            raise self._fault
        try:
            new = former.reopened()
            if former.encoder.loaded is not None:
                new.load_encoder()
        except RecueilError as error:
            # A server that is away comes back; a build that is refused stays so.
            away = isinstance(error, EngineError) and not isinstance(error, IndexUnusableError)
            self._refused, self._again = name, time.monotonic() + PAUSE if away else math.inf
            self._fault = error
            logging.getLogger(__name__).warning("build %s is not taken up: %s", name, error)
            raise
        self._searcher, self._refused, self._fault = new, "", None
