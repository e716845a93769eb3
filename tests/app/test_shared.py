"""The page beside other doors: one assistant for all, the same build for all."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from recueil_qa import Answer, load_settings, shared
from recueil_qa.shared import Shared
from tests.support.app import (
    REPEATED,
    ask,
    build,
    hits,
    notices,
    opened,
    served_place,  # noqa: F401
    visit,
)


@pytest.fixture
def own(place: Path) -> Iterator[Shared]:
    found = Shared(load_settings())
    shared.offer(found)
    yield found
    shared.offer(None)


def test_the_page_asks_the_assistant_that_is_shared(own: Shared) -> None:
    told: list[Answer] = []
    own.listen(lambda answer, _: told.append(answer))
    app = opened()
    assert own.opened is not None
    ask(app, REPEATED)
    assert [answer.question for answer in told] == [REPEATED]
    assert hits(app)[0] == told[0].hits[0].practice.title


def test_its_settings_are_those_that_it_is_served_with(
    own: Shared, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RECUEIL_INDEX", str(tmp_path / "none"))
    assert hits(visit(opened(), q=REPEATED))


def test_a_new_build_is_taken_up_by_all_doors(own: Shared, place: Path) -> None:
    app = visit(opened(), q=REPEATED)
    new = build(place).name
    assert own.assistant().build == new
    visit(app, q=f"{REPEATED} ?")
    assert app.session_state["answered-key"][0] == new


def test_an_index_that_is_lost_before_the_first_visit_still_answers(
    own: Shared, place: Path
) -> None:
    own.assistant()
    shutil.rmtree(place / "index")
    app = opened(q=REPEATED)
    assert hits(app)
    assert any("index" in notice for notice in notices(app))
