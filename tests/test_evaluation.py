from __future__ import annotations

import math
import random
from collections.abc import Callable
from pathlib import Path

import ir_measures
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ir_measures import RR, P, R, nDCG
from sklearn.metrics import roc_auc_score

from recueil_qa.errors import RowsError
from recueil_qa.evaluation import (
    MEASURES,
    AdviceRow,
    QueryRow,
    auroc,
    evaluate_run,
    measure,
    read_qrels,
    read_rows,
    top_lines,
)

PRACTICES = [f"p{i:02d}" for i in range(30)]


def random_case(seed: int) -> tuple[dict[str, list[str]], dict[str, dict[str, int]]]:
    """Return a run that misses queries and stops anywhere, and judgments from 0 to 3."""
    draw = random.Random(seed)  # noqa: S311
    queries = [f"q{i}" for i in range(12)]
    run = {
        query: draw.sample(PRACTICES, draw.randint(0, 30))
        for query in queries
        if draw.random() < 0.9
    }
    qrels = {
        query: {p: draw.choice([0, 0, 1, 2, 3]) for p in draw.sample(PRACTICES, draw.randint(1, 9))}
        for query in queries
        if draw.random() < 0.9
    }
    return run, qrels


@pytest.mark.parametrize("seed", range(20))
def test_the_measures_are_those_of_ir_measures(seed: int) -> None:
    run, qrels = random_case(seed)
    judged = {query: grades for query, grades in qrels.items() if any(grades.values())}
    scored = {
        query: {practice: 1.0 / rank for rank, practice in enumerate(ranking, 1)}
        for query, ranking in run.items()
        if ranking and query in judged
    }
    names = {nDCG @ 10: "nDCG@10", P @ 1: "P@1", R @ 5: "Recall@5", RR: "RR"}
    sums = dict.fromkeys(MEASURES, 0.0)
    for row in ir_measures.iter_calc([*names], judged, scored):
        sums[names[row.measure]] += row.value
    expected = {name: total / len(judged) for name, total in sums.items()}
    found = evaluate_run(run, qrels, dict.fromkeys(qrels, "g"))
    assert found["all"].queries == len(judged)
    assert found["all"].values == pytest.approx(expected, abs=1e-9)


def test_the_measures_of_one_query_written_out() -> None:
    grades = {"a": 2, "b": 1, "c": 0, "d": 1}
    values = measure(["c", "a", "x", "b", "y", "d"], grades)
    ideal = 2 / math.log2(2) + 1 / math.log2(3) + 1 / math.log2(4)
    assert values == pytest.approx(
        {
            "nDCG@10": (2 / math.log2(3) + 1 / math.log2(5) + 1 / math.log2(7)) / ideal,
            "P@1": 0.0,
            "Recall@5": 2 / 3,
            "RR": 1 / 2,
        }
    )


def test_a_grade_of_one_is_relevant_and_of_nought_is_not() -> None:
    assert measure(["a"], {"a": 1})["P@1"] == 1.0
    assert measure(["z", "a"], {"z": 0, "a": 1})["P@1"] == 0.0


def test_what_comes_after_the_cut_counts_for_nothing_but_the_reciprocal_rank() -> None:
    values = measure([*PRACTICES[:10], "late"], {"late": 3})
    assert values == {"nDCG@10": 0.0, "P@1": 0.0, "Recall@5": 0.0, "RR": 1 / 11}


def test_a_query_missing_from_the_run_scores_nought() -> None:
    found = evaluate_run({"q1": ["a"]}, {"q1": {"a": 1}, "q2": {"a": 1}}, {"q1": "fr", "q2": "fr"})
    assert found["fr"].queries == 2
    assert found["fr"].values == dict.fromkeys(MEASURES, 1 / 2)


def test_queries_without_a_relevant_judgment_are_left_out() -> None:
    groups = {"q1": "fr", "q2": "fr", "q3": "en"}
    found = evaluate_run({"q1": ["a"], "q2": ["a"]}, {"q1": {"a": 2}, "q2": {"a": 0}}, groups)
    assert {name: m.queries for name, m in found.items()} == {"all": 1, "fr": 1}
    assert found["all"].values == dict.fromkeys(MEASURES, 1.0)
    assert evaluate_run({}, {}, groups) == {}


