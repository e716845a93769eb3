from __future__ import annotations

import gc
import math
import shutil
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from recueil_qa import Assistant, Filters
from recueil_qa.builds import versions
from recueil_qa.builds.build import build_index
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.dossier.dossier import Dossier
from recueil_qa.errors import EncoderError, EngineError, IndexMismatchError
from recueil_qa.index import opening
from recueil_qa.index.opened import Index
from recueil_qa.messages import Text
from recueil_qa.search import searcher, serving
from recueil_qa.settings import Settings
from recueil_qa.types import Band, Practice
from tests.support.encoders import HashEncoder
from tests.support.waiting import PATIENCE

ADDED = "Trop de tableaux de bord"
KEPT = Dossier().add("petit-p1")
SECOND = Practice("petit-p2", "petit", "", ())


@pytest.fixture
def live(
    index_root: Path, corpus_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Assistant:
    """An assistant over `petit` that follows what serves."""
    monkeypatch.setattr(searcher, "open_encoder", lambda *_: HashEncoder())
    return Assistant.open(Settings(home=tmp_path, corpus=corpus_root, index=index_root))


def build_with(corpus_root: Path, index_root: Path, question: str, encoder: str = "hash") -> str:
    """Build with one more question of practice 1; return the build's name."""
    path = corpus_root / "petit" / "questions" / "p1.yaml"
    path.write_text(f"{path.read_text('utf-8')}- {question}\n", "utf-8")
    return build_index(index_root, read_corpus(corpus_root), HashEncoder(encoder)).name


def found(assistant: Assistant, question: str = ADDED) -> bool:
    """Return whether a practice has this very question, of which others have no word."""
    return assistant.ask(question).band is Band.ANSWERS


def test_an_open_assistant_answers_from_the_build_that_serves(
    live: Assistant, corpus_root: Path, index_root: Path
) -> None:
    first = live.build
    assert not found(live)
    second = build_with(corpus_root, index_root, ADDED)
    assert found(live)
    assert live.build == second
    versions.activate(index_root, first)
    assert not found(live)
    assert live.build == first


def test_every_way_to_ask_follows(live: Assistant, corpus_root: Path, index_root: Path) -> None:
    path = corpus_root / "petit" / "practices" / "p1.md"
    ways: list[tuple[str, Callable[[], str]]] = [
        ("Un", lambda: live.practice("p1").title),
        ("Deux", lambda: next(hit.practice.title for hit in live.search("guichet"))),
        (
            "Trois",
            lambda: {hit.practice.id: hit.practice.title for hit in live.ask_leads("guichet").hits}[
                "petit-p1"
            ],
        ),
    ]
    for title, ask in ways:
        text = path.read_text("utf-8").split("title: ", 1)
        path.write_text(f"{text[0]}title: {title}\n{text[1].split(chr(10), 1)[1]}", "utf-8")
        build_index(index_root, read_corpus(corpus_root), HashEncoder())
        assert ask() == title
    assert {n.practice.id for n in live.similar("p1")} == {"petit-p2", "petit-p3"}


READS: dict[str, Callable[[Assistant], object]] = {
    "facets": lambda live: [*live.facets()["theme"]],
    "matching": lambda live: [p.theme for p in live.catalogue.matching(Filters(), "guichet")],
    "around": lambda live: [p and p.theme for p in live.around(SECOND)],
    "entries": lambda live: [entry.practice.theme for entry in live.entries(KEPT)[0]],
    "export": lambda live: live.export(KEPT, "markdown", "fr", "2026-03-01"),
    "map_points": lambda live: live.map_points,
    "examples": lambda live: live.examples("fr"),
    "collections": lambda live: live.collections,
    "index": lambda live: live.index.folder,
    "manifest": lambda live: live.manifest,
    "build": lambda live: live.build,
    "built": lambda live: live.built,
}


def test_every_read_follows_by_itself(live: Assistant, corpus_root: Path, index_root: Path) -> None:
    # One for each: what one read takes up, another would find.
    apart = {name: Assistant.open(live.settings) for name in READS}
    pinned = live.latest()
    before = {name: read(pinned) for name, read in READS.items()}
    rewrite(corpus_root)
    build_index(index_root, read_corpus(corpus_root), HashEncoder())
    now = Assistant(opening.open_index(index_root), live.settings, HashEncoder())
    for name, read in READS.items():
        assert read(apart[name]) == read(now) != before[name], name
        assert read(pinned) == before[name], name
    assert (live.is_stale(), pinned.is_stale()) == (False, True)


def rewrite(corpus_root: Path) -> None:
    """Change what every read tells: a theme, a title, a question, what the collection is called."""
    petit = corpus_root / "petit"
    for path, old, new in (
        (petit / "practices" / "p1.md", "theme: Accueil", "theme: Autre"),
        (petit / "practices" / "p1.md", "title: Le guichet", "title: Un guichet"),
        (petit / "questions" / "p1.yaml", "fr:\n", "fr:\n- Trop de pas ?\n"),
        (petit / "collection.toml", 'title = "', 'title = "Nouveau '),
    ):
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")


def test_what_stands_around_a_practice_of_an_earlier_build_is_told_by_its_id(
    live: Assistant, corpus_root: Path, index_root: Path
) -> None:
    first, second = live.practice("p1"), live.practice("p2")
    rewrite(corpus_root)
    build_index(index_root, read_corpus(corpus_root), HashEncoder())
    assert live.around(first) == (None, second)
    assert live.around(replace(first, id="petit-p9")) == (None, None)


def test_a_following_assistant_holds_no_build_but_the_one_that_serves(
    live: Assistant, corpus_root: Path, index_root: Path
) -> None:
    first = weakref.ref(live.now())
    build_with(corpus_root, index_root, ADDED)
    assert live.now() is live.now()
    gc.collect()
    assert first() is None


def test_an_encoder_may_be_given(index_root: Path, tmp_path: Path) -> None:
    settings, own = Settings(home=tmp_path, index=index_root), HashEncoder()
    for assistant in (
        Assistant.open(settings, encoder=own),
        Assistant.open(home=tmp_path, index=index_root, encoder=own),
    ):
        assert assistant.load_encoder() is own
        assert assistant.ask("guichet").hits
    with pytest.raises(IndexMismatchError, match="the one here is other@test"):
        Assistant.open(settings, encoder=HashEncoder("other"))
    with pytest.raises(TypeError, match="not both"):
        Assistant.open(settings, encoder="a-name")


def test_a_pinned_assistant_keeps_its_build(
    live: Assistant, corpus_root: Path, index_root: Path
) -> None:
    pinned = live.latest()
    build_with(corpus_root, index_root, ADDED)
    assert not found(pinned)
    assert pinned.latest() is pinned
    assert found(live)
    assert found(live.latest())


def test_the_encoder_is_kept_where_it_fits_and_loaded_anew_where_it_does_not(
    live: Assistant, corpus_root: Path, index_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = live.load_encoder()
    build_with(corpus_root, index_root, ADDED)
    assert found(live)
    assert live.load_encoder() is first
    monkeypatch.setattr(searcher, "open_encoder", lambda *_: HashEncoder("other"))
    build_with(corpus_root, index_root, "Encore une question", "other")
    assert found(live, "Encore une question")
    assert live.load_encoder().id == live.manifest.encoder == "other@test"


def test_a_build_that_cannot_be_opened_is_passed_over_until_another_serves(
    live: Assistant,
    corpus_root: Path,
    index_root: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    live.ask(ADDED)
    first, opened = live.build, opening.open_index
    bad = build_with(corpus_root, index_root, ADDED)
    (index_root / bad / "map.json").write_text("[]", "utf-8")
    tried: list[Path] = []

    def trying(root: Path) -> Index:
        tried.append(root)
        return opened(root)

    monkeypatch.setattr(opening, "open_index", trying)
    assert [found(live) for _ in range(3)] == [False] * 3
    assert len(tried) == 1
    assert live.build == first
    assert f"build {bad} is not taken up: the index is damaged" in caplog.text
    good = build_with(corpus_root, index_root, "Une autre")
    assert found(live)
    assert live.build == good


@pytest.mark.parametrize("lost", ["CURRENT", "."])
def test_an_index_that_is_gone_changes_nothing_for_whoever_has_it_open(
    live: Assistant, index_root: Path, lost: str
) -> None:
    before = live.ask("guichet")
    (shutil.rmtree if lost == "." else Path.unlink)(index_root / lost)
    assert live.ask("guichet") == before


def test_an_encoder_that_no_longer_loads_leaves_the_former_build_in_service(
    live: Assistant, corpus_root: Path, index_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = (live.load_encoder(), live.build)[1]

    def fail(*_: object) -> HashEncoder:
        raise EncoderError(Text("pas là", "not there"))

    monkeypatch.setattr(searcher, "open_encoder", fail)
    build_with(corpus_root, index_root, ADDED, "other")
    assert not found(live)
    assert live.build == first


def test_questions_go_on_while_one_thread_opens_the_next_build(
    live: Assistant, corpus_root: Path, index_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live.load_encoder()
    first = live.build
    second = build_with(corpus_root, index_root, ADDED)
    begun, go_on, opened = threading.Event(), threading.Event(), opening.open_index

    def slowly(root: Path) -> Index:
        begun.set()
        assert go_on.wait(PATIENCE)
        return opened(root)

    monkeypatch.setattr(opening, "open_index", slowly)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(found, live)
        assert begun.wait(PATIENCE)
        assert not found(live)
        assert live.build == first
        go_on.set()
        assert asked.result()
    assert live.build == second


def test_a_server_that_was_away_is_asked_again_later(
    live: Assistant,
    corpus_root: Path,
    index_root: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    first = live.build
    second = build_with(corpus_root, index_root, ADDED)
    tried: list[None] = []

    def away(*_: object) -> None:
        tried.append(None)
        raise EngineError(Text("le serveur est absent", "the server is away"))

    with monkeypatch.context() as patch:
        patch.setattr(opening, "open_index", away)
        patch.setattr(serving, "PAUSE", 3600.0)
        assert [found(live), found(live), live.build] == [False, False, first]
        assert len(tried) == 1  # not once a question
        patch.setattr("recueil_qa.search.serving.time.monotonic", lambda: math.inf)
        assert not found(live)
        assert len(tried) == 2
    assert "the server is away" in caplog.text
    monkeypatch.setattr("recueil_qa.search.serving.time.monotonic", lambda: math.inf)
    assert found(live)
    assert live.build == second
