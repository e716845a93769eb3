from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recueil_qa.arrays import Positions
from recueil_qa.encoding.encoder import Vectors
from recueil_qa.index import embedded
from recueil_qa.index.embedded import GRAPH_SHARE, EmbeddedEngine, best
from recueil_qa.index.engine import fused
from recueil_qa.index.passages import FACT, KINDS, Facts
from recueil_qa.index.postings import Postings, write_postings
from recueil_qa.index.vectors import (
    FlatVectors,
    VectorGraph,
    owners_of,
    read_graph,
    write_graph,
    write_vectors,
)
from recueil_qa.types import FACETS, Filters, PassageKind, Practice
from tests.support.large import only
from tests.support.oracles import brute_force
from tests.support.vectors import drawn

PRACTICES, OWN = 60, 7  # passages of each: a title, three lines, three questions
QUESTIONS = 3
SIZE = PRACTICES * OWN
LISTED = 12

EVERYTHING = Filters()
WIDE = only(theme="Accueil|Écrit", sector="commune")
NARROW = only(organisation="Mairie 3")
ONE = only(organisation="Mairie 3", theme="Accueil")
NOBODY = only(theme="Inconnu")
APART = only(theme="Accueil", part="Ailleurs")


@dataclass
class Asked(VectorGraph):
    """A graph that remembers what it was asked for."""

    graph: VectorGraph
    counts: list[int] = field(default_factory=list)

    def nearest_passages(self, vector: Vectors, count: int) -> Positions:
        self.counts.append(count)
        return self.graph.nearest_passages(vector, count)


