"""The map: each practice a point, near to those it resembles; the same as a table.

Of more practices than that, each point is some of them (`crowd`), which a click shows apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from string import ascii_uppercase

from recueil_app.page import Page
from recueil_app.render import html
from recueil_app.views.crowd import MOST, Group, around, groups
from recueil_app.views.narrow import show_narrow
from recueil_qa import Practice

WIDTH, HEIGHT = 900, 640  # of the drawing, in pixels at its full size; style.css says the same
MARGIN = 30
POINT = 26
LETTER_WIDTH, LINE_HEIGHT = 6.4, 14  # of a name
NAMES = (34, 20)  # characters of a name, where there is room
TONES = 10


@dataclass(frozen=True, slots=True)
class _Box:
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: _Box) -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


@dataclass(frozen=True, slots=True)
class _Point:
    """A practice, or `others` besides it; `href` leads to it, or to the map of all of these."""

    practice: Practice
    others: int
    href: str
    language: str
    left: float
    top: float
    letter: str
    tone: int
    told: str
    theme: int
    side: str
    name: str
    nearest: str
    nearest_language: str


def show(page: Page) -> None:
    """Show the practices that pass the filters where the index placed them."""
    t, route = page.t, page.route
    whole = page.assistant.catalogue.matching(route.filters)
    near = _near(page, whole)
    help_text = t["map_help_groups"] if len(near or whole) > MOST else t["map_help"]
    page.title(t["carte_view"], help_text.format(", ".join(_told(page))))
    is_crowded = len(page.assistant.catalogue.practices) > MOST
    if is_crowded:
        show_narrow(page, page.assistant.facets(route.filters)["collection"])
    if not whole:
        page.notice(t["filtered_out"])
        return
    found = _groups(page, near or whole, is_crowded=is_crowded)
    shown = [group.practices[0] for group in found]
    sizes = [len(group.practices) for group in found]
    themes = _themes(page)
    used = {_theme(page, practice): page.language(practice) for practice in shown}
    html(
        "map",
        t=t,
        route=route,
        titles=page.titles,
        points=_points(page, found, themes),
        near=near,
        near_language=page.language(near[0]) if near else "",
        total=len(near or whole),
        fewest=min(sizes),
        most=max(sizes),
        heading=", ".join(_told(page)).capitalize(),
        has_organisations=any(practice.organisation for practice in shown),
        themes=[
            (letter, tone, theme or t["no_theme"], used[theme] if theme else t.language)
            for theme, (letter, tone) in themes.items()
            if theme in used
        ],
    )


def _near(page: Page, whole: tuple[Practice, ...]) -> tuple[Practice, ...]:
    """Return the practices around the one that the address names, of more than can be shown."""
    asked = page.route.around
    return around(asked, whole, _places(page)) if asked and len(whole) > MOST else ()


def _groups(page: Page, practices: tuple[Practice, ...], *, is_crowded: bool) -> tuple[Group, ...]:
    """Return the points to draw: where the build placed them, or apart where that is too near."""
    places = _places(page)
    if is_crowded:
        return groups(practices, places)
    return tuple(Group((practice,), *places[practice.id]) for practice in practices)


def _places(page: Page) -> dict[str, tuple[float, float]]:
    return {point.practice: (point.x, point.y) for point in page.assistant.map_points}


def _told(page: Page) -> list[str]:
    """Return what the letters stand for: themes, or a facet of a collection without any."""
    found: dict[str, None] = {}
    for info in page.assistant.collections:
        own = [p for p in page.assistant.catalogue.practices if p.collection == info.id]
        if any(practice.theme for practice in own):
            found[page.t["theme"].lower()] = None
        elif info.facets and any(practice.values(info.facets[0].name) for practice in own):
            found[info.facets[0].to(page.t.language).lower()] = None
        elif page.titles:
            found[page.t["collection"].lower()] = None
    return [*found] or [page.t["theme"].lower()]


def _themes(page: Page) -> dict[str, tuple[str, int]]:
    """Return theme → its letter and the number of its colour, in the order of the collection."""
    practices = page.assistant.catalogue.practices
    themes = dict.fromkeys(_theme(page, practice) for practice in practices)
    return {
        theme: (_letter(i), i % TONES)
        for i, theme in enumerate(sorted(themes, key=lambda theme: not theme))
    }


def _theme(page: Page, practice: Practice) -> str:
    """Return a practice's theme, else the first value of its collection's first facet.

    Of several collections, one without either is itself one.
    """
    own = page.collection(practice).facets
    first = practice.values(own[0].name)[:1] if own else ()
    return practice.theme or "".join(first) or page.titles.get(practice.collection, "")


def _letter(i: int) -> str:
    """Return A … Z, AA, AB …"""
    first, last = divmod(i, len(ascii_uppercase))
    return (_letter(first - 1) if first else "") + ascii_uppercase[last]


def _points(
    page: Page, found: tuple[Group, ...], themes: dict[str, tuple[str, int]]
) -> list[_Point]:
    places = [
        (MARGIN + group.x * (WIDTH - 2 * MARGIN), MARGIN + group.y * (HEIGHT - 2 * MARGIN))
        for group in found
    ]
    order = {theme: i for i, theme in enumerate(themes)}
    taken = [_around(x, y) for x, y in places]
    points = []
    for group, (x, y) in zip(found, places, strict=True):
        practice, others = group.practices[0], len(group.practices) - 1
        theme = _theme(page, practice)
        letter, tone = themes[theme]
        name, side = _placed(x, y, practice.title, taken)
        nearest = None if others else page.assistant.nearest(practice.id)
        apart = page.route.href(around=practice.id)
        points.append(
            _Point(
                practice,
                others,
                apart if others else page.route.href(practice=practice.id),
                page.language(practice),
                round(100 * x / WIDTH, 2),
                round(100 * y / HEIGHT, 2),
                letter,
                tone,
                theme,
                order[theme],
                side,
                name,
                nearest.title if nearest else "",
                page.language(nearest) if nearest else "",
            )
        )
    return points


def _placed(x: float, y: float, title: str, taken: list[_Box]) -> tuple[str, str]:
    """Return a name and its side, its box now taken; without room it shows on hover and focus."""
    for length in NAMES:
        name = _name(title, length)
        for side in ("right", "left"):
            box = _beside(x, y, name, side)
            if box.left >= 0 and box.right <= WIDTH and not any(map(box.meets, taken)):
                taken.append(box)
                return name, side
    return "", "right" if x < WIDTH / 2 else "left"


def _name(title: str, length: int) -> str:
    if len(title) <= length:
        return title
    return title[:length].rsplit(" ", 1)[0].rstrip(" ,:;'’") + "…"


def _around(x: float, y: float) -> _Box:
    return _Box(x - POINT / 2, y - POINT / 2, x + POINT / 2, y + POINT / 2)


def _beside(x: float, y: float, name: str, side: str) -> _Box:
    width = len(name) * LETTER_WIDTH
    left = x + POINT / 2 + 2 if side == "right" else x - POINT / 2 - 2 - width
    return _Box(left, y - LINE_HEIGHT / 2, left + width, y + LINE_HEIGHT / 2)
