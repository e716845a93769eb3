"""The regression of direct answers: its threshold by hand, and the same from the same rows."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from recueil_qa import Assistant
from recueil_qa.regression import Regression
from recueil_qa.search.retrieval import score_query
from recueil_qa.search.scope import Scope
from tests.support.encoders import HashEncoder
from training import fit_direct
from training.fit_direct import ADVICE, NO_LINE, OWN, Row, fit, lowest, without


def of(*shuffles: list[float]) -> np.ndarray:
    return np.array(shuffles, np.float64)


def truth(marks: str) -> np.ndarray:
    return np.array([mark == "+" for mark in marks])


def everything(count: int) -> np.ndarray:
    return np.ones(count, bool)


@pytest.mark.parametrize(
    ("marks", "threshold"),
    [
        # Of the first ten, nine are right; of eleven, nine.
        ("+++++++++-" + "-", 0.55),
        # All right.
        ("+" * 11, 0.5),
        # The first is wrong, and no share is ever as high again.
        ("-++++++++++"[:11], 0.5),
        ("-+++++++++-", 0.55),
        ("-" + "-" * 10, 1.0),
        ("+-+++++++++"[:11], 0.5),
        ("++-" + "-" * 8, 0.95),
    ],
)
def test_the_threshold_is_the_lowest_from_which_nine_of_ten_are_right(
    marks: str, threshold: float
) -> None:
    predicted = [1 - 0.05 * place for place in range(len(marks))]
    found = lowest(of(predicted), truth(marks), everything(len(marks)))
    assert found == pytest.approx(threshold)
    # Whatever the order of the rows, and however often they were shuffled.
    back = lowest(of(predicted[::-1]), truth(marks[::-1]), everything(len(marks)))
    assert back == pytest.approx(threshold)
    twice = lowest(of(predicted, predicted), truth(marks), everything(len(marks)))
    assert twice == pytest.approx(threshold)


def test_questions_that_no_line_answers_do_not_set_the_threshold() -> None:
    marks, predicted = truth("++-+"), [0.9, 0.8, 0.85, 0.7]
    assert lowest(of(predicted), marks, everything(4)) == pytest.approx(0.9)
    answered = np.array([True, True, False, True])
    assert lowest(of(predicted), marks, answered) == pytest.approx(0.7)


def rows(seed: int = 0) -> list[Row]:
    """Return rows where the margin tells right from wrong, but for some noise."""
    random = np.random.default_rng(seed)
    found = []
    for place in range(60):
        kind = (ADVICE, OWN, NO_LINE)[place % 3]
        right = kind != NO_LINE and place % 5 > 0
        margin = float(random.normal(2.0 if right else 0.0, 0.7))
        found.append(Row({"margin": margin, "length": float(random.normal())}, right, kind))
    return found


Fitted = tuple[dict[str, Any], dict[str, float]]


@pytest.fixture(scope="module")
def plain() -> Fitted:
    return fit(rows())


def test_the_same_rows_give_the_same_numbers(
    plain: Fitted, capsys: pytest.CaptureFixture[str]
) -> None:
    one = fit(rows())
    assert one == plain
    assert capsys.readouterr().out.startswith("margin, length, from ")
    fitted, figures = one
    assert json.loads(json.dumps(fitted)) == fitted
    assert fitted["cross_validated"] == figures
    assert fitted["weights"].keys() == {"margin", "length"}


def test_what_is_fitted_tells_right_from_wrong(plain: Fitted) -> None:
    fitted, figures = plain
    model = Regression.model_validate(fitted)
    assert model.probability({"margin": 3.0, "length": 0.0}) > 0.9
    assert model.probability({"margin": -1.0, "length": 0.0}) < 0.1
    assert figures["AUROC"] > 0.9
    assert figures["no line, shown"] < figures["advice, shown"]
    assert "no line, right of those shown" not in figures
    assert 0 < model.threshold <= 1


def test_weights_are_of_the_raw_features(plain: Fitted) -> None:
    model = Regression.model_validate(plain[0])
    scaled = [
        Row({"margin": 10 * row.features["margin"] + 3, "length": row.features["length"]},
            row.right, row.kind)
        for row in rows()
    ]  # fmt: skip
    other = Regression.model_validate(fit(scaled)[0])
    for row, moved in zip(rows(), scaled, strict=True):
        expected = model.probability(row.features)
        assert other.probability(moved.features) == pytest.approx(expected, abs=1e-4)


def test_a_question_is_scored_as_if_it_were_not_in_the_index(small: Assistant) -> None:
    index = small.index
    (place,) = [i for i, p in enumerate(index.passages) if p.id == "petit-p2/questions/fr/1"]
    text = index.passages[place].text
    scored = score_query(Scope(index), HashEncoder(), text)
    assert scored.similarities[place] == pytest.approx(1.0, abs=1e-6)
    left = without(scored, place)
    assert (left.similarities[place], left.lexical[place]) == (-1, 0)
    others = np.arange(len(index.passages)) != place
    np.testing.assert_array_equal(left.similarities[others], scored.similarities[others])
    own = index.places["petit-p2"]
    assert left.practices[own] < scored.practices[own]
    assert scored.similarities[place] > 0.9  # what was scored stays as it was


def test_the_best_line_comes_with_its_features(small: Assistant) -> None:
    scored = score_query(Scope(small.index), HashEncoder(), "Faut-il compter les appels ?")
    place, features = fit_direct.best(scored)
    assert small.index.passages[place].text == "Compter les appels pour un même motif"
    assert features.keys() == {
        "margin", "own", "figure", "nearest", "stands_out", "length", "line_length",
    }  # fmt: skip
