"""The order in which test modules begin."""

from __future__ import annotations

from itertools import groupby

import pytest

from tests.support import ROOT
from tests.support.order import LONGEST_FIRST


def test_the_modules_that_begin_first_are_there() -> None:
    assert [name for name in LONGEST_FIRST if not (ROOT / "tests" / name).is_file()] == []
    assert len({*LONGEST_FIRST}) == len(LONGEST_FIRST)


def test_modules_run_in_that_order_each_in_one_piece(request: pytest.FixtureRequest) -> None:
    modules = [path for path, _ in groupby(item.path for item in request.session.items)]
    assert len(modules) == len({*modules})
    places = [modules.index(path) for path in map((ROOT / "tests").joinpath, LONGEST_FIRST)
              if path in modules]  # fmt: skip
    assert places == [*range(len(places))]
