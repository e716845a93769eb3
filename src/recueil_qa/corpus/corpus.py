"""The collections of a corpus, as they were read and found valid."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from recueil_qa.corpus.collection import CollectionConfig
from recueil_qa.corpus.statements import Statement
from recueil_qa.types import Practice, Question


@dataclass(frozen=True)
class Collection:
    """One validated collection; practices by id, questions by practice then language."""

    path: Path
    config: CollectionConfig
    practices: tuple[Practice, ...]
    questions: tuple[Question, ...]
    statements: tuple[Statement, ...] = ()
    learnt: tuple[Statement, ...] = ()  # from only, not searched

    @cached_property
    def questions_by_practice(self) -> dict[str, list[Question]]:
        grouped: dict[str, list[Question]] = {}
        for question in self.questions:
            grouped.setdefault(question.practice, []).append(question)
        return grouped

    @cached_property
    def statements_by_practice(self) -> dict[str, list[Statement]]:
        grouped: dict[str, list[Statement]] = {}
        for statement in self.statements:
            for practice in statement.grades:
                grouped.setdefault(practice, []).append(statement)
        return grouped

    @cached_property
    def lessons(self) -> tuple[Statement, ...]:
        """All judged statements, those that are searched first."""
        return self.statements + self.learnt

    @cached_property
    def unanswered(self) -> tuple[str, ...]:
        """The statements that were judged to have no answer here."""
        return tuple(row.text for row in self.statements if not row.grades)


@dataclass(frozen=True)
class Corpus:
    """All collections, and the SHA-256 of every byte that was read for them."""

    collections: tuple[Collection, ...]
    hash: str
