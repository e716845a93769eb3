from __future__ import annotations

from typing import Any

import pytest

from recueil_qa import Assistant, Settings
from recueil_qa.search.searcher import Searcher
from tests.support.encoders import HashEncoder
from tests.support.model_server import KEY, MODEL, ReadBy


@pytest.fixture
def read_by(small: Assistant, monkeypatch: pytest.MonkeyPatch) -> ReadBy:
    """Return a searcher over `petit` whose reader is at an address."""

    def opened(address: str, **settings: Any) -> Searcher:
        monkeypatch.setenv("RECUEIL_READER_KEY", KEY)
        known = small.settings
        chosen: dict[str, Any] = {
            "reader": address,
            "reader_model": MODEL,
            "reader_seconds": 30.0,
        } | settings
        own = Settings(home=known.home, corpus=known.corpus, index=known.index, **chosen)
        return Searcher.over(small.index, own, HashEncoder())

    return opened
