from __future__ import annotations

import json
from dataclasses import replace
from math import isnan, nan
from pathlib import Path
from statistics import fmean, pstdev

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from recueil_qa import Assistant, Filters, Settings
from recueil_qa.analysis.understanding import PIECE, pieces
from recueil_qa.analysis.words import analyse_query
from recueil_qa.builds.build import build_index
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.index.heads import Heads
from recueil_qa.index.opened import Index
from recueil_qa.index.opening import open_index
from recueil_qa.search.fusion import DEVIATION, LEARNT, SIGNALS, SPREAD, standardise
from recueil_qa.search.retrieval import EVIDENCE, rank_practices, score, score_query, seek
from recueil_qa.search.scope import Scope
from recueil_qa.search.scored import Scored
from recueil_qa.types import PassageKind
from tests.support.collections import write_guide
from tests.support.encoders import HashEncoder
from tests.support.heads import made_heads
from tests.support.oracles import plain_best_means

SIGNAL = {signal.name: signal for signal in SIGNALS}
QUERIES = ("comment réduire les appels répétés ?", "How to cut repeat calls?", "lettres", "zzz")


@pytest.fixture
def opened(index_root: Path) -> Index:
    return open_index(index_root)


def plain_standardise(scores: list[float]) -> list[float]:
    known = [score for score in scores if not isnan(score)]
    deviation = pstdev(known) if known else 0.0
    if deviation < 1e-6:
        return [score if isnan(score) else 0.0 for score in scores]
    return [(score - fmean(known)) / deviation for score in scores]


def flat(opened: Index, practices: list[float] | None = None) -> Scored:
    """Return a query that nothing tells apart, unless by the practices' scores given."""
    zeros = np.zeros(len(opened.passages), np.float32)
    fused = np.array(practices or [0.0] * len(opened.practices), np.float32)
    return Scored(
        Scope(opened), "", "", {}, zeros, zeros[None][:0], zeros, fused, np.zeros(0, np.float32)
    )


def rebuilt(corpus_root: Path, root: Path) -> Index:
    """Build and open the corpus as it stands now."""
    build_index(root, read_corpus(corpus_root), HashEncoder())
    return open_index(root)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(-100, 100, width=16) | st.just(nan), max_size=20))
def test_standardised_scores_are_those_of_plain_python(values: list[float]) -> None:
    found = standardise(np.array(values, np.float32))
    np.testing.assert_allclose(found, plain_standardise(values), atol=2e-3)


