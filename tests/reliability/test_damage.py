"""Damaged files, as in `benchmarks/reliability`, with fewer bytes flipped."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from benchmarks.reliability import corruption
from recueil_qa.encoding.vector_cache import FOLDER, NAME, VectorCache
from tests.support.encoders import HashEncoder

TEXTS = [f"texte {number}" for number in range(8)]
VECTORS = HashEncoder().encode_document(TEXTS)


def test_whatever_is_damaged_is_told_or_of_no_consequence(tmp_path: Path) -> None:
    found = corruption.run(tmp_path, places=1, step=4)
    assert found["faults"] == []
    assert found["files damaged"] == 27
    assert found["of these refused on opening"] == found["of the build that serves"] >= 30
    assert found["of these told by the doctor"] == found["doctor asked"] >= 13
    assert found["builds from a damaged cache, same bytes"] >= 4
    assert found["of these that encoded again"] >= 1


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    with VectorCache(tmp_path, "hash@1") as found:
        found.put(TEXTS, VECTORS)
        found.tidy(TEXTS)
    return tmp_path / FOLDER / NAME


def heal(cache: Path) -> int:
    """Use a cache as a build does; return how many texts had no vector."""
    with VectorCache(cache.parents[1], "hash@1") as found:
        missing = found.missing(TEXTS)
        found.put(missing, HashEncoder().encode_document(missing) if missing else VECTORS[:0])
        np.testing.assert_array_equal(found.get(TEXTS), VECTORS)
        found.tidy(TEXTS)
    return len(missing)


def replace(path: Path, old: bytes, new: bytes) -> None:
    content = path.read_bytes()
    assert content.count(old) == 1
    path.write_bytes(content.replace(old, new))


def test_a_sound_cache_has_all(cache: Path) -> None:
    assert heal(cache) == 0


def test_an_index_that_leads_to_another_vector_is_not_followed(cache: Path) -> None:
    # In SQLite's index a key is followed by the number of its row.
    with VectorCache(cache.parents[1], "hash@1") as found:
        key = found._key(TEXTS[2])
    replace(cache, key + b"\x03", key + b"\x04")
    assert heal(cache) == 8
    assert heal(cache) == 0


def test_the_vector_of_another_text_is_missing(cache: Path) -> None:
    with sqlite3.connect(cache) as database:
        database.execute(
            "UPDATE vectors SET (vector, checksum) = "
            "(SELECT vector, checksum FROM vectors WHERE rowid = 2) WHERE rowid = 1"
        )
    database.close()
    assert heal(cache) == 1


def test_a_vector_whose_type_is_damaged_is_read_as_it_is_or_missing(cache: Path) -> None:
    with sqlite3.connect(cache) as database:
        database.execute("UPDATE vectors SET vector = CAST(vector AS TEXT) WHERE rowid = 1")
    database.close()
    assert heal(cache) <= 1


@pytest.mark.parametrize("name", [b"checksum INTEGER", b"vector BLOB NOT", b"TABLE vectors"])
def test_a_schema_that_is_damaged_is_made_anew(cache: Path, name: bytes) -> None:
    replace(cache, name, b"q" + name[1:])
    assert heal(cache) == 8


def test_a_header_that_forbids_writing_is_made_anew(cache: Path) -> None:
    content = bytearray(cache.read_bytes())
    content[18] = 9
    cache.write_bytes(content)
    assert heal(cache) == 8
    assert heal(cache) == 0
