"""A question as typed, to what is searched; a message, to its problems and its pieces."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recueil_qa.analysis.spelling import Spelling
from recueil_qa.analysis.understanding import (
    PIECE,
    PROBLEMS,
    Reading,
    pieces,
    problems,
    read_question,
)

repeatable = settings(max_examples=200, deadline=None, derandomize=True)

SPELLING = Spelling.of(
    ["Le standard téléphonique est saturé d'appels répétés", "Réduire le délai des rendez-vous",
     "our letters are not understood"]
)  # fmt: skip
SHORT = {"rdv": "rendez-vous", "tel": "téléphone", "si": "système d'information"}


def read(question: str, *, as_typed: bool = False) -> Reading:
    return read_question(question, SPELLING, SHORT, as_typed=as_typed)


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("le standard est saturé", "le standard est saturé"),
        ("Bonjour, le standard est saturé. Merci d'avance.\nAnne Morvan",
         "le standard est saturé."),
        ("LE STANDARD EST SATURÉ !!!", "Le standard est saturé"),
        ("Comment Réduire Le Délai ?", "réduire le délai"),
        ("how do we cut delays?", "cut delays"),
        ("Que faire quand le standard sonne ?", "le standard sonne"),
        ("comment ?", "comment ?"),
        ("Comment faire ?", "Comment faire ?"),
        ("on ne sait pas comment répondre", "on ne sait pas comment répondre"),
        ("30% d'appels en 350 000 €", "30 % d'appels en 350000 euros"),
        ("prendre RDV", "prendre rendez-vous"),
        ("prendre rdv", "prendre rendez-vous"),
        ("le SI est en panne", "le système d'information est en panne"),
        ("si le standard sonne", "si le standard sonne"),
        ("le standard telephonique sonne", "le standard téléphonique sonne"),
        ("our letters are not understood", "our letters are not understood"),
        ("le\u200b standard\u202e", "le standard"),
    ],
)  # fmt: skip
def test_what_is_searched_is_the_problem_in_usual_writing(typed: str, text: str) -> None:
    found = read(typed)
    assert (found.text, found.mended) == (text, "")


def test_slips_are_mended_and_told() -> None:
    found = read("le standrad est saturé d'apels")
    assert found.text == found.mended == "le standard est saturé d'appels"
    typed = read("le standrad est saturé d'apels", as_typed=True)
    assert (typed.text, typed.mended) == ("le standrad est saturé d'apels", "")


@pytest.mark.parametrize(
    ("typed", "short"),
    [
        ("le RDV par TEL", ("RDV", "TEL")),
        ("rdv", ("rdv",)),
        ("si", ()),
        ("SI", ("SI",)),
        ("appels", ()),
    ],
)
def test_abbreviations_that_stand_in_full_are_told(typed: str, short: tuple[str, ...]) -> None:
    assert read(typed).short == short


@repeatable
@given(st.text(max_size=150))
def test_any_text_is_read_on_one_line(text: str) -> None:
    found = read(text)
    assert "\n" not in found.text
    assert found.mended in ("", found.text)


CALLS, VISITS = "le standard perd des appels", "les visiteurs oublient leur visite"


@pytest.mark.parametrize(
    "message",
    [
        f"1. {CALLS} 2. {VISITS}",
        f"1) {CALLS} 2) {VISITS}",
        f"(1) {CALLS} (2) {VISITS}",
        f"Voici : 1° {CALLS} 2° {VISITS}",
        f"• {CALLS} • {VISITS}",
        f"{CALLS}. D'autre part, {VISITS}",
        f"D'une part, {CALLS}. D'autre part, {VISITS}",
        f"{CALLS}. Par ailleurs {VISITS}",
        f"{CALLS}. Autre problème : {VISITS}",
        f"{CALLS}. Une deuxième question : {VISITS}",
        f"{CALLS}. Another problem: {VISITS}",
        f"{CALLS}. The second issue: {VISITS}",
        f"{CALLS} ? {VISITS} ?",
    ],
)
def test_a_message_that_says_so_tells_several_problems(message: str) -> None:
    found = [each.rstrip(" .?") for each in problems(message) if each != "Voici"]
    assert found == [CALLS, VISITS]


@pytest.mark.parametrize(
    "message",
    [
        "",
        CALLS,
        f"{CALLS}. {VISITS}.",
        f"{CALLS} ?",
        f"{CALLS} ? Que faire ?",
        f"1. {CALLS}",
        f"1. {CALLS} 2. ",
        "le numéro 1. est saturé le 2. aussi",
        "on appelle, d'autre part on écrit",
        "3 agents et 2 guichets",
        "D'autre part",
        "nous avons un autre problème de standard",
    ],
)
def test_one_problem_is_read_together(message: str) -> None:
    assert problems(message) == (message,)


def test_of_a_long_list_the_first_problems_are_read() -> None:
    listed = " ".join(f"{i}. le service {i}{i} perd des dossiers" for i in range(1, 9))
    found = problems(listed)
    assert len(found) == PROBLEMS
    assert found[0] == "le service 11 perd des dossiers"


def squeezed(texts: list[str]) -> str:
    return "".join("".join(texts).split())


SENTENCES = st.lists(st.text(max_size=300), max_size=12).map(". ".join)


@repeatable
@given(
    st.one_of(
        st.text(max_size=400),
        SENTENCES,
        st.text(min_size=1, max_size=5).map(lambda text: text * 900),
    )
)
def test_pieces_drop_nothing_and_fit(text: str) -> None:
    found = pieces(text)
    assert squeezed(found) == squeezed([text])
    assert all(len(piece) <= PIECE + 1 for piece in found)
    assert found


def test_a_text_that_fits_is_one_piece() -> None:
    assert pieces("Le standard sature. Que faire ?") == ["Le standard sature. Que faire ?"]
    assert pieces("") == [""]


def test_a_long_text_is_cut_between_sentences() -> None:
    sentence = "Le standard sature chaque lundi matin depuis le mois de mai. "
    found = pieces(sentence * 50)
    assert len(found) > 2
    assert all(piece.endswith("mai.") for piece in found)


def test_a_sentence_longer_than_a_piece_is_cut() -> None:
    found = pieces("x" * (2 * PIECE + 5))
    assert [len(piece) for piece in found] == [PIECE, PIECE, 5]
