"""Find the collections under `corpus/` and the files that a build of them depends on."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from recueil_qa.corpus.text_file import link_outside
from recueil_qa.errors import NotFoundError
from recueil_qa.messages import Text

CONFIG, HEADS = "collection.toml", "heads.npz"
DRAFTS = "drafts.jsonl"  # written by a model, read by nobody yet: no part of the collection
PATTERNS = ("[!.]*", "practices/[!.]*.md", "questions/[!.]*.yaml", "statements/[!.]*.jsonl")

_Mark = tuple[str, int, int, int, int, int]  # path, device, inode, size, two times
_known: dict[Path, tuple[tuple[_Mark, ...], str]] = {}  # root → marks of its files, their hash


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
    leads_out = cache(lambda path: bool(link_outside(path, root)))
    for folder in collection_folders(root):
        # Whatever lies beside collection.toml may be named in its `sources`.
        for pattern in PATTERNS:
            found = (path for path in folder.glob(pattern) if path.is_file())
            paths = (path for path in found if path != folder / DRAFTS)
            # A file that is no link is where its folder is, which is looked into once.
            yield from sorted(
                path for path in paths if not leads_out(path if path.is_symlink() else path.parent)
            )


def corpus_hash(root: Path) -> str:
    """Return the SHA-256 over the names (relative to `root`) and bytes of the corpus files."""
    digest = hashlib.sha256()
    for path in corpus_files(root):
        content = path.read_bytes()
        name = path.relative_to(root).as_posix()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def known_hash(root: Path) -> str:
    """Return `corpus_hash`, reading the files only if one looks other than when they were read.

    For telling that a corpus has changed, not for building: a file that is written in place twice
    within one tick of the system's clock (milliseconds), in the same length, looks unchanged.
    """
    marks = tuple(_mark(path) for path in corpus_files(root))
    known = _known.get(root)
    if known and known[0] == marks:
        return known[1]
    found = corpus_hash(root)
    _known[root] = marks, found  # marks of before reading: what changed meanwhile is read again
    return found


def _mark(path: Path) -> _Mark:
    status = path.stat()
    # A time of change can't be set, as one of modification can by whatever copies files.
    times = status.st_mtime_ns, status.st_ctime_ns
    return path.as_posix(), status.st_dev, status.st_ino, status.st_size, *times
