from __future__ import annotations

import tomllib
from itertools import pairwise
from pathlib import Path

import pytest

from recueil_qa.corpus.collection import CollectionConfig
from recueil_qa.corpus.config_file import read_config
from recueil_qa.corpus.importing.contents import Entry, blocks, read_contents
from tests.support import ROOT

FOLDER = ROOT / "corpus/recueil-2014"

CONFIG = CollectionConfig.model_validate(
    tomllib.loads(
        """
id = "c"
title = "C"
language = "fr"
sections = [{ name = "a", headings = ["A"], role = "advice" }]
parts = [{ name = "Première", themes = ["Accueil", "Écoute"] }, { name = "Seconde" }]
"""
    )
)


def read(text: str) -> list[Entry]:
    return read_contents(text.split("\n"), CONFIG)


def test_lines_are_grouped_by_what_separates_them() -> None:
    lines = ["", " un ", "deux", " ", "", "trois", "\u00a0", "quatre"]
    assert blocks(lines) == [["un", "deux"], ["trois"], ["quatre"]]
    assert blocks(["", " "]) == blocks([]) == []


def test_the_organisation_stands_under_the_title_with_the_page() -> None:
    assert read("Première\n\n■ Accueil\n\nLe guichet\nMairie 6\n\nLa file\nCaisse du 17 7") == [
        Entry("Première", "Accueil", "Le guichet", "Mairie", 6),
        Entry("Première", "Accueil", "La file", "Caisse du 17", 7),
    ]


def test_or_the_page_stands_with_the_title_and_the_organisation_comes_after() -> None:
    assert read("Première\n\n■ Accueil\n\nLe 39 39 8\n\nMairie\n\nLa file 9\n\nCaisse") == [
        Entry("Première", "Accueil", "Le 39 39", "Mairie", 8),
        Entry("Première", "Accueil", "La file", "Caisse", 9),
    ]


def test_the_two_layouts_may_alternate() -> None:
    text = "Première\n\n■ Accueil\n\nUn\nMairie 6\n\n■ Écoute\n\nDeux 7\n\nCaisse\n\nTrois\nVille 8"
    assert [(e.theme, e.title, e.organisation, e.page) for e in read(text)] == [
        ("Accueil", "Un", "Mairie", 6),
        ("Écoute", "Deux", "Caisse", 7),
        ("Écoute", "Trois", "Ville", 8),
    ]


def test_a_title_may_be_broken_within_its_block_or_after_its_page() -> None:
    text = (
        "Première\n\nUn titre\nsur deux lignes\nMairie 6\n\nUn autre 7\n\nL'exemple de B\n\nVille"
    )
    assert read(text) == [
        Entry("Première", "", "Un titre sur deux lignes", "Mairie", 6),
        Entry("Première", "", "Un autre L'exemple de B", "Ville", 7),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "Paris, jeudi 19 juin 2014",
        "Première",
        "Première\n\n■ Accueil\n\nSans page",
        "Première\n\nUn titre 12345",
        "Première\n\n6",
    ],
)
def test_what_is_outside_a_part_or_without_a_page_is_no_entry(text: str) -> None:
    assert read(text) == []


def test_a_new_part_forgets_the_theme_and_what_follows_it_continues_nothing() -> None:
    text = "Première\n\n■ Accueil\n\nUn\nMairie 6\n\nSeconde\n\nNi titre ni page\n\nDeux\nVille 7"
    assert read(text) == [
        Entry("Première", "Accueil", "Un", "Mairie", 6),
        Entry("Seconde", "", "Deux", "Ville", 7),
    ]


@pytest.fixture(scope="module")
def entries() -> dict[int, Entry]:
    config, _ = read_config(FOLDER / "collection.toml")
    assert config is not None
    lines = (FOLDER / "source.txt").read_text("utf-8").split("\n")
    found = read_contents(lines[: lines.index("Origine de la démarche")], config)
    assert all(before.page < after.page for before, after in pairwise(found))
    return {entry.page: entry for entry in found}


def test_the_booklet_has_47_entries_on_the_pages_that_are_not_part_pages(
    entries: dict[int, Entry],
) -> None:
    assert list(entries) == [*range(6, 33), *range(34, 50), *range(51, 55)]


def test_the_booklet_s_themes_are_those_of_its_configuration_in_order(
    entries: dict[int, Entry],
) -> None:
    config, _ = read_config(FOLDER / "collection.toml")
    assert config is not None
    told = [(part.name, theme) for part in config.parts for theme in part.themes]
    assert list(dict.fromkeys((e.part, e.theme) for e in entries.values())) == told


@pytest.mark.parametrize(
    ("page", "title", "organisation"),
    [
        (8, "Le mémo 39 39", "Direction de l'information légale et administrative"),
        (12, "La prise de rendez-vous en ligne", "Ministère de l'Intérieur"),
        (13, "La prise de rendez-vous en ligne", "Régime social des indépendants"),
        (22, "L'auto-évaluation dans les centres d'appels du 17", "Gendarmerie nationale"),
        (31, "Le management par l'écoute client, l'exemple du baromètre", "Air France"),
        (42, "L'appréciation à 180° et à 360°", "Direction générale du Trésor"),
        (
            51,
            "13h30-14h10 : L'incitation comportementale (ou « Nudge ») des usagers",
            "Direction générale des finances publiques",
        ),
        (
            52,
            "14h15-14h55 : Quels usages des réseaux sociaux d'entreprises (RSE) dans les "
            "administrations ? L'exemple de Diplomatie 2.0",
            "Ministère des Affaires étrangères et du Développement international",
        ),
        (
            53,
            "15h45-16h25 : Quels défis pour l'innovation participative des ministères ?",
            "Ministère de l'Éducation nationale, de l'Enseignement supérieur et de la Recherche, "
            "la Gendarmerie nationale et les entreprises La Poste et Poul't",
        ),
    ],
)
def test_the_booklet_s_difficult_entries(
    entries: dict[int, Entry], page: int, title: str, organisation: str
) -> None:
    assert (entries[page].title, entries[page].organisation) == (title, organisation)


def test_the_booklet_s_organisations_are_exactly_those_that_have_a_sector(
    entries: dict[int, Entry],
) -> None:
    config, _ = read_config(Path(FOLDER / "collection.toml"))
    assert config is not None
    assert {entry.organisation for entry in entries.values()} == set(config.import_.sectors)
