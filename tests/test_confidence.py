from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from recueil_qa import Assistant, Filters
from recueil_qa.building import build_index
from recueil_qa.confidence import (
    ANY_ENCODER,
    Calibration,
    calibration_for,
    confidence,
    features_of,
)
from recueil_qa.corpus import read_corpus
from recueil_qa.index import Index, open_index
from recueil_qa.retrieval import Scored, score_query
from tests.fakes import HashEncoder

SIGNALS = {"best_question", "stands_out", "best_practice", "known_words", "best_words"}
ANY_FLOAT = st.floats(-1e6, 1e6)


@pytest.fixture
def opened(index_root: Path) -> Index:
    return open_index(index_root)


def scored(opened: Index, stems: dict[str, str], **values: list[float]) -> Scored:
    """Return a query with the scores given, zeros elsewhere."""
    sizes = {"similarities": len(opened.passages), "lexical": len(opened.passages), "practices": 3}
    arrays = {
        name: np.array(values.get(name, [0.0] * size), np.float32) for name, size in sizes.items()
    }
    return Scored("", stems, **arrays)


def logistic(weights: dict[str, float], intercept: float) -> Calibration:
    changes = {"weights": weights, "intercept": intercept}
    return calibration_for(ANY_ENCODER).model_copy(update=changes)


@settings(max_examples=100, deadline=None)
@given(ANY_FLOAT, ANY_FLOAT, ANY_FLOAT)
def test_a_probability_stays_between_zero_and_one(
    weight: float, intercept: float, value: float
) -> None:
    calibration = logistic({"a": weight}, intercept)
    probability = calibration.probability({"a": value, "unused": math.inf})
    assert 0 < probability < 1
    total = max(-30.0, min(30.0, intercept + weight * value))
    assert probability == pytest.approx(1 / (1 + math.exp(-total)))


@settings(max_examples=100, deadline=None)
@given(st.floats(0.01, 100), ANY_FLOAT, st.floats(-50, 50), st.floats(0, 50))
def test_a_signal_of_positive_weight_never_lowers_the_probability(
    weight: float, intercept: float, value: float, more: float
) -> None:
    calibration = logistic({"a": weight}, intercept)
    assert calibration.probability({"a": value + more}) >= calibration.probability({"a": value})
    turned = logistic({"a": -weight}, intercept)
    assert turned.probability({"a": value + more}) <= turned.probability({"a": value})


def test_the_weights_add_up() -> None:
    calibration = logistic({"a": 2.0, "b": -1.0}, 0.5)
    assert calibration.probability({"a": 1.0, "b": 2.5}) == 0.5
    assert calibration.probability({"a": 2.0, "b": 2.5}) == 1 / (1 + math.exp(-2.0))


def test_a_calibration_is_read_back_and_an_unknown_key_refused() -> None:
    row = calibration_for(ANY_ENCODER).model_dump()
    assert Calibration.model_validate(row).model_dump() == row
    with pytest.raises(ValidationError, match="slope"):
        Calibration.model_validate(row | {"slope": 1})


def test_the_regression_on_words_alone_needs_no_encoder() -> None:
    calibration = calibration_for("someone/else@0123456789abcdef")
    assert calibration == calibration_for(ANY_ENCODER)
    assert set(calibration.weights) == {"known_words", "best_words"}
    assert all(weight > 0 for weight in calibration.weights.values())
    assert 0 < calibration.threshold < 1


def test_another_encoder_is_judged_by_words_alone(opened: Index) -> None:
    alike = scored(opened, {}, similarities=[1.0] * len(opened.passages), practices=[9.0, 0, 0])
    assert confidence(opened, alike) == confidence(opened, scored(opened, {}))
    probability, abstained = confidence(opened, scored(opened, {}))
    calibration = calibration_for(opened.manifest.encoder)
    assert probability == pytest.approx(1 / (1 + math.exp(-calibration.intercept)))
    assert abstained


def test_it_abstains_below_the_threshold_only(opened: Index) -> None:
    calibration = calibration_for(opened.manifest.encoder)
    # Known words being nought, the logit of the threshold gives the BM25 score that reaches it.
    logit = math.log(calibration.threshold / (1 - calibration.threshold))
    needed = (logit - calibration.intercept) / calibration.weights["best_words"]
    for factor, expected in ((0.99, True), (1.01, False)):
        words = [needed * factor, *[0.0] * (len(opened.passages) - 1)]
        assert confidence(opened, scored(opened, {}, lexical=words))[1] is expected


