from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recueil_qa.statements import Statement
from recueil_qa.types import Passage, PassageKind
from training import examples as examples_module
from training.examples import Anchor, Batch, Column, Examples, line_of

PRACTICES = [f"c-p{number:02}" for number in range(12)]
seeds = st.integers(0, 2**32)
LINE, SECTION, TITLE, QUESTION = (
    PassageKind.LINE,
    PassageKind.SECTION,
    PassageKind.TITLE,
    PassageKind.QUESTION,
)


def passage(
    name: str, end: str, kind: PassageKind = QUESTION, answer: str = "", grade: int = 2
) -> Passage:
    """Return a passage whose text tells its id, and whose embedded text tells more."""
    text = f"{name} {end}"
    embedded = text if kind is QUESTION else f"in context: {text}"
    place = f"{name}/{answer}" if answer else ""
    return Passage(f"{name}/{end}", name, kind, "fr", text, embedded, "conseils", place, grade)


def practice(name: str) -> list[Passage]:
    """Return a title, a section of three lines, and questions: two general, three of lines."""
    return [
        passage(name, "title", TITLE),
        passage(name, "conseils", SECTION),
        *[passage(name, f"conseils/{number}", LINE) for number in (1, 2, 3)],
        passage(name, "questions/fr/1"),
        passage(name, "questions/fr/2"),
        passage(name, "questions/fr/conseils/1/1", answer="conseils/1"),
        passage(name, "questions/fr/conseils/1/2", answer="conseils/1"),
        passage(name, "questions/fr/conseils/2/1", answer="conseils/2"),
    ]


def statement(number: int, grades: dict[str, int], wrong: Iterable[str] = ()) -> Statement:
    return Statement.model_validate(
        {
            "id": f"s{number:03}",
            "lang": "fr",
            "text": f"statement s{number:03} of {' '.join([*grades, *wrong])}",
            "grades": grades,
            "not": list(wrong),
        }
    )


STATEMENTS = [
    statement(1, {PRACTICES[0]: 2, PRACTICES[1]: 2, PRACTICES[2]: 1}),
    statement(2, {PRACTICES[1]: 1, PRACTICES[3]: 2}),
    statement(3, {PRACTICES[4]: 2}),
    statement(4, {PRACTICES[5]: 1}),
    statement(5, {}),
]


def gather(
    statements: list[Statement] | None = None,
    held_out: Iterable[str] = (),
    names: list[str] | None = None,
) -> Examples:
    rows = STATEMENTS if statements is None else statements
    passages = [
        *[found for name in names or PRACTICES for found in practice(name)],
        *[
            Passage(
                f"{name}/statements/{row.id}",
                name,
                QUESTION,
                "fr",
                row.text,
                row.text,
                grade=grade,
            )
            for row in rows
            for name, grade in row.grades.items()
        ],
    ]
    return Examples.gather(passages, rows, frozenset(held_out))


def epoch(examples: Examples, size: int, seed: int = 0) -> list[Batch]:
    return list(examples.epoch(size, random.Random(seed)))  # noqa: S311


def told_line(text: str) -> str:
    """Return the line that the text of a column tells that it is, or asks for; "" if neither."""
    found = re.search(r"(c-p\d\d) (?:questions/fr/)?(conseils/\d)", text)
    return "/".join(found.groups()) if found else ""


def helps(anchor: Anchor, column: Column) -> bool:
    """Tell whether a column may help: of a useful practice, and not about another of its lines."""
    line = told_line(column.text)
    return column.practice in anchor.grades and not (anchor.line and line not in ("", anchor.line))


@given(seeds, st.integers(1, 14))
def test_no_two_anchors_of_a_batch_have_answers_from_one_practice(seed: int, size: int) -> None:
    for batch in epoch(gather(), size, seed):
        answers = batch.columns[: len(batch.anchors)]
        assert max(Counter(column.practice for column in answers).values()) == 1
        assert len(batch.anchors) == len(batch.asked) <= size


@given(seeds, st.integers(1, 14))
def test_an_answer_is_of_a_practice_that_helps_and_never_the_question_itself(
    seed: int, size: int
) -> None:
    for batch in epoch(gather(), size, seed):
        for anchor, column in zip(batch.anchors, batch.columns, strict=False):
            assert column.practice in anchor.grades
            assert column.text != anchor.text


