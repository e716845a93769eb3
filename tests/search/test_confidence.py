from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recueil_qa import Assistant, Filters
from recueil_qa.builds.build import build_index
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.index.heads import HeadScores
from recueil_qa.index.levels import Level, Levels
from recueil_qa.index.levels import chance as chance_above
from recueil_qa.index.opened import Index
from recueil_qa.index.opening import open_index
from recueil_qa.search.confidence import (
    Confidence,
    best_five,
    confidence,
    features_of,
)
from recueil_qa.search.nearness import nearness
from recueil_qa.search.retrieval import score_query
from recueil_qa.search.scope import Scope
from recueil_qa.search.scored import Scored
from recueil_qa.types import Band, band_words
from tests.support.collections import write_guide
from tests.support.encoders import HashEncoder
from tests.support.heads import made_heads

FEATURES = {"best_question", "best_five", "typical", "stands_out"}


@pytest.fixture
def opened(index_root: Path) -> Index:
    return open_index(index_root)


def scored(opened: Index, **values: list[float]) -> Scored:
    """Return a query with the scores given, zeros elsewhere."""
    sizes = {
        "similarities": len(opened.passages),
        "lexical": len(opened.passages),
        "practices": len(opened.practices),
        "unanswered": len(opened.unanswered),
    }
    arrays = {
        name: np.array(values.get(name, [0.0] * size), np.float32) for name, size in sizes.items()
    }
    return Scored(
        Scope(opened),
        "",
        "",
        {},
        arrays["similarities"],
        np.zeros((0, len(opened.passages)), np.float32),
        arrays["lexical"],
        arrays["practices"],
        arrays["unanswered"],
    )


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(-9, 9), min_size=1, max_size=20), st.integers(1, 90))
def test_the_five_best_count_what_is_said_often_once(values: list[int], often: int) -> None:
    found = best_five(np.repeat(np.array(values, np.float32), often))
    assert found.tolist() == sorted(set(values), reverse=True)[:5]


def judged(corpus_root: Path, root: Path, *statements: tuple[str, dict[str, int]]) -> Index:
    """Build `petit` with judged statements (wording, grades), in a file of its own."""
    rows = [
        {"id": f"s{i}", "lang": "fr", "text": text, "grades": grades}
        for i, (text, grades) in enumerate(statements)
    ]
    path = corpus_root / "petit" / "statements.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    build_index(root, read_corpus(corpus_root), HashEncoder())
    return open_index(root)


def test_what_resembles_the_unanswered_is_less_likely_answered(opened: Index) -> None:
    judged = replace(opened, unanswered_of=("petit",))
    near = [0.6] * len(opened.passages)
    alike, other = (
        confidence(scored(judged, similarities=near, unanswered=[cosine])) for cosine in (0.9, 0.1)
    )
    assert alike.addresses < other.addresses
    # What another collection doesn't answer says nothing of this one.
    foreign = replace(opened, unanswered_of=("guide",))
    found = [confidence(scored(foreign, similarities=near, unanswered=[c])) for c in (0.9, 0.1)]
    assert found[0] == found[1]


def test_when_no_practice_is_kept_there_is_no_answer(opened: Index) -> None:
    nobody = Scope(opened, Filters(part=frozenset({"aucune"})))
    query = score_query(nobody, HashEncoder(), "les appels répétés au standard")
    assert confidence(query) == (0.0, 0.0, Band.NOTHING)


@pytest.mark.parametrize(
    ("band", "practices", "several", "fr", "en"),
    [
        (Band.ANSWERS, 1, False, "1 pratique répond", "1 practice answers"),
        (Band.ANSWERS, 1, True, "1 pratique répond", "1 practice answers"),
        (Band.ANSWERS, 6, False, "6 pratiques répondent", "6 practices answer"),
        (Band.LEADS, 1, True, "Des pistes, sans certitude", "Leads, without certainty"),
        (Band.NOTHING, 0, False, "Rien dans le recueil n'y répond",
         "Nothing in the collection answers this"),
        (Band.NOTHING, 0, True, "Rien dans les recueils n'y répond",
         "Nothing in the collections answers this"),
    ],
)  # fmt: skip
def test_a_band_is_told_in_words(
    band: Band, practices: int, several: bool, fr: str, en: str
) -> None:
    assert band_words(band, practices, "fr", several=several) == fr
    assert band_words(band, practices, "en", several=several) == en


