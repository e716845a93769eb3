"""The index: does each part of the build that serves hold what the others count on?

A Milvus server that holds its vectors too, where there is one.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from recueil_qa.corpus.corpus import Corpus
from recueil_qa.corpus.quotations import Sources
from recueil_qa.doctor.finding import Finding, command, some
from recueil_qa.index import opening, select
from recueil_qa.index.current import current_build
from recueil_qa.index.files import (
    MAP,
    PASSAGES,
    POSTINGS,
    PRACTICES,
    UNANSWERED,
    VECTORS,
    BuildFolder,
    check_build,
    reading,
)
from recueil_qa.index.kinds import BuiltMilvus
from recueil_qa.index.milvus.client import Server
from recueil_qa.index.milvus.tables import aliased, check_collection
from recueil_qa.messages import Text
from recueil_qa.settings import Settings
from recueil_qa.types import Passage, PassageKind, Practice

_FAISS_HEADER = struct.Struct("<4siq")  # what kind of index, dimension, vectors
_POSTINGS_PARAMETERS = "params.index.json"


def serving(settings: Settings, encoder: str) -> tuple[Finding, BuildFolder]:
    """Check the build that serves, as opening it does; return it too.

    Raises:
        IndexMissingError, IndexDamagedError, IndexMismatchError: with the command that mends it.
    """
    build = check_build(current_build(settings.index))
    if encoder:  # else the encoder's own finding says it
        opening.check_encoder(build.manifest, encoder)
    count, files = build.count("passages"), len(build.manifest.files)
    finding = Finding(
        "index",
        "ok",
        Text(
            f"{build.path} : {count} passages, {files} fichiers intacts",
            f"{build.path}: {count} passages, {files} files intact",
        ),
    )
    return finding, build


def contents(
    settings: Settings, build: BuildFolder, practices: Sequence[Practice], rows: Sequence[Passage]
) -> Finding:
    """Compare the parts of a build with each other, FAISS's without loading it.

    Raises:
        IndexDamagedError: one of them can't be read.
    """
    faults = [*_uneven(build, practices, rows)]
    if faults:
        told = "; ".join(faults)
        return Finding(
            "contents",
            "error",
            Text(
                f"les parties de l'index ne s'accordent pas : {told}",
                f"the parts of the index disagree: {told}",
            ),
            command(settings, "build", "--force"),
        )
    return Finding(
        "contents",
        "ok",
        Text(
            f"{len(rows)} vecteurs et textes, {len(practices)} pratiques sur la carte",
            f"{len(rows)} vectors and texts, {len(practices)} practices on the map",
        ),
    )


def _uneven(
    build: BuildFolder, practices: Sequence[Practice], rows: Sequence[Passage]
) -> Iterator[str]:
    """Yield what disagrees, in names and numbers that read alike in both languages."""
    names = [practice.id for practice in practices]
    folder, contract = build.path, build.manifest
    found: dict[str, tuple[object, object]] = {
        PRACTICES: (len(practices), contract.counts.get("practices")),
        PASSAGES: (len(rows), contract.counts.get("passages")),
    }
    vectors = {UNANSWERED: build.count("unanswered")}
    if not isinstance(contract.engine, BuiltMilvus):  # which keeps them itself
        vectors = {VECTORS: len(rows), **vectors}
    for file, count in vectors.items():
        dimension, size = _vectors(folder / file)
        found[file] = (f"{size} × {dimension}", f"{count} × {build.dimension}")
    postings = _json(folder / POSTINGS / _POSTINGS_PARAMETERS)
    counted = postings.get("num_docs") if isinstance(postings, dict) else None
    found[POSTINGS] = (counted, len(rows))
    for file, (number, expected) in found.items():
        if number != expected:
            yield f"{file} {number} ≠ {expected}"
    places = _json(folder / MAP)
    if [place.get("practice") for place in places if isinstance(place, dict)] != names:
        yield f"{MAP} ≠ {PRACTICES}"
    build.read_unanswered_of()
    strange = {row.practice for row in rows} - set(names)
    if strange:
        yield f"{PASSAGES} : {some(sorted(strange))} ?"


def _vectors(path: Path) -> tuple[int, int]:
    """Return the dimension and the number of vectors that the header of a FAISS index says."""
    with reading(path), path.open("rb") as file:
        try:
            _, dimension, size = _FAISS_HEADER.unpack(file.read(_FAISS_HEADER.size))
        except struct.error as error:
            raise ValueError(str(error)) from error
    return dimension, size


def _json(path: Path) -> Any:
    with reading(path):
        return json.loads(path.read_bytes())


def engine(settings: Settings, build: BuildFolder) -> Finding | None:
    """Check what a build has on a Milvus server; None where all is in its files, as is wanted.

    Raises:
        EngineError: the server doesn't answer, or doesn't have it whole.
    """
    wanted = select.wanted(settings)
    built = build.manifest.engine
    if not built.is_as(wanted):
        found, asked = built.place, wanted.place
        return Finding(
            "engine",
            "warning",
            Text(
                f"l'index est dans {found}, les réglages demandent {asked}",
                f"the index is in {found}, the settings ask for {asked}",
            ),
            command(settings, "build"),
        )
    if not isinstance(built, BuiltMilvus):
        return None
    count = build.count("passages")
    check_collection(built, build.dimension, count)
    server, name, alias = Server(built.address), built.collection, built.alias
    named = aliased(server, alias)
    if named != name:
        return Finding(
            "engine",
            "warning",
            Text(
                f"l'alias {alias} de Milvus à {server.address} désigne {named or 'rien'}, pas la "
                f"collection de la version en service, {name}",
                f"the alias {alias} of Milvus at {server.address} names {named or 'nothing'}, not "
                f"the collection of the build in service, {name}",
            ),
            command(settings, "activate", build.name),
        )
    return Finding(
        "engine",
        "ok",
        Text(
            f"Milvus {server.version()} à {server.address} : {count} passages dans {name} "
            f"({alias})",
            f"Milvus {server.version()} at {server.address}: {count} passages in {name} ({alias})",
        ),
    )


def quotations(settings: Settings, corpus: Corpus, rows: Sequence[Passage]) -> Finding:
    """Look for each line of the build in the sources, and in the practices checked with them.

    Raises:
        OSError: a source can't be read.
    """
    lines = {row.text: row.id for row in rows if row.kind is PassageKind.LINE}
    # What a corpus that was read holds is quoted rightly, by its own rules.
    for collection in corpus.collections:
        for practice in collection.practices:
            for section in practice.sections:
                for line in section.lines:
                    lines.pop(line.text, None)
    sources = Sources(
        {
            f"{collection.config.id}/{name}": (collection.path / name).read_text("utf-8")
            for collection in corpus.collections
            for name in collection.config.sources
        }
    )
    lost = [name for text, name in lines.items() if not sources.holds(text)]
    if lost:
        return Finding(
            "quotations",
            "error",
            Text(
                f"{len(lost)} ligne(s) que l'index cite ne sont plus dans la source : {some(lost)}",
                f"{len(lost)} line(s) that the index quotes are no longer in the source: "
                f"{some(lost)}",
            ),
            command(settings, "build"),
        )
    return Finding(
        "quotations",
        "ok",
        Text("chaque ligne citée est dans la source", "every line quoted is in the source"),
    )


def freshness(settings: Settings, corpus: Corpus, build: BuildFolder) -> Finding:
    """Compare the corpus with the one that the build was made from."""
    created = build.manifest.created[:19].replace("T", " ")
    if corpus.hash == build.manifest.corpus:
        return Finding("freshness", "ok", Text(f"index du {created} UTC", f"built {created} UTC"))
    return Finding(
        "freshness",
        "warning",
        Text(
            f"le corpus a changé depuis la construction de l'index ({created} UTC)",
            f"the corpus has changed since the index was built ({created} UTC)",
        ),
        command(settings, "build"),
    )
