from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock, Timeout

from recueil_qa import Assistant, maintenance
from recueil_qa.builds import locks, rebuild, versions
from recueil_qa.builds.build import build_index
from recueil_qa.builds.changes import Difference, compare, history
from recueil_qa.builds.listing import Build, check_builds, list_builds
from recueil_qa.builds.versions import activate, prune, rollback
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.errors import (
    IndexDamagedError,
    IndexMismatchError,
    IndexMissingError,
    NotFoundError,
    WriteError,
)
from recueil_qa.index import manifest, opening
from recueil_qa.index.current import current_build
from recueil_qa.index.files import PARAMETERS
from recueil_qa.index.opened import Index
from recueil_qa.index.opening import open_index
from recueil_qa.settings import Settings
from tests.support.builds import copy_build
from tests.support.encoders import HashEncoder
from tests.support.folders import contents, names

FIRST, SECOND = "2026-01-02T03:04:05.000006+00:00", "2026-02-03T04:05:06.000007+00:00"


@pytest.fixture
def three(index_root: Path) -> list[str]:
    """The names of three sound builds, oldest first; the last one serves."""
    found = [copy_build(index_root, created).name for created in (FIRST, SECOND)]
    return [*found, current_build(index_root).name]


def serving(root: Path) -> str:
    return open_index(root).folder.name


def listed(root: Path) -> list[str]:
    return [build.name for build in list_builds(root)]


def test_builds_are_listed_newest_first_with_the_one_that_serves(
    index_root: Path, three: list[str]
) -> None:
    (index_root / "README.md").write_text("built, not committed", "utf-8")
    (index_root / "0-notes").mkdir()
    (index_root / ".build-x").mkdir()
    (index_root / f"20260101T000000Z-{'0' * 16}").write_text("a file", "utf-8")
    assert list_builds(index_root) == tuple(
        Build(name, created, name == three[2], manifest.read_manifest(index_root / name))
        for name, created in zip(
            reversed(three),
            (manifest.read_manifest(index_root / three[2]).created, SECOND, FIRST),
            strict=True,
        )
    )


@pytest.mark.parametrize(
    "work",
    [
        list_builds,
        rollback,
        compare,
        lambda root: activate(root, "2026"),
        lambda root: prune(root, 1),
    ],
    ids=["list", "rollback", "compare", "activate", "prune"],
)
def test_without_any_build_that_is_told(tmp_path: Path, work: Callable[[Path], object]) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("mine", "utf-8")
    (tmp_path / "lost").mkdir()
    (tmp_path / "lost" / "CURRENT").write_text(f"20260101T000000Z-{'0' * 16}\n", "utf-8")
    before = contents(tmp_path)
    for name in ("nowhere", "empty", "file", "lost"):
        with pytest.raises(IndexMissingError) as caught:
            work(tmp_path / name)
        root = tmp_path / name
        assert caught.value.en == f"no index yet in {root}. Mend it with: recueil-qa build"
        assert caught.value.fr == f"pas encore d'index dans {root}. Remède : recueil-qa build"
    assert contents(tmp_path) == before


def no_current(root: Path) -> None:
    (root / "CURRENT").unlink()


def current_of_a_build_that_is_gone(root: Path) -> None:
    (root / "CURRENT").write_text(f"20250101T000000Z-{'0' * 16}\n", "utf-8")


def current_of_another_form(root: Path) -> None:
    (root / "CURRENT").write_bytes(b"../\xff")


@pytest.mark.parametrize(
    "lose", [no_current, current_of_a_build_that_is_gone, current_of_another_form]
)
def test_where_no_build_serves_the_list_and_going_back_still_work(
    index_root: Path, three: list[str], lose: Callable[[Path], None]
) -> None:
    lose(index_root)
    assert [(build.name, build.is_current, build.fault) for build in list_builds(index_root)] == [
        (name, False, None) for name in reversed(three)
    ]
    with pytest.raises(NotFoundError, match=f"no build is in service in {index_root}.*rollback"):
        compare(index_root)
    (index_root / three[2] / "map.json").unlink()
    assert rollback(index_root).name == three[1]
    assert serving(index_root) == three[1]


