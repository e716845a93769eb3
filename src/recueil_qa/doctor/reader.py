"""The language model that reads, where one is set: does its server answer, and how soon?"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

from recueil_qa.doctor.finding import Finding, of_error, some
from recueil_qa.errors import ReaderError
from recueil_qa.messages import Text

if TYPE_CHECKING:
    from recueil_qa.reader.client import Client
    from recueil_qa.settings import Settings

_ASKED = [{"role": "user", "content": 'Reply with this JSON object and nothing else: {"ok": true}'}]
_FORM = {
    "type": "object",
    "properties": {"ok": {"type": "boolean"}},
    "required": ["ok"],
    "additionalProperties": False,
}


def answers(settings: Settings) -> Finding | None:
    """Ask the server that is set a trifle, and nothing of anybody's; None where none is set."""
    if not settings.reader:
        return None
    try:
        from recueil_qa.reader.client import Client

        client = Client(settings)
        started = time.perf_counter()
        client.complete(_ASKED, _FORM)
        seconds = time.perf_counter() - started
        models = _models(client)
    except ReaderError as error:
        # Answers do without it, with a line that says so.
        found = of_error("reader", error, settings)
        listed = _listed(settings) if error.kind == "model" else ""
        what = found.what + (Text(" ; il a {}", "; it has {}").format(listed) if listed else "")
        return Finding("reader", "warning", what, found.mend)
    named = (settings.reader_model, settings.reader_host, f"{seconds:.1f}")
    what = Text("{} sur {} répond en {} s", "{} on {} replies in {} s").format(*named)
    if models and settings.reader_model not in models:
        other = Text(
            " ; parmi les modèles que le serveur annonce, ce nom n'est pas : {}",
            "; among the models that the server announces, this name is not: {}",
        )
        return Finding("reader", "warning", what + other.format(some(models)))
    return Finding("reader", "ok", what)


def _models(client: Client) -> tuple[str, ...]:
    """Return the models that a server announces; not all do."""
    with suppress(ReaderError):
        return client.models()
    return ()


def _listed(settings: Settings) -> str:
    from recueil_qa.faults import excerpt
    from recueil_qa.reader.client import Client

    return some([excerpt(name) for name in _models(Client(settings))])
