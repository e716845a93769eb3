from __future__ import annotations

import re
import subprocess
import sys
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recueil_qa.analysis import spelling
from recueil_qa.analysis.spelling import Spelling
from recueil_qa.analysis.words import stop_words, words

TEXTS = (
    "Former les agents à l'accueil",
    "La polyvalence des agents d'une équipe",
    "Compter les appels répétés au standard",
    "Un guichet à l'école, un courrier clair",
    "Bannir le jargon des lettres",
    "Pour 2014 : un habitant, une réponse",
)
MENDING = Spelling.of(TEXTS)
SEPARATORS = re.compile(r"[^\W_]+")

repeatable = settings(max_examples=200, deadline=None, derandomize=True)
# Any text, and texts of which many words are slips.
anything = st.text() | st.text("aceilgntsuh éÉ'’-_?!.,\n1", max_size=60)


@pytest.fixture
def no_dictionary(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail the test where a dictionary is asked."""

    def refused() -> frozenset[str]:
        raise AssertionError("a dictionary was loaded")

    monkeypatch.setattr(spelling, "_dictionary", refused)


@pytest.mark.parametrize(
    ("typed", "mended"),
    [
        ("acueil", "accueil"),
        ("gichet", "guichet"),
        ("agets", "agents"),
        ("accueuil", "accueil"),
        ("guichett", "guichet"),
        ("agentss", "agents"),
        ("polyvalense", "polyvalence"),
        ("guixhet", "guichet"),
        ("standart", "standard"),
        ("guihcet", "guichet"),
        ("aegnts", "agents"),
        ("ecloe", "école"),
    ],
)
def test_a_letter_lost_added_changed_or_two_swapped_are_mended(typed: str, mended: str) -> None:
    assert MENDING.correct(typed) == mended
    assert MENDING.correct(f"Nos « {typed} » ?") == f"Nos « {mended} » ?"


@pytest.mark.parametrize(
    ("typed", "mended"),
    [
        ("aegnst", "agents"),  # two swaps
        ("gichte", "guichet"),  # a loss and a swap
        ("polivalanse", "polivalanse"),  # three changes
        ("plyvalanse", "plyvalanse"),
        ("aegns", "aegns"),  # a swap and a loss, of five letters
        ("eolce", "eolce"),
    ],
)
def test_two_slips_are_mended_in_six_letters_and_more_only(typed: str, mended: str) -> None:
    assert MENDING.correct(typed) == mended


def test_a_swap_is_one_slip() -> None:
    # Five letters: as two changes it would be too far.
    assert MENDING.correct("ecoel") == "école"


@pytest.mark.parametrize(
    "text",
    [
        "Former les agents à l'accueil",
        "FORMER LES AGENTS",
        "ecole EQUIPE repetes Reponse",
        "l’équipe",
        "comment pourquoi votre should would",
        "abc gns l' d' ?",
        "2014 2013 20144 p23 covid19 agent5 3agents",
        "приветы 日本語の質問です αγεντς الموظفين",
        "straße",
        "",
        "  \n\t !? … « »",
    ],
)
def test_what_needs_no_dictionary_is_left_as_typed(no_dictionary: None, text: str) -> None:
    assert MENDING.correct(text) == text


@pytest.mark.parametrize(
    ("word", "neighbour"),
    [("letters", "lettres"), ("rappels", "appels"), ("courier", "courrier")],
)
def test_a_word_of_french_or_english_is_left_as_typed(word: str, neighbour: str) -> None:
    assert neighbour in {word for text in TEXTS for word in words(text)}
    for typed in (word, word.upper(), word.capitalize()):
        assert MENDING.correct(typed) == typed


@pytest.mark.parametrize("text", ["zyxwvuts", "qsdfghjk AZERTYUIOP", "wxcv", "xkcdqwz agents"])
def test_gibberish_is_left_as_typed(text: str) -> None:
    assert MENDING.correct(text) == text


@pytest.mark.parametrize(
    ("typed", "mended"),
    [
        ("laccueil", "l'accueil"),
        ("Laccueil", "l'accueil"),
        ("dequipe", "d'équipe"),
        ("lécole", "l'école"),
        ("quagents", "qu'agents"),
        ("lhabitant", "l'habitant"),
        ("LACCUEIL", "l'accueil"),
        ("l'acueil", "l'accueil"),
        ("L’acueil", "L’accueil"),
    ],
)
def test_an_elision_gets_its_apostrophe_back(typed: str, mended: str) -> None:
    assert MENDING.correct(typed) == mended


@pytest.mark.parametrize("typed", ["lguichet", "gguichet"])
def test_no_apostrophe_is_put_before_a_consonant_or_after_another_letter(typed: str) -> None:
    assert MENDING.correct(typed) == "guichet"


@pytest.mark.parametrize(
    ("typed", "mended"),
    [
        ("ACCEUIL", "accueil"),
        ("Acceuil", "accueil"),
        ("ecolle", "école"),
        ("ÉCOLLE", "école"),
        ("repetess", "répétés"),
        ("répetéss", "répétés"),
    ],
)
def test_accents_and_capitals_are_no_slips(typed: str, mended: str) -> None:
    assert MENDING.correct(typed) == mended


def test_a_word_takes_its_most_frequent_form() -> None:
    assert Spelling.of(["Appelé, APPELÉ, appele"]).correct("apele") == "appelé"
    assert Spelling.of(["appelé", "appele appele"]).correct("apele") == "appele"


def test_people_seldom_miss_the_first_letter() -> None:
    # Both one slip away; the more frequent has another initial.
    assert Spelling.of(["adresse adresse adresse", "redresse"]).correct("radresse") == "redresse"
    assert Spelling.of(["adresse"]).correct("radresse") == "adresse"
    # Half a slip: less than a second one.
    assert Spelling.of(["redresses redresses", "adresse"]).correct("radresse") == "adresse"


def test_words_of_the_domain_win_over_function_words() -> None:
    assert "entre" in stop_words("fr")
    assert Spelling.of(["entre entre entre", "entrée"]).correct("entrre") == "entrée"
    assert Spelling.of(["entre"]).correct("entrre") == "entre"
    # A quarter of a slip: less than another initial, or than a second slip.
    assert Spelling.of(["entrées", "entre"]).correct("entrre") == "entre"


def test_short_words_replace_nothing() -> None:
    assert Spelling.of(["une clé, un sas"]).correct("clés clée sass") == "clés clée sass"


def test_a_collection_without_words_mends_nothing() -> None:
    assert Spelling.of([]).correct("acueil") == "acueil"
    assert Spelling.of(["…", ""]).correct("acueil") == "acueil"


def test_between_equals_the_more_frequent_comes_first_then_the_alphabet() -> None:
    for texts in permutations(["guichex", "guichey", "guichea"]):
        assert Spelling.of(texts).correct("guichew") == "guichea"
    for texts in permutations(["guichex", "guichey guichey", "guichea"]):
        assert Spelling.of(texts).correct("guichew") == "guichey"


@repeatable
@given(st.permutations(TEXTS), anything)
def test_the_order_of_the_collection_changes_nothing(texts: list[str], text: str) -> None:
    assert Spelling.of(texts).correct(text) == MENDING.correct(text)


@repeatable
@given(anything)
def test_punctuation_and_spacing_stay(text: str) -> None:
    # No vowel to elide before.
    plain = Spelling.of(["guichet standard lettres jargon courrier polyvalence"])
    assert SEPARATORS.split(plain.correct(text)) == SEPARATORS.split(text)


@repeatable
@given(anything)
def test_a_mended_text_needs_no_more_mending(text: str) -> None:
    mended = MENDING.correct(text)
    assert MENDING.correct(mended) == mended
    # Nothing is lost: no word goes, and only an apostrophe comes.
    assert len(words(mended)) >= len(words(text))
    assert SEPARATORS.sub("", mended).replace("'", "") == SEPARATORS.sub("", text).replace("'", "")


@repeatable
@given(
    st.lists(st.sampled_from(sorted({word for text in TEXTS for word in words(text)}))),
    st.sampled_from([" ", ", ", "'", "-", "\n", " ; "]),
    st.sampled_from([str.lower, str.upper, str.capitalize, str]),
)
def test_the_words_of_the_collection_stay_as_they_are(
    chosen: list[str], between: str, typed: type[str]
) -> None:
    text = between.join(map(typed, chosen))
    assert MENDING.correct(text) == text


def test_nothing_heavy_is_loaded_while_every_word_is_known() -> None:
    code = (
        "import sys\n"
        "from recueil_qa.analysis.spelling import Spelling\n"
        f"mending = Spelling.of({TEXTS!r})\n"
        "mending.correct('les AGENTS à l’accueil, 2014, comment ?')\n"
        "heavy = {'spellchecker', 'rapidfuzz'}\n"
        "assert not heavy & sys.modules.keys()\n"
        "assert mending.correct('acueil') == 'accueil'\n"
        "assert heavy <= sys.modules.keys()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
