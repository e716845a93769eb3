"""Which builds get a graph over their vectors, and how well it finds what is nearest.

A small collection is searched exactly, which is quicker there. Of a large one, a graph is built
over the questions and another over the rest, each vector once; and its recall is measured against
exact search, with texts that are in neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt

from recueil_qa.encoding.encoder import Encoder, Vectors
from recueil_qa.errors import RecallError
from recueil_qa.index import files
from recueil_qa.index.kinds import BuiltFaiss
from recueil_qa.index.passages import Facts, of_kind
from recueil_qa.index.vectors import ROWS, FlatVectors, VectorGraph, read_graph, write_graph
from recueil_qa.messages import Text
from recueil_qa.types import Passage, PassageKind

EXACT = 50_000  # passages up to which every vector is compared
RECALL = 0.99  # of the ten nearest, on the whole, or the build is refused
NEAREST = 10  # as the name of the recall in the manifest says
HELD_OUT = 200  # texts
BREADTHS = (256, 384, 512, 768, 1024, 1536, 2048)


def write_graphs(
    folder: Path, rows: Sequence[Passage], facts: Facts, dimension: int, encoder: Encoder
) -> BuiltFaiss:
    """Write the graphs of a build whose vectors are written; return what the manifest keeps.

    None for a build that is searched exactly.

    Raises:
        RecallError: no breadth of search finds what exact search does, often enough.
    """
    if len(rows) <= EXACT:
        return BuiltFaiss(name="faiss")
    flat = FlatVectors(folder / files.VECTORS, len(rows), dimension)
    asked = of_kind(facts, PassageKind.QUESTION)

    def made(name: str, kept: npt.NDArray[np.bool_]) -> VectorGraph:
        places = np.flatnonzero(kept)
        firsts = facts["first"][places]
        order = np.argsort(firsts, kind="stable")
        apart = np.flatnonzero(np.diff(firsts[order])) + 1
        owned = np.split(places[order], apart) if len(places) else []
        path = folder / f"{name}.faiss"
        write_graph(path, flat.all, owned)
        return read_graph(path, len(owned), dimension, BREADTHS[0], len(rows))

    with ThreadPoolExecutor(2) as pool:
        opened = [*pool.map(made, files.GRAPHS, (asked, ~asked))]
    queries = encoder.encode_query(held_out(rows))
    breadth, recall = _choose(flat, opened, queries)
    questions, text = map(len, opened)
    return BuiltFaiss(
        name="faiss",
        questions=questions,
        text=text,
        breadth=breadth,
        recall=recall,
        queries=len(queries),
    )


def held_out(rows: Sequence[Passage]) -> list[str]:
    """Return texts that ask for what is there in other words: halves of passages, spread evenly."""
    spread = np.linspace(0, len(rows) - 1, HELD_OUT).astype(int).tolist()
    halves = [(rows[place].text.split(), place) for place in dict.fromkeys(spread)]
    return [" ".join(words[: max(1, len(words) // 2)]) for words, _ in halves]


def _choose(
    flat: FlatVectors, opened: Sequence[VectorGraph], queries: Vectors
) -> tuple[int, float]:
    """Return the least breadth of search that reaches the recall, and the lower recall of both."""
    edges = [_edges(flat, graph, queries) for graph in opened]
    recalls = []
    for breadth in BREADTHS:
        found = []
        for graph, edge in zip(opened, edges, strict=True):
            graph.breadth = breadth
            found.append(recall(graph, queries, edge))
        recalls.append(min(found))
        if recalls[-1] >= RECALL:
            return breadth, round(recalls[-1], 4)
    raise RecallError(
        Text(
            f"la recherche approchée ne trouve que {max(recalls):.1%} des {NEAREST} plus proches "
            f"(il en faut {RECALL:.0%}) ; l'index en service n'a pas changé",
            f"the approximate search finds only {max(recalls):.1%} of the {NEAREST} nearest "
            f"({RECALL:.0%} are needed); the index in service has not changed",
        ),
        Text(
            "RECUEIL_EXACT=true recueil-qa build, qui compare tout, plus lentement",
            "RECUEIL_EXACT=true recueil-qa build, which compares everything, more slowly",
        ),
    )


def _edges(flat: FlatVectors, graph: VectorGraph, queries: Vectors) -> Vectors:
    """Return the inner product of the last of the nearest vectors, exactly, for each query."""
    nearest = min(NEAREST, len(graph))
    if not nearest:
        return np.zeros(len(queries), np.float32)
    firsts = graph.passages[graph.bounds[:-1]]
    best = np.full((len(queries), nearest), -np.inf, np.float32)
    for start in range(0, len(firsts), ROWS):
        products = queries @ flat.all[firsts[start : start + ROWS]].T
        best = np.partition(np.hstack([best, products]), -nearest)[:, -nearest:]
    return np.asarray(best[:, 0])


def recall(graph: VectorGraph, queries: Vectors, edges: Vectors, slack: float = 1e-3) -> float:
    """Return the share of the nearest vectors that a graph finds.

    One as near as the last of them counts, within the `slack` of half precision.
    """
    nearest = min(NEAREST, len(graph))
    if not nearest:
        return 1.0
    found = [
        np.count_nonzero(graph.nearest(query, NEAREST)[1] >= edge - slack)
        for query, edge in zip(queries, edges, strict=True)
    ]
    return float(np.mean(np.minimum(found, nearest)) / nearest)
