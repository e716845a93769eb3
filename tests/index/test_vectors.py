from __future__ import annotations

import errno
import gc
import io
import resource
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest

from recueil_qa.arrays import Positions
from recueil_qa.encoding.encoder import Vectors
from recueil_qa.errors import IndexDamagedError
from recueil_qa.index.spans import Spans, positions
from recueil_qa.index.vectors import (
    FlatVectors,
    VectorGraph,
    inner_products,
    owners_of,
    read_graph,
    write_graph,
    write_vectors,
)
from tests.support.vectors import DIMENSION, drawn


def alone(count: int) -> list[Positions]:
    """Return what says that each vector has one passage."""
    return [np.array([i]) for i in range(count)]


def everywhere(vectors: Vectors) -> Spans:
    return np.array([[0, len(vectors)]])


@contextmanager
def small_disk(size: int) -> Iterator[None]:
    """No file may grow beyond `size` bytes, as on a disk that is full by then."""
    whole = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, whole[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, whole)


@pytest.fixture(params=[False, True], ids=["read", "mapped"])
def mapped(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether files are mapped, however small they are."""
    if request.param:
        monkeypatch.setattr("recueil_qa.index.vectors.MAPPED_BYTES", 0)
    return bool(request.param)


@pytest.mark.parametrize("sizes", [(300,), (1, 299), (100, 0, 150, 50), (7,) * 42 + (6,)])
def test_chunks_make_the_file_that_faiss_writes(tmp_path: Path, sizes: tuple[int, ...]) -> None:
    vectors = drawn(300)
    chunks = np.split(vectors, np.cumsum(sizes)[:-1])
    assert write_vectors(tmp_path / "ours.faiss", DIMENSION, iter(chunks)) == 300
    theirs = faiss.IndexFlatIP(DIMENSION)
    theirs.add(vectors)
    faiss.write_index(theirs, str(tmp_path / "theirs.faiss"))
    ours = (tmp_path / "ours.faiss").read_bytes()
    assert ours == (tmp_path / "theirs.faiss").read_bytes()
    opened = faiss.read_index(str(tmp_path / "ours.faiss"))
    assert (opened.ntotal, opened.d) == (300, DIMENSION)
    assert opened.metric_type == faiss.METRIC_INNER_PRODUCT
    np.testing.assert_array_equal(opened.reconstruct_n(0, 300), vectors)


@pytest.mark.parametrize("empties", [0, 1, 3])
def test_no_vector_at_all_makes_an_empty_index(tmp_path: Path, mapped: bool, empties: int) -> None:
    path = tmp_path / "none.faiss"
    assert write_vectors(path, DIMENSION, [drawn(0)] * empties) == 0
    faiss.write_index(faiss.IndexFlatIP(DIMENSION), str(tmp_path / "theirs.faiss"))
    assert path.read_bytes() == (tmp_path / "theirs.faiss").read_bytes()
    opened = FlatVectors(path, 0, DIMENSION)
    assert opened.all.shape == (0, DIMENSION)
    assert opened.products(drawn(1)[0], np.zeros((0, 2), np.int64)).tolist() == []
    assert opened.products(drawn(1)[0], np.array([[0, 0]])).tolist() == []


def test_vectors_in_any_layout_are_written_the_same(tmp_path: Path) -> None:
    vectors = drawn(50)
    forms: list[Any] = [vectors, vectors.astype(np.float64), vectors.astype(">f4")]
    for i, form in enumerate([*forms, np.asfortranarray(vectors)]):
        write_vectors(tmp_path / f"{i}.faiss", DIMENSION, [form])
    contents = {(tmp_path / f"{i}.faiss").read_bytes() for i in range(4)}
    assert len(contents) == 1


def test_vectors_are_read_back_and_can_not_be_changed(tmp_path: Path, mapped: bool) -> None:
    vectors = drawn(300)
    write_vectors(tmp_path / "v.faiss", DIMENSION, [vectors])
    opened = FlatVectors(tmp_path / "v.faiss", 300, DIMENSION)
    np.testing.assert_array_equal(opened.all, vectors)
    assert opened.all.dtype == np.float32
    with pytest.raises(ValueError, match="read-only"):
        opened.all[0, 0] = 1


@pytest.mark.parametrize(
    "rows",
    [
        [(0, 300)],
        [(17, 18)],
        [(299, 300)],
        [(0, 1), (1, 2), (290, 300)],
        [(3, 10), (10, 64), (100, 229)],
        [(5, 5), (8, 9)],
        [],
    ],
)
def test_products_are_those_of_a_brute_force(
    tmp_path: Path, mapped: bool, rows: list[tuple[int, int]]
) -> None:
    vectors, spans = drawn(300), np.array(rows, np.int64).reshape(-1, 2)
    write_vectors(tmp_path / "v.faiss", DIMENSION, [vectors])
    opened = FlatVectors(tmp_path / "v.faiss", 300, DIMENSION)
    # What FAISS maps starts wherever its header ends.
    assert opened.all.flags.aligned is not mapped
    for wanted in drawn(5, seed=11):
        chosen = vectors[positions(spans)]
        expected = [sum(map(float, np.float64(row) * wanted)) for row in chosen]
        found = opened.products(wanted, spans)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, expected, atol=1e-6)
        np.testing.assert_array_equal(inner_products(chosen, wanted), found)


def test_a_query_of_another_layout_is_the_same_query(tmp_path: Path) -> None:
    vectors = drawn(40)
    write_vectors(tmp_path / "v.faiss", DIMENSION, [vectors])
    opened, wanted = FlatVectors(tmp_path / "v.faiss", 40, DIMENSION), drawn(2, seed=3)
    expected = opened.products(wanted[1], everywhere(vectors))
    for form in (wanted[1].astype(np.float64), np.asfortranarray(wanted)[1]):
        np.testing.assert_array_equal(opened.products(form, everywhere(vectors)), expected)


def test_arrays_outlive_what_opened_them(tmp_path: Path, mapped: bool) -> None:
    vectors = drawn(4000)
    write_vectors(tmp_path / "v.faiss", DIMENSION, [vectors])
    rows = FlatVectors(tmp_path / "v.faiss", 4000, DIMENSION).all[1000:3000]
    gc.collect()
    others = [np.full((4000, DIMENSION), 9, np.float32) for _ in range(4)]  # where they were
    np.testing.assert_array_equal(rows, vectors[1000:3000])
    assert len(others) == 4


def test_threads_get_the_products_that_one_gets(tmp_path: Path, mapped: bool) -> None:
    vectors, queries = drawn(2000), drawn(64, seed=5)
    write_vectors(tmp_path / "v.faiss", DIMENSION, [vectors])
    opened, spans = (
        FlatVectors(tmp_path / "v.faiss", 2000, DIMENSION),
        np.array([[3, 40], [50, 2000]]),
    )
    expected = [opened.products(query, spans).tolist() for query in queries]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda query: opened.products(query, spans).tolist(), queries))
    assert found == expected


@pytest.mark.parametrize(
    ("size", "dimension"), [(299, 24), (301, 24), (0, 24), (300, 23), (300, 48), (150, 48)]
)
def test_vectors_of_another_size_are_damage(
    tmp_path: Path, mapped: bool, size: int, dimension: int
) -> None:
    path = tmp_path / "v.faiss"
    write_vectors(path, DIMENSION, [drawn(300)])
    with pytest.raises(IndexDamagedError, match=rf"{path} is altered"):
        FlatVectors(path, size, dimension)


@pytest.mark.parametrize("end", [0, 10, 44, 45, 1000, -1])
def test_vectors_that_were_cut_are_damage(tmp_path: Path, mapped: bool, end: int) -> None:
    path = tmp_path / "v.faiss"
    write_vectors(path, DIMENSION, [drawn(300)])
    path.write_bytes(path.read_bytes()[:end])
    with pytest.raises(IndexDamagedError, match=rf"{path} is altered"):
        FlatVectors(path, 300, DIMENSION)


def test_no_file_of_vectors_is_damage(tmp_path: Path) -> None:
    with pytest.raises(IndexDamagedError, match=r"v\.faiss is missing"):
        FlatVectors(tmp_path / "v.faiss", 300, DIMENSION)
    with pytest.raises(IndexDamagedError, match=r"v\.faiss is missing"):
        read_graph(tmp_path / "v.faiss", 300, DIMENSION, 256)


def test_a_full_disk_under_the_vectors_is_told(tmp_path: Path) -> None:
    with small_disk(64 * 1024), pytest.raises(OSError, match="File too large") as caught:
        write_vectors(tmp_path / "v.faiss", DIMENSION, iter([drawn(500)] * 4))
    assert caught.value.errno == errno.EFBIG


@pytest.mark.parametrize("size", [0, 4 * 1024, 64 * 1024])
def test_a_full_disk_under_a_graph_is_told(tmp_path: Path, size: int) -> None:
    before = faiss.omp_get_max_threads()
    with small_disk(size), pytest.raises(OSError, match="File too large") as caught:
        write_graph(tmp_path / "g.faiss", drawn(500), alone(500))
    assert caught.value.errno == errno.EFBIG
    assert faiss.omp_get_max_threads() == before


def test_a_full_disk_is_told_with_its_own_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(io.BytesIO):
        def write(self, _: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    # A file whose end says nothing, as on a network.
    monkeypatch.setattr(Path, "open", lambda *_: Full())
    with pytest.raises(OSError, match="No space left") as caught:
        write_graph(tmp_path / "g.faiss", drawn(50), alone(50))
    assert caught.value.errno == errno.ENOSPC


def graph_of(path: Path, vectors: Vectors, owned: list[Positions] | None = None) -> VectorGraph:
    """Write a graph, and read it."""
    owned = owned or alone(len(vectors))
    write_graph(path, vectors, owned)
    return read_graph(path, len(owned), vectors.shape[1], 256)


def test_a_graph_finds_what_a_brute_force_finds(tmp_path: Path, mapped: bool) -> None:
    vectors = drawn(400)
    graph = graph_of(tmp_path / "g.faiss", vectors)
    assert len(graph) == 400
    for query in drawn(20, seed=11):
        expected = vectors.astype(np.float64) @ query
        order = np.argsort(-expected, kind="stable")[:10]
        numbers, scores = graph.nearest(query, 10)
        assert numbers.tolist() == order.tolist()
        np.testing.assert_allclose(scores, expected[order], atol=1e-6)
        assert graph.nearest_passages(query, 10).tolist() == order.tolist()


def test_half_precision_loses_a_thousandth_of_a_cosine_at_most(tmp_path: Path) -> None:
    vectors = np.random.default_rng(1).standard_normal((200, 64)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    graph = graph_of(tmp_path / "g.faiss", vectors)
    numbers, scores = graph.nearest(vectors[0], 200)
    np.testing.assert_allclose(scores, vectors[numbers] @ vectors[0], atol=1e-3)


@pytest.mark.parametrize("count", [1, 12, 13, 1000])
def test_a_graph_gives_no_more_than_was_asked_or_than_there_are(tmp_path: Path, count: int) -> None:
    vectors = drawn(12)
    graph = graph_of(tmp_path / "g.faiss", vectors)
    numbers, scores = graph.nearest(vectors[4], count)
    assert len(numbers) == len(scores) == len({*numbers.tolist()}) == min(count, 12)
    assert numbers[0] == 4
    assert (np.diff(scores) <= 0).all()


def test_places_that_a_search_leaves_empty_are_left_out() -> None:
    class Lost:
        """An index whose search reaches two vectors only."""

        def search(self, *_: object, **__: object) -> tuple[Vectors, Positions]:
            return np.array([[0.5, 0.25, -1e38]], np.float32), np.array([[2, 0, -1]])

    graph = VectorGraph(Lost(), np.array([0, 1, 2, 4]), np.array([7, 8, 9, 11]), 256)
    numbers, scores = graph.nearest(drawn(1)[0], 3)
    assert (numbers.tolist(), scores.tolist()) == ([2, 0], [0.5, 0.25])
    assert graph.nearest_passages(drawn(1)[0], 3).tolist() == [9, 11, 7]


def test_all_the_passages_of_a_vector_come_nearest_vector_first(
    tmp_path: Path, mapped: bool
) -> None:
    # Passages 0 to 8; 5 is of another kind, and in no vector of the graph.
    axes = np.eye(DIMENSION, dtype=np.float32)[[0, 1, 0, 2, 1, 5, 0, 3, 2]]
    owned = [np.array(own) for own in ([0, 2, 6], [1, 4], [3, 8], [7])]
    graph = graph_of(tmp_path / "g.faiss", axes, owned)
    query = np.zeros(DIMENSION, np.float32)
    query[:4] = 0.5, 0.8, 0.1, 0.3
    assert graph.nearest(query, 4)[0].tolist() == [1, 0, 3, 2]
    assert graph.nearest_passages(query, 4).tolist() == [1, 4, 0, 2, 6, 7, 3, 8]
    assert graph.nearest_passages(query, 2).tolist() == [1, 4, 0, 2, 6]
    assert (graph.bounds.tolist(), graph.passages.tolist()) == (
        [0, 3, 5, 7, 8],
        [0, 2, 6, 1, 4, 3, 8, 7],
    )


def test_threads_find_what_one_finds(tmp_path: Path) -> None:
    graph, queries = graph_of(tmp_path / "g.faiss", drawn(400)), drawn(64, seed=5)
    expected = [graph.nearest_passages(query, 20).tolist() for query in queries]
    with ThreadPoolExecutor(8) as pool:
        found = pool.map(lambda query: graph.nearest_passages(query, 20).tolist(), queries)
        assert list(found) == expected


@pytest.mark.parametrize("together", [700, 4096])
def test_the_same_vectors_give_the_same_graph(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    monkeypatch.setattr("recueil_qa.index.vectors.ROWS", together)
    vectors, before = drawn(1500), faiss.omp_get_max_threads()
    for name in ("one", "two"):
        graph = graph_of(tmp_path / f"{name}.faiss", vectors)
        assert [int(graph.nearest(row, 1)[0][0]) for row in vectors] == list(range(1500))
    for end in ("faiss", "npy"):
        one, two = ((tmp_path / f"{name}.{end}").read_bytes() for name in ("one", "two"))
        assert one == two
    assert faiss.omp_get_max_threads() == before


@pytest.mark.parametrize(("size", "dimension"), [(49, 24), (51, 24), (0, 24), (50, 12), (50, 25)])
def test_a_graph_of_another_size_is_damage(
    tmp_path: Path, mapped: bool, size: int, dimension: int
) -> None:
    path = tmp_path / "g.faiss"
    write_graph(path, drawn(50), alone(50))
    with pytest.raises(IndexDamagedError, match=rf"{path} is altered"):
        read_graph(path, size, dimension, 256)


@pytest.mark.parametrize("end", [0, 10, 1000, -1])
def test_a_graph_that_was_cut_is_damage(tmp_path: Path, mapped: bool, end: int) -> None:
    path = tmp_path / "g.faiss"
    write_graph(path, drawn(50), alone(50))
    path.write_bytes(path.read_bytes()[:end])
    with pytest.raises(IndexDamagedError, match=rf"{path} is altered"):
        read_graph(path, 50, DIMENSION, 256)


@pytest.mark.parametrize(
    "numbers",
    [
        [],
        [0, 1, 2],
        [0, 1, 2, 3],
        [0, 1, 2, 3, 7, 8],
        [0, 1, 2, 3, 7, 8, 9, 10],
        [1, 2, 3, 3, 7, 8, 9],
        [0, 0, 2, 3, 7, 8, 9],
        [0, 2, 1, 3, 7, 8, 9],
    ],
)
def test_owners_of_another_graph_are_damage(tmp_path: Path, numbers: list[int]) -> None:
    path = tmp_path / "g.faiss"
    write_graph(path, drawn(3), alone(3))
    assert np.load(owners_of(path)).tolist() == [0, 1, 2, 3, 0, 1, 2]
    np.save(owners_of(path), np.array(numbers, np.int64))
    with pytest.raises(IndexDamagedError, match=rf"{tmp_path / 'g.npy'} is altered"):
        read_graph(path, 3, DIMENSION, 256)


def test_owners_that_can_not_be_read_are_damage(tmp_path: Path) -> None:
    path = tmp_path / "g.faiss"
    write_graph(path, drawn(3), alone(3))
    content = owners_of(path).read_bytes()
    for damaged in (b"not an array at all", content[:20], content[:-1]):
        owners_of(path).write_bytes(damaged)
        with pytest.raises(IndexDamagedError, match=r"g\.npy is altered"):
            read_graph(path, 3, DIMENSION, 256)
    owners_of(path).unlink()
    with pytest.raises(IndexDamagedError, match=r"g\.npy is missing"):
        read_graph(path, 3, DIMENSION, 256)
