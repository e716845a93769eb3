from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import collections
from recueil_qa.corpus.reading import read_corpus
from tests.support.collections import GUIDE, write_guide
from tests.support.encoders import HashEncoder


def test_a_collection_is_measured_alone_and_beside_the_booklet(
    corpus_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_guide(tmp_path / "made")
    (booklet,) = (path.parent for path in corpus_root.glob("**/collection.toml"))
    monkeypatch.setattr(collections, "BOOKLET", booklet)
    title = GUIDE[1][0]
    rows = [
        {"id": "q1", "lang": "en", "query": GUIDE[1][4][0], "relevant": {title: 2}},
        {"id": "q2", "lang": "en", "query": "zzz", "relevant": {}},
    ]
    asked = tmp_path / "questions.jsonl"
    asked.write_text("\n".join(map(json.dumps, rows)) + "\n", "utf-8")
    found = collections.measure(folder, asked, HashEncoder(), tmp_path / "scratch")
    alone = found["collection alone"]["all"]
    assert (alone["questions"], alone["unanswerable"]) == (1, 1)
    assert alone["nDCG@10"] == alone["P@1"] == 1.0
    assert (alone["kept"], alone["refused"], alone["fragments"]) == (1, 1, 0)
    assert found["collection beside the booklet"]["all"]["kept"] == 1
    assert found["booklet beside the collection"]["fr"]["questions"] == 70


def test_a_title_that_no_practice_has_is_an_error(tmp_path: Path) -> None:
    folder = write_guide(tmp_path)
    (guide,) = read_corpus(folder.parent).collections
    path = tmp_path / "questions.jsonl"
    path.write_text(json.dumps({"id": "q1", "query": "?", "relevant": {"None": 2}}), "utf-8")
    with pytest.raises(KeyError):
        collections.questions(path, guide.practices)
