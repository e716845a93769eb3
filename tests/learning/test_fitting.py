"""The heads of a collection, fitted on toy problems."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recueil_qa.encoding.encoder import Vectors
from recueil_qa.index.heads import LAYERS, Layers, forward
from recueil_qa.learning import fitting
from recueil_qa.learning.fitting import FOLDS, Lessons, fit_layers, folds, key_of

DIMENSION = 8
EACH = 12  # rows of each kind in a toy problem
# Where queries of each kind point: three practices answer, something helps partly, nothing does.
KINDS = np.linalg.qr(np.random.default_rng(7).standard_normal((DIMENSION, DIMENSION)))[0]
GRADES = np.array([[2, 0, 0], [0, 2, 0], [1, 0, 2], [0, 1, 0], [0, 0, 0]], np.int8)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("WIDTH", 24), ("EPOCHS", 40), ("BATCH", 16)):
        monkeypatch.setattr(fitting, name, value)


def near(kinds: Sequence[int], seed: int = 0) -> Vectors:
    """Return unit vectors near the direction of each kind."""
    noise = np.random.default_rng(seed).standard_normal((len(kinds), DIMENSION)) * 0.1
    vectors = KINDS[[*kinds]] + noise
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def toy(kinds: Sequence[int] | None = None) -> Lessons:
    """Return statements of each kind in turn, each of a group of its own."""
    told = [*range(len(GRADES))] * EACH if kinds is None else [*kinds]
    return Lessons(
        near(told), GRADES[told], np.ones(len(told), np.float32), np.arange(len(told), dtype=int)
    )


def shares(logits: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> list[float]:
    """Return the softmax of one row."""
    found = np.exp(logits - logits.max())
    return [*(found / found.sum()).tolist()]


def same(one: Layers, other: Layers) -> bool:
    return all(np.array_equal(one[name], other[name]) for name in LAYERS)


def test_what_helps_and_whether_anything_does_are_learnt() -> None:
    layers = fit_layers(toy())
    practices, answered = forward(layers, near([0, 1, 2, 3, 4], seed=1))
    assert practices.argmax(axis=1)[:4].tolist() == [0, 1, 2, 1]
    # Of the third kind, the practice that helps partly comes second.
    assert practices[2].argsort()[::-1].tolist() == [2, 0, 1]
    assert (answered[:, 0] > 0).tolist() == [True, True, True, False, False]
    assert (answered[:, 1] > 0).tolist() == [True, True, True, True, False]


def test_a_practice_that_addresses_gets_three_times_the_share_of_one_that_helps() -> None:
    logits, _ = forward(fit_layers(toy([2] * 40)), near([2]))
    assert shares(logits[0]) == pytest.approx([1 / 4, 0, 3 / 4], abs=0.07)


def test_the_same_statements_give_the_same_bits() -> None:
    lessons = toy()
    first = fit_layers(lessons)
    assert [*first] == [*LAYERS]
    assert same(first, fit_layers(lessons))
    assert same(first, fit_layers(toy()))
    assert not same(first, fit_layers(toy([0, 1, 2, 3] * EACH)))


def test_fitting_leaves_the_statements_as_they_are() -> None:
    lessons, before = toy(), toy()
    fit_layers(lessons, 1)
    np.testing.assert_array_equal(lessons.vectors, before.vectors)
    np.testing.assert_array_equal(lessons.grades, before.grades)
    np.testing.assert_array_equal(lessons.weights, before.weights)


def test_layers_are_fitted_as_a_file_keeps_them() -> None:
    for name, values in fit_layers(toy()).items():
        assert values.dtype == np.float32, name
        np.testing.assert_array_equal(values, values.astype(np.float16).astype(np.float32))


def test_networks_of_several_seeds_say_their_mean() -> None:
    lessons, asked = toy(), near([0, 1, 2, 3, 4], seed=1)
    joined = fit_layers(lessons, 3)
    assert joined["hidden"].shape == (DIMENSION, 3 * 24)
    each = [forward(fitting._fit(lessons, seed), asked) for seed in range(3)]
    assert not np.allclose(each[0][0], each[1][0], atol=0.1)
    for found, expected in zip(forward(joined, asked), zip(*each, strict=True), strict=True):
        np.testing.assert_allclose(found, np.mean(expected, axis=0), atol=0.03)


def test_statements_of_nothing_say_nothing_of_which_practice_would() -> None:
    # The fourth practice of these has no statement at all.
    told = [4] * 30
    lessons = Lessons(near(told), np.zeros((30, 4), np.int8), toy(told).weights, np.arange(30))
    layers = fit_layers(lessons, 1)
    assert layers["practices_bias"].tolist() == [0, 0, 0, 0]
    assert (layers["answered_bias"] < 0).all()
    drawn = fitting._drawn(np.random.default_rng(0), DIMENSION, 4)
    np.testing.assert_allclose(layers["practices"], drawn["practices"], rtol=0.01, atol=1e-4)


def test_statements_of_nothing_leave_the_ranks_of_others() -> None:
    kinds = [0, 1, 2] * EACH
    for told in (kinds, kinds + [4] * 100):
        practices, _ = forward(fit_layers(toy(told)), near([0, 1, 2], seed=1))
        assert practices.argmax(axis=1).tolist() == [0, 1, 2]


def test_a_statement_that_weighs_more_is_heard_more() -> None:
    """One wording, judged to be of one practice by some and of another by as many."""
    grades = GRADES[[0, 1] * 30]
    vectors = near([0])[[0] * 60]
    found = []
    for weights in ([3.0, 1.0], [1.0, 3.0]):
        weighing = np.array(weights * 30, np.float32)
        layers = fit_layers(Lessons(vectors, grades, weighing, np.arange(60)))
        found.append(shares(forward(layers, vectors[:1])[0][0]))
    assert found[0] == pytest.approx([3 / 4, 1 / 4, 0], abs=0.08)
    assert found[1] == pytest.approx([1 / 4, 3 / 4, 0], abs=0.08)


def test_without_statements_layers_are_numbers_all_the_same() -> None:
    layers = fit_layers(toy([]), 1)
    assert all(np.isfinite(values).all() for values in layers.values())


@pytest.mark.parametrize("count", [1, 15, 16, 17])
def test_any_number_of_statements_will_do(count: int) -> None:
    layers = fit_layers(toy([i % 5 for i in range(count)]), 1)
    assert all(np.isfinite(values).all() for values in layers.values())


def test_some_of_the_rows_are_rows_of_all_that_they_have() -> None:
    lessons = toy()
    kept = np.arange(len(lessons.vectors)) % 3 == 1
    some = lessons.of(kept)
    for name in ("vectors", "grades", "weights", "groups"):
        np.testing.assert_array_equal(getattr(some, name), getattr(lessons, name)[1::3])


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(st.integers(-3, 12), max_size=60), st.integers(1, 7))
def test_no_group_is_torn_between_folds(groups: list[int], count: int) -> None:
    rows = np.array(groups, np.int64)
    found = [*folds(rows, count)]
    assert len(found) == count
    # Each row is left out once, with all of its group.
    assert np.sum(found, axis=0).tolist() == [1] * len(groups)
    for mask in found:
        assert not {*rows[mask].tolist()} & {*rows[~mask].tolist()}
    # As many groups in each, but for one.
    sizes = [len({*rows[mask].tolist()}) for mask in found]
    assert max(sizes) - min(sizes) <= 1
    for one, other in zip(found, folds(rows, count), strict=True):
        np.testing.assert_array_equal(one, other)


def test_there_are_five_folds_and_their_order_tells_nothing() -> None:
    found = [*folds(np.arange(1_000))]
    assert len(found) == FOLDS == 5
    assert [int(mask.sum()) for mask in found] == [200] * 5
    # Neither one run of rows nor every fifth of them.
    places = np.flatnonzero(found[0])
    assert 0 < np.diff(places).max() < 100
    assert len({*np.diff(places).tolist()}) > 5


ROWS: list[object] = [["un texte", "g1", {"p1": 2, "p2": 1}], ["autre", "", {}]]


def test_a_key_is_a_hash_whichever_way_grades_were_written() -> None:
    key = key_of(["p1", "p2"], ROWS)
    assert len(key) == 64
    assert int(key, 16)
    assert key == key_of(("p1", "p2"), iter(ROWS))
    turned = [["un texte", "g1", {"p2": 1, "p1": 2}], ROWS[1]]
    assert key == key_of(["p1", "p2"], turned)


@pytest.mark.parametrize(
    ("practices", "rows"),
    [
        (["p1"], ROWS),
        (["p2", "p1"], ROWS),
        (["p1", "p2", "p3"], ROWS),
        (["p1", "p2"], ROWS[:1]),
        (["p1", "p2"], []),
        (["p1", "p2"], [*ROWS, ROWS[0]]),
        (["p1", "p2"], [["un texte", "g1", {"p1": 2}], ROWS[1]]),
        (["p1", "p2"], [["un texte", "g2", {"p1": 2, "p2": 1}], ROWS[1]]),
        (["p1", "p2"], [["Un texte", "g1", {"p1": 2, "p2": 1}], ROWS[1]]),
        (["p1", "p2"], ROWS[::-1]),
    ],
)
def test_other_practices_or_statements_give_another_key(
    practices: list[str], rows: list[object]
) -> None:
    assert key_of(practices, rows) != key_of(["p1", "p2"], ROWS)
