from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recueil_qa.arrays import Scores
from recueil_qa.index.postings import (
    BOUNDS,
    PARAMETERS,
    PASSAGES,
    SCORES,
    VOCABULARY,
    Postings,
    write_postings,
)
from recueil_qa.index.spans import Spans
from tests.support.oracles import brute_force
from tests.support.waiting import PATIENCE

repeatable = settings(max_examples=50, deadline=None, derandomize=True)


def everywhere(postings: Postings) -> Spans:
    return np.array([[0, postings.size]])


def total(postings: Postings, stems: list[str]) -> Scores:
    return np.asarray(postings.scores(stems, everywhere(postings)).sum(axis=0), np.float32)


def written(documents: list[list[str]]) -> Postings:
    """Write the postings of documents, and read them."""
    with TemporaryDirectory() as folder:
        write_postings(Path(folder, "bm25"), documents)
        return Postings.load(Path(folder, "bm25"), len(documents))


DOCUMENTS = [
    ["appel", "usag", "appel", "motif"],
    ["usag"],
    [],
    ["guichet", "usag", "fil", "guichet", "guichet", "horair", "fil"],
    ["appel", "motif"],
    ["appel", "motif"],
]


@pytest.mark.parametrize(
    "query", [["appel"], ["usag", "guichet"], ["motif", "appel", "fil"], ["appel", "appel"]]
)
def test_scores_are_those_of_the_formula(query: list[str]) -> None:
    scores = total(written(DOCUMENTS), query)
    np.testing.assert_allclose(scores, brute_force(DOCUMENTS, query), rtol=1e-6)
    assert scores.dtype == np.float32
    assert scores[2] == 0
    assert scores[4] == scores[5]


stemmed = st.lists(st.lists(st.sampled_from("abcdef"), max_size=8), min_size=1, max_size=6)


@given(stemmed.filter(any), st.lists(st.sampled_from("abcdefz"), max_size=4))
@repeatable
def test_scores_are_those_of_the_formula_on_any_documents(
    documents: list[list[str]], query: list[str]
) -> None:
    known = [word for word in query if any(word in document for document in documents)]
    scores = total(written(documents), query)
    np.testing.assert_allclose(scores, brute_force(documents, known), rtol=1e-5, atol=1e-7)


def test_words_that_no_passage_has_score_nothing_and_spoil_nothing() -> None:
    postings = written(DOCUMENTS)
    assert postings.scores(["inconnu"], everywhere(postings)).tolist() == [[0.0] * 6]
    assert postings.scores([], everywhere(postings)).shape == (0, 6)
    both = postings.scores(["inconnu", "usag"], everywhere(postings))
    assert both[1].tolist() == total(postings, ["usag"]).tolist()
    assert [postings.knows(word) for word in ("usag", "inconnu", "")] == [True, False, False]


def test_a_stem_has_the_passages_that_hold_it_in_order() -> None:
    postings = written(DOCUMENTS)
    passages, scores = postings.of("appel")
    assert passages.tolist() == [0, 4, 5]
    assert scores.tolist() == total(postings, ["appel"])[[0, 4, 5]].tolist()
    assert [len(part) for part in postings.of("inconnu")] == [0, 0]


@given(
    stemmed.filter(any),
    st.lists(st.sampled_from("abcdefz"), max_size=4),
    st.sets(st.integers(0, 6), min_size=2),
)
@repeatable
def test_scores_of_spans_are_those_of_their_passages(
    documents: list[list[str]], query: list[str], cuts: set[int]
) -> None:
    postings = written(documents)
    ends = sorted(min(cut, len(documents)) for cut in cuts)
    spans = np.array([ends[i : i + 2] for i in range(0, len(ends) - 1, 2)])
    inside = [i for start, end in spans.tolist() for i in range(start, end)]
    every = postings.scores(query, everywhere(postings))
    np.testing.assert_array_equal(postings.scores(query, spans), every[:, inside])


def test_documents_without_a_word_have_postings(tmp_path: Path) -> None:
    write_postings(tmp_path / "bm25", [["seul"], [], []])
    assert total(Postings.load(tmp_path / "bm25", 3), ["seul"])[1:].tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("name", "array"),
    [
        (SCORES, np.zeros(3, np.float32)),
        (SCORES, np.zeros(10, np.float64)),
        (SCORES, np.zeros((10, 1), np.float32)),
        (PASSAGES, np.full(10, 6, np.int32)),
        (PASSAGES, np.full(10, -1, np.int32)),
        (PASSAGES, np.zeros(10, np.float32)),
        (BOUNDS, np.array([0, 20])),
        (BOUNDS, np.array([5, 3, 10])),
        (BOUNDS, np.zeros(0, np.int64)),
        (VOCABULARY, {"appel": 99}),
        (VOCABULARY, {"appel": "0"}),
        (VOCABULARY, ["appel"]),
        (PARAMETERS, {"num_docs": 7}),
        (PARAMETERS, []),
    ],
)
def test_files_that_do_not_fit_are_refused(tmp_path: Path, name: str, array: object) -> None:
    folder = tmp_path / "bm25"
    write_postings(folder, DOCUMENTS)
    assert total(Postings.load(folder, 6), ["usag"]).any()
    if isinstance(array, np.ndarray):
        np.save(folder / name, array)
    else:
        (folder / name).write_text(json.dumps(array), "utf-8")
    with pytest.raises(ValueError, match="6 passages"):
        Postings.load(folder, 6)


def test_the_bytes_on_disk_do_not_depend_on_the_process(tmp_path: Path) -> None:
    # Sets of words have another order under each hash seed.
    script = (
        "import sys; from pathlib import Path; "
        "from recueil_qa.index.postings import write_postings\n"
        f"write_postings(Path(sys.argv[1]), {DOCUMENTS!r})"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path / seed)],
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        for seed in ("1", "2")
    ]
    assert [process.wait(timeout=PATIENCE) for process in running] == [0, 0]
    one, two = (
        {path.name: path.read_bytes() for path in (tmp_path / seed).iterdir()} for seed in "12"
    )
    assert one == two
    assert len(one) >= 4


def test_a_collection_scores_as_if_it_were_alone(tmp_path: Path) -> None:
    sizes = [2, 4]
    write_postings(tmp_path / "bm25", DOCUMENTS, sizes)
    both = Postings.load(tmp_path / "bm25", len(DOCUMENTS))
    parts = [written(DOCUMENTS[:2]), written(DOCUMENTS[2:])]
    stems = sorted({stem for document in DOCUMENTS for stem in document})
    spans = [np.array([[0, 2]]), np.array([[2, 6]])]
    for part, span in zip(parts, spans, strict=True):
        np.testing.assert_array_equal(
            both.scores(stems, span), part.scores(stems, everywhere(part))
        )
    assert both.size == len(DOCUMENTS)


def test_one_collection_is_written_as_if_none_were_named(tmp_path: Path) -> None:
    write_postings(tmp_path / "one", DOCUMENTS)
    write_postings(tmp_path / "other", DOCUMENTS, [len(DOCUMENTS)])
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "other" / path.name).read_bytes()


def test_a_collection_without_a_word_has_no_postings(tmp_path: Path) -> None:
    write_postings(tmp_path / "bm25", [["usag"], [], []], [1, 2])
    both = Postings.load(tmp_path / "bm25", 3)
    np.testing.assert_array_equal(both.scores(["usag"], everywhere(both))[0, 1:], [0, 0])
