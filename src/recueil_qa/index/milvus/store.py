"""A new build put into a collection of its own on a Milvus server, and counted there."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from recueil_qa.errors import EngineError
from recueil_qa.index.graphs import EXACT
from recueil_qa.index.kinds import BuiltMilvus, Milvus
from recueil_qa.index.milvus.client import (
    BUILDING,
    Field,
    Server,
    has_sparse,
    indexes_of,
    schema_of,
)
from recueil_qa.index.milvus.tables import (
    FILLING,
    OWNER,
    PREFIX,
    STATE,
    VECTOR,
    WHOLE,
    check_count,
    identity,
)
from recueil_qa.index.passages import Facts, of_kind
from recueil_qa.index.postings import Postings
from recueil_qa.index.vectors import BREADTH_BUILT, NEIGHBOURS, FlatVectors
from recueil_qa.types import FACETS, PassageKind, Practice

SPARSE = "sparse"
ROWS = 1_000  # sent at a time
BREADTH = 1_024  # of a search in a graph: four times what each list keeps


def fill(
    root: Path,
    engine: Milvus,
    flat: FlatVectors,
    postings: Postings,
    facts: Facts,
    practices: Sequence[Practice],
) -> BuiltMilvus:
    """Make and fill the collection of a new build of the index at `root`.

    `engine` says where (`select.wanted`). Returns what the manifest keeps.

    Raises:
        EngineError: the server doesn't answer, or did not keep all; nothing is left there.
    """
    server = Server(engine.address, BUILDING)
    version = server.version()
    name = f"{PREFIX}{secrets.token_hex(8)}"
    built = BuiltMilvus(
        **engine.model_dump(),
        collection=name,
        version=version,
        sparse=has_sparse(version),
        breadth=BREADTH if len(facts) > EXACT else 0,
    )
    try:
        _create(server, built, flat.all.shape[1], root, practices)
        _insert(server, built, flat, postings, facts, practices)
        server.do("flush", name)
        check_count(server, name, len(facts))
        server.do("alter_collection_properties", name, {STATE: WHOLE})
    except BaseException:
        with suppress(EngineError):  # the next build drops what is left
            server.do("drop_collection", name)
        raise
    return built


def _create(
    server: Server, built: BuiltMilvus, dimension: int, root: Path, practices: Sequence[Practice]
) -> None:
    fields: list[Field] = [
        ("id", "INT64", {"is_primary": True}),
        ("practice", "INT64", {}),
        ("question", "BOOL", {}),
    ]
    for facet in FACETS:
        longest = max(len(getattr(practice, facet).encode()) for practice in practices)
        fields.append((facet, "VARCHAR", {"max_length": max(longest, 1)}))
    fields.append((VECTOR, "FLOAT_VECTOR", {"dim": dimension}))
    indexes: dict[str, dict[str, Any]] = {VECTOR: {"index_type": "FLAT"}}
    if built.breadth:
        graph = {"M": NEIGHBOURS, "efConstruction": BREADTH_BUILT}
        indexes[VECTOR] = {"index_type": "HNSW", "params": graph}
    if built.sparse:
        fields.append((SPARSE, "SPARSE_FLOAT_VECTOR", {}))
        exact = {"drop_ratio_build": 0.0}
        indexes[SPARSE] = {"index_type": "SPARSE_INVERTED_INDEX", "params": exact}
    server.do(
        "create_collection",
        built.collection,
        schema=schema_of(fields),
        num_shards=built.shards,
        properties={STATE: FILLING, OWNER: identity(root), "folder": str(root)},
    )
    # Nothing is in it yet that would have to be waited for.
    server.do("create_index", built.collection, indexes_of(indexes), sync=False)
    server.do("load_collection", built.collection, replica_number=built.replicas)


def _insert(
    server: Server,
    built: BuiltMilvus,
    flat: FlatVectors,
    postings: Postings,
    facts: Facts,
    practices: Sequence[Practice],
) -> None:
    facets = [{facet: getattr(practice, facet) for facet in FACETS} for practice in practices]
    asked = of_kind(facts, PassageKind.QUESTION)
    words = postings.rows()
    for start in range(0, len(facts), ROWS):
        rows: list[dict[str, Any]] = []
        for place in range(start, min(start + ROWS, len(facts))):
            owner = int(facts["practice"][place])
            row = {"id": place, "practice": owner, "question": bool(asked[place])}
            rows.append({**row, **facets[owner], VECTOR: np.array(flat.all[place])})
            if built.sparse:
                # An empty vector is refused: one of a number that no question has.
                rows[-1][SPARSE] = next(words) or {postings.stems: 1.0}
        server.do("insert", built.collection, rows)
