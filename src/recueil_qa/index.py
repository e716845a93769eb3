"""The index: vectors and postings over passages, in versioned builds that are swapped whole.

    index/CURRENT                the name of the build that serves
    index/<build>/manifest.json  what it was built from, and the hash of each file below
                 /collections.json, practices.jsonl, passages.jsonl
                 /vectors.faiss  inner products of unit vectors, in the order of passages.jsonl
                 /unanswered.faiss  statements that nothing here answers
                 /bm25/          postings, in the order of passages.jsonl
                 /map.json       where each practice stands on the map, in their order

A build holds all that serving needs, so that a corpus being edited never disturbs a reader.
FAISS is imported here only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter

from recueil_qa import lexical, manifest, passages, projection
from recueil_qa.catalogue import Catalogue
from recueil_qa.encoder import Vectors
from recueil_qa.errors import IndexMissingError, IndexUnusableError
from recueil_qa.lexical import LexicalIndex
from recueil_qa.manifest import Manifest
from recueil_qa.spelling import Spelling
from recueil_qa.types import CollectionInfo, MapPoint, Passage, PassageKind, Practice

Scores = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

CURRENT = "CURRENT"
VECTORS, UNANSWERED = "vectors.faiss", "unanswered.faiss"
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


@dataclass(frozen=True)
class Index:
    """One build, opened: read-only and safe to share between threads."""

    folder: Path
    manifest: Manifest
    collections: dict[str, CollectionInfo]
    practices: tuple[Practice, ...]
    passages: tuple[Passage, ...]
    owners: npt.NDArray[np.int64]
    unanswered: Vectors
    map_points: tuple[MapPoint, ...]
    _faiss: Any
    _lexical: LexicalIndex

    @cached_property
    def is_question(self) -> Mask:
        return np.array([row.kind is PassageKind.QUESTION for row in self.passages], bool)

    @cached_property
    def has_questions(self) -> Mask:
        """The practices that somebody wrote questions for."""
        counts = np.bincount(self.owners[self.is_question], minlength=len(self.practices))
        return counts > 0

    @cached_property
    def is_line(self) -> Mask:
        return np.array([row.kind is PassageKind.LINE for row in self.passages], bool)

    @cached_property
    def is_quotable(self) -> Mask:
        """The lines that say something alone: one that ends with a colon only announces others."""
        kinds = zip(self.passages, self.is_line, strict=True)
        return np.array([line and not row.text.endswith(":") for row, line in kinds], bool)

    @cached_property
    def answered_lines(self) -> npt.NDArray[np.int64]:
        """For each passage, the position of the line that it is a question about, or -1."""
        place = {row.id: i for i, row in enumerate(self.passages)}
        return np.array([place.get(row.answer, -1) for row in self.passages], np.int64)

    @cached_property
    def spelling(self) -> Spelling:
        """The words of the passages, to mend queries with."""
        return Spelling(dict.fromkeys(row.embedded for row in self.passages))

    @cached_property
    def word_counts(self) -> npt.NDArray[np.int64]:
        return np.array([len(row.text.split()) for row in self.passages], np.int64)

    @cached_property
    def is_advice(self) -> Mask:
        """The passages that stand in a section whose role is advice."""
        return self._in_sections("advice")

    @cached_property
    def is_context(self) -> Mask:
        """The passages that stand in a section that only tells where a practice comes from."""
        return self._in_sections("context")

    def _in_sections(self, role: str) -> Mask:
        sections = {name: info.sections_for(role) for name, info in self.collections.items()}
        return np.array(
            [
                row.section in sections[self.practices[owner].collection]
                for row, owner in zip(self.passages, self.owners, strict=True)
            ],
            bool,
        )

    @cached_property
    def vectors(self) -> Vectors:
        """The unit vectors of the passages (passages, dimension)."""
        return np.asarray(self._faiss.reconstruct_n(0, len(self.passages)), np.float32)

    @cached_property
    def practice_vectors(self) -> Vectors:
        """One unit vector a practice (practices, dimension)."""
        return projection.practice_vectors(self.vectors, self.owners, len(self.practices))

    def similarities(self, query: Vectors) -> Scores:
        """Return the cosine of every passage with one query vector (1, dimension)."""
        scores, positions = self._faiss.search(query, len(self.passages))
        # FAISS's inner product is already "higher is better"; put back in passage order.
        ordered = np.empty(len(self.passages), np.float32)
        ordered[positions[0]] = scores[0]
        return ordered

    def lexical_scores(self, stems: Sequence[str]) -> Scores:
        """Return the BM25 score of every passage."""
        return self._lexical.scores(stems)

    def knows(self, stem: str) -> bool:
        """Return whether a stem occurs in any passage."""
        return self._lexical.knows(stem)


def current_build(root: Path) -> Path:
    """Return the folder of the build that serves.

    Raises:
        IndexMissingError: nothing was built yet.
        IndexDamagedError: CURRENT names no build.
    """
    try:
        name = (root / CURRENT).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise missing(root) from error
    if not manifest.is_build_name(name):
        raise manifest.damaged(root / CURRENT)
    if not (root / name).is_dir():
        raise manifest.damaged(root / name)
    return root / name


def missing(root: Path) -> IndexMissingError:
    return IndexMissingError(
        fr=f"pas encore d'index dans {root}. Remède : recueil-qa build",
        en=f"no index yet in {root}. Mend it with: recueil-qa build",
    )


def open_index(root: Path) -> Index:
    """Open the build that serves, after checking all of it; never writes.

    Raises:
        IndexMissingError, IndexDamagedError, IndexMismatchError: with the command that mends it.
    """
    return open_build(current_build(root))


def open_build(folder: Path) -> Index:
    """Open one build, whether or not it serves. Raises as `open_index`."""
    contract, catalogue = _open_texts(folder)
    practices = catalogue.practices
    place = {practice.id: i for i, practice in enumerate(practices)}
    rows = read_passages(folder)
    with _reading(folder / MAP) as path:
        points = projection.load_points(path.read_bytes(), [*place])
    return Index(
        folder=folder,
        manifest=contract,
        collections={collection.id: collection for collection in catalogue.collections},
        practices=practices,
        passages=rows,
        owners=np.array([place[passage.practice] for passage in rows], np.int64),
        unanswered=_read_unanswered(folder, contract),
        map_points=points,
        _faiss=_read_faiss(folder / VECTORS, len(rows), contract.dimension),
        _lexical=LexicalIndex.load(folder / POSTINGS, len(rows)),
    )


def open_catalogue(root: Path) -> Catalogue:
    """Open the practices of the build that serves, without its vectors. Raises as `open_index`."""
    return _open_texts(current_build(root))[1]


def _open_texts(folder: Path) -> tuple[Manifest, Catalogue]:
    contract = check_build(folder)
    with _reading(folder / "collections.json") as path:
        collections = _COLLECTIONS.validate_json(path.read_bytes())
    return contract, Catalogue(read_practices(folder), collections)


def check_build(folder: Path) -> Manifest:
    """Return the manifest of a build of this version whose files are whole.

    Raises:
        IndexDamagedError, IndexMismatchError: with the command that mends it.
    """
    contract = manifest.read_manifest(folder)
    check_version(contract)
    manifest.check_files(folder, contract)
    return contract


def read_practices(folder: Path) -> tuple[Practice, ...]:
    """Read the practices of a build, in its order.

    Raises:
        IndexDamagedError: the file can't be read.
    """
    with _reading(folder / "practices.jsonl") as path:
        return tuple(map(_PRACTICES.validate_json, path.read_bytes().splitlines()))


def read_passages(folder: Path) -> tuple[Passage, ...]:
    """Read the passages of a build, in its order. Raises as `read_practices`."""
    with _reading(folder / "passages.jsonl") as path:
        return tuple(map(_PASSAGES.validate_json, path.read_bytes().splitlines()))


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


def check_encoder(contract: Manifest, encoder: str) -> None:
    """Refuse an encoder other than the one that made the vectors.

    Raises:
        IndexMismatchError: names both.
    """
    if contract.encoder != encoder:
        raise manifest.mismatch("encodeur", "encoder", contract.encoder, encoder)


def is_current(root: Path, corpus_hash: str, encoder: str) -> bool:
    """Return whether the serving build, whole, was made from this corpus and encoder."""
    try:
        contract = check_build(current_build(root))
    except IndexUnusableError:
        return False
    return contract.corpus == corpus_hash and contract.encoder == encoder


def write_texts(
    folder: Path,
    collections: tuple[CollectionInfo, ...],
    practices: Iterable[Practice],
    rows: Iterable[Passage],
) -> None:
    """Write what `open_index` reads back: collections, practices and passages."""
    (folder / "collections.json").write_bytes(_COLLECTIONS.dump_json(collections))
    _write_rows(folder / "practices.jsonl", map(_PRACTICES.dump_json, practices))
    _write_rows(folder / "passages.jsonl", map(_PASSAGES.dump_json, rows))


def write_vectors(path: Path, vectors: Vectors) -> None:
    """Write unit vectors (n, dimension) as an exact inner-product FAISS index."""
    import faiss

    flat = faiss.IndexFlatIP(vectors.shape[1])
    flat.add(vectors)
    # Written by Python: FAISS tells of a full disk by a RuntimeError.
    path.write_bytes(faiss.serialize_index(flat).tobytes())


def _write_rows(path: Path, rows: Iterable[bytes]) -> None:
    with path.open("wb") as file:
        file.writelines(row + b"\n" for row in rows)


@contextmanager
def _reading(path: Path) -> Iterator[Path]:
    try:
        yield path
    except (OSError, ValueError) as error:  # a ValidationError is a ValueError
        raise manifest.damaged(path) from error


def _read_unanswered(folder: Path, contract: Manifest) -> Vectors:
    size = contract.counts.get("unanswered", 0)
    flat = _read_faiss(folder / UNANSWERED, size, contract.dimension)
    return np.asarray(flat.reconstruct_n(0, size), np.float32).reshape(size, contract.dimension)


def _read_faiss(path: Path, size: int, dimension: int) -> Any:
    import faiss

    try:
        index = faiss.read_index(str(path))
    except RuntimeError as error:
        raise manifest.damaged(path) from error
    if index.ntotal != size or index.d != dimension:
        raise manifest.damaged(path)
    return index
