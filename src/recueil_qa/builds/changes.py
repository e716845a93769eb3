"""What changed from one build of the index to another."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path

from recueil_qa.builds import listing
from recueil_qa.builds.listing import Build
from recueil_qa.errors import IndexUnusableError, NotFoundError
from recueil_qa.index import manifest
from recueil_qa.index.files import BuildFolder
from recueil_qa.messages import Command, Text
from recueil_qa.types import Passage, PassageKind, Practice


@dataclass(frozen=True, slots=True)
class Difference:
    """How two builds differ: practices as (id, title), the rest as (before, after).

    A practice has changed when its text, a field or one of its questions has.
    """

    builds: tuple[str, str]
    added: tuple[tuple[str, str], ...]
    changed: tuple[tuple[str, str], ...]
    removed: tuple[tuple[str, str], ...]
    questions: tuple[int, int]
    passages: tuple[int, int]
    encoder: tuple[str, str]


def compare(root: Path, older: str | None = None, newer: str | None = None) -> Difference:
    """Compare two builds, named as for `activate`; else the one before the current, and that one.

    Builds of another version of the package can be compared too.

    Raises:
        IndexMissingError: nothing was built yet.
        NotFoundError: a name is of no build, or of several; or there is none to compare with.
        IndexDamagedError, IndexMismatchError: one of them can't be read.
    """
    after = _serving(root) if newer is None else listing.named(root, newer)
    before = _before(root, after) if older is None else listing.named(root, older)
    return _difference((before, after), _read(root / before), _read(root / after))


def _difference(names: tuple[str, str], old: _Content, new: _Content) -> Difference:
    common = old.practices.keys() & new.practices.keys()
    return Difference(
        builds=names,
        added=_titles(new, new.practices.keys() - old.practices.keys()),
        changed=_titles(new, {key for key in common if old.practices[key] != new.practices[key]}),
        removed=_titles(old, old.practices.keys() - new.practices.keys()),
        questions=(old.questions, new.questions),
        passages=(old.passages, new.passages),
        encoder=(old.encoder, new.encoder),
    )


def history(root: Path) -> tuple[tuple[Build, Difference | None], ...]:
    """Return the builds, newest first, each with its difference from the one made before it.

    The oldest has none, nor has one that can't be read.

    Raises:
        IndexMissingError: nothing was built yet.
    """
    found = listing.check_builds(root)
    read = {build.name: _readable(root / build.name, not build.fault) for build in found}
    rows: list[tuple[Build, Difference | None]] = []
    for place, build in enumerate(found):
        older = next((b.name for b in found[place + 1 :] if read[b.name]), "")
        old, new = read.get(older), read[build.name]
        rows.append((build, _difference((older, build.name), old, new) if old and new else None))
    return tuple(rows)


def _readable(folder: Path, is_checked: bool) -> _Content | None:
    try:
        return _read(folder, is_checked)
    except IndexUnusableError:
        return None


def _serving(root: Path) -> str:
    if current := listing.current_name(root):
        return current
    listing.names_of(root)  # none at all has its own message
    raise NotFoundError(
        Text(f"aucune version n'est en service dans {root}", f"no build is in service in {root}"),
        Command("recueil-qa", "rollback"),
    )


def _before(root: Path, name: str) -> str:
    older = [other for other in listing.names_of(root) if other < name]
    if older:
        return older[0]
    raise NotFoundError(
        Text(
            f"aucune version avant {name} dans {root} ; la liste : recueil-qa builds",
            f"no build before {name} in {root}; the list: recueil-qa builds",
        )
    )


@dataclass(frozen=True, slots=True)
class _Content:
    """What is compared of a build; each practice with its passages, whatever their order."""

    practices: dict[str, tuple[Practice, frozenset[Passage]]]
    questions: int
    passages: int
    encoder: str


def _read(folder: Path, is_checked: bool = False) -> _Content:
    contract = manifest.read_manifest(folder)
    if not is_checked:
        manifest.check_files(folder, contract)
    build = BuildFolder(folder, contract)
    practices = build.read_practices()
    rows = tuple(build.read_passages(len(practices))[0])
    owned: dict[str, set[Passage]] = {}
    for row in rows:
        owned.setdefault(row.practice, set()).add(row)
    return _Content(
        practices={
            practice.id: (practice, frozenset(owned.get(practice.id, ()))) for practice in practices
        },
        questions=sum(row.kind is PassageKind.QUESTION for row in rows),
        passages=len(rows),
        encoder=contract.encoder,
    )


def _titles(content: _Content, ids: Set[str]) -> tuple[tuple[str, str], ...]:
    """Return (id, title) of some practices, in the order of their build."""
    found = content.practices.items()
    return tuple((key, practice.title) for key, (practice, _) in found if key in ids)
