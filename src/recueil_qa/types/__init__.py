"""The values that travel through the package, whole and frozen.

Scores are "higher is better" everywhere. Line numbers count from 1 within a section.
"""

from __future__ import annotations

from recueil_qa.types.answers import (
    NEAREST,
    PRACTICES,
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
from recueil_qa.types.bands import Band, band_words
from recueil_qa.types.corpus import (
    EVERYTHING,
    FACETS,
    Alias,
    CollectionInfo,
    FacetInfo,
    Filters,
    Line,
    MapPoint,
    Order,
    Passage,
    PassageKind,
    Practice,
    Question,
    Section,
    SectionInfo,
)
from recueil_qa.types.facts import Fact, own_facts

__all__ = [
    "EVERYTHING",
    "FACETS",
    "NEAREST",
    "PRACTICES",
    "Alias",
    "Answer",
    "Band",
    "Block",
    "Card",
    "Citation",
    "CollectionInfo",
    "Evidence",
    "FacetInfo",
    "Fact",
    "Filters",
    "Line",
    "LinePair",
    "MapPoint",
    "Neighbour",
    "Order",
    "Passage",
    "PassageKind",
    "Practice",
    "PracticeHit",
    "Question",
    "Reading",
    "Section",
    "SectionInfo",
    "band_words",
    "own_facts",
]
