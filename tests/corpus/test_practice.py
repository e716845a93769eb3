from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recueil_qa.corpus.collection import CollectionConfig
from recueil_qa.corpus.emphasis import plain
from recueil_qa.corpus.marks import blank
from recueil_qa.corpus.practice import (
    MAX_LINE_CHARACTERS,
    format_practice,
    parse_practice,
    read_line,
    read_practice,
)
from recueil_qa.corpus.text_file import CONTROL
from recueil_qa.types import Line, Practice, Section
from tests.support.collections import BOOKLET_TOML, FAQ_TOML

PATH = Path("p1.md")
FAQ = CollectionConfig.model_validate(tomllib.loads(FAQ_TOML))
PETIT = CollectionConfig.model_validate(tomllib.loads(BOOKLET_TOML))
BODY = "\n## Réponse\n\nUn texte.\n"

repeatable = settings(max_examples=100, deadline=None, derandomize=True)


def parsed(text: str, config: CollectionConfig = FAQ) -> Practice:
    practice, problems = parse_practice(text, PATH, config)
    assert practice is not None, [problem.what.en for problem in problems]
    assert problems == []
    return practice


def front(*fields: str) -> str:
    return "\n".join(("---", "id: faq-a", *fields, "---")) + "\n"


def test_every_line_has_its_number_and_its_depth() -> None:
    text = (
        "---\nid: petit-p1\npage: 1\ntitle: T\ntheme: Accueil\n---\n\n"
        "## Contexte\n\nPlat\nPlat  aussi\n- un\n  - deux\n\n    * trois\n• un\n\t- deux\n-colle\n"
        "\n## Nos conseils\n\nAgir\n"
    )
    practice = parsed(text, PETIT)
    assert practice.page == 1
    assert practice.sections == (
        Section(
            "contexte",
            "Contexte",
            (
                Line(1, "Plat"),
                Line(2, "Plat aussi"),
                Line(3, "un", 1),
                Line(4, "deux", 2),
                Line(5, "trois", 3),
                Line(6, "un", 1),
                Line(7, "deux", 2),
                Line(8, "-colle"),
            ),
        ),
        Section("conseils", "Nos conseils", (Line(1, "Agir"),)),
    )


def test_a_section_without_text_is_left_out() -> None:
    text = (
        "---\nid: petit-p1\npage: 1\ntitle: T\ntheme: A\n---\n## Contexte\n\n## Conseils\n\nAgir\n"
    )
    assert [section.name for section in parsed(text, PETIT).sections] == ["conseils"]


def test_values_mean_what_is_written() -> None:
    practice = parsed(front("title: 012", "subtitle: non", "logo: 2014-06-19", "page: 06") + BODY)
    assert (practice.title, practice.subtitle, practice.logo) == ("012", "non", "2014-06-19")
    assert practice.page == 6


def test_fields_that_are_empty_or_absent_are_blank() -> None:
    practice = parsed(front("title: T", "subtitle:", "contacts:") + BODY)
    assert (practice.subtitle, practice.theme, practice.contacts, practice.page) == (
        "",
        "",
        (),
        None,
    )


def test_a_byte_order_mark_and_windows_line_ends_change_nothing() -> None:
    text = front("title: Été", "contacts:", "- a", "- b") + BODY
    assert parsed("\ufeff" + text.replace("\n", "\r\n")) == parsed(text)


def test_white_space_after_the_marks_of_the_front_matter_changes_nothing() -> None:
    text = front("title: T") + BODY
    assert parsed(text.replace("---\n", "--- \t\n")) == parsed(text)


