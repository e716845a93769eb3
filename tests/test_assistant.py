from __future__ import annotations

import builtins
import io
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import docx
import pytest

from recueil_qa import Answer, Assistant, Filters, maintenance
from recueil_qa.builds.build import build_index
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.dossier.dossier import Dossier, Entry
from recueil_qa.encoding.encoder import Progress, Vectors
from recueil_qa.errors import FeedbackError, NotFoundError, QuestionError
from recueil_qa.evaluation.feedback import Feedback, FeedbackStore
from recueil_qa.index.opening import open_index
from recueil_qa.search import similarity
from recueil_qa.search.answering import rank_lines, score_lines
from recueil_qa.search.answers import (
    ADVICE_LINES,
    NEGATION,
    NO_FACT,
    NO_MATCH_FOR_FILTERS,
    OTHER_LANGUAGE,
    SURE,
)
from recueil_qa.search.cards import cards
from recueil_qa.search.confidence import confidence
from recueil_qa.search.retrieval import score_query
from recueil_qa.search.scope import Scope
from recueil_qa.search.searcher import REFUSED
from recueil_qa.types import Band, Practice
from tests.support.encoders import HashEncoder

QUESTIONS = (
    "les appels répétés au standard",
    "How to cut repeat calls?",
    "lettres incompréhensibles",
    "les gens vont de bureau en bureau",
    "zyxw",
)


def ids(answer: Answer) -> list[str]:
    return [hit.practice.id for hit in answer.hits]


def built(small: Assistant, corpus_root: Path, root: Path) -> Assistant:
    """Return an assistant over the corpus as it stands now."""
    folder = build_index(root, read_corpus(corpus_root), HashEncoder())
    return Assistant(open_index(folder.parent), small.settings, HashEncoder())


def test_an_answer_is_its_parts_put_together(small: Assistant) -> None:
    answer = small.ask("  les appels\nrépétés au standard  ")
    scored = score_query(Scope(small.index), HashEncoder(), "les appels répétés au standard")
    assert answer.question == "les appels répétés au standard"
    assert (answer.language, answer.notices) == ("fr", ())
    assert (answer.confidence, answer.helps, answer.band) == confidence(scored)
    assert (answer.understood, answer.filtered, answer.direct) == ("", (), None)
    lines = score_lines(scored)
    assert answer.advice == rank_lines(scored, lines, ADVICE_LINES)
    assert ids(answer) == [small.index.practices[i].id for i in scored.ranking()]
    assert answer.cards == cards(scored, lines, answer.hits)
    assert [card.practice for card in answer.cards] == [hit.practice for hit in answer.hits]
    assert [card.rank for card in answer.cards] == [1, 2, 3]
    for hit in answer.hits:
        assert len(hit.evidence) == 3


