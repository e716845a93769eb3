"""Questions to begin with: a collection's own, else some that its practices answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from recueil_qa import Assistant
from recueil_qa.search.examples import LONGEST, MANY, examples
from tests.support import advised


def test_a_collection_names_its_own(tmp_path: Path) -> None:
    found = advised.assistant(tmp_path)
    assert found.examples("fr") == (*advised.EXAMPLES["fr"],)
    # None in English: what its practices answer, or their titles.
    assert "People do not read our letters" in found.examples("en")
    assert not set(found.examples("en")) & set(advised.EXAMPLES["fr"])


def test_no_more_than_a_few_are_shown(tmp_path: Path) -> None:
    many = {"fr": [f"Question {i} ?" for i in range(MANY + 3)], "en": ["One?"]}
    made = advised.collection("fr", (advised.RING, advised.VISIT), many)
    found = advised.assistant(tmp_path, made)
    assert found.examples("fr") == (*many["fr"][:MANY],)
    assert found.examples("en") == ("One?",)


def test_several_collections_name_theirs_in_turn(tmp_path: Path) -> None:
    first = advised.collection("fr", (advised.RING,), {"fr": ["Une ?"], "en": ["A?"]})
    second = advised.collection("en", (advised.LETTERS,), {"en": ["B?"]})
    found = advised.assistant(tmp_path, first, second)
    assert (found.examples("fr"), found.examples("en")) == (("Une ?",), ("A?", "B?"))


def test_without_any_the_shortest_question_of_a_few_practices_is_shown(small: Assistant) -> None:
    assert small.examples("fr") == (
        "Comment réunir nos accueils ?",
        "Le standard est saturé par des appels répétés",
        "Nos lettres sont incompréhensibles",
    )
    assert small.examples("en") == (
        "People go from desk to desk", "How to cut repeat calls?", "Nobody understands our letters",
    )  # fmt: skip


def test_a_practice_without_questions_is_called_by_its_title(tmp_path: Path) -> None:
    made = advised.collection("fr", (advised.BADGE, advised.FORM))
    found = advised.assistant(tmp_path, made).examples("fr")
    # In the order of the index.
    assert set(found) == {advised.BADGE.title, "Notre formulaire est incompréhensible"}


def test_a_question_about_a_line_or_too_long_for_a_button_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [("carnet-p1", "fr", "x" * (LONGEST + 1), ""), ("carnet-p1", "fr", "Où ?", "conseils/1")]
    monkeypatch.setattr(advised, "ASKED", rows)
    found = advised.assistant(tmp_path, advised.collection("fr", (advised.RING,)))
    assert found.examples("fr") == (advised.RING.title,)


def test_every_example_is_answered(small: Assistant) -> None:
    for language in ("fr", "en"):
        for question in examples(small.index, language):
            assert not small.ask(question).abstained


@pytest.mark.model
@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_booklets_own_examples_are_answered(real: Assistant, language: str) -> None:
    found = examples(real.index, language)
    assert 1 <= len(found) <= MANY
    for question in found:
        assert len(question) <= LONGEST
        assert real.ask(question).cards
