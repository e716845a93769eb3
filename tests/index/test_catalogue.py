from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from recueil_qa import Filters, Practice
from recueil_qa.errors import NotFoundError
from recueil_qa.index.catalogue import Catalogue
from recueil_qa.index.opening import open_catalogue
from recueil_qa.types import FACETS, CollectionInfo, Line, Order, Section


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
    [
        *[("aube-p1", "aube-p1"), ("aube-p2", "aube-p2"), ("p2", "aube-p2"), ("p12", "aube-p12")],
        *[("P2", "aube-p2"), (" p2 ", "aube-p2"), ("p 2", "aube-p2"), ("p02", "aube-p2")],
        *[("AUBE-P012", "aube-p12"), ("aube\u2011p2", "aube-p2"), ("p0012", "aube-p12")],
        *[("aube-p2/conseils/1", "aube-p2"), ("P2/conseils", "aube-p2"), ("p2/title", "aube-p2")],
        ("aube-p2/questions/fr/1", "aube-p2"),
    ],
)
def test_a_practice_is_found_by_its_id_or_the_end_of_it(
    two: Catalogue, identifier: str, found: str
) -> None:
    assert two.practice(identifier).id == found


def test_an_id_as_written_comes_before_one_like_it() -> None:
    names = ("aube-p1", "aube-p01", "aube-x-p1", "aube-p007")
    alike = Catalogue(tuple(map(practice, names)), (info("aube"),))
    assert [alike.practice(name).id for name in names] == [*names]
    assert alike.practice("p01").id == "aube-p01"
    assert alike.practice("P7").id == "aube-p007"
    assert alike.practice("AUBE-X-P01").id == "aube-x-p1"
    for several in ("p1", "P1", "aube-P001"):
        with pytest.raises(NotFoundError, match="several practices"):
            alike.practice(several)


@pytest.mark.parametrize(
    ("identifier", "place"),
    [
        ("p1/conseils/2", "conseils/2"),
        ("AUBE-P01/Conseils/ 2", "conseils/2"),
        *[("p1", ""), ("p1/conseils", ""), ("p1/conseils/3", ""), ("p1/conseils/02", "")],
        *[("p1/questions/fr/1", ""), ("p1/", ""), ("p1//2", "")],
    ],
)
def test_an_id_may_name_a_line(worded: Catalogue, identifier: str, place: str) -> None:
    assert worded.practice(identifier).id == "aube-p1"
    assert worded.line(identifier) == place


def test_a_line_of_no_practice_is_not_found(worded: Catalogue) -> None:
    with pytest.raises(NotFoundError, match="no practice 'p9/conseils/1'"):
        worded.line("p9/conseils/1")


def test_an_end_that_several_share_is_refused_with_the_candidates(two: Catalogue) -> None:
    with pytest.raises(NotFoundError) as caught:
        two.practice("p1")
    assert caught.value.fr == "plusieurs pratiques finissent par « p1 » : aube-p1, brume-p1"
    assert caught.value.en == "several practices end with 'p1': aube-p1, brume-p1"


@pytest.mark.parametrize("identifier", ["p3", "", " ", "/", "2", "aube", "aube-", "-p2"])
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
        "collection": "aube (Recueil aube) ; brume (Recueil brume)",
        "part": "I ; II",
        "theme": "Accueil ; Écrit",
        "sector": "caisse ; commune",
        "organisation": "Nord ; Sud",
    }[facet]
    with pytest.raises(NotFoundError) as caught:
        two.matching(Filters.of({facet: frozenset({"inconnu"})}))
    assert caught.value.fr == f"{facet} : aucune pratique n'a « inconnu » ; il y a : {known}"
    assert caught.value.en == f"{facet}: no practice has 'inconnu'; there are: {known}"


NAMES = {
    "theme": "Relation à l’usager",
    "sector": "œuvre sociale",
    "organisation": "Caisse d'Alès - Nord",
    "part": "Écouter",
    "collection": "aube",
}


@pytest.mark.parametrize(
    ("facet", "typed"),
    [
        *[("theme", "relation a l'usager"), ("theme", " RELATION  À L'USAGER\n")],
        *[("sector", "Oeuvre sociale"), ("sector", "ŒUVRE SOCIALE")],
        *[("organisation", "caisse d’ales – nord"), ("organisation", "CAISSE D`ALÈS - NORD")],
        *[("part", "ecouter"), ("part", "E\u0301couter"), ("collection", "AUBE")],
        ("collection", "recueil aube"),
    ],
)
def test_filters_are_taken_however_they_are_typed(facet: str, typed: str) -> None:
    catalogue = Catalogue((practice("aube-p1", **without(NAMES)),), (info("aube"),))
    found = catalogue.known(Filters.of({facet: frozenset({typed})}))
    assert found == Filters.of({facet: frozenset({NAMES[facet]})})
    assert catalogue.matching(Filters.of({facet: frozenset({typed})})) == catalogue.practices


def without(names: dict[str, str]) -> dict[str, str]:
    return {facet: value for facet, value in names.items() if facet != "collection"}