@given(seeds)
def test_a_question_that_a_line_answers_goes_with_the_line_or_its_twin(seed: int) -> None:
    name = PRACTICES[0]
    line, twins = f"{name}/conseils/1", {f"{name} questions/fr/conseils/1/{i}" for i in (1, 2)}
    examples = gather([], names=[name])
    for batch in epoch(examples, 1, seed):
        if batch.anchors[0].line == line:
            column = batch.columns[0]
            assert column.line == line
            assert column.text in (twins - {batch.anchors[0].text}) | {
                f"in context: {name} conseils/1"
            }


def test_passages_and_questions_come_about_as_often() -> None:
    examples = gather([])
    columns = [
        batch.columns[place]
        for seed in range(20)
        for batch in epoch(examples, 8, seed)
        for place in range(len(batch.anchors))
    ]
    share = sum(column.text.startswith("in context") for column in columns) / len(columns)
    assert share == pytest.approx(0.5, abs=0.05)
    kinds = {column.text.partition("/")[0].split()[-1] for column in columns}
    assert kinds == {"title", "conseils", "questions"}


@given(seeds, st.integers(1, 14))
def test_the_mask_counts_as_wrong_only_what_does_not_help(seed: int, size: int) -> None:
    for batch in epoch(gather(), size, seed):
        mask = batch.mask()
        assert len(mask) == len(batch.anchors)
        for row, (anchor, counted) in enumerate(zip(batch.anchors, mask, strict=True)):
            expected = [
                place == row or not helps(anchor, column)
                for place, column in enumerate(batch.columns)
            ]
            assert counted == expected


@pytest.mark.parametrize(
    ("line", "counted"),
    [
        ("p/conseils/1", False),  # the line that answers, or a question about it
        ("p/conseils/2", True),
        ("p/resultats/1", True),
        ("", False),  # a title, a section, a question of the practice as a whole
    ],
)
def test_within_a_useful_practice_only_another_line_is_wrong(line: str, counted: bool) -> None:
    by_line, by_practice = Anchor("a", {"p": 2}, "p/conseils/1"), Anchor("b", {"p": 1, "q": 2})
    other = Anchor("c", {"r": 2})
    columns = [
        Column("1", "p", "p/conseils/1"),
        Column("2", "q"),
        Column("3", "r"),
        Column("4", "p", line),
    ]
    batch = Batch([by_line, by_practice, other], ["a", "b", "c"], columns)
    assert batch.mask() == [
        [True, True, True, counted],
        [False, True, True, False],
        [True, True, True, True],
    ]


@given(seeds)
def test_a_column_has_the_line_that_its_text_is_or_asks_for(seed: int) -> None:
    rows = [statement(n, {PRACTICES[n]: 2}, [PRACTICES[0]]) for n in range(1, 12)]
    for batch in epoch(gather(rows), 12, seed):
        for column in batch.columns:
            assert column.line == told_line(column.text)


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (passage("p", "title", TITLE), ""),
        (passage("p", "conseils", SECTION), ""),
        (passage("p", "conseils/2", LINE), "p/conseils/2"),
        (passage("p", "questions/fr/1"), ""),
        (passage("p", "questions/fr/conseils/2/1", answer="conseils/2"), "p/conseils/2"),
        (passage("p", "statements/s001"), ""),
    ],
)
def test_a_passage_is_of_a_line_or_of_its_whole_practice(found: Passage, line: str) -> None:
    assert line_of(found) == line


def test_a_hard_negative_of_one_anchor_does_not_count_for_another_that_it_may_help() -> None:
    rows = [statement(n, {PRACTICES[n]: 2}, [PRACTICES[0]]) for n in range(1, 12)]
    examples = gather(rows)
    for seed in range(10):
        for batch in epoch(examples, 12, seed):
            for row, counted in enumerate(batch.mask()):
                for place, column in enumerate(batch.columns):
                    if place != row and counted[place]:
                        assert not helps(batch.anchors[row], column)


