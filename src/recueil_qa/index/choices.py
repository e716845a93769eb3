"""Which lines of a practice readers chose, for problems that were told before.

A judged statement may note the lines that a careful reader would quote first of a practice that
helps (`lines`). Some lines are chosen for almost any problem, others for none, which neither their
meaning nor their words tell. So a line is worth the logarithm of how often it was chosen for
problems like the one asked, against how often any line is: counts of the practice's statements,
each weighing by how near it is to the query (a kernel estimate; Nadaraya, 1964), with as many
again as `PRIOR` of what is usual.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from recueil_qa.analysis.passages import plain
from recueil_qa.arrays import Mask, Positions, Scores
from recueil_qa.corpus.corpus import Corpus
from recueil_qa.encoding.encoder import Vectors
from recueil_qa.index.heads import BROKEN
from recueil_qa.index.spans import Spans, shifts
from recueil_qa.types import Passage, PassageKind

NEAR = 10.0  # what a cosine is multiplied by: a statement 0.1 nearer counts 2.7 times as much
PRIOR = 3.0  # statements for which lines are chosen as usual, added to those of each practice


@dataclass(frozen=True)
class Choices:
    """Judgments of lines, one a pair of a statement and a practice that helps with it.

    `vectors` are unit vectors of the statements (statements, dimension). Of each judgment,
    `statements` is its row there, `practices` the position of its practice (judgments,). Of each
    line chosen, `lines` is the position of the passage, `judgments` that of the judgment
    (choices,). `usual` is the share of the lines of a practice that are chosen.
    """

    vectors: Vectors
    statements: Positions
    practices: Positions
    lines: Positions
    judgments: Positions
    usual: float

    def worth(self, cosines: Scores, owners: Positions) -> Scores:
        """Return what each passage is worth (passages,): 0 where nobody judged its practice.

        `cosines` of the query with the statements (statements,), `owners` the practice of each
        passage (passages,).
        """
        if not len(self.lines):
            return np.zeros(len(owners), np.float32)
        near = np.exp(NEAR * cosines[self.statements].astype(np.float64))
        counts = np.bincount(self.practices, minlength=int(owners.max()) + 1)
        sums = np.bincount(self.practices, near, len(counts))
        # As many as were judged, so that the prior weighs the same for any query.
        weights = near * (counts / np.maximum(sums, 1e-12))[self.practices]
        chosen = np.bincount(self.lines, weights[self.judgments], len(owners))
        often = (chosen + PRIOR * self.usual) / (counts[owners] + PRIOR)
        return np.asarray(np.log(often / self.usual), np.float32)

    def within(self, practices: Positions, spans: Spans) -> Choices:
        """Return those of a part of an index: of some practices, in rising order, with spans."""
        place = np.searchsorted(practices, self.practices)
        place[place == len(practices)] = 0
        kept = practices[place] == self.practices if len(practices) else np.zeros(len(place), bool)
        part = self.of(kept)
        part = replace(part, practices=place[kept])
        return replace(part, lines=part.lines + shifts(spans)[part.practices[part.judgments]])

    def of(self, kept: Mask) -> Choices:
        """Return those of some judgments (judgments,)."""
        chosen = kept[self.judgments]
        return replace(
            self,
            statements=self.statements[kept],
            practices=self.practices[kept],
            lines=self.lines[chosen],
            judgments=(np.cumsum(kept) - 1)[self.judgments[chosen]],
        )

    def dump(self) -> bytes:
        """Return the bytes of a file, vectors in half precision; the same for the same choices."""
        file = io.BytesIO()
        np.savez(
            file,
            vectors=self.vectors.astype(np.float16),
            statements=self.statements,
            practices=self.practices,
            lines=self.lines,
            judgments=self.judgments,
            usual=np.float64(self.usual),
        )
        return file.getvalue()


def no_choices(dimension: int) -> Choices:
    """Return the choices of an index whose statements note no lines."""
    none = np.zeros(0, np.int64)
    return Choices(np.zeros((0, dimension), np.float32), none, none, none, none, 1.0)


def load(path: Path, dimension: int, practices: int, passages: int) -> Choices:
    """Read choices from a file.

    Raises:
        OSError: it can't be read.
        ValueError: it holds something else, or choices of another index.
    """
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            found = Choices(
                vectors=file["vectors"].astype(np.float32),
                statements=file["statements"].astype(np.int64),
                practices=file["practices"].astype(np.int64),
                lines=file["lines"].astype(np.int64),
                judgments=file["judgments"].astype(np.int64),
                usual=float(file["usual"]),
            )
    except BROKEN as error:
        raise ValueError(f"{path.name}: {error}") from error
    bounds = (
        (found.statements, len(found.vectors)),
        (found.practices, practices),
        (found.lines, passages),
        (found.judgments, len(found.practices)),
    )
    if (
        found.vectors.ndim != 2
        or found.vectors.shape[1] != dimension
        or len(found.statements) != len(found.practices)
        or len(found.lines) != len(found.judgments)
        or not np.isfinite(found.vectors).all()
        or not 0 < found.usual <= 1
        or any(((part < 0) | (part >= bound)).any() for part, bound in bounds)
    ):
        raise ValueError(f"{path.name}: choices of another index")
    return found


def chosen_texts(corpus: Corpus) -> list[str]:
    """Return the statements that note lines, each once, as they are encoded."""
    rows = (row for collection in corpus.collections for row in collection.lessons if row.lines)
    return list(dict.fromkeys(plain(row.text) for row in rows))


def choices_of(
    corpus: Corpus, passages: Sequence[Passage], documents: Callable[[Sequence[str]], Vectors]
) -> Choices | None:
    """Return the choices that the statements of a corpus note, over its passages; None without.

    `documents` returns the vectors of texts.
    """
    texts = chosen_texts(corpus)
    if not texts:
        return None
    row_of = {text: i for i, text in enumerate(texts)}
    places = {row.id: i for i, row in enumerate(passages) if row.kind is PassageKind.LINE}
    ids = [practice.id for collection in corpus.collections for practice in collection.practices]
    position = {name: i for i, name in enumerate(ids)}
    offered = np.bincount(
        [position[passages[i].practice] for i in places.values()], minlength=len(ids)
    )
    statements: list[int] = []
    practices: list[int] = []
    lines: list[int] = []
    judgments: list[int] = []
    for collection in corpus.collections:
        for row in collection.lessons:
            for practice, chosen in row.lines.items():
                lines += [places[f"{practice}/{line}"] for line in chosen]
                judgments += [len(practices)] * len(chosen)
                statements.append(row_of[plain(row.text)])
                practices.append(position[practice])
    usual = len(lines) / int(offered[practices].sum())
    return Choices(
        vectors=documents(texts),
        statements=np.array(statements, np.int64),
        practices=np.array(practices, np.int64),
        lines=np.array(lines, np.int64),
        judgments=np.array(judgments, np.int64),
        usual=usual,
    )
