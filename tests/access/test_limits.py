"""How often and how much at once, in bounded memory."""

from __future__ import annotations

import sys
from pathlib import Path

import anyio
import pytest
from starlette.responses import Response
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from recueil_qa import Assistant
from recueil_qa.access.gate import Gate, RefusedError
from recueil_qa.access.guard import Guard
from recueil_qa.access.limits import AT_ONCE, Places, Rates
from recueil_qa.api.access import access_of
from recueil_qa.settings import Settings
from tests.support.guarded import HOST, bearer, make_key, service, settings_of


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_fills_with_time() -> None:
    clock = Clock()
    rates = Rates(60, burst=0.1, clock=clock)
    assert [rates.take("a") for _ in range(8)] == [0] * 6 + [1, 1]
    assert rates.take("b") == 0
    clock.now += 2
    assert [rates.take("a") for _ in range(3)] == [0, 0, 1]
    clock.now += 1e6
    assert [rates.take("a") for _ in range(7)] == [0] * 6 + [1]


def test_a_slow_rate_says_how_long_to_wait() -> None:
    rates = Rates(1, clock=Clock())
    assert (rates.take("a"), rates.take("a")) == (0, 60)


def test_memory_is_bounded() -> None:
    rates = Rates(60, kept=100, clock=Clock())
    for number in range(10_000):
        rates.take(str(number))
    assert len(rates._buckets) == 100
    places = Places(1)
    for number in range(1_000):
        assert places.enter(str(number))
        places.leave(str(number))
    assert sys.getsizeof(places._now) < 1_000_000 and not places._now


def test_a_key_has_its_own_rate(tmp_path: Path, small: Assistant) -> None:
    settings = settings_of(tmp_path, small, access="keys", rate=8)
    first, second = bearer(make_key(settings)), bearer(make_key(settings, name="autre"))
    with service(small, settings) as client:
        replies = [client.get("/api/v1/facets", headers=first) for _ in range(3)]
        assert [reply.status_code for reply in replies] == [200, 200, 429]
        assert int(replies[2].headers["retry-after"]) in (7, 8)
        assert replies[2].json()["type"] == "urn:recueil-qa:problem:too-often"
        assert client.get("/api/v1/facets", headers=second).status_code == 200
        assert client.get("/livez").status_code == 200


def test_so_many_requests_of_one_key_at_once(settings: Settings) -> None:
    key = make_key(settings)
    access_of(settings)
    statuses: list[int] = []

    async def main() -> None:
        go, inside = anyio.Event(), anyio.Semaphore(0)

        async def slow(scope: Scope, receive: Receive, send: Send) -> None:
            inside.release()
            await go.wait()
            await send({"type": "http.response.start", "status": 200, "headers": []})

        guard = Guard(slow, gate=Gate(settings), tell=lambda *_: Response(status_code=429))

        async def request() -> None:
            headers = [(b"host", HOST.encode()), (b"authorization", f"Bearer {key}".encode())]
            scope = {"type": "http", "method": "GET", "path": "/api/v1/facets", "scheme": "https",
                     "headers": headers, "client": ("192.0.2.1", 1)}  # fmt: skip

            async def send(message: Message) -> None:
                if message["type"] == "http.response.start":
                    statuses.append(message["status"])

            await guard(scope, None, send)  # type: ignore[arg-type]

        async with anyio.create_task_group() as tasks:
            for _ in range(AT_ONCE):
                tasks.start_soon(request)
                await inside.acquire()
            await request()
            assert statuses == [429]
            go.set()
        await request()

    anyio.run(main)
    assert statuses == [429] + [200] * (AT_ONCE + 1)


@pytest.mark.parametrize(
    ("peers", "limited"),
    [(("2001:db8::1", "2001:db8::ffff"), True), (("2001:db8::1", "2001:db8:0:1::1"), False)],
)
def test_a_house_of_the_newer_addresses_is_one(
    settings: Settings, peers: tuple[str, str], limited: bool
) -> None:
    gate = Gate(settings)
    first, second = ({"type": "http", "method": "GET", "path": "/", "scheme": "https",
                      "headers": [], "client": (peer, 1)} for peer in peers)  # fmt: skip
    statuses = []
    for scope in [first] * 40 + [second]:
        with pytest.raises(RefusedError) as refused:
            gate.admit(scope)
        statuses.append(refused.value.status)
    assert statuses[-2] == 429
    assert (statuses[-1] == 429) == limited


def test_who_signed_on_is_not_hindered_by_who_did_not(
    stranger: TestClient, settings: Settings
) -> None:
    for _ in range(40):
        stranger.get("/api/v1/facets", headers=bearer("rq_guess"))
    assert stranger.get("/api/v1/facets", headers=bearer(make_key(settings))).status_code == 200
