from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from recueil_qa.corpus.statements import NAME, Seen, Statement, parse_statements
from recueil_qa.corpus.text_file import CONTROL
from recueil_qa.errors import Problem
from recueil_qa.types import Line, Practice, Section
from tests.support.collections import named

FILE = Path(NAME)
KNOWN = named("petit-p1", "petit-p2", "petit-p3")
FIELDS = (
    "fields: id, lang (fr or en), text, grades (practice: 1 or 2), "
    "and if need be register, group, not, lines, origin"
)


def row(**changes: object) -> str:
    """A good row, as its JSON line, but for what is changed."""
    good: dict[str, object] = {"id": "s1", "lang": "fr", "text": "Trop d'appels", "grades": {}}
    return json.dumps(good | changes, ensure_ascii=False)


def without(field: str) -> str:
    good = json.loads(row())
    del good[field]
    return json.dumps(good)


def read(text: str) -> tuple[Statement, ...]:
    """Read rows that are expected to be good."""
    rows, problems = parse_statements(text, FILE, KNOWN)
    assert problems == []
    return rows


def refused(text: str) -> list[Problem]:
    _, problems = parse_statements(text, FILE, KNOWN)
    assert {problem.path for problem in problems} == {FILE}
    return problems


def test_a_row_has_all_that_was_judged() -> None:
    text = row(
        id="a-017",
        lang="en",
        register="audit finding",
        text="  One call in three\nis a repeat ",
        grades={"petit-p2": 2, "petit-p1": 1},
        group="a-001",
        **{"not": ["petit-p3"]},
    )
    (statement,) = read(text)
    assert statement.id == "a-017"
    assert statement.language == "en"
    assert statement.register_ == "audit finding"
    assert statement.text == "One call in three\nis a repeat"
    assert statement.grades == {"petit-p2": 2, "petit-p1": 1}
    assert statement.wrong == ("petit-p3",)
    assert statement.group == "a-001"


def test_a_row_says_no_more_than_it_must() -> None:
    (statement,) = read(row())
    assert (statement.register_, statement.grades, statement.wrong) == ("", {}, ())
    assert statement.group == ""


def test_rows_stand_in_the_order_of_the_file_and_empty_lines_between_them_are_none() -> None:
    texts = [row(id=f"s{i}", text=f"Énoncé {i}") for i in range(3)]
    rows = read("\n  \n".join(texts) + "\n\n")
    assert [statement.id for statement in rows] == ["s0", "s1", "s2"]
    assert read("") == read("\n \n") == ()


def test_a_statement_cannot_be_changed() -> None:
    (statement,) = read(row())
    with pytest.raises(ValidationError):
        statement.text = "autre"


@pytest.mark.parametrize("grade", [1, 2])
def test_a_grade_is_1_or_2(grade: int) -> None:
    (statement,) = read(row(grades={"petit-p1": grade}))
    assert statement.grades == {"petit-p1": grade}


@pytest.mark.parametrize("grade", [0, 3, -1, 1.5, 10**30, float("nan"), None, "deux", [], [1], {}])
def test_any_other_grade_is_refused(grade: object) -> None:
    (problem,) = refused(row(grades={"petit-p2": 2, "petit-p1": grade}))
    assert problem.line == 1
    assert problem.what.en.startswith("'grades.petit-p1' refused (")
    assert problem.what.en.endswith(FIELDS)
    assert problem.what.fr.startswith("« grades.petit-p1 » refusé (")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (without("id"), "id"),
        (without("lang"), "lang"),
        (without("text"), "text"),
        (without("grades"), "grades"),
        (row(id=""), "id"),
        (row(id="s 1"), "id"),
        (row(id="p1/s1"), "id"),
        (row(id="é1"), "id"),
        (row(id="s1\n"), "id"),
        (row(id="s" * 41), "id"),
        (row(id=1), "id"),
        (row(lang="de"), "lang"),
        (row(lang="FR"), "lang"),
        (row(lang=["fr"]), "lang"),
        (row(register="r" * 101), "register"),
        (row(text=""), "text"),
        (row(text=" \n a "), "text"),
        (row(text="a" * 4_001), "text"),
        (row(text=None), "text"),
        (row(grades=[]), "grades"),
        (row(grades="petit-p1"), "grades"),
        (row(**{"not": "petit-p1"}), "not"),
        (row(**{"not": [1]}), "not.0"),
        (row(wrong=["petit-p1"]), "wrong"),
        (row(notes="à revoir"), "notes"),
        (row(group="g 1"), "group"),
        (row(group="g" * 61), "group"),
        (row(group="é"), "group"),
        (row(group=" "), "group"),
        (row(group="g\n"), "group"),
        (row(group=1), "group"),
        (row(group=None), "group"),
        (row(group=["g1"]), "group"),
        ("[]", "?"),
        ("null", "?"),
        ("3", "?"),
        ('"texte"', "?"),
    ],
)
def test_a_field_at_fault_is_named_with_those_there_are(text: str, where: str) -> None:
    rows, (problem,) = parse_statements(f"\n{text}", FILE, KNOWN)
    assert rows == ()
    assert (problem.path, problem.line) == (FILE, 2)
    assert problem.what.en.startswith(f"'{where}' refused (")
    assert problem.what.en.endswith(FIELDS)
    assert problem.what.fr.startswith(f"« {where} » refusé (")
    assert "champs : id, lang (fr ou en), text, grades (pratique : 1 ou 2)" in problem.what.fr


