"""Texts to unit vectors by ONNX Runtime, from the weights of the reference; loads no torch.

`model.onnx` holds the computation alone. Its weights are those of the `.safetensors` files beside
it, mapped from the disk by their offsets, so that both runtimes have the same ones. It is made by
`python -m training.export_onnx`.

A text's vector depends on that text alone, bit for bit: texts go through together only when they
have as many tokens (nothing is padded), and each batch is computed by one thread.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from recueil_qa.encoding.encoder import Progress, Vectors
from recueil_qa.encoding.identity import (
    SUMS,
    UNLOADABLE,
    encoder_id,
    missing_encoder,
    restore,
    with_runtime,
)
from recueil_qa.encoding.safetensors import read_header
from recueil_qa.errors import EncoderError
from recueil_qa.faults import system_fault, technical
from recueil_qa.messages import Command, Text

GRAPH = "model.onnx"
RUNTIME = "onnx"
FORMAT = "1"
BATCH_TEXTS = 16
# Attention takes memory by the square of the length, once a thread.
BATCH_TOKENS = 2_048
RUNTIME_MEND = Text(
    "make setup, ou RECUEIL_RUNTIME=torch",
    "make setup, or RECUEIL_RUNTIME=torch",
)
REASON = 200  # characters


class OnnxEncoder:
    """A model directory that has an ONNX form; may be shared between threads."""

    def __init__(self, name: str) -> None:
        """Load the model.

        Raises:
            EncoderError: the directory or its ONNX form is missing, damaged or of other weights,
                or ONNX Runtime can't be loaded here.
        """
        folder = Path(name)
        if not folder.is_dir():
            raise missing_encoder(folder)
        if not (folder / GRAPH).is_file():
            raise EncoderError(
                Text(
                    f"{name} n'a pas de forme ONNX ({GRAPH} manque)",
                    f"{name} has no ONNX form (no {GRAPH})",
                ),
                Text("{}, ou RECUEIL_RUNTIME=torch", "{}, or RECUEIL_RUNTIME=torch").format(
                    exporting(name)
                ),
            )
        # Hashing releases the interpreter lock, so it runs while the graph is loaded.
        with ThreadPoolExecutor(1) as pool:
            hashing = pool.submit(onnx_id, name)
            try:
                self._session, self._tokenizer, self._prompts = _load(folder)
            except EncoderError:
                hashing.result()  # what file is spoilt says more than what failed on it
                raise
            self.id = hashing.result()
        self.dimension = int(self._session.get_outputs()[0].shape[1])

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        prompt = self._prompts["query"]
        if len(texts) == 1:  # nothing to put in batches
            return np.asarray(self._run([self._tokenizer.encode(prompt + texts[0]).ids]))
        return self._encode(texts, prompt, None)

    def encode_document(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        return self._encode(texts, self._prompts["document"], progress)

    def _encode(self, texts: Sequence[str], prompt: str, progress: Progress | None) -> Vectors:
        prompted = self._tokenizer.encode_batch([prompt + text for text in texts])
        tokens = [encoding.ids for encoding in prompted]
        vectors = np.empty((len(texts), self.dimension), np.float32)
        batches = [*alike(tokens)]
        done = 0
        for batch, part in self._encoded(tokens, batches):
            vectors[batch] = part
            done += len(batch)
            if progress:
                progress(done, len(texts))
        return vectors

    def _encoded(
        self, tokens: Sequence[list[int]], batches: Sequence[list[int]]
    ) -> Iterator[tuple[list[int], Any]]:
        """Yield each batch with its vectors, computed by a thread a core."""
        if len(batches) == 1:  # as of a query, which no thread need be started for
            yield batches[0], self._run([tokens[i] for i in batches[0]])
            return
        pool = ThreadPoolExecutor(max(1, min(cores(), len(batches))))
        try:
            encoded = pool.map(lambda batch: self._run([tokens[i] for i in batch]), batches)
            yield from zip(batches, encoded, strict=True)
        finally:
            # Stopped half-way, it must not go on with what nobody waits for.
            pool.shutdown(cancel_futures=True)

    def _run(self, tokens: list[list[int]]) -> Any:
        return self._session.run(None, {"input_ids": np.array(tokens, np.int64)})[0]


def alike(tokens: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Yield the places of texts to encode together: of one length, the longest first."""
    order = sorted(range(len(tokens)), key=lambda place: -len(tokens[place]))
    for length, group in groupby(order, key=lambda place: len(tokens[place])):
        places = [*group]
        size = max(1, min(BATCH_TEXTS, BATCH_TOKENS // length))
        yield from (places[start : start + size] for start in range(0, len(places), size))


def cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def onnx_id(name: str) -> str:
    """Return `name+onnx@hash` without loading the model. Raises as `encoder_id`."""
    return with_runtime(encoder_id(name), RUNTIME)


def layout(folder: Path) -> dict[str, str]:
    """Return the hash of each weight file's header, which says what stands at which offset.

    Raises:
        EncoderError: a file can't be read, is cut short or is not of its format.
    """
    hashes = {}
    for path in sorted(folder.glob("*.safetensors")):
        try:
            header = read_header(path)
            ends = [tensor["data_offsets"][1] for tensor in header.tensors.values()]
            # The graph needn't read the last tensor, nor notice that it is cut.
            if header.size != max(ends, default=0):
                raise ValueError(path.name)
        except OSError as error:
            raise _unusable(folder, path, system_fault(error)) from error
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise _unusable(folder, path, Text("coupé ou abîmé", "cut short or damaged")) from error
        hashes[path.name] = hashlib.sha256(header.raw).hexdigest()
    return hashes


def exporting(name: str | Path) -> Command:
    """Return the command that makes the ONNX form of a model."""
    return Command("python", "-m", "training.export_onnx", name)


def _unusable(folder: Path, path: Path, reason: Text) -> EncoderError:
    what = Text(
        "l'encodeur {} ne se charge pas : {} ({})", "the encoder {} can't be loaded: {} ({})"
    )
    return EncoderError(what.format(folder, path.name, reason), restore(folder.name))


def check_runtime() -> None:
    """Refuse a machine on which ONNX Runtime is not installed, or does not load."""
    try:
        import onnxruntime  # noqa: F401
    except (ImportError, OSError) as error:
        what = Text(
            "ONNX Runtime ne se charge pas ici ({})", "ONNX Runtime can't be loaded here ({})"
        )
        raise EncoderError(what.format(technical(error)), RUNTIME_MEND) from error


def _load(folder: Path) -> tuple[Any, Any, dict[str, str]]:
    check_runtime()
    import onnxruntime
    from tokenizers import Tokenizer

    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4  # what is wrong comes as an exception, and is told once
    weights = layout(folder)  # ONNX Runtime would tell of a cut file by a line of its source
    try:
        session = onnxruntime.InferenceSession(
            str(folder / GRAPH), options, providers=["CPUExecutionProvider"]
        )
        declared = session.get_modelmeta().custom_metadata_map
        if declared.get("format") != FORMAT:
            raise ValueError(f"{GRAPH} is of format {declared.get('format')}, not {FORMAT}")
        if json.loads(declared["layout"]) != weights:
            raise ValueError(f"{GRAPH} was made from other weights: python -m training.export_onnx")
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        pieces, rows = tokenizer.get_vocab_size(), int(declared["rows"])
        if pieces > rows:
            raise ValueError(f"the tokenizer has {pieces} pieces, the weights {rows}")
        # What the file says of these is what was set last, in training.
        tokenizer.no_padding()
        tokenizer.enable_truncation(int(declared["tokens"]))
        prompts = json.loads((folder / "config_sentence_transformers.json").read_bytes())["prompts"]
        return session, tokenizer, {kind: str(prompts[kind]) for kind in ("query", "document")}
    except Exception as error:  # the libraries raise anything on a damaged directory
        # ONNX Runtime says where in its source first, and what last.
        told = " ".join(str(error).split()) or repr(error)
        reason = told if len(told) <= REASON else f"… {told[-REASON:]}"
        mend = RUNTIME_MEND
        if not (folder / SUMS).is_file():  # with it, hashing tells of files that are not whole
            mend = restore(folder.name) + ", " + mend
        raise EncoderError(
            UNLOADABLE.format(folder, technical(reason, 2 * REASON)), mend
        ) from error