def test_values_alike_are_told_apart_where_typed_so_and_else_all_taken(two: Catalogue) -> None:
    alike = Catalogue(
        (practice("aube-p1", theme="Été"), practice("aube-p2", theme="Ete")), (info("aube"),)
    )
    assert alike.known(Filters(theme=frozenset({"Ete"}))).theme == {"Ete"}
    assert alike.known(Filters(theme=frozenset({"été"}))).theme == {"Été", "Ete"}
    assert two.known(Filters()) == Filters()


def test_a_value_nobody_has_is_refused_with_the_nearest() -> None:
    catalogue = Catalogue((practice("aube-p1", **without(NAMES)),), (info("aube"),))
    with pytest.raises(NotFoundError) as caught:
        catalogue.known(Filters(theme=frozenset({"relation à l'usagé"})))
    assert caught.value.fr == (
        "theme : aucune pratique n'a « relation à l'usagé » ; le plus proche : Relation à l’usager "
        "; il y a : Relation à l’usager"
    )
    assert caught.value.en == (
        "theme: no practice has 'relation à l'usagé'; the nearest: Relation à l’usager; there are: "
        "Relation à l’usager"
    )


def test_the_empty_value_of_a_practice_without_a_facet_is_no_value(two: Catalogue) -> None:
    with pytest.raises(NotFoundError, match="part: no practice has ''"):
        two.known(Filters(part=frozenset({""})))
    bare = Catalogue((practice("a-p1"),), (info("a"),))
    with pytest.raises(NotFoundError, match="there are: —"):
        bare.known(Filters(theme=frozenset({"Accueil"})))


def test_facets_count_practices_in_the_order_of_the_collection(two: Catalogue) -> None:
    facets = two.facets()
    assert {facet: [*values.items()] for facet, values in facets.items()} == {
        "collection": [("aube", 3), ("brume", 1)],
        "part": [("I", 2), ("II", 1)],
        "theme": [("Accueil", 2), ("Écrit", 2)],
        "sector": [("commune", 2), ("caisse", 1)],
        "organisation": [("Sud", 1), ("Nord", 2)],
    }
    assert [*facets] == list(FACETS)


def test_a_facet_is_counted_under_the_other_filters_not_its_own(two: Catalogue) -> None:
    facets = two.facets(Filters(theme=frozenset({"Écrit"}), part=frozenset({"I"})))
    assert facets == {
        "collection": Counter({"aube": 1}),
        "part": Counter({"I": 1, "II": 1}),
        "theme": Counter({"Accueil": 1, "Écrit": 1}),
        "sector": Counter({"caisse": 1}),
        "organisation": Counter({"Nord": 1}),
    }


def test_filters_are_true_when_they_keep_something_out() -> None:
    assert not Filters()
    for facet in FACETS:
        assert Filters.of({facet: frozenset({"x"})})


def test_the_catalogue_of_an_index_is_browsed_without_vectors(index_root: Path) -> None:
    catalogue = open_catalogue(index_root)
    found = catalogue.practice("p2")
    assert (found.title, found.page) == ("La mesure des rappels", 2)
    assert [c.title for c in catalogue.collections] == ["Petit recueil"]
    assert catalogue.facets()["organisation"] == {"Mairie de Chêne": 1, "Caisse des Tilleuls": 2}


def test_contacts_are_in_a_catalogue_only_where_the_setting_says_so(index_root: Path) -> None:
    assert {practice.contacts for practice in open_catalogue(index_root).practices} == {()}
    hidden = open_catalogue(index_root, contacts=False)
    shown = open_catalogue(index_root, contacts=True)
    assert {practice.contacts for practice in hidden.practices} == {()}
    assert shown.practice("p1").contacts == ("accueil1@exemple.invalid 01 02 03 04 01",)


@pytest.fixture
def worded() -> Catalogue:
    """Three practices with words in each of their parts."""
    lines = (
        Line(1, "Former les agents à l’écoute"),
        Line(2, "Réduire l'attente, habile polyvalence", 1),
    )
    return Catalogue(
        (
            Practice(
                "aube-p1", "aube", "Le guichet unique", (Section("conseils", "Conseils", lines),),
                subtitle="Tous les dossiers", organisation="Mairie de Chêne", theme="Accueil",
                part="Écouter", sector="commune", contacts=("Paul Martin paul@exemple.invalid",),
            ),
            practice("aube-p2", theme="Écrit", organisation="Caisse du Nord"),
            practice("aube-p10", theme="Accueil"),
        ),
        (info("aube"),),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", ["aube-p1", "aube-p2", "aube-p10"]),
        (" ?! … ", ["aube-p1", "aube-p2", "aube-p10"]),
        ("GUICHET", ["aube-p1"]),
        ("guich uni", ["aube-p1"]),
        ("unique guichet", ["aube-p1"]),
        ("chene", ["aube-p1"]),
        ("ECRIT", ["aube-p2"]),
        ("l'ecoute", ["aube-p1"]),
        ("dossier", ["aube-p1"]),
        # Another form of a word is that word, where one doesn't start the other too.
        ("attentes", ["aube-p1"]),
        ("titrés caisses", ["aube-p2"]),
        ("polyvalences", ["aube-p1"]),
        ("polyvalente", ["aube-p1"]),
        # A stem is a whole one: the one of « habitants » is how « habile » starts.
        ("habitants", []),
        ("commune réduire", ["aube-p1"]),
        # The start of a word, not its middle or its end.
        ("ichet", []),
        ("tente", []),
        ("titre", ["aube-p2", "aube-p10"]),
        ("titre caisse", ["aube-p2"]),
        ("titre guichet", []),
        # Neither contacts nor headings.
        ("Martin", []),
        ("conseils", []),
    ],
)
def test_words_keep_the_practices_that_hold_the_start_of_each(
    worded: Catalogue, text: str, ids: list[str]
) -> None:
    assert [found.id for found in worded.matching(Filters(), text)] == ids


