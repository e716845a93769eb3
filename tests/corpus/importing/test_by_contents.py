from __future__ import annotations

import re
import tomllib
from itertools import groupby
from pathlib import Path

import pytest

from recueil_qa.corpus.collection import CollectionConfig
from recueil_qa.corpus.config_file import read_config
from recueil_qa.corpus.importing.by_contents import Booklet, read_booklet
from recueil_qa.errors import CorpusError
from recueil_qa.types import Line, Practice, Section
from tests.support import ROOT

FOLDER = ROOT / "corpus/recueil-2014"
SOURCE = (FOLDER / "source.txt").read_text("utf-8")
LINES = dict(enumerate(SOURCE.split("\n"), 1))
CONTACTS = "Pour plus d'informations, contacter :"

# What belongs to no practice, told by hand: first and last line of each zone, how many lines.
REMAINDER = [
    # Cover, then the table of contents: parts, themes, 47 entries of which one on three lines.
    (5, "USAGERS - AGENTS", 226, "Institut de la gestion publique", 7 + 3 + 19 + 2 * 47 + 1),
    (230, "Relation de service", 252, "Gestion des réclamations", 12),
    (1504, "Management collaboratif", 1512, "Agents et innovation", 5),
    (2258, "Conférences", 2269, "La formation aux attitudes relationnelles par", 6),
    (2436, "Retrouvez-nous sur :", 2450, "mission-qualite@finances.gouv.fr", 8),
]


@pytest.fixture(scope="module")
def booklet() -> Booklet:
    config, problems = read_config(FOLDER / "collection.toml")
    assert config is not None, problems
    return read_booklet(SOURCE, FOLDER / "source.txt", config)


@pytest.fixture(scope="module")
def pages(booklet: Booklet) -> dict[int, Practice]:
    return {practice.page or 0: practice for practice in booklet.practices}


def squash(line: str) -> str:
    """A line without its list mark and its white space."""
    return "".join(re.sub(r"^\s*[-•*]\s+", "", line).split())


def everything(practice: Practice) -> str:
    """All that a practice holds, in the order of the page."""
    parts = [practice.logo, practice.title, practice.subtitle]
    for section in practice.sections:
        parts += [section.heading, *(line.text for line in section.lines)]
    if practice.contacts:
        parts += [CONTACTS, *practice.contacts]
    return "".join(map(squash, parts))


def test_there_are_47_practices_in_the_order_of_their_pages(booklet: Booklet) -> None:
    expected = [*range(6, 33), *range(34, 50), *range(51, 55)]
    assert len(expected) == 47
    assert [practice.page for practice in booklet.practices] == expected
    assert [practice.id for practice in booklet.practices] == [
        f"recueil-2014-p{page:02d}" for page in expected
    ]


def test_every_line_is_in_one_practice_or_in_the_remainder(booklet: Booklet) -> None:
    written = {number for number, line in LINES.items() if line.strip()}
    assert booklet.owners.keys() | booklet.remainder.keys() == written
    assert not booklet.owners.keys() & booklet.remainder.keys()
    assert [owner for owner, _ in groupby(booklet.owners[n] for n in sorted(booklet.owners))] == [
        practice.id for practice in booklet.practices
    ]


def test_the_remainder_is_the_cover_the_contents_the_part_pages_and_the_last_page(
    booklet: Booklet,
) -> None:
    zones = [
        [number for number in booklet.remainder if first <= number <= last]
        for first, _, last, _, _ in REMAINDER
    ]
    assert [number for zone in zones for number in zone] == sorted(booklet.remainder)
    assert [len(zone) for zone in zones] == [count for *_, count in REMAINDER]
    for zone, (_, first, _, last, _) in zip(zones, REMAINDER, strict=True):
        assert booklet.remainder[zone[0]] == first
        assert booklet.remainder[zone[-1]].startswith(last)
    assert all(text == LINES[number].strip() for number, text in booklet.remainder.items())


def test_the_practices_hold_the_whole_text_and_nothing_else(booklet: Booklet) -> None:
    excluded = {n for first, _, last, _, _ in REMAINDER for n in range(first, last + 1)}
    left = "".join(squash(line) for number, line in LINES.items() if number not in excluded)
    for practice in booklet.practices:
        text = everything(practice)
        assert left[: len(text)] == text, practice.id
        left = left[len(text) :]
        owned = sorted(n for n, owner in booklet.owners.items() if owner == practice.id)
        assert "".join(squash(LINES[number]) for number in owned) == text
    assert left == ""