@given(seeds)
def test_hard_negatives_are_sibling_lines_and_practices_that_look_right(seed: int) -> None:
    wrong = {row: PRACTICES[row + 5] for row in range(1, 5)}
    rows = [statement(n, {PRACTICES[n]: 2}, [name]) for n, name in wrong.items()]
    pairs = {PRACTICES[n]: name for n, name in wrong.items()}
    seen = 0
    for batch in epoch(gather(rows), 12, seed):
        expected = []
        for anchor in batch.anchors:
            (name,) = anchor.grades
            if anchor.wrong:
                expected.append(pairs[name])
        hard = batch.columns[len(batch.anchors) :]
        siblings = [c for c in hard if c.practice not in expected]
        lines = {anchor.line for anchor in batch.anchors if anchor.line}
        assert all(column.line for column in siblings)
        assert not {column.line for column in siblings} & lines
        assert {c.practice for c in siblings} <= {line.partition("/")[0] for line in lines}
        found = Counter(column.practice for column in hard)
        assert all(found[name] >= 1 for name in expected)
        seen += len(expected)
    assert seen == len(rows)


def test_a_sibling_line_comes_with_every_answer_of_the_line_that_is_asked_for() -> None:
    for batch in epoch(gather([], names=PRACTICES[:1]), 1):
        (anchor,) = batch.anchors
        hard = batch.columns[1:]
        if anchor.line and batch.columns[0].line == anchor.line:
            assert len(hard) == 1
            name = PRACTICES[0]
            siblings = {f"{name}/conseils/{n}" for n in (1, 2, 3)} - {anchor.line}
            assert hard[0].line in siblings
            assert hard[0].text == f"in context: {hard[0].line.replace('/', ' ', 1)}"
            assert batch.mask() == [[True, True]]
        else:
            assert hard == []


@given(seeds, st.sets(st.sampled_from(PRACTICES), min_size=1, max_size=8))
def test_held_out_practices_appear_nowhere(seed: int, held_out: set[str]) -> None:
    rows = [
        *STATEMENTS,
        statement(6, {PRACTICES[6]: 2}, [PRACTICES[7], PRACTICES[8]]),
        statement(7, {PRACTICES[9]: 2}, [PRACTICES[10]]),
    ]
    mixed = {row.id for row in rows if held_out & set(row.grades)}
    rows = [  # the texts of statements name what they look like too: only grades must hide them
        row.model_copy(update={"text": f"{row.id} {' '.join(row.grades)}"}) for row in rows
    ]
    examples = gather(rows, held_out)
    assert not held_out & set(examples.texts)
    assert not held_out & set(examples.questions)
    texts = [anchor.text for anchor in examples.anchors]
    for batch in epoch(examples, 4, seed):
        for anchor in batch.anchors:
            assert not held_out & {*anchor.grades, *anchor.wrong}
            assert anchor.line.partition("/")[0] not in held_out
        assert not held_out & {column.practice for column in batch.columns}
        texts += [column.text for column in batch.columns]
    assert not [text for text in texts if any(name in text for name in held_out)]
    assert not [text for text in texts if text.split()[0] in mixed]


def test_a_statement_without_a_practice_that_helps_teaches_nothing() -> None:
    assert not [a for a in gather().anchors if "s005" in a.text]


def test_a_statement_is_an_anchor_of_all_its_practices_and_an_answer_where_it_fits_well() -> None:
    examples = gather()
    anchors = {anchor.text: anchor for anchor in examples.anchors}
    first = anchors[STATEMENTS[0].text]
    assert first.grades == {PRACTICES[0]: 2, PRACTICES[1]: 2, PRACTICES[2]: 1}
    assert (first.line, first.wrong) == ("", ())
    judged = {
        name: [question.text.split()[1] for question in found if question.is_statement]
        for name, found in examples.questions.items()
    }
    expected = {PRACTICES[0]: ["s001"], PRACTICES[1]: ["s001"], PRACTICES[3]: ["s002"]}
    expected[PRACTICES[4]] = ["s003"]
    assert {name: found for name, found in judged.items() if found} == expected


