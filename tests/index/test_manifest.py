from __future__ import annotations

from pathlib import Path

import pytest

from recueil_qa.corpus.folders import corpus_hash
from recueil_qa.errors import IndexDamagedError, IndexUnusableError
from recueil_qa.index import manifest
from recueil_qa.index.current import CURRENT, current_build, is_current, serves
from recueil_qa.index.manifest import is_build_name
from recueil_qa.index.opening import open_catalogue, open_index
from tests.support.damage import edit_manifest


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("20260102T030405.000006Z-0123456789abcdef", True),
        ("20260102T030405Z-0123456789abcdef", True),
        ("20260102T030405.000006Z-0123456789ABCDEF", False),
        ("20260102T030405.000006Z-0123456789abcde", False),
        ("20260102T030405.000006Z-0123456789abcdef0", False),
        ("20260102T030405.000006Z-0123456789abcdef\n", False),
        ("../20260102T030405.000006Z-0123456789abcdef", False),
        ("0" * 300 + "Z-0123456789abcdef", False),
        ("Z-0123456789abcdef", False),
        ("", False),
    ],
)
def test_the_name_of_a_build_has_one_form(name: str, is_one: bool) -> None:
    assert is_build_name(name) is is_one


def test_any_flipped_byte_of_the_manifest_is_refused(index_root: Path) -> None:
    path = current_build(index_root) / manifest.NAME
    whole = path.read_bytes()
    for place in range(0, len(whole), 5):
        content = bytearray(whole)
        content[place] ^= 0x01
        path.write_bytes(content)
        with pytest.raises(IndexUnusableError, match="Mend it with: recueil-qa build"):
            open_catalogue(index_root)


@pytest.mark.parametrize(
    "change",
    [
        {"files": {}},
        {"counts": {"pasages": 25}},
        {"encoder": "other@test"},
        {"dimension": 65},
        {"corpus": "0" * 64},
        {"created": "2020-01-01T00:00:00.000000+00:00"},
        {},
    ],
    ids=str,
)
def test_a_manifest_that_was_edited_is_damage(
    corpus_root: Path, index_root: Path, change: dict[str, object]
) -> None:
    # Even written over with the same values, in another layout.
    edit_manifest(index_root, **change)
    path = current_build(index_root) / manifest.NAME
    for open_ in (open_index, open_catalogue):
        with pytest.raises(IndexDamagedError) as caught:
            open_(index_root)
        assert f"the index is damaged: {path} is altered; " in caught.value.en
    assert not is_current(index_root, corpus_hash(corpus_root), "hash@test")


@pytest.mark.parametrize("opening", ["[", '{"format":'])
def test_a_manifest_nested_too_deep_is_damage(index_root: Path, opening: str) -> None:
    path = current_build(index_root) / manifest.NAME
    path.write_text(opening * 100_000, "utf-8")
    with pytest.raises(IndexDamagedError, match=f"{path} is altered"):
        manifest.read_manifest(path.parent)


def test_a_folder_in_the_place_of_current_names_no_build(index_root: Path) -> None:
    build = current_build(index_root)
    assert serves(build)
    (index_root / CURRENT).unlink()
    assert not serves(build)
    (index_root / CURRENT).mkdir()
    assert not serves(build)
