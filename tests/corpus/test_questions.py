from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from recueil_qa.corpus.marks import blank
from recueil_qa.corpus.questions import LANGUAGES, line_places, parse_questions
from recueil_qa.errors import Problem
from recueil_qa.types import Line, Practice, Question, Section

FILE = Path("questions/p1.yaml")
SECTIONS = (
    Section("contexte", "Contexte", (Line(1, "Un"),)),
    Section("conseils", "Conseils", (Line(1, "Deux"), Line(2, "Trois", depth=1))),
)
KNOWN = {name: Practice(name, "petit", "Titre", SECTIONS) for name in ("petit-p1", "petit-p2")}
PLACES = ("contexte/1", "conseils/1", "conseils/2")


def read(text: str, asked: dict[str, str] | None = None) -> list[Question]:
    """Read a file that is expected to be good."""
    questions, problems = parse_questions(text, FILE, KNOWN, {} if asked is None else asked)
    assert problems == []
    return questions


def refused(text: str, asked: dict[str, str] | None = None) -> list[Problem]:
    _, problems = parse_questions(text, FILE, KNOWN, {} if asked is None else asked)
    assert {problem.path for problem in problems} == {FILE}
    return problems


def test_a_question_is_of_its_practice_or_of_the_line_that_its_key_names() -> None:
    text = (
        "practice: petit-p1\n"
        'fr:\n- Par où commencer ?\n- "Qui s\'en charge : lui, elle ?"\n'
        "en:\n- Where do we start?\n"
        "# answered by one line\n"
        "fr conseils/2:\n- Quel horaire ?\n- Combien d'heures ?\n"
        "en conseils/2:\n- What opening hours?\n"
        "fr contexte/1:\n- D'où vient l'idée ?\n"
    )
    rows = [
        ("fr/1", "fr", "Par où commencer ?", ""),
        ("fr/2", "fr", "Qui s'en charge : lui, elle ?", ""),
        ("en/1", "en", "Where do we start?", ""),
        ("fr/conseils/2/1", "fr", "Quel horaire ?", "conseils/2"),
        ("fr/conseils/2/2", "fr", "Combien d'heures ?", "conseils/2"),
        ("en/conseils/2/1", "en", "What opening hours?", "conseils/2"),
        ("fr/contexte/1/1", "fr", "D'où vient l'idée ?", "contexte/1"),
    ]
    assert read(text) == [
        Question(f"petit-p1/questions/{end}", "petit-p1", language, wording, line)
        for end, language, wording, line in rows
    ]


def test_the_places_of_a_practice_are_its_sections_and_line_numbers() -> None:
    assert line_places(KNOWN["petit-p1"]) == {*PLACES}
    assert line_places(Practice("vide", "petit", "Titre", ())) == frozenset()


def test_every_place_of_a_practice_may_be_asked_about_in_every_language() -> None:
    keys = [(language, place) for language in LANGUAGES for place in PLACES]
    text = "".join(f"{language} {place}:\n- {language} {place} ?\n" for language, place in keys)
    found = [(q.language, q.line) for q in read(f"practice: petit-p1\n{text}")]
    assert found == keys


@pytest.mark.parametrize(
    "place",
    ["conseils/3", "conseils/0", "conseils/02", "conseils", "avis/1", "2", "/"],
)
def test_a_line_that_the_practice_does_not_have_is_refused(place: str) -> None:
    (problem,) = refused(f"practice: petit-p1\nfr:\n- a ?\n'fr {place}':\n- b ?\n")
    assert problem.line == 4
    assert problem.what.en == (
        f"'fr {place}': petit-p1 has no line '{place}'; write the section and the number "
        "of the line that answers; there are: contexte/1, conseils/1 to 2"
    )
    assert problem.what.fr == (
        f"« fr {place} » : petit-p1 n'a pas de ligne « {place} » ; écrivez la section et "
        "le numéro de la ligne qui répond ; il y a : contexte/1, conseils/1 à 2"
    )