def test_groups_are_measured_apart_and_together() -> None:
    run = {"q1": ["a"], "q2": ["x", "a"], "q3": ["x"]}
    qrels = {query: {"a": 1} for query in run}
    found = evaluate_run(run, qrels, {"q1": "fr", "q2": "en", "q3": "en"})
    assert [*found] == ["all", "en", "fr"]
    assert {name: m.values["RR"] for name, m in found.items()} == {
        "all": pytest.approx((1 + 1 / 2 + 0) / 3),
        "en": (1 / 2 + 0) / 2,
        "fr": 1.0,
    }


@pytest.mark.parametrize(
    ("gold", "expected"),
    [
        (["a"], (1.0, 1.0, 1.0)),
        (["c"], (0.0, 1.0, 1.0)),
        (["x", "d"], (0.0, 0.0, 1.0)),
        (["f", "b"], (0.0, 1.0, 1.0)),
        (["f"], (0.0, 0.0, 0.0)),
        (["A"], (0.0, 0.0, 0.0)),
    ],
)
def test_an_exact_line_is_looked_for_in_the_first_ones(
    gold: list[str], expected: tuple[float, float, float]
) -> None:
    found = top_lines(["a", "b", "c", "d", "e", "f"], gold)
    assert found == dict(
        zip(("advice top-1", "advice top-3", "advice top-5"), expected, strict=True)
    )


def test_no_line_at_all_finds_nothing() -> None:
    assert top_lines([], ["a"]) == {"advice top-1": 0.0, "advice top-3": 0.0, "advice top-5": 0.0}


SCORES = st.lists(st.sampled_from([0.0, 0.1, 0.5, 0.9]), min_size=1, max_size=12)


@settings(max_examples=100, deadline=None)
@given(SCORES, SCORES)
def test_the_area_is_that_of_scikit_learn_ties_included(
    positives: list[float], negatives: list[float]
) -> None:
    truth = [1] * len(positives) + [0] * len(negatives)
    expected = roc_auc_score(truth, positives + negatives)
    assert auroc(positives, negatives) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("positives", "negatives", "area"),
    [([1.0, 2.0], [0.0], 1.0), ([0.0], [1.0], 0.0), ([1.0], [1.0], 0.5), ([2.0, 1.0], [1.0], 0.75)],
)
def test_the_area_by_hand(positives: list[float], negatives: list[float], area: float) -> None:
    assert auroc(positives, negatives) == area


def test_rows_are_read_in_order_blank_lines_and_other_fields_aside(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_bytes(
        '{"id": "b", "text": "é", "lang": "fr", "kind": "far"}\r\n\n  \n'
        '{"id": "a", "text": ""}'.encode()
    )
    assert read_rows(path, QueryRow) == [
        QueryRow(id="b", text="é", lang="fr"),
        QueryRow(id="a", text="", lang=""),
    ]


def test_every_refused_row_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text(
        '{"id": "a", "text": "x"}\n{"id": "b"\n[1]\n\n{"text": 3}\n{"id": "", "text": "x"}\n'
        '{"id": "a", "text": "again"}\n"text"\nnull\n',
        "utf-8",
    )
    with pytest.raises(RowsError) as caught:
        read_rows(path, QueryRow)
    fields = "id, text, lang"
    heads = {
        "fr": f"lignes refusées (une ligne = un objet JSON : {fields} ; ids uniques) :",
        "en": f"rows refused (one line = one JSON object: {fields}; unique ids):",
    }
    for language, text in (("fr", caught.value.fr), ("en", caught.value.en)):
        head, *faults = text.split("\n  ")
        assert head == heads[language]
        places = [fault.removeprefix(f"{path}:").partition(":")[0] for fault in faults]
        assert places == ["2", "3", "5", "6", "7", "8", "9"]
        assert "id (Field required), text (Input should be a valid string)" in faults[2]
        assert faults[4] == f"{path}:7: id 'a' = {path}:1"


@pytest.mark.parametrize("gold", ["[]", '"Eviter"', "[1]", "null"])
def test_a_question_without_gold_lines_is_refused(tmp_path: Path, gold: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(f'{{"id": "a", "text": "x", "practice": "p", "gold": {gold}}}', "utf-8")
    with pytest.raises(RowsError, match=rf"{path}:1: gold"):
        read_rows(path, AdviceRow)


@pytest.mark.parametrize("read", [lambda path: read_rows(path, QueryRow), read_qrels])
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, read: Callable[[Path], object]) -> None:
    (tmp_path / "latin").write_bytes("é".encode("latin-1"))
    reasons = {"missing": "No such file or directory", ".": "Is a directory", "latin": "UTF-8"}
    for name, reason in reasons.items():
        with pytest.raises(RowsError) as caught:
            read(tmp_path / name)
        assert caught.value.en == f"{tmp_path / name}: can't be read ({reason})"
        assert caught.value.fr == f"{tmp_path / name} : illisible ({reason})"


@pytest.mark.parametrize("text", ["", "\n\n \n"])
def test_a_file_without_rows_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "q.jsonl").write_text(text, "utf-8")
    with pytest.raises(RowsError, match="rows refused"):
        read_rows(tmp_path / "q.jsonl", QueryRow)


