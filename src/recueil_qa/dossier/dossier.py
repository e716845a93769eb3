"""What a manager keeps: practices and lines in her order, with her notes and a title."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from recueil_qa.corpus.lead_ins import lead_ins
from recueil_qa.errors import DossierError
from recueil_qa.messages import Text
from recueil_qa.types import Line, Practice, Section

MAX_KEPT = 200
MAX_NOTE = 2_000  # characters
MAX_TITLE = 200  # characters
MAX_REFERENCE = 200  # characters

VERSION = 1
# A full dossier whose every character is escaped as \uXXXX stays below this.
MAX_JSON = 3_000_000  # characters

_NAME = "[a-z0-9][a-z0-9_-]*"
_REFERENCE = re.compile(f"{_NAME}(?:/{_NAME}/[1-9][0-9]{{0,5}})?")
# Halves of characters, which no file can hold.
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Kept:
    """A practice (`recueil-2014-p23`) or one line of it (`recueil-2014-p23/conseils/2`)."""

    reference: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Dossier:
    """A selection, in order, no reference twice. Every move returns a new one.

    A move on a reference that isn't kept changes nothing: the same dossier may be open twice.
    """

    title: str = ""
    kept: tuple[Kept, ...] = ()

    def __contains__(self, reference: object) -> bool:
        return any(kept.reference == reference for kept in self.kept)

    def __len__(self) -> int:
        return len(self.kept)

    def add(self, reference: str) -> Dossier:
        """Return it with a reference at the end; the same dossier when it is kept already.

        Raises:
            DossierError: `MAX_KEPT` are kept already, or it isn't the id of a practice or a line.
        """
        if reference in self:
            return self
        if len(reference) > MAX_REFERENCE or not _REFERENCE.fullmatch(reference):
            shown = _clean(reference, 80)
            raise DossierError(
                Text(
                    f"« {shown} » n'est ni une pratique ni une ligne ; écrivez par exemple "
                    "recueil-2014-p23 ou recueil-2014-p23/conseils/2",
                    f"'{shown}' is neither a practice nor a line; write for example "
                    "recueil-2014-p23 or recueil-2014-p23/conseils/2",
                )
            )
        if len(self) >= MAX_KEPT:
            raise DossierError(
                Text(
                    f"le dossier est plein ({MAX_KEPT} éléments) ; retirez-en un d'abord",
                    f"the file is full ({MAX_KEPT} items); remove one first",
                )
            )
        return replace(self, kept=(*self.kept, Kept(reference)))

    def remove(self, reference: str) -> Dossier:
        """Return it without a reference."""
        return replace(self, kept=tuple(k for k in self.kept if k.reference != reference))

    def move(self, reference: str, steps: int) -> Dossier:
        """Return it with a reference moved towards the end (up to it), or the start if negative."""
        if reference not in self:
            return self
        place = next(i for i, kept in enumerate(self.kept) if kept.reference == reference)
        others = [*self.kept[:place], *self.kept[place + 1 :]]
        others.insert(max(0, place + steps), self.kept[place])
        return replace(self, kept=tuple(others))

    def annotate(self, reference: str, note: str) -> Dossier:
        """Return it with the note of a reference, cut at `MAX_NOTE`; an empty one removes it."""
        note = _clean(note, MAX_NOTE)
        kept = (replace(k, note=note) if k.reference == reference else k for k in self.kept)
        return replace(self, kept=tuple(kept))

    def entitle(self, title: str) -> Dossier:
        """Return it with a title, cut at `MAX_TITLE`."""
        return replace(self, title=_clean(title, MAX_TITLE))

    def to_json(self) -> str:
        """Write it as `{"version": 1, "title": "…", "kept": [["reference", "note"], …]}`."""
        content = {
            "version": VERSION,
            "title": self.title,
            "kept": [[kept.reference, kept.note] for kept in self.kept],
        }
        return json.dumps(content, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Dossier:
        """Read what `to_json` wrote; rows that it can't have written are left out.

        Never raises: the text comes from a browser's storage, where anyone may have written
        anything. What is no dossier at all, or one of another version, reads as an empty one.
        """
        try:
            content = json.loads(text) if len(text) <= MAX_JSON else None
        except (TypeError, ValueError, RecursionError):
            content = None
        if not isinstance(content, dict) or content.get("version") != VERSION:
            return cls()
        title, rows = content.get("title"), content.get("kept")
        dossier = cls().entitle(title) if isinstance(title, str) else cls()
        for row in rows[:MAX_KEPT] if isinstance(rows, list) else []:
            match row:
                case [str(reference), str(note)] if reference not in dossier:
                    try:
                        dossier = dossier.add(reference).annotate(reference, note)
                    except DossierError:
                        continue
        return dossier


@dataclass(frozen=True, slots=True)
class Entry:
    """What is kept, found in the collections; a whole practice has neither section nor line."""

    reference: str
    note: str
    practice: Practice
    section: Section | None
    line: Line | None

    @property
    def lead_ins(self) -> tuple[Line, ...]:
        """The lines that govern the line, the outermost first: to be shown with it."""
        return lead_ins(self.section, self.line.number) if self.section and self.line else ()


def entries(
    dossier: Dossier, practices: Mapping[str, Practice]
) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """Return what a dossier keeps, in order, and the references that no longer exist.

    `practices` are by id. A collection may have been corrected since the dossier was made.
    """
    found: list[Entry] = []
    gone: list[str] = []
    for kept in dossier.kept:
        identifier, _, place = kept.reference.partition("/")
        name, _, number = place.partition("/")
        practice = practices.get(identifier)
        section = practice.section(name) if practice and place else None
        lines = section.lines if section else ()
        line = next((line for line in lines if str(line.number) == number), None)
        if practice and (line or not place):
            found.append(Entry(kept.reference, kept.note, practice, section, line))
        else:
            gone.append(kept.reference)
    return tuple(found), tuple(gone)


def _clean(text: str, limit: int) -> str:
    return _SURROGATE.sub("\ufffd", text)[:limit]
