from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from recueil_qa import Answer, Assistant, Filters, Settings
from recueil_qa.builds.build import build_index
from recueil_qa.index import passages, vectors
from recueil_qa.index.levels import chance
from recueil_qa.index.opened import Index
from recueil_qa.index.opening import open_index
from recueil_qa.search.answers import NO_MATCH_FOR_FILTERS
from recueil_qa.search.confidence import features_of
from recueil_qa.search.retrieval import rank_practices, score, seek
from recueil_qa.search.scope import Scope
from recueil_qa.search.searcher import REFUSED
from recueil_qa.types import Band
from tests.support.damage import answered_lines
from tests.support.encoders import HashEncoder
from tests.support.large import FILTERS, QUERIES, SUBJECTS, WITHOUT_QUESTIONS, large_corpus, only

# A message of two problems; and one that asks for a figure, which no line has, of somebody.
EXACT = (
    *QUERIES,
    "Le guichet est saturé de plaintes ? Comment simplifier la messagerie des agents ?",
    "Combien de plaintes la Mairie 3 a-t-elle reçues ?",
    "Écouter le achat avec les agents 3",
)


PRACTICES = len(SUBJECTS)
ENOUGH = PRACTICES // 2  # of `top`, for twice as many candidates to be all practices


def places(own: slice) -> range:
    return range(own.start, own.stop)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the index of `large_corpus`."""
    home = tmp_path_factory.mktemp("home")
    build_index(home / "index", large_corpus(), HashEncoder())
    return home


@pytest.fixture
def opened(home: Path) -> Index:
    return open_index(home / "index")


@pytest.fixture
def few_candidates(monkeypatch: pytest.MonkeyPatch) -> None:
    """The index is a large one: six candidates, and nine practices that stand for all."""
    monkeypatch.setattr("recueil_qa.search.scope.SCORED_WHOLE", 100)
    monkeypatch.setattr("recueil_qa.search.scope.CANDIDATES", 6)
    monkeypatch.setattr("recueil_qa.search.scope.REFERENCE", 9)


@pytest.fixture
def all_but_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The index is a large one whose sample is the whole."""
    monkeypatch.setattr("recueil_qa.search.scope.SCORED_WHOLE", 100)
    monkeypatch.setattr("recueil_qa.search.scope.CANDIDATES", PRACTICES - 1)


def assistant(home: Path, *, contacts: bool = False) -> Assistant:
    settings = Settings(home=home, contacts=contacts)
    return Assistant(open_index(home / "index"), settings, HashEncoder())


def part(whole: Index | Scope, query: str, filters: Filters | None = None, top: int = 1) -> Scope:
    """Return what a query is scored against."""
    whole = Scope(whole) if isinstance(whole, Index) else whole
    sought = seek(whole.index, HashEncoder(), query)
    return whole.around(sought.vector, [*sought.stems], top, filters or Filters())


def ids(practices: Index) -> list[str]:
    return [practice.id for practice in practices.practices]


@pytest.fixture(scope="module")
def answers(home: Path) -> dict[tuple[str, int], Answer]:
    """What the whole index answers, by query and place of the filters; a top that is enough."""
    whole = assistant(home)
    return {
        (query, i): whole.ask(query, top=ENOUGH, filters=filters)
        for query in EXACT
        for i, filters in enumerate(FILTERS)
    }


