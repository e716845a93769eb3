"""The log: who did what, nothing of what was asked, and no line that somebody forged."""

from __future__ import annotations

import errno
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from recueil_qa.access import audit, identity
from recueil_qa.access.identity import Identity, Visit
from recueil_qa.cli.main import main
from recueil_qa.settings import Settings
from tests.support.guarded import (
    MAINTAINER,
    READER,
    REPEATED,
    STRANGER,
    bearer,
    logged,
    make_key,
    told_by_proxy,
)

SOMEBODY = Identity("agent@exemple.fr", "proxy")


def test_each_request_has_its_line_without_its_words(
    stranger: TestClient, settings: Settings
) -> None:
    key = bearer(make_key(settings, "read", "feedback"))
    given = {"question": REPEATED, "verdict": "up", "answered": True, "comment": "secret words"}
    stranger.post("/api/v1/ask", json={"question": REPEATED}, headers=key)
    stranger.post("/api/v1/ask", json={"question": "recette tarte pommes"}, headers=key)
    stranger.post("/api/v1/search", json={"question": REPEATED}, headers=key)
    stranger.get("/api/v1/practices/petit-p2", headers=key)
    stranger.get("/api/v1/practices/petit-p2/similar", headers=key)
    stranger.post("/api/v1/feedback", json=given, headers=key)
    stranger.get("/api/v1/facets", headers=key)  # nobody's reading
    lines = logged(settings)
    assert [line["action"] for line in lines] == [
        "ask", "ask", "search", "read", "similar", "feedback"
    ]  # fmt: skip
    assert {line["way"] for line in lines} == {"key"}
    assert {line["address"] for line in lines} == {STRANGER}
    assert all(line["v"] == 1 and line["build"] and line["time"] for line in lines)
    assert [line.get("answered") for line in lines[:2]] == [True, False]
    assert lines[0]["characters"] == lines[2]["characters"] == len(REPEATED)
    assert lines[3]["practice"] == "petit-p2"
    assert settings.audit is not None
    whole = settings.audit.read_text()
    for word in (*REPEATED.split()[1:], "recette", "secret", "rq_"):
        assert word not in whole, word
    assert stat.S_IMODE(settings.audit.stat().st_mode) == 0o600


def test_a_tool_has_its_line(stranger: TestClient, settings: Settings) -> None:
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call",
            "params": {"name": "ask", "arguments": {"question": REPEATED}}}  # fmt: skip
    headers = bearer(make_key(settings)) | {"Accept": "application/json, text/event-stream"}
    assert stranger.post("/mcp", json=call, headers=headers).status_code == 200
    (line,) = logged(settings)
    assert (line["action"], line["tool"], line["answered"]) == ("tool", "ask", True)
    assert line["characters"] == len(REPEATED)


def test_a_page_has_a_line_a_question(settings: Settings, stranger: TestClient, small: Any) -> None:
    identity.enter(Visit(SOMEBODY, "192.0.2.1", is_page=True))
    try:
        small.ask(REPEATED)
        small.ask(REPEATED)
    finally:
        identity.enter(None)
    small.ask(REPEATED)
    assert [(line["user"], line["characters"]) for line in logged(settings)] == [
        (SOMEBODY.name, len(REPEATED))
    ] * 2


def test_refusals_are_told_until_there_are_many(stranger: TestClient, settings: Settings) -> None:
    statuses = [stranger.get("/api/v1/facets").status_code for _ in range(50)]
    assert statuses[:30] == [401] * 30 and set(statuses[31:]) == {429}
    lines = logged(settings)
    assert 30 <= len(lines) <= 31
    assert {(line["action"], line["code"]) for line in lines} == {("refused", "no-identity")}


