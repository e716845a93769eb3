"""What every system is given: the same texts and the same queries, as files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recueil_qa.analysis.passages import corpus_passages
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.evaluation.rows import QueryRow, read_qrels, read_rows
from recueil_qa.types import Passage, PassageKind

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT / "corpus"
EVAL = ROOT / "eval"
# The booklet alone; and with it every line, question and judged statement that is indexed here.
CORPORA = ("documents", "all")
BOOKLET = (PassageKind.TITLE, PassageKind.SECTION)
# What a collection holds besides the booklet.
BESIDES = ("questions", "statements.jsonl")


@dataclass(frozen=True)
class Inputs:
    """Where the shared files are, and the judgments."""

    documents: Mapping[str, Path]
    counts: Mapping[str, int]
    corpora: Mapping[str, Path]
    queries: Path
    rows: Sequence[QueryRow]
    qrels: Mapping[str, Mapping[str, int]]


def texts_of(passages: Sequence[Passage], corpus: str) -> list[dict[str, str]]:
    """Return the texts of a corpus as every system gets them: id, practice, text."""
    return [
        {"id": row.id, "practice": row.practice, "text": row.embedded}
        for row in passages
        if corpus == "all" or row.kind in BOOKLET
    ]


def write_inputs(folder: Path, corpus: Path = CORPUS, data: Path = EVAL) -> Inputs:
    """Write the shared files into an empty folder."""
    folder.mkdir(parents=True)
    passages = corpus_passages(read_corpus(corpus))
    documents, counts = {}, {}
    for name in CORPORA:
        texts = texts_of(passages, name)
        documents[name] = _write(folder / f"{name}.json", texts)
        counts[name] = len(texts)
    rows = read_rows(data / "queries.jsonl", QueryRow)
    queries = _write(folder / "queries.json", [{"id": row.id, "text": row.text} for row in rows])
    corpora = {"all": corpus, "documents": booklet_alone(corpus, folder / "booklet")}
    qrels = read_qrels(data / "qrels.tsv")
    return Inputs(documents, counts, corpora, queries, rows, qrels)


def booklet_alone(corpus: Path, target: Path) -> Path:
    """Copy a corpus without the questions and statements that were added to the booklet."""
    shutil.copytree(corpus, target, ignore=shutil.ignore_patterns(*BESIDES))
    return target


def _write(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    return path