def test_a_bracket_before_a_text_is_named() -> None:
    (problem,) = refused("practice: petit-p1\nfr:\n- Un ?\n- [rappeler] par SMS\n")
    assert problem.line == 4
    assert problem.what.fr == (
        "l'écriture ne peut pas être lue : mettez le texte entre guillemets : il commence par « [ »"
    )
    assert (
        problem.what.en == "the notation can't be read: put the text in quotes: it starts with '['"
    )


def test_the_name_of_the_practice_is_not_to_be_removed() -> None:
    (problem,) = refused(f"practice: {blank('fr', 'un id')}\nfr:\n- Un ?\n")
    assert problem.what.fr == "à remplir : mettez votre texte à la place de « <à remplir, un id> »"


@pytest.mark.parametrize("key", ["de", "de conseils/2", "conseils/2", "frconseils/2"])
def test_a_key_starts_with_a_language(key: str) -> None:
    (problem,) = refused(f"practice: petit-p1\n{key}: [x]\n")
    assert problem.line == 2
    assert problem.what.en == (
        f"'{key}' is not expected here; questions stand under 'fr:' or 'en:', or, for one line, "
        "under 'fr conseils/2:' (one space)"
    )
    assert problem.what.fr == (
        f"« {key} » n'est pas attendu ici ; les questions sont sous « fr: » ou « en: », ou, pour "
        "une ligne, sous « fr conseils/2: » (une seule espace)"
    )


@pytest.mark.parametrize("value", ["", " x", " []"])
def test_under_a_key_stands_a_list(value: str) -> None:
    (problem,) = refused(f"practice: petit-p1\nfr:{value}\n")
    assert problem.line == 2
    assert problem.what.en == (
        "'fr': expected a list of questions, each on a line that starts with '- '; if there is "
        "none, remove this line"
    )
    assert problem.what.fr.startswith(
        "« fr » : une liste de questions est attendue, chacune sur une "
    )


def test_an_empty_question_and_a_very_long_one_have_their_own_lines() -> None:
    text = f"practice: petit-p1\nfr:\n- a ?\n-\n- ''\n- {'b' * 2_000}\n- {'c' * 2_001}\n"
    questions, problems = parse_questions(text, FILE, KNOWN, {})
    assert [question.text[:3] for question in questions] == ["a ?", "bbb"]
    assert [(problem.line, problem.what.en) for problem in problems] == [
        (4, "empty question; write it after '- ', or remove the line"),
        (5, "empty question; write it after '- ', or remove the line"),
        (7, "question of over 2000 characters; shorten it"),
    ]


@pytest.mark.parametrize(
    ("text", "name", "line", "near"),
    [
        ("fr: [a]\npractice: petit-p9\n", "petit-p9", 2, "petit-p2"),
        ("practice: petit-p1/conseils\n", "petit-p1/conseils", 1, "petit-p1"),
        ("practice: Petit-p1\n", "Petit-p1", 1, "petit-p1"),
        ("practice: 'petit-p1, petit-p2'\n", "petit-p1, petit-p2", 1, "petit-p2"),
    ],
)
def test_an_unknown_practice_is_refused_whatever_the_rest(
    text: str, name: str, line: int, near: str
) -> None:
    (problem,) = refused(text)
    assert problem.line == line
    assert problem.what.en == (
        f"unknown practice '{name}'; write 'practice:' and the id of a practice, as '{near}'"
    )
    assert problem.what.fr == (
        f"pratique inconnue « {name} » ; écrivez « practice: » et l'id d'une pratique, comme "
        f"« {near} »"
    )
    assert parse_questions(text, FILE, KNOWN, {})[0] == []


