"""Judged statements on the collection `petit`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

# Judged statements for `write_corpus`: two with answers, one of them in two practices; two without.
STATEMENTS: tuple[Mapping[str, object], ...] = (
    {
        "id": "s001",
        "lang": "fr",
        "register": "courriel",
        "text": "On renvoie les familles d'un **service** à l'autre",
        "grades": {"petit-p1": 2, "petit-p3": 1},
    },
    {
        "id": "s002",
        "lang": "en",
        "text": "The same callers ring again and again",
        "grades": {"petit-p2": 2},
        "not": ["petit-p3"],
    },
    {"id": "s003", "lang": "fr", "text": "Le parking déborde", "grades": {}},
    {"id": "s004", "lang": "en", "text": "The **roof** leaks", "grades": {}, "not": ["petit-p1"]},
)

# What `lessons` tell of each practice of `petit`, and of what none answers.
TOLD = {
    "petit-p1": "habitants ballottés entre guichets",
    "petit-p2": "standard téléphonique débordé",
    "petit-p3": "courriers administratifs illisibles",
    "": "parking toiture pelouse",
}


def lessons(each: int = 6) -> list[dict[str, object]]:
    """Return judged statements: so many of each practice of `petit`, and of nothing."""
    return [
        {
            "id": f"{practice or 'none'}-{i}",
            "lang": "fr",
            "text": f"{told} cas{i}",
            "grades": {practice: 2} if practice else {},
        }
        for practice, told in TOLD.items()
        for i in range(each)
    ]


def write_lessons(folder: Path, rows: Sequence[Mapping[str, object]], name: str = "more") -> Path:
    """Write judged statements that a collection only learns from; return their file."""
    path = folder / "statements" / f"{name}.jsonl"
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows), "utf-8")
    return path
