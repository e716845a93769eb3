"""Answers that a language model reads, by the API as by the command line."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from starlette.testclient import TestClient

from recueil_qa import Answer, Assistant, Filters
from recueil_qa.api import readings
from recueil_qa.api.application import standalone
from recueil_qa.api.requests import AskedAnswer
from recueil_qa.reader.reading import Reader
from recueil_qa.shared import Shared
from tests.support.command_line import program
from tests.support.model_server import KEY, MODEL, failing, saying, serving
from tests.support.waiting import PATIENCE

QUESTION = "Le standard est saturé par des appels répétés"
GOOD = {
    "verdict": "answers",
    "probability": 0.93,
    "practices": [
        {"practice": "petit-p3", "grade": 2, "lines": ["conseils/2"], "why": "bannir le jargon"},
        {"practice": "p99", "grade": 2, "lines": []},
    ],
}
HERE = "http://127.0.0.1"


@pytest.fixture
def read_at(small: Assistant, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Return what serves the API with the reader of an address."""
    monkeypatch.setenv("RECUEIL_READER_KEY", KEY)

    @contextmanager
    def opened(address: str, **given: Any) -> Iterator[TestClient]:
        update: dict[str, Any] = {
            "reader": address,
            "reader_model": MODEL,
            "reader_seconds": 30.0,
        } | given
        settings = type(small.settings)(
            home=small.settings.home, corpus=small.settings.corpus, index=small.settings.index,
            **update,
        )  # fmt: skip
        assistant = Assistant(small.index, settings, small.load_encoder())
        with TestClient(standalone(Shared(settings, assistant)), base_url=HERE) as client:
            yield client

    return opened


def ask(client: TestClient, question: str = QUESTION, **more: Any) -> Any:
    reply = client.post("/api/v1/ask", json={"question": question, **more})
    assert reply.status_code == 200, reply.text
    assert KEY not in reply.text
    return reply.json()


def test_an_answer_comes_as_the_model_reads_it(read_at: Any) -> None:
    with serving(saying(GOOD)) as script, read_at(script.address) as client:
        plain = ask(client)
        assert plain["reader"] is None and script.asked == []
        told = ask(client, reader=True)
        assert len(script.asked) == 1
    assert told["reader"].pop("seconds") >= 0
    assert told["reader"] == {
        "model": MODEL, "dropped": 1, "used": True, "silenced": 0, "cached": False, "notice": None,
    }  # fmt: skip
    assert told["hits"][0]["practice"]["id"] == "petit-p3" != plain["hits"][0]["practice"]["id"]


@pytest.mark.parametrize("asked", [(), ("--as-typed",), ("--top", "2"), ("--theme", "Écrit")])
def test_the_api_and_the_command_line_tell_the_same(
    read_at: Any, small: Assistant, monkeypatch: pytest.MonkeyPatch, asked: tuple[str, ...]
) -> None:
    run = program(small.settings.home, monkeypatch)
    bodies: dict[tuple[str, ...], dict[str, Any]] = {
        (): {}, ("--as-typed",): {"as_typed": True}, ("--top", "2"): {"top": 2},
        ("--theme", "Écrit"): {"filters": {"theme": ["Écrit"]}},
    }  # fmt: skip
    body = bodies[asked]
    monkeypatch.setenv("RECUEIL_READER_MODEL", MODEL)
    with serving(saying(GOOD)) as script, read_at(script.address) as client:
        monkeypatch.setenv("RECUEIL_READER", script.address)
        ask(client, reader=True, **body)
        # Kept by now: how many seconds it took is told alike.
        printed = run("ask", QUESTION, *asked, "--json")
        assert printed.exit_code == 0, printed.output
        assert ask(client, reader=True, **body) == json.loads(printed.stdout)
        assert json.loads(printed.stdout)["reader"]["cached"] is True
        assert len(script.asked) == 1


def test_what_is_asked_for_word_for_word_waits_for_no_model(read_at: Any, small: Assistant) -> None:
    with serving(saying(GOOD)) as script, read_at(script.address) as client:
        told = ask(client, small.index.practices[0].title, reader=True)
        assert told["hits"] and told["reader"] is None
        assert script.asked == []


