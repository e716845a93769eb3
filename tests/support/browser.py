"""The real app in a real browser: a server on a free port, and pages of chromium."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

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


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: list[str], port: int, **environment: str) -> Iterator[str]:
    """Run a command that serves the app on `port`; yield its address once it says it is up."""
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    printed: list[str] = []
    assert process.stdout is not None
    try:
        for line in process.stdout:
            printed.append(line)
            if f":{port}" in line:
                break
        else:
            raise RuntimeError(f"{command} ended before it served:\n{''.join(printed)}")
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.communicate(timeout=PATIENCE)


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
def browser_context(
    width: int = 1280, height: int = 900, dark: bool = False, **options: Any
) -> Iterator[BrowserContext]:
    """Open a visitor's browser: its pages share their storage."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
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
            browser.close()


@contextmanager
def browser_page(width: int = 1280, height: int = 900, dark: bool = False) -> Iterator[Page]:
    with browser_context(width, height, dark) as context:
        yield context.new_page()


def settled(page: Page) -> None:
    """Wait until the script has run: before, the page still holds the former answer's widgets."""
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()


def visit(page: Page, address: str) -> None:
    """Open an address and wait for the whole page, its own script included."""
    page.goto(address)
    page.locator("h1").wait_for()
    until(page, "window.recueilPage !== undefined")
    settled(page)


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


LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
