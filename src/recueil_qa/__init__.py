"""Offline semantic search and quoted answers over collections of best practices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recueil_qa.assistant import Assistant
    from recueil_qa.errors import RecueilError
    from recueil_qa.search.searcher import Searcher
    from recueil_qa.settings import Settings
    from recueil_qa.types import (
        Answer,
        Citation,
        CollectionInfo,
        Filters,
        MapPoint,
        Neighbour,
        Practice,
        PracticeHit,
    )

_HOMES = {
    "Answer": "types",
    "Assistant": "assistant",
    "Citation": "types",
    "CollectionInfo": "types",
    "Filters": "types",
    "MapPoint": "types",
    "Neighbour": "types",
    "Practice": "types",
    "PracticeHit": "types",
    "RecueilError": "errors",
    "Searcher": "search.searcher",
    "Settings": "settings",
}

__all__ = [
    "Answer",
    "Assistant",
    "Citation",
    "CollectionInfo",
    "Filters",
    "MapPoint",
    "Neighbour",
    "Practice",
    "PracticeHit",
    "RecueilError",
    "Searcher",
    "Settings",
]


def __getattr__(name: str) -> Any:
    """Import on first use: `recueil-qa --help` must not wait for pydantic and NumPy."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
