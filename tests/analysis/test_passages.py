from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recueil_qa.analysis.passages import (
    WINDOW_CHARACTERS,
    corpus_passages,
    plain,
    practice_passages,
)
from recueil_qa.corpus.collection import CollectionConfig
from recueil_qa.corpus.corpus import Collection, Corpus
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.errors import CorpusError
from recueil_qa.types import Line, Passage, PassageKind, Practice, Section
from tests.support.booklet import shipped
from tests.support.collections import FAQ_TOML, ask_of_line, write_corpus, write_faq
from tests.support.statements import STATEMENTS

EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
PHONE = re.compile(r"\b0\d(?:[ .]?\d\d){4}\b")
NAME = re.compile(r"\b[A-ZÉ][a-zéèëï]+(?:-[A-Z][a-z]+)* [A-ZÉÈ]{3,}(?:-[A-ZÉÈ]+)*\b")


@pytest.fixture(scope="module")
def committed() -> Corpus:
    return shipped()


@pytest.fixture
def collection(corpus_root: Path) -> Collection:
    (collection,) = read_corpus(corpus_root).collections
    return collection


def windows(collection: Collection, *lines: str) -> list[Passage]:
    """The section passages of a practice whose only section has these lines."""
    numbered = tuple(Line(i, text) for i, text in enumerate(lines, 1))
    practice = Practice(
        "petit-p9", "petit", "Titre", (Section("conseils", "Conseils", numbered),), page=9
    )
    passages = practice_passages(practice, collection)
    return [passage for passage in passages if passage.kind is PassageKind.SECTION]


def test_a_practice_gives_its_title_sections_lines_and_questions(collection: Collection) -> None:
    first = "Former tous les agents à la polyvalence"
    second = "Choisir un horaire élargi"
    need = "Les habitants couraient d'un bureau à l'autre"
    title = "Le guichet unique"
    line, section, question = PassageKind.LINE, PassageKind.SECTION, PassageKind.QUESTION
    expected = [
        ("title", PassageKind.TITLE, "fr", title, title, ""),
        ("contexte", section, "fr", need, f"{title}. Contexte : {need}", "contexte"),
        ("contexte/1", line, "fr", need, f"{title}. Contexte : {need}", "contexte"),
        (
            "conseils",
            section,
            "fr",
            f"{first}\n{second}",
            f"{title}. Conseils : {first} {second}",
            "conseils",
        ),
        ("conseils/1", line, "fr", first, f"{title}. Conseils : {first}", "conseils"),
        ("conseils/2", line, "fr", second, f"{title}. Conseils : {second}", "conseils"),
    ]
    for name, language, text in (
        ("questions/fr/1", "fr", "Les gens vont de bureau en bureau"),
        ("questions/fr/2", "fr", "Comment réunir nos accueils ?"),
        ("questions/en/1", "en", "People go from desk to desk"),
    ):
        expected.append((name, question, language, text, text, ""))
    assert list(practice_passages(collection.practices[0], collection)) == [
        Passage(f"petit-p1/{name}", "petit-p1", kind, language, text, embedded, section_name)
        for name, kind, language, text, embedded, section_name in expected
    ]


def test_a_question_of_one_line_names_the_passage_of_that_line(corpus_root: Path) -> None:
    ask_of_line(corpus_root / "petit", 1, "en conseils/2", "What **opening** hours?", "How late?")
    corpus = read_corpus(corpus_root)
    passages = {passage.id: passage for passage in corpus_passages(corpus)}
    ids = [f"petit-p1/questions/en/conseils/2/{i}" for i in (1, 2)]
    assert passages[ids[0]] == Passage(
        ids[0],
        "petit-p1",
        PassageKind.QUESTION,
        "en",
        "What **opening** hours?",
        "What opening hours?",
        answer="petit-p1/conseils/2",
    )
    assert passages[passages[ids[0]].answer].text == "Choisir un horaire élargi"
    assert {name for name, passage in passages.items() if passage.answer} == {*ids}


@pytest.fixture
def judged(tmp_path: Path) -> Corpus:
    """The collection `petit` with a question of one line, and statements."""
    ask_of_line(write_corpus(tmp_path / "judged", STATEMENTS), 1, "fr conseils/1", "Qui former ?")
    return read_corpus(tmp_path / "judged")


def test_a_statement_is_a_passage_of_each_practice_that_helps_with_its_grade(
    judged: Corpus,
) -> None:
    found = [passage for passage in corpus_passages(judged) if passage.is_statement]
    text = "On renvoie les familles d'un **service** à l'autre"
    plainly = "On renvoie les familles d'un service à l'autre"
    other = "The same callers ring again and again"
    assert found == [
        Passage(
            f"{practice}/statements/{name}",
            practice,
            PassageKind.QUESTION,
            language,
            wording,
            embedded,
            grade=grade,
        )
        for practice, name, language, wording, embedded, grade in (
            ("petit-p1", "s001", "fr", text, plainly, 2),
            ("petit-p2", "s002", "en", other, other, 2),
            ("petit-p3", "s001", "fr", text, plainly, 1),
        )
    ]


