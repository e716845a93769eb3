"""Capitals that say nothing go; all others stay."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from recueil_qa.analysis.casing import recased
from recueil_qa.analysis.public_names import ACRONYMS

repeatable = settings(max_examples=300, deadline=None, derandomize=True)

OWN = frozenset({"caf", "cnaf", "rsa", "sms"})


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("COMMENT RÉDUIRE L'ATTENTE ?", "Comment réduire l'attente ?"),
        ("LES APPELS. LE STANDARD SATURE !", "Les appels. Le standard sature !"),
        ("LA CAF NE RÉPOND PAS AUX SMS", "La CAF ne répond pas aux SMS"),
        ("« NOS LETTRES » SONT OBSCURES", "« Nos lettres » sont obscures"),
        ("ATTENTE", "ATTENTE".capitalize()),
        ("HOW TO ANSWER 30 CALLS A DAY?", "How to answer 30 calls a day?"),
        ("Comment RÉDUIRE LES APPELS RÉPÉTÉS", "Comment réduire les appels répétés"),
        ("How To Answer Angry Letters", "How to answer angry letters"),
        ("Comment Réduire les Appels de la CNAF", "Comment réduire les appels de la CNAF"),
        ("Trop D'Attente. Que Faire Demain ?", "Trop d'attente. Que faire demain ?"),
    ],
)
def test_a_text_typed_in_capitals_gets_those_of_a_sentence(typed: str, expected: str) -> None:
    assert recased(typed, OWN) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "comment réduire l'attente ?",
        "Comment la CAF reçoit-elle les bénéficiaires du RSA ?",
        "RDV",
        "RSA",
        "CNAF ?",
        "À Lyon, Anne Morvan a reçu trente familles.",
        "il faut URGENT répondre",
        "La Poste",
        "the Mayor of London wrote to us twice",
        "350 000 € en 2013",
        "5 % ?",
        "😀 bonjour",
        "日本語 привет",
    ],
)
def test_a_text_typed_as_usual_stays_as_it_is(text: str) -> None:
    assert recased(text, OWN) == text


SAID = (
    "les appels DU standard CAF Caf caf Lyon a à É le SMS rsa réduire RÉDUIRE Réduire ATTENTE 30 "
    "d'un L'ACCUEIL l'Accueil ? ! . … « » ÉCOLE œuvre ŒUVRE straße how TO Answer"
)
SMALL = "les appels du standard sont perdus depuis hier"
WORDS = st.sampled_from(SAID.split())
SMALL_WORDS = st.sampled_from(SMALL.split())
TYPED = st.one_of(
    st.text(max_size=60),
    st.lists(WORDS, max_size=12).map(" ".join),
    st.lists(WORDS, max_size=12).map(lambda found: " ".join(found).upper()),
    st.lists(WORDS, max_size=12).map(lambda found: " ".join(found).title()),
)


@repeatable
@given(TYPED)
def test_only_case_changes(text: str) -> None:
    assert recased(text, OWN).casefold() == text.casefold()


@repeatable
@given(TYPED)
@example("ABCD ! EFGH ! IJ Caf ! KLMN !")
@example("Les APPELS. CAF. ß ATTENTE")
def test_recasing_again_changes_nothing(text: str) -> None:
    once = recased(text, OWN)
    assert recased(once, OWN) == once


@repeatable
@given(st.lists(SMALL_WORDS, max_size=20))
def test_small_letters_stay_small(words: list[str]) -> None:
    text = " ".join(words)
    assert recased(text, ACRONYMS) == text


@repeatable
@given(st.lists(SMALL_WORDS, min_size=3))
def test_the_same_is_read_however_many_capitals_were_typed(words: list[str]) -> None:
    text = " ".join(words)
    assert recased(text.upper(), ()) == text[:1].upper() + text[1:]
