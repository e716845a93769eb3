"""The kill test of `benchmarks/reliability`, with few kills; and that it would see a fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.reliability import kills, processes
from benchmarks.reliability.corpus import (
    Expected,
    QuickEncoder,
    differences,
    expected,
    injected,
    is_of_one_version,
    settings_in,
    write_version,
)
from recueil_qa.builds import versions
from recueil_qa.builds.rebuild import rebuild
from recueil_qa.index import opening


def test_killed_builds_leave_one_whole_index_and_the_reader_never_notices(tmp_path: Path) -> None:
    found = kills.run(tmp_path, kills=4, in_switch=2)
    assert found["faults"] == []
    assert (found["kills"], found["kills within the switch"]) == (4, 2)
    assert found["failed questions"] == 0
    assert found["questions asked meanwhile"] > 50
    assert found["builds that the reader answered from"] > 2


def test_of_two_builds_one_waits_and_one_that_may_not_is_refused(tmp_path: Path) -> None:
    found = kills.run_pairs(tmp_path, rounds=2)
    assert found["faults"] == []
    assert found["of which the first was killed"] == 1


def test_texts_of_two_versions_are_seen() -> None:
    # At version 4, even practices are of 4 and odd ones of 3.
    together = ["x, pratique 0 version 4", "y, pratique 1 version 3", "z, pratique 2 version 4"]
    assert is_of_one_version(together)
    assert is_of_one_version([])
    assert not is_of_one_version([*together, "x, pratique 4 version 2"])
    assert not is_of_one_version(["x, pratique 0 version 4", "x, pratique 1 version 4"])


def test_an_index_that_differs_from_its_corpus_is_seen(tmp_path: Path) -> None:
    settings, encoder = settings_in(tmp_path), QuickEncoder()
    write_version(settings.corpus, 0)
    with injected(encoder):
        rebuild(settings)
        found, old = opening.open_index(settings.index), expected(settings.corpus)
        assert differences(found, old, encoder) == []
        write_version(settings.corpus, 1)
        new = expected(settings.corpus)
        assert differences(found, new, encoder) == [
            *("corpus", "practices", "passages", "vectors", "unanswered")
        ]
        rows = (*old.passages[1:], old.passages[0])
        mixed = Expected(old.corpus, old.practices, rows, old.unanswered)
        assert differences(found, mixed, encoder) == ["passages", "vectors"]


def test_a_switch_that_was_killed_leaves_nothing_once_another_one_ends(tmp_path: Path) -> None:
    left = tmp_path / ".CURRENT.1234.5678"
    left.write_text("half a na", "utf-8")
    versions.write_current(tmp_path, "a-build")
    assert [path.name for path in tmp_path.iterdir()] == ["CURRENT"]
    assert (tmp_path / "CURRENT").read_text("utf-8") == "a-build\n"


def test_only_whole_lines_of_a_build_are_read(tmp_path: Path) -> None:
    printed = tmp_path / "printed"
    # Cut where it looks whole, as a reader may meet it.
    printed.write_text('{"event": "a", "n": 1}\nsaid\n{"event": "a", "holder": {"n": 2}', "utf-8")
    assert processes.events(printed) == [{"event": "a", "n": 1}]
    assert processes.last(printed, "b") == {}


class _Slow:
    """A process that prints only once it has been waited for, and then ends, or dies before."""

    def __init__(self, output: Path, rows: list[str]) -> None:
        self.output, self.rows, self.waits = output, rows, 0

    def is_alive(self) -> bool:
        return bool(self.rows)

    def join(self, _timeout: float) -> None:
        self.waits += 1
        if self.waits > 2:
            with self.output.open("a", encoding="utf-8") as file:
                file.write(self.rows.pop(0))


def test_an_event_is_awaited_until_it_is_there_or_cannot_come(tmp_path: Path) -> None:
    output = tmp_path / "output"
    output.touch()
    rows = ['{"event": "a",', ' "n": 1}\n', '{"event": "a", "n": 2}\n', "\n"]
    slow = _Slow(output, rows)
    assert processes.await_event(slow, output, "a") == {"event": "a", "n": 1}  # type: ignore[arg-type]
    assert processes.await_event(slow, output, "a", n=2)["n"] == 2  # type: ignore[arg-type]
    assert processes.await_event(slow, output, "b") == {}  # type: ignore[arg-type]


def test_an_event_of_a_process_that_goes_on_without_it_is_not_awaited_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "output"
    output.touch()
    endless = _Slow(output, ["x\n"] * 1_000)
    now = iter(range(1_000))
    monkeypatch.setattr("benchmarks.reliability.processes.time.monotonic", lambda: float(next(now)))
    assert processes.await_event(endless, output, "b") == {}  # type: ignore[arg-type]
    assert 0 < endless.waits <= processes.LONGEST


def test_what_a_build_prints_can_be_read_before_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "output"
    output.write_text('{"event": "done"}\n', "utf-8")  # of a build before it
    seen = []

    class Never:
        def __init__(self, **_: object) -> None:
            pass

        def start(self) -> None:
            seen.append(processes.last(output, "done"))

    monkeypatch.setattr(processes.CONTEXT, "Process", Never)
    processes.start_build(tmp_path, output)
    processes.start_reader(tmp_path, output, tmp_path / "stop")
    assert seen == [{}, {}]
