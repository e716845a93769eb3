from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recueil_qa.analysis.words import (
    analyse,
    analyse_query,
    fold,
    mark,
    stem,
    stop_words,
    words,
)

repeatable = settings(max_examples=100, deadline=None, derandomize=True)


@pytest.mark.parametrize(
    "together",
    [
        "crédit crédits crédite créditer credit",
        "usager usagers usagère USAGERS l'usager l’usager qu'usagers",
        "réclamation réclamations reclamation RÉCLAMATION réclamer réclame",
        "œuvre oeuvre œuvres ŒUVRE",
        "appel appels appeler appelle",
        "agent agents",
        "mesure mesures mesurer mesuré",
        "accueil accueils accueillir",
        "téléphone telephone téléphonique téléphoner",
        "innovation innovations innover innovant innovante",
        "réseau réseaux reseau",
        "national nationale nationaux",
        "dématérialisation dématérialiser dématérialisés",
        "écoute écouter ecoute",
        "manager managers management",
        "délai délais",
    ],
)
def test_the_forms_of_a_french_word_meet(together: str) -> None:
    first, *others = together.split()
    stems = analyse(first, "fr")
    assert len(stems) == 1
    assert {form: analyse(form, "fr") for form in others} == dict.fromkeys(others, stems)


@pytest.mark.parametrize(
    "apart",
    [
        "appel rappel",
        "courriel courrier",
        "agent agence",
        "marque marché",
        "mission mise",
        "police politique",
        "cas cause",
        "réseau réserve",
        "guichet guide",
        "usager usine",
        "client cliché",
        "17 3939",
    ],
)
def test_french_words_of_other_meanings_stay_apart(apart: str) -> None:
    left, right = apart.split()
    assert analyse(left, "fr") != analyse(right, "fr")


@pytest.mark.parametrize(
    "together",
    [
        "complaint complaints",
        "queue queues",
        "call calls called calling",
        "measure measures measuring measurement",
        "service services",
        "citizen citizens",
    ],
)
def test_the_forms_of_an_english_word_meet(together: str) -> None:
    first, *others = together.split()
    stems = analyse(first, "en")
    assert len(stems) == 1
    assert {form: analyse(form, "en") for form in others} == dict.fromkeys(others, stems)


def test_words_common_to_both_languages_share_their_stem() -> None:
    for word in ("innovation", "satisfaction", "agent", "service", "mobile"):
        assert analyse(word, "fr") == analyse(word, "en"), word


@pytest.mark.parametrize(
    ("text", "language", "stems"),
    [
        ("Comment est-ce que je peux faire pour réduire les appels ?", "fr", ["reduir", "appel"]),
        ("Qu’avez-vous déjà été ? Où êtes-vous ?", "fr", []),
        ("How can we get the number of calls down?", "en", ["number", "call"]),
        ("Why don't we do what they have?", "en", []),
        ("", "fr", []),
        ("?! … — _ 🙂", "fr", []),
        ("à 360° et à 3,5 %", "fr", ["360", "3", "5"]),
        ("b e-mail", "fr", ["mail"]),
        ("un_deux", "fr", ["deux"]),
    ],
)
def test_only_words_with_a_meaning_are_kept(text: str, language: str, stems: list[str]) -> None:
    assert analyse(text, language) == stems


def test_words_that_carry_a_meaning_are_no_stop_words() -> None:
    french = "agent usager service qualité mesure équipe public moyen personnel bien mal temps fois"
    assert not {fold(word) for word in french.split()} & stop_words("fr")
    english = "user agent service quality team public staff time wait call question help"
    assert not set(english.split()) & stop_words("en")


def test_words_are_cut_at_apostrophes_hyphens_and_points() -> None:
    assert words("L'auto-évaluation, l’OCDE et caf.fr (2014)_b") == [
        *("L", "auto", "évaluation", "l", "OCDE", "et", "caf", "fr", "2014", "b"),
    ]


def test_accents_written_apart_from_their_letters_cut_no_word() -> None:
    typed = unicodedata.normalize("NFD", "Réclamation à l'été, Çà")
    assert words(typed) == ["Réclamation", "à", "l", "été", "Çà"]
    assert analyse(typed, "fr") == analyse("Réclamation à l'été, Çà", "fr")


