"""Answers: which lines are quoted, in what order, with what reasons."""

from __future__ import annotations

from pathlib import Path

import pytest

from recueil_qa import Assistant
from tests.apptest import (
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
from tests.fakes import STATEMENTS, come_from, write_corpus

BESIDES = "À savoir : principes et résultats"
WHY = "//p[@class='why']"


def test_a_question_gives_lines_quoted_with_their_places_then_practices(place: Path) -> None:
    app = opened()
    text = ask(app, REPEATED)
    assert app.query_params == {"q": REPEATED}
    # Advice comes first, though the line of another section is nearer to the question.
    assert quoted(app) == [
        "Limiter le nombre d'indicateurs",
        "Compter les appels pour un même motif",
        "Bannir le jargon des lettres",
        "Former tous les agents à la polyvalence",
        "Relire chaque lettre avec un usager",
        "Le standard était saturé d'appels répétés",
    ]
    cites = texts(app, "//blockquote/cite")
    assert (cites[0], cites[-1]) == (
        "La mesure des rappels — Caisse des Tilleuls , Conseils, ligne 2, p. 2",
        "La mesure des rappels — Caisse des Tilleuls , Contexte, ligne 1, p. 2",
    )
    headings = ["Ce que le recueil conseille", BESIDES, "Pratiques utiles"]
    assert texts(app, "//h2 | //div/h3") == headings
    places = [text.index(part) for part in (headings[0], "Relire chaque", *headings[1:])]
    assert places == sorted(places)
    assert hits(app) == ["La mesure des rappels", "Le courrier clair", "Le guichet unique"]
    assert texts(app, "//*[@role='status']")[0] == "3 pratiques trouvées"


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
    cites = texts(app, "//blockquote/cite")
    assert [told in cite for cite in cites] == ["La mesure des rappels" in cite for cite in cites]
    assert cites[0].endswith(f"2, {told}")
    for view in (
        {"vue": "explorer"},
        {"pratique": "petit-p2"},
        {"pratique": "petit-p3"},
        {"vue": "comparer", "avec": ["petit-p1", "petit-p2"]},
    ):
        assert shown(visit(app, **view, langue=language)).count(told) == 1


def test_where_a_practice_comes_from_is_not_quoted(place: Path) -> None:
    assert texts(opened(q=REPEATED), "//div/h3") == [BESIDES]
    tell_context(place / "corpus")
    build(place)
    app = opened(q=REPEATED)
    assert texts(app, "//div/h3") == []
    assert quoted(app) == [
        "Limiter le nombre d'indicateurs",
        "Compter les appels pour un même motif",
        "Bannir le jargon des lettres",
        "Former tous les agents à la polyvalence",
        "Relire chaque lettre avec un usager",
        "Choisir un horaire élargi",
    ]


def tell_context(corpus: Path) -> None:
    """Give the section `contexte` of `petit` its role, and the collection a section more."""
    path = corpus / "petit" / "collection.toml"
    text = path.read_text("utf-8")
    assert 'headings = ["Contexte"]' in text
    text = text.replace('headings = ["Contexte"]', 'headings = ["Contexte"]\nrole = "context"')
    more = '\n[[sections]]\nname = "resultats"\nheadings = ["Résultats"]\n'
    path.write_text(text + more, "utf-8")


def test_a_quotation_leads_to_its_very_line(place: Path) -> None:
    app = opened(q=REPEATED, secteur="caisse")
    first, *_, last = page(app).xpath("//blockquote/cite/a/@href")
    assert address(first) == {
        "q": [REPEATED],
        "secteur": ["caisse"],
        "pratique": ["petit-p2"],
        "ligne": ["conseils/2"],
    }
    for href, line in ((first, quoted(app)[0]), (last, quoted(app)[-1])):
        follow(app, href)
        assert texts(app, "//*[@data-rq-line]") == [line]
        assert script(app)["anchor"] is True
        follow(app, link(app, "← Revenir à la réponse"))
    # The lines of a practice found lead to themselves too.
    asked = link(app, "Relire chaque lettre avec un usager")
    assert address(asked)["ligne"] == ["conseils/1"]


@pytest.mark.parametrize(
    ("question", "line", "words"),
    [
        (REPEATED, "« Le standard était saturé d'appels répétés »",
         ["standard", "saturé", "appels", "répétés"]),
        ("le STANDARD sature, pour un appel répété d'un même motif",
         "« Compter les appels pour un même motif »", ["appels", "motif"]),
    ],
)  # fmt: skip
def test_words_of_the_question_are_marked_in_the_lines(
    place: Path, question: str, line: str, words: list[str]
) -> None:
    shown_lines = page(opened(q=question)).xpath("//blockquote/p")
    marked = {plain(shown): [plain(m) for m in shown.xpath(".//mark")] for shown in shown_lines}
    assert marked[line] == words
    assert marked["« Relire chaque lettre avec un usager »"] == []


HIGH = "Le recueil a des pratiques sur ce sujet."


@pytest.mark.parametrize(
    ("confidence", "sentence", "level", "number"),
    [
        (0.934, HIGH, "sure high", 93),
        # Nothing is certain.
        (0.9951, HIGH, "sure high", 99),
        (1.0, HIGH, "sure high", 99),
        (
            0.7,
            "Le recueil a sans doute des pratiques sur ce sujet : vérifiez que le cas est le "
            "vôtre.",
            "sure fair",
            70,
        ),
        (0.456, "Le recueil touche peut-être à ce sujet : à lire avec prudence.", "sure low", 46),
    ],
)
def test_how_sure_the_answer_is_stands_in_words_and_the_number_behind(
    place: Path, monkeypatch: pytest.MonkeyPatch,
    confidence: float, sentence: str, level: str, number: int,
) -> None:  # fmt: skip
    monkeypatch.setattr("recueil_qa.assistant.confidence", lambda *_: (confidence, False))
    app = opened(q=REPEATED)
    (sure,) = page(app).xpath("//*[starts-with(@class, 'sure')]")
    assert (plain(sure), sure.get("class")) == (sentence, level)
    told = f"Probabilité que le recueil réponde : {number} %"
    for name in ("data-tip", "aria-description"):
        assert " ".join(sure.get(name).split()) == told


@pytest.mark.parametrize(
    ("question", "language", "why"),
    [
        (REPEATED, "fr", "Pourquoi — proche de cette situation : Le standard est saturé par des "
         "appels répétés — mots en commun : standard, saturé, appels, répétés"),
        ("la mesure des rappels", "fr",
         "Pourquoi — titre voisin : « La mesure des rappels » — mots en commun : mesure, rappels"),
        ("bannir le jargon des lettres", "fr", "Pourquoi — passage voisin : « Bannir le jargon des "
         "lettres » — mots en commun : bannir, jargon, lettres"),
        # The nearest passage is an English question: the reader's own language comes first.
        ("repeat CALL please", "fr", "Pourquoi — passage voisin : « Le standard était saturé "
         "d'appels répétés » — mots en commun : repeat, CALL"),
        ("repeat CALL please", "en",
         "Why — close to this situation: How to cut repeat calls? — words in common: repeat, CALL"),
        ("bannir le jargon des lettres", "en", "Why — a similar passage: “Bannir le jargon des "
         "lettres” — words in common: bannir, jargon, lettres"),
    ],
)  # fmt: skip
def test_a_practice_tells_why_it_was_found(
    place: Path, question: str, language: str, why: str
) -> None:
    app = opened(q=question, langue=language)
    assert texts(app, WHY)[0] == why


def test_a_statement_is_a_situation_and_no_quotation(place: Path) -> None:
    write_corpus(place / "judged", STATEMENTS)
    build(place, place / "judged")
    whys = texts(opened(q="On renvoie les familles d'un service à l'autre"), WHY)
    assert whys[0].startswith(
        "Pourquoi — proche de cette situation : On renvoie les familles d'un **service** à l'autre"
    )
    assert "«" not in whys[0]


def test_a_passage_in_another_language_than_the_page_says_so(place: Path) -> None:
    app = opened(q="bannir le jargon des lettres", langue="en")
    assert page(app).xpath(f"{WHY}/*/@lang")[0] == "fr"
    app = opened(q="repeat CALL please", langue="en")
    assert page(app).xpath(f"{WHY}/*/@lang")[0] == "en"


def test_one_practice_found_is_said_in_the_singular(place: Path) -> None:
    app = opened(q=REPEATED, theme="Téléphone")
    assert texts(app, "//*[@role='status']")[0] == "1 pratique trouvée"
    assert texts(opened(q=REPEATED, theme="Téléphone", langue="en"), "//*[@role='status']")[0] == (
        "1 practice found"
    )


def test_slips_of_the_keyboard_are_mended_and_told(place: Path) -> None:
    app = opened()
    text = ask(app, "Le standrad est saturé par des apels répétés")
    assert "Recherché : Le standard est saturé par des appels répétés" in text
    assert hits(app)[0] == "La mesure des rappels"


def test_nothing_near_is_said_honestly_with_leads(place: Path) -> None:
    app = opened()
    text = ask(app, OFF_TOPIC)
    (notice,) = notices(app)
    assert notice.startswith("Aucune pratique du recueil ne répond à cette question. Voici tout")
    assert "Des filtres sont actifs" not in notice
    assert texts(app, "//h2") == ["Les pistes les plus proches", "Pratiques les moins éloignées"]
    assert len(quoted(app)) == 3
    assert set(texts(app, "//blockquote/cite/a")) <= set(hits(app))
    assert "Ses conseils" in text
    assert "Conseils qui s'appliquent" not in text
    assert "Probabilité" not in body(app)


def test_a_question_is_asked_once_while_one_stays_on_its_answer(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from recueil_qa import Assistant

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
