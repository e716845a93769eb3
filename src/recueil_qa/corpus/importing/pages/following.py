"""What has changed since the last import: pages that are new, changed, renamed or gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from recueil_qa.corpus.importing.pages.headings import key_of
from recueil_qa.corpus.importing.pages.making import Made
from recueil_qa.corpus.importing.pages.record import Record, body, digest, id_of
from recueil_qa.corpus.practice import format_practice
from recueil_qa.types import Practice

Kind = Literal["new", "changed", "renamed", "same", "corrected", "conflict", "gone", "removed"]


@dataclass(frozen=True)
class Change:
    """What becomes of one practice; `was` names its page before, where that was renamed."""

    kind: Kind
    id: str
    title: str
    key: str
    was: str = ""


@dataclass(frozen=True)
class Plan:
    """All changes, and the practices with the ids that they keep."""

    changes: tuple[Change, ...]
    made: tuple[Made, ...]

    def of(self, *kinds: Kind) -> list[Change]:
        return [change for change in self.changes if change.kind in kinds]


def files_by_id(folder: Path) -> dict[str, tuple[str, str]]:
    """Return the name and the text of each practice's file, by its id."""
    found = {}
    for path in sorted((folder / "practices").glob("[!.]*.md")):
        text = path.read_bytes().decode("utf-8", "replace")
        found[id_of(text) or path.stem] = (f"practices/{path.name}", text)
    return found


def plan(
    made: Sequence[Made],
    known: Record,
    there: Mapping[str, tuple[str, str]],
    force: bool = False,
) -> Plan:
    """Compare what the pages make with what an import wrote, and with what stands there now."""
    ids = _matched(made, known)
    used = set(known.practices)
    kept: list[Made] = []
    changes: list[Change] = []
    for one in made:
        if one.page.key in known.removed and not force:
            changes.append(Change("removed", "", one.practice.title, one.page.key))
            continue
        identifier = ids.get(one.page.key, "")
        if not identifier:
            identifier = _free(one.practice, used)
        used.add(identifier)
        practice = replace(one.practice, id=identifier)
        kept.append(replace(one, practice=practice))
        changes.append(_change(one, practice, known, there, force))
    gone = set(known.practices) - {one.practice.id for one in kept}
    changes += [
        Change("gone", name, known.practices[name].title, known.practices[name].key)
        for name in sorted(gone)
        if name in there
    ]
    return Plan(tuple(changes), tuple(kept))


def _free(practice: Practice, used: set[str]) -> str:
    if practice.id not in used:
        return practice.id
    return f"{practice.id}-{body(practice)[:6]}"


def _change(
    one: Made,
    practice: Practice,
    known: Record,
    there: Mapping[str, tuple[str, str]],
    force: bool,
) -> Change:
    entry = known.practices.get(practice.id)
    text = format_practice(practice)
    told = (practice.id, practice.title, one.page.key)
    stands = there.get(practice.id)
    if entry is None:
        # One of that id that no import wrote is somebody's own.
        own = stands is not None and stands[1] != text and not force
        return Change("conflict" if own else "new", *told)
    if stands is None:
        return Change("new" if force else "removed", *told)
    was = entry.key if entry.key != one.page.key else ""
    changed = digest(text) != entry.text
    corrected = digest(stands[1]) != entry.text and stands[1] != text
    if corrected and not force:
        return Change("conflict" if changed else "corrected", *told, was)
    if was:
        return Change("renamed", *told, was)
    return Change("changed" if changed or corrected else "same", *told)


def _matched(made: Sequence[Made], known: Record) -> dict[str, str]:
    """Return the ids that pages keep: by their place, else by their text, else by their title."""
    by_key = {entry.key: name for name, entry in known.practices.items()}
    found = {one.page.key: by_key[one.page.key] for one in made if one.page.key in by_key}
    for told in (
        lambda title, text: (key_of(title), text),
        lambda title, text: ("", text),  # noqa: ARG005
        lambda title, text: (key_of(title), ""),  # noqa: ARG005
    ):
        taken = set(found.values())
        free = {n: told(e.title, e.body) for n, e in known.practices.items() if n not in taken}
        counts = Counter(free.values())
        alike = {mark: name for name, mark in free.items() if counts[mark] == 1}
        rest = [one for one in made if one.page.key not in found]
        marks = {one.page.key: told(one.practice.title, body(one.practice)) for one in rest}
        fresh = Counter(marks.values())
        for key, mark in marks.items():
            if mark in alike and fresh[mark] == 1 and any(mark):
                found[key] = alike[mark]
    return found
