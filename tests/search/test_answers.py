"""From one question to one answer: bands, notices, what is shown and in which order."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recueil_qa import Answer, Assistant
from recueil_qa.analysis.words import words
from recueil_qa.cli.batch import as_row
from recueil_qa.encoding.encoder import Vectors
from recueil_qa.errors import QuestionError
from recueil_qa.search import answers
from recueil_qa.search.answers import NEGATION, NO_FACT, NO_MATCH_FOR_FILTERS, OTHER_LANGUAGE
from recueil_qa.search.confidence import Confidence
from recueil_qa.types import PRACTICES, Band, Card, Citation, Line
from tests.support import advised
from tests.support.encoders import HashEncoder

repeatable = settings(max_examples=60, deadline=None, derandomize=True)

QUESTIONS = (
    "le standard perd trop d'appels",
    "Combien d'appels sont perdus en moins ?",
    "les visiteurs oublient leur visite",
    "notre formulaire est incompréhensible",
    "people do not read our letters",
    "Relire le formulaire à voix haute",
    "350 000 euros",
    "p2",
    "les pratiques du Musée du Sel",
    "zzz",
)


@pytest.fixture(scope="module")
def carnet() -> Iterator[Assistant]:
    with tempfile.TemporaryDirectory() as home:
        yield advised.assistant(Path(home))


@pytest.fixture
def likely(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is asked, practices answer as far as the scores tell."""
    monkeypatch.setattr(answers, "confidence", lambda *_: Confidence(0.9, 0.9, Band.ANSWERS))


@pytest.fixture
def unsure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "confidence", lambda *_: Confidence(0.5, 0.5, Band.LEADS))


def line(name: str, **facts: object) -> Citation:
    practice, section, number = name.split("/")
    place = (
        name,
        practice,
        "Titre",
        "Mairie",
        section,
        "Conseils",
        int(number),
        3,
        f"Ligne {name}",
    )
    return Citation(*place, score=0.0, advice=True, **facts)  # type: ignore[arg-type]


def made(*cards: Card, direct: Citation | None = None) -> Answer:
    return Answer("q", "fr", 0.9, Band.ANSWERS, (), (), cards=cards, direct=direct)


def test_lines_are_shown_direct_first_then_card_by_card(carnet: Assistant) -> None:
    one, two = carnet.catalogue.practices[:2]
    names = [f"a/{name}" for name in ("r/1", "c/1", "c/2", "c/3", "p/1")]
    names += ["b/r/1", "b/c/1", "b/p/2"]
    lines = {name: line(name) for name in names}
    first = Card(
        one,
        1,
        result=lines["a/r/1"],
        advice=(lines["a/c/1"], lines["a/c/2"], lines["a/c/3"]),
        besides=(lines["a/p/1"],),
        set_off=("a/c/3", "a/c/1"),
        reason=line("a/o/1"),
    )
    second = Card(two, 2, lines["b/r/1"], (lines["b/c/1"],), 0, (lines["b/p/2"],), ("b/c/1",))
    order = ["a/r/1", "a/c/1", "a/c/3", "a/p/1", "b/r/1", "b/c/1", "b/p/2"]
    shown = made(first, second).shown
    assert [each.passage for each in shown] == order
    # The direct line comes first, and is not repeated where it stands in a card.
    for name in ("b/c/1", "a/r/1", "x/y/1"):
        shown = made(first, second, direct=line(name)).shown
        assert [each.passage for each in shown] == [name, *(each for each in order if each != name)]


def test_a_card_without_a_result_begins_with_its_advice(carnet: Assistant) -> None:
    card = Card(carnet.catalogue.practices[0], 1, advice=(line("a/c/1"),), set_off=("a/c/1",))
    assert [each.passage for each in card.quoted] == ["a/c/1"]
    assert Card(carnet.catalogue.practices[0], 1).quoted == ()


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_answer_holds_together(carnet: Assistant, question: str) -> None:
    answer = carnet.ask(question)
    shown = [each.passage for each in answer.shown]
    assert len(shown) == len(set(shown))
    assert [card.practice for card in answer.cards] == [
        hit.practice for hit in answer.hits[: len(answer.cards)]
    ]
    assert len(answer.cards) <= PRACTICES
    assert answer.abstained == (answer.band is Band.NOTHING) == (not answer.cards)
    assert bool(answer.nearest) == answer.abstained
    assert answer.answering <= len(answer.cards)
    assert (answer.answering > 0) == (answer.band is Band.ANSWERS)
    if answer.abstained:
        assert (answer.direct, answer.shown) == (None, ())
    assert 0 <= answer.percent <= 99


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_row_of_a_batch_has_every_line_with_what_governs_it(
    carnet: Assistant, question: str
) -> None:
    answer = carnet.ask(question)
    row = as_row("q", answer)
    assert row["band"] == answer.band
    assert row["direct"] == (answer.direct.passage if answer.direct else None)
    for told, cited in (("shown", answer.shown), ("advice", answer.advice)):
        assert [each["passage"] for each in row[told]] == [each.passage for each in cited]
        for each, citation in zip(row[told], cited, strict=True):
            assert each["lead_ins"] == [lead_in.text for lead_in in citation.lead_ins]


