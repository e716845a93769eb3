"""The real app in a real browser: a server on a free port, and pages of chromium."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.support import ROOT
from tests.support.waiting import PATIENCE

BOX = "Votre problème"  # the label of the question's field
QUESTION = "Comment réduire les appels répétés ?"
LONGEST = 60_000  # milliseconds: what is expected comes, on a machine that does much else too
expect.set_options(timeout=LONGEST)

NAMES = ("chromium", "chromium-browser", "google-chrome")
# Without these, chromium itself calls home at every start.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


# The command that serves the app on a port; it is in the variable PORT, too.
Command = Callable[[int], list[str]]
PORTS = 5  # tries: another program may take a port between its choice and its use


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_free(port: int) -> bool:
    try:
        with socket.create_server(("127.0.0.1", port)):
            return True
    except OSError:
        return False


@contextmanager
def running(command: Command, **environment: str) -> Iterator[str]:
    """Run a command that serves the app on a free port; yield its address once it says it is up.

    Raises:
        RuntimeError: it ended before, and not because somebody else had taken its port.
    """
    printed = ""
    for _ in range(PORTS):
        port = free_port()
        with _process(command(port), environment | {"PORT": str(port)}) as lines:
            printed = _until_up(lines, port)
            if not printed:
                yield f"http://127.0.0.1:{port}"
                return
        if _is_free(port):
            break
    raise RuntimeError(f"{command(port)} ended before it served:\n{printed}")


@contextmanager
def _process(command: list[str], environment: dict[str, str]) -> Iterator[SimpleQueue[str]]:
    """Run a command in a group of its own, all of which ends with it; yield the lines it prints.

    They are read to the end, which is an empty one: with nobody to read, it would stop half-way.
    """
    lines = SimpleQueue[str]()
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        stdout = process.stdout

        def read() -> None:
            for line in stdout:
                lines.put(line)
            lines.put("")

        reading = threading.Thread(target=read, daemon=True)
        reading.start()
        try:
            yield lines
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(PATIENCE)
            reading.join(PATIENCE)


def _until_up(lines: SimpleQueue[str], port: int) -> str:
    """Return nothing once a server says where it is, or what it printed where it ended."""
    printed: list[str] = []
    while line := lines.get(timeout=PATIENCE):
        printed.append(line)
        if f":{port}" in line and ("URL" in line or line.startswith("==> http")):
            return ""
    return "".join(printed) or "(nothing)"


def streamlit_command(port: int, script: str = "app/streamlit_app.py") -> list[str]:
    return [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        script,
        "--server.headless=true",
        "--server.address=127.0.0.1",
        f"--server.port={port}",
    ]


def chromium() -> str:
    """Return the browser's path; `CHROMIUM` names it where it isn't on the path."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        raise RuntimeError("chromium is missing; mend it with: apt-get install chromium")
    return found


@contextmanager
def launched() -> Iterator[Browser]:
    """Start chromium, for one visitor after the other."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        try:
            with visitor(browser) as context:
                context.new_page()  # see visitor_page
                yield browser
        finally:
            browser.close()


@contextmanager
def visitor(
    browser: Browser, width: int = 1280, height: int = 900, dark: bool = False, **options: Any
) -> Iterator[BrowserContext]:
    """Open a visitor's own browser, which shares nothing with others': its pages share storage."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        locale="fr-FR",
        color_scheme="dark" if dark else "light",
        **options,
    )
    context.set_default_timeout(LONGEST)
    try:
        yield context
    finally:
        context.close()


@contextmanager
def visitor_page(
    browser: Browser, width: int = 1280, height: int = 900, dark: bool = False
) -> Iterator[Page]:
    """Give the browser's own tab to a visitor; nothing of hers is left to the one who comes after.

    It has the page's scripts compiled by then: a new visitor's own browser takes twice the time.
    """
    context = browser.contexts[0]
    page = context.pages[0]
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme="dark" if dark else "light", media="null")
    try:
        yield page
    finally:
        for other in context.pages[1:]:
            other.close()
        page.unroute_all(behavior="ignoreErrors")
        _leave(page)
        page.mouse.move(0, 0)
        # Not by `context.set_storage_state`, after which the scripts are fetched and compiled anew.
        protocol = context.new_cdp_session(page)
        protocol.send("Storage.clearDataForOrigin", {"origin": "*", "storageTypes": "all"})
        protocol.detach()


def _leave(page: Page) -> None:
    """Leave the app: for a page of its site, made here, so that the next visit loads sooner."""
    parts = urlsplit(page.url)
    if parts.scheme != "http":
        page.goto("about:blank")
        return
    left = f"{parts.scheme}://{parts.netloc}/left"
    page.route(left, lambda route: route.fulfill(body=""))
    page.goto(left)
    page.unroute(left)


def settled(page: Page) -> None:
    """Wait until the script has run: before, the page still holds the former answer's widgets."""
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()


def visit(page: Page, address: str) -> None:
    """Open an address and wait for the whole page, its own script included."""
    page.goto(address)
    page.locator("h1").wait_for()
    until(page, "window.recueilPage !== undefined")
    settled(page)


def turn(page: Page, scheme: Literal["light", "dark"]) -> None:
    """Have the reader's machine turn light or dark, and wait until the page has."""
    page.emulate_media(color_scheme=scheme)
    sum_of_colours = (
        'getComputedStyle(document.querySelector(".stApp")).backgroundColor'
        ".match(/[0-9.]+/g).slice(0, 3).map(Number).reduce((a, b) => a + b)"
    )
    until(page, f"{sum_of_colours} {'<' if scheme == 'dark' else '>='} 3 * 128")


def until(page: Page, condition: str) -> None:
    """Wait until a condition holds; the page's policy forbids playwright's own way, `eval`."""
    page.evaluate(
        f"new Promise((hold) => {{ const look = () => ({condition}) ? hold(true)"
        " : requestAnimationFrame(look); look(); })"
    )


def ask(page: Page, label: str, question: str) -> None:
    """Type a question as a user does, and wait for the whole answer."""
    box = page.get_by_label(label, exact=True)
    box.fill(question)
    box.press("Enter")
    answered(page, question)


def answered(page: Page, question: str) -> None:
    page.locator(f'[data-rq-question="{question}"]').wait_for(state="attached")
    settled(page)


def save(page: Page, path: Path, *, whole: bool = False) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path, full_page=whole)


# What axe-core examines, and in which colours.
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
OF_COLOURS = ("color-contrast", "link-in-text-block")  # axe-core's rules of these levels


def faults(page: Page, *, colours: bool = True) -> list[tuple[str, str, str]]:
    """Return what axe-core finds in a page as it stands: the rule, the element, why."""
    from axe_playwright_python.sync_playwright import Axe

    options = {
        "runOnly": LEVELS,
        "rules": {name: {"enabled": colours} for name in OF_COLOURS},
        "resultTypes": ["violations"],  # what is well needs no report
    }
    return [
        (fault["id"], node["html"][:200], node["failureSummary"])
        for fault in Axe().run(page, options=options).response["violations"]
        for node in fault["nodes"]
    ]
