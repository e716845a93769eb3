"""Each text is encoded once, whatever keeps its vector."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from recueil_qa.encoding.encoded_once import EncodedOnce, Memory, OnceEncoder, Store
from recueil_qa.encoding.encoder import Vectors
from recueil_qa.encoding.vector_cache import VectorCache
from tests.support.encoders import HashEncoder


class Watched:
    """Encodes a text as its length and its first letter; keeps what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def __call__(self, texts: Sequence[str]) -> Vectors:
        self.asked.append([*texts])
        return np.array([[len(text), ord(text[0])] for text in texts], np.float32)


@pytest.fixture(params=["memory", "disk"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "memory":
        yield Memory()
        return
    with VectorCache(tmp_path, "watched") as cache:
        yield cache


TEXTS = ("ccc", "a", "bb", "a", "dddd", "ee")
EXPECTED = [[len(text), ord(text[0])] for text in TEXTS]


def test_alike_lengths_are_encoded_together_each_text_once(store: Store) -> None:
    encode = Watched()
    vectors = EncodedOnce(encode, store, batch=2)
    assert vectors(TEXTS).tolist() == EXPECTED
    assert encode.asked == [["a", "bb"], ["ee", "ccc"], ["dddd"]]
    assert vectors(("bb", "f", "ccc")).dtype == np.float32
    assert encode.asked[3:] == [["f"]]


def test_texts_may_be_encoded_as_they_come(store: Store) -> None:
    encode, told = Watched(), list[tuple[int, int]]()
    vectors = EncodedOnce(
        encode, store, batch=3, by_length=False, progress=lambda *counts: told.append(counts)
    )
    assert vectors(TEXTS).tolist() == EXPECTED
    assert encode.asked == [["ccc", "a", "bb"], ["dddd", "ee"]]
    assert told == [(3, 5), (5, 5)]


def test_a_suffix_keeps_vectors_beside_others_of_the_same_texts(store: Store) -> None:
    store.put(["a"], np.array([[0, 0]], np.float32))
    encode = Watched()
    vectors = EncodedOnce(encode, store, suffix="\0query")
    assert vectors(["a", "bb"]).tolist() == [[1, ord("a")], [2, ord("b")]]
    assert encode.asked == [["a", "bb"]]
    assert vectors.keys == ["a\0query", "bb\0query"]
    assert store.get(["a"]).tolist() == [[0, 0]]


def test_questions_are_remembered_and_the_rest_is_the_encoders() -> None:
    asked: list[list[str]] = []

    class Counted(HashEncoder):
        def encode_query(self, texts: Sequence[str]) -> Vectors:
            asked.append([*texts])
            return super().encode_query(texts)

    plain, once = HashEncoder(), OnceEncoder(Counted())
    assert (once.id, once.dimension) == (plain.id, plain.dimension)
    for _ in range(2):
        assert (once.encode_query(["a", "b"]) == plain.encode_query(["a", "b"])).all()
    assert asked == [["a", "b"]]
    assert (once.encode_document(["c"]) == plain.encode_document(["c"])).all()