def test_an_activated_build_serves_and_an_open_assistant_takes_it_up(
    corpus_root: Path, index_root: Path, small: Assistant
) -> None:
    first = small.build
    path = corpus_root / "petit" / "questions" / "p1.yaml"
    path.write_text(path.read_text("utf-8") + "- Trop de tableaux de bord\n", "utf-8")
    second = build_index(index_root, read_corpus(corpus_root), HashEncoder()).name
    newer = small.reopen()
    assert newer.build == second
    assert activate(index_root, first) == Build(first, small.manifest.created, True, small.manifest)
    assert maintenance.current_build(small.settings) == first
    older = newer.reopen()
    assert (older.build, older.manifest.counts["question"]) == (first, 7)
    assert older.load_encoder() is small.load_encoder()
    asked = "Trop de tableaux de bord"
    assert older.ask(asked) == small.ask(asked) != newer.ask(asked)
    assert (newer.ask(asked).hits[0].practice.id, newer.ask(asked).abstained) == ("petit-p1", False)
    assert older.ask(asked).abstained
    activate(index_root, second)
    assert older.reopen().build == second


def test_a_build_is_named_whole_or_by_a_unique_start_or_end(
    index_root: Path, three: list[str]
) -> None:
    for given, expected in (
        (three[0], 0),
        ("20260203", 1),
        (three[2][-16:], 2),
        ("20260102T", 0),
        (three[1][-16:], 1),
    ):
        assert activate(index_root, given).name == three[expected]
        assert serving(index_root) == three[expected]


def test_a_whole_name_is_enough_even_where_others_end_alike(index_root: Path) -> None:
    name = current_build(index_root).name
    twin = f"20200101T000000Z-{name[-16:]}"
    shutil.copytree(index_root / name, index_root / twin)
    with pytest.raises(NotFoundError) as caught:
        activate(index_root, name[-16:])
    assert caught.value.en == (f"several builds start or end with '{name[-16:]}': {name}, {twin}")
    assert caught.value.fr == (
        f"plusieurs versions commencent ou finissent par « {name[-16:]} » : {name}, {twin}"
    )
    assert serving(index_root) == name
    assert activate(index_root, twin).name == twin


@pytest.mark.parametrize(
    "given",
    [
        "",
        ".",
        "..",
        "../index",
        "/",
        "CURRENT",
        "README.md",
        "1999",
        "0-notes",
        "*",
        "\0",
        "copy/..",
    ],
)
def test_a_name_of_no_build_is_refused_and_nothing_is_touched(
    index_root: Path, three: list[str], given: str
) -> None:
    (index_root / "README.md").write_text("built, not committed", "utf-8")
    (index_root / "0-notes").mkdir()
    before = contents(index_root)
    for work in (activate, compare, lambda root, name: compare(root, None, name)):
        with pytest.raises(NotFoundError) as caught:
            work(index_root, given)
        there = ", ".join(reversed(three))
        assert caught.value.en == f"no build '{given}' in {index_root}; there are: {there}"
        assert caught.value.fr == f"aucune version « {given} » dans {index_root} ; il y a : {there}"
    assert contents(index_root) == before


def test_an_absolute_or_roundabout_path_to_a_build_is_no_name(
    index_root: Path, three: list[str]
) -> None:
    for given in (
        f"{index_root}/{three[0]}",
        f"../index/{three[0]}",
        f"{three[0]}/",
        f"./{three[0]}",
    ):
        with pytest.raises(NotFoundError, match="there are: "):
            activate(index_root, given)
    assert serving(index_root) == three[2]


