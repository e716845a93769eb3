"""The files of one build of the index: written whole, checked by their hashes, read back.

    index/<build>/manifest.json  what it was built from, and the hash of each file below
                 /collections.json, practices.jsonl
                 /passages.jsonl, passages.npy   texts, and what scoring needs of each
                 /words.json     the words of the texts, to mend queries with
                 /vectors.faiss  inner products of unit vectors, in the order of the passages
                 /questions.faiss, text.faiss    graphs over the vectors of a large build,
                 /questions.npy, text.npy        and which passages have each
                 /practices.npy  one vector a practice
                 /unanswered.faiss  statements that nothing here answers
                 /unanswered.json   the collection of each
                 /bm25/          postings, in the order of the passages
                 /heads/         what the statements of a collection teach (`heads`)
                 /map.json       where each practice stands on the map, in their order

A build holds all that serving needs, so that a corpus being edited never disturbs a reader.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter

from recueil_qa import heads, manifest, passages, postings, stored_passages
from recueil_qa.encoder import Vectors
from recueil_qa.heads import Heads
from recueil_qa.manifest import Manifest
from recueil_qa.messages import Text, alike
from recueil_qa.postings import Postings
from recueil_qa.spelling import Spelling, forms_of
from recueil_qa.stored_passages import Facts, StoredPassages
from recueil_qa.types import CollectionInfo, Passage, Practice
from recueil_qa.vector_files import FlatVectors, VectorGraph, read_graph

VECTORS, UNANSWERED, UNANSWERED_OF = "vectors.faiss", "unanswered.faiss", "unanswered.json"
COLLECTIONS, PRACTICES, PASSAGES = "collections.json", "practices.jsonl", stored_passages.TEXTS
PRACTICE_VECTORS, WORDS, POSTINGS, MAP = "practices.npy", "words.json", "bm25", "map.json"
HEADS = "heads"
GRAPHS = ("questions", "text")
PARAMETERS: dict[str, int | float | str] = {
    "passages": 4,
    "window_characters": passages.WINDOW_CHARACTERS,
    "bm25_k1": postings.K1,
    "bm25_b": postings.B,
    "analysis": "fold+snowball/1",
    "map": 1,
}

_PRACTICES = TypeAdapter(Practice)
_COLLECTIONS = TypeAdapter(tuple[CollectionInfo, ...])
_NAMES = TypeAdapter(tuple[str, ...])
_FORMS = TypeAdapter(dict[str, str])


def write_texts(
    folder: Path,
    collections: tuple[CollectionInfo, ...],
    practices: Sequence[Practice],
    rows: Sequence[Passage],
) -> Facts:
    """Write collections, practices, passages and their words; return the facts of passages."""
    (folder / COLLECTIONS).write_bytes(_COLLECTIONS.dump_json(collections))
    with (folder / PRACTICES).open("wb") as file:
        file.writelines(_PRACTICES.dump_json(practice) + b"\n" for practice in practices)
    facts = stored_passages.write_passages(folder, rows, practices, collections)
    # A statement is a passage of each practice that helps, and counts once.
    texts = [rows[first].embedded for first in np.unique(facts["first"])]
    (folder / WORDS).write_bytes(_FORMS.dump_json(forms_of(texts)))
    return facts


def write_unanswered(folder: Path, collections: Iterable[str]) -> None:
    """Write the collection of each statement that nothing answers, in the order of the vectors."""
    (folder / UNANSWERED_OF).write_bytes(_NAMES.dump_json(tuple(collections)))


def write_heads(folder: Path, found: Mapping[str, Heads]) -> None:
    """Write the heads of the collections that have some."""
    for name, each in found.items():
        (folder / HEADS).mkdir(exist_ok=True)
        (folder / HEADS / f"{name}.npz").write_bytes(each.dump())


def read_heads(folder: Path, collections: Iterable[str], contract: Manifest) -> dict[str, Heads]:
    """Read the heads of the collections that have some. Raises as `read_collections`."""
    found = {}
    for name in collections:
        path = folder / HEADS / f"{name}.npz"
        if path.exists():
            with reading(path):
                found[name] = heads.load(path)
                if len(found[name].layers["hidden"]) != contract.dimension:
                    raise ValueError(found[name].layers["hidden"].shape)
    return found


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


def read_passages(folder: Path, contract: Manifest, practices: int) -> tuple[StoredPassages, Facts]:
    """Open the passages of a build of so many practices. Raises as `read_collections`."""
    with reading(folder / PASSAGES):
        rows, facts = stored_passages.read_passages(folder, practices)
        if len(rows) != contract.counts.get("passages"):
            raise ValueError(len(rows))
        return rows, facts


def read_spelling(folder: Path) -> Spelling:
    """Read the words of a build. Raises as `read_collections`."""
    with reading(folder / WORDS) as path:
        return Spelling(_FORMS.validate_json(path.read_bytes()))


def read_vectors(folder: Path, contract: Manifest) -> FlatVectors:
    """Open the vectors of the passages. Raises as `read_collections`."""
    count = contract.counts.get("passages", 0)
    return FlatVectors(folder / VECTORS, count, contract.dimension)


def read_graphs(folder: Path, contract: Manifest) -> tuple[VectorGraph, VectorGraph] | None:
    """Open the graphs over the vectors, where the build has them. Raises as `read_collections`."""
    if "breadth" not in contract.engine:
        return None
    with reading(folder / manifest.NAME):
        sizes = [int(contract.engine[name]) for name in GRAPHS if name in contract.engine]
        passages, breadth = contract.counts["passages"], int(contract.engine["breadth"])
        questions, text = (
            read_graph(folder / f"{name}.faiss", size, contract.dimension, breadth, passages)
            for name, size in zip(GRAPHS, sizes, strict=True)
        )
    return questions, text


def read_practice_vectors(folder: Path, contract: Manifest) -> Vectors:
    """Read the vectors of the practices. Raises as `read_collections`."""
    with reading(folder / PRACTICE_VECTORS) as path:
        found = stored_passages.read_array(path)
        if found.shape != (contract.counts.get("practices"), contract.dimension):
            raise ValueError(found.shape)
        return np.asarray(found, np.float32)


def read_unanswered(folder: Path, contract: Manifest) -> Vectors:
    """Read the vectors of what nothing answers. Raises as `read_collections`."""
    size = contract.counts.get("unanswered", 0)
    return FlatVectors(folder / UNANSWERED, size, contract.dimension).all.copy()


def read_unanswered_of(folder: Path, size: int) -> tuple[str, ...]:
    """Read the collection of each statement that nothing answers. Raises as `read_collections`."""
    with reading(folder / UNANSWERED_OF) as path:
        names = _NAMES.validate_json(path.read_bytes())
        if len(names) != size:
            raise ValueError(size)
        return names


def read_postings(folder: Path, contract: Manifest) -> Postings:
    """Open the postings of the passages. Raises as `read_collections`."""
    with reading(folder / POSTINGS) as path:
        return Postings.load(path, contract.counts.get("passages", 0))


@contextmanager
def reading(path: Path) -> Iterator[Path]:
    """Tell of a file of a build that can't be read, or that holds something else."""
    try:
        yield path
    except (OSError, ValueError, EOFError, RecursionError) as error:  # as a ValidationError is
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
        raise manifest.mismatch(alike("recueil-qa"), contract.package, manifest.package_version())
    if contract.parameters != PARAMETERS:
        raise manifest.mismatch(
            Text("découpage", "chunking"), str(contract.parameters), str(PARAMETERS)
        )
