"""The rule that a quotation is a quotation: each line stands word for word in a source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from recueil_qa.errors import Problem
from recueil_qa.faults import excerpt
from recueil_qa.practice_file import PracticeFile, read_line

# Below it, two lines have little in common.
NEAR = 70
# Looking for the nearest line takes time, and a file of another booklet would need it everywhere.
MAX_HINTS = 20


@dataclass(frozen=True)
class Sources:
    """The texts of a collection's sources, by the name of their file."""

    texts: dict[str, str]

    @cached_property
    def flat(self) -> str:
        """All of it as quotations are checked against it."""
        return flatten("\n".join(self.texts.values()))

    @cached_property
    def rows(self) -> list[tuple[str, int, str]]:
        """Every line that says something: file, line number, text."""
        return [
            (name, number, line)
            for name, text in self.texts.items()
            for number, raw in enumerate(text.split("\n"), 1)
            if (line := read_line(raw, 0).text)
        ]

    def nearest(self, text: str) -> tuple[str, int, str] | None:
        """Return the line most like a text, if any is like it."""
        from rapidfuzz import fuzz, process

        lines = [line for _, _, line in self.rows]
        found = process.extractOne(text, lines, scorer=fuzz.ratio, score_cutoff=NEAR)
        return self.rows[found[2]] if found else None


def flatten(text: str) -> str:
    """Return a source as quotations are checked against it: no list marks, single spaces."""
    return " ".join(" ".join(read_line(line, 0).text for line in text.split("\n")).split())


def misquotations(found: PracticeFile, path: Path, sources: Sources) -> list[Problem]:
    """Return a problem for each line of a practice that isn't word for word in a source."""
    problems: list[Problem] = []
    for section in found.practice.sections:
        for line in section.lines:
            if line.text in sources.flat:
                continue
            near = sources.nearest(line.text) if len(problems) < MAX_HINTS else None
            said_fr, said_en = _said(near)
            problems.append(
                Problem(
                    path,
                    found.rows[section.name, line.number],
                    "ligne qui n'est pas mot pour mot dans la source : "
                    f"« {excerpt(line.text)} » ; reprenez le texte de la source{said_fr}, ou, "
                    "seulement si la pratique n'est pas du recueil, dites d'où elle vient : "
                    "« source: … » dans l'en-tête",
                    f"line that is not word for word in the source: '{excerpt(line.text)}'; "
                    f"take the source's wording{said_en}, or, only if the practice is not of the "
                    "booklet, say where it comes from: 'source: …' in the front matter",
                )
            )
    return problems


def _said(near: Sequence[object] | None) -> tuple[str, str]:
    if near is None:
        return "", ""
    name, number, text = near
    return (
        f" ({name}, ligne {number} : « {excerpt(text, 160)} »)",
        f" ({name}, line {number}: '{excerpt(text, 160)}')",
    )
