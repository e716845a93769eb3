"""What the index needs of an encoder, whatever computes its vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
Progress = Callable[[int, int], None]


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
