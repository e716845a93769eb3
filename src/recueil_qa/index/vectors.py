"""Unit vectors on the disk as FAISS indexes: all of them exactly, and a graph over many.

Inner products of unit vectors are cosines: higher is better, here and everywhere. FAISS is
imported here only.

- Y. Malkov, D. Yashunin, "Efficient and robust approximate nearest neighbor search using
  Hierarchical Navigable Small World graphs", IEEE TPAMI 42, 2020.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recueil_qa.arrays import Positions, Scores
from recueil_qa.encoding.encoder import Vectors
from recueil_qa.index import manifest
from recueil_qa.index.passages import MAPPED_BYTES, read_array
from recueil_qa.index.spans import Spans, lengths, positions

KIND = "IndexFlatIP"
NEIGHBOURS = 32  # of each vector in the graph (M); efConstruction is below
BREADTH_BUILT = 128
ROWS = 4096  # vectors in memory at a time, beside FAISS's own
_COUNT, _FLOATS = struct.Struct("<q"), struct.Struct("<Q")
_COUNT_AT = 8  # after what kind of index, and the dimension


class FlatVectors:
    """Vectors in the order of their passages, compared exactly; safe to share between threads."""

    def __init__(self, path: Path, size: int, dimension: int) -> None:
        """Open a FAISS index of `size` vectors; a large one is mapped.

        Raises:
            IndexDamagedError: it can't be read, or is of something else.
        """
        self.all: Vectors = np.asarray(_Shown(_read(path, KIND, size, dimension), size, dimension))

    def products(self, vector: Vectors, spans: Spans) -> Scores:
        """Return the inner products of one vector (dimension,) with those of the spans."""
        products = np.empty(int(lengths(spans).sum()), np.float32)
        wanted, done = np.ascontiguousarray(vector, np.float32), 0
        for start, end in spans.tolist():
            _multiply(self.all[start:end], wanted, products[done : done + end - start])
            done += end - start
        return products

    def rows(self, spans: Spans) -> Vectors:
        """Return the vectors of the spans (n, dimension)."""
        return np.concatenate([self.all[start:end] for start, end in spans.tolist()])


class DistinctVectors:
    """The vectors of few passages in memory, each once: half of a booklet's are said twice."""

    def __init__(self, flat: FlatVectors, firsts: npt.NDArray[np.integer]) -> None:
        """Keep of all vectors those that come first; `firsts` are their positions (n,)."""
        places, self._numbers = np.unique(firsts, return_inverse=True)
        self._vectors = flat.all[places]

    def products(self, vector: Vectors, spans: Spans) -> Scores:
        """Return the inner products of one vector (dimension,) with those of the spans."""
        numbers = self._of(spans)
        # Of one collection of several, hardly more than its own.
        low, high = (int(numbers.min()), int(numbers.max()) + 1) if len(numbers) else (0, 0)
        return inner_products(self._vectors[low:high], vector)[numbers - low]

    def rows(self, spans: Spans) -> Vectors:
        """Return the vectors of the spans (n, dimension)."""
        return self._vectors[self._of(spans)]

    def _of(self, spans: Spans) -> Positions:
        if len(spans) == 1:
            return np.asarray(self._numbers[spans[0, 0] : spans[0, 1]])
        return np.asarray(self._numbers[positions(spans)])


def inner_products(vectors: Vectors, vector: Vectors) -> Scores:
    """Return the inner products of vectors (n, dimension) with one (dimension,)."""
    products = np.empty(len(vectors), np.float32)
    _multiply(vectors, np.ascontiguousarray(vector, np.float32), products)
    return products


def _multiply(vectors: Vectors, vector: Vectors, products: Scores) -> None:
    # FAISS's own loop, by one thread: a search ends with a sort that nobody needs here, and a
    # BLAS's threads wait for each other where many questions come at once.
    import faiss

    library: Any = faiss
    pointer = library.swig_ptr
    library.fvec_inner_products_ny(
        pointer(products), pointer(vector), pointer(vectors), len(vector), len(vectors)
    )


class _Shown:
    """The vectors of a FAISS index as NumPy sees them: an array of it keeps the index."""

    def __init__(self, index: Any, size: int, dimension: int) -> None:
        import faiss

        self._index = index
        shown: Any = faiss.rev_swig_ptr(index.get_xb(), max(size, 1) * dimension)
        self.__array_interface__ = {
            "version": 3,
            "shape": (size, dimension),
            "typestr": "<f4",
            "data": (shown.ctypes.data, True),  # read-only
        }


