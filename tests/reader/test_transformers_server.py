"""A real server of models, whose model knows nothing: the product stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from recueil_qa.reader.client import Client
from recueil_qa.reader.reading import Reader
from tests.support.model_server import ReadBy
from tests.support.transformers_server import running, write_tiny_model

pytestmark = pytest.mark.model_server

QUESTION = "Le standard est saturé par des appels répétés"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("random"))


@pytest.fixture(scope="module")
def address(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(model, tmp_path_factory.mktemp("served") / "home") as found:
        yield found


def test_the_server_replies_to_the_client(address: str, model: Path, read_by: ReadBy) -> None:
    settings = read_by(address, reader_model=str(model), reader_seconds=120).settings
    assert Client(settings).models() == ()
    told = [{"role": "user", "content": "les usagers appellent"}]
    assert Client(settings).complete(told, {"type": "object"}).strip()


def test_nonsense_leaves_the_first_answer_with_one_notice(
    address: str, model: Path, read_by: ReadBy
) -> None:
    searcher = read_by(address, reader_model=str(model), reader_seconds=240)
    first = searcher.ask(QUESTION)
    read = Reader(searcher.settings).read(searcher, first, QUESTION)
    assert read.reader is not None
    assert (read.reader.used, read.reader.model) == (False, str(model))
    assert "not reply in the form" in str(read.reader.notice and read.reader.notice.en)
    assert replace(read, reader=None) == first


def test_a_model_that_it_has_not_is_a_notice_too(address: str, read_by: ReadBy) -> None:
    searcher = read_by(address, reader_model="another", reader_seconds=120)
    first = searcher.ask(QUESTION)
    read = Reader(searcher.settings).read(searcher, first, QUESTION)
    assert read.reader is not None
    assert read.reader.notice is not None
    assert replace(read, reader=None) == first