def test_every_practice_has_its_four_sections_with_text(booklet: Booklet) -> None:
    names = ["origine", "resultats", "principes", "conseils"]
    for practice in booklet.practices:
        assert [section.name for section in practice.sections] == names, practice.id
        for section in practice.sections:
            assert section.lines, (practice.id, section.name)
            assert [line.number for line in section.lines] == [*range(1, len(section.lines) + 1)]


def test_only_page_51_announces_results_that_are_expected(pages: dict[int, Practice]) -> None:
    headings = {page: p.sections[1].heading for page, p in pages.items()}
    assert headings.pop(51) == "Résultats attendus"
    assert set(headings.values()) == {"Résultats obtenus"}


def test_two_practices_with_one_title_stay_two(pages: dict[int, Practice]) -> None:
    twins = pages[12], pages[13]
    assert [twin.title for twin in twins] == ["La prise de rendez-vous en ligne"] * 2
    assert [twin.organisation for twin in twins] == [
        "Ministère de l'Intérieur",
        "Régime social des indépendants",
    ]
    assert twins[0].subtitle.startswith("Offrir aux usagers étrangers une prise de rendez-vous")
    assert twins[1].subtitle.startswith("Expérimenter des modalités de prise de rendez-vous")


@pytest.mark.parametrize(
    ("page", "header"),
    [
        (8, "|« Le mémo du 3939 »|L'envoi, en temps réel, d'un document personnalisé"),
        (10, "MAIRIE DE PARIS|DansMaRue, une application open source pour améliorer la qualité"),
        (15, "LA MARINE RECRUTE ETREMARIN.FR|Une marque employeur pour améliorer l'image"),
        (16, "|Le SMS : outil d'optimisation de sa relation client|Améliorer la satisfaction de"),
        (19, "|Un schéma d'accessibilité pour tous, conçu par tous|Associer tous les types de ha"),
        (31, "AIRFRANCE|Le management par l'écoute client, l'exemple du baromètre Air France|Ou "),
        (32, "Association pour le **MA**nagement de la **RÉ**clamation **CL**ient|Le guide des "),
        (39, "WiFiP|Le réseau collaboratif professionnel des agents de la Direction générale des "),
        (41, "L'ORÉAL|Le renforcement de l'efficacité opérationnelle grâce au réseau social pro"),
        (45, "|Le laboratoire d'innovation managériale I-MMOVE Oser Valeur et Excellence|Une ex"),
        (54, "|Formation aux attitudes relationnelles par la mise en situation|Accompagner les "),
    ],
)
def test_logo_title_and_subtitle_are_told_apart(
    pages: dict[int, Practice], page: int, header: str
) -> None:
    practice = pages[page]
    assert f"{practice.logo}|{practice.title}|{practice.subtitle}".startswith(header)


@pytest.mark.parametrize(
    ("page", "end"),
    [
        (16, "clients, réduire le nombre de contacts entrants ; le SMS un outil efficace,"),
        (19, "tous les types de handicaps à l'organisation de l'espace urbain"),
        (32, "l'appropriation de bonnes pratiques entre les acteurs de la relation client"),
        (45, "pour inventer des pratiques managériales adaptées aux enjeux du XXIe siècle chez "),
    ],
)
def test_a_subtitle_broken_over_lines_is_one_text(
    pages: dict[int, Practice], page: int, end: str
) -> None:
    assert end in pages[page].subtitle


def test_few_pages_have_a_logo_with_text_or_no_subtitle(pages: dict[int, Practice]) -> None:
    assert [page for page, practice in pages.items() if practice.logo] == [10, 15, 31, 32, 39, 41]
    assert [page for page, practice in pages.items() if not practice.subtitle] == [39, 41, 47]


def test_the_survey_of_page_29_stays_in_its_origin(pages: dict[int, Practice]) -> None:
    lines = pages[29].sections[0].lines
    assert [line.depth for line in lines] == [0, 0, 1, 1, 1, *[2] * 7, 1, 1, 1, 1]
    assert lines[4] == Line(
        5,
        "Plus précisément, pour chacun des thèmes suivants, quel est votre niveau de "
        "satisfaction ? (note de 1 à 10)",
        1,
    )
    assert lines[5] == Line(6, "Réponse personnalisée", 2)
    assert lines[11] == Line(12, "Courtoisie de la réponse", 2)


