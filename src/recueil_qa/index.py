"""The index, opened: vectors and postings over passages, in versioned builds swapped whole.

    index/CURRENT          the name of the build that serves
    index/<build>/         its files (`build_files`)

FAISS's part of it is in `build_files`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recueil_qa import build_files, manifest, projection
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


@dataclass(frozen=True)
class Index:
    """One build, opened: read-only and safe to share between threads.

    `unanswered_of` names the collection of each vector of `unanswered`.
    """

    folder: Path
    manifest: Manifest
    collections: dict[str, CollectionInfo]
    practices: tuple[Practice, ...]
    passages: tuple[Passage, ...]
    owners: npt.NDArray[np.int64]
    unanswered: Vectors
    unanswered_of: tuple[str, ...]
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
    rows = build_files.read_passages(folder)
    with build_files.reading(folder / build_files.MAP) as path:
        points = projection.load_points(path.read_bytes(), [*place])
    unanswered = build_files.read_unanswered(folder, contract)
    with build_files.reading(folder / build_files.PASSAGES):
        owners = np.array([place.get(passage.practice, -1) for passage in rows], np.int64)
        if (owners < 0).any():
            raise ValueError("a passage of no practice")
    return Index(
        folder=folder,
        manifest=contract,
        collections={collection.id: collection for collection in catalogue.collections},
        practices=practices,
        passages=rows,
        owners=owners,
        unanswered=unanswered,
        unanswered_of=build_files.read_unanswered_of(folder, len(unanswered)),
        map_points=points,
        _faiss=build_files.read_faiss(folder / build_files.VECTORS, len(rows), contract.dimension),
        _lexical=build_files.read_postings(folder, len(rows)),
    )


def open_catalogue(root: Path) -> Catalogue:
    """Open the practices of the build that serves, without its vectors. Raises as `open_index`."""
    return _open_texts(current_build(root))[1]


def _open_texts(folder: Path) -> tuple[Manifest, Catalogue]:
    contract = build_files.check_build(folder)
    collections = build_files.read_collections(folder)
    return contract, Catalogue(build_files.read_practices(folder), collections)


def check_encoder(contract: Manifest, encoder: str) -> None:
    """Refuse an encoder other than the one that made the vectors.

    Raises:
        IndexMismatchError: names both.
    """
    if contract.encoder != encoder:
        raise manifest.other_encoder(contract.encoder, encoder)


def is_current(root: Path, corpus_hash: str, encoder: str) -> bool:
    """Return whether the serving build, whole, was made from this corpus and encoder."""
    try:
        contract = build_files.check_build(current_build(root))
    except IndexUnusableError:
        return False
    return contract.corpus == corpus_hash and contract.encoder == encoder
