"""The headers of weight files: which tensors they hold, and where.

A safetensors file is the length of its header (8 bytes, little-endian), the header (JSON: each
tensor's type, shape and range of bytes), then the bytes, without holes
(https://huggingface.co/docs/safetensors/index#format).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MAX_HEADER_BYTES = 100_000_000  # as the format's own readers
_LENGTH = 8  # bytes that say how long a header is


class HeaderLengthError(ValueError):
    """A header that can't be as long as a file says, in a file of this size."""

    def __init__(self, length: int, size: int) -> None:
        super().__init__(f"header of {length} bytes in a file of {size}")
        self.length, self.size = length, size


@dataclass(frozen=True, slots=True)
class Header:
    """`raw` is all before the tensors' bytes, `size` how many bytes these take in the file."""

    raw: bytes
    tensors: dict[str, Any]
    size: int


def read_header(path: Path) -> Header:
    """Read the header of a file; what it says of each tensor is not checked.

    Raises:
        OSError, HeaderLengthError: it can't be read, or is cut short.
        ValueError, TypeError, AttributeError, RecursionError: it is not one of this format.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(_LENGTH)
        length = int.from_bytes(start, "little")
        if not 2 <= length <= min(MAX_HEADER_BYTES, size - _LENGTH):
            raise HeaderLengthError(length, size)
        text = file.read(length)
    tensors = json.loads(text)
    tensors.pop("__metadata__", None)
    return Header(start + text, dict(tensors), size - _LENGTH - length)
