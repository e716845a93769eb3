"""One practice, and several side by side."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from recueil_qa import Assistant
from recueil_qa.types import Line, Neighbour
from tests.support.app import (
    REPEATED,
    add_practices,
    address,
    body,
    build,
    follow,
    link,
    listed,
    notices,
    opened,
    page,
    plain,
    script,
    served_place,  # noqa: F401
    shown,
    texts,
    visit,
)

TITLES = ["Le guichet unique", "La mesure des rappels", "Le courrier clair"]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("conseils/2", ["Limiter le nombre d'indicateurs"]),
        ("contexte/1", ["Le standard était saturé d'appels répétés"]),
        *((line, []) for line in (
            "", "conseils/3", "conseils/0", "conseils/-1", "conseils/²", "conseils", "/1",
            "conseils/" + "9" * 1_900, "inconnu/1", "<script>/1", "conseils/1/1", "1",
        )),
    ],
)  # fmt: skip
def test_the_line_of_an_address_is_the_only_one_shown_as_asked_for(
    place: Path, line: str, text: list[str]
) -> None:
    app = opened(pratique="petit-p2", ligne=line)
    assert texts(app, "//*[@data-rq-line]") == text
    assert [plain(e) for e in page(app).xpath("//*[@aria-description='Ligne demandée']")] == text


@pytest.mark.parametrize(
    ("line", "goes"),
    [("conseils/2", True), ("", False), ("conseils/3", False), ("inconnu/1", False)],
)
def test_a_page_without_the_line_of_its_address_starts_from_its_top(
    place: Path, line: str, goes: bool
) -> None:
    # The browser waits for the line that it is told to go to.
    assert script(opened(pratique="petit-p2", ligne=line))["anchor"] is goes


def test_a_practice_is_found_by_the_end_of_its_id(place: Path) -> None:
    assert texts(opened(pratique="p2"), "//h1") == ["La mesure des rappels"]


@pytest.mark.parametrize("identifier", ["petit-p9", "<b>x</b>", "../../etc", "x" * 50_000])
def test_an_unknown_practice_is_told_and_the_list_shown(place: Path, identifier: str) -> None:
    app = opened(pratique=identifier, ligne="conseils/1")
    told = f"La pratique demandée (« {identifier[:200]} ») n'existe pas ici : voici la liste."
    assert notices(app) == [told]
    assert listed(app) == TITLES
    assert texts(app, "//*[@data-rq-line]") == []


def test_a_practice_has_its_facts_sections_and_advice_to_keep(place: Path) -> None:
    app = opened(pratique="petit-p1")
    assert texts(app, "//h2") == ["Contexte", "Conseils", "Pratiques proches de celle-ci"]
    assert texts(app, "//*[@class='tag']") == ["Accueil", "commune"]
    assert "Mairie de Chêne · p. 1" in shown(app)
    assert [b.key for b in app.button] == [
        "keep-practice-petit-p1",
        "keep-practice-petit-p1/conseils/1",
        "keep-practice-petit-p1/conseils/2",
    ]


def test_neighbours_stand_with_their_reasons_and_the_lines_alike(
    place: Path, small: Assistant
) -> None:
    app = opened(pratique="petit-p2", q="appels")
    near = small.similar("petit-p2")
    assert texts(app, "//article/h3") == [neighbour.practice.title for neighbour in near]
    reasons = dict(zip(texts(app, "//article/h3"), texts(app, "//article/p[1]"), strict=True))
    assert reasons == {
        "Le guichet unique": "Mairie de Chêne",
        "Le courrier clair": "Caisse des Tilleuls · même organisation",
    }
    rows = page(app).xpath("//article")[0].xpath(".//tbody/tr")
    assert [[plain(cell) for cell in row] for row in rows] == [
        [f"« {pair.left.text} »", f"« {pair.right.text} »"] for pair in near[0].pairs
    ]
    there = rows[0].xpath(".//a/@href")[0]
    right = near[0].pairs[0].right
    assert address(there) == {
        "q": ["appels"],
        "pratique": ["petit-p1"],
        "ligne": [f"{right.section}/{right.line}"],
    }
    assert texts(follow(app, there), "//*[@data-rq-line]") == [right.text]


def test_lines_alike_stand_with_what_governs_them(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Assistant.similar
    lead = Line(1, "À éviter :")

    def governed(self: Assistant, identifier: str, top: int) -> tuple[Neighbour, ...]:
        (first, *_) = whole(self, identifier, top)
        (pair, *_) = first.pairs
        left, right = (replace(each, lead_ins=(lead,)) for each in (pair.left, pair.right))
        return (replace(first, pairs=(replace(pair, left=left, right=right),)),)

    monkeypatch.setattr(Assistant, "similar", governed)
    cells = texts(opened(pratique="petit-p2"), "//table[@class='pairs']//td")
    assert len(cells) == 2
    assert all(cell.startswith("« À éviter : » « ") for cell in cells)


def test_the_practices_before_and_after_are_a_link_away(place: Path) -> None:
    app = opened(pratique="petit-p1", ligne="conseils/1")
    around = "//nav[@class='around']/a"
    assert texts(app, around) == ["Pratique suivante : La mesure des rappels →"]
    follow(app, link(app, "Pratique suivante : La mesure des rappels →"))
    assert texts(app, around) == [
        "← Pratique précédente : Le guichet unique",
        "Pratique suivante : Le courrier clair →",
    ]
    assert texts(app, "//*[@data-rq-line]") == []
    follow(app, link(app, "Pratique suivante : Le courrier clair →"))
    assert texts(app, around) == ["← Pratique précédente : La mesure des rappels"]


@pytest.mark.parametrize(
    ("view", "question", "back"),
    [
        ("question", REPEATED, "← Revenir à la réponse"),
        ("explorer", "", "← Revenir : Explorer"),
        # A question asked before isn't what one comes back to.
        ("explorer", REPEATED, "← Revenir : Explorer"),
    ],
)
def test_the_way_back_keeps_the_question_and_the_filters(
    place: Path, view: str, question: str, back: str
) -> None:
    where = {"vue": view, "q": question, "secteur": "caisse", "texte": "le", "tri": "titre"}
    app = opened(pratique="petit-p2", ligne="conseils/1", **where)
    kept = {name: [value] for name, value in where.items() if value and value != "question"}
    assert address(link(app, back)) == kept
    follow(app, link(app, back))
    assert "Le courrier clair" in shown(app)
    assert "Le guichet unique" not in shown(app)


@pytest.mark.parametrize(
    ("view", "language", "back"),
    [("question", "fr", "← Revenir : Poser une question"), ("carte", "fr", "← Revenir : Carte"),
     ("comparer", "fr", "← Revenir : Comparer"), ("dossier", "en", "← Back: My file")],
)  # fmt: skip
def test_the_way_back_names_where_it_leads(
    place: Path, view: str, language: str, back: str
) -> None:
    app = opened(vue=view, pratique="petit-p2", langue=language)
    follow(app, link(app, back))
    assert texts(app, "//nav//a[@aria-current='page']") == [back.partition(": ")[2]]


def test_two_practices_are_read_side_by_side(place: Path) -> None:
    app = opened(pratique="petit-p1")
    compare = page(app).xpath("//article//a[contains(@aria-label, 'La mesure des rappels')]/@href")
    follow(app, compare[0])
    assert texts(app, "//table//thead//a") == ["Le guichet unique", "La mesure des rappels"]
    rows = {
        plain(row[0]): [[plain(p) for p in cell.xpath("./p")] for cell in row[1:]]
        for row in page(app).xpath("//tbody/tr")
    }
    assert rows == {
        "Contexte": [
            ["Les habitants couraient d'un bureau à l'autre"],
            ["Le standard était saturé d'appels répétés"],
        ],
        "Conseils": [
            ["Former tous les agents à la polyvalence", "Choisir un horaire élargi"],
            ["Compter les appels pour un même motif", "Limiter le nombre d'indicateurs"],
        ],
    }


def test_a_neighbour_joins_those_already_compared(place: Path) -> None:
    added = add_practices(place, 2)
    build(place)
    app = opened(pratique="petit-p1", avec=["petit-p1", "petit-p3", *added])
    href = page(app).xpath("//article//a[contains(@aria-label, 'La mesure des rappels')]/@href")[0]
    assert address(href) == {"vue": ["comparer"], "avec": ["petit-p1", "petit-p2", "petit-p3"]}


def test_practices_to_compare_are_chosen_by_their_names(place: Path) -> None:
    app = opened(vue="comparer")
    assert page(app).xpath("//table") == []
    box = app.multiselect(key="compared")
    assert box.options[0] == "Le guichet unique — Mairie de Chêne"
    box.select("petit-p3").run()
    assert page(app).xpath("//table") == []
    app.multiselect(key="compared").select("petit-p1").run()
    assert texts(app, "//table//thead//a") == ["Le courrier clair", "Le guichet unique"]
    assert texts(opened(**app.query_params), "//thead//a") == texts(app, "//thead//a")


def test_at_most_three_are_compared_and_unknown_ones_left_out_with_a_sentence(
    place: Path,
) -> None:
    added = add_practices(place, 2)
    build(place)
    wanted = ["petit-p9", "petit-p2", "petit-p2", *added, "petit-p1", "<b>x</b>"]
    app = opened(vue="comparer", avec=wanted)
    assert notices(app) == [
        "Aucune pratique « petit-p9 », « <b>x</b> » à comparer : elle est laissée de côté."
    ]
    # The menu and the languages keep those that exist.
    for name in ("Explorer", "English"):
        assert address(link(app, name))["avec"] == ["petit-p2", *added]
    assert len(texts(app, "//thead//a")) == 3
    assert app.multiselect(key="compared").value == ["petit-p2", *added]


def test_a_section_that_a_practice_lacks_is_told(place: Path) -> None:
    path = place / "corpus" / "petit" / "practices" / "p3.md"
    text = re.sub(r"(?s)## Contexte\n.*(?=## Conseils)", "", path.read_text("utf-8"))
    path.write_text(text, "utf-8")
    build(place)
    app = opened(vue="comparer", avec=["petit-p3", "petit-p1"])
    (row,) = [row for row in page(app).xpath("//tbody/tr") if plain(row[0]) == "Contexte"]
    assert [plain(cell) for cell in row[1:]] == [
        "Le courrier clair (pas de cette section)",
        "Le guichet unique Les habitants couraient d'un bureau à l'autre",
    ]
    assert texts(visit(app, pratique="petit-p3"), "//h2")[0] == "Conseils"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_view_has_one_title_and_its_language(place: Path, language: str) -> None:
    app = opened()
    where: list[dict[str, str | list[str]]] = [
        {"vue": "explorer"}, {"vue": "carte"}, {"vue": "index"}, {"pratique": "petit-p1"},
        {"vue": "comparer", "avec": ["petit-p1", "petit-p2"]}, {"vue": "dossier"}, {"q": REPEATED},
    ]  # fmt: skip
    for parameters in where:
        visit(app, langue=language, **parameters)
        assert len(texts(app, "//h1")) == 1
        assert script(app)["language"] == language
        assert script(app)["place"] in page(app).xpath("//h1/@data-rq-place")
        assert texts(app, "//a[@hreflang][@aria-current]") == [
            {"fr": "Français", "en": "English"}[language]
        ]
        assert "{" not in body(app)
