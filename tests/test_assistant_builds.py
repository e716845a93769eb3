"""The facade's index: opened, stale, opened anew, rebuilt; and the encoder that goes with it."""

from __future__ import annotations

import errno
import os
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import recueil_qa.builds.rebuild
import recueil_qa.search.searcher
from recueil_qa import Assistant, Settings, maintenance
from recueil_qa.builds.build import build_index
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.errors import (
    CorpusError,
    EncoderError,
    IndexMismatchError,
    IndexMissingError,
    SettingsError,
)
from recueil_qa.index.opening import open_index
from recueil_qa.messages import Text
from recueil_qa.types import Band
from tests.support.encoders import HashEncoder
from tests.support.folders import names


def test_an_index_is_stale_once_its_corpus_has_changed(small: Assistant, corpus_root: Path) -> None:
    path = corpus_root / "petit" / "questions" / "p1.yaml"
    assert not small.is_stale()
    os.utime(path, ns=(0, 0))
    assert not small.is_stale()
    before = path.read_text("utf-8")
    path.write_text(before + "- Where do they go?\n", "utf-8")
    assert small.is_stale()
    path.write_text(before, "utf-8")
    assert not small.is_stale()
    path.unlink()
    assert small.is_stale()
    build_index(small.settings.index, read_corpus(corpus_root), HashEncoder())
    assert not Assistant(open_index(small.settings.index), small.settings).is_stale()


