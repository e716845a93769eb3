"""The map: points, letters, names and the table."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from recueil_app.page import Page
from recueil_app.route import Route
from recueil_app.texts import Texts
from recueil_app.views import map
from recueil_qa import Assistant, Filters, Settings
from recueil_qa.index.opening import open_index
from recueil_qa.search import similarity
from tests.support.app import (
    add_practices,
    address,
    build,
    follow,
    opened,
    page,
    plain,
    served_place,  # noqa: F401
    texts,
)
from tests.support.encoders import HashEncoder

TITLES = ["Le guichet unique", "La mesure des rappels", "Le courrier clair"]


def test_every_practice_is_a_link_on_the_map_and_a_row_of_its_table(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No line is compared for the map: only the name of the nearest practice is shown.
    with monkeypatch.context() as patch:
        patch.setattr(similarity, "_pairs", None)
        app = opened(vue="carte")
    points = page(app).xpath("//ul[@class='map']/li")
    letters = [plain(point.xpath("./a/span")[0]) for point in points]
    themes = dict(item.split(" ", 1) for item in texts(app, "//ul[@class='legend']/li"))
    assert themes == {"A": "Accueil", "B": "Téléphone", "C": "Écrit"}
    assert letters == ["A", "B", "C"]
    ids = [address(point.xpath("./a/@href")[0])["pratique"][0] for point in points]
    assert ids == ["petit-p1", "petit-p2", "petit-p3"]
    rows = page(app).xpath("//details//tbody/tr")
    assert [plain(row[0]) for row in rows] == [f"{key} — {name}" for key, name in themes.items()]
    assert [plain(row[1]) for row in rows] == TITLES
    assert [row[1].xpath("./a/@href") for row in rows] == [p.xpath("./a/@href") for p in points]
    assert [plain(row[3]) for row in rows] == [
        "Le courrier clair", "Le guichet unique", "Le guichet unique",
    ]  # fmt: skip
    follow(app, points[1].xpath("./a/@href")[0])
    assert texts(app, "//h1") == ["La mesure des rappels"]


def test_the_map_follows_the_filters_and_letters_stay(place: Path) -> None:
    app = opened(vue="carte", secteur="caisse")
    assert texts(app, "//ul[@class='legend']/li") == ["B Téléphone", "C Écrit"]
    assert texts(app, "//details//td/a") == ["La mesure des rappels", "Le courrier clair"]
    assert len(page(app).xpath("//ul[@class='map']/li")) == 2


def test_practices_without_a_theme_have_their_letter_too(tmp_path: Path, place: Path) -> None:
    from tests.support.collections import write_faq

    write_faq(tmp_path / "faq")
    shutil.rmtree(place / "index")
    build(place, tmp_path / "faq")
    app = opened(vue="carte")
    assert texts(app, "//ul[@class='legend']/li") == ["A sans thème"]
    assert len(texts(app, "//details//td/a")) == 3


@pytest.mark.parametrize("crowd", ["spread", "crossed", "heaped"])
def test_names_on_the_map_overlap_no_point_and_no_other_name(
    place: Path, monkeypatch: pytest.MonkeyPatch, crowd: str
) -> None:
    add_practices(place, 37)
    build(place)
    settings = Settings(home=place)
    assistant = Assistant(open_index(place / "index"), settings, HashEncoder())
    if crowd != "spread":
        moved = tuple(
            type(point)(point.practice, (i * 0.37) % 1, i / 40)
            if crowd == "crossed"
            else type(point)(point.practice, 0.5 + i / 400, 0.5 + (i % 3) / 400)
            for i, point in enumerate(assistant.map_points)
        )
        monkeypatch.setattr(Assistant, "map_points", moved)
    shown_page = Page(assistant, Route(view="carte"), Texts("fr"))
    practices = assistant.catalogue.matching(Filters())
    found = map._groups(shown_page, practices, is_crowded=False)
    points = map._points(shown_page, found, map._themes(shown_page))
    assert [point.practice for point in points] == list(practices)
    places = [(p.left * map.WIDTH / 100, p.top * map.HEIGHT / 100) for p in points]
    names = [
        (point, map._beside(x, y, point.name, point.side))
        for point, (x, y) in zip(points, places, strict=True)
        if point.name
    ]
    assert len(names) > (15 if crowd != "heaped" else 0)
    for i, (_, name) in enumerate(names):
        # Places are rounded to a hundredth of a percent of the drawing.
        box = map._Box(name.left + 0.1, name.top + 0.1, name.right - 0.1, name.bottom - 0.1)
        assert name.left >= 0
        assert name.right <= map.WIDTH
        assert not any(box.meets(map._around(x, y)) for x, y in places)
        assert not any(box.meets(other) for _, other in names[i + 1 :])
    for x, y in places:
        assert map.POINT / 2 <= x <= map.WIDTH - map.POINT / 2
        assert map.POINT / 2 <= y <= map.HEIGHT - map.POINT / 2


def test_letters_go_on_after_z() -> None:
    assert [map._letter(i) for i in (0, 25, 26, 27, 51, 52)] == ["A", "Z", "AA", "AB", "AZ", "BA"]
