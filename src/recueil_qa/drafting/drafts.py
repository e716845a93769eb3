"""Drafts that wait for a maintainer: `drafts.jsonl` beside a collection, which no build reads.

One JSON object a line: a draft, waiting, accepted or refused (kept, lest it be drafted again), or
a practice that a model was asked about, so that a run that was stopped goes on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from recueil_qa.corpus.folders import DRAFTS
from recueil_qa.corpus.statements import proposed_row
from recueil_qa.corpus.text_file import MAX_ROWS_BYTES, read_text
from recueil_qa.errors import BusyError, CorpusError, Problem
from recueil_qa.faults import excerpt, field_fault, json_fault
from recueil_qa.files import write_whole
from recueil_qa.messages import Text

LOCK = ".drafts.lock"
SECONDS = 20.0  # that another process is waited for
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Language = Literal["fr", "en"]
State = Literal["waiting", "accepted", "refused"]


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    practice: Name
    model: str = Field(max_length=200)
    date: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$")]


class Draft(_Row):
    """A question of a practice or one `line` of it, or a statement, which has `grades`."""

    id: Name
    kind: Literal["question", "statement"]
    language: Language = Field(alias="lang")
    text: Annotated[str, StringConstraints(min_length=1, max_length=4_000)]
    line: str = Field(default="", max_length=100)
    register_: str = Field(default="", alias="register", max_length=100)
    grades: dict[str, Annotated[int, Field(strict=True, ge=1, le=2)]] = {}
    state: State = "waiting"

    def row(self) -> dict[str, Any]:
        """Return what is written of it."""
        shared = {"kind": self.kind, "practice": self.practice}
        end = {"model": self.model, "date": self.date, "state": self.state}
        if self.kind == "statement":
            told = proposed_row(self.id, self.language, self.register_, self.text, self.grades)
            return shared | told | end
        told = {"id": self.id, "lang": self.language, "text": self.text, "line": self.line}
        return shared | told | {"proposed": True} | end


class Asked(_Row):
    """A practice that a model was asked about: how many drafts were kept of its reply."""

    kind: Literal["asked"] = "asked"
    kept: int = 0
    dropped: dict[str, int] = {}

    def row(self) -> dict[str, Any]:
        """Return what is written of it."""
        return self.model_dump()


@dataclass
class Drafts:
    """The drafts of a collection's folder."""

    folder: Path
    drafts: list[Draft] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)

    @property
    def path(self) -> Path:
        return self.folder / DRAFTS

    @property
    def waiting(self) -> list[Draft]:
        return [draft for draft in self.drafts if draft.state == "waiting"]

    def save(self) -> None:
        """Write the file, whole. Raises WriteError."""
        values = [*(row.row() for row in self.asked), *(row.row() for row in self.drafts)]
        rows = [json.dumps(row, ensure_ascii=False) for row in values]
        write_whole(self.path, "".join(f"{row}\n" for row in rows))


def identifier(practice: str, language: str, text: str) -> str:
    """Return the id of a draft, which its words make."""
    told = json.dumps([practice, language, text])
    return f"draft-{hashlib.sha256(told.encode()).hexdigest()[:12]}"


def parse_drafts(text: str, path: Path) -> tuple[Drafts, list[Problem]]:
    """Read the rows of a file; return the good ones and every problem of the others."""
    found, problems = Drafts(path.parent), list[Problem]()
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            values = json.loads(line)
            if isinstance(values, dict) and values.get("kind") == "asked":
                found.asked.append(Asked.model_validate(values))
            else:
                found.drafts.append(Draft.model_validate(values))
        except ValidationError as error:
            item = error.errors()[0]
            where = excerpt(".".join(map(str, item["loc"])))
            fault = Text(f"« {where} » refusé (", f"'{where}' refused (") + field_fault(item) + ")"
            problems.append(Problem(path, number, fault + _MEND))
        except (ValueError, RecursionError) as error:
            fault = "JSON (" + json_fault(error) + ")"
            problems.append(Problem(path, number, fault + _MEND))
    return found, problems


_MEND = Text(" ; corrigez ce brouillon, ou ôtez sa ligne", "; mend this draft, or remove its line")


def look(folder: Path, root: Path | None = None) -> tuple[Drafts, list[Problem]]:
    """Read the drafts of a collection's folder; return every problem with them."""
    path = folder / DRAFTS
    if not path.is_symlink() and not path.exists():
        return Drafts(folder), []
    text, problems = read_text(path, root or folder, MAX_ROWS_BYTES)
    found, faults = parse_drafts(text or "", path)
    return found, [*problems, *faults]


def read_drafts(folder: Path) -> Drafts:
    """Read the drafts of a collection's folder.

    Raises:
        CorpusError: rows are refused; with all of them.
    """
    found, problems = look(folder)
    if problems:
        raise CorpusError(problems)
    return found


@contextmanager
def changing(folder: Path) -> Iterator[Drafts]:
    """Hold the drafts for one change, which the caller saves; no other process changes them.

    Raises:
        BusyError: another process holds them.
        CorpusError: as `read_drafts`.
    """
    lock = FileLock(folder / LOCK, timeout=SECONDS, preserve_lock_file=True)
    try:
        lock.acquire()
    except Timeout as error:
        raise BusyError(
            Text(
                "les brouillons de {} sont en cours de modification ; recommencez ensuite",
                "the drafts of {} are being changed; try again afterwards",
            ).format(folder.name)
        ) from error
    try:
        yield read_drafts(folder)
    finally:
        lock.release()


def replaced(drafts: Sequence[Draft], changed: Draft) -> list[Draft]:
    """Return drafts with one in the place of the one that has its id."""
    return [changed if draft.id == changed.id else draft for draft in drafts]
