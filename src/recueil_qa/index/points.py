"""The points of the map, as a build keeps them."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import TypeAdapter

from recueil_qa.types import MapPoint

_POINTS = TypeAdapter(tuple[MapPoint, ...])


def dump_points(points: tuple[MapPoint, ...]) -> bytes:
    """Return the points as JSON, one list of `{practice, x, y}`."""
    return _POINTS.dump_json(points)


def load_points(content: bytes, practices: Sequence[str]) -> tuple[MapPoint, ...]:
    """Read what `dump_points` returned.

    Raises:
        ValueError: these are no points of the unit square, or not those of these practices.
    """
    points = _POINTS.validate_json(content)
    if [point.practice for point in points] != [*practices]:
        raise ValueError("points of other practices")
    if not all(0 <= side <= 1 for point in points for side in (point.x, point.y)):
        raise ValueError("points outside of the unit square")
    return points