@pytest.mark.parametrize(
    "name",
    ['a"}\n{"v":1,"action":"sign-on","user":"chef', "a\r\nb", "a\x00b", "a\u2028b\u2029\x85c",
     "\x1b[2J", "\ud800", "x" * 100_000, "<script>"],
)  # fmt: skip
def test_no_field_forges_a_line(settings: Settings, name: str) -> None:
    audit.keep(settings.audit)
    audit.record("read", Identity(name, "proxy"), name, practice=name, build=name)
    assert settings.audit is not None
    raw = settings.audit.read_bytes()
    assert raw.isascii() and raw.count(b"\n") == 1 and raw.endswith(b"\n")
    line = json.loads(raw)
    assert len(line["user"]) <= 200 and "\n" not in line["user"] and "\x1b" not in line["user"]
    assert line["action"] == "read"


def test_what_is_not_on_the_lists_is_not_written(settings: Settings) -> None:
    audit.keep(settings.audit)
    with pytest.raises(ValueError, match="no such action"):
        audit.record("anything", SOMEBODY)  # type: ignore[arg-type]
    audit.record("ask", SOMEBODY, question=REPEATED)
    assert "question" not in logged(settings)[0]


def test_a_log_that_cannot_be_written_stops_nobody(
    stranger: TestClient, settings: Settings, caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    key = bearer(make_key(settings))
    assert settings.audit is not None
    settings.audit.mkdir()
    for _ in range(3):
        assert stranger.get("/api/v1/practices/petit-p2", headers=key).status_code == 200
    told = [record for record in caplog.records if "can't be written" in record.getMessage()]
    assert len(told) == 1
    settings.audit.rmdir()
    write = os.write
    full = OSError(errno.ENOSPC, "full")
    monkeypatch.setattr(os, "write", lambda *_: (_ for _ in ()).throw(full))
    assert stranger.get("/api/v1/practices/petit-p2", headers=key).status_code == 200
    monkeypatch.setattr(os, "write", write)
    assert stranger.get("/api/v1/practices/petit-p2", headers=key).status_code == 200
    assert len(logged(settings)) == 1


def test_moved_away_it_begins_anew(settings: Settings) -> None:
    audit.keep(settings.audit)
    audit.record("read", SOMEBODY)
    assert settings.audit is not None
    settings.audit.rename(settings.audit.with_suffix(".1"))
    audit.record("ask", SOMEBODY)
    assert [line["action"] for line in logged(settings)] == ["ask"]


def test_commands_have_their_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECUEIL_HOME", str(tmp_path))
    monkeypatch.setenv("RECUEIL_ACCESS", "keys")
    monkeypatch.setenv("RECUEIL_AUDIT", "audit.jsonl")
    run = CliRunner()
    secret = run.invoke(main, ["keys", "create", "portail"]).stdout.strip()
    run.invoke(main, ["keys", "revoke", secret[3:15]])
    (tmp_path / "out").mkdir()
    run.invoke(main, ["feedback", "export", "--output", str(tmp_path / "out"), "--force"])
    lines = [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text().splitlines()]
    assert [line["action"] for line in lines] == ["key-created", "key-revoked", "export"]
    assert {line["way"] for line in lines} == {"command"}
    assert secret not in (tmp_path / "audit.jsonl").read_text()


def test_who_asks_by_a_proxy_is_named(proxied: TestClient, settings: Settings) -> None:
    own = {"Origin": "https://recueil.exemple.fr"}
    for name in (READER, MAINTAINER):
        headers = told_by_proxy(name) | own
        proxied.post("/api/v1/ask", json={"question": REPEATED}, headers=headers)
    told = [(line["user"], line["role"], line["way"]) for line in logged(settings)]
    assert told == [(READER, "reader", "proxy"), (MAINTAINER, "maintainer", "proxy")]


def test_a_command_of_an_account_without_a_name_has_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 1000")

    monkeypatch.setattr("getpass.getuser", nobody)
    audit.record_command("key-created", tmp_path / "audit.jsonl", key="abc")
    (line,) = map(json.loads, (tmp_path / "audit.jsonl").read_text("utf-8").splitlines())
    assert (line["user"], line["way"], line["action"]) == ("", "command", "key-created")
