from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recueil_qa.builds import map_layout
from recueil_qa.builds.map_layout import (
    DISTANCE,
    RATIO,
    Floats,
    add_vectors,
    components,
    fill,
    map_points,
    project,
    spread,
    unit_means,
)
from recueil_qa.encoding.encoder import Vectors
from recueil_qa.index.points import dump_points, load_points
from recueil_qa.types import MapPoint
from tests.support import ROOT
from tests.support.vectors import drawn_around
from tests.support.waiting import PATIENCE


def nearest_pair(points: Floats, ratio: float) -> float:
    placed = points * [ratio, 1]
    far = np.hypot(*(placed[:, None] - placed).transpose(2, 0, 1))
    return float(far[~np.eye(len(far), dtype=bool)].min(initial=np.inf))


def five_nearest(points: Floats) -> list[set[int]]:
    far = ((points[:, None] - points) ** 2).sum(axis=2)
    return [{*row[1:6].tolist()} for row in far.argsort(axis=1)]


@pytest.mark.parametrize(
    ("vectors", "points"),
    [
        (np.zeros((0, 8)), np.zeros((0, 2))),
        (np.ones((1, 8)), [[0.5, 0.5]]),
        ([[1, 0], [0, 1]], [[1, 0.5], [0, 0.5]]),
        ([[0, 0], [0, 2], [0, 3]], [[1, 0.5], [1 / 3, 0.5], [0, 0.5]]),
        ([[0], [2], [8]], [[0, 0.5], [0.25, 0.5], [1, 0.5]]),
        (np.full((5, 8), 0.1), np.full((5, 2), 0.5)),
        (np.full((30, 8), 0.1), np.full((30, 2), 0.5)),
    ],
    ids=["none", "one", "two", "three in line", "dimension 1", "five alike", "thirty alike"],
)
def test_few_or_identical_vectors_have_their_places(
    vectors: npt.ArrayLike, points: npt.ArrayLike
) -> None:
    found = project(np.array(vectors, np.float32))
    np.testing.assert_allclose(found, np.array(points, np.float64), atol=1e-5)


def test_three_vectors_keep_their_triangle() -> None:
    # Its base of 4 lies along x, its height of 1 along y, each stretched to its side.
    found = project(np.array([[0, 0, 5], [4, 0, 5], [2, 1, 5]], np.float32))
    assert sorted(found[:2, 0].round(4).tolist()) == [0, 1]
    assert found[0, 1].round(4) == found[1, 1].round(4) == 1 - found[2, 1].round(4)
    assert found[2, 0] == pytest.approx(0.5, abs=1e-4)


@pytest.mark.parametrize("count", [4, 9, 10, 11, 47, 120])
def test_a_layout_fills_both_sides_of_the_unit_square(count: int) -> None:
    found = project(drawn_around(count))
    assert found.shape == (count, 2)
    np.testing.assert_array_equal(found.min(axis=0), [0, 0])
    np.testing.assert_array_equal(found.max(axis=0), [1, 1])


def test_groups_stay_together_and_apart() -> None:
    rng, centres = np.random.default_rng(1), np.eye(12)[:4]
    groups = np.repeat(np.arange(4), 12)
    found = project(centres[groups] + 0.1 * rng.standard_normal((48, 12)))
    for i, near in enumerate(five_nearest(found)):
        assert {groups[j] for j in near} == {groups[i]}


def test_more_neighbours_are_kept_than_by_the_components() -> None:
    vectors = drawn_around(60)
    wanted = five_nearest(vectors)

    def kept(points: Floats) -> float:
        found = zip(wanted, five_nearest(points), strict=True)
        return float(np.mean([len(a & b) / 5 for a, b in found]))

    assert kept(project(vectors)) > kept(fill(components(vectors))) + 0.1


def test_two_identical_practices_among_others_are_among_the_nearest() -> None:
    vectors = drawn_around(47)
    vectors[5] = vectors[4]
    nearest = five_nearest(project(vectors))
    assert 5 in nearest[4]
    assert 4 in nearest[5]


def test_components_are_those_of_the_covariance() -> None:
    vectors = drawn_around(30) + 3
    centred = vectors - vectors.mean(axis=0)
    values, axes = np.linalg.eigh(centred.T @ centred / 30)
    expected = centred @ axes[:, [-1, -2]] / np.sqrt(values[-1])
    expected *= np.sign(expected[np.abs(expected).argmax(axis=0), [0, 1]])
    np.testing.assert_allclose(components(vectors), expected, atol=1e-6)


