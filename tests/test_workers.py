"""What the processes that share these tests spare each other."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest

from tests.support import ROOT, workers
from tests.support.workers import WITH_TORCH, Together, collecting


def test_modules_that_load_torch_are_run_by_one_process() -> None:
    sharing = Together.__new__(Together)
    assert {sharing._split_scope(f"{module}::test_x[a::b]") for module in WITH_TORCH} == {
        "with torch"
    }
    assert sharing._split_scope("tests/test_api.py::test_x[a::b]") == "tests/test_api.py"
    assert [module for module in WITH_TORCH if not (ROOT / module).is_file()] == []


@pytest.mark.parametrize(("worker", "alone"), [("gw0", True), (None, False)])
def test_the_first_process_collects_alone(
    worker: str | None, alone: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Another one's lock would wait for it; without others nothing is locked."""
    mine = tmp_path / "workers.py"
    mine.touch()
    monkeypatch.setattr(workers, "__file__", str(mine))
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    if worker:
        monkeypatch.setenv("PYTEST_XDIST_WORKER", worker)
    with mine.open("rb") as other:
        with collecting():
            assert _refused(other.fileno()) is alone
        assert not _refused(other.fileno())


def test_the_others_collect_at_the_same_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mine = tmp_path / "workers.py"
    mine.touch()
    monkeypatch.setattr(workers, "__file__", str(mine))
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw1")
    with mine.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_SH)
        with collecting(), collecting():
            assert _refused(other.fileno())


def _refused(file: int) -> bool:
    """Return whether nobody else may have the lock now."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(file, fcntl.LOCK_UN)
    return False
