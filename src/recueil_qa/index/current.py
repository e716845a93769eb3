"""Which of the builds serves.

    index/CURRENT          its name
    index/<build>/         its files (`files`), and those of the others

Builds are versions, whole each of them; naming another one swaps the whole index at once.
"""

from __future__ import annotations

import os
from pathlib import Path

from recueil_qa.errors import IndexMissingError, IndexUnusableError
from recueil_qa.index import manifest
from recueil_qa.index.kinds import FAISS, Wanted
from recueil_qa.messages import Text

CURRENT = "CURRENT"


def current_build(root: Path) -> Path:
    """Return the folder of the build that serves.

    Raises:
        IndexMissingError: nothing was built yet.
        IndexDamagedError: CURRENT names no build.
    """
    try:
        name = (root / CURRENT).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise missing(root) from error
    if not manifest.is_build_name(name):
        raise manifest.damaged(root / CURRENT)
    if not (root / name).is_dir():
        raise manifest.damaged(root / name)
    return root / name


def serves(folder: Path) -> bool:
    """Return whether CURRENT names the build of a folder, whole or not."""
    # Looked at before each question: without what Path and open add to three system calls.
    try:
        file = os.open(f"{folder.parent}/{CURRENT}", os.O_RDONLY)
    except OSError:
        return False
    try:
        return os.read(file, 100).strip() == folder.name.encode()
    except OSError:
        return False
    finally:
        os.close(file)


def missing(root: Path) -> IndexMissingError:
    return IndexMissingError(
        Text(f"pas encore d'index dans {root}", f"no index yet in {root}"), manifest.BUILD
    )


def is_current(root: Path, corpus_hash: str, encoder: str, engine: Wanted = FAISS) -> bool:
    """Return whether the serving build, whole, was made from this corpus, encoder and engine."""
    # Which build serves is asked by who waits for no arrays.
    from recueil_qa.index import files

    try:
        folder = current_build(root)
        contract = files.check_manifest(folder)
        made_from = contract.corpus == corpus_hash and contract.encoder == encoder
        if not (made_from and contract.engine.is_as(engine)):
            return False
        # All of it is read only where there is nothing else to build for.
        files.check_build(folder)
    except IndexUnusableError:
        return False
    return True
