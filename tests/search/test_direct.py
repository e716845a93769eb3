"""A line is an answer by itself where one thing is asked and it surely gives it."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recueil_qa import Assistant
from recueil_qa.index.opened import Index
from recueil_qa.regression import Regression
from recueil_qa.search import direct
from recueil_qa.search.answering import score_lines
from recueil_qa.search.direct import TELLING_WORDS, best_line, direct_line, features_of
from recueil_qa.search.retrieval import score_query
from recueil_qa.search.scope import Scope
from recueil_qa.search.scored import Scored
from tests.support import advised
from tests.support.encoders import HashEncoder

LOST = "Combien d'appels sont perdus en moins ?"


@pytest.fixture(scope="module")
def carnet() -> Iterator[Assistant]:
    with tempfile.TemporaryDirectory() as home:
        yield advised.assistant(Path(home))


@pytest.fixture
def opened(carnet: Assistant) -> Index:
    return carnet.index


def fitted(monkeypatch: pytest.MonkeyPatch, intercept: float, encoder: str = "hash@test") -> None:
    """A regression that says the same of every line of an encoder."""
    said = Regression(weights={}, intercept=intercept, threshold=0.5, cross_validated={})
    monkeypatch.setattr(direct, "_fitted", lambda: {encoder: said})


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    fitted(monkeypatch, 5.0)


def found(opened: Index, query: str) -> str:
    """Return the line that answers by itself, or an empty text."""
    scored = score_query(Scope(opened), HashEncoder(), query)
    place = direct_line(scored, score_lines(scored))
    return "" if place is None else opened.passages[place].text


def lines_of(opened: Index, **scores: float) -> np.ndarray:
    """Return scores of some lines (`p1_conseils_6`), none of others."""
    given = {"carnet-" + name.replace("_", "/"): score for name, score in scores.items()}
    assert given.keys() <= {passage.id for passage in opened.passages}
    return np.array([given.get(p.id, -np.inf) for p in opened.passages], np.float32)


def place_of(opened: Index, name: str) -> int:
    return next(i for i, passage in enumerate(opened.passages) if passage.id == name)


@pytest.mark.usefixtures("always")
def test_a_line_answers_where_one_thing_is_asked(opened: Index) -> None:
    assert found(opened, LOST) == "30 % d'appels perdus en moins"
    assert found(opened, "Faut-il relire le formulaire à voix haute ?") == (
        "Relire le formulaire à voix haute"
    )


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize(
    "query",
    ["Comment relire le formulaire à voix haute ?", "relire le formulaire à voix haute",
     "le standard perd trop d'appels", "How to read every letter aloud?"],
)  # fmt: skip
def test_a_problem_and_a_way_of_doing_have_no_line(opened: Index, query: str) -> None:
    assert found(opened, query) == ""


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize(
    "query",
    [
        # Nothing of what is asked stands in a line with a figure.
        "Combien de vélos à la Régie des Eaux ?",
        "Quel est le prix du chauffage ?",
        # Only of who is asked about.
        "Combien de piscines pour le Musée du Sel ?",
    ],
)
def test_a_figure_is_one_of_what_is_asked(opened: Index, query: str) -> None:
    assert found(opened, query) == ""


@pytest.mark.usefixtures("always")
def test_a_line_without_any_figure_answers_no_question_for_one(opened: Index) -> None:
    scored = score_query(Scope(opened), HashEncoder(), "Combien d'agents de relève nommer ?")
    lines = lines_of(opened, p1_conseils_2=2.0, p1_conseils_7=9.0)
    assert direct_line(scored, lines) is None


@pytest.mark.usefixtures("always")
def test_a_question_in_another_language_shares_no_words_with_a_figure(opened: Index) -> None:
    scored = score_query(Scope(opened), HashEncoder(), "How many calls are no longer lost?")
    lines = lines_of(opened, p1_resultats_3=1.0)
    assert direct_line(scored, lines) == place_of(opened, "carnet-p1/resultats/3")


def test_a_line_below_the_threshold_answers_nothing(
    opened: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    for intercept, text in ((-0.01, ""), (0.0, "30 % d'appels perdus en moins")):
        fitted(monkeypatch, intercept)
        assert found(opened, LOST) == text


def test_with_another_encoder_no_line_is_shown_alone(
    opened: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert found(opened, LOST) == ""
    fitted(monkeypatch, 5.0, "other@test")
    assert found(opened, LOST) == ""


def test_the_runtime_of_an_encoder_makes_no_difference(
    opened: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    fitted(monkeypatch, 5.0)
    manifest = opened.manifest.model_copy(update={"encoder": "hash+onnx@test"})
    other = replace(opened, build=replace(opened.build, manifest=manifest))
    assert found(other, LOST) == "30 % d'appels perdus en moins"


def test_a_figure_that_is_asked_for_and_given_is_a_feature(opened: Index) -> None:
    for query, name, figure in (
        (LOST, "carnet-p1/resultats/3", 1.0),
        (LOST, "carnet-p1/resultats/1", 0.0),
        ("Quels appels sont perdus ?", "carnet-p1/resultats/3", 0.0),
    ):
        scored = score_query(Scope(opened), HashEncoder(), query)
        place = place_of(opened, name)
        features = features_of(scored, score_lines(scored), place)
        assert features["figure"] == figure


def test_the_best_line_says_enough(opened: Index) -> None:
    generic = {"p1_conseils_6": 9.0, "p1_resultats_2": 8.0}  # « Être patient », « Satisfaction »
    assert best_line(opened, lines_of(opened, **generic)) is None
    best = best_line(opened, lines_of(opened, **generic, p1_conseils_5=0.1))
    # Of three words.
    assert best is None
    best = best_line(opened, lines_of(opened, **generic, p1_conseils_5=0.5, p1_conseils_1=0.1))
    assert best == place_of(opened, "carnet-p1/conseils/1")


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize(
    "query", ["Faut-il être patient ?", "Quelle satisfaction ?", "Qui écoute ?"]
)
def test_a_line_of_two_words_is_no_answer(opened: Index, query: str) -> None:
    assert len(found(opened, query).split()) not in range(1, TELLING_WORDS)


def test_of_nothing_there_is_no_best_line(opened: Index) -> None:
    assert best_line(opened, lines_of(opened)) is None


def test_features_tell_how_a_line_stands_out(opened: Index) -> None:
    scored: Scored = score_query(Scope(opened), HashEncoder(), LOST)
    similarities = np.full(len(opened.passages), 0.1, np.float32)
    line, other = (place_of(opened, f"carnet-p1/resultats/{i}") for i in (3, 1))
    similarities[line] = 0.4
    question = next(i for i, passage in enumerate(opened.passages) if passage.answer)
    assert opened.passages[question].answer == "carnet-p1/resultats/3"
    similarities[question] = 0.6
    scored = replace(scored, similarities=similarities)
    lines = np.full(len(opened.passages), -np.inf, np.float32)
    lines[[line, other]] = 3.0, 1.0
    asked = np.sort(similarities[opened.asked])[::-1][:5].astype(float)
    assert features_of(scored, lines, line) == pytest.approx(
        {
            "margin": 2.0,
            "own": 0.4,
            "nearest": 0.6,
            "stands_out": 0.6 - asked.mean(),
            "figure": 1.0,
            "length": math.log(len(scored.understood.split())),
            "line_length": math.log(6),
        }
    )


def test_a_lone_line_leads_by_no_more_than_ten_deviations(opened: Index) -> None:
    scored = score_query(Scope(opened), HashEncoder(), LOST)
    line = place_of(opened, "carnet-p1/resultats/3")
    features = features_of(scored, lines_of(opened, p1_resultats_3=1.0), line)
    assert features["margin"] == 10.0
    assert all(map(math.isfinite, features.values()))


CONVOCATION = "Envoyer la convocation en version PDF pour plus de sécurité"


@pytest.mark.model
def test_the_format_of_the_convocation_is_said_by_one_line(real: Assistant) -> None:
    answer = real.ask("Sous quel format faut-il envoyer la convocation au rendez-vous ?")
    assert answer.direct is not None
    assert answer.direct.text == CONVOCATION
    assert (answer.band, answer.shown[0]) == ("answers", answer.direct)


@pytest.mark.model
@pytest.mark.parametrize(
    "question",
    ["combien de postes à la Marine nationale ?", "comment envoyer les convocations",
     "nos convocations se perdent", "Qui a inventé la roue ?"],
)  # fmt: skip
def test_what_no_line_says_has_none(real: Assistant, question: str) -> None:
    assert real.ask(question).direct is None
