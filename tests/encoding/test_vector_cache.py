from __future__ import annotations

import errno
import re
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recueil_qa.encoding.vector_cache import FOLDER, NAME, VectorCache
from tests.support.encoders import HashEncoder

TEXTS = ["le guichet", "les appels répétés", "the letters"]
VECTORS = HashEncoder().encode_document(TEXTS)


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    with VectorCache(tmp_path, "hash@1") as cache:
        cache.put(TEXTS, VECTORS)
    return tmp_path


def test_vectors_come_back_as_they_were_in_the_order_asked(filled: Path) -> None:
    with VectorCache(filled, "hash@1") as cache:
        found = cache.get([TEXTS[2], TEXTS[0], TEXTS[2]])
    np.testing.assert_array_equal(found, VECTORS[[2, 0, 2]])
    assert found.dtype == np.float32


def test_what_has_no_vector_is_named(filled: Path) -> None:
    with VectorCache(filled, "hash@1") as cache:
        assert cache.missing(["new", TEXTS[1], "Le guichet"]) == ["new", "Le guichet"]
        with pytest.raises(KeyError, match="new"):
            cache.get([TEXTS[1], "new"])


def test_another_encoder_finds_nothing_of_this_one(filled: Path) -> None:
    with VectorCache(filled, "hash@2") as cache:
        assert cache.missing(TEXTS) == TEXTS
        cache.put(TEXTS[:1], -VECTORS[:1])
    with VectorCache(filled, "hash@1") as cache:
        np.testing.assert_array_equal(cache.get(TEXTS), VECTORS)


def test_an_altered_vector_is_missing_rather_than_wrong(filled: Path) -> None:
    with sqlite3.connect(filled / FOLDER / NAME) as database:
        database.execute("UPDATE vectors SET vector = zeroblob(length(vector))")
    database.close()
    with VectorCache(filled, "hash@1") as cache:
        assert cache.missing(TEXTS) == TEXTS
        cache.put(TEXTS, VECTORS)
        np.testing.assert_array_equal(cache.get(TEXTS), VECTORS)


@pytest.mark.parametrize(
    "content", [b"", b"not a database at all" * 100, b"SQLite format 3\0" + b"\xff" * 5000]
)
def test_a_damaged_file_is_made_anew(filled: Path, content: bytes) -> None:
    (filled / FOLDER / NAME).write_bytes(content)
    with VectorCache(filled, "hash@1") as cache:
        assert cache.missing(TEXTS) == TEXTS
        cache.put(TEXTS, VECTORS)
    with VectorCache(filled, "hash@1") as cache:
        np.testing.assert_array_equal(cache.get(TEXTS), VECTORS)


def test_damage_further_in_is_found_on_opening(tmp_path: Path) -> None:
    texts = [f"texte {i}" for i in range(300)]
    with VectorCache(tmp_path, "hash@1") as cache:
        cache.put(texts, HashEncoder().encode_document(texts))
    path = tmp_path / FOLDER / NAME
    content = bytearray(path.read_bytes())
    content[4096 * 3 : 4096 * 12] = bytes(4096 * 9)
    path.write_bytes(content)
    with VectorCache(tmp_path, "hash@1") as cache:
        missing = cache.missing(texts)
        cache.put(missing, HashEncoder().encode_document(missing))
        np.testing.assert_array_equal(cache.get(texts), HashEncoder().encode_document(texts))


def test_a_vector_stays_for_three_builds_after_its_last_use(filled: Path) -> None:
    with VectorCache(filled, "hash@1") as cache:
        left = []
        for _ in range(4):
            cache.tidy(TEXTS[:1])
            left.append(cache.missing(TEXTS))
    assert left == [[], [], TEXTS[1:], TEXTS[1:]]


def test_a_use_in_between_keeps_a_vector(filled: Path) -> None:
    with VectorCache(filled, "hash@1") as cache:
        for used in (TEXTS[:1], TEXTS[:1], TEXTS, TEXTS[:1], TEXTS[:1]):
            cache.tidy(used)
        assert cache.missing(TEXTS) == []


def test_what_is_forgotten_is_missing(filled: Path) -> None:
    with VectorCache(filled, "hash@1") as cache:
        cache.forget([TEXTS[1], "unknown"])
        assert cache.missing(TEXTS) == [TEXTS[1]]


def test_a_put_that_is_cut_short_keeps_nothing_of_it(tmp_path: Path) -> None:
    with VectorCache(tmp_path, "hash@1") as cache:
        with pytest.raises(ValueError, match="shorter"):
            cache.put([*TEXTS, "one more"], VECTORS)
        assert cache.missing(TEXTS) == TEXTS


def test_a_folder_in_its_place_is_told_with_its_path(tmp_path: Path) -> None:
    (tmp_path / FOLDER / NAME).mkdir(parents=True)
    with pytest.raises(OSError, match="unable to open") as caught:
        VectorCache(tmp_path, "hash@1")
    assert caught.value.errno == errno.EACCES
    assert caught.value.filename == str(tmp_path / FOLDER / NAME)


def test_a_full_disk_is_told_as_such(tmp_path: Path) -> None:
    with VectorCache(tmp_path, "hash@1") as cache:
        # What SQLite says of a full disk, made with the pages that a file may have.
        cache._database.execute("PRAGMA max_page_count = 5")
        texts = [f"texte {i}" for i in range(200)]
        with pytest.raises(OSError, match="full") as caught:
            cache.put(texts, HashEncoder().encode_document(texts))
        assert caught.value.errno == errno.ENOSPC
        assert cache.missing(texts) == texts


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), unique=True, max_size=20))
def test_any_texts_keep_their_own_vectors(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    rng = np.random.default_rng(len(texts))
    vectors = rng.standard_normal((len(texts), 8)).astype(np.float32)
    with VectorCache(tmp_path_factory.mktemp("cache"), "any") as cache:
        cache.put(texts, vectors)
        assert cache.missing(texts) == []
        if texts:
            np.testing.assert_array_equal(cache.get(texts[::-1]), vectors[::-1])


def test_caches_that_were_filled_apart_are_joined_as_the_guide_says(
    filled: Path, tmp_path: Path
) -> None:
    with VectorCache(tmp_path / "other", "hash@1") as cache:
        cache.put(["la file", TEXTS[0]], HashEncoder().encode_document(["la file", TEXTS[0]]))
    guide = (Path(__file__).parents[2] / "docs" / "scale.md").read_text("utf-8")
    one = tmp_path / "other" / FOLDER / NAME
    (statements,) = re.findall(r"`(ATTACH '.*;)`", guide)
    with sqlite3.connect(filled / FOLDER / NAME) as database:
        database.executescript(statements.replace(f"index-1/{FOLDER}/{NAME}", str(one)))
    database.close()
    with VectorCache(filled, "hash@1") as cache:
        assert cache.missing([*TEXTS, "la file"]) == []
        np.testing.assert_array_equal(
            cache.get(["la file"]), HashEncoder().encode_query(["la file"])
        )
