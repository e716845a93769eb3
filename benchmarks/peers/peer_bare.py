"""A bare script: sentence-transformers and an exact FAISS index."""

from __future__ import annotations

import json
from pathlib import Path

import faiss
from sentence_transformers import SentenceTransformer

from benchmarks.peers import verbs
from benchmarks.peers.verbs import FLOAT32, MODEL, PASSAGES, Found, Search, Watch


def model() -> SentenceTransformer:
    return SentenceTransformer(MODEL, device="cpu", model_kwargs=FLOAT32)


def build(documents: list[dict[str, str]], folder: Path) -> None:
    vectors = model().encode_document([row["text"] for row in documents])
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    faiss.write_index(index, str(folder / "vectors.faiss"))
    kept = [[row["practice"], row["text"]] for row in documents]
    (folder / "texts.json").write_text(json.dumps(kept), "utf-8")


def load(folder: Path) -> Search:
    encoder = model()
    index = faiss.read_index(str(folder / "vectors.faiss"))
    texts = [Found(*row) for row in json.loads((folder / "texts.json").read_text("utf-8"))]

    def search(question: str) -> list[Found]:
        _, places = index.search(encoder.encode_query([question]), min(PASSAGES, len(texts)))
        return [texts[place] for place in places[0]]

    return search


if __name__ == "__main__":
    verbs.main(build, load, lambda: Watch(SentenceTransformer, "encode"))
