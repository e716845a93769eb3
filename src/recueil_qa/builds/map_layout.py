"""A map of the practices: each a point of the unit square, alike practices near each other.

Laid out by exact t-SNE, started from the principal components; `benchmarks/projection.py` measured
it against these components, multidimensional scaling and other perplexities. It starts at full
size and without early exaggeration: the usual small start keeps fewer neighbours of samples of the
practices, and makes another map of vectors that differ by what rounding does.

- L. van der Maaten, G. Hinton, "Visualizing data using t-SNE", JMLR 9, 2008.
- D. Kobak, P. Berens, "The art of using t-SNE for single-cell transcriptomics", Nature
  Communications 10, 2019: the start from principal components.
- A. Belkina et al., "Automated optimized parameters for t-SNE", Nature Communications 10, 2019:
  the learning rate, as many as there are points.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from recueil_qa.types import MapPoint

Vectors = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]

MOST, FEWEST = 500, 10  # practices that t-SNE is for: beyond it takes a minute, below says nothing
PERPLEXITY = 12.0  # at most a third of the other practices; measured: 10 to 15 are alike
STEPS, MOMENTUM = 1_000, 0.8
DECIMALS = 4
# Width over height of the map without its margins, and how far apart points are, in heights: 27
# pixels where 900 × 600 are left, more than a thing to click on needs (24, by WCAG 2.2).
RATIO, DISTANCE = 1.5, 0.045
ROUNDS, ASIDE, GOLDEN_ANGLE = 300, 0.05, np.pi * (3 - 5**0.5)


def map_points(practices: Sequence[str], vectors: Vectors) -> tuple[MapPoint, ...]:
    """Lay out practices, by their ids and unit vectors (practices, dimension), to be clicked on.

    Rounded to 4 decimals; on a map `RATIO` times as wide as high, no two are nearer than
    `DISTANCE` heights, or than what there is room for.
    """
    places = np.round(spread(project(vectors), DISTANCE, RATIO), DECIMALS).tolist()
    return tuple(MapPoint(name, x, y) for name, (x, y) in zip(practices, places, strict=True))


def add_vectors(sums: Floats, vectors: Vectors, owners: npt.NDArray[np.int64]) -> None:
    """Add vectors (n, dimension) to the sums (count, dimension) of their owners, in order."""
    np.add.at(sums, owners, vectors)


def unit_means(sums: Floats, sizes: npt.NDArray[np.int64]) -> Vectors:
    """Return one unit vector a practice (count, dimension): the mean of its passages, centred.

    `sums` (count, dimension) are those of each practice's vectors, `sizes` how many it has. The
    mean of all practices is taken off: what they all share says nothing of any two.
    """
    means = sums / np.maximum(sizes[:, None], 1)
    centred = means - means.sum(axis=0) / max(len(sums), 1)
    norms = np.linalg.norm(centred, axis=1, keepdims=True)
    return np.asarray(centred / np.maximum(norms, 1e-12), np.float32)


def project(vectors: npt.NDArray[np.floating]) -> Floats:
    """Lay out vectors (n, dimension) in the unit square (n, 2), the longest way along x.

    The same input gives the same bytes, whatever the number of threads. Both sides are filled;
    vectors that do not differ along one stand in its middle.
    """
    points = components(np.asarray(vectors, np.float64))
    if FEWEST <= len(points) <= MOST:
        points = tsne(np.asarray(vectors, np.float64), points, PERPLEXITY)
    return fill(points)


def components(vectors: Floats) -> Floats:
    """Return the first two principal components (n, 2), in units of the widest deviation."""
    points = np.zeros((len(vectors), 2))
    if len(vectors) < 2 or not vectors.shape[1]:
        return points
    left, values, _ = np.linalg.svd(vectors - vectors.mean(axis=0), full_matrices=False)
    if values[0] < 1e-6:  # identical vectors differ by what float32 rounds
        return points
    scaled = left[:, :2] * values[:2] / values[0] * np.sqrt(len(vectors))
    # The last bits depend on the threads of BLAS.
    points[:, : scaled.shape[1]] = np.round(scaled, 6)
    tops = np.take_along_axis(points, np.abs(points).argmax(axis=0)[None], axis=0)
    return np.asarray(np.where(tops < 0, -points, points))


def tsne(vectors: Floats, start: Floats, perplexity: float) -> Floats:
    """Move points (n, 2) from `start` until near ones are those of near vectors: exact t-SNE."""
    near = _affinities(_squares(vectors), min(perplexity, (len(vectors) - 1) / 3))
    points, speed = start, np.zeros_like(start)
    for _ in range(STEPS):
        weights = 1 / (1 + _squares(points))
        np.fill_diagonal(weights, 0)
        pull = (near - weights / weights.sum()) * weights
        moved = np.einsum("ij,jk->ik", pull, points)
        gradient = 4 * (pull.sum(axis=1, keepdims=True) * points - moved)
        speed = MOMENTUM * speed - len(points) * gradient
        points = points + speed
    return points


def _squares(points: Floats) -> Floats:
    """Return the squared distances (n, n) of points; einsum, unlike BLAS, uses one thread."""
    norms = np.einsum("ik,ik->i", points, points)
    products = np.einsum("ik,jk->ij", points, points)
    return np.asarray(np.maximum(norms[:, None] + norms - 2 * products, 0))


def _affinities(squares: Floats, perplexity: float) -> Floats:
    """Return the joint probabilities (n, n) of neighbours, each row's entropy that of perplexity.

    By bisection on the precision of each point, 60 halvings: more than a double holds.
    """
    others = ~np.eye(len(squares), dtype=bool)
    # The nearest at 0: no row may vanish under a high precision.
    squares = squares - np.where(others, squares, np.inf).min(axis=1, keepdims=True)
    squares[~others] = 0
    precision = np.ones((len(squares), 1))
    low, high = np.zeros_like(precision), np.full_like(precision, np.inf)
    for _ in range(60):
        weights = np.exp(-squares * precision) * others
        total = weights.sum(axis=1, keepdims=True)
        mean = (squares * weights).sum(axis=1, keepdims=True) / total
        wide = np.log(total) + precision * mean > np.log(perplexity)
        low, high = np.where(wide, precision, low), np.where(wide, high, precision)
        precision = np.where(np.isinf(high), precision * 2, (low + high) / 2)
    weights /= total
    return np.asarray((weights + weights.T) / (2 * len(squares)))


def fill(points: Floats) -> Floats:
    """Turn points (n, 2) with their widest deviation along x, and stretch them to both sides."""
    if not len(points):
        return points
    centred = points - points.mean(axis=0)
    x, y = centred.T
    angle = np.arctan2(2 * (x * y).sum(), (x * x - y * y).sum()) / 2
    cosine, sine = np.cos(angle), np.sin(angle)
    turned = np.column_stack([cosine * x + sine * y, cosine * y - sine * x])
    least, size = turned.min(axis=0), np.ptp(turned, axis=0)
    flat = size <= 1e-9 * size.max()
    return np.asarray(np.where(flat, 0.5, (turned - least) / np.where(flat, 1, size)))


def spread(points: Floats, distance: float, ratio: float) -> Floats:
    """Move points (n, 2) of the unit square apart, little, so that no two are nearer than that.

    The square is seen `ratio` times as wide as high, `distance` is in heights. Points that are
    far enough from all others stay. Where there is no room for all at `distance` (a square grid
    of it has fewer places), the distance is the longest with room.
    """
    size = np.array([ratio, 1.0])
    placed = points * size
    if _columns(distance, ratio) * _columns(distance, 1) < len(points):
        return np.asarray(_in_columns(placed, distance, ratio) / size)
    moved = placed
    for step in range(ROUNDS):
        left, right = np.nonzero(np.triu(_squares(moved) < distance**2 * 1.001, 1))
        gaps = moved[left] - moved[right]
        far = np.hypot(*gaps.T)
        if not (far < distance).any():
            return points if moved is placed else np.asarray(moved / size)
        push = np.maximum(distance * 1.01 - far, 0) / 2 / np.maximum(far, 1e-9)
        change = np.zeros_like(moved)
        np.add.at(change, left, push[:, None] * gaps)
        np.subtract.at(change, right, push[:, None] * gaps)
        # Not further in a round than a pair needs, and a little aside: points in one place, in a
        # line or in a corner would push each other nowhere.
        lengths = np.hypot(*change.T)[:, None]
        change *= np.minimum(1, distance / 2 / np.maximum(lengths, 1e-9))
        turns = np.arange(len(points)) * GOLDEN_ANGLE * (step + 1)
        aside = np.column_stack([np.cos(turns), np.sin(turns)]) * distance * (1 - step / ROUNDS)
        near = np.bincount(np.append(left, right), minlength=len(points))[:, None] > 0
        moved = np.clip(moved + change + np.where(near, aside * ASIDE, 0), 0, size)
    return np.asarray(_in_columns(placed, distance, ratio) / size)


def _columns(distance: float, side: float) -> int:
    """Return how many places `distance` apart a side holds; a hair more room for the rounding."""
    return int(side / distance + 1e-9) + 1


def _in_columns(placed: Floats, distance: float, ratio: float) -> Floats:
    """Put points in columns by x, each at its own height where it can: always apart, less alike."""
    steps = np.arange(1, len(placed) + 1)
    for step in sorted([distance, *(1 / steps), *(ratio / steps)], reverse=True):
        columns, rows = _columns(step, ratio), _columns(step, 1)
        if step <= distance and columns * rows >= len(placed):
            break
    found = np.zeros_like(placed)
    groups = np.array_split(np.argsort(placed[:, 0], kind="stable"), columns)
    for x, group in zip(np.linspace(0, ratio, columns), groups, strict=True):
        column = group[np.argsort(placed[group, 1], kind="stable")]
        offsets = np.arange(len(column)) * step
        heights = np.maximum.accumulate(placed[column, 1] - offsets) + offsets
        found[column, 0] = x
        found[column, 1] = np.clip(heights, 0, np.maximum(1 - offsets[::-1], 0))
    return found