def test_what_to_avoid_is_never_quoted_without_saying_so(carnet: Assistant) -> None:
    for text, lead_in in (
        ("relancer les visiteurs le dimanche", "À éviter :"),
        ("écrire en latin", "Ne jamais :"),
        ("threaten a reader with court", "Never:"),
        ("write in capitals", "Do not:"),
    ):
        row = as_row("q", carnet.ask(text))
        first = row["shown"][0]
        assert (first["text"], first["lead_ins"]) == (text, [lead_in])


@pytest.mark.usefixtures("likely")
@pytest.mark.parametrize(
    "question",
    ["Combien de vélos ?", "Qui est le directeur ?", "Where is the counter?",
     "Quelle est l'adresse du guichet ?", "how much does a bicycle cost?"],
)  # fmt: skip
def test_a_fact_that_no_line_gives_is_not_answered_by_practices(
    carnet: Assistant, question: str
) -> None:
    answer = carnet.ask(
        question, filters=advised.only(theme="Accueil")
    )  # its practice has no figure
    assert (answer.band, answer.notices) == (Band.LEADS, (NO_FACT,))
    assert answer.cards


@pytest.mark.usefixtures("likely")
def test_a_figure_that_is_shown_may_be_the_one_but_is_no_sure_answer(carnet: Assistant) -> None:
    answer = carnet.ask("Combien d'appels ?", filters=advised.only(theme="Téléphone"))
    assert (answer.band, answer.notices) == (Band.LEADS, ())


@pytest.mark.usefixtures("likely")
@pytest.mark.parametrize(
    ("question", "theme"),
    [
        ("un accueil sans visite", "Rendez-vous"),
        ("aider sans formulaire", "Écrit"),
        ("recevoir sans avoir à rappeler la veille", "Rendez-vous"),
        ("complain without letters", "Writing"),
    ],
)
def test_what_a_question_excludes_is_not_answered_by_a_practice_on_it(
    carnet: Assistant, question: str, theme: str
) -> None:
    answer = carnet.ask(question, filters=advised.only(theme=theme))
    assert (answer.band, answer.notices) == (Band.LEADS, (NEGATION,))


@pytest.mark.usefixtures("likely")
def test_what_is_excluded_but_not_in_the_first_practice_changes_nothing(carnet: Assistant) -> None:
    answer = carnet.ask("répondre sans parking", filters=advised.only(theme="Téléphone"))
    assert (answer.band, answer.notices) == (Band.ANSWERS, ())


@pytest.mark.parametrize(
    ("sure", "direct", "band"),
    [
        (Band.NOTHING, False, Band.NOTHING),
        (Band.NOTHING, True, Band.LEADS),
        (Band.LEADS, False, Band.LEADS),
        (Band.LEADS, True, Band.ANSWERS),
        (Band.ANSWERS, False, Band.ANSWERS),
        (Band.ANSWERS, True, Band.ANSWERS),
    ],
)
def test_a_line_that_answers_raises_the_band_by_one(
    carnet: Assistant, monkeypatch: pytest.MonkeyPatch, sure: Band, direct: bool, band: Band
) -> None:
    line_ = next(i for i, p in enumerate(carnet.index.passages) if p.id == "carnet-p1/conseils/3")
    monkeypatch.setattr(answers, "confidence", lambda *_: Confidence(0.5, 0.5, sure))
    monkeypatch.setattr(answers, "direct_line", lambda *_: line_ if direct else None)
    answer = carnet.ask("Faut-il fuir les questions ?")
    assert answer.band is band
    assert (answer.direct is not None) == direct
    # What is asked to do without it is still in doubt.
    doubted = carnet.ask("Faut-il aider sans formulaire ?", filters=advised.only(theme="Écrit"))
    assert doubted.band is (Band.NOTHING if band is Band.NOTHING else Band.LEADS)


