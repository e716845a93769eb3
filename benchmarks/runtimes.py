"""Compare ONNX Runtime with torch, and ways to store the weights, on the shipped encoder.

    .venv/bin/python -m benchmarks runtimes        # about ten minutes on two cores

Times of the two runtimes are taken in turns, so that a busy machine slows both alike: compare them
within one result. The two full builds alone are timed once each, one after the other. Ways to
store: weights are quantised and restored (float16 at the end, finer than 8 bits), in a copy
of the model, computed by ONNX Runtime.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import safe_open
from safetensors.numpy import save_file

from benchmarks.generality import measure
from recueil_qa.analysis.passages import corpus_passages
from recueil_qa.builds.build import build_index
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.encoding.encoder import Encoder
from recueil_qa.encoding.runtimes import Runtime, open_encoder
from recueil_qa.index.opening import open_index
from training import export_onnx

ROOT = Path(__file__).resolve().parents[1]
MODEL = ROOT / "models" / "recueil-e5"
EVAL = ROOT / "eval"
TARGET = ROOT / "benchmarks" / "results" / f"runtimes-{version('recueil-qa')}.json"
RUNTIMES: tuple[Runtime, ...] = ("onnx", "torch")
LOAD = (
    "import time; started = time.perf_counter()\n"
    "from recueil_qa.encoding.runtimes import open_encoder\n"
    "encoder = open_encoder({model!r}, {runtime!r}); loaded = time.perf_counter()\n"
    "encoder.encode_query(['comment réduire les appels répétés ?'])\n"
    "first = time.perf_counter()\n"
    "import json, resource\n"
    "memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024\n"
    "print(json.dumps([loaded - started, first - loaded, memory]))\n"
)
Float32 = npt.NDArray[np.float32]


def in_turns(rounds: int, *works: Callable[[], object]) -> list[float]:
    """Return the median seconds of each of some works, run in turns."""
    took: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for work, times in zip(works, took, strict=True):
            started = time.perf_counter()
            work()
            times.append(time.perf_counter() - started)
    return [median(times) for times in took]


def loading(runtime: Runtime) -> list[float]:
    """Return seconds to import and load, seconds of the first query, and the peak memory in MB."""
    code = LOAD.format(model=str(MODEL), runtime=runtime)
    command = [sys.executable, "-c", code]
    ran = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    found: list[float] = json.loads(ran.stdout)
    return found


def asking(runtime: Runtime, index: Path) -> None:
    command = shutil.which("recueil-qa", path=str(Path(sys.executable).parent)) or "recueil-qa"
    arguments = [command, "ask", "how to reduce repeat calls?", "--index", str(index)]
    environment = os.environ | {"RECUEIL_RUNTIME": runtime}
    subprocess.run(arguments, cwd=ROOT, check=True, capture_output=True, env=environment)  # noqa: S603


def quantised(weights: Float32, block: int) -> Float32:
    """Return weights as 8 bits and a float16 scale a block keep them."""
    blocks = weights.reshape(-1, block)
    scales = (np.abs(blocks).max(axis=1, keepdims=True) / 127).astype(np.float16)
    scales[scales == 0] = 1
    restored = np.rint(blocks / scales.astype(np.float32)).clip(-127, 127) * scales
    return np.asarray(restored.reshape(weights.shape), np.float32)


def stored_otherwise(folder: Path, block: int | None) -> float:
    """Copy the model with its matrices quantised; None is a block a row. Return the size in MB."""
    shutil.copytree(MODEL, folder)
    size = 0.0
    for path in sorted(MODEL.glob("*.safetensors")):
        with safe_open(path, "numpy") as file:
            metadata = file.metadata()
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        for name, values in tensors.items():
            size += values.nbytes
            if values.ndim == 2:
                width = block or values.shape[1]
                size += values.size * (1 + 2 / width) - values.nbytes
                tensors[name] = quantised(values.astype(np.float32), width).astype(np.float16)
        save_file(tensors, folder / path.name, metadata=metadata)
    model = export_onnx.build(folder, 512)
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    return size / 1e6


def built(encoder: Encoder, root: Path) -> tuple[dict[str, object], float]:
    """Return the measures on `eval/` with an index of this encoder's, and its seconds to build."""
    started = time.perf_counter()
    build_index(root, read_corpus(ROOT / "corpus"), encoder)
    took = time.perf_counter() - started
    return measure(encoder, open_index(root), EVAL), took


