"""A `recueil-qa serve` of its own, or the API in a thread, on a port that the system chooses."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from click.testing import CliRunner

from recueil_qa import Assistant
from recueil_qa.api import server
from recueil_qa.api.application import standalone
from recueil_qa.cli.main import main
from recueil_qa.shared import Shared
from tests.support.collections import write_corpus
from tests.support.light import write_light_encoder
from tests.support.waiting import PATIENCE

COMMAND = (sys.executable, "-m", "recueil_qa.cli.main", "serve", "--port", "0")


@dataclass(frozen=True)
class Served:
    """What serves, and where."""

    process: subprocess.Popen[str]
    address: str

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])


def write_home(home: Path) -> Path:
    """Write a home with `petit`, an encoder and an index of its own."""
    write_light_encoder(home / "models" / "recueil-e5")
    write_corpus(home / "corpus")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RECUEIL_HOME", str(home))
        built = CliRunner().invoke(main, ["build"])
    assert built.exit_code == 0, built.output
    return home


@contextmanager
def serving(home: Path, *options: str, **environment: str) -> Iterator[Served]:
    """Serve a home from within; yield once it says where. Ended at the end of the block."""
    process = subprocess.Popen(
        [*COMMAND, *options],
        cwd=home,
        env={**os.environ, "RECUEIL_HOME": str(home), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None and process.stderr is not None
    try:
        said = process.stdout.readline()
        found = re.search(r"http://\S+", said)
        if not found:
            raise RuntimeError(f"it ended before it served: {said}{process.stderr.read()}")
        yield Served(process, found[0])
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)


@contextmanager
def served(assistant: Assistant) -> Iterator[str]:
    """Serve the API in a thread of this process; yield its address."""
    app = standalone(Shared(assistant.settings, assistant))
    serving = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
    with server.bind("127.0.0.1", 0) as listening:
        thread = threading.Thread(target=serving.run, kwargs={"sockets": [listening]})
        thread.start()  # what is asked before it is ready waits in the socket
        try:
            yield server.address(listening)
        finally:
            serving.should_exit = True
            thread.join(PATIENCE)