@pytest.mark.usefixtures("unsure")
def test_doubts_never_raise_a_band(carnet: Assistant) -> None:
    for question in ("aider sans formulaire", "Combien de vélos ?", "le standard sonne"):
        assert carnet.ask(question).band is Band.LEADS


@pytest.mark.usefixtures("unsure")
def test_a_practice_that_is_asked_for_by_its_name_answers(carnet: Assistant) -> None:
    assert carnet.ask("badges lisibles").band is Band.ANSWERS
    assert carnet.ask("badges").band is Band.LEADS


@pytest.mark.usefixtures("unsure")
def test_an_id_that_the_filters_exclude_leaves_leads_to_show(carnet: Assistant) -> None:
    answer = carnet.ask("carnet-p2", filters=advised.only(theme="Écrit"))
    assert (answer.band, [card.practice.id for card in answer.cards]) == (
        Band.LEADS, ["carnet-p3"],
    )  # fmt: skip


def test_a_mended_word_never_makes_an_answer_of_a_refusal(small: Assistant) -> None:
    plain = small.ask("lettres incompréhensibles")
    assert (plain.band, plain.understood) == (Band.ANSWERS, "")
    slips = small.ask("lettrse incomprhensibles")
    assert slips.understood == "lettres incompréhensibles"
    assert slips.band is Band.LEADS
    assert slips.cards == plain.cards
    typed = small.ask("lettrse incomprhensibles", as_typed=True)
    assert (typed.band, typed.understood, typed.cards) == (Band.NOTHING, "", ())


def test_no_more_practices_answer_than_are_shown(tmp_path: Path) -> None:
    shared = "- Relire chaque lettre avec trois lecteurs du quartier"
    practices = tuple(
        advised.practice(f"carnet-p{i}", title, {"conseils": shared})
        for i, title in enumerate(
            words("Lettre Note Avis Courriel Affiche Brochure Carte Bulletin")
        )
    )
    found = advised.assistant(tmp_path, advised.collection("fr", practices))
    for top, expected in ((1, 1), (3, 3), (10, PRACTICES)):
        answer = found.ask(shared[2:], top=top)
        assert (answer.answering, len(answer.cards)) == (expected, expected)


def test_a_refused_row_has_nothing_that_answers(carnet: Assistant) -> None:
    answer = carnet.ask_leads("???")
    assert (answer.answering, answer.cards, answer.band) == (0, (), Band.NOTHING)


def test_another_language_is_told(carnet: Assistant) -> None:
    answer = carnet.ask("Wir haben keine Zeit für die Briefe und der Schalter ist nicht offen")
    assert OTHER_LANGUAGE in answer.notices
    assert OTHER_LANGUAGE not in carnet.ask("nos lettres").notices


def test_filters_that_nothing_passes_leave_nothing(carnet: Assistant) -> None:
    none = advised.only(theme="Écrit", organisation="Port de Brume")
    for question in QUESTIONS:
        answer = carnet.ask(question, filters=none)
        if not answer.hits:
            assert (answer.band, answer.notices) == (Band.NOTHING, (NO_MATCH_FOR_FILTERS,))
            assert (answer.shown, answer.nearest, answer.cards) == ((), (), ())
    assert carnet.ask("le standard", filters=none).hits == ()


