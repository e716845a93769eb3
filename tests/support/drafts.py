"""A model that drafts, and what it drafts."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from recueil_qa.corpus.corpus import Collection
from recueil_qa.drafting import asking
from recueil_qa.drafting.drafts import Drafts, read_drafts

TODAY = date(2026, 3, 4)
GOOD: dict[str, Any] = {
    "questions": [
        {"lang": "fr", "text": "On me renvoie sans cesse à un autre bureau", "line": ""},
        {"lang": "en", "text": "Nobody knows where to send visitors", "line": "conseils/1"},
    ],
    "statements": [
        {
            "lang": "fr",
            "register": "courriel",
            "text": "Trois services, trois files, et personne ne sait qui fait quoi",
            "grades": [{"practice": "petit-p1", "grade": 2}, {"practice": "p99", "grade": 2}],
        }
    ],
}


class Writes:
    """A model that writes what it is given, once a call; it is asked in `told`."""

    def __init__(self, *replies: object) -> None:
        self._replies = list(replies)
        self.told: list[str] = []

    def complete(self, messages: list[dict[str, str]], _: dict[str, object]) -> str:
        self.told.append("\n".join(each["content"] for each in messages))
        reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        if isinstance(reply, BaseException):
            raise reply
        return reply if isinstance(reply, str) else json.dumps(reply)


def drafted(collection: Collection, *replies: object, names: tuple[str, ...] = ("p1",)) -> Drafts:
    chosen = asking.chosen(collection, names, None)
    asking.draft(collection, chosen, Writes(*replies), "lecteur-1", today=TODAY)
    return read_drafts(collection.path)
