"""What a manifest holds of an engine: the same JSON read and written, of this version or not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from recueil_qa.corpus.folders import corpus_hash
from recueil_qa.errors import IndexDamagedError
from recueil_qa.index import manifest
from recueil_qa.index.current import current_build, is_current
from recueil_qa.index.kinds import (
    FAISS,
    BuiltFaiss,
    BuiltMilvus,
    BuiltOther,
    Faiss,
    Milvus,
    Wanted,
)
from recueil_qa.index.opening import open_build
from recueil_qa.index.select import wanted
from recueil_qa.settings import Settings

GRAPHS = {"questions": 0, "text": 15, "breadth": 256, "recall@10": 1.0, "queries": 28}
SERVER = {"name": "milvus", "address": "http://m:1", "alias": "a", "shards": 2, "replicas": 3}
COLLECTION = {"collection": "recueil_1", "version": "v2.6.1", "sparse": 1}


def with_engine(root: Path, engine: dict[str, Any] | None) -> Path:
    """Have the build that serves say this of its engine, nothing where it is None; its folder."""
    folder = current_build(root)
    path = folder / manifest.NAME
    raw = json.loads(path.read_text("utf-8"))
    del raw["engine"]
    raw |= {} if engine is None else {"engine": engine}
    path.write_text(json.dumps(raw), "utf-8")
    name = manifest.build_name(folder, manifest.read_manifest(folder))
    (root / "CURRENT").write_text(name, "utf-8")
    return folder.rename(root / name)


@pytest.mark.parametrize(
    ("engine", "kind"),
    [
        ({"name": "faiss"}, BuiltFaiss),
        ({"name": "faiss", "exact": 1}, BuiltFaiss),
        ({"name": "faiss", **GRAPHS}, BuiltFaiss),
        ({**SERVER, **COLLECTION}, BuiltMilvus),
        ({**SERVER, **COLLECTION, "sparse": 0, "breadth": 1024}, BuiltMilvus),
        ({**SERVER, **COLLECTION, "compressed": 0.5}, BuiltMilvus),  # of a later version
        ({}, BuiltOther),
        ({"name": "faiss", "breadth": 256}, BuiltOther),
        (SERVER, BuiltOther),
        ({"name": "lucene", "segments": 3}, BuiltOther),
    ],
)
def test_a_manifest_is_written_as_it_was_read(
    index_root: Path, engine: dict[str, Any], kind: type
) -> None:
    folder = with_engine(index_root, engine)
    contract = manifest.read_manifest(folder)
    assert type(contract.engine) is kind
    manifest.write_manifest(folder, contract)
    written = json.loads((folder / manifest.NAME).read_text("utf-8"))["engine"]
    assert json.dumps(written, sort_keys=True) == json.dumps(engine, sort_keys=True)


@pytest.mark.parametrize("engine", ["faiss", ["faiss"], None, {"name": ["faiss"]}])
def test_what_is_no_engine_at_all_is_damage(index_root: Path, engine: object) -> None:
    folder = current_build(index_root)
    path = folder / manifest.NAME
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), "engine": engine}), "utf-8")
    with pytest.raises(IndexDamagedError, match=r"manifest\.json is altered"):
        manifest.read_manifest(folder)


def test_a_build_that_says_nothing_of_its_engine_opens_and_is_built_anew(
    index_root: Path, corpus_root: Path
) -> None:
    assert is_current(index_root, corpus_hash(corpus_root), "hash@test")
    folder = with_engine(index_root, None)
    assert len(open_build(folder).vectors) == 25
    assert not is_current(index_root, corpus_hash(corpus_root), "hash@test")


@pytest.mark.parametrize("engine", [SERVER, {"name": "faiss", "breadth": 9}, {"name": "lucene"}])
def test_an_engine_that_is_not_known_is_refused(index_root: Path, engine: dict[str, Any]) -> None:
    folder = with_engine(index_root, engine)
    with pytest.raises(IndexDamagedError, match=r"manifest\.json is altered"):
        open_build(folder)


def test_a_build_is_as_the_settings_ask(tmp_path: Path) -> None:
    here, exact = BuiltFaiss(name="faiss"), BuiltFaiss(name="faiss", exact=True)
    there = BuiltMilvus.model_validate({**SERVER, **COLLECTION})
    server = Milvus.model_validate(SERVER)
    every = Faiss(name="faiss", exact=True)
    asked: list[Wanted] = [FAISS, every, server, server.model_copy(update={"replicas": 1})]
    assert [here.is_as(each) for each in asked] == [True, False, False, False]
    assert [exact.is_as(each) for each in asked] == [True, True, False, False]
    assert [there.is_as(each) for each in asked] == [False, False, True, False]
    assert not any(BuiltOther().is_as(each) for each in asked)
    assert wanted(Settings(home=tmp_path)) == FAISS
    assert wanted(Settings(home=tmp_path, exact=True)) == every


@pytest.mark.parametrize(
    ("built", "place"),
    [
        (BuiltFaiss(name="faiss"), "faiss"),
        (BuiltMilvus.model_validate({**SERVER, **COLLECTION}), "http://m:1"),
        (BuiltOther.model_validate({"name": "lucene"}), "lucene"),
        (BuiltOther(), "?"),
    ],
)
def test_a_build_says_where_it_is(built: BuiltFaiss | BuiltMilvus | BuiltOther, place: str) -> None:
    assert built.place == place
