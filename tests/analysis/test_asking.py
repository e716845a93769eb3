"""What a question asks for, in both languages."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recueil_qa.analysis.asking import (
    asks_for_fact,
    asks_for_figure,
    asks_one_thing,
    done_without,
    has_figure,
)

repeatable = settings(max_examples=200, deadline=None, derandomize=True)

ONE_THING = (
    "Qui valide les modèles de lettres ?",
    "quand envoyer la convocation",
    "Faut-il ouvrir le samedi ?",
    "Peut-on refuser un rendez-vous ?",
    "Combien d'agents pour tenir le standard",
    "quel logiciel choisir",
    "Quelles sont les étapes ?",
    "À qui s'adresser pour l'accès au droit",
    "Avec quels partenaires travailler ?",
    "Où afficher les horaires",
    "Doit-on relire les lettres à plusieurs",
    "Est-ce utile de rappeler la veille",
    "Y a-t-il un numéro unique",
    "« Quel format pour la convocation »",
    "Should we open on Saturdays",
    "Which format suits a letter",
    "who should answer the phone",
    "When to send reminders",
    "Is a single queue better",
    "Can visitors choose their slot",
    "What is a mystery visit",
    "how many indicators are enough",
    "How long should a call last?",
    "les lettres doivent-elles être signées ?",
)
SEVERAL = (
    "Comment réduire l'attente ?",
    "comment faire",
    "COMMENT RÉPONDRE AUX INJURES ?",
    "« Comment mesurer la satisfaction ? »",
    "How to write clearly?",
    "how can we welcome families",
    "How do we train new staff?",
    "le standard sature",
    "Les usagers ne comprennent pas nos lettres.",
    "Trop de monde au guichet",
    "accueil téléphonique",
    "Nous perdons des dossiers entre les services",
    "our letters are not understood",
    "People ring again and again",
    "queue management",
    "Nous cherchons à simplifier nos formulaires",
    "Oubli fréquent des rendez-vous",
    "quelquefois les agents se trompent",
    "cantine scolaire",
    "Canaux trop nombreux",
    "whoever answers gets it wrong",
    "",
)


@pytest.mark.parametrize("text", ONE_THING)
def test_a_question_that_one_line_may_answer_asks_one_thing(text: str) -> None:
    assert asks_one_thing(text)


@pytest.mark.parametrize("text", SEVERAL)
def test_a_problem_and_a_way_of_doing_want_a_whole_practice(text: str) -> None:
    assert not asks_one_thing(text)


FIGURE = (
    "Combien d'appels par jour ?",
    "combien coûte un entretien",
    "À combien revient une lettre ?",
    "quel est le taux de satisfaction",
    "Quelle part des appels est perdue ?",
    "Quel pourcentage d'agents a été formé ?",
    "quels sont les délais de réponse",
    "Quel délai pour répondre ?",
    "Quelle est la durée d'un appel ?",
    "quel budget prévoir",
    "Quel montant a été économisé ?",
    "Quelle note donnent les usagers ?",
    "À quel âge ?",
    "QUEL EST L'EFFECTIF DU SERVICE ?",
    "How many calls a day?",
    "how much did it cost",
    "How long does a call last?",
    "How often are letters sent?",
    "What is the share of lost calls?",
    "which percentage of staff was trained",
    "What was the total?",
    "what budget is needed",
)
NO_FIGURE = (
    "Comment réduire le taux d'appels perdus ?",
    "Quel format choisir ?",
    "Qui paie ?",
    "le coût des lettres",
    "réduire les délais",
    "Quelle méthode de notation ?",
    "Quelle est la meilleure méthode ?",
    "Les notes de service sont ignorées",
    "How to share good ideas?",
    "how can we cut costs",
    "What is the best way to answer?",
    "which channel do people prefer",
    "Our rate of lost calls is high",
    "the number of callers rises",
    "Trop d'indicateurs",
    "le nombre de visites augmente",
    "Quel accueil pour les familles ?",
    "What makes a good letter?",
    "Which tools were shared?",
    "",
)


@pytest.mark.parametrize("text", FIGURE)
def test_a_question_that_a_number_answers_asks_for_a_figure(text: str) -> None:
    assert asks_for_figure(text)
    assert asks_for_fact(text)


@pytest.mark.parametrize("text", NO_FIGURE)
def test_a_word_for_a_number_alone_asks_for_none(text: str) -> None:
    assert not asks_for_figure(text)


FACT = (
    "Qui est le directeur de la caisse ?",
    "qui sont les partenaires",
    "Qui dirige le service ?",
    "Où se trouve le guichet ?",
    "où est l'accueil",
    "À quelle heure ferme le guichet ?",
    "à quelle date commence la campagne",
    "À quelle adresse écrire ?",
    "En quelle année a-t-il ouvert ?",
    "Quelle est l’adresse du guichet ?",
    "quel est l'article du code",
    "Depuis quand le numéro existe-t-il ?",
    "Quel est le numéro du standard ?",
    "Quels sont les horaires d'ouverture ?",
    "quelle loi s'applique",
    "Quel est le nom du portail ?",
    "Who is the director?",
    "who runs the desk",
    "Where is the counter?",
    "In which year did it open?",
    "since when is it open",
    "What is the address of the office?",
    "what are the opening hours",
    "Which law applies?",
)
NO_FACT = (
    "Où afficher les horaires ?",
    "Qui doit relire les lettres ?",
    "Quand prévenir les usagers ?",
    "Quel format choisir ?",
    "Comment trouver une adresse fiable ?",
    "le numéro du standard sonne dans le vide",
    "les horaires ne conviennent pas",
    "Faut-il un numéro unique ?",
    "Qui forme les agents ?",
    "Quels conseils pour accueillir ?",
    "who should sign letters",
    "Where should we put the queue?",
    "When should people be warned?",
    "what helps a new colleague",
    "Should we publish our address?",
    "people cannot find our phone number",
    "Which channel suits whom?",
    "Trop d'adresses fausses",
    "une loi mal comprise",
    "",
)


@pytest.mark.parametrize("text", FACT)
def test_a_question_that_is_looked_up_asks_for_a_fact(text: str) -> None:
    assert asks_for_fact(text)


@pytest.mark.parametrize("text", NO_FACT)
def test_a_question_that_wants_advice_asks_for_no_fact(text: str) -> None:
    assert not asks_for_fact(text)


WITHOUT = (
    ("accueillir sans rendez-vous", "rendez-vous"),
    ("Accueil SANS RENDEZ-VOUS", "rendez-vous"),
    ("un accueil sans attente", "attente"),
    ("répondre sans accueil physique", "accueil"),
    ("sans aucun agent", "agent"),
    ("sans unité mobile", "unite"),
    ("sans parking", "parking"),
    ("une démarche sans papier", "papier"),
    ("sans l'aide d'un agent", "aide"),
    ("sans l’aide d’un agent", "aide"),
    ("sans d'autre moyen", "autre"),
    ("s'inscrire sans passer par le guichet", "guichet"),
    ("venir sans prendre de rendez-vous", "rendez-vous"),
    ("sans avoir à prendre rendez-vous", "rendez-vous"),
    ("sans recourir à un prestataire", "prestataire"),
    ("sans faire la queue", "queue"),
    ("des ateliers hors les murs", "murs"),
    ("without an appointment", "appointment"),
    ("without appointments", "appointments"),
    ("Without any paper", "paper"),
    ("without having to queue", "queue"),
    ("without going through the desk", "desk"),
    ("without using more staff", "staff"),
    ("without anger", "anger"),
)


@pytest.mark.parametrize(("text", "word"), WITHOUT)
def test_what_a_question_does_without_is_its_own_word(text: str, word: str) -> None:
    assert done_without(text) == (word,)


@pytest.mark.parametrize(
    "text",
    ["avec rendez-vous", "sensible", "les sans-abri", "within an hour", "hors", "sans", "",
     "sans ?", "ensanglanté", "Sanson reçoit"],
)  # fmt: skip
def test_a_question_that_excludes_nothing_does_without_nothing(text: str) -> None:
    assert done_without(text) == ()


def test_everything_that_a_question_does_without_is_told() -> None:
    assert done_without("sans papier, ni sans le téléphone") == ("papier", "telephone")


@repeatable
@given(st.from_regex(r"[a-z]{3,12}(-[a-z]{2,8})?", fullmatch=True))
def test_a_word_that_begins_like_an_article_stays_whole(word: str) -> None:
    # Little words alone are passed over, never the letters that a word begins with.
    assert done_without(f"sans {word}x") == (f"{word}x",)


FIGURES = (
    "30 % des appels", "30% des appels", "4,57/5", "3000 marins", "3 000 marins",
    "20 000 usagers", "20000 usagers", "19500 lettres", "200000 euros", "350 000 euros",
    "2 agents", "un délai de 48 heures", "le 39 39", "2000 % de plus", "19 % de plus",
    "en 2013, 12 agents", "+5 points", "n° 7", "10 e-mails", "100\u202f000 dossiers", "3D",
)  # fmt: skip
NO_FIGURES = (
    "depuis 2013", "2013", "en 2012-2013", "de 1998 à 2004", "(2014)", "octobre 2013.",
    "le 1er trimestre 2014", "accueil de 1er niveau", "la 1re fois", "la 1ère fois",
    "le 2e rang", "la 3ème place", "les 2èmes", "la 2nde", "the 1st desk", "the 2nd",
    "the 3rd floor", "the 4th", "2E RANG", "trente agents", "", "beaucoup d'appels",
    "COVID19", "un ISO",
)  # fmt: skip


@pytest.mark.parametrize("text", FIGURES)
def test_a_number_that_measures_is_a_figure(text: str) -> None:
    assert has_figure(text)


@pytest.mark.parametrize("text", NO_FIGURES)
def test_years_ranks_and_words_are_none(text: str) -> None:
    assert not has_figure(text)


@repeatable
@given(st.integers(10_000, 10**9))
def test_a_large_number_is_a_figure_whatever_it_begins_with(number: int) -> None:
    assert has_figure(f"{number} euros")


@repeatable
@given(st.integers(1900, 2099))
def test_a_year_is_none_wherever_it_stands(year: int) -> None:
    for text in (f"{year}", f"en {year}.", f"({year})", f"depuis {year}, toujours"):
        assert not has_figure(text)


@repeatable
@given(st.text(max_size=80))
def test_any_text_can_be_asked(text: str) -> None:
    for asks in (asks_one_thing, asks_for_figure, asks_for_fact, has_figure):
        assert asks(text) in (True, False)
    assert all(word == word.casefold() for word in done_without(text.upper()) if word.isascii())
