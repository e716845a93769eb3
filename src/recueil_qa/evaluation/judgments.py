"""Where the judged questions of collections lie, and a set of them to fill in.

`eval/` itself holds those of the first booklet, `eval/ID/` those of the collection of that id: one
file `judged.jsonl`, or the files of `rows.FILES`. They are beside the corpus, not in it: what
measures is never learnt from, and changing it makes no index old.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Set
from pathlib import Path

from recueil_qa.corpus.collection import CollectionConfig
from recueil_qa.corpus.corpus import Corpus
from recueil_qa.corpus.marks import blank
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.errors import NotFoundError, WriteError
from recueil_qa.evaluation.judged import rows_of
from recueil_qa.evaluation.rows import JUDGED, QRELS, QUERIES, Data, JudgedRow, data_hash, read_data
from recueil_qa.faults import system_fault
from recueil_qa.files import write_whole
from recueil_qa.messages import Text

EVAL = "eval"
ASKED, UNANSWERED = 20, 5  # rows of a set to fill in


def judgment_folders(home: Path) -> dict[str, Path]:
    """Return the folders that hold judged questions, by collection; `""` is the first booklet's."""
    root = home / EVAL
    folders = [root, *sorted(path for path in root.glob("*/") if path.is_dir())]
    return {
        "" if folder == root else folder.name: folder
        for folder in folders
        if any((folder / name).is_file() for name in (JUDGED, QUERIES))
    }


def read_gated(home: Path) -> Data:
    """Read the first booklet's judged questions; none, where other collections alone have some.

    Raises:
        RowsError: no collection has any, or they are refused.
    """
    folders = judgment_folders(home)
    if "" not in folders and folders:
        return Data([], {}, [], [])
    return read_data(home / EVAL, None)


def read_judgments(home: Path, corpus: Corpus) -> dict[str, list[JudgedRow]]:
    """Read the judged questions of the collections that have some of their own, by collection.

    Raises:
        RowsError: a file can't be read, or rows are refused or name an unknown practice.
    """
    folders = judgment_folders(home)
    return {
        collection.config.id: rows_of(
            read_data(
                folders[collection.config.id], {practice.id for practice in collection.practices}
            )
        )
        for collection in corpus.collections
        if collection.config.id in folders
    }


def judgments_hash(home: Path, corpus: Corpus) -> str:
    """Return the SHA-256 over the judged questions of a home that are of this corpus.

    That of `eval/` itself, where no collection has a folder of its own there.
    """
    whole, folders = data_hash(home / EVAL), judgment_folders(home)
    ids = [each.config.id for each in corpus.collections if each.config.id in folders]
    if not ids:
        return whole
    told = [f"{name}\0{data_hash(folders[name])}" for name in ids]
    return hashlib.sha256("\n".join([whole, *told]).encode()).hexdigest()


def find_judgments(home: Path, collection: str = "") -> Path:
    """Return the folder of a collection's judged questions; without one, of those there are.

    Raises:
        NotFoundError: there are none, or there are several and none was named.
    """
    found = judgment_folders(home)
    if collection in found:
        return found[collection]
    if not collection and len(found) == 1:
        return next(iter(found.values()))
    there = ", ".join(filter(None, found))
    listed = Text(f" ; il y a : {there}", f"; there are: {there}") if there else Text("", "")
    where = home / EVAL / (collection or "ID")
    said = Text(
        "aucune question jugée dans {}{} ; pour en commencer : recueil-qa new judgments",
        "no judged question in {}{}; to start some: recueil-qa new judgments",
    )
    raise NotFoundError(said.format(where, listed))


def judged_of(home: Path, practices: Set[str]) -> dict[Path, int]:
    """Return how many judged questions name some practices, by file; what can't be read is none."""
    found = {}
    for folder in judgment_folders(home).values():
        for name, graded in ((JUDGED, _graded), (QRELS, _judged_by)):
            path = folder / name
            try:
                rows = path.read_text("utf-8").splitlines() if path.is_file() else []
            except (OSError, ValueError):
                continue
            questions = {question for question, practice in graded(rows) if practice in practices}
            if questions:
                found[path] = len(questions)
    return found


def _graded(rows: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each question of `judged.jsonl` with each practice that it names."""
    for row in rows:
        try:
            read = json.loads(row)
        except (ValueError, RecursionError):
            continue
        grades = read.get("grades") if isinstance(read, dict) else None
        yield from ((row, name) for name in grades) if isinstance(grades, dict) else ()


def _judged_by(rows: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each question of `qrels.tsv` with each practice that it names."""
    for row in rows:
        question, _, told = row.partition("\t")
        yield from ((question, name) for name in told.split("\t"))


def new_judgments(home: Path, folder: Path, language: str) -> Path:
    """Write a set of judged questions to fill in, for the collection of a folder; return the file.

    Raises:
        CorpusError: the collection is refused.
        WriteError: the file is there already, or can't be written.
    """
    (collection,) = read_corpus(folder).collections
    config, practices = collection.config, collection.practices
    path = home / EVAL / config.id / JUDGED
    if path.exists():
        raise WriteError(
            Text(
                f"{path} existe déjà ; complétez-le, ou renommez-le d'abord",
                f"{path} is there already; add to it, or rename it first",
            )
        )
    count = min(ASKED, len(practices))
    chosen = [practices[i * len(practices) // count] for i in range(count)]
    rows = [
        {"text": _asked(config, language), "grades": {practice.id: 2}, "title": practice.title}
        for practice in chosen
    ]
    rows += [{"text": _unanswered(language), "grades": {}} for _ in range(UNANSWERED)]
    lines = [
        json.dumps({"id": f"q{number:03}", "lang": config.language, **row}, ensure_ascii=False)
        for number, row in enumerate(rows, 1)
    ]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        said = Text("{} : impossible à écrire ({})", "{}: can't be written ({})")
        raise WriteError(said.format(path.parent, system_fault(error))) from error
    write_whole(path, "\n".join(lines) + "\n")
    return path


def _asked(config: CollectionConfig, language: str) -> str:
    fr = "français" if config.language == "fr" else "anglais"
    en = "French" if config.language == "fr" else "English"
    what = Text(
        f"un problème que cette pratique aide à régler, en {fr}, dans les mots de qui l'a",
        f"a problem that this practice helps with, in {en}, in the words of who has it",
    )
    return blank(language, what.to(language))


def _unanswered(language: str) -> str:
    what = Text(
        "un problème du même domaine auquel rien ne répond ici",
        "a problem of the same trade that nothing here answers",
    )
    return blank(language, what.to(language))