def test_rules_of_dashes_below_the_front_matter_are_text() -> None:
    assert parsed(front("title: T") + BODY + "---\n").sections[0].lines[-1] == Line(2, "---")


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", 1, "no front matter; the file starts with '---'"),
        ("## Réponse\n\nUn texte.\n", 1, "no front matter"),
        ("\n---\nid: faq-a\ntitle: T\n---\n" + BODY, 1, "no front matter"),
        ("---\nid: faq-a\ntitle: T\n" + BODY, 1, "no front matter"),
        (
            front("title: T", "titre: T") + BODY,
            4,
            "unknown field 'titre'; the fields are: id, page",
        ),
        (front("title: T", "title: U") + BODY, 4, "field 'title' twice, first on line 3; keep one"),
        (front("title: [T, U]") + BODY, 3, "'title' must be a text"),
        (front("title: T", "contacts: C") + BODY, 4, "'contacts' must be a list"),
        (front("title: {a: b}") + BODY, 3, "'title' must be a text or a list of texts"),
        (front("title: T", "contacts:", "- [C]") + BODY, 5, "must be a text or a list of texts"),
        (front("title: ''") + BODY, 3, "field 'title' is missing; add 'title: …'"),
        (front("title: T", "page: six") + BODY, 4, "page 'six': expected a number"),
        (front("title: T", "page: -6") + BODY, 4, "page '-6': expected a number"),
        (front("title: T", "page: ٦") + BODY, 4, "page '٦': expected a number"),
        ("---\nid: faq-É\ntitle: T\n---\n" + BODY, 2, "id 'faq-É' refused; write 'faq-' then"),
        ("---\nid: autre-a\ntitle: T\n---\n" + BODY, 2, "id 'autre-a' refused"),
        ("---\n- id\n---\n" + BODY, 2, "expected 'field: value' lines"),
        (front("title: T") + "\nÉgaré\n" + BODY, 6, "text before the first section"),
        (front("title: T") + BODY + BODY, 10, "section 'reponse' opened twice; make them one"),
        (front("title: T") + BODY.replace("##", "#"), 6, "unknown section heading '# Réponse'"),
        (front("title: T") + BODY.replace("##", "###"), 6, "write one of: « ## Réponse »"),
        (front("title: T") + BODY.replace("## ", "##"), 6, "'##Réponse'; write one of: « ## Ré"),
        (front("title: T", "? [a, b]\n: T") + BODY, 4, "expected a 'field: value' line"),
        (front('title: "T\\e[31m"') + BODY, 3, "'title': invisible control character; type"),
        (front('title: "T\\u202Eétit"') + BODY, 3, "type this line again"),
        (front('title: "T\\uD800"') + BODY, 3, "type this line again"),
        (front("title: T", "contacts:", "- C", '- "\\b"') + BODY, 6, "type this line again"),
        (front("title: T", "source: S # et F") + BODY, 4, "the text after '#' would be lost"),
        (front("title: T") + "\n## Réponse\n", 4, "no text; write at least one section among"),
        (front("title: T"), 4, "no text"),
    ],
)
def test_a_fault_has_its_line_and_what_to_write(text: str, line: int, said: str) -> None:
    practice, problems = parse_practice(text, PATH, FAQ)
    assert practice is None
    assert [(problem.path, problem.line) for problem in problems] == [(PATH, line)]
    assert said in problems[0].what.en


@pytest.mark.parametrize("text", ["#1 des villes", "#", "#Transition", "####### sept"])
def test_a_number_sign_that_opens_no_heading_is_text(text: str) -> None:
    assert parsed(front("title: T") + BODY + text).sections[0].lines[1:] == (Line(2, text),)


def test_all_the_faults_of_a_file_are_listed() -> None:
    text = front("page: 1", "titre: T") + "\nÉgaré\n\n## Inconnu\n\nTexte\n"
    practice, problems = parse_practice(text, PATH, FAQ)
    assert practice is None
    assert [(problem.line, problem.what.en.split(";")[0]) for problem in problems] == [
        (4, "unknown field 'titre'"),
        (1, "field 'title' is missing"),
        (7, "text before the first section"),
        (9, "unknown section heading '## Inconnu'"),
    ]


def test_all_the_faults_of_the_fields_are_listed_with_those_of_the_sections() -> None:
    text = (
        "---\nid: autre-a\npage: six\ntheme: 'T'\ntitle: [T]\nsector: ville\ncontacts: C\n---\n"
        "## Contexte\n\n## Avis\n\nTexte\n"
    )
    practice, problems = parse_practice(text, PATH, PETIT)
    assert practice is None
    assert sorted((problem.line, problem.what.en.split(";")[0]) for problem in problems) == [
        (2, "id 'autre-a' refused"),
        (3, "page 'six': expected a number, as in 'page: 12'"),
        (5, "'title' must be a text"),
        (6, "unknown sector 'ville'"),
        (7, "'contacts' must be a list"),
        (11, "unknown section heading '## Avis'"),
    ]


