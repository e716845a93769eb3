"""A home to rebuild in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.collections import write_corpus
from tests.support.statements import STATEMENTS

QUERIES = (
    {"id": "q1", "lang": "fr", "text": "Le standard est saturé par des appels répétés"},
    {"id": "q2", "lang": "fr", "text": "Nos lettres sont incompréhensibles"},
    {"id": "q3", "lang": "en", "text": "People go from desk to desk"},
)
QRELS = {"q1": "petit-p2", "q2": "petit-p3", "q3": "petit-p1"}
ADVICE = {
    "id": "a1",
    "lang": "fr",
    "text": "Bannir le jargon des lettres",
    "practice": "petit-p3",
    "gold": ["Bannir le jargon des lettres"],
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with the corpus `petit`, judged, and queries that it answers; no index yet."""
    write_corpus(tmp_path / "corpus", STATEMENTS)
    folder = tmp_path / "eval"
    folder.mkdir()
    for name, rows in (
        ("queries.jsonl", QUERIES),
        ("advice.jsonl", (ADVICE,)),
        ("unanswerable.jsonl", ({"id": "u1", "lang": "fr", "text": "La piscine est fermée"},)),
    ):
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / name).write_text(text, "utf-8")
    text = "".join(f"{query}\t{practice}\t2\n" for query, practice in QRELS.items())
    (folder / "qrels.tsv").write_text(text, "utf-8")
    return tmp_path


def edit(home: Path, name: str, old: str, new: str) -> None:
    """Replace a text in a file of `petit`, and in its source."""
    for path in (home / "corpus" / "petit" / name, home / "corpus" / "petit" / "source.txt"):
        path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")


def spoil(home: Path) -> None:
    """Give practice 2 the questions of none of its queries: a measure falls."""
    path = home / "corpus" / "petit" / "questions" / "p2.yaml"
    path.write_text("practice: petit-p2\nfr:\n- Rien à voir ici\n", "utf-8")
    edit(home, "practices/p2.md", "Le standard était saturé d'appels répétés", "Il pleuvait")
    edit(home, "practices/p2.md", "Compter les appels pour un même motif", "Ouvrir la fenêtre")
    statements = home / "corpus" / "petit" / "statements.jsonl"
    statements.write_text(json.dumps(STATEMENTS[2]) + "\n", "utf-8")
