"""Services that ask who asks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from recueil_qa import Assistant
from recueil_qa.access import audit
from recueil_qa.settings import Settings
from tests.support.guarded import PROXY, service, settings_of


@pytest.fixture(autouse=True)
def _no_log_after() -> Iterator[None]:
    yield
    audit.keep(None)


@pytest.fixture
def settings(tmp_path: Path, small: Assistant) -> Settings:
    return settings_of(tmp_path, small, access="keys,proxy")


@pytest.fixture
def stranger(small: Assistant, settings: Settings) -> Iterator[TestClient]:
    """Somebody on the network, who reaches the service itself."""
    with service(small, settings) as client:
        yield client


@pytest.fixture
def proxied(small: Assistant, settings: Settings) -> Iterator[TestClient]:
    """What a listed proxy sends."""
    with service(small, settings, PROXY, scheme="http") as client:
        yield client
