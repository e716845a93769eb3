"""The vectors of texts that were encoded before, by content: what makes a rebuild quick.

One SQLite file beside the builds. A build that is killed finds there what it had encoded; a text
that changed is another key. It is only ever a saving: each vector is checked when it is read, and
a file that is damaged is made anew.
"""

from __future__ import annotations

import errno
import hashlib
import os
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import numpy as np

from recueil_qa.encoding.encoder import Vectors

FOLDER, NAME = ".cache", "vectors-1.sqlite3"
KEPT_BUILDS = 3
FULL = {sqlite3.SQLITE_FULL}
# On opening, SQLITE_ERROR says that the schema is not the one below.
DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}
REFUSED = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}
_SCHEMA = """
CREATE TABLE IF NOT EXISTS vectors (
  key BLOB PRIMARY KEY, vector BLOB NOT NULL, checksum INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS uses (key BLOB PRIMARY KEY, builds_ago INTEGER NOT NULL) WITHOUT ROWID;
"""


class _Damaged(sqlite3.DatabaseError):
    """Found by the check on opening, which raises nothing by itself."""


class VectorCache:
    """The cache of one index, for one encoder; one process at a time (`builds.locks.building`).

    Raises:
        OSError: it can't be read or written.
    """

    def __init__(self, root: Path, encoder: str) -> None:
        self.path = root / FOLDER / NAME
        self._prefix = hashlib.sha256(f"{encoder}\0".encode())
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._telling():
            try:
                self._database = self._open()
            except sqlite3.DatabaseError as error:
                if not (isinstance(error, _Damaged) or self._is_damage(_code(error))):
                    raise
                self.path.unlink()
                self._database = self._open()

    def __enter__(self) -> VectorCache:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._database.close()

    def missing(self, texts: Sequence[str]) -> list[str]:
        """Return the texts that have no vector here, in order."""
        with self._telling():
            return [text for text in texts if self._read(self._key(text)) is None]

    def get(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of texts (n, dimension), float32.

        Raises:
            KeyError: one has none.
        """
        with self._telling():
            found = [self._read(self._key(text)) for text in texts]
        if None in found:
            raise KeyError(texts[found.index(None)])
        rows = [np.frombuffer(vector, "<f4") for vector in found if vector is not None]
        return np.stack(rows).astype(np.float32, copy=False)

    def put(self, texts: Sequence[str], vectors: Vectors) -> None:
        """Keep the vectors (n, dimension) of texts, at once or not at all."""
        rows = [
            (key, vector, _checksum(key, vector))
            for key, vector in zip(
                map(self._key, texts), (v.astype("<f4").tobytes() for v in vectors), strict=True
            )
        ]
        with self._telling(), self._database:
            self._database.executemany("REPLACE INTO vectors VALUES (?, ?, ?)", rows)
            self._use(key for key, _, _ in rows)

    def forget(self, texts: Sequence[str]) -> None:
        """Drop the vectors of texts."""
        keys = [(self._key(text),) for text in texts]
        with self._telling(), self._database:
            self._database.executemany("DELETE FROM vectors WHERE key = ?", keys)

    def tidy(self, texts: Sequence[str]) -> None:
        """Count one more build, of these texts; drop what the last three had no use for."""
        with self._telling():
            with self._database as database:
                database.execute("UPDATE uses SET builds_ago = builds_ago + 1")
                self._use(map(self._key, texts))
                idle = "SELECT key FROM uses WHERE builds_ago >= ?"
                gone = database.execute(
                    f"DELETE FROM vectors WHERE key IN ({idle})",  # noqa: S608
                    (KEPT_BUILDS,),
                )
                database.execute("DELETE FROM uses WHERE builds_ago >= ?", (KEPT_BUILDS,))
            if gone.rowcount > len(texts):
                database.execute("VACUUM")

    def _use(self, keys: Iterable[bytes]) -> None:
        rows = ((key,) for key in keys)
        self._database.executemany("REPLACE INTO uses VALUES (?, 0)", rows)

    def _open(self) -> sqlite3.Connection:
        database = sqlite3.connect(self.path)
        # A vector whose type is damaged reads as text, which needn't be UTF-8.
        database.text_factory = bytes
        try:
            # Not quick_check, which misses an index that leads to another row.
            (verdict,) = database.execute("PRAGMA integrity_check(1)").fetchone()
            if verdict != b"ok":
                raise _Damaged(verdict)
            database.executescript(_SCHEMA)
            database.execute("SELECT key, vector, checksum FROM vectors LIMIT 0")
            database.execute("SELECT key, builds_ago FROM uses LIMIT 0")
            # A header can say that nothing may be written, which shows on writing only.
            database.execute("DELETE FROM uses WHERE FALSE")
            database.rollback()
        except UnicodeDecodeError as error:  # SQLite's message, of a damaged name
            database.close()
            raise _Damaged(str(error)) from error
        except BaseException:
            database.close()
            raise
        return database

    def _is_damage(self, code: int) -> bool:
        writable = self.path.is_file() and os.access(self.path, os.W_OK)
        return code in DAMAGED or (code == sqlite3.SQLITE_READONLY and writable)

    def _key(self, text: str) -> bytes:
        digest = self._prefix.copy()
        digest.update(text.encode())
        return digest.digest()

    def _read(self, key: bytes) -> bytes | None:
        row = self._database.execute(
            "SELECT vector, checksum FROM vectors WHERE key = ?", (key,)
        ).fetchone()
        if row is None or not isinstance(row[0], bytes) or _checksum(key, row[0]) != row[1]:
            return None
        return row[0]

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Tell of the database's troubles with the system's errors, as of any other file."""
        try:
            yield
        except sqlite3.Error as error:
            code = _code(error)
            number = errno.EIO
            if code in FULL:
                number = errno.ENOSPC
            elif code in REFUSED:
                number = errno.EACCES
            raise OSError(number, f"{os.strerror(number)} ({error})", str(self.path)) from error


def _checksum(key: bytes, vector: bytes) -> int:
    """Return a checksum of a vector as that of its key: another text's is as wrong as a bad one."""
    return zlib.crc32(vector, zlib.crc32(key))


def _code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
