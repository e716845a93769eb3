"""The judgments that collections bring themselves: what the gate measures beside `eval/`.

corpus/ID/judgments/queries.jsonl   queries, as in eval/: id, lang, text; with their `grades`
corpus/ID/judgments/qrels.tsv       or these here: query, practice, grade
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from recueil_qa.corpus.corpus import Collection, Corpus
from recueil_qa.evaluation.rows import (
    JudgedRow,
    QueryRow,
    data_hash,
    read_judged,
    read_qrels,
    read_rows,
)

FOLDER, QUERIES, QRELS = "judgments", "queries.jsonl", "qrels.tsv"


def read_judgments(corpus: Corpus) -> dict[str, list[JudgedRow]]:
    """Read the judgments of the collections that have some, by collection.

    Raises:
        RowsError: a file can't be read, or rows are refused or name an unknown practice.
    """
    return {
        collection.config.id: _read(collection)
        for collection in corpus.collections
        if (collection.path / FOLDER / QUERIES).is_file()
    }


def judgments_hash(corpus: Corpus, evaluation: Path) -> str:
    """Return the SHA-256 over an evaluation folder and the judgments of collections.

    That of the folder alone, where no collection has any.
    """
    whole = data_hash(evaluation)
    paths = [
        (collection.config.id, collection.path / FOLDER / name)
        for collection in corpus.collections
        for name in (QUERIES, QRELS)
    ]
    found = [(name, path) for name, path in paths if path.is_file()]
    if not found:
        return whole
    digest = hashlib.sha256(whole.encode())
    for name, path in found:
        digest.update(f"{name}/{path.name}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _read(collection: Collection) -> list[JudgedRow]:
    queries, qrels = (collection.path / FOLDER / name for name in (QUERIES, QRELS))
    known = {practice.id for practice in collection.practices}
    if not qrels.is_file():
        return read_judged(queries, known)
    grades = read_qrels(qrels)
    return [
        JudgedRow(
            id=row.id,
            lang=row.lang,
            text=row.text,
            grades={
                name: min(grade, 2)
                for name, grade in grades.get(row.id, {}).items()
                if grade and name in known
            },
        )
        for row in read_rows(queries, QueryRow)
    ]
