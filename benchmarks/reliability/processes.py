"""The processes of the test: one builds, through the command line, and may be killed; one reads."""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import time
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from types import FrameType
from typing import Any

import bm25s
import faiss
import Stemmer

from benchmarks.reliability.corpus import (
    QUESTIONS,
    QuickEncoder,
    injected,
    is_of_one_version,
    settings_in,
    texts_of,
)
from recueil_qa import Assistant
from recueil_qa.builds import build, rebuild, versions
from recueil_qa.cli import main, watch

# A server that has imported all forks the processes: the build is killed, not the imports.
CONTEXT = ForkServerContext()
CONTEXT.set_forkserver_preload([__name__])
LONGEST = 120.0  # seconds for what comes soon, on a busy machine too
FEWEST = 60  # questions of a reader, however little it is let run
_LOADED = (main, rebuild, bm25s, faiss, Stemmer, watch)


def start_build(
    folder: Path,
    output: Path,
    *arguments: str,
    pause: float = 0.0,
    until: Path | None = None,
    line: int = 0,
) -> ForkServerProcess:
    """Start `recueil-qa build` in a process of its own; what it prints goes to `output`.

    It encodes with a `pause`, and not before `until` is there. With a `line`, it kills itself
    before that line of Python of its switch, counted from 1; with -1 it only counts them.
    """
    # There and empty before the process is: whoever reads it early reads nothing, and never what
    # a build before this one printed.
    output.write_bytes(b"")
    process = CONTEXT.Process(target=_build, args=(folder, output, arguments, pause, until, line))
    process.start()
    return process


def _build(
    folder: Path,
    output: Path,
    arguments: tuple[str, ...],
    pause: float,
    until: Path | None,
    line: int,
) -> None:
    with output.open("wb") as file:
        for number in (1, 2):
            os.dup2(file.fileno(), number)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)
    counter = _Lines(line)
    if line:
        sys.settrace(counter.enter)
    settings = settings_in(folder)
    places = [f"--corpus={settings.corpus}", f"--index={settings.index}", "--encoder=hash"]
    try:
        with injected(QuickEncoder(pause, until)):
            main.main(["build", "--progress=json", "--lang=en", *places, *arguments])
    finally:
        sys.settrace(None)
        if line < 0:
            print(json.dumps({"event": "lines", "lines": counter.count, "named": counter.named}))
        sys.stdout.flush()


class _Lines:
    """Counts the lines run in the switch and in all that it calls, and dies at one of them.

    `named` is how many had run when the new build was named as the one that serves.
    """

    def __init__(self, last: int) -> None:
        self.count = 0
        self.named = 0
        self._last = last

    def enter(self, frame: FrameType, _event: str, _value: Any) -> Any:
        if frame.f_code is build._switch.__code__:
            return self._trace
        return None

    def _trace(self, frame: FrameType, event: str, _value: Any) -> Any:
        if event == "return" and frame.f_code is versions.write_current.__code__:
            self.named = self.count
        if event == "line":
            self.count += 1
            if self.count == self._last:
                os.kill(os.getpid(), signal.SIGKILL)
        sys.settrace(self._trace)  # also what is called from here
        return self._trace


def events(output: Path) -> list[dict[str, Any]]:
    """Return the JSON objects that a build printed whole: one a line, its end included."""
    # What follows the last end of line is being written, and may look whole: `{"a": {"b": 1}`.
    *rows, _ = output.read_text("utf-8", "replace").split("\n")
    return [json.loads(row) for row in rows if row.startswith("{") and row.endswith("}")]


def last(output: Path, event: str) -> dict[str, Any]:
    """Return the last event of a kind that a build printed, or {}."""
    return next((row for row in reversed(events(output)) if row["event"] == event), {})


def await_event(
    process: ForkServerProcess, output: Path, event: str, **values: object
) -> dict[str, Any]:
    """Return the last event of a kind once it is there with these values, or {} if none came.

    None comes any more from a process that ended, or that said nothing for `LONGEST` seconds.
    """
    end = time.monotonic() + LONGEST
    while time.monotonic() < end:
        # Asked first: what it printed before it ended is then there to be read.
        running = process.is_alive()
        found = last(output, event)
        if found and found.items() >= values.items():
            return found
        if not running:
            return {}
        process.join(0.005)
    return {}


def start_reader(folder: Path, output: Path, stop: Path) -> ForkServerProcess:
    """Start a process that asks until `stop` is there; what it met goes to `output`.

    An event `build` names each build that it answers from, once it does; `read` counts all.
    """
    output.write_bytes(b"")
    process = CONTEXT.Process(target=_read, args=(folder, output, stop))
    process.start()
    return process


class _Warnings(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(record.getMessage())


def _read(folder: Path, output: Path, stop: Path) -> None:
    heard = _Warnings()
    logging.getLogger("recueil_qa").addHandler(heard)
    settings, asked, opened = settings_in(folder), 0, 0
    failures: list[str] = []
    builds: set[str] = set()
    assistant: Assistant | None = None
    with injected(QuickEncoder()):
        while not stop.exists() or asked < FEWEST:
            question = QUESTIONS[asked % len(QUESTIONS)]
            try:
                if assistant is None or asked % 50 == 0:
                    assistant = Assistant.open(settings)
                    opened += 1
                answer = assistant.ask(question)
                if not answer.hits:
                    failures.append(f"{question}: no hits")
                if not is_of_one_version(texts_of(answer)):
                    failures.append(f"{question}: two versions of the corpus in one answer")
                if assistant.build not in builds:
                    builds.add(assistant.build)
                    _tell(output, "build", name=assistant.build)
            except Exception as error:  # what is looked for
                failures.append(f"{question}: {type(error).__name__}: {error}")
            asked += 1
            time.sleep(0.002)
    failures += heard.found
    _tell(
        *(output, "read"), questions=asked, openings=opened, builds=len(builds), failures=failures
    )


def _tell(output: Path, event: str, **values: Any) -> None:
    with output.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"event": event, **values}) + "\n")
