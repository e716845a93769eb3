"""Lay the practices out on a map in several ways, and measure what of their vectors is kept.

    .venv/bin/python -m benchmarks projection

Each layout is measured as seen (1.5 times as wide as high) and once its points were moved apart to
be clicked on: trustworthiness and the share kept of each practice's 5 nearest ones (J. Venna and
S. Kaski, "Neighborhood preservation in nonlinear projection methods", ICANN 2001, for the first),
and how many of a practice's nearest ones are of its theme, of as many as its theme has. The same
on samples of four fifths of the practices tells luck from merit: t-SNE is no convex problem. And
the layout of vectors moved by a ten-millionth, as another machine's encoder moves them, tells
whether the map would be another one there (Procrustes disparity: 0 the same, 1 nothing alike).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np
from scipy.spatial import procrustes
from sklearn.manifold import TSNE, smacof, trustworthiness

from recueil_qa import Assistant, Settings
from recueil_qa.builds.map_layout import (
    DISTANCE,
    PERPLEXITY,
    RATIO,
    Floats,
    components,
    fill,
    spread,
    tsne,
)

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "benchmarks" / "results" / "projection.json"
NEAREST, SAMPLES, SHARE, PIXELS = 5, 20, 0.8, 640
NOISE = 1e-7
SIZE = np.array([RATIO, 1.0])


def cosine_distances(vectors: Floats) -> Floats:
    """Return the cosine distances (n, n) of unit vectors."""
    return np.asarray(np.clip(1 - vectors @ vectors.T, 0, None))


def classical(vectors: Floats) -> Floats:
    """Return classical MDS of cosine distances (of Euclidean ones, it is the components)."""
    squares = cosine_distances(vectors) ** 2
    means = squares.mean(axis=0)
    values, axes = np.linalg.eigh(-(squares - means - means[:, None] + means.mean()) / 2)
    return np.asarray(axes[:, [-1, -2]] * np.sqrt(np.maximum(values[[-1, -2]], 0)))


def stressed(vectors: Floats, power: float) -> Floats:
    """Return metric MDS by SMACOF of Euclidean (power 0.5) or cosine (1) distances."""
    wanted = (2 * cosine_distances(vectors)) ** power
    start = components(vectors)
    points, _ = smacof(
        wanted, init=start, n_init=1, max_iter=2_000, eps=1e-9, normalized_stress=False
    )
    return np.asarray(points)


def library_tsne(vectors: Floats, perplexity: float) -> Floats:
    """Return the exact t-SNE of scikit-learn: a small start, early exaggeration."""
    model = TSNE(perplexity=perplexity, init="pca", method="exact", random_state=0)
    return np.asarray(model.fit_transform(vectors), np.float64)


def own_tsne(vectors: Floats, perplexity: float) -> Floats:
    return tsne(vectors, components(vectors), perplexity)


LAYOUTS: dict[str, Callable[[Floats], Floats]] = {
    "PCA": components,
    "classical MDS, cosine": classical,
    "SMACOF, Euclidean": partial(stressed, power=0.5),
    "SMACOF, cosine": partial(stressed, power=1.0),
    **{
        f"t-SNE, scikit-learn, {p}": partial(library_tsne, perplexity=p) for p in (5, 8, 10, 12, 15)
    },
    **{f"t-SNE, {p}": partial(own_tsne, perplexity=p) for p in (3, 5, 8, 10, 12, 15)},
}


def nearest(points: Floats) -> list[list[int]]:
    """Return for each point the others, nearest first."""
    squares = ((points[:, None] - points) ** 2).sum(axis=2)
    np.fill_diagonal(squares, np.inf)
    return [row[:-1] for row in np.argsort(squares, axis=1, kind="stable").tolist()]


def theme_kept(ranked: list[list[int]], themes: list[str]) -> float:
    """Return the share of its theme among the nearest of a practice, of as many as it has."""
    sizes = Counter(themes)
    shares = [
        np.mean([themes[j] == themes[i] for j in row[: sizes[themes[i]] - 1]])
        for i, row in enumerate(ranked)
        if sizes[themes[i]] > 1
    ]
    return float(np.mean(shares))


def measure(vectors: Floats, points: Floats, themes: list[str]) -> dict[str, float]:
    """Measure a layout in the unit square, as seen."""
    seen = points * SIZE
    true, shown = nearest(vectors), nearest(seen)
    both = [{*a[:NEAREST]} & {*b[:NEAREST]} for a, b in zip(true, shown, strict=True)]
    closest = min(np.hypot(*(seen[i] - seen[row[0]])) for i, row in enumerate(shown))
    return {
        "trustworthiness": float(trustworthiness(vectors, seen, n_neighbors=NEAREST)),
        "neighbours kept": float(np.mean([len(kept) / NEAREST for kept in both])),
        "theme": theme_kept(shown, themes),
        "nearest, pixels": float(closest * PIXELS),
    }


def disparity(layout: Callable[[Floats], Floats], vectors: Floats) -> float:
    """Return how much a layout differs from that of vectors with a little noise, at most of 5."""
    rng = np.random.default_rng(0)
    noises = [rng.uniform(-NOISE, NOISE, vectors.shape) for _ in range(5)]
    own = layout(vectors)
    return max(float(procrustes(own, layout(vectors + noise))[2]) for noise in noises)


def sampled(
    layout: Callable[[Floats], Floats], vectors: Floats, themes: list[str]
) -> dict[str, dict[str, float]]:
    """Measure a layout of samples of the practices: mean and deviation."""
    rng = np.random.default_rng(0)
    rows = []
    for _ in range(SAMPLES):
        chosen = np.sort(rng.choice(len(vectors), int(SHARE * len(vectors)), replace=False))
        kept = [themes[i] for i in chosen]
        points = spread(fill(layout(vectors[chosen])), DISTANCE, RATIO)
        rows.append(measure(vectors[chosen], points, kept))
    return {
        name: {
            "mean": round(float(np.mean([row[name] for row in rows])), 4),
            "deviation": round(float(np.std([row[name] for row in rows], ddof=1)), 4),
        }
        for name in ("trustworthiness", "neighbours kept", "theme")
    }


def main() -> None:
    index = Assistant.open(Settings(home=ROOT)).index
    vectors = np.asarray(index.practice_vectors, np.float64)
    themes = [practice.theme for practice in index.practices]
    rows = {}
    print(f"{'':26}  before spreading           after                samples, after")
    print(f"{'':26}  trust  kept   theme  px     trust  kept  theme   trust kept   disparity")
    for name, layout in LAYOUTS.items():
        points = fill(layout(vectors))
        before = measure(vectors, points, themes)
        after = measure(vectors, spread(points, DISTANCE, RATIO), themes)
        samples = sampled(layout, vectors, themes)
        differs = disparity(layout, vectors)
        print(f"{name:26}", *(f"{value:6.3f}" for value in before.values()), end=" ")
        print(*(f"{value:6.3f}" for value in [*after.values()][:3]), end=" ")
        means = [samples[key]["mean"] for key in ("trustworthiness", "neighbours kept")]
        print(*(f"{value:6.3f}" for value in [*means, differs]))
        rows[name] = {
            "before spreading": {key: round(value, 4) for key, value in before.items()},
            "after": {key: round(value, 4) for key, value in after.items()},
            "samples, after": samples,
            "disparity under noise": round(differs, 4),
        }
    result = {
        "versions": {name: version(name) for name in ("recueil-qa", "numpy", "scikit-learn")},
        "encoder": index.manifest.encoder,
        "practices": len(vectors),
        "shipped": f"t-SNE, {PERPLEXITY:g}",
        "theme, by the vectors": round(theme_kept(nearest(vectors), themes), 4),
        "layouts": rows,
    }
    TARGET.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    print(f"{TARGET.relative_to(ROOT)}: written")
