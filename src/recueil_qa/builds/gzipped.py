"""A gzip file whose parts are packed more or less: what is a zip already is only wrapped."""

from __future__ import annotations

import gzip
import io
from typing import Any, BinaryIO

from recueil_qa.builds.wheels import EPOCH


class Gzipped(io.RawIOBase):
    """A file that is written through gzip, in parts of which each has its level.

    One after the other they are a gzip file like any other, to gzip and tar.
    """

    def __init__(self, raw: BinaryIO, level: int = 1) -> None:
        self._raw, self._level = raw, level
        self._part = self._begun()

    def set_level(self, level: int) -> None:
        """Write what comes at a level, from 0, not packed, to 9."""
        if level != self._level:
            self._part.close()
            self._level = level
            self._part = self._begun()

    def write(self, content: Any) -> int:
        return self._part.write(content)

    def close(self) -> None:
        if not self.closed:
            self._part.close()
        super().close()

    def _begun(self) -> gzip.GzipFile:
        return gzip.GzipFile("", "wb", self._level, self._raw, EPOCH)