def both_kinds(encoder: Encoder, texts: list[str]) -> tuple[Float32, Float32]:
    return encoder.encode_document(texts), encoder.encode_query(texts)


def cosines(
    encoder: Encoder, expected: tuple[Float32, Float32], texts: list[str]
) -> dict[str, float]:
    """Return how near two encoders' vectors are, as queries, as documents together and alone."""
    together, queries = both_kinds(encoder, texts)
    alone = np.concatenate([encoder.encode_document([text]) for text in texts])
    documents, queries = (together * expected[0]).sum(axis=1), (queries * expected[1]).sum(axis=1)
    return {
        "documents, least": round(float(documents.min()), 6),
        "documents, mean": round(float(documents.mean()), 6),
        "queries, least": round(float(queries.min()), 6),
        "vectors that differ alone and together": int((together != alone).any(axis=1).sum()),
    }


def sample() -> tuple[list[str], list[str]]:
    """Return 500 texts, short, long and longer than the model reads; and the queries of `eval/`."""
    corpus = read_corpus(ROOT / "corpus")
    texts = sorted({row.embedded for row in corpus_passages(corpus)})
    chosen = random.Random(11).sample(texts, 480)  # noqa: S311
    chosen += [" ".join(texts[place : place + 40]) for place in range(0, 800, 40)]
    lines = (EVAL / "queries.jsonl").read_text("utf-8").splitlines()
    return chosen, [json.loads(line)["text"] for line in lines]


def main() -> None:
    texts, queries = sample()
    result: dict[str, Any] = {
        "machine": {"cores": os.cpu_count(), "onnxruntime": version("onnxruntime")}
        | {"torch": version("torch")},
    }
    turns = [{runtime: loading(runtime) for runtime in RUNTIMES} for _ in range(5)]
    encoders = {runtime: open_encoder(str(MODEL), runtime) for runtime in RUNTIMES}
    expected = both_kinds(encoders["torch"], texts)
    result["parity, 500 texts"] = cosines(encoders["onnx"], expected, texts)
    works = [lambda e=e: e.encode_document(texts[:480:4]) for e in encoders.values()]
    sampled = in_turns(5, *works)
    asked = [
        in_turns(3, *(lambda e=e, q=q: e.encode_query([q]) for e in encoders.values()))
        for q in queries[:60]
    ]
    with tempfile.TemporaryDirectory() as scratch:
        places = {runtime: Path(scratch, runtime) for runtime in RUNTIMES}
        measured = {runtime: built(encoders[runtime], places[runtime]) for runtime in RUNTIMES}
        cold = in_turns(
            5,
            *(lambda r=r: asking(r, places[r]) for r in RUNTIMES),
        )
        for number, runtime in enumerate(RUNTIMES):
            loads = np.median([turn[runtime] for turn in turns], axis=0)
            result[runtime] = {
                "imports and load, seconds": round(float(loads[0]), 2),
                "first query, seconds": round(float(loads[1]), 3),
                "peak memory after it, MB": round(float(loads[2])),
                "recueil-qa ask, cold, seconds": round(cold[number], 2),
                "query, warm, median ms": round(1e3 * median(row[number] for row in asked), 1),
                "120 passages, seconds": round(sampled[number], 2),
                "full build, seconds": round(measured[runtime][1], 1),
                "eval": measured[runtime][0],
            }
        result["stored in 8 bits"] = {}
        for name, block in (("a scale a row", None), ("blocks of 64", 64), ("blocks of 32", 32)):
            folder = Path(scratch, f"model-{block}")
            size = stored_otherwise(folder, block)
            encoder = open_encoder(str(folder), "onnx")
            result["stored in 8 bits"][name] = {
                "MB": round(size, 1),
                "cosines": cosines(encoder, expected, texts),
                "eval": built(encoder, Path(scratch, f"index-{block}"))[0],
            }
    TARGET.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", "utf-8")
    print(TARGET.read_text("utf-8"))
