"""Show that trimming the vocabulary alone changes no ranking.

    .venv/bin/python -m benchmarks trimming        # after `make train`, which makes both encoders

Ranks the passages of the collection (all that are not statements) for every query of `eval/` with
multilingual-e5-small whole and trimmed, in float32, and compares cosines and orders.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np

from recueil_qa.analysis.passages import corpus_passages
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.encoding.torch_encoder import SentenceTransformerEncoder
from training.train_encoder import WORK, base_encoder

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "benchmarks" / "results" / f"trimming-{version('recueil-qa')}.json"
SAME = 1e-5  # cosines nearer than this are a tie: float32 sums in another order


def main() -> None:
    trimmed = SentenceTransformerEncoder(str(base_encoder(WORK)))
    whole = SentenceTransformerEncoder(str(WORK / "multilingual-e5-small"))
    rows = [p for p in corpus_passages(read_corpus(ROOT / "corpus")) if not p.is_statement]
    files = ("queries", "advice", "unanswerable")
    asked = {
        name: [
            json.loads(line)["text"]
            for line in (ROOT / "eval" / f"{name}.jsonl").read_text("utf-8").splitlines()
        ]
        for name in files
    }
    documents = [
        encoder.encode_document([p.embedded for p in rows]) for encoder in (whole, trimmed)
    ]
    cosines = (documents[0] * documents[1]).sum(axis=1)
    result: dict[str, object] = {
        "passages": len(rows),
        "passages with another vector": int((cosines < 1 - SAME).sum()),
    }
    for name, texts in asked.items():
        before, after = (
            encoder.encode_query(texts) @ vectors.T
            for encoder, vectors in zip((whole, trimmed), documents, strict=True)
        )
        moved = [
            text
            for text, old, new in zip(texts, before, after, strict=True)
            if np.any(np.diff(new[np.argsort(-old, kind="stable")][:100]) > SAME)
        ]
        result[name] = {
            "queries": len(texts),
            "largest change of a cosine": round(float(np.abs(before - after).max()), 6),
            "queries whose first hundred change order": moved,
        }
    TARGET.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", "utf-8")
    print(TARGET.read_text("utf-8"))
