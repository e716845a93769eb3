"""One socket, one process: bound first, so that a port in use is told before anything is loaded."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Callable
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from recueil_qa.errors import SettingsError
from recueil_qa.faults import system_reason
from recueil_qa.messages import Text

BACKLOG = 2048
ENDING_SECONDS = 30  # for requests in flight, once it is told to end


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens; port 0 is one that the system chooses.

    Raises:
        SettingsError: the address is none of this machine's, or the port is taken.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise SettingsError(
            Text(
                f"impossible d'écouter sur {host}, port {port} : ",
                f"can't listen on {host}, port {port}: ",
            )
            + system_reason(error),
            Text("choisissez un autre --port ou --host", "choose another --port or --host"),
        ) from error


def address(listening: socket.socket) -> str:
    """Return what to type in a browser."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()


def run(app: ASGIApp, listening: socket.socket, ready: Callable[[], None]) -> None:
    """Serve until SIGTERM or Ctrl+C, which end the requests in flight first; say when ready."""
    config = uvicorn.Config(
        app,
        ws="websockets-sansio",
        access_log=False,  # addresses of the page hold questions
        log_level="warning",
        server_header=False,
        proxy_headers=False,  # whom to believe is set, and the guard's to decide
        timeout_keep_alive=15,
        timeout_graceful_shutdown=ENDING_SECONDS,
    )

    def end(_number: int, _frame: FrameType | None) -> None:
        sys.exit(0)

    # The server handles it first, then hands it on: that it was asked to end is no failure.
    former = signal.signal(signal.SIGTERM, end)
    server = _Server(config, ready)
    try:
        server.run(sockets=[listening])
    except KeyboardInterrupt:
        return
    finally:
        signal.signal(signal.SIGTERM, former)
        listening.close()
    if not server.started:
        sys.exit(1)
