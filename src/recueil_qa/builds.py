"""The versions of the index: listed, compared, put in service, undone and removed."""

from __future__ import annotations

import datetime
import os
import shutil
import threading
from collections.abc import Set
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from recueil_qa import index, manifest
from recueil_qa.errors import IndexUnusableError, NotFoundError, WriteError
from recueil_qa.manifest import Manifest
from recueil_qa.types import Passage, PassageKind, Practice


@dataclass(frozen=True, slots=True)
class Build:
    """One version of the index; `created` is ISO 8601, `fault` (fr, en) says why it can't serve."""

    name: str
    created: str
    is_current: bool
    manifest: Manifest | None = None
    fault: tuple[str, str] | None = None


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


def list_builds(root: Path) -> tuple[Build, ...]:
    """Return the builds, newest first; one that can't serve is listed with its fault.

    Raises:
        IndexMissingError: nothing was built yet.
    """
    current = current_name(root)
    return tuple(_examine(root / name, name == current) for name in _names(root))


def activate(root: Path, name: str) -> Build:
    """Put a build in service, after checking all of it; a unique start or end names it too.

    Raises:
        IndexMissingError: nothing was built yet.
        NotFoundError: no build, or several, are named so.
        IndexDamagedError, IndexMismatchError, WriteError: the build that served still does.
    """
    return _serve(root, _named(root, name))


def rollback(root: Path) -> Build:
    """Put in service the newest sound build older than the one that serves.

    Where none serves (CURRENT is lost, or names a build that is gone), any build is older.

    Raises:
        IndexMissingError: nothing was built yet.
        NotFoundError: there is no such build.
        WriteError: the build that served still does.
    """
    current = current_name(root)
    for build in list_builds(root):
        if build.fault is None and (not current or build.name < current):
            # Some damage shows only on opening: then an older one is looked for.
            with suppress(IndexUnusableError):
                return _serve(root, build.name)
    raise NotFoundError(
        fr=f"aucune version saine plus ancienne dans {root} ; celle en service n'a pas changé. "
        "La liste : recueil-qa builds",
        en=f"no older sound build in {root}; the one in service has not changed. "
        "The list: recueil-qa builds",
    )


def prune(root: Path, keep: int, spared: str = "") -> tuple[str, ...]:
    """Remove builds until `keep` are left; return the names removed, newest first.

    The one that serves stays, whatever its age; of the others, those that can't serve go first,
    then the oldest, and `spared` last.

    Raises:
        IndexMissingError: nothing was built yet.
        WriteError: some can't be removed; all the others are.
    """
    if keep < 1:
        raise ValueError(f"keep is {keep}; at least 1 is needed")
    found = list_builds(root)
    others = [build for build in found if not build.is_current]
    room = keep - (len(found) - len(others))
    ordered = sorted(others, key=lambda build: (build.fault is not None, build.name != spared))
    doomed = ordered[room:]
    removed, left = list[str](), list[str]()
    for name in sorted((build.name for build in doomed), reverse=True):
        if name == current_name(root):  # put in service meanwhile
            continue
        try:
            shutil.rmtree(root / name)
            removed.append(name)
        except OSError as error:
            left.append(f"{root / name}: {error.strerror or error}")
    if left:
        listed = "; ".join(left)
        raise WriteError(
            fr=f"{len(removed)} version(s) supprimée(s), {len(left)} impossible(s) à supprimer "
            f"({listed}). Corrigez les droits, puis : recueil-qa prune --keep {keep}",
            en=f"{len(removed)} build(s) removed, {len(left)} that can't be removed "
            f"({listed}). Mend the permissions, then: recueil-qa prune --keep {keep}",
        )
    return tuple(removed)


def compare(root: Path, older: str | None = None, newer: str | None = None) -> Difference:
    """Compare two builds, named as for `activate`; else the one before the current, and that one.

    Builds of another version of the package can be compared too.

    Raises:
        IndexMissingError: nothing was built yet.
        NotFoundError: a name is of no build, or of several; or there is none to compare with.
        IndexDamagedError, IndexMismatchError: one of them can't be read.
    """
    after = _serving(root) if newer is None else _named(root, newer)
    before = _before(root, after) if older is None else _named(root, older)
    old, new = _read(root / before), _read(root / after)
    common = old.practices.keys() & new.practices.keys()
    return Difference(
        builds=(before, after),
        added=_titles(new, new.practices.keys() - old.practices.keys()),
        changed=_titles(new, {key for key in common if old.practices[key] != new.practices[key]}),
        removed=_titles(old, old.practices.keys() - new.practices.keys()),
        questions=(old.questions, new.questions),
        passages=(old.passages, new.passages),
        encoder=(old.encoder, new.encoder),
    )


