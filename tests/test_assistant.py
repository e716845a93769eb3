from __future__ import annotations

import errno
import os
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

import recueil_qa.assistant
from recueil_qa import Answer, Assistant, Filters, Settings, similarity
from recueil_qa.answering import best_advice, rank_lines, score_lines
from recueil_qa.assistant import ADVICE_LINES, NO_MATCH_FOR_FILTERS, OTHER_LANGUAGE, REFUSED
from recueil_qa.building import build_index
from recueil_qa.confidence import confidence
from recueil_qa.corpus import read_corpus
from recueil_qa.errors import (
    EncoderError,
    IndexMismatchError,
    IndexMissingError,
    NotFoundError,
    QuestionError,
    SettingsError,
)
from recueil_qa.index import open_index
from recueil_qa.retrieval import score_query
from recueil_qa.types import Practice
from tests.fakes import HashEncoder

QUESTIONS = (
    "les appels répétés au standard",
    "How to cut repeat calls?",
    "lettres incompréhensibles",
    "les gens vont de bureau en bureau",
    "zyxw",
)


def ids(answer: Answer) -> list[str]:
    return [hit.practice.id for hit in answer.hits]


def test_an_answer_is_its_parts_put_together(small: Assistant) -> None:
    answer = small.ask("  les appels\nrépétés au standard  ")
    scored = score_query(small.index, HashEncoder(), "les appels répétés au standard")
    assert answer.question == "les appels répétés au standard"
    assert (answer.language, answer.notices) == ("fr", ())
    assert (answer.confidence, answer.abstained) == confidence(small.index, scored)
    lines = score_lines(small.index, scored)
    assert answer.advice == rank_lines(small.index, lines, ADVICE_LINES)
    assert ids(answer) == [small.index.practices[i].id for i in scored.ranking()]
    for hit in answer.hits:
        assert hit.advice == best_advice(small.index, lines, hit.practice)
        assert hit.evidence


def test_an_english_question_finds_the_french_practice(small: Assistant) -> None:
    answer = small.ask("How to cut repeat calls?")
    assert (answer.language, ids(answer)[0]) == ("en", "petit-p2")
    assert answer.hits[0].words == ("cut", "repeat", "calls")


def test_a_question_about_a_line_brings_that_line(
    small: Assistant, corpus_root: Path, tmp_path: Path
) -> None:
    # Shares no word with the line, so that only the question can lead to it.
    question = "Trop de tableaux de bord"
    before = small.ask(question)
    assert before.hits[0].practice.id != "petit-p2"
    advice = next(hit.advice for hit in before.hits if hit.practice.id == "petit-p2")
    assert [line.line for line in advice] == [1, 2]
    path = corpus_root / "petit" / "questions" / "p2.yaml"
    rows = f"fr conseils/2:\n- {question}\nfr conseils/1:\n- Pourquoi rappellent-ils ?\n"
    path.write_text(path.read_text("utf-8") + rows, "utf-8")
    folder = build_index(tmp_path / "asked", read_corpus(corpus_root), HashEncoder())
    answer = Assistant(open_index(folder.parent), small.settings, HashEncoder()).ask(question)
    hit = answer.hits[0]
    assert hit.practice.id == "petit-p2"
    assert hit.evidence[0].passage.id == "petit-p2/questions/fr/conseils/2/1"
    assert [line.passage for line in hit.advice] == ["petit-p2/conseils/2", "petit-p2/conseils/1"]
    quoted = [line for line in answer.advice if line.practice == "petit-p2" and line.advice]
    assert tuple(quoted) == hit.advice


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
        # The regression on words alone, for an encoder of a test, doesn't look at examples.
        assert judged.ask(question) == small.ask(question)


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
        asked = small.ask("lettres", top=2, filters=kept).hits
        assert [(h.practice, h.score, h.rank, h.evidence, h.words) for h in hits] == [
            (h.practice, h.score, h.rank, h.evidence, h.words) for h in asked
        ]


def test_filters_hold_for_hits_and_advice(small: Assistant) -> None:
    answer = small.ask("les appels répétés", filters=Filters(theme=frozenset({"Écrit"})))
    assert ids(answer) == ["petit-p3"]
    assert {line.practice for line in answer.advice} == {"petit-p3"}
    # What the other practices say doesn't count: these filters keep nothing on calls.
    assert answer.confidence < small.ask("les appels répétés").confidence


def test_filters_that_nothing_passes_abstain_and_say_so(small: Assistant) -> None:
    filters = Filters(theme=frozenset({"Écrit"}), sector=frozenset({"commune"}))
    answer = small.ask("les appels répétés", filters=filters)
    assert (answer.hits, answer.advice, answer.abstained) == ((), (), True)
    assert answer.notices == (NO_MATCH_FOR_FILTERS,)


def test_an_unknown_facet_value_is_refused(small: Assistant) -> None:
    filters = Filters(theme=frozenset({"Ecrit"}))
    for call in (small.ask, small.search):
        with pytest.raises(NotFoundError, match="theme: no practice has 'Ecrit'; there are: Acc"):
            call("lettres", filters=filters)


@pytest.mark.parametrize("question", ["", "  \n", "???!!!", "\u200b", "\x00\x07", "x" * 2_001])
def test_a_question_that_cannot_be_asked_is_refused_but_still_has_leads(
    small: Assistant, question: str
) -> None:
    for call in (small.ask, small.search):
        with pytest.raises(QuestionError):
            call(question)
    leads = small.ask_leads(question)
    assert (leads.abstained, leads.confidence, leads.notices) == (True, 0.0, (REFUSED,))
    assert len(leads.hits) == 3
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