def empty_folder(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


@pytest.mark.parametrize(
    ("damage", "file", "state"),
    [
        (lambda folder: (folder / "vectors.faiss").write_bytes(b""), "vectors.faiss", "altered"),
        (lambda folder: (folder / "bm25" / "data.csc.index.npy").unlink(),
         "bm25/data.csc.index.npy", "missing"),
        (lambda folder: (folder / "manifest.json").write_bytes(b"{"), "manifest.json", "altered"),
        (lambda folder: (folder / "manifest.json").unlink(), "manifest.json", "missing"),
        (lambda folder: shutil.rmtree(folder / "bm25"), "bm25/data.csc.index.npy", "missing"),
        (empty_folder, "manifest.json", "missing"),
    ],
)  # fmt: skip
def test_a_damaged_build_is_listed_with_what_is_wrong_and_is_never_put_in_service(
    index_root: Path, three: list[str], damage: Callable[[Path], object], file: str, state: str
) -> None:
    damage(index_root / three[1])
    said = (
        f"the index is damaged: {index_root / three[1] / file} is {state}; "
        "recueil-qa rollback goes back to the build before. Mend it with: recueil-qa build --force"
    )
    first, second, third = check_builds(index_root)
    assert [first.fault, first.refusal, third.fault, third.refusal] == [None] * 4
    assert second.fault is not None
    assert second.refusal is not None
    path = index_root / three[1] / file
    assert second.fault.fr.startswith(f"l'index est abîmé : {path} est ")
    assert second.fault.en == f"the index is damaged: {path} is {state}"
    assert second.refusal.en == said
    with pytest.raises(IndexDamagedError) as caught:
        activate(index_root, three[1])
    assert caught.value.message == second.refusal
    assert serving(index_root) == three[2]
    assert rollback(index_root).name == three[0]


def test_the_damaged_build_that_serves_is_listed_so_and_gone_back_from(
    index_root: Path, three: list[str]
) -> None:
    (index_root / three[2] / "passages.jsonl").unlink()
    newest = list_builds(index_root)[0]
    assert (newest.name, newest.is_current, newest.fault is None) == (three[2], True, False)
    assert rollback(index_root).name == three[1]
    assert serving(index_root) == three[1]


def test_damage_that_shows_only_on_opening_is_seen_before_the_switch(
    index_root: Path, three: list[str]
) -> None:
    # A faulty writer's: the hashes agree, but there is a passage less than there are vectors.
    folder = index_root / three[1]
    rows = (folder / "passages.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "passages.jsonl").write_bytes(b"".join(rows[:-1]))
    contract = manifest.read_manifest(folder)
    contract = contract.model_copy(update={"files": manifest.hash_files(folder)})
    manifest.write_manifest(folder, contract)
    faulty = folder.rename(index_root / manifest.build_name(folder, contract))
    with pytest.raises(IndexDamagedError, match=f"{faulty / 'passages.jsonl'} is altered"):
        activate(index_root, faulty.name)
    assert serving(index_root) == three[2]
    assert rollback(index_root).name == three[0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"package": "0.0.1", "parameters": PARAMETERS | {"passages": 1}},
         "with another parameter (recueil-qa 0.0.1): found passages = 1, expected passages = 5."),
        ({"format": 99}, "with another format: found 99, expected 5."),
    ],
    ids=["parameters", "format"],
)  # fmt: skip
def test_a_build_of_another_version_is_refused_as_opening_it_would_be(
    index_root: Path, change: dict[str, object], said: str
) -> None:
    sound = current_build(index_root).name
    other = copy_build(index_root, FIRST, **change).name
    refusal = list_builds(index_root)[1].refusal
    assert refusal is not None
    assert said in refusal.en
    with pytest.raises(IndexMismatchError) as caught:
        activate(index_root, other)
    assert caught.value.message == refusal
    assert serving(index_root) == sound
    with pytest.raises(NotFoundError, match="no older sound build"):
        rollback(index_root)


def test_a_build_of_another_release_serves_where_format_and_parameters_are_the_same(
    index_root: Path,
) -> None:
    other = copy_build(index_root, FIRST, package="0.0.1").name
    assert [build.fault for build in check_builds(index_root)] == [None, None]
    assert rollback(index_root).name == serving(index_root) == other


