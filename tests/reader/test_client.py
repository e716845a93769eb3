from __future__ import annotations

import json
import logging
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from recueil_qa import Assistant
from recueil_qa.errors import ReaderError
from recueil_qa.reader import transport
from recueil_qa.reader.client import Client
from recueil_qa.reader.reading import Reader
from recueil_qa.search.searcher import Searcher
from recueil_qa.settings import Settings
from recueil_qa.types import Answer
from tests.support.model_server import (
    KEY,
    MODEL,
    ReadBy,
    Script,
    completion,
    failing,
    question_in,
    saying,
    serving,
)
from tests.support.waiting import PATIENCE

QUESTION = "Le standard est saturé par des appels répétés"
GOOD_FIRST = {
    "practice": "petit-p3", "grade": 2, "lines": ["conseils/2"], "why": "relire les lettres",
}  # fmt: skip
GOOD = {
    "verdict": "answers",
    "probability": 0.9,
    "practices": [
        GOOD_FIRST,
        {"practice": "petit-p2", "grade": 1, "lines": ["petit-p2/contexte/1"], "why": ""},
    ],
}


def ask(searcher: Searcher) -> Answer:
    first = searcher.ask(QUESTION)
    return Reader(searcher.settings).read(searcher, first, QUESTION)


def test_a_question_is_sent_once_with_its_practices_and_the_form_of_the_reply(
    read_by: ReadBy,
) -> None:
    with serving(saying(GOOD)) as script:
        answer = ask(read_by(script.address))
    ((path, headers, body),) = script.requests
    assert path == "/v1/chat/completions"
    assert headers["authorization"] == f"Bearer {KEY}"
    assert (body["model"], body["temperature"]) == (MODEL, 0)
    assert body["response_format"]["type"] == "json_schema"
    assert "tools" not in body
    assert question_in(body) == QUESTION
    told = body["messages"][1]["content"]
    for line in ("# petit-p3 ", "[conseils]", "2 Bannir le jargon des lettres"):
        assert line in told
    assert "exemple.invalid" not in json.dumps(body)  # contacts
    assert answer.reader is not None
    assert answer.reader.used