def test_judgments_are_read_by_query(tmp_path: Path) -> None:
    path = tmp_path / "qrels.tsv"
    path.write_bytes(b"q1\tp1\t2\r\n\nq1\tp2\t0\nq2\tp1\t1")
    assert read_qrels(path) == {"q1": {"p1": 2, "p2": 0}, "q2": {"p1": 1}}


def test_every_refused_judgment_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "qrels.tsv"
    rows = ["q1\tp1\t2", "q1 p1 2", "q1\tp2\tbeau", "q1\tp2\t-1", "q1\tp1\t1", "q1\tp2\t1.5", "q1"]
    path.write_text("\n".join(rows), "utf-8")
    with pytest.raises(RowsError) as caught:
        read_qrels(path)
    for text in (caught.value.fr, caught.value.en):
        assert text.split("\n  ")[1:] == [
            f"{path}:2: 'q1 p1 2'",
            f"{path}:3: 'q1\\tp2\\tbeau'",
            f"{path}:4: 'q1\\tp2\\t-1'",
            f"{path}:5: q1 p1 x 2",
            f"{path}:6: 'q1\\tp2\\t1.5'",
            f"{path}:7: 'q1'",
        ]


@pytest.mark.parametrize("grade", ["²", "٣", "9" * 5_000, "1000", "+1", "1_0", ""])
def test_a_grade_that_is_no_small_whole_number_is_listed(tmp_path: Path, grade: str) -> None:
    path = tmp_path / "qrels.tsv"
    path.write_text(f"q1\tp1\t2\nq1\tp2\t{grade}\nq2\tp1\t999\n", "utf-8")
    with pytest.raises(RowsError) as caught:
        read_qrels(path)
    shown = f"q1\tp2\t{grade}".strip()[:80]
    assert caught.value.en.split("\n  ")[1:] == [f"{path}:2: {shown!r}"]


def test_a_row_nested_too_deep_is_listed_with_the_others(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text("[" * 100_000 + '\n{"id": "a", "text": "x"}\nnope', "utf-8")
    with pytest.raises(RowsError) as caught:
        read_rows(path, QueryRow)
    faults = caught.value.en.split("\n  ")[1:]
    assert [fault.partition(" (")[0] for fault in faults] == [f"{path}:1: JSON", f"{path}:3: JSON"]


GRADES = st.dictionaries(st.sampled_from(PRACTICES), st.integers(1, 3), min_size=1)


@settings(max_examples=100, deadline=None)
@given(st.permutations(PRACTICES[:8]), GRADES)
def test_measures_stay_between_nought_and_one(ranking: list[str], grades: dict[str, int]) -> None:
    best = sorted(grades, key=lambda practice: -grades[practice])
    assert measure(best, grades)["nDCG@10"] == pytest.approx(1.0)
    assert all(0 <= value <= 1 for value in measure(ranking, grades).values())