def test_stems_are_those_of_the_language_of_the_collection() -> None:
    practices = (replace(practice("aube-p1"), title="Calling"),)
    french = Catalogue(practices, (info("aube"),))
    english = Catalogue(practices, (replace(info("aube"), language="en"),))
    assert french.matching(Filters(), "called") == ()
    assert english.matching(Filters(), "called") == practices


def test_words_and_filters_must_both_be_passed(worded: Catalogue) -> None:
    filters = Filters(theme="Accueil")  # type: ignore[arg-type]
    assert [found.id for found in worded.matching(filters, "titre")] == ["aube-p10"]
    with pytest.raises(NotFoundError):
        worded.matching(Filters(theme=frozenset({"x"})), "titre")


def test_facets_count_the_practices_that_hold_the_words(worded: Catalogue) -> None:
    assert worded.facets(text="titre") == {
        "collection": Counter({"aube": 2}),
        "part": Counter(), "theme": Counter({"Écrit": 1, "Accueil": 1}),
        "sector": Counter(), "organisation": Counter({"Caisse du Nord": 1}),
    }  # fmt: skip
    filters = Filters(theme=frozenset({"Accueil"}))
    assert worded.facets(filters, "titre")["theme"] == {"Écrit": 1, "Accueil": 1}
    assert worded.facets(filters, "titre")["organisation"] == {}
    assert worded.facets(text="zyxw")["theme"] == {}


@pytest.fixture
def printed() -> Catalogue:
    """Practices as an index sorts them, by id; one without a page, one without a word of title."""

    def row(identifier: str, title: str, page: int | None, **facets: str) -> Practice:
        return replace(practice(identifier, **facets), title=title, page=page)

    return Catalogue(
        (
            row("aube-p1", "« Écouter » les usagers", 1, theme="Écrit", organisation="Nord"),
            row("aube-p10", "L'accueil", 10, theme="accueil", sector="caisse"),
            row("aube-p2", "Zèle", 2, theme="Écrit", organisation="École", sector="caisse"),
            row("aube-x", "…", None, theme="Zone", organisation="Aude"),
            row("brume-p1", "Accueillir", 1, organisation="« Nord »"),
        ),
        (info("aube"), info("brume")),
    )


@pytest.mark.parametrize(
    ("order", "ids"),
    [
        ("page", ["aube-p1", "aube-p2", "aube-p10", "aube-x", "brume-p1"]),
        ("title", ["brume-p1", "aube-p1", "aube-p10", "aube-p2", "aube-x"]),
        # What ties stands in the order of the pages; what has no value stands last.
        ("organisation", ["aube-x", "aube-p2", "aube-p1", "brume-p1", "aube-p10"]),
        ("theme", ["aube-p10", "aube-p1", "aube-p2", "aube-x", "brume-p1"]),
    ],
)
def test_practices_are_put_in_an_order_that_readers_know(
    printed: Catalogue, order: Order, ids: list[str]
) -> None:
    assert [found.id for found in printed.matching(Filters(), order=order)] == ids


def test_an_order_is_of_those_that_pass(printed: Catalogue) -> None:
    filters = Filters(theme=frozenset({"Écrit"}))
    assert [p.id for p in printed.matching(filters, order="title")] == ["aube-p1", "aube-p2"]
    assert [p.id for p in printed.matching(Filters(), "caisse")] == ["aube-p2", "aube-p10"]
    assert [p.id for p in printed.matching(Filters(), "accueil", "title")] == [
        "brume-p1", "aube-p10",
    ]  # fmt: skip


def test_practices_of_one_page_stand_as_given(printed: Catalogue) -> None:
    same = Catalogue(tuple(replace(p, page=3) for p in printed.practices), printed.collections)
    assert same.matching(Filters()) == same.practices


def test_pages_tell_which_practices_are_around_one(printed: Catalogue) -> None:
    by_id = printed.by_id
    assert printed.around(by_id["aube-p2"]) == (by_id["aube-p1"], by_id["aube-p10"])
    assert printed.around(by_id["aube-x"]) == (by_id["aube-p10"], None)


def test_the_practices_around_one_are_those_of_its_collection(two: Catalogue) -> None:
    first, second, third, other = two.practices
    assert two.around(first) == (None, second)
    assert two.around(second) == (first, third)
    assert two.around(third) == (second, None)
    assert two.around(other) == (None, None)
