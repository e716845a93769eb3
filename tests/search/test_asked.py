"""What a question names: values of facets, which filter, and practices by their ids."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from recueil_qa import Assistant
from recueil_qa.search.asked import Asked, asked_of
from recueil_qa.types import EVERYTHING, Band, Filters
from tests.support import advised

SALT = advised.only(organisation="Musée du Sel")
MUSEUMS = advised.only(sector="musée")


@pytest.fixture(scope="module")
def carnet() -> Iterator[Assistant]:
    with tempfile.TemporaryDirectory() as home:
        yield advised.assistant(Path(home))


def ids(assistant: Assistant, question: str, **how: object) -> list[str]:
    answer = assistant.ask(question, **how)  # type: ignore[arg-type]
    return [hit.practice.id for hit in answer.hits]


@pytest.mark.parametrize(
    ("question", "filters", "said", "subject"),
    [
        ("les pratiques du Musée du Sel", SALT, ("Musée du Sel",), ""),
        ("Que fait le Musée du Sel ?", SALT, ("Musée du Sel",), ""),
        ("des exemples de musées pour écrire simplement", MUSEUMS, ("musée",),
         "pour écrire simplement"),
        ("Museum practices", MUSEUMS, ("musée",), ""),
        ("practices by museums to write better", MUSEUMS, ("musée",), "to write better"),
        ("le musée perd des visiteurs", EVERYTHING, (), ""),
        ("how to write a letter", EVERYTHING, (), ""),
        ("", EVERYTHING, (), ""),
    ],
)  # fmt: skip
def test_a_question_that_asks_for_somebodys_practices_filters(
    carnet: Assistant, question: str, filters: Filters, said: tuple[str, ...], subject: str
) -> None:
    found = asked_of(question, carnet.catalogue)
    assert found == Asked(question, filters, said, subject)


@pytest.mark.parametrize(
    ("question", "identified"),
    [
        ("carnet-p2", ("carnet-p2/title",)),
        ("P2", ("carnet-p2/title",)),
        ("p 02", ("carnet-p2/title",)),
        ("notes-p1", ("notes-p1/title",)),
        ("p1", ("carnet-p1/title", "notes-p1/title")),
        ("carnet-p2/conseils/3", ("carnet-p2/conseils/3",)),
        ("p2/CONSEILS/3", ("carnet-p2/conseils/3",)),
        ("p2/conseils/99", ("carnet-p2/title",)),
        ("p77", ()),
        ("la p2 est mal écrite", ()),
    ],
)
def test_a_practice_or_a_line_is_named_by_its_id(
    carnet: Assistant, question: str, identified: tuple[str, ...]
) -> None:
    assert asked_of(question, carnet.catalogue).identified == identified


def test_a_facet_chosen_by_hand_is_not_for_the_question_to_change() -> None:
    asked = Asked("les pratiques du Musée du Sel", SALT, ("Musée du Sel",), "écrire")
    port = advised.only(organisation="Port de Brume")
    assert asked.within(port) == (port, ())
    assert asked.within(SALT) == (SALT, ())
    assert asked.within(EVERYTHING) == (SALT, ("Musée du Sel",))
    theme = advised.only(theme="Écrit")
    both = advised.only(theme="Écrit", organisation="Musée du Sel")
    assert asked.within(theme) == (both, ("Musée du Sel",))
    assert Asked("le standard").within(port) == (port, ())


def test_what_a_question_names_filters_its_answer(carnet: Assistant) -> None:
    answer = carnet.ask("les pratiques du Musée du Sel")
    assert {card.practice.organisation for card in answer.cards} == {"Musée du Sel"}
    assert len(answer.cards) == len(answer.hits) == 2
    assert (answer.filtered, answer.band) == (("Musée du Sel",), Band.ANSWERS)


def test_the_subject_alone_is_searched_among_them(carnet: Assistant) -> None:
    question = "les pratiques du Musée du Sel sur les formulaires"
    named = carnet.ask(question)
    chosen = carnet.ask("sur les formulaires", filters=SALT)
    assert named.hits == chosen.hits
    assert named.hits[0].practice.id == "carnet-p3"
    assert (named.question, named.filtered) == (question, ("Musée du Sel",))
    # Somebody's practices were asked for: never less than leads.
    nothing = carnet.ask("les pratiques du Musée du Sel sur les dromadaires")
    assert (nothing.band, len(nothing.cards)) == (Band.LEADS, 2)


def test_as_typed_takes_nothing_for_a_filter(carnet: Assistant) -> None:
    for question in ("les pratiques du Musée du Sel", "p2"):
        answer = carnet.ask(question, as_typed=True)
        assert answer.filtered == ()
        assert len(answer.hits) == len(carnet.catalogue.practices)


def test_a_filter_chosen_by_hand_wins_over_the_question(carnet: Assistant) -> None:
    port = advised.only(organisation="Port de Brume")
    answer = carnet.ask("les pratiques du Musée du Sel", filters=port)
    assert [hit.practice.id for hit in answer.hits] == ["carnet-p4"]
    assert answer.filtered == ()
    other = carnet.ask("les pratiques du Musée du Sel", filters=advised.only(theme="Écrit"))
    assert [hit.practice.id for hit in other.hits] == ["carnet-p3"]
    assert other.filtered == ("Musée du Sel",)


def test_an_id_shows_its_practice_alone(carnet: Assistant) -> None:
    for practice in carnet.catalogue.practices:
        answer = carnet.ask(practice.id)
        assert [card.practice for card in answer.cards] == [practice]
        assert (answer.band, answer.direct) == (Band.ANSWERS, None)
    several = carnet.ask("p1")
    assert {card.practice.id for card in several.cards} == {"carnet-p1", "notes-p1"}


def test_the_id_of_a_line_shows_it_first(carnet: Assistant) -> None:
    answer = carnet.ask("p2/conseils/4")
    assert answer.direct is not None
    assert answer.direct.passage == answer.shown[0].passage == "carnet-p2/conseils/4"
    assert [lead_in.text for lead_in in answer.direct.lead_ins] == ["À éviter :"]
    assert [card.practice.id for card in answer.cards] == ["carnet-p2"]


def test_an_id_that_the_filters_exclude_is_not_shown(carnet: Assistant) -> None:
    answer = carnet.ask("carnet-p2/conseils/4", filters=advised.only(theme="Écrit"))
    assert ids(carnet, "carnet-p2", filters=advised.only(theme="Écrit")) == ["carnet-p3"]
    assert all(line.practice == "carnet-p3" for line in answer.shown)
    assert answer.cards or answer.band is Band.NOTHING


@pytest.mark.parametrize(
    ("question", "identified"),
    [
        ("page 2", ("petit-p2/title",)),
        ("Que dit la page 2 ?", ("petit-p2/title",)),
        ("what does page 2 say?", ("petit-p2/title",)),
        ("p. 2", ("petit-p2/title",)),
        ("page 999", ()),
        ("la page 2 du site est fausse", ()),
    ],
)
def test_a_page_names_the_practice_that_is_printed_there(
    small: Assistant, question: str, identified: tuple[str, ...]
) -> None:
    assert asked_of(question, small.catalogue).identified == identified
