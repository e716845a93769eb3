"""Exploring: the list, its words, its order, its pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.app import (
    add_practices,
    address,
    build,
    follow,
    link,
    listed,
    notices,
    opened,
    page,
    rewrite,
    served_place,  # noqa: F401
    shown,
    texts,
    visit,
)

TITLES = ["Le guichet unique", "La mesure des rappels", "Le courrier clair"]
NOT_HELD = "Aucune pratique ne contient ces mots : essayez-en d'autres."
COUNT = "//section/p[@role='status']"


def test_the_list_has_every_practice_in_the_order_of_the_collection(place: Path) -> None:
    app = opened(vue="explorer")
    assert listed(app) == TITLES
    assert texts(app, COUNT) == ["3 pratiques sur 3"]
    assert "Caisse des Tilleuls · p. 2 · Téléphone" in shown(app)
    text = shown(follow(app, link(app, "La mesure des rappels")))
    assert texts(app, "//h1") == ["La mesure des rappels"]
    assert "Compter les appels pour un même motif" in text
    assert listed(follow(app, link(app, "← Revenir : Explorer"))) == TITLES


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("LÉTTRE usager", ["Le courrier clair"]),
        ("gui uni", ["Le guichet unique"]),
        ("caisse", ["La mesure des rappels", "Le courrier clair"]),
        ("chene", ["Le guichet unique"]),
        # Other forms of a word are that word.
        ("usagères", ["Le courrier clair"]),
        ("polyvalences formés", ["Le guichet unique"]),
        ("ettre", []),
        ("des lettres zyxw", []),
        ("?! …", TITLES),
    ],
)
def test_words_keep_the_practices_that_hold_them_all(
    place: Path, text: str, found: list[str]
) -> None:
    app = opened(vue="explorer")
    app.text_input(key="filter-text").set_value(text).run()
    assert listed(app) == found
    assert listed(opened(**app.query_params)) == found
    if not found:
        assert notices(app) == [NOT_HELD]


def test_words_and_filters_that_leave_nothing_are_told_apart(place: Path) -> None:
    assert notices(opened(vue="explorer", texte="zyxw")) == [NOT_HELD]
    filtered = ["Aucune pratique ne correspond à ces filtres : retirez-en un."]
    assert notices(opened(vue="explorer", texte="guichet", theme="Écrit")) == filtered
    english = ["No practice holds these words: try others."]
    assert notices(opened(vue="explorer", texte="zyxw", langue="en")) == english


def test_endless_words_of_an_address_are_cut(place: Path) -> None:
    app = opened(vue="explorer", texte="le " * 1_000)
    assert app.text_input(key="filter-text").value == ("le " * 67)[:200]
    assert listed(app) == TITLES


def test_the_count_and_the_facets_follow_the_words(place: Path) -> None:
    app = opened(vue="explorer", texte="caisse")
    assert texts(app, COUNT) == ["2 pratiques sur 3"]
    assert app.multiselect(key="filter-theme").options == ["Téléphone (1)", "Écrit (1)"]
    app.multiselect(key="filter-theme").select("Écrit").run()
    assert listed(app) == ["Le courrier clair"]
    assert app.text_input(key="filter-text").value == "caisse"
    # The words are of the list: they hide nothing on the map.
    follow(app, link(app, "Carte"))
    assert app.multiselect(key="filter-theme").options == [
        "Accueil (1)", "Téléphone (1)", "Écrit (1)",
    ]  # fmt: skip


def test_one_practice_is_counted_in_the_singular(place: Path) -> None:
    assert texts(opened(vue="explorer", theme="Écrit"), COUNT) == ["1 pratique sur 3"]
    english = opened(vue="explorer", theme="Écrit", langue="en")
    assert texts(english, COUNT) == ["1 practice of 3"]


@pytest.mark.parametrize(
    ("sort", "found", "headings"),
    [
        ("page", TITLES, []),
        ("titre", ["La mesure des rappels", "Le courrier clair", "Le guichet unique"], []),
        ("organisation", ["La mesure des rappels", "Le courrier clair", "Le guichet unique"],
         ["Caisse des Tilleuls", "Mairie de Chêne"]),
        ("theme", ["Le guichet unique", "Le courrier clair", "La mesure des rappels"],
         ["Accueil", "Écrit", "Téléphone"]),
        ("n'importe quoi", TITLES, []),
    ],
)  # fmt: skip
def test_the_list_is_sorted_under_the_headings_of_its_order(
    place: Path, sort: str, found: list[str], headings: list[str]
) -> None:
    app = opened(vue="explorer", tri=sort)
    assert listed(app) == found
    assert texts(app, "//section/h2") == headings


def test_titles_are_sorted_as_people_do_it(place: Path) -> None:
    rewrite(place, 2, "La mesure des rappels", "« Écouter » les rappels")
    rewrite(place, 3, "Le courrier clair", "courrier clair")
    build(place)
    assert listed(opened(vue="explorer", tri="titre")) == [
        "courrier clair", "« Écouter » les rappels", "Le guichet unique",
    ]  # fmt: skip


def test_practices_stand_in_the_order_of_their_pages(place: Path) -> None:
    add_practices(place, 8)
    build(place)
    facts = texts(opened(vue="explorer"), "//li/p[@class='soft']")
    pages = [int(fact.partition("p. ")[2].partition(" ")[0]) for fact in facts]
    assert pages == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    after = page(opened(pratique="petit-p9")).xpath("//a[@rel='next']/@href")
    assert address(after[0])["pratique"] == ["petit-p10"]


def test_an_order_is_chosen_and_kept_in_the_address(place: Path) -> None:
    app = opened(vue="explorer", page="2")
    app.selectbox(key="sort").select("titre").run()
    assert listed(app)[0] == "La mesure des rappels"
    assert address(link(app, "La mesure des rappels"))["tri"] == ["titre"]
    assert "page" not in app.query_params


def test_parts_head_the_list_in_its_own_order(place: Path) -> None:
    for number, part in ((1, "I. Accueillir"), (2, "II. Écrire"), (3, "II. Écrire")):
        path = place / "corpus" / "petit" / "practices" / f"p{number}.md"
        text = path.read_text("utf-8").replace("theme:", f"part: {part}\ntheme:", 1)
        path.write_text(text, "utf-8")
    build(place)
    app = opened(vue="explorer")
    assert texts(app, "//section/h2") == ["I. Accueillir", "II. Écrire"]
    assert next(box.label for box in app.multiselect) == "Partie"
    assert listed(visit(app, vue="explorer", partie="II. Écrire")) == TITLES[1:]


@pytest.mark.parametrize(
    ("number", "found", "at"),
    [("1", TITLES[:2], "1"), ("2", TITLES[2:], "2"), ("99", TITLES[2:], "2"),
     ("0", TITLES[:2], "1"), ("-1", TITLES[:2], "1"), ("²", TITLES[:2], "1"),
     ("9" * 2_000, TITLES[:2], "1"), ("<b>", TITLES[:2], "1")],
)  # fmt: skip
def test_a_long_list_has_pages(
    place: Path, monkeypatch: pytest.MonkeyPatch, number: str, found: list[str], at: str
) -> None:
    monkeypatch.setattr("recueil_app.views.explore.PER_PAGE", 2)
    app = opened(vue="explorer", page=number)
    assert listed(app) == found
    pages = "//nav[@aria-label='Pages de la liste']//a"
    assert texts(app, pages) == ["1", "2"]
    assert texts(app, f"{pages}[@aria-current='page']") == [at]
    # Filters start from the first page again.
    app.text_input(key="filter-text").set_value("le").run()
    assert "page" not in app.query_params
