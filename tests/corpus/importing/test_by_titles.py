from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recueil_qa.corpus.collection import CollectionConfig
from recueil_qa.corpus.importing.by_titles import Cut, cut
from recueil_qa.corpus.importing.documents import open_source, read_document
from recueil_qa.corpus.importing.drafting import make_practices
from recueil_qa.corpus.importing.wording import Wording
from recueil_qa.corpus.practice import as_shown, format_practice, parse_practice
from recueil_qa.corpus.quotations import Sources
from recueil_qa.errors import CorpusError
from recueil_qa.types import Line, Practice

# Slow examples too: a busy machine is no fault.
ALLOWED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]

TOML = """
id = "c"
title = "C"
language = "fr"
[[sections]]
name = "probleme"
headings = ["Problème", "Difficulté"]
[[sections]]
name = "conseils"
headings = ["Conseils de mise en œuvre"]
role = "advice"
[[parts]]
name = "Accueil"
themes = ["Attente"]
[import]
contacts_heading = "Contact :"
"""
LABELS = (
    '[import.labels]\norganisation = ["Organisme", "Porté par"]\npage = "Page"\ntheme = "Thème"\n'
)


def config(title: str = "", labels: str = "", toml: str = TOML) -> CollectionConfig:
    # A literal text of TOML: regular expressions keep their backslashes.
    more = f"title = '{title}'\n{labels}" if title else labels
    return CollectionConfig.model_validate(tomllib.loads(toml + more))


def read(path: Path, text: str, settings: CollectionConfig) -> Cut:
    path.write_text(text, "utf-8", newline="")
    document = read_document(open_source(path), Wording(settings).outline, "fr")
    return cut(document, settings)


def practices(path: Path, text: str, settings: CollectionConfig) -> tuple[Practice, ...]:
    return make_practices(read(path, text, settings), path, settings)


def left(found: Cut) -> list[tuple[int, str, str]]:
    return [(piece.place.number, piece.reason, piece.text) for piece in found.unplaced]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "livret.txt"


@pytest.mark.parametrize(
    "heading",
    [
        "Problème",
        "PROBLEME :",
        "1. Problème",
        "II – Problème",
        "a) problème",
        "2.1 Problème.",
        "**Problème**",
        "Proble\u0300me",
        "Difficulté",
    ],
)
@pytest.mark.parametrize("advice", ["Conseils de mise en oeuvre", "3. CONSEILS DE MISE EN ŒUVRE :"])
def test_headings_are_known_without_case_accents_numbers_and_colon(
    path: Path, heading: str, advice: str
) -> None:
    (practice,) = practices(path, f"Titre\n\n{heading}\n\nun\n\n{advice}\n\n- deux", config())
    assert [(s.name, s.heading, s.lines) for s in practice.sections] == [
        ("probleme", "Problème", (Line(1, "un"),)),
        ("conseils", "Conseils de mise en œuvre", (Line(1, "deux", 1),)),
    ]


PLAIN = (
    "Carnet\n\n{gap}Le guichet\n\nProblème\n\nun\n\nConseils de mise en œuvre\n\ndeux\n\n{gap}"
    "La file\n\nProblème\n\ntrois\n\nConseils de mise en œuvre\n\nquatre\n"
)


def test_a_title_is_the_block_above_the_first_section(path: Path) -> None:
    found = read(path, PLAIN.format(gap=""), config())
    assert [draft.title for draft in found.drafts] == ["Le guichet", "La file"]
    assert left(found) == [(1, "before", "Carnet")]


def test_a_wider_gap_tells_where_a_practice_begins(path: Path) -> None:
    text = PLAIN.format(gap="\n\n").replace("La file\n", "La file\n\nMoins d'attente\n")
    found = read(path, text, config())
    assert [(d.title, d.fields.get("subtitle")) for d in found.drafts] == [
        ("Le guichet", None),
        ("La file", "Moins d'attente"),
    ]
    assert [b.text for b in found.drafts[0].sections["conseils"]] == ["deux"]


def test_a_page_break_of_text_is_a_gap(path: Path) -> None:
    text = PLAIN.format(gap="\f").replace("La file\n", "La file\n\nMoins d'attente\n")
    assert [draft.title for draft in read(path, text, config()).drafts] == ["Le guichet", "La file"]


