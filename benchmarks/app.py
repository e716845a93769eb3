"""Time the page in a real browser, alone and with twenty visitors at once; weigh a visit.

    .venv/bin/python -m benchmarks app

The server and the browsers share the machine: what visitors wait for includes the drawing of
their own pages, except where "drawn elsewhere" says that only the server's part is timed.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import sys
import time
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode

from playwright.async_api import Browser, Page, async_playwright
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

from tests.support.browser import FLAGS, chromium, running, streamlit_command

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "benchmarks" / "results" / f"app-{version('recueil-qa')}.json"
QUESTIONS = (
    "Comment réduire les appels répétés ?",
    "Trop de gens font la queue au guichet",
    "Nos agents d'accueil sont démotivés",
    "Faire remonter les idées du terrain",
    "Nos courriers ne sont pas compris",
)
VISITORS = 20
RENDERS = 9
SETTLED = '[data-testid="stApp"][data-test-script-state="notRunning"]'


def resident(port: int) -> float:
    """Return the resident memory of the server on a port, in MiB (Linux)."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().decode().split("\0")
            pages = int((folder / "statm").read_text().split()[1])
        except OSError:
            continue
        if f"--server.port={port}" in command:
            return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
    raise RuntimeError(f"no server on port {port}")


async def opened(browser: Browser, address: str) -> tuple[Page, float]:
    """Open the page as a new visitor; return it with the seconds until it can be typed into."""
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    page = await context.new_page()
    started = time.perf_counter()
    await page.goto(address)
    await page.locator(".st-key-typed textarea").wait_for()
    took = time.perf_counter() - started
    await page.locator(SETTLED).wait_for()
    return page, took


async def asked(page: Page, question: str) -> float:
    """Ask; return the seconds from Enter until the answer is on the page."""
    box = page.locator(".st-key-typed textarea")
    await box.fill(question)
    started = time.perf_counter()
    await box.press("Enter")
    await page.locator(f'[data-rq-question="{question}"]').wait_for(state="attached")
    took = time.perf_counter() - started
    await page.locator(SETTLED).wait_for()
    return took


async def served(socket: ClientConnection, question: str) -> float:
    """Ask without a browser; return the seconds until the server has sent the whole page."""
    rerun = BackMsg()
    rerun.rerun_script.query_string = urlencode({"q": question} if question else {})
    started = time.perf_counter()
    await socket.send(rerun.SerializeToString())
    found = not question
    while True:
        content = await socket.recv(decode=False)
        found = found or b"data-rq-question" in content
        message = ForwardMsg.FromString(content)
        if message.WhichOneof("type") == "script_finished":
            if not found:
                raise RuntimeError(f"no answer to {question}")
            return time.perf_counter() - started


async def measure_server(address: str) -> dict[str, float]:
    """Time visitors who ask at once and draw their pages on their own machines."""
    stream = address.replace("http", "ws") + "/_stcore/stream"
    sockets = []
    for _ in range(VISITORS):
        options: dict[str, Any] = {"subprotocols": ["streamlit"], "max_size": None}
        sockets.append(await connect(stream, origin=Origin(address), **options))
        await served(sockets[-1], "")
    rounds = []
    for shift in range(3):
        rounds += await asyncio.gather(
            *(
                served(socket, QUESTIONS[(i + shift) % len(QUESTIONS)])
                for i, socket in enumerate(sockets)
            )
        )
    for socket in sockets:
        await socket.close()
    return {
        "answer, all at once, drawn elsewhere, median, s": round(median(rounds), 2),
        "answer, all at once, drawn elsewhere, slowest, s": round(max(rounds), 2),
    }


async def measure(address: str, port: int) -> dict[str, float]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        first, _ = await opened(browser, address)
        await asked(first, QUESTIONS[0])  # the encoder is loaded, its first question asked
        renders = []
        for _ in range(RENDERS):
            page, took = await opened(browser, address)
            renders.append(took)
            await page.context.close()
        answers = [await asked(first, question) for question in QUESTIONS[1:] * 3]
        before = resident(port)
        visits = [await opened(browser, address) for _ in range(VISITORS)]
        together = await asyncio.gather(
            *(asked(page, QUESTIONS[i % len(QUESTIONS)]) for i, (page, _) in enumerate(visits))
        )
        after = resident(port)
        await browser.close()
    return {
        "first render, s": round(median(renders), 2),
        "answer after Enter, s": round(median(answers), 2),
        "visitors at once": VISITORS,
        "answer, all at once, median, s": round(median(together), 2),
        "answer, all at once, slowest, s": round(max(together), 2),
        "memory a visit, MiB": round((after - before) / VISITORS, 1),
        "memory of the server, MiB": round(after),
    }


def main() -> None:
    with running(streamlit_command, RECUEIL_FEEDBACK="false") as address:
        port = int(address.rpartition(":")[2])
        timed = asyncio.run(measure(address, port)) | asyncio.run(measure_server(address))
    machine = {"cores": os.cpu_count(), "machine": platform.machine(), "python": sys.version[:6]}
    TARGET.write_text(json.dumps({"machine": machine, "app": timed}, indent=2) + "\n", "utf-8")
    print(TARGET.read_text("utf-8"))