def test_a_question_is_encoded_once_and_a_warm_one_opens_no_file(
    small: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = Counting()
    warm = Assistant(small.index, small.settings, encoder)
    warm.ask("guichet")
    encoder.asked.clear()

    def closed(path: object, *_: object, **__: object) -> None:
        raise OSError(path)

    with monkeypatch.context() as patch:
        for module in (builtins, io, os):
            patch.setattr(module, "open", closed)
        answers = [warm.ask(question) for question in QUESTIONS]
    assert answers == [small.ask(question) for question in QUESTIONS]
    assert [len(texts) for texts in encoder.asked] == [1] * len(QUESTIONS)
    assert encoder.documents == 0


class Counting(HashEncoder):
    """Keeps what it was asked to encode."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Sequence[str]] = []
        self.documents = 0

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        self.asked.append(texts)
        return super().encode_query(texts)

    def encode_document(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        self.documents += 1
        return super().encode_document(texts, progress)


def test_an_english_question_finds_the_french_practice(small: Assistant) -> None:
    answer = small.ask("How to cut repeat calls?")
    assert (answer.language, ids(answer)[0]) == ("en", "petit-p2")
    # Its text is in French, and its questions are nobody's reason to read it.
    assert answer.hits[0].words == ()


def test_a_question_about_a_line_brings_that_line(
    small: Assistant, corpus_root: Path, tmp_path: Path
) -> None:
    # Shares no word with the line, so that only the question can lead to it.
    question = "Trop de tableaux de bord"
    before = small.ask(question)
    assert (before.hits[0].practice.id != "petit-p2", before.band) == (True, Band.NOTHING)
    path = corpus_root / "petit" / "questions" / "p2.yaml"
    rows = f"fr conseils/2:\n- {question}\nfr conseils/1:\n- Pourquoi rappellent-ils ?\n"
    path.write_text(path.read_text("utf-8") + rows, "utf-8")
    answer = built(small, corpus_root, tmp_path / "asked").ask(question)
    assert (answer.hits[0].practice.id, answer.band) == ("petit-p2", Band.ANSWERS)
    # It is found by its question, and read for its own text.
    assert all(each.passage.kind != "question" for each in answer.hits[0].evidence)
    quoted = [line.passage for line in answer.advice if line.practice == "petit-p2"]
    assert quoted[0] == "petit-p2/conseils/2"
    assert "petit-p2/conseils/2" in answer.cards[0].set_off


def test_what_nothing_answers_is_in_no_answer(
    small: Assistant, corpus_root: Path, tmp_path: Path
) -> None:
    text = "Le parking déborde"
    row = f'{{"id": "s1", "lang": "fr", "text": "{text}", "grades": {{}}}}\n'
    (corpus_root / "petit" / "statements.jsonl").write_text(row, "utf-8")
    folder = build_index(tmp_path / "judged", read_corpus(corpus_root), HashEncoder())
    judged = Assistant(open_index(folder.parent), small.settings, HashEncoder())
    assert judged.index.unanswered.shape == (1, 64)
    for question in (text, *QUESTIONS):
        found, former = judged.ask(question), small.ask(question)
        assert (found.hits, found.advice) == (former.hits, former.advice)
    assert judged.ask(text).confidence < small.ask(text).confidence


def test_top_and_settings_bound_the_hits(small: Assistant, index_root: Path) -> None:
    whole = ids(small.ask("guichet"))
    assert ids(small.ask("guichet", top=2)) == whole[:2]
    settings = small.settings.model_copy(update={"top": 1})
    assert (
        ids(Assistant(open_index(index_root), settings, HashEncoder()).ask("guichet"))
        == (whole[:1])
    )


@pytest.mark.parametrize("top", [0, -1])
def test_fewer_than_one_hit_cannot_be_asked_for(small: Assistant, top: int) -> None:
    for call in (small.ask, small.search, small.ask_leads):
        with pytest.raises(ValueError, match=f"top is {top}; at least 1 is needed"):
            call("guichet", top=top)
    with pytest.raises(ValueError, match=f"top is {top}"):
        small.ask_leads("???", top=top)


def test_search_gives_the_hits_of_ask(small: Assistant) -> None:
    filters = Filters(sector=frozenset({"caisse"}))
    for kept in (None, filters):
        hits = small.search("lettres", top=2, filters=kept)
        assert len(hits) == 2
        assert hits == small.ask("lettres", top=2, filters=kept).hits


def test_filters_hold_for_hits_and_advice(small: Assistant) -> None:
    answer = small.ask("les appels répétés", filters=Filters(theme=frozenset({"Écrit"})))
    assert ids(answer) == ["petit-p3"]
    assert {line.practice for line in answer.advice} == {"petit-p3"}
    # What the other practices say doesn't count: these filters keep nothing on calls.
    assert answer.confidence < small.ask("les appels répétés").confidence
    assert {card.practice.id for card in answer.cards} <= {"petit-p3"}


def test_filters_that_nothing_passes_abstain_and_say_so(small: Assistant) -> None:
    filters = Filters(theme=frozenset({"Écrit"}), sector=frozenset({"commune"}))
    answer = small.ask("les appels répétés", filters=filters)
    assert (answer.hits, answer.advice, answer.band) == ((), (), Band.NOTHING)
    assert (answer.cards, answer.direct, answer.nearest) == ((), None, ())
    assert answer.notices == (NO_MATCH_FOR_FILTERS,)
    # Not even what is asked for word for word.
    quoted = small.ask("Compter les appels pour un même motif", filters=filters)
    assert (quoted.direct, quoted.confidence, quoted.notices) == (
        None, 0.0, (NO_MATCH_FOR_FILTERS,),
    )  # fmt: skip


def test_an_unknown_facet_value_is_refused(small: Assistant) -> None:
    filters = Filters(theme=frozenset({"Ecran"}))
    for call in (small.ask, small.search):
        with pytest.raises(NotFoundError, match="theme: no practice has 'Ecran'; there are: Acc"):
            call("lettres", filters=filters)


@pytest.mark.parametrize("question", ["", "  \n", "???!!!", "\u200b", "\x00\x07", "x" * 2_001])
def test_a_question_that_cannot_be_asked_is_refused_but_still_has_leads(
    small: Assistant, question: str
) -> None:
    for call in (small.ask, small.search):
        with pytest.raises(QuestionError):
            call(question)
    leads = small.ask_leads(question)
    assert (leads.band, leads.confidence, leads.notices) == (Band.NOTHING, 0.0, (REFUSED,))
    assert (len(leads.hits), len(leads.nearest)) == (3, 3)
    assert (leads.cards, leads.direct, leads.shown) == ((), None, ())
    assert len(leads.question) <= 2_000


def test_leads_of_a_question_that_can_be_asked_are_its_answer(small: Assistant) -> None:
    assert small.ask_leads("lettres", top=2) == small.ask("lettres", top=2)


def test_another_language_is_noticed(small: Assistant) -> None:
    answer = small.ask("Wie können wir die Anrufe und die Briefe nicht mehr wiederholen?")
    assert (answer.language, answer.notices) == ("other", (OTHER_LANGUAGE,))
    assert small.ask("guichet").notices == ()


def test_practices_neighbours_and_facets_go_through_the_facade(small: Assistant) -> None:
    assert small.practice("p2") == small.practice("petit-p2") == small.index.practices[1]
    near = small.similar("p2", top=1)
    assert near == similarity.neighbours(small.index, 1, 1)
    assert [n.practice.id for n in near] == ["petit-p1"]
    assert len(small.similar("petit-p2")) == 2
    assert small.facets(Filters(sector=frozenset({"caisse"})))["theme"] == {
        "Téléphone": 1,
        "Écrit": 1,
    }
    for call in (small.practice, small.similar):
        with pytest.raises(NotFoundError, match="no practice 'p9'"):
            call("p9")


def test_settings_whole_and_single_ones_are_not_mixed(small: Assistant) -> None:
    with pytest.raises(TypeError, match="not both"):
        Assistant.open(small.settings, top=1)


def test_contacts_are_in_no_result_unless_the_settings_allow(
    small: Assistant, index_root: Path
) -> None:
    def practices(assistant: Assistant) -> list[Practice]:
        asked = assistant.ask("guichet"), assistant.ask_leads("???")
        return [
            assistant.practice("p1"),
            *assistant.catalogue.practices,
            *(hit.practice for answer in asked for hit in answer.hits),
            *(hit.practice for hit in assistant.search("guichet")),
            *(near.practice for near in assistant.similar("p1")),
        ]

    assert {practice.contacts for practice in practices(small)} == {()}
    settings = small.settings.model_copy(update={"contacts": True})
    shown = practices(Assistant(open_index(index_root), settings, HashEncoder()))
    assert len(shown) == 1 + 3 + 3 + 3 + 3 + 2
    for practice in shown:
        page = practice.page
        assert practice.contacts == (f"accueil{page}@exemple.invalid 01 02 03 04 0{page}",)


def test_threads_give_the_answers_of_one_thread(index_root: Path, small: Assistant) -> None:
    expected = [small.ask(question) for question in QUESTIONS]
    # A fresh index, whose lazy parts are made while threads race for them.
    fresh = Assistant(open_index(index_root), small.settings, HashEncoder())
    with ThreadPoolExecutor(8) as pool:
        found = [*pool.map(fresh.ask, QUESTIONS * 8)]
        near = [*pool.map(fresh.similar, ["p1", "p2", "p3"] * 4)]
    assert found == expected * 8
    assert near == [small.similar(name) for name in ("p1", "p2", "p3")] * 4


def test_a_question_with_slips_is_answered_and_shown_as_typed(small: Assistant) -> None:
    typed = "Le standrad est saturé par des appels répétés"
    expected = small.ask("Le standard est saturé par des appels répétés")
    # The answer tells what was searched where that is not what was typed.
    assert small.ask(typed) == replace(expected, question=typed, understood=expected.question)
    assert (expected.understood, expected.band) == ("", Band.ANSWERS)
    assert ids(expected)[0] == "petit-p2"
    assert small.search(typed) == small.search(expected.question)


def test_what_only_mending_finds_is_a_lead(small: Assistant) -> None:
    answer = small.ask("les apels répétés")
    assert small.ask("les apels répétés", as_typed=True).band is Band.NOTHING
    assert (answer.band, answer.understood) == (Band.LEADS, "les appels répétés")
    meant = small.ask("les appels répétés")
    assert (meant.band, meant.confidence, meant.cards) == (
        Band.ANSWERS, answer.confidence, answer.cards,
    )  # fmt: skip


def test_a_question_as_typed_is_neither_mended_nor_filtered(small: Assistant) -> None:
    typed = "Les pratiques de la Caisse des Tilleuls sur les apels répétés"
    answer = small.ask(typed, as_typed=True)
    assert (answer.question, answer.understood, answer.filtered) == (typed, "", ())
    assert len(answer.hits) == 3
    mended = small.ask(typed)
    # Of a question that names a filter, the rest is what is searched.
    assert (mended.understood, mended.filtered) == (
        "sur les appels répétés", ("Caisse des Tilleuls",),
    )  # fmt: skip
    assert len(mended.hits) == 2


def test_the_facets_that_a_question_names_are_filters_unless_chosen_by_hand(
    small: Assistant,
) -> None:
    question = "Les pratiques de la Caisse des Tilleuls sur les lettres"
    named = small.ask(question)
    assert (named.question, named.filtered) == (question, ("Caisse des Tilleuls",))
    assert ids(named) == ["petit-p3", "petit-p2"]
    # Its subject is what is searched among them.
    chosen = Filters(organisation=frozenset({"Caisse des Tilleuls"}))
    plain = small.ask("sur les lettres", filters=chosen)
    assert (named.hits, named.advice, named.cards) == (plain.hits, plain.advice, plain.cards)
    assert plain.filtered == ()
    # A facet chosen by hand is not for the question to change; another one narrows it.
    other = Filters(organisation=frozenset({"Mairie de Chêne"}))
    kept = small.ask(question, filters=other)
    assert (ids(kept), kept.filtered) == (["petit-p1"], ())
    theme = Filters(theme=frozenset({"Écrit"}))
    both = small.ask(question, filters=theme)
    assert (ids(both), both.filtered) == (["petit-p3"], ("Caisse des Tilleuls",))


def test_practices_of_somebody_are_shown_whatever_their_text_says(small: Assistant) -> None:
    alone = small.ask("Les pratiques de la Caisse des Tilleuls")
    assert (alone.band, sorted(ids(alone)), alone.filtered) == (
        Band.ANSWERS, ["petit-p2", "petit-p3"], ("Caisse des Tilleuls",),
    )  # fmt: skip
    assert alone.confidence >= SURE
    # Where they say nothing of the subject, they are leads.
    apart = small.ask("Les pratiques de la Caisse des Tilleuls sur zyxw vuts")
    assert (apart.band, apart.filtered) == (Band.LEADS, ("Caisse des Tilleuls",))
    assert len(apart.cards) == 2
    assert small.ask("zyxw vuts").band is Band.NOTHING


@pytest.mark.parametrize(
    ("question", "passage"),
    [
        ("Compter les appels pour un même motif", "petit-p2/conseils/1"),
        ("« compter les APPELS pour un meme motif ! »", "petit-p2/conseils/1"),
        ("Les lettres n'étaient pas comprises des usagers", "petit-p3/contexte/1"),
        ("petit-p1/conseils/2", "petit-p1/conseils/2"),
        ("p3/contexte/1", "petit-p3/contexte/1"),
    ],
)
def test_a_line_that_is_asked_for_word_for_word_or_by_its_id_comes_first(
    small: Assistant, question: str, passage: str
) -> None:
    answer = small.ask(question)
    assert answer.direct is not None
    assert answer.direct.passage == answer.advice[0].passage == answer.shown[0].passage == passage
    assert ids(answer)[0] == passage.partition("/")[0]
    assert (answer.band, answer.confidence, answer.helps) == (Band.ANSWERS, SURE, SURE)
    assert answer.percent == 99


@pytest.mark.parametrize("question", ["Le courrier clair", "le COURRIER clair ?", "p3", "petit-p3"])
def test_a_practice_that_is_asked_for_by_its_title_or_id_comes_first(
    small: Assistant, question: str
) -> None:
    answer = small.ask(question)
    assert (ids(answer)[0], answer.direct) == ("petit-p3", None)
    assert (answer.band, answer.confidence, answer.helps) == (Band.ANSWERS, SURE, SURE)
    # By an id, it alone is asked for.
    shown = ["petit-p3"] if "p3" in question else ids(answer)
    assert [card.practice.id for card in answer.cards] == shown


@pytest.mark.parametrize(
    ("question", "band", "notices"),
    [
        ("Où se trouve le standard saturé d'appels répétés ?", Band.LEADS, (NO_FACT,)),
        ("Combien d'appels répétés pour le standard saturé ?", Band.LEADS, (NO_FACT,)),
        ("Le standard saturé par des appels répétés, sans rappels", Band.LEADS, (NEGATION,)),
        ("Le standard saturé par des appels répétés, sans attente", Band.ANSWERS, ()),
        ("Le standard est saturé par des appels répétés", Band.ANSWERS, ()),
    ],
)
def test_a_fact_that_no_line_gives_and_what_is_done_without_are_no_more_than_leads(
    small: Assistant, question: str, band: Band, notices: tuple[str, ...]
) -> None:
    answer = small.ask(question)
    assert (answer.band, answer.notices, ids(answer)[0]) == (band, notices, "petit-p2")
    assert len(answer.cards) == 3


def test_what_nothing_answers_shows_no_card_and_names_the_nearest(small: Assistant) -> None:
    answer = small.ask("zyxw vuts rqpo")
    assert (answer.band, answer.abstained) == (Band.NOTHING, True)
    assert (answer.cards, answer.direct, answer.shown) == ((), None, ())
    assert answer.nearest == tuple(hit.practice for hit in answer.hits)
    assert len(answer.advice) == 9


def test_words_of_a_question_are_marked_in_a_text(small: Assistant) -> None:
    text = "Compter les appels pour un même motif"
    assert small.mark("Les APPEL répétés ?", text, "fr") == (
        ("Compter les ", False), ("appels", True), (" pour un même motif", False),
    )  # fmt: skip
    assert small.mark("", text, "fr") == ((text, False),)


KEPT = Dossier("Plan d'accueil").add("petit-p2/conseils/1").add("petit-p9").add("petit-p1")


def test_a_dossier_is_found_in_the_index_with_what_is_gone(small: Assistant) -> None:
    found, gone = small.entries(KEPT.annotate("petit-p1", "à lire"))
    practice = small.practice("p2")
    section = practice.section("conseils")
    assert section is not None
    assert found == (
        Entry("petit-p2/conseils/1", "", practice, section, section.lines[0]),
        Entry("petit-p1", "à lire", small.practice("p1"), None, None),
    )
    assert gone == ("petit-p9",)


def test_a_dossier_is_exported_with_its_quotations_and_no_contacts(
    small: Assistant, index_root: Path
) -> None:
    settings = small.settings.model_copy(update={"contacts": True})
    for assistant in (small, Assistant(open_index(index_root), settings)):
        text = assistant.export(KEPT, "markdown", "fr", "2026-03-01").decode("utf-8")
        word = docx.Document(BytesIO(assistant.export(KEPT, "docx", "en", "2026-03-01")))
        paragraphs = [paragraph.text for paragraph in word.paragraphs]
        for whole in (text.replace("\\", ""), "\n".join(paragraphs)):
            assert "Plan d'accueil" in whole
            assert "Compter les appels pour un même motif" in whole
            assert "exemple.invalid" not in whole
            assert "petit-p9" not in whole
        assert "1er mars 2026" in text
        assert any("2026" in paragraph for paragraph in paragraphs)


def test_questions_to_begin_with_are_those_of_the_collection_or_of_its_practices(
    small: Assistant, corpus_root: Path, tmp_path: Path
) -> None:
    # The shortest of each practice, in the language asked for.
    assert small.examples("fr") == (
        "Comment réunir nos accueils ?",
        "Le standard est saturé par des appels répétés",
        "Nos lettres sont incompréhensibles",
    )
    assert small.examples("en") == (
        "People go from desk to desk",
        "How to cut repeat calls?",
        "Nobody understands our letters",
    )
    # A practice that nobody wrote any for in that language: its title, if it is in it.
    path = corpus_root / "petit" / "questions" / "p2.yaml"
    path.write_text("practice: petit-p2\nfr:\n- Trop d'appels\n", "utf-8")
    french = built(small, corpus_root, tmp_path / "french")
    assert french.examples("en") == (
        "People go from desk to desk",
        "Nobody understands our letters",
    )
    path.write_text("practice: petit-p2\nen:\n- Too many calls\n", "utf-8")
    other = built(small, corpus_root, tmp_path / "other")
    assert other.examples("fr")[1] == "La mesure des rappels"
    toml = corpus_root / "petit" / "collection.toml"
    own = '\n[examples]\nfr = ["Trop d\'attente ?", "Nos courriers reviennent"]\n'
    toml.write_text(toml.read_text("utf-8") + own, "utf-8")
    named = built(small, corpus_root, tmp_path / "named")
    assert named.examples("fr") == ("Trop d'attente ?", "Nos courriers reviennent")
    assert named.examples("en") == other.examples("en")


def test_feedback_goes_to_the_file_of_the_settings(small: Assistant, tmp_path: Path) -> None:
    opinion = Feedback("les appels", "up", language="fr", build=small.build, answered=True)
    small.give_feedback(opinion)
    assert FeedbackStore(tmp_path / "feedback.sqlite3").all() == (opinion,)
    elsewhere = small.settings.model_copy(update={"feedback_file": tmp_path / "no" / "store"})
    with pytest.raises(FeedbackError):
        Assistant(small.index, elsewhere).give_feedback(opinion)


def test_the_facade_tells_what_serves(small: Assistant, tmp_path: Path) -> None:
    assert small.build == maintenance.current_build(small.settings)
    assert (small.manifest.counts["practices"], small.built) == (3, small.manifest.created)
    assert [point.practice for point in small.map_points] == ["petit-p1", "petit-p2", "petit-p3"]
    first, second, third = (small.practice(name) for name in ("p1", "p2", "p3"))
    assert small.around(second) == (first, third)
    assert small.facets(text="caisse")["theme"] == {"Téléphone": 1, "Écrit": 1}
    assert maintenance.last_report(small.settings) is None


@pytest.mark.model
@pytest.mark.parametrize(
    ("question", "language"),
    [("how to reduce repeat calls?", "en"), ("comment réduire les appels répétés ?", "fr")],
)
def test_repeat_calls_are_answered_with_the_advice_of_their_practice(
    real: Assistant, question: str, language: str
) -> None:
    answer = real.ask(question)
    assert (answer.language, answer.abstained) == (language, False)
    assert "recueil-2014-p23" in ids(answer)[:3]
    places = {(line.practice, line.section) for line in answer.advice}
    assert ("recueil-2014-p23", "conseils") in places
    card = next(card for card in answer.cards if card.practice.id == "recueil-2014-p23")
    section = card.practice.section("conseils")
    assert section is not None
    told = [line.text for line in section.lines]
    assert [line.text for line in card.advice] == [
        text for text in told if text in {line.text for line in card.advice}
    ]
    assert card.set_off
    assert set(card.set_off) <= {line.passage for line in card.advice}


@pytest.mark.model
def test_the_same_question_gives_the_same_answer_from_any_thread(real: Assistant) -> None:
    questions = ["trop de gens au guichet", "our letters are not understood"]
    expected = [real.ask(question) for question in questions]
    with ThreadPoolExecutor(4) as pool:
        found = [*pool.map(real.ask, questions * 3)]
    assert [ids(answer) for answer in found] == [ids(answer) for answer in expected] * 3
    assert [answer.advice for answer in found] == [answer.advice for answer in expected] * 3
    assert [answer.cards for answer in found] == [answer.cards for answer in expected] * 3


@pytest.mark.parametrize("top", [0, -1])
def test_similar_wants_at_least_one(small: Assistant, top: int) -> None:
    with pytest.raises(ValueError, match=f"top is {top}"):
        small.similar("petit-p1", top)
