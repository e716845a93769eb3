from __future__ import annotations

import pytest

from recueil_qa.analysis.derivations import is_derived
from recueil_qa.analysis.spelling import Spelling

KNOWN = {"ecoute", "guichet", "gueuler", "badger", "orienter", "appeler", "rire"}


@pytest.mark.parametrize(
    "word",
    ["reecoute", "multiguichet", "gueulent", "gueulaient", "badgeuse", "badgeage", "reorienter"],
)
def test_a_word_made_of_a_known_one_is_derived(word: str) -> None:
    assert is_derived(word, KNOWN.__contains__)


@pytest.mark.parametrize(
    "word", ["ecoutr", "guichte", "apelent", "gueulx", "rerire", "re", "", "redoute", "badgs"]
)
def test_a_slip_is_not(word: str) -> None:
    assert not is_derived(word, KNOWN.__contains__)


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("on réécoute les appels", "on réécoute les appels"),
        ("les parents gueulent", "les parents gueulent"),
        ("la badgeuse", "la badgeuse"),
        ("on redoutr les appels", "on redoute les appels"),
        ("les parents veulnt", "les parents veulent"),
    ],
)
def test_it_stays_as_typed_and_a_slip_does_not(typed: str, understood: str) -> None:
    spelling = Spelling.of(["on redoute les appels", "les parents veulent la cantine", "un badge"])
    assert spelling.correct(typed) == understood
