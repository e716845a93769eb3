"""Find the collections under `corpus/` and the files that a build of them depends on."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Iterator
from pathlib import Path

from recueil_qa.errors import NotFoundError
from recueil_qa.messages import Text
from recueil_qa.text_file import link_outside

CONFIG = "collection.toml"
PATTERNS = ("[!.]*", "practices/[!.]*.md", "questions/[!.]*.yaml", "statements/[!.]*.jsonl")


def collection_folders(root: Path) -> list[Path]:
    """Return the collections' folders, sorted by name."""
    if _is_there(root / CONFIG):
        return [root]
    if not _is_there(root):
        return []
    return sorted(path.parent for path in root.glob(f"*/{CONFIG}"))


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:
        # No file can have such a name: as one that is not there.
        if error.errno == errno.ENAMETOOLONG:
            return False
        raise


def only_collection(root: Path) -> Path:
    """Return the folder of the only collection under `root`.

    Raises:
        NotFoundError: there is none, or there are several.
    """
    folders = collection_folders(root)
    if len(folders) != 1:
        names = f" ({', '.join(folder.name for folder in folders)})" if folders else ""
        raise NotFoundError(
            Text(
                f"{len(folders)} collections dans {root}{names} ; indiquez --collection",
                f"{len(folders)} collections in {root}{names}; give --collection",
            )
        )
    return folders[0]


def find_collection(root: Path, given: Path | None) -> Path:
    """Return a collection's folder: one given by its path or its name, else the only one.

    Raises:
        NotFoundError: there is no such collection; names those there are.
    """
    if given is None:
        return only_collection(root)
    for folder in (given, root / given):
        if _is_there(folder / CONFIG):
            return folder
    names = ", ".join(folder.name for folder in collection_folders(root))
    there_fr, there_en = (f" ; il y a : {names}", f"; there are: {names}") if names else ("", "")
    place = (root / given if len(given.parts) == 1 else given) / CONFIG
    raise NotFoundError(
        Text(
            f"aucune collection « {given} »{there_fr}. Pour en commencer une, écrivez d'abord "
            f"{place} (docs/collections.md)",
            f"no collection '{given}'{there_en}. To start one, first write {place} "
            "(docs/collections.md)",
        )
    )


def corpus_files(root: Path) -> Iterator[Path]:
    """Yield every file that a build depends on, in a fixed order; never one outside of `root`."""
    for folder in collection_folders(root):
        # Whatever lies beside collection.toml may be named in its `sources`.
        for pattern in PATTERNS:
            paths = (path for path in folder.glob(pattern) if path.is_file())
            yield from sorted(path for path in paths if not link_outside(path, root))


def corpus_hash(root: Path) -> str:
    """Return the SHA-256 over the names (relative to `root`) and bytes of the corpus files."""
    digest = hashlib.sha256()
    for path in corpus_files(root):
        content = path.read_bytes()
        name = path.relative_to(root).as_posix()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()
