"""Nothing that runs needs a network, or looks for one.

Commands run in a namespace without any interface where that is permitted; everywhere, a hook in
Python refuses each attempt and notes it, so that one whose failure is swallowed is seen as well.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect
from websockets.typing import Origin

from recueil_qa.cli.main import main
from tests.support import ROOT
from tests.support.cell import Cell, namespace, shut
from tests.support.collections import write_two_practices
from tests.support.command_line import PROGRAM, QUESTION, practices
from tests.support.python import PYTHON
from tests.support.serving import serving, write_home
from tests.support.tiny import write_tiny_encoder
from tests.support.waiting import PATIENCE

ENCODER = ROOT / "models" / "recueil-e5"


@pytest.fixture
def cell() -> Iterator[Cell]:
    with shut() as cell:
        yield cell


@pytest.mark.parametrize(
    ("code", "attempt"),
    [
        ("socket.create_connection(('exemple.invalid', 80))", "socket.getaddrinfo exemple.invalid"),
        ("socket.socket().connect(('192.0.2.1', 80))", "socket.connect 192.0.2.1"),
        ("socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
         "socket.sendto 192.0.2.1"),
        ("urllib.request.urlopen('http://exemple.invalid')", "socket.getaddrinfo exemple.invalid"),
    ],
)  # fmt: skip
def test_whoever_asks_for_the_network_is_refused_and_noted(
    cell: Cell, code: str, attempt: str
) -> None:
    done = cell.run(PYTHON, "-c", f"import socket, urllib.request; {code}")
    assert done.returncode == 1
    assert f"no network here: {attempt}" in done.stderr
    assert cell.attempts() == f"{attempt}\n"


def test_the_namespace_has_no_interface_but_its_own() -> None:
    if not namespace():
        return  # then the hook alone refuses, as tested above
    listed = "import socket; print([name for _, name in socket.if_nameindex()])"
    assert subprocess.check_output([*namespace(), PYTHON, "-c", listed], text=True) == "['lo']\n"


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Refuse every socket of this process; return the attempts."""
    attempts: list[str] = []

    def refusing(name: str) -> Callable[..., Any]:
        def refuse(*arguments: Any, **_: Any) -> Any:
            attempts.append(name)
            raise OSError(f"no network here: {name}")

        return refuse

    for name in ("connect", "connect_ex", "sendto", "sendmsg"):
        monkeypatch.setattr(socket.socket, name, refusing(name))
    for name in ("getaddrinfo", "gethostbyname"):
        monkeypatch.setattr(socket, name, refusing(name))
    return attempts


def test_building_and_asking_open_no_socket(
    no_sockets: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(OSError, match="no network here: getaddrinfo"):
        urllib.request.urlopen("https://exemple.invalid")
    assert no_sockets == ["getaddrinfo"]
    no_sockets.clear()
    write_tiny_encoder(tmp_path / "models" / "recueil-e5")
    write_two_practices(tmp_path / "corpus")
    monkeypatch.setenv("RECUEIL_HOME", str(tmp_path))
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    built = CliRunner().invoke(main, ["build", "--lang", "en"])
    assert built.exit_code == 0, built.output
    assert built.stdout.startswith("Index built")
    asked = CliRunner().invoke(main, ["ask", QUESTION, "--json"])
    assert asked.exit_code == 0, asked.output
    assert sorted(practices(asked.stdout)) == ["petit-p1", "petit-p2"]
    assert no_sockets == []


@pytest.mark.model
def test_the_commands_build_and_answer_where_there_is_no_network(cell: Cell) -> None:
    corpus, index = write_two_practices(cell.folder / "corpus"), cell.folder / "index"
    places = ("--corpus", corpus, "--index", index, "--encoder", ENCODER)
    assert cell.out(PROGRAM, "build", *places, "--lang", "en").startswith("Index built")
    asked = cell.out(PROGRAM, "ask", QUESTION, *places, "--json")
    assert practices(asked)[0] == "petit-p2"
    assert cell.out(PROGRAM, "doctor", *places)
    assert cell.attempts() == ""


def test_the_page_and_the_api_are_served_with_no_network(cell: Cell) -> None:
    home = write_home(cell.folder)
    # A namespace has no loopback to be asked over: here the hook alone refuses.
    path = os.pathsep.join(
        filter(None, (cell.environment["PYTHONPATH"], os.environ.get("PYTHONPATH", "")))
    )
    with serving(home, **cell.environment | {"PYTHONPATH": path}) as served:
        with urllib.request.urlopen(served.address) as page:  # noqa: S310
            assert b"<html lang=" in page.read()
        asked = urllib.request.Request(  # noqa: S310
            f"{served.address}/api/v1/ask",
            json.dumps({"question": QUESTION}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(asked) as reply:  # noqa: S310
            assert practices(reply.read())
        shown = drawn(served.address, q=QUESTION)
        assert "data-rq-question" in shown
    assert cell.attempts() == ""


def drawn(address: str, **parameters: str) -> str:
    """Return all that the page sends a visitor who opens an address."""
    options: dict[str, Any] = {"subprotocols": ["streamlit"], "max_size": None}
    stream = address.replace("http", "ws") + "/_stcore/stream"
    rerun = BackMsg()
    rerun.rerun_script.query_string = urllib.parse.urlencode(parameters)
    with connect(stream, origin=Origin(address), **options) as visit:
        visit.send(rerun.SerializeToString())
        shown = ""
        while True:
            message = ForwardMsg.FromString(visit.recv(PATIENCE, decode=False))
            shown += str(message)
            if message.WhichOneof("type") == "script_finished":
                return shown