def current_name(root: Path) -> str:
    """Return the name of the build that serves, or "" where none does."""
    try:
        return index.current_build(root).name
    except IndexUnusableError:
        return ""


def write_current(root: Path, name: str) -> None:
    """Name the build that serves, in one step: a reader finds the old name or the new one.

    Raises:
        OSError: it can't be written; the old name stays.
    """
    scratch = root / f".{index.CURRENT}.{os.getpid()}.{threading.get_ident()}"
    try:
        with scratch.open("w", encoding="utf-8") as file:
            file.write(name + "\n")
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(root / index.CURRENT)
    except OSError:
        scratch.unlink(missing_ok=True)
        raise


def _names(root: Path) -> list[str]:
    try:
        found = [path.name for path in root.iterdir() if manifest.is_build_name(path.name)]
    except OSError as error:
        raise index.missing(root) from error
    names = sorted((name for name in found if (root / name).is_dir()), reverse=True)
    if not names:
        raise index.missing(root)
    return names


def _created(name: str) -> str:
    try:
        return datetime.datetime.fromisoformat(name.partition("Z-")[0] + "+00:00").isoformat()
    except ValueError:
        return ""


def _examine(folder: Path, is_current: bool) -> Build:
    contract, fault = None, None
    try:
        contract = manifest.read_manifest(folder)
        index.check_build(folder)
    except IndexUnusableError as error:
        fault = error.fr, error.en
    return Build(folder.name, _created(folder.name), is_current, contract, fault)


def _named(root: Path, name: str) -> str:
    # Compared with the names that are there, never made a path: nothing else can be reached.
    names = _names(root)
    found = [whole for whole in names if whole == name] or [
        whole for whole in names if name and (whole.startswith(name) or whole.endswith(name))
    ]
    if len(found) == 1:
        return found[0]
    shown, listed = name[:80], ", ".join(found or names)
    if found:
        raise NotFoundError(
            fr=f"plusieurs versions commencent ou finissent par « {shown} » : {listed}",
            en=f"several builds start or end with '{shown}': {listed}",
        )
    raise NotFoundError(
        fr=f"aucune version « {shown} » dans {root} ; il y a : {listed}",
        en=f"no build '{shown}' in {root}; there are: {listed}",
    )


def _serve(root: Path, name: str) -> Build:
    opened = index.open_build(root / name)
    try:
        write_current(root, name)
    except OSError as error:
        reason = f"{error.filename or root}: {error.strerror or error}"
        raise WriteError(
            fr=f"la version {name} n'a pas pu être mise en service ({reason}) ; celle en service "
            "n'a pas changé. Libérez de la place ou corrigez les droits, puis : "
            f"recueil-qa activate {name}",
            en=f"build {name} could not be put in service ({reason}); the one in service has not "
            "changed. Free some space or mend the permissions, then: "
            f"recueil-qa activate {name}",
        ) from error
    return Build(name, _created(name), True, opened.manifest)


def _serving(root: Path) -> str:
    if current := current_name(root):
        return current
    _names(root)  # none at all has its own message
    raise NotFoundError(
        fr=f"aucune version n'est en service dans {root}. Remède : recueil-qa rollback",
        en=f"no build is in service in {root}. Mend it with: recueil-qa rollback",
    )


def _before(root: Path, name: str) -> str:
    older = [other for other in _names(root) if other < name]
    if older:
        return older[0]
    raise NotFoundError(
        fr=f"aucune version avant {name} dans {root} ; la liste : recueil-qa builds",
        en=f"no build before {name} in {root}; the list: recueil-qa builds",
    )


@dataclass(frozen=True, slots=True)
class _Content:
    """What is compared of a build; each practice with its passages, whatever their order."""

    practices: dict[str, tuple[Practice, frozenset[Passage]]]
    questions: int
    passages: int
    encoder: str


def _read(folder: Path) -> _Content:
    contract = manifest.read_manifest(folder)
    manifest.check_files(folder, contract)
    rows = index.read_passages(folder)
    owned: dict[str, set[Passage]] = {}
    for row in rows:
        owned.setdefault(row.practice, set()).add(row)
    return _Content(
        practices={
            practice.id: (practice, frozenset(owned.get(practice.id, ())))
            for practice in index.read_practices(folder)
        },
        questions=sum(row.kind is PassageKind.QUESTION for row in rows),
        passages=len(rows),
        encoder=contract.encoder,
    )


def _titles(content: _Content, ids: Set[str]) -> tuple[tuple[str, str], ...]:
    """Return (id, title) of some practices, in the order of their build."""
    found = content.practices.items()
    return tuple((key, practice.title) for key, (practice, _) in found if key in ids)
