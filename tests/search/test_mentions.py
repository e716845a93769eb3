"""A filter is understood where practices of a value are asked for, and nowhere else."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recueil_qa.analysis.names import MAX_TOKENS
from recueil_qa.index.catalogue import Catalogue
from recueil_qa.search.mentions import Mention, mentioned
from recueil_qa.types import EVERYTHING, Alias, CollectionInfo, Filters, Practice
from tests.support import ROOT
from tests.support.booklet import booklet

CAISSE = "Caisse départementale d'aide aux familles"
ROWS = (
    ("Port de Brume", "entreprise", "Accueil"),
    (CAISSE, "caisse", "Écoute des usagers"),
    ("La Rade", "entreprise", "Accueil"),
    ("Ville d'Ambre, le Port de Brume", "commune", "Accueil"),
    ("Régie municipale des eaux (RME)", "commune", ""),
    ("Service national du vent", "administration", ""),
)
ALIASES = (
    Alias("sector", "commune", ("commune", "mairie", "town hall", "council")),
    Alias("sector", "administration", ()),
    Alias("organisation", CAISSE, ("Caf",)),
    Alias("organisation", "Disparue", ("Rade",)),
)
CATALOGUE = Catalogue(
    tuple(
        Practice(f"a-{i}", "a", f"T{i}", (), organisation=name, sector=sector, theme=theme)
        for i, (name, sector, theme) in enumerate(ROWS)
    ),
    (CollectionInfo("a", "A", "fr", "", "", (), aliases=ALIASES),),
)
COMMUNE = Filters(sector=frozenset({"commune"}))
PORT = Filters(organisation=frozenset({"Port de Brume", "Ville d'Ambre, le Port de Brume"}))
EAU = Filters(organisation=frozenset({ROWS[4][0]}))
RADE = Filters(organisation=frozenset({"La Rade"}))
FAMILIES = Filters(organisation=frozenset({CAISSE}))


@pytest.mark.parametrize(
    ("text", "filters", "rest"),
    [
        # The request, in both languages, with its courtesy.
        ("une pratique pour les mairies", COMMUNE, ""),
        ("Des idées pour ma mairie ?", COMMUNE, ""),
        ("exemples dans les communes", COMMUNE, ""),
        ("Bonjour, je cherche de bonnes pratiques issues de communes, merci d'avance", COMMUNE, ""),
        ("Y a-t-il des exemples de pratiques mises en œuvre par La Rade ?", RADE, ""),
        ("les initiatives de la rade", RADE, ""),
        ("LES PRATIQUES DU PORT DE BRUME", PORT, ""),
        ("practices from town halls", COMMUNE, ""),
        ("Show me some examples of good practice in councils, please", COMMUNE, ""),
        ("advice for a council", COMMUNE, ""),
        ("town hall practices", COMMUNE, ""),
        ("La Rade's practices", RADE, ""),
        # What somebody does.
        ("que fait la Caf ?", FAMILIES, ""),
        ("ce que fait La Rade", RADE, ""),
        ("what does La Rade do?", RADE, ""),
        ("What have councils done?", COMMUNE, ""),
        # Nothing but the value; acronyms, with or without their capitals.
        ("mairies", COMMUNE, ""),
        ("Pour les mairies !", COMMUNE, ""),
        ("la rade", RADE, ""),
        ("CDAF", FAMILIES, ""),
        ("que fait la cdaf", FAMILIES, ""),
        ("pratiques de la RME", EAU, ""),
        ("pratiques de la régie municipale des eaux", EAU, ""),
        ("pratiques du SNV", Filters(organisation=frozenset({ROWS[5][0]})), ""),
        # Several of one facet.
        (
            "les pratiques de La Rade et de la Caf",
            Filters(organisation=frozenset({"La Rade", CAISSE})),
            "",
        ),
        # What is left.
        ("des pratiques de mairies sur l'accueil", COMMUNE, "sur l'accueil"),
        ("Comment font les mairies pour être joignables ?", COMMUNE, "pour être joignables ?"),
        ("practices by La Rade to answer faster", RADE, "to answer faster"),
        ("Une idée pour une mairie ? Le standard sature.", COMMUNE, "Le standard sature."),
        # A theme, where it is called one.
        (
            "les pratiques du thème écoute des usagers",
            Filters(theme=frozenset({"Écoute des usagers"})),
            "",
        ),
    ],
)
def test_a_question_for_practices_of_a_value_is_a_filter(
    text: str, filters: Filters, rest: str
) -> None:
    found = mentioned(text, CATALOGUE)
    assert (found.filters, found.rest) == (filters, rest)
    assert found.said


def test_what_was_understood_is_said_in_the_words_of_the_collection() -> None:
    assert mentioned("idées pour une mairie", CATALOGUE).said == ("commune",)
    assert mentioned("pratiques du port de brume", CATALOGUE).said == ("Port de Brume",)
    assert mentioned("pratiques de la Caf, de la rade", CATALOGUE).said == (CAISSE, "La Rade")


@pytest.mark.parametrize(
    "text",
    [
        # A problem, in which a value occurs.
        "La Rade a fermé son bureau et les usagers se plaignent",
        "les files d'attente à la mairie",
        "nos agents de la mairie sont épuisés",
        "la Caf ne répond plus",
        "Comment réduire l'attente dans une mairie ?",
        "The town hall is closed on Mondays",
        "people queue at the council",
        "Les pratiques de la mairie sont opaques",
        "Les pratiques de la mairie sur ce point ne sont pas claires",
        "les conseils de la mairie, trop longs",
        "mes idées pour la mairie ne sont pas lues",
        "Les idées des agents de la mairie",
        "Que fait la mairie ? Personne ne décroche.",
        "le site de La Rade ne donne aucun exemple",
        # Another one than those known.
        "une pratique pour la mairie de Lyon",
        "pratiques de la radeau",
        "pratiques de rade",
        # Whom it is for, or a word that means more.
        "une pratique pour les entreprises",
        "exemples dans les administrations",
        "administration",
        # A theme is what is searched for.
        "accueil",
        "écoute des usagers",
        "pratiques sur l'accueil",
        # Acronyms of three letters have capitals.
        "pratiques du snv",
        # Two facets, of which no practice may have both.
        "pratiques des mairies et de la Caf",
        *("pratiques", "des exemples ?", "que fait", "what does", "?!", ""),
    ],
)
def test_a_value_that_merely_occurs_is_none(text: str) -> None:
    assert mentioned(text, CATALOGUE) == Mention(EVERYTHING, text, ())


def test_an_acronym_of_two_organisations_is_both() -> None:
    rows = ("Service national du vent", "Syndicat normand de la voirie", "Bureau des eaux")
    catalogue = Catalogue(
        tuple(Practice(f"a-{i}", "a", "T", (), organisation=name) for i, name in enumerate(rows)),
        (CollectionInfo("a", "A", "fr", "", "", ()),),
    )
    assert mentioned("SNV", catalogue).filters.organisation == {*rows[:2]}
    assert not mentioned("BE", catalogue).filters


def test_a_catalogue_without_facets_understands_nothing() -> None:
    catalogue = Catalogue((Practice("a-1", "a", "T", ()),), ())
    assert mentioned("les pratiques de La Poste", catalogue).filters == EVERYTHING


@given(st.text(max_size=40) | st.text("a. ?é'œ\n,", max_size=40))
@settings(derandomize=True, deadline=None)
def test_no_text_makes_it_raise_and_nothing_is_made_up(text: str) -> None:
    for said in (text, f"pratiques de la Caf {text}", f"{text} la Caf"):
        found = mentioned(said, CATALOGUE)
        assert bool(found.filters) == bool(found.said)
        assert CATALOGUE.known(found.filters) == found.filters


def test_a_long_question_is_read_from_its_start() -> None:
    tail = "mot " * 10 * MAX_TOKENS
    assert mentioned(f"des idées pour une mairie ? {tail}", CATALOGUE).rest == tail.strip()
    assert not mentioned(f"{tail} des idées pour une mairie ?", CATALOGUE).filters


def test_nothing_that_was_judged_is_taken_for_a_filter() -> None:
    collection = booklet()
    catalogue = Catalogue(collection.practices, (collection.config.info(),))
    texts = [row.text for row in collection.statements]
    texts += [row.text for row in collection.questions]
    for name in ("queries", "advice"):
        rows = (ROOT / "eval" / f"{name}.jsonl").read_text("utf-8").splitlines()
        texts += [json.loads(row)["text"] for row in rows]
    assert [text for text in texts if mentioned(text, catalogue).filters] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("une pratique pour les mairies", "collectivité"),
        ("les pratiques de La Poste", "La Poste"),
        ("que fait la CNAF ?", "Caisse nationale d'allocations familiales"),
        ("exemples de la DGCCRF", "Direction générale de la concurrence, de la consommation et"),
        ("practices from town halls", "collectivité"),
        ("what does the UCPA do?", "Union nationale des centres sportifs en plein air (UCPA)"),
    ],
)
def test_the_booklet_has_the_names_that_people_use(text: str, said: str) -> None:
    collection = booklet()
    catalogue = Catalogue(collection.practices, (collection.config.info(),))
    (found,) = mentioned(text, catalogue).said
    assert found.startswith(said)
