"""Answers: the band, what was searched, what comes nearest, the way to a line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from recueil_qa import Assistant
from recueil_qa.types import Band
from tests.support.app import (
    OFF_TOPIC,
    REPEATED,
    address,
    ask,
    body,
    build,
    click,
    follow,
    hits,
    keys,
    link,
    notices,
    opened,
    page,
    plain,
    quoted,
    script,
    served_place,  # noqa: F401
    shown,
    texts,
    visit,
)
from tests.support.collections import come_from, write_corpus
from tests.support.statements import STATEMENTS

BAND = "//div[@class='band']//h2"
SURE = "//span[starts-with(@class, 'sure')]"
REMARKS = "//p[@class='remark']"
TYPED = "Le standrad est saturé par des apels répétés"


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Fill it with what is to differ in the answers that the page is given."""
    changes: dict[str, Any] = {}
    whole = Assistant.ask
    monkeypatch.setattr(
        Assistant, "ask", lambda self, *given, **how: replace(whole(self, *given, **how), **changes)
    )
    return changes


def test_a_question_gives_its_band_then_practices_with_their_advice(place: Path) -> None:
    app = opened()
    text = ask(app, REPEATED)
    assert app.query_params == {"q": REPEATED}
    assert texts(app, "//h2") == ["1 pratique répond", "D'autres pistes", "Voir aussi"]
    assert hits(app) == ["La mesure des rappels", "Le courrier clair", "Le guichet unique"]
    assert texts(app, "//article/h3")[0] == "1. La mesure des rappels"
    assert texts(app, "//article/p[1]")[0] == "Caisse des Tilleuls · Téléphone · p. 2"
    assert "Limiter le nombre d'indicateurs" in quoted(app)
    places = [text.index(part) for part in ("1 pratique", "La mesure", "Conseils", "Le courrier")]
    assert places == sorted(places)
    # What is said of the band is said aloud too.
    assert texts(app, "//*[@role='status']")[0] == "1 pratique répond"


@pytest.mark.parametrize(
    ("language", "told"),
    [("fr", "texte ajouté : Note du 3 mars 2025"), ("en", "added text: Note du 3 mars 2025")],
)
def test_an_added_text_is_told_wherever_it_is_quoted_or_named(
    place: Path, language: str, told: str
) -> None:
    come_from(place / "corpus" / "petit", 2, "Note du 3 mars 2025")
    build(place)
    app = opened(langue=language)
    ask(app, REPEATED)
    facts = texts(app, "//article/p[1]")
    assert [told in fact for fact in facts] == [True, False, False]
    assert facts[0].endswith(f"Téléphone · {told}")
    for view in (
        {"vue": "explorer"},
        {"pratique": "petit-p2"},
        {"pratique": "petit-p3"},
        {"vue": "comparer", "avec": ["petit-p1", "petit-p2"]},
    ):
        assert shown(visit(app, **view, langue=language)).count(told) == 1


def test_a_line_leads_to_its_place_in_the_practice_and_back(place: Path) -> None:
    app = opened(q=REPEATED, secteur="caisse")
    first, *_, last = page(app).xpath("//li//a[contains(@class, 'quiet')]")
    assert {**address(first.get("href")), "ligne": []} == {
        "q": [REPEATED], "secteur": ["caisse"], "pratique": ["petit-p2"], "ligne": [],
    }  # fmt: skip
    for line in (first, last):
        follow(app, line.get("href"))
        assert texts(app, "//*[@data-rq-line]") == [plain(line).strip("« »\xa0")]
        assert script(app)["anchor"] is True
        follow(app, link(app, "← Revenir à la réponse"))
        assert hits(app)[0] == "La mesure des rappels"


@pytest.mark.parametrize(
    ("band", "language", "words"),
    [
        (Band.ANSWERS, "fr", "1 pratique répond"),
        (Band.ANSWERS, "en", "1 practice answers"),
        (Band.LEADS, "fr", "Des pistes, sans certitude"),
        (Band.LEADS, "en", "Leads, without certainty"),
    ],
)
def test_practices_are_shown_without_a_warning_be_they_leads_or_answers(
    place: Path, answers: dict[str, Any], band: Band, language: str, words: str
) -> None:
    answers["band"] = band
    app = opened(q=REPEATED, langue=language)
    assert texts(app, BAND) == [words]
    assert len(hits(app)) == 3
    assert notices(app) == []


@pytest.mark.parametrize(
    ("confidence", "number"),
    # Nothing is certain.
    [(0.934, 93), (0.9951, 99), (1.0, 99), (0.456, 46)],
)
@pytest.mark.parametrize("band", [Band.ANSWERS, Band.LEADS])
def test_the_probability_stands_behind_the_band(
    place: Path, answers: dict[str, Any], band: Band, confidence: float, number: int
) -> None:
    answers |= {"confidence": confidence, "band": band}
    app = opened(q=REPEATED)
    (sure,) = page(app).xpath(SURE)
    assert (plain(sure), sure.get("class"), sure.get("tabindex")) == ("", f"sure {band}", "0")
    for name in ("data-tip", "aria-label"):
        told = f"Probabilité que le recueil réponde : {number} %"
        assert " ".join(sure.get(name).split()) == told


