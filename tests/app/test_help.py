"""The page's menu leads to the help, where this process serves it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from recueil_app.help import help_address
from recueil_qa import Settings, shipped
from recueil_qa.shared import Shared, offer


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(shipped, "CHECKOUT", tmp_path / "none")
    monkeypatch.setattr(shipped, "SHIPPED", tmp_path / "none")
    yield tmp_path
    offer(None)


def test_the_menu_leads_to_the_help_in_the_readers_language(home: Path) -> None:
    (home / "site").mkdir()
    (home / "site" / "index.html").write_text("help", "utf-8")
    offer(Shared(Settings(home=home)))
    assert (help_address("fr"), help_address("en")) == ("/aide/", "/aide/english.html")


def test_where_nobody_serves_help_the_menu_does_not_name_it(home: Path) -> None:
    assert help_address("fr") == ""
    offer(Shared(Settings(home=home)))
    assert help_address("fr") == ""
