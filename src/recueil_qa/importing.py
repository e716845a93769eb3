"""A source text into a collection's hand-editable files: nothing half-written."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from errno import EEXIST
from pathlib import Path

import yaml

from recueil_qa.booklet import Booklet, read_booklet
from recueil_qa.collection import not_utf8, read_config
from recueil_qa.corpus import CONFIG, read_corpus
from recueil_qa.errors import CorpusError, Problem, WriteError
from recueil_qa.practice_file import format_practice
from recueil_qa.questions import LANGUAGES


@dataclass(frozen=True)
class Imported:
    """What an import wrote, and what it could not place."""

    folder: Path
    booklet: Booklet
    questions: int


def import_booklet(
    source: Path, folder: Path, questions: Path | None = None, force: bool = False
) -> Imported:
    """Write the practices, the source and the questions of a booklet under `folder`.

    `folder` holds the `collection.toml` that says how the source is laid out. The files are
    written aside, read back, and moved in place only when the whole collection is valid.

    Raises:
        CorpusError: the configuration, the source or the questions are refused.
        WriteError: files are already there (and not `force`), or can't be written.
    """
    config, problems = read_config(folder / CONFIG)
    if config is None:
        raise CorpusError(problems)
    files = {"source.txt": _text(source)}
    booklet = read_booklet(files["source.txt"], source, config)
    for practice in booklet.practices:
        short = practice.id.removeprefix(f"{config.id}-")
        files[f"practices/{short}.md"] = format_practice(practice)
    known = {practice.id for practice in booklet.practices}
    rows = _read_questions(questions, known) if questions else {}
    for identifier, by_language in rows.items():
        short = identifier.removeprefix(f"{config.id}-")
        files[f"questions/{short}.yaml"] = yaml.safe_dump(
            {"practice": identifier, **by_language},
            allow_unicode=True,
            sort_keys=False,
            width=10_000,
        )
    changed = _changed(folder, files)
    if changed and not force:
        names = ", ".join(changed[:5]) + (" …" if len(changed) > 5 else "")
        raise WriteError(
            fr=f"{len(changed)} fichier(s) modifiés depuis l'import seraient écrasés dans {folder} "
            f"({names}). Pour les remplacer : recueil-qa import --force",
            en=f"{len(changed)} file(s) changed since the import would be overwritten in {folder} "
            f"({names}). To replace them: recueil-qa import --force",
        )
    _write(folder, files)
    count = sum(len(texts) for by_language in rows.values() for texts in by_language.values())
    return Imported(folder, booklet, count)


def _changed(folder: Path, files: dict[str, str]) -> list[str]:
    """Return the files that are already there with another content."""
    with _writing(folder):
        return [
            name
            for name, text in files.items()
            if (folder / name).exists() and (folder / name).read_bytes() != text.encode()
        ]


def _write(folder: Path, files: dict[str, str]) -> None:
    with _writing(folder), tempfile.TemporaryDirectory(prefix=".import-", dir=folder) as scratch:
        # All that can fail comes before the first change.
        parents = {(folder / name).parent for name in files}
        for parent in parents:
            if parent.exists() and not parent.is_dir():
                raise FileExistsError(EEXIST, os.strerror(EEXIST), str(parent))
        # The new files over what is there: sources and practices added by hand are checked too.
        aside = Path(scratch, folder.resolve().name)
        shutil.copytree(folder, aside, ignore=shutil.ignore_patterns(".*"))
        for name, text in files.items():
            (aside / name).parent.mkdir(parents=True, exist_ok=True)
            (aside / name).write_text(text, "utf-8", newline="")
        try:
            read_corpus(aside)
        except CorpusError as error:
            raise CorpusError(
                replace(problem, path=folder / problem.path.relative_to(aside))
                for problem in error.problems
            ) from error
        for parent in parents:
            parent.mkdir(exist_ok=True)
        for name in files:
            (aside / name).replace(folder / name)


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where = error.filename or folder
        raise WriteError(
            fr=f"{where} : impossible à écrire ({error.strerror}) ; voyez les droits et la place",
            en=f"{where}: can't be written ({error.strerror}); mend the permissions or the space",
        ) from error


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise CorpusError([not_utf8(path)]) from error
    except OSError as error:
        reason = error.strerror or str(error)
        problem = Problem(path, 0, f"illisible ({reason})", f"can't be read ({reason})")
        raise CorpusError([problem]) from error


def _read_questions(path: Path, known: set[str]) -> dict[str, dict[str, list[str]]]:
    """Read JSONL rows `{"practice", "lang", "text"}`, grouped by practice then language."""
    grouped: dict[str, dict[str, list[str]]] = {}
    problems = []
    for number, line in enumerate(_text(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            practice, language, text = row["practice"], row["lang"], row["text"]
            valid = language in LANGUAGES and practice in known
            if not valid or not isinstance(text, str) or not text.strip():
                raise ValueError(practice)
            grouped.setdefault(practice, {}).setdefault(language, []).append(text)
        except (ValueError, KeyError, TypeError, RecursionError):
            problems.append(
                Problem(
                    path,
                    number,
                    "attendu : un objet {practice, lang, text}, l'id d'une pratique de ce recueil, "
                    "fr ou en, et un texte",
                    "expected an object {practice, lang, text}: the id of one of these practices, "
                    "fr or en, and a text",
                )
            )
    if problems:
        raise CorpusError(problems)
    return grouped
