"""Build the index beside the one that serves, then switch to it in one step.

Only texts without a vector in the cache are encoded. A build that is killed leaves the index that
served as it was, and what it had encoded to the next one.
"""

from __future__ import annotations

import datetime
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from recueil_qa.analysis import passages
from recueil_qa.analysis.words import analyse
from recueil_qa.builds import listing, locks, map_layout, versions
from recueil_qa.builds.locks import Holder, Patience
from recueil_qa.corpus.corpus import Corpus
from recueil_qa.encoding.encoded_once import CHUNK, EncodedOnce, encode_into
from recueil_qa.encoding.encoder import Encoder, Progress, Vectors
from recueil_qa.encoding.identity import names_content
from recueil_qa.encoding.vector_cache import VectorCache
from recueil_qa.errors import EngineError, RecueilError, WriteError
from recueil_qa.faults import system_reason
from recueil_qa.files import sync, sync_one
from recueil_qa.index import choices, files, manifest, postings, select
from recueil_qa.index.current import CURRENT
from recueil_qa.index.kinds import FAISS, Wanted
from recueil_qa.index.manifest import Manifest
from recueil_qa.index.points import dump_points
from recueil_qa.index.vectors import write_vectors
from recueil_qa.learning.levelling import collection_levels
from recueil_qa.learning.schooling import collection_heads
from recueil_qa.messages import Text
from recueil_qa.types import Passage, PassageKind

KEPT_BUILDS = 3
SCRATCH = ".build-"
ROWS = 4096  # vectors in memory at a time, beside FAISS's own

Notice = Callable[[Literal["waiting", "resuming"], Holder | None], None]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judge says of a build: its measures, the hash of what they come from, fit or not."""

    measures: dict[str, float]
    data: str
    fit: bool


Judge = Callable[[Path], Verdict]


@contextmanager
def holding(
    root: Path,
    *,
    wait: bool = True,
    notice: Notice | None = None,
    patience: Patience | None = None,
) -> Iterator[None]:
    """Be the only one that builds, in a folder made if needed and cleared of what died there.

    Another build under way is waited for with `patience`, or refused without `wait`; `notice` is
    told of it, and of one that died.

    Raises:
        WriteError: files can't be written in this block; the index that served still does.
        BusyError: another process is building, and not `wait`, or patience has ended.
    """
    said = notice or (lambda *_: None)
    try:
        root.mkdir(parents=True, exist_ok=True)
        with locks.building(
            root, wait=wait, waiting=lambda who: said("waiting", who), patience=patience
        ) as dead:
            if dead:
                said("resuming", dead)
            _clean(root)
            yield
    except OSError as error:
        raise WriteError(
            Text(
                "l'index n'a pas pu être écrit ({} : {}) ; l'index en service n'a pas changé. "
                "Libérez de la place ou corrigez les droits, puis : recueil-qa build",
                "the index could not be written ({}: {}); the index in service has not changed. "
                "Free some space or mend the permissions, then: recueil-qa build",
            ).format(error.filename or root, system_reason(error))
        ) from error


def build_index(
    root: Path,
    corpus: Corpus,
    encoder: Encoder,
    progress: Progress | None = None,
    engine: Wanted = FAISS,
) -> Path:
    """Build alone, as `build` does and `holding` makes sure of; return the build's folder."""
    with holding(root):
        return build(root, corpus, encoder, progress, engine=engine)


def build(
    root: Path,
    corpus: Corpus,
    encoder: Encoder,
    progress: Progress | None = None,
    *,
    full: bool = False,
    judge: Judge | None = None,
    engine: Wanted = FAISS,
) -> Path:
    """Build beside the serving index, then switch to it in one step; return its folder.

    `progress` is told of the texts to encode: all with `full`, else those that the cache has no
    vector of. A build that `judge` finds unfit is kept and not switched to. For who holds the
    lock (`holding`).

    Raises:
        OSError: the files can't be written; the index that served still does.
        EngineError: a server that is to hold the vectors doesn't take them; the same.
    """
    select.prepare(root, engine)
    with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=root) as scratch:
        folder = Path(scratch, "build")
        folder.mkdir()
        contract = _write_build(folder, corpus, encoder, progress, full, engine)
        folder = folder.rename(folder.with_name(manifest.build_name(folder, contract)))
        fit = True
        if judge:
            verdict = judge(folder)
            fit = verdict.fit
            found = {
                "measures": verdict.measures,
                "measured_on": verdict.data,
                "kept_out": not fit,
            }
            contract = contract.model_copy(update=found)
            manifest.write_manifest(folder, contract)
        sync(folder)
        name = manifest.build_name(folder, contract)
        with locks.switching(root):
            return _switch(root, folder, name, fit)


def has_leftovers(root: Path) -> bool:
    """Return whether a build is under way, or died here."""
    return (root / locks.HOLDER).exists() or any(root.glob(f"{SCRATCH}*"))


def _clean(root: Path) -> None:
    """Remove what killed builds left: whoever holds the lock is alone."""
    for path in root.glob(f"{SCRATCH}*"):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)