def test_statements_come_last_and_change_no_other_passage(judged: Corpus) -> None:
    passages = corpus_passages(judged)
    first = [passage.id for passage in passages if passage.practice == "petit-p1"]
    assert first[-5:] == [
        "petit-p1/questions/fr/1",
        "petit-p1/questions/fr/2",
        "petit-p1/questions/en/1",
        "petit-p1/questions/fr/conseils/1/1",
        "petit-p1/statements/s001",
    ]
    (collection,) = judged.collections
    without = Corpus((replace(collection, statements=()),), "")
    rest = [passage for passage in passages if not passage.is_statement]
    assert [*corpus_passages(without)] == rest
    assert {passage.grade for passage in rest} == {2}


def test_what_nothing_answers_is_no_passage(judged: Corpus) -> None:
    texts = {passage.text for passage in corpus_passages(judged)}
    assert not texts & {*judged.collections[0].unanswered}


@pytest.mark.parametrize("name", ["title", "questions", "statements"])
def test_no_section_can_be_taken_for_another_kind_of_passage(tmp_path: Path, name: str) -> None:
    config = write_faq(tmp_path) / "collection.toml"
    config.write_text(config.read_text("utf-8").replace('"reponse"', f'"{name}"'), "utf-8")
    with pytest.raises(CorpusError, match=f"the section name '{name}' is reserved"):
        read_corpus(tmp_path)


def test_the_subtitle_goes_with_the_title_only(collection: Collection) -> None:
    practice = replace(collection.practices[0], subtitle="Un seul lieu")
    title, context, *_ = practice_passages(practice, collection)
    assert title.text == title.embedded == "Le guichet unique. Un seul lieu"
    assert "Un seul lieu" not in context.embedded


def test_emphasis_is_shown_and_not_embedded(collection: Collection) -> None:
    (passage,) = windows(collection, "Le portail des **auto-entrepreneurs**", "Fin")
    assert passage.text == "Le portail des **auto-entrepreneurs**\nFin"
    assert passage.embedded == "Titre. Conseils : Le portail des auto-entrepreneurs Fin"
    assert plain(" **a**b  *c* \n") == "ab *c*"


@pytest.mark.parametrize(
    ("written", "encoded"),
    [
        ("30% d'appels", "30 % d'appels"),
        ("12\u202f000 usagers", "12000 usagers"),
        ("12 000 usagers", "12000 usagers"),
    ],
)
def test_numbers_are_encoded_in_one_writing_and_shown_as_written(
    collection: Collection, written: str, encoded: str
) -> None:
    practice = Practice(
        "petit-p9", "petit", "Titre", (Section("conseils", "Conseils", (Line(1, written),)),)
    )
    (line,) = [p for p in practice_passages(practice, collection) if p.kind is PassageKind.LINE]
    assert plain(written) == encoded
    assert (line.text, line.embedded) == (written, f"Titre. Conseils : {encoded}")


def test_a_line_is_encoded_with_the_lines_that_govern_it(collection: Collection) -> None:
    texts = (
        ("À éviter :", 0),
        ("Relancer l'usager", 1),
        ("le dimanche", 2),
        ("Un paragraphe qui finit.", 0),
        ("Écouter", 1),
    )
    lines = tuple(Line(i, text, depth) for i, (text, depth) in enumerate(texts, 1))
    practice = Practice("petit-p9", "petit", "Titre", (Section("conseils", "Conseils", lines),))
    found = [p for p in practice_passages(practice, collection) if p.kind is PassageKind.LINE]
    # Shown alone; a paragraph that ends as a sentence does governs nothing.
    assert [line.text for line in found] == [text for text, _ in texts]
    assert [line.embedded.removeprefix("Titre. Conseils : ") for line in found] == [
        "À éviter :",
        "À éviter : Relancer l'usager",
        "À éviter : Relancer l'usager le dimanche",
        "Un paragraphe qui finit.",
        "Écouter",
    ]


def test_passages_follow_collections_then_practices(corpus_root: Path) -> None:
    write_faq(corpus_root)
    corpus = read_corpus(corpus_root)
    passages = corpus_passages(corpus)
    assert list(dict.fromkeys(passage.practice for passage in passages)) == [
        *("faq-cantine", "faq-carte", "faq-dechets", "petit-p1", "petit-p2", "petit-p3")
    ]
    assert corpus_passages(read_corpus(corpus_root)) == passages
    assert [passage.id for passage in passages if passage.practice == "faq-carte"] == [
        "faq-carte/title",
        "faq-carte/reponse",
        "faq-carte/reponse/1",
    ]