def test_a_file_that_the_disk_cannot_give_is_a_fault_of_its_build(
    index_root: Path, three: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    failing, whole = index_root / three[0] / "map.json", manifest.file_hash

    def fail(path: Path) -> str:
        if path == failing:
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))
        return whole(path)

    monkeypatch.setattr(manifest, "file_hash", fail)
    faults = [build.fault for build in check_builds(index_root)]
    assert faults[:2] == [None, None]
    assert faults[2] is not None
    assert f"{failing} is altered" in faults[2].en


@pytest.mark.parametrize(
    ("owner", "function", "code"),
    [
        (os, "fsync", errno.ENOSPC),
        (Path, "replace", errno.EACCES),
        (Path, "open", errno.EROFS),
    ],
    ids=["full-disk", "refused", "read-only"],
)
@pytest.mark.parametrize(
    "work", [rollback, lambda root: activate(root, "20260203")], ids=["rollback", "activate"]
)
def test_a_switch_that_fails_is_told_and_the_old_build_serves(
    index_root: Path,
    three: list[str],
    monkeypatch: pytest.MonkeyPatch,
    work: Callable[[Path], object],
    owner: Any,
    function: str,
    code: int,
) -> None:
    before, whole = contents(index_root), getattr(owner, function)

    def fail(*arguments: Any, **options: Any) -> Any:
        writes = function != "open" or arguments[1:2] == ("w",)
        if writes:
            raise OSError(code, os.strerror(code))
        return whole(*arguments, **options)

    with monkeypatch.context() as patch, pytest.raises(WriteError) as caught:
        patch.setattr(owner, function, fail)
        work(index_root)
    assert caught.value.en == (
        f"build {three[1]} could not be put in service ({index_root}: {os.strerror(code)}); the "
        "one in service has not changed. Free some space or mend the permissions, then: "
        f"recueil-qa activate {three[1]}"
    )
    reasons = {
        errno.ENOSPC: "disque plein",
        errno.EACCES: "accès refusé",
        errno.EROFS: "disque en lecture seule",
    }
    assert (
        f"la version {three[1]} n'a pas pu être mise en service ({index_root} : {reasons[code]})"
    ) in caught.value.fr
    assert contents(index_root) == before
    assert names(index_root) == [*three, "CURRENT"]
    assert serving(index_root) == three[2]


def test_two_activations_at_once_leave_one_of_both(index_root: Path, three: list[str]) -> None:
    with ThreadPoolExecutor(2) as pool:
        done = [*pool.map(lambda name: activate(index_root, name), three[:2] * 4)]
    assert [build.name for build in done] == three[:2] * 4
    assert serving(index_root) in three[:2]
    assert names(index_root) == [*three, "CURRENT"]


def test_going_back_goes_one_build_at_a_time_until_there_is_none(
    index_root: Path, three: list[str]
) -> None:
    assert rollback(index_root).name == serving(index_root) == three[1]
    assert rollback(index_root).name == serving(index_root) == three[0]
    with pytest.raises(NotFoundError) as caught:
        rollback(index_root)
    assert caught.value.en == (
        f"no older sound build in {index_root}; the one in service has not changed. "
        "The list: recueil-qa builds"
    )
    assert caught.value.fr.startswith(f"aucune version saine plus ancienne dans {index_root} ; ")
    assert serving(index_root) == three[0]


def test_pruning_keeps_the_newest_and_what_is_no_build(index_root: Path, three: list[str]) -> None:
    (index_root / "README.md").write_text("built, not committed", "utf-8")
    assert prune(index_root, 3) == ()
    assert prune(index_root, 2) == (three[0],)
    assert names(index_root) == [*three[1:], "CURRENT", "README.md"]
    assert prune(index_root, 1) == (three[1],)
    assert serving(index_root) == three[2]
    with pytest.raises(ValueError, match="keep is 0"):
        prune(index_root, 0)
    assert listed(index_root) == [three[2]]


