"""The files of one build of the index: written whole, checked by their hashes, read back.

    index/<build>/manifest.json  what it was built from, and the hash of each file below
                 /collections.json, practices.jsonl
                 /passages.jsonl, passages.npy   texts, and what scoring needs of each
                 /words.json     the words of each collection's texts, to mend queries with
                 /vectors.faiss  inner products of unit vectors, in the order of the passages
                 /questions.faiss, text.faiss    graphs over the vectors of a large build,
                 /questions.npy, text.npy        and which passages have each
                 /practices.npy  one vector a practice
                 /unanswered.faiss  statements that nothing here answers
                 /unanswered.json   the collection of each
                 /bm25/          postings, in the order of the passages
                 /choices.npz    which lines readers chose, for which statements (`choices`)
                 /heads/         what the statements of a collection teach (`heads`)
                 /levels.json, nothing.npy   where "nothing" ends for those without (`levels`)
                 /map.json       where each practice stands on the map, in their order

A build holds all that serving needs, so that a corpus being edited never disturbs a reader.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter

from recueil_qa.analysis import passages
from recueil_qa.analysis.spelling import Spelling, forms_of
from recueil_qa.encoding.encoder import Vectors
from recueil_qa.index import choices, heads, levels, manifest, postings
from recueil_qa.index.choices import Choices
from recueil_qa.index.heads import Heads
from recueil_qa.index.kinds import BuiltFaiss
from recueil_qa.index.levels import Levels
from recueil_qa.index.manifest import Manifest
from recueil_qa.index.passages import (
    TEXTS,
    Facts,
    StoredPassages,
    read_array,
    read_passages,
    write_passages,
)
from recueil_qa.index.points import load_points
from recueil_qa.index.postings import Postings
from recueil_qa.index.vectors import FlatVectors, VectorGraph, read_graph
from recueil_qa.messages import Text
from recueil_qa.types import CollectionInfo, MapPoint, Passage, Practice

VECTORS, UNANSWERED, UNANSWERED_OF = "vectors.faiss", "unanswered.faiss", "unanswered.json"
COLLECTIONS, PRACTICES, PASSAGES = "collections.json", "practices.jsonl", TEXTS
PRACTICE_VECTORS, WORDS, POSTINGS, MAP = "practices.npy", "words.json", "bm25", "map.json"
HEADS, CHOICES = "heads", "choices.npz"
LEVELS, NOTHING = "levels.json", "nothing.npy"
GRAPHS = ("questions", "text")
PARAMETERS: dict[str, int | float | str] = {
    "passages": 5,
    "window_characters": passages.WINDOW_CHARACTERS,
    "bm25_k1": postings.K1,
    "bm25_b": postings.B,
    "analysis": "fold+snowball/1",
    "levels": 1,
    "map": 1,
}

_PRACTICES = TypeAdapter(Practice)
_COLLECTIONS = TypeAdapter(tuple[CollectionInfo, ...])
_NAMES = TypeAdapter(tuple[str, ...])
_FORMS = TypeAdapter(dict[str, dict[str, str]])


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
    facts = write_passages(folder, rows, practices, collections)
    own: dict[str, dict[str, None]] = {info.id: {} for info in collections}
    collection = {practice.id: practice.collection for practice in practices}
    for row in rows:  # a statement is a passage of each practice that helps, and counts once
        own[collection[row.practice]].setdefault(row.embedded)
    forms = {name: forms_of(texts) for name, texts in own.items()}
    (folder / WORDS).write_bytes(_FORMS.dump_json(forms))
    return facts


def write_unanswered(folder: Path, collections: Iterable[str]) -> None:
    """Write the collection of each statement that nothing answers, in the order of the vectors."""
    (folder / UNANSWERED_OF).write_bytes(_NAMES.dump_json(tuple(collections)))


def write_heads(folder: Path, found: Mapping[str, Heads]) -> None:
    """Write the heads of the collections that have some."""
    for name, each in found.items():
        (folder / HEADS).mkdir(exist_ok=True)
        (folder / HEADS / f"{name}.npz").write_bytes(each.dump())


def write_levels(folder: Path, found: Levels) -> None:
    """Write where "nothing" ends for the collections without heads."""
    levels.dump(found, folder / LEVELS, folder / NOTHING)


def write_choices(folder: Path, found: Choices | None) -> None:
    """Write which lines readers chose, if any statement tells."""
    if found:
        (folder / CHOICES).write_bytes(found.dump())


@dataclass(frozen=True, slots=True)
class BuildFolder:
    """One build on the disk: its folder, and what its manifest says.

    Each part of it is read when it is asked for; raises IndexDamagedError where it can't be.
    """

    path: Path
    manifest: Manifest

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def dimension(self) -> int:
        """Of the vectors."""
        return self.manifest.dimension

    def count(self, name: str) -> int:
        """Return how many passages, practices… the manifest counts, 0 where it counts none."""
        return self.manifest.counts.get(name, 0)

    def read_collections(self) -> tuple[CollectionInfo, ...]:
        with reading(self.path / COLLECTIONS) as path:
            return _COLLECTIONS.validate_json(path.read_bytes())

    def read_practices(self) -> tuple[Practice, ...]:
        """Read the practices, in the order of the build."""
        with reading(self.path / PRACTICES) as path:
            return tuple(map(_PRACTICES.validate_json, path.read_bytes().splitlines()))

    def read_passages(self, practices: int) -> tuple[StoredPassages, Facts]:
        """Open the passages of a build of so many practices."""
        with reading(self.path / PASSAGES):
            rows, facts = read_passages(self.path, practices)
            if len(rows) != self.manifest.counts.get("passages"):
                raise ValueError(len(rows))
            return rows, facts

    def read_spelling(self) -> dict[str, Spelling]:
        """Read the words of the texts of each collection."""
        with reading(self.path / WORDS) as path:
            forms = _FORMS.validate_json(path.read_bytes())
            return {name: Spelling(own) for name, own in forms.items()}

    def read_map(self, practices: Sequence[Practice]) -> tuple[MapPoint, ...]:
        """Read where each of the practices stands."""
        with reading(self.path / MAP) as path:
            names = [practice.id for practice in practices]
            return load_points(path.read_bytes(), names)

    def read_vectors(self) -> FlatVectors:
        """Open the vectors of the passages."""
        return FlatVectors(self.path / VECTORS, self.count("passages"), self.dimension)

    def read_graphs(self) -> tuple[VectorGraph, VectorGraph] | None:
        """Open the graphs over the vectors, where the build has them."""
        built = self.manifest.engine
        if not isinstance(built, BuiltFaiss) or built.breadth is None:
            return None
        with reading(self.path / manifest.NAME):
            passages, breadth = self.manifest.counts["passages"], built.breadth
            sizes = zip(GRAPHS, (built.questions or 0, built.text or 0), strict=True)
            questions, text = (
                read_graph(self.path / f"{name}.faiss", size, self.dimension, breadth, passages)
                for name, size in sizes
            )
        return questions, text

    def read_practice_vectors(self) -> Vectors:
        with reading(self.path / PRACTICE_VECTORS) as path:
            found = read_array(path)
            if found.shape != (self.manifest.counts.get("practices"), self.dimension):
                raise ValueError(found.shape)
            return np.asarray(found, np.float32)

    def read_unanswered(self) -> Vectors:
        """Read the vectors of what nothing answers."""
        size = self.count("unanswered")
        return FlatVectors(self.path / UNANSWERED, size, self.dimension).all.copy()

    def read_unanswered_of(self) -> tuple[str, ...]:
        """Read the collection of each statement that nothing answers."""
        with reading(self.path / UNANSWERED_OF) as path:
            names = _NAMES.validate_json(path.read_bytes())
            if len(names) != self.count("unanswered"):
                raise ValueError(len(names))
            return names

    def read_postings(self) -> Postings:
        """Open the postings of the passages."""
        with reading(self.path / POSTINGS) as path:
            return Postings.load(path, self.count("passages"))

    def read_choices(self) -> Choices:
        """Read which lines readers chose; none where no statement told."""
        path = self.path / CHOICES
        if not path.exists():
            return choices.no_choices(self.dimension)
        with reading(path):
            passages = self.count("passages")
            return choices.load(path, self.dimension, self.count("practices"), passages)

    def read_heads(self, collections: Iterable[str]) -> dict[str, Heads]:
        """Read the heads of the collections that have some."""
        found = {}
        for name in collections:
            path = self.path / HEADS / f"{name}.npz"
            if path.exists():
                with reading(path):
                    found[name] = heads.load(path)
                    if len(found[name].layers["hidden"]) != self.dimension:
                        raise ValueError(found[name].layers["hidden"].shape)
        return found

    def read_levels(self, collections: Iterable[str]) -> Levels:
        """Read where "nothing" ends for the collections given, those without heads."""
        with reading(self.path / LEVELS) as path:
            found = levels.load(path, self.path / NOTHING, self.dimension)
            if missing := {*collections} - found.collections.keys():
                raise ValueError(missing)
            return found


@contextmanager
def reading(path: Path) -> Iterator[Path]:
    """Tell of a file of a build that can't be read, or that holds something else."""
    try:
        yield path
    except (OSError, ValueError, EOFError, RecursionError) as error:  # as a ValidationError is
        raise manifest.damaged(path) from error


def check_build(folder: Path) -> BuildFolder:
    """Return a build of this version whose files are whole.

    Raises:
        IndexDamagedError, IndexMismatchError: with the command that mends it.
    """
    contract = manifest.read_manifest(folder)
    check_version(contract)
    manifest.check_files(folder, contract)
    return BuildFolder(folder, contract)


def check_manifest(folder: Path) -> Manifest:
    """Return the manifest of a build of this version whose files are there, unread.

    Raises as `check_build`.
    """
    contract = manifest.read_manifest(folder)
    check_version(contract)
    manifest.check_there(folder, contract)
    return contract


def check_version(contract: Manifest) -> None:
    """Refuse a build whose parameters differ from this code's.

    Its format was looked at when it was read; which release made it says nothing.

    Raises:
        IndexMismatchError: names what was found and what was expected.
    """
    found, expected = contract.parameters, PARAMETERS
    other = [name for name in (expected | found) if found.get(name) != expected.get(name)]
    if other:
        made = f"(recueil-qa {contract.package})"
        told = [
            ", ".join(f"{name} = {held[name]}" if name in held else f"{name} –" for name in other)
            for held in (found, expected)
        ]
        raise manifest.mismatch(Text(f"paramètre {made}", f"parameter {made}"), *told)