def test_without_its_library_a_reader_leaves_the_first_answer_and_says_so(
    read_at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    with serving(saying(GOOD)) as script, read_at(script.address) as client:
        told = ask(client, reader=True)
        assert script.asked == []
    assert told["hits"] and told["reader"]["used"] is False
    assert "install" in told["reader"]["notice"]["en"]


def test_a_thread_that_can_not_begin_leaves_its_room(
    read_at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = threading.Thread.start

    def refused(thread: threading.Thread) -> None:
        if thread.name == "reader":
            raise RuntimeError("can't start new thread")
        begin(thread)

    monkeypatch.setattr(readings.Readings.__init__, "__defaults__", (1,))
    with serving(saying(GOOD)) as script, read_at(script.address) as client:
        client.raise_server_exceptions = False
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", refused)
            failed = client.post("/api/v1/ask", json={"question": QUESTION, "reader": True})
        assert (failed.status_code, "thread" in failed.text) == (500, False)
        assert ask(client, reader=True)["reader"]["used"] is True


def test_who_waits_is_told_of_a_failure_and_who_is_gone_holds_up_nobody(
    small: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, left = threading.Event(), threading.Event()
    first = small.ask(QUESTION)

    def read(*_: object, **__: object) -> Answer:
        assert go.wait(PATIENCE)
        return first

    def spoilt(_: Answer) -> bytes:
        raise ZeroDivisionError

    def told(_: Answer) -> bytes:
        left.set()
        return b"told"

    monkeypatch.setattr(Reader, "__init__", lambda *_: None)
    monkeypatch.setattr(Reader, "read", read)
    own = readings.Readings(small.settings, 1)

    async def both() -> None:
        given = (small.now(), first, AskedAnswer(question=QUESTION), Filters())
        gone = asyncio.ensure_future(own.told(*given, told))
        await asyncio.sleep(0)
        gone.cancel()
        go.set()
        assert await asyncio.to_thread(left.wait, PATIENCE)
        async with asyncio.timeout(PATIENCE):
            while own._room._value < 1:
                await asyncio.sleep(0)
        with pytest.raises(ZeroDivisionError):
            await own.told(*given, spoilt)
        assert await own.told(*given, told) == b"told"

    asyncio.run(both())


def test_without_a_model_it_is_refused(client: TestClient) -> None:
    refused = client.post("/api/v1/ask", json={"question": QUESTION, "reader": True})
    assert (refused.status_code, refused.json()["type"]) == (
        409, "urn:recueil-qa:problem:no-reader",
    )  # fmt: skip
    assert ask(client, reader=False)["reader"] is None


@pytest.mark.parametrize(
    ("reply", "said"),
    [(failing(401), "RECUEIL_READER_KEY"), (failing(500), "HTTP 500"), (saying("rubbish"), ""),
     (saying(GOOD | {"practices": []}), "")],
)  # fmt: skip
def test_a_model_that_fails_leaves_the_first_answer(read_at: Any, reply: Any, said: str) -> None:
    with serving(reply) as script, read_at(script.address) as client:
        first, told = ask(client), ask(client, reader=True)
    reading = told.pop("reader")
    assert (reading["used"], reading["model"]) == (False, MODEL)
    assert said in reading["notice"]["en"] and reading["notice"]["fr"]
    assert told == {name: value for name, value in first.items() if name != "reader"}


def test_a_late_model_leaves_the_first_answer(read_at: Any) -> None:
    with (
        serving(lambda _: None) as script,
        read_at(script.address, reader_seconds=0.05) as client,
    ):
        told = ask(client, reader=True)
        script.released.set()
    assert told["hits"] and told["reader"]["used"] is False
    assert "in time" in told["reader"]["notice"]["en"]


def test_what_nobody_foresaw_leaves_the_first_answer(
    read_at: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(Reader, "read", fail)
    with serving(saying(GOOD)) as script, read_at(script.address) as client:
        told = ask(client, reader=True)
    assert told["hits"] and "unexpected" in told["reader"]["notice"]["en"]
    assert "secret detail" in caplog.text and "secret" not in json.dumps(told)


def test_those_who_wait_for_a_model_hold_up_nobody(
    read_at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many as there is room for wait; one more has its first answer, and says why."""
    monkeypatch.setattr(readings.Readings.__init__, "__defaults__", (3,))
    come = threading.Semaphore(0)
    go = threading.Event()

    def reply(body: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        come.release()
        assert go.wait(PATIENCE)
        return saying(GOOD)(body)

    told: list[Any] = []
    with (
        serving(reply) as script,
        read_at(script.address, reader_cache=False) as client,
    ):
        waiting = [
            threading.Thread(target=lambda: told.append(ask(client, reader=True))) for _ in range(3)
        ]
        for thread in waiting:
            thread.start()
        for _ in waiting:
            assert come.acquire(timeout=PATIENCE)
        try:
            assert ask(client)["hits"]
            full = ask(client, reader=True)
            assert "too many" in full["reader"]["notice"]["en"] and full["hits"]
        finally:
            go.set()
        for thread in waiting:
            thread.join(PATIENCE)
        # There is room again.
        assert ask(client, reader=True)["reader"]["used"] is True
    assert [each["reader"]["used"] for each in told] == [True] * 3