def test_a_fold_is_lower_case_without_accents_or_ligatures() -> None:
    assert fold("ÉCŒUREÆÇÏ ﬁn") == "ecoeureaeci fin"
    # Letters drawn for mathematics are capitals only once they are decomposed.
    assert fold("𝐀ppel") == "appel"


def test_a_query_keeps_the_word_that_was_typed_for_each_stem() -> None:
    stems = analyse_query("La satisfaction des Usagers, l'usager satisfait, les rendez-vous ?")
    assert {key: stems[key] for key in ("satisfact", "usag", "satisf", "rend")} == {
        "satisfact": "satisfaction",
        "usag": "Usagers",
        "satisf": "satisfait",
        "rend": "rendez-vous",
    }


def test_a_query_has_the_stems_of_both_languages() -> None:
    assert analyse_query("the measuring et innovations") == {
        "measuring": "measuring",
        "measur": "measuring",
        "innov": "innovations",
    }


@given(st.text(max_size=60), st.sampled_from(["fr", "en"]))
@repeatable
def test_any_text_is_analysed_to_stems_that_stay_what_they_are(text: str, language: str) -> None:
    stems = analyse(text, language)
    assert all(stems)
    assert [stem(word, language) for word in stems] == stems
    other = "en" if language == "fr" else "fr"
    # A word of the other language's grammar ("on", "an") is left out of a query.
    assert set(stems) - set(analyse_query(text)) <= {
        stem(word, language) for word in words(text) if fold(word) in stop_words(other)
    }


@pytest.mark.parametrize(
    ("text", "query", "pieces"),
    [
        ("Compter les appels !", "un appel répété",
         (("Compter les ", False), ("appels", True), (" !", False))),
        ("Appels, RÉPÉTÉS", "appels répétés", (("Appels", True), (", ", False), ("RÉPÉTÉS", True))),
        ("l’usager-citoyen", "les usagers",
         (("l’", False), ("usager", True), ("-citoyen", False))),
        # Words that carry no meaning are marked nowhere, though the question has them.
        ("Comment faire pour les lettres", "comment faire pour les guichets",
         (("Comment faire pour les lettres", False),)),
        # Nor those of one stem and another meaning.
        ("l'usage du SMS", "nos usagers", (("l'usage du SMS", False),)),
        ("un usager utile", "l'usage", (("un usager utile", False),)),
        ("Des usages", "l'usage", (("Des ", False), ("usages", True))),
        ("l'usage des usagers", "des usages pour l'usager",
         (("l'", False), ("usage", True), (" des ", False), ("usagers", True))),
        ("mobilisant, mobiles", "mobiliser",
         (("mobilisant", True), (", mobiles", False))),
        ("rien", "", (("rien", False),)),
        ("", "appels", ()),
    ],
)  # fmt: skip
def test_words_of_a_question_are_marked_by_their_stems(
    text: str, query: str, pieces: tuple[tuple[str, bool], ...]
) -> None:
    assert mark(text, "fr", query) == pieces


def test_words_of_an_english_text_are_marked_by_english_stems() -> None:
    query = "How to measure calls?"
    assert [word for word, is_word in mark("Measuring each call", "en", query) if is_word] == [
        "Measuring", "call",
    ]  # fmt: skip


@given(st.text(max_size=80), st.text(max_size=40), st.sampled_from(["fr", "en"]))
@repeatable
def test_the_pieces_of_any_text_join_to_it_again(text: str, query: str, language: str) -> None:
    stems = analyse_query(query)
    pieces = mark(text, language, query)
    assert "".join(piece for piece, _ in pieces) == text
    assert all(piece for piece, _ in pieces)
    for piece, is_word in pieces:
        assert not is_word or stem(piece, language) in stems


PARTS = ["appels", "lettre", "d'", ",", "📞", "l’", "guichets", "été", "(les)", "_"]


@given(st.lists(st.sampled_from(PARTS), max_size=12), st.sampled_from(["fr", "en"]))
@repeatable
def test_every_word_of_the_question_is_marked_and_no_other(parts: list[str], language: str) -> None:
    text = " ".join(parts)
    pieces = mark(text, language, "un appel et des guichets")
    assert "".join(piece for piece, _ in pieces) == text
    marked = [piece for piece, is_word in pieces if is_word]
    assert marked == [part for part in parts if part in ("appels", "guichets")]