def test_the_longest_that_is_accepted() -> None:
    text = row(id="s" * 40, register="r" * 100, text="a" * 4_000, group="g" * 60)
    assert len(read(text)[0].text) == 4_000
    assert read(text)[0].group == "g" * 60
    assert read(row(group=""))[0].group == ""
    assert read(row(text="ab"))[0].text == "ab"


@pytest.mark.parametrize(
    "text",
    ["{", "texte", row() + ",", row() + row(), "[" * 100_000, "1" * 5_000, '{"id": "\\x"}', "\\"],
)
def test_a_line_that_is_no_json_is_refused(text: str) -> None:
    rows, (problem,) = parse_statements(f"{row()}\n{text}\n", FILE, KNOWN)
    assert [statement.id for statement in rows] == ["s1"]
    assert problem.line == 2
    assert problem.what.en.startswith("expected one JSON object a line (")
    assert problem.what.fr.startswith("un objet JSON par ligne est attendu (")


@pytest.mark.parametrize(
    ("changes", "listed"),
    [
        ({"grades": {"petit-p9": 2}}, "petit-p9"),
        ({"grades": {"petit-p1": 2, "petit-p9": 1, "p2": 2}}, "petit-p9, p2"),
        ({"not": ["petit-p9"]}, "petit-p9"),
        ({"grades": {"petit-p9": 2}, "not": ["petit-p8"]}, "petit-p9, petit-p8"),
        ({"grades": {"": 2}}, ""),
    ],
)
def test_a_practice_is_known(changes: dict[str, Any], listed: str) -> None:
    (problem,) = refused(f"\n\n{row(**changes)}")
    assert problem.line == 3
    assert problem.what.en == f"unknown practices: {listed}; mend their id, or remove them"
    assert problem.what.fr == f"pratiques inconnues : {listed} ; corrigez leur id, ou ôtez-les"


@pytest.mark.parametrize(
    ("changes", "listed"),
    [
        ({"grades": {"petit-p1": 1}, "not": ["petit-p1"]}, "petit-p1"),
        (
            {"grades": {"petit-p2": 2, "petit-p1": 1}, "not": ["petit-p2", "petit-p1"]},
            "petit-p1, petit-p2",
        ),
    ],
)
def test_a_practice_either_helps_or_is_excluded(changes: dict[str, Any], listed: str) -> None:
    for known in (KNOWN, None):
        _, (problem,) = parse_statements(row(**changes), FILE, known)
        assert problem.what.en == (
            f"practices both in 'grades' and in 'not': {listed}; remove them from one"
        )
        assert problem.what.fr == (
            f"pratiques à la fois dans « grades » et dans « not » : {listed} ; ôtez-les de l'un"
        )


def test_without_known_practices_they_may_be_any() -> None:
    rows, problems = parse_statements(row(grades={"p9": 2}, **{"not": ["p8"]}), FILE, None)
    assert (rows[0].grades, rows[0].wrong, problems) == ({"p9": 2}, ("p8",), [])


def test_all_the_faults_of_a_row_are_told() -> None:
    problems = refused(
        row(id="s 1", lang="de", grades={"petit-p1": 3}, group="g 1", couleur="bleu")
    )
    assert [(problem.line, problem.what.en.split(";")[0]) for problem in problems] == [
        (1, "'id' refused (expected at most 40 unaccented letters, digits or hyphens, in quotes)"),
        (1, '\'lang\' refused (expected "fr" or "en")'),
        (1, "'grades.petit-p1' refused (expected 1 or 2, without quotes)"),
        (
            1,
            "'group' refused "
            "(expected at most 60 unaccented letters, digits or hyphens, in quotes)",
        ),
        (1, "'couleur' refused (there is no such field"),
    ]
    assert [problem.what.fr.split(")")[0] for problem in problems[1:4]] == [
        '« lang » refusé ("fr" ou "en" est attendu',
        "« grades.petit-p1 » refusé (1 ou 2 est attendu, sans guillemets",
        "« group » refusé (60 lettres sans accent, chiffres ou tirets au plus, entre guillemets, "
        "sont attendus",
    ]


