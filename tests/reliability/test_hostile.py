"""Hostile inputs, as in `benchmarks/reliability`, by the hundred; and that faults are seen."""

from __future__ import annotations

import socket
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import strategies as st

from benchmarks.reliability import cases, fuzzing
from benchmarks.reliability.targets import Target
from benchmarks.reliability.watch import Watch
from recueil_qa.errors import QuestionError
from recueil_qa.messages import Text


def test_hostile_inputs_meet_the_packages_own_errors_only(tmp_path: Path) -> None:
    found = fuzzing.run(tmp_path, 600)
    assert found["faults"] == []
    assert found["inputs"] >= 600
    assert found["targets"] >= 45
    assert found["links out of the corpus refused"] == 8
    assert found["taken"] > 100
    assert found["refused with the package's own error"] > 50


def test_what_is_made_to_hurt_is_refused(tmp_path: Path) -> None:
    found = cases.run(tmp_path)
    assert found["faults"] == []
    assert found["refused"] == found["cases"] >= 35


def test_an_exception_of_another_kind_is_a_fault() -> None:
    def act(value: int) -> None:
        if value == 2:
            raise QuestionError(Text("non", "no"))
        if value == 3:
            raise KeyError(value)

    counts, faults = Counter[str](), list[str]()
    target = Target("numbers", 1, st.sampled_from([1, 2, 3]), act)
    tried, _ = fuzzing.try_target(target, 30, counts, faults)
    assert tried == counts["taken"] + counts["refused"] + counts["others"]
    assert min(counts.values()) > 0
    (fault,) = faults
    assert fault.startswith("numbers: KeyError at test_hostile.py:")


def test_what_leaves_the_folder_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    (outside / "secret").write_text("x", "utf-8")
    (inside / "link").symlink_to(outside / "secret")
    monkeypatch.chdir(inside)
    watch = Watch()
    with watch.active(inside):
        (inside / "mine").write_text("x", "utf-8")
        Path("mine").rename("yours")
        assert watch.found == []
        (inside / "link").read_text("utf-8")
        Path("../outside/new").write_text("x", "utf-8")
        (outside / "new").unlink()
        Path("yours").rename(outside / "new")
        (outside / "folder").mkdir()
        with socket.socket() as plug, pytest.raises(OSError, match="refused"):
            plug.connect(("127.0.0.1", 1))
    (outside / "secret").read_text("utf-8")
    assert [row.split()[0] for row in watch.found] == [
        *("read", "written", "changed", "changed", "changed", "socket.connect")
    ]
