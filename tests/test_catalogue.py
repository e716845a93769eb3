from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from recueil_qa import Filters, Practice
from recueil_qa.catalogue import FACETS, Catalogue
from recueil_qa.errors import NotFoundError
from recueil_qa.index import open_catalogue
from recueil_qa.types import CollectionInfo


def practice(identifier: str, **facets: str) -> Practice:
    collection = identifier.partition("-")[0]
    return Practice(identifier, collection, f"Titre {identifier}", (), **facets)  # type: ignore[arg-type]


def info(identifier: str) -> CollectionInfo:
    return CollectionInfo(identifier, f"Recueil {identifier}", "fr", "", "", ())


@pytest.fixture
def two() -> Catalogue:
    """Two collections that both have a `p1`."""
    return Catalogue(
        (
            practice("aube-p1", theme="Accueil", sector="commune", part="I", organisation="Sud"),
            practice("aube-p2", theme="Écrit", sector="caisse", part="I", organisation="Nord"),
            practice("aube-p12", theme="Écrit", sector="commune", part="II", organisation="Nord"),
            practice("brume-p1", theme="Accueil"),
        ),
        (info("aube"), info("brume")),
    )


@pytest.mark.parametrize(
    ("identifier", "found"),
    [("aube-p1", "aube-p1"), ("aube-p2", "aube-p2"), ("p2", "aube-p2"), ("p12", "aube-p12")],
)
def test_a_practice_is_found_by_its_id_or_the_end_of_it(
    two: Catalogue, identifier: str, found: str
) -> None:
    assert two.practice(identifier).id == found


def test_an_end_that_several_share_is_refused_with_the_candidates(two: Catalogue) -> None:
    with pytest.raises(NotFoundError) as caught:
        two.practice("p1")
    assert caught.value.fr == "plusieurs pratiques finissent par « p1 » : aube-p1, brume-p1"
    assert caught.value.en == "several practices end with 'p1': aube-p1, brume-p1"


@pytest.mark.parametrize("identifier", ["p3", "", "2", "P2", "aube", "aube-", "-p2", " p2"])
def test_an_unknown_practice_is_told_with_where_to_look(two: Catalogue, identifier: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        two.practice(identifier)
    assert caught.value.fr == f"aucune pratique « {identifier} » ; la liste : recueil-qa list"
    assert caught.value.en == f"no practice '{identifier}'; the list: recueil-qa list"


def test_an_endless_identifier_is_cut_in_the_message(two: Catalogue) -> None:
    with pytest.raises(NotFoundError) as caught:
        two.practice("x" * 10_000)
    assert "x" * 80 in caught.value.en
    assert "x" * 81 not in caught.value.en


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        (Filters(), ["aube-p1", "aube-p2", "aube-p12", "brume-p1"]),
        (Filters(theme=frozenset({"Écrit"})), ["aube-p2", "aube-p12"]),
        (Filters(theme=frozenset({"Écrit", "Accueil"}), sector=frozenset({"commune"})),
         ["aube-p1", "aube-p12"]),
        (Filters(part=frozenset({"II"}), sector=frozenset({"caisse"})), []),
    ],
)  # fmt: skip
def test_a_practice_must_pass_every_facet(two: Catalogue, filters: Filters, ids: list[str]) -> None:
    assert [found.id for found in two.matching(filters)] == ids


@pytest.mark.parametrize("facet", FACETS)
def test_a_value_that_no_practice_has_is_refused_with_those_that_exist(
    two: Catalogue, facet: str
) -> None:
    known = {
        "part": "I ; II",
        "theme": "Accueil ; Écrit",
        "sector": "caisse ; commune",
        "organisation": "Nord ; Sud",
    }[facet]
    with pytest.raises(NotFoundError) as caught:
        two.matching(Filters(**{facet: frozenset({"inconnu"})}))
    assert caught.value.fr == f"{facet} : aucune pratique n'a « inconnu » ; il y a : {known}"
    assert caught.value.en == f"{facet}: no practice has 'inconnu'; there are: {known}"


def test_the_empty_value_of_a_practice_without_a_facet_is_no_value(two: Catalogue) -> None:
    with pytest.raises(NotFoundError, match="part: no practice has ''"):
        two.check(Filters(part=frozenset({""})))
    bare = Catalogue((practice("a-p1"),), (info("a"),))
    with pytest.raises(NotFoundError, match="there are: —"):
        bare.check(Filters(theme=frozenset({"Accueil"})))


def test_facets_count_practices_in_the_order_of_the_collection(two: Catalogue) -> None:
    facets = two.facets()
    assert {facet: [*values.items()] for facet, values in facets.items()} == {
        "part": [("I", 2), ("II", 1)],
        "theme": [("Accueil", 2), ("Écrit", 2)],
        "sector": [("commune", 2), ("caisse", 1)],
        "organisation": [("Sud", 1), ("Nord", 2)],
    }
    assert [*facets] == list(FACETS)


def test_a_facet_is_counted_under_the_other_filters_not_its_own(two: Catalogue) -> None:
    facets = two.facets(Filters(theme=frozenset({"Écrit"}), part=frozenset({"I"})))
    assert facets == {
        "part": Counter({"I": 1, "II": 1}),
        "theme": Counter({"Accueil": 1, "Écrit": 1}),
        "sector": Counter({"caisse": 1}),
        "organisation": Counter({"Nord": 1}),
    }


def test_filters_are_true_when_they_keep_something_out() -> None:
    assert not Filters()
    for facet in FACETS:
        assert Filters(**{facet: frozenset({"x"})})


def test_the_catalogue_of_an_index_is_browsed_without_vectors(index_root: Path) -> None:
    catalogue = open_catalogue(index_root)
    found = catalogue.practice("p2")
    assert (found.title, found.page) == ("La mesure des rappels", 2)
    assert [c.title for c in catalogue.collections] == ["Petit recueil"]
    assert catalogue.facets()["organisation"] == {"Mairie de Chêne": 1, "Caisse des Tilleuls": 2}
