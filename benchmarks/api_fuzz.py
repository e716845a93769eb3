"""Requests to every route of the API and to every tool of models' clients, right and wrong ones.

    .venv/bin/python -m benchmarks api-fuzz [--requests 20000]

Two fifths go to the API, made by Schemathesis from its own description, of each route in turn; the
others, from a process beside, to the tools over HTTP (`mcp_fuzz.py`) and a pipe (`mcp_pipe.py`).
One service asks for a key, as beyond one machine, and one for none; a rebuild that is asked for is
begun, and does nothing.

What is looked for: an answer of 500 or more, an error that the code did not foresee, an error of
the API that is no `application/problem+json`, a key or a path of this machine in a body. The result
goes into `benchmarks/results/`; the exit code is 1 if anything is found.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from unittest.mock import patch

import click
import hypothesis
import schemathesis
from schemathesis import GenerationMode
from starlette.testclient import TestClient

from benchmarks import mcp_fuzz, mcp_pipe
from benchmarks.fuzzing import Found, watched
from recueil_qa import Assistant, load_settings, maintenance
from recueil_qa.access.identity import SCOPES
from recueil_qa.access.keys import KeyFile
from recueil_qa.api.application import create_app, standalone
from recueil_qa.builds.rebuild import Rebuilt
from recueil_qa.settings import Settings
from recueil_qa.shared import Shared

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "benchmarks" / "results" / f"api-fuzz-{version('recueil-qa')}.json"
A_ROUND = 50  # requests of one route and kind
ADDRESS = "http://127.0.0.1"
PROBLEM = "application/problem+json"


def fuzz(assistant: Assistant, settings: Settings, requests: int) -> Found:
    """Put so many requests to a service with these settings, which ask for keys."""
    found = Found()
    settings = settings.model_copy(update={"rebuild": True})
    shared = Shared(settings, assistant)
    schema = schemathesis.openapi.from_dict(create_app(shared).openapi())
    made: Any = schema.get_all_operations()
    operations = [each.ok() for each in made]
    _, key = KeyFile(settings.access_keys).create("fuzz", SCOPES, 1)
    secrets = secrets_of(settings, key)
    # Without the gate as well, which keeps odd addresses from what lies behind it.
    services = (shared, without_gate(shared))
    with watched(found), ExitStack() as stack:
        # Thousands are asked for.
        stack.enter_context(patch.object(maintenance, "rebuild", _rebuilt))
        clients = [
            stack.enter_context(
                TestClient(standalone(each), base_url=ADDRESS, raise_server_exceptions=False)
            )
            for each in services
        ]
        turn = 0
        while found.requests < requests:
            for operation in operations:
                for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                    _round(operation, mode, turn, clients, key, secrets, requests, found)
            turn += 1
    return found


def _rebuilt(*_: Any, **__: Any) -> Rebuilt:
    return Rebuilt(Path("none"), built=False, served=True)


def without_gate(shared: Shared) -> Shared:
    """Return the same service for those who need no key."""
    settings = shared.settings.model_copy(update={"access": "", "audit": None})
    return Shared(settings, shared.assistant())


def secrets_of(settings: Settings, key: str) -> tuple[str, ...]:
    """Return what no answer may hold."""
    places = (str(settings.home), str(settings.index), str(ROOT))
    return (key, *places, "Traceback", "site-packages")


def _round(
    operation: Any,
    mode: GenerationMode,
    turn: int,
    clients: Sequence[TestClient],
    key: str,
    secrets: tuple[str, ...],
    requests: int,
    found: Found,
) -> None:
    if found.requests >= requests:
        return

    @hypothesis.seed(turn)
    @hypothesis.given(operation.as_strategy(generation_mode=mode))
    @hypothesis.settings(
        max_examples=min(A_ROUND, requests - found.requests),
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=[*hypothesis.HealthCheck],
    )
    def run(case: Any) -> None:
        for client in clients:  # one case for both: making it takes longer than answering it
            if found.requests < requests:
                _put(case, client, key, secrets, found)

    try:
        run()
    except hypothesis.errors.Unsatisfiable:
        return  # a route without parameters has no wrong ones


def _put(case: Any, client: TestClient, key: str, secrets: tuple[str, ...], found: Found) -> None:
    asked = case.as_transport_kwargs(base_url=ADDRESS)
    asked.pop("cookies", None)
    headers = {str(name): value for name, value in (asked.pop("headers", None) or {}).items()}
    if isinstance(asked.get("data"), bytes | str):
        asked["content"] = asked.pop("data")
    headers["Authorization"] = f"Bearer {key}"
    try:
        request = client.build_request(**asked, headers=headers)
    except Exception as error:
        # What a client can't put into a request reaches no server.
        found.unsendable += 1
        found.requests += 1
        found.statuses[type(error).__name__] += 1
        return
    reply = client.send(request)
    found.requests += 1
    found.statuses[str(reply.status_code)] += 1
    found.routes[f"{case.operation.method.upper()} {case.operation.path}"] += 1
    where = f"{case.operation.method} {case.operation.path}: {reply.status_code}"
    if reply.status_code >= 500:
        found.faults.append(f"{where} {reply.text[:200]}")
    if reply.status_code >= 400 and reply.headers.get("content-type") != PROBLEM:
        found.faults.append(f"{where}: an error that is no problem")
    found.check_secrets(where, reply.text, secrets)


@click.command()
@click.option("--requests", type=click.IntRange(100, 10_000_000), default=20_000, show_default=True)
def main(requests: int) -> None:
    """Fuzz every route of the API, and every tool."""
    api, lines = requests * 2 // 5, requests // 20
    began = time.perf_counter()
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        asked = [pool.submit(_api, api), pool.submit(_tools, requests - api - lines, lines)]
        parts = {name: part for each in asked for name, part in each.result().items()}
    told = {
        "requests": sum(part.requests for part in parts.values()),
        "faults": sum(len(part.faults) for part in parts.values()),
        "seconds": round(time.perf_counter() - began, 1),
        **{name: part.told() for name, part in parts.items()},
        "versions": {name: version(name) for name in ("hypothesis", "mcp", "schemathesis")},
    }
    TARGET.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")
    print(json.dumps(told, ensure_ascii=False, indent=1))
    sys.exit(1 if told["faults"] else 0)


@contextmanager
def _service() -> Iterator[Shared]:
    """Open the project's own index as a service in a home of its own."""
    with tempfile.TemporaryDirectory() as folder:
        own = load_settings()
        settings = Settings(
            home=Path(folder),
            corpus=own.corpus,
            index=own.index,
            encoder=own.encoder,
            access="keys",
            rate=1_000_000,
        )
        assistant = Assistant.open(settings)
        assistant.load_encoder()
        yield Shared(settings, assistant)


def _api(requests: int) -> dict[str, Found]:
    with _service() as shared:
        return {"api": fuzz(shared.assistant(), shared.settings, requests)}


def _tools(requests: int, lines: int) -> dict[str, Found]:
    with _service() as shared:
        settings = shared.settings
        _, key = KeyFile(settings.access_keys).create("fuzz", SCOPES, 1)
        secrets = secrets_of(settings, key)
        messages = mcp_fuzz.messages_of(shared.assistant())
        services = (shared, without_gate(shared))
        over_http = mcp_fuzz.fuzz(services, messages, key, secrets, requests)
        command = [sys.executable, "-m", "recueil_qa.cli.main", "mcp"]
        places = {"HOME": settings.home, "CORPUS": settings.corpus, "INDEX": settings.index,
                  "ENCODER": settings.encoder}  # fmt: skip
        environment = os.environ | {f"RECUEIL_{name}": str(at) for name, at in places.items()}
        over_pipe = mcp_pipe.fuzz(command, environment, messages, secrets, lines)
        return {"tools": over_http, "pipe": over_pipe}