@pytest.mark.parametrize("values", [[0.5, 0.5, 0.5], [0.0], [0.1] * 47])
def test_scores_that_do_not_differ_are_zeros_once_standardised(values: list[float]) -> None:
    assert standardise(np.array(values, np.float32)).tolist() == [0.0] * len(values)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([nan, 1.0, 3.0, nan], [nan, -1.0, 1.0, nan]),
        ([nan, 2.0, 2.0], [nan, 0.0, 0.0]),
        ([5.0, nan], [0.0, nan]),
        ([nan, nan], [nan, nan]),
        ([], []),
    ],
)
def test_what_is_not_known_stays_so_once_standardised(
    values: list[float], expected: list[float]
) -> None:
    found = standardise(np.array(values, np.float32))
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("query", QUERIES)
def test_the_fusion_is_the_weighted_sum_written_out(
    corpus_root: Path, tmp_path: Path, query: str
) -> None:
    # More questions than any signal keeps.
    path = corpus_root / "petit" / "questions" / "p2.yaml"
    more = "".join(f"- Repeat calls at desk {i}\n" for i in range(6))
    path.write_text(path.read_text("utf-8") + more, "utf-8")
    opened = rebuilt(corpus_root, tmp_path / "more")
    scored = score_query(Scope(opened), HashEncoder(), query)
    expected = [0.0, 0.0, 0.0]
    for questions, lexical, best, weight in (
        (True, False, 5, 1.0),
        (False, False, 3, 0.5),
        (True, True, 3, 0.5),
    ):
        rows = [
            (float((scored.lexical if lexical else scored.similarities)[i]), int(opened.owners[i]))
            for i, passage in enumerate(opened.passages)
            if (passage.kind is PassageKind.QUESTION) == questions
        ]
        means = plain_best_means([s for s, _ in rows], [o for _, o in rows], 3, best)
        for i, value in enumerate(plain_standardise(means)):
            expected[i] += weight * value
    np.testing.assert_allclose(scored.practices, expected, atol=1e-4)
    sought = seek(opened, HashEncoder(), query)
    vector = sought.vector
    encoded = HashEncoder().encode_query([sought.understood])[0]
    np.testing.assert_allclose(vector, encoded, atol=1e-6)
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-6)
    np.testing.assert_array_equal(scored.similarities, opened.scores(vector, [])[0])
    np.testing.assert_array_equal(
        scored.lexical, opened.scores(vector, [*scored.stems])[1].sum(axis=0)
    )


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("les apels répétés", "les appels répétés"),
        ("Les APPELS reppetés ?", "Les APPELS répétés ?"),
        ("nos letres, lacceuil", "nos lettres, lacceuil"),
        ("jargonn dusagers", "jargon d'usagers"),
    ],
)
def test_slips_of_the_keyboard_are_mended_before_the_search(
    opened: Index, typed: str, understood: str
) -> None:
    found = score_query(Scope(opened), HashEncoder(), typed)
    meant = score_query(Scope(opened), HashEncoder(), understood)
    assert (found.query, found.understood) == (typed, understood)
    assert (meant.query, meant.understood) == (understood, understood)
    assert found.stems == meant.stems == analyse_query(understood)
    for name in ("similarities", "lexical", "practices", "unanswered"):
        np.testing.assert_array_equal(getattr(found, name), getattr(meant, name))
    assert rank_practices(found, 3) == rank_practices(meant, 3)
    # By meaning too, not by words alone.
    asked = HashEncoder().encode_query([understood])
    np.testing.assert_allclose(found.similarities, opened.scores(asked[0], [])[0], atol=1e-6)
    # A question that says itself that it is typed as it should be is left alone.
    kept = seek(opened, HashEncoder(), typed, as_typed=True)
    assert (kept.query, kept.understood, kept.mended) == (typed, typed, "")
    assert seek(opened, HashEncoder(), typed).mended == understood
    assert seek(opened, HashEncoder(), understood).mended == ""


# What is asked about, without how it is asked.
UNFRAMED = {
    "comment réduire les appels répétés ?": "réduire les appels répétés",
    "How to cut repeat calls?": "cut repeat calls",
}


@pytest.mark.parametrize("query", [*QUERIES, "zyxwvuts", "tarte aux pommes", "!!!", "日本語"])
def test_a_query_without_slips_is_searched_as_typed(opened: Index, query: str) -> None:
    scored = score_query(Scope(opened), HashEncoder(), query)
    assert (scored.query, scored.understood) == (query, UNFRAMED.get(query, query))


def test_the_words_that_matched_are_those_understood(opened: Index) -> None:
    hits = rank_practices(score_query(Scope(opened), HashEncoder(), "les apels repetés"), 1)
    assert (hits[0].practice.id, hits[0].words) == ("petit-p2", ("appels", "repetés"))


def test_one_signal_alone_ranks_by_itself(opened: Index) -> None:
    words = replace(SIGNAL["text, words"], weight=0.25)
    scored = score_query(Scope(opened), HashEncoder(), "jargon", (words,))
    # One practice of three holds the word: (1 - 1/3) / sqrt(2/9) against (0 - 1/3) / sqrt(2/9).
    expected = [0.25 * value / (2 / 9) ** 0.5 for value in (-1 / 3, -1 / 3, 2 / 3)]
    np.testing.assert_allclose(scored.practices, expected, atol=1e-5)
    np.testing.assert_array_equal(
        score_query(Scope(opened), HashEncoder(), "jargon", ()).practices, 0
    )


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("comment réduire les appels répétés ?", "petit-p2"),
        ("How to cut repeat calls?", "petit-p2"),
        ("REPEAT CALLS", "petit-p2"),
        ("lettres incompréhensibles", "petit-p3"),
        ("de bureau en bureau", "petit-p1"),
        ("our desks, people going", "petit-p1"),
    ],
)
def test_the_practice_that_speaks_of_it_comes_first(opened: Index, query: str, first: str) -> None:
    hits = rank_practices(score_query(Scope(opened), HashEncoder(), query), 3)
    assert hits[0].practice.id == first
    assert [hit.rank for hit in hits] == [1, 2, 3]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


