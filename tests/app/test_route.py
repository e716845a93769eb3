"""Addresses: what a route writes, it reads; whatever else it is given, it bears."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recueil_app.route import (
    _LONGEST,
    _MOST,
    _SEVERAL,
    _SINGLE,
    ASK,
    COMPARE,
    EXPLORE,
    NO_FILTER,
    SORTS,
    TEXT_CHARACTERS,
    VIEWS,
    Route,
)
from recueil_qa import Filters

repeatable = settings(max_examples=150, deadline=None, derandomize=True)

# An empty value is no value in an address, but for those whose default is one.
words = st.text(min_size=1, max_size=30)
several = st.lists(words, max_size=6, unique=True).map(tuple)
routes = st.builds(
    Route,
    language=words | st.just(""),
    view=st.sampled_from(VIEWS) | words,
    question=words | st.just(""),
    practice=words | st.just(""),
    line=words | st.just(""),
    text=words | st.just(""),
    sort=st.sampled_from(SORTS) | words,
    page=words | st.just(""),
    **dict.fromkeys(_SEVERAL, several),
)


@given(routes)
@repeatable
def test_what_a_route_writes_it_reads(route: Route) -> None:
    assert Route.read(route.parameters()) == route
    assert Route.read_link(route.href()) == route
    assert Route.read_link(f"{route.href()}#contenu") == route


@given(routes, routes)
@repeatable
def test_a_link_is_of_the_route_with_its_changes(route: Route, other: Route) -> None:
    changes = {"practice": other.practice, "theme": other.theme, "view": other.view}
    assert Route.read_link(route.href(**changes)) == route.to(**changes)


def test_an_address_holds_only_what_differs_from_the_defaults() -> None:
    assert Route().parameters() == {}
    assert Route().href() == "?"
    route = Route(view=EXPLORE, question="l'été & +", theme=("Écrit", "Accueil"), sort="page")
    assert route.parameters() == {
        "vue": ["explorer"],
        "q": ["l'été & +"],
        "theme": ["Écrit", "Accueil"],
    }
    assert route.href() == (
        "?vue=explorer&q=l%27%C3%A9t%C3%A9+%26+%2B&theme=%C3%89crit&theme=Accueil"
    )


def test_every_field_has_its_own_name_in_the_address() -> None:
    names = [*_SINGLE.values(), *_SEVERAL.values()]
    assert len({*names}) == len(names)
    assert {*_SINGLE, *_SEVERAL} == {*Route.__slots__}


def test_names_that_nobody_knows_are_left_out() -> None:
    given = {"utm_source": ["x"], "q": ["a"], "__class__": ["y"], "language": ["en"], "vue": []}
    assert Route.read(given) == Route(question="a")


def test_of_one_name_given_twice_the_last_counts_and_facets_add_up() -> None:
    route = Route.read_link("?q=un&q=deux&theme=b&theme=a&theme=b")
    assert (route.question, route.theme) == ("deux", ("b", "a"))


def test_endless_values_are_cut() -> None:
    long = "é" * 100_000
    sectors = [f"s{i}" for i in range(1_000)]
    route = Route.read({"q": [long], "texte": [long], "theme": [long], "secteur": sectors})
    assert route.question == "é" * _LONGEST
    assert route.text == "é" * TEXT_CHARACTERS == "é" * 200
    assert route.theme == ("é" * _LONGEST,)
    assert route.sector == tuple(f"s{i}" for i in range(_MOST))


@given(
    st.text(max_size=200) | st.binary(max_size=200).map(quote) | st.text("?&=;#%+a", max_size=60)
)
@repeatable
def test_any_link_is_read_or_leads_home(href: str) -> None:
    route = Route.read_link(href)
    assert Route.read_link(route.href()) == route
    assert route.number >= 1


@pytest.mark.parametrize(
    "href",
    ["", "?", "#", "?#", "javascript:alert(1)", "https://exemple.invalid/?x=1", "?%", "?q=%ZZ%",
     "?" + "&".join(["theme=x"] * 100_000), "?" + "a" * 1_000_000, "?;;;===&&&", "\ud800"],
)  # fmt: skip
def test_a_link_that_is_none_of_ours_leads_home(href: str) -> None:
    route = Route.read_link(href)
    assert route in (Route(), Route(question="%ZZ%"))


def test_bytes_that_are_no_text_are_shown_as_such() -> None:
    assert Route.read_link("?q=%FF%C3").question == "\ufffd\ufffd"
    # Half a character can't stand in an address.
    assert Route(question="a\ud800b").href() == "?q=a%3Fb"


@pytest.mark.parametrize("name", [*_SINGLE.values(), *_SEVERAL.values()])
def test_halves_of_characters_are_cleaned_from_every_value(name: str) -> None:
    route = Route.read({name: ["a\ud800b\udfff"]})
    assert route.parameters() == {name: ["a?b?"]}
    assert Route.read_link(route.href()) == route


@given(st.text(st.characters(), max_size=20) | st.text("a\ud800\udfff😀", max_size=20))
@repeatable
def test_what_is_read_can_always_be_written(text: str) -> None:
    route = Route.read({"q": [text], "theme": [text, text], "texte": [text]})
    for value in (route.question, route.text, *route.theme):
        assert value.encode("utf-8").decode("utf-8") == value
    assert len(route.question) == len(text)


@pytest.mark.parametrize(
    ("page", "number"),
    [("", 1), ("1", 1), ("7", 7), ("0", 1), ("-3", 1), ("²", 1), ("x", 1), ("1.5", 1), ("٣", 3),
     ("999999", 999_999), ("9999999", 1), ("9" * 5_000, 1), (" 2", 1)],
)  # fmt: skip
def test_a_page_is_a_number_from_one(page: str, number: int) -> None:
    assert Route(page=page).number == number


def test_the_filters_are_those_of_the_facets() -> None:
    route = Route(theme=("Écrit",), sector=("caisse", "commune"), text="x", compared=("p1",))
    assert route.filters == Filters(
        theme=frozenset({"Écrit"}), sector=frozenset({"caisse", "commune"})
    )


def test_clearing_the_filters_leaves_the_rest() -> None:
    route = Route(
        view=EXPLORE, question="q", text="x", page="2", sort="titre", compared=("p1",),
        part=("I",), theme=("a",), sector=("b",), organisation=("c",),
    )  # fmt: skip
    assert route.to(**NO_FILTER) == Route(
        view=EXPLORE, question="q", sort="titre", compared=("p1",)
    )
    assert not route.to(**NO_FILTER).filters


def test_the_views_are_named_in_french() -> None:
    assert VIEWS == ("question", "explorer", "carte", "comparer", "dossier", "index")
    assert (ASK, COMPARE) == ("question", "comparer")
