"""The engine of a Milvus server: it scores passages, and draws candidates from all of them.

Texts, practices and the vocabulary stay in the files of the build; so do the words of a server
that is too old to have sparse vectors.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from recueil_qa.arrays import Positions, Scores
from recueil_qa.encoding.encoder import Vectors
from recueil_qa.errors import EngineError
from recueil_qa.index.embedded import best
from recueil_qa.index.engine import LISTED, RANK_WEIGHT, FacetMasks, first_owners, fused
from recueil_qa.index.kinds import BuiltMilvus
from recueil_qa.index.milvus.client import Server, fused_request
from recueil_qa.index.milvus.store import SPARSE
from recueil_qa.index.milvus.tables import VECTOR, check_collection, unfit, why
from recueil_qa.index.passages import Facts, of_kind
from recueil_qa.index.postings import Postings
from recueil_qa.index.spans import Spans, of_owners, positions, whole
from recueil_qa.messages import Text
from recueil_qa.types import FACETS, Filters, PassageKind, Practice

MOST = 16_384  # passages that a server returns at once
WITH_VECTORS = 4_096  # that are asked for at once with their vectors: 6 MB
LOOKING = 1.0  # seconds that it may take to find out why a question failed
ESCAPED = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n", "\r": r"\r", "\t": r"\t"})

Hits = tuple[Positions, Scores]


class MilvusEngine:
    """The search over the collection of one build; see `engine.Engine`."""

    def __init__(
        self,
        server: Server,
        built: BuiltMilvus,
        dimension: int,
        postings: Postings,
        facts: Facts,
        practices: Sequence[Practice],
    ) -> None:
        self._server, self._postings, self._facets = server, postings, FacetMasks(practices)
        self._collection, self._sparse = built.collection, built.sparse
        self._breadth, self._dimension = built.breadth, dimension
        self._owners = np.asarray(facts["practice"])
        self._is_question = of_kind(facts, PassageKind.QUESTION)
        self._spans = of_owners(self._owners, len(practices))

    def cosines(self, vector: Vectors, spans: Spans) -> Scores:
        wanted = positions(spans)
        found = np.full(len(wanted), np.nan, np.float32)
        for count, kept in self._requests(spans, MOST):
            for hits in self._search(VECTOR, [vector], kept, count):
                _put(found, wanted, *hits)
        # A graph passes some by.
        lost = wanted[np.isnan(found)]
        if len(lost):
            _put(found, wanted, lost, self.vectors(np.column_stack([lost, lost + 1])) @ vector)
        return found

    def words(self, stems: Sequence[str], spans: Spans) -> Scores:
        # As exact as the server's own sparse vectors, which draw candidates, and here already.
        return self._postings.scores(stems, spans)

    def candidates(
        self, vector: Vectors, stems: Sequence[str], count: int, filters: Filters
    ) -> Positions:
        accepted = self._facets.accepted(filters)
        if filters and accepted.sum() <= count:
            return np.flatnonzero(accepted)
        known = self._known(filters)
        asked, told = (_expression(filters, f"question == {it}{known}") for it in ("true", "false"))
        if not self._sparse:
            lists = [
                _ranked(*hits)
                for kept in (asked, told)
                for hits in self._search(VECTOR, [vector], kept, LISTED)
            ]
            words = self._postings.scores(stems, whole(len(self._owners))).sum(axis=0)
            questions = self._is_question & accepted[self._owners]
            lists.append(best(words, questions, LISTED, above=0))
            return fused(lists, self._owners, count)
        searches: list[tuple[str, Any, str]] = [(VECTOR, vector, asked), (VECTOR, vector, told)]
        numbers = Counter(self._postings.number(stem) for stem in stems)
        query = {number: float(times) for number, times in numbers.items() if number is not None}
        if query:
            searches.append((SPARSE, query, asked))
        (hits,) = self._do(
            "hybrid_search",
            **fused_request(
                [
                    {"anns_field": field, "data": [sought], "expr": kept, "limit": LISTED,
                     "param": self._how(field, LISTED)}
                    for field, sought, kept in searches
                ],
                RANK_WEIGHT,
            ),
            limit=LISTED * len(searches),
        )  # fmt: skip
        return first_owners(self._owners[_ranked(*_arrays(hits))], count)

    def _known(self, filters: Filters) -> str:
        """Return the expression of what passes the facets of collections, which stay here."""
        if not filters.facets:
            return ""
        kept = np.flatnonzero(self._facets.accepted(Filters(facets=filters.facets)))
        return f" and practice in {kept.tolist()}"

    def vectors(self, spans: Spans) -> Vectors:
        wanted = positions(spans)
        found = np.full((len(wanted), self._dimension), np.nan, np.float32)
        for count, kept in self._requests(spans, WITH_VECTORS):
            rows = self._do("query", filter=kept, limit=count, output_fields=["id", VECTOR])
            places = np.array([row["id"] for row in rows], np.int64)
            vectors = np.array([row[VECTOR] for row in rows], np.float32)
            _put(found, wanted, places, vectors.reshape(-1, self._dimension))
        if np.isnan(found).any():
            raise unfit(
                self._server.address,
                self._collection,
                Text("a perdu des passages", "has lost passages"),
            )
        return found

    def knows(self, stem: str) -> bool:
        return self._postings.knows(stem)

    def _requests(self, spans: Spans, most: int) -> Iterator[tuple[int, str]]:
        """Yield how many passages to ask for at once, and the expression that they pass.

        All those of the practices that the spans touch: naming each would make a long expression.
        """
        practices = np.unique(self._owners[positions(spans)])
        whole = positions(self._spans[practices])
        for start in range(0, len(whole), most):
            own = whole[start : start + most]
            kept = f"id >= {own[0]} and id <= {own[-1]}"
            if own[-1] - own[0] >= len(own):  # others stand between
                kept += f" and practice in {np.unique(self._owners[own]).tolist()}"
            yield len(own), kept

    def _search(self, field: str, sought: Sequence[Any], kept: str, count: int) -> list[Hits]:
        found = self._do(
            "search",
            anns_field=field,
            data=list(sought),
            filter=kept,
            limit=count,
            search_params=self._how(field, count),
        )
        return [_arrays(hits) for hits in found]

    def _how(self, field: str, count: int) -> dict[str, Any]:
        parameters: dict[str, float] = {}
        if field == SPARSE:
            parameters["drop_ratio_search"] = 0.0
        elif self._breadth:
            parameters["ef"] = max(self._breadth, count)
        return {"metric_type": "IP", "params": parameters}

    def _do(self, name: str, **given: Any) -> Any:
        """Ask the server; a build never changes, so that any replica will do.

        Without `output_fields`, milvus-lite returns every field.
        """
        given = {"output_fields": ["id"], "consistency_level": "Eventually", **given}
        try:
            return self._server.do(name, self._collection, **given)
        except EngineError as error:
            if reason := why(Server(self._server.address, LOOKING), self._collection):
                raise reason from error
            raise


def open_milvus(
    built: BuiltMilvus,
    dimension: int,
    postings: Postings,
    facts: Facts,
    practices: Sequence[Practice],
) -> MilvusEngine:
    """Open the collection of a build, after checking that it is whole.

    Raises:
        EngineError: the server doesn't answer, is another version, or doesn't have it whole.
    """
    check_collection(built, dimension, len(facts))
    server = Server(built.address)
    return MilvusEngine(server, built, dimension, postings, facts, practices)


def _expression(filters: Filters, kept: str) -> str:
    """Return the expression of what passes filters, and is of a kind."""
    parts = [kept]
    for facet in FACETS:
        if values := sorted(getattr(filters, facet)):
            listed = ", ".join(f'"{value.translate(ESCAPED)}"' for value in values)
            parts.append(f"{facet} in [{listed}]")
    return " and ".join(parts)


def _arrays(hits: Any) -> Hits:
    return np.array(hits.ids, np.int64), np.array(hits.distances, np.float32)


def _ranked(places: Positions, scores: Scores) -> Positions:
    """Return positions best first; ties in order, as the server's own come in any."""
    return places[np.lexsort((places, -scores))]


def _put(found: npt.NDArray[np.float32], wanted: Positions, places: Positions, values: Any) -> None:
    """Put values where their passages stand among those wanted, if they do."""
    at = np.searchsorted(wanted, places)
    known = at < len(wanted)
    known[known] = wanted[at[known]] == places[known]
    found[at[known]] = values[known]
