"""Requests made from the API's own description, right and wrong ones, put to the whole service.

    .venv/bin/python -m benchmarks api-fuzz [--requests 20000]

Schemathesis makes them, of each route in turn; the service asks for a key, as beyond one machine,
and by turns for none. A rebuild that is asked for is begun, and does nothing. What is looked for:
an answer of 500 or more, an error that the code did not foresee, an error that is no
`application/problem+json`, a key or a path of this machine in a body.
The result goes into `benchmarks/results/`; the exit code is 1 if anything is found.
"""

from __future__ import annotations

import json
import logging
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any
from unittest.mock import patch

import click
import hypothesis
import schemathesis
from schemathesis import GenerationMode
from starlette.testclient import TestClient

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


@dataclass
class Found:
    """What came of the requests."""

    requests: int = 0
    unsendable: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    routes: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


class _Unforeseen(logging.Handler):
    """Keeps the errors that the service did not foresee, which it logs with their traceback."""

    def __init__(self, found: Found) -> None:
        super().__init__(logging.ERROR)
        self._found = found

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info:
            self._found.faults.append(f"a traceback: {record.exc_info[1]!r}")


def fuzz(assistant: Assistant, settings: Settings, requests: int) -> Found:
    """Put so many requests to a service with these settings, which ask for keys."""
    found = Found()
    settings = settings.model_copy(update={"rebuild": True})
    shared = Shared(settings, assistant)
    schema = schemathesis.openapi.from_dict(create_app(shared).openapi())
    made: Any = schema.get_all_operations()
    operations = [each.ok() for each in made]
    _, key = KeyFile(settings.access_keys).create("fuzz", SCOPES, 1)
    places = (str(settings.home), str(settings.index), str(ROOT))
    secrets = (key, *places, "Traceback", "site-packages")
    watch = _Unforeseen(found)
    logging.getLogger("recueil_qa").addHandler(watch)
    try:
        # By turns without the gate, which keeps odd addresses from what lies behind it.
        bare = Shared(settings.model_copy(update={"access": "", "audit": None}), assistant)
        with ExitStack() as stack:
            # Thousands are asked for.
            stack.enter_context(patch.object(maintenance, "rebuild", _rebuilt))
            guarded, inner = (
                stack.enter_context(
                    TestClient(standalone(each), base_url=ADDRESS, raise_server_exceptions=False)
                )
                for each in (shared, bare)
            )
            turn = 0
            while found.requests < requests:
                client = inner if turn % 2 else guarded
                for operation in operations:
                    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                        _round(operation, mode, turn, client, key, secrets, requests, found)
                turn += 1
    finally:
        logging.getLogger("recueil_qa").removeHandler(watch)
    return found


def _rebuilt(*_: Any, **__: Any) -> Rebuilt:
    return Rebuilt(Path("none"), built=False, served=True)


def _round(
    operation: Any,
    mode: GenerationMode,
    turn: int,
    client: TestClient,
    key: str,
    secrets: tuple[str, ...],
    requests: int,
    found: Found,
) -> None:
    @hypothesis.seed(turn)
    @hypothesis.given(operation.as_strategy(generation_mode=mode))
    @hypothesis.settings(
        max_examples=A_ROUND,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=[*hypothesis.HealthCheck],
    )
    def run(case: Any) -> None:
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
    try:
        reply = client.request(**asked, headers=headers | {"Authorization": f"Bearer {key}"})
    except (ValueError, TypeError, UnicodeError) as error:
        # What a client can't put into a request reaches no server.
        found.unsendable += 1
        found.requests += 1
        found.statuses[type(error).__name__] += 1
        return
    found.requests += 1
    found.statuses[str(reply.status_code)] += 1
    found.routes[f"{case.operation.method.upper()} {case.operation.path}"] += 1
    where = f"{case.operation.method} {case.operation.path}: {reply.status_code}"
    if reply.status_code >= 500:
        found.faults.append(f"{where} {reply.text[:200]}")
    if reply.status_code >= 400 and reply.headers.get("content-type") != PROBLEM:
        found.faults.append(f"{where}: an error that is no problem")
    told = [secret for secret in secrets if secret and secret in reply.text]
    if told:
        found.faults.append(f"{where}: tells {len(told)} of what it must not")


@click.command()
@click.option("--requests", type=click.IntRange(100, 10_000_000), default=20_000, show_default=True)
def main(requests: int) -> None:
    """Fuzz every route of the API."""
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
        began = time.perf_counter()
        found = fuzz(assistant, settings, requests)
        seconds = time.perf_counter() - began
    told = {
        "requests": found.requests,
        "unsendable": found.unsendable,
        "seconds": round(seconds, 1),
        "statuses": dict(sorted(found.statuses.items())),
        "routes": dict(sorted(found.routes.items())),
        "faults": found.faults[:50],
        "schemathesis": version("schemathesis"),
    }
    TARGET.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")
    print(json.dumps(told, ensure_ascii=False, indent=1))
    sys.exit(1 if found.faults else 0)