@pytest.mark.parametrize(
    ("text", "line"),
    [("practice: [petit-p1]\n", 1), ("fr: [a]\n", 1), ("", 1), ("fr: [a]\npractice:\n", 2)],
)
def test_a_file_names_its_practice(text: str, line: int) -> None:
    (problem,) = refused(text)
    assert (problem.line, problem.what.en) == (
        line,
        "the practice is not named; write 'practice:' and its id, as in 'practice: petit-p1'",
    )
    assert problem.what.fr.startswith(
        "la pratique n'est pas nommée ; écrivez « practice: » et son id"
    )


def test_questions_still_to_fill_in_are_refused_line_by_line() -> None:
    text = (
        f"# {blank('fr', 'exemple')}\npractice: petit-p1\nfr:\n- {blank('fr', 'un problème')}\n"
        f"- a ?\nen:\n- {blank('en', 'a problem')}\n"
    )
    questions, problems = parse_questions(text, FILE, KNOWN, {})
    assert [question.text for question in questions] == ["a ?"]
    assert [problem.line for problem in problems] == [4, 7]
    assert problems[1].what.en.startswith(
        "to fill in: put your text in the place of '<to fill in, a "
    )


def test_what_yaml_would_drop_is_refused() -> None:
    text = "practice: petit-p1\nfr: # en français\n- Le guichet #1 ?\n- 'Le #1 ?' # cité\n- a#1\n"
    questions, (problem,) = parse_questions(text, FILE, KNOWN, {})
    assert [question.text for question in questions] == ["Le #1 ?", "a#1"]
    assert (problem.line, problem.what.en) == (
        3,
        "the text after '#' would be lost; put the whole text in quotes, or the remark on a line "
        "of its own",
    )


def test_the_rest_of_a_file_is_read_and_all_its_problems_are_told() -> None:
    text = "practice: petit-p1\nde: [a]\nfr conseils/9: [b]\nfr: [c]\nen avis/1: [d]\n"
    questions, problems = parse_questions(text, FILE, KNOWN, {})
    assert [question.text for question in questions] == ["c"]
    assert [problem.line for problem in problems] == [2, 3, 5]


def test_without_known_practices_neither_practice_nor_line_is_checked() -> None:
    text = "practice: petit-p9\nfr avis/7:\n- Pourquoi ?\nde:\n- Warum?\n"
    questions, (problem,) = parse_questions(text, FILE, None, {})
    assert questions == [
        Question("petit-p9/questions/fr/avis/7/1", "petit-p9", "fr", "Pourquoi ?", "avis/7")
    ]
    assert problem.line == 4


@pytest.mark.parametrize(
    ("rest", "line", "other"),
    [
        ("fr:\n- Qui  PAIE ?\n- x\n- Qui  PAIE ?\n", 5, "petit-p1/questions/fr/1"),
        ("fr:\n- qui paie ?\nen:\n- x\n- Qui paie ?\n", 6, "petit-p1/questions/fr/1"),
        ("fr:\n- Qui paie ?\nfr conseils/1:\n- Qui paie ?\n", 5, "petit-p1/questions/fr/1"),
        (
            "fr conseils/1:\n- Qui paie ?\nen conseils/2:\n- 'qui paie ?'\n",
            5,
            "petit-p1/questions/fr/conseils/1/1",
        ),
        ("fr:\n- Qui paie ?\nen:\n- x\n- Qui\n  paie ?\n", 6, "petit-p1/questions/fr/1"),
    ],
)
def test_a_question_is_given_once_in_a_file(rest: str, line: int, other: str) -> None:
    (problem,) = refused(f"practice: petit-p1\n{rest}")
    assert problem.line == line
    assert problem.what.en.endswith(f"is already given by {other}; keep one")
    assert problem.what.fr.endswith(f"est déjà celle de {other} ; ôtez-en une")


