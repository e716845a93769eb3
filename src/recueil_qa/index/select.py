"""Which engine holds the vectors and the postings of a build: written, then opened again.

Milvus's collections are outside of the build's folder: made with it, named by an alias when it
serves, and dropped after it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from recueil_qa.encoding.encoder import Encoder
from recueil_qa.errors import EngineError
from recueil_qa.index import files, graphs, manifest
from recueil_qa.index.embedded import EmbeddedEngine
from recueil_qa.index.engine import Engine
from recueil_qa.index.files import BuildFolder
from recueil_qa.index.kinds import (
    Built,
    BuiltFaiss,
    BuiltMilvus,
    BuiltOther,
    Faiss,
    Milvus,
    Wanted,
)
from recueil_qa.index.milvus import store, tables
from recueil_qa.index.milvus.engine import open_milvus
from recueil_qa.index.passages import Facts
from recueil_qa.index.postings import Postings
from recueil_qa.index.vectors import FlatVectors
from recueil_qa.settings import Settings
from recueil_qa.types import Passage, Practice


def wanted(settings: Settings) -> Wanted:
    """Return the engine that the settings ask for."""
    if settings.engine == "faiss":
        return Faiss(name="faiss", exact=settings.exact)
    return Milvus(
        name="milvus",
        address=settings.milvus,
        alias=settings.milvus_alias,
        shards=settings.milvus_shards,
        replicas=settings.milvus_replicas,
    )


def prepare(root: Path, engine: Wanted) -> None:
    """Drop what killed builds left in the engine, for who holds the lock (`builds.locks.building`).

    Raises:
        EngineError: it can't be built in.
    """
    if isinstance(engine, Milvus):
        tables.tidy(root, engine)


def write_engine(
    root: Path,
    folder: Path,
    rows: Sequence[Passage],
    facts: Facts,
    practices: Sequence[Practice],
    dimension: int,
    encoder: Encoder,
    engine: Wanted,
) -> Built:
    """Make a build of the index at `root` ready to be searched: vectors and postings are written.

    Returns what the manifest keeps of it. Vectors that are elsewhere leave the folder.

    Raises:
        RecallError: see `graphs.write_graphs`.
        EngineError: a server doesn't take them; nothing is left there.
    """
    if isinstance(engine, Faiss):
        if engine.exact:
            return BuiltFaiss(name="faiss", exact=True)
        return graphs.write_graphs(folder, rows, facts, dimension, encoder)
    path = folder / files.VECTORS
    flat = FlatVectors(path, len(rows), dimension)
    postings = Postings.load(folder / files.POSTINGS, len(rows))
    built = store.fill(root, engine, flat, postings, facts, practices)
    path.unlink()
    return built


def open_engine(build: BuildFolder, facts: Facts, practices: Sequence[Practice]) -> Engine:
    """Open the engine of a build.

    Raises:
        IndexDamagedError: a file of it can't be read.
        EngineError: a server doesn't answer, or doesn't have what the build needs.
    """
    built = build.manifest.engine
    if isinstance(built, BuiltMilvus):
        postings = build.read_postings()
        return open_milvus(built, build.dimension, postings, facts, practices)
    if isinstance(built, BuiltOther) and built != BuiltOther():
        raise manifest.damaged(build.path / manifest.NAME)
    return EmbeddedEngine(
        build.read_vectors(),
        build.read_postings(),
        facts,
        practices,
        build.read_graphs(),
    )


@contextmanager
def announced(folder: Path) -> Iterator[None]:
    """Have Milvus's alias name the build of a folder, and what it named if the block fails.

    Raises:
        EngineError: it can't be; it names what it did.
    """
    held = tables.held_by(folder)
    former = tables.put_alias(held) if held else ""
    try:
        yield
    except BaseException:
        if held:
            with suppress(EngineError):  # what serves is not in question; `doctor` tells
                tables.put_back(held, former)
        raise


def held_by(folder: Path) -> BuiltMilvus | None:
    """Return what a build has outside of its folder, for `drop` once that is removed."""
    return tables.held_by(folder)


def drop(root: Path, held: BuiltMilvus) -> None:
    """Remove what a build of the index at `root` had outside of its folder.

    Raises:
        OSError: whether it was this index's can't be read.
        EngineError: the server doesn't answer; the next build there removes it.
    """
    tables.drop(root, held)
