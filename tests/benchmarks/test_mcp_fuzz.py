"""Every tool of models' clients, by messages right and wrong: few here, many by the benchmark."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from benchmarks import mcp_fuzz, mcp_pipe
from benchmarks.api_fuzz import secrets_of, without_gate
from benchmarks.fuzzing import Found
from benchmarks.mcp_messages import ERAS
from recueil_qa import Assistant
from recueil_qa.mcp import readable
from recueil_qa.shared import Shared
from tests.support.guarded import make_key, settings_of

FEW = 160
LINES = 60


def fuzz(tmp_path: Path, small: Assistant, requests: int) -> Found:
    settings = settings_of(
        tmp_path, small, access="keys", access_hosts="", rate=1_000_000, audit=None
    )
    shared, key = Shared(settings, small), make_key(settings)
    services = (shared, without_gate(shared))
    messages = mcp_fuzz.messages_of(small)
    return mcp_fuzz.fuzz(services, messages, key, secrets_of(settings, key), requests)


def test_no_message_meets_a_fault(
    tmp_path: Path, small: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mcp_fuzz, "A_ROUND", FEW // 2)
    found = fuzz(tmp_path, small, FEW)
    assert found.faults == []
    assert found.requests == FEW
    assert {"ask", "search", "fetch", "similar", "list_facets", "POST /mcp"} <= {*found.routes}
    assert {"200", "202", "400", "405"} <= {*found.statuses}


def test_no_line_of_a_pipe_meets_a_fault(small: Assistant) -> None:
    home, index = str(small.settings.home), str(small.settings.index)
    script = f"""if True:
        import sys
        from pathlib import Path

        sys.path[:0] = {sys.path!r}
        from recueil_qa import Assistant, Settings
        from recueil_qa.index.opening import open_index
        from recueil_qa.mcp.tools import make_server
        from recueil_qa.shared import Shared
        from tests.support.encoders import HashEncoder

        settings = Settings(home=Path({home!r}), index=Path({index!r}))
        served = Assistant(open_index(settings.index), settings, HashEncoder())
        make_server(Shared(settings, served)).run("stdio")
    """
    messages = mcp_fuzz.messages_of(small)
    command = [sys.executable, "-c", script]
    found = mcp_pipe.fuzz(command, os.environ, messages, (home, "Traceback"), LINES, ERAS[1:])
    assert found.faults == []
    assert {"ask", "search", "fetch", "similar", "list_facets", "line"} == {*found.routes}
    assert {"result", "isError", "error"} <= {*found.statuses}


def test_a_tool_that_breaks_is_found(
    tmp_path: Path, small: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What finds nothing on a broken service would prove nothing."""

    def broken(*_: object, **__: object) -> str:
        raise RuntimeError("broken")

    monkeypatch.setattr(readable, "practice_text", broken)
    found = fuzz(tmp_path, small, 40)
    kinds = {fault.rpartition(": ")[2] for fault in found.faults}
    assert "'Error executing tool fetch'" in kinds
    assert any(fault.startswith("a traceback: ") for fault in found.faults)


def test_answers_that_tell_places_fail_or_never_end_are_found(
    tmp_path: Path, small: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(request: Request) -> Response:
        if request.headers.get("mcp-protocol-version") == ERAS[0]:
            return PlainTextResponse(f"Traceback in {tmp_path}", 500)
        if len(await request.body()) % 2:
            return StreamingResponse(iter(["data: 1"]), media_type="text/event-stream")
        raise RuntimeError("broken")

    methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"]
    served = Starlette(routes=[Route("/mcp", broken, methods=methods)])
    monkeypatch.setattr(mcp_fuzz, "application", lambda _: served)
    found = fuzz(tmp_path, small, 30)
    said = " ".join(found.faults)
    for what in ("tells 2 of what it must not", "500 Traceback", "nothing ends", "RuntimeError"):
        assert what in said


def test_a_pipe_that_breaks_is_found(tmp_path: Path, small: Assistant) -> None:
    script = f"""if True:
        import json, sys
        for line in sys.stdin:
            if "hello" in line:
                print(json.dumps({{"jsonrpc": "2.0", "id": "hello", "result": {{}}}}))
                print({str(tmp_path)!r}, flush=True)
            if "last" in line:
                sys.exit("Traceback")
    """
    messages = mcp_fuzz.messages_of(small)
    command = [sys.executable, "-c", script]
    found = mcp_pipe.fuzz(command, os.environ, messages, (str(tmp_path),), 8)
    said = " ".join(found.faults)
    for what in ("tells 1 of", "no message", "never answered", "ends with 1: Traceback"):
        assert what in said