def test_a_name_is_given_once_in_an_object() -> None:
    for text in (
        row().replace('"id": "s1"', '"id": "s1", "lang": "en"'),
        row(grades={"lang": 1}).replace('{"lang": 1}', '{"lang": 1, "lang": 2}'),
    ):
        (problem,) = refused(text)
        assert problem.what.en == "expected one JSON object a line ('lang' is given twice)"
        assert (
            problem.what.fr == "un objet JSON par ligne est attendu (« lang » est donné deux fois)"
        )


def test_a_statement_still_to_fill_in_is_refused() -> None:
    (problem,) = refused(row(text="<à remplir, le problème>"))
    assert problem.what.en.startswith(
        "to fill in: put your text in the place of '<à remplir, le pro"
    )


def test_an_id_is_given_once() -> None:
    first, other, third = row(), row(text="Autre énoncé"), row(text="Et un autre")
    problems = refused(f"{first}\n\n{other}\n{third}")
    assert [problem.line for problem in problems] == [3, 4]
    assert {problem.what.en for problem in problems} == {
        "'id' is already that of line 1: 's1'; keep one"
    }
    assert {problem.what.fr for problem in problems} == {
        "« id » est déjà celui de la ligne 1 : « s1 » ; ôtez-en une"
    }


@pytest.mark.parametrize("text", ["Trop d'appels", " trop  D'APPELS\n"])
def test_a_text_is_given_once_whatever_its_case_its_spaces_and_its_language(text: str) -> None:
    (problem,) = refused(f"{row()}\n{row(id='s2', lang='en', text=text)}")
    assert problem.line == 2
    assert problem.what.en == "'text' is already that of line 1: 'trop d'appels'; keep one"
    assert problem.what.fr == (
        "« text » est déjà celui de la ligne 1 : « trop d'appels » ; ôtez-en une"
    )


def test_the_same_row_twice_is_told_for_both_its_id_and_its_text() -> None:
    problems = refused(f"{row(text='a' * 200)}\n{row(text='a' * 200)}")
    assert [problem.what.en for problem in problems] == [
        "'id' is already that of line 1: 's1'; keep one",
        f"'text' is already that of line 1: '{'a' * 79}…'; keep one",
    ]


def test_what_stands_in_another_file_is_told_with_its_name() -> None:
    seen: Seen = {}
    first, second = Path("petit", NAME), Path("petit", "statements", "more.jsonl")
    rows, problems = parse_statements(f"\n{row()}\n{row(id='s2', text='Deux')}", first, KNOWN, seen)
    assert (len(rows), problems) == (2, [])
    again = [row(id="s3", text="Trois"), row(text="DEUX "), row(id="s3", text="Trois")]
    _, problems = parse_statements("\n".join(again), second, KNOWN, seen)
    assert {problem.path for problem in problems} == {second}
    assert [(problem.line, problem.what.en) for problem in problems] == [
        (2, f"'id' is already that of line 2 of {NAME}: 's1'; keep one"),
        (2, f"'text' is already that of line 3 of {NAME}: 'deux'; keep one"),
        (3, "'id' is already that of line 1: 's3'; keep one"),
        (3, "'text' is already that of line 1: 'trois'; keep one"),
    ]
    assert [problem.what.fr for problem in problems[:2]] == [
        f"« id » est déjà celui de la ligne 2 de {NAME} : « s1 » ; ôtez-en une",
        f"« text » est déjà celui de la ligne 3 de {NAME} : « deux » ; ôtez-en une",
    ]
    # A third file is told of the first that had it.
    _, (problem,) = parse_statements(row(id="s4", text="Deux"), Path("z.jsonl"), KNOWN, seen)
    assert problem.what.en == f"'text' is already that of line 3 of {NAME}: 'deux'; keep one"


def test_files_that_are_read_apart_know_nothing_of_each_other() -> None:
    for path in (FILE, Path("more.jsonl")):
        assert parse_statements(row(), path, KNOWN)[1] == []
        assert parse_statements(row(), path, KNOWN, {})[1] == []


