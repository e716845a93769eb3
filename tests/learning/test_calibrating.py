"""Chances of heads, calibrated on statements that they were not fitted on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import fmean, pstdev
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recueil_qa.analysis.passages import corpus_passages
from recueil_qa.builds.build import build_index
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.encoding.encoder import Vectors
from recueil_qa.evaluation.measures import auroc
from recueil_qa.index.heads import FEATURES, Heads, forward
from recueil_qa.index.opening import open_index
from recueil_qa.learning import calibrating, fitting
from recueil_qa.learning.calibrating import KEPT, SURE, Near, fit_heads, left_out_features
from recueil_qa.learning.fitting import Lessons, fit_layers, folds
from recueil_qa.learning.schooling import near_of
from recueil_qa.regression import fit_regression
from recueil_qa.search.confidence import features_of
from recueil_qa.search.retrieval import score_query
from recueil_qa.search.scope import Scope
from tests.support.collections import write_corpus, write_guide
from tests.support.encoders import HashEncoder
from tests.support.heads import quick_fitting
from tests.support.statements import lessons, write_lessons

OF = ("hash@test", "a key")
PRACTICES = ("p1", "p2", "p3")
ENCODER = HashEncoder(dimension=16)
repeatable = settings(max_examples=60, deadline=None, derandomize=True)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    quick_fitting(monkeypatch)


def encoded(*texts: str) -> Vectors:
    return ENCODER.encode_query(texts)


def numbers(*values: int) -> npt.NDArray[np.int64]:
    return np.array(values, np.int64)


def told(*rows: tuple[str, int, tuple[int, ...]]) -> Lessons:
    """Return statements: their words, their group, their grades."""
    return Lessons(
        encoded(*(text for text, _, _ in rows)),
        np.array([grades for _, _, grades in rows], np.int8),
        np.ones(len(rows), np.float32),
        numbers(*(group for _, group, _ in rows)),
    )


def many(each: int = 10) -> Lessons:
    """Return statements of three practices, some helped by a second one, and of nothing."""
    kinds = {
        "guichets bureaux": (2, 0, 0),
        "standard appels": (0, 2, 1),
        "lettres jargon": (0, 0, 2),
        "délais attente": (1, 0, 0),
        "parking toiture": (0, 0, 0),
    }
    rows = [
        (f"{words} cas{i} cas{i % 3}", 100 * place + i // 2, grades)
        for i in range(each)
        for place, (words, grades) in enumerate(kinds.items())
    ]
    return told(*rows)


def near(lessons: Lessons) -> Near:
    """Return the questions and examples of an index whose statements all are searched."""
    best = lessons.grades.max(axis=1)
    asked = encoded("guichets", "appels répétés", "lettres")
    return Near(
        asked=np.concatenate([asked, lessons.vectors[best > 0]]),
        asked_groups=np.concatenate([numbers(-1, -1, -1), lessons.groups[best > 0]]),
        first=np.ones(3 + int((best > 0).sum()), bool),
        refused=lessons.vectors[best == 0],
        refused_groups=lessons.groups[best == 0],
    )


def plain_features(lessons: Lessons, near: Near, answered: Any) -> list[list[float]]:
    """Return the features of each row, in plain Python."""
    found = []
    for row, vector in enumerate(lessons.vectors):
        group = lessons.groups[row]
        cosines = [float(vector @ asked) for asked in near.asked]
        others = [
            -1.0 if group == own else cosine
            for cosine, own, first in zip(cosines, near.asked_groups, near.first, strict=True)
            if first
        ]
        best = sorted(others, reverse=True)[:5]
        examples = [
            -1.0 if group == own else float(vector @ refused)
            for refused, own in zip(near.refused, near.refused_groups, strict=True)
        ]
        nearest = sorted(examples, reverse=True)[:3]
        typical = fmean(cosines)
        stands_out = (best[0] - typical) / max(pstdev(cosines), 1e-6)
        unanswered = fmean(nearest) if nearest else 0.0
        found.append([*answered[row], best[0], fmean(best), typical, stands_out, unanswered])
    return found


@pytest.mark.parametrize("rows", [1, 7, 512])
def test_features_are_those_of_plain_python(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibrating, "ROWS", rows)
    lessons = many()
    compared = near(lessons)
    compared.first[4::3] = False
    answered = np.arange(2 * len(lessons.vectors), dtype=np.float32).reshape(-1, 2)
    found = left_out_features(lessons, compared, answered)
    assert found.shape == (len(lessons.vectors), len(FEATURES))
    np.testing.assert_allclose(found, plain_features(lessons, compared, answered), atol=1e-4)


def feature(found: npt.NDArray[np.float64], name: str) -> list[float]:
    return [*found[:, FEATURES.index(name)].tolist()]


def test_a_row_is_not_compared_with_its_own_group() -> None:
    rows = told(
        ("guichets bureaux", 0, (2, 0, 0)),
        ("guichets bureaux loin", 0, (2, 0, 0)),
        ("standard appels", 1, (0, 2, 0)),
        ("parking toiture", 2, (0, 0, 0)),
        ("parking toiture fuite", 2, (0, 0, 0)),
        ("parking gratuit", 3, (0, 0, 0)),
    )
    compared = near(rows)
    nothing = np.zeros((6, 2), np.float32)
    found = left_out_features(rows, compared, nothing)
    alone = left_out_features(
        replace(rows, groups=numbers(90, 91, 92, 93, 94, 95)), compared, nothing
    )
    # By itself a row is its own nearest question, or example.
    assert feature(alone, "best_question")[:3] == pytest.approx([1, 1, 1], abs=1e-5)
    cosines = rows.vectors @ encoded("guichets", "appels répétés", "lettres", "standard appels").T
    assert feature(found, "best_question")[:2] == pytest.approx(cosines[:2].max(axis=1).tolist())
    others = rows.vectors[3:] @ rows.vectors[3:].T
    # Of two examples that are its own, both are left out, as what is furthest.
    assert feature(found, "unanswered")[3:] == pytest.approx(
        [(others[0, 2] - 2) / 3, (others[1, 2] - 2) / 3, (others[2, 0] + others[2, 1] - 1) / 3],
        abs=1e-5,
    )
    # What is typical is so of all questions.
    assert feature(found, "typical") == feature(alone, "typical")


def test_a_group_on_both_sides_is_left_out_on_both() -> None:
    rows = told(("parking guichets", 0, (2, 0, 0)), ("parking lettres", 0, (0, 0, 0)))
    compared = Near(rows.vectors[:1], numbers(0), np.ones(1, bool), rows.vectors[1:], numbers(0))
    found = left_out_features(rows, compared, np.zeros((2, 2), np.float32))
    for name in ("best_question", "best_five", "unanswered"):
        assert feature(found, name) == [-1, -1]


def test_without_examples_of_what_nothing_answers_the_feature_is_nought() -> None:
    rows = many(2)
    compared = replace(near(rows), refused=rows.vectors[:0], refused_groups=numbers())
    found = left_out_features(rows, compared, np.zeros((len(rows.vectors), 2), np.float32))
    assert feature(found, "unanswered") == [0] * len(rows.vectors)
    assert np.isfinite(found).all()


def write_petit(root: Path) -> Path:
    folder = write_corpus(root, lessons(3))
    more = [
        row | {"id": f"n{i}", "text": f"{row['text']} n{i}"} for i, row in enumerate(lessons(2))
    ]
    write_lessons(folder, more)
    return folder


def without_questions(root: Path) -> None:
    """Leave one practice without a question or a statement of its own."""
    folder = write_corpus(root, [row for row in lessons(3) if "petit-p3" not in str(row)])
    (folder / "questions" / "p3.yaml").unlink()


def with_another_collection(root: Path) -> None:
    write_petit(root)
    write_guide(root)


@pytest.mark.parametrize("write", [write_petit, without_questions, with_another_collection])
def test_features_are_those_that_answering_takes(
    write: Callable[[Path], object], tmp_path: Path
) -> None:
    write(tmp_path / "corpus")
    corpus = read_corpus(tmp_path / "corpus")
    build_index(tmp_path / "index", corpus, HashEncoder())
    opened = open_index(tmp_path / "index")
    petit = corpus.collections[-1]
    assert petit.config.id == "petit"
    compared = near_of(petit, corpus_passages(corpus), HashEncoder().encode_document)
    own = np.array([practice.collection == "petit" for practice in opened.practices])
    # Queries that aren't statements: no group is theirs.
    asked = ["les appels répétés au standard", "parking et pelouse", "habitants ballottés", "zyxw"]
    rows = Lessons(
        HashEncoder().encode_query(asked),
        np.zeros((4, 3), np.int8),
        np.ones(4, np.float32),
        numbers(900, 901, 902, 903),
    )
    found = left_out_features(rows, compared, np.zeros((4, 2), np.float32))
    for text, row in zip(asked, found, strict=True):
        scored = score_query(Scope(opened), HashEncoder(), text)
        assert scored.understood == text
        served = features_of(scored, own, "petit")
        fitted = dict(zip(FEATURES, row.tolist(), strict=True))
        for name in FEATURES[2:]:
            assert fitted[name] == pytest.approx(served[name], abs=1e-4), (text, name)


def test_heads_are_fitted_on_all_rows_and_say_what_on() -> None:
    lessons = many()
    steps: list[tuple[int, int]] = []
    heads, chances, logits = fit_heads(
        *OF, PRACTICES, lessons, near(lessons), outside=7, step=lambda *at: steps.append(at)
    )
    assert (heads.fit.encoder, heads.fit.key, heads.fit.practices) == (*OF, PRACTICES)
    assert (heads.fit.statements, heads.fit.outside) == (len(lessons.vectors), 7)
    assert steps == [(i, 6) for i in range(1, 7)]
    layers = fit_layers(lessons)
    for name, values in heads.layers.items():
        np.testing.assert_array_equal(values, layers[name])
    assert chances.shape == (len(lessons.vectors), 2)
    assert logits.shape == (len(lessons.vectors), 3)
    assert ((chances > 0) & (chances < 1)).all()
    for read in (heads.fit.addresses, heads.fit.helps):
        assert [*read.weights] == [*FEATURES]
        assert 0 < read.threshold < 1


def test_the_same_rows_give_the_same_file() -> None:
    lessons = many()
    first, second = (fit_heads(*OF, PRACTICES, lessons, near(lessons)) for _ in range(2))
    assert first[0].dump() == second[0].dump()
    for one, other in zip(first[1:], second[1:], strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_is_said_of_a_row_was_not_fitted_on_its_group(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lessons = many()
    fitted: list[Lessons] = []

    def noted(rows: Lessons, *seeds: int) -> Any:
        fitted.append(rows)
        return fit_layers(rows, *seeds)

    monkeypatch.setattr(calibrating, "fit_layers", noted)
    _, _, logits = fit_heads(*OF, PRACTICES, lessons, near(lessons))
    assert len(fitted) == 6
    assert len(fitted[-1].vectors) == len(lessons.vectors)
    for out, rows in zip(folds(lessons.groups), fitted[:-1], strict=True):
        assert not {*rows.groups.tolist()} & {*lessons.groups[out].tolist()}
        said, _ = forward(fit_layers(rows, 1), lessons.vectors[out])
        np.testing.assert_array_equal(logits[out], said)


def test_a_separable_problem_is_told_apart_by_rows_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in (("WIDTH", 48), ("EPOCHS", 30)):
        monkeypatch.setattr(fitting, name, value)
    lessons = many(12)
    heads, chances, _ = fit_heads(*OF, PRACTICES, lessons, near(lessons))
    figures = heads.fit.addresses.cross_validated
    assert {*figures} == {
        "AUROC",
        "addressed, answered",
        "addressed, refused",
        "nothing, answered",
        "nothing, refused",
        "nDCG@10",
        "P@1",
    }
    assert figures["AUROC"] > 0.95
    assert figures["P@1"] > 0.9
    assert figures["nDCG@10"] > 0.9
    best = lessons.grades.max(axis=1)
    assert fmean(chances[best == 2, 0]) > fmean(chances[best == 1, 0])
    assert fmean(chances[best > 0, 1]) > 0.8
    assert fmean(chances[best == 0, 1]) < 0.2


@pytest.mark.parametrize("some", [False, True])
def test_bounds_are_read_off_the_rows_that_judge(some: bool) -> None:
    lessons = many(40)
    judging = np.arange(200) >= (100 if some else 0)
    heads, chances, _ = fit_heads(
        *OF, PRACTICES, lessons, near(lessons), judges=judging if some else None
    )
    best = lessons.grades.max(axis=1)
    two, none = chances[judging & (best == 2)], chances[judging & (best == 0)]
    sure, least = heads.fit.addresses.threshold, heads.fit.helps.threshold
    # Half-way between the last that may be said to be answered and the next; so for the others.
    allowed = int(SURE * len(none))
    answered = np.sort(none[:, 0])[::-1]
    assert sure == pytest.approx(answered[allowed - 1 : allowed + 1].mean(), abs=1e-4)
    allowed = int((1 - KEPT) * len(two))
    refused = np.sort(two[:, 1])
    assert least == pytest.approx(refused[allowed - 1 : allowed + 1].mean(), abs=1e-4)
    figures = heads.fit.addresses.cross_validated
    assert figures["nothing, answered"] == pytest.approx((none[:, 0] >= sure).mean(), abs=1e-4)
    assert figures["addressed, refused"] == pytest.approx((two[:, 1] < least).mean(), abs=1e-4)
    assert figures["nothing, answered"] <= SURE
    assert figures["addressed, refused"] <= 1 - KEPT
    assert figures["AUROC"] == pytest.approx(auroc(two[:, 0], none[:, 0]), abs=1e-4)


def unseen(lessons: Lessons, seed: int) -> Lessons:
    """Return other rows like these, a good deal less clear."""
    noise = np.random.default_rng(seed).standard_normal(lessons.vectors.shape) * 0.3
    vectors = lessons.vectors + noise
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    groups = lessons.groups + 100_000 * (seed + 1)
    return replace(lessons, vectors=vectors.astype(np.float32), groups=groups)


def read_off(heads: Heads, rows: Lessons, near: Near) -> tuple[list[float], list[float]]:
    """Return the chances that heads give: of a 2 where nothing helps, of help where one is."""
    features = left_out_features(rows, near, forward(heads.layers, rows.vectors)[1])
    told = [dict(zip(FEATURES, row, strict=True)) for row in features.tolist()]
    best = rows.grades.max(axis=1).tolist()
    addresses, helps = heads.fit.addresses, heads.fit.helps
    return (
        [addresses.probability(row) for row, of in zip(told, best, strict=True) if of == 0],
        [helps.probability(row) for row, of in zip(told, best, strict=True) if of == 2],
    )


def test_bounds_hold_on_each_set_of_rows_that_were_not_learnt_from() -> None:
    lessons = many(40)
    compared = near(lessons)
    more, other = unseen(lessons, 1), unseen(lessons, 2)
    alone, chances, logits = fit_heads(*OF, PRACTICES, lessons, compared)
    heads, again, same = fit_heads(*OF, PRACTICES, lessons, compared, bounding=[more, other])
    # What only bounds is neither learnt from nor calibrated on.
    np.testing.assert_array_equal(same, logits)
    np.testing.assert_array_equal(again, chances)
    for name in alone.layers:
        np.testing.assert_array_equal(heads.layers[name], alone.layers[name])
    assert heads.fit.addresses.weights == alone.fit.addresses.weights
    assert heads.fit.statements == alone.fit.statements
    sure, least = heads.fit.addresses.threshold, heads.fit.helps.threshold
    assert sure >= alone.fit.addresses.threshold
    assert least <= alone.fit.helps.threshold
    assert (sure, least) != (alone.fit.addresses.threshold, alone.fit.helps.threshold)
    for rows in (more, other):
        none, two = read_off(heads, rows, compared)
        assert fmean(chance >= sure for chance in none) <= SURE
        assert fmean(chance < least for chance in two) <= 1 - KEPT


def test_chances_are_calibrated_on_rows_that_the_networks_have_not_seen() -> None:
    lessons = many(20)
    compared = near(lessons)
    more = replace(unseen(lessons, 1), weights=np.full(100, 2, np.float32))
    heads, _, logits = fit_heads(*OF, PRACTICES, lessons, compared, calibrating=[more])
    alone, _, same = fit_heads(*OF, PRACTICES, lessons, compared)
    np.testing.assert_array_equal(logits, same)
    for name in alone.layers:
        np.testing.assert_array_equal(heads.layers[name], alone.layers[name])
    answered = np.zeros((100, 2), np.float32)
    for out in folds(lessons.groups):
        answered[out] = forward(fit_layers(lessons.of(~out), 1), lessons.vectors[out])[1]
    features = np.concatenate(
        [
            left_out_features(lessons, compared, answered),
            left_out_features(more, compared, forward(heads.layers, more.vectors)[1]),
        ]
    )
    best = np.concatenate([lessons.grades.max(axis=1)] * 2)
    weights = np.concatenate([lessons.weights, more.weights])
    for read, grade in ((heads.fit.addresses, 2), (heads.fit.helps, 1)):
        expected, _ = fit_regression(features, best >= grade, weights)
        assert read.weights == pytest.approx(dict(zip(FEATURES, expected, strict=True)), abs=1e-5)
    none, two = read_off(heads, more, compared)
    assert fmean(chance >= heads.fit.addresses.threshold for chance in none) <= SURE
    assert fmean(chance < heads.fit.helps.threshold for chance in two) <= 1 - KEPT


@pytest.mark.parametrize("grade", [0, 1, 2])
def test_rows_of_one_kind_alone_may_bound(grade: int) -> None:
    lessons = many(20)
    more = unseen(lessons, 1)
    rows = more.of(more.grades.max(axis=1) == grade)
    heads, _, _ = fit_heads(*OF, PRACTICES, lessons, near(lessons), bounding=[rows])
    assert 0 < heads.fit.helps.threshold < 1
    assert 0 < heads.fit.addresses.threshold < 1


def test_rows_that_were_not_learnt_from_share_no_group_with_those_that_were() -> None:
    """`groups_of` numbers the groups of any rows from nought on."""
    lessons = many(20)
    more = unseen(lessons, 1)
    counted = replace(more, groups=np.unique(more.groups, return_inverse=True)[1])
    first, second = (
        fit_heads(*OF, PRACTICES, lessons, near(lessons), calibrating=[rows], bounding=[rows])[0]
        for rows in (more, counted)
    )
    assert first.fit == second.fit


@pytest.mark.parametrize("some", [False, True])
def test_chances_are_calibrated_on_the_rows_that_judge(some: bool) -> None:
    drawn = np.random.default_rng(0).choice([1, 3], 100).astype(np.float32)
    lessons = replace(many(20), weights=drawn)
    judging = np.arange(100) >= (50 if some else 0)
    answered = np.zeros((100, 2), np.float32)
    for out in folds(lessons.groups):
        answered[out] = forward(fit_layers(lessons.of(~out), 1), lessons.vectors[out])[1]
    rows = left_out_features(lessons, near(lessons), answered)
    best = lessons.grades.max(axis=1)
    heads, chances, _ = fit_heads(
        *OF, PRACTICES, lessons, near(lessons), judges=judging if some else None
    )
    for column, (read, grade) in enumerate(((heads.fit.addresses, 2), (heads.fit.helps, 1))):
        weights, intercept = fit_regression(rows[judging], best[judging] >= grade, drawn[judging])
        assert read.weights == pytest.approx(dict(zip(FEATURES, weights, strict=True)), abs=1e-5)
        assert read.intercept == pytest.approx(intercept, abs=1e-5)
        # They are read of all rows, whether or not they judge.
        found = [read.probability(dict(zip(FEATURES, row, strict=True))) for row in rows.tolist()]
        np.testing.assert_allclose(chances[:, column], found, atol=1e-4)


def test_weights_count_in_the_chances() -> None:
    """Of statements that say both, those that weigh more are believed."""
    rows = told(*[("guichets", i, (2 * (i % 2), 0, 0)) for i in range(40)])
    compared = replace(near(rows), first=np.arange(3 + 20) < 3)
    found = []
    for heavy in (0, 1):
        weights = np.where(np.arange(40) % 2 == heavy, 3, 1).astype(np.float32)
        _, chances, _ = fit_heads(*OF, PRACTICES, replace(rows, weights=weights), compared)
        found.append(fmean(chances[:, 0].tolist()))
    assert found == pytest.approx([1 / 4, 3 / 4], abs=0.05)


def test_one_group_of_all_leaves_nothing_to_fit_on_and_is_no_trouble() -> None:
    lessons = replace(many(3), groups=np.zeros(15, np.int64))
    heads, chances, _ = fit_heads(*OF, PRACTICES, lessons, near(lessons))
    assert np.isfinite(chances).all()
    assert all(np.isfinite(values).all() for values in heads.layers.values())


@repeatable
@given(st.lists(st.integers(0, 5), max_size=12), st.lists(st.integers(0, 5), max_size=12))
def test_the_area_is_how_often_one_stands_above_another(high: list[int], low: list[int]) -> None:
    found = auroc(np.array(high, float), np.array(low, float))
    if not (high and low):
        assert np.isnan(found)
        return
    pairs = [(a > b) + (a == b) / 2 for a in high for b in low]
    assert found == pytest.approx(fmean(pairs))
