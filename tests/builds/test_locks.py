from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from recueil_qa.builds import locks
from recueil_qa.builds.locks import Holder, Patience
from recueil_qa.errors import BusyError
from tests.support import ROOT
from tests.support.waiting import PATIENCE

HOLD = (
    "import sys; from pathlib import Path; from recueil_qa.builds import locks\n"
    "with locks.building(Path(sys.argv[1])):\n"
    "    print('held', flush=True); sys.stdin.read()"
)


def hold(root: Path) -> subprocess.Popen[str]:
    """Start a process that holds the lock of builds until it is killed or its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(root)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_nobody_died_in_a_fresh_folder_nor_after_a_build_that_ended(tmp_path: Path) -> None:
    for _ in range(2):
        with locks.building(tmp_path) as dead:
            assert dead is None
            told = Holder.model_validate_json((tmp_path / locks.HOLDER).read_bytes())
            assert told.process == os.getpid()
        assert not (tmp_path / locks.HOLDER).exists()


def test_a_build_that_fails_leaves_no_name_behind(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), locks.building(tmp_path):
        raise RuntimeError
    with locks.building(tmp_path) as dead:
        assert dead is None


def test_the_second_is_told_who_holds_the_lock(tmp_path: Path) -> None:
    process = hold(tmp_path)
    try:
        with (
            pytest.raises(BusyError, match=rf"\(process {process.pid} on .+, since .+ UTC\)"),
            locks.building(tmp_path, wait=False),
        ):
            pytest.fail("two builds at once")
    finally:
        process.communicate()


@pytest.mark.parametrize("bound", [False, True], ids=["given-up", "too-long"])
def test_waiting_ends_when_it_is_given_up_or_has_lasted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: bool
) -> None:
    monkeypatch.setattr(locks, "POLL_SECONDS", 0.01)
    answers, told = iter((False, False, True)), list[Holder | None]()
    patience = Patience(0) if bound else Patience(given_up=lambda: next(answers))
    with (
        locks.building(tmp_path),
        pytest.raises(BusyError, match=rf"\(process {os.getpid()} on .+, since .+ UTC\)"),
        locks.building(tmp_path, waiting=told.append, patience=patience),
    ):
        pytest.fail("two builds at once")
    assert [holder and holder.process for holder in told] == [os.getpid()]
    assert bound or [*answers] == []
    with locks.building(tmp_path, wait=False) as dead:  # who holds it was left alone
        assert dead is None


def test_the_second_waits_until_the_first_ends(tmp_path: Path) -> None:
    process = hold(tmp_path)
    told: list[Holder | None] = []
    waiting = threading.Event()

    def wait(holder: Holder | None) -> None:
        told.append(holder)
        waiting.set()

    def end() -> None:
        assert waiting.wait(PATIENCE)
        process.communicate()

    ending = threading.Thread(target=end)
    ending.start()
    with locks.building(tmp_path, waiting=wait) as dead:
        assert process.wait(PATIENCE) == 0
        assert dead is None
    ending.join()
    assert [holder and holder.process for holder in told] == [process.pid]


def test_the_lock_of_a_killed_process_is_taken_and_its_name_told(tmp_path: Path) -> None:
    process = hold(tmp_path)
    process.send_signal(signal.SIGKILL)
    process.wait()
    for stream in (process.stdin, process.stdout):
        assert stream is not None
        stream.close()
    with locks.building(tmp_path, wait=False) as dead:
        assert dead is not None
        assert dead.process == process.pid
    with locks.building(tmp_path, wait=False) as dead:
        assert dead is None


@pytest.mark.parametrize("content", ["", "{", '{"process": "x"}', json.dumps({"a": 1})])
def test_a_name_that_cannot_be_read_stops_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / locks.HOLDER).write_text(content, "utf-8")
    with locks.building(tmp_path) as dead:
        assert dead is None


def test_one_switch_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "SWITCH_SECONDS", 0.01)
    inside = threading.Event()
    free = threading.Event()

    def first() -> None:
        with locks.switching(tmp_path):
            inside.set()
            assert free.wait(PATIENCE)

    holding = threading.Thread(target=first)
    holding.start()
    assert inside.wait(PATIENCE)
    try:
        with pytest.raises(BusyError, match="another process"), locks.switching(tmp_path):
            pytest.fail("two switches at once")
    finally:
        free.set()
        holding.join()
    with locks.switching(tmp_path):
        pass


def test_a_lock_that_can_not_be_opened_is_nobodys(tmp_path: Path) -> None:
    with locks.building(tmp_path):
        told = (tmp_path / locks.HOLDER).read_bytes()
        assert locks.holder_of(tmp_path) is not None
    (tmp_path / locks.HOLDER).write_bytes(told)
    (tmp_path / locks.BUILD).unlink()
    (tmp_path / locks.BUILD).mkdir()
    assert locks.holder_of(tmp_path) is None
