"""What is asked for word for word comes first, however it is typed."""

from __future__ import annotations

import tempfile
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from recueil_qa import Answer, Assistant
from recueil_qa.search.retrieval import score_query
from recueil_qa.search.scope import Scope
from recueil_qa.search.verbatim import verbatim
from recueil_qa.types import PRACTICES, Band, Passage
from tests.support import advised
from tests.support.encoders import HashEncoder
from training.noise import without_accents


@pytest.fixture(scope="module")
def carnet() -> Iterator[Assistant]:
    with tempfile.TemporaryDirectory() as home:
        yield advised.assistant(Path(home))


def quotable(assistant: Assistant) -> list[Passage]:
    index = assistant.index
    return [passage for i, passage in enumerate(index.passages) if index.is_quotable[i]]


TYPED: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in capitals": str.upper,
    "in small letters": str.lower,
    "without accents": without_accents,
    "without accents, in capitals": lambda text: without_accents(text).upper(),
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "in straight quotes": '"{}"'.format,
    "in angle quotes": "« {} »".format,
    "in curly quotes": "“{}”".format,
    "with a full stop": "{}.".format,
    "with dots": "{}…".format,
    "as a question": "{} ?".format,
    "with spaces": lambda text: f"  {text.replace(' ', '   ')} \n",
    "with curly apostrophes": lambda text: text.replace("'", "’"),
    "politely": "Bonjour, « {} » ? Merci d'avance.".format,
}


def check_first(answer: Answer, line: Passage) -> None:
    """Check that a line stands before all others, with its practice."""
    assert answer.band is Band.ANSWERS
    assert answer.direct is not None
    assert (answer.shown[0].text, answer.direct.text) == (line.text, line.text)
    assert answer.advice[0].text == line.text
    assert answer.hits[0].practice.id == answer.cards[0].practice.id == line.practice


@pytest.mark.parametrize("typed", TYPED)
def test_every_line_asked_word_for_word_comes_first_with_its_practice(
    carnet: Assistant, typed: str
) -> None:
    for line in quotable(carnet):
        check_first(carnet.ask(TYPED[typed](line.text)), line)


def test_every_line_of_another_collection_too(small: Assistant) -> None:
    for line in quotable(small):
        for change in TYPED.values():
            check_first(small.ask(change(line.text)), line)


def test_part_of_a_line_is_enough_if_it_is_long(carnet: Assistant) -> None:
    cut = 0
    for line in quotable(carnet):
        words = line.text.split()
        if len(words) > 7:
            check_first(carnet.ask(" ".join(words[:-1]) + " …"), line)
            check_first(carnet.ask(" ".join(words[1:])), line)
            cut += 1
    assert cut > 5


@pytest.mark.parametrize(
    "query", ["au standard téléphonique", "dans le vide", "chaque lundi", "à voix haute", "le"]
)
def test_a_few_words_of_a_line_are_no_quotation(carnet: Assistant, query: str) -> None:
    scored = score_query(Scope(carnet.index), HashEncoder(), query)
    assert verbatim(scored, query) == []
    assert carnet.ask(query).direct is None


def test_a_line_may_be_asked_in_a_few_words_more(carnet: Assistant) -> None:
    (line,) = [p for p in quotable(carnet) if p.id == "carnet-p1/conseils/7"]
    check_first(carnet.ask(f"Que penser de « {line.text} » ?"), line)
    # A question that only holds some words of a line by the way is another.
    long = f"{line.text} alors que personne ne veut plus répondre le soir ni le matin ni à midi"
    assert carnet.ask(long).direct is None


@pytest.mark.parametrize(
    "query",
    ["350 000 euros", "350000 euros", "350 000 €", "350.000 €", "350\u202f000 euros", "350000"],
)
def test_a_figure_alone_is_enough(carnet: Assistant, query: str) -> None:
    (line,) = [p for p in quotable(carnet) if p.id == "carnet-p3/resultats/1"]
    check_first(carnet.ask(query), line)


@pytest.mark.parametrize("query", ["30 %", "30%", "30 pour cent", "30 percent"])
def test_a_percentage_is_one_however_it_is_written(carnet: Assistant, query: str) -> None:
    (line,) = [p for p in quotable(carnet) if p.id == "carnet-p1/resultats/3"]
    check_first(carnet.ask(query), line)


@pytest.mark.parametrize("query", ["2013", "31 %", "35 000 euros", "50 000 euros", "3000"])
def test_another_figure_is_not_found_in_it(carnet: Assistant, query: str) -> None:
    assert carnet.ask(query).direct is None


