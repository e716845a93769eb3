from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from recueil_qa import Filters
from recueil_qa.builds.build import build_index
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.index.opening import open_index
from recueil_qa.search.answers import answer, found
from recueil_qa.search.asked import Asked
from recueil_qa.search.scope import Scope
from recueil_qa.search.searcher import Searcher
from recueil_qa.search.together import STEP, Part, merged, together
from recueil_qa.settings import Settings
from recueil_qa.types import Answer, Band, Card, PracticeHit
from tests.support.collections import named, write_guide
from tests.support.encoders import HashEncoder

QUERIES = (
    "Le standard est saturé par des appels répétés",
    "People wait for hours at the counter",
    "lettres incompréhensibles",
    "zyxw vuts rqpo",
    "les apels repetés",
)
PRACTICES = named("petit-p1", "petit-p2", "guide-p1", "guide-p2")


def hits(**scores: float) -> tuple[PracticeHit, ...]:
    """Return hits by id, with "_" for "-", best first."""
    return tuple(
        PracticeHit(PRACTICES[name.replace("_", "-")], score, rank)
        for rank, (name, score) in enumerate(scores.items(), 1)
    )


def answered(band: Band, answering: int = 0, **scores: float) -> Answer:
    own = hits(**scores)
    cards = tuple(Card(hit.practice, hit.rank) for hit in own) if band is not Band.NOTHING else ()
    return Answer("?", "en", 0.5, band, own, (), cards, answering)


def ids(found: Answer | tuple[PracticeHit, ...]) -> list[str]:
    own = found.hits if isinstance(found, Answer) else found
    return [hit.practice.id for hit in own]


def test_practices_stand_where_their_collection_does_less_how_far_they_are_behind() -> None:
    one = hits(petit_p1=2.0, petit_p2=1.5)
    other = hits(guide_p1=9.0, guide_p2=8.0)
    placed = merged([(one, 3.0), (other, 2.8)], 4)
    assert ids(placed) == ["petit-p1", "guide-p1", "petit-p2", "guide-p2"]
    assert [hit.score for hit in placed] == [3.0, 2.8, 2.5, pytest.approx(1.8)]
    assert [hit.rank for hit in placed] == [1, 2, 3, 4]
    assert ids(merged([(one, 3.0), (other, 2.8)], 2)) == ["petit-p1", "guide-p1"]


def test_what_is_asked_for_word_for_word_does_not_sink_the_others() -> None:
    one, other = hits(petit_p1=100.0, petit_p2=1.0), hits(guide_p1=1.0)
    assert ids(merged([(one, 3.0), (other, 3.0 - STEP - 0.1)], 3)) == [
        "petit-p1",
        "petit-p2",
        "guide-p1",
    ]


def test_the_practices_that_answer_are_the_first_ones_shown() -> None:
    one = Part(answered(Band.ANSWERS, 2, petit_p1=2.0, petit_p2=1.0), 3.0)
    other = Part(answered(Band.LEADS, guide_p1=2.0), 2.5)
    both = together([other, one], 10)
    assert ids(both) == ["petit-p1", "guide-p1", "petit-p2"]
    assert [card.practice.id for card in both.cards] == ids(both)
    assert (both.band, both.answering) == (Band.ANSWERS, 1)
    first = together([one, replace(other, stands=9.0)], 10)
    assert (first.band, first.answering) == (Band.LEADS, 0)


def test_a_collection_that_has_nothing_shows_no_card() -> None:
    one = Part(answered(Band.LEADS, petit_p1=2.0), 1.0)
    other = Part(answered(Band.NOTHING, guide_p1=2.0), 5.0)
    both = together([one, other], 10)
    assert ids(both) == ["guide-p1", "petit-p1"]
    assert [card.practice.id for card in both.cards] == ["petit-p1"]
    assert both.cards[0].rank == 2
    assert both.band is Band.LEADS
    assert together([other, other], 1).band is Band.NOTHING


@pytest.fixture
def alone_and_beside(corpus_root: Path, tmp_path: Path) -> tuple[Scope, Scope]:
    build_index(tmp_path / "alone", read_corpus(corpus_root), HashEncoder())
    write_guide(corpus_root)
    build_index(tmp_path / "beside", read_corpus(corpus_root), HashEncoder())
    return Scope(open_index(tmp_path / "alone")), Scope(open_index(tmp_path / "beside"))


@pytest.mark.parametrize("query", QUERIES)
def test_a_collection_answers_to_the_bit_as_if_it_were_alone(
    alone_and_beside: tuple[Scope, Scope], query: str
) -> None:
    alone, beside = alone_and_beside
    chosen = Filters(collection=frozenset({"petit"}))
    one = answer(alone, HashEncoder(), Asked(query), 3)
    assert answer(beside, HashEncoder(), Asked(query), 3, chosen) == one
    assert found(beside, HashEncoder(), query, 3, chosen) == found(alone, HashEncoder(), query, 3)


@pytest.mark.parametrize("query", QUERIES)
def test_beside_another_a_collection_keeps_its_order(
    alone_and_beside: tuple[Scope, Scope], query: str
) -> None:
    alone, beside = alone_and_beside
    both = answer(beside, HashEncoder(), Asked(query), 10)
    own = [name for name in ids(both) if name.startswith("petit-")]
    assert own == ids(answer(alone, HashEncoder(), Asked(query), 10))
    assert {name.partition("-")[0] for name in ids(both)} == {"petit", "guide"}
    scores = [hit.score for hit in both.hits]
    assert scores == sorted(scores, reverse=True)


def test_a_practice_named_by_its_id_comes_alone(
    alone_and_beside: tuple[Scope, Scope],
) -> None:
    asked = Asked("guide-p1", identified=("guide-p1/title",))
    both = answer(alone_and_beside[1], HashEncoder(), asked, 10)
    assert [card.practice.id for card in both.cards] == ["guide-p1"]
    assert both.band is Band.ANSWERS


def test_a_filter_that_names_one_collection_asks_the_others_nothing(
    alone_and_beside: tuple[Scope, Scope], corpus_root: Path
) -> None:
    folder = alone_and_beside[1].index.folder.parent
    settings = Settings(index=folder, corpus=corpus_root)
    searcher = Searcher.open(settings, HashEncoder())
    both = searcher.search(QUERIES[0])
    one = searcher.search(QUERIES[0], filters=Filters(collection=frozenset({"petit"})))
    assert {hit.practice.collection for hit in both} == {"petit", "guide"}
    assert {hit.practice.collection for hit in one} == {"petit"}
