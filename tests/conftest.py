from __future__ import annotations

from pathlib import Path

import pytest

from recueil_qa import Assistant, Settings
from recueil_qa.building import build_index
from recueil_qa.corpus import read_corpus
from recueil_qa.index import open_index
from tests.fakes import HashEncoder, write_corpus, write_faq

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the developer's shell reaches a test."""
    import os

    for name in [name for name in os.environ if name.startswith("RECUEIL_")]:
        monkeypatch.delenv(name)


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
def index_root(corpus_root: Path, tmp_path: Path) -> Path:
    """A built index of `petit`, with the deterministic encoder."""
    root = tmp_path / "index"
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