def test_only_what_is_meant_is_sent_in_headers(
    read_by: ReadBy, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/ailleurs")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with serving(saying(GOOD)) as script:
        assert used(ask(read_by(script.address)))
    ((_, headers, _),) = script.requests
    assert {*headers} <= {
        "host", "content-type", "content-length", "connection", "accept", "accept-encoding",
        "user-agent", "authorization",
    }  # fmt: skip
    assert headers["user-agent"] == "recueil-qa"


def test_without_a_key_none_is_sent(read_by: ReadBy, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(saying(GOOD)) as script:
        searcher = read_by(script.address)
        monkeypatch.delenv("RECUEIL_READER_KEY")
        own = Settings(
            home=searcher.settings.home, index=searcher.settings.index,
            reader=script.address, reader_model=MODEL,
        )  # fmt: skip
        Client(own).complete([{"role": "user", "content": "x"}], {})
    assert "authorization" not in script.requests[0][1]


def test_a_server_that_takes_no_schema_is_asked_without_one_from_then_on(
    read_by: ReadBy,
) -> None:
    def reply(body: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        refused = failing(422, b'{"detail": "unexpected field"}')
        return refused(body) if "response_format" in body else saying(GOOD)(body)

    with serving(reply) as script:
        client = Client(read_by(script.address).settings)
        for _ in range(2):
            assert json.loads(client.complete([{"role": "user", "content": "x"}], {})) == GOOD
    assert ["response_format" in body for body in script.asked] == [True, False, False]


def used(answer: Answer) -> bool:
    return answer.reader is not None and answer.reader.used


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (failing(401, b'{"error": {"message": "bad key sk-tres-secrete-0123456789"}}'), "key"),
        (failing(403), "key"),
        (failing(404), "model"),
        (failing(400), "request"),
        (failing(413), "long"),
        (failing(500, b"Traceback sk-tres-secrete-0123456789"), "server"),
        (failing(503), "busy"),
        (failing(429), "busy"),
        (failing(429, Retry_After="3600"), "busy"),
        (failing(429, Retry_After="Wed, 21 Oct 2026 07:28:00 GMT"), "busy"),
        (failing(429, Retry_After="0"), "busy"),
        (failing(302, Location="http://ailleurs.exemple/v1/chat/completions"), "redirect"),
        (failing(307, Location="/v2/chat/completions"), "redirect"),
        (lambda _: (200, {"Content-Type": "text/html"}, b"<h1>Bienvenue</h1>"), "protocol"),
        (lambda _: (200, {}, b"{}"), "protocol"),
        (lambda _: completion("{}", **{"Content-Encoding": "gzip"}), "protocol"),
        (lambda _: (200, {"Content-Type": "application/json"}, b"not json"), "protocol"),
        (lambda _: (200, {"Content-Type": "application/json"}, b"[" * 900_000), "protocol"),
        (lambda _: (200, {"Content-Type": "application/json"}, b"[]"), "protocol"),
        (lambda _: (200, {"Content-Type": "application/json"}, b'{"choices": []}'), "protocol"),
        (lambda _: (200, {"Content-Type": "application/json"}, b'{"choices": [{}]}'), "protocol"),
        (lambda _: completion("x" * 10_000_000), "large"),
        (
            lambda _: (
                200,
                {"Content-Type": "application/json", "Content-Length": "20000000"},
                b"{}",
            ),
            "large",
        ),
        (saying("   "), "reply"),
        (saying("Je vous conseille d'appeler un expert."), "reply"),
        (saying(json.dumps(GOOD)[:-40]), "reply"),
        (saying(GOOD | {"verdict": "maybe"}), "reply"),
        (saying(GOOD | {"probability": 7}), "reply"),
        (saying('{"verdict": "answers", "probability": NaN, "practices": []}'), "reply"),
        (saying("{" * 5_000), "reply"),
        (saying('{"a":' * 5_000), "reply"),
        (saying(GOOD | {"practices": [{"practice": "p99", "grade": 2, "lines": []}]}), "reply"),
    ],
)
def test_whatever_fails_leaves_the_first_answer_and_one_line_of_notice(
    read_by: ReadBy, reply: Any, kind: str
) -> None:
    told: list[ReaderError] = []
    with serving(reply) as script:
        searcher = read_by(script.address)
        first = searcher.ask(QUESTION)
        answer = Reader(searcher.settings).read(searcher, first, QUESTION, told=told.append)
    assert [error.kind for error in told] == [kind]
    assert answer.reader is not None
    assert answer.reader.notice is not None
    assert not answer.reader.used
    assert (answer.hits, answer.cards, answer.band) == (first.hits, first.cards, first.band)
    for text in (answer.reader.notice.fr, answer.reader.notice.en, repr(told[0])):
        assert "\n" not in text
        assert KEY not in text
    assert " : " in answer.reader.notice.fr  # how it is mended
    assert len(script.asked) <= 2


def pointing(**changed: Any) -> dict[str, Any]:
    return GOOD | {"practices": [GOOD_FIRST | changed]}


@pytest.mark.parametrize(
    ("reply", "dropped", "silenced"),
    [
        (saying(GOOD), 0, 0),
        (
            saying(f"Voici ce que {{je}} lis :\n```json\n{json.dumps(GOOD)}\n```\nBonne journée."),
            0,
            0,
        ),
        (saying(f'<think>{{"verdict": "nothing"}}</think>{json.dumps(GOOD)}'), 0, 0),
        (saying(pointing(lines=["conseils/99", "p99/conseils/1", "conseils/2"])), 2, 0),
        (saying(pointing(lines=["petit-p1/conseils/1", "petit-p2/contexte/1"])), 2, 0),
        (saying(pointing(why="divise par 7 les lettres obscures")), 0, 1),
        (saying(pointing(why="relire comme à Marseille")), 0, 1),
        (saying(pointing(why="il faut relire les lettres")), 0, 1),
    ],
    ids=["good", "prose", "thought", "unknown", "other", "figure", "name", "order"],
)
def test_what_is_not_offered_or_invented_is_left_out_and_counted(
    read_by: ReadBy, reply: Any, dropped: int, silenced: int
) -> None:
    with serving(reply) as script:
        searcher = read_by(script.address)
        answer = ask(searcher)
    assert answer.reader is not None
    assert (answer.reader.used, answer.reader.notice) == (True, None)
    assert (answer.reader.dropped, answer.reader.silenced) == (dropped, silenced)
    card = answer.cards[0]
    assert card.practice.id == "petit-p3"
    assert card.why == ("" if silenced else "relire les lettres")
    for line in card.quoted:
        section = card.practice.section(line.section)
        assert section is not None
        assert line.text == section.lines[line.line - 1].text
    assert len(script.asked) == 1


def test_a_stall_ends_at_its_time(read_by: ReadBy) -> None:
    with serving(lambda _: None) as script:
        answer = ask(read_by(script.address, reader_seconds=0.2))
    assert answer.reader is not None
    assert answer.reader.notice is not None
    assert "RECUEIL_READER_SECONDS" in answer.reader.notice.fr


def test_a_reply_that_never_ends_is_late() -> None:
    class Drops(httpx2.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            while True:
                yield b" "

    with pytest.raises(ReaderError) as caught:
        list(transport._Bounded(Drops(), transport._Deadline(0)))
    assert caught.value.kind == "late"


def test_a_reply_that_says_no_size_is_bounded_too() -> None:
    class Blocks(httpx2.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            while True:
                yield b" " * 65_536

    deadline = transport._Deadline(PATIENCE)
    body = transport._Bounded(Blocks(), deadline)
    with pytest.raises(ReaderError) as caught:
        list(body)
    body.close()
    assert caught.value.kind == "large"


OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("first", "drop"),
    [
        (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
        (OK + b"X-Long: ", b"a"),
        (OK + b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n", b"0"),
        (OK + b"Content-Type: application/json\r\n\r\n", b" "),
    ],
    ids=["hints", "head", "chunk", "body"],
)
def test_what_comes_drop_by_drop_ends_at_its_time(
    read_by: ReadBy, first: bytes, drop: bytes
) -> None:
    """Each drop is in time, all of them are not: as many as take ten times the time."""
    told: list[ReaderError] = []
    with dripping(first, drop) as address:
        searcher = read_by(address, reader_seconds=0.5)
        reader = Reader(searcher.settings)
        answer = reader.read(searcher, searcher.ask(QUESTION), QUESTION, told=told.append)
    assert not used(answer)
    assert [error.kind for error in told] == ["late"]


@contextmanager
def dripping(first: bytes, drop: bytes) -> Iterator[str]:
    """Serve one connection what never gets to an end, until nobody listens."""
    over = threading.Event()

    def serve(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection, suppress(OSError):
            connection.recv(65_536)
            connection.sendall(first)
            for _ in range(250):
                if over.wait(0.02):
                    break
                connection.sendall(drop)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}/v1"
        finally:
            over.set()
            thread.join(PATIENCE)


def test_a_connection_made_after_the_time_is_cut() -> None:
    here, there = socket.socketpair()
    with here, there:
        stream = SimpleNamespace(get_extra_info=lambda _: here)
        deadline = transport._Deadline(0)
        deadline.end()
        deadline("connection.connect_tcp.complete", {"return_value": stream})
        assert there.recv(1) == b""


def repeating(text: str) -> Any:
    return lambda _: completion(text)


ESCAPED = "".join(f"\\u{ord(letter):04x}" for letter in KEY)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (failing(302, Location=f"https://{KEY}.exemple/"), "redirect"),
        (failing(302, Location=f"https://{KEY.upper()}/"), "redirect"),
        (repeating(json.dumps(GOOD | {"note": KEY})), "repeated"),
        (repeating(json.dumps(GOOD)[:-1] + f', "note": "{ESCAPED}"}}'), "repeated"),
        (repeating(f"Authorization: Bearer {KEY}"), "repeated"),
    ],
)
def test_a_server_that_repeats_the_key_is_not_listened_to(
    read_by: ReadBy, reply: Any, kind: str
) -> None:
    told: list[ReaderError] = []
    with serving(reply) as script:
        script.models = (KEY, MODEL)
        searcher = read_by(script.address)
        reader = Reader(searcher.settings)
        answer = reader.read(searcher, searcher.ask(QUESTION), QUESTION, told=told.append)
        assert Client(searcher.settings).models() == (MODEL,)
    assert [error.kind for error in told] == [kind]
    assert KEY not in f"{told[0]!r}{answer!r}".lower()
    assert not any(KEY.encode() in path.read_bytes() for path in files(searcher.settings.home))


def test_a_long_key_is_not_shown_even_in_part(
    read_by: ReadBy, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "sk-projet-" + "0123456789" * 16
    with serving(failing(302, Location=f"https://{key}/")) as script:
        searcher = read_by(script.address)
        monkeypatch.setenv("RECUEIL_READER_KEY", key)
        own = searcher.settings.model_copy(update={"reader_key": SecretStr(key)})
        told: list[ReaderError] = []
        Reader(own).read(searcher, searcher.ask(QUESTION), QUESTION, told=told.append)
    assert [error.kind for error in told] == ["redirect"]
    assert key[:20] not in repr(told[0])


def test_a_word_in_the_place_of_a_key_is_no_secret(
    small: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECUEIL_READER_KEY", "practice")
    known = small.settings
    with serving(saying(GOOD)) as script:
        own = Settings(
            home=known.home, index=known.index, reader=script.address, reader_model=MODEL
        )
        assert "practice" in Client(own).complete([{"role": "user", "content": "x"}], {})


def test_a_closed_connection_and_no_server_are_told(read_by: ReadBy) -> None:
    with serving(lambda _: None) as script:
        script.released.set()
        closed = ask(read_by(script.address))
    gone = ask(read_by(script.address))
    for answer in (closed, gone):
        assert answer.reader is not None
        assert answer.reader.notice is not None
        assert "RECUEIL_READER" in answer.reader.notice.en


def test_another_protocol_than_http_is_told(read_by: ReadBy) -> None:
    with dripping(b"SSH-2.0-OpenSSH_9.2\r\n", b"\r\n") as address:
        answer = ask(read_by(address))
    assert answer.reader is not None
    assert answer.reader.notice is not None
    assert "RECUEIL_READER est son adresse" in answer.reader.notice.fr


def test_a_busy_server_that_says_when_is_asked_once_more(read_by: ReadBy) -> None:
    made = iter([failing(429, Retry_After="0"), saying(GOOD)])

    def reply(body: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        return next(made)(body)

    with serving(reply) as script:
        assert used(ask(read_by(script.address)))
    assert len(script.asked) == 2


def test_nothing_is_sent_where_a_redirect_leads(read_by: ReadBy) -> None:
    with serving(saying(GOOD)) as other, serving(lambda b: sent(b, other)) as script:

        def sent(_: dict[str, Any], to: Script) -> tuple[int, dict[str, str], bytes]:
            return failing(307, Location=f"{to.address}/chat/completions")({})

        assert not used(ask(read_by(script.address)))
        assert other.requests == []


def test_another_host_is_never_asked() -> None:
    inner = httpx2.MockTransport(lambda _: httpx2.Response(200))
    guarded = transport.Transport(inner, KEY, "ici.exemple", 1.0)
    with pytest.raises(ReaderError) as caught:
        guarded.handle_request(httpx2.Request("POST", "https://la.exemple/v1"))
    assert caught.value.kind == "redirect"


def test_the_key_is_in_no_text_of_ours(
    read_by: ReadBy, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(saying(GOOD)) as script:
        searcher = read_by(script.address)
        reader = Reader(searcher.settings)
        answer = reader.read(searcher, searcher.ask(QUESTION), QUESTION)
        shown = [repr(searcher.settings), str(searcher.settings), repr(reader), repr(answer)]
        shown += [json.dumps(asdict(answer), default=str), searcher.settings.model_dump_json()]
        shown += [repr(vars(reader)), repr(vars(reader._model)), caplog.text]
    captured = capsys.readouterr()
    for text in (*shown, captured.out, captured.err):
        assert KEY not in text
    assert QUESTION not in caplog.text
    assert not any(KEY.encode() in path.read_bytes() for path in files(searcher.settings.home))


def files(home: Path) -> list[Path]:
    return [path for path in home.rglob("*") if path.is_file()]


def test_the_models_of_a_server_are_listed(read_by: ReadBy) -> None:
    with serving(saying(GOOD)) as script:
        script.models = ("un", "deux")
        assert Client(read_by(script.address).settings).models() == ("un", "deux")


def test_what_is_not_installed_is_told_with_the_command(
    read_by: ReadBy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(ReaderError, match=r"pip install 'recueil-qa\[reader\]'"):
        Client(read_by("http://127.0.0.1:9/v1").settings)


def test_no_reader_is_an_error_where_one_is_asked_for(read_by: ReadBy) -> None:
    with pytest.raises(ReaderError, match="set RECUEIL_READER"):
        Reader(read_by("", reader_model="").settings)
