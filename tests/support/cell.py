"""A cell with no network: a namespace of its own where that is permitted, a hook everywhere.

The hook refuses each attempt of Python and notes it: one whose failure is swallowed is seen, too.
"""

from __future__ import annotations

import functools
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Read by every Python that finds it in PYTHONPATH. A page is served to this machine alone.
HOOK = """
import os, sys

HERE = {"localhost", "127.0.0.1", "::1", "", None}
ASKING = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}
SENDING = {"socket.connect", "socket.sendto", "socket.sendmsg"}

def refuse(event, arguments):
    if event in ASKING:
        host = arguments[0]
    elif event in SENDING and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if host not in HERE:
        with open(os.environ["AIRGAP_LOG"], "a") as log:
            log.write(f"{event} {host}\\n")
        raise OSError(f"no network here: {event} {host}")

sys.addaudithook(refuse)
"""


@functools.cache
def namespace() -> tuple[str, ...]:
    """Return the command that runs another one without any network, or nothing."""
    for command in (("unshare", "-rn"), ("unshare", "-n")):
        try:
            subprocess.run([*command, "true"], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            continue
        return command
    return ()


class Cell:
    """Runs commands with no network and an empty environment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "attempts"
        self.log.touch()
        (folder / "hook").mkdir()
        (folder / "hook" / "sitecustomize.py").write_text(HOOK, "utf-8")
        self.environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(folder / "hook"),
            "AIRGAP_LOG": str(self.log),
        }

    def run(self, *command: object, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*namespace(), *map(str, command)],
            env=self.environment | environment,
            cwd=self.folder,
            check=False,
            capture_output=True,
            text=True,
        )

    def out(self, *command: object, **environment: str) -> str:
        """Run a command that must succeed; return what it printed."""
        done = self.run(*command, **environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def attempts(self) -> str:
        return self.log.read_text("utf-8")


@contextmanager
def shut() -> Iterator[Cell]:
    """Make a cell; its folder is gone after it."""
    # Not tmp_path, which pytest keeps: a bundle and its packages are gigabytes.
    with tempfile.TemporaryDirectory() as folder:
        yield Cell(Path(folder))
