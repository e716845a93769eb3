"""The collections of builds on a Milvus server: checked, named by an alias, dropped.

The alias names the one of the build that serves, for operators and other programs; a reader uses
the one that its build's manifest names, so that texts and vectors are always of one build.
"""

from __future__ import annotations

import json
import secrets
from pathlib import Path

from pydantic import TypeAdapter

from recueil_qa.errors import EngineError
from recueil_qa.index import manifest
from recueil_qa.index.kinds import Built, BuiltFaiss, BuiltMilvus, BuiltOther, Milvus
from recueil_qa.index.milvus.client import BUILDING, CollectionError, Server, has_sparse
from recueil_qa.messages import Text

PREFIX = "recueil_"
VECTOR = "vector"
LOADED = "Loaded"  # that a collection can be searched
# What a collection says of itself: whether all of a build is in it, and the index of that build.
STATE, FILLING, WHOLE, OWNER = "state", "building", "whole", "index"
IDENTITY = ".milvus"  # the file that names an index among those that share a server

_BUILT: TypeAdapter[BuiltFaiss | BuiltMilvus | BuiltOther] = TypeAdapter(Built)


def check_collection(held: BuiltMilvus, dimension: int, passages: int) -> None:
    """Refuse the collection of a build that can't serve it; one that can is loaded.

    Raises:
        CollectionError: it is gone, half filled, or of other vectors.
        EngineError: the server doesn't answer, or is another version.
    """
    address, name = held.address, held.collection
    server = Server(address)
    version = server.version()
    if held.sparse and not has_sparse(version):
        raise EngineError(
            Text(
                f"Milvus à {address} est en version {version}, sans les vecteurs creux que cet "
                "index y a",
                f"Milvus at {address} is version {version}, without the sparse vectors that this "
                "index has there",
            ),
            Text(
                "remettez la version d'avant du serveur, ou recueil-qa build --force",
                "the server's version from before, or recueil-qa build --force",
            ),
        )
    if not server.do("has_collection", name):
        raise unfit(address, name, Text("n'existe pas", "is missing"))
    told = server.do("describe_collection", name)
    if told.get("properties", {}).get(STATE) != WHOLE:
        raise unfit(address, name, Text("n'est qu'en partie remplie", "is only half filled"))
    found = next(
        (field["params"].get("dim") for field in told["fields"] if field["name"] == VECTOR), None
    )
    if found != dimension:
        raise unfit(
            address,
            name,
            Text(
                f"a des vecteurs de dimension {found} au lieu de {dimension}",
                f"has vectors of dimension {found} instead of {dimension}",
            ),
        )
    try:
        if _state(server, name) != LOADED:
            Server(address, BUILDING).do("load_collection", name, replica_number=held.replicas)
    except EngineError as error:  # a large one takes longer than it is waited for
        if reason := why(server, name):
            raise reason from error
        raise
    check_count(server, name, passages)


def check_count(server: Server, collection: str, expected: int) -> None:
    """Refuse a collection, loaded, that holds more or fewer passages. Raises as above."""
    counted = server.do(
        "query", collection, filter="", output_fields=["count(*)"], consistency_level="Strong"
    )
    found = int(counted[0]["count(*)"])
    if found != expected:
        raise unfit(
            server.address,
            collection,
            Text(
                f"tient {found} passages au lieu de {expected}",
                f"holds {found} passages instead of {expected}",
            ),
        )


def why(server: Server, collection: str) -> EngineError | None:
    """Return why a question failed, if the server can tell."""
    try:
        if not server.do("has_collection", collection):
            return unfit(server.address, collection, Text("n'existe plus", "is gone"))
        found = _state(server, collection)
    except EngineError:
        return None
    if found == LOADED:
        return None
    return EngineError(
        Text(
            f"la collection {collection} de Milvus à {server.address} n'est pas encore chargée "
            f"({found})",
            f"the collection {collection} of Milvus at {server.address} is not loaded yet "
            f"({found})",
        ),
        Text("attendez une minute, puis recommencez", "wait a minute, then try again"),
    )


def _state(server: Server, collection: str) -> str:
    return str(server.do("get_load_state", collection)["state"].name)