def test_a_character_that_is_not_seen_is_refused_in_a_name_too() -> None:
    practice, problems = parse_practice(front("title: T", '"\\u2066": T') + BODY, PATH, FAQ)
    assert practice is None
    assert [problem.line for problem in problems] == [4, 4]
    assert problems[0].what.en == "'\\u2066': invisible control character; type this line again"
    assert problems[1].what.en.startswith("unknown field '\\u2066'; the fields are: id, page")


def test_where_the_text_comes_from_is_read_and_stands_for_a_page() -> None:
    text = "---\nid: petit-p9\ntitle: T\ntheme: A\n{}---\n## Conseils\n\nAgir\n\n- vite\n"
    found, problems = read_practice(text.format("source: Note du 3 mars\n"), PATH, PETIT)
    assert problems == []
    assert found is not None
    assert (found.practice.source, found.practice.page, found.id_line) == (
        "Note du 3 mars",
        None,
        2,
    )
    assert found.rows == {("conseils", 1): 9, ("conseils", 2): 11}
    assert read_practice(format_practice(found.practice), PATH, PETIT)[0] == replace(
        found, rows={("conseils", 1): 10, ("conseils", 2): 12}
    )
    for empty in ("", "source:\n"):
        found, (problem,) = read_practice(text.format(empty), PATH, PETIT)
        assert found is None
        assert problem.what.en.startswith("field 'page' is missing")


def test_what_is_still_to_fill_in_is_refused_line_by_line() -> None:
    text = (
        f"---\n# {blank('fr', 'un exemple')}\nid: petit-p9\npage: {blank('fr', 'la page')}\n"
        f"title: T\ntheme: A\nsector: {blank('en', 'one of them')}\n---\n## Conseils\n\n"
        f"- {blank('fr', 'un conseil')}\n- <code> et <à remplir\n"
    )
    practice, problems = parse_practice(text, PATH, PETIT)
    assert practice is None
    # The page is required here; the others are not.
    assert [(problem.line, problem.what.en) for problem in problems] == [
        (line, f"to fill in: put your text in the place of '{mark}'{rest}")
        for line, mark, rest in (
            (4, "<à remplir, la page>", ""),
            (7, "<to fill in, one of them>", ", or remove the line if it is not needed"),
            (11, "<à remplir, un conseil>", ", or remove the line if it is not needed"),
        )
    ]
    assert problems[0].what.fr == (
        "à remplir : mettez votre texte à la place de « <à remplir, la page> »"
    )
    assert problems[1].what.fr == (
        "à remplir : mettez votre texte à la place de « <to fill in, one of them> », ou ôtez la "
        "ligne si elle n'est pas nécessaire"
    )


def test_a_line_of_the_length_of_a_book_is_refused() -> None:
    fits, too_long = "a" * MAX_LINE_CHARACTERS, "a" * (MAX_LINE_CHARACTERS + 1)
    assert parsed(front("title: T") + BODY + fits).sections[0].lines[-1].text == fits
    practice, (problem,) = parse_practice(front("title: T") + BODY + too_long, PATH, FAQ)
    assert practice is None
    assert (problem.line, problem.what.en) == (9, "line of over 10,000 characters; cut it")


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        ("- un", Line(1, "un", 1)),
        ("-   un  deux ", Line(1, "un deux", 1)),
        ("* un", Line(1, "un", 1)),
        ("  • un", Line(1, "un", 2)),
        ("- - un", Line(1, "- un", 1)),
        ("-", Line(1, "-")),
        ("-3 % d'appels", Line(1, "-3 % d'appels")),
        ("  -3 %", Line(1, "-3 %")),
        ("•un", Line(1, "•un")),
        ("- -3 %", Line(1, "-3 %", 1)),
        ("**gras** et suite", Line(1, "**gras** et suite")),
        (" plat", Line(1, "plat")),
        ("un\u00a0deux\u202f:", Line(1, "un deux :")),
    ],
)
def test_a_list_mark_becomes_a_depth(raw: str, line: Line) -> None:
    assert read_line(raw, 1) == line


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("**gras** et suite", "gras et suite"),
        ("- **gras** et `code`", "gras et code"),
        ("* *un* et *deux*", "un et deux"),
        ("- **- un**", "- un"),
        # These would be read back as something else.
        ("**- un**", "**- un**"),
        ("**# un**", "**# un**"),
    ],
)
def test_a_line_is_shown_without_emphasis(raw: str, shown: str) -> None:
    practice = parsed(front("title: Le **titre**", "subtitle: un *mot*") + BODY + raw, FAQ)
    assert practice.sections[0].lines[-1].text == shown
    assert (practice.title, practice.subtitle) == ("Le titre", "un mot")