def test_a_large_amount_that_begins_like_a_year_is_found(tmp_path: Path) -> None:
    texts = {"resultats": "- Une économie de 20 000 euros\n- Un gain de 195 000 lettres"}
    told = advised.practice("carnet-p1", "Le papier", texts | {"conseils": "Écrire moins"})
    other = advised.practice("carnet-p2", "Le carton", {"conseils": "Trier le carton"})
    found = advised.assistant(tmp_path, advised.collection("fr", (told, other)))
    for query, text in (
        ("20 000 euros", "Une économie de 20 000 euros"),
        ("20000 euros", "Une économie de 20 000 euros"),
        ("195 000", "Un gain de 195 000 lettres"),
    ):
        direct = found.ask(query).direct
        assert direct is not None
        assert direct.text == text


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("3,5 %", "Entre 3,5 % et 16 % de lettres en moins"),
        ("16%", "Entre 3,5 % et 16 % de lettres en moins"),
        ("5 %", ""),
        ("3 %", ""),
        ("4,57/5", "Une note de 4,57/5 au dernier sondage"),
        ("4.57", "Une note de 4,57/5 au dernier sondage"),
        ("57", ""),
    ],
)
def test_a_part_of_a_decimal_is_another_figure(tmp_path: Path, query: str, text: str) -> None:
    results = "- Entre 3,5 % et 16 % de lettres en moins\n- Une note de 4,57/5 au dernier sondage"
    told = advised.practice("carnet-p1", "Les lettres", {"resultats": results, "conseils": "Dater"})
    other = advised.practice("carnet-p2", "Le carton", {"conseils": "Trier le carton"})
    direct = advised.assistant(tmp_path, advised.collection("fr", (told, other))).ask(query).direct
    assert (direct.text if direct else "") == text


def test_a_title_brings_its_practice_first_without_any_line(carnet: Assistant) -> None:
    for practice in carnet.catalogue.practices:
        for change in TYPED.values():
            answer = carnet.ask(change(practice.title))
            assert answer.hits[0].practice == answer.cards[0].practice == practice
            assert (answer.band, answer.direct) == (Band.ANSWERS, None)


def test_what_filters_exclude_is_not_shown_even_word_for_word(carnet: Assistant) -> None:
    for line in quotable(carnet):
        own = carnet.practice(line.practice)
        for other in carnet.catalogue.values["theme"] - {own.theme}:
            answer = carnet.ask(line.text, filters=advised.only(theme=other))
            shown = [*answer.shown, *answer.advice, *(x for x in [answer.direct] if x)]
            assert own.id not in {each.practice for each in shown}
            assert own.id not in {hit.practice.id for hit in answer.hits}
        same = carnet.ask(line.text, filters=advised.only(theme=own.theme))
        check_first(same, line)


def test_the_same_line_of_two_practices_brings_both(tmp_path: Path) -> None:
    shared = "Relire chaque lettre avec trois lecteurs du quartier"
    told = [
        advised.practice(f"carnet-p{i}", title, {"conseils": f"- {shared}\n- {own}"})
        for i, (title, own) in enumerate(
            [("La lettre", "Dater la lettre"), ("Le banc", "Peindre le banc"),
             ("La note", "Signer la note")], 1)
    ]  # fmt: skip
    told[1] = advised.practice("carnet-p2", "Le banc", {"conseils": "- Peindre le banc en vert"})
    found = advised.assistant(tmp_path, advised.collection("fr", tuple(told)))
    answer = found.ask(shared)
    assert {hit.practice.id for hit in answer.hits[:2]} == {"carnet-p1", "carnet-p3"}
    only = found.ask(shared, top=PRACTICES).shown[0]
    assert only.text == shared


def test_nothing_is_found_for_what_no_line_says(carnet: Assistant) -> None:
    for query in (
        "zzz",
        "Compter les moutons perdus chaque lundi",
        "?",
        "le standard ne sature pas",
    ):
        scored = score_query(Scope(carnet.index), HashEncoder(), query)
        assert verbatim(scored, query) == []


@pytest.mark.model
@pytest.mark.parametrize(
    "query",
    ["« Une économie réalisée de 350 000 euros depuis octobre 2013 »",
     "UNE ÉCONOMIE RÉALISÉE DE 350 000 EUROS DEPUIS OCTOBRE 2013",
     "une economie realisee de 350000 € depuis octobre 2013 …", "350 000 euros", "350000 euros"],
)  # fmt: skip
def test_the_saving_of_the_booklet_is_found_by_its_words_and_by_its_figure(
    real: Assistant, query: str
) -> None:
    answer = real.ask(query)
    assert answer.shown[0].text == "Une économie réalisée de 350 000 euros depuis octobre 2013"
    assert answer.hits[0].practice.id == answer.shown[0].practice
    assert answer.band is Band.ANSWERS


@pytest.mark.model
def test_an_amount_brings_the_same_however_it_is_written(real: Assistant) -> None:
    one, other = real.ask("350000 euros"), real.ask("350 000 euros")
    assert (one.hits, one.cards, one.band) == (other.hits, other.cards, other.band)