def test_pruning_never_removes_the_build_that_serves(index_root: Path, three: list[str]) -> None:
    activate(index_root, three[0])
    assert prune(index_root, 1) == (three[2], three[1])
    assert serving(index_root) == three[0]


def test_an_activation_waits_until_pruning_has_ended(
    index_root: Path, three: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    remove = shutil.rmtree
    tried: list[Future[Build]] = []
    with ThreadPoolExecutor(1) as pool:

        def meanwhile(path: Path) -> None:
            if not tried:
                tried.append(pool.submit(activate, index_root, three[0]))
            remove(path)

        monkeypatch.setattr(shutil, "rmtree", meanwhile)
        assert prune(index_root, 1) == (three[1], three[0])
        with pytest.raises(NotFoundError, match=three[0]):
            tried[0].result()
    assert serving(index_root) == three[2]


def test_pruning_removes_what_cannot_serve_before_what_can(
    index_root: Path, three: list[str]
) -> None:
    (index_root / three[1] / "map.json").unlink()
    assert prune(index_root, 2) == (three[1],)
    assert listed(index_root) == [three[2], three[0]]


def test_pruning_where_no_build_serves_keeps_the_newest(index_root: Path, three: list[str]) -> None:
    (index_root / "CURRENT").unlink()
    assert prune(index_root, 2) == (three[0],)
    assert listed(index_root) == [three[2], three[1]]


def test_a_build_that_cannot_be_removed_is_told_and_the_others_go(
    index_root: Path, three: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    remove = shutil.rmtree

    def refuse(path: Path) -> None:
        if path.name == three[1]:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), "manifest.json")
        remove(path)

    monkeypatch.setattr(shutil, "rmtree", refuse)
    with pytest.raises(WriteError) as caught:
        prune(index_root, 1)
    assert caught.value.en == (
        "1 build(s) removed, 1 that can't be removed "
        f"({index_root / three[1]}: Permission denied). "
        "Mend the permissions, then: recueil-qa prune --keep 1"
    )
    assert (
        "1 version(s) supprimée(s), 1 impossible(s) à supprimer "
        f"({index_root / three[1]} : accès refusé). "
    ) in caught.value.fr
    assert listed(index_root) == [three[2], three[1]]