def test_of_several_problems_it_is_enough_that_one_is_answered(opened: Index) -> None:
    held, foreign = (
        score_query(Scope(opened), HashEncoder(), text)
        for text in ("les appels répétés au standard saturé", "zyxw vuts rqpo")
    )
    assert confidence(foreign).band is Band.NOTHING
    for parts in ((held, foreign), (foreign, held)):
        assert confidence(replace(foreign, parts=parts)) == confidence(held)
    # The message as a whole isn't judged.
    assert confidence(replace(held, parts=(foreign,))) == confidence(foreign)


@pytest.mark.parametrize(
    ("nothing", "sure", "band"),
    [(0.1, 0.2, Band.NOTHING), (0.0, 0.1, Band.LEADS), (0.0, 0.0, Band.ANSWERS)],
)
def test_without_heads_it_answers_from_the_bounds_of_the_level_on(
    opened: Index, nothing: float, sure: float, band: Band
) -> None:
    query = scored(opened, similarities=[0.5] * len(opened.passages))
    near = float(nearness(*query.scope.pools, query.similarities).max())
    level = Level(
        mean={"": 0.0}, deviation={"": 1.0}, nothing=near + nothing, sure=near + sure, compared=0
    )
    levelled = replace(opened, levels=Levels({"petit": level}))
    found = confidence(replace(query, scope=Scope(levelled)))
    # Without heads, there is one chance for both.
    assert found == (chance_above(near), chance_above(near), band)


def test_a_query_is_compared_with_as_much_of_what_says_nothing_as_its_level_says(
    opened: Index,
) -> None:
    likeness = np.array([0.0, 0.0, 0.9], np.float32)
    query = replace(scored(opened, similarities=[0.5] * len(opened.passages)), nothing=likeness)
    near = float(nearness(*query.scope.pools, query.similarities).max())
    bands = []
    for compared in (2, 3):
        level = Level(
            mean={"": 0.0}, deviation={"": 1.0}, nothing=near, sure=near, compared=compared
        )
        levelled = replace(opened, levels=Levels({"petit": level}))
        bands.append(confidence(replace(query, scope=Scope(levelled))).band)
    assert bands == [Band.ANSWERS, Band.NOTHING]


P = ("petit-p1", "petit-p2", "petit-p3")
LEVEL = dict.fromkeys(P, 0.0)
OF_PAGE = {
    "petit-p1": Filters(theme=frozenset({"Accueil"})),
    "petit-p2": Filters(theme=frozenset({"Téléphone"})),
    "petit-p3": Filters(theme=frozenset({"Écrit"})),
}


def chance(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))


def logit(chance: float) -> float:
    return math.log(chance / (1 - chance))


def told(
    opened: Index,
    said: dict[str, float] = LEVEL,
    answered: tuple[float, float] = (0.9, 0.95),
    filters: Filters | None = None,
) -> Confidence:
    """Return the confidence in any query where `petit` has heads that say this of all of them.

    `answered` are the chances that a practice addresses it, and that one helps.
    """
    addresses, helps = map(logit, answered)
    taught = replace(opened, heads={"petit": made_heads(said, addresses=addresses, helps=helps)})
    scope = Scope(taught, filters or Filters())
    return confidence(score_query(scope, HashEncoder(), "guichet zyxw"))


@pytest.mark.parametrize(
    ("addresses", "helps", "band"),
    [
        (0.81, 0.51, Band.ANSWERS),
        (0.81, 0.99, Band.ANSWERS),
        (0.79, 0.51, Band.LEADS),
        (0.79, 0.99, Band.LEADS),
        (0.01, 0.51, Band.LEADS),
        (0.01, 0.49, Band.NOTHING),
        # What hardly anything helps with isn't answered, whatever the other head says.
        (0.99, 0.49, Band.NOTHING),
    ],
)
def test_heads_have_bounds_of_their_own(
    opened: Index, addresses: float, helps: float, band: Band
) -> None:
    found = told(opened, LEVEL, (addresses, helps))
    assert found == pytest.approx((addresses, helps, band))


