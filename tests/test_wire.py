"""Results as JSON: the same values as in Python, whichever way they are written."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest

from recueil_qa import Assistant, wire

REPEATED = "le standard est saturé par des appels répétés"
OFF_TOPIC = "recette tarte pommes"


def listed(value: Any) -> Any:
    """Return what JSON makes of a value."""
    return json.loads(json.dumps(value))


@pytest.mark.parametrize("question", [REPEATED, OFF_TOPIC])
def test_an_answer_is_its_fields_and_what_it_says_of_itself(
    small: Assistant, question: str
) -> None:
    answer = small.ask(question)
    own = {
        "abstained": answer.abstained,
        "answered": answer.answered,
        "reason": answer.reason,
        "nearest": [asdict(practice) for practice in answer.nearest],
    }
    assert wire.to_plain(answer, contacts=True) == listed(asdict(answer) | own)


def test_bytes_and_plain_values_are_the_same(small: Assistant) -> None:
    for value in (
        small.ask(REPEATED),
        small.ask(OFF_TOPIC),
        small.search(REPEATED),
        small.practice("p1"),
        small.similar("p1"),
        small.catalogue.practices,
        (),
    ):
        for contacts in (True, False):
            whole = json.loads(wire.to_bytes(value, contacts))
            assert whole == wire.to_plain(value, contacts)
            found = '"contacts":' in json.dumps(whole)
            assert found is (contacts and bool(value))


def test_lists_are_their_rows(small: Assistant) -> None:
    hits = small.search(REPEATED)
    assert wire.to_plain(hits, contacts=True) == listed([asdict(hit) for hit in hits])
    assert wire.to_plain([*hits], contacts=True) == wire.to_plain(hits, contacts=True)


def test_what_is_no_question_is_told_as_refused(small: Assistant) -> None:
    told = wire.to_plain(small.ask_leads("?!"), contacts=False)
    assert (told["answered"], told["reason"]) == (False, "refused")