def test_an_index_is_stale_once_its_corpus_has_changed(small: Assistant, corpus_root: Path) -> None:
    path = corpus_root / "petit" / "questions" / "p1.yaml"
    assert not small.is_stale()
    os.utime(path, ns=(0, 0))
    assert not small.is_stale()
    before = path.read_text("utf-8")
    path.write_text(before + "- Where do they go?\n", "utf-8")
    assert small.is_stale()
    path.write_text(before, "utf-8")
    assert not small.is_stale()
    path.unlink()
    assert small.is_stale()
    build_index(small.settings.index, read_corpus(corpus_root), HashEncoder())
    assert not Assistant(open_index(small.settings.index), small.settings).is_stale()


def test_a_corpus_that_cannot_be_read_is_stale(
    small: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(path: Path) -> bytes:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(Path, "read_bytes", fail)
    assert small.is_stale() is True


def test_what_an_editor_leaves_beside_a_practice_disturbs_no_reader(
    small: Assistant, corpus_root: Path
) -> None:
    practices = corpus_root / "petit" / "practices"
    (practices / ".#p1.md").symlink_to("someone@host.1234")
    (practices / "folder.md").mkdir()
    assert not small.is_stale()


def test_without_a_corpus_there_is_nothing_to_be_stale_against(
    small: Assistant, corpus_root: Path
) -> None:
    shutil.rmtree(corpus_root)
    assert not small.is_stale()
    assert ids(small.ask("les appels répétés"))[0] == "petit-p2"


def test_an_encoder_other_than_the_indexs_is_refused(
    index_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(home=tmp_path, index=index_root)
    found = r"found hash@test, expected other@test\. Mend it with: recueil-qa build"
    with pytest.raises(IndexMismatchError, match=found):
        Assistant(open_index(index_root), settings, HashEncoder("other"))
    monkeypatch.setattr(
        recueil_qa.assistant, "SentenceTransformerEncoder", lambda _: HashEncoder("other")
    )
    lazy = Assistant.open(settings)
    for _ in range(2):
        with pytest.raises(IndexMismatchError, match=found):
            lazy.ask("guichet")


def test_the_encoder_is_loaded_once_by_the_first_question(
    index_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[str] = []
    again = threading.Event()

    def load(name: str) -> HashEncoder:
        loaded.append(name)
        # Leaves another thread the time to come in, if it can.
        if len(loaded) > 1 or again.wait(0.05):
            again.set()
        return HashEncoder()

    monkeypatch.setattr(recueil_qa.assistant, "SentenceTransformerEncoder", load)
    assistant = Assistant.open(home=tmp_path, index=index_root, encoder="./mine")
    assert assistant.practice("p1").title == "Le guichet unique"
    assert loaded == []
    with ThreadPoolExecutor(8) as pool:
        answers = [*pool.map(assistant.ask, ["lettres"] * 16)]
    assert loaded == ["./mine"]
    assert answers == [answers[0]] * 16


def test_opening_tells_what_is_wrong(tmp_path: Path, index_root: Path) -> None:
    with pytest.raises(IndexMissingError, match="recueil-qa build"):
        Assistant.open(Settings(home=tmp_path, index=tmp_path / "nowhere"))
    with pytest.raises(SettingsError, match="RECUEIL_TOP"):
        Assistant.open(index=index_root, top=0)
    with pytest.raises(EncoderError, match="git checkout -- models/recueil-e5"):
        Assistant.open(Settings(home=tmp_path, index=index_root)).ask("guichet")


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


def test_the_build_that_serves_is_named_without_opening_it(small: Assistant) -> None:
    assert Assistant.current_build(small.settings) == small.index.folder.name


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
    typed = "Le standrad est saturé par des apels répétés"
    expected = small.ask("Le standard est saturé par des appels répétés")
    # The answer tells what was searched where that is not what was typed.
    assert small.ask(typed) == replace(expected, question=typed, understood=expected.question)
    assert (expected.understood, expected.abstained) == ("", False)
    assert ids(expected)[0] == "petit-p2"
    assert small.search(typed) == small.search(expected.question)


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
    hit = next(hit for hit in answer.hits if hit.practice.id == "recueil-2014-p23")
    section = hit.practice.section("conseils")
    assert section is not None
    assert {line.text for line in hit.advice} <= {line.text for line in section.lines}
    assert len(hit.advice) == 3


@pytest.mark.model
def test_the_same_question_gives_the_same_answer_from_any_thread(real: Assistant) -> None:
    questions = ["trop de gens au guichet", "our letters are not understood"]
    expected = [real.ask(question) for question in questions]
    with ThreadPoolExecutor(4) as pool:
        found = [*pool.map(real.ask, questions * 3)]
    assert [ids(answer) for answer in found] == [ids(answer) for answer in expected] * 3
    assert [answer.advice for answer in found] == [answer.advice for answer in expected] * 3


@pytest.mark.parametrize("top", [0, -1])
def test_similar_wants_at_least_one(small: Assistant, top: int) -> None:
    with pytest.raises(ValueError, match=f"top is {top}"):
        small.similar("petit-p1", top)


def test_a_hub_model_other_than_the_indexs_is_refused_before_it_is_looked_for(
    index_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[str] = []
    monkeypatch.setattr(recueil_qa.assistant, "SentenceTransformerEncoder", loaded.append)
    assistant = Assistant.open(home=tmp_path, index=index_root, encoder="owner/model")
    with pytest.raises(IndexMismatchError, match="expected owner/model@hub"):
        assistant.ask("guichet")
    assert loaded == []
