"""What the encoder learns from: anchors (texts that ask) and documents that speak for practices.

Anchors are the collections' questions and all their judged statements, those that nothing answers
too. Every batch draws anew, of each practice, some of its questions and judged statements, and
some of its own texts. A document is masked where it would speak for itself: where the anchor is
the same text, or a statement of the same group.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from recueil_qa.analysis.passages import corpus_passages, plain
from recueil_qa.corpus.corpus import Corpus
from recueil_qa.types import PassageKind
from training.noise import noisy
from training.recipe import Recipe


@dataclass(frozen=True)
class Anchor:
    """A text that asks; `line` is the id of the passage that answers it, if one does."""

    text: str
    grades: dict[str, int]
    line: str = ""
    group: str = ""


@dataclass(frozen=True)
class Document:
    """A text that speaks for a practice; `line` is its id if it is one, `group` a statement's."""

    text: str
    line: str = ""
    group: str = ""


@dataclass(frozen=True)
class Batch:
    """Anchors as typed (`asked`), and documents: as many of each practice, in their order.

    `lines` are those that anchors ask for, in the order of these anchors.
    """

    practices: tuple[str, ...]
    anchors: list[Anchor]
    asked: list[str]
    documents: list[Document]
    lines: list[Document]

    def gains(self) -> list[list[float]]:
        """Return (anchors, practices): 3 for a grade of 2, 1 for a 1, else 0."""
        return [
            [2.0 ** anchor.grades.get(name, 0) - 1 for name in self.practices]
            for anchor in self.anchors
        ]

    def speaks(self) -> list[list[bool]]:
        """Return (anchors, documents): which may speak for their practice to whom."""
        return [
            [
                document.text != anchor.text
                and not (anchor.group and document.group == anchor.group)
                for document in self.documents
            ]
            for anchor in self.anchors
        ]


@dataclass
class Examples:
    """All anchors, and the documents of each practice to draw from."""

    practices: tuple[str, ...]
    anchors: list[Anchor] = field(default_factory=list)
    questions: dict[str, list[Document]] = field(default_factory=dict)
    texts: dict[str, list[Document]] = field(default_factory=dict)
    lines: dict[str, Document] = field(default_factory=dict)

    @classmethod
    def gather(cls, corpus: Corpus, held_out: frozenset[str] = frozenset()) -> Examples:
        """Gather the examples; nothing of, or judged useful from, `held_out` practices is used."""
        names = [practice.id for row in corpus.collections for practice in row.practices]
        found = cls(tuple(name for name in names if name not in held_out))
        found.questions = {name: [] for name in found.practices}
        found.texts = {name: [] for name in found.practices}
        for passage in corpus_passages(corpus):
            name = passage.practice
            if name in held_out or passage.is_statement:
                continue
            if passage.kind is PassageKind.QUESTION:
                found.anchors.append(Anchor(passage.embedded, {name: 2}, passage.answer))
                found.questions[name].append(Document(passage.embedded))
                continue
            is_line = passage.kind is PassageKind.LINE
            document = Document(passage.embedded, passage.id if is_line else "")
            found.texts[name].append(document)
            if is_line:
                found.lines[passage.id] = document
        for collection in corpus.collections:
            for row in collection.lessons:
                if held_out & set(row.grades):
                    continue
                # No name of a group has a space: a statement without one is a group of its own.
                text, group = plain(row.text), f"{collection.config.id} {row.group or f' {row.id}'}"
                found.anchors.append(Anchor(text, row.grades, group=group))
                for name in row.grades:
                    found.questions[name].append(Document(text, group=group))
        return found

    def batches(self, size: int) -> int:
        """Return how many batches an epoch has: whole ones, or a smaller one if that is all."""
        return max(len(self.anchors) // size, 1)

    def epoch(self, recipe: Recipe, rng: random.Random) -> Iterator[Batch]:
        """Yield batches of `recipe.batch` anchors; those left over wait for another epoch."""
        order = rng.sample(self.anchors, len(self.anchors))
        for start in range(0, self.batches(recipe.batch) * recipe.batch, recipe.batch):
            yield self._batch(order[start : start + recipe.batch], recipe, rng)

    def _batch(self, anchors: list[Anchor], recipe: Recipe, rng: random.Random) -> Batch:
        documents = []
        for name in self.practices:
            texts = self.texts[name]
            # A practice that nobody asked about yet has its texts speak in their place.
            documents += rng.choices(self.questions[name] or texts, k=recipe.questions)
            documents += rng.choices(texts, k=recipe.texts)
        asked = [
            noisy(anchor.text, rng) if rng.random() < recipe.slips else anchor.text
            for anchor in anchors
        ]
        lines = [self.lines[anchor.line] for anchor in anchors if anchor.line]
        return Batch(self.practices, anchors, asked, documents, lines)