@pytest.mark.parametrize("query", [*QUERIES, "guichet unique, polyvalence", "jargon"])
def test_words_of_the_text_change_nothing_where_every_practice_has_questions(
    opened: Index, query: str
) -> None:
    assert SIGNAL["text, words"].weight == 0
    fewer = tuple(signal for signal in SIGNALS if signal.name != "text, words")
    np.testing.assert_array_equal(
        score_query(Scope(opened), HashEncoder(), query).practices,
        score_query(Scope(opened), HashEncoder(), query, fewer).practices,
    )


@pytest.mark.parametrize("name", ["text, meaning", "text, words"])
def test_the_text_speaks_of_what_the_questions_leave_out(opened: Index, name: str) -> None:
    text = (replace(SIGNAL[name], weight=1.0),)
    scored = score_query(Scope(opened), HashEncoder(), "guichet unique, polyvalence", text)
    assert rank_practices(scored, 1)[0].practice.id == "petit-p1"


@pytest.mark.parametrize("query", QUERIES)
def test_a_mask_of_every_passage_changes_nothing(opened: Index, query: str) -> None:
    everything = np.ones(len(opened.passages), bool)
    np.testing.assert_array_equal(
        score_query(Scope(opened), HashEncoder(), query, used=everything).practices,
        score_query(Scope(opened), HashEncoder(), query).practices,
    )


@pytest.mark.parametrize("page", [1, 2, 3])
def test_a_mask_leaves_questions_out_as_if_nobody_had_written_them(
    corpus_root: Path, tmp_path: Path, page: int
) -> None:
    whole = rebuilt(corpus_root, tmp_path / "whole")
    used = ~(whole.is_question & (whole.owners == page - 1))
    (corpus_root / "petit" / "questions" / f"p{page}.yaml").unlink()
    bare = rebuilt(corpus_root, tmp_path / "bare")
    # By meaning alone: a word's weight depends on all the passages that the index holds.
    signals = (SIGNAL["questions, meaning"], SIGNAL["text, meaning"])
    for query in QUERIES:
        masked = score_query(Scope(whole), HashEncoder(), query, signals, used)
        expected = score_query(Scope(bare), HashEncoder(), query, signals)
        np.testing.assert_allclose(masked.practices, expected.practices, atol=1e-4)


def test_a_passage_left_out_no_longer_brings_its_practice_up(opened: Index) -> None:
    query = "How to cut repeat calls?"
    used = np.array([passage.text != query for passage in opened.passages], bool)
    assert int((~used).sum()) == 1
    whole = score_query(Scope(opened), HashEncoder(), query)
    masked = score_query(Scope(opened), HashEncoder(), query, used=used)
    assert masked.practices[1] < whole.practices[1]
    # The practices' scores only: passages keep theirs.
    np.testing.assert_array_equal(masked.similarities, whole.similarities)
    np.testing.assert_array_equal(masked.lexical, whole.lexical)


def test_with_every_passage_left_out_nothing_tells_practices_apart(opened: Index) -> None:
    nothing = np.zeros(len(opened.passages), bool)
    scored = score_query(Scope(opened), HashEncoder(), "les appels répétés", used=nothing)
    assert scored.practices.tolist() == [0.0, 0.0, 0.0]


def test_a_query_is_compared_with_each_statement_that_nothing_answers(
    corpus_root: Path, tmp_path: Path
) -> None:
    statements: tuple[tuple[str, str, dict[str, int]], ...] = (
        ("s1", "Quel est le prix du passeport ?", {}),
        ("s2", "Le standard déborde", {"petit-p2": 2}),
        ("s3", "Who won the world cup?", {}),
    )
    rows = [
        {"id": name, "lang": "fr", "text": text, "grades": grades}
        for name, text, grades in statements
    ]
    path = corpus_root / "petit" / "statements.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    opened = rebuilt(corpus_root, tmp_path / "judged")
    scored = score_query(Scope(opened), HashEncoder(), "who won the WORLD cup")
    encoder = HashEncoder()
    unanswered = encoder.encode_document([statements[0][1], statements[2][1]])
    expected = unanswered @ encoder.encode_query(["who won the world cup"])[0]
    np.testing.assert_allclose(scored.unanswered, expected, atol=1e-6)
    assert scored.unanswered[1] == pytest.approx(1.0)
    # They belong to no practice, so that no hit shows them.
    texts = [passage.text for passage in opened.passages]
    assert [text in texts for _, text, _ in statements] == [False, True, False]


