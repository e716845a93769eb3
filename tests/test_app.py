"""The page through Streamlit's AppTest, with the small collection and the hashing encoder."""

from __future__ import annotations

import html
import re
import shutil
import tomllib
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from recueil_app.render import label
from recueil_app.texts import EXAMPLES
from recueil_qa.building import build_index
from recueil_qa.corpus import read_corpus
from tests.conftest import ROOT
from tests.fakes import HashEncoder, write_corpus

HOSTILE = "<script>alert(1)</script> **gras** [x](javascript:alert(1)) $x^2$ :smile: :red[y] `c`"


@pytest.fixture
def place(
    corpus_root: Path, index_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    monkeypatch.setenv("RECUEIL_HOME", str(tmp_path))
    monkeypatch.setenv("RECUEIL_CORPUS", str(corpus_root))
    monkeypatch.setenv("RECUEIL_INDEX", str(index_root))
    monkeypatch.setattr("recueil_qa.assistant.SentenceTransformerEncoder", lambda _: HashEncoder())
    st.cache_resource.clear()
    return tmp_path


def opened() -> AppTest:
    app = AppTest.from_file(str(ROOT / "app" / "streamlit_app.py"), default_timeout=30)
    app.run()
    assert not app.exception
    return app


def shown(app: AppTest) -> str:
    """Return the text that the page shows, without its tags."""
    assert not app.exception
    bodies = [element.proto.body for element in app.get("html")]
    kept = [body for body in bodies if not body.startswith(("<style", "<script", ".rq"))]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", " ".join(kept))).split())


def cards(app: AppTest) -> list[str]:
    """Return the titles of the practices found, best first."""
    bodies = " ".join(element.proto.body for element in app.get("html"))
    return [html.unescape(title) for title in re.findall(r"<h3[^>]*>([^<]*)</h3>", bodies)]


def ask(app: AppTest, question: str) -> str:
    app.text_input[0].set_value(question)
    app.button[0].click()
    app.run()
    return shown(app)


def test_the_empty_state_explains_offers_examples_and_lists_the_practices(place: Path) -> None:
    app = opened()
    assert "Décrivez un problème avec vos mots" in shown(app)
    assert "3 pratiques à interroger ou à parcourir" in shown(app)
    labels = [button.label for button in app.button]
    assert labels[:5] == ["Chercher", *map(label, EXAMPLES["fr"])]
    assert labels[5:] == [
        label("Le guichet unique — Mairie de Chêne"),
        label("La mesure des rappels — Caisse des Tilleuls"),
        label("Le courrier clair — Caisse des Tilleuls"),
    ]


def test_a_question_gives_quoted_advice_with_its_place_then_practices(place: Path) -> None:
    text = ask(opened(), "le standard est saturé par des appels répétés")
    assert "Ce que le recueil conseille" in text
    quoted = "« Compter les appels pour un même motif » La mesure des rappels — Caisse des Tilleuls"
    assert f"{quoted}, Conseils, ligne 1, p. 2" in text
    assert text.index("Ce que le recueil conseille") < text.index("Pratiques utiles")
    assert "question voisine « Le standard est saturé par des appels répétés »" in text
    assert "mots en commun : standard, saturé, appels, répétés" in text


def test_an_example_is_asked_by_a_click(place: Path) -> None:
    app = opened()
    app.button[1].click()
    app.run()
    assert app.text_input[0].value == EXAMPLES["fr"][0]
    assert "Pratiques" in shown(app)


def test_nothing_near_is_said_honestly_with_leads(place: Path) -> None:
    text = ask(opened(), "recette tarte pommes")
    assert "Aucune pratique du recueil ne répond à cette question." in text
    assert "Les pistes les plus proches" in text
    assert "Conseils qui s'appliquent" not in text


def test_english_by_toggle_keeps_the_question(place: Path) -> None:
    app = opened()
    ask(app, "how to cut repeat calls?")
    app.button_group[0].set_value("en").run()
    text = shown(app)
    assert "What the collection advises" in text
    assert "a similar question “How to cut repeat calls?”" in text
    assert "Compter les appels pour un même motif" in text


def test_the_address_language_default_comes_from_the_settings(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECUEIL_LANGUAGE", "en")
    assert "Describe a problem in your own words" in shown(opened())


def test_filters_keep_practices_and_count_under_the_other_filters(place: Path) -> None:
    app = opened()
    sector = app.multiselect[1]
    assert [box.label for box in app.multiselect] == ["Thème", "Secteur", "Organisation"]
    assert sector.options == ["commune (1)", "caisse (2)"]
    sector.select("caisse")
    app.run()
    assert app.multiselect[0].options == ["Téléphone (1)", "Écrit (1)"]
    ask(app, "le guichet unique")
    assert sorted(cards(app)) == ["La mesure des rappels", "Le courrier clair"]
    app.multiselect[0].select("Écrit")
    app.run()
    assert cards(app) == ["Le courrier clair"]
    next(button for button in app.button if button.label == "Retirer les filtres").click()
    app.run()
    assert [box.value for box in app.multiselect] == [[], [], []]


def test_a_practice_opens_whole_with_its_neighbours_and_closes(place: Path) -> None:
    app = opened()
    ask(app, "appels répétés")
    next(button for button in app.button if button.label == "Lire cette pratique").click()
    app.run()
    text = shown(app)
    assert "Pratiques proches de celle-ci" in text
    assert "Ce que le recueil conseille" not in text
    app.button[1].click()
    app.run()
    assert "Ce que le recueil conseille" in shown(app)


def test_contacts_are_hidden_unless_the_setting_shows_them(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "exemple.invalid" not in ask(opened(), "appels répétés")
    monkeypatch.setenv("RECUEIL_CONTACTS", "true")
    text = ask(opened(), "appels répétés")
    assert "Coordonnées de 2014 accueil2@exemple.invalid" in text


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ("\u200b", "La question est vide"),
        ("?!…", "La question ne contient aucun mot"),
        ("a" * 20_000, "La question compte 20000 caractères, 2000 au plus"),
    ],
)
def test_a_question_that_cannot_be_asked_gets_a_sentence(
    place: Path, question: str, message: str
) -> None:
    assert message in ask(opened(), question)


def test_hostile_text_shows_as_typed(place: Path) -> None:
    app = opened()
    ask(app, HOSTILE)
    bodies = " ".join(element.proto.body for element in app.get("html"))
    assert "alert(1)" not in re.sub(r"data-rq-question=\"[^\"]*\"", "", bodies)
    assert html.escape(HOSTILE, quote=True).replace("&#x27;", "&#39;") in bodies


def test_hostile_text_of_a_corpus_shows_as_written(tmp_path: Path, place: Path) -> None:
    root = tmp_path / "hostile"
    folder = write_corpus(root)
    path = folder / "practices" / "p1.md"
    line = "Former <b>tous</b> les agents <img src=x onerror=alert(1)>"
    with (folder / "source.txt").open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n{HOSTILE}\n")
    text = path.read_text("utf-8").replace("Former tous les agents à la polyvalence", line)
    path.write_text(text.replace("title: Le guichet unique", f"title: '{HOSTILE}'"), "utf-8")
    shutil.rmtree(place / "index")
    build_index(place / "index", read_corpus(root), HashEncoder())
    app = opened()
    assert app.button[5].label == label(f"{HOSTILE} — Mairie de Chêne")
    ask(app, "former tous les agents")
    bodies = " ".join(element.proto.body for element in app.get("html"))
    assert "<img" not in bodies
    assert "&lt;img src=x onerror=alert(1)&gt;" in bodies


def test_an_escaped_label_holds_no_live_markup() -> None:
    escaped = label("**a** [x](y) :smile: $z$ `c` <i> _d_\n# e")
    live = re.sub(r"\\.", "", escaped)
    assert not re.search(r"[*\[\](){}:$`<>_#]", live)
    assert "\u2060smile" in escaped


def test_no_index_says_how_to_build_it(place: Path) -> None:
    shutil.rmtree(place / "index")
    text = shown(opened())
    assert "L'assistant ne peut pas répondre" in text
    assert "recueil-qa build" in text


def test_a_damaged_index_says_how_to_mend_it(place: Path) -> None:
    next((place / "index").glob("*/vectors.faiss")).write_bytes(b"")
    assert "recueil-qa build --force" in shown(opened())


def test_an_unexpected_error_shows_a_sentence_and_no_traceback(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr("recueil_qa.assistant.score_query", fail)
    text = ask(opened(), "appels")
    assert "Une erreur inattendue est survenue" in text
    assert "secret detail" not in text


def test_a_new_build_is_taken_up_and_a_changed_corpus_told(place: Path, corpus_root: Path) -> None:
    app = opened()
    path = corpus_root / "petit" / "practices" / "p1.md"
    path.write_text(path.read_text("utf-8").replace("Le guichet unique", "Le comptoir"), "utf-8")
    app.run()
    assert "l'index est à reconstruire" in shown(app)
    build_index(place / "index", read_corpus(corpus_root), HashEncoder())
    app.run()
    assert "l'index est à reconstruire" not in shown(app)
    assert app.button[5].label == label("Le comptoir — Mairie de Chêne")


def test_the_server_asks_nothing_tells_nobody_and_listens_here_only() -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
    assert config["server"]["showEmailPrompt"] is False
    assert config["server"]["address"] == "127.0.0.1"
    assert config["browser"]["gatherUsageStats"] is False
    assert config["client"]["showErrorDetails"] == "none"


def test_the_collection_is_named_and_the_page_told_its_language(place: Path) -> None:
    app = opened()
    assert "Petit recueil" in shown(app)
    scripts = [e.proto.body for e in app.get("html") if e.proto.body.startswith("<script")]
    assert "<script>document.documentElement.lang = 'fr'</script>" in scripts


@pytest.mark.parametrize("leave", ["button", "blank question"])
def test_one_comes_home_to_the_examples_and_the_list(place: Path, leave: str) -> None:
    app = opened()
    ask(app, "appels répétés")
    labels = [button.label for button in app.button]
    assert labels[1] == "← Toutes les pratiques"
    if leave == "button":
        app.button[1].click()
        app.run()
    else:
        ask(app, "   ")
    assert [button.label for button in app.button][1:5] == [*map(label, EXAMPLES["fr"])]
    assert "3 pratiques à interroger" in shown(app)


def test_a_practice_opened_from_the_list_leads_back_to_it(place: Path) -> None:
    app = opened()
    app.button[5].click()
    app.run()
    assert app.button[1].label == "← Revenir à la liste"
    app.button[1].click()
    app.run()
    assert app.button[5].label == label("Le guichet unique — Mairie de Chêne")


def test_quoted_lines_belong_to_the_practices_shown(place: Path) -> None:
    app = opened()
    ask(app, "recette tarte pommes")
    bodies = " ".join(element.proto.body for element in app.get("html"))
    quoted = set(re.findall(r"<cite>([^—<]*) —", bodies))
    assert {html.unescape(title) for title in quoted} <= set(cards(app))
