from __future__ import annotations

from pathlib import Path

import pytest

from recueil_qa.corpus.reading import read_corpus
from recueil_qa.drafting.drafts import read_drafts
from tests.support.app import (
    HOSTILE,
    body,
    click,
    keys,
    notices,
    opened,
    served_place,  # noqa: F401
    shown,
)
from tests.support.drafts import GOOD, drafted


@pytest.fixture
def waiting(place: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of drafts that wait in the corpus of a page that may change it."""
    monkeypatch.setenv("RECUEIL_REBUILD", "true")
    collection = read_corpus(place / "corpus").collections[0]
    return [each.id for each in drafted(collection, GOOD).waiting]


def test_drafts_are_accepted_edited_and_refused_on_the_page(
    place: Path, waiting: list[str]
) -> None:
    app = opened(vue="index")
    assert "3 brouillon(s) qu'un modèle a rédigés" in shown(app)
    first, second, third = waiting
    click(app, f"draft-accept-{first}")
    app.text_area(key=f"draft-text-{second}").set_value("Who does what here?").run()
    click(app, f"draft-accept-{second}")
    click(app, f"draft-refuse-{third}")
    assert keys(app, "draft-") == []
    now = read_corpus(place / "corpus").collections[0]
    told = {each.text: each.origin for each in now.questions if each.origin}
    assert set(told) == {GOOD["questions"][0]["text"], "Who does what here?"}
    assert "edited" in told["Who does what here?"]
    assert read_drafts(now.path).waiting == []


def test_what_can_t_be_accepted_waits_and_says_why(place: Path, waiting: list[str]) -> None:
    app = opened(vue="index")
    app.text_area(key=f"draft-text-{waiting[0]}").set_value("moi@exemple.fr").run()
    click(app, f"draft-accept-{waiting[0]}")
    assert any("donnée personnelle" in notice for notice in notices(app))
    assert f"draft-accept-{waiting[0]}" in keys(app)


def test_who_may_not_rebuild_sees_no_drafts(
    place: Path, waiting: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RECUEIL_REBUILD")
    assert keys(opened(vue="index"), "draft-") == []


def test_a_hostile_name_of_a_model_is_text(place: Path, waiting: list[str]) -> None:
    path = place / "corpus" / "petit" / "drafts.jsonl"
    path.write_text(path.read_text("utf-8").replace("lecteur-1", HOSTILE), "utf-8")
    app = opened(vue="index")
    assert "<script>" not in body(app)
    assert "\\*\\*gras\\*\\*" in app.text_area(key=f"draft-text-{waiting[0]}").label
