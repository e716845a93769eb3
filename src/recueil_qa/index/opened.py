"""A build, opened: vectors and postings over passages, and what each passage is.

Of a large index, `part` keeps some practices, as an index of those alone, so that everything above
scores both in the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from recueil_qa.analysis.spelling import Spelling
from recueil_qa.analysis.words import fold
from recueil_qa.arrays import Mask, Positions, Scores
from recueil_qa.encoding.encoder import Vectors
from recueil_qa.index.choices import Choices
from recueil_qa.index.engine import Engine
from recueil_qa.index.files import BuildFolder
from recueil_qa.index.heads import Heads
from recueil_qa.index.levels import Levels
from recueil_qa.index.manifest import Manifest
from recueil_qa.index.passages import FACT, Facts, StoredPassages, of_kind
from recueil_qa.index.spans import Spans, joined, lengths, positions, shifts, starts
from recueil_qa.index.vectors import inner_products
from recueil_qa.types import CollectionInfo, Line, MapPoint, PassageKind, Practice


@dataclass(frozen=True, slots=True)
class Apart:
    """Where a collection that is opened alone stands: its first practice, and its passages."""

    first: int
    passages: int


@dataclass(frozen=True)
class Index:
    """One build, opened, or the part of it that a query is scored against; read-only.

    Safe to share between threads. `spans` are the passages of each practice in the build;
    `unanswered_of` names the collection of each vector of `unanswered`. `dense` are the vectors of
    a part that every query is compared with. `heads` are those of the collections that have some,
    `levels` those of the others. `spellings` are the words of each collection. `apart` is where one
    stands that is alone.
    """

    build: BuildFolder
    collections: dict[str, CollectionInfo]
    practices: tuple[Practice, ...]
    passages: StoredPassages
    facts: Facts
    spans: Spans
    unanswered: Vectors
    unanswered_of: tuple[str, ...]
    map_points: tuple[MapPoint, ...]
    practice_vectors: Vectors
    spellings: dict[str, Spelling]
    engine: Engine
    choices: Choices
    heads: dict[str, Heads] = field(default_factory=dict)
    levels: Levels = field(default_factory=Levels)
    dense: Vectors | None = None
    apart: Apart | None = None

    @property
    def folder(self) -> Path:
        return self.build.path

    @property
    def manifest(self) -> Manifest:
        return self.build.manifest

    def part(self, chosen: Positions) -> Index:
        """Return the index of some practices alone, by their positions, in their order."""
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
            choices=self.choices.within(chosen, spans),
        )

    def alone(self, collection: str) -> Index:
        """Return the index of one collection, as if nothing else were in the build.

        The practices of a collection stand together.
        """
        own = [i for i, each in enumerate(self.practices) if each.collection == collection]
        kept = np.array([name == collection for name in self.unanswered_of], bool)
        part = self.part(np.array(own, np.int64))
        return replace(
            part,
            apart=Apart(own[0], len(part.facts)),
            collections={collection: self.collections[collection]},
            map_points=self.map_points,
            unanswered=np.ascontiguousarray(self.unanswered[kept]),
            unanswered_of=(collection,) * int(kept.sum()),
            spellings={collection: self.spellings[collection]},
            heads={name: heads for name, heads in self.heads.items() if name == collection},
        )

    @cached_property
    def spelling(self) -> Spelling:
        """The words of all collections."""
        if len(self.spellings) == 1:
            return next(iter(self.spellings.values()))
        return Spelling.joined(self.spellings.values())

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
    def nearest(self) -> dict[int, int]:
        """The practices nearest to those that were asked about so far, by their positions."""
        return {}

    @cached_property
    def size(self) -> int:
        """How many passages the whole build has, or the collection that is alone."""
        return self.apart.passages if self.apart else self.manifest.counts["passages"]

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
