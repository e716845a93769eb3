"""The heads of each collection of a build: those that it ships, else fitted here.

Shipped heads (`heads.npz`, by `learn`) hold for one encoder. They hold too when a statement is
changed or a practice added, which they then don't know: learning anew takes minutes, so a build
does it only where a collection ships none for its encoder. A collection with few statements has
none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from recueil_qa.analysis.passages import corpus_passages, plain
from recueil_qa.corpus.corpus import Collection, Corpus
from recueil_qa.encoding.encoded_once import EncodedOnce, Lookup
from recueil_qa.encoding.encoder import Encoder
from recueil_qa.encoding.identity import without_runtime
from recueil_qa.errors import NotFoundError
from recueil_qa.index import heads
from recueil_qa.index.heads import SHIPPED, Heads
from recueil_qa.learning.calibrating import Near, Step, fit_heads
from recueil_qa.learning.fitting import LEAST, Lessons, key_of
from recueil_qa.messages import Text
from recueil_qa.types import Passage, PassageKind


class Judged(Protocol):
    """A statement to learn from; `group` is "" where it tells a problem of its own."""

    @property
    def text(self) -> str: ...
    @property
    def grades(self) -> dict[str, int]: ...
    @property
    def group(self) -> str: ...


OUTSIDE = 4.0  # what a statement of real people weighs, beside one written for the collection


def collection_heads(
    corpus: Corpus,
    encoder: Encoder,
    passages: Sequence[Passage],
    documents: Lookup,
    queries: Lookup,
    step: Step | None = None,
) -> dict[str, Heads]:
    """Return the heads of the collections that have some, by id.

    `documents` and `queries` return the vectors of texts as such; queries are asked for only where
    heads are fitted.
    """
    found = {}
    for collection in corpus.collections:
        model = without_runtime(encoder.id)
        shipped = shipped_heads(collection)
        if shipped and shipped.fit.encoder != model:
            shipped = None
        if shipped is None and _is_enough(collection):
            lessons = lessons_of(collection, collection.lessons, queries)
            near = near_of(collection, passages, documents)
            practices = [practice.id for practice in collection.practices]
            key = collection_key(collection)
            shipped, _, _ = fit_heads(model, key, practices, lessons, near, step=step)
        if shipped is not None:
            found[collection.config.id] = shipped
    return found


def learn(
    corpus: Corpus,
    collection: Collection,
    encoder: Encoder,
    outside: Sequence[Judged] = (),
    step: Step | None = None,
) -> Heads:
    """Return heads fitted on a collection's statements and on others, which are kept nowhere.

    Where these can judge (what is addressed among them, and what nothing answers, at least `LEAST`
    rows), chances are calibrated on them: they are what people here ask.

    Raises:
        NotFoundError: there is too little to learn from.
    """
    if not _is_enough(collection, outside):
        raise NotFoundError(
            Text(
                f"trop peu d'énoncés jugés dans {collection.path} : il en faut au moins {LEAST} "
                "qu'une pratique traite (note 2), et un auquel rien ne répond ({}) ; ajoutez-en, "
                "ou donnez --statements",
                f"too few judged statements in {collection.path}: at least {LEAST} that a practice "
                "addresses (grade 2) are needed, and one that nothing answers ({}); add some, or "
                "give --statements",
            )
        )
    queries, documents = EncodedOnce(encoder.encode_query), EncodedOnce(encoder.encode_document)
    lessons = lessons_of(collection, [*collection.lessons, *outside], queries)
    own = np.arange(len(lessons.weights)) < len(collection.lessons)
    lessons.weights[~own] = OUTSIDE
    can_judge = len(outside) >= LEAST and {0, 2} <= set(lessons.grades[~own].max(axis=1).tolist())
    heads, _, _ = fit_heads(
        without_runtime(encoder.id),
        collection_key(collection),
        [practice.id for practice in collection.practices],
        lessons,
        near_of(collection, corpus_passages(corpus), documents),
        outside=len(outside),
        judges=~own if can_judge else None,
        step=step,
    )
    return heads


def collection_key(collection: Collection) -> str:
    """Return what the heads of a collection are fitted on."""
    practices = [practice.id for practice in collection.practices]
    return key_of(practices, ([row.text, row.group, row.grades] for row in collection.lessons))


def is_outdated(collection: Collection) -> bool:
    """Return whether a collection ships heads that were learnt from other practices or statements.

    A file that can't be read is outdated too.
    """
    found = shipped_heads(collection)
    if found is None:
        return (collection.path / SHIPPED).is_file()
    return found.fit.key != collection_key(collection)


def lessons_of(
    collection: Collection, rows: Sequence[Judged], queries: Lookup, weight: float = 1.0
) -> Lessons:
    """Return statements as what heads are fitted on."""
    places = {practice.id: i for i, practice in enumerate(collection.practices)}
    grades = np.zeros((len(rows), len(places)), np.int8)
    for row, own in zip(rows, grades, strict=True):
        for practice, grade in row.grades.items():
            own[places[practice]] = grade
    return Lessons(
        vectors=queries([plain(row.text) for row in rows]),
        grades=grades,
        weights=np.full(len(rows), weight, np.float32),
        groups=groups_of(rows),
    )


def groups_of(rows: Iterable[Judged]) -> npt.NDArray[np.int64]:
    """Return a number for the group of each statement; one without is a group of its own."""
    names: dict[str, int] = {}
    return np.array([names.setdefault(_group(row), len(names)) for row in rows], np.int64)


def near_of(collection: Collection, passages: Sequence[Passage], documents: Lookup) -> Near:
    """Return what queries are compared with in the index of a collection."""
    lessons = collection.lessons
    groups = dict(
        zip((plain(row.text) for row in lessons), groups_of(lessons).tolist(), strict=True)
    )
    ids = {practice.id for practice in collection.practices}
    own = [row for row in passages if row.practice in ids]
    # As `Index.asked`: a practice that nobody wrote questions for is compared by its text.
    has_questions = {row.practice for row in own if row.kind is PassageKind.QUESTION}
    asked = [
        row for row in own if row.kind is PassageKind.QUESTION or row.practice not in has_questions
    ]
    texts = [row.embedded for row in asked]
    first = np.zeros(len(texts), bool)
    first[list({text: i for i, text in reversed(list(enumerate(texts)))}.values())] = True
    refused = [plain(text) for text in collection.unanswered]
    return Near(
        asked=documents(texts),
        asked_groups=np.array([groups.get(text, -1) for text in texts], np.int64),
        first=first,
        refused=documents(refused) if refused else documents(texts[:1])[:0],
        refused_groups=np.array([groups[text] for text in refused], np.int64),
    )


def _group(row: Judged) -> str:
    # No group's name has a space. What is encoded alike is one problem.
    return row.group or f" {plain(row.text)}"


def _is_enough(collection: Collection, outside: Sequence[Judged] = ()) -> bool:
    """Return whether there is something to learn: what helps, and what nothing helps with."""
    rows = (*collection.lessons, *outside)
    best = [max(row.grades.values(), default=0) for row in rows]
    return best.count(2) >= LEAST and 0 in best


def shipped_heads(collection: Collection) -> Heads | None:
    """Return the heads that a collection ships; None where there are none that can be read."""
    path = collection.path / SHIPPED
    try:
        return heads.load(path) if path.is_file() else None
    except (OSError, ValueError):  # damaged: fitted anew, as if they weren't there
        return None