def test_a_corpus_that_has_not_changed_is_read_once(
    small: Assistant, corpus_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, whole = list[Path](), Path.read_bytes

    def noted(path: Path) -> bytes:
        read.append(path)
        return whole(path)

    monkeypatch.setattr(Path, "read_bytes", noted)
    assert not small.is_stale()
    assert len(read) == len({*read}) > 0
    read.clear()
    assert not any(small.is_stale() for _ in range(3))
    assert Assistant(small.index, small.settings).is_stale() is False
    assert read == []
    # Whatever changes of a file: its name, its size, its times, or only which one it is.
    path = corpus_root / "petit" / "questions" / "p1.yaml"
    status, text = path.stat(), path.read_text("utf-8")
    path.unlink()
    path.write_text(text.replace("a", "e", 1), "utf-8")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert path.stat().st_size == status.st_size
    assert small.is_stale()
    path.rename(path.with_name("p4.yaml"))
    read.clear()
    assert small.is_stale()
    assert read != []


def test_a_corpus_that_cannot_be_read_is_stale(
    small: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(path: Path) -> bytes:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(Path, "read_bytes", fail)
    assert small.is_stale() is True


def test_what_an_editor_leaves_beside_a_practice_disturbs_no_reader(
    small: Assistant, corpus_root: Path
) -> None:
    practices = corpus_root / "petit" / "practices"
    (practices / ".#p1.md").symlink_to("someone@host.1234")
    (practices / "folder.md").mkdir()
    assert not small.is_stale()


def test_without_a_corpus_there_is_nothing_to_be_stale_against(
    small: Assistant, corpus_root: Path
) -> None:
    shutil.rmtree(corpus_root)
    assert not small.is_stale()
    assert small.ask("les appels répétés").hits[0].practice.id == "petit-p2"


def test_an_encoder_other_than_the_indexs_is_refused(
    index_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(home=tmp_path, index=index_root)
    found = (
        r"the index was built with the encoder hash@test, the one here is other@test\. "
        "Mend it with: recueil-qa build"
    )
    with pytest.raises(IndexMismatchError, match=found):
        Assistant(open_index(index_root), settings, HashEncoder("other"))
    monkeypatch.setattr(recueil_qa.search.searcher, "open_encoder", lambda *_: HashEncoder("other"))
    lazy = Assistant.open(settings)
    for _ in range(2):
        with pytest.raises(IndexMismatchError, match=found):
            lazy.ask("guichet")


def test_the_encoder_is_loaded_once_by_the_first_question(
    index_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[str] = []
    again = threading.Event()

    def load(name: str, runtime: str) -> HashEncoder:
        loaded.append(f"{name} {runtime}")
        # Leaves another thread the time to come in, if it can.
        if len(loaded) > 1 or again.wait(0.05):
            again.set()
        return HashEncoder()

    monkeypatch.setattr(recueil_qa.search.searcher, "open_encoder", load)
    assistant = Assistant.open(home=tmp_path, index=index_root, encoder="./mine", runtime="torch")
    assert assistant.practice("p1").title == "Le guichet unique"
    assert loaded == []
    with ThreadPoolExecutor(8) as pool:
        answers = [*pool.map(assistant.ask, ["lettres"] * 16)]
    assert loaded == ["./mine torch"]
    assert answers == [answers[0]] * 16


def test_opening_tells_what_is_wrong(tmp_path: Path, index_root: Path) -> None:
    with pytest.raises(IndexMissingError, match="recueil-qa build"):
        Assistant.open(Settings(home=tmp_path, index=tmp_path / "nowhere"))
    with pytest.raises(SettingsError, match="RECUEIL_TOP"):
        Assistant.open(index=index_root, top=0)
    with pytest.raises(EncoderError, match="git checkout -- models/recueil-e5"):
        Assistant.open(Settings(home=tmp_path, index=index_root)).ask("guichet")


def test_the_build_that_serves_is_named_without_opening_it(small: Assistant) -> None:
    assert maintenance.current_build(small.settings) == small.index.folder.name


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the encoders loaded; the one that can be is another than `small`'s."""
    found: list[str] = []

    def load(name: str, _runtime: str) -> HashEncoder:
        found.append(name)
        return HashEncoder("other")

    monkeypatch.setattr(recueil_qa.search.searcher, "open_encoder", load)
    return found


def test_a_new_build_is_opened_with_the_encoder_that_is_loaded(
    small: Assistant, corpus_root: Path, loads: list[str]
) -> None:
    path = corpus_root / "petit" / "questions" / "p1.yaml"
    path.write_text(path.read_text("utf-8") + "- Trop de tableaux de bord\n", "utf-8")
    build_index(small.settings.index, read_corpus(corpus_root), HashEncoder())
    before = small.ask("Trop de tableaux de bord")
    again = small.reopen()
    assert again.build == maintenance.current_build(small.settings) != small.build
    assert again.load_encoder() is small.load_encoder()
    assert loads == []
    assert again.settings == small.settings
    assert again.practice("p1").contacts == ()
    # The new build answers; the one that was open goes on as it was.
    answer = again.ask("Trop de tableaux de bord")
    assert (answer.hits[0].practice.id, answer.band) == ("petit-p1", Band.ANSWERS)
    assert before.band is Band.NOTHING
    assert small.ask("Trop de tableaux de bord") == before


def test_a_build_by_another_encoder_is_opened_with_that_one(
    small: Assistant, corpus_root: Path, loads: list[str]
) -> None:
    build_index(small.settings.index, read_corpus(corpus_root), HashEncoder("other"))
    again = small.reopen()
    assert loads == []
    assert again.load_encoder().id == again.manifest.encoder == "other@test"
    assert loads == [small.settings.encoder]
    assert again.ask("lettres").hits
    assert small.load_encoder().id == "hash@test"


def test_reopening_loads_no_encoder_that_was_not_asked_for(
    small: Assistant, loads: list[str]
) -> None:
    lazy = Assistant(small.index, small.settings).reopen()
    assert lazy.practice("p1").title == "Le guichet unique"
    assert loads == []


def test_reopening_tells_what_is_wrong(small: Assistant) -> None:
    shutil.rmtree(small.settings.index)
    with pytest.raises(IndexMissingError, match="recueil-qa build"):
        small.reopen()


@pytest.fixture
def rebuilding(small: Assistant, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings of `small`, whose encoder can be loaded again."""
    for module in (recueil_qa.search.searcher, recueil_qa.builds.rebuild):
        monkeypatch.setattr(module, "open_encoder", lambda *_: HashEncoder())
    monkeypatch.setattr(recueil_qa.builds.rebuild, "encoder_id", lambda *_: "hash@test")
    return small.settings


def test_an_index_is_rebuilt_when_its_corpus_has_changed(
    rebuilding: Settings, corpus_root: Path
) -> None:
    before, calls = maintenance.current_build(rebuilding), list[tuple[int, int]]()
    assert maintenance.rebuild(rebuilding, lambda *at: calls.append(at)).built is False
    assert (maintenance.current_build(rebuilding), calls) == (before, [])
    path = corpus_root / "petit" / "questions" / "p1.yaml"
    path.write_text(path.read_text("utf-8") + "- Where do they go?\n", "utf-8")
    assert maintenance.rebuild(rebuilding, lambda *at: calls.append(at)).built is True
    after = Assistant.open(rebuilding)
    assert after.build == maintenance.current_build(rebuilding) != before
    assert (after.is_stale(), after.manifest.counts["question"]) == (False, 8)
    assert calls[-1][0] == calls[-1][1] > 0
    assert maintenance.rebuild(rebuilding).built is False


def test_an_index_is_rebuilt_by_force_for_another_encoder_and_when_damaged(
    rebuilding: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    builds = [maintenance.current_build(rebuilding)]
    assert maintenance.rebuild(rebuilding, force=True).built is True
    builds.append(maintenance.current_build(rebuilding))
    (rebuilding.index / builds[-1] / "practices.jsonl").write_bytes(b"")
    assert maintenance.rebuild(rebuilding).built is True
    builds.append(maintenance.current_build(rebuilding))
    assert Assistant.open(rebuilding).ask("lettres").hits
    monkeypatch.setattr(recueil_qa.builds.rebuild, "encoder_id", lambda *_: "other@test")
    monkeypatch.setattr(recueil_qa.builds.rebuild, "open_encoder", lambda *_: HashEncoder("other"))
    assert maintenance.rebuild(rebuilding).built is True
    builds.append(maintenance.current_build(rebuilding))
    assert len({*builds}) == 4
    assert Assistant.open(rebuilding).manifest.encoder == "other@test"


def test_a_rebuild_that_fails_leaves_the_index_that_served(
    rebuilding: Settings, corpus_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = maintenance.current_build(rebuilding)

    def fail(name: str, _runtime: str) -> HashEncoder:
        raise EncoderError(Text("pas là", "not there"))

    monkeypatch.setattr(recueil_qa.builds.rebuild, "open_encoder", fail)
    with pytest.raises(EncoderError):
        maintenance.rebuild(rebuilding, full=True)
    path = corpus_root / "petit" / "practices" / "p1.md"
    path.write_text(path.read_text("utf-8").replace("élargi", "jamais écrit"), "utf-8")
    with pytest.raises(CorpusError, match=r"p1\.md"):
        maintenance.rebuild(rebuilding)
    assert maintenance.current_build(rebuilding) == before
    assert names(rebuilding.index) == [before, "CURRENT"]
    assert Assistant.open(rebuilding).practice("p1").title == "Le guichet unique"


def test_a_hub_model_other_than_the_indexs_is_refused_before_it_is_looked_for(
    index_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[object] = []
    monkeypatch.setattr(
        recueil_qa.search.searcher, "open_encoder", lambda *given: loaded.append(given)
    )
    assistant = Assistant.open(home=tmp_path, index=index_root, encoder="owner/model")
    with pytest.raises(IndexMismatchError, match="the one here is owner/model@hub"):
        assistant.ask("guichet")
    assert loaded == []
