"""A request that is not let in, told to who makes it: a page to persons, a problem to programs."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qs

from starlette.responses import Response
from starlette.types import Scope

from recueil_qa.access import pages, rules
from recueil_qa.api import problems
from recueil_qa.messages import Language, Text

_NO_HEADERS: Mapping[str, str] = {}
# What a program is told of itself is told otherwise to a person.
_TITLES = {
    "no-identity": Text("Identifiez-vous", "Sign on"),
    "not-allowed": Text("Cette page n'est pas pour vous", "This page is not for you"),
    "ambiguous": Text("Cette adresse n'est pas lisible", "This address can't be read"),
    "sign-on-failed": Text("L'identification n'a pas abouti", "The sign-on did not succeed"),
}
_LATER = (401, 429)  # the same address may open, once it is known who asks
_AGAIN = Text("Recommencer", "Start again")


def refusal(
    scope: Scope,
    status: int,
    code: str,
    why: Text,
    *,
    default: Language,
    headers: Mapping[str, str] = _NO_HEADERS,
    again: str | None = None,
) -> Response:
    """Return the answer that tells of a refusal; `again` is where a person goes on, "" nowhere."""
    if not rules.is_visit(scope):
        return problems.problem(scope, status, code, why, default=default, headers=headers)
    here = rules.address_of(scope)
    if again is None:
        again = here if status in _LATER else pages.HOME
    title = _TITLES.get(code) or problems.TITLES[code]
    language = _language(here, again) or default
    return pages.page(status, title, why, _AGAIN, again, language=language, headers=headers)


def _language(*addresses: str) -> Language | None:
    """Return the language that one of these addresses of the page asks for."""
    for address in addresses:
        try:
            found = parse_qs(address.partition("?")[2], max_num_fields=400).get("langue", [""])[-1]
        except ValueError:
            continue
        if found in ("fr", "en"):
            return "en" if found == "en" else "fr"
    return None
