"""Change several files of a collection at once: checked aside first, all of them or none."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from errno import EEXIST
from pathlib import Path

from recueil_qa.corpus.corpus import Corpus
from recueil_qa.corpus.folders import CONFIG
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.errors import CorpusError, WriteError
from recueil_qa.faults import system_reason
from recueil_qa.messages import Text


def rewrite(folder: Path, files: Mapping[str, str | None], dry_run: bool = False) -> Corpus:
    """Write files of a collection, and remove those that are None; return it as it then reads.

    `folder` need not exist: it is then made in one step. A dry run stops before.

    Raises:
        CorpusError: the collection would not be valid; nothing has changed.
        WriteError: a file can't be written.
    """
    new = not (folder / CONFIG).exists()
    with writing(folder):
        beside = None if dry_run else _first_there(folder.parent if new else folder)
        with tempfile.TemporaryDirectory(prefix=".import-", dir=beside) as scratch:
            aside = Path(scratch, folder.resolve().name)
            if folder.exists():
                ignored = shutil.ignore_patterns(".*")
                shutil.copytree(folder, aside, symlinks=True, ignore=ignored)
            else:
                aside.mkdir()
            _apply(aside, folder, files)
            found = _checked(aside, folder)
            if not dry_run:
                _move(aside, folder, files)
    return found


def _first_there(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _apply(aside: Path, folder: Path, files: Mapping[str, str | None]) -> None:
    for name, text in files.items():
        path = aside / name
        if text is None:
            path.unlink(missing_ok=True)
            continue
        if path.parent.exists() and not path.parent.is_dir():
            raise FileExistsError(EEXIST, os.strerror(EEXIST), str((folder / name).parent))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="")


def _checked(aside: Path, folder: Path) -> Corpus:
    try:
        return read_corpus(aside)
    except CorpusError as error:
        raise CorpusError(
            replace(problem, path=folder / problem.path.relative_to(aside))
            for problem in error.problems
        ) from error


def _move(aside: Path, folder: Path, files: Mapping[str, str | None]) -> None:
    if not folder.exists():
        aside.rename(folder)
        return
    # What is new comes first: what was there goes when all the rest is in place.
    for name, text in files.items():
        if text is not None:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (aside / name).replace(folder / name)
    for name, text in files.items():
        if text is None:
            (folder / name).unlink(missing_ok=True)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Say in plain words what the system refuses."""
    try:
        yield
    except OSError as error:
        raise WriteError(
            Text(
                "{} : impossible à écrire ({}) ; voyez les droits et la place",
                "{}: can't be written ({}); mend the permissions or the space",
            ).format(error.filename or folder, system_reason(error))
        ) from error