def test_without_such_statements_there_is_nothing_to_compare_with(opened: Index) -> None:
    unanswered = score_query(Scope(opened), HashEncoder(), "who won the world cup").unanswered
    assert unanswered.shape == (0,)
    assert unanswered.dtype == np.float32


def test_a_statement_speaks_for_each_practice_that_it_was_judged_to_help(
    corpus_root: Path, tmp_path: Path
) -> None:
    text = "Trop de réclamations au cabinet du maire"
    bare = rebuilt(corpus_root, tmp_path / "bare")
    before = rank_practices(score_query(Scope(bare), HashEncoder(), text), 3)
    assert {hit.practice.id for hit in before[:2]} != {"petit-p1", "petit-p3"}
    row = {"id": "s1", "lang": "fr", "text": text, "grades": {"petit-p3": 2, "petit-p1": 1}}
    (corpus_root / "petit" / "statements.jsonl").write_text(json.dumps(row) + "\n", "utf-8")
    opened = rebuilt(corpus_root, tmp_path / "after")
    hits = rank_practices(score_query(Scope(opened), HashEncoder(), text), 3)
    assert {hit.practice.id for hit in hits[:2]} == {"petit-p1", "petit-p3"}
    for hit in hits:
        # It brings the practice, and is no reason to read it: it was written to be found by.
        assert [each.passage.text for each in hit.evidence if each.passage.text == text] == []


def test_ties_break_by_id(opened: Index) -> None:
    tied = rank_practices(flat(opened), 3)
    assert [(hit.practice.id, hit.score) for hit in tied] == [
        ("petit-p1", 0.0),
        ("petit-p2", 0.0),
        ("petit-p3", 0.0),
    ]
    some = rank_practices(flat(opened, [1.0, 2.0, 2.0]), 3)
    assert [hit.practice.id for hit in some] == ["petit-p2", "petit-p3", "petit-p1"]


def test_a_query_without_any_known_word_or_direction_still_ranks(opened: Index) -> None:
    scored = score_query(Scope(opened), HashEncoder(), "!!!")
    assert (scored.stems, scored.practices.tolist()) == ({}, [0.0, 0.0, 0.0])
    hits = rank_practices(scored, 10)
    assert [hit.practice.id for hit in hits] == ["petit-p1", "petit-p2", "petit-p3"]
    assert [hit.words for hit in hits] == [(), (), ()]


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        (Filters(), ["petit-p3", "petit-p2", "petit-p1"]),
        (Filters(theme=frozenset({"Accueil"})), ["petit-p1"]),
        (Filters(organisation=frozenset({"Caisse des Tilleuls"})), ["petit-p3", "petit-p2"]),
        (Filters(theme=frozenset({"Accueil", "Écrit"})), ["petit-p3", "petit-p1"]),
        (Filters(sector=frozenset({"commune"}), theme=frozenset({"Écrit"})), []),
        (Filters(part=frozenset({"nulle part"})), []),
    ],
)
def test_filters_keep_the_order_and_number_the_ranks_anew(
    opened: Index, filters: Filters, ids: list[str]
) -> None:
    scored = replace(flat(opened, [1.0, 2.0, 3.0]), scope=Scope(opened, filters))
    hits = rank_practices(scored, 10)
    assert [hit.practice.id for hit in hits] == ids
    assert [hit.rank for hit in hits] == [*range(1, len(ids) + 1)]
    assert [hit.practice.id for hit in rank_practices(scored, 1)] == ids[:1]