def test_the_bounds_of_heads_are_reached_from_them_on(opened: Index) -> None:
    heads = made_heads(LEVEL)
    fit = heads.fit.model_copy(
        update={name: getattr(heads.fit, name).model_copy(update={"threshold": 0.5})
                for name in ("addresses", "helps")}
    )  # fmt: skip
    taught = replace(opened, heads={"petit": replace(heads, fit=fit)})
    query = score_query(Scope(taught), HashEncoder(), "guichet")
    assert confidence(query) == (0.5, 0.5, Band.ANSWERS)


def test_words_say_nothing_where_a_collection_has_heads(opened: Index) -> None:
    taught = replace(opened, heads={"petit": made_heads(LEVEL, addresses=-3.0, helps=-3.0)})
    for text in ("Le standard est saturé par des appels répétés", "zyxw vuts rqpo"):
        found = confidence(score_query(Scope(taught), HashEncoder(), text))
        assert found == pytest.approx((chance(-3), chance(-3), Band.NOTHING))


@pytest.mark.parametrize("likeliest", P)
def test_a_filter_without_the_likeliest_practice_lowers_the_chances(
    opened: Index, likeliest: str
) -> None:
    said = {name: 5.0 if name == likeliest else 2.0 for name in P}
    everything = told(opened, said)
    assert everything.band is Band.ANSWERS
    for name in P:
        found = told(opened, said, filters=OF_PAGE[name])
        if name == likeliest:
            assert found == everything
        else:
            # As many times less likely as heads find that practice.
            assert found.addresses == pytest.approx(everything.addresses * math.exp(-3))
            assert found.helps == pytest.approx(everything.helps * math.exp(-3))
            assert found.band is Band.NOTHING


def test_a_filter_with_a_practice_that_heads_find_as_likely_lowers_nothing(opened: Index) -> None:
    said = {"petit-p1": 1.0, "petit-p2": 3.0, "petit-p3": 3.0}
    caisse = Filters(sector=frozenset({"caisse"}))
    assert told(opened, said, filters=caisse) == told(opened, said)
    near = told(opened, said | {"petit-p2": 3.1}, filters=OF_PAGE["petit-p3"])
    assert near.addresses == pytest.approx(0.9 * math.exp(-0.1))


def test_of_a_practice_that_they_do_not_know_heads_say_nothing(opened: Index) -> None:
    known = {"petit-p1": 2.0, "petit-p2": 5.0}
    everything = told(opened, known)
    assert everything.addresses == pytest.approx(0.9)
    # It may be the one that answers: its filter costs nothing, alone or with others.
    assert told(opened, known, filters=OF_PAGE["petit-p3"]) == everything
    others = Filters(theme=frozenset({"Accueil", "Écrit"}))
    assert told(opened, known, filters=others) == everything
    less = told(opened, known, filters=OF_PAGE["petit-p1"])
    assert less.addresses == pytest.approx(0.9 * math.exp(-3))


def test_filters_that_keep_nothing_leave_heads_no_chance(opened: Index) -> None:
    nobody = Filters(part=frozenset({"aucune"}))
    assert told(opened, filters=nobody) == (0.0, 0.0, Band.NOTHING)


def test_heads_may_read_what_features_tell(opened: Index) -> None:
    """Of a collection without examples of what nothing answers, these are as far as can be."""
    weights = {"best_question": 2.0, "unanswered": 5.0, "addresses": 1.0, "helps": -1.0}
    heads = made_heads(LEVEL, addresses=0.5, helps=2.0)
    fit = heads.fit.model_copy(
        update={"addresses": heads.fit.addresses.model_copy(update={"weights": weights})}
    )
    taught = replace(opened, heads={"petit": replace(heads, fit=fit)})
    query = score_query(Scope(taught), HashEncoder(), "les appels répétés au standard")
    near = features_of(query)["best_question"]
    assert confidence(query).addresses == pytest.approx(chance(2 * near + 0.5 - 2.0))


