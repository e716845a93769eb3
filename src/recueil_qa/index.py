"""The index, opened: vectors and postings over passages, in versioned builds swapped whole.

    index/CURRENT          the name of the build that serves
    index/<build>/         its files (`build_files`)

A query is scored against all of a small index. Of a large one, `around` keeps the practices that
may fit, as an index of those alone, so that everything above scores both in the same way.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from recueil_qa import build_files, manifest, projection
from recueil_qa.arrays import Mask, Positions, Scores
from recueil_qa.catalogue import Catalogue
from recueil_qa.encoder import Vectors, same_model
from recueil_qa.engine import SCORED_WHOLE, Engine
from recueil_qa.engines import FAISS, Wanted, is_of, open_engine
from recueil_qa.errors import IndexMissingError, IndexUnusableError
from recueil_qa.heads import Heads
from recueil_qa.lexical import fold
from recueil_qa.manifest import Manifest
from recueil_qa.messages import Text
from recueil_qa.pooling import Pool
from recueil_qa.spans import Spans, joined, lengths, of_owners, positions, shifts, starts
from recueil_qa.spelling import Spelling
from recueil_qa.stored_passages import FACT, Facts, StoredPassages, of_kind
from recueil_qa.types import CollectionInfo, Filters, Line, MapPoint, PassageKind, Practice
from recueil_qa.vector_files import inner_products

CURRENT = "CURRENT"
CANDIDATES = 128  # practices that are, of a larger index
REFERENCE, REFERENCE_PASSAGES = 256, 16_000  # practices and passages, at most, that stand for all


@dataclass(frozen=True)
class Index:
    """One build, opened, or the part of it that a query is scored against; read-only.

    Safe to share between threads. `spans` are the passages of each practice in the build;
    `unanswered_of` names the collection of each vector of `unanswered`. A part has a `reference`,
    another part that says how scores spread over the whole. `dense` are the vectors of a part that
    every query is compared with. `heads` are those of the collections that have some.
    """

    folder: Path
    manifest: Manifest
    collections: dict[str, CollectionInfo]
    practices: tuple[Practice, ...]
    passages: StoredPassages
    facts: Facts
    spans: Spans
    unanswered: Vectors
    unanswered_of: tuple[str, ...]
    map_points: tuple[MapPoint, ...]
    practice_vectors: Vectors
    spelling: Spelling
    engine: Engine
    heads: dict[str, Heads] = field(default_factory=dict)
    reference: Index | None = None
    dense: Vectors | None = None

    def around(
        self,
        vector: Vectors,
        stems: Sequence[str],
        top: int,
        filters: Filters,
        named: Sequence[str] = (),
    ) -> Index:
        """Return the index to score a query against: this one, or the part of it that may fit.

        Practices `named` by their ids are in it, if they pass the filters.
        """
        if len(self.facts) <= SCORED_WHOLE or len(self.practices) <= CANDIDATES:
            return self
        count = max(CANDIDATES, 2 * top)
        kept = [self.places[name] for name in named if name in self.places]
        kept = [place for place in kept if filters.accepts(self.practices[place])]
        found = self.engine.candidates(vector, stems, count, filters)
        found = np.union1d(found, np.array(kept, np.int64))
        if not len(found):  # no practice passes the filters: nobody will be shown
            return self._sample
        return replace(self._part(found), reference=self._sample)

    @cached_property
    def _sample(self) -> Index:
        """Practices spread evenly over the whole: always the same, for scores to be comparable."""
        typical = len(self.facts) / len(self.practices)
        count = max(2, min(REFERENCE, int(REFERENCE_PASSAGES / typical)))
        spread = np.linspace(0, len(self.practices) - 1, count).astype(np.int64)
        part = self._part(np.unique(spread))
        return replace(part, dense=self.engine.vectors(part.spans))

    def _part(self, chosen: npt.NDArray[np.int64]) -> Index:
        spans = self.spans[chosen]
        # As bytes: NumPy would compare the fields of each two that it joins.
        raw = self.facts.view(f"V{FACT.itemsize}")
        facts = np.concatenate([raw[start:end] for start, end in spans.tolist()]).view(FACT)
        facts["practice"] = np.repeat(np.arange(len(chosen)), lengths(spans))
        # A question is about a line of its own practice.
        about = facts["answers"] >= 0
        facts["answers"][about] += shifts(spans)[facts["practice"][about]].astype(np.int32)
        return replace(
            self,
            practices=tuple(self.practices[i] for i in chosen.tolist()),
            passages=self.passages.at(positions(spans)),
            facts=facts,
            spans=spans,
            map_points=(),
            practice_vectors=self.practice_vectors[chosen],
        )

    @cached_property
    def owners(self) -> npt.NDArray[np.int64]:
        """The position of the practice of each passage."""
        return self.facts["practice"].astype(np.int64)

    @cached_property
    def _starts(self) -> list[int]:
        return [*starts(self.spans).tolist()]

    def own(self, practice: int) -> slice:
        """Return where the passages of a practice stand."""
        return slice(self._starts[practice], self._starts[practice + 1])

    @cached_property
    def places(self) -> dict[str, int]:
        """Practice id → its position."""
        return {practice.id: i for i, practice in enumerate(self.practices)}

    @cached_property
    def head_outputs(self) -> dict[str, tuple[Positions, Positions]]:
        """Of each collection with heads: its practices here, and the output of each, or -1."""
        found = {}
        for name, heads in self.heads.items():
            outputs = {practice: i for i, practice in enumerate(heads.fit.practices)}
            own = [i for i, practice in enumerate(self.practices) if practice.collection == name]
            known = [outputs.get(self.practices[i].id, -1) for i in own]
            found[name] = np.array(own, np.int64), np.array(known, np.int64)
        return found

    @cached_property
    def is_question(self) -> Mask:
        return of_kind(self.facts, PassageKind.QUESTION)

    @cached_property
    def is_section(self) -> Mask:
        return of_kind(self.facts, PassageKind.SECTION)

    @cached_property
    def pools(self) -> tuple[Pool, Pool]:
        """The questions of each practice, and the rest of its passages."""
        kinds = (self.is_question, ~self.is_question)
        asked, rest = (Pool(kept, self.owners, len(self.practices)) for kept in kinds)
        return asked, rest

    @cached_property
    def asked(self) -> Positions:
        """The passages that a query resembles: questions, or all of a practice without."""
        return np.flatnonzero(self.is_question | ~self.has_questions[self.owners])

    @cached_property
    def has_questions(self) -> Mask:
        """The practices that somebody wrote questions for."""
        counts = np.bincount(self.owners[self.is_question], minlength=len(self.practices))
        return counts > 0

    @cached_property
    def is_quotable(self) -> Mask:
        """The lines that say something alone."""
        return np.ascontiguousarray(self.facts["quotable"])

    @cached_property
    def answers(self) -> tuple[Positions, Positions, Positions]:
        """Lines that questions are about, where the questions of each start, and all of these."""
        about = self.facts["answers"].astype(np.int64)
        questions = np.flatnonzero(about >= 0)
        questions = questions[np.argsort(about[questions], kind="stable")]
        lines, starts = np.unique(about[questions], return_index=True)
        return lines, starts, questions

    @cached_property
    def word_counts(self) -> npt.NDArray[np.int64]:
        return self.facts["words"].astype(np.int64)

    @cached_property
    def is_advice(self) -> Mask:
        """The passages that stand in a section whose role is advice."""
        return np.ascontiguousarray(self.facts["advice"])

    @cached_property
    def is_context(self) -> Mask:
        """The passages that stand in a section that only tells where a practice comes from."""
        return np.ascontiguousarray(self.facts["context"])

    @cached_property
    def is_result(self) -> Mask:
        """The passages that stand in a section that tells what a practice brought."""
        return np.ascontiguousarray(self.facts["result"])

    @cached_property
    def has_figure(self) -> Mask:
        """The passages whose text holds a number that measures something."""
        return np.ascontiguousarray(self.facts["figure"])

    @cached_property
    def abbreviations(self) -> dict[str, str]:
        """Folded abbreviation → what it stands for, of all collections."""
        return {
            fold(short): long
            for info in self.collections.values()
            for short, long in info.abbreviations
        }

    @cached_property
    def lead_ins(self) -> dict[int, tuple[Line, ...]]:
        """What governs the lines that were quoted so far, by their positions."""
        return {}

    @cached_property
    def size(self) -> int:
        """How many passages the whole build has."""
        return self.manifest.counts["passages"]

    def vectors_of(self, practice: int) -> Vectors:
        """Return the unit vectors of the passages of a practice (passages, dimension)."""
        return self.engine.vectors(self.spans[practice : practice + 1])

    @cached_property
    def vectors(self) -> Vectors:
        """The unit vectors of the passages (passages, dimension)."""
        return self.engine.vectors(self.spans)

    def scores(self, vector: Vectors, stems: Sequence[str]) -> tuple[Scores, Scores]:
        """Return the cosine of every passage with a unit vector (dimension,), and BM25's scores.

        Of BM25 for each stem: (stems, passages).
        """
        if self.dense is not None:
            return inner_products(self.dense, vector), self.engine.words(stems, self._runs)
        return self.engine.cosines(vector, self._runs), self.engine.words(stems, self._runs)

    @cached_property
    def _runs(self) -> Spans:
        return joined(self.spans)

    def knows(self, stem: str) -> bool:
        """Return whether a stem occurs in any passage."""
        return self.engine.knows(stem)


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


def serves(folder: Path) -> bool:
    """Return whether CURRENT names the build of a folder, whole or not."""
    # Looked at before each question: without what Path and open add to three system calls.
    try:
        file = os.open(f"{folder.parent}/{CURRENT}", os.O_RDONLY)
    except OSError:
        return False
    try:
        return os.read(file, 100).strip() == folder.name.encode()
    except OSError:
        return False
    finally:
        os.close(file)


def missing(root: Path) -> IndexMissingError:
    return IndexMissingError(
        Text(f"pas encore d'index dans {root}", f"no index yet in {root}"), manifest.BUILD
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
    with build_files.reading(folder / build_files.MAP) as path:
        points = projection.load_points(path.read_bytes(), [practice.id for practice in practices])
    passages, facts = build_files.read_passages(folder, contract, len(practices))
    unanswered = build_files.read_unanswered(folder, contract)
    return Index(
        folder=folder,
        manifest=contract,
        collections={collection.id: collection for collection in catalogue.collections},
        practices=practices,
        passages=passages,
        facts=facts,
        spans=of_owners(facts["practice"], len(practices)),
        unanswered=unanswered,
        unanswered_of=build_files.read_unanswered_of(folder, len(unanswered)),
        map_points=points,
        practice_vectors=build_files.read_practice_vectors(folder, contract),
        spelling=build_files.read_spelling(folder),
        engine=open_engine(folder, contract, facts, practices),
        heads=build_files.read_heads(folder, [info.id for info in catalogue.collections], contract),
    )


def open_catalogue(root: Path) -> Catalogue:
    """Open the practices of the build that serves, without its vectors. Raises as `open_index`."""
    return _open_texts(current_build(root))[1]


def _open_texts(folder: Path) -> tuple[Manifest, Catalogue]:
    contract = build_files.check_build(folder)
    collections = build_files.read_collections(folder)
    return contract, Catalogue(build_files.read_practices(folder), collections)


def check_encoder(contract: Manifest, encoder: str) -> None:
    """Refuse an encoder other than the one that made the vectors; its runtime may be another.

    Raises:
        IndexMismatchError: names both.
    """
    # Of one model, cosines are the same to six digits in all runtimes: where ONNX Runtime doesn't
    # load, torch answers from what it built.
    if not same_model(contract.encoder, encoder):
        raise manifest.other_encoder(contract.encoder, encoder)


def is_current(root: Path, corpus_hash: str, encoder: str, engine: Wanted = FAISS) -> bool:
    """Return whether the serving build, whole, was made from this corpus, encoder and engine."""
    try:
        contract = build_files.check_build(current_build(root))
    except IndexUnusableError:
        return False
    made_from = contract.corpus == corpus_hash and contract.encoder == encoder
    return made_from and is_of(contract, engine)
