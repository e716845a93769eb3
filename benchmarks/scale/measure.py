"""What one size of collection costs: to build, to keep open, to ask; and what its graph misses."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.scale.generated import ROOT, Composed, corpus, pieces
from recueil_qa.analysis.passages import corpus_passages
from recueil_qa.assistant import Assistant
from recueil_qa.builds.build import build_index
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.encoding.encoder import Progress, Vectors
from recueil_qa.encoding.runtimes import open_encoder
from recueil_qa.index import graphs, opening
from recueil_qa.index.opened import Index
from recueil_qa.search.retrieval import score, seek
from recueil_qa.search.scope import Scope
from recueil_qa.settings import Settings
from recueil_qa.types import Filters

ENCODER = str(ROOT / "models" / "recueil-e5")
ROUNDS = 3
COMPARED = 50  # queries that are scored against the whole as well
QUANTISED, PROBES = "IVF256,PQ48", 32  # 56 bytes a vector with its number
REAL = 20_000  # passages that are really encoded, to see what composing them changes


class Known:
    """The encoder of an index, with the vectors of some queries at hand."""

    def __init__(self, identity: str, vectors: dict[str, Vectors]) -> None:
        self.id, self._vectors = identity, vectors
        self.dimension = len(next(iter(vectors.values())))

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._vectors[text] for text in texts])

    def encode_document(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        raise NotImplementedError("it only answers")


def memory() -> dict[str, int]:
    """Return the memory of this process in MiB: now, of it mapped files, and at most (Linux)."""
    rows = dict(
        line.split(":", 1) for line in Path("/proc/self/status").read_text("utf-8").splitlines()
    )
    now, files, peak = (
        int(rows[name].split()[0]) // 1024 for name in ("VmRSS", "RssFile", "VmHWM")
    )
    return {"now": now, "of which mapped files": files, "at most": peak}


def composed(folder: Path) -> Composed:
    """Return the encoder of made passages; the vectors of their pieces are kept in a folder."""
    booklet = read_corpus(ROOT / "corpus").collections[0]
    given = [piece for each in pieces(booklet) for piece in each.all()]
    return Composed(open_encoder(ENCODER), given, folder)


def build(folder: Path, passages: int) -> dict[str, Any]:
    """Build a made collection into a folder."""
    encoder = composed(folder.parent)
    made = corpus(passages)
    before = memory()["now"]
    started = time.perf_counter()
    built = build_index(folder, made, encoder)
    took = time.perf_counter() - started
    sizes = {
        path.relative_to(built).as_posix(): path.stat().st_size
        for path in sorted(built.rglob("*"))
        if path.is_file()
    }
    return {
        "build without encoding, s": round(took, 1),
        "memory before the build, MiB": before,
        "memory of the build at most, MiB": memory()["at most"],
        "files of the build, MiB": sum(sizes.values()) // 2**20,
        "bytes of each file": sizes,
    }


def ask(folder: Path) -> dict[str, Any]:
    """Open a build and ask it the queries of eval/, their vectors known: the rest is measured."""
    rows = (ROOT / "eval" / "queries.jsonl").read_text("utf-8").splitlines()
    queries = [json.loads(row)["text"] for row in rows]
    encoder = open_encoder(ENCODER)
    bare = memory()["now"]
    started = time.perf_counter()
    opened = opening.open_index(folder)
    waited = time.perf_counter() - started
    sought = [seek(opened, encoder, query) for query in queries]
    known = Known(opened.manifest.encoder, {row.understood: row.vector for row in sought})
    assistant = Assistant(opened, Settings(home=ROOT, index=folder), known)
    for query in queries[:20]:
        assistant.ask(query)
    times = []
    for _ in range(ROUNDS):
        for query in queries:
            started = time.perf_counter()
            assistant.ask(query)
            times.append(time.perf_counter() - started)
    used = memory()
    found = {
        "passages": len(opened.facts),
        "practices": len(opened.practices),
        "engine": opened.manifest.engine.as_json(),
        "opening, s": round(waited, 2),
        "beyond the encoder, ms": {
            "median": round(median(times) * 1000, 2),
            "95 %": round(float(np.quantile(times, 0.95)) * 1000, 2),
        },
        "questions": len(times),
        "memory with the encoder alone, MiB": bare,
        "memory after the questions, MiB": used,
    }
    return found | compare(opened, sought[:: len(sought) // COMPARED][:COMPARED])


def compare(opened: Index, sought: Sequence[Any]) -> dict[str, Any]:
    """Compare the ten practices of the part of an index that is scored with those of the whole."""
    shares, firsts, all_of_it = [], [], Scope(opened)
    for each in sought:
        near = all_of_it.around(each.vector, [*each.stems], 10, Filters())
        found, whole = (
            [part.index.practices[i].id for i in score(part, each).ranking()[:10]]
            for part in (near, all_of_it)
        )
        shares.append(len({*found} & {*whole}) / len(whole))
        firsts.append(found[0] == whole[0])
    return {
        "queries compared with scoring every passage": len(sought),
        "share of its ten practices": round(float(np.mean(shares)), 4),
        "same first practice": round(float(np.mean(firsts)), 4),
    }


def fidelity(folder: Path) -> dict[str, Any]:
    """Compare made vectors with those that the encoder makes of the same texts."""
    encoder = composed(folder.parent)
    rows = corpus_passages(corpus(REAL))
    texts = list(dict.fromkeys(row.embedded for row in rows))
    real = open_encoder(ENCODER).encode_document([text.replace("⁂", "") for text in texts])
    queries = encoder.encode_query(graphs.held_out(rows))
    found: dict[str, Any] = {"texts": len(texts)}
    for name, vectors in (("encoded", real), ("composed", encoder.encode_document(texts))):
        products = -np.sort(-(queries @ vectors.T), axis=1)
        found[name] = {
            f"cosine of the nearest {rank}": round(float(products[:, rank - 1].mean()), 4)
            for rank in (1, 10, 100, 1000)
        }
        found[name] |= {
            f"recall@10 at breadth {breadth}": round(rate, 4)
            for breadth, rate in recalls(folder, vectors, queries).items()
        }
        found[name][f"recall@10 of {QUANTISED} ({PROBES} lists)"] = round(
            quantised(vectors, queries), 4
        )
    return found


def quantised(vectors: Vectors, queries: Vectors) -> float:
    """Return the recall of product quantisation in an inverted file, an eighth of it probed."""
    import faiss

    index: Any = faiss.index_factory(vectors.shape[1], QUANTISED, faiss.METRIC_INNER_PRODUCT)
    index.train(vectors)
    index.add(vectors)
    index.nprobe = PROBES
    _, found = index.search(queries, 10)
    exact = np.argsort(-(queries @ vectors.T), axis=1)[:, :10]
    hits = [len({*own} & {*true}) for own, true in zip(found, exact, strict=True)]
    return float(np.mean(hits)) / 10


def recalls(folder: Path, vectors: Vectors, queries: Vectors) -> dict[int, float]:
    """Return the recall of a graph over vectors, for several breadths of search."""
    from recueil_qa.index.vectors import read_graph, write_graph

    folder.mkdir(parents=True, exist_ok=True)
    owned = [np.array([place], np.int64) for place in range(len(vectors))]
    write_graph(folder / "graph.faiss", vectors, owned)
    edges = np.sort(queries @ vectors.T, axis=1)[:, -10]
    found = {}
    for breadth in (16, 64, 256):
        graph = read_graph(folder / "graph.faiss", len(vectors), vectors.shape[1], breadth)
        found[breadth] = graphs.recall(graph, queries, edges)
    return found
