"""The connection to a Milvus server, or to a file of milvus-lite; pymilvus is imported here only.

Every call is bounded in time, and what goes wrong is told with what to do. The library's own log
is silenced: it prints a traceback for each error that is told.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import re
import sys
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from recueil_qa.errors import EngineError, IndexUnusableError
from recueil_qa.faults import technical
from recueil_qa.messages import Command, Text
from recueil_qa.settings import TOKEN, load_settings

ASKING, BUILDING = 5.0, 60.0  # seconds that one call may take
OLDEST, SPARSE = (2, 3), (2, 4)  # versions: that this was tried with, that have sparse vectors
LITE = "milvus_lite-"

Field = tuple[str, str, Mapping[str, Any]]  # name, type, and what else pymilvus is told


class CollectionError(EngineError, IndexUnusableError):
    """A collection that a build needs, and that can't serve it."""


class Server:
    """One server by its address; may be shared between threads. It is connected to when asked."""

    def __init__(self, address: str, seconds: float | None = None) -> None:
        """Take how long a call may take, if not as a question's."""
        self.address = address
        self.seconds = ASKING if seconds is None else seconds

    def do(self, name: str, *given: Any, **named: Any) -> Any:
        """Call a method of pymilvus's client.

        Raises:
            EngineError: the server doesn't answer, or refuses.
        """
        client = self._client
        import grpc
        from pymilvus.exceptions import MilvusException

        try:
            return getattr(client, name)(*given, timeout=self.seconds, **named)
        except (MilvusException, grpc.RpcError) as error:  # a frozen server's is not a Milvus one
            raise self._refusal(error) from error

    def version(self) -> str:
        """Return the server's version, after checking that it is one that this can work with.

        Raises:
            EngineError: it doesn't answer, or is too old.
        """
        found = str(self.do("get_server_version"))
        if not found.startswith(LITE) and _numbers(found) < OLDEST:
            wanted = ".".join(map(str, OLDEST))
            raise EngineError(
                Text(
                    f"Milvus à {self.address} est en version {found} ; {wanted} ou plus récent est "
                    "attendu",
                    f"Milvus at {self.address} is version {found}; {wanted} or later is needed",
                ),
                Text(
                    "mettez le serveur à jour, ou réglez RECUEIL_MILVUS sur un autre",
                    "a newer server, or RECUEIL_MILVUS set to another one",
                ),
            )
        return found

    @cached_property
    def _client(self) -> Any:
        # What grpc prints of its own, of each connection that ends.
        os.environ.setdefault("GRPC_VERBOSITY", "NONE")
        try:
            from pymilvus import MilvusClient
            from pymilvus.exceptions import MilvusException
        except ModuleNotFoundError as error:
            raise _missing("pymilvus") from error
        if self.address.endswith(".db") and not importlib.util.find_spec("milvus_lite"):
            raise _missing("milvus-lite")
        for name in ("pymilvus", "milvus_lite", "grpc"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        token = load_settings().milvus_token.get_secret_value()
        try:
            return MilvusClient(self.address, token=token, timeout=self.seconds)
        except MilvusException as error:
            raise self._refusal(error) from error

    def _refusal(self, error: Exception) -> EngineError:
        reason = technical(_reason(error), 80)
        if self.address.endswith(".db"):
            return EngineError(
                Text(
                    "Milvus dans {} ne répond pas ({}) ; un seul programme à la fois peut s'en "
                    "servir",
                    "Milvus in {} does not answer ({}); one program at a time can use it",
                ).format(self.address, reason),
                Text(
                    "fermez l'autre, ou lancez un serveur Milvus et réglez RECUEIL_MILVUS sur son "
                    "adresse",
                    "close the other one, or start a Milvus server and set RECUEIL_MILVUS to its "
                    "address",
                ),
            )
        return EngineError(
            Text(
                "Milvus à {} ne répond pas, ou refuse ({})",
                "Milvus at {} does not answer, or refuses ({})",
            ).format(self.address, reason),
            Text(
                f"démarrez-le, ou corrigez RECUEIL_MILVUS et {TOKEN}, puis recommencez",
                f"start it, or correct RECUEIL_MILVUS and {TOKEN}, then try again",
            ),
        )


def schema_of(fields: Iterable[Field]) -> Any:
    """Return the schema of a collection."""
    from pymilvus import DataType, MilvusClient

    schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
    for name, kind, more in fields:
        schema.add_field(name, DataType[kind], **more)
    return schema


def indexes_of(indexes: Mapping[str, Mapping[str, Any]]) -> Any:
    """Return the indexes of fields of vectors, all by inner products: higher is better."""
    from pymilvus import MilvusClient

    parameters = MilvusClient.prepare_index_params()
    for field, given in indexes.items():
        parameters.add_index(field, metric_type="IP", **given)
    return parameters


def fused_request(searches: Iterable[Mapping[str, Any]], weight: int) -> dict[str, Any]:
    """Return what `hybrid_search` needs to fuse searches by reciprocal ranks."""
    from pymilvus import AnnSearchRequest, RRFRanker

    return {
        "reqs": [AnnSearchRequest(**search) for search in searches],
        "ranker": RRFRanker(weight),
    }


def has_sparse(version: str) -> bool:
    """Return whether a server of a version searches sparse vectors."""
    return version.startswith(LITE) or _numbers(version) >= SPARSE


def _numbers(version: str) -> tuple[int, int]:
    found = re.match(r"v?(\d+)\.(\d+)", version)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _reason(error: Exception) -> str:
    # Of a grpc error, the text is pages of debugging.
    code, details = getattr(error, "code", None), getattr(error, "details", None)
    if callable(code) and callable(details):
        return f"{code().name}: {details()}"
    return str(getattr(error, "message", "")) or str(error)


def _missing(package: str) -> EngineError:
    return EngineError(
        Text(
            f"la bibliothèque {package} manque au moteur milvus",
            f"the engine milvus lacks the library {package}",
        ),
        Command(sys.executable, "-m", "pip", "install", package),
    )
