"""The versions of the index: put in service, undone and removed."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator, Set
from contextlib import contextmanager, suppress
from pathlib import Path

from recueil_qa.builds import locks
from recueil_qa.builds.listing import (
    Build,
    check_builds,
    created,
    current_name,
    list_builds,
    named,
    names_of,
)
from recueil_qa.errors import EngineError, IndexUnusableError, NotFoundError, WriteError
from recueil_qa.faults import system_reason
from recueil_qa.files import sync_one
from recueil_qa.index import opening, select
from recueil_qa.index.current import CURRENT
from recueil_qa.index.manifest import Manifest
from recueil_qa.index.opened import Index
from recueil_qa.messages import Text, join

_AT = Text("{} : {}", "{}: {}")


def activate(root: Path, name: str) -> Build:
    """Put a build in service, after checking all of it; a unique start or end names it too.

    Raises:
        IndexMissingError: nothing was built yet.
        NotFoundError: no build, or several, are named so.
        IndexDamagedError, IndexMismatchError, WriteError, EngineError: the build that served
            still does.
    """
    whole = named(root, name)
    try:
        contract = opening.open_build(root / whole).manifest
    except IndexUnusableError:
        with _switching(root):
            named(root, whole)  # of one that was removed meanwhile, that is told
        raise
    with _switching(root):
        return _serve(root, named(root, whole), contract)


def rollback(root: Path) -> Build:
    """Put in service the newest sound build older than the one that serves.

    One that was kept out of service when it was built is passed over. Where none serves (CURRENT
    is lost, or names a build that is gone), any build is older.

    Raises:
        IndexMissingError: nothing was built yet.
        NotFoundError: there is no such build.
        WriteError, EngineError: the build that served still does.
    """
    while True:
        current = current_name(root)
        older = _newest_sound(root, current)
        with _switching(root):
            # Another process may have switched, or removed builds, while this one was checked.
            if current_name(root) == current and (root / older.folder.name).is_dir():
                return _serve(root, older.folder.name, older.manifest)


def _newest_sound(root: Path, current: str) -> Index:
    """Open the newest sound build older than one. Raises as `rollback`."""
    for build in list_builds(root):
        if build.can_be_gone_back_to and (not current or build.name < current):
            # Most damage shows only on opening: then an older one is looked for.
            with suppress(IndexUnusableError):
                return opening.open_build(root / build.name)
    raise NotFoundError(
        Text(
            f"aucune version saine plus ancienne dans {root} ; celle en service n'a pas changé. "
            "La liste : recueil-qa builds",
            f"no older sound build in {root}; the one in service has not changed. "
            "The list: recueil-qa builds",
        )
    )


def prune(root: Path, keep: int) -> tuple[str, ...]:
    """Remove builds until `keep` are left; return the names removed, newest first.

    The one that serves stays, whatever its age; of the others, those that can't serve go first,
    then the oldest.

    Raises:
        IndexMissingError: nothing was built yet.
        WriteError: some can't be removed; all the others are.
        EngineError: all are, but a server keeps what it has of some until the next build there.
    """
    if keep < 1:
        raise ValueError(f"keep is {keep}; at least 1 is needed")
    faulty = {build.name for build in check_builds(root) if build.fault}
    with _switching(root):
        return drop_old(root, keep, faulty=faulty)


def drop_old(
    root: Path, keep: int, spared: str = "", faulty: Set[str] = frozenset()
) -> tuple[str, ...]:
    """Remove as `prune` does, `spared` last, for who holds the lock (`locks.switching`).

    Builds are told by their manifests alone, and by the names of those known to be `faulty`.
    """
    found = list_builds(root)
    others = [build for build in found if not build.is_current]
    room = keep - (len(found) - len(others))
    ordered = sorted(
        others,
        key=lambda build: (build.fault is not None or build.name in faulty, build.name != spared),
    )
    doomed = ordered[room:]
    removed, left, silent = list[str](), list[Text](), None
    for name in sorted((build.name for build in doomed), reverse=True):
        if name == current_name(root):  # put in service meanwhile
            continue
        held = select.held_by(root / name)
        try:
            shutil.rmtree(root / name)
            removed.append(name)
            if held:
                select.drop(root, held)
        except EngineError as error:
            silent = error
        except OSError as error:
            left.append(_AT.format(root / name, system_reason(error)))
    if left:
        raise WriteError(
            Text(
                "{} version(s) supprimée(s), {} impossible(s) à supprimer ({}). Corrigez les "
                "droits, puis : recueil-qa prune --keep {}",
                "{} build(s) removed, {} that can't be removed ({}). Mend the permissions, then: "
                "recueil-qa prune --keep {}",
            ).format(len(removed), len(left), join(left, "; "), keep)
        )
    if silent:
        raise silent
    return tuple(removed)


def write_current(root: Path, name: str) -> None:
    """Name the build that serves, in one step: a reader finds the old name or the new one.

    For who holds the lock (`locks.switching`): what a killed switch left is removed.

    Raises:
        OSError, EngineError: it can't be written, or announced; the old name stays.
    """
    for left in root.glob(f".{CURRENT}.*"):
        left.unlink(missing_ok=True)
    scratch = root / f".{CURRENT}.{os.getpid()}.{threading.get_ident()}"
    try:
        with scratch.open("w", encoding="utf-8") as file:
            file.write(name + "\n")
            file.flush()
            os.fsync(file.fileno())
        with select.announced(root / name):
            scratch.replace(root / CURRENT)
    except (OSError, EngineError):
        scratch.unlink(missing_ok=True)
        raise
    # It serves from now on, whatever a disk says of keeping so.
    with suppress(OSError):
        sync_one(root)


@contextmanager
def _switching(root: Path) -> Iterator[None]:
    """Be alone in changing what serves; an index that isn't there, or can't be locked, is told."""
    names_of(root)
    try:
        with locks.switching(root):
            yield
    except OSError as error:
        raise WriteError(
            Text(
                "{} : impossible à écrire ({}) ; rien n'a changé. Corrigez les droits ou libérez "
                "de la place, puis recommencez",
                "{}: can't be written ({}); nothing has changed. Mend the permissions or free some "
                "space, then try again",
            ).format(error.filename or root, system_reason(error))
        ) from error


def _serve(root: Path, name: str, contract: Manifest) -> Build:
    """Put a build in service that was opened, for who holds the lock."""
    try:
        write_current(root, name)
    except OSError as error:
        reason = _AT.format(error.filename or root, system_reason(error))
        raise WriteError(
            Text(
                "la version {0} n'a pas pu être mise en service ({1}) ; celle en service n'a pas "
                "changé. Libérez de la place ou corrigez les droits, puis : recueil-qa activate "
                "{0}",
                "build {0} could not be put in service ({1}); the one in service has not changed. "
                "Free some space or mend the permissions, then: recueil-qa activate {0}",
            ).format(name, reason)
        ) from error
    return Build(name, created(name), True, contract)
