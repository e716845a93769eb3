"""The numbers of one training of the encoder; a checkpoint of another recipe isn't resumed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """`questions` and `texts` are drawn of each practice; `hold_out` practices are never seen."""

    epochs: int = 5
    batch: int = 96
    questions: int = 6
    texts: int = 4
    slips: float = 0.1  # share of anchors as a hurried hand types them
    best_questions: int = 3  # that a practice is scored by
    best_texts: int = 2
    text_weight: float = 0.5  # of a text beside a question, in the score of a practice
    head_weight: float = 0.5  # of the loss of the head, beside that of the practices
    line_weight: float = 0.5
    answered_weight: float = 0.5  # of "does anything answer", in the loss of the head
    hidden: int = 256
    dropout: float = 0.3  # in the head
    temperature: float = 0.05
    learning_rate: float = 1e-4
    head_rate: float = 1e-3
    warm_up: float = 0.1
    weight_decay: float = 0.01
    query_tokens: int = 128
    passage_tokens: int = 96
    hold_out: tuple[str, ...] = ()
