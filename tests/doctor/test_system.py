from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from recueil_qa.doctor.system import environment, standing
from recueil_qa.evaluation.feedback import Feedback, FeedbackStore
from tests.support.sound import (
    build_home,
    faults,
    findings,
    run,
    sound_home,  # noqa: F401
)


def test_known_variables_are_good_whatever_their_case() -> None:
    found = environment(["RECUEIL_HOME", "recueil_index", "Recueil_Feedback_File", "PATH", "HOME"])
    assert found.severity == "ok"


def test_a_variable_that_sets_nothing_is_told_with_the_one_alike(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECUEIL_INDX", "/somewhere")
    monkeypatch.setenv("RECUEIL_ZZZZZZ", "1")
    found = findings()["settings"]
    assert found.severity == "warning"
    assert found.what.fr == (
        "variable(s) sans effet, car aucun réglage ne s'appelle ainsi : "
        "RECUEIL_INDX (vouliez-vous dire RECUEIL_INDEX ?), RECUEIL_ZZZZZZ"
    )
    assert found.what.en.endswith("RECUEIL_INDX (did you mean RECUEIL_INDEX?), RECUEIL_ZZZZZZ")
    assert found.row()["mend_fr"] == found.row()["mend_en"] == "unset RECUEIL_INDX RECUEIL_ZZZZZZ"
    assert faults() == ["settings"]
    for name in found.row()["mend_fr"].split()[1:]:
        monkeypatch.delenv(name)
    assert faults() == []


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.mark.parametrize(
    ("free", "severity", "fr", "en"),
    [
        (500_000_000, "ok", "500 Mo libres", "500 MB free"),
        (12_340_000_000, "ok", "12,3 Go libres", "12.3 GB free"),
        (499_999_999, "warning", "500 Mo libres, c'est peu", "500 MB free, which is little"),
        (50_000_000, "warning", "50 Mo libres, c'est peu", "50 MB free, which is little"),
        (49_000_000, "error", "49 Mo libres, c'est peu", "49 MB free, which is little"),
    ],
)
def test_little_space_is_a_warning_and_hardly_any_an_error(
    home: Path, monkeypatch: pytest.MonkeyPatch, free: int, severity: str, fr: str, en: str
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 0, free))
    found = findings()["disk"]
    assert found.severity == severity
    assert found.what.fr.startswith(fr)
    assert found.what.en.startswith(en)
    if severity != "ok":
        assert found.row()["mend_fr"] == f"libérez 500 Mo là où est {home / 'index'}"
        assert found.row()["mend_en"] == f"free 500 MB around {home / 'index'}"


def test_twice_the_build_must_fit_and_old_builds_can_be_pruned(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (build_home(home) / "large").open("wb") as file:
        file.truncate(300_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 0, 599_000_000))
    found = findings()["disk"]
    assert found.severity == "warning"
    assert found.row()["mend_fr"].startswith("libérez 600 Mo là où est ")
    assert found.row()["mend_fr"].endswith(" Mo : recueil-qa prune --keep 1")
    assert found.row()["mend_en"].endswith(" MB of it: recueil-qa prune --keep 1")
    run(found.row()["mend_en"].rpartition(": ")[2])
    assert "prune" not in findings()["disk"].row()["mend_en"]


