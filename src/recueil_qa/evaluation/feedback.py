"""What readers thought of answers, kept in one local file; see `proposals` for its use.

Nothing here tells who: no name, no address, no session. A store is one SQLite file, with the
rollback journal rather than a write-ahead log: between two writes there is no second file, so an
administrator can copy it. Every call has a connection of its own, for threads and processes.
"""

from __future__ import annotations

import datetime
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import KW_ONLY, asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from recueil_qa.analysis.query import one_line
from recueil_qa.errors import FeedbackError
from recueil_qa.faults import system_reason, technical
from recueil_qa.messages import Command, Text, alike, join

VERSION = 1
BUSY_SECONDS = 10.0
QUESTION_CHARACTERS = 20_000  # the most that the settings allow
COMMENT_CHARACTERS = 1_000
NAME_CHARACTERS = 200  # what a file of queries or judgments takes for an id
SHOWN = 100
MAX_BYTES = 100_000_000  # some 100,000 feedbacks of the usual length; whoever can ask can give some

_CREATE = """CREATE TABLE feedback (
    id INTEGER PRIMARY KEY, question TEXT NOT NULL, verdict TEXT NOT NULL, target TEXT NOT NULL,
    comment TEXT NOT NULL, language TEXT NOT NULL, build TEXT NOT NULL, at TEXT NOT NULL,
    answered INTEGER NOT NULL, shown TEXT NOT NULL)"""

_ELSEWHERE = Text(
    "voyez le dossier et les droits, ou réglez RECUEIL_FEEDBACK_FILE",
    "see the folder and the permissions, or set RECUEIL_FEEDBACK_FILE",
)
# What is known of SQLite's errors, by their codes: what it means, how it is mended.
_KNOWN: dict[int, tuple[Text, Text]] = {
    sqlite3.SQLITE_BUSY: (
        Text("un autre programme l'occupe", "another program holds it"),
        Text("réessayez dans un instant", "try again in a moment"),
    ),
    sqlite3.SQLITE_FULL: (
        Text("le disque est plein", "the disk is full"),
        Text("libérez de la place", "make room on the disk"),
    ),
    sqlite3.SQLITE_NOTADB: (
        Text("ce n'est pas un fichier d'avis", "it is not a file of feedback"),
        Text(
            "déplacez-le ou réglez RECUEIL_FEEDBACK_FILE",
            "move it away or set RECUEIL_FEEDBACK_FILE",
        ),
    ),
    sqlite3.SQLITE_CORRUPT: (
        Text("il est abîmé", "it is damaged"),
        Text("remettez-en une copie ou déplacez-le", "put a copy back or move it away"),
    ),
}


@dataclass(frozen=True, slots=True)
class Feedback:
    """One verdict on an answer (`target` empty) or on one practice of it (`target` its id).

    Texts are cleaned (NFC, one line, no control characters, no lone surrogates) and cut at their
    bounds. `at` is ISO 8601, kept in UTC to the second; empty is now, without an offset is UTC.
    `answered` is false when the answer abstained; `shown` the ids of the practices, best first.

    Raises:
        ValueError: `verdict` is neither "up" nor "down", or `at` is no date.
    """

    longest_comment: ClassVar[int] = COMMENT_CHARACTERS

    question: str
    verdict: Literal["up", "down"]
    _: KW_ONLY
    target: str = ""
    comment: str = ""
    language: str
    build: str
    at: str = ""
    answered: bool
    shown: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.verdict not in ("up", "down"):
            raise ValueError(f"verdict: 'up' or 'down', not {self.verdict!r}")
        cleaned = {
            "question": _clean(self.question, QUESTION_CHARACTERS),
            "comment": _clean(self.comment, COMMENT_CHARACTERS),
            "at": _utc(self.at),
            "shown": tuple(_clean(name, NAME_CHARACTERS) for name in self.shown[:SHOWN]),
        }
        for name in ("target", "language", "build"):
            cleaned[name] = _clean(getattr(self, name), NAME_CHARACTERS)
        for name, value in cleaned.items():
            object.__setattr__(self, name, value)


