"""Time `recueil-qa serve`: its first page, a question by the API, many at once, the page beside.

The clients share the machine with the server. What the API adds to an answer is what a client waits
less what the server says that the assistant took (`/metrics`).
"""

from __future__ import annotations

import asyncio
import http.client
import itertools
import json
import os
import platform
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import click
from websockets.asyncio.client import connect
from websockets.typing import Origin

from benchmarks.app import served
from recueil_qa import Assistant, load_settings
from tests.support.browser import free_port, running, streamlit_command

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "benchmarks" / "results" / f"api-{version('recueil-qa')}.json"
SERVE = (sys.executable, "-m", "recueil_qa.cli.main", "serve", "--port")
CLIENTS = 32
BESIDE = 50  # requests a second while the page is asked
HEAD = {"Content-Type": "application/json"}


def questions() -> list[bytes]:
    """Return the bodies of all questions of `eval/`, each asked by some user."""
    rows = (ROOT / "eval" / "queries.jsonl").read_text("utf-8").splitlines()
    return [json.dumps({"question": json.loads(row)["text"]}).encode() for row in rows]


@contextmanager
def started() -> Iterator[tuple[subprocess.Popen[bytes], int, float]]:
    """Start the server; yield it with its port and the seconds until the first byte of a page."""
    port = free_port()
    began = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603
        [*SERVE, str(port)],
        cwd=ROOT,
        env=os.environ | {"RECUEIL_FEEDBACK": "false"},
        stdout=subprocess.DEVNULL,
    )
    try:
        yield process, port, first_byte(port) - began
    finally:
        process.terminate()
        process.wait()


def first_byte(port: int) -> float:
    """Return when a page began to come."""
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
                client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                if client.recv(1):
                    return time.perf_counter()
        except ConnectionRefusedError:
            time.sleep(0.005)


def ask(client: http.client.HTTPConnection, body: bytes) -> int:
    client.request("POST", "/api/v1/ask", body, HEAD)
    reply = client.getresponse()
    reply.read()
    return reply.status


def taken(port: int) -> float:
    """Return how many seconds the server's assistant has taken in all."""
    client = http.client.HTTPConnection("127.0.0.1", port)
    client.request("GET", "/metrics")
    told = client.getresponse().read().decode()
    client.close()
    found = re.search(r"^recueil_answer_seconds_sum (\S+)$", told, re.MULTILINE)
    return float(found[1]) if found else 0.0


def one_by_one(port: int, bodies: list[bytes]) -> dict[str, float]:
    """Time single questions, warm."""
    client = http.client.HTTPConnection("127.0.0.1", port)
    for body in bodies[:20]:
        ask(client, body)
    before, times = taken(port), []
    for body in bodies:
        began = time.perf_counter()
        ask(client, body)
        times.append(time.perf_counter() - began)
    own = taken(port) - before
    client.close()
    return {
        "POST /ask, median, ms": round(median(times) * 1000, 1),
        "beyond the assistant, mean, ms": round((sum(times) - own) / len(times) * 1000, 2),
    }


def together(
    port: int, bodies: list[bytes], seconds: float, clients: int, pace: float = 0.0
) -> dict[str, Any]:
    """Ask from many clients for some seconds, each `pace` seconds after its former question."""
    statuses: list[int] = []
    end = time.perf_counter() + seconds

    def work(number: int) -> None:
        client = http.client.HTTPConnection("127.0.0.1", port)
        for due, body in enumerate(itertools.cycle(bodies[number::clients])):
            wait = end - seconds + due * pace - time.perf_counter()
            if pace and wait > 0:
                time.sleep(wait)
            if time.perf_counter() >= end:
                break
            statuses.append(ask(client, body))
        client.close()

    crowd(work, clients)
    good = statuses.count(200)
    return {"a second": round(good / seconds, 1), "errors": len(statuses) - good}


def crowd(work: Callable[[int], None], count: int) -> None:
    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def encoded(bodies: list[bytes], seconds: float) -> float:
    """Return how many of the same questions the encoder alone takes a second."""
    encoder = Assistant.open(load_settings()).load_encoder()
    texts = [json.loads(body)["question"] for body in bodies]
    done: list[int] = []
    end = time.perf_counter() + seconds

    def work(number: int) -> None:
        for text in itertools.cycle(texts[number::2]):
            if time.perf_counter() >= end:
                return
            encoder.encode_query([text])
            done.append(1)

    crowd(work, 2)
    return round(len(done) / seconds, 1)


async def page_answers(port: int, asked: list[str]) -> list[float]:
    address = f"http://127.0.0.1:{port}"
    options: dict[str, Any] = {"subprotocols": ["streamlit"], "max_size": None}
    stream = address.replace("http", "ws") + "/_stcore/stream"
    async with connect(stream, origin=Origin(address), **options) as visit:
        await served(visit, "")
        return [await served(visit, question) for question in asked]


def page_beside(port: int, bodies: list[bytes], seconds: float) -> dict[str, Any]:
    """Time the page's answers while others ask the API."""
    load: dict[str, Any] = {}
    pace = CLIENTS / BESIDE
    others = threading.Thread(
        target=lambda: load.update(together(port, bodies, seconds, CLIENTS, pace))
    )
    others.start()
    asked = [json.loads(body)["question"] for body in bodies[:10]]
    times = asyncio.run(page_answers(port, asked))
    others.join()
    return {
        "page, median, s": round(median(times), 2),
        "page, slowest, s": round(max(times), 2),
        "API beside, a second": load["a second"],
        "errors": load["errors"],
    }


def resident(pid: int) -> float:
    """Return the resident memory of a process, in MiB (Linux)."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def page_alone(asked: list[str]) -> float:
    """Return the memory of the page as `streamlit run` serves it, after the same questions."""
    from benchmarks.app import resident as of_port

    with running(streamlit_command, RECUEIL_FEEDBACK="false") as address:
        port = int(address.rpartition(":")[2])
        asyncio.run(page_answers(port, asked))
        return of_port(port)


@click.command()
@click.option("--seconds", default=60.0, show_default=True, help="How long many ask at once.")
def main(seconds: float) -> None:
    """Measure all of it; write the result."""
    bodies = questions()
    asked = [json.loads(body)["question"] for body in bodies[:5]]
    found: dict[str, Any] = {"page alone, memory, MiB": round(page_alone(asked))}
    starts = []
    for _ in range(3):
        with started() as (_process, _port, took):
            starts.append(took)
    found["first byte of the page, s"] = round(median(starts), 2)
    with started() as (process, port, _):
        asyncio.run(page_answers(port, asked))
        found["memory, MiB"] = round(resident(process.pid))
        found |= one_by_one(port, bodies)
        found[f"{CLIENTS} clients"] = together(port, bodies, seconds, CLIENTS)
        found[f"beside {BESIDE} requests a second"] = page_beside(port, bodies, seconds / 3)
        found["memory afterwards, MiB"] = round(resident(process.pid))
    found["the encoder alone, a second"] = encoded(bodies, seconds / 3)
    share = found[f"{CLIENTS} clients"]["a second"] / found["the encoder alone, a second"]
    found["share of the encoder's own"] = round(share, 2)
    machine: dict[str, Any] = {
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "python": sys.version[:6],
    }
    machine |= {"load before": os.getloadavg()[0], "seconds": seconds}
    TARGET.write_text(json.dumps({"machine": machine, "api": found}, indent=2) + "\n", "utf-8")
    print(TARGET.read_text("utf-8"))