@pytest.mark.parametrize("key", ["fr", "en", "fr conseils/2"])
def test_a_question_is_given_once_across_practices(key: str) -> None:
    asked: dict[str, str] = {}
    read("practice: petit-p1\nfr conseils/1:\n- Qui paie le guichet ?\n", asked)
    (problem,) = refused(f"practice: petit-p2\n{key}:\n- qui paie  le GUICHET ?\n", asked)
    assert problem.line == 3
    assert problem.what.en == (
        "the question 'qui paie le GUICHET ?' is already given by "
        "petit-p1/questions/fr/conseils/1/1; keep one"
    )
    assert problem.what.fr == (
        "la question « qui paie le GUICHET ? » est déjà celle de "
        "petit-p1/questions/fr/conseils/1/1 ; ôtez-en une"
    )


def test_a_long_question_is_quoted_by_its_first_80_characters() -> None:
    (problem,) = refused(f"practice: petit-p1\nfr:\n- {'a' * 200}\n- {'a' * 200}\n")
    assert f"'{'a' * 79}…'" in problem.what.en
    assert f"« {'a' * 79}… »" in problem.what.fr


@pytest.mark.parametrize(
    "text",
    [
        "practice: petit-p1\nfr: [",
        "- petit-p1",
        "practice: petit-p1\npractice: petit-p2",
        'practice: petit-p1\nfr: ["\\e[31m"]',
        "practice: petit-p1\nfr: [" + "[" * 2_000,
    ],
)
def test_what_is_no_plain_yaml_gives_no_question(text: str) -> None:
    questions, problems = parse_questions(text, FILE, KNOWN, {})
    assert questions == []
    assert problems


@pytest.mark.parametrize(
    "key", ["fr ", " fr", "fr conseils/2 ", " fr conseils/2", "fr  conseils/2"]
)
def test_a_key_with_spaces_too_many_is_refused(key: str) -> None:
    """It would give the ids of the key without them."""
    text = f"practice: petit-p1\n'{key}':\n- a ?\nfr:\n- b ?\n"
    questions, (problem,) = parse_questions(text, FILE, KNOWN, {})
    assert [question.text for question in questions] == ["b ?"]
    assert (problem.path, problem.line) == (FILE, 2)
    assert problem.what.en.startswith(f"'{' '.join(key.split())}' is not expected here")


keys = st.sampled_from([f"{language} {place}".strip() for language in LANGUAGES
                        for place in ("", *PLACES)])  # fmt: skip
wordings = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=30
).filter(str.strip)


@given(
    st.dictionaries(keys, st.lists(wordings, min_size=1, max_size=4), max_size=4),
    st.sampled_from([20, 10_000]),
)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_what_yaml_writes_is_read_back(by_key: dict[str, list[str]], width: int) -> None:
    text = yaml.safe_dump(
        {"practice": "petit-p2", **by_key}, allow_unicode=True, sort_keys=False, width=width
    )
    questions, problems = parse_questions(text, FILE, KNOWN, {})
    assert [(f"{q.language} {q.line}".strip(), q.text) for q in questions] == [
        (key, wording.strip()) for key, wordings in by_key.items() for wording in wordings
    ]
    given_once = {" ".join(q.text.lower().split()) for q in questions}
    assert len(problems) == len(questions) - len(given_once)
    assert len({question.id for question in questions}) == len(questions)


pieces = st.sampled_from(
    ["practice: petit-p1\n", "practice:", "fr:", "en conseils/2:", "fr avis/1:", "\n- ", "\n", " "]
)


@given(st.lists(pieces | st.text(max_size=8), max_size=12).map("".join), st.booleans())
@settings(max_examples=300, deadline=None, derandomize=True)
def test_any_text_is_read_or_refused_in_both_languages(text: str, checked: bool) -> None:
    questions, problems = parse_questions(text, FILE, KNOWN if checked else None, {})
    for question in questions:
        assert question.text
        assert question.language in LANGUAGES
        if checked:
            assert question.practice in KNOWN
            assert question.line in ("", *PLACES)
    last = text.count("\n") + 1 + sum(map(text.count, "\r\x85\u2028\u2029"))
    for problem in problems:
        assert problem.what.fr and problem.what.en
        assert 0 <= problem.line <= last
