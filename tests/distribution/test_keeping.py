"""Backup and restore by the scripts of `distribution/server`; upgrades, and the way back."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from recueil_qa import Assistant, Settings
from recueil_qa.index import manifest
from recueil_qa.index.current import current_build
from recueil_qa.index.manifest import FORMAT
from tests.support import ROOT
from tests.support.builds import copy_build
from tests.support.command_line import PROGRAM, program, refused
from tests.support.encoders import HashEncoder
from tests.support.feedback import said
from tests.support.folders import all_contents
from tests.support.waiting import PATIENCE

SERVER = ROOT / "distribution" / "server"
QUESTION = "le standard est saturé par des appels répétés"
BEFORE = "2026-01-02T03:04:05.000006+00:00"


def script(name: str, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(SERVER / name), *map(str, arguments)],
        env=os.environ | {"PYTHON": sys.executable, "RECUEIL_QA": str(PROGRAM)} | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


@pytest.fixture
def home(tmp_path: Path, index_root: Path, corpus_root: Path) -> Path:
    """A home in use: a corpus, two builds, feedback, keys, and what need not be kept."""
    from recueil_qa.evaluation.feedback import FeedbackStore

    copy_build(index_root, BEFORE)
    FeedbackStore(tmp_path / "feedback.sqlite3").add(said("up", "petit-p2", QUESTION))
    (tmp_path / "keys.json").write_text(json.dumps({"version": 1, "keys": []}), "utf-8")
    (tmp_path / "keys.json").chmod(0o600)
    (tmp_path / "eval").mkdir()
    (tmp_path / "eval" / "queries.jsonl").write_text("{}\n", "utf-8")
    (index_root / ".cache").mkdir(exist_ok=True)
    (index_root / ".cache" / "vectors").write_bytes(b"0" * 1_000)
    assert corpus_root.parent == index_root.parent == tmp_path
    return tmp_path


def asked(home: Path) -> list[str]:
    assistant = Assistant.open(Settings(home=home), encoder=HashEncoder())
    return [hit.practice.id for hit in assistant.ask(QUESTION).hits]


def test_what_was_lost_is_restored_and_answers(home: Path, tmp_path: Path) -> None:
    kept = home.parent / f"{home.name}-kept"
    kept.mkdir()
    archive = kept / "backup.tar.gz"
    before = asked(home)
    done = script("backup.sh", home, archive)
    assert (done.returncode, done.stdout) == (0, f"{archive}\n"), done.stderr
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    assert [path.name for path in kept.iterdir()] == ["backup.tar.gz"]

    corpus, serving = all_contents(home / "corpus"), current_build(home / "index").name
    keys = (home / "keys.json").read_bytes()
    for name in ("corpus", "eval", "index"):
        shutil.rmtree(home / name)
    for name in ("feedback.sqlite3", "keys.json"):
        (home / name).unlink()
    # `doctor` looks for the encoder of this home, which tests have none of: what it says is told.
    done = script("restore.sh", archive, home, RECUEIL_QA="true")
    assert done.returncode == 0, done.stderr

    assert all_contents(home / "corpus") == corpus
    assert current_build(home / "index").name == serving
    assert (home / "keys.json").read_bytes() == keys
    assert (home / "eval" / "queries.jsonl").read_text("utf-8") == "{}\n"
    assert stat.S_IMODE((home / "keys.json").stat().st_mode) == 0o600
    with closing(sqlite3.connect(home / "feedback.sqlite3")) as store:
        assert store.execute("SELECT question, verdict FROM feedback").fetchall() == [
            (QUESTION, "up")
        ]
    assert asked(home) == before
    assert not list(home.glob(".restore-*"))


def test_feedback_is_whole_though_somebody_writes(home: Path) -> None:
    archive = home.parent / f"{home.name}-written.tar.gz"
    with closing(sqlite3.connect(home / "feedback.sqlite3", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE feedback SET verdict = 'down'")
        done = script("backup.sh", home, archive)
        writer.execute("ROLLBACK")
    assert done.returncode == 0, done.stderr
    target = home / "elsewhere"
    assert script("restore.sh", archive, target, RECUEIL_QA="true").returncode == 0
    with closing(sqlite3.connect(target / "feedback.sqlite3")) as store:
        assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert store.execute("SELECT verdict FROM feedback").fetchall() == [("up",)]


def test_nothing_is_written_over(home: Path) -> None:
    archive = home.parent / f"{home.name}-over.tar.gz"
    assert script("backup.sh", home, archive).returncode == 0
    before = all_contents(home)
    done = script("restore.sh", archive, home)
    assert done.returncode == 1
    assert "move it away first; nothing was changed" in done.stderr
    assert all_contents(home) == before


def test_what_is_no_archive_changes_nothing(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.tar.gz"
    subprocess.run(["tar", "-czf", other, "-C", home, "keys.json"], check=True)
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(other.read_bytes()[:40])
    target = tmp_path / "fresh"
    for archive in (other, cut):
        done = script("restore.sh", archive, target)
        assert done.returncode != 0
        assert list(target.iterdir()) == []


@pytest.mark.parametrize("arguments", [[], ["nowhere", "x.tar.gz"], ["/", "x.tar.gz", "more"]])
def test_a_wrong_call_is_told_how_it_is_used(arguments: list[str]) -> None:
    for name in ("backup.sh", "restore.sh"):
        done = script(name, *arguments)
        assert done.returncode == 2
        assert done.stderr.startswith(f"{name}: usage")


def test_a_lost_build_leaves_the_former_archive(home: Path) -> None:
    archive = home.parent / f"{home.name}-former.tar.gz"
    archive.write_bytes(b"former")
    shutil.rmtree(current_build(home / "index"))
    assert script("backup.sh", home, archive).returncode != 0
    assert archive.read_bytes() == b"former"
    assert not list(archive.parent.glob(f"{archive.name}.*"))


def test_a_build_of_the_former_version_serves_on_and_is_gone_back_to(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    former = copy_build(home / "index", "2026-01-03T03:04:05.000006+00:00", package="0.0.1")
    (home / "index" / "CURRENT").write_text(f"{former.name}\n")
    run = program(home, monkeypatch)
    assert run("ask", QUESTION, "--lang", "en").exit_code == 0
    assert asked(home)
    rebuilt = run("build", "--force")
    assert rebuilt.exit_code == 0, rebuilt.output
    assert current_build(home / "index").name != former.name
    back = run("activate", former.name)
    assert back.exit_code == 0, back.output
    assert asked(home)


def test_a_build_in_another_format_is_refused_with_the_mend(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = home / "index"
    contract = manifest.read_manifest(current_build(index))
    shutil.rmtree(current_build(index))
    (other,) = [path for path in index.iterdir() if (path / manifest.NAME).is_file()]
    shutil.rmtree(other)
    old = index / contract.created.replace("-", "").replace(":", "")[:15]
    old.mkdir()
    written = contract.model_dump() | {"format": FORMAT - 1}
    (old / manifest.NAME).write_text(json.dumps(written), "utf-8")
    old = old.rename(index / manifest.build_name(old, contract))
    (index / "CURRENT").write_text(f"{old.name}\n")
    run = program(home, monkeypatch)
    refused(run("ask", QUESTION, "--lang", "en"), "another format", "recueil-qa build")
    built = run("build", "--lang", "en")
    assert built.exit_code == 0, built.output
    assert asked(home)
    refused(run("rollback", "--lang", "en"), "no older sound build")
    assert asked(home)


def test_after_a_newer_version_the_older_one_goes_back_to_a_build_that_it_reads(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = home / "index"
    newer = copy_build(index, "2030-01-03T03:04:05.000006+00:00", format=FORMAT + 1)
    (index / "CURRENT").write_text(f"{newer.name}\n")
    run = program(home, monkeypatch)
    refused(run("ask", QUESTION, "--lang", "en"), "another format")
    back = run("rollback", "--lang", "en")
    assert back.exit_code == 0, back.output
    assert current_build(index).name != newer.name
    assert asked(home)
