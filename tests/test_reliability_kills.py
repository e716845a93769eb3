"""The kill test of `benchmarks/reliability`, with few kills; and that it would see a fault."""

from __future__ import annotations

from pathlib import Path

from benchmarks.reliability import kills
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
from recueil_qa import builds, index
from recueil_qa.rebuilding import rebuild


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
        found, old = index.open_index(settings.index), expected(settings.corpus)
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
    builds.write_current(tmp_path, "a-build")
    assert [path.name for path in tmp_path.iterdir()] == ["CURRENT"]
    assert (tmp_path / "CURRENT").read_text("utf-8") == "a-build\n"
