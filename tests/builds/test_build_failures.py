from __future__ import annotations

import errno
import os
import resource
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recueil_qa.builds.build import build_index
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.encoding.encoder import Vectors
from recueil_qa.errors import IndexDamagedError, IndexMissingError, WriteError
from recueil_qa.index.current import current_build
from recueil_qa.index.opening import open_index
from tests.support.encoders import HashEncoder
from tests.support.folders import contents, names


class Failing(HashEncoder):
    """Encodes nothing: fails once half of the work was announced."""

    def __init__(self, error: BaseException) -> None:
        super().__init__("failing")  # the cache has nothing by this name
        self.error = error

    def encode_document(self, *_: object) -> Vectors:
        raise self.error


@pytest.mark.parametrize("error", [RuntimeError("boom"), MemoryError(), KeyboardInterrupt()])
def test_an_encoder_that_fails_half_way_leaves_the_old_index_and_no_leftovers(
    corpus_root: Path, index_root: Path, error: BaseException
) -> None:
    before = contents(index_root)
    with pytest.raises(type(error)):
        build_index(index_root, read_corpus(corpus_root), Failing(error))
    assert contents(index_root) == before
    assert names(index_root) == sorted([current_build(index_root).name, "CURRENT"])


def test_a_first_build_that_fails_leaves_nothing_that_could_be_opened(
    corpus_root: Path, tmp_path: Path
) -> None:
    with pytest.raises(RuntimeError):
        build_index(tmp_path / "index", read_corpus(corpus_root), Failing(RuntimeError()))
    assert names(tmp_path / "index") == []
    with pytest.raises(IndexMissingError):
        open_index(tmp_path / "index")


@pytest.mark.parametrize(
    ("owner", "function", "only"),
    [
        (tempfile, "mkdtemp", ""),
        (Path, "open", "collections.json"),
        (Path, "open", "practices.jsonl"),
        (Path, "open", "passages.jsonl"),
        (Path, "open", "vectors.faiss"),
        (Path, "open", "unanswered.faiss"),
        (Path, "open", "map.json"),
        (np, "save", ""),
        (Path, "open", "manifest.json"),
        (Path, "rename", ""),
    ],
)
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES])
def test_a_write_that_fails_is_told_with_its_path_and_the_old_index_serves(
    corpus_root: Path,
    index_root: Path,
    monkeypatch: pytest.MonkeyPatch,
    owner: Any,
    function: str,
    only: str,
    code: int,
) -> None:
    before, corpus = contents(index_root), read_corpus(corpus_root)
    whole = getattr(owner, function)
    # The folder of the failing call, as the system reports it.
    failing = str(index_root / (only or function))

    def fail(*arguments: Any, **options: Any) -> Any:
        if only and not str(arguments[0]).endswith(only):
            return whole(*arguments, **options)
        raise OSError(code, os.strerror(code), failing)

    with monkeypatch.context() as patch, pytest.raises(WriteError) as caught:
        patch.setattr(owner, function, fail)
        build_index(index_root, corpus, HashEncoder())
    assert f"({failing}: {os.strerror(code)})" in caught.value.en
    reason = {errno.ENOSPC: "disque plein", errno.EACCES: "accès refusé"}[code]
    assert f"({failing} : {reason})" in caught.value.fr
    assert "the index in service has not changed" in caught.value.en
    assert contents(index_root) == before
    assert names(index_root) == sorted([current_build(index_root).name, "CURRENT"])


@pytest.mark.parametrize(("owner", "function"), [(os, "fsync"), (Path, "replace")])
def test_a_switch_that_fails_leaves_the_old_index_in_service_and_no_leftovers(
    corpus_root: Path,
    index_root: Path,
    monkeypatch: pytest.MonkeyPatch,
    owner: Any,
    function: str,
) -> None:
    old, corpus = current_build(index_root), read_corpus(corpus_root)

    def fail(*arguments: Any) -> Any:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch, pytest.raises(WriteError) as caught:
        patch.setattr(owner, function, fail)
        build_index(index_root, corpus, HashEncoder())
    assert f"({index_root}: {os.strerror(errno.ENOSPC)})" in caught.value.en
    assert names(index_root) == sorted([old.name, "CURRENT"])
    assert open_index(index_root).folder == old
    assert build_index(index_root, corpus, HashEncoder()) == open_index(index_root).folder


def test_a_root_that_is_a_file_is_told(corpus_root: Path, tmp_path: Path) -> None:
    (tmp_path / "index").write_text("mine", "utf-8")
    for root in (tmp_path / "index", tmp_path / "index" / "below"):
        with pytest.raises(WriteError, match=str(tmp_path / "index")):
            build_index(root, read_corpus(corpus_root), HashEncoder())
    assert (tmp_path / "index").read_text("utf-8") == "mine"


@pytest.mark.parametrize(
    ("cached", "told"), [(False, "vectors-1.sqlite3"), (True, os.strerror(errno.EFBIG))]
)
def test_a_disk_that_fills_up_under_the_vectors_is_told_and_the_old_index_serves(
    corpus_root: Path, index_root: Path, cached: bool, told: str
) -> None:
    limit, corpus = 64 * 1024, read_corpus(corpus_root)
    encoder = HashEncoder("large", dimension=1024)
    if cached:  # then the file that passes the limit is the vectors' of the build
        build_index(index_root, corpus, encoder)
    before, kept = contents(index_root), names(index_root)
    assert limit < 25 * encoder.dimension * 4
    whole = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, whole[1]))
    try:
        with pytest.raises(WriteError, match=told):
            build_index(index_root, corpus, encoder)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, whole)
    assert contents(index_root) == before
    assert names(index_root) == kept


def test_a_read_only_folder_is_told_and_the_old_index_serves(
    corpus_root: Path, index_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, corpus = contents(index_root), read_corpus(corpus_root)

    def fail(path: str, *_: Any) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)

    # Not chmod: it stops no administrator.
    with monkeypatch.context() as patch:
        patch.setattr(os, "mkdir", fail)
        with pytest.raises(WriteError, match=rf"\({index_root}/\.build-.*: Permission denied\)"):
            build_index(index_root, corpus, HashEncoder())
        with pytest.raises(WriteError, match=rf"\({index_root}/first: Permission denied\)"):
            build_index(index_root / "first", corpus, HashEncoder())
    assert contents(index_root) == before
    assert names(index_root) == sorted([current_build(index_root).name, "CURRENT"])


def test_building_mends_a_damaged_index(corpus_root: Path, index_root: Path) -> None:
    (current_build(index_root) / "vectors.faiss").unlink()
    with pytest.raises(IndexDamagedError):
        open_index(index_root)
    build_index(index_root, read_corpus(corpus_root), HashEncoder())
    assert open_index(index_root).practices == read_corpus(corpus_root).collections[0].practices


def test_old_builds_that_cannot_be_removed_do_not_undo_the_new_one(
    corpus_root: Path, index_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("recueil_qa.builds.versions.drop_old", refuse)
    built = build_index(index_root, read_corpus(corpus_root), HashEncoder())
    assert open_index(index_root).folder == built
