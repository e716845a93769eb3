"""What this process opens, changes, runs and calls, told by Python's own audit events."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# Event → which of its arguments are paths that are changed.
CHANGES = {
    "os.chmod": (0,),
    "os.chown": (0,),
    "os.link": (1,),
    "os.mkdir": (0,),
    "os.remove": (0,),
    "os.rename": (0, 1),
    "os.rmdir": (0,),
    "os.symlink": (1,),
    "os.truncate": (0,),
    "os.utime": (0,),
    "shutil.rmtree": (0,),
    "sqlite3.connect": (0,),
    "tempfile.mkdtemp": (0,),
    "tempfile.mkstemp": (0,),
}
FORBIDDEN = (
    *("os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.system", "pty.spawn"),
    *("subprocess.Popen", "socket.bind", "socket.connect", "socket.getaddrinfo"),
    *("socket.gethostbyname", "urllib.Request", "pickle.find_class"),
)
# The one process that the package starts on a document: within limits, and on its bytes alone.
READS_PDF = [sys.executable, "-m", "recueil_qa.corpus.importing.pdf_worker"]
# Where Python and its libraries live; what is read there is no one's corpus.
LIBRARIES = tuple(
    os.path.realpath(place)
    for place in (
        *(sys.prefix, sys.base_prefix, ROOT / "src", ROOT / "tests", ROOT / "benchmarks"),
        *("/usr", "/lib", "/lib64", "/etc", "/proc", "/sys", "/dev/null", "/dev/urandom"),
    )
)


class Watch:
    """Takes note of what leaves the allowed folders while it is `active`."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._allowed: tuple[str, ...] = ()
        self._hooked = False

    @contextmanager
    def active(self, *folders: Path) -> Iterator[None]:
        """Watch; only these folders may be written in, only they and Python's own be read."""
        if not self._hooked:
            # An audit hook can't be taken off: it is put once, and asleep outside of here.
            sys.addaudithook(self._hear)
            self._hooked = True
        self._allowed = tuple(os.path.realpath(folder) for folder in folders)
        try:
            yield
        finally:
            self._allowed = ()

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._allowed:
            return
        if event == "open":
            path, _, flags = arguments
            self._check("written" if flags & WRITING else "read", path)
        elif event in CHANGES:
            # Relative to an open folder: that one was checked when it was opened.
            if event in ("os.remove", "os.rmdir", "os.mkdir") and arguments[-1] != -1:
                return
            for place in CHANGES[event]:
                self._check("changed", arguments[place])
        elif event == "subprocess.Popen" and [*arguments[1][:3]] == READS_PDF:
            return
        elif event in FORBIDDEN:
            self.found.append(f"{event} {arguments!r}"[:300])

    def _check(self, what: str, path: Any) -> None:
        if not isinstance(path, str | bytes | os.PathLike):
            return  # a file that is open already
        try:
            place = os.path.realpath(os.fsdecode(path))
        except (OSError, ValueError):
            return  # the system refuses it as well
        allowed = self._allowed + (LIBRARIES if what == "read" else ())
        inside = any(place == folder or place.startswith(folder + os.sep) for folder in allowed)
        # Python writes what it compiled beside its own files.
        if not inside and "__pycache__" not in place:
            self.found.append(f"{what} {place!r}")


WATCH = Watch()
