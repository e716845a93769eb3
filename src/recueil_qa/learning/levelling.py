"""The level of "nothing here" of each collection without heads, found at build, for any encoder.

`nothing.json` holds questions in both languages that no collection of good practices answers: far
from any office, and of the life of offices (a passport, a pay scale, the lift). Each is scored
against the collection as a query is, less its likeness to the others, its translation left out.
Above most of them practices may answer, above nearly all they do. What the collection says itself,
its titles and first lines, must not be refused: asked without the line that they are, they bound
both. A few short texts, which say too little for that, are nearer to lone words than to questions,
even to letters typed at random: there such letters are among what queries are compared with.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from recueil_qa.analysis.passages import plain
from recueil_qa.analysis.query import guess_language
from recueil_qa.arrays import Scores
from recueil_qa.corpus.corpus import Collection, Corpus
from recueil_qa.encoding.encoded_once import Lookup
from recueil_qa.encoding.encoder import Vectors
from recueil_qa.index.levels import LIKE_NOTHING, Level, Levels, likeness
from recueil_qa.search.nearness import evidence, nearness, told
from recueil_qa.search.pooling import Pool
from recueil_qa.types import Passage, PassageKind

REFUSED = 0.925  # of what nothing answers, what is below the level of nothing
UNSURE = 0.985  # and what is below that of an answer
OWN_KEPT, OWN_SURE = 0.95, 0.75  # of what the collection says itself, what is above these
OWN = 100  # titles, and first lines, of a collection
LEAST = 20  # of these for their quantiles to tell anything
ROWS = 8_192  # passages compared at once
MEANINGLESS = (
    "aaaa", "kkk", "abcdef", "azerty", "qsdfgh", "wxcv", "hjkl", "jfkdls", "uiop uiop", "vrrt",
    "bdrf klm", "xpt zkd", "gnark blurg", "mlkj qsd fgh", "ghgh", "zxcvb", "fdsq rez", "tyui",
    "dddd ff", "poiu lkjh",
)  # fmt: skip


Kept = TypeVar("Kept")


@dataclass(frozen=True)
class Refused:
    """A question that nothing answers; `twin` is the number of the same one, or a like one."""

    text: str
    language: str
    twin: int


@dataclass(frozen=True)
class _Own:
    """What a collection says itself, as a query: its text, and the passages that it stands in."""

    text: str
    left_out: frozenset[str]


@cache
def refused_questions() -> tuple[Refused, ...]:
    """Return the questions that are shipped, those in French first, each with its twin."""
    text = files("recueil_qa.learning").joinpath("nothing.json").read_text("utf-8")
    kinds = json.loads(text)
    rows = [(lang, each) for lang, own in kinds.items() for part in own.values() for each in part]
    half = len(rows) // 2
    return tuple(Refused(each, lang, (i + half) % len(rows)) for i, (lang, each) in enumerate(rows))


def collection_levels(
    corpus: Corpus,
    passages: Sequence[Passage],
    documents: Lookup,
    queries: Lookup,
    learnt: frozenset[str],
) -> Levels:
    """Return the levels of the collections that have no heads (`learnt` names those that do).

    `documents` and `queries` return the vectors of texts as such.
    """
    collections = [each for each in corpus.collections if each.config.id not in learnt]
    several = len(corpus.collections) > 1
    if not collections and not several:
        return Levels()
    refused = refused_questions()
    vectors = queries([plain(each.text) for each in refused])
    letters = queries([plain(text) for text in MEANINGLESS])
    found, beside = {}, {}
    for collection in corpus.collections:
        ids = {practice.id for practice in collection.practices}
        own = [row for row in passages if row.practice in ids]
        name = collection.config.id
        if name not in learnt:
            found[name] = _level(collection, own, documents, queries, vectors)
        if several:
            beside[name] = _beside(own, documents, vectors)
    return Levels(found, beside, np.concatenate([vectors, letters]))


def _beside(passages: Sequence[Passage], documents: Lookup, vectors: Vectors) -> float:
    """Return what questions that nothing answers reach in a collection, on the scale of all."""
    text, asked = np.full(len(vectors), -1.0), np.full(len(vectors), -1.0)
    for start, end in _runs(passages):
        rows = passages[start:end]
        _, rest = _pools(rows, np.ones(len(rows), bool))
        cosines = vectors @ documents([row.embedded for row in rows]).T
        own = {row.practice for row in rows if row.kind is PassageKind.QUESTION}
        kept = [row.kind is PassageKind.QUESTION or row.practice not in own for row in rows]
        asked = np.maximum(asked, cosines[:, np.array(kept)].max(axis=1))
        near = [np.nanmax(told(rest, row)) for row in cosines]
        text = np.maximum(text, near)
    return evidence(float(text.mean()), float(asked.mean()))


def _level(
    collection: Collection,
    passages: Sequence[Passage],
    documents: Lookup,
    queries: Lookup,
    vectors: Vectors,
) -> Level:
    refused = refused_questions()
    said = own_questions(collection, passages)
    own = queries([plain(each.text) for each in said]) if said else vectors[:0]
    left_out = [frozenset[str]()] * len(refused) + [each.left_out for each in said]
    near = _nearest(passages, documents, np.concatenate([vectors, own]), left_out)
    others = vectors @ vectors.T
    np.fill_diagonal(others, -1)
    others[np.arange(len(refused)), [each.twin for each in refused]] = -1
    examples = [plain(text) for text in collection.unanswered]
    more = documents(examples) if examples else vectors[:0]
    cosines = np.concatenate([others, vectors @ more.T], axis=1)
    like = np.array([likeness(row) for row in cosines])
    reached = near[: len(refused)] - LIKE_NOTHING * like
    languages = np.array([guess_language(each.text) for each in refused])
    mean, deviation = {"": float(reached.mean())}, {"": float(reached.std())}
    for name in sorted({each.language for each in refused}):
        of_one = reached[np.array([each.language == name for each in refused])]
        mean[name], deviation[name] = float(of_one.mean()), float(of_one.std())
    level = Level(mean=mean, deviation=deviation, nothing=0, sure=0, compared=0)
    examined = np.concatenate([vectors, more])
    rows = zip(near[: len(refused)].tolist(), like.tolist(), languages.tolist(), strict=True)
    nothing = np.array([level.above(*row) for row in rows])
    known = examined @ own.T
    asks = [guess_language(each.text) for each in said]
    yes = np.array(
        [
            level.above(float(near[len(refused) + i]), likeness(known[:, i]), language)
            for i, language in enumerate(asks)
        ]
    )
    enough = len(yes) >= LEAST
    bounds = np.quantile(yes, [1 - OWN_KEPT, 1 - OWN_SURE]) if enough else (np.inf, np.inf)
    least, sure = np.quantile(nothing, [REFUSED, UNSURE])
    compared = len(refused) if enough else len(refused) + len(MEANINGLESS)
    found = {"nothing": float(min(least, bounds[0])), "sure": float(min(sure, bounds[1]))}
    return level.model_copy(update=found | {"compared": compared})


def own_questions(collection: Collection, passages: Sequence[Passage]) -> list[_Own]:
    """Return what a collection says itself, as queries: titles and first lines, evenly spread."""
    first: dict[str, Passage] = {}
    for row in passages:
        if row.kind is PassageKind.LINE and len(row.text.split()) > 2:
            first.setdefault(row.practice, row)
    titles = [_Own(p.title, frozenset({f"{p.id}/title"})) for p in collection.practices]
    lines = [_Own(row.text, _holding(row, passages)) for row in _spread([*first.values()])]
    return [*_spread(titles), *lines]


def _holding(line: Passage, passages: Sequence[Passage]) -> frozenset[str]:
    """Return the ids of the passages of its practice that a line stands in."""
    return frozenset(
        row.id
        for row in passages
        if row.practice == line.practice
        and row.kind in (PassageKind.LINE, PassageKind.SECTION)
        and line.text in row.text
    )


def _spread(rows: list[Kept]) -> list[Kept]:
    places = np.unique(np.linspace(0, len(rows) - 1, min(OWN, len(rows))).astype(int))
    return [rows[place] for place in places]


def _nearest(
    passages: Sequence[Passage],
    documents: Lookup,
    vectors: Vectors,
    left_out: Sequence[frozenset[str]],
) -> Scores:
    """Return for each query how near its nearest practice is, without the passages left out."""
    found = np.full(len(vectors), -1.0, np.float32)
    for start, end in _runs(passages):
        rows = passages[start:end]
        cosines = vectors @ documents([row.embedded for row in rows]).T
        places = {row.id: i for i, row in enumerate(rows)}
        pools = _pools(rows, np.ones(len(rows), bool))
        for number, (own, without) in enumerate(zip(cosines, left_out, strict=True)):
            out = [places[name] for name in without if name in places]
            kept = np.ones(len(rows), bool)
            kept[out] = False
            near = nearness(*(_pools(rows, kept) if out else pools), own)
            found[number] = max(found[number], np.nanmax(near, initial=-1.0))
    return found


def _pools(rows: Sequence[Passage], kept: npt.NDArray[np.bool_]) -> tuple[Pool, Pool]:
    numbers: dict[str, int] = {}
    owners = np.array([numbers.setdefault(row.practice, len(numbers)) for row in rows], np.int64)
    asked = np.array([row.kind is PassageKind.QUESTION for row in rows], bool)
    return Pool(asked & kept, owners, len(numbers)), Pool(~asked & kept, owners, len(numbers))


def _runs(passages: Sequence[Passage]) -> list[tuple[int, int]]:
    """Return runs of whole practices of about `ROWS` passages."""
    starts = [
        i for i, row in enumerate(passages) if not i or passages[i - 1].practice != row.practice
    ]
    runs, begun = [], 0
    for start in [*starts[1:], len(passages)]:
        if start - begun >= ROWS or start == len(passages):
            runs.append((begun, start))
            begun = start
    return runs
