"""One assistant for all doors of a process."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from recueil_qa import Answer, Assistant, Settings, shared
from recueil_qa.builds.build import build_index
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.errors import IndexDamagedError, IndexMissingError
from recueil_qa.search import searcher
from recueil_qa.shared import Shared
from tests.support.encoders import HashEncoder
from tests.support.waiting import PATIENCE

REPEATED = "le standard est saturé par des appels répétés"


@pytest.fixture
def own(index_root: Path, monkeypatch: pytest.MonkeyPatch) -> Shared:
    monkeypatch.setattr(searcher, "open_encoder", lambda *_: HashEncoder())
    return Shared(Settings(home=index_root.parent))


def test_it_is_opened_once_by_whoever_comes_first(own: Shared) -> None:
    assert own.opened is None
    with ThreadPoolExecutor(8) as threads:
        found = {id(each) for each in threads.map(lambda _: own.assistant(), range(16))}
    assert found == {id(own.opened)}


def test_it_is_opened_meanwhile_with_its_encoder(own: Shared) -> None:
    own.begin().join(PATIENCE)
    assert own.opened is not None
    assert own.opened.now().encoder.loaded is not None


def test_what_cannot_be_opened_is_logged_and_tried_again(
    tmp_path: Path,
    corpus_root: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(searcher, "open_encoder", lambda *_: HashEncoder())
    own = Shared(Settings(home=tmp_path))
    own.begin().join(PATIENCE)
    assert "nothing serves yet: no index yet" in caplog.text
    with pytest.raises(IndexMissingError):
        own.assistant()
    build_index(tmp_path / "index", read_corpus(corpus_root), HashEncoder())
    assert own.assistant().ask(REPEATED).hits


def test_every_answer_is_told_whoever_asked(own: Shared) -> None:
    told: list[Answer] = []
    own.listen(lambda answer, seconds: told.append(answer) if seconds > 0 else None)
    asking = own.assistant()
    expected = [each.ask(REPEATED) for each in
                (asking, asking.latest(), asking.caught_up(), asking.reopen())]  # fmt: skip
    assert told == expected


def test_an_assistant_given_is_the_one_that_is_shared(small: Assistant) -> None:
    own = Shared(small.settings, small)
    told: list[Answer] = []
    own.listen(lambda answer, _: told.append(answer))
    assert own.assistant() is own.opened is small
    assert [small.ask(REPEATED)] == told


def test_what_is_offered_is_found_until_it_is_taken_back(own: Shared) -> None:
    assert shared.offered() is None
    shared.offer(own)
    try:
        assert shared.offered() is own
    finally:
        shared.offer(None)
    assert shared.offered() is None


def test_who_wants_the_build_that_serves_waits_for_it_or_is_told_why_not(
    own: Shared, corpus_root: Path, index_root: Path
) -> None:
    assistant = own.assistant()
    former = assistant.build
    new = build_index(index_root, read_corpus(corpus_root), HashEncoder())
    assert assistant.caught_up().build == new.name
    broken = build_index(index_root, read_corpus(corpus_root), HashEncoder())
    (broken / "manifest.json").write_text("{}", "utf-8")
    for _ in range(2):  # what was refused stays so
        with pytest.raises(IndexDamagedError):
            assistant.caught_up()
        assert assistant.latest().build == new.name
    assert former not in (new.name, broken.name)
    repaired = build_index(index_root, read_corpus(corpus_root), HashEncoder())
    assert assistant.caught_up().build == repaired.name


def test_while_a_build_is_opened_others_are_answered_from_the_former(
    own: Shared, corpus_root: Path, index_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assistant = own.assistant()
    former = assistant.build
    new = build_index(index_root, read_corpus(corpus_root), HashEncoder()).name
    opening, go_on = threading.Event(), threading.Event()
    reopened = searcher.Searcher.reopened

    def slowly(self: searcher.Searcher) -> searcher.Searcher:
        opening.set()
        assert go_on.wait(PATIENCE)
        return reopened(self)

    monkeypatch.setattr(searcher.Searcher, "reopened", slowly)
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(assistant.caught_up)
        assert opening.wait(PATIENCE)
        assert assistant.latest().build == former
        go_on.set()
        assert waiting.result(PATIENCE).build == new
