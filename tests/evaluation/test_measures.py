from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from random import Random

import ir_measures
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ir_measures import RR, P, R, nDCG

from recueil_qa.errors import RowsError
from recueil_qa.evaluation.measures import MEASURES, auroc, means, measure, measure_run, top_lines
from recueil_qa.evaluation.rows import AdviceRow, QueryRow, TwinRow, read_qrels, read_rows

PRACTICES = [f"p{i:02d}" for i in range(30)]
PEERS = {
    nDCG @ 10: "nDCG@10", P @ 1: "P@1", R @ 5: "Recall@5", RR: "RR", R(rel=2) @ 5: "R(rel=2)@5",
}  # fmt: skip


RANKINGS = st.lists(st.sampled_from(PRACTICES), unique=True, max_size=len(PRACTICES))
JUDGMENTS = st.dictionaries(
    st.sampled_from(PRACTICES), st.sampled_from([0, 0, 1, 2, 3]), min_size=1, max_size=9
)
QUERIES = st.sampled_from([f"q{i}" for i in range(8)])


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(QUERIES, RANKINGS), st.dictionaries(QUERIES, JUDGMENTS))
def test_the_measures_are_those_of_ir_measures(
    run: dict[str, list[str]], qrels: dict[str, dict[str, int]]
) -> None:
    judged = {query: grades for query, grades in qrels.items() if any(grades.values())}
    expected: dict[str, dict[str, float]] = {
        query: {name: 0.0 for name in MEASURES if name != "R(rel=2)@5" or max(grades.values()) >= 2}
        for query, grades in judged.items()
    }
    scored = {
        query: {practice: 1.0 / rank for rank, practice in enumerate(ranking, 1)}
        for query, ranking in run.items()
        if ranking and query in judged
    }
    if scored:
        for row in ir_measures.iter_calc([*PEERS], judged, scored):
            # It counts 0 where no practice was judged 2; here such a query has no value.
            if PEERS[row.measure] in expected[row.query_id]:
                expected[row.query_id][PEERS[row.measure]] = row.value
    found = measure_run(run, qrels)
    assert {*found} == {*expected}
    for query, values in found.items():
        assert values == pytest.approx(expected[query], abs=1e-9)


def test_the_measures_of_one_query_written_out() -> None:
    grades = {"a": 2, "b": 1, "c": 0, "d": 1, "e": 3}
    values = measure(["c", "a", "x", "b", "y", "d"], grades)
    ideal = 3 / math.log2(2) + 2 / math.log2(3) + 1 / math.log2(4) + 1 / math.log2(5)
    assert [*values] == [*MEASURES]
    assert values == pytest.approx(
        {
            "nDCG@10": (2 / math.log2(3) + 1 / math.log2(5) + 1 / math.log2(7)) / ideal,
            "P@1": 0.0,
            "Recall@5": 2 / 4,
            "RR": 1 / 2,
            "R(rel=2)@5": 1 / 2,
        }
    )


def test_a_grade_of_one_is_relevant_and_of_nought_is_not() -> None:
    assert measure(["a"], {"a": 1})["P@1"] == 1.0
    assert measure(["z", "a"], {"z": 0, "a": 1})["P@1"] == 0.0


def test_only_practices_judged_two_or_more_count_among_the_best() -> None:
    grades = {"a": 1, "b": 2, "c": 3}
    found = {
        "".join(ranking): measure(ranking, grades)["R(rel=2)@5"]
        for ranking in (["a"], ["a", "b"], ["c", "b"], [*"xyzab"], [*"xyzwabc"])
    }
    assert found == {"a": 0, "ab": 1 / 2, "cb": 1, "xyzab": 1 / 2, "xyzwabc": 0}


def test_a_query_without_a_practice_judged_two_has_no_recall_of_them() -> None:
    assert "R(rel=2)@5" not in measure(["a"], {"a": 1, "b": 0})


def test_what_comes_after_the_cut_counts_for_nothing_but_the_reciprocal_rank() -> None:
    values = measure([*PRACTICES[:10], "late"], {"late": 3})
    assert values == {
        "nDCG@10": 0.0, "P@1": 0.0, "Recall@5": 0.0, "RR": 1 / 11, "R(rel=2)@5": 0.0,
    }  # fmt: skip


def test_a_query_missing_from_the_run_scores_nought() -> None:
    found = measure_run({"q1": ["a"]}, {"q1": {"a": 2}, "q2": {"a": 2}})
    assert found == {"q1": dict.fromkeys(MEASURES, 1.0), "q2": dict.fromkeys(MEASURES, 0.0)}
    assert means([*found.values()]) == dict.fromkeys(MEASURES, 1 / 2)


def test_queries_without_a_relevant_judgment_are_left_out() -> None:
    run = {"q1": ["a"], "q2": ["a"], "q3": ["a"]}
    assert [*measure_run(run, {"q1": {"a": 2}, "q2": {"a": 0}})] == ["q1"]
    assert measure_run(run, {}) == {}


