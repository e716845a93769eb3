"""Open a build: the one in service, or any; whole, or its texts alone. Nothing here writes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from recueil_qa.encoding.identity import same_model
from recueil_qa.errors import IndexDamagedError
from recueil_qa.index import files, manifest
from recueil_qa.index.catalogue import Catalogue, shown_practices
from recueil_qa.index.current import CURRENT, current_build
from recueil_qa.index.files import BuildFolder
from recueil_qa.index.manifest import Manifest
from recueil_qa.index.opened import Index
from recueil_qa.index.select import open_engine
from recueil_qa.index.spans import of_owners

Opened = TypeVar("Opened")


def open_index(root: Path) -> Index:
    """Open the build that serves, after checking all of it; never writes.

    Raises:
        IndexMissingError, IndexDamagedError, IndexMismatchError: with the command that mends it.
    """
    return _of_current(root, open_build)


def open_build(folder: Path) -> Index:
    """Open one build, whether or not it serves. Raises as `open_index`."""
    build, catalogue = _open_texts(folder)
    practices = catalogue.practices
    passages, facts = build.read_passages(len(practices))
    names = [info.id for info in catalogue.collections]
    heads = build.read_heads(names)
    return Index(
        build=build,
        collections={collection.id: collection for collection in catalogue.collections},
        practices=practices,
        passages=passages,
        facts=facts,
        spans=of_owners(facts["practice"], len(practices)),
        unanswered=build.read_unanswered(),
        unanswered_of=build.read_unanswered_of(),
        map_points=build.read_map(practices),
        practice_vectors=build.read_practice_vectors(),
        spellings=build.read_spelling(),
        engine=open_engine(build, facts, practices),
        choices=build.read_choices(),
        heads=heads,
        levels=build.read_levels(name for name in names if name not in heads),
    )


def open_catalogue(root: Path, *, contacts: bool = False) -> Catalogue:
    """Open the practices of the build that serves, without its vectors.

    With their contacts only by the setting of that name. Raises as `open_index`.
    """
    found = _of_current(root, _open_texts)[1]
    return replace(found, practices=shown_practices(found.practices, contacts))


def _of_current(root: Path, read: Callable[[Path], Opened]) -> Opened:
    """Return what is read of the build that serves: once again, if another one does meanwhile.

    One that no longer serves may be removed while it is read, which is no damage.
    """
    name = _current_text(root)
    try:
        return read(current_build(root))
    except IndexDamagedError:
        if _current_text(root) == name:
            raise
    return read(current_build(root))


def _current_text(root: Path) -> str:
    try:
        return (root / CURRENT).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _open_texts(folder: Path) -> tuple[BuildFolder, Catalogue]:
    build = files.check_build(folder)
    collections = build.read_collections()
    return build, Catalogue(build.read_practices(), collections)


def check_encoder(contract: Manifest, encoder: str) -> None:
    """Refuse an encoder other than the one that made the vectors; its runtime may be another.

    Raises:
        IndexMismatchError: names both.
    """
    # Of one model, cosines are the same to six digits in all runtimes: where ONNX Runtime doesn't
    # load, torch answers from what it built.
    if not same_model(contract.encoder, encoder):
        raise manifest.other_encoder(contract.encoder, encoder)