def test_the_evidence_is_the_nearest_lines_and_title_never_what_was_written_to_be_found_by(
    corpus_root: Path, tmp_path: Path
) -> None:
    row = {"id": "s1", "lang": "fr", "text": "appels répétés", "grades": {"petit-p2": 2}}
    (corpus_root / "petit" / "statements.jsonl").write_text(json.dumps(row) + "\n", "utf-8")
    opened = rebuilt(corpus_root, tmp_path / "judged")
    scored = score_query(Scope(opened), HashEncoder(), "appels répétés")
    hit = rank_practices(scored, 1)[0]
    assert hit.practice.id == "petit-p2"
    candidates = [
        (-float(scored.similarities[i]), i)
        for i, passage in enumerate(opened.passages)
        if passage.practice == hit.practice.id
        and passage.kind in (PassageKind.TITLE, PassageKind.LINE)
    ]
    assert len(candidates) == 4
    best = sorted(candidates)[:EVIDENCE]
    assert [evidence.passage for evidence in hit.evidence] == [opened.passages[i] for _, i in best]
    assert [evidence.similarity for evidence in hit.evidence] == [-score for score, _ in best]
    assert [evidence.lexical for evidence in hit.evidence] == [
        float(scored.lexical[i]) for _, i in best
    ]
    assert hit.evidence[0].passage.text == "Le standard était saturé d'appels répétés"
    # The statement and a question are nearer.
    asked = scored.similarities[opened.is_question & (opened.owners == 1)]
    assert sum(asked > hit.evidence[0].similarity) >= 2


def test_evidence_that_ties_stands_in_passage_order(opened: Index) -> None:
    hit = rank_practices(flat(opened), 1)[0]
    assert [evidence.passage.id for evidence in hit.evidence] == [
        "petit-p1/title",
        "petit-p1/contexte/1",
        "petit-p1/conseils/1",
    ]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("réduire les APPELS repetes", ("APPELS", "repetes")),
        # Capitals that say nothing go before the search.
        ("RÉDUIRE LES APPELS REPETES", ("appels", "repetes")),
        ("Réduire Les Appels Repetes", ("appels", "repetes")),
        ("le standards sature d'appel répété", ("standards", "sature", "appel", "répété")),
        ("limiter l'indicateur", ("limiter", "indicateur")),
        # Other passages of the practice hold « répété » and « standards ».
        ("un appel répété, au standards", ("appel",)),
        # Only a question of the practice holds these.
        ("repeat CALL please", ()),
        ("tarte aux pommes", ()),
    ],
)
def test_matched_words_are_those_understood_that_its_own_text_holds(
    opened: Index, query: str, words: tuple[str, ...]
) -> None:
    hits = rank_practices(score_query(Scope(opened), HashEncoder(), query), 3)
    assert next(hit.words for hit in hits if hit.practice.id == "petit-p2") == words


def test_a_collection_without_questions_works(faq_root: Path, tmp_path: Path) -> None:
    build_index(tmp_path / "faq-index", read_corpus(faq_root), HashEncoder())
    opened = open_index(tmp_path / "faq-index")
    assert not opened.is_question.any()
    assistant = Assistant(opened, Settings(home=tmp_path), HashEncoder())
    answer = assistant.ask("comment payer la cantine ?")
    assert answer.hits[0].practice.id == "faq-cantine"
    assert answer.hits[0].words == ("payer", "cantine")
    longer = assistant.ask("Comment payer la cantine sur le portail famille avant le dix du mois ?")
    assert not longer.abstained
    assert longer.hits[0].practice.id == "faq-cantine"
    assert answer.advice[0].text == "Payez sur le portail famille avant le dix du mois."
    assert (answer.advice[0].page, answer.advice[0].organisation) == (None, "")


def test_a_practice_without_questions_stays_in_the_race_and_spares_the_others(
    corpus_root: Path, tmp_path: Path
) -> None:
    whole = Assistant(
        open_index(build_index(tmp_path / "whole", read_corpus(corpus_root), HashEncoder()).parent),
        Settings(home=tmp_path),
        HashEncoder(),
    )
    (corpus_root / "petit" / "questions" / "p3.yaml").unlink()
    bare = Assistant(
        open_index(build_index(tmp_path / "bare", read_corpus(corpus_root), HashEncoder()).parent),
        Settings(home=tmp_path),
        HashEncoder(),
    )
    own = "Relire chaque lettre avec un usager"
    assert bare.search(own)[0].practice.id == "petit-p3"
    other = "le standard est saturé par des appels répétés"
    assert bare.search(other)[0].practice.id == whole.search(other)[0].practice.id == "petit-p2"
    # Without its questions, its text speaks for it: standardised like the text of the others.
    scored = score_query(Scope(bare.index), HashEncoder(), own)
    stand_ins = (
        replace(SIGNAL["text, meaning"], weight=1.0 + 0.5),
        replace(SIGNAL["text, words"], weight=0.5 / 2),
    )
    texts = score_query(Scope(bare.index), HashEncoder(), own, stand_ins).practices[2]
    assert scored.practices[2] == pytest.approx(texts, rel=1e-4)


