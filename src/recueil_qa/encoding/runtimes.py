"""Which runtime encodes: ONNX Runtime where a model has the form for it, else torch."""

from __future__ import annotations

import importlib.util
import logging
from pathlib import Path
from typing import Literal

from recueil_qa.encoding import identity
from recueil_qa.encoding.encoder import Encoder
from recueil_qa.encoding.onnx_encoder import GRAPH, OnnxEncoder, check_runtime, onnx_id
from recueil_qa.encoding.torch_encoder import SentenceTransformerEncoder
from recueil_qa.errors import EncoderError

Runtime = Literal["auto", "onnx", "torch"]


def open_encoder(name: str, runtime: Runtime = "auto") -> Encoder:
    """Load a model: a local directory, or a hub name given by the user.

    Raises:
        EncoderError: the model is missing, damaged, or not for this runtime.
    """
    if _chosen(name, runtime) == "onnx":
        return OnnxEncoder(name)
    return SentenceTransformerEncoder(name)


def encoder_id(name: str, runtime: Runtime = "auto") -> str:
    """Return the id that `open_encoder` would give, without loading the model.

    Raises:
        EncoderError: the directory is missing or unreadable.
    """
    return onnx_id(name) if _chosen(name, runtime) == "onnx" else identity.encoder_id(name)


def _chosen(name: str, runtime: Runtime) -> Literal["onnx", "torch"]:
    if runtime != "auto":
        return runtime
    if not Path(name, GRAPH).is_file():
        return "torch"
    try:
        check_runtime()
    except EncoderError as error:
        if importlib.util.find_spec("sentence_transformers") is None:
            raise
        logging.getLogger(__name__).warning("%s; torch is used instead, more slowly", error)
        return "torch"
    return "onnx"
