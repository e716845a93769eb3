"""Haystack: in-memory BM25 and embedding retrievers, joined by reciprocal ranks."""

from __future__ import annotations

from pathlib import Path

from haystack import Document, Pipeline
from haystack.components.joiners import DocumentJoiner
from haystack.components.retrievers.in_memory import (
    InMemoryBM25Retriever,
    InMemoryEmbeddingRetriever,
)
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersDocumentEmbedder,
    SentenceTransformersTextEmbedder,
)
from sentence_transformers import SentenceTransformer

from benchmarks.peers import verbs
from benchmarks.peers.verbs import FLOAT32, MODEL, PASSAGES, Found, Search, Watch

STORE = "store.json"


def build(documents: list[dict[str, str]], folder: Path) -> None:
    embedder = SentenceTransformersDocumentEmbedder(
        model=MODEL, prefix="passage: ", progress_bar=False, model_kwargs=FLOAT32
    )
    rows = [
        Document(id=row["id"], content=row["text"], meta={"practice": row["practice"]})
        for row in documents
    ]
    store = InMemoryDocumentStore()
    store.write_documents(embedder.run(documents=rows)["documents"])
    store.save_to_disk(str(folder / STORE))


def load(folder: Path) -> Search:
    store = InMemoryDocumentStore.load_from_disk(str(folder / STORE))
    pipeline = Pipeline()
    pipeline.add_component(
        "embedder",
        SentenceTransformersTextEmbedder(
            model=MODEL, prefix="query: ", progress_bar=False, model_kwargs=FLOAT32
        ),
    )
    pipeline.add_component("meaning", InMemoryEmbeddingRetriever(store, top_k=PASSAGES))
    pipeline.add_component("words", InMemoryBM25Retriever(store, top_k=PASSAGES))
    pipeline.add_component(
        "joiner", DocumentJoiner(join_mode="reciprocal_rank_fusion", top_k=PASSAGES)
    )
    pipeline.connect("embedder.embedding", "meaning.query_embedding")
    pipeline.connect("meaning", "joiner")
    pipeline.connect("words", "joiner")

    def search(question: str) -> list[Found]:
        given = {"embedder": {"text": question}, "words": {"query": question}}
        return [
            Found(row.meta["practice"], row.content)
            for row in pipeline.run(given)["joiner"]["documents"]
        ]

    return search


if __name__ == "__main__":
    verbs.main(build, load, lambda: Watch(SentenceTransformer, "encode"))