def test_a_link_that_looks_like_a_build_leads_to_no_removal_elsewhere(
    index_root: Path, three: list[str], tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    (index_root / three[0]).rename(elsewhere)
    (index_root / three[0]).symlink_to(elsewhere)
    before = contents(elsewhere)
    with pytest.raises(WriteError, match=str(index_root / three[0])):
        prune(index_root, 2)
    assert contents(elsewhere) == before


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_two_builds_are_compared_by_their_practices_questions_and_encoder(
    corpus_root: Path, index_root: Path
) -> None:
    older = current_build(index_root).name
    folder = corpus_root / "petit"
    # The first practice gets a question, the second another title, the third another id.
    rewrite(folder / "questions" / "p1.yaml", "en:\n", "en:\n- Where do they go?\n")
    rewrite(folder / "practices" / "p2.md", "title: La mesure", "title: Une mesure")
    rewrite(folder / "practices" / "p3.md", "id: petit-p3", "id: petit-p4")
    rewrite(folder / "questions" / "p3.yaml", "practice: petit-p3", "practice: petit-p4")
    newer = build_index(index_root, read_corpus(corpus_root), HashEncoder("other")).name
    found = compare(index_root)
    assert found == Difference(
        builds=(older, newer),
        added=(("petit-p4", "Le courrier clair"),),
        changed=(("petit-p1", "Le guichet unique"), ("petit-p2", "Une mesure des rappels")),
        removed=(("petit-p3", "Le courrier clair"),),
        questions=(7, 8),
        passages=(25, 26),
        encoder=("hash@test", "other@test"),
    )
    back = compare(index_root, newer[-16:], older[-16:])
    assert (back.builds, back.added, back.removed) == ((newer, older), found.removed, found.added)
    assert back.changed[1] == ("petit-p2", "La mesure des rappels")
    assert (back.questions, back.encoder) == ((8, 7), ("other@test", "hash@test"))
    assert compare(index_root, older) == found


def test_a_changed_line_and_changed_contacts_are_changes(
    corpus_root: Path, index_root: Path
) -> None:
    folder = corpus_root / "petit" / "practices"
    rewrite(folder / "p1.md", "accueil1@", "guichet@")
    rewrite(folder / "p2.md", "- Limiter le nombre d'indicateurs\n", "")
    build_index(index_root, read_corpus(corpus_root), HashEncoder())
    found = compare(index_root)
    assert [identifier for identifier, _ in found.changed] == ["petit-p1", "petit-p2"]
    assert (found.added, found.removed) == ((), ())


def test_builds_of_the_same_corpus_differ_in_nothing(index_root: Path, three: list[str]) -> None:
    found = compare(index_root)
    assert found.builds == (three[1], three[2])
    assert (found.added, found.changed, found.removed) == ((), (), ())
    assert (found.questions, found.passages) == ((7, 7), (25, 25))
    assert compare(index_root, three[0]).builds == (three[0], three[2])


def test_a_build_of_another_version_can_be_compared_but_not_a_damaged_one(
    index_root: Path, three: list[str]
) -> None:
    other = copy_build(index_root, "2026-03-04T00:00:00+00:00", package="0.0.1").name
    assert compare(index_root).builds == (other, three[2])
    (index_root / three[0] / "practices.jsonl").write_bytes(b"")
    with pytest.raises(IndexDamagedError, match=f"{three[0]}/practices.jsonl is altered"):
        compare(index_root, three[0])


def test_there_is_nothing_to_compare_the_only_build_with(index_root: Path) -> None:
    with pytest.raises(NotFoundError) as caught:
        compare(index_root)
    name = current_build(index_root).name
    assert caught.value.en == (
        f"no build before {name} in {index_root}; the list: recueil-qa builds"
    )


def test_building_after_going_back_keeps_the_build_that_was_gone_back_to(
    corpus_root: Path, index_root: Path, three: list[str]
) -> None:
    activate(index_root, three[0])
    new = build_index(index_root, read_corpus(corpus_root), HashEncoder()).name
    assert serving(index_root) == new
    assert listed(index_root) == [new, three[2], three[0]]


def test_an_assistant_that_was_open_stays_when_its_build_is_pruned(
    index_root: Path, three: list[str], small: Assistant
) -> None:
    before = small.ask("guichet")
    activate(index_root, three[0])
    assert prune(index_root, 1) == (three[2], three[1])
    assert small.ask("guichet") == before
    assert small.reopen().build == three[0]


def test_the_list_tells_what_each_build_changed(corpus_root: Path, index_root: Path) -> None:
    first = serving(index_root)
    questions = corpus_root / "petit" / "questions"
    (questions / "p1.yaml").write_text("practice: petit-p1\nfr:\n- Où aller ?\n", "utf-8")
    (questions / "p3.yaml").unlink()
    (corpus_root / "petit" / "practices" / "p3.md").unlink()
    second = build_index(index_root, read_corpus(corpus_root), HashEncoder()).name
    third = build_index(index_root, read_corpus(corpus_root), HashEncoder()).name
    (last, same), (new, changed), (old, nothing) = history(index_root)
    assert [last.name, new.name, old.name] == [third, second, first]
    assert same == Difference((second, third), (), (), (), (3, 3), (15, 15), ("hash@test",) * 2)
    assert changed == compare(index_root, first, second)
    assert changed.changed == (("petit-p1", "Le guichet unique"),)
    assert changed.removed == (("petit-p3", "Le courrier clair"),)
    assert nothing is None


def test_what_a_build_changed_is_told_against_the_last_one_that_can_be_read(
    index_root: Path, three: list[str]
) -> None:
    (index_root / three[1] / "passages.jsonl").write_bytes(b"")
    changes = [change and change.builds for _, change in history(index_root)]
    assert changes == [(three[0], three[2]), None, None]


class Hashed:
    """Counts the files that are hashed, and notes those that are while others wait to switch."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root, self._whole = root, manifest.file_hash
        self.files: list[Path] = []
        self.under_lock: list[Path] = []
        monkeypatch.setattr(manifest, "file_hash", self)

    def __call__(self, path: Path) -> str:
        self.files.append(path)
        lock = FileLock(self.root / locks.SWITCH, preserve_lock_file=True)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            self.under_lock.append(path)
        lock.release()
        return self._whole(path)

    def contents(self) -> list[Path]:
        """Return the files hashed whose size is that of a build, in order."""
        return [path for path in self.files if path.name != manifest.NAME]


def test_builds_are_listed_without_reading_what_their_files_hold(
    index_root: Path, three: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (index_root / three[1] / "map.json").unlink()
    (index_root / three[0] / "map.json").write_bytes(b"")
    hashed = Hashed(index_root, monkeypatch)
    faults = [build.fault for build in list_builds(index_root)]
    assert [fault is None for fault in faults] == [True, False, True]
    assert hashed.contents() == []
    assert [build.fault is None for build in check_builds(index_root)] == [True, False, False]


def test_a_rebuild_after_a_changed_line_hashes_the_new_build_only(
    corpus_root: Path, index_root: Path, three: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rewrite(corpus_root / "petit" / "practices" / "p1.md", "title: Le ", "title: Mon ")
    monkeypatch.setattr(rebuild, "encoder_id", lambda *_: "hash@test")
    monkeypatch.setattr(rebuild, "open_encoder", lambda *_: HashEncoder())
    hashed = Hashed(index_root, monkeypatch)
    settings = Settings(home=index_root, corpus=corpus_root, index=index_root)
    folder = rebuild.rebuild(settings).folder
    known = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    assert len(hashed.contents()) == len(known) - 1  # once each, the manifest apart
    assert {path.name for path in hashed.under_lock} <= {manifest.NAME}


@pytest.mark.parametrize(
    ("work", "read"),
    [
        (lambda root, names: activate(root, names[0]), [0]),
        (lambda root, _: rollback(root), [1]),
        (lambda root, _: prune(root, 2), [0, 1, 2]),
        (lambda root, _: history(root), [0, 1, 2]),
    ],
    ids=["activate", "rollback", "prune", "history"],
)
def test_what_may_serve_is_read_once_and_before_others_wait(
    index_root: Path,
    three: list[str],
    monkeypatch: pytest.MonkeyPatch,
    work: Callable[[Path, list[str]], object],
    read: list[int],
) -> None:
    files = [
        index_root / three[place] / name
        for place in read
        for name in manifest.read_manifest(index_root / three[place]).files
    ]
    hashed = Hashed(index_root, monkeypatch)
    work(index_root, three)
    assert sorted(hashed.contents()) == sorted(files)
    assert {path.name for path in hashed.under_lock} <= {manifest.NAME}


def test_pruning_removes_first_what_only_reading_shows_to_be_damaged(
    index_root: Path, three: list[str]
) -> None:
    (index_root / three[1] / "map.json").write_bytes(b"")
    assert prune(index_root, 2) == (three[1],)


def test_a_switch_while_a_build_is_checked_is_gone_back_from(
    index_root: Path, three: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, done = opening.open_build, list[str]()

    def meanwhile(folder: Path) -> Index:
        opened = whole(folder)
        done.append(folder.name)
        if len(done) == 1:  # another process goes back by one too
            versions.write_current(index_root, three[1])
        return opened

    monkeypatch.setattr(opening, "open_build", meanwhile)
    assert rollback(index_root).name == three[0]
    assert done == [three[1], three[0]]
