"""A collection of any size, made of pieces of the booklet: always the same, never meant to be read.

Each practice draws its own few subjects from two practices of the booklet: lines and questions of
theirs. Its lines are made of pieces of these, and its questions paraphrase each other: the first
piece of one with the second of another.
Half a piece is what an encoder sees of a real half-sentence, so that vectors crowd where real ones
do; a text's vector is the mean of its pieces' real vectors, or a million would take an hour and a
half. How far that is from encoding them is measured (`command`, "composed").
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from recueil_qa.analysis.passages import plain
from recueil_qa.corpus.corpus import Collection, Corpus
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.encoding.encoder import Encoder, Progress, Vectors
from recueil_qa.encoding.vector_cache import VectorCache
from recueil_qa.types import Line, Practice, Question, Section

ROOT = Path(__file__).resolve().parents[2]
JOINT = "⁂"  # ends a piece; in no text of the booklet
LINES, QUESTIONS = 4, 92  # of a section, of a practice
OF_ONE = 1 + 4 * (1 + LINES) + QUESTIONS  # passages of a practice
SUBJECTS = 5  # of each of lines, French and English questions, that the other practice gives
SEED = 2014


@dataclass(frozen=True)
class Pieces:
    """What one practice of the booklet gives: first and second halves of lines and questions."""

    titles: tuple[str, ...]
    lines: tuple[tuple[str, str], ...]
    questions: dict[str, tuple[tuple[str, str], ...]]

    def all(self) -> Iterator[str]:
        yield from self.titles
        for halves in (self.lines, *self.questions.values()):
            for half in halves:
                yield from half


def halves(text: str) -> tuple[str, str]:
    """Cut a text in two between words, the second half never empty."""
    words = plain(text).replace(JOINT, "").split()
    middle = max(1, len(words) // 2)
    return " ".join(words[:middle]), " ".join(words[middle:] or words)


def pieces(booklet: Collection) -> tuple[Pieces, ...]:
    """Return the pieces of every practice of a collection that has questions in both languages."""
    found = []
    for practice in booklet.practices:
        asked = booklet.questions_by_practice.get(practice.id, [])
        told = booklet.statements_by_practice.get(practice.id, [])
        texts = [(row.language, row.text) for row in asked]
        texts += [(row.language, row.text) for row in told]
        by_language = {
            language: tuple(halves(text) for own, text in texts if own == language)
            for language in ("fr", "en")
        }
        lines = tuple(halves(line.text) for s in practice.sections for line in s.lines)
        if lines and all(by_language.values()):
            found.append(Pieces((plain(practice.title),), lines, by_language))
    return tuple(found)


def collection(passages: int, booklet: Collection) -> Collection:
    """Return a collection of at least that many passages."""
    given = pieces(booklet)
    draw = random.Random(SEED)  # noqa: S311
    practices, questions = [], []
    for number in range(-(-passages // OF_ONE)):
        subjects = _subjects(given[number % len(given)], draw.choice(given), draw)
        model = booklet.practices[number % len(booklet.practices)]
        identifier = f"grand-p{number}"
        practices.append(_practice(identifier, model, subjects, draw))
        for language in ("fr", "en"):
            for i in range(QUESTIONS // 2):
                text = _mixed(subjects.questions[language], draw)
                name = f"{identifier}/questions/{language}/{i + 1}"
                questions.append(Question(name, identifier, language, text))
    config = booklet.config.model_copy(update={"id": "grand", "title": "Grand recueil"})
    return Collection(booklet.path, config, tuple(practices), tuple(questions))


def _subjects(one: Pieces, other: Pieces, draw: random.Random) -> Pieces:
    """Return the few pieces that one practice is made of: two thirds from the first."""

    def drawn(own: Sequence[tuple[str, str]], more: Sequence[tuple[str, str]]) -> Any:
        return (*draw.choices(own, k=2 * SUBJECTS), *draw.choices(more, k=SUBJECTS))

    return Pieces(
        one.titles + other.titles,
        drawn(one.lines, other.lines),
        {name: drawn(own, other.questions[name]) for name, own in one.questions.items()},
    )


def _practice(identifier: str, model: Practice, subjects: Pieces, draw: random.Random) -> Practice:
    title = "".join(f"{name}{JOINT} " for name in subjects.titles).strip()
    sections = tuple(
        Section(
            section.name,
            section.heading,
            tuple(Line(i + 1, _mixed(subjects.lines, draw), 1) for i in range(LINES)),
        )
        for section in model.sections[:4]
    )
    return replace(
        model, id=identifier, collection="grand", title=title, subtitle="", sections=sections
    )


def _mixed(given: Sequence[tuple[str, str]], draw: random.Random) -> str:
    """Return the first half of one with the second half of one."""
    return f"{draw.choice(given)[0]}{JOINT} {draw.choice(given)[1]}{JOINT}"


def corpus(passages: int) -> Corpus:
    """Return a corpus of that one collection."""
    booklet = read_corpus(ROOT / "corpus").collections[0]
    return Corpus((collection(passages, booklet),), f"generated-{passages}")


class Composed:
    """The real encoder for queries; for passages, the mean of what it says of their pieces."""

    def __init__(self, real: Encoder, given: Sequence[str], folder: Path) -> None:
        """Encode the pieces, once each; a folder keeps their vectors for the next time."""
        self.real = real
        self.id, self.dimension = f"composed-{real.id}", real.dimension
        texts = list(dict.fromkeys(given))
        with VectorCache(folder, real.id) as cache:
            missing = cache.missing(texts)
            if missing:
                cache.put(missing, real.encode_document(missing))
            self._vectors = cache.get(texts)
        self._places = {text: i for i, text in enumerate(texts)}

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        return self.real.encode_query([text.replace(JOINT, "") for text in texts])

    def encode_document(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        found = np.empty((len(texts), self.dimension), np.float32)
        for row, text in zip(found, texts, strict=True):
            places = [self._places[name] for name in names(text, self._places)]
            row[:] = self._vectors[places].mean(axis=0)
        found /= np.linalg.norm(found, axis=1, keepdims=True)
        if progress:
            progress(len(texts), len(texts))
        return found


def names(text: str, known: dict[str, int]) -> list[str]:
    """Return the pieces that an embedded text is made of; what the product adds is left out."""
    return [
        piece if piece in known else piece.partition(" : ")[2]
        for piece in map(str.strip, re.split(rf"{JOINT}\.?", text))
        if piece in known or piece.partition(" : ")[2] in known
    ]