def test_a_section_that_fits_is_one_window(collection: Collection) -> None:
    half = "a" * (WINDOW_CHARACTERS // 2 - 1)
    (passage,) = windows(collection, half, half)
    assert (passage.id, passage.text) == ("petit-p9/conseils", f"{half}\n{half}")


def test_a_long_section_is_cut_between_lines(collection: Collection) -> None:
    lines = [letter * 700 for letter in "abcde"]
    passages = windows(collection, *lines)
    assert [(passage.id, passage.text) for passage in passages] == [
        ("petit-p9/conseils", f"{lines[0]}\n{lines[1]}"),
        ("petit-p9/conseils~2", f"{lines[2]}\n{lines[3]}"),
        ("petit-p9/conseils~3", lines[4]),
    ]
    assert passages[1].embedded == f"Titre. Conseils : {lines[2]} {lines[3]}"


def test_a_very_long_line_is_cut_between_sentences(collection: Collection) -> None:
    sentences = [letter * 900 + "." for letter in "abc"]
    passages = windows(collection, "Court", " ".join(sentences), "Fin")
    assert [passage.text for passage in passages] == [
        f"Court\n{sentences[0]}",
        sentences[1],
        f"{sentences[2]}\nFin",
    ]


def test_a_very_long_sentence_is_cut_anywhere(collection: Collection) -> None:
    passages = windows(collection, "a" * (2 * WINDOW_CHARACTERS) + "b")
    assert [passage.text for passage in passages] == [
        "a" * WINDOW_CHARACTERS,
        "a" * WINDOW_CHARACTERS,
        "b",
    ]


def test_a_long_line_stays_one_line_passage(collection: Collection) -> None:
    text = "Une phrase. " * 500 + "Fin"
    practice = replace(
        collection.practices[0],
        sections=(Section("conseils", "Conseils", (Line(1, text),)),),
    )
    lines = [p for p in practice_passages(practice, collection) if p.kind is PassageKind.LINE]
    assert [(line.id, line.text) for line in lines] == [("petit-p1/conseils/1", text)]


long_texts = st.tuples(
    st.sampled_from(["un mot ", "Une phrase. ", "sanssespace", "Et ? Oui ! "]),
    st.integers(1, 2 * WINDOW_CHARACTERS),
).map(lambda pair: (pair[0] * pair[1])[: pair[1]].strip() or "x")


@given(st.lists(long_texts, min_size=1, max_size=6))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_windows_are_bounded_and_lose_nothing(lines: list[str]) -> None:
    config = CollectionConfig.model_validate(tomllib.loads(FAQ_TOML))
    passages = windows(Collection(Path(), config, (), ()), *lines)
    assert all(0 < len(passage.text) <= WINDOW_CHARACTERS for passage in passages)
    joined = "".join(passage.text for passage in passages)
    assert "".join(joined.split()) == "".join("".join(lines).split())
    assert len({passage.id for passage in passages}) == len(passages)


def test_the_committed_passages_are_countable_and_unique(committed: Corpus) -> None:
    passages = corpus_passages(committed)
    (collection,) = committed.collections
    lines = sum(len(s.lines) for p in collection.practices for s in p.sections)
    kinds = [passage.kind for passage in passages]
    assert len({passage.id for passage in passages}) == len(passages)
    assert kinds.count(PassageKind.TITLE) == 47
    assert kinds.count(PassageKind.SECTION) == 47 * 4
    assert kinds.count(PassageKind.LINE) == lines
    helped = sum(len(statement.grades) for statement in collection.statements)
    assert helped == sum(passage.is_statement for passage in passages) > 0
    assert kinds.count(PassageKind.QUESTION) == len(collection.questions) + helped
    general = [p for p in passages if p.kind is PassageKind.QUESTION and not p.is_statement]
    assert sum(not passage.answer for passage in general) == 47 * 22
    by_id = {passage.id: passage for passage in passages}
    answers = [by_id[passage.answer] for passage in passages if passage.answer]
    assert len(answers) == len(general) - 47 * 22 > 0
    assert {answer.kind for answer in answers} == {PassageKind.LINE}
    assert all(passage.id.startswith(f"{passage.practice}/") for passage in passages)


def test_no_contact_is_in_any_passage(committed: Corpus) -> None:
    practices = committed.collections[0].practices
    contacts = "\n".join(contact for practice in practices for contact in practice.contacts)
    private = {
        kind: set(pattern.findall(contacts))
        for kind, pattern in (("e-mail", EMAIL), ("phone", PHONE), ("name", NAME))
    }
    # The patterns miss nothing: no @ and no telephone's digits are left without them.
    assert sum(len(EMAIL.findall(line)) for line in contacts.split("\n")) == contacts.count("@")
    assert not re.search(r"@|\d\d[ .]?\d\d", PHONE.sub("", EMAIL.sub("", contacts)))
    assert len(private["name"]) > 30
    for passage in corpus_passages(committed):
        indexed = f"{passage.text}\n{passage.embedded}"
        assert not EMAIL.search(indexed), passage.id
        assert not PHONE.search(indexed), passage.id
        assert not [name for name in private["name"] if name in indexed], passage.id
