"""Each route of the API, by requests made from its description: few here, many by the benchmark."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from benchmarks import api_fuzz
from benchmarks.api_fuzz import fuzz
from benchmarks.fuzzing import Found
from recueil_qa import Assistant
from tests.support.guarded import settings_of

FEW = 220


def test_no_request_meets_a_fault(
    tmp_path: Path, small: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_fuzz, "A_ROUND", 5)
    settings = settings_of(tmp_path, small, access="keys", rate=1_000_000, audit=None)
    found = fuzz(small, settings, FEW)
    assert found.faults == []
    assert found.requests == FEW
    assert len(found.routes) == 11  # every one there is
    assert {"200", "422"} <= {*found.statuses}


def test_faults_are_found(
    tmp_path: Path, small: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What finds nothing on a broken service would prove nothing."""
    settings = settings_of(tmp_path, small, access="keys", rate=1_000_000, audit=None)

    async def broken(_: Request) -> Response:
        return PlainTextResponse(f"Traceback in {tmp_path}", 500)

    methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]
    app = Starlette(routes=[Route("/{rest:path}", broken, methods=methods)])
    monkeypatch.setattr(api_fuzz, "standalone", lambda _: app)
    monkeypatch.setattr(api_fuzz, "A_ROUND", 1)
    found = fuzz(small, settings, 4)
    kinds = {fault.rpartition(": ")[2] for fault in found.faults}
    assert len(found.faults) == 12 and "tells 2 of what it must not" in kinds
    assert "an error that is no problem" in kinds


def test_what_no_client_can_send_is_counted_apart() -> None:
    case = SimpleNamespace(
        as_transport_kwargs=lambda base_url: {
            "method": "GET", "url": f"{base_url}/", "params": {"q": "x" * 70_000}, "headers": None,
        }
    )  # fmt: skip
    found = Found()
    with TestClient(Starlette()) as client:
        api_fuzz._put(case, client, "key", (), found)
    assert found.requests == found.unsendable == 1
    assert found.faults == []
