from __future__ import annotations

import errno
import json
import os
import shutil
from pathlib import Path

import pytest

from recueil_qa.cli.builds import COMMANDS, TEXTS
from recueil_qa.cli.main import main
from recueil_qa.index import manifest
from recueil_qa.index.current import current_build
from recueil_qa.index.files import PARAMETERS
from tests.support.builds import copy_build
from tests.support.command_line import Run, loaded_by, program, refused
from tests.support.folders import names

FIRST = "2026-01-02T03:04:05.000006+00:00"


@pytest.fixture
def run(index_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line over `petit`."""
    assert index_root == tmp_path / "index"
    return program(tmp_path, monkeypatch)


@pytest.fixture
def new(index_root: Path) -> str:
    """The name of the build that serves."""
    return current_build(index_root).name


@pytest.fixture
def old(index_root: Path, new: str) -> str:
    """The name of an older sound build."""
    return copy_build(index_root, FIRST).name


def test_the_builds_are_a_table_in_either_language(
    run: Run, index_root: Path, old: str, new: str
) -> None:
    version = manifest.package_version()
    created = manifest.read_manifest(index_root / new).created[:19].split("T")
    for language, headers, state in (
        (
            "fr",
            "Version Date (UTC) recueil-qa Pratiques Changées Questions et situations Passages "
            "nDCG@10 État",
            "bonne",
        ),
        (
            "en",
            "Build Date (UTC) recueil-qa Practices Changed Questions and statements Passages "
            "nDCG@10 State",
            "sound",
        ),
    ):
        result = run("builds", "--lang", language)
        assert (result.exit_code, result.stderr) == (0, "")
        assert [line.split() for line in result.stdout.splitlines()] == [
            headers.split(),
            ["*", new[-16:], *created, version, "3", "+0", "~0", "-0", "7", "25", state],
            [old[-16:], "2026-01-02", "03:04:05", version, "3", "7", "25", state],
        ]


def test_a_damaged_build_and_one_of_another_version_are_told_below_the_table(
    run: Run, index_root: Path, old: str
) -> None:
    (index_root / old / "manifest.json").unlink()
    changes = {"package": "0.0.1", "parameters": PARAMETERS | {"map": 0}}
    other = copy_build(index_root, "2026-02-03T04:05:06+00:00", **changes).name
    (index_root / "CURRENT").unlink()
    lines = run("builds").stdout.splitlines()
    assert lines[2].split() == [
        other[-16:], "2026-02-03", "04:05:06", "0.0.1", "3", "7", "25", "inutilisable"
    ]  # fmt: skip
    assert lines[3].split() == [old[-16:], "2026-01-02", "03:04:05", "inutilisable"]
    assert lines[4].startswith(
        f"{other[-16:]} : l'index a été construit avec un autre paramètre (recueil-qa 0.0.1) : "
    )
    assert lines[5] == (
        f"{old[-16:]} : l'index est abîmé : {index_root / old / 'manifest.json'} est absent. "
        "Remède : recueil-qa prune"
    )
    assert lines[6:] == ["Aucune version n'est en service. Remède : recueil-qa rollback"]
    english = run("builds", "--lang", "en").stdout.splitlines()
    assert english[3].split()[-1] == "unusable"
    assert english[5].endswith("is missing. Mend it with: recueil-qa prune")
    assert english[6:] == ["No build is in service. Mend it with: recueil-qa rollback"]


def test_the_builds_as_json_hold_all_that_is_known(
    run: Run, index_root: Path, old: str, new: str
) -> None:
    (index_root / old / "manifest.json").unlink()
    contract = manifest.read_manifest(index_root / new)
    path = index_root / old / "manifest.json"
    assert json.loads(run("builds", "--json").stdout) == [
        {
            "name": new,
            "created": contract.created,
            "is_current": True,
            "changes": None,
            "manifest": contract.model_dump(),
            "kept_out": False,
            "fault": None,
        },
        {
            "name": old,
            "created": FIRST,
            "is_current": False,
            "changes": None,
            "manifest": None,
            "kept_out": False,
            "fault": {
                "fr": f"l'index est abîmé : {path} est absent ; recueil-qa rollback remet en "
                "service la version d'avant. Remède : recueil-qa build --force",
                "en": f"the index is damaged: {path} is missing; recueil-qa rollback goes back to "
                "the build before. Mend it with: recueil-qa build --force",
            },
        },
    ]


def test_a_build_is_put_in_service_and_undone(
    run: Run, index_root: Path, old: str, new: str
) -> None:
    assert run("rollback").stdout == f"En service : {old}\n"
    assert current_build(index_root).name == old
    assert run("activate", new[-16:], "--lang", "en").stdout == f"In service: {new}\n"
    assert current_build(index_root).name == new
    assert run("activate", "20260102").stdout == f"En service : {old}\n"
    assert "guichet" in run("ask", "guichet").stdout
    refused(run("rollback"), "aucune version saine plus ancienne")
    refused(run("rollback", "--lang", "en"), "no older sound build in")


def test_old_builds_are_removed_and_named(run: Run, index_root: Path, old: str, new: str) -> None:
    assert run("prune").stdout == "0 version(s) supprimée(s)\n"
    assert run("prune", "--keep", "1", "--lang", "en").stdout == f"1 build(s) removed\n  {old}\n"
    assert names(index_root) == [new, "CURRENT"]
    assert run("prune", "--keep", "0").exit_code == 2
    assert names(index_root) == [new, "CURRENT"]


def test_two_builds_are_compared_in_either_language(
    run: Run, index_root: Path, corpus_root: Path, old: str, new: str
) -> None:
    path = corpus_root / "petit" / "practices" / "p1.md"
    path.write_text(path.read_text("utf-8").replace("Le guichet", "Le [b]guichet"), "utf-8")
    for folder, name in (("practices", "p3.md"), ("questions", "p3.yaml")):
        path = corpus_root / "petit" / folder / name
        path.write_text(path.read_text("utf-8").replace("petit-p3", "petit-p4"), "utf-8")
    assert run("build").exit_code == 0
    newest = current_build(index_root).name
    assert run("diff").stdout.splitlines() == [
        f"{new} > {newest}",
        "1 pratique(s) ajoutée(s)",
        "  + Le courrier clair  [petit-p4]",
        "1 pratique(s) modifiée(s)",
        "  ~ Le [b]guichet unique  [petit-p1]",
        "1 pratique(s) retirée(s)",
        "  - Le courrier clair  [petit-p3]",
        "questions et situations : 7 > 7",
        "passages indexés : 25 > 25",
        "encodeur : hash@test > hash@test",
    ]
    assert run("diff", "2026010", new, "--lang", "en").stdout.splitlines() == [
        f"{old} > {new}",
        "0 practice(s) added",
        "0 practice(s) changed",
        "0 practice(s) removed",
        "questions and statements : 7 > 7",
        "passages indexed : 25 > 25",
        "encoder : hash@test > hash@test",
    ]
    assert run("diff", old).stdout.startswith(f"{old} > {newest}\n")


@pytest.mark.parametrize(
    ("arguments", "fr", "en"),
    [
        (["activate", "../index"], "aucune version « ../index »", "no build '../index' in"),
        (["activate", "20"], "plusieurs versions commencent", "several builds start or end with"),
        (["diff", "1999"], "aucune version « 1999 »", "no build '1999' in"),
        (["diff", "20260102", "/"], "aucune version « / »", "no build '/' in"),
        (["builds", "--index", "/nowhere"], "pas encore d'index dans /nowhere. Remède : recueil-qa",
         "no index yet in /nowhere. Mend it with: recueil-qa build"),
        (["builds", "--json", "--index", "/nowhere"], "pas encore d'index", "no index yet"),
        (["rollback", "--index", "/nowhere"], "pas encore d'index", "no index yet"),
        (["activate", "x", "--index", "/nowhere"], "pas encore d'index", "no index yet"),
        (["prune", "--index", "/nowhere"], "pas encore d'index", "no index yet"),
        (["diff", "--index", "/nowhere"], "pas encore d'index", "no index yet"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_an_error_is_one_line_in_either_language(
    run: Run, old: str, arguments: list[str], fr: str, en: str
) -> None:
    for language, said in (("fr", fr), ("en", en)):
        result = run(*arguments, "--lang", language)
        refused(result, said)
        assert result.stderr.count("\n") == 1


def test_a_damaged_build_and_a_folder_that_cannot_be_written_are_one_line(
    run: Run, index_root: Path, old: str, new: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        for command in (["rollback"], ["activate", old]):
            result = run(*command, "--lang", "en")
            refused(result, f"({index_root}: No space left on device)", "has not changed")
            assert result.stderr.count("\n") == 1
    (index_root / old / "map.json").unlink()
    refused(run("activate", old), f"{index_root / old / 'map.json'} est absent")
    assert current_build(index_root).name == new


def test_the_index_may_be_elsewhere_from_here(
    run: Run, index_root: Path, tmp_path: Path, old: str, new: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(index_root, tmp_path / "far" / "away")
    monkeypatch.chdir(tmp_path / "far")
    assert run("rollback", "--index", "away").stdout == f"En service : {old}\n"
    assert current_build(tmp_path / "far" / "away").name == old
    assert current_build(index_root).name == new
    assert f"*  {old[-16:]}" in run("builds", "--index", "away").stdout


def test_the_commands_are_among_the_others_and_speak_both_languages() -> None:
    assert [command.name for command in COMMANDS] == [
        "builds", "activate", "rollback", "prune", "diff"
    ]  # fmt: skip
    assert {command.name for command in COMMANDS} < {*main.commands}
    assert all(text.fr and text.en and text.fr != text.en for text in TEXTS.values())


@pytest.mark.parametrize("arguments", [["builds"], ["diff"], ["prune"]], ids=" ".join)
def test_looking_at_builds_loads_neither_torch_nor_faiss(
    index_root: Path, tmp_path: Path, old: str, arguments: list[str]
) -> None:
    assert loaded_by(tmp_path, *arguments) == "loaded"
