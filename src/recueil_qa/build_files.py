"""The files of one build of the index: written whole, checked by their hashes, read back.

    index/<build>/manifest.json  what it was built from, and the hash of each file below
                 /collections.json, practices.jsonl, passages.jsonl
                 /vectors.faiss  inner products of unit vectors, in the order of passages.jsonl
                 /unanswered.faiss  statements that nothing here answers
                 /unanswered.json   the collection of each
                 /bm25/          postings, in the order of passages.jsonl
                 /map.json       where each practice stands on the map, in their order

A build holds all that serving needs, so that a corpus being edited never disturbs a reader.
FAISS is imported here only.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from recueil_qa import lexical, manifest, passages
from recueil_qa.encoder import Vectors
from recueil_qa.lexical import LexicalIndex
from recueil_qa.manifest import Manifest
from recueil_qa.types import CollectionInfo, Passage, Practice

VECTORS, UNANSWERED, UNANSWERED_OF = "vectors.faiss", "unanswered.faiss", "unanswered.json"
COLLECTIONS, PRACTICES, PASSAGES = "collections.json", "practices.jsonl", "passages.jsonl"
POSTINGS, MAP = "bm25", "map.json"
PARAMETERS: dict[str, int | float | str] = {
    "passages": 2,
    "window_characters": passages.WINDOW_CHARACTERS,
    "bm25_k1": lexical.K1,
    "bm25_b": lexical.B,
    "analysis": "fold+snowball/1",
    "map": 1,
}

_PRACTICES = TypeAdapter(Practice)
_PASSAGES = TypeAdapter(Passage)
_COLLECTIONS = TypeAdapter(tuple[CollectionInfo, ...])
_NAMES = TypeAdapter(tuple[str, ...])


def write_texts(
    folder: Path,
    collections: tuple[CollectionInfo, ...],
    practices: Iterable[Practice],
    rows: Iterable[Passage],
) -> None:
    """Write collections, practices and passages."""
    (folder / COLLECTIONS).write_bytes(_COLLECTIONS.dump_json(collections))
    _write_rows(folder / PRACTICES, map(_PRACTICES.dump_json, practices))
    _write_rows(folder / PASSAGES, map(_PASSAGES.dump_json, rows))


def _write_rows(path: Path, rows: Iterable[bytes]) -> None:
    with path.open("wb") as file:
        file.writelines(row + b"\n" for row in rows)


def write_unanswered(folder: Path, collections: Iterable[str]) -> None:
    """Write the collection of each statement that nothing answers, in the order of the vectors."""
    (folder / UNANSWERED_OF).write_bytes(_NAMES.dump_json(tuple(collections)))


def write_vectors(path: Path, dimension: int, chunks: Iterable[Vectors]) -> None:
    """Write unit vectors, given in chunks (n, dimension), as an exact inner-product FAISS index."""
    import faiss

    flat = faiss.IndexFlatIP(dimension)
    for chunk in chunks:
        flat.add(chunk)
    # Written by Python: FAISS tells of a full disk by a RuntimeError without its reason.
    failed: list[OSError] = []
    with path.open("wb") as file:

        def write(block: bytes) -> None:
            try:
                file.write(block)
            except OSError as error:
                failed.append(error)
                raise

        try:
            faiss.write_index(flat, faiss.PyCallbackIOWriter(write))  # type: ignore[attr-defined]
        except RuntimeError:
            if failed:
                raise failed[0] from None
            raise


def sync(folder: Path) -> None:
    """Have every file of a folder on the disk before anything names it: power may fail."""
    for path in (*folder.rglob("*"), folder):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def read_collections(folder: Path) -> tuple[CollectionInfo, ...]:
    """Read the collections of a build.

    Raises:
        IndexDamagedError: the file can't be read.
    """
    with reading(folder / COLLECTIONS) as path:
        return _COLLECTIONS.validate_json(path.read_bytes())


def read_practices(folder: Path) -> tuple[Practice, ...]:
    """Read the practices of a build, in its order. Raises as `read_collections`."""
    with reading(folder / PRACTICES) as path:
        return tuple(map(_PRACTICES.validate_json, path.read_bytes().splitlines()))


def read_passages(folder: Path) -> tuple[Passage, ...]:
    """Read the passages of a build, in its order. Raises as `read_collections`."""
    with reading(folder / PASSAGES) as path:
        return tuple(map(_PASSAGES.validate_json, path.read_bytes().splitlines()))


def read_unanswered(folder: Path, contract: Manifest) -> Vectors:
    """Read the vectors of what nothing answers. Raises as `read_collections`."""
    size = contract.counts.get("unanswered", 0)
    flat = read_faiss(folder / UNANSWERED, size, contract.dimension)
    return np.asarray(flat.reconstruct_n(0, size), np.float32).reshape(size, contract.dimension)


def read_unanswered_of(folder: Path, size: int) -> tuple[str, ...]:
    """Read the collection of each statement that nothing answers. Raises as `read_collections`."""
    with reading(folder / UNANSWERED_OF) as path:
        names = _NAMES.validate_json(path.read_bytes())
        if len(names) != size:
            raise ValueError(size)
        return names


def read_faiss(path: Path, size: int, dimension: int) -> Any:
    """Read a FAISS index of `size` vectors. Raises as `read_collections`."""
    import faiss

    try:
        index = faiss.read_index(str(path))
    except RuntimeError as error:
        raise manifest.damaged(path) from error
    if index.ntotal != size or index.d != dimension:
        raise manifest.damaged(path)
    return index


def read_postings(folder: Path, size: int) -> LexicalIndex:
    """Read the postings of `size` passages. Raises as `read_collections`."""
    path = folder / POSTINGS
    try:
        return LexicalIndex.load(path, size)
    except Exception as error:  # the library raises anything on files that are none of its own
        raise manifest.damaged(path) from error


@contextmanager
def reading(path: Path) -> Iterator[Path]:
    """Tell of a file of a build that can't be read, or that holds something else."""
    try:
        yield path
    except (OSError, ValueError) as error:  # a ValidationError is a ValueError
        raise manifest.damaged(path) from error


def check_build(folder: Path) -> Manifest:
    """Return the manifest of a build of this version whose files are whole.

    Raises:
        IndexDamagedError, IndexMismatchError: with the command that mends it.
    """
    contract = manifest.read_manifest(folder)
    check_version(contract)
    manifest.check_files(folder, contract)
    return contract


def check_version(contract: Manifest) -> None:
    """Refuse a build whose parameters or package differ from this code's.

    Raises:
        IndexMismatchError: names what was found and what was expected.
    """
    if contract.package != manifest.package_version():
        raise manifest.mismatch(
            "recueil-qa", "recueil-qa", contract.package, manifest.package_version()
        )
    if contract.parameters != PARAMETERS:
        raise manifest.mismatch("découpage", "chunking", str(contract.parameters), str(PARAMETERS))
