"""Builds that are damaged, byte by byte or as a whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from recueil_qa.index import manifest
from recueil_qa.index.current import current_build
from recueil_qa.index.opened import Index


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    # The manifest's own first byte, so that what is left can't be a manifest.
    content[0 if path.name == "manifest.json" else len(content) // 2] ^= 0x10
    path.write_bytes(content)


def truncate(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def rewrite(root: Path, change: Callable[[Path], object]) -> None:
    """Change a build and make its manifest agree, as a faulty writer would."""
    folder = current_build(root)
    contract = manifest.read_manifest(folder)
    change(folder)
    hashes = manifest.hash_files(folder)
    manifest.write_manifest(folder, contract.model_copy(update={"files": hashes}))
    renamed = folder.rename(root / manifest.build_name(folder, contract))
    (root / "CURRENT").write_text(renamed.name, "utf-8")


def edit_manifest(root: Path, **changes: object) -> None:
    path = current_build(root) / manifest.NAME
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changes), "utf-8")


def answered_lines(opened: Index) -> npt.NDArray[np.int64]:
    """Return for each passage the position of the line that it is a question about, or -1."""
    lines, starts, questions = opened.answers
    found = np.full(len(opened.facts), -1)
    for line, own in zip(lines, np.split(questions, starts[1:]), strict=False):
        found[own] = line
    return found
