"""What a collection's judged statements teach of a query's vector, as plain numbers.

Two heads over one hidden layer (dimension → hidden → …), for the practices of one collection:

- which practices help: a share for each, learnt listwise from graded statements;
- whether anything does: the chances that a practice addresses the query (a 2), and that some
  practice helps at all (a 1 or a 2).

Several networks, fitted from different seeds, are one of their joint width, whose outputs are the
means of theirs. They are fitted by `learning.fitting`, at build or, for a collection that
ships them in `heads.npz`, beforehand; a build keeps its own copy. Answering takes two matrix
products.
"""

from __future__ import annotations

import io
import json
import math
import tokenize
import zipfile
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

from recueil_qa.arrays import Scores
from recueil_qa.corpus import folders
from recueil_qa.encoding.encoder import Vectors
from recueil_qa.index.vectors import inner_products
from recueil_qa.regression import Regression

Layers = dict[str, npt.NDArray[np.float32]]

SHIPPED = folders.HEADS
ADDRESSES, HELPS = "addresses", "helps"
# What chances are read from: what heads say, then what is compared (`confidence.features_of`).
FEATURES = (ADDRESSES, HELPS, "best_question", "best_five", "typical", "stands_out", "unanswered")
LAYERS = ("hidden", "hidden_bias", "practices", "practices_bias", "answered", "answered_bias")
MAX_BYTES = 64_000_000  # of a file, and of what it unpacks to
# What NumPy and zipfile raise of an archive that is none, or of another kind.
BROKEN = (
    *(KeyError, EOFError, NotImplementedError, RuntimeError, MemoryError, TypeError),
    *(AttributeError, ValueError, zlib.error, zipfile.BadZipFile, tokenize.TokenError),
)


class Fit(BaseModel):
    """What heads were fitted with (`encoder`) and on (`key`: practices, statements), and their use.

    `addresses` and `helps` are the calibrated chances of a practice judged 2, and of one judged at
    all: the threshold of the second is that below which nothing answers, of the first that from
    which practices do. `statements` counts those learnt from, `outside` those of them that are
    kept outside of the collection.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    encoder: str
    key: str
    practices: tuple[str, ...]
    statements: int
    outside: int
    addresses: Regression
    helps: Regression


@dataclass(frozen=True)
class HeadScores:
    """What heads say of one query: logits of the practices (practices,), and of answers (2,)."""

    practices: Scores
    answered: Scores


@dataclass(frozen=True)
class Heads:
    """The fitted heads of one collection; `layers` by name, float32."""

    fit: Fit
    layers: Layers

    def scores(self, vector: Vectors) -> HeadScores:
        """Return what the heads say of a query's unit vector (dimension,)."""
        layers, turned = self.layers, self._turned
        scaled = vector * _scale(len(vector))
        hidden = inner_products(turned["hidden"], scaled) + layers["hidden_bias"]
        hidden = np.maximum(hidden, 0)
        return HeadScores(
            inner_products(turned["practices"], hidden) + layers["practices_bias"],
            inner_products(turned["answered"], hidden) + layers["answered_bias"],
        )

    @cached_property
    def _turned(self) -> Layers:
        """The weights as rows of what comes out, of which one vector is multiplied by each."""
        names = [name for name in LAYERS if self.layers[name].ndim == 2]
        return {name: np.ascontiguousarray(self.layers[name].T) for name in names}

    def dump(self) -> bytes:
        """Return the bytes of a file, in half precision; the same for the same heads."""
        about = np.frombuffer(self.fit.model_dump_json().encode(), np.uint8)
        layers = {name: self.layers[name].astype(np.float16) for name in LAYERS}
        file = io.BytesIO()
        np.savez(file, about=about, **cast("dict[str, Any]", layers))
        return file.getvalue()


def forward(layers: Layers, vectors: Vectors) -> tuple[Scores, Scores]:
    """Return the logits of unit vectors (n, dimension): (n, practices) and (n, 2)."""
    scale = _scale(vectors.shape[1])
    hidden = np.maximum(vectors * scale @ layers["hidden"] + layers["hidden_bias"], 0)
    return (
        np.asarray(hidden @ layers["practices"] + layers["practices_bias"], np.float32),
        np.asarray(hidden @ layers["answered"] + layers["answered_bias"], np.float32),
    )


def _scale(dimension: int) -> np.float32:
    # Unit vectors have tiny elements; weights are drawn for elements of deviation 1.
    return np.float32(np.sqrt(dimension))


def load(path: Path) -> Heads:
    """Read heads from a file.

    Raises:
        OSError: it can't be read.
        ValueError: it holds something else.
    """
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"{path.name}: {path.stat().st_size} bytes")
    content = io.BytesIO(path.read_bytes())
    try:
        with zipfile.ZipFile(content) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked > MAX_BYTES:  # no more than what is said here is ever unpacked
            raise ValueError(f"{unpacked} bytes unpacked")
        content.seek(0)
        with np.load(content, allow_pickle=False) as file:
            fit = Fit.model_validate(json.loads(file["about"].tobytes()))
            halves = {name: file[name] for name in LAYERS}
            if any(values.dtype != np.float16 for values in halves.values()):
                raise TypeError("half precision is expected")
            layers = {name: values.astype(np.float32) for name, values in halves.items()}
    except BROKEN as error:  # a RecursionError is a RuntimeError
        raise ValueError(f"{path.name}: {error}") from error
    for chances in (fit.addresses, fit.helps):
        if not (chances.weights.keys() <= {*FEATURES} and _is_finite(chances)):
            raise ValueError(f"{path.name}: {chances.weights}")
    if not _fit_together(layers, len(fit.practices)):
        raise ValueError(f"{path.name}: {[value.shape for value in layers.values()]}")
    return Heads(fit, layers)


def _is_finite(chances: Regression) -> bool:
    return all(map(math.isfinite, (*chances.weights.values(), chances.intercept)))


def _fit_together(layers: Layers, practices: int) -> bool:
    """Return whether layers have the shapes of heads over so many practices, and finite numbers."""
    if layers["hidden"].ndim != 2 or not all(np.isfinite(v).all() for v in layers.values()):
        return False
    width = layers["hidden"].shape[1]
    expected = [(width,), (width, practices), (practices,), (width, 2), (2,)]
    return [layers[name].shape for name in LAYERS[1:]] == expected