def test_an_id_is_found_in_a_large_index_whatever_is_near(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    things = words("banc vélo arbre pont phare quai digue gare tram four puits moulin lavoir")
    practices = tuple(
        advised.practice(
            f"carnet-p{number}",
            f"Le {thing} autrement",
            {"conseils": f"- Repeindre le {thing} du quartier\n- Ouvrir le {thing} au public"},
            theme=("Accueil", "Écrit")[number % 2],
        )
        for number, thing in enumerate(things, 1)
    )
    large = advised.assistant(tmp_path, advised.collection("fr", practices))
    for name, few in (("SCORED_WHOLE", 20), ("CANDIDATES", 6), ("REFERENCE", 9)):
        monkeypatch.setattr(f"recueil_qa.search.scope.{name}", few)
    for practice in large.catalogue.practices:
        answer = large.ask(practice.id, top=3)
        assert answer.hits[0].practice == practice
        assert [card.practice for card in answer.cards] == [practice]
        cited = large.ask(f"{practice.id}/conseils/2", top=3).direct
        assert cited is not None
        assert cited.passage == f"{practice.id}/conseils/2"
        other = large.ask(practice.id, top=3, filters=advised.only(theme="Accueil"))
        assert {hit.practice.theme for hit in other.hits} == {"Accueil"}


class Spy(HashEncoder):
    """Keeps the texts that it encodes as queries."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        self.read += texts
        return super().encode_query(texts)


@pytest.mark.parametrize("characters", [2_000, 20_000])
def test_a_long_message_is_read_whole_in_pieces(tmp_path: Path, characters: int) -> None:
    made_ = advised.assistant(tmp_path, question_characters=characters)
    spy = Spy()
    long = Assistant(made_.index, made_.settings, spy)
    made_up = (f"mot{number}" for number in range(characters))
    text = ""
    while len(text) < characters - 20:
        text += f"{next(made_up)}{'.' if len(text) % 7 == 0 else ''} "
    long.ask(text, as_typed=True)
    assert all(len(piece) <= 1_201 for piece in spy.read)
    assert "".join(" ".join(spy.read).split()).lower() == "".join(text.split()).lower()
    with pytest.raises(QuestionError, match=f"{characters} at most"):
        long.ask("x" * (characters + 1))


def test_problems_told_in_one_message_each_bring_their_practice(carnet: Assistant) -> None:
    for message in (
        "1. Le standard perd trop d'appels 2. Les visiteurs oublient leur visite",
        "Le standard perd trop d'appels. D'autre part, les visiteurs oublient leur visite.",
        "Le standard perd trop d'appels ? Les visiteurs oublient leur visite ?",
        "- le standard perd trop d'appels\n- les visiteurs oublient leur visite",
    ):
        answer = carnet.ask(message)
        assert {card.practice.id for card in answer.cards[:2]} == {"carnet-p1", "carnet-p2"}
        assert answer.band is Band.ANSWERS


HOSTILE = (
    "😀", "😀 standard 😀", "\u202estandard\u202c", "\u200f\u200estandard", "APPELS " * 285,
    "A" * 2_000,
    "?" * 2_000, "...", "«»", "%", "%%% 100 %", "\x00standard\x07", "\ud800", "standard \udfff",
    "{}", "{0}", "[bold]standard[/bold]", "' OR 1=1 --", "$(ls)", "\\", "<script>", "a\n" * 900,
    "1. 2. 3.", "- \n- \n- ", "p/", "/", "p2/", "p2//3", "p2/conseils/9999999999999", "٣٤", "²",
    "１２３", "ﬁ ﬁle", "e\u0301" * 900, "İ" * 40, "ß" * 40, "日本語" * 300, "−5", "0", "0,5",
    "…", "1" * 2_000,
    "?" + "comment" * 200, "sans " * 400, "D'autre part " * 150, "\u0300" * 50, "zéro\u200dwidth",
    " \u00a0 ",
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_is_typed_gets_an_answer_or_a_clear_error(carnet: Assistant, text: str) -> None:
    try:
        answer = carnet.ask(text)
    except QuestionError as error:
        assert "question" in error.fr
        assert "question" in error.en
        assert not any(c.isalnum() for c in text) or len(text) > 2_000
    else:
        assert answer.question.isprintable() or "\u200d" in answer.question
        assert np.isfinite(answer.confidence)
        assert answer.abstained == (not answer.cards)
    assert as_row("q", carnet.ask_leads(text))["id"] == "q"


@repeatable
@given(st.text(max_size=200))
def test_any_text_gets_an_answer_or_a_clear_error(carnet: Assistant, text: str) -> None:
    try:
        answer = carnet.ask(text)
    except QuestionError:
        return
    assert answer.abstained == (not answer.cards)


@pytest.mark.parametrize("change", [str.upper, str.title, "Bonjour, {} Merci d'avance".format,
                                    "{} svp".format, "Re: {}".format])  # fmt: skip
def test_how_a_question_is_typed_makes_no_difference(carnet: Assistant, change: object) -> None:
    assert callable(change)
    for question in ("Comment réduire les appels perdus ?", "Nos visiteurs oublient leur visite."):
        plain, typed = carnet.ask(question), carnet.ask(change(question))
        assert (typed.hits, typed.cards, typed.band) == (plain.hits, plain.cards, plain.band)


def test_a_lead_in_is_part_of_what_is_cited(carnet: Assistant) -> None:
    answer = carnet.ask("p2/conseils/5")
    assert answer.direct is not None
    assert answer.direct.lead_ins == (
        Line(2, "À éviter :"), Line(4, "menacer d'une amende ceux qui oublient", 1),
    )  # fmt: skip


def same(real: Assistant, one: str, other: str) -> None:
    """Check that two questions bring the same practices, in the same band."""
    plain, typed = real.ask(one), real.ask(other)
    assert [hit.practice.id for hit in typed.hits] == [hit.practice.id for hit in plain.hits]
    assert typed.band is plain.band


REPEATED = "comment réduire les appels répétés ?"


@pytest.mark.model
@pytest.mark.parametrize(
    "typed",
    [REPEATED.upper(), REPEATED.title(), f"Bonjour, {REPEATED}", f"{REPEATED} svp",
     f"{REPEATED} Merci d'avance. Cordialement, Anne Morvan", f"URGENT : {REPEATED}",
     f"Bonjour,\n\n{REPEATED}\n\nMerci.\nCordialement,\nCamille Exemple"],
)  # fmt: skip
def test_courtesy_and_capitals_change_no_practice_and_no_band(real: Assistant, typed: str) -> None:
    same(real, REPEATED, typed)


@pytest.mark.model
@pytest.mark.parametrize("form", ["{}. D'autre part, {}.", "1. {} 2. {}", "{} ? {} ?"])
def test_two_problems_of_one_message_both_bring_theirs(real: Assistant, form: str) -> None:
    told = "Nos rendez-vous sont oubliés", "Les réclamations restent sans réponse"
    firsts = {real.ask(problem).hits[0].practice.id for problem in told}
    shown = [card.practice.id for card in real.ask(form.format(*told)).cards]
    assert len(firsts) == 2
    assert firsts <= set(shown[:4])


@pytest.mark.model
@pytest.mark.parametrize("text", [*HOSTILE[:12], "mot, " * 400, "à éviter : " * 180])
def test_whatever_is_typed_the_booklet_gets_an_answer_or_a_clear_error(
    real: Assistant, text: str
) -> None:
    try:
        answer = real.ask(text)
    except QuestionError as error:
        assert "question" in error.fr
    else:
        assert answer.abstained == (not answer.cards)


@pytest.mark.model
def test_an_abbreviation_finds_what_its_words_find(real: Assistant) -> None:
    short, full = real.ask("RDV"), real.ask("rendez-vous")
    assert short.hits[0].practice == full.hits[0].practice


@pytest.mark.model
def test_what_is_done_without_is_at_most_a_lead(real: Assistant) -> None:
    answer = real.ask("accueil sans rendez-vous")
    assert answer.band is not Band.ANSWERS
    assert NEGATION in answer.notices


@pytest.mark.model
@pytest.mark.parametrize(
    "question", ["combien de postes à la Marine nationale ?", "Quel est l'âge du capitaine ?"]
)
def test_a_figure_that_no_line_gives_is_at_most_a_lead(real: Assistant, question: str) -> None:
    assert real.ask(question).band is not Band.ANSWERS


@pytest.mark.model
@pytest.mark.parametrize("question", ["recette de la tarte aux pommes", "how to bake an apple pie"])
def test_what_nothing_answers_has_no_card(real: Assistant, question: str) -> None:
    answer = real.ask(question)
    assert (answer.band, answer.cards, answer.direct, answer.shown) == (Band.NOTHING, (), None, ())
    assert len(answer.nearest) == 3


@pytest.mark.model
@pytest.mark.parametrize(
    ("asked", "title"),
    [
        ("Nudge", "L'incitation comportementale (Nudge)"),
        ("comment obtenir le label Marianne", "Rhône-Alpes, première région labellisée Marianne"),
        ("LABEL MARIANNE", "Rhône-Alpes, première région labellisée Marianne"),
        ("appréciation à 360°", "L'appréciation à 180° et à 360°"),
    ],
)
def test_who_calls_a_practice_by_its_name_gets_it(real: Assistant, asked: str, title: str) -> None:
    answer = real.ask(asked)
    assert not answer.abstained
    assert answer.cards[0].practice.title.startswith(title)


@pytest.mark.model
@pytest.mark.parametrize(
    "asked", ["recette", "météo à Marianne-sur-Mer demain", "agent immobilier"]
)
def test_what_no_practice_is_called_may_be_refused(real: Assistant, asked: str) -> None:
    assert real.ask(asked).abstained