def test_statements_of_a_group_may_have_other_grades() -> None:
    rows = [
        row(group="g1", grades={"petit-p1": 2}),
        row(id="s2", text="Deux", group="g1"),
        row(id="s3", text="Trois", group="g1", grades={"petit-p2": 1}),
    ]
    assert [statement.group for statement in read("\n".join(rows))] == ["g1"] * 3


def test_a_group_may_be_the_id_of_a_row() -> None:
    assert [statement.group for statement in read(row(group="s1"))] == ["s1"]


def test_a_big_file_of_short_rows_is_read_whole() -> None:
    count = 20_000
    rows = [
        row(id=f"s{i}", text=f"Énoncé n{i}", grades={"petit-p1": 1 + i % 2}) for i in range(count)
    ]
    found = read("\n".join(rows))
    assert len(found) == count
    assert (found[-1].id, found[-1].grades) == ("s19999", {"petit-p1": 2})


def test_a_big_file_of_twins_is_told_row_by_row() -> None:
    count = 5_000
    problems = refused("\n".join([row()] * count))
    # Each is a twin of the first row, not of all before it.
    assert len(problems) == 2 * (count - 1)
    assert {problem.what.en for problem in problems} == {
        "'id' is already that of line 1: 's1'; keep one",
        "'text' is already that of line 1: 'trop d'appels'; keep one",
    }


def test_an_id_may_be_the_text_of_another_row() -> None:
    assert len(read(f"{row(id='appels')}\n{row(text='appels')}")) == 2


def test_all_the_rows_at_fault_are_told_and_the_others_read() -> None:
    lines = [row(id="a"), "{", row(id="b", text="bb", lang="de"), row(id="c", text="cc"), "[]"]
    rows, problems = parse_statements("\n".join(lines), FILE, KNOWN)
    assert [statement.id for statement in rows] == ["a", "c"]
    assert [problem.line for problem in problems] == [2, 3, 5]


@pytest.mark.parametrize("escape", ["\x1b[31m", "\u202e", "\x00", "\x9b", "\ud800"])
@pytest.mark.parametrize(
    "changes",
    [
        lambda hidden: {"text": hidden},
        lambda hidden: {"register": hidden},
        lambda hidden: {"grades": {hidden: 2}},
        lambda hidden: {"not": ["petit-p1", hidden]},
        lambda hidden: {hidden: "valeur"},
        lambda hidden: {"notes": [{"a": {hidden: 1}}]},
    ],
    ids=["text", "register", "grades", "not", "key", "deep"],
)
def test_a_control_character_hidden_in_an_escape_is_refused(
    changes: Callable[[str], dict[str, Any]], escape: str
) -> None:
    text = json.dumps(json.loads(row()) | changes(f"deux {escape}mots"))
    assert text.isascii()
    rows, (problem,) = parse_statements(f"\n{text}", FILE, None)
    assert rows == ()
    assert (problem.path, problem.line) == (FILE, 2)
    assert problem.what.en == "invisible control character; type this line again"
    assert problem.what.fr == "caractère de contrôle invisible ; retapez cette ligne"


def test_tabs_and_line_ends_in_escapes_are_no_control_characters() -> None:
    (statement,) = read(row(text="un\tdeux\ntrois"))
    assert statement.text == "un\tdeux\ntrois"


@pytest.mark.parametrize(
    "text",
    [
        '{"id": "s1", "lang": "fr", "text": "ab", "grades": {"\\u001b[31m": 2}}',
        '{"id": "s1", "lang": "fr", "text": "ab", "grades": {"\\ud800": 2}}',
        '{"id": "s1", "lang": "fr", "text": "ab", "grades": {}, "\\u001b[31m": 2}',
        row(**{"deux\nlignes": 1}),
    ],
)
def test_a_problem_can_be_shown_in_a_terminal(text: str) -> None:
    problems = refused(text)
    assert problems
    assert not [
        problem for problem in problems if CONTROL.search(problem.what.en + problem.what.fr)
    ]


@pytest.mark.parametrize("grade", [True, "2", 1.0])
def test_a_grade_is_a_number_of_json_and_whole(grade: object) -> None:
    (problem,) = refused(row(grades={"petit-p1": grade}))
    assert problem.what.en.startswith("'grades.petit-p1' refused (expected 1 or 2, without quotes)")


def test_a_byte_order_mark_is_taken_at_the_start_only() -> None:
    assert read(f"\ufeff{row()}") == read(row())
    (problem,) = refused(f"{row()}\n\ufeff{row(id='s2', text='Autre énoncé')}")
    assert problem.line == 2


