"""A real Milvus server for a command, alone with it in a network of their own where that can be.

    python -m tests.support.milvus_server COMMAND …

The server (the package `milvus`, 2.3.5) listens on every interface and asks nobody who they are:
where the system allows, nothing outside can reach it, nor it anything.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import logging
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import monotonic, sleep

import grpc

ADDRESS = "TEST_MILVUS"  # the variable that tells the command where the server is
STARTS, STOPS = 240, 3  # seconds that each may take, on a busy machine too
_INTERFACE_FLAGS, _UP = 0x8914, 0x41  # SIOCSIFFLAGS; up and running
_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG


def isolated(command: Sequence[str]) -> list[str]:
    """Return a command in a network and among processes of its own, or itself if that can't be."""
    for options in (["--net"], ["--map-root-user", "--net"]):
        alone = ["unshare", *options, "--fork", "--pid", "--mount-proc", "--kill-child"]
        with contextlib.suppress(OSError):
            if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode == 0:
                return [*alone, *command]
    return list(command)


@contextlib.contextmanager
def running(folder: Path) -> Iterator[str]:
    """Run a server that keeps its files in a folder, and give its address.

    Raises:
        RuntimeError: it did not start; what it said is told.
    """
    from milvus import MilvusServerConfig, _initialize_data_files

    config = MilvusServerConfig(data_dir=str(folder))
    config.resolve()  # chooses free ports and writes its configuration
    metrics, taken = config.resolve_port(9091)
    taken.close()
    _initialize_data_files(str(folder))
    environment = {
        "DEPLOY_MODE": "STANDALONE",
        "LD_LIBRARY_PATH": str(folder / "bin"),
        "METRICS_PORT": str(metrics),
        "MILVUS_RUN_DIR": str(folder / "run"),
    }
    log = folder / "log.txt"
    with log.open("wb") as file:
        # Not by the package's own class, which changes the folder that we work in.
        process = subprocess.Popen(
            [folder / "bin" / "milvus", "run", "standalone"],
            cwd=folder,
            env=os.environ | environment,
            stdout=file,
            stderr=file,
            preexec_fn=_die_with_parent,  # noqa: PLW1509
        )
        try:
            address = f"http://127.0.0.1:{config.configurable_items['proxy_port'][1]}"
            _wait(address, process, log)
            yield address
        finally:
            process.terminate()
            try:
                process.wait(STOPS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            # The server's own choice, whatever it is told of other folders.
            left = Path(f"/tmp/milvus/server_id_{process.pid}")  # noqa: S108
            left.unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # others' are in it, or nothing ever was
                left.parent.rmdir()


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until it answers: it says that it is healthy long before."""
    from pymilvus import MilvusClient
    from pymilvus.exceptions import MilvusException

    logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
    end = monotonic() + STARTS
    while monotonic() < end and process.poll() is None:
        with contextlib.suppress(MilvusException, grpc.RpcError):
            MilvusClient(address, timeout=2).list_collections(timeout=2)
            return
        sleep(0.1)
    raise RuntimeError(f"no Milvus at {address}: {log.read_text('utf-8', 'replace')[-2000:]}")


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGKILL)


def _raise_loopback() -> None:
    """Raise the loopback of a new network; where it is up, or not ours, nothing changes."""
    with contextlib.suppress(OSError), socket.socket() as any_socket:
        fcntl.ioctl(any_socket, _INTERFACE_FLAGS, struct.pack("16sh", b"lo", _UP))


def main(command: list[str]) -> int:
    """Run a command beside a server; return its exit code."""
    _raise_loopback()
    with (
        tempfile.TemporaryDirectory(prefix="milvus-") as folder,
        running(Path(folder)) as address,
    ):
        return subprocess.run(command, env=os.environ | {ADDRESS: address}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