@pytest.fixture
def both(corpus_root: Path, tmp_path: Path) -> Index:
    """An index of two collections, `guide` and `petit`."""
    write_guide(corpus_root)
    build_index(tmp_path / "both", read_corpus(corpus_root), HashEncoder())
    return open_index(tmp_path / "both")


@pytest.mark.parametrize(
    "text", ["People ring our desk again and again", "guichet", "appels répétés", "zyxw vuts"]
)
def test_a_collection_without_heads_keeps_its_chances_when_another_has_them(
    both: Index, text: str
) -> None:
    guide = Filters(collection=frozenset({"guide"}))

    def of_guide(scope: Scope) -> Confidence:
        return confidence(score_query(scope.within(guide), HashEncoder(), text))

    alone = of_guide(Scope(both))
    # Of petit, heads say that nothing there helps: the other one still may.
    doubting = Scope(replace(both, heads={"petit": made_heads(LEVEL, addresses=-30, helps=-30)}))
    assert of_guide(doubting) == alone
    assert confidence(score_query(doubting, HashEncoder(), text)) == alone
    believing = Scope(replace(both, heads={"petit": made_heads(LEVEL, addresses=30, helps=30)}))
    assert of_guide(believing) == alone
    found = confidence(score_query(believing, HashEncoder(), text))
    assert found == pytest.approx((1, 1, Band.ANSWERS))


def test_of_collections_with_heads_it_is_enough_that_one_answers(both: Index) -> None:
    def found(guide: tuple[float, float], petit: tuple[float, float]) -> Confidence:
        heads = {
            "guide": made_heads({"guide-p1": 0, "guide-p2": 0}, addresses=logit(guide[0]),
                                helps=logit(guide[1])),
            "petit": made_heads(LEVEL, addresses=logit(petit[0]), helps=logit(petit[1])),
        }  # fmt: skip
        taught = replace(both, heads=heads)
        return confidence(score_query(Scope(taught), HashEncoder(), "guichet"))

    for one, other, expected in (
        ((0.9, 0.6), (0.2, 0.4), (0.9, 0.6, Band.ANSWERS)),
        ((0.9, 0.6), (0.7, 0.9), (0.9, 0.6, Band.ANSWERS)),
        ((0.9, 0.6), (0.85, 0.9), (0.9, 0.6, Band.ANSWERS)),
        # Leads come before what is likelier to be answered, and to be of no help.
        ((0.9, 0.4), (0.3, 0.6), (0.3, 0.6, Band.LEADS)),
        ((0.3, 0.4), (0.2, 0.1), (0.3, 0.4, Band.NOTHING)),
    ):
        assert found(one, other) == found(other, one) == pytest.approx(expected)


def test_of_several_problems_the_one_that_heads_find_answered_counts(opened: Index) -> None:
    taught = replace(opened, heads={"petit": made_heads(LEVEL)})
    query = score_query(Scope(taught), HashEncoder(), "guichet")

    def saying(addresses: float, helps: float) -> Scored:
        answered = np.array([logit(addresses), logit(helps)], np.float32)
        said = HeadScores(np.zeros(3, np.float32), answered)
        return replace(query, learnt={"petit": said})

    held, foreign = saying(0.9, 0.95), saying(0.1, 0.2)
    assert confidence(foreign).band is Band.NOTHING
    for parts in ((held, foreign), (foreign, held)):
        assert confidence(replace(foreign, parts=parts)) == confidence(held)
    assert confidence(replace(held, parts=(foreign,))) == confidence(foreign)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("les apels répétés", "les appels répétés"),
        ("jargonn dusagers ?", "jargon d'usagers ?"),
        ("apels zyxw", "appels zyxw"),
    ],
)
def test_a_slip_of_the_keyboard_costs_no_confidence(opened: Index, typed: str, meant: str) -> None:
    found, whole = (score_query(Scope(opened), HashEncoder(), text) for text in (typed, meant))
    assert found.understood == meant
    assert features_of(found) == features_of(whole)
    assert confidence(found) == confidence(whole)