@pytest.mark.parametrize(
    ("query", "share"),
    [
        ("appels", 1.0),
        ("appels zyxw", 1 / 2),
        ("zyxw vuts appels lettre", 2 / 4),
        ("zyxw", 0.0),
        ("comment faire ?", 0.0),
        ("!!!", 0.0),
    ],
)
def test_known_words_are_the_share_of_typed_words_that_the_collection_holds(
    opened: Index, query: str, share: float
) -> None:
    found = features_of(opened, score_query(opened, HashEncoder(), query))
    assert set(found) == SIGNALS
    assert found["known_words"] == share


def test_the_signals_are_taken_from_the_questions(opened: Index) -> None:
    similarities = [0.9] * len(opened.passages)
    questions = [i for i, kept in enumerate(opened.is_question) if kept]
    values = [0.1, 0.5, 0.3, 0.3, 0.1, 0.5, 0.3]
    for i, value in zip(questions, values, strict=True):
        similarities[i] = value
    lexical = [0.0] * len(opened.passages)
    lexical[0] = 4.0
    found = features_of(
        opened,
        scored(opened, {}, similarities=similarities, lexical=lexical, practices=[1.0, 3.0, 2.0]),
    )
    mean = sum(values) / 7
    deviation = (sum((value - mean) ** 2 for value in values) / 7) ** 0.5
    assert found["best_question"] == pytest.approx(0.5)
    assert found["stands_out"] == pytest.approx((0.5 - mean) / deviation, abs=1e-5)
    assert (found["best_practice"], found["best_words"]) == (3.0, 4.0)


def test_similarities_that_do_not_differ_do_not_stand_out(opened: Index) -> None:
    level = scored(opened, {}, similarities=[0.5] * len(opened.passages))
    assert features_of(opened, level)["stands_out"] == pytest.approx(0.0, abs=0.1)


def test_without_questions_the_nearest_passage_counts(faq_root: Path, tmp_path: Path) -> None:
    build_index(tmp_path / "faq-index", read_corpus(faq_root), HashEncoder())
    faq = open_index(tmp_path / "faq-index")
    found = score_query(faq, HashEncoder(), "Comment payer la cantine ?")
    assert features_of(faq, found)["best_question"] == float(found.similarities.max())


def test_the_small_collection_answers_what_it_holds_and_abstains_elsewhere(
    small: Assistant,
) -> None:
    held, foreign = small.ask("les appels répétés au standard"), small.ask("zyxw vuts rqpo")
    assert not held.abstained
    assert foreign.abstained
    assert held.confidence > calibration_for("hash@test").threshold > foreign.confidence


@pytest.mark.model
def test_the_default_encoder_has_a_regression_of_its_own(real: Assistant) -> None:
    calibration = calibration_for(real.index.manifest.encoder)
    assert set(calibration.weights) == SIGNALS


@pytest.mark.model
@pytest.mark.parametrize(
    ("question", "abstained"),
    [
        ("recette de la tarte aux pommes", True),
        ("Qui a gagné la Coupe du monde de football en 1998 ?", True),
        ("how do I bake a chocolate cake?", True),
        ("What is the distance between the Earth and the Moon?", True),
        ("how to reduce repeat calls?", False),
        ("comment réduire les appels répétés ?", False),
        ("trop de gens au guichet", False),
    ],
)
def test_the_booklet_abstains_where_it_has_no_answer(
    real: Assistant, question: str, abstained: bool
) -> None:
    answer = real.ask(question)
    assert answer.abstained is abstained
    # An abstention still leaves leads.
    assert len(answer.hits) == 10
    assert len(answer.advice) == 10


@pytest.mark.model
def test_filters_that_leave_nothing_relevant_make_it_abstain(real: Assistant) -> None:
    question = "trop de gens au guichet"
    assert not real.ask(question).abstained
    filtered = real.ask(question, filters=Filters(part=frozenset({"Management collaboratif"})))
    assert filtered.abstained
    assert {hit.practice.part for hit in filtered.hits} == {"Management collaboratif"}
