"""One build that answers, with the encoder it is asked through; and the next one, taken up."""

from __future__ import annotations

import logging
import math
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from recueil_qa import index
from recueil_qa.catalogue import Catalogue, shown_practices
from recueil_qa.current import current_build, serves
from recueil_qa.encoder import Encoder, is_hub_name, same_model
from recueil_qa.encoders import encoder_id, open_encoder
from recueil_qa.errors import EngineError, IndexUnusableError, RecueilError

if TYPE_CHECKING:
    from recueil_qa.index import Index
    from recueil_qa.settings import Settings


PAUSE = 30.0  # seconds before a server that was away is asked again


class Serving:
    """A build, opened, and its encoder once a question needed it; shared between threads."""

    def __init__(self, opened: Index, settings: Settings, encoder: Encoder | None = None) -> None:
        if not settings.contacts:
            opened = replace(opened, practices=shown_practices(opened.practices, contacts=False))
        if encoder is not None:
            index.check_encoder(opened.manifest, encoder.id)
        self.index = opened
        self.settings = settings
        self.catalogue = Catalogue(opened.practices, tuple(opened.collections.values()))
        self.encoder = encoder
        self._lock = threading.Lock()

    def load_encoder(self) -> Encoder:
        """Return the encoder, loading it the first time.

        Raises:
            EncoderError: it can't be loaded.
            IndexMismatchError: it isn't the one that the index was built with.
        """
        with self._lock:
            if self.encoder is None:
                name, runtime = self.settings.encoder, self.settings.runtime
                if is_hub_name(name):
                    # Before minutes of looking for a hub that may not be there.
                    index.check_encoder(self.index.manifest, encoder_id(name, runtime))
                encoder = open_encoder(name, runtime)
                index.check_encoder(self.index.manifest, encoder.id)
                self.encoder = encoder
        return self.encoder

    def reopened(self) -> Serving:
        """Return what serves now, with this encoder if it fits.

        Raises:
            IndexUnusableError: no index, a damaged one, or one of another version.
        """
        opened = index.open_index(self.settings.index)
        encoder = self.encoder
        if encoder is not None and not same_model(encoder.id, opened.manifest.encoder):
            encoder = None
        return Serving(opened, self.settings, encoder)


class Follower:
    """Keeps a `Serving` that is the build in service; a build that can't serve changes nothing."""

    def __init__(self, first: Serving) -> None:
        self._serving = first
        self._refused = ""
        self._again = 0.0  # when what was refused may be tried again
        self._lock = threading.Lock()

    def now(self) -> Serving:
        """Return the build in service, opening it if it is new; meanwhile others get the former."""
        if self._lock.acquire(blocking=False):
            try:
                self._take_up()
            finally:
                self._lock.release()
        return self._serving

    def _take_up(self) -> None:
        former = self._serving
        if serves(former.index.folder):
            return
        try:
            name = current_build(former.settings.index).name
        except IndexUnusableError:
            return  # what is open still answers
        if name == self._refused and time.monotonic() < self._again:
            return
        try:
            new = former.reopened()
            if former.encoder is not None:
                new.load_encoder()
        except RecueilError as error:
            # A server that is away comes back; a build that is refused stays so.
            away = isinstance(error, EngineError) and not isinstance(error, IndexUnusableError)
            self._refused, self._again = name, time.monotonic() + PAUSE if away else math.inf
            logging.getLogger(__name__).warning("build %s is not taken up: %s", name, error)
        else:
            self._serving, self._refused = new, ""
