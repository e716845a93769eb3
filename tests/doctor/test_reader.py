from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from recueil_qa.doctor.reader import answers
from recueil_qa.settings import Settings
from tests.support.model_server import KEY, MODEL, failing, saying, serving


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECUEIL_READER_KEY", KEY)


def settings(home: Path, address: str, **more: Any) -> Settings:
    return Settings(home=home, reader=address, reader_model=MODEL, **more)


def test_without_a_reader_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert answers(Settings(home=tmp_path)) is None


def test_a_server_that_replies_is_good_with_its_time(tmp_path: Path, key: None) -> None:
    with serving(saying({"ok": True})) as script:
        found = answers(settings(tmp_path, script.address))
    assert found is not None
    assert found.severity == "ok"
    assert found.what.en.startswith(f"{MODEL} on 127.0.0.1:")
    assert found.what.fr.endswith(" s")
    assert [path for path, _, _ in script.requests] == ["/v1/chat/completions", "/v1/models"]


def test_a_model_that_is_not_announced_is_a_warning(tmp_path: Path, key: None) -> None:
    with serving(saying("ok")) as script:
        script.models = ("autre",)
        found = answers(settings(tmp_path, script.address))
    assert found is not None
    assert found.severity == "warning"
    assert found.what.en.endswith("this name is not: autre")


def test_an_unknown_model_is_a_warning_with_those_that_there_are(tmp_path: Path, key: None) -> None:
    with serving(failing(404)) as script:
        script.models = ("petit", "grand")
        found = answers(settings(tmp_path, script.address))
    assert found is not None
    assert "it has petit, grand" in found.what.en
    assert found.mend is not None


def test_a_server_that_is_not_there_or_refuses_is_a_warning(tmp_path: Path, key: None) -> None:
    with serving(failing(401)) as script:
        refused = answers(settings(tmp_path, script.address))
    gone = answers(settings(tmp_path, script.address))
    for found in (refused, gone):
        assert found is not None
        assert found.severity == "warning"
        assert KEY not in f"{found}"
        assert found.mend is not None