def test_the_extract_of_page_31_stays_in_its_origin(pages: dict[int, Practice]) -> None:
    lines = pages[31].sections[0].lines
    assert [line.text for line in lines[2:5]] == [
        "Extrait du Baromètre de satisfaction AIRFRANCE",
        "Réponse du conseiller",
        "J'ai répondu par mail pour rassurer la maman :",
    ]
    assert [line.depth for line in lines] == [0] * 5 + [1] * 3 + [0] * 2
    assert lines[-1].text.endswith("des hôtesses pour les moins de 12 ans ! »")


def test_a_quarter_of_the_practices_have_no_contact(pages: dict[int, Practice]) -> None:
    without = [page for page, practice in pages.items() if not practice.contacts]
    assert without == [6, 7, 8, 13, 14, 16, 18, 24, 29, 36, 44]
    assert SOURCE.count(f"\n{CONTACTS}\n") == 47 - 11
    assert pages[46].contacts == (
        "mission.innovation@dga.defense.gouv.fr/innovation 01 57 24 72 37",
        "Site : www.defense.gouv.fr/dga/liens/mission-innovation",
    )


@pytest.mark.parametrize(
    ("page", "slip"),
    [
        (10, "de faire interfacier l'application"),
        (13, "de satisfaction et d'efficacité d'opérationnelle et riches"),
        (19, "Une commission regroupant quatre collègues"),
        (29, "Avez-vous du contacter l'Urssaf plusieurs fois"),
        (32, "pour aider à l'appro- priation par les internautes"),
        (32, "4 points : description, avan- tage client"),
        (36, "du personnel, la référencement et la mutualisation"),
        (47, "Professionalisation des académies"),
    ],
)
def test_the_source_s_slips_are_kept(pages: dict[int, Practice], page: int, slip: str) -> None:
    text = "\n".join(line.text for section in pages[page].sections for line in section.lines)
    assert slip in text


SMALL = """
id = "petit"
title = "Petit"
language = "fr"
{sectors}
[[sections]]
name = "contexte"
headings = ["Contexte"]
[[sections]]
name = "conseils"
headings = ["Conseils"]
role = "advice"
[[parts]]
name = "Partie"
[import]
contacts_heading = "Contact :"
"""
CONTENTS = "Partie\n\n■ T\n\nLe guichet\nMairie 3\n\nLa file\nCaisse 4\n\n\n\nPartie\n\n\n\n"
FIRST = "Le guichet\n\nContexte\n\nUn\n\nConseils\n\nAgir\nvite\nFinir\n\nContact :\n\nA 01\n"
SECOND = "La file\n\nContexte\n\nDeux\n\n\n\nConseils\n\n- un\n - deux\n\nsuite"


def small(text: str, sectors: str = "", toml: str = SMALL) -> Booklet:
    config = CollectionConfig.model_validate(tomllib.loads(toml.format(sectors=sectors)))
    return read_booklet(text, Path("livret.txt"), config)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_small_booklet_is_cut_whole(newline: str) -> None:
    text = CONTENTS + FIRST + "\n\n\n" + SECOND
    booklet = small(text.replace("\n", newline))
    first, second = booklet.practices
    assert (first.id, first.organisation, first.contacts) == ("petit-p03", "Mairie", ("A 01",))
    assert first.sections == (
        Section("contexte", "Contexte", (Line(1, "Un"),)),
        Section("conseils", "Conseils", (Line(1, "Agir vite"), Line(2, "Finir"))),
    )
    assert (second.id, second.title, second.contacts) == ("petit-p04", "La file", ())
    assert second.sections[1].lines == (Line(1, "un", 1), Line(2, "deux", 2), Line(3, "suite"))
    assert (first.theme, second.theme, second.organisation) == ("T", "T", "Caisse")
    assert list(booklet.remainder.values()) == [
        "Partie",
        "■ T",
        "Le guichet",
        "Mairie 3",
        "La file",
        "Caisse 4",
        "Partie",
    ]


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        (CONTENTS + FIRST, (2, 1)),
        (CONTENTS.replace("Caisse 4", "Caisse") + FIRST + "\n\n\n" + SECOND, (1, 2)),
        (CONTENTS, (2, 0)),
        ("", (0, 0)),
    ],
)
def test_a_wrong_number_of_practices_is_refused(text: str, counts: tuple[int, int]) -> None:
    with pytest.raises(CorpusError) as caught:
        small(text)
    (problem,) = caught.value.problems
    assert problem.path == Path("livret.txt")
    assert problem.what.en == (
        f"{counts[0]} entries in the table of contents, {counts[1]} practices opened by "
        "'Contexte'; check [[parts]] and the headings in collection.toml (without a table of "
        "contents, write practices/*.md by hand)"
    )


