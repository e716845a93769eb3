"""A practice as an answer shows it: what it brought, its advice in order, why it is here."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recueil_qa import Assistant
from recueil_qa.analysis.asking import asks_one_thing
from recueil_qa.index.opened import Index
from recueil_qa.search.answering import score_lines
from recueil_qa.search.cards import ADVICE, FIGURE, OF_ONE_THING, SET_OFF, cards
from recueil_qa.search.retrieval import rank_practices, score_query
from recueil_qa.search.scope import Scope
from recueil_qa.search.scored import Scored
from recueil_qa.types import PRACTICES, Card, PracticeHit
from tests.support import advised
from tests.support.encoders import HashEncoder

repeatable = settings(max_examples=50, deadline=None, derandomize=True)

QUERIES = (
    "le standard perd trop d'appels",
    "Combien d'appels sont perdus en moins ?",
    "relancer les visiteurs le dimanche",
    "Quel jour ne pas relancer les visiteurs ?",
    "notre formulaire est trop long",
    "people do not finish our letters",
    "should we write in capitals?",
    "personne ne sait à qui parler",
    "économie de papier",
    "zzz",
)


@pytest.fixture(scope="module")
def carnet() -> Iterator[Assistant]:
    with tempfile.TemporaryDirectory() as home:
        yield advised.assistant(Path(home))


@pytest.fixture(scope="module")
def opened(carnet: Assistant) -> Index:
    return carnet.index


def scored_for(opened: Index, query: str) -> Scored:
    return score_query(Scope(opened), HashEncoder(), query)


def all_cards(opened: Index, query: str) -> dict[str, Card]:
    """Return the card of every practice for a query."""
    scored = scored_for(opened, query)
    hits = rank_practices(scored, 100)
    found = cards(scored, score_lines(scored), hits)
    return {card.practice.id: card for card in found}


def near(opened: Index, query: str, cosines: dict[str, float]) -> tuple[Scored, PracticeHit]:
    """Return a query with these cosines alone (`p1_conseils_3`), and its hit on their practice."""
    given_ = {"carnet-" + name.replace("_", "/"): value for name, value in cosines.items()}
    assert given_.keys() <= {passage.id for passage in opened.passages}
    similarities = np.array([given_.get(p.id, 0.0) for p in opened.passages], np.float32)
    scored = scored_for(opened, "zzz")
    practices = np.zeros(len(opened.practices), np.float32)
    scored = replace(scored, understood=query, similarities=similarities, practices=practices)
    name = next(iter(given_)).partition("/")[0]
    return scored, PracticeHit(opened.practices[opened.places[name]], 0.0, 1)


def card(opened: Index, query: str = "un souci", **cosines: float) -> Card:
    scored, hit = near(opened, query, cosines)
    (found,) = cards(scored, score_lines(scored), [hit])
    return found


@pytest.mark.parametrize("query", QUERIES)
def test_advice_stands_in_the_order_of_the_booklet(opened: Index, query: str) -> None:
    for found in all_cards(opened, query).values():
        places = [p.id for p in opened.passages]
        shown = [places.index(line.passage) for line in found.advice]
        assert shown == sorted(shown)
        assert all(line.advice for line in found.advice)


@pytest.mark.parametrize("query", QUERIES)
def test_up_to_five_lines_of_advice_are_all_shown_and_of_more_the_best_four(
    opened: Index, query: str
) -> None:
    scored = scored_for(opened, query)
    lines = score_lines(scored)
    for name, found in all_cards(opened, query).items():
        own = opened.own(opened.places[name])
        advice = [i for i in range(own.start, own.stop)
                  if opened.is_advice[i] and opened.is_quotable[i]]  # fmt: skip
        assert len(found.advice) + found.left_out == len(advice)
        if len(advice) <= ADVICE:
            assert found.left_out == 0
        else:
            best = sorted(advice, key=lambda i: -lines[i])[: ADVICE - 1]
            assert {line.passage for line in found.advice} == {opened.passages[i].id for i in best}
    assert all_cards(opened, query)["carnet-p1"].left_out == 3


@pytest.mark.parametrize("query", QUERIES)
def test_what_is_set_off_is_advice_that_is_shown(opened: Index, query: str) -> None:
    for found in all_cards(opened, query).values():
        assert set(found.set_off) <= {line.passage for line in found.advice}
        limit = OF_ONE_THING if asks_one_thing(query) else SET_OFF
        assert len(found.set_off) + len(found.besides) <= limit
        assert not any(line.advice for line in found.besides)
        if found.advice and not asks_one_thing(query):
            assert found.set_off
            best = max(found.advice, key=lambda line: line.score)
            assert best.passage in found.set_off


@pytest.mark.parametrize("query", QUERIES)
def test_no_line_is_shown_twice_on_a_card(opened: Index, query: str) -> None:
    for found in all_cards(opened, query).values():
        parts = (found.result, *found.advice, *found.besides, found.reason)
        shown = [line.passage for line in parts if line]
        assert len(shown) == len(set(shown))
        quoted = [line.passage for line in found.quoted]
        assert len(quoted) == len(set(quoted))
        assert {line.practice for line in parts if line} == {found.practice.id}


@pytest.mark.parametrize("query", QUERIES)
def test_only_lines_that_say_something_alone_are_shown(opened: Index, query: str) -> None:
    lines = {p.id for i, p in enumerate(opened.passages) if opened.is_quotable[i]}
    for found in all_cards(opened, query).values():
        for line in (found.result, *found.advice, *found.besides, found.reason):
            assert line is None or line.passage in lines
            assert line is None or not line.text.endswith(":")


@pytest.mark.parametrize("query", QUERIES)
def test_an_item_of_a_list_of_what_to_avoid_comes_with_it(opened: Index, query: str) -> None:
    governed = {
        "carnet-p2/conseils/3": ["À éviter :"],
        "carnet-p2/conseils/4": ["À éviter :"],
        "carnet-p2/conseils/5": ["À éviter :", "menacer d'une amende ceux qui oublient"],
        "carnet-p3/conseils/3": ["Ne jamais :"],
        "notes-p1/steps/3": ["Never:"],
        "notes-p1/steps/4": ["Never:"],
        "notes-p1/steps/6": ["Do not:"],
    }
    seen = set()
    for found in all_cards(opened, query).values():
        for line in (*found.advice, *found.quoted):
            expected = governed.get(line.passage, [])
            assert [lead_in.text for lead_in in line.lead_ins] == expected
            seen.add(line.passage)
    assert governed.keys() <= seen


@pytest.mark.parametrize(
    ("nearer", "text"),
    [
        (0.0, "Une économie de 350 000 euros en papier"),
        (0.02, "Une économie de 350 000 euros en papier"),
        (0.04, "Un formulaire deux fois plus court"),
        (0.9, "Un formulaire deux fois plus court"),
    ],
)
def test_the_result_is_one_with_a_figure_unless_another_is_clearly_nearer(
    opened: Index, nearer: float, text: str
) -> None:
    # Of a line without questions its own nearness counts twice.
    assert FIGURE == 0.06
    found = card(opened, p3_resultats_1=0.05, p3_resultats_2=0.05 + nearer)
    assert found.result is not None
    assert found.result.text == text


def test_a_result_of_a_word_tells_nothing_however_near(opened: Index) -> None:
    found = card(opened, p1_resultats_2=1.0)
    assert found.result is not None
    assert found.result.text == "30 % d'appels perdus en moins"


def test_a_practice_without_results_tells_none(opened: Index) -> None:
    assert card(opened, p4_principes_1=0.9).result is None


def test_among_results_without_a_figure_one_that_says_more_is_told(tmp_path: Path) -> None:
    texts = {"resultats": "- Satisfaction\n- Des équipes plus sereines\n- Rapidité accrue"}
    texts |= {"conseils": "Écouter les équipes chaque semaine"}
    told = advised.practice("carnet-p1", "Les équipes", texts)
    opened = advised.assistant(tmp_path, advised.collection("fr", (told,))).index
    found = card(opened, p1_resultats_1=0.9)
    assert found.result is not None
    assert found.result.text == "Des équipes plus sereines"


def test_the_reason_is_the_line_nearest_to_the_problem_that_is_not_shown(opened: Index) -> None:
    found = card(opened, p1_origine_1=0.9, p1_principes_1=0.1)
    assert found.reason is not None
    assert found.reason.passage == "carnet-p1/origine/1"
    # A line of a word is no reason, however near.
    found = card(opened, p1_resultats_2=1.0, p1_resultats_1=0.2)
    assert found.reason is not None
    assert found.reason.text != "Satisfaction"


def test_the_reason_tells_the_words_that_it_shares_with_the_question(opened: Index) -> None:
    found = all_cards(opened, "le standard sonne dans le vide")["carnet-p1"]
    assert found.reason is not None
    assert found.reason.passage == "carnet-p1/origine/1"
    assert found.words == ("standard", "sonne", "vide")


@pytest.mark.parametrize("query", QUERIES)
def test_the_reason_is_a_line_never_a_question(opened: Index, query: str) -> None:
    kinds = {p.id: p.kind for p in opened.passages}
    for found in all_cards(opened, query).values():
        if found.reason:
            assert kinds[found.reason.passage] == "line"
        else:
            assert found.words == ()


def test_what_stands_besides_answers_better_than_advice(opened: Index) -> None:
    found = card(opened, p1_principes_1=1.0)
    assert [line.passage for line in found.besides] == ["carnet-p1/principes/1"]
    assert found.quoted[0].passage == "carnet-p1/principes/1"


@pytest.mark.parametrize("query", QUERIES)
def test_lines_that_answer_are_quoted_in_the_order_of_their_blocks(
    opened: Index, query: str
) -> None:
    for found in all_cards(opened, query).values():
        assert sorted(found.order) == ["advice", "besides", "result"]
        blocks = {
            "result": [found.result] if found.result else [],
            "advice": [line for line in found.advice if line.passage in found.set_off],
            "besides": [*found.besides],
        }
        assert [*found.quoted] == [line for block in found.order for line in blocks[block]]


def test_where_a_practice_comes_from_answers_no_problem(opened: Index) -> None:
    for name in ("p1", "p2", "p4"):
        found = card(opened, "un souci", **{f"{name}_origine_1": 1.0})
        assert not any(line.context for line in found.quoted)


def test_where_a_practice_comes_from_may_be_the_one_thing_asked(opened: Index) -> None:
    found = card(opened, "Quand le standard sonnait-il dans le vide ?", p1_origine_1=1.0)
    assert "carnet-p1/origine/1" in [line.passage for line in found.besides]


def test_a_practice_without_advice_shows_what_it_has(opened: Index) -> None:
    found = card(opened, p4_principes_1=0.5)
    assert (found.advice, found.left_out, found.set_off, found.result) == ((), 0, (), None)
    assert [line.text for line in found.besides] == ["Un prénom en gros caractères"]


def test_cards_follow_the_hits(carnet: Assistant, opened: Index) -> None:
    answer = carnet.ask("le standard perd trop d'appels")
    # Those of a collection that has nothing on it have no card.
    held = {card.practice.collection for card in answer.cards}
    hits = [hit for hit in answer.hits if hit.practice.collection in held]
    assert held
    assert [card.practice for card in answer.cards] == [hit.practice for hit in hits]
    assert [card.rank for card in answer.cards] == [hit.rank for hit in hits]
    assert len(answer.cards) <= PRACTICES
    only = carnet.ask("visite", filters=advised.only(organisation="Musée du Sel"))
    assert {card.practice.organisation for card in only.cards} <= {"Musée du Sel"}


@repeatable
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_whatever_the_scores_a_card_holds_together(
    opened: Index, seed: int, one_thing: bool
) -> None:
    cosines = np.random.default_rng(seed).uniform(-1, 1, len(opened.passages))
    text = "quel souci ?" if one_thing else "un souci"
    scored = replace(scored_for(opened, "zzz"), understood=text)
    scored = replace(scored, similarities=cosines.astype(np.float32))
    hits = rank_practices(scored, 100)
    for found in cards(scored, score_lines(scored), hits):
        shown = [line.passage for line in found.advice]
        assert set(found.set_off) <= set(shown)
        assert len(shown) <= ADVICE
        assert one_thing or not any(line.context for line in found.besides)
        assert len({line.passage for line in found.quoted}) == len(found.quoted)
        told = {*shown, *(line.passage for line in found.quoted)}
        assert found.reason is None or found.reason.passage not in told
