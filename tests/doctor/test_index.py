from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recueil_qa.index import files, manifest
from recueil_qa.index.current import CURRENT, current_build
from tests.support.sound import (
    faults,
    findings,
    reseal,
    run,
    sound_home,  # noqa: F401
)


def damage(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def test_a_missing_index_is_told_with_its_mend(home: Path) -> None:
    shutil.rmtree(home / "index")
    found = findings()["index"]
    assert found.severity == "error"
    assert found.what.en == f"no index yet in {home / 'index'}"
    assert found.row()["mend_fr"] == found.row()["mend_en"] == "recueil-qa build"
    run(found.row()["mend_fr"])
    assert faults() == []


@pytest.mark.parametrize("text", ["", "../elsewhere", "20140101T000000.000000Z-0123456789abcdef"])
def test_a_name_of_no_build_is_told_as_damage(home: Path, text: str) -> None:
    (home / "index" / CURRENT).write_text(text, "utf-8")
    found = findings()["index"]
    assert found.severity == "error"
    assert found.row()["mend_fr"] == found.row()["mend_en"] == "recueil-qa build --force"
    run(found.row()["mend_en"])
    assert faults() == []


@pytest.mark.parametrize(
    "name", ["vectors.faiss", "unanswered.faiss", "bm25/vocab.index.json", "manifest.json"]
)
@pytest.mark.parametrize("break_", [Path.unlink, damage, lambda path: path.write_bytes(b"{}")])
def test_a_damaged_index_is_told_with_the_file_and_its_mend(
    home: Path, name: str, break_: Callable[[Path], None]
) -> None:
    path = current_build(home / "index") / name
    break_(path)
    found = findings()["index"]
    assert found.severity == "error"
    assert str(path) in found.what.fr
    assert str(path) in found.what.en
    assert found.row()["mend_fr"] == found.row()["mend_en"] == "recueil-qa build --force"
    assert faults() == ["index"]


def test_a_damaged_index_is_mended_as_it_says_but_for_the_old_build(home: Path) -> None:
    damage(current_build(home / "index") / "vectors.faiss")
    run(findings()["index"].row()["mend_fr"])
    assert faults() == ["builds"]
    run(findings()["builds"].row()["mend_fr"])
    assert faults() == []


def rename_count(contract: dict[str, Any]) -> None:
    contract["counts"]["pasages"] = contract["counts"].pop("passages")


@pytest.mark.parametrize("change", [lambda contract: contract["files"].clear(), rename_count])
def test_a_manifest_that_was_edited_is_told_as_a_damaged_file(
    home: Path, change: Callable[[dict[str, Any]], None]
) -> None:
    path = current_build(home / "index") / "manifest.json"
    contract = json.loads(path.read_text("utf-8"))
    change(contract)
    path.write_text(json.dumps(contract), "utf-8")
    found = findings()["index"]
    assert found.what.en.startswith(f"the index is damaged: {path} is altered; recueil-qa rollback")
    assert found.row()["mend_en"] == "recueil-qa build --force"


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("format", manifest.FORMAT + 1, "format"),
        ("parameters", {"bm25_k1": 9.0}, "bm25_k1"),
    ],
)
def test_an_index_of_another_version_is_told_with_its_mend(
    home: Path, key: str, value: object, said: str
) -> None:
    path = current_build(home / "index") / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {key: value}), "utf-8")
    found = findings()["index"]
    assert found.severity == "error"
    assert said in found.what.fr
    assert said in found.what.en
    assert found.row()["mend_fr"] == found.row()["mend_en"] == "recueil-qa build"
    assert faults() == ["index"]


def drop_passage(folder: Path) -> None:
    path = folder / files.PASSAGES
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))


def drop_practice(folder: Path) -> None:
    path = folder / files.PRACTICES
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))


def more_postings(folder: Path) -> None:
    path = folder / files.POSTINGS / "params.index.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"num_docs": 99}), "utf-8")


