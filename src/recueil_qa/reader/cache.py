"""Replies kept by what was asked, so that a question is read once; in one file beside the builds.

Of a question only a hash is kept. A store that can't be read or written is done without: it saves
time and nothing else.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from recueil_qa.errors import WriteError
from recueil_qa.faults import system_reason
from recueil_qa.messages import Text

FOLDER, NAME = ".cache", "reader-1.sqlite3"
MOST = 20_000  # replies; the oldest go first
LONGEST = 20_000  # characters of a reply; those that were asked for take a tenth
BUSY_SECONDS = 2.0
_CREATE = "CREATE TABLE IF NOT EXISTS replies (id INTEGER PRIMARY KEY, key TEXT UNIQUE, reply TEXT)"


@dataclass(frozen=True)
class Replies:
    """The replies that are kept in a file; `most` of them."""

    path: Path
    most: int = MOST

    def get(self, key: str) -> str | None:
        """Return the reply of a key, or None."""
        with suppress(sqlite3.Error, OSError), self._opened() as database:
            row = database.execute("SELECT reply FROM replies WHERE key = ?", (key,)).fetchone()
            return row[0] if row and isinstance(row[0], str) else None
        return None

    def put(self, key: str, reply: str) -> None:
        """Keep a reply, in the place of the oldest where there are too many; none out of bounds."""
        if len(reply) > LONGEST:
            return
        with suppress(sqlite3.Error, OSError), self._opened(make=True) as database:
            database.execute("REPLACE INTO replies (key, reply) VALUES (?, ?)", (key, reply))
            database.execute(
                "DELETE FROM replies WHERE id <= (SELECT max(id) FROM replies) - ?", (self.most,)
            )

    def count(self) -> int:
        """Return how many replies are kept; 0 where they can't be read."""
        with suppress(sqlite3.Error, OSError), self._opened() as database:
            return int(database.execute("SELECT count(*) FROM replies").fetchone()[0])
        return 0

    def empty(self) -> None:
        """Remove all of them, the file too.

        Raises:
            WriteError: it can't be removed.
        """
        try:
            for end in ("", "-journal"):
                Path(f"{self.path}{end}").unlink(missing_ok=True)
        except OSError as error:
            what = Text("{} : impossible à effacer ({})", "{}: can't be removed ({})")
            raise WriteError(what.format(self.path, system_reason(error))) from error

    @contextmanager
    def _opened(self, *, make: bool = False) -> Iterator[sqlite3.Connection]:
        """Open the file for one transaction; only a writer makes it, for this user alone."""
        if make and not self.path.exists():
            self.path.parent.mkdir(exist_ok=True)
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        address = f"{self.path.absolute().as_uri()}?mode=rw"
        with closing(sqlite3.connect(address, timeout=BUSY_SECONDS, uri=True)) as database:
            if make:
                database.execute(_CREATE)
            with database:
                yield database


def replies_in(index: Path) -> Replies:
    """Return the replies that are kept beside the builds of an index."""
    return Replies(index / FOLDER / NAME)


def key_of(build: str, model: str, version: str, messages: Sequence[dict[str, str]]) -> str:
    """Return the key of one call: the same build, model, words of ours, question and practices."""
    told = json.dumps([build, model, version, *messages], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()
