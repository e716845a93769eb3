"""Does the server that holds the vectors answer, and has it those of the build that serves?"""

from __future__ import annotations

from recueil_qa import engines
from recueil_qa.finding import Finding, command
from recueil_qa.manifest import Manifest
from recueil_qa.messages import Text
from recueil_qa.milvus_client import Server
from recueil_qa.milvus_collections import aliased, check_collection
from recueil_qa.settings import Settings


def engine(settings: Settings, build: str, contract: Manifest) -> Finding | None:
    """Check what a build has on a Milvus server; None where all is in its files, as is wanted.

    Raises:
        EngineError: the server doesn't answer, or doesn't have it whole.
    """
    wanted = engines.wanted(settings)
    if not engines.is_of(contract, wanted):
        found = contract.engine.get("address", contract.engine.get("name", "?"))
        asked = wanted.get("address", wanted["name"])
        return Finding(
            "engine",
            "warning",
            Text(
                f"l'index est dans {found}, les réglages demandent {asked}",
                f"the index is in {found}, the settings ask for {asked}",
            ),
            command(settings, "build"),
        )
    if wanted["name"] == "faiss":
        return None
    check_collection(contract)
    server = Server(str(contract.engine["address"]))
    name, alias = str(contract.engine["collection"]), str(contract.engine["alias"])
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
            command(settings, "activate", build),
        )
    count = contract.counts["passages"]
    return Finding(
        "engine",
        "ok",
        Text(
            f"Milvus {server.version()} à {server.address} : {count} passages dans {name} "
            f"({alias})",
            f"Milvus {server.version()} at {server.address}: {count} passages in {name} ({alias})",
        ),
    )
