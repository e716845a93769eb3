"""Texts to unit vectors. sentence-transformers is imported here only, and only when needed."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from recueil_qa.encoding.identity import file_hashes, hub_commit, restore, spoilt
from recueil_qa.errors import EncoderError
from recueil_qa.faults import system_reason, technical
from recueil_qa.messages import Text

Vectors = npt.NDArray[np.float32]
Progress = Callable[[int, int], None]

SHOWN_EVERY = 32

MEND = Text(
    "git checkout -- models/recueil-e5, ou un autre avec --encoder",
    "git checkout -- models/recueil-e5, or another one with --encoder",
)
UNLOADABLE = Text("l'encodeur {} ne se charge pas ({})", "the encoder {} can't be loaded ({})")
# Half precision is for the disk: processors compute it several times slower. Weights in a pickle
# could run a program on loading.
_WEIGHTS = {"dtype": "float32", "use_safetensors": True}
UNNAMED = "hub"
_SAVED_WITH = ("__version__", "transformers_version")
_torch_threads, _hub = threading.Lock(), threading.Lock()


class Encoder(Protocol):
    """What the index needs of an encoder; two methods, so that prefixes can't be mixed up."""

    @property
    def id(self) -> str:
        """Name, runtime and content: `name@hash`, `name+onnx@hash`, of a hub `owner/model@commit`.

        Two encoders of one id give the same vectors, unless it names no content (`names_content`).
        """

    @property
    def dimension(self) -> int: ...

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors (n, dimension), float32, of texts that ask."""

    def encode_document(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return unit vectors (n, dimension), float32, of texts that answer.

        A text's vector depends on that text alone, bit for bit, whatever stands beside it and
        however many threads there are: what is added to an index fits what is in it.
        """


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
            _refuse_partial(folder, name)  # before torch is imported for nothing
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


_OPTIONS = {"show_progress_bar": False, "convert_to_numpy": True}


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


def is_hub_name(name: str) -> bool:
    """Return whether a name (`owner/model`) is for a model hub to resolve, not a directory."""
    return not Path(name).is_dir() and not looks_like_path(name)


def looks_like_path(name: str) -> bool:
    """Tell a directory that isn't there from a hub name (`owner/model`)."""
    return name.startswith((".", "/", "~", "models")) or name.count("/") > 1 or "\\" in name


def _refuse_partial(folder: Path, name: str) -> None:
    if not (folder / "modules.json").is_file():
        raise EncoderError(
            Text(
                f"{name} n'est pas un encodeur entier (modules.json manque)",
                f"{name} is not a whole encoder directory (no modules.json)",
            ),
            MEND,
        )


def encoder_id(name: str) -> str:
    """Return `name@hash`, the hash over the files of a local directory, without loading it.

    Of a hub's model, which commit of it the local cache holds; `name@hub` while it holds none.

    Raises:
        EncoderError: the directory is missing or unreadable, or a file isn't as shipped.
    """
    folder = Path(name)
    if not folder.is_dir():
        if looks_like_path(name):
            raise missing_encoder(folder)
        return f"{name}@{hub_commit(name)[:16] or UNNAMED}"
    _refuse_partial(folder, name)
    digest = hashlib.sha256()
    try:
        hashes = file_hashes(folder)
        if names := spoilt(folder, hashes):
            raise _spoilt(folder, names)
        for file, content in hashes.items():
            digest.update(file.encode())
            digest.update(_content_hash(folder / file, content))
    except (OSError, ValueError, AttributeError) as error:
        # Else a file that is no JSON, or not of the form that it should be.
        reason = system_reason(error) if isinstance(error, OSError) else technical(error)
        what = Text("l'encodeur {} : illisible ({})", "the encoder {} can't be read ({})")
        raise EncoderError(what.format(folder, reason), MEND) from error
    return f"{folder.name}@{digest.hexdigest()[:16]}"


def with_runtime(identity: str, runtime: str) -> str:
    """Return the id of a model computed by another runtime than torch: `name+runtime@hash`."""
    name, _, digest = identity.rpartition("@")
    return f"{name}+{runtime}@{digest}"


def without_runtime(identity: str) -> str:
    """Return the id of the model alone: its cosines are the same to six digits in all runtimes."""
    name, _, digest = identity.rpartition("@")
    return f"{name.removesuffix('+onnx')}@{digest}" if name else identity


def same_model(one: str, other: str) -> bool:
    """Return whether two ids are of one model, whatever computes it.

    An id that names no content may be of any model of its name.
    """
    one, other = without_runtime(one), without_runtime(other)
    if names_content(one) and names_content(other):
        return one == other
    return one.rpartition("@")[0] == other.rpartition("@")[0]


def names_content(identity: str) -> bool:
    """Return whether an id tells what a model holds: not of a hub's that was never loaded here."""
    return identity.rpartition("@")[2] != UNNAMED


def _content_hash(path: Path, whole: bytes) -> bytes:
    """Return a file's hash; the library versions of a configuration's making don't count."""
    if path.name.startswith("config") and path.suffix == ".json":
        content = json.loads(path.read_bytes())
        kept = {key: value for key, value in content.items() if key not in _SAVED_WITH}
        return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).digest()
    return whole


def _spoilt(folder: Path, names: list[str]) -> EncoderError:
    return EncoderError(
        Text(
            f"l'encodeur {folder} a un fichier abîmé ou absent : {', '.join(names)}",
            f"the encoder {folder} has a damaged or missing file: {', '.join(names)}",
        ),
        restore(folder.name),
    )


def missing_encoder(folder: Path) -> EncoderError:
    return EncoderError(
        Text(f"l'encodeur n'est pas là : {folder}", f"the encoder is not there: {folder}"), MEND
    )


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
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
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
