"""This project, which is built and asked cold by its own command; only warm questions are here.

python -m benchmarks.peers.peer_recueil measure CORPUS INDEX QUERIES ROUNDS TARGET
python -m benchmarks.peers.peer_recueil forward CORPUS INDEX QUERIES ROUNDS TARGET
python -m benchmarks.peers.peer_recueil transformers CORPUS INDEX QUERIES ROUNDS TARGET
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.peers import verbs
from benchmarks.peers.verbs import FLOAT32, MODEL, WARMING, Watch
from recueil_qa.assistant import Assistant

Encode = Callable[[str], object]
TOP = 10


def forward(assistant: Assistant) -> Encode:
    """Return the tokens and the forward pass of the encoder that answers, and nothing else."""
    encoder = assistant.load_encoder()
    return lambda text: encoder.encode_query([text])


def transformers(_: Assistant) -> Encode:
    """Return the same weights through sentence-transformers."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(MODEL, device="cpu", model_kwargs=FLOAT32, local_files_only=True)
    return lambda text: model.encode_query([text])


def in_turns(
    ask: Encode, encode: Encode, queries: list[dict[str, str]], rounds: int
) -> dict[str, list[float]]:
    """Time two works in turns, query by query; which one is first alternates."""
    took: dict[str, list[float]] = {"ask": [], "encode": []}
    works = {"ask": ask, "encode": encode}
    for query in queries[:WARMING]:
        for work in works.values():
            work(query["text"])
    for turn in range(rounds):
        for place, query in enumerate(queries):
            names = ("ask", "encode") if (turn + place) % 2 else ("encode", "ask")
            for name in names:
                started = time.perf_counter()
                works[name](query["text"])
                took[name].append(time.perf_counter() - started)
    return took


def main() -> None:
    verb, corpus, index, file, rounds, target = sys.argv[1:]
    assistant = Assistant.open(corpus=Path(corpus), index=Path(index))
    queries = verbs.read(file)
    if verb == "measure":
        watch = Watch(type(assistant.load_encoder()), "encode_query")

        def search(text: str) -> list[str]:
            return [hit.practice.id for hit in assistant.ask(text, top=TOP).hits]

        found = verbs.measure(search, watch, queries, int(rounds))
    else:
        encode = {"forward": forward, "transformers": transformers}[verb](assistant)
        found = in_turns(assistant.ask, encode, queries, int(rounds))
    verbs.write(target, found)


if __name__ == "__main__":
    main()
