"""The regressions of abstention: halves, bins and thresholds by hand, and no chance in them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from recueil_qa.search.confidence import Calibration
from training.fit_confidence import (
    ANSWERABLE,
    BINS,
    EXAMPLE,
    REAL,
    UNANSWERABLE,
    Rows,
    fit,
    fitted,
    predicted,
    reliability,
)

NAMES = ("near", "words")


def made(*, real: bool = False, seed: int = 0) -> Rows:
    """Return rows where `near` tells what is answered, but for some noise."""
    random = np.random.default_rng(seed)
    kinds = [ANSWERABLE, UNANSWERABLE, EXAMPLE, *[REAL] * real] * 24
    shares = {ANSWERABLE: 1.0, UNANSWERABLE: 0.0, EXAMPLE: 0.0}
    truth = [shares.get(kind, (0.0, 0.5, 1.0)[place % 3]) for place, kind in enumerate(kinds)]
    features = [
        {"near": float(random.normal(3 * share, 0.8)), "words": float(random.normal()), "x": 0.0}
        for share in truth
    ]
    return Rows(features, np.array(truth), np.array(kinds))


Fitted = tuple[dict[str, Any], dict[str, Any]]


@pytest.fixture(scope="module")
def plain() -> Fitted:
    return fit(made(), NAMES)


def test_the_same_rows_give_the_same_numbers(
    plain: Fitted, capsys: pytest.CaptureFixture[str]
) -> None:
    one = fit(made(), NAMES)
    assert plain == one
    assert capsys.readouterr().out.startswith("near, words:\n")
    assert json.loads(json.dumps(one[0])) == one[0]
    assert one[0]["weights"].keys() == set(NAMES)


def test_what_is_fitted_is_a_calibration_whose_bands_are_in_order(plain: Fitted) -> None:
    for real, (calibration, figures) in ((False, plain), (True, fit(made(real=True), NAMES))):
        model = Calibration.model_validate(calibration)
        assert 0 < model.threshold <= model.sure < 1
        assert model.band(model.probability({"near": 6.0, "words": 0.0})) == "answers"
        assert model.band(model.probability({"near": -3.0, "words": 0.0})) == "nothing"
        assert figures["AUROC"] > 0.9
        assert ("real, AUROC" in figures) == real
        assert sum(row["share"] for row in figures["reliability"]) == pytest.approx(1, abs=1e-3)


def test_the_threshold_keeps_what_is_answerable(plain: Fitted) -> None:
    rows = made()
    calibration, figures = plain
    matrix = np.array([[row[name] for name in NAMES] for row in rows.features])
    shuffles = np.array([predicted(matrix, rows.truth, rows.kinds, seed) for seed in range(3)])
    kept = (shuffles[:, rows.kinds == ANSWERABLE] >= calibration["threshold"]).mean()
    assert kept == pytest.approx(0.98, abs=0.03)
    refused = (shuffles[:, rows.kinds == UNANSWERABLE] < calibration["threshold"]).mean()
    assert figures["unanswerable refused"] == pytest.approx(refused, abs=0.05)


def test_a_row_that_is_half_answerable_is_half_a_row_of_each_kind() -> None:
    features = np.array([[0.0], [1.0], [2.0], [0.5]])
    halves = fitted(features, np.array([0.0, 0.5, 1.0, 0.5]))
    # Counted twice, whole: the same share of each kind, of twice as many rows.
    twice = np.array([[0.0], [0.0], [1.0], [1.0], [2.0], [2.0], [0.5], [0.5]])
    whole = fitted(twice, np.array([0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0]))
    for model in (halves, whole):
        assert [*model.classes_] == [False, True]
    assert halves.predict_proba([[0.0]])[0, 1] < 0.5 < halves.predict_proba([[2.0]])[0, 1]
    assert halves.predict_proba([[0.875]])[0, 1] == pytest.approx(
        whole.predict_proba([[0.875]])[0, 1], abs=0.05
    )


def test_no_row_is_predicted_by_what_was_fitted_on_it() -> None:
    rows = made()
    matrix = np.array([[row[name] for name in NAMES] for row in rows.features])
    found = predicted(matrix, rows.truth, rows.kinds, 3)
    assert ((found > 0) & (found < 1)).all()
    np.testing.assert_array_equal(found, predicted(matrix, rows.truth, rows.kinds, 3))
    # A lie about one row doesn't change what is predicted of it.
    lied = rows.truth.copy()
    lied[0] = 1 - lied[0]
    again = predicted(matrix, lied, rows.kinds, 3)
    assert again[0] == found[0]
    assert (again != found).any()


def bins(values: list[float], truth: list[float]) -> list[dict[str, float]]:
    shuffles: npt.NDArray[np.float64] = np.array([values], np.float64)
    return reliability(shuffles, np.array(truth))


def test_bins_tell_how_often_what_was_predicted_was_so() -> None:
    assert BINS == 8
    assert bins([0.05, 0.10, 0.30, 1.0], [0.0, 1.0, 0.5, 1.0]) == [
        {"predicted": 0.075, "answerable": 0.5, "share": 0.5},
        {"predicted": 0.3, "answerable": 0.5, "share": 0.25},
        {"predicted": 1.0, "answerable": 1.0, "share": 0.25},
    ]
    assert bins([0.125], [1.0]) == [{"predicted": 0.125, "answerable": 1.0, "share": 1.0}]


def test_rows_of_several_shuffles_count_alike() -> None:
    shuffles = np.array([[0.1, 0.9], [0.2, 0.9]])
    found = reliability(shuffles, np.array([0.0, 1.0]))
    assert [row["share"] for row in found] == [0.25, 0.25, 0.5]


def test_real_statements_are_left_out_of_what_words_tell() -> None:
    rows = made(real=True)
    written = rows.written()
    assert REAL not in written.kinds
    assert len(written.features) == len(written.truth) == len(written.kinds) == 72
    kept = [row for row, kind in zip(rows.features, rows.kinds, strict=True) if kind != REAL]
    assert written.features == kept