def test_the_signals_are_taken_from_the_questions(opened: Index) -> None:
    similarities = [0.9] * len(opened.passages)
    questions = [i for i, kept in enumerate(opened.is_question) if kept]
    values = [0.1, 0.5, 0.3, 0.3, 0.1, 0.5, 0.3]
    for i, value in zip(questions, values, strict=True):
        similarities[i] = value
    query = scored(opened, similarities=similarities)
    found = features_of(query)
    assert set(found) == FEATURES
    mean = sum(values) / 7
    deviation = (sum((value - mean) ** 2 for value in values) / 7) ** 0.5
    assert found["best_question"] == pytest.approx(0.5)
    # Two questions that are as near as each other, as a statement under two practices, count once.
    assert found["best_five"] == pytest.approx((0.5 + 0.3 + 0.1) / 3)
    assert found["typical"] == pytest.approx(mean)
    assert found["stands_out"] == pytest.approx((0.5 - mean) / deviation, abs=1e-5)


def test_similarities_that_do_not_differ_do_not_stand_out(opened: Index) -> None:
    level = scored(opened, similarities=[0.5] * len(opened.passages))
    assert features_of(level)["stands_out"] == pytest.approx(0.0, abs=0.1)


def test_the_five_nearest_questions_count(opened: Index) -> None:
    values = iter([0.1, 0.7, 0.2, 0.6, 0.3, 0.5, 0.4])
    similarities = [next(values) if asked else 0.9 for asked in opened.is_question]
    found = features_of(scored(opened, similarities=similarities))
    assert found["best_five"] == pytest.approx(fmean([0.7, 0.6, 0.5, 0.4, 0.3]))
    assert found["typical"] == pytest.approx(0.4)


def test_only_the_practices_kept_count_but_all_tell_what_is_typical(opened: Index) -> None:
    values = iter([0.1, 0.2, 0.3, 0.9, 0.8, 0.6, 0.5])
    similarities = [next(values) if asked else 0.0 for asked in opened.is_question]
    query = scored(opened, similarities=similarities)
    whole = features_of(query)
    apart = np.array([True, False, True])
    kept = features_of(query, apart)
    assert (whole["best_question"], kept["best_question"]) == pytest.approx((0.9, 0.6))
    assert kept["best_five"] == pytest.approx(fmean([0.6, 0.5, 0.3, 0.2, 0.1]))
    assert kept["typical"] == whole["typical"] == pytest.approx(sum(similarities) / 7)
    assert kept["stands_out"] < whole["stands_out"]


@pytest.mark.parametrize(
    ("cosines", "expected"),
    [
        ([0.5], 0.5),
        ([0.1, 0.5], (0.1 + 0.5) / 2),
        ([0.1, 0.5, 0.3, 0.2, 0.4], (0.5 + 0.4 + 0.3) / 3),
        ([-0.2, -0.2, -0.2, 0.4], (0.4 - 0.2 - 0.2) / 3),
    ],
)
def test_the_three_nearest_examples_of_what_nothing_answers_count(
    opened: Index, cosines: list[float], expected: float
) -> None:
    told = replace(opened, unanswered_of=("petit",) * len(cosines))
    found = features_of(scored(told, unanswered=cosines))
    assert set(found) == FEATURES | {"unanswered"}
    assert found["unanswered"] == pytest.approx(expected)


def test_only_examples_of_the_collections_of_the_practices_kept_count(
    corpus_root: Path, tmp_path: Path
) -> None:
    write_guide(corpus_root)
    build_index(tmp_path / "both", read_corpus(corpus_root), HashEncoder())
    both = replace(
        open_index(tmp_path / "both"), unanswered_of=("guide", "guide", "petit", "petit")
    )
    asked = scored(both, unanswered=[0.9, 0.7, 0.5, 0.1])
    kept = {
        name: np.array([practice.collection in name for practice in both.practices])
        for name in ("guide", "petit", "guide petit")
    }
    found = {name: features_of(asked, mask)["unanswered"] for name, mask in kept.items()}
    expected = {"guide": 0.8, "petit": 0.3, "guide petit": (0.9 + 0.7 + 0.5) / 3}
    assert found == pytest.approx(expected)
    alone = replace(both, unanswered_of=("petit",) * 4)
    asked = replace(asked, scope=Scope(alone))
    assert "unanswered" not in features_of(asked, kept["guide"])


