"""The tools of models' clients over a pipe, fuzzed line by line, in both eras of the protocol."""

from __future__ import annotations

import json
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from mcp_types.version import LATEST_MODERN_VERSION

from benchmarks.fuzzing import Found
from benchmarks.mcp_fuzz import A_ROUND, PATIENCE, check_message, examples
from benchmarks.mcp_messages import ERAS, Messages, Sent, enveloped, written

_CLIENT = {"name": "fuzz", "version": "1"}
# What the protocol's reader of JSON refuses, and Python's writes.
_UNREADABLE = {"deep": json.loads("[" * 300 + "]" * 300), "half": {"question": "\ud800"}}
_HELLO = {"protocolVersion": ERAS[0], "capabilities": {}, "clientInfo": _CLIENT}


def fuzz(
    command: Sequence[str],
    environment: Mapping[str, str],
    messages: Messages,
    secrets: Sequence[str],
    lines: int,
    eras: Sequence[str] = ERAS,
) -> Found:
    """Put so many lines to processes of a command that serves over its pipe, one an era."""
    found = Found()
    for turn, era in enumerate(eras):
        made: list[Sent] = []
        number = lines // len(eras) + (turn < lines % len(eras))
        while len(made) < number:
            examples(messages.lines(era), len(made), min(A_ROUND, number - len(made)), made.append)
        _serve(command, environment, made, era, secrets, found)
    return found


def _serve(
    command: Sequence[str],
    environment: Mapping[str, str],
    lines: Sequence[Sent],
    era: str,
    secrets: Sequence[str],
    found: Found,
) -> None:
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(  # noqa: S603
            command,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
        session = _Session(process, secrets, found)
        modern = era == LATEST_MODERN_VERSION
        method, params = ("server/discover", {}) if modern else ("initialize", _HELLO)
        session.put(Sent(written(enveloped(method, params, "hello", era))), "hello")
        session.wait()
        for number, value in _UNREADABLE.items():
            call = enveloped("tools/call", {"name": "ask", "arguments": value}, number, era)
            session.put(Sent(written(call)), number)
        for place, sent in enumerate(lines):
            number = f"line-{place}" if sent.tool else ""
            session.put(sent.numbered(number) if number else sent, number)
        session.put(Sent(written(enveloped("tools/list", {}, "last", era))), "last")
        session.wait()
        code = session.end()
        errors.seek(0)
        said = errors.read().decode("utf-8", "replace")
    if code or "Traceback" in said:
        found.faults.append(f"a pipe of {era} ends with {code}: {said[-400:]}")


class _Session:
    """A process that serves over its pipe; what it answers is read in a thread."""

    def __init__(
        self, process: subprocess.Popen[bytes], secrets: Sequence[str], found: Found
    ) -> None:
        assert process.stdin and process.stdout  # noqa: S101  # pipes, both
        self._lines, self._answers = process.stdin, process.stdout
        self._process, self._secrets, self._found = process, secrets, found
        self._owed: dict[str, Sent] = {}
        self._changed = threading.Condition()
        self._ended = False
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def put(self, sent: Sent, number: str) -> None:
        """Send a line, whose number has to be answered if it has one."""
        self._found.requests += 1
        self._found.routes[sent.tool or "line"] += 1
        if number:
            with self._changed:
                self._owed[number] = sent
        try:
            self._lines.write(sent.body + b"\n")
            self._lines.flush()
        except BrokenPipeError:
            self._found.faults.append(f"the process ends before {sent.body[:200]!r}")

    def wait(self) -> None:
        """Wait for all answers that are owed."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended or not self._owed, PATIENCE)
            if self._owed:
                some = [each.body[:200] for each in [*self._owed.values()][:3]]
                self._found.faults.append(f"{len(self._owed)} are never answered: {some}")

    def end(self) -> int:
        """End the process as a client does; return its exit code."""
        with suppress(BrokenPipeError):
            self._lines.close()
        try:
            code = self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        self._reader.join()
        self._answers.close()
        return code

    def _read(self) -> None:
        for line in self._answers:
            self._answered(line)
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _answered(self, line: bytes) -> None:
        found = self._found
        found.check_secrets("the pipe", line.decode("utf-8", "replace"), self._secrets)
        try:
            message: Any = json.loads(line)
        except ValueError:
            found.faults.append(f"no message on the pipe: {line[:200]!r}")
            return
        number = message.get("id")
        with self._changed:
            sent = self._owed.pop(number, None) if isinstance(number, str) else None
            self._changed.notify_all()
        if "result" in message:
            kind = "isError" if message["result"].get("isError") else "result"
        else:
            kind = "error" if "error" in message else "notification"
        found.statuses[kind] += 1
        if sent is not None:
            check_message(sent, message, f"{sent.body[:200]!r}", found)
        elif kind == "error":
            check_message(Sent(b""), message, "a line", found)