def test_what_was_written_for_finding_is_never_shown(place: Path) -> None:
    write_corpus(place / "judged", STATEMENTS)
    build(place, place / "judged")
    for question in ("On renvoie les familles d'un service à l'autre", REPEATED, "repeat CALL"):
        text = shown(opened(q=question)).replace(question, "")
        for written in ("On renvoie les familles", "repeat calls", "est saturé par des appels"):
            assert written not in text


@pytest.mark.parametrize(
    ("language", "words"), [("fr", "1 pratique répond"), ("en", "1 practice answers")]
)
def test_one_practice_found_is_said_in_the_singular(
    place: Path, answers: dict[str, Any], language: str, words: str
) -> None:
    answers["band"] = Band.ANSWERS
    app = opened(q=REPEATED, theme="Téléphone", langue=language)
    assert texts(app, BAND) == [words]


def test_slips_of_the_keyboard_are_mended_told_and_left_alone_on_request(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    whole = Assistant.ask

    def note(self: Assistant, question: str, **how: object) -> object:
        asked.append(how["as_typed"])
        return whole(self, question, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(Assistant, "ask", note)
    app = opened()
    text = ask(app, TYPED)
    assert "Recherché : Le standard est saturé par des appels répétés — chercher tel quel" in text
    assert hits(app)[0] == "La mesure des rappels"
    href = link(app, "chercher tel quel")
    assert address(href) == {"q": [TYPED], "tel-quel": ["1"]}
    before = script(app)["place"]
    follow(app, href)
    assert asked == [False, True]
    assert script(app)["place"] != before
    # Another question is read as any is.
    ask(app, "les apels répétés")
    assert app.query_params == {"q": "les apels répétés"}
    assert asked == [False, True, False]


@pytest.mark.parametrize(
    ("language", "told", "action"),
    [("fr", "Filtré : caisse, Écrit — retirer", "retirer"),
     ("en", "Filtered: caisse, Écrit — remove", "remove")],
)  # fmt: skip
def test_filters_understood_in_the_question_are_told_and_can_be_removed(
    place: Path, answers: dict[str, Any], language: str, told: str, action: str
) -> None:
    answers["filtered"] = ("caisse", "Écrit")
    app = opened(q=REPEATED, langue=language)
    assert told in texts(app, "//*[@data-rq-question]/p[@class='soft']")
    assert address(link(app, action))["tel-quel"] == ["1"]
    answers.clear()
    follow(app, link(app, action))
    assert app.query_params["tel-quel"] == "1"
    assert action not in texts(app, "//a")


def test_notices_are_sentences_and_those_not_known_here_are_left_out(
    place: Path, answers: dict[str, Any]
) -> None:
    answers["notices"] = ("negation", "refused", "no-fact", "other-language", "unheard-of")
    app = opened(q=REPEATED)
    assert texts(app, REMARKS) == [
        "Votre question exclut quelque chose (« sans … ») : "
        "vérifiez que ces pratiques conviennent.",
        "Le recueil ne semble pas donner cette information précise ; "
        "voici les pratiques les plus proches.",
        "La question ne semble ni en français ni en anglais ; le résultat peut être moins bon.",
    ]
    app = opened(q=REPEATED, langue="en")
    assert texts(app, REMARKS)[0].startswith("Your question leaves something out")


def test_nothing_that_answers_is_said_calmly_with_what_comes_nearest(place: Path) -> None:
    app = opened()
    ask(app, OFF_TOPIC)
    (notice,) = notices(app)
    assert notice == (
        "Rien dans le recueil n'y répond "
        "Décrivez le problème rencontré plutôt que la solution imaginée."
    )
    assert texts(app, "//h2") == ["Rien dans le recueil n'y répond"]
    assert texts(app, "//h3") == ["Les moins éloignées"]
    assert len(hits(app)) == 3
    nearest = dict(zip(hits(app), texts(app, "//li[a]/span"), strict=False))
    assert nearest["Le courrier clair"] == "Caisse des Tilleuls · p. 3"
    # Neither cards nor quotations: they would look like an answer.
    assert page(app).xpath("//article") == []
    assert quoted(app) == []
    assert "«" not in body(app).partition("data-rq-question")[2].partition("</p>")[2]
    assert address(link(app, "Le courrier clair")) == {"q": [OFF_TOPIC], "pratique": ["petit-p3"]}


def test_a_question_is_asked_once_while_one_stays_on_its_answer(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    whole = Assistant.ask

    def count(self: Assistant, question: str, **given: object) -> object:
        asked.append(question)
        return whole(self, question, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(Assistant, "ask", count)
    app = opened(q=REPEATED)
    click(app, "keep-hit-petit-p2")
    click(app, keys(app, "say-up-")[0])
    assert asked == [REPEATED]
    visit(app, q=REPEATED, secteur="caisse")
    assert asked == [REPEATED] * 2
    # Another build may answer otherwise.
    build(place)
    visit(app, q=REPEATED, secteur="caisse")
    assert asked == [REPEATED] * 3