def test_an_example_typed_word_for_word_is_as_near_as_can_be(
    corpus_root: Path, tmp_path: Path
) -> None:
    opened = judged(
        corpus_root,
        tmp_path / "judged",
        ("Le parking déborde", {}),
        ("Comment réunir les accueils et les guichets ?", {"petit-p1": 2}),
    )
    near = features_of(score_query(Scope(opened), HashEncoder(), "le parking déborde"))
    assert near["unanswered"] == pytest.approx(1.0, abs=1e-6)
    far = features_of(score_query(Scope(opened), HashEncoder(), "zyxw"))
    assert far["unanswered"] < 0.5


def test_a_collection_without_such_examples_lacks_the_feature(
    opened: Index, corpus_root: Path, tmp_path: Path
) -> None:
    answered = judged(corpus_root, tmp_path / "judged", ("Le parking", {"petit-p1": 2}))
    for index in (opened, answered):
        found = features_of(score_query(Scope(index), HashEncoder(), "le parking"))
        assert set(found) == FEATURES


def test_a_practice_without_questions_is_judged_by_its_text(
    corpus_root: Path, tmp_path: Path
) -> None:
    (corpus_root / "petit" / "questions" / "p3.yaml").unlink()
    build_index(tmp_path / "bare", read_corpus(corpus_root), HashEncoder())
    bare = open_index(tmp_path / "bare")
    for identifier, expected in (("petit-p3/conseils/2", 0.75), ("petit-p2/conseils/1", 0.0)):
        similarities = [0.75 if row.id == identifier else 0.0 for row in bare.passages]
        found = features_of(scored(bare, similarities=similarities))
        assert found["best_question"] == expected


def test_without_questions_the_nearest_passage_counts(faq_root: Path, tmp_path: Path) -> None:
    build_index(tmp_path / "faq-index", read_corpus(faq_root), HashEncoder())
    faq = open_index(tmp_path / "faq-index")
    found = score_query(Scope(faq), HashEncoder(), "Comment payer la cantine ?")
    assert features_of(found)["best_question"] == float(found.similarities.max())


def test_the_small_collection_answers_what_it_holds_and_abstains_elsewhere(
    small: Assistant,
) -> None:
    foreign = small.ask("zyxw vuts rqpo")
    assert foreign.band is Band.NOTHING
    for text in ("Le standard est saturé par des appels répétés", "How to cut repeat calls?"):
        held = small.ask(text)
        assert held.band is Band.ANSWERS
        level = small.index.levels.collections["petit"]
        assert held.confidence >= chance_above(level.sure)
        assert foreign.confidence < chance_above(level.nothing)


@pytest.mark.parametrize(
    "text",
    [
        "Compter les appels pour un même motif",
        "Nos lettres sont incompréhensibles",
        "les appels répétés au standard",
    ],
)
def test_the_small_collection_answers_its_own_words(small: Assistant, text: str) -> None:
    assert small.ask(text).band is Band.ANSWERS


@pytest.mark.model
@pytest.mark.parametrize(
    ("question", "abstained"),
    [
        ("recette de la tarte aux pommes", True),
        ("Qui a gagné la Coupe du monde de football en 1998 ?", True),
        ("where is the best pizza in town?", True),
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
@pytest.mark.parametrize(
    "question", ["comment réduire les appels répétés ?", "nos courriers sont incompréhensibles"]
)
def test_filters_that_leave_nothing_relevant_are_no_answer(real: Assistant, question: str) -> None:
    assert not real.ask(question).abstained
    filtered = real.ask(question, filters=Filters(part=frozenset({"Management collaboratif"})))
    assert filtered.band is not Band.ANSWERS
    assert {hit.practice.part for hit in filtered.hits} == {"Management collaboratif"}
