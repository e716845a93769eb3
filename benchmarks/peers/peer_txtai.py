"""txtai: a hybrid index that keeps the texts; its own pooling, which reads the model's prompts."""

from __future__ import annotations

from pathlib import Path

from txtai import Embeddings
from txtai.vectors import HFVectors

from benchmarks.peers import verbs
from benchmarks.peers.verbs import FLOAT32, MODEL, PASSAGES, Found, Search, Watch


def build(documents: list[dict[str, str]], folder: Path) -> None:
    embeddings = Embeddings(path=MODEL, hybrid=True, content=True, gpu=False, vectors=FLOAT32)
    embeddings.index((row["id"], row["text"], None) for row in documents)
    embeddings.save(str(folder / "index"))


def load(folder: Path) -> Search:
    embeddings = Embeddings()
    embeddings.load(str(folder / "index"))

    def search(question: str) -> list[Found]:
        found = embeddings.search(question, PASSAGES)
        return [Found(row["id"].partition("/")[0], row["text"]) for row in found]

    return search


if __name__ == "__main__":
    verbs.main(build, load, lambda: Watch(HFVectors, "encode"))