def test_a_message_of_several_problems_is_sought_whole_and_in_parts(opened: Index) -> None:
    told = (
        "Le standard est saturé par des appels répétés ?",
        "Nos lettres et courriers sont incompréhensibles ?",
    )
    message = " ".join(told)
    sought = seek(opened, HashEncoder(), message)
    assert sought.understood == message
    assert [part.understood for part in sought.parts] == [*told]
    assert [part.stems for part in sought.parts] == [analyse_query(text) for text in told]
    assert seek(opened, HashEncoder(), told[0]).parts == ()
    whole = score(Scope(opened), replace(sought, parts=()))
    alone = [score_query(Scope(opened), HashEncoder(), text) for text in told]
    scored = score(Scope(opened), sought)
    assert len(scored.parts) == 2
    for part, expected in zip(scored.parts, alone, strict=True):
        np.testing.assert_allclose(part.practices, expected.practices, atol=1e-5)
    # Each problem brings its own practice: half of a score is the best of a problem.
    best = np.maximum(alone[0].practices, alone[1].practices)
    np.testing.assert_allclose(scored.practices, (whole.practices + best) / 2, atol=1e-5)
    for name in ("similarities", "lexical"):
        nearest = np.maximum(*(getattr(each, name) for each in alone))
        np.testing.assert_allclose(getattr(scored, name), nearest, atol=1e-5)
    first = [hit.practice.id for hit in rank_practices(scored, 2)]
    assert sorted(first) == ["petit-p2", "petit-p3"]


def test_a_long_text_is_the_mean_of_the_pieces_that_an_encoder_reads_whole(opened: Index) -> None:
    told = ["Le standard est saturé par des appels répétés.", "Nos lettres sont obscures."]
    assert max(map(len, told)) < PIECE
    long = " ".join([told[0]] * 30 + [told[1]] * 30)
    cut = pieces(long)
    assert len(cut) > 1
    assert " ".join(cut) == long
    assert max(map(len, cut)) <= PIECE
    mean = np.mean(HashEncoder().encode_query(cut), axis=0)
    vector = seek(opened, HashEncoder(), long, as_typed=True).vector
    np.testing.assert_allclose(vector, mean / np.linalg.norm(mean), atol=1e-6)
    # What no encoder has a direction for has none.
    assert not seek(opened, HashEncoder(), "!!!").vector.any()


def test_an_abbreviation_is_searched_in_full_and_short(corpus_root: Path, tmp_path: Path) -> None:
    toml = corpus_root / "petit" / "collection.toml"
    toml.write_text(
        f'{toml.read_text("utf-8")}\n[abbreviations]\nMFS = "Maison France services"\n', "utf-8"
    )
    opened = rebuilt(corpus_root, tmp_path / "short")
    for typed in ("Ouvrir une MFS", "Ouvrir une mfs"):
        sought = seek(opened, HashEncoder(), typed)
        assert sought.understood == "Ouvrir une Maison France services"
        full = analyse_query(sought.understood)
        assert sought.stems == full | analyse_query(typed.split()[-1])
        assert sought.stems.keys() > full.keys()
        # It is no slip of the keyboard.
        assert sought.mended == ""


def taught(opened: Index, **heads: Heads) -> Index:
    """Return the index as if those collections had these heads."""
    return replace(opened, heads=heads)


def first_of(opened: Index, query: str) -> list[str]:
    hits = rank_practices(score_query(Scope(opened), HashEncoder(), query), 10)
    return [hit.practice.id for hit in hits]


REPEATED = "le standard est saturé par des appels répétés"


def test_what_heads_say_brings_a_practice_first_that_no_word_of_the_query_would(
    opened: Index,
) -> None:
    assert first_of(opened, REPEATED)[0] == "petit-p2"
    for practice in ("petit-p1", "petit-p2", "petit-p3"):
        said = {name: float(name == practice) for name in ("petit-p1", "petit-p2", "petit-p3")}
        assert first_of(taught(opened, petit=made_heads(said)), REPEATED)[0] == practice


