"""Whether the lines that a card quotes first are those that a careful reader would quote.

    .venv/bin/python -m benchmarks quoted-lines [--replies FILE --texts FILE]…

- `left out`: over the judged statements of the collection, each left out with its group: whether
  the first quoted line of the practice is one that its judge chose;
- `--replies`, a file of somebody else's choices (id, practices: [{practice, lines: [ids]}]),
  practices best first, of which three count), with `--texts`, the file of these queries ({"id",
  "text"}): the same, over all of them and over those practices that the search has first.

Each with what readers chose (`choices`), and without. Such files stay outside of the project; the
result goes into `benchmarks/results/`, with counts alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
import numpy as np

from benchmarks.first_screen import shown
from recueil_qa.analysis.passages import plain
from recueil_qa.analysis.query import searchable
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.encoding.encoder import Encoder
from recueil_qa.index.choices import no_choices
from recueil_qa.index.opened import Index
from recueil_qa.search.answering import score_lines
from recueil_qa.search.cards import cards
from recueil_qa.search.retrieval import rank_practices, score_query
from recueil_qa.search.scope import Scope
from recueil_qa.search.scored import Scored
from recueil_qa.search.searcher import Searcher
from recueil_qa.settings import Settings, load_settings

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "benchmarks" / "results" / f"quoted-lines-{version('recueil-qa')}.json"
PRACTICES = 3  # of a reply
LIMIT = 2_000


@dataclass(frozen=True)
class Chosen:
    """A query, and the lines that somebody chose of practices (passage ids), by practice id."""

    text: str
    lines: dict[str, frozenset[str]]
    group: str = ""


def of_collection(settings: Settings) -> list[Chosen]:
    """Return the statements of all collections that note lines."""
    return [
        Chosen(
            row.text,
            {
                practice: frozenset(f"{practice}/{line}" for line in lines)
                for practice, lines in row.lines.items()
            },
            row.group or row.id,
        )
        for collection in read_corpus(settings.corpus).collections
        for row in collection.lessons
        if row.lines
    ]


def of_replies(replies: Path, texts: Path) -> list[Chosen]:
    """Return the choices of a file of replies, whose queries another file has."""
    asked = {row["id"]: row["text"] for row in rows_of(texts)}
    return [
        Chosen(
            asked[row["id"]],
            {each["practice"]: frozenset(each["lines"]) for each in row["practices"][:PRACTICES]},
        )
        for row in rows_of(replies)
        if row["practices"] and row["id"] in asked
    ]


def rows_of(path: Path) -> Iterator[dict[str, Any]]:
    return map(json.loads, path.read_text("utf-8").splitlines())


def measured(index: Index, encoder: Encoder, rows: Iterable[Chosen]) -> dict[str, Any]:
    """Return how often the first quoted line is one that was chosen, with choices and without."""
    found: dict[str, dict[str, list[float]]] = {
        name: {"first quoted": [], "any quoted": [], "first quoted, first practice": []}
        for name in ("with choices", "without")
    }
    groups = groups_of(index, rows := [*rows])
    for row in rows:
        others = index.choices
        if row.group:
            others = others.of(groups[others.statements] != row.group)
        for name, choices in (("with choices", others), ("without", no_choices(encoder.dimension))):
            seen = replace(index, choices=choices)
            scored = score_query(Scope(seen), encoder, searchable(row.text, LIMIT))
            add(found[name], scored, row)
    return {
        name: {key: {"of": len(kept), **shown(kept)} for key, kept in values.items() if kept}
        for name, values in found.items()
    }


def add(values: dict[str, list[float]], scored: Scored, row: Chosen) -> None:
    lines = score_lines(scored)
    hits = rank_practices(scored, len(scored.practices))
    wanted = [hit for hit in hits if hit.practice.id in row.lines]
    for card in cards(scored, lines, wanted):
        chosen = row.lines[card.practice.id]
        told = [line.passage in chosen for line in card.quoted]
        values["first quoted"].append(float(told[0]))
        values["any quoted"].append(float(any(told)))
        if card.practice.id == hits[0].practice.id:
            values["first quoted, first practice"].append(float(told[0]))


def groups_of(index: Index, rows: Iterable[Chosen]) -> np.ndarray[Any, Any]:
    """Return the group of each statement of the index's choices, "" of those that `rows` lack."""
    by_text = {plain(row.text): row.group for row in rows}
    groups = [by_text.get(text, "") for text in dict.fromkeys(by_text)]
    count = len(index.choices.vectors)
    return np.array(groups if len(groups) == count else [""] * count)


@click.command()
@click.option("--replies", multiple=True, type=click.Path(exists=True, path_type=Path))
@click.option("--texts", multiple=True, type=click.Path(exists=True, path_type=Path))
def main(replies: tuple[Path, ...], texts: tuple[Path, ...]) -> None:
    """Measure the quoted lines of the index that serves."""
    settings = load_settings(home=ROOT)
    searcher = Searcher.open(settings)
    encoder = searcher.load_encoder()
    found = {"left out": measured(searcher.index, encoder, of_collection(settings))}
    for reply, asked in zip(replies, texts, strict=True):
        found[reply.stem] = measured(searcher.index, encoder, of_replies(reply, asked))
    TARGET.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    print(json.dumps(found, indent=2))
