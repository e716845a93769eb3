"""Build the index beside the one that serves, then switch to it in one step."""

from __future__ import annotations

import datetime
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from recueil_qa import builds, index, lexical, manifest, passages, projection
from recueil_qa.corpus import Corpus
from recueil_qa.encoder import Encoder, Progress, Vectors
from recueil_qa.errors import RecueilError, WriteError
from recueil_qa.lexical import LexicalIndex
from recueil_qa.manifest import Manifest
from recueil_qa.types import Passage, PassageKind, Practice

KEPT_BUILDS = 3


def build_index(
    root: Path, corpus: Corpus, encoder: Encoder, progress: Progress | None = None
) -> Path:
    """Build beside the serving index, then switch to it in one step; return its folder.

    Raises:
        WriteError: the files can't be written; the index that served still does.
    """
    target: Path | None = None
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".build-", dir=root) as scratch:
            folder = Path(scratch, "build")
            folder.mkdir()
            contract = _write_build(folder, corpus, encoder, progress)
            target = folder.rename(root / manifest.build_name(folder, contract))
        former = builds.current_name(root)
        builds.write_current(root, target.name)
    except OSError as error:
        if target:
            shutil.rmtree(target, ignore_errors=True)
        where = error.filename or root
        raise WriteError(
            fr=f"l'index n'a pas pu être écrit ({where} : {error.strerror}) ; l'index en service "
            "n'a pas changé. Libérez de la place ou corrigez les droits, puis : recueil-qa build",
            en=f"the index could not be written ({where}: {error.strerror}); the index in service "
            "has not changed. Free some space or mend the permissions, then: recueil-qa build",
        ) from error
    # The new build serves, whether or not old ones can be removed. The one that served stays,
    # even an old one that was gone back to: it is what a bad build is undone with.
    with suppress(OSError, RecueilError):
        builds.prune(root, KEPT_BUILDS, former)
    return target


def _write_build(
    folder: Path, corpus: Corpus, encoder: Encoder, progress: Progress | None
) -> Manifest:
    rows = passages.corpus_passages(corpus)
    practices = [practice for c in corpus.collections for practice in c.practices]
    infos = tuple(collection.config.info() for collection in corpus.collections)
    index.write_texts(folder, infos, practices, rows)
    unanswered = [passages.plain(text) for c in corpus.collections for text in c.unanswered]
    # A statement is a passage of each practice that helps, and encoded once.
    texts = list(dict.fromkeys([row.embedded for row in rows] + unanswered))
    places = {text: i for i, text in enumerate(texts)}
    vectors = encoder.encode_document(texts, progress)
    row_vectors = vectors[[places[row.embedded] for row in rows]]
    index.write_vectors(folder / index.VECTORS, row_vectors)
    _write_map(folder, practices, rows, row_vectors)
    index.write_vectors(folder / index.UNANSWERED, vectors[[places[text] for text in unanswered]])
    stems = [lexical.analyse(passage.embedded, passage.language) for passage in rows]
    LexicalIndex.build(stems).save(folder / index.POSTINGS)
    counts = {"collections": len(infos), "practices": len(practices), "passages": len(rows)}
    counts |= {"unanswered": len(unanswered)}
    counts |= {kind.value: sum(row.kind == kind for row in rows) for kind in PassageKind}
    contract = Manifest(
        format=manifest.FORMAT,
        package=manifest.package_version(),
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="microseconds"),
        encoder=encoder.id,
        dimension=encoder.dimension,
        parameters=index.PARAMETERS,
        corpus=corpus.hash,
        counts=counts,
        files=manifest.hash_files(folder),
    )
    manifest.write_manifest(folder, contract)
    return contract


def _write_map(
    folder: Path, practices: Sequence[Practice], rows: Sequence[Passage], vectors: Vectors
) -> None:
    place = {practice.id: i for i, practice in enumerate(practices)}
    owners = np.array([place[row.practice] for row in rows], np.int64)
    means = projection.practice_vectors(vectors, owners, len(practices))
    points = projection.map_points([*place], means)
    (folder / index.MAP).write_bytes(projection.dump_points(points))
