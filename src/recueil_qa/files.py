"""Files written whole or not at all, and on the disk before anything names them."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

from recueil_qa.errors import WriteError
from recueil_qa.faults import system_reason
from recueil_qa.messages import Text


def write_whole(path: Path, content: str | bytes, mode: int | None = None) -> None:
    """Write a file beside, then move it in place: a failure leaves what was there.

    What is no file, as a pipe or a device, is written into. A `mode` holds from the first byte on.

    Raises:
        WriteError: it can't be written.
    """
    # Its own, whoever else writes there: another thread, or another file of the same process.
    scratch = path.absolute().parent / f".recueil-qa-{token_hex(8)}"
    whole = content.encode() if isinstance(content, str) else content
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            path.write_bytes(whole)
            return
        if mode is not None:
            scratch.touch(mode, exist_ok=False)
        scratch.write_bytes(whole)
        scratch.replace(path)
    except OSError as error:
        with suppress(OSError):
            scratch.unlink()
        raise WriteError(
            Text(
                "{} : impossible à écrire ({}) ; rien n'a changé",
                "{}: can't be written ({}); nothing has changed",
            ).format(path, system_reason(error))
        ) from error


def sync(folder: Path) -> None:
    """Have every file of a folder on the disk before anything names it: power may fail."""
    for path in (*folder.rglob("*"), folder):
        sync_one(path)


def sync_one(path: Path) -> None:
    """Have a file, or the names that a folder holds, on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
