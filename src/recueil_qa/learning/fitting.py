"""Fit the heads of a collection on its judged statements: NumPy alone, the same to the bit.

Which practices help is learnt listwise: softmax over the practices against graded gains, 2^g - 1,
normalised (ListNet's top-one loss; Cao et al., 2007). Whether anything helps is learnt from the
same hidden layer. Chances are then calibrated by logistic regression on statements that the heads
were not fitted on: `left_out` leaves whole groups out, for rewrites of one problem would tell.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recueil_qa.arrays import Mask, Scores
from recueil_qa.encoding.encoder import Vectors
from recueil_qa.index.heads import LAYERS, Layers

WIDTH, SEEDS = 512, 3
EPOCHS, BATCH = 12, 256
RATE, WARM_UP, DECAY = 5e-3, 0.1, 1e-4
DROPPED = 0.4
ANSWERED = 0.5  # weight of the loss of whether anything helps
FOLDS = 5
LEAST = 100  # statements that a practice helps with, from which heads are fitted


@dataclass(frozen=True)
class Lessons:
    """What heads are fitted on, a row a statement.

    `vectors` (n, dimension) of queries, `grades` (n, practices) from 0 to 2, `weights` (n,) and
    `groups` (n,): rows of one group tell one problem.
    """

    vectors: Vectors
    grades: npt.NDArray[np.int8]
    weights: Scores
    groups: npt.NDArray[np.int64]

    def of(self, kept: Mask) -> Lessons:
        """Return some of the rows."""
        return Lessons(self.vectors[kept], self.grades[kept], self.weights[kept], self.groups[kept])


def key_of(practices: Sequence[str], rows: Iterable[object]) -> str:
    """Return the SHA-256 of what heads are fitted on: practices and judged statements."""
    digest = hashlib.sha256(json.dumps([*practices]).encode())
    for row in rows:
        digest.update(json.dumps(row, ensure_ascii=False, sort_keys=True).encode())
    return digest.hexdigest()


def fit_layers(lessons: Lessons, seeds: int = SEEDS) -> Layers:
    """Return the layers of networks from so many seeds, joined into one."""
    fitted = [_fit(lessons, seed) for seed in range(seeds)]
    joined: Layers = {
        "hidden": np.concatenate([each["hidden"] for each in fitted], axis=1),
        "hidden_bias": np.concatenate([each["hidden_bias"] for each in fitted]),
    }
    for name in ("practices", "answered"):
        weights = np.concatenate([each[name] for each in fitted])
        joined[name] = np.asarray(weights / seeds, np.float32)
        biases = [each[f"{name}_bias"] for each in fitted]
        joined[f"{name}_bias"] = np.asarray(np.mean(biases, axis=0), np.float32)
    # As they will be read back: what is calibrated is what serves.
    return {name: joined[name].astype(np.float16).astype(np.float32) for name in LAYERS}


def folds(groups: npt.NDArray[np.int64], count: int = FOLDS) -> Iterator[Mask]:
    """Yield which rows each fold leaves out; the rows of a group stay together."""
    names, places = np.unique(groups, return_inverse=True)
    fold = np.random.default_rng(0).permutation(len(names)) % count
    for number in range(count):
        yield fold[places] == number


def _fit(lessons: Lessons, seed: int) -> Layers:
    """Return one network's layers: AdamW (Loshchilov and Hutter, 2019), a linear schedule."""
    random = np.random.default_rng(seed)
    gains = np.asarray(2.0**lessons.grades - 1, np.float32)
    totals = gains.sum(axis=1, keepdims=True)
    targets = gains / np.maximum(totals, 1)
    answered = np.column_stack([gains.max(axis=1) > 1, totals[:, 0] > 0]).astype(np.float32)
    count, dimension = lessons.vectors.shape
    vectors = lessons.vectors * np.float32(np.sqrt(dimension))
    layers = _drawn(random, dimension, gains.shape[1])
    first = {name: np.zeros_like(values) for name, values in layers.items()}
    second = {name: np.zeros_like(values) for name, values in layers.items()}
    steps, step = EPOCHS * -(-count // BATCH), 0
    for _ in range(EPOCHS):
        order = random.permutation(count)
        for start in range(0, count, BATCH):
            rows = order[start : start + BATCH]
            kept = random.random((len(rows), WIDTH), np.float32) >= DROPPED
            slopes = _slopes(
                layers,
                vectors[rows],
                np.asarray(kept / (1 - DROPPED), np.float32),
                targets[rows],
                answered[rows],
                lessons.weights[rows, None],
            )
            step += 1
            rate = RATE * min(step / (WARM_UP * steps), 1) * (1 - step / (steps + 1))
            for name, slope in slopes.items():
                first[name] += np.float32(0.1) * (slope - first[name])
                second[name] += np.float32(0.001) * (slope * slope - second[name])
                mean = first[name] / np.float32(1 - 0.9**step)
                spread = np.sqrt(second[name] / np.float32(1 - 0.999**step))
                layers[name] -= np.float32(rate) * (mean / (spread + np.float32(1e-8)))
                if layers[name].ndim == 2:
                    layers[name] *= np.float32(1 - rate * DECAY)
    return layers


def _drawn(random: np.random.Generator, dimension: int, practices: int) -> Layers:
    """Return layers to begin with (He et al., 2015)."""

    def normal(*shape: int, deviation: float) -> npt.NDArray[np.float32]:
        return random.standard_normal(shape, np.float32) * np.float32(deviation)

    return {
        "hidden": normal(dimension, WIDTH, deviation=(2 / dimension) ** 0.5),
        "hidden_bias": np.zeros(WIDTH, np.float32),
        "practices": normal(WIDTH, practices, deviation=WIDTH**-0.5),
        "practices_bias": np.zeros(practices, np.float32),
        "answered": np.zeros((WIDTH, 2), np.float32),
        "answered_bias": np.zeros(2, np.float32),
    }


def _slopes(
    layers: Layers,
    vectors: Vectors,
    kept: Scores,
    targets: Scores,
    answered: Scores,
    weights: Scores,
) -> Layers:
    """Return the gradient of the loss over a batch, by layer."""
    raw = vectors @ layers["hidden"] + layers["hidden_bias"]
    hidden = np.maximum(raw, 0) * kept
    logits = hidden @ layers["practices"] + layers["practices_bias"]
    logits -= logits.max(axis=1, keepdims=True)
    shares = np.exp(logits)
    shares /= shares.sum(axis=1, keepdims=True)
    # What nothing helps with says nothing of which practice would.
    some = targets.sum(axis=1, keepdims=True) > 0
    scale = weights / np.float32(len(vectors))
    practices = (shares - targets) * (scale * some)
    chances = 1 / (1 + np.exp(-(hidden @ layers["answered"] + layers["answered_bias"])))
    anything = (chances - answered) * (scale * np.float32(ANSWERED))
    back = practices @ layers["practices"].T + anything @ layers["answered"].T
    back *= kept * (raw > 0)
    return {
        "hidden": vectors.T @ back,
        "hidden_bias": back.sum(axis=0),
        "practices": hidden.T @ practices,
        "practices_bias": practices.sum(axis=0),
        "answered": hidden.T @ anything,
        "answered_bias": anything.sum(axis=0),
    }
