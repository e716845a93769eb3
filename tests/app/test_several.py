"""Two collections on the page: `petit` in French, `guide` in English."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.support.app import (
    OFF_TOPIC,
    REPEATED,
    address,
    ask,
    body,
    build,
    follow,
    hits,
    link,
    listed,
    notices,
    opened,
    page,
    plain,
    quoted,
    served_place,  # noqa: F401
    shown,
    texts,
    visit,
    with_dossier,
)
from tests.support.collections import write_guide

RINGING = "people ring our desk again"
ENGLISH = ["The desk that rings", "The letter read aloud"]
FRENCH = ["Le guichet unique", "La mesure des rappels", "Le courrier clair"]


@pytest.fixture(name="both")
def place_of_both(place: Path) -> Path:
    """The home of an app that serves both."""
    write_guide(place / "corpus")
    build(place)
    return place


def languages(app: AppTest, path: str) -> list[tuple[str, str]]:
    """Return the language and the text of each element that an XPath finds."""
    return [(element.get("lang"), plain(element)) for element in page(app).xpath(path)]


def test_a_collection_is_chosen_by_its_title(both: Path) -> None:
    app = opened(vue="explorer")
    assert listed(app) == [*ENGLISH, *FRENCH]
    box = app.multiselect(key="filter-collection")
    assert (box.label, box.options) == ("Collection", ["Counter guide (2)", "Petit recueil (3)"])
    assert app.multiselect[0].key == "filter-collection"
    box.select("guide").run()
    assert listed(app) == ENGLISH
    assert app.query_params["collection"] == "guide"
    assert app.multiselect(key="filter-theme").options == ["Telephone (1)"]
    assert listed(opened(vue="explorer", collection="petit")) == FRENCH
    assert texts(app, "//section/p[@role='status']") == ["2 pratiques sur 5"]


def test_one_collection_is_no_choice(place: Path) -> None:
    for collection in ("", "petit"):
        app = opened(vue="explorer", collection=collection) if collection else opened(vue="carte")
        assert [box.key for box in app.multiselect] == [
            "filter-theme", "filter-sector", "filter-organisation",
        ]  # fmt: skip
        assert notices(app) == []
    assert "collection" not in address(link(app, "Le guichet unique"))
    unknown = "Aucune pratique n'a « guide » : ce filtre est retiré."
    assert notices(opened(vue="explorer", collection="guide")) == [unknown]


def test_the_list_stands_under_the_collections(both: Path) -> None:
    headings = "//section/h2"
    assert languages(opened(vue="explorer"), headings) == [
        ("en", "Counter guide"), ("fr", "Petit recueil"),
    ]  # fmt: skip
    path = both / "corpus" / "petit" / "practices" / "p1.md"
    path.write_text(path.read_text("utf-8").replace("theme:", "part: I. Accueillir\ntheme:", 1))
    build(both)
    app = opened(vue="explorer")
    found = ["Counter guide", "Petit recueil — I. Accueillir", "Petit recueil"]
    assert texts(app, headings) == found
    assert "Ashby Council · p. 1 · Counter guide" in texts(app, "//li/p[@class='soft']")[0]


def test_an_answer_says_of_which_collection_each_practice_is(both: Path) -> None:
    app = opened(q=RINGING)
    assert "The desk that rings" in hits(app)
    facts = languages(app, "//article[h3/a='The desk that rings']/p[1]/span")
    assert facts == [("en", "Ashby Council"), ("en", "Telephone"), ("en", "Counter guide")]
    assert any(text.endswith("Petit recueil") for text in texts(app, "//article/p[1]"))
    # Quotations keep their language, headings too.
    lines = {text: lang for lang, text in languages(app, "//article//li/a")}
    assert lines["Count the calls made for one reason"] == "en"
    assert set(lines.values()) == {"en", "fr"}
    assert ("en", "Steps") in languages(app, "//article//h4")


def test_a_question_to_one_collection_is_answered_by_it(both: Path) -> None:
    app = opened(q=REPEATED, collection="guide")
    assert sorted(hits(app)) == ENGLISH
    assert address(page(app).xpath("//li[a]/a/@href | //h3/a/@href")[-1])["collection"] == ["guide"]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("fr", "Probabilité que les recueils répondent"),
     ("en", "Probability that the collections answer")],
)  # fmt: skip
def test_sentences_speak_of_several_collections(both: Path, language: str, sentence: str) -> None:
    app = opened(langue=language)
    assert "Counter guide (1" in shown(app)
    assert "Petit recueil" in shown(app)
    # One of them is in the reader's language.
    assert "collections are in" not in shown(app)
    ask(app, REPEATED)
    assert sentence in body(app)


@pytest.mark.parametrize(
    ("language", "told"), [("en", ["The collection is in French."]), ("fr", [])]
)
def test_the_other_language_of_the_only_collection_is_told(
    place: Path, language: str, told: list[str]
) -> None:
    tagline = texts(opened(langue=language), "//h1/following-sibling::p")[0]
    assert ["The collection is in French."] * ("in French" in tagline) == told


def test_a_practice_is_shown_with_its_collection_and_among_its_own(
    both: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECUEIL_CONTACTS", "true")
    app = opened(pratique="guide-p1")
    assert texts(app, "//p[@class='soft']")[0] == "Ashby Council · p. 1 · Counter guide"
    assert languages(app, "//h2")[:2] == [("en", "Why"), ("en", "Steps")]
    assert "Coordonnées de 2021 desk1@example.invalid" in shown(app)
    assert page(app).xpath("//a[@rel='prev']") == []
    assert texts(app, "//a[@rel='next']") == ["Pratique suivante : The letter read aloud →"]
    neighbours = texts(app, "//article[h3='La mesure des rappels']/p[@class='soft']")
    assert neighbours == ["Caisse des Tilleuls · Petit recueil"]
    assert texts(visit(app, pratique="guide-p2"), "//a[@rel='next']") == []


def test_a_short_id_of_two_collections_is_told(both: Path) -> None:
    app = opened(pratique="p1")
    assert notices(app) == ["Plusieurs pratiques finissent par « p1 » : guide-p1, petit-p1"]
    assert listed(app) == [*ENGLISH, *FRENCH]


def test_sections_of_different_names_are_compared_by_what_they_are_for(both: Path) -> None:
    app = opened(vue="comparer", avec=["petit-p2", "guide-p1"])
    rows = page(app).xpath("//tbody/tr")
    heads = [(row[0].get("lang"), plain(row[0])) for row in rows]
    # `petit` has a detail that `guide` lacks, which tells a context; both have advice.
    assert heads == [("fr", "Contexte"), ("fr", "Conseils"), ("en", "Why")]
    assert [cell.get("lang") for cell in rows[1][1:]] == ["fr", "en"]
    advice = plain(rows[1][2])
    assert "Steps Count the calls made for one reason" in advice
    assert "(pas de cette section)" in plain(rows[0][2])
    assert "(pas de cette section)" in plain(rows[2][1])
    options = app.multiselect(key="compared").options
    assert options[0] == "The desk that rings — Ashby Council — Counter guide"
    # In the other order, the other one's sections head the rows.
    app = visit(app, vue="comparer", avec=["guide-p1", "petit-p2"])
    assert texts(app, "//tbody/tr/th") == ["Why", "Steps", "Contexte"]


def test_the_map_tells_collections_and_one_without_a_theme_by_its_title(both: Path) -> None:
    app = opened(vue="carte")
    assert texts(app, "//ul[@class='legend']/li") == [
        "A Telephone", "B Counter guide", "C Accueil", "D Téléphone", "E Écrit",
    ]  # fmt: skip
    links = [a.get("aria-label") for a in page(app).xpath("//ul[@class='map']//a")]
    assert "The desk that rings, Ashby Council, Telephone, Counter guide" in links
    head = texts(app, "//thead/tr/th")
    assert head == ["Thème", "Pratique", "Organisation", "Collection", "La plus proche"]
    assert {row[3].text for row in page(app).xpath("//tbody/tr")} == {
        "Counter guide", "Petit recueil",
    }  # fmt: skip


def test_a_dossier_keeps_lines_of_both(both: Path) -> None:
    app = with_dossier("guide-p1/steps/1", "petit-p2/conseils/1")
    assert texts(app, "//cite") == [
        "The desk that rings — Steps , ligne 1 · Ashby Council · p. 1 · Counter guide",
        "La mesure des rappels — Conseils, ligne 1 · Caisse des Tilleuls · p. 2 · Petit recueil",
    ]
    follow(app, link(app, "The desk that rings"))
    assert texts(app, "//*[@data-rq-line]") == ["Count the calls made for one reason"]


def test_lines_are_quoted_in_the_order_of_the_engine(both: Path) -> None:
    app = opened(q=RINGING)
    answer = app.session_state["answer"]
    assert quoted(app) == [line.text for line in answer.shown]
    assert answer.shown


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", "Rien dans les recueils n'y répond"),
        ("en", "Nothing in the collections answers this"),
    ],
)
def test_nothing_is_said_of_all_collections(both: Path, language: str, words: str) -> None:
    app = opened(q=OFF_TOPIC, langue=language)
    assert texts(app, "//h2") == [words]
    assert all("recueil" in text or "guide" in text for text in texts(app, "//li[a]/span"))