def test_an_index_folder_that_cant_be_made_is_a_warning(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocker = home / "a file"
    blocker.write_text("", "utf-8")
    monkeypatch.setenv("RECUEIL_INDEX", str(blocker / "index"))
    found = findings()["index-folder"]
    assert found.severity == "warning"
    assert found.what.en == f"{blocker / 'index'} can't be written to (Not a directory): no rebuild"
    assert found.what.fr.startswith(f"on ne peut pas écrire dans {blocker / 'index'} (")
    moved = f"déplacez le fichier '{blocker}', ou réglez RECUEIL_INDEX sur un autre dossier"
    assert found.row()["mend_fr"] == moved
    assert (
        found.row()["mend_en"]
        == f"move the file '{blocker}' away, or set RECUEIL_INDEX to another folder"
    )
    blocker.rename(home / "elsewhere")
    assert findings()["index-folder"].severity == "ok"


def test_an_index_folder_to_be_made_is_good_and_is_not_made(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECUEIL_INDEX", str(home / "new" / "index"))
    assert findings()["index-folder"].severity == "ok"
    assert not (home / "new").exists()


@pytest.mark.parametrize(
    ("code", "mend"),
    [
        (errno.ENOSPC, "free some space around {}"),
        (errno.EROFS, "make the disk that holds {} writable"),
        (errno.EACCES, "chmod u+rwX {}"),
    ],
)
def test_each_reason_not_to_write_has_its_mend(
    home: Path, monkeypatch: pytest.MonkeyPatch, code: int, mend: str
) -> None:
    def fail(dir: Path) -> object:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr("tempfile.TemporaryFile", fail)
    found = findings()["index-folder"]
    assert found.severity == "warning"
    assert os.strerror(code) in found.what.en
    assert found.row()["mend_en"] == (
        f"{mend.format(home / 'index')}, or set RECUEIL_INDEX to another folder"
    )


def test_a_folder_of_somebody_else_is_to_be_given(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(dir: Path) -> object:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr("tempfile.TemporaryFile", fail)
    monkeypatch.setattr(os, "geteuid", lambda: 12_345)
    mend = findings()["index-folder"].row()["mend_en"]
    assert mend.startswith(f"sudo chown 12345 {home / 'index'}, or ")


def test_feedback_that_can_be_written_is_counted(home: Path) -> None:
    store = FeedbackStore(home / "feedback.sqlite3")
    assert findings()["feedback"].what.en == f"{store.path}: 0 given"
    assert not store.path.exists()
    store.add(Feedback("Qui ?", "up", language="fr", build="b", answered=True))
    assert findings()["feedback"].what.fr == f"{store.path} : 1 avis"


def test_feedback_whose_folder_is_missing_is_a_warning(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = home / "kept here"
    monkeypatch.setenv("RECUEIL_FEEDBACK_FILE", str(folder / "f.sqlite3"))
    found = findings()["feedback"]
    assert found.severity == "warning"
    assert found.what.en == (
        f"feedback can't be written to {folder / 'f.sqlite3'} (No such file or directory)"
    )
    made = f"mkdir -p '{folder}'"
    assert found.row()["mend_fr"] == f"{made}, ou réglez RECUEIL_FEEDBACK_FILE sur un autre fichier"
    assert found.row()["mend_en"] == f"{made}, or set RECUEIL_FEEDBACK_FILE to another file"
    assert faults() == ["feedback"]
    run(made)
    assert faults() == []


def test_feedback_that_is_not_kept_needs_no_place(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECUEIL_FEEDBACK_FILE", "/nowhere/f.sqlite3")
    monkeypatch.setenv("RECUEIL_FEEDBACK", "false")
    assert findings()["feedback"].what.en == "feedback is not kept"


def other_database(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE other (x)")
    connection.close()


@pytest.mark.parametrize(
    ("write", "mend_fr", "mend_en"),
    [
        (
            lambda path: path.write_text("a text, not a database", "utf-8"),
            "déplacez-le ou réglez RECUEIL_FEEDBACK_FILE",
            "move it away or set RECUEIL_FEEDBACK_FILE",
        ),
        (
            other_database,
            "déplacez-le ou réglez RECUEIL_FEEDBACK_FILE",
            "move it away or set RECUEIL_FEEDBACK_FILE",
        ),
    ],
)
def test_a_file_that_holds_no_feedback_is_an_error(
    home: Path, write: Callable[[Path], object], mend_fr: str, mend_en: str
) -> None:
    path = home / "feedback.sqlite3"
    write(path)
    found = findings()["feedback"]
    assert found.severity == "error"
    assert (found.row()["mend_fr"], found.row()["mend_en"]) == (mend_fr, mend_en)
    path.rename(home / "moved")
    assert faults() == []


def test_a_folder_of_reports_that_cant_be_made_is_a_warning(home: Path) -> None:
    (home / "eval").mkdir()
    assert findings()["reports-folder"].severity == "ok"
    blocker = home / "eval" / "results"
    blocker.write_text("", "utf-8")
    found = findings()["reports-folder"]
    assert found.severity == "warning"
    assert found.row()["mend_fr"].startswith(
        f"déplacez le fichier {blocker}, ou : recueil-qa evaluate "
    )
    assert found.row()["mend_en"].startswith(
        f"move the file {blocker} away, or: recueil-qa evaluate "
    )
    blocker.unlink()
    assert faults() == []


def test_what_stands_is_the_nearest_thing_above(tmp_path: Path) -> None:
    assert standing(tmp_path / "a" / "b") == tmp_path
    assert standing(tmp_path) == tmp_path
