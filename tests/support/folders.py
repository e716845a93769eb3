"""What stands in a folder, to compare before and after."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files below a folder, by their path in it; none of what is hidden."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.relative_to(folder).parts[0].startswith(".")
    }


def all_contents(folder: Path) -> dict[str, bytes]:
    """Return the files below a folder, by their path in it, hidden ones included."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def without_creation(files: dict[str, bytes]) -> dict[str, Any]:
    contract = json.loads(files["manifest.json"])
    created = contract.pop("created")
    assert created.endswith("+00:00")
    return files | {"manifest.json": contract}


def names(root: Path) -> list[str]:
    """The names that a maintainer sees: not the cache, nor the locks."""
    kept = {".cache", ".build.lock", ".swap.lock"}
    return sorted(path.name for path in root.iterdir() if path.name not in kept)