def test_a_small_index_is_its_own_part(opened: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    assert part(opened, QUERIES[0]).index is opened
    monkeypatch.setattr("recueil_qa.search.scope.SCORED_WHOLE", len(opened.passages))
    monkeypatch.setattr("recueil_qa.search.scope.CANDIDATES", 6)
    assert part(opened, QUERIES[0]).index is opened
    monkeypatch.setattr("recueil_qa.search.scope.SCORED_WHOLE", len(opened.passages) - 1)
    assert len(part(opened, QUERIES[0]).index.practices) == 6
    monkeypatch.setattr("recueil_qa.search.scope.CANDIDATES", PRACTICES)
    assert part(opened, QUERIES[0]).index is opened


@pytest.mark.usefixtures("few_candidates")
def test_a_part_has_as_many_practices_as_may_be_shown_twice(opened: Index) -> None:
    for top, count in ((1, 6), (3, 6), (4, 8), (15, 30), (18, 36), (100, 36)):
        assert len(part(opened, QUERIES[0], top=top).index.practices) == count


@pytest.mark.usefixtures("few_candidates")
@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("which", ["part", "reference"])
def test_a_part_says_of_its_passages_what_the_whole_says(
    opened: Index, query: str, which: str
) -> None:
    scope = part(opened, query)
    if which == "reference":
        assert scope.reference
        scope = scope.reference
    near = scope.index
    before = opened.facts.tobytes()
    place = {row.id: i for i, row in enumerate(opened.passages)}
    at = np.array([place[row.id] for row in near.passages])
    chosen = [opened.places[name] for name in ids(near)]
    assert chosen == sorted(chosen)
    assert len(chosen) == (6 if which == "part" else 9)
    # All the passages of these practices, in the order of the whole, and no others.
    assert at.tolist() == [i for practice in chosen for i in places(opened.own(practice))]
    assert tuple(near.passages) == tuple(opened.passages[i] for i in at.tolist())
    assert near.passages[-1] == opened.passages[int(at[-1])]
    assert [near.practices[i].id for i in near.owners] == [row.practice for row in near.passages]
    for name in ("is_question", "is_quotable", "is_advice", "is_context", "word_counts"):
        mask = getattr(near, name)
        assert mask.tolist() == getattr(opened, name)[at].tolist()
        assert mask.any()
        assert not mask.all() or name == "word_counts"
    tied, whole_tied = answered_lines(near), answered_lines(opened)[at]
    assert (tied < 0).tolist() == (whole_tied < 0).tolist()
    assert at[tied[tied >= 0]].tolist() == whole_tied[whole_tied >= 0].tolist()
    assert (tied >= 0).sum() == near.has_questions.sum()
    assert near.has_questions.tolist() == opened.has_questions[chosen].tolist()
    assert near.places == {name: i for i, name in enumerate(ids(near))}
    np.testing.assert_array_equal(near.vectors, opened.vectors[at])
    np.testing.assert_array_equal(near.practice_vectors, opened.practice_vectors[chosen])
    for i, practice in enumerate(chosen):
        assert at[near.own(i)].tolist() == [*places(opened.own(practice))]
        np.testing.assert_array_equal(near.vectors_of(i), opened.vectors_of(practice))
    assert near.size == opened.size == len(opened.passages)
    assert opened.facts.tobytes() == before


@pytest.mark.usefixtures("few_candidates")
@pytest.mark.parametrize("query", QUERIES)
def test_scores_of_a_part_and_of_the_sample_are_those_of_the_whole(
    opened: Index, query: str
) -> None:
    sought = seek(opened, HashEncoder(), query)
    cosines, words = opened.scores(sought.vector, [*sought.stems])
    near = part(opened, query)
    assert near.reference
    for each in (near.index, near.reference.index):
        at = [i for name in ids(each) for i in places(opened.own(opened.places[name]))]
        own_cosines, own_words = each.scores(sought.vector, [*sought.stems])
        np.testing.assert_array_equal(own_cosines, cosines[at])
        np.testing.assert_array_equal(own_words, words[:, at])


@pytest.mark.usefixtures("few_candidates")
def test_the_sample_is_spread_evenly_and_always_the_same(
    opened: Index, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Scope(opened)
    samples = [part(whole, query).reference for query in QUERIES]
    assert {id(sample) for sample in samples} == {id(samples[0])}
    assert samples[0]
    # Of 36, nine from the first to the last: every 35/8.
    assert [opened.places[name] for name in ids(samples[0].index)] == [
        0,
        4,
        8,
        13,
        17,
        21,
        26,
        30,
        35,
    ]
    # No more than so many passages, were they all of one size.
    monkeypatch.setattr(
        "recueil_qa.search.scope.REFERENCE_PASSAGES", 4 * len(opened.passages) // PRACTICES
    )
    fewer = part(open_index(home / "index"), QUERIES[0]).reference
    assert fewer
    assert [opened.places[name] for name in ids(fewer.index)] == [0, 17, 35]


@pytest.mark.usefixtures("few_candidates")
@pytest.mark.parametrize("query", QUERIES)
def test_the_first_practice_is_that_of_the_whole(
    home: Path, answers: dict[tuple[str, int], Answer], query: str
) -> None:
    large, whole = assistant(home), answers[query, 0]
    found = large.ask(query, top=3)
    assert found.hits[0].practice == whole.hits[0].practice
    assert found.hits[0].evidence == whole.hits[0].evidence
    assert found.hits[0].words == whole.hits[0].words
    assert found.abstained == whole.abstained
    assert found.band is whole.band
    assert large.search(query, top=3) == found.hits


@pytest.mark.usefixtures("few_candidates")
@pytest.mark.parametrize("query", QUERIES)
def test_practices_score_as_in_the_whole_where_the_sample_is_all(
    opened: Index, home: Path, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    monkeypatch.setattr("recueil_qa.search.scope.REFERENCE", PRACTICES)
    sought = seek(opened, HashEncoder(), query)
    whole = score(Scope(opened), sought)
    near = part(open_index(home / "index"), query)
    scored = score(near, sought)
    chosen = [opened.places[name] for name in ids(near.index)]
    assert len(chosen) == 6
    np.testing.assert_allclose(scored.practices, whole.practices[chosen], atol=1e-5)
    assert rank_practices(scored, 1)[0].practice == rank_practices(whole, 1)[0].practice


@pytest.mark.usefixtures("all_but_one")
@pytest.mark.parametrize("place", range(len(FILTERS)))
def test_answers_are_exactly_those_of_the_whole_where_all_are_candidates(
    home: Path, opened: Index, answers: dict[tuple[str, int], Answer], place: int
) -> None:
    large = assistant(home)
    for query in EXACT:
        near = part(opened, query, FILTERS[place], ENOUGH)
        kept = [practice for practice in opened.practices if FILTERS[place].accepts(practice)]
        assert near.index is not opened
        assert near.index.practices == tuple(kept)
        assert near.reference
        assert near.reference.index.practices == opened.practices
        assert large.ask(query, top=ENOUGH, filters=FILTERS[place]) == answers[query, place]


@pytest.mark.usefixtures("all_but_one")
@pytest.mark.parametrize("filters", FILTERS)
def test_what_confidence_rests_on_is_that_of_the_whole(opened: Index, filters: Filters) -> None:
    for query in EXACT:
        sought = seek(opened, HashEncoder(), query)
        near = part(opened, query, filters, ENOUGH)
        found, whole = (features_of(score(each, sought)) for each in (near, Scope(opened, filters)))
        assert found == whole
        assert found.keys() >= {"typical", "stands_out", "unanswered"}


@pytest.mark.usefixtures("few_candidates")
@pytest.mark.parametrize("place", range(len(FILTERS)))
def test_filters_keep_what_they_keep_of_the_whole(
    home: Path, answers: dict[tuple[str, int], Answer], place: int
) -> None:
    large = assistant(home)
    for query in QUERIES:
        found, whole = large.ask(query, top=3, filters=FILTERS[place]), answers[query, place]
        assert len(found.hits) == min(3, len(whole.hits))
        for hit in found.hits:
            assert FILTERS[place].accepts(hit.practice)
        assert found.hits[0].practice == whole.hits[0].practice
        assert {line.practice for line in found.advice} <= {
            practice.id
            for practice in large.catalogue.practices
            if FILTERS[place].accepts(practice)
        }


@pytest.mark.usefixtures("few_candidates")
def test_filters_that_no_practice_passes_together_are_told(home: Path) -> None:
    impossible = Filters(theme=frozenset({"Accueil"}), sector=frozenset({"caisse"}))
    found = assistant(home).ask("guichet", filters=impossible)
    assert (found.hits, found.abstained, found.notices) == ((), True, (NO_MATCH_FOR_FILTERS,))
    assert assistant(home).search("guichet", filters=impossible) == ()


@pytest.mark.usefixtures("few_candidates")
def test_a_part_that_the_filters_make_has_those_that_pass(opened: Index) -> None:
    near = part(opened, QUERIES[0], only(sector="caisse")).index
    assert [opened.places[name] for name in ids(near)] == [4, 13, 22, 31]
    alone = part(opened, QUERIES[0], only(sector="caisse", organisation="Mairie 2")).index
    assert [opened.places[name] for name in ids(alone)] == [13]
    assert tuple(alone.passages) == tuple(opened.passages[int(i)] for i in places(opened.own(13)))


@pytest.mark.usefixtures("few_candidates")
def test_a_practice_without_questions_is_found_by_its_text(home: Path) -> None:
    for place in WITHOUT_QUESTIONS:
        name = f"petit-p{place:02}"
        found = assistant(home).ask(f"Le {SUBJECTS[place]} autrement", top=3)
        assert name in [hit.practice.id for hit in found.hits]


@pytest.mark.usefixtures("few_candidates")
@pytest.mark.parametrize("place", [0, 4, 13, 21, 33])
def test_what_is_asked_for_by_its_id_is_found_wherever_it_stands(home: Path, place: int) -> None:
    large, name = assistant(home), f"petit-p{place:02}"
    for query in (name, f"p{place:02}"):
        found = large.ask(query, top=3)
        assert (found.hits[0].practice.id, found.band) == (name, Band.ANSWERS)
        assert [card.practice.id for card in found.cards] == [name]
    line = large.ask(f"{name}/conseils/3", top=3)
    assert line.direct
    assert line.direct.passage == f"{name}/conseils/3"
    # Filters hold for it too.
    kept = large.ask(name, top=3, filters=only(organisation=f"Mairie {(place // 6 + 1) % 6}"))
    assert name not in [hit.practice.id for hit in kept.hits]


@pytest.mark.parametrize("query", ["zzz xxyyy", "Un volcan gronde"])
def test_what_nothing_answers_is_not_answered(home: Path, few_candidates: None, query: str) -> None:
    large = assistant(home)
    found = large.ask(query)
    assert found.abstained
    assert found.confidence < chance(large.index.levels.collections["petit"].nothing)
    assert (found.shown, len(found.nearest)) == ((), 3)
    assert not large.ask(QUERIES[1]).abstained


@pytest.mark.usefixtures("all_but_one")
@pytest.mark.parametrize("query", ["", "?!", "\u200b", "x" * 3000])
def test_a_refused_question_gets_the_leads_of_the_whole(
    home: Path, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    large = assistant(home).ask_leads(query, top=ENOUGH)
    monkeypatch.setattr("recueil_qa.search.scope.SCORED_WHOLE", 10_000)
    assert large == assistant(home).ask_leads(query, top=ENOUGH)
    assert large.abstained
    assert large.notices == (REFUSED,)
    assert (large.shown, len(large.nearest)) == ((), 3)


def test_similar_practices_are_those_of_the_whole(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = {p.id: assistant(home).similar(p.id, 4) for p in assistant(home).catalogue.practices}
    monkeypatch.setattr("recueil_qa.search.scope.SCORED_WHOLE", 100)
    monkeypatch.setattr("recueil_qa.search.scope.CANDIDATES", 6)
    large = assistant(home)
    large.ask(QUERIES[0])
    assert {name: large.similar(name, 4) for name in whole} == whole
    assert any(neighbour.pairs for found in whole.values() for neighbour in found)


@pytest.mark.usefixtures("few_candidates")
def test_contacts_are_hidden_in_parts_too(home: Path) -> None:
    hidden, shown = assistant(home), assistant(home, contacts=True)
    for query in QUERIES:
        for found in (hidden.ask(query).hits, hidden.search(query)):
            assert {hit.practice.contacts for hit in found} == {()}
        for hit in shown.ask(query).hits:
            number = int(hit.practice.id.removeprefix("petit-p"))
            assert hit.practice.contacts == (f"accueil{number}@exemple.invalid",)
    near = part(hidden.index, QUERIES[0])
    assert near.reference
    for each in (near.index, near.reference.index):
        assert {practice.contacts for practice in each.practices} == {()}


def everything(large: Assistant) -> list[Answer]:
    return [large.ask(query, top=3, filters=each) for query in QUERIES for each in FILTERS]


@pytest.mark.usefixtures("few_candidates")
def test_two_openings_answer_the_same_whatever_was_asked_before(home: Path) -> None:
    one, other = assistant(home), assistant(home)
    other.ask("le véhicule", top=9)
    expected = everything(one)
    assert everything(other) == expected
    assert everything(one) == expected


@pytest.mark.usefixtures("few_candidates")
def test_threads_get_the_answers_that_one_gets(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passages, "KEPT", 32)
    expected = everything(assistant(home))
    fresh = assistant(home)
    cases = [(query, each) for query in QUERIES for each in FILTERS]
    with ThreadPoolExecutor(8) as pool:
        found = pool.map(lambda case: fresh.ask(case[0], top=3, filters=case[1]), cases)
        assert list(found) == expected


@pytest.mark.usefixtures("few_candidates")
def test_files_that_are_mapped_answer_as_those_that_are_read(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = everything(assistant(home))
    for module in (passages, vectors):
        monkeypatch.setattr(module, "MAPPED_BYTES", 0)
    mapped = assistant(home)
    assert isinstance(mapped.index.facts, np.memmap)
    assert everything(mapped) == expected