def test_heads_are_added_to_the_fused_scores_which_spread_as_before(opened: Index) -> None:
    # In an order of their own.
    said = {"petit-p3": 2.5, "petit-p1": -1.0, "petit-p2": 0.5}
    heads = made_heads(said, addresses=1.0, helps=2.0)
    alone = score_query(Scope(opened), HashEncoder(), REPEATED)
    scored = score_query(Scope(taught(opened, petit=heads)), HashEncoder(), REPEATED)
    standard = plain_standardise([-1.0, 0.5, 2.5])
    expected = [
        (own + LEARNT * DEVIATION * added) / SPREAD
        for own, added in zip(alone.practices.tolist(), standard, strict=True)
    ]
    np.testing.assert_allclose(scored.practices, expected, atol=1e-5)
    assert scored.practices.dtype == np.float32
    assert [*scored.learnt] == ["petit"]
    assert scored.learnt["petit"].practices.tolist() == [2.5, -1.0, 0.5]
    assert scored.learnt["petit"].answered.tolist() == [1.0, 2.0]
    # Passages, and what each signal says, are as they were.
    assert alone.learnt == {}
    for name in ("similarities", "lexical", "words", "unanswered"):
        np.testing.assert_array_equal(getattr(scored, name), getattr(alone, name))
    for signal, means in scored.means.items():
        np.testing.assert_array_equal(means, alone.means[signal])


def test_heads_that_tell_no_practice_apart_leave_the_order(opened: Index) -> None:
    level = taught(opened, petit=made_heads(dict.fromkeys(opened.places, 3.0)))
    for query in QUERIES:
        assert first_of(level, query) == first_of(opened, query)


def test_heads_read_the_vector_of_the_query_as_understood(opened: Index) -> None:
    heads = made_heads(dict.fromkeys(opened.places, 0.0))
    random = np.random.default_rng(0)
    drawn = {n: random.standard_normal(v.shape, np.float32) for n, v in heads.layers.items()}
    told = taught(opened, petit=replace(heads, layers=drawn))
    found, meant = (
        score_query(Scope(told), HashEncoder(), text)
        for text in ("les apels répétés", "les appels répétés")
    )
    vector = HashEncoder().encode_query(["les appels répétés"])[0]
    expected = replace(heads, layers=drawn).scores(vector)
    for scored in (found, meant):
        said = scored.learnt["petit"]
        np.testing.assert_allclose(said.practices, expected.practices, atol=1e-4)
        np.testing.assert_allclose(said.answered, expected.answered, atol=1e-4)


@pytest.fixture
def both(corpus_root: Path, tmp_path: Path) -> Index:
    """An index of two collections, `guide` and `petit`."""
    write_guide(corpus_root)
    return rebuilt(corpus_root, tmp_path / "both")


@pytest.mark.parametrize("query", [*QUERIES, "Visitors bring our letters to the desk"])
def test_practices_of_a_collection_without_heads_keep_their_scores(both: Index, query: str) -> None:
    own = np.array([practice.collection == "petit" for practice in both.practices])
    said = {"petit-p1": 4.0, "petit-p2": -4.0, "petit-p3": 1.0}
    alone = score_query(Scope(both), HashEncoder(), query).practices
    found = score_query(Scope(taught(both, petit=made_heads(said))), HashEncoder(), query).practices
    np.testing.assert_array_equal(found[~own], alone[~own])
    assert (found[own] != alone[own]).all()


def test_each_collection_is_told_by_its_own_heads(both: Index) -> None:
    petit = made_heads({"petit-p1": 0.0, "petit-p2": 0.0, "petit-p3": 9.0})
    guide = made_heads({"guide-p2": 5.0, "guide-p1": 0.0})
    scope = Scope(taught(both, guide=guide, petit=petit))
    found = score_query(scope, HashEncoder(), REPEATED).practices
    assert [*both.places][:2] == ["guide-p1", "guide-p2"]
    for name, heads, own in (("guide", guide, slice(0, 2)), ("petit", petit, slice(2, 5))):
        only = score_query(Scope(taught(both, **{name: heads})), HashEncoder(), REPEATED).practices
        np.testing.assert_array_equal(found[own], only[own])