def _switch(root: Path, folder: Path, name: str, fit: bool) -> Path:
    for path in root.glob(f".{CURRENT}.*"):  # of whoever died switching
        path.unlink()
    former = listing.current_name(root)
    target = folder.rename(root / name)
    try:
        sync_one(root)  # before anything names it
        if fit:
            versions.write_current(root, name)
    except (OSError, EngineError):
        shutil.rmtree(target, ignore_errors=True)
        raise
    # The new build serves, whether or not old ones can be removed. The one that served stays,
    # even an old one that was gone back to: it is what a bad build is undone with.
    with suppress(OSError, RecueilError):
        versions.drop_old(root, KEPT_BUILDS, former if fit else name)
    return target


def _write_build(
    folder: Path,
    corpus: Corpus,
    encoder: Encoder,
    progress: Progress | None,
    full: bool,
    engine: Wanted,
) -> Manifest:
    rows = passages.corpus_passages(corpus)
    practices = [practice for c in corpus.collections for practice in c.practices]
    infos = tuple(collection.config.info() for collection in corpus.collections)
    unanswered = [
        (infos[i].id, passages.plain(text))
        for i, collection in enumerate(corpus.collections)
        for text in collection.unanswered
    ]
    facts = files.write_texts(folder, infos, practices, rows)
    files.write_unanswered(folder, [name for name, _ in unanswered])
    refused = [text for _, text in unanswered]
    # A statement is a passage of each practice that helps, and encoded once.
    texts = [row.embedded for row in rows] + refused + choices.chosen_texts(corpus)
    texts = list(dict.fromkeys(texts))
    root = folder.parents[1]
    # Vectors of who knows what model are kept for this build alone.
    kept = root if names_content(encoder.id) else folder.parent
    with VectorCache(kept, encoder.id) as cache:
        encode_into(cache, texts if full else cache.missing(texts), encoder, progress)
        dimension = cache.get(texts[:1]).shape[1]
        _write_vectors(folder, [practice.id for practice in practices], rows, cache, dimension)
        write_vectors(folder / files.UNANSWERED, dimension, _vectors(cache, refused))
        files.write_choices(folder, choices.choices_of(corpus, rows, cache.get))
        asked = EncodedOnce(
            encoder.encode_query,
            cache,
            suffix="\0query",  # beside the vectors of the same texts as documents
            batch=CHUNK,
            by_length=False,
            progress=progress,
        )
        learnt = collection_heads(corpus, encoder, rows, cache.get, asked)
        files.write_heads(folder, learnt)
        levels = EncodedOnce(
            encoder.encode_query, cache, suffix=asked.suffix, batch=CHUNK, by_length=False
        )
        found = collection_levels(corpus, rows, cache.get, levels, frozenset(learnt))
        files.write_levels(folder, found)
        cache.tidy(texts + asked.keys + levels.keys)
    stems = (analyse(passage.embedded, passage.language) for passage in rows)
    owner = {practice.id: practice.collection for practice in practices}
    sizes = [*Counter(owner[passage.practice] for passage in rows).values()]
    postings.write_postings(folder / files.POSTINGS, stems, sizes)
    held = select.write_engine(root, folder, rows, facts, practices, dimension, encoder, engine)
    counts = {"collections": len(infos), "practices": len(practices), "passages": len(rows)}
    counts |= {"unanswered": len(unanswered)}
    counts |= {kind.value: sum(row.kind == kind for row in rows) for kind in PassageKind}
    contract = Manifest(
        format=manifest.FORMAT,
        package=manifest.package_version(),
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="microseconds"),
        encoder=encoder.id,
        dimension=dimension,
        parameters=files.PARAMETERS,
        corpus=corpus.hash,
        counts=counts,
        files=manifest.hash_files(folder),
        engine=held,
    )
    manifest.write_manifest(folder, contract)
    return contract


def _vectors(cache: VectorCache, texts: Sequence[str]) -> Iterator[Vectors]:
    for start in range(0, len(texts), ROWS):
        yield cache.get(texts[start : start + ROWS])


def _write_vectors(
    folder: Path,
    practices: Sequence[str],
    rows: Sequence[Passage],
    cache: VectorCache,
    dimension: int,
) -> None:
    """Write the vectors of the passages and, from them, the map; never hold them all."""
    place = {practice: i for i, practice in enumerate(practices)}
    owners = np.array([place[row.practice] for row in rows], np.int64)
    sums = np.zeros((len(practices), dimension))

    def summed() -> Iterator[Vectors]:
        start = 0
        for vectors in _vectors(cache, [row.embedded for row in rows]):
            map_layout.add_vectors(sums, vectors, owners[start : start + len(vectors)])
            start += len(vectors)
            yield vectors

    write_vectors(folder / files.VECTORS, dimension, summed())
    means = map_layout.unit_means(sums, np.bincount(owners, minlength=len(practices)))
    np.save(folder / files.PRACTICE_VECTORS, means)
    points = map_layout.map_points(practices, means)
    (folder / files.MAP).write_bytes(dump_points(points))