@dataclass(frozen=True)
class Made:
    """What an engine is made of, to be searched in plain Python too."""

    vectors: Vectors
    documents: list[list[str]]
    facts: Facts
    practices: list[Practice]
    flat: FlatVectors
    postings: Postings
    graphs: tuple[VectorGraph, VectorGraph]

    def engine(self, graphs: tuple[VectorGraph, VectorGraph] | None = None) -> EmbeddedEngine:
        return EmbeddedEngine(self.flat, self.postings, self.facts, self.practices, graphs)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Sixty practices whose texts share few words, and some of whose passages say the same."""
    folder, draw = tmp_path_factory.mktemp("engine"), np.random.default_rng(5)
    practices = [
        Practice(
            f"p{i:02}",
            "petit",
            "",
            (),
            theme=("Accueil", "Écrit", "Moyens")[i % 3],
            sector="commune" if i % 5 else "caisse",
            organisation=f"Mairie {i // 6}",
            part="Ailleurs" if i % 3 else "",
        )
        for i in range(PRACTICES)
    ]
    facts = np.zeros(SIZE, FACT)
    facts["practice"] = np.repeat(np.arange(PRACTICES), OWN)
    kinds = [PassageKind.TITLE, *[PassageKind.LINE] * 3, *[PassageKind.QUESTION] * QUESTIONS]
    facts["kind"] = [KINDS.index(kind) for kind in kinds] * PRACTICES
    vectors, documents = drawn(SIZE), draw.choice([*"abcdefgh"], (SIZE, 5)).tolist()
    for place in range(0, SIZE, 11):  # said twice, a question as well as a line
        other = (place + OWN * int(draw.integers(1, 9))) % SIZE
        vectors[other], documents[other] = vectors[place], documents[place]
    met: dict[bytes, int] = {}
    facts["first"] = [met.setdefault(vector.tobytes(), i) for i, vector in enumerate(vectors)]
    write_vectors(folder / "vectors.faiss", vectors.shape[1], [vectors])
    write_postings(folder / "bm25", documents)
    graphs = []
    questions = facts["kind"] == KINDS.index(PassageKind.QUESTION)
    for name, kept in (("questions", questions), ("text", ~questions)):
        owned: dict[bytes, list[int]] = defaultdict(list)
        for place in np.flatnonzero(kept).tolist():
            owned[vectors[place].tobytes()].append(place)
        write_graph(folder / f"{name}.faiss", vectors, [np.array(own) for own in owned.values()])
        graphs.append(read_graph(folder / f"{name}.faiss", len(owned), vectors.shape[1], 512))
    assert len(graphs[0]) < PRACTICES * QUESTIONS
    return Made(
        vectors,
        documents,
        facts,
        practices,
        FlatVectors(folder / "vectors.faiss", SIZE, vectors.shape[1]),
        Postings.load(folder / "bm25", SIZE),
        (graphs[0], graphs[1]),
    )


@pytest.fixture(autouse=True)
def _few_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "LISTED", LISTED)


def plain_candidates(
    made: Made, vector: Vectors, stems: Sequence[str], count: int, filters: Filters
) -> list[int]:
    """Reciprocal-rank fusion of three lists, in plain Python."""
    accepted = [i for i, practice in enumerate(made.practices) if filters.accepts(practice)]
    if filters and len(accepted) <= count:
        return accepted
    owners = made.facts["practice"].tolist()
    rows = [i for i in range(SIZE) if owners[i] in set(accepted)]
    asked = [i for i in rows if i % OWN >= OWN - QUESTIONS]
    told = [i for i in rows if i % OWN < OWN - QUESTIONS]
    cosines = [
        sum(a * b for a, b in zip(row, vector.tolist(), strict=True))
        for row in made.vectors.tolist()
    ]
    known = [stem for stem in stems if any(stem in document for document in made.documents)]
    words = [round(score, 9) for score in brute_force(made.documents, known)]
    scores: dict[int, float] = defaultdict(float)
    for listed, by in (
        (asked, cosines),
        (told, cosines),
        ([i for i in asked if words[i] > 0], words),
    ):
        ranked = sorted(listed, key=lambda i: (-by[i], i))[:LISTED]
        for rank, passage in enumerate(ranked, 1):
            scores[passage] += 1 / (60 + rank)
    order = sorted(scores, key=lambda passage: (-scores[passage], passage))
    return list(dict.fromkeys(owners[passage] for passage in order))[:count]


Query = tuple[Vectors, list[str]]
STEMS: tuple[list[str], ...] = (
    ["a"],
    ["b", "h"],
    [],
    ["zz"],
    ["c", "zz"],
    ["d"],
    ["g"],
    ["e", "f"],
)
QUERIES: tuple[Query, ...] = tuple(zip(drawn(8, seed=23), STEMS, strict=True))


@pytest.mark.parametrize("filters", [EVERYTHING, WIDE, NARROW, ONE, NOBODY, APART])
@pytest.mark.parametrize("count", [1, 5, 40])
@pytest.mark.parametrize("with_graphs", [False, True])
def test_candidates_are_those_of_the_fusion_written_out(
    made: Made, filters: Filters, count: int, with_graphs: bool
) -> None:
    engine = made.engine(made.graphs if with_graphs else None)
    for vector, stems in QUERIES:
        found = engine.candidates(vector, stems, count, filters)
        assert found.tolist() == plain_candidates(made, vector, stems, count, filters)
        assert found.dtype == np.int64


def test_the_filters_above_are_what_they_are_called(made: Made) -> None:
    kept = {
        name: sum(map(filters.accepts, made.practices))
        for name, filters in (
            ("wide", WIDE),
            ("narrow", NARROW),
            ("one", ONE),
            ("nobody", NOBODY),
            ("apart", APART),
        )
    }
    assert kept == {"wide": 32, "narrow": 6, "one": 2, "nobody": 0, "apart": 0}
    assert kept["narrow"] / PRACTICES < GRAPH_SHARE < kept["wide"] / PRACTICES


def test_a_practice_whose_questions_say_it_comes_first(made: Made) -> None:
    engine = made.engine()
    for place in (5, 6 + 7 * 20, 4 + 7 * 59):
        found = engine.candidates(made.vectors[place], made.documents[place], 3, EVERYTHING)
        assert place // OWN in found[:2].tolist()


def test_graphs_are_searched_only_where_enough_passes_the_filters(made: Made) -> None:
    watched = Asked(made.graphs[0]), Asked(made.graphs[1])
    engine = made.engine(watched)
    vector, stems = QUERIES[0]
    for filters, counts in (
        (EVERYTHING, [LISTED]),
        (WIDE, [int(2 * LISTED * PRACTICES / 32)]),  # 32 of 60 practices, all of one size
        (NARROW, []),
        (ONE, []),
        (NOBODY, []),
    ):
        engine.candidates(vector, stems, 3, filters)
        assert [graph.counts for graph in watched] == [counts, counts]
        for graph in watched:
            graph.counts.clear()


def test_few_enough_practices_are_all_candidates(made: Made) -> None:
    engine = made.engine(made.graphs)
    vector, stems = QUERIES[0]
    assert engine.candidates(vector, stems, 6, NARROW).tolist() == [18, 19, 20, 21, 22, 23]
    assert len(engine.candidates(vector, stems, 5, NARROW)) == 5
    assert engine.candidates(vector, stems, 2, ONE).tolist() == [18, 21]
    for filters in (NOBODY, APART):
        assert engine.candidates(vector, stems, 40, filters).tolist() == []


@pytest.mark.parametrize("facet", FACETS)
def test_every_facet_filters(made: Made, facet: str) -> None:
    values = sorted({getattr(practice, facet) for practice in made.practices} - {""})
    engine = made.engine()
    for value in values:
        held = [i for i, each in enumerate(made.practices) if getattr(each, facet) == value]
        filters = only(**{facet: value})
        assert engine.candidates(*QUERIES[0], PRACTICES, filters).tolist() == held
        assert {*engine.candidates(*QUERIES[1], 5, filters).tolist()} <= {*held}


SPANS = ([(0, SIZE)], [(0, 1)], [(7, 14), (14, 21), (100, 117)], [(419, 420)])


@pytest.mark.parametrize("rows", SPANS)
def test_scores_of_spans_are_slices_of_those_of_all(
    made: Made, rows: list[tuple[int, int]]
) -> None:
    engine, spans, everywhere = made.engine(), np.array(rows), np.array([[0, SIZE]])
    at = [i for start, end in rows for i in range(start, end)]
    for vector, stems in QUERIES:
        whole = engine.cosines(vector, everywhere)
        np.testing.assert_array_equal(engine.cosines(vector, spans), whole[at])
        np.testing.assert_allclose(whole, made.vectors @ vector, atol=1e-6)
        words = engine.words(stems, everywhere)
        assert words.shape == (len(stems), SIZE)
        np.testing.assert_array_equal(engine.words(stems, spans), words[:, at])
    np.testing.assert_array_equal(engine.vectors(spans), made.vectors[at])


def test_the_words_of_all_are_those_of_the_formula(made: Made) -> None:
    engine, everywhere = made.engine(), np.array([[0, SIZE]])
    found = engine.words(["a", "h", "zz"], everywhere)
    for row, stem in zip(found, ("a", "h"), strict=False):
        np.testing.assert_allclose(row, brute_force(made.documents, [stem]), rtol=1e-5)
    assert found[2].tolist() == [0.0] * SIZE
    assert [engine.knows(stem) for stem in ("a", "zz", "")] == [True, False, False]


def test_stems_that_nobody_has_change_no_candidate(made: Made) -> None:
    engine = made.engine()
    vector = QUERIES[0][0]
    without = engine.candidates(vector, [], 20, EVERYTHING).tolist()
    assert engine.candidates(vector, ["zz", "yy"], 20, EVERYTHING).tolist() == without
    assert engine.candidates(vector, ["a", "zz"], 20, EVERYTHING).tolist() != without
    assert (
        engine.candidates(vector, ["a", "zz"], 20, EVERYTHING).tolist()
        == engine.candidates(vector, ["a"], 20, EVERYTHING).tolist()
    )


def test_practices_that_nothing_tells_apart_stand_in_their_order(made: Made) -> None:
    # A query without any direction is as near to every passage as to any other.
    nowhere = np.zeros(made.vectors.shape[1], np.float32)
    found = made.engine().candidates(nowhere, [], 40, EVERYTHING).tolist()
    assert found == plain_candidates(made, nowhere, [], 40, EVERYTHING) == [0, 1, 2, 3]


def test_threads_get_the_candidates_that_one_gets(made: Made) -> None:
    engine, fresh = made.engine(made.graphs), made.engine(made.graphs)
    cases = [(query, filters) for query in QUERIES for filters in (EVERYTHING, WIDE, NARROW)] * 3

    def asked(one: EmbeddedEngine) -> Callable[[tuple[Query, Filters]], list[int]]:
        return lambda case: one.candidates(case[0][0], case[0][1], 5, case[1]).tolist()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(asked(fresh), cases)) == list(map(asked(engine), cases))


repeatable = settings(max_examples=100, deadline=None, derandomize=True)


@given(
    st.lists(st.tuples(st.sampled_from([-1.0, 0.0, 0.25, 0.5, 2.0]), st.booleans()), max_size=12),
    st.integers(1, 6),
    st.sampled_from([-np.inf, 0.0, 0.25]),
)
@repeatable
def test_the_best_are_those_of_a_stable_sort(
    rows: list[tuple[float, bool]], count: int, above: float
) -> None:
    scores = np.array([score for score, _ in rows], np.float32)
    kept = np.array([keep for _, keep in rows], bool)
    expected = sorted(
        (i for i, (score, keep) in enumerate(rows) if keep and score > above),
        key=lambda i: -rows[i][0],
    )[:count]
    assert best(scores, kept, count, above).tolist() == expected


def test_reciprocal_ranks_are_summed_by_passage_and_not_by_practice() -> None:
    owners = np.array([0, 0, 1, 2, 2])
    lists = [np.array([0, 2]), np.array([3, 2]), np.array([1, 4])]
    # 2: two second ranks, 1/62 + 1/62; 0, 3 and 1: one first rank, 1/61, in their order.
    assert fused(lists, owners, 3).tolist() == [1, 0, 2]
    assert fused(lists, owners, 2).tolist() == [1, 0]
    # Two passages of one practice, each in one list, win nothing together.
    apart = [np.array([0, 2]), np.array([1, 2])]
    assert fused(apart, owners, 3).tolist() == [1, 0]
    nothing = np.zeros(0, np.int64)
    assert fused([nothing, np.array([4]), nothing], owners, 3).tolist() == [2]
    assert fused([nothing] * 3, owners, 3).tolist() == []


@pytest.mark.parametrize(("rank", "first"), [(60, 150), (61, 150), (62, 0), (63, 0)])
def test_twice_at_rank_61_is_worth_more_than_once_the_first(rank: int, first: int) -> None:
    # 2 / (60 + 61) is more than 1 / (60 + 1), and 2 / (60 + 62) the same, in their order.
    one, two = np.arange(rank), np.arange(70, 70 + rank)
    one[-1] = two[-1] = 150
    assert fused([one, two], np.arange(151), 1).tolist() == [first]


def test_the_owners_of_a_graph_are_beside_it() -> None:
    assert owners_of(Path("build/questions.faiss")) == Path("build/questions.npy")
