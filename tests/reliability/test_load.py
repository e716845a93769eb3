"""Many threads and changing builds, as in `benchmarks/reliability`, with fewer questions."""

from __future__ import annotations

from pathlib import Path

from benchmarks.reliability import load


def test_threads_get_the_answers_that_each_build_gives_alone(tmp_path: Path) -> None:
    found = load.run(tmp_path, questions=800, period=0.2)
    assert found["faults"] == []
    assert found["questions"] == 800
    assert found["builds that answered"] > 1
    assert found["changes of what serves"] >= 1