def test_a_mean_is_taken_over_the_queries_that_have_the_measure() -> None:
    rows = [{"RR": 1.0}, {"RR": 0.25, "P@1": 0.0}, {"P@1": 1.0, "RR": 0.1, "x": 0.5}]
    assert means(rows) == {"RR": pytest.approx(1.35 / 3), "P@1": 1 / 2, "x": 0.5}
    assert means([]) == {}


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_a_mean_does_not_depend_on_the_order_of_the_queries(
    values: list[float], shuffler: Random
) -> None:
    found = means([{"RR": value} for value in values])
    assert min(values) - 1e-12 <= found["RR"] <= max(values) + 1e-12
    shuffler.shuffle(values)
    assert means([{"RR": value} for value in values]) == found


@pytest.mark.parametrize(
    ("lang", "style", "groups"),
    [
        ("fr", "short", ["all", "fr", "short"]),
        ("en", "", ["all", "en"]),
        ("", "noisy", ["all", "noisy"]),
        ("", "", ["all"]),
        ("fr", "fr", ["all", "fr"]),
        ("all", "", ["all"]),
        ("en", "all", ["all", "en"]),
        ("all", "all", ["all"]),
    ],
)
def test_a_query_counts_once_in_all_its_language_and_its_style(
    lang: str, style: str, groups: list[str]
) -> None:
    assert QueryRow(id="q", text="x", lang=lang, style=style).groups() == groups


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
    from sklearn.metrics import roc_auc_score

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
        '{"id": "b", "text": "é", "lang": "fr", "kind": "far", "note": 1}\r\n\n  \n'
        '{"id": "a", "text": ""}'.encode()
    )
    assert read_rows(path, QueryRow) == [
        QueryRow(id="b", text="é", lang="fr", style="", kind="far"),
        QueryRow(id="a", text="", lang="", style="", kind=""),
    ]


def test_a_twin_names_the_query_that_it_is_of(tmp_path: Path) -> None:
    path = tmp_path / "twins.jsonl"
    path.write_text('{"id": "t", "of": "q", "clean": "appels", "noisy": "apels"}\n', "utf-8")
    assert read_rows(path, TwinRow) == [TwinRow(id="t", of="q", clean="appels", noisy="apels")]
    path.write_text('{"id": "t", "clean": "appels"}\n', "utf-8")
    with pytest.raises(RowsError) as caught:
        read_rows(path, TwinRow)
    head, fault = caught.value.en.split("\n  ")
    assert (
        head == "rows refused (one line = one JSON object: id, of, clean, noisy, lang; unique ids):"
    )
    assert fault == f"{path}:1: of (Field required), noisy (Field required)"


ROWS = st.text() | st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "text", "lang", "of"]), inner, max_size=3)
    ),
    max_leaves=6,
).map(json.dumps)


@settings(max_examples=100, deadline=None)
@given(st.lists(ROWS, max_size=4))
def test_any_file_is_read_or_refused_with_the_numbers_of_its_lines(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    path.write_bytes("\n".join(lines).encode("utf-8", "replace"))
    reads: list[Callable[[Path], list[str]]] = [
        lambda path: [row.id for row in read_rows(path, QueryRow)],
        lambda path: [*read_qrels(path)],
    ]
    for read in reads:
        try:
            found = read(path)
        except RowsError as error:
            assert error.fr.count("\n  ") == error.en.count("\n  ")
            assert all(fault.startswith(f"{path}") for fault in error.en.split("\n  ")[1:])
        else:
            assert len(set(found)) == len(found)


def test_every_refused_row_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text(
        '{"id": "a", "text": "x"}\n{"id": "b"\n[1]\n\n{"text": 3}\n{"id": "", "text": "x"}\n'
        '{"id": "a", "text": "again"}\n"text"\nnull\n',
        "utf-8",
    )
    with pytest.raises(RowsError) as caught:
        read_rows(path, QueryRow)
    fields = "id, text, lang, style, kind"
    heads = {
        "fr": f"lignes refusées (une ligne = un objet JSON : {fields} ; ids uniques) :",
        "en": f"rows refused (one line = one JSON object: {fields}; unique ids):",
    }
    reasons = {
        "fr": "id (ce champ manque ; ajoutez-le), text (un texte entre guillemets est attendu)",
        "en": "id (Field required), text (Input should be a valid string)",
    }
    json_faults = {
        "fr": "il manque une virgule ou un guillemet",
        "en": "Expecting ',' delimiter: line 1 column 11 (char 10)",
    }
    for language, text in (("fr", caught.value.fr), ("en", caught.value.en)):
        head, *faults = text.split("\n  ")
        assert head == heads[language]
        places = [fault.removeprefix(f"{path}:").partition(":")[0] for fault in faults]
        assert places == ["2", "3", "5", "6", "7", "8", "9"]
        assert faults[0].endswith(f"JSON ({json_faults[language]})")
        assert reasons[language] in faults[2]
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
    reasons = {
        "missing": ("fichier absent", "No such file or directory"),
        ".": ("c'est un dossier, pas un fichier", "Is a directory"),
        "latin": ("UTF-8", "UTF-8"),
    }
    for name, (fr, en) in reasons.items():
        with pytest.raises(RowsError) as caught:
            read(tmp_path / name)
        assert caught.value.en == f"{tmp_path / name}: can't be read ({en})"
        assert caught.value.fr == f"{tmp_path / name} : illisible ({fr})"


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
