from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recueil_qa.analysis.query import clean_query, guess_language, searchable
from recueil_qa.errors import QuestionError
from tests.support.booklet import booklet

LIMIT = 2_000

repeatable = settings(max_examples=100, deadline=None, derandomize=True)


@pytest.mark.parametrize(
    ("typed", "cleaned"),
    [
        ("Trop de gens au guichet", "Trop de gens au guichet"),
        ("  trop \t de\r\ngens\u00a0!\u3000", "trop de gens !"),
        ("<b>appels</b> & <script>alert(1)</script>", "<b>appels</b> & <script>alert(1)</script>"),
        ("un\x00deux\x1b[31m\x07trois\x7f", "un deux [31m trois"),
        ("un\u2028deux\u2029trois\x85quatre", "un deux trois quatre"),
        ("accueil 🙂 👍🏽 👩\u200d💻", "accueil 🙂 👍🏽 👩\u200d💻"),
        ("\ud800appels\udfff", "appels"),
        (unicodedata.normalize("NFD", "réclamation à traiter"), "réclamation à traiter"),
        ("\u202eappels\u202c \u2066du\u2069 \u200e17\u200f\u061c", "appels du 17"),
        ("\ufeffrécla\u00adma\u200btion", "réclamation"),
        ("管理 ؟", "管理 ؟"),
        ("6", "6"),
    ],
)
def test_what_is_typed_becomes_safe_and_keeps_its_words(typed: str, cleaned: str) -> None:
    assert clean_query(typed, LIMIT) == cleaned


@pytest.mark.parametrize("typed", ["", " ", "\t\r\n\u00a0\u2003", "\x00\x1b", "\u202e", "\ud800"])
def test_an_empty_question_is_refused(typed: str) -> None:
    with pytest.raises(QuestionError, match="The question is empty") as caught:
        clean_query(typed, LIMIT)
    assert caught.value.fr == "La question est vide : décrivez votre problème en quelques mots."


@pytest.mark.parametrize("typed", ["?", "… ! — « »", "🙂", "\u200d", "+", "_", "\u0301"])
def test_a_question_without_a_word_is_refused(typed: str) -> None:
    with pytest.raises(QuestionError, match="The question contains no word") as caught:
        clean_query(typed, LIMIT)
    assert caught.value.fr.startswith("La question ne contient aucun mot : ")


def test_a_question_has_a_longest_length() -> None:
    assert clean_query("a" * LIMIT, LIMIT) == "a" * LIMIT
    with pytest.raises(QuestionError) as caught:
        clean_query("a" * 20_000, LIMIT)
    assert str(caught.value) == (
        "The question has 20000 characters, 2000 at most: keep what matters."
    )
    assert caught.value.text("fr") == (
        "La question compte 20000 caractères, 2000 au plus : gardez l'essentiel."
    )
    with pytest.raises(QuestionError, match="2001 characters"):
        clean_query("a" + " " * LIMIT, LIMIT)


# Surrogates included: a browser or a terminal may send them.
anything = st.text(st.characters(exclude_categories=()), max_size=80)


@given(anything)
@repeatable
def test_any_text_is_cleaned_once_for_all_or_refused(text: str) -> None:
    try:
        cleaned = clean_query(text, LIMIT)
    except QuestionError:
        return
    assert clean_query(cleaned, LIMIT) == cleaned
    assert cleaned == unicodedata.normalize("NFC", cleaned)
    assert cleaned == " ".join(cleaned.split())
    assert {unicodedata.category(c) for c in cleaned if c != "\u200d"} & {"Cc", "Cf", "Cs"} == set()
    cleaned.encode("utf-8")


@given(anything, st.integers(10, 60))
@repeatable
def test_any_text_can_be_searched_within_the_limit(text: str, limit: int) -> None:
    kept = searchable(text, limit)
    kept.encode("utf-8")
    assert len(kept) <= limit
    try:
        assert kept == clean_query(text, limit)
    except QuestionError:
        assert kept == "".join("?" if "\ud800" <= c <= "\udfff" else c for c in text)[:limit]


@pytest.mark.parametrize(
    ("typed", "limit", "kept"),
    [
        ("  trop\tde \ud800gens ", 20, "trop de gens"),
        ("???", 10, "???"),
        ("", 10, ""),
        ("\ud800", 10, "?"),
        ("un \udfffdeux trois", 10, "un ?deux t"),
        ("appels répétés", 10, "appels rép"),
    ],
)
def test_what_is_left_of_a_refused_question_is_searched(typed: str, limit: int, kept: str) -> None:
    assert searchable(typed, limit) == kept


@given(anything)
@repeatable
def test_every_text_has_a_language_or_none(text: str) -> None:
    assert guess_language(text) in {"fr", "en", "other", ""}


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        (
            "fr",
            [
                "Comment réduire les appels répétés ?",
                "trop de gens au guichet",
                "Nos agents sont démotivés",
                "COMMENT MESURER LA SATISFACTION",
                "quel indicateur",
                "stress des agents d'accueil",
                "l’accueil unique",
                "Qu'est-ce qu'un one stop shop ?",
                "Nos agents 管理者 ?",
            ],
        ),
        (
            "en",
            [
                "how to reduce repeat calls?",
                "Our users complain about waiting times",
                "managing change in teams",
                "WHY DO PEOPLE COME TWICE",
                "How do we use le SMS?",
            ],
        ),
        (
            "other",
            [
                "Wie können wir die Wartezeiten am Schalter verkürzen?",
                "Die Bürger müssen zu lange warten und das ist nicht gut",
                "¿Por qué los usuarios no están contentos con nuestra respuesta?",
                "las reclamaciones de los usuarios",
                "Perché gli utenti non sono contenti della nostra risposta?",
                "¿Cómo podemos reducir las llamadas de los usuarios?",
                "Como podemos reduzir o tempo de espera dos utentes?",
                "Os utentes não estão satisfeitos com o serviço",
                "Hoe kunnen we de wachttijden voor de burgers korter maken?",
                "كيف نقلل وقت الانتظار في مكاتب الخدمة",
                "Как сократить очереди в отделении?",
                "窓口の待ち時間を短くする",
                "Μείωση των κλήσεων",
            ],
        ),
        (
            "",
            [
                "",
                "12345",
                "?",
                "🙂",
                "appels",
                "innovation",
                "RSE",
                "accueil téléphonique usagers",
                "feedback manager",
                # As much French as English.
                "le the",
                "pourquoi why",
                "des services in time",
                # One foreign function word proves nothing.
                "die",
                "come",
            ],
        ),
    ],
)
def test_the_language_is_told_by_its_script_and_its_small_words(
    language: str, texts: list[str]
) -> None:
    assert {text: guess_language(text) for text in texts} == dict.fromkeys(texts, language)


def test_no_committed_question_is_taken_for_a_foreign_one() -> None:
    collection = booklet()
    foreign = [q.text for q in collection.questions if guess_language(q.text) == "other"]
    assert foreign == []