def test_a_practice_that_heads_do_not_know_stays_in_the_race(opened: Index) -> None:
    # Fitted before petit-p2 was there; of one that is gone, they still speak.
    heads = made_heads({"petit-p1": 1.0, "petit-p0": 7.0, "petit-p3": -1.0})
    told = taught(opened, petit=heads)
    alone = score_query(Scope(opened), HashEncoder(), REPEATED).practices
    found = score_query(Scope(told), HashEncoder(), REPEATED).practices
    assert found[1] == pytest.approx(alone[1] * (1 + LEARNT) / SPREAD, rel=1e-5)
    assert first_of(told, REPEATED)[0] == "petit-p2"
    # Of what it has no words for, another comes first.
    assert first_of(told, "Comment réunir nos accueils ?")[0] == "petit-p1"


def test_heads_that_know_no_practice_leave_the_order(opened: Index) -> None:
    strange = taught(opened, petit=made_heads({"other-p1": 9.0, "other-p2": -9.0}))
    for query in QUERIES:
        assert first_of(strange, query) == first_of(opened, query)


def test_each_problem_of_a_message_is_told_by_heads(opened: Index) -> None:
    heads = made_heads({"petit-p1": 9.0, "petit-p2": 0.0, "petit-p3": 0.0})
    told = (
        "Le standard est saturé par des appels répétés ?",
        "Nos lettres et courriers sont incompréhensibles ?",
    )
    scored = score_query(Scope(taught(opened, petit=heads)), HashEncoder(), " ".join(told))
    assert [each.learnt["petit"].practices.tolist() for each in scored.parts] == [[9, 0, 0]] * 2
    assert rank_practices(scored, 1)[0].practice.id == "petit-p1"


def test_in_a_part_of_a_large_index_heads_speak_of_the_practices_it_has(
    opened: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recueil_qa.search.scope.SCORED_WHOLE", 1)
    monkeypatch.setattr("recueil_qa.search.scope.CANDIDATES", 1)
    told = taught(opened, petit=made_heads({"petit-p1": 0.0, "petit-p2": 5.0, "petit-p3": 1.0}))
    sought = seek(told, HashEncoder(), REPEATED)
    near = Scope(told).around(sought.vector, [*sought.stems], 1, Filters())
    part = near.index
    assert len(part.practices) == 2
    places, outputs = part.head_outputs["petit"]
    assert places.tolist() == [0, 1]
    assert [f"petit-p{output + 1}" for output in outputs] == [*part.places]
    alone = score(replace(near, index=replace(part, heads={})), sought).practices
    standard = plain_standardise([0.0, 5.0, 1.0])
    expected = [
        (own + LEARNT * DEVIATION * standard[output]) / SPREAD
        for own, output in zip(alone.tolist(), outputs, strict=True)
    ]
    np.testing.assert_allclose(score(near, sought).practices, expected, atol=1e-5)


def test_a_part_without_any_practice_of_the_collection_is_no_trouble(both: Index) -> None:
    guide = tuple(practice for practice in both.practices if practice.collection == "guide")
    only = both.part(np.arange(len(guide)))
    told = taught(only, petit=made_heads({"petit-p1": 1.0}))
    assert [each.tolist() for each in told.head_outputs["petit"]] == [[], []]
    np.testing.assert_array_equal(
        score_query(Scope(told), HashEncoder(), REPEATED).practices,
        score_query(Scope(only), HashEncoder(), REPEATED).practices,
    )


def test_a_facet_given_as_a_text_is_that_value() -> None:
    assert Filters(theme="Écrit") == Filters(theme=frozenset({"Écrit"}))  # type: ignore[arg-type]
    assert Filters(theme=["a", "b"]).theme == frozenset({"a", "b"})  # type: ignore[arg-type]


@pytest.mark.model
def test_an_answer_has_the_same_bits_however_many_threads_multiply(real: Assistant) -> None:
    """A product cut among the threads of a BLAS rounds by their number, and waits for them."""
    index, encoder = real.index, real.load_encoder()

    def scored(threads: int) -> list[bytes]:
        found = []
        with threadpool_limits(threads, "blas"):
            for query in QUERIES:
                one = score_query(Scope(index), encoder, query)
                said = [heads.answered for heads in one.learnt.values()]
                found += [each.tobytes() for each in (one.alike, one.nothing, one.practices, *said)]
        return found

    assert scored(1) == scored(2) == scored(3)
