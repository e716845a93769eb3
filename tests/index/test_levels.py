from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from recueil_qa.index.levels import (
    EVEN,
    LIKE_NOTHING,
    Level,
    Levels,
    chance,
    dump,
    likeness,
    load,
)

LEVEL = Level(
    mean={"": 0.1, "fr": 0.2}, deviation={"": 0.5, "fr": 0.1}, nothing=1.0, sure=2.0, compared=1
)
VECTORS = np.eye(2, 3, dtype=np.float32)


def test_a_query_stands_so_many_deviations_above_nothing_in_its_language() -> None:
    assert LEVEL.above(0.5, 0.0, "fr") == pytest.approx((0.5 - 0.2) / 0.1)
    assert LEVEL.above(0.5, 0.4, "other") == pytest.approx((0.5 - LIKE_NOTHING * 0.4 - 0.1) / 0.5)


def test_chances_rise_with_it() -> None:
    assert chance(EVEN) == 0.5
    assert 0 < chance(-1e9) < chance(0) < chance(3) < chance(1e9) < 1


def test_likeness_is_that_of_the_three_nearest() -> None:
    cosines = np.array([0.1, 0.9, 0.3, 0.6], np.float32)
    assert likeness(cosines) == pytest.approx((0.9 + 0.6 + 0.3) / 3)
    assert likeness(cosines[:0]) == 0.0


def test_what_is_written_is_read(tmp_path: Path) -> None:
    files = tmp_path / "levels.json", tmp_path / "nothing.npy"
    dump(Levels({"guide": LEVEL}, {"guide": 3.5}, VECTORS), *files)
    found = load(*files, 3)
    assert (found.collections, found.beside) == ({"guide": LEVEL}, {"guide": 3.5})
    np.testing.assert_array_equal(found.vectors, VECTORS)
    again = [path.read_bytes() for path in files]
    dump(found, *files)
    assert [path.read_bytes() for path in files] == again


@pytest.mark.parametrize(
    "change",
    [
        {"collections": {"guide": LEVEL.model_dump() | {"mean": {}, "deviation": {}}}},
        {"collections": {"guide": LEVEL.model_dump() | {"compared": 3}}},
        {"collections": {"guide": LEVEL.model_dump() | {"compared": -1}}},
        {"collections": [], "beside": {}},
        {"collections": {}, "beside": {"guide": None}},
    ],
)
def test_something_else_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    files = tmp_path / "levels.json", tmp_path / "nothing.npy"
    dump(Levels({}, {}, VECTORS), *files)
    files[0].write_text(json.dumps({"collections": {}, "beside": {}} | change), "utf-8")
    with pytest.raises(ValueError, match=r"validation|guide|beside"):
        load(*files, 3)


def test_vectors_of_another_encoder_are_refused(tmp_path: Path) -> None:
    files = tmp_path / "levels.json", tmp_path / "nothing.npy"
    dump(Levels({}, {}, VECTORS), *files)
    with pytest.raises(ValueError, match=r"nothing\.npy"):
        load(*files, 4)


@pytest.mark.parametrize(
    ("vectors", "beside"),
    [
        (VECTORS.astype(np.float64), 3.5),
        (VECTORS[0], 3.5),
        (VECTORS * np.float32(np.nan), 3.5),
        (VECTORS[:, :2], 3.5),
        (VECTORS, np.nan),
    ],
)
def test_vectors_and_numbers_that_nothing_here_wrote_are_refused(
    tmp_path: Path, vectors: npt.NDArray[Any], beside: float
) -> None:
    files = tmp_path / "levels.json", tmp_path / "v.npy"
    dump(Levels({"guide": LEVEL}, {"guide": beside}, VECTORS), *files)
    np.save(files[1], vectors)
    with pytest.raises(ValueError):
        load(*files, 3)
