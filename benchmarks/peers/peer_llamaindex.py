"""LlamaIndex: a vector index and a BM25 retriever, fused by reciprocal ranks."""

from __future__ import annotations

from pathlib import Path

from llama_index.core import StorageContext, VectorStoreIndex, load_index_from_storage
from llama_index.core.llms import MockLLM
from llama_index.core.retrievers import QueryFusionRetriever
from llama_index.core.schema import TextNode
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.retrievers.bm25 import BM25Retriever
from sentence_transformers import SentenceTransformer

from benchmarks.peers import verbs
from benchmarks.peers.verbs import FLOAT32, MODEL, PASSAGES, Found, Search, Watch


def model() -> HuggingFaceEmbedding:
    return HuggingFaceEmbedding(
        model_name=MODEL,
        query_instruction="query: ",
        text_instruction="passage: ",
        embed_batch_size=32,
        device="cpu",
        model_kwargs=FLOAT32,
    )


def build(documents: list[dict[str, str]], folder: Path) -> None:
    nodes = [
        TextNode(
            id_=row["id"],
            text=row["text"],
            metadata={"practice": row["practice"]},
            excluded_embed_metadata_keys=["practice"],
        )
        for row in documents
    ]
    index = VectorStoreIndex(nodes, embed_model=model())
    index.storage_context.persist(str(folder / "vectors"))
    # Its defaults. A French stemmer and stop words, which are not saved with it, rank no better:
    # nDCG@10 0.80 for 0.80 over all texts, 0.55 for 0.60 over the booklet.
    words = BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=min(PASSAGES, len(nodes)))
    words.persist(str(folder / "words"))


def load(folder: Path) -> Search:
    storage = StorageContext.from_defaults(persist_dir=str(folder / "vectors"))
    index = load_index_from_storage(storage, embed_model=model())
    words = BM25Retriever.from_persist_dir(str(folder / "words"))
    retriever = QueryFusionRetriever(
        [index.as_retriever(similarity_top_k=PASSAGES), words],
        llm=MockLLM(),  # one query: nothing is asked of it
        mode="reciprocal_rerank",
        similarity_top_k=PASSAGES,
        num_queries=1,
        use_async=False,
    )

    def search(question: str) -> list[Found]:
        found = retriever.retrieve(question)
        return [Found(row.metadata["practice"], row.text) for row in found]

    return search


if __name__ == "__main__":
    verbs.main(build, load, lambda: Watch(SentenceTransformer, "encode"))