@dataclass(frozen=True, slots=True)
class FeedbackStore:
    """The feedback of one file, which the first `add` creates; its folder must exist.

    Every method raises FeedbackError when the file can't be read or written, isn't a store or is
    a newer version's; what it held is then as it was.
    """

    path: Path

    def add(self, feedback: Feedback) -> None:
        """Keep one feedback; it is on the disk when this returns.

        Refused, and all that is kept stays, where the file holds `MAX_BYTES`.
        """
        row = asdict(feedback) | {"shown": json.dumps(feedback.shown)}
        names, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
        with self._transaction("rwc", "BEGIN IMMEDIATE") as connection:
            if _is_new(connection, self.path):
                connection.execute(_CREATE)
                connection.execute(f"PRAGMA user_version = {VERSION}")
            # Nobody else writes until this transaction ends.
            if _used_bytes(connection) >= MAX_BYTES:
                raise _full(self.path)
            connection.execute(f"INSERT INTO feedback ({names}) VALUES ({marks})", row)  # noqa: S608

    def all(self) -> tuple[Feedback, ...]:
        """Return every feedback in the order given; of a file that doesn't exist, nothing."""
        return tuple(feedback for _, feedback in self.some(-1))

    def some(
        self, most: int, *, after: int = 0, offset: int = 0
    ) -> tuple[tuple[int, Feedback], ...]:
        """Return so many in the order given, each with its place: those `after` one.

        Of these, `offset` are passed over; -1 is as many as there are.
        """
        if not self._exists():
            return ()
        with self._transaction("rw", "BEGIN") as connection:
            if _is_new(connection, self.path):
                return ()
            connection.row_factory = sqlite3.Row
            rows = connection.execute(
                "SELECT * FROM feedback WHERE id > ? ORDER BY id LIMIT ? OFFSET ?",
                (after, most, offset),
            ).fetchall()
        try:
            return tuple((int(row["id"]), _from_row(dict(row))) for row in rows)
        except (ValueError, TypeError) as error:
            raise _unusable(self.path, technical(error), sqlite3.SQLITE_CORRUPT) from error

    def count(self) -> int:
        """Return how many feedbacks are kept."""
        if not self._exists():
            return 0
        with self._transaction("rw", "BEGIN") as connection:
            if _is_new(connection, self.path):
                return 0
            return int(connection.execute("SELECT count(*) FROM feedback").fetchone()[0])

    def clear(self) -> int:
        """Forget every feedback, its bytes too; return how many there were."""
        if not self.count():
            return 0
        with self._transaction("rw", "BEGIN IMMEDIATE") as connection:
            connection.execute("PRAGMA secure_delete = ON")
            return connection.execute("DELETE FROM feedback").rowcount

    def _exists(self) -> bool:
        try:
            return self.path.exists()
        except OSError as error:
            raise _unusable(self.path, system_reason(error)) from error

    @contextmanager
    def _transaction(self, mode: str, begin: str) -> Iterator[sqlite3.Connection]:
        """Commit at the end of the block; closing undoes one that failed.

        Readers open "rw", which creates nothing: after a crash, the next one may have to undo
        what a writer left half done.
        """
        address = f"{self.path.absolute().as_uri()}?mode={mode}"
        try:
            with closing(
                sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
            ) as connection:
                connection.execute(begin)
                yield connection
                connection.execute("COMMIT")
        except sqlite3.Error as error:
            # An extended code holds the plain one in its low byte.
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            raise _unusable(self.path, technical(error), code) from error


def _from_row(row: dict[str, Any]) -> Feedback:
    del row["id"]
    shown = tuple(json.loads(row.pop("shown")))
    return Feedback(**row | {"answered": bool(row["answered"]), "shown": shown})


def _is_new(connection: sqlite3.Connection, path: Path) -> bool:
    """Return whether a file holds nothing yet; refuse one that isn't this version's store."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise FeedbackError(
            Text(
                f"{path} : avis d'une version plus récente ({version}, attendu {VERSION}) ; rien "
                "n'a changé",
                f"{path}: feedback of a newer version ({version}, expected {VERSION}); nothing has "
                "changed",
            ),
            Text(
                "installez le recueil-qa plus récent ou réglez RECUEIL_FEEDBACK_FILE",
                "install the newer recueil-qa or set RECUEIL_FEEDBACK_FILE",
            ),
        )
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    if "feedback" in tables and version == VERSION:
        return False
    if tables or version:
        raise _unusable(path, alike("SQLite"), sqlite3.SQLITE_NOTADB)
    return True


def _used_bytes(connection: sqlite3.Connection) -> int:
    """Return how much a file holds; what was cleared is room for more."""
    pages, free, size = (
        int(connection.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("page_count", "freelist_count", "page_size")
    )
    return (pages - free) * size


def _full(path: Path) -> FeedbackError:
    size = MAX_BYTES // 1_000_000
    return FeedbackError(
        Text(
            f"{path} : les avis gardés ont atteint leur limite ({size} Mo) ; celui-ci n'est pas "
            "gardé, les autres restent. Exportez-les (recueil-qa feedback export --output "
            "DOSSIER), puis effacez-les",
            f"{path}: the feedback kept has reached its limit ({size} MB); this one is not kept, "
            "the others stay. Export them (recueil-qa feedback export --output FOLDER), then "
            "erase them",
        ),
        Command("recueil-qa", "feedback", "clear"),
    )


def _unusable(path: Path, reason: Text, code: int = 0) -> FeedbackError:
    what = Text(
        "{} : avis impossibles à lire ou à garder ({}) ; rien n'a changé",
        "{}: feedback can't be read or kept ({}); nothing has changed",
    ).format(path, reason)
    if code not in _KNOWN:
        return FeedbackError(what, _ELSEWHERE)
    meaning, mend = _KNOWN[code]
    return FeedbackError(join([what, meaning]), mend)


def _clean(text: str, limit: int) -> str:
    return one_line(text)[:limit].rstrip()


def _utc(at: str) -> str:
    moment = datetime.datetime.fromisoformat(at) if at else datetime.datetime.now(datetime.UTC)
    aware = moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
    return aware.astimezone(datetime.UTC).isoformat(timespec="seconds")
