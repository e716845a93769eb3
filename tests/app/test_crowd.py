"""More practices than a map can show: points of several, which open, and ways to the rest."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest

from recueil_app.views import crowd, map
from recueil_qa import Practice
from recueil_qa.builds.build import build_index
from tests.support.app import (
    address,
    follow,
    link,
    opened,
    page,
    plain,
    served_place,  # noqa: F401
    shown,
    texts,
    visit,
)
from tests.support.crowded import LARGE, SMALL, crowded_corpus
from tests.support.encoders import HashEncoder

POINTS = "//ul[@class='map']/li/a"


def made(count: int) -> tuple[list[Practice], dict[str, tuple[float, float]]]:
    """Return practices, heaped towards a corner, and where they stand."""
    practices = [Practice(f"a-{i:04}", "a", "", ()) for i in range(count)]
    return practices, {
        p.id: ((i * 0.6180339 % 1) ** 2, (i * 0.7548777 % 1) ** 3) for i, p in enumerate(practices)
    }


def drawn(group: crowd.Group) -> tuple[float, float]:
    return (
        group.x * (map.WIDTH - 2 * map.MARGIN),
        group.y * (map.HEIGHT - 2 * map.MARGIN),
    )


@pytest.mark.parametrize("count", [1, 2, 3, 7, 20, 60, 137, 499, 500, 501, 1000, 5000])
def test_every_practice_has_one_point_and_points_are_apart(count: int) -> None:
    practices, places = made(count)
    found = crowd.groups(practices, places)
    assert len(found) == (count if count <= crowd.MOST else crowd.POINTS)
    assert sorted(p.id for group in found for p in group.practices) == [*places]
    sizes = [len(group.practices) for group in found]
    assert max(sizes) - min(sizes) <= 2
    for one, other in combinations(map_places(found), 2):
        assert math.dist(one, other) >= map.POINT
    # The same in whatever order they come, and the point is named by the one in its middle.
    assert crowd.groups(practices[::-1], places) == found
    largest = max(found, key=lambda group: len(group.practices)).practices
    middle = [sum(places[p.id][side] for p in largest) / len(largest) for side in (0, 1)]
    assert largest[0] == min(largest, key=lambda p: math.dist(places[p.id], middle))


def map_places(found: tuple[crowd.Group, ...]) -> list[tuple[float, float]]:
    return [drawn(group) for group in found]


def test_practices_in_one_place_have_points_apart_too() -> None:
    practices = made(600)[0]
    found = crowd.groups(practices, dict.fromkeys((p.id for p in practices), (0.5, 0.5)))
    assert len({(group.x, group.y) for group in found}) == crowd.POINTS
    assert crowd.groups((), {}) == ()


def test_points_keep_the_order_of_the_map() -> None:
    practices, places = made(1000)
    found = crowd.groups(practices, places)
    left = [p for group in found if group.x < 0.5 for p in group.practices]
    right = [p for group in found if group.x > 0.5 for p in group.practices]
    assert max(places[p.id][0] for p in left) <= min(places[p.id][0] for p in right)


def test_a_practice_is_looked_at_with_all_that_share_its_point() -> None:
    practices, places = made(1000)
    for group in crowd.groups(practices, places)[::10]:
        for practice in group.practices:
            assert crowd.around(practice.id, practices, places) == group.practices
    assert crowd.around("elsewhere", practices, places) == ()


@pytest.fixture(name="thousand", scope="module")
def index_of_a_thousand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The index of a thousand practices: 960 in one collection, 40 in the other."""
    root = tmp_path_factory.mktemp("thousand") / "index"
    build_index(root, crowded_corpus(960, 40), HashEncoder())
    yield root


@pytest.fixture
def crowded(place: Path, thousand: Path) -> Path:
    """The home of an app that serves a thousand practices."""
    shutil.rmtree(place / "index")
    shutil.copytree(thousand, place / "index")
    return place