def swap_places(folder: Path) -> None:
    path = folder / files.MAP
    path.write_text(json.dumps(json.loads(path.read_text("utf-8"))[::-1]), "utf-8")


@pytest.mark.parametrize(
    ("break_", "told"),
    [
        (more_postings, "bm25 99 ≠ 34"),
        (swap_places, "map.json ≠ practices.jsonl"),
        (
            lambda folder: shutil.copy(folder / files.VECTORS, folder / files.UNANSWERED),
            "unanswered.faiss 34 × 64 ≠ 0 × 64",
        ),
    ],
)
def test_parts_that_disagree_are_told_and_mended_by_a_new_build(
    home: Path, break_: Callable[[Path], object], told: str
) -> None:
    folder = current_build(home / "index")
    break_(folder)
    reseal(home / "index", folder)
    found = findings()["contents"]
    assert found.severity == "error"
    assert found.what.fr == f"les parties de l'index ne s'accordent pas : {told}"
    assert found.what.en == f"the parts of the index disagree: {told}"
    assert found.row()["mend_fr"] == found.row()["mend_en"] == "recueil-qa build --force"
    assert faults() == ["contents"]
    run(found.row()["mend_en"])
    assert faults() == []


@pytest.mark.parametrize(
    ("name", "data"),
    [
        (files.VECTORS, b"IxFI"),
        (files.MAP, b"{"),
        (files.UNANSWERED_OF, b'["petit"]'),
        (files.PASSAGES, b'{"id": 3}\n'),
        (f"{files.POSTINGS}/params.index.json", b"\xff"),
    ],
)
def test_a_part_that_cant_be_read_is_told_by_its_name(home: Path, name: str, data: bytes) -> None:
    folder = current_build(home / "index")
    (folder / name).write_bytes(data)
    folder = reseal(home / "index", folder)
    found = findings()["contents"]
    assert found.severity == "error"
    assert found.what.en.startswith(f"the index is damaged: {folder / name} is altered; ")
    assert found.row()["mend_fr"] == found.row()["mend_en"] == "recueil-qa build --force"


@pytest.mark.parametrize("drop", [drop_passage, drop_practice])
def test_passages_of_other_facts_or_practices_are_told(
    home: Path, drop: Callable[[Path], object]
) -> None:
    folder = current_build(home / "index")
    drop(folder)
    folder = reseal(home / "index", folder)
    found = findings()["contents"]
    assert found.severity == "error"
    assert found.what.en.startswith(
        f"the index is damaged: {folder / 'passages.jsonl'} is altered; "
    )
    run(found.row()["mend_en"])
    assert faults() == []


def test_lines_that_left_the_source_are_told_though_the_corpus_agrees(home: Path) -> None:
    folder = home / "corpus" / "petit"
    for path in (folder / "source.txt", folder / "practices" / "p2.md"):
        text = path.read_text("utf-8").replace("Compter les appels", "Relever les appels")
        path.write_text(text, "utf-8")
    found = findings()["quotations"]
    assert found.severity == "error"
    assert found.what.fr == (
        "1 ligne(s) que l'index cite ne sont plus dans la source : petit-p2/conseils/1"
    )
    assert found.what.en == (
        "1 line(s) that the index quotes are no longer in the source: petit-p2/conseils/1"
    )
    assert found.row()["mend_fr"] == found.row()["mend_en"] == "recueil-qa build"
    assert faults() == ["quotations", "freshness"]
    run(found.row()["mend_fr"])
    assert faults() == []


def test_a_line_that_left_its_practice_and_not_the_source_is_still_a_quotation(home: Path) -> None:
    path = home / "corpus" / "petit" / "practices" / "p2.md"
    text = path.read_text("utf-8").replace("- Compter les appels pour un même motif\n", "")
    path.write_text(text, "utf-8")
    assert faults() == ["freshness"]