def test_statements_of_one_id_in_two_collections_are_not_taken_for_each_other() -> None:
    shown, hidden = PRACTICES[:2]
    rows = [
        statement(1, {shown: 2}),
        statement(1, {hidden: 2, PRACTICES[2]: 2}),
    ]
    examples = gather(rows, [hidden])
    judged = [found for questions in examples.questions.values() for found in questions]
    assert [found.text for found in judged if found.is_statement] == [rows[0].text]
    assert rows[1].text not in {anchor.text for anchor in examples.anchors}


@given(seeds)
def test_an_only_question_goes_with_a_passage(seed: int) -> None:
    name = PRACTICES[0]
    only = [found for found in practice(name) if found.kind is not QUESTION]
    examples = Examples.gather([*only, passage(name, "questions/fr/1")], [])
    (batch,) = epoch(examples, 8, seed)
    assert batch.anchors == [Anchor(f"{name} questions/fr/1", {name: 2})]
    assert batch.columns[0].text.startswith("in context: ")


def test_a_practice_that_helps_twice_as_much_is_drawn_twice_as_often() -> None:
    examples = gather([statement(1, {PRACTICES[0]: 2, PRACTICES[1]: 1})], names=PRACTICES[:2])
    examples.anchors = [anchor for anchor in examples.anchors if len(anchor.grades) == 2]
    drawn = Counter(epoch(examples, 1, seed)[0].columns[0].practice for seed in range(3000))
    assert drawn[PRACTICES[0]] / 3000 == pytest.approx(2 / 3, abs=0.03)


@given(seeds, st.integers(1, 14))
def test_the_same_seed_gives_the_same_batches(seed: int, size: int) -> None:
    assert epoch(gather(), size, seed) == epoch(gather(), size, seed)


def test_another_seed_gives_other_batches() -> None:
    examples = gather()
    assert epoch(examples, 8, 1) != epoch(examples, 8, 2)


def test_two_epochs_of_one_draw_differ() -> None:
    examples, rng = gather(), random.Random(3)  # noqa: S311
    assert list(examples.epoch(8, rng)) != list(examples.epoch(8, rng))


@given(seeds, st.integers(1, 3))
def test_small_batches_take_every_anchor_once(seed: int, size: int) -> None:
    """Below four a batch of one is allowed, so that nothing is left over."""
    examples = gather()
    seen = Counter(anchor.text for batch in epoch(examples, size, seed) for anchor in batch.anchors)
    assert seen == Counter(anchor.text for anchor in examples.anchors)


@given(seeds, st.integers(1, 3), st.integers(1, 64))
def test_of_few_practices_every_anchor_is_taken_once(seed: int, count: int, size: int) -> None:
    examples = gather([], names=PRACTICES[:count])
    batches = epoch(examples, size, seed)
    assert batches
    seen = Counter(anchor.text for batch in batches for anchor in batch.anchors)
    assert seen == Counter(anchor.text for anchor in examples.anchors)


@given(seeds, st.integers(1, 12), st.integers(1, 64))
def test_a_batch_is_of_over_a_quarter_of_what_it_could_be(seed: int, count: int, size: int) -> None:
    batches = epoch(gather([], names=PRACTICES[:count]), size, seed)
    assert batches
    assert min(len(batch.anchors) for batch in batches) > min(size, count) // 4


def test_an_epoch_ends_before_its_batches_are_of_few_practices() -> None:
    many = [statement(n, {PRACTICES[0]: 2}) for n in range(100)]
    batches = epoch(gather(many), 12)
    assert min(len(batch.anchors) for batch in batches) > 12 // 4
    seen = Counter(anchor.text for batch in batches for anchor in batch.anchors)
    assert max(seen.values()) == 1
    others = {a.text for a in gather(many).anchors if PRACTICES[0] not in a.grades}
    # One practice is asked about far more than the others, whose anchors are all taken.
    assert others <= set(seen)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_slips_are_for_what_is_asked_only(share: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examples_module, "NOISY", share)
    monkeypatch.setattr(examples_module, "noisy", lambda text, _: f"~{text}")
    mark = "~" if share else ""
    for batch in epoch(gather(), 8):
        assert batch.asked == [mark + anchor.text for anchor in batch.anchors]
        assert not [column for column in batch.columns if "~" in column.text]
