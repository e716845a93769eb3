from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recueil_qa.analysis.passages import plain
from recueil_qa.corpus.corpus import Corpus
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.corpus.statements import Statement
from recueil_qa.types import Question
from tests.support.collections import write_corpus
from training import examples as examples_module
from training.examples import Anchor, Batch, Document, Examples
from training.recipe import Recipe

PRACTICES = ("petit-p1", "petit-p2", "petit-p3")
RECIPE = Recipe(batch=4, slips=0)
EACH = RECIPE.questions + RECIPE.texts
seeds = st.integers(0, 2**32)


def statement(number: int, grades: dict[str, int], group: str = "") -> Statement:
    """Return a statement whose text tells its id and the practices that help."""
    return Statement.model_validate(
        {
            "id": f"s{number:03}",
            "lang": "fr",
            "text": f"statement s{number:03} of {' '.join(grades)}",
            "grades": grades,
            "group": group,
        }
    )


SEARCHED = [
    statement(1, {"petit-p1": 2, "petit-p2": 1}),
    statement(2, {"petit-p3": 2}),
    statement(3, {}),
]
LEARNT = [
    statement(11, {"petit-p1": 2}, "same"),
    statement(12, {"petit-p1": 1, "petit-p3": 2}, "same"),
    statement(13, {}, "same"),
]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """`petit` with statements, and a question that a line answers."""
    root = tmp_path_factory.mktemp("examples")
    write_corpus(root)
    found = read_corpus(root)
    (petit,) = found.collections
    asked = Question("petit-p1/questions/fr/conseils/1/1", "petit-p1", "fr", "Qui ?", "conseils/1")
    petit = replace(
        petit,
        questions=(*petit.questions, asked),
        statements=tuple(SEARCHED),
        learnt=tuple(LEARNT),
    )
    return replace(found, collections=(petit,))


@pytest.fixture(scope="module")
def examples(corpus: Corpus) -> Examples:
    return Examples.gather(corpus)


def epoch(examples: Examples, seed: int = 0, recipe: Recipe = RECIPE) -> list[Batch]:
    return list(examples.epoch(recipe, random.Random(seed)))  # noqa: S311


def texts(documents: Iterable[Document]) -> set[str]:
    return {document.text for document in documents}


def test_questions_and_all_judged_statements_are_anchors(
    corpus: Corpus, examples: Examples
) -> None:
    (petit,) = corpus.collections
    anchors = {anchor.text: anchor for anchor in examples.anchors}
    assert len(anchors) == len(examples.anchors) == len(petit.questions) + 6
    for question in petit.questions:
        anchor = anchors[plain(question.text)]
        assert (anchor.grades, anchor.group) == ({question.practice: 2}, "")
        assert anchor.line == (f"{question.practice}/{question.line}" if question.line else "")
    for row in petit.lessons:
        anchor = anchors[row.text]
        assert (anchor.grades, anchor.line) == (row.grades, "")
        assert anchor.group


def test_a_statement_speaks_for_every_practice_that_it_has_a_grade_for(examples: Examples) -> None:
    judged = {
        name: sorted(text.split()[1] for text in texts(found) if text.startswith("statement"))
        for name, found in examples.questions.items()
    }
    assert judged == {
        "petit-p1": ["s001", "s011", "s012"],
        "petit-p2": ["s001"],
        "petit-p3": ["s002", "s012"],
    }


def test_questions_speak_for_their_practice_and_passages_for_theirs(
    corpus: Corpus, examples: Examples
) -> None:
    (petit,) = corpus.collections
    for practice in petit.practices:
        own = {plain(row.text) for row in petit.questions if row.practice == practice.id}
        assert own <= texts(examples.questions[practice.id])
        told = examples.texts[practice.id]
        assert plain(practice.title) in texts(told)
        for section in practice.sections:
            for line in section.lines:
                name = f"{practice.id}/{section.name}/{line.number}"
                assert examples.lines[name] in told
                assert examples.lines[name].text.endswith(plain(line.text))
    lines = {row.line for found in examples.texts.values() for row in found}
    assert lines == {*examples.lines, ""}
    assert not [row for found in examples.questions.values() for row in found if row.line]


def test_statements_of_a_group_share_it_and_others_have_their_own(examples: Examples) -> None:
    groups = {anchor.text.split()[1]: anchor.group for anchor in examples.anchors if anchor.group}
    assert groups["s011"] == groups["s012"] == groups["s013"]
    assert len(set(groups.values())) == 4


def test_a_group_named_as_an_id_or_as_one_of_another_collection_is_another(corpus: Corpus) -> None:
    (petit,) = corpus.collections
    rows = (statement(1, {"petit-p1": 2}), statement(2, {"petit-p1": 2}, "s001"))
    petit = replace(petit, statements=rows, learnt=())
    other = replace(petit, config=petit.config.model_copy(update={"id": "autre"}), practices=())
    found = Examples.gather(replace(corpus, collections=(petit, other)))
    groups = [anchor.group for anchor in found.anchors if anchor.group]
    assert len(set(groups)) == len(groups) == 4


@given(seed=seeds)
def test_a_batch_has_as_many_documents_of_each_practice(examples: Examples, seed: int) -> None:
    for batch in epoch(examples, seed):
        assert batch.practices == PRACTICES
        assert len(batch.documents) == len(PRACTICES) * EACH
        for place, name in enumerate(PRACTICES):
            drawn = batch.documents[place * EACH : (place + 1) * EACH]
            assert set(drawn[: RECIPE.questions]) <= set(examples.questions[name])
            assert set(drawn[RECIPE.questions :]) <= set(examples.texts[name])


