"""Asking: the menu, the question box, the filters, the languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from recueil_app.render import label
from recueil_app.route import VIEWS
from recueil_app.texts import EXAMPLES
from tests.apptest import (
    REPEATED,
    address,
    ask,
    body,
    click,
    follow,
    hits,
    link,
    notices,
    opened,
    page,
    press,
    quoted,
    script,
    served_place,  # noqa: F401
    shown,
    texts,
    visit,
)


def test_the_empty_state_explains_offers_examples_and_the_list(place: Path) -> None:
    app = opened()
    text = shown(app)
    assert "Décrivez un problème avec vos mots" in text
    assert [button.label for button in app.button] == ["Chercher", *map(label, EXAMPLES["fr"])]
    assert address(link(app, "Parcourir les 3 pratiques")) == {"vue": ["explorer"]}
    assert address(link(app, "Les voir sur une carte")) == {"vue": ["carte"]}
    assert "Petit recueil" in text
    assert re.search(r"Index du \d+ \w+ \d{4}\. Tout se passe sur la machine du service", text)
    assert (script(app)["language"], script(app)["focus"]) == ("fr", True)


def test_the_menu_leads_to_every_view_and_says_where_one_is(place: Path) -> None:
    app = opened(q="appels", theme="Écrit")
    names = ["Poser une question", "Explorer", "Carte", "Comparer", "Mon dossier", "L'index"]
    for view, name in zip(VIEWS, names, strict=True):
        kept = {"q": ["appels"], "theme": ["Écrit"]}
        kept |= {} if view == "question" else {"vue": [view]}
        assert address(link(app, name)) == kept
        follow(app, link(app, name))
        assert texts(app, "//a[@aria-current='page']") == [name]
        assert len(texts(app, "//h1")) == 1
        assert app.query_params.get("vue", "question") == view


def test_an_example_is_asked_by_a_click(place: Path) -> None:
    app = opened()
    example = EXAMPLES["fr"][0]
    click(app, f"example-{example}")
    assert app.text_input(key="typed").value == example
    assert page(app).xpath("//@data-rq-question") == [example]


def test_an_abstention_under_filters_says_that_they_are_on(place: Path) -> None:
    app = opened(q=REPEATED, theme="Écrit")
    (notice,) = notices(app)
    assert notice.endswith("Des filtres sont actifs : sans eux, la réponse peut être autre.")
    assert hits(app) == ["Le courrier clair"]
    press(app, "Retirer les filtres")
    assert notices(app) == []
    assert hits(app)[0] == "La mesure des rappels"
    assert app.query_params == {"q": REPEATED}


def test_an_answer_is_shared_by_its_address(place: Path) -> None:
    app = opened()
    ask(app, REPEATED)
    app.multiselect(key="filter-sector").select("caisse").run()
    again = opened(**app.query_params)
    for read in (quoted, hits, notices):
        assert read(again) == read(app)
    assert again.text_input(key="typed").value == REPEATED
    assert page(app).xpath("//button/@data-rq-do") == ["copy", "print"]


def test_a_blank_question_leads_home(place: Path) -> None:
    app = opened()
    ask(app, REPEATED)
    ask(app, "   ")
    assert app.query_params == {}
    assert [button.label for button in app.button][1:] == [*map(label, EXAMPLES["fr"])]
    assert notices(app) == ["Décrivez votre problème en quelques mots, puis cherchez."]
    assert notices(visit(app)) == []


def test_a_question_as_long_as_the_settings_allow_is_asked_whole(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECUEIL_QUESTION_CHARACTERS", "20000")
    question = "appels répétés " * 300 + "fin"
    app = opened()
    ask(app, question)
    assert page(app).xpath("//@data-rq-question") == [question]


def test_filters_count_under_the_other_filters(place: Path) -> None:
    app = opened()
    assert [box.label for box in app.multiselect] == ["Thème", "Secteur", "Organisation"]
    assert app.multiselect(key="filter-sector").options == ["commune (1)", "caisse (2)"]
    app.multiselect(key="filter-sector").select("caisse").run()
    assert app.multiselect(key="filter-theme").options == ["Téléphone (1)", "Écrit (1)"]
    assert app.multiselect(key="filter-sector").options == ["commune (1)", "caisse (2)"]
    ask(app, "le guichet unique")
    assert sorted(hits(app)) == ["La mesure des rappels", "Le courrier clair"]
    app.multiselect(key="filter-theme").select("Écrit").run()
    assert hits(app) == ["Le courrier clair"]
    press(app, "Retirer les filtres")
    assert [box.value for box in app.multiselect] == [[], [], []]


@pytest.mark.parametrize("view", ["question", "explorer", "carte"])
def test_filters_that_leave_nothing_are_told_and_can_be_removed(place: Path, view: str) -> None:
    app = opened(vue=view, q="appels", theme="Écrit", secteur="commune")
    assert notices(app) == ["Aucune pratique ne correspond à ces filtres : retirez-en un."]
    # A value chosen stays listed, so that it can be taken out.
    assert app.multiselect(key="filter-theme").options == ["Accueil (1)", "Écrit (0)"]
    app.multiselect(key="filter-sector").unselect("commune").run()
    assert notices(app)[:1] != ["Aucune pratique ne correspond à ces filtres : retirez-en un."]
    assert "Le courrier clair" in shown(app)


def test_english_by_a_link_keeps_the_question_and_the_filters(place: Path) -> None:
    app = opened(q="how to cut repeat calls?", secteur="caisse")
    href = link(app, "English")
    assert address(href) == {
        "langue": ["en"],
        "q": ["how to cut repeat calls?"],
        "secteur": ["caisse"],
    }
    text = shown(follow(app, href))
    assert "What the collection advises" in text
    assert "close to this situation: How to cut repeat calls?" in text
    # Quotations stay as they were written.
    assert "“Compter les appels pour un même motif”" in text
    assert script(app)["language"] == "en"
    assert set(page(app).xpath("//blockquote/p/@lang")) == {"fr"}
    assert "Ce que le recueil conseille" in shown(follow(app, link(app, "Français")))


def test_the_language_of_a_visit_starts_from_the_settings(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECUEIL_LANGUAGE", "en")
    app = opened()
    assert "Describe a problem in your own words" in shown(app)
    assert "Décrivez un problème" in shown(follow(app, link(app, "Français")))


def test_a_question_of_another_language_is_noticed(place: Path) -> None:
    app = opened()
    ask(app, "Wie können wir die Anrufe und die Briefe nicht mehr wiederholen?")
    assert notices(app)[0].startswith("La question ne semble ni en français ni en anglais")


def test_contacts_are_hidden_unless_the_setting_shows_them(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened(pratique="petit-p2")
    assert "exemple.invalid" not in body(app)
    assert "exemple.invalid" not in ask(visit(app), "appels répétés")
    monkeypatch.setenv("RECUEIL_CONTACTS", "true")
    text = shown(visit(app, pratique="petit-p2"))
    assert "Coordonnées accueil2@exemple.invalid 01 02 03 04 02" in text


def test_what_is_changed_before_the_page_is_drawn_again_all_counts(place: Path) -> None:
    app = opened()
    app.text_input(key="typed").set_value("lettres")
    app.multiselect(key="filter-sector").select("caisse")
    app.multiselect(key="filter-theme").select("Écrit")
    app.button[0].click()
    app.run()
    assert address(link(app, "Poser une question")) == {
        "q": ["lettres"], "secteur": ["caisse"], "theme": ["Écrit"],
    }  # fmt: skip
    assert hits(app) == ["Le courrier clair"]
    visit(app, vue="explorer")
    app.text_input(key="filter-text").set_value("le")
    app.selectbox(key="sort").select("titre")
    app.multiselect(key="filter-sector").select("caisse")
    app.run()
    assert address(link(app, "Explorer")) == {
        "vue": ["explorer"], "texte": ["le"], "tri": ["titre"], "secteur": ["caisse"],
    }  # fmt: skip
