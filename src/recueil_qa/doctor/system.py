"""The machine: variables that set nothing, space on the disk, and places to write to."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from recueil_qa.doctor.finding import Finding, command, listed, same, size
from recueil_qa.evaluation.feedback import FeedbackStore
from recueil_qa.faults import system_reason
from recueil_qa.messages import Command, Mend, Text, alike
from recueil_qa.settings import Settings

PREFIX = "RECUEIL_"
LOW_BYTES, LITTLE_BYTES = 50_000_000, 500_000_000
Fault = tuple[Text, Mend]  # why, and how that is mended
BUILD_ROOM = 2  # a build stands beside the one that serves before it replaces it


def environment(names: Iterable[str]) -> Finding:
    """Find the variables that look like settings and are none."""
    known = [name.upper() for name in Settings.model_fields]
    ours = [name for name in names if name.upper().startswith(PREFIX)]
    strange = sorted(name for name in ours if name.upper().removeprefix(PREFIX) not in known)
    if not strange:
        return Finding(
            "settings", "ok", Text("tous les RECUEIL_* sont connus", "all RECUEIL_* are known")
        )
    guesses = list[Text]()
    for name in strange:
        near = get_close_matches(name.upper().removeprefix(PREFIX), known, 1)
        guess = Text(" (vouliez-vous dire {}{} ?)", " (did you mean {}{}?)")
        guesses.append(alike(name) + (guess.format(PREFIX, near[0]) if near else ""))
    return Finding(
        "settings",
        "warning",
        Text(
            "variable(s) sans effet, car aucun réglage ne s'appelle ainsi : {}",
            "variable(s) without effect, as no setting is called so: {}",
        ).format(listed(guesses)),
        Command("unset", *strange),
    )


def disk(settings: Settings, serving: int, others: int) -> Finding:
    """Compare the free space with what a build needs, given the bytes that builds take now."""
    folder = standing(settings.index)
    free = shutil.disk_usage(folder).free
    wanted = max(LITTLE_BYTES, BUILD_ROOM * serving)
    if free >= wanted:
        return Finding("disk", "ok", size(free) + Text(" libres", " free"))
    mend = Text("libérez {} là où est {}", "free {} around {}").format(size(wanted), folder)
    if others:
        prune = command(settings, "prune", "--keep", "1")
        mend += Text(
            " ; les anciennes versions en tiennent {} : {}", "; old builds take {} of it: {}"
        ).format(size(others), prune)
    return Finding(
        "disk",
        "error" if free < LOW_BYTES else "warning",
        size(free)
        + Text(
            " libres, c'est peu pour construire l'index et garder les avis",
            " free, which is little to build the index and keep feedback",
        ),
        mend,
    )


def index_folder(settings: Settings) -> Finding:
    """Try to write where the index is built."""
    if fault := _folder_fault(settings.index, made=True):
        return Finding(
            "index-folder",
            "warning",
            Text(
                "on ne peut pas écrire dans {} ({}) : pas de reconstruction",
                "{} can't be written to ({}): no rebuild",
            ).format(settings.index, fault[0]),
            Text(
                "{}, ou réglez {}INDEX sur un autre dossier", "{}, or set {}INDEX to another folder"
            ).format(fault[1], PREFIX),
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
            Text("on ne peut pas écrire dans {} ({})", "{} can't be written to ({})").format(
                folder, fault[0]
            ),
            Text(
                "{}, ou : recueil-qa evaluate --output AILLEURS.json",
                "{}, or: recueil-qa evaluate --output ELSEWHERE.json",
            ).format(fault[1]),
        )
    return same("reports-folder", str(folder))


def feedback(settings: Settings) -> Finding:
    """Try to read the readers' feedback, and to write where it is.

    Raises:
        FeedbackError: the file is damaged, or something else.
    """
    path = settings.feedback_file
    if not settings.feedback:
        return Finding(
            "feedback", "ok", Text("les avis ne sont pas gardés", "feedback is not kept")
        )
    count = FeedbackStore(path).count()
    # Its journal stands beside it while something is written.
    fault = _file_fault(path) if path.exists() else None
    fault = fault or _folder_fault(path.parent, made=False)
    if fault:
        return Finding(
            "feedback",
            "warning",
            Text(
                "les avis ne peuvent pas être écrits dans {} ({})",
                "feedback can't be written to {} ({})",
            ).format(path, fault[0]),
            Text(
                "{}, ou réglez {}FEEDBACK_FILE sur un autre fichier",
                "{}, or set {}FEEDBACK_FILE to another file",
            ).format(fault[1], PREFIX),
        )
    return Finding("feedback", "ok", Text(f"{path} : {count} avis", f"{path}: {count} given"))


def _folder_fault(path: Path, made: bool) -> Fault | None:
    """Return why nothing can be written in a folder, and the mend.

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
        return system_reason(error), _mend(tried, error.errno)
    return None


def _file_fault(path: Path) -> Fault | None:
    try:
        with path.open("r+b"):
            return None
    except OSError as error:
        return system_reason(error), _mend(path, error.errno)


def _mend(path: Path, code: int | None) -> Mend:
    if code == errno.ENOSPC:
        return Text(f"libérez de la place là où est {path}", f"free some space around {path}")
    if code == errno.ENOTDIR:
        quoted = Command(path)
        return Text(f"déplacez le fichier {quoted}", f"move the file {quoted} away")
    if code == errno.ENOENT:
        return Command("mkdir", "-p", path)
    if code == errno.EROFS:
        return Text(
            f"rendez inscriptible le disque où est {path}",
            f"make the disk that holds {path} writable",
        )
    if path.stat().st_uid == os.geteuid():
        return Command("chmod", "u+rwX", path)
    return Command("sudo", "chown", str(os.geteuid()), path)


def standing(path: Path) -> Path:
    """Return a path, or the nearest thing above it that is there."""
    return next((place for place in (path, *path.parents) if place.exists()), Path())
