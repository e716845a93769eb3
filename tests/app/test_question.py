"""Asking: the menu, the question box, the filters, the languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from recueil_app.render import label
from recueil_app.route import VIEWS
from recueil_qa import Assistant
from tests.support.app import (
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

EXAMPLES = {"fr": ("Comment réduire les appels ?", "Trop d'attente"), "en": ("Too many calls",)}


@pytest.fixture
def examples(monkeypatch: pytest.MonkeyPatch) -> None:
    """The questions to begin with, as the collections give them."""
    monkeypatch.setattr(Assistant, "examples", lambda _, language: EXAMPLES[language])


def test_without_examples_there_is_no_word_of_them(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Assistant, "examples", lambda *_: ())
    app = opened()
    assert [button.label for button in app.button] == ["Chercher"]
    assert "Essayez par exemple" not in shown(app)


@pytest.mark.usefixtures("examples")
def test_the_empty_state_explains_offers_examples_and_the_list(place: Path) -> None:
    app = opened()
    text = shown(app)
    assert "Décrivez un problème avec vos mots" in text
    assert [button.label for button in app.button] == ["Chercher", *map(label, EXAMPLES["fr"])]
    assert [button.label for button in opened(langue="en").button][1:] == [*EXAMPLES["en"]]
    assert address(link(app, "Parcourir les 3 pratiques")) == {"vue": ["explorer"]}
    assert address(link(app, "Les voir sur une carte")) == {"vue": ["carte"]}
    assert "Petit recueil" in text
    assert re.search(r"Index du \d+ \w+ \d{4}\. Tout se passe sur la machine du service", text)
    assert (script(app)["language"], script(app)["focus"]) == ("fr", True)


def test_the_box_takes_several_lines_up_to_what_the_settings_allow(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECUEIL_QUESTION_CHARACTERS", "500")
    app = opened()
    assert app.text_area(key="typed").max_chars == 500
    assert "Entrée : chercher · Maj + Entrée : aller à la ligne" in shown(app)
    ask(app, "les appels\nrépétés")
    assert app.query_params == {"q": "les appels\nrépétés"}
    assert app.text_area(key="typed").value == "les appels\nrépétés"
    assert page(app).xpath("//@data-rq-question") == ["les appels répétés"]


def test_the_title_leaves_the_first_screen_to_the_answer(place: Path) -> None:
    for question, classes in (("", [None]), (REPEATED, ["unseen"])):
        app = opened(q=question)
        assert [h1.get("class") for h1 in page(app).xpath("//h1")] == classes
        assert ("Décrivez un problème" in shown(app)) is (not question)


def test_the_button_of_the_filters_says_how_many_are_on(place: Path) -> None:
    def told(**address: str | list[str]) -> str:
        names: dict[str, str] = script(opened(**address))["names"]
        return names['[data-testid="stExpandSidebarButton"]']

    assert {told(), told(q=REPEATED)} == {"Filtres"}
    two = told(theme="Écrit", secteur="caisse"), told(secteur=["caisse", "commune"])
    assert {*two} == {"Filtres (2)"}
    assert told(langue="en", theme="Écrit") == "Filters (1)"


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


@pytest.mark.usefixtures("examples")
def test_an_example_is_asked_by_a_click(place: Path) -> None:
    app = opened(**{"tel-quel": "1"})
    example = EXAMPLES["fr"][0]
    click(app, f"example-{example}")
    assert app.query_params == {"q": example}
    assert app.text_area(key="typed").value == example
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
    assert again.text_area(key="typed").value == REPEATED
    tools = "//*[contains(@class, 'tools')]/button/@data-rq-do"
    assert page(app).xpath(tools) == ["copy", "print"]


@pytest.mark.usefixtures("examples")
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
    assert "What the collection" not in text
    assert "Read the whole practice" in text
    # Quotations stay as they were written.
    assert "Compter les appels pour un même motif" in text
    assert script(app)["language"] == "en"
    assert set(page(app).xpath("//article//li/a/@lang")) == {"fr"}
    assert "Lire toute la pratique" in shown(follow(app, link(app, "Français")))


def test_the_language_of_a_visit_starts_from_the_settings(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECUEIL_LANGUAGE", "en")
    app = opened()
    assert "Describe a problem in your own words" in shown(app)
    assert "Décrivez un problème" in shown(follow(app, link(app, "Français")))


def test_a_question_of_another_language_is_noticed(place: Path) -> None:
    app = opened()
    text = ask(app, "Wie können wir die Anrufe und die Briefe nicht mehr wiederholen?")
    assert "La question ne semble ni en français ni en anglais" in text


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
    app.text_area(key="typed").set_value("lettres")
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
