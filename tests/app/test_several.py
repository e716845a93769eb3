"""Two collections on the page: `petit` in French, `guide` in English."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recueil_app.views import narrow
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
    # Of another language than the question, it says which.
    assert any(
        text.endswith("Petit recueil (en français)") for text in texts(app, "//article/p[1]")
    )
    # Quotations keep their language, headings too.
    lines = {text: lang for lang, text in languages(app, "//article//li/a")}
    assert lines["Count the calls made for one reason"] == "en"
    assert set(lines.values()) == {"en", "fr"}
    assert ("en", "Steps") in languages(app, "//article//h4")


NARROW = "//nav[contains(@class, 'narrow')]//a"


@pytest.mark.parametrize(
    ("language", "name", "whole"), [("fr", "Recueil", "Tous"), ("en", "Collection", "All")]
)
def test_an_answer_of_both_is_narrowed_to_one_by_one_click_and_back(
    both: Path, language: str, name: str, whole: str
) -> None:
    app = opened(q=RINGING, langue=language)
    everything = hits(app)
    of_each = [len([title for title in everything if title in own]) for own in (ENGLISH, FRENCH)]
    chips = [f"Counter guide ({of_each[0]})", f"Petit recueil ({of_each[1]})"]
    assert min(of_each) > 0
    assert texts(app, NARROW) == [whole, *chips]
    assert page(app).xpath(NARROW + "/ancestor::nav/@aria-label") == [name]
    assert texts(app, NARROW + "[@aria-current]") == [whole]
    assert [lang for lang, _ in languages(app, NARROW + "/span[1]")] == ["en", "fr"]
    follow(app, page(app).xpath(NARROW)[1].get("href"))
    assert app.query_params["collection"] == "guide"
    assert app.query_params["q"] == RINGING
    assert sorted(hits(app)) == ENGLISH
    # What the other one would have shown is not known here.
    assert texts(app, NARROW) == [whole, "Counter guide (2)", "Petit recueil"]
    assert texts(app, NARROW + "[@aria-current]") == ["Counter guide (2)"]
    follow(app, page(app).xpath(NARROW)[0].get("href"))
    assert "collection" not in app.query_params
    assert hits(app) == everything


def test_a_refusal_and_a_filter_that_keeps_nothing_can_be_narrowed_and_left(both: Path) -> None:
    assert texts(opened(q=OFF_TOPIC), NARROW)[0] == "Tous"
    app = opened(q=RINGING, collection="guide", theme="Accueil")
    assert texts(app, NARROW) == ["Tous", "Counter guide (0)", "Petit recueil"]
    follow(app, page(app).xpath(NARROW)[0].get("href"))
    assert "collection" not in app.query_params


def test_one_collection_is_not_narrowed(place: Path) -> None:
    assert texts(opened(q=REPEATED), NARROW) == []


def test_many_collections_are_named_as_far_as_there_is_room_those_that_answer_first(
    both: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(narrow, "NAMED", 1)
    app = opened(q=REPEATED, collection="petit")
    assert texts(app, NARROW) == ["Tous", f"Petit recueil ({len(hits(app))})"]


@pytest.mark.parametrize(
    ("question", "page_language", "marked"),
    [
        (RINGING, "fr", {"fr": "en français", "en": ""}),
        (RINGING, "en", {"fr": "in French", "en": ""}),
        (f"{REPEATED}, {RINGING}", "fr", {"fr": "", "en": "en anglais"}),
        (f"{REPEATED}, {RINGING}", "en", {"fr": "", "en": "in English"}),
    ],
)
def test_a_practice_in_another_language_than_the_question_says_so(
    both: Path, question: str, page_language: str, marked: dict[str, str]
) -> None:
    app = opened(q=question, langue=page_language)
    cards = page(app).xpath("//article[contains(@class, 'card')]")
    assert len({card.xpath("./h3/a/@lang")[0] for card in cards}) == 2
    for card in cards:
        told = [plain(each) for each in card.xpath("./p[1]//*[@class='foreign']")]
        expected = marked[card.xpath("./h3/a/@lang")[0]]
        assert told == ([f"({expected})"] if expected else [])
        # All that is quoted says its language, for whom it is read aloud.
        for line in card.xpath(".//a[@class='quiet']"):
            assert line.xpath("ancestor-or-self::*[@lang][1]/@lang")


def test_the_nearest_of_a_refusal_say_their_language_too(both: Path) -> None:
    app = opened(q=OFF_TOPIC)
    rows = {plain(row[0]): plain(row[1]) for row in page(app).xpath("//ul[@class='nearest']/li")}
    assert rows
    for title, told in rows.items():
        assert ("(en anglais)" in told) == (title in ENGLISH)


def test_a_practice_of_another_language_than_its_collection_keeps_its_own(both: Path) -> None:
    path = both / "corpus" / "petit" / "practices" / "p1.md"
    path.write_text(path.read_text("utf-8").replace("theme:", "language: en-GB\ntheme:", 1))
    build(both)
    assert languages(opened(pratique="petit-p1"), "//h1") == [("en", "Le guichet unique")]
    path.write_text(path.read_text("utf-8").replace("en-GB", "ancien", 1))
    build(both)
    assert languages(opened(pratique="petit-p1"), "//h1") == [("fr", "Le guichet unique")]


def test_a_question_to_one_collection_is_answered_by_it(both: Path) -> None:
    app = opened(q=REPEATED, collection="guide")
    assert sorted(hits(app)) == ENGLISH
    assert address(page(app).xpath("//article/h3/a/@href | //ul[@class='nearest']/li/a/@href")[-1])[
        "collection"
    ] == ["guide"]


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