def unfit(address: str, collection: str, why: Text) -> CollectionError:
    """Return the refusal of a collection."""
    fault = Text("la collection {} de Milvus à {} {}", "the collection {} of Milvus at {} {}")
    return CollectionError(
        fault.format(collection, address, why), manifest.REBUILD, manifest.GO_BACK
    )


def put_alias(held: BuiltMilvus) -> str:
    """Have the alias name the collection of a build; return the one that it named, or "".

    Raises:
        EngineError: the server doesn't answer, or has a collection of that name.
    """
    server, alias = Server(held.address, BUILDING), held.alias
    former = aliased(server, alias)
    if former == alias:
        raise EngineError(
            Text(
                f"Milvus à {server.address} a une collection qui s'appelle {alias}, comme l'alias "
                "de cet index ; rien n'a changé",
                f"Milvus at {server.address} has a collection called {alias}, as the alias of this "
                "index is; nothing has changed",
            ),
            Text("un autre nom dans RECUEIL_MILVUS_ALIAS", "another name in RECUEIL_MILVUS_ALIAS"),
        )
    if not former:
        server.do("create_alias", held.collection, alias)
    elif former != held.collection:
        server.do("alter_alias", held.collection, alias)
    return former


def put_back(held: BuiltMilvus, former: str) -> None:
    """Have the alias name again what it did. Raises EngineError."""
    if former:
        put_alias(held.model_copy(update={"collection": former}))
    else:
        Server(held.address, BUILDING).do("drop_alias", held.alias)


def aliased(server: Server, alias: str) -> str:
    """Return the collection that an alias names, or "". Raises EngineError."""
    if not server.do("has_collection", alias):
        return ""
    return str(server.do("describe_collection", alias)["collection_name"])


def held_by(folder: Path) -> BuiltMilvus | None:
    """Return what the manifest of a build says of its collection, if it has one.

    Of whatever version of the package. One that can't be read has none.
    """
    engine = _engine(folder)
    return engine if isinstance(engine, BuiltMilvus) else None


def _engine(folder: Path) -> BuiltFaiss | BuiltMilvus | BuiltOther | None:
    """Return what a manifest says of the engine, or None where it can't be read."""
    try:
        found = json.loads((folder / manifest.NAME).read_text("utf-8")).get("engine", {})
        return _BUILT.validate_python(found)
    except (OSError, ValueError, RecursionError, AttributeError):
        return None


def identity(root: Path) -> str:
    """Return what names an index, made the first time: paths and aliases are alike elsewhere.

    Raises:
        OSError: it can't be read or written.
    """
    path = root / IDENTITY
    if not path.exists():
        path.write_text(f"{secrets.token_hex(16)}\n", "utf-8")
    return path.read_text("utf-8").strip()


def drop(root: Path, held: BuiltMilvus) -> None:
    """Drop the collection of a build that is no more.

    Not one that an alias names, nor one that another index made: this may be a copy of it.

    Raises:
        OSError: what the index is can't be read.
        EngineError: the server doesn't answer; the next build drops it.
    """
    server, name = Server(held.address, BUILDING), held.collection
    if server.do("has_collection", name):
        _drop(server, name, identity(root))


def tidy(root: Path, engine: Milvus) -> None:
    """Drop the collections of this index that no build names: of builds that were killed.

    For who holds the lock (`builds.locks.building`).

    Raises:
        OSError: what the index is can't be read or written.
        EngineError: the server doesn't answer.
    """
    server = Server(engine.address, BUILDING)
    server.version()
    engines = [_engine(path) for path in root.iterdir() if manifest.is_build_name(path.name)]
    if None in engines:
        return  # it may name any of them
    named = {found.as_json().get("collection") for found in engines if found}
    for name in server.do("list_collections"):
        if name.startswith(PREFIX) and name not in named:
            _drop(server, name, identity(root))


def _drop(server: Server, collection: str, owner: str) -> None:
    told = server.do("describe_collection", collection).get("properties", {})
    if told.get(OWNER) == owner and not server.do("list_aliases", collection)["aliases"]:
        server.do("drop_collection", collection)
