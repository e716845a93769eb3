"""The machine: variables that set nothing, space on the disk, and places to write to."""

from __future__ import annotations

import errno
import os
import shlex
import shutil
import tempfile
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from recueil_qa.feedback import FeedbackStore
from recueil_qa.finding import Finding, command, same, size, some
from recueil_qa.settings import Settings

PREFIX = "RECUEIL_"
LOW_BYTES, LITTLE_BYTES = 50_000_000, 500_000_000
BUILD_ROOM = 2  # a build stands beside the one that serves before it replaces it


def environment(names: Iterable[str]) -> Finding:
    """Find the variables that look like settings and are none."""
    known = [name.upper() for name in Settings.model_fields]
    ours = [name for name in names if name.upper().startswith(PREFIX)]
    strange = sorted(name for name in ours if name.upper().removeprefix(PREFIX) not in known)
    if not strange:
        return Finding(
            "settings", "ok", "tous les RECUEIL_* sont connus", "all RECUEIL_* are known"
        )
    fr, en = list[str](), list[str]()
    for name in strange:
        near = get_close_matches(name.upper().removeprefix(PREFIX), known, 1)
        fr.append(f"{name} (vouliez-vous dire {PREFIX}{near[0]} ?)" if near else name)
        en.append(f"{name} (did you mean {PREFIX}{near[0]}?)" if near else name)
    return Finding(
        "settings",
        "warning",
        f"variable(s) sans effet, car aucun réglage ne s'appelle ainsi : {some(fr)}",
        f"variable(s) without effect, as no setting is called so: {some(en)}",
        *[shlex.join(["unset", *strange])] * 2,
    )


def disk(settings: Settings, serving: int, others: int) -> Finding:
    """Compare the free space with what a build needs, given the bytes that builds take now."""
    folder = standing(settings.index)
    free = shutil.disk_usage(folder).free
    wanted = max(LITTLE_BYTES, BUILD_ROOM * serving)
    (fr, en), (wanted_fr, wanted_en) = size(free), size(wanted)
    if free >= wanted:
        return Finding("disk", "ok", f"{fr} libres", f"{en} free")
    mend_fr, mend_en = (
        f"libérez {wanted_fr} là où est {folder}",
        f"free {wanted_en} around {folder}",
    )
    if others:
        prune, (more_fr, more_en) = command(settings, "prune", "--keep", "1"), size(others)
        mend_fr += f" ; les anciennes versions en tiennent {more_fr} : {prune}"
        mend_en += f"; old builds take {more_en} of it: {prune}"
    return Finding(
        "disk",
        "error" if free < LOW_BYTES else "warning",
        f"{fr} libres, c'est peu pour construire l'index et garder les avis",
        f"{en} free, which is little to build the index and keep feedback",
        mend_fr,
        mend_en,
    )


def index_folder(settings: Settings) -> Finding:
    """Try to write where the index is built."""
    if fault := _folder_fault(settings.index, made=True):
        return Finding(
            "index-folder",
            "warning",
            f"on ne peut pas écrire dans {settings.index} ({fault[0]}) : pas de reconstruction",
            f"{settings.index} can't be written to ({fault[0]}): no rebuild",
            f"{fault[1]}, ou réglez {PREFIX}INDEX sur un autre dossier",
            f"{fault[2]}, or set {PREFIX}INDEX to another folder",
        )
    return same("index-folder", str(settings.index))


def reports_folder(settings: Settings) -> Finding | None:
    """Try to write where evaluations are kept, in a home that has some."""
    folder = settings.home / "eval" / "results"
    if not folder.parent.exists():
        return None
    if fault := _folder_fault(folder, made=True):
        return Finding(
            "reports-folder",
            "warning",
            f"on ne peut pas écrire dans {folder} ({fault[0]})",
            f"{folder} can't be written to ({fault[0]})",
            f"{fault[1]}, ou : recueil-qa evaluate --output AILLEURS.json",
            f"{fault[2]}, or: recueil-qa evaluate --output ELSEWHERE.json",
        )
    return same("reports-folder", str(folder))


def feedback(settings: Settings) -> Finding:
    """Try to read the readers' feedback, and to write where it is.

    Raises:
        FeedbackError: the file is damaged, or something else.
    """
    path = settings.feedback_file
    if not settings.feedback:
        return Finding("feedback", "ok", "les avis ne sont pas gardés", "feedback is not kept")
    count = FeedbackStore(path).count()
    # Its journal stands beside it while something is written.
    fault = _file_fault(path) if path.exists() else None
    fault = fault or _folder_fault(path.parent, made=False)
    if fault:
        return Finding(
            "feedback",
            "warning",
            f"les avis ne peuvent pas être écrits dans {path} ({fault[0]})",
            f"feedback can't be written to {path} ({fault[0]})",
            f"{fault[1]}, ou réglez {PREFIX}FEEDBACK_FILE sur un autre fichier",
            f"{fault[2]}, or set {PREFIX}FEEDBACK_FILE to another file",
        )
    return Finding("feedback", "ok", f"{path} : {count} avis", f"{path}: {count} given")


def _folder_fault(path: Path, made: bool) -> tuple[str, str, str] | None:
    """Return why nothing can be written in a folder, and the mend in French and in English.

    One that is not there yet may be `made`; what is there is left as it was.
    """
    tried = standing(path) if made else path
    try:
        if tried.is_file():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        with tempfile.TemporaryFile(dir=tried) as file:
            file.write(b"\n")
            file.flush()
    except OSError as error:
        return error.strerror or str(error), *_mend(tried, error.errno)
    return None


def _file_fault(path: Path) -> tuple[str, str, str] | None:
    try:
        with path.open("r+b"):
            return None
    except OSError as error:
        return error.strerror or str(error), *_mend(path, error.errno)


def _mend(path: Path, code: int | None) -> tuple[str, str]:
    quoted = shlex.quote(str(path))
    if code == errno.ENOSPC:
        return f"libérez de la place là où est {path}", f"free some space around {path}"
    if code == errno.ENOTDIR:
        return f"déplacez le fichier {quoted}", f"move the file {quoted} away"
    if code == errno.ENOENT:
        return f"mkdir -p {quoted}", f"mkdir -p {quoted}"
    if code == errno.EROFS:
        return (
            f"rendez inscriptible le disque où est {path}",
            f"make the disk that holds {path} writable",
        )
    if path.stat().st_uid == os.geteuid():
        return f"chmod u+rwX {quoted}", f"chmod u+rwX {quoted}"
    owner = f"sudo chown {os.geteuid()} {quoted}"
    return owner, owner


def standing(path: Path) -> Path:
    """Return a path, or the nearest thing above it that is there."""
    return next((place for place in (path, *path.parents) if place.exists()), Path())