MARKDOWN = """# Carnet

Préface.

# Accueil

## Attente

### Le guichet

Pour tous

{long}

#### Problème

un

##### Détail

deux

#### Conseils de mise en œuvre

- trois

Contact :

0 800

### Annexe

Sans section.

### La file

#### Conseils de mise en œuvre

quatre

# Remerciements

À tous.
"""


def test_titles_are_the_headings_that_sections_stand_under(tmp_path: Path) -> None:
    long = "Une phrase. " * 30
    path = tmp_path / "livret.md"
    found = read(path, MARKDOWN.format(long=long), config())
    first, second = make_practices(found, path, config())
    assert (first.id, first.title, first.subtitle) == ("c-01", "Le guichet", "Pour tous")
    assert (first.part, first.theme, second.theme) == ("Accueil", "Attente", "Attente")
    assert [line.text for section in first.sections for line in section.lines] == [
        "un", "Détail", "deux", "trois",
    ]  # fmt: skip
    assert first.contacts == ("0 800",)
    assert (second.id, second.title, len(second.sections)) == ("c-02", "La file", 1)
    assert left(found) == [
        (1, "before", "Carnet"),
        (3, "before", "Préface."),
        (5, "part", "Accueil"),
        (7, "part", "Attente"),
        (13, "header", long.strip()),
        (31, "no-section", "Annexe"),
        (33, "no-section", "Sans section."),
        (41, "between", "Remerciements"),
        (43, "between", "À tous."),
    ]


def test_the_level_of_titles_may_be_said(tmp_path: Path) -> None:
    text = "# Un\n\n## Deux\n\n### Problème\n\na\n\n## Trois\n\n### Problème\n\nb\n"
    one = practices(tmp_path / "a.md", text, config("heading 1"))
    assert [practice.title for practice in one] == ["Un"]
    assert [line.text for line in one[0].sections[0].lines] == ["a", "Trois", "b"]
    assert [p.title for p in practices(tmp_path / "a.md", text, config())] == ["Deux", "Trois"]


TITLE = r"^Fiche n° (?P<number>\S+) : (?P<title>.+)$"


def test_titles_may_match_an_expression_that_gives_the_number(path: Path) -> None:
    text = (
        "Sommaire\nFiche n° 3 : Le guichet\nFiche n° 12 bis : La file\n\n"
        "Fiche n° 3 : Le guichet\nd'accueil\nProblème\nun\n"
        "Thème : attente\nFiche n° 12bis : La file\nOrganisme : Mairie : centre\nPorté par\n"
        "Régie\nPage : 7\nConseils de mise en œuvre\ndeux\n"
    )
    settings = config(TITLE, LABELS)
    found = read(path, text, settings)
    first, second = make_practices(found, path, settings)
    assert (first.id, first.title, first.page) == ("c-03", "Le guichet d'accueil", None)
    assert (second.id, second.title, second.page) == ("c-12bis", "La file", 7)
    assert (second.theme, second.organisation) == ("Attente", "Régie")
    assert [line.text for line in first.sections[0].lines] == ["un"]
    assert [reason for _, reason, _ in left(found)] == ["before", "no-section", "no-section"]


def test_what_a_booklet_names_above_its_sections_is_kept(path: Path) -> None:
    long = "Un texte trop long pour être un titre ou un libellé, et qui continue encore. " * 8
    text = f"Fiche n° 1 : Un\n\nAccueil\n\nEn ville\n\n{long}\n\nProblème\n\nun\n"
    settings = config(TITLE)
    (practice,) = practices(path, text, settings)
    assert (practice.part, practice.subtitle) == ("Accueil", "En ville")
    assert left(read(path, text, settings)) == [(7, "header", long.strip())]


def test_a_page_without_a_number_makes_the_id(path: Path) -> None:
    text = "Le guichet\n\nPage : 7\n\nProblème\n\nun\n"
    assert practices(path, text, config(labels=LABELS))[0].id == "c-p07"


def refused(path: Path, text: str, settings: CollectionConfig) -> list[tuple[int, str]]:
    with pytest.raises(CorpusError) as caught:
        practices(path, text, settings)
    assert {problem.path for problem in caught.value.problems} == {path}
    return [(problem.line, problem.what.en) for problem in caught.value.problems]