def counted(points: list[str]) -> int:
    """Return how many practices points stand for, by their numbers."""
    return sum(int(number) for number in points)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_thousand_practices_are_told_to_be_too_many_and_all_are_reached(
    crowded: Path, language: str
) -> None:
    app = opened(vue="carte", langue=language)
    (notice,) = texts(app, "//p[@class='notice calm']")
    said = {
        "fr": ("1000 pratiques, trop pour une carte", "60 points en réunit 16 à 17", "Un clic"),
        "en": ("1000 practices, too many for one map", "60 points is 16 to 17", "A click"),
    }
    assert all(part in notice for part in said[language])
    assert len(page(app).xpath(POINTS)) == crowd.POINTS
    assert counted(texts(app, "//*[@class='many']")) == 1000
    # The table says the same, a row a point.
    assert counted(texts(app, "//tbody/tr/td[last()]")) == 1000
    reached: set[str] = set()
    for href in page(app).xpath(POINTS + "/@href")[:3]:
        near = follow(app, href)
        leads = [address(each) for each in near_links(near)]
        reached |= {each["pratique"][0] for each in leads}
        visit(app, vue="carte", langue=language)
    assert 48 <= len(reached) <= 51
    words = {"fr": "Parcourir les 1000 pratiques", "en": "Browse the 1000 practices"}
    assert address(link(app, words[language]))["vue"] == ["explorer"]


def near_links(app: object) -> list[str]:
    return [str(each) for each in page(app).xpath(POINTS + "/@href")]  # type: ignore[arg-type]


def test_a_point_opens_as_a_map_of_its_own_and_leads_back(crowded: Path) -> None:
    app = opened(vue="carte")
    first = page(app).xpath(POINTS)[0]
    name = first.get("aria-label")
    assert ", et 15 autres" in name or ", et 16 autres" in name
    follow(app, first.get("href"))
    title = name.split(", et ")[0]
    (told,) = texts(app, "//section/p[@role='status']")
    assert told.startswith(f"{len(near_links(app))} pratiques proches les unes des autres, autour")
    assert title in told
    assert any(a.get("aria-label").startswith(title) for a in page(app).xpath(POINTS))
    assert page(app).xpath("//*[@class='many']") == []
    assert texts(app, "//thead/tr/th")[-1] == "La plus proche"
    # From a practice, back to where one was on the map.
    inside = app.query_params["autour"]
    follow(app, near_links(app)[0])
    follow(app, link(app, "← Revenir : Carte"))
    assert app.query_params["autour"] == inside
    follow(app, link(app, "Revenir à toute la carte"))
    assert "autour" not in app.query_params
    assert len(near_links(app)) == crowd.POINTS


def test_a_practice_leads_to_the_map_around_it(crowded: Path) -> None:
    app = opened(pratique="lot-0001", vue="explorer", theme="Moyens", q="le guichet")
    follow(app, link(app, "Autour d'elle sur la carte"))
    assert app.query_params["autour"] == "lot-0001"
    assert "theme" not in app.query_params
    assert ["lot-0001"] in [address(href)["pratique"] for href in near_links(app)]


def test_filters_narrow_the_map_until_each_practice_has_its_point(crowded: Path) -> None:
    # A theme of a thousand practices: 250 of them.
    app = opened(vue="carte", theme="Moyens")
    assert len(near_links(app)) == 250
    assert texts(app, "//p[@class='notice calm']") == []
    assert all("pratique" in address(href) for href in near_links(app))
    # A collection, by one click, and back.
    app = opened(vue="carte")
    nav = "//nav[@aria-label='Recueil']//a"
    assert texts(app, nav) == ["Tous", "Le fonds (960)", "Le lot (40)"]
    follow(app, page(app).xpath(nav)[2].get("href"))
    assert app.query_params["collection"] == SMALL
    assert len(near_links(app)) == 40
    assert texts(app, f"{nav[:-3]}//a[@aria-current]") == ["Le lot (40)"]
    follow(app, page(app).xpath(nav)[1].get("href"))
    assert app.query_params["collection"] == LARGE
    assert "960 pratiques" in texts(app, "//p[@class='notice calm']")[0]
    follow(app, page(app).xpath(nav)[0].get("href"))
    assert len(near_links(app)) == crowd.POINTS


def test_a_place_that_the_map_does_not_have_shows_it_whole(crowded: Path) -> None:
    for around in ("nulle-part", "<script>", "lot-0001"):
        app = opened(vue="carte", autour=around, collection=LARGE)
        assert len(near_links(app)) == crowd.POINTS
    # Another view keeps nothing of it.
    app = opened(vue="carte", autour="lot-0001")
    assert len(near_links(app)) <= 17
    assert "autour" not in address(link(app, "Explorer"))


def test_a_map_that_is_not_too_full_stays_as_the_build_laid_it_out(place: Path) -> None:
    assert "Autour d'elle" not in shown(opened(pratique="petit-p1"))
    app = opened(vue="carte", autour="petit-p1")
    assert len(near_links(app)) == 3
    assert texts(app, "//p[contains(@class, 'notice')]") == []
    assert [plain(each) for each in page(app).xpath("//nav[contains(@class, 'narrow')]")] == []
