"""Texts to unit vectors by sentence-transformers, imported here only, and only when needed."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from recueil_qa.encoding.encoder import Progress, Vectors
from recueil_qa.encoding.identity import (
    MEND,
    UNLOADABLE,
    encoder_id,
    hub_commit,
    looks_like_path,
    missing_encoder,
    names_content,
    refuse_partial,
)
from recueil_qa.errors import EncoderError
from recueil_qa.faults import technical
from recueil_qa.messages import Command, Text

SHOWN_EVERY = 32
# Half precision is for the disk: processors compute it several times slower. Weights in a pickle
# could run a program on loading.
_WEIGHTS = {"dtype": "float32", "use_safetensors": True}
_OPTIONS = {"show_progress_bar": False, "convert_to_numpy": True}
LACKING = Text(
    "l'encodeur {} demande sentence-transformers, qu'une installation légère n'a pas",
    "the encoder {} needs sentence-transformers, which a light installation lacks",
)
EXTRA = Text(
    "make setup (dossier du projet), ou : {}", "make setup (project's folder), or: {}"
).format(Command(sys.executable, "-m", "pip", "install", "recueil-qa[sentence-transformers]"))
_torch_threads, _hub = threading.Lock(), threading.Lock()


class SentenceTransformerEncoder:
    """Any sentence-transformers model: a local directory, or a hub name given by the user."""

    def __init__(self, name: str) -> None:
        """Load the model.

        Raises:
            EncoderError: the directory is missing, incomplete or of another kind.
        """
        folder = Path(name)
        local = folder.is_dir()
        if not local and looks_like_path(name):
            raise missing_encoder(folder)
        if local:
            refuse_partial(folder, name)  # before torch is imported for nothing
        # Hashing releases the interpreter lock, so it runs while torch is imported.
        with ThreadPoolExecutor(1) as pool:
            hashing = pool.submit(encoder_id, name)
            try:
                self._model = _load(name, local)
            except EncoderError:
                hashing.result()  # what file is spoilt says more than what failed on it
                raise
            self.id = hashing.result()
        if not names_content(self.id):  # it is in the cache now
            self.id = encoder_id(name)
        dimension = self._model.get_embedding_dimension()
        if not dimension:
            raise EncoderError(Text(f"{name} : dimension inconnue", f"{name}: unknown dimension"))
        self.dimension = int(dimension)

    @property
    def tokens(self) -> int:
        """The number of tokens that a text is cut after."""
        return int(self._model.max_seq_length)

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        return self._unit(self._model.encode_query(list(texts), **_OPTIONS))

    def encode_document(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Encode each text alone, by one thread: padding and sharing out change the last bits."""
        vectors = np.empty((len(texts), self.dimension), np.float32)

        def encode(text: str) -> Vectors:
            return self._unit(self._model.encode_document([text], **_OPTIONS))

        with _one_thread_a_text() as threads:
            pool = ThreadPoolExecutor(threads)
            try:
                # The first one sets its tokenizer up, which no two threads may do.
                if texts:
                    vectors[:1] = encode(texts[0])
                for place, vector in enumerate(pool.map(encode, texts[1:]), start=1):
                    vectors[place : place + 1] = vector
                    if progress and (place + 1) % SHOWN_EVERY == 0:
                        progress(place + 1, len(texts))
                if progress and len(texts) % SHOWN_EVERY:
                    progress(len(texts), len(texts))
            finally:
                pool.shutdown(cancel_futures=True)
        return vectors

    def _unit(self, vectors: Vectors) -> Vectors:
        # A model need not end with a Normalize module; inner products must be cosines.
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.ascontiguousarray(vectors / np.maximum(norms, 1e-12), np.float32)


@contextmanager
def _one_thread_a_text() -> Iterator[int]:
    """Yield how many texts may be encoded at once; each is computed by one thread meanwhile."""
    import torch

    with _torch_threads:  # the number is one for the whole process
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            yield threads
        finally:
            torch.set_num_threads(threads)


def _check_vocabulary(model: Any) -> None:
    """Refuse a tokenizer that gives ids for which there are no weights."""
    tokenizer: Any = getattr(model[0], "tokenizer", None)
    find = getattr(getattr(model[0], "model", None), "get_input_embeddings", None)
    if find is None or not hasattr(tokenizer, "__len__"):
        return  # another kind of model, which has its own way
    pieces, rows = len(tokenizer), find().num_embeddings
    if pieces > rows:
        raise ValueError(f"the tokenizer has {pieces} pieces, the weights {rows}")


@contextmanager
def _hub_reachable(allowed: bool) -> Iterator[None]:
    """Keep the libraries from any network in this block, unless allowed; then leave them as before.

    A local model must never make them look for one, nor stop a hub name from being loaded later.
    """
    from huggingface_hub import constants

    with _hub:  # the switch is one for the whole process
        before = constants.HF_HUB_OFFLINE
        constants.HF_HUB_OFFLINE = before or not allowed
        try:
            yield
        finally:
            constants.HF_HUB_OFFLINE = before


def _load(name: str, local: bool):  # type: ignore[no-untyped-def]  # a heavy, lazy import
    try:
        from sentence_transformers import SentenceTransformer
    except ModuleNotFoundError as error:
        raise EncoderError(LACKING.format(name), EXTRA) from error
    try:
        from transformers.utils import logging

        logging.disable_progress_bar()
        with _hub_reachable(not local):
            model = SentenceTransformer(
                name,
                device="cpu",
                # What its id names, until whoever keeps the cache takes another.
                revision=None if local else hub_commit(name) or None,
                local_files_only=local,
                model_kwargs=_WEIGHTS,
            )
        _check_vocabulary(model)
        return model
    except Exception as error:  # the libraries raise anything on a damaged directory
        first = str(error).strip().splitlines()[0][:200] if str(error).strip() else repr(error)
        raise EncoderError(UNLOADABLE.format(name, technical(first)), MEND) from error
