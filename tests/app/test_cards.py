"""Cards: how a practice is read as an answer, and a line with what governs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from recueil_app.views.cards import runs
from recueil_qa import Answer, Assistant, Citation
from recueil_qa.types import Card, Line
from tests.support.app import (
    REPEATED,
    add_practices,
    address,
    bare,
    build,
    follow,
    keepable,
    link,
    opened,
    page,
    plain,
    quoted,
    script,
    served_place,  # noqa: F401
    texts,
    visit,
)

WANTED = Line(1, "Le dispositif doit préciser :")
AVOID = Line(4, "À éviter :", 1)
Show = Callable[..., None]


def citation(
    place: str, text: str, *leads: Line, practice: str = "petit-p2", title: str = "La mesure"
) -> Citation:
    """Return the quotation of a line of `petit`, by its section and number."""
    section, _, number = place.partition("/")
    heading = {"contexte": "Contexte", "conseils": "Conseils"}[section]
    return Citation(
        f"{practice}/{place}", practice, title, "Caisse des Tilleuls", section, heading,
        int(number), 2, text, 1.0, section == "conseils", lead_ins=leads,
    )  # fmt: skip


@pytest.fixture
def show(place: Path, monkeypatch: pytest.MonkeyPatch) -> Show:
    """Have every answer show these things: changes of its first card, and of itself."""
    changes: dict[str, Any] = {}
    of_card: dict[str, Any] = {}
    whole = Assistant.ask

    def ask(self: Assistant, question: str, **how: Any) -> Answer:
        answer = whole(self, question, **how)
        first = replace(answer.cards[0], **of_card)
        return replace(answer, **{"cards": (first,), **changes})

    def given(card: dict[str, object], **answer: object) -> None:
        of_card.update(card)
        changes.update(answer)

    monkeypatch.setattr(Assistant, "ask", ask)
    return given


def parts(html: object) -> dict[str, list[str]]:
    """Return what the parts of the first card say, by their headings."""
    said = "descendant-or-self::*[self::p or self::li]"
    found = html.xpath("//article[1]//div[@class='part']")  # type: ignore[attr-defined]
    return {plain(part[0]): [plain(each) for each in part[1].xpath(said)] for part in found}


ADVICE = (
    citation("conseils/2", "les horaires", WANTED),
    citation("conseils/3", "les lieux", WANTED),
    citation("conseils/5", "relancer le dimanche", WANTED, AVOID),
    citation("conseils/7", "Être patient"),
)


def test_a_card_tells_what_it_brought_its_advice_what_to_know_and_why(show: Show) -> None:
    show(
        {
            "result": citation("contexte/3", "30 % d'appels en moins", Line(2, "Réassurance")),
            "advice": ADVICE,
            "left_out": 3,
            "set_off": ("petit-p2/conseils/3",),
            "order": ("result", "advice", "besides"),
            "besides": (citation("contexte/5", "Rendre compte sous 10 jours"),),
            "reason": citation("contexte/1", "Le standard était saturé", Line(9, "En 2012 :")),
            "words": ("standard", "saturé"),
        }
    )
    app = opened(q=REPEATED)
    assert parts(page(app)) == {
        "Ce que cela a donné": ["« Réassurance » « 30 % d'appels en moins »"],
        "Conseils": [
            "Le dispositif doit préciser :",
            "les horaires",
            "les lieux (répond à votre question) Garder",
            "À éviter :",
            "relancer le dimanche",
            "Être patient",
            "Voir les 7 conseils",
        ],
        "À savoir": ["Contexte : « Rendre compte sous 10 jours » Garder"],
        "Pourquoi cette pratique": ["Contexte : « En 2012 : » « Le standard était saturé »"],
    }
    assert quoted(app) == ["les lieux", "Rendre compte sous 10 jours"]
    # Only what answers has a button; it says of which line it is.
    assert [*keepable(app)] == ["petit-p2/conseils/3", "petit-p2/contexte/5"]
    (name, _) = page(app).xpath("//button[@data-rq-reference]/@aria-label")
    assert " ".join(name.split()) == "Garder : les lieux"
    assert address(link(app, "Voir les 7 conseils"))["pratique"] == ["petit-p2"]
    assert address(link(app, "les horaires"))["ligne"] == ["conseils/2"]
    marked = page(app).xpath("//p[@class='why']//mark")
    assert [plain(mark) for mark in marked] == ["standard", "saturé"]


def test_a_card_has_no_part_that_it_says_nothing_in(show: Show) -> None:
    nothing: dict[str, object] = dict.fromkeys(("result", "reason"))
    show({**nothing, "advice": (), "besides": (), "left_out": 0})
    app = opened(q=REPEATED)
    assert parts(page(app)) == {}
    assert texts(app, "//article/h3/a") == ["La mesure des rappels"]


@pytest.mark.parametrize(("language", "name"), [("fr", "Conseils"), ("en", "conseils")])
def test_headings_are_the_practice_s_own(show: Show, language: str, name: str) -> None:
    show({"advice": ADVICE})
    app = opened(q=REPEATED, langue=language)
    assert name.casefold() in {heading.casefold() for heading in parts(page(app))}
    quotations = page(app).xpath("//article//a[contains(@class, 'quiet')]")
    within = "ancestor-or-self::*[@lang][1]/@lang"
    assert {a.xpath(within)[0] for a in quotations} == {"fr"}


def test_a_direct_answer_stands_first_with_its_lead_in_and_its_place(show: Show) -> None:
    direct = citation("conseils/2", "Rappeler sous 48 h", Line(1, "Le service s'engage à :"))
    show({}, direct=direct)
    app = opened(q=REPEATED)
    assert texts(app, "//h3")[0] == "Réponse directe"
    assert texts(app, "//blockquote/p") == ["« Le service s'engage à : » « Rappeler sous 48 h »"]
    assert texts(app, "//blockquote/cite") == [
        "La mesure — Caisse des Tilleuls , Conseils, ligne 2, p. 2"
    ]
    assert next(iter(keepable(app))) == "petit-p2/conseils/2"
    follow(app, page(app).xpath("//blockquote/p/a/@href")[0])
    assert script(app)["anchor"] is True


def test_two_neighbours_of_the_first_practice_are_named_with_the_reason(place: Path) -> None:
    add_practices(place, 6)
    build(place)
    app = opened(q=REPEATED)
    cards = texts(app, "//article/h3/a")
    assert len(cards) == 6
    also = "//section[h2='Voir aussi']//li"
    others = [plain(a) for a in page(app).xpath(f"{also}/a")]
    assert len(others) == 2
    assert not {*others} & {*cards}
    reasons = [text.rpartition(" · ")[2] for text in texts(app, f"{also}/span")]
    told = {"même thème", "même organisation", "même thème, même organisation", "texte proche"}
    assert {*reasons} <= told


def test_neighbours_are_named_again_where_there_are_no_others(place: Path) -> None:
    app = opened(q=REPEATED)
    assert len(texts(app, "//section[h2='Voir aussi']//li")) == 2
    visit(app, q="recette tarte pommes")
    assert texts(app, "//section[h2='Voir aussi']") == []


def test_neighbours_pass_the_filters_or_there_are_none(place: Path) -> None:
    also = "//section[h2='Voir aussi']//li/a"
    assert texts(opened(q=REPEATED, secteur="caisse"), also) == ["Le courrier clair"]
    app = opened(q=REPEATED, theme="Téléphone")
    assert texts(app, "//article/h3/a") == ["La mesure des rappels"]
    assert texts(app, also) == []


def test_what_governs_several_lines_stands_once_above_them() -> None:
    found = [
        ([(depth, lead.text) for depth, lead in run.leads], run.depth, [c.text for c in run.lines])
        for run in runs(ADVICE)
    ]
    assert found == [
        ([(0, WANTED.text)], 1, ["les horaires", "les lieux"]),
        ([(1, AVOID.text)], 2, ["relancer le dimanche"]),
        ([], 0, ["Être patient"]),
    ]


def test_a_line_that_governs_the_next_ones_is_not_said_twice() -> None:
    first = citation("conseils/1", "Former les agents")
    second = citation("conseils/2", "à l'écoute", Line(1, "Former les agents"))
    third = citation("conseils/5", "à l'écrit", Line(4, "Former les agents"))
    assert [(run.leads, run.depth) for run in runs((first, second, third))] == [
        ((), 0), ((), 1), (((0, Line(4, "Former les agents")),), 1),
    ]  # fmt: skip
    assert runs(()) == ()


def test_a_line_comes_back_under_what_governs_it() -> None:
    back = citation("conseils/6", "les effectifs", WANTED)
    found = runs((*ADVICE[:3], back, *ADVICE[3:], replace(back, line=9)))
    # Above the last one stands a line that it isn't governed by: it needs its own again.
    assert [(len(run.leads), run.depth) for run in found] == [
        (1, 1), (1, 2), (0, 1), (0, 0), (1, 1),
    ]  # fmt: skip


def test_every_card_of_the_page_is_one_of_the_answer(place: Path) -> None:
    app = opened(q=REPEATED)
    answer: Answer = app.session_state["answer"]
    cards: tuple[Card, ...] = answer.cards
    assert texts(app, "//article/h3/a") == [card.practice.title for card in cards]
    assert quoted(app) == [bare(line.text) for card in cards for line in card.quoted]