class VectorGraph:
    """Vectors, each once, that are searched approximately; safe to share between threads.

    `passages` are the positions of those that have a vector, from `bounds[i]` to the next.
    """

    def __init__(self, index: Any, bounds: Positions, passages: Positions, breadth: int) -> None:
        import faiss

        self._faiss: Any = faiss
        self._index = index
        self.bounds, self.passages = bounds, passages
        self.breadth = breadth  # efSearch: how many vectors a search keeps in sight

    def __len__(self) -> int:
        return len(self.bounds) - 1

    def nearest(self, vector: Vectors, count: int) -> tuple[Positions, Scores]:
        """Return up to `count` vectors' numbers and inner products, nearest first."""
        if not len(self):
            return np.empty(0, np.int64), np.empty(0, np.float32)
        parameters = self._faiss.SearchParametersHNSW(efSearch=max(self.breadth, count))
        wanted = np.ascontiguousarray(vector, np.float32).reshape(1, -1)
        scores, found = self._index.search(wanted, min(count, len(self)), params=parameters)
        known = found[0] >= 0
        return found[0][known], scores[0][known]

    def nearest_passages(self, vector: Vectors, count: int) -> Positions:
        """Return the passages of the `count` nearest vectors, nearest first, then in order."""
        numbers, _ = self.nearest(vector, count)
        starts, ends = self.bounds[numbers], self.bounds[numbers + 1]
        return np.concatenate(
            [self.passages[start:end] for start, end in zip(starts, ends, strict=True)]
            or [self.passages[:0]]
        )


def write_vectors(path: Path, dimension: int, chunks: Iterable[Vectors]) -> int:
    """Write unit vectors, given in chunks (n, dimension), as an exact FAISS index; return n.

    FAISS's own header, and after it the vectors as they come: FAISS would hold all of them first.
    """
    import faiss

    header = bytearray(faiss.serialize_index(faiss.IndexFlatIP(dimension)).tobytes())
    count = 0
    with path.open("wb") as file:
        file.write(header)
        for chunk in chunks:
            file.write(np.ascontiguousarray(chunk, "<f4").data)
            count += len(chunk)
        header[_COUNT_AT : _COUNT_AT + _COUNT.size] = _COUNT.pack(count)
        header[-_FLOATS.size :] = _FLOATS.pack(count * dimension)
        file.seek(0)
        file.write(header)
    return count


def write_graph(path: Path, vectors: Vectors, owned: Sequence[Positions]) -> None:
    """Build a graph over some of the vectors and write it, and beside it who has each.

    `owned` are, for each vector of the graph, the positions of the passages that have it. Built by
    one thread: several would make another graph of the same vectors each time.
    """
    import faiss

    # Half precision: a thousandth of a cosine at most, for half the memory.
    precision: Any = faiss.ScalarQuantizer.QT_fp16
    graph = faiss.IndexHNSWSQ(vectors.shape[1], precision, NEIGHBOURS, faiss.METRIC_INNER_PRODUCT)
    graph.hnsw.efConstruction = BREADTH_BUILT
    firsts = np.array([passages[0] for passages in owned], np.int64)
    threads = faiss.omp_get_max_threads()  # of this thread, as the number that is set is
    faiss.omp_set_num_threads(1)
    try:
        for start in range(0, len(firsts), ROWS):
            graph.add(np.ascontiguousarray(vectors[firsts[start : start + ROWS]]))
    finally:
        faiss.omp_set_num_threads(threads)
    with writing(path) as writer:
        faiss.write_index(graph, writer)
    bounds = np.concatenate([[0], np.cumsum([len(passages) for passages in owned])])
    np.save(owners_of(path), np.concatenate([bounds, *owned]).astype(np.int64))


def read_graph(
    path: Path, size: int, dimension: int, breadth: int, passages: int | None = None
) -> VectorGraph:
    """Read a graph of `size` vectors, of a build of so many passages where that is known.

    Raises:
        IndexDamagedError: it can't be read, or is of something else.
    """
    graph = _read(path, "IndexHNSWSQ", size, dimension)
    try:
        numbers = read_array(owners_of(path))
        if numbers.dtype != np.int64 or numbers.ndim != 1 or len(numbers) <= size:
            raise ValueError(path.name)
        bounds, owners = numbers[: size + 1], numbers[size + 1 :]
        if bounds[0] or bounds[-1] != len(owners) or (np.diff(bounds) < 1).any():
            raise ValueError(path.name)
        last = owners.max(initial=0) if passages is None else passages - 1
        if owners.min(initial=0) < 0 or owners.max(initial=0) > last:
            raise ValueError(path.name)
    except (OSError, ValueError, EOFError) as error:
        raise manifest.damaged(owners_of(path)) from error
    return VectorGraph(graph, bounds, owners, breadth)


def owners_of(path: Path) -> Path:
    """Return the file that says which passages have the vectors of a graph."""
    return path.with_suffix(".npy")


def _read(path: Path, kind: str, size: int, dimension: int) -> Any:
    import faiss

    try:
        large = path.stat().st_size > MAPPED_BYTES
        index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC if large else 0)
    except (OSError, RuntimeError) as error:
        raise manifest.damaged(path) from error
    found = (type(index).__name__, index.metric_type, index.ntotal, index.d)
    if found != (kind, faiss.METRIC_INNER_PRODUCT, size, dimension):
        raise manifest.damaged(path)
    return index


@contextmanager
def writing(path: Path) -> Iterator[Any]:
    """Give FAISS a file to write that Python does: it tells of a full disk without its reason."""
    import faiss

    failed: list[OSError] = []
    with path.open("wb") as file:

        def write(block: bytes) -> None:
            try:
                file.write(block)
            except OSError as error:
                failed.append(error)
                raise

        try:
            yield faiss.PyCallbackIOWriter(write)  # type: ignore[attr-defined]
        except RuntimeError:
            if failed:
                raise failed[0] from None
            raise
