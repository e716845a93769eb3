"""The values that travel through the package, whole and frozen.

Scores are "higher is better" everywhere. Line numbers count from 1 within a section.
"""

from __future__ import annotations

from recueil_qa.answer_types import (
    NEAREST,
    Answer,
    Block,
    Card,
    Citation,
    Evidence,
    LinePair,
    Neighbour,
    PracticeHit,
    Reading,
)
from recueil_qa.corpus_types import (
    EVERYTHING,
    FACETS,
    Alias,
    CollectionInfo,
    Filters,
    Line,
    MapPoint,
    Passage,
    PassageKind,
    Practice,
    Question,
    Section,
    SectionInfo,
)

__all__ = [
    "EVERYTHING",
    "FACETS",
    "NEAREST",
    "Alias",
    "Answer",
    "Block",
    "Card",
    "Citation",
    "CollectionInfo",
    "Evidence",
    "Filters",
    "Line",
    "LinePair",
    "MapPoint",
    "Neighbour",
    "Passage",
    "PassageKind",
    "Practice",
    "PracticeHit",
    "Question",
    "Reading",
    "Section",
    "SectionInfo",
]
