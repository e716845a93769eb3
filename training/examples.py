"""What the encoder learns from: anchors (texts that ask) with the texts that answer them.

Anchors are the collection's questions and its judged statements. A pair is drawn anew in every
epoch: half of the time the anchor goes with a passage of a practice that helps, half of the time
with another question of that practice. A question that one line answers goes with that line, and
a line beside it as a hard negative.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from recueil_qa.statements import Statement
from recueil_qa.types import Passage, PassageKind
from training.noise import noisy

NOISY = 0.15  # share of anchors given slips of the keyboard


@dataclass(frozen=True)
class Anchor:
    """A text that asks; `line` is the id of the passage that answers it, if one does."""

    text: str
    grades: dict[str, int]
    line: str = ""
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True)
class Column:
    """A candidate answer in a batch, its practice, and the line that it is or asks for."""

    text: str
    practice: str
    line: str = ""


@dataclass(frozen=True)
class Batch:
    """Anchors, each with its answer at the same place; hard negatives come after the answers."""

    anchors: list[Anchor]
    asked: list[str]
    columns: list[Column]

    def mask(self) -> list[list[bool]]:
        """Return (anchors, columns): the columns that may count as wrong answers, or are right."""
        return [
            [
                place == row or self._wrong(anchor, column)
                for place, column in enumerate(self.columns)
            ]
            for row, anchor in enumerate(self.anchors)
        ]

    @staticmethod
    def _wrong(anchor: Anchor, column: Column) -> bool:
        if column.practice not in anchor.grades:
            return True
        # Within its practice, only another line than the one that answers is known to be wrong.
        return bool(anchor.line and column.line and column.line != anchor.line)


@dataclass
class Examples:
    """All anchors, and the passages of each practice to draw answers from."""

    anchors: list[Anchor]
    texts: dict[str, list[Passage]] = field(default_factory=lambda: defaultdict(list))
    questions: dict[str, list[Passage]] = field(default_factory=lambda: defaultdict(list))
    lines: dict[str, Passage] = field(default_factory=dict)

    @classmethod
    def gather(
        cls,
        passages: Sequence[Passage],
        statements: Sequence[Statement],
        held_out: frozenset[str] = frozenset(),
    ) -> Examples:
        """Gather the examples; nothing of, or judged useful from, `held_out` practices is used."""
        found = cls([])
        allowed = {
            row.text: row for row in statements if row.grades and not held_out & set(row.grades)
        }
        for row in allowed.values():
            wrong = tuple(name for name in row.wrong if name not in held_out)
            found.anchors.append(Anchor(row.text, row.grades, wrong=wrong))
        for passage in passages:
            if passage.practice in held_out:
                continue
            if passage.kind is PassageKind.QUESTION:
                judged = passage.is_statement
                if judged and (passage.grade < 2 or passage.text not in allowed):
                    continue
                found.questions[passage.practice].append(passage)
                if not judged:
                    grades = {passage.practice: 2}
                    found.anchors.append(Anchor(passage.text, grades, passage.answer))
            else:
                found.texts[passage.practice].append(passage)
                if passage.kind is PassageKind.LINE:
                    found.lines[passage.id] = passage
        return found

    def epoch(self, size: int, rng: random.Random) -> Iterator[Batch]:
        """Yield batches of up to `size` anchors, no two with an answer from one practice."""
        queues: dict[str, list[Anchor]] = defaultdict(list)
        for anchor in self.anchors:
            names, weights = zip(*anchor.grades.items(), strict=True)
            queues[rng.choices(names, weights)[0]].append(anchor)
        for queue in queues.values():
            rng.shuffle(queue)
        # The longest queues first, so that the last batches are not of two practices.
        while left := [name for name in sorted(queues) if queues[name]]:
            rng.shuffle(left)
            chosen = sorted(left, key=lambda name: -len(queues[name]))[:size]
            rng.shuffle(chosen)
            if len(chosen) < min(size, len(queues)) // 4 + 1:
                return
            yield self._batch([(name, queues[name].pop()) for name in chosen], rng)

    def _batch(self, drawn: list[tuple[str, Anchor]], rng: random.Random) -> Batch:
        answers = [self._answer(name, anchor, rng) for name, anchor in drawn]
        hard = [
            negative
            for (_, anchor), answer in zip(drawn, answers, strict=True)
            if (negative := self._hard_negative(anchor, answer, rng))
        ]
        asked = [
            noisy(anchor.text, rng) if rng.random() < NOISY else anchor.text for _, anchor in drawn
        ]
        return Batch([anchor for _, anchor in drawn], asked, answers + hard)

    def _answer(self, name: str, anchor: Anchor, rng: random.Random) -> Column:
        others = [q for q in self.questions[name] if q.text != anchor.text]
        if rng.random() < 0.5 and others:
            twins = [q for q in others if anchor.line and q.answer == anchor.line]
            passage = rng.choice(twins or others)
            return Column(passage.embedded, name, passage.answer)
        passage = self.lines[anchor.line] if anchor.line else rng.choice(self.texts[name])
        return Column(passage.embedded, name, line_of(passage))

    def _hard_negative(self, anchor: Anchor, answer: Column, rng: random.Random) -> Column | None:
        if anchor.line and answer.line == anchor.line:
            siblings = [
                line
                for line in self.texts[answer.practice]
                if line.kind is PassageKind.LINE and line.id != anchor.line
            ]
            if siblings:
                passage = rng.choice(siblings)
                return Column(passage.embedded, passage.practice, passage.id)
        wrong = [name for name in anchor.wrong if name in self.texts]
        if wrong:
            name = rng.choice(wrong)
            passage = rng.choice(self.questions[name] + self.texts[name])
            return Column(passage.embedded, name, line_of(passage))
        return None


def line_of(passage: Passage) -> str:
    """Return the id of the line that a passage is, or is a question about; "" if neither."""
    return passage.id if passage.kind is PassageKind.LINE else passage.answer