# Surrogates can't be in a UTF-8 file.
characters = st.characters(codec="utf-8").filter(lambda c: not CONTROL.match(c))
values = st.text(characters, min_size=1, max_size=20).map(str.strip).filter(bool)
shown = values.map(plain).filter(bool)
# What a line of a section can hold: white space folded, not itself a heading or a list item.
texts = (
    st.text(characters, min_size=1, max_size=20)
    .map(plain)
    .filter(lambda text: text and not re.match(r"#{1,6}\s|[-*•]\s", text))
)


@st.composite
def practices(draw: st.DrawFn) -> Practice:
    sections = []
    for name, heading in draw(
        st.lists(
            st.sampled_from([("contexte", "Contexte"), ("conseils", "Nos conseils")]),
            min_size=1,
            unique=True,
        )
    ):
        lines = draw(st.lists(st.tuples(texts, st.integers(0, 4)), min_size=1, max_size=4))
        numbered = tuple(Line(i, text, depth) for i, (text, depth) in enumerate(lines, 1))
        sections.append(Section(name, heading, numbered))
    return Practice(
        id="petit-" + draw(st.text("az09_-", max_size=9).map(lambda end: "p" + end)),
        collection="petit",
        title=draw(shown),
        sections=tuple(sections),
        page=draw(st.integers(0, 99)),
        part=draw(st.just("") | values),
        theme=draw(values),
        subtitle=draw(st.just("") | shown),
        organisation=draw(st.just("") | values),
        sector=draw(st.sampled_from(["", "commune", "caisse"])),
        logo=draw(st.just("") | shown),
        contacts=tuple(draw(st.lists(values, max_size=3))),
    )


@given(practices())
@repeatable
def test_what_is_written_is_read_back(practice: Practice) -> None:
    text = format_practice(practice)
    assert parsed(text, PETIT) == practice
    assert format_practice(parsed(text, PETIT)) == text


pieces = st.sampled_from(
    [
        *("---\n", "\n", "id: faq-a\n", "title: ", "contacts:\n- ", "## Réponse\n", "# ", "- "),
        *("page: ", "&a ", "*a", "? ", ": ", "[", "]", "{", "}", '"', "'", "| \n", "!!int ", "..."),
        *("\t", "\r"),
    ]
)
files = st.lists(pieces | st.text(max_size=12), max_size=25).map("".join)


@given(files | files.map(lambda text: "---\n" + text + "\n---\n" + BODY))
@repeatable
def test_no_text_makes_it_raise(text: str) -> None:
    practice, problems = parse_practice(text, PATH, FAQ)
    assert (practice is None) == bool(problems)
    assert all(problem.path == PATH and problem.what.fr and problem.what.en for problem in problems)
    assert all(0 <= problem.line <= text.count("\n") + 1 for problem in problems)


def test_headings_within_a_section_are_lines_of_it() -> None:
    practice = parsed(front("title: T") + BODY + "\n### Le **tri** ouvert\n\n- un\n")
    (section,) = practice.sections
    assert section.lines == (
        Line(1, "Un texte."),
        Line(2, "Le tri ouvert", heading=True),
        Line(3, "un", 1),
    )
    assert parsed(format_practice(practice)) == practice