def test_many_practices_are_laid_out_by_their_components(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = drawn_around(31)
    by_components = fill(components(vectors))
    assert map_layout.MOST == 500
    monkeypatch.setattr(map_layout, "MOST", 30)
    np.testing.assert_array_equal(project(vectors), by_components)
    monkeypatch.setattr(map_layout, "MOST", 31)
    assert np.abs(project(vectors) - by_components).max() > 0.1


def test_the_same_vectors_give_the_same_bytes_in_any_process_with_any_threads() -> None:
    code = (
        "import sys; from tests.support.vectors import drawn_around;"
        "from recueil_qa.builds.map_layout import map_points, project;"
        "vectors = drawn_around(90, 384);"
        "sys.stdout.buffer.write(project(vectors).tobytes() + b'|');"
        "sys.stdout.buffer.write(repr(map_points(range(90), vectors)).encode())"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=os.environ | {"OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads},
            check=True,
            capture_output=True,
            timeout=PATIENCE,
        ).stdout
        for threads in ("1", "2")
    }
    assert len(found) == 1
    assert len(found.pop()) > 90 * 2 * 8


def test_vectors_that_differ_by_rounding_have_the_same_map() -> None:
    vectors = drawn_around(47, 384)
    noise = np.random.default_rng(2).uniform(-1e-7, 1e-7, vectors.shape)
    np.testing.assert_allclose(project(vectors + noise), project(vectors), atol=1e-3)


def test_filling_turns_the_widest_way_along_x() -> None:
    # A slope of 1, four times as long as wide.
    found = fill(np.array([[0.0, 0.0], [4, 4], [1, 3], [3, 1]]))
    np.testing.assert_allclose(found, [[0, 0.5], [1, 0.5], [0.5, 1], [0.5, 0]], atol=1e-12)


sides = st.floats(0, 1)
layouts = st.lists(st.tuples(sides, sides), max_size=40).map(
    lambda rows: np.array(rows, np.float64).reshape(-1, 2)
)


@given(layouts, st.floats(0.005, 0.1), st.floats(0.5, 3))
def test_points_are_moved_apart_within_the_square(
    points: Floats, distance: float, ratio: float
) -> None:
    # 40 places at least: 11 times 6.
    found = spread(points, distance, ratio)
    assert found.shape == points.shape
    assert ((found >= 0) & (found <= 1)).all()
    assert nearest_pair(found, ratio) >= distance - 1e-9
    np.testing.assert_array_equal(spread(points, distance, ratio), found)


def test_points_far_enough_apart_stay_to_the_byte() -> None:
    points = np.array([[0.1, 0.1], [0.1, 0.3], [0.25, 0.1], [0.7, 0.7], [0.7, 0.71]])
    found = spread(points, 0.15, 1.5)
    np.testing.assert_array_equal(spread(points[:4], 0.15, 1.5), points[:4])
    # The two that were too near move, and the others not.
    np.testing.assert_allclose(found[:3], points[:3], atol=1e-12)
    assert nearest_pair(found, 1.5) >= 0.15
    assert np.abs(found[3:] - points[3:]).max() < 0.15


def test_a_random_layout_is_hardly_changed() -> None:
    points = np.random.default_rng(3).random((47, 2))
    assert nearest_pair(points, RATIO) < DISTANCE / 4
    found = spread(points, DISTANCE, RATIO)
    assert nearest_pair(found, RATIO) >= DISTANCE
    assert np.hypot(*((found - points) * [RATIO, 1]).T).max() < DISTANCE


@pytest.mark.parametrize("place", [(0.5, 0.5), (0, 0), (1, 1), (0, 1), (1, 0.5)])
def test_points_in_one_place_part_around_it(place: tuple[float, float]) -> None:
    found = spread(np.full((40, 2), place, np.float64), 0.04, 1.5)
    assert nearest_pair(found, 1.5) >= 0.04
    # 40 in a circle of diameter 0.04 * sqrt(40 / 0.9), at best; a corner holds a quarter of it.
    assert np.hypot(*((found - place) * [1.5, 1]).T).max() < 2 * 0.04 * np.sqrt(40 / 0.9)


def test_too_many_points_in_a_corner_stay_along_its_side() -> None:
    found = spread(np.zeros((100, 2)), 0.04, 1.5)
    assert nearest_pair(found, 1.5) >= 0.04 - 1e-9
    # In 38 columns: three high.
    assert found[:, 1].max() == pytest.approx(0.08)


def test_points_in_line_part_to_both_sides_of_it() -> None:
    line = np.column_stack([np.linspace(0.4, 0.6, 30), np.full(30, 0.5)])
    found = spread(line, 0.04, 1.5)
    assert nearest_pair(found, 1.5) >= 0.04
    assert np.ptp(found[:, 1]) > 0.04
    assert np.corrcoef(found[:, 0], line[:, 0])[0, 1] > 0.9


@pytest.mark.parametrize(
    ("count", "distance", "ratio", "apart"),
    [
        (4, 5.0, 1, 1.0),
        (5, 1.0, 1, 0.5),
        (9, 0.6, 1, 0.5),
        (7, 3.0, 2, 2 / 3),
        (2, 9.0, 2, 2.0),
        (1108, 0.04, 1.5, 1 / 27),
    ],
)
def test_without_room_for_all_points_stand_at_least_as_far_apart_as_in_a_grid(
    count: int, distance: float, ratio: float, apart: float
) -> None:
    found = spread(np.random.default_rng(4).random((count, 2)), distance, ratio)
    assert ((found >= 0) & (found <= 1)).all()
    assert apart - 1e-9 <= nearest_pair(found, ratio) < distance


def test_a_grid_keeps_left_and_right_above_and_below() -> None:
    corners = np.array([[0.6, 0.6], [0.4, 0.6], [0.6, 0.4], [0.4, 0.4]])
    expected = [[1, 1], [0, 1], [1, 0], [0, 0]]
    np.testing.assert_allclose(spread(corners, 5.0, 1.0), expected, atol=1e-12)


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_and_one_point_stay(count: int) -> None:
    points = np.full((count, 2), 0.3)
    np.testing.assert_array_equal(spread(points, 2.0, 1.5), points)


@pytest.mark.parametrize("count", [0, 1, 2, 12, 47, 300])
def test_the_points_of_a_map_can_be_clicked_on(count: int) -> None:
    names = [f"p{i}" for i in range(count)]
    vectors = drawn_around(count).astype(np.float32).reshape(count, 24)
    found = map_points(names, vectors)
    assert [point.practice for point in found] == names
    assert all(round(side, 4) == side for point in found for side in (point.x, point.y))
    places = np.array([(point.x, point.y) for point in found]).reshape(-1, 2)
    # In a map of 900 × 600 pixels without its margins.
    assert nearest_pair(places, 1.5) * 600 > 26


def test_points_are_written_and_read_back() -> None:
    points = (MapPoint("é-p1", 0.0, 1.0), MapPoint("é-p2", 0.1234, 0.5))
    content = dump_points(points)
    assert content.decode() == (
        '[{"practice":"é-p1","x":0.0,"y":1.0},{"practice":"é-p2","x":0.1234,"y":0.5}]'
    )
    assert load_points(content, ["é-p1", "é-p2"]) == points
    assert load_points(dump_points(()), []) == ()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff",
        b'[{"practice":"a","x":0.5}]',
        b'[{"practice":"b","x":0.5,"y":0.5}]',
        b'[{"practice":"a","x":0.5,"y":0.5},{"practice":"a","x":0.5,"y":0.5}]',
        b'[{"practice":"a","x":0.5,"y":1.01}]',
        b'[{"practice":"a","x":-0.1,"y":0.5}]',
        b'[{"practice":"a","x":NaN,"y":0.5}]',
        b'[{"practice":"a","x":"left","y":0.5}]',
    ],
)
def test_what_are_not_the_points_of_the_practices_is_refused(content: bytes) -> None:
    assert load_points(b'[{"practice":"a","x":0.5,"y":0.5}]', ["a"]) == (MapPoint("a", 0.5, 0.5),)
    with pytest.raises(ValueError, match=r"points|validation error"):
        load_points(content, ["a"])


def practice_vectors(vectors: Vectors, owners: npt.NDArray[np.int64], count: int) -> Vectors:
    sums = np.zeros((count, vectors.shape[1]))
    add_vectors(sums, vectors, owners)
    return unit_means(sums, np.bincount(owners, minlength=count))


def test_the_vector_of_a_practice_is_the_mean_of_its_passages_less_what_all_share() -> None:
    vectors = np.array([[3, 0, 1], [0, 1, 1], [5, 0, 1], [0, 5, 1]], np.float32)
    found = practice_vectors(vectors, np.array([0, 1, 0, 1]), 2)
    # Means (4, 0, 1) and (0, 3, 1), whose own mean is (2, 1.5, 1).
    np.testing.assert_allclose(found, [[0.8, -0.6, 0], [-0.8, 0.6, 0]], atol=1e-7)
    assert found.dtype == np.float32


@pytest.mark.parametrize("count", [0, 1, 3])
def test_practices_that_do_not_differ_have_no_direction(count: int) -> None:
    vectors = np.full((count, 4), 0.5, np.float32)
    found = practice_vectors(vectors, np.arange(count), count)
    np.testing.assert_array_equal(found, np.zeros((count, 4), np.float32))