@given(seed=seeds)
def test_lines_asked_for_come_in_the_order_of_their_anchors(examples: Examples, seed: int) -> None:
    seen = 0
    for batch in epoch(examples, seed, replace(RECIPE, batch=99)):
        asked = [anchor.line for anchor in batch.anchors if anchor.line]
        assert [line.line for line in batch.lines] == asked
        seen += len(asked)
    assert seen == 1


@given(seed=seeds)
def test_neither_its_own_text_nor_its_group_speaks_for_an_anchor(
    examples: Examples, seed: int
) -> None:
    group_of = {anchor.text: anchor.group for anchor in examples.anchors}
    for batch in epoch(examples, seed):
        speaks = batch.speaks()
        assert len(speaks) == len(batch.anchors)
        for anchor, row in zip(batch.anchors, speaks, strict=True):
            for document, may in zip(batch.documents, row, strict=True):
                own = group_of.get(document.text, "")
                assert may == (document.text != anchor.text and (not own or own != anchor.group))


def test_questions_without_a_group_speak_for_each_other() -> None:
    batch = Batch(
        ("p",),
        [Anchor("a", {"p": 2}), Anchor("b", {"p": 2}, group="g")],
        ["a", "b"],
        [Document("a"), Document("c"), Document("d", group="g"), Document("e", group="h")],
        [],
    )
    assert batch.speaks() == [[False, True, True, True], [True, True, False, True]]


def test_gains_grow_faster_than_grades() -> None:
    anchors = [Anchor("a", {"q": 2, "p": 1}), Anchor("b", {}), Anchor("c", {"r": 2})]
    batch = Batch(("p", "q", "r"), anchors, ["a", "b", "c"], [], [])
    assert batch.gains() == [[1, 3, 0], [0, 0, 0], [0, 0, 3]]


@given(seed=seeds, held_out=st.sets(st.sampled_from(PRACTICES), min_size=1, max_size=2))
def test_held_out_practices_appear_nowhere(
    corpus: Corpus, examples: Examples, seed: int, held_out: set[str]
) -> None:
    (petit,) = corpus.collections
    hidden = {row.text for row in petit.lessons if held_out & set(row.grades)}
    hidden |= {plain(row.text) for row in petit.questions if row.practice in held_out}
    for name in held_out:
        hidden |= texts(examples.texts[name])
    found = Examples.gather(corpus, frozenset(held_out))
    left = tuple(name for name in PRACTICES if name not in held_out)
    assert found.practices == left
    assert set(found.questions) == set(found.texts) == set(left)
    seen: set[str] = set()
    for batch in epoch(found, seed, replace(RECIPE, batch=2)):
        assert batch.practices == left
        assert {len(row) for row in batch.gains()} == {len(left)}
        assert len(batch.documents) == len(left) * EACH
        for anchor in batch.anchors:
            assert not held_out & set(anchor.grades)
            assert anchor.line.partition("/")[0] not in held_out
        seen |= {*batch.asked, *texts(batch.documents), *texts(batch.lines)}
    assert not seen & hidden
    # That nothing answers stays known.
    assert {"s003", "s013"} <= {anchor.text.split()[1] for anchor in found.anchors}


def test_texts_speak_for_a_practice_that_nobody_asked_about(corpus: Corpus) -> None:
    (petit,) = corpus.collections
    asked = tuple(row for row in petit.questions if row.practice == "petit-p1")
    petit = replace(petit, questions=asked, statements=(), learnt=())
    found = Examples.gather(replace(corpus, collections=(petit,)))
    for batch in epoch(found):
        assert texts(batch.documents[EACH : 2 * EACH]) <= texts(found.texts["petit-p2"])


@given(seed=seeds, size=st.integers(1, 30))
def test_an_epoch_takes_each_anchor_once_at_most_in_whole_batches(
    examples: Examples, seed: int, size: int
) -> None:
    batches = epoch(examples, seed, replace(RECIPE, batch=size))
    count = len(examples.anchors)
    assert len(batches) == examples.batches(size) == max(count // size, 1)
    assert {len(batch.anchors) for batch in batches} == {min(size, count)}
    seen = [anchor.text for batch in batches for anchor in batch.anchors]
    assert len(set(seen)) == len(seen)


@given(seed=seeds)
def test_the_same_seed_gives_the_same_batches(examples: Examples, seed: int) -> None:
    assert epoch(examples, seed) == epoch(examples, seed)


def test_another_seed_and_another_epoch_are_other_batches(examples: Examples) -> None:
    assert epoch(examples, 1) != epoch(examples, 2)
    rng = random.Random(3)  # noqa: S311
    assert list(examples.epoch(RECIPE, rng)) != list(examples.epoch(RECIPE, rng))


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_slips_are_for_what_is_asked_only(
    examples: Examples, share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examples_module, "noisy", lambda text, _: f"~{text}")
    mark = "~" if share else ""
    for batch in epoch(examples, recipe=replace(RECIPE, slips=share)):
        assert batch.asked == [mark + anchor.text for anchor in batch.anchors]
        assert not [document for document in batch.documents if "~" in document.text]


def test_a_tenth_of_anchors_is_typed_with_slips(
    examples: Examples, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examples_module, "noisy", lambda text, _: f"~{text}")
    recipe = Recipe(batch=1)
    asked = [batch.asked[0] for seed in range(200) for batch in epoch(examples, seed, recipe)]
    share = sum(text.startswith("~") for text in asked) / len(asked)
    assert share == pytest.approx(0.1, abs=0.02)


def test_a_collection_without_statements_has_its_questions(tmp_path: Path) -> None:
    write_corpus(tmp_path)
    found = Examples.gather(read_corpus(tmp_path))
    assert found.anchors
    assert not [anchor for anchor in found.anchors if anchor.group]
