from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recueil_qa.index.spans import Spans, joined, lengths, positions

repeatable = settings(max_examples=100, deadline=None, derandomize=True)


def of(*rows: tuple[int, int]) -> Spans:
    return np.array(rows, np.int64).reshape(-1, 2)


@st.composite
def rising(draw: st.DrawFn, shortest: int = 0) -> Spans:
    """Spans in rising order, which may touch, of at least so many passages each."""
    rows, end = [], 0
    for gap, size in draw(
        st.lists(st.tuples(st.integers(0, 3), st.integers(shortest, 4)), min_size=1, max_size=8)
    ):
        rows.append((end + gap, end + gap + size))
        end = rows[-1][1]
    return of(*rows)


def test_positions_are_those_of_each_span_in_turn() -> None:
    spans = of((2, 5), (5, 6), (9, 11))
    assert lengths(spans).tolist() == [3, 1, 2]
    assert positions(spans).tolist() == [2, 3, 4, 5, 9, 10]
    assert positions(spans).dtype == np.int64


def test_spans_that_touch_are_joined_and_others_are_not() -> None:
    assert joined(of((2, 5), (5, 6), (9, 11))).tolist() == [[2, 6], [9, 11]]
    assert joined(of((0, 1), (1, 2), (2, 7))).tolist() == [[0, 7]]
    assert joined(of((0, 1), (2, 3))).tolist() == [[0, 1], [2, 3]]
    assert joined(of((4, 8))).tolist() == [[4, 8]]


def test_no_span_has_no_position() -> None:
    assert lengths(of()).tolist() == []
    assert positions(of()).tolist() == []


@given(rising())
@repeatable
def test_positions_are_those_of_plain_python_where_spans_may_be_empty(spans: Spans) -> None:
    assert lengths(spans).tolist() == [end - start for start, end in spans.tolist()]
    assert positions(spans).tolist() == [i for row in spans.tolist() for i in range(*row)]


@given(rising(shortest=1))
@repeatable
def test_joining_keeps_every_position_in_as_few_spans_as_can_be(spans: Spans) -> None:
    found = joined(spans)
    kept = positions(spans).tolist()
    assert positions(found).tolist() == kept
    assert len(found) == 1 + sum(b != a + 1 for a, b in pairwise(kept))
    assert joined(found).tolist() == found.tolist()


@pytest.mark.parametrize("chosen", [[0], [3], [0, 1, 2, 3], [0, 2], [1, 2]])
def test_rows_at_positions_are_the_slices_one_after_the_other(chosen: list[int]) -> None:
    spans = of((0, 2), (2, 7), (7, 8), (8, 12))[chosen]
    rows = np.arange(12) * 10
    expected = [int(row) for start, end in spans for row in rows[start:end]]
    assert rows[positions(spans)].tolist() == rows[positions(joined(spans))].tolist() == expected
