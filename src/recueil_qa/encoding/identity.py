"""The files that make an encoder what it is, and the list of their hashes that comes with it.

The list is in the form of `sha256sum`. It tells a shipped encoder with a spoilt file from another
encoder, which its hash alone can't.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from recueil_qa.messages import Text
from recueil_qa.settings import DEFAULT_ENCODER

SUMS = "SHA256SUMS"
RESTORE = Text(
    "git checkout -- models/recueil-e5 (ou reprenez models/ dans l'archive d'installation)",
    "git checkout -- models/recueil-e5 (or take models/ again from the install archive)",
)

_LINE = re.compile("([0-9a-f]{64})  (.+)")
_COMMIT = re.compile("[0-9a-f]{40,64}")


def file_hashes(folder: Path) -> dict[str, bytes]:
    """Return name → SHA-256 of the files that the vectors hang on, not of cards and lists.

    Raises:
        OSError: a file can't be read.
    """
    hashes = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if path.suffix not in (".md", ""):
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").digest()
            hashes[path.relative_to(folder).as_posix()] = digest
    return hashes


def hub_commit(name: str) -> str:
    """Return which commit of a hub's model the local cache holds, or "" where it holds none.

    Of what the hub calls `main`; asks no network.
    """
    try:
        from huggingface_hub.constants import HF_HUB_CACHE
    except ImportError:  # then nothing loads from a hub either
        return ""
    root = Path(os.environ.get("SENTENCE_TRANSFORMERS_HOME") or HF_HUB_CACHE)
    # Without an owner, sentence-transformers looks among its own models too.
    owned = (name,) if "/" in name else (name, f"sentence-transformers/{name}")
    for whole in owned:
        folder = root / f"models--{whole.replace('/', '--')}"
        try:
            commit = (folder / "refs" / "main").read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            continue
        if _COMMIT.fullmatch(commit) and (folder / "snapshots" / commit).is_dir():
            return commit
    return ""


def write_sums(folder: Path) -> None:
    """Write the list of a folder's files as they are now."""
    rows = [f"{digest.hex()}  {name}\n" for name, digest in file_hashes(folder).items()]
    (folder / SUMS).write_text("".join(rows), "utf-8")


def spoilt(folder: Path, hashes: dict[str, bytes]) -> list[str]:
    """Return the names of the files that aren't as the list says; none where there is no list.

    Raises:
        OSError, ValueError: the list can't be read.
    """
    if not (folder / SUMS).is_file():
        return []
    names = []
    for line in (folder / SUMS).read_text("utf-8").splitlines():
        row = _LINE.fullmatch(line)
        if not row:
            return [SUMS]
        if hashes.get(row[2]) != bytes.fromhex(row[1]):
            names.append(row[2])
    return names


def restore(name: str) -> Text:
    """Return how the files of an encoder, by the name of its folder, are got back."""
    if name == Path(DEFAULT_ENCODER).name:
        return RESTORE
    return Text(f"reprenez les fichiers de {name}", f"take the files of {name} again")