def test_a_source_without_any_section_says_what_was_looked_for(path: Path) -> None:
    ((line, said),) = refused(path, "Un texte.", config(TITLE))
    assert line == 0
    assert said.startswith("no practice found; at least one section heading must stand alone")
    assert "« Problème », « Conseils de mise en œuvre »" in said
    assert repr(TITLE) in said


def test_what_the_collection_requires_is_asked_for_with_its_line(path: Path) -> None:
    toml = 'required = ["organisation", "page", "sector"]\nsectors = ["ville"]\n' + TOML
    sectors = '[import.sectors]\n"Mairie" = "ville"\n'
    settings = config(labels=LABELS + sectors, toml=toml)
    text = (
        "Un\n\nOrganisme : MAIRIE\n\nPage : 3\n\nProblème\n\na\n\n\n"
        "Deux\n\nOrganisme : Caisse\n\nPage : iv\n\nThème : Vide\n\nProblème\n\nb\n"
    )
    assert refused(path, text, settings) == [
        (12, "'Deux': unknown theme 'Vide', one of: « Attente »"),
        (12, "'Caisse' has no sector; add it to [import.sectors]"),
        (12, "'Deux': page 'iv', expected a number"),
    ]


def test_two_practices_with_one_number_are_refused_both(path: Path) -> None:
    text = "".join(f"Fiche n° 1 : {t}\n\nProblème\n\n{t}\n\n" for t in ("un", "deux"))
    assert [line for line, _ in refused(path, text, config(TITLE))] == [1, 7]


@pytest.mark.parametrize("title", ["(", "^(?P<nom>.+)$", "heading 7(", "(?P<title>a)(?P<title>b)"])
def test_a_title_that_is_no_expression_is_refused(title: str) -> None:
    with pytest.raises(ValueError, match="title"):
        config(title)


rows = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "",
                "",
                "",
                "Problème",
                "2. Conseils de mise en œuvre :",
                "Fiche n° 1 : Un",
                "Contact :",
                "# Titre",
                "## Sous-titre",
                "Organisme : Mairie",
                "Accueil",
                "- un",
                "  - deux",
                "Un texte un peu plus long que les autres, avan-",
                "tage",
                "\f",
                "#1 des villes",
                "---",
            ]
        ),
        st.text(alphabet="aÉ#-*•:. \t\u00a0—>|", max_size=10),
        st.text(max_size=15),
    ),
    max_size=40,
)
CONFIGS = [config(), config(TITLE), config(labels=LABELS), config("heading 2")]


@settings(max_examples=400, deadline=None, suppress_health_check=ALLOWED)
@given(rows, st.sampled_from(CONFIGS), st.sampled_from(["a.txt", "a.md"]))
def test_every_line_is_placed_or_reported_and_quoted_as_it_stands(
    tmp_path: Path, lines: list[str], settings: CollectionConfig, name: str
) -> None:
    text = "\n".join(lines)
    path = tmp_path / name
    try:
        path.write_text(text, "utf-8", newline="")
        document = read_document(open_source(path), Wording(settings).outline, "fr")
    except CorpusError:
        return
    found = cut(document, settings)
    placed = [place.number for d in found.drafts for b in d.blocks for place in b.places]
    started = {piece.place.number for piece in found.unplaced}
    # A piece that is left is told by its first line.
    apart = [p.number for b in document.blocks if b.place.number in started for p in b.places]
    apart += [piece.place.number for piece in document.set_aside]
    printed = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert sorted(placed + apart) == [i for i, line in enumerate(printed, 1) if line.strip()]
    try:
        made = make_practices(found, path, settings)
    except CorpusError:
        return
    quoted = Sources({"source.txt": document.text()})
    for practice in made:
        lines = [as_shown(line).text for s in practice.sections for line in s.lines]
        assert all(map(quoted.holds, lines))
        written, problems = parse_practice(format_practice(practice), path, settings)
        assert problems == []
        assert written is not None
        assert [s.lines for s in written.sections] == [
            tuple(map(as_shown, s.lines)) for s in practice.sections
        ]
