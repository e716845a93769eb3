from __future__ import annotations

import gc
import os
import shutil
import sqlite3
from collections.abc import Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

from recueil_qa import Assistant, Settings
from recueil_qa.builds.build import build_index
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.index.opening import open_index
from tests.support import ROOT
from tests.support.collections import write_corpus, write_faq
from tests.support.encoders import HashEncoder
from tests.support.folders import all_contents
from tests.support.order import LONGEST_FIRST
from tests.support.workers import Together, collecting

if TYPE_CHECKING:
    from xdist.remote import Producer

# The same examples everywhere, and none refused for the time that it takes.
hypothesis.settings.register_profile(
    "steady",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("steady")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together | None:
    """Share tests by modules as we do it, where they are shared by modules."""
    return Together(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Have one process compile what all of them collect; nothing of it is garbage yet."""
    gc.disable()
    try:
        with collecting():
            return (yield)
    finally:
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have the longest modules first; a module's tests stay together, in their order."""
    places = {ROOT / "tests" / name: place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


def pytest_collection_finish() -> None:
    """Leave what is loaded by now out of every later search for garbage: it stays to the end."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the developer's shell reaches a test."""
    for name in [name for name in os.environ if name.startswith("RECUEIL_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session", autouse=True)
def _no_waiting_for_the_disk() -> Iterator[None]:
    """Files written by tests are gone after them: nothing waits until the disk has them.

    Not so in the processes that tests start, those that are killed among them.
    """
    connect = sqlite3.connect

    def hasty(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **options)
        with suppress(sqlite3.Error):  # whoever asked for it is to meet the damage
            connection.execute("PRAGMA synchronous = OFF")
        return connection

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        patch.setattr(sqlite3, "connect", hasty)
        yield


@pytest.fixture(scope="session")
def petit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home that others are copied from: the corpus `petit` and its index. Only read it."""
    home = tmp_path_factory.mktemp("petit")
    write_corpus(home / "corpus")
    build_index(home / "index", read_corpus(home / "corpus"), HashEncoder())
    return home


@pytest.fixture
def corpus_root(tmp_path: Path) -> Path:
    """A corpus of one collection, `petit`, with three practices and their questions."""
    write_corpus(tmp_path / "corpus")
    return tmp_path / "corpus"


@pytest.fixture
def faq_root(tmp_path: Path) -> Path:
    """A corpus of one collection, `faq`: a single section, nothing optional."""
    write_faq(tmp_path / "faq-corpus")
    return tmp_path / "faq-corpus"


@pytest.fixture
def index_root(petit: Path, corpus_root: Path, tmp_path: Path) -> Path:
    """A built index of `petit`, with the deterministic encoder."""
    root = tmp_path / "index"
    if all_contents(corpus_root) == all_contents(petit / "corpus"):
        return shutil.copytree(petit / "index", root)
    build_index(root, read_corpus(corpus_root), HashEncoder())
    return root


@pytest.fixture
def small(index_root: Path, corpus_root: Path, tmp_path: Path) -> Assistant:
    """An assistant over `petit`."""
    settings = Settings(home=tmp_path, corpus=corpus_root, index=index_root)
    return Assistant(open_index(index_root), settings, HashEncoder())


@pytest.fixture(scope="session")
def real() -> Assistant:
    """The assistant that users get: the booklet, the real encoder, the index of `make build`."""
    assistant = Assistant.open(Settings(home=ROOT))
    assistant.load_encoder()
    return assistant