def test_two_practices_on_one_page_are_refused() -> None:
    text = CONTENTS.replace("Caisse 4", "Caisse 3") + FIRST + "\n\n\n" + SECOND
    with pytest.raises(CorpusError) as caught:
        small(text)
    (problem,) = caught.value.problems
    assert problem.located.en == (
        "livret.txt: two practices on page 3 of the table of contents; change one of the pages"
    )
    assert "deux pratiques à la page 3 de la table des matières" in problem.what.fr


@pytest.mark.parametrize("heading", ["", 'contacts_heading = ""'])
def test_without_a_contacts_heading_the_sections_stay_whole(heading: str) -> None:
    toml = SMALL.replace('contacts_heading = "Contact :"', heading)
    first, second = small(CONTENTS + FIRST + "\n\n\n" + SECOND, toml=toml).practices
    assert (first.contacts, second.contacts) == ((), ())
    assert [line.text for line in first.sections[1].lines] == [
        *("Agir vite", "Finir", "Contact :", "A 01"),
    ]
    assert [line.text for line in second.sections[1].lines] == ["un", "deux", "suite"]


def test_the_header_of_the_first_practice_is_no_entry_of_the_contents() -> None:
    # Neither a theme nor a part's page stands between the contents and the first title.
    contents = "Partie\n\nLe guichet\nMairie 3\n\nLa file\nCaisse 4\n\n\n\n"
    header = "Le guichet\n\nUn accueil pour tous\n\nContexte\n"
    text = contents + FIRST.replace("Le guichet\n\nContexte\n", header) + "\n\n\n" + SECOND
    booklet = small(text)
    first, second = booklet.practices
    assert (first.title, first.subtitle) == ("Le guichet", "Un accueil pour tous")
    assert [(p.organisation, p.page, p.theme, p.part) for p in (first, second)] == [
        ("Mairie", 3, "", "Partie"),
        ("Caisse", 4, "", "Partie"),
    ]
    assert list(booklet.remainder.values()) == [
        *("Partie", "Le guichet", "Mairie 3", "La file", "Caisse 4"),
    ]


def test_a_practice_with_nothing_above_its_first_heading_has_the_title_of_the_contents() -> None:
    text = CONTENTS + FIRST.removeprefix("Le guichet\n\n") + "\n\n\n" + SECOND
    first, second = small(text).practices
    assert (first.title, first.subtitle, first.logo) == ("Le guichet", "", "")
    assert [section.name for section in first.sections] == ["contexte", "conseils"]
    assert second.title == "La file"


def test_organisations_without_a_sector_are_all_listed() -> None:
    with pytest.raises(CorpusError) as caught:
        small(CONTENTS + FIRST + "\n\n\n" + SECOND, 'sectors = ["commune"]')
    assert [problem.what.en for problem in caught.value.problems] == [
        f"'{name}' has no sector; add it to [import.sectors]" for name in ("Mairie", "Caisse")
    ]


def test_a_first_title_that_ends_with_a_number_is_no_entry_of_the_contents() -> None:
    text = "P\n\nLe guichet du 17\n\nMairie 4\n\nP\n\n\n\n\nLe guichet du 17\n\nContexte\n\nUn.\n"
    config = CollectionConfig.model_validate(
        {
            "id": "b",
            "title": "B",
            "language": "fr",
            "parts": [{"name": "P"}],
            "sections": [{"name": "contexte", "headings": ["Contexte"], "role": "advice"}],
        }
    )
    text = text.replace("Le guichet du 17\n\nMairie 4", "Le guichet du 17\nMairie 4", 1)
    booklet = read_booklet(text, Path("b.txt"), config)
    assert [(p.id, p.title, p.organisation) for p in booklet.practices] == [
        ("b-p04", "Le guichet du 17", "Mairie")
    ]