good_rows = st.fixed_dictionaries(
    {
        "id": st.from_regex(r"[A-Za-z0-9-]{1,40}", fullmatch=True),
        "lang": st.sampled_from(["fr", "en"]),
        "text": st.text(
            st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=2, max_size=40
        ).filter(lambda text: len(text.strip()) > 1),
        "grades": st.dictionaries(st.sampled_from(["petit-p1", "petit-p2"]), st.integers(1, 2)),
    },
    optional={
        "register": st.text(st.characters(exclude_categories=["C"]), max_size=20),
        "group": st.from_regex(r"[A-Za-z0-9-]{0,60}", fullmatch=True),
        "not": st.lists(st.just("petit-p3"), max_size=2),
    },
)
unique_rows = st.lists(
    good_rows,
    max_size=5,
    unique_by=(lambda row: str(row["id"]), lambda row: " ".join(str(row["text"]).lower().split())),
)


@given(unique_rows, st.booleans())
@settings(max_examples=150, deadline=None, derandomize=True)
def test_good_rows_are_read_back_as_they_were_written(
    written: list[dict[str, Any]], ascii_only: bool
) -> None:
    text = "\n".join(json.dumps(row, ensure_ascii=ascii_only) for row in written)
    assert [
        (s.id, s.language, s.text, s.grades, s.register_, s.group, list(s.wrong))
        for s in read(text)
    ] == [
        (w["id"], w["lang"], w["text"].strip(), w["grades"], w.get("register", ""),
         w.get("group", ""), w.get("not", []))
        for w in written
    ]  # fmt: skip


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)
spoilt_rows = st.builds(
    lambda good, spoilt: json.dumps(good | spoilt),
    good_rows,
    st.dictionaries(
        st.sampled_from(["id", "lang", "text", "grades", "register", "group", "not", "wrong"]),
        anything,
        max_size=2,
    ),
)
lines = st.lists(spoilt_rows | anything.map(json.dumps) | st.text(max_size=20), max_size=6)


@given(lines.map("\n".join), st.booleans())
@settings(max_examples=300, deadline=None, derandomize=True)
def test_any_text_is_read_or_refused_line_by_line(text: str, checked: bool) -> None:
    rows, problems = parse_statements(text, FILE, KNOWN if checked else None)
    filled = [number for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    at_fault = {problem.line for problem in problems}
    assert at_fault <= {*filled}
    assert len(rows) + len(at_fault) >= len(filled)
    assert all(problem.what.fr and problem.what.en for problem in problems)
    for statement in rows if not problems else ():
        assert len(statement.text) >= 2
        assert {*statement.grades.values()} <= {1, 2}
        assert not checked or {*statement.grades, *statement.wrong} <= set(KNOWN)
        assert not {*statement.grades} & {*statement.wrong}


PRACTICE = Practice(
    "petit-p1",
    "petit",
    "Le guichet",
    (Section("conseils", "Conseils", (Line(1, "Former"), Line(2, "Ouvrir tard"))),),
)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ({"petit-p1": ["conseils/3"]}, "does not have these lines, or they are repeated: cons"),
        ({"petit-p1": ["conseils/1", "conseils/1"]}, "repeated: conseils/1, conseils/1"),
        ({"petit-p2": ["conseils/1"]}, "petit-p2 is not in 'grades'"),
        ({"petit-p1": []}, "does not have these lines, or they are repeated: ; write"),
        ({"petit-p1": "conseils/1"}, "'lines.petit-p1' refused (expected {"),
        ({"petit-p1": ["conseils"]}, "'lines.petit-p1.0' refused (expected {"),
        (["conseils/1"], "'lines' refused (expected {"),
    ],
)
def test_lines_that_were_chosen_are_those_of_a_practice_that_helps(lines: Any, said: str) -> None:
    text = row(grades={"petit-p1": 2}, lines=lines)
    _, (problem,) = parse_statements(f"\n{text}", FILE, {"petit-p1": PRACTICE})
    assert problem.line == 2
    assert said in problem.what.en
    assert problem.what.fr != problem.what.en


def test_lines_are_read_in_their_order() -> None:
    text = row(grades={"petit-p1": 2}, lines={"petit-p1": ["conseils/2", "conseils/1"]})
    for known in ({"petit-p1": PRACTICE}, None):
        (statement,), problems = parse_statements(text, FILE, known)
        assert problems == []
        assert statement.lines == {"petit-p1": ("conseils/2", "conseils/1")}
