"""What an import wrote, kept beside it (`.import.json`): what later ones compare with.

It is hidden, so that no build depends on it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Set
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from recueil_qa.corpus.importing.pages.page import Page
from recueil_qa.corpus.list_marks import list_mark
from recueil_qa.corpus.practice import format_practice
from recueil_qa.errors import CorpusError, Problem
from recueil_qa.messages import Text
from recueil_qa.types import Practice

NAME = ".import.json"
FORMAT = 1
_ID = re.compile(r"^id:[ \t]*[\"']?(?P<id>[^\s\"'#]+)", re.MULTILINE)


@dataclass(frozen=True)
class Entry:
    """One practice: the page that it was made of, the hashes of its file and of its text."""

    key: str
    title: str
    text: str
    body: str


@dataclass(frozen=True)
class Record:
    """The practices of an import by id, the headings of its sections, the pages removed since."""

    practices: dict[str, Entry] = field(default_factory=dict)
    headings: dict[str, str] = field(default_factory=dict)
    removed: tuple[str, ...] = ()

    def without(self, ids: Set[str]) -> Record:
        """Return the record after practices were removed, whose pages don't come back."""
        kept = {name: entry for name, entry in self.practices.items() if name not in ids}
        gone = {entry.key for name, entry in self.practices.items() if name in ids}
        return replace(self, practices=kept, removed=tuple(sorted({*self.removed, *gone})))

    def dump(self) -> str:
        """Return the record as its file has it."""
        rows = {name: asdict(entry) for name, entry in sorted(self.practices.items())}
        value = {
            "format": FORMAT,
            "headings": self.headings,
            "removed": list(self.removed),
            "practices": rows,
        }
        return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def read(folder: Path) -> Record | None:
    """Return the record of a collection's import, or None where there is none.

    Raises:
        CorpusError: it is damaged, or of another release.
    """
    path = folder / NAME
    if not path.exists():
        return None
    try:
        value = json.loads(path.read_text("utf-8"))
        if value["format"] != FORMAT:
            raise ValueError(value["format"])
        entries = {str(name): Entry(**row) for name, row in value["practices"].items()}
        return Record(entries, dict(value["headings"]), tuple(value["removed"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CorpusError(
            [
                Problem(
                    path,
                    0,
                    Text(
                        "la mémoire de l'import est abîmée, ou d'une autre version ; ôtez ce "
                        "fichier, puis importez avec --force",
                        "the memory of the import is damaged, or of another release; remove this "
                        "file, then import with --force",
                    ),
                )
            ]
        ) from error


def entry(page: Page, practice: Practice) -> Entry:
    """Return what is kept of a practice."""
    return Entry(page.key, practice.title, digest(format_practice(practice)), body(practice))


def digest(text: str) -> str:
    """Return what tells a text from another."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def body(practice: Practice) -> str:
    """Return the hash of a practice's text alone, whatever its id, title and fields."""
    return digest("\n".join(line.text for s in practice.sections for line in s.lines))


def id_of(text: str) -> str:
    """Return the id in the text of a practice's file, or ""."""
    found = _ID.search(text)
    return found["id"] if found else ""


def lines_of(text: str, headings: dict[str, str]) -> dict[str, str]:
    """Return the lines of a practice's file by their places, with the sections' former headings."""
    found: dict[str, str] = {}
    section, number, marks = "", 0, 0
    for row in text.split("\n"):
        if row.rstrip() == "---" and marks < 2:
            marks += 1
        elif marks < 2 or not row.strip():
            continue
        elif row.startswith("## ") and row[3:].strip() in headings:
            section, number = headings[row[3:].strip()], 0
        else:
            number += 1
            marked = list_mark(row, numbered=False)
            said = marked[1] if marked else row.removeprefix("### ")
            found[f"{section}/{number}"] = " ".join(said.split())
    return found
