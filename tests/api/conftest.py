"""The API over `petit`, with the deterministic encoder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from recueil_qa import Assistant
from recueil_qa.api.application import standalone
from recueil_qa.shared import Shared

HERE = "http://127.0.0.1"


@pytest.fixture
def client(small: Assistant) -> Iterator[TestClient]:
    with TestClient(standalone(Shared(small.settings, small)), base_url=HERE) as client:
        yield client
