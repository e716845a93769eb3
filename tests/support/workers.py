"""How the processes that share the tests spare each other work. It changes no result."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xdist.scheduler import LoadFileScheduling

# What loads torch, or scikit-learn, or sentence-transformers with both: ten seconds of processor.
WITH_TORCH = frozenset(
    f"tests/{name}"
    for name in (
        "encoding/test_encoder.py",
        "encoding/test_onnx_encoder.py",
        "evaluation/test_measures.py",
        "test_regression.py",
        "training/test_convert_e5.py",
        "training/test_fit_direct.py",
        "training/test_objective.py",
        "training/test_train_encoder.py",
        "training/test_trim_vocabulary.py",
    )
)


class Together(LoadFileScheduling):  # type: ignore[misc]  # xdist tells no types
    """The tests of a module in one process, and of all the modules that load torch in one too."""

    def _split_scope(self, nodeid: str) -> str:
        module: str = super()._split_scope(nodeid)
        return "with torch" if module in WITH_TORCH else module


@contextmanager
def collecting() -> Iterator[None]:
    """Collect alone, where no other process does yet: what it compiles, the others load.

    Each would compile all the tests' modules and what they import, at the same time.
    """
    if "PYTEST_XDIST_WORKER" not in os.environ:
        yield
        return
    with Path(__file__).open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fcntl.flock(file, fcntl.LOCK_SH)
        yield
