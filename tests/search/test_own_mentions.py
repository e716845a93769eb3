"""A collection's own facets are read out of a question that names them, and out of no other."""

from __future__ import annotations

import json
import re

import pytest

from recueil_qa.index.catalogue import Catalogue
from recueil_qa.search.mentions import Mention, mentioned
from recueil_qa.types import EVERYTHING, Alias, CollectionInfo, FacetInfo, Filters, Practice
from tests.support import ROOT
from tests.support.booklet import booklet

ROWS: tuple[dict[str, tuple[str, ...]], ...] = (
    {"phase": ("Conception",), "tag": ("Accueil téléphonique", "Guichet")},
    {"phase": ("Make",), "tag": ("Guichet",), "public": ("Personnes âgées",)},
    {"phase": ("Keep going",), "public": ("Jeunes",), "status": ("En cours",)},
)
FACETS = (
    FacetInfo("phase", "Étape", "Phase"),
    FacetInfo("tag", "Mot-clé", "Tag"),
    FacetInfo("public", "Public", "Audience"),
    FacetInfo("status", "Statut", "Status"),
)
ALIASES = (
    Alias("public", "Personnes âgées", ("seniors", "elderly people")),
    Alias("public", "Jeunes", ()),
    Alias("phase", "Disparue", ("ancienne",)),
)
CATALOGUE = Catalogue(
    tuple(
        Practice(f"m-{i}", "m", f"T{i}", (), organisation="Make" if i else "", facets=row)
        for i, row in enumerate(ROWS)
    ),
    (CollectionInfo("m", "M", "fr", "", "", (), aliases=ALIASES, facets=FACETS),),
)


def own(**values: str | tuple[str, ...]) -> Filters:
    return Filters.of(values)


@pytest.mark.parametrize(
    ("text", "filters", "rest"),
    [
        ("les pratiques de l'étape Conception", own(phase="Conception"), ""),
        ("Bonjour, je cherche des exemples avec le statut en cours, merci",
         own(status="En cours"), ""),
        ("des méthodes pour l'étape Make sur l'accueil", own(phase="Make"), "sur l'accueil"),
        ("quelles méthodes sont dans la phase keep going ?", own(phase="Keep going"), ""),
        ("fiches du mot-clé accueil téléphonique", own(tag="Accueil téléphonique"), ""),
        ("cards with the tag: guichet", own(tag="Guichet"), ""),
        ("Which methods are in the Make phase?", own(phase="Make"), ""),
        ("cards of the make phase to answer faster", own(phase="Make"), "to answer faster"),
        ("fiches des étapes Conception et étape Make", own(phase=("Conception", "Make")), ""),
        # An alias, which the collection lists for that.
        ("des idées pour les seniors", own(public="Personnes âgées"), ""),
        ("practices for elderly people on queues", own(public="Personnes âgées"), "on queues"),
        ("pratiques pour le public seniors", own(public="Personnes âgées"), ""),
    ],
)  # fmt: skip
def test_a_value_beside_its_facet_is_a_filter(text: str, filters: Filters, rest: str) -> None:
    found = mentioned(text, CATALOGUE)
    assert (found.filters, found.rest) == (filters, rest)
    assert CATALOGUE.known(found.filters) == found.filters


@pytest.mark.parametrize(
    "text",
    [
        # A value alone is what is searched for, however many words it has.
        "pratiques sur l'accueil téléphonique",
        "des exemples de conception",
        "pratiques pour les personnes âgées",
        "accueil téléphonique",
        "seniors",
        "l'étape conception",
        "que font les seniors ?",
        # No request, or one that goes on.
        "la phase conception dure trop longtemps",
        "les méthodes de l'étape conception sont mal suivies",
        "our practices in the make phase have failed",
        "des exemples de la phase conception du site",
        # Its facet is another one, or has no such value.
        "pratiques de l'étape guichet",
        "pratiques du tag lune",
        "pratiques de l'étape ancienne",
        # In English the facet follows where the value is told apart by its article.
        "examples of make phase",
        # Not to be asked for by its name.
        "pratiques pour le public jeunes",
        # Two facets, of which no practice may have both.
        "pratiques de l'étape make et du tag guichet",
        "méthodes de l'étape",
    ],
)
def test_a_value_that_merely_occurs_is_none(text: str) -> None:
    assert mentioned(text, CATALOGUE) == Mention(EVERYTHING, text, ())


def test_the_names_of_the_booklets_facets_come_first() -> None:
    assert mentioned("les pratiques de Make", CATALOGUE).filters == Filters.of(
        {"organisation": "Make"}
    )


def test_no_judged_question_is_narrowed_though_each_of_its_words_were_a_value() -> None:
    collection = booklet()
    texts = [row.text for row in collection.questions]
    for name in ("queries", "advice", "unanswerable"):
        rows = (ROOT / "eval" / f"{name}.jsonl").read_text("utf-8").splitlines()
        texts += [json.loads(row)["text"] for row in rows]
    values = sorted({word.lower() for text in texts for word in re.findall(r"\w{3,}", text)})
    facets = ("service", "public", "agent", "usager", "team", "status")
    catalogue = Catalogue(
        tuple(
            Practice(f"m-{i}", "m", "T", (), facets=dict.fromkeys(facets, (value,)))
            for i, value in enumerate(values)
        ),
        (CollectionInfo("m", "M", "fr", "", "", (),
                        facets=tuple(FacetInfo(name, name, name) for name in facets)),),
    )  # fmt: skip
    assert [text for text in texts if mentioned(text, catalogue).filters] == []
    assert mentioned(f"les pratiques du service {values[0]}", catalogue).filters
