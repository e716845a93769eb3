"""Marks of emphasis go; whatever else looks like one stays."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recueil_qa.corpus.emphasis import plain

repeatable = settings(derandomize=True, deadline=None)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("un **mot** en gras", "un mot en gras"),
        ("**Tout**", "Tout"),
        ("d'**espaces** et **deux mots**, puis", "d'espaces et deux mots, puis"),
        ("le **MA**nagement", "le MAnagement"),
        ("*un* mot, _un_ autre et __un__ de plus", "un mot, un autre et un de plus"),
        ("***les deux*** et **un *dans* un**", "les deux et un dans un"),
        ("le champ `nom_usager` et ``un ` seul``", "le champ nom_usager et un ` seul"),
        ("**(entre parenthèses)**", "(entre parenthèses)"),
        ("  des   blancs\t**ici** \n", "des blancs ici"),
        # What is no emphasis.
        ("4 * 5 = 20 et 6*7*8", "4 * 5 = 20 et 6*7*8"),
        ("2**3**4", "2**3**4"),
        ("le **gras que rien ne ferme", "le **gras que rien ne ferme"),
        ("un prix* (*hors taxes)", "un prix* (*hors taxes)"),
        ("(*hors taxes). Le prix* est fixe", "(*hors taxes). Le prix* est fixe"),
        ("*hors taxes", "*hors taxes"),
        ("*un* prix*", "*un* prix*"),
        ("snake_case_name et _privé", "snake_case_name et _privé"),
        ("Nom : ____ Prénom : ____", "Nom : ____ Prénom : ____"),
        ("****", "****"),
        ("un **mot ** ici", "un **mot ** ici"),
        ("** a **", "** a **"),
        ("un ` seul", "un ` seul"),
        ("``", "``"),
        ("", ""),
    ],
)
def test_marks_of_emphasis_go_and_nothing_else(text: str, shown: str) -> None:
    assert plain(text) == shown


marked = st.text("ab .,(1_*`é", max_size=24)


@given(marked | st.text(max_size=24))
@repeatable
def test_only_marks_go_and_once_is_enough(text: str) -> None:
    shown = plain(text)
    assert plain(shown) == shown
    assert bool(shown) == bool(text.strip())
    bare = re.compile(r"[*_`\s]")
    assert bare.sub("", shown) == bare.sub("", text)


words = st.lists(st.text("abcé'", min_size=1, max_size=5), min_size=1, max_size=4).map(" ".join)


@given(words, words, words, st.sampled_from(["**", "*", "_", "__", "***", "`"]))
@repeatable
def test_words_between_marks_are_shown_without_them(
    before: str, text: str, after: str, mark: str
) -> None:
    assert plain(f"{before} {mark}{text}{mark} {after}") == f"{before} {text} {after}"
