"""What goes wrong, told to programs: RFC 9457, `application/problem+json`.

Texts are in the language that the request prefers. What only the operator may know (paths, what
a library says) goes to the log, never into a body.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from recueil_qa.errors import FeedbackError, NotFoundError, QuestionError, RecueilError
from recueil_qa.faults import excerpt, field_fault
from recueil_qa.messages import Language, Text, alike

if TYPE_CHECKING:
    from fastapi import FastAPI
    from pydantic_core import ErrorDetails

MEDIA_TYPE = "application/problem+json"
# A name, not an address: nothing is to be looked up there.
TYPE = "urn:recueil-qa:problem:"
_NO_RETRY: Mapping[str, str] = {}
RETRY = {"Retry-After": "1"}

TITLES = {
    "invalid-request": Text("La requête n'est pas valable", "The request is not valid"),
    "no-question": Text("Ce n'est pas une question", "This is no question"),
    "unknown-value": Text("Cette valeur n'existe pas", "There is no such value"),
    "not-found": Text("Rien à cette adresse", "Nothing at this address"),
    "feedback-off": Text("Les avis ne sont pas recueillis", "Feedback is not collected"),
    "rebuild-off": Text(
        "L'index n'est pas reconstruit d'ici", "The index is not rebuilt from here"
    ),
    "rebuilding": Text("L'index est déjà en construction", "The index is being built already"),
    "no-reader": Text("Aucun modèle n'est réglé pour lire", "No model is set to read"),
    "too-large": Text("La requête est trop grande", "The request is too large"),
    "too-slow": Text("La requête arrive trop lentement", "The request comes too slowly"),
    "busy": Text("Trop de requêtes à la fois", "Too many requests at once"),
    "no-identity": Text("Qui demande n'est pas connu", "Who asks is not known"),
    "not-allowed": Text("Ceci n'est pas permis", "This is not allowed"),
    "other-site": Text("La requête vient d'un autre site", "The request comes from another site"),
    "ambiguous": Text("La requête est ambiguë", "The request is ambiguous"),
    "too-often": Text("Trop de requêtes", "Too many requests"),
    "sign-on-failed": Text("L'identification a échoué", "The sign-on failed"),
    "wrong-host": Text("Ce nom de machine n'est pas servi", "This host is not served"),
    "not-serving": Text("Le service n'est pas prêt", "The service is not ready"),
    "failed": Text("Une erreur inattendue est survenue", "An unexpected error occurred"),
}
_LOGGED = Text("le journal du serveur dit pourquoi", "the server's log says why")


class Fault(BaseModel):
    """One fault of a request: where (in the body by a JSON pointer, or a parameter), and what."""

    detail: str
    pointer: str | None = None
    parameter: str | None = None


class Problem(BaseModel):
    """What went wrong with a request; `type` tells programs which."""

    type: str = Field(examples=[TYPE + "no-question"])
    title: str
    status: int
    detail: str
    instance: str
    errors: list[Fault] = []


class Refusal(Exception):
    """A request that is refused on purpose."""

    def __init__(
        self, status: int, code: str, detail: Text, headers: Mapping[str, str] = _NO_RETRY
    ) -> None:
        super().__init__(detail.en)
        self.status, self.code, self.detail, self.headers = status, code, detail, headers


def language_of(scope: Scope, default: Language) -> Language:
    """Return the first language of two that a request prefers."""
    for name, value in scope["headers"]:
        if name == b"accept-language":
            for part in value.decode("latin-1").split(","):
                code = part.strip()[:2].lower()
                if code in ("fr", "en"):
                    return "en" if code == "en" else "fr"
    return default


def problem(
    scope: Scope,
    status: int,
    code: str,
    detail: Text,
    *,
    default: Language,
    errors: Sequence[Mapping[str, Any]] = (),
    headers: Mapping[str, str] = _NO_RETRY,
) -> Response:
    """Return the answer that tells of a problem."""
    language = language_of(scope, default)
    title = TITLES[code] if code in TITLES else alike(HTTPStatus(status).phrase)
    told: dict[str, Any] = {
        "type": TYPE + code if code in TITLES else "about:blank",
        "title": title.to(language),
        "status": status,
        "detail": detail.to(language),
        "instance": scope["path"],
    }
    if errors:
        told["errors"] = [*errors]
    # Halves of characters, which a request can hold, are no UTF-8: all is spelt in ASCII.
    headers = {**headers, "Content-Language": language, "Cache-Control": "no-store"}
    return Response(json.dumps(told), status, headers, MEDIA_TYPE)


def add_handlers(app: FastAPI, default: Language) -> None:
    """Have an application tell its problems so."""
    # Refusals before the API are told without it: the page's first byte does not wait for this.
    from fastapi.exceptions import RequestValidationError

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refusal)  # noqa: S101
        return problem(
            request.scope,
            error.status,
            error.code,
            error.detail,
            default=default,
            headers=error.headers,
        )

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101
        language = language_of(request.scope, default)
        faults = [_fault(item, language) for item in error.errors()]
        broken = any(item["type"] == "json_invalid" for item in error.errors())
        detail = Text("Voyez « errors ».", "See 'errors'.")
        status = 400 if broken else 422
        return problem(
            request.scope, status, "invalid-request", detail, default=default, errors=faults
        )

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101
        code = {404: "not-found", 400: "invalid-request"}.get(error.status_code, "")
        shown = alike(HTTPStatus(error.status_code).description or error.detail)
        headers = error.headers or _NO_RETRY
        return problem(
            request.scope, error.status_code, code, shown, default=default, headers=headers
        )

    async def own(request: Request, error: Exception) -> Response:
        assert isinstance(error, RecueilError)  # noqa: S101
        status, code, detail, headers = _of_error(error)
        return problem(request.scope, status, code, detail, default=default, headers=headers)

    app.add_exception_handler(Refusal, refused)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RecueilError, own)


def _of_error(error: RecueilError) -> tuple[int, str, Text, Mapping[str, str]]:
    if isinstance(error, QuestionError):
        return 422, "no-question", error.message, _NO_RETRY
    if isinstance(error, NotFoundError):
        return 404, "not-found", error.message, _NO_RETRY
    logging.getLogger(__name__).error("%s: %s", type(error).__name__, error)
    if isinstance(error, FeedbackError):
        kept = Text("l'avis n'est pas gardé ; ", "the feedback is not kept; ")
        return 503, "not-serving", kept + _LOGGED, _NO_RETRY
    return 503, "not-serving", _LOGGED, RETRY


def failed(scope: Scope, default: Language) -> Response:
    """Return the answer to a request that met a fault of ours."""
    return problem(scope, 500, "failed", _LOGGED, default=default)


def _fault(item: ErrorDetails, language: Language) -> dict[str, str]:
    """Return one fault of a request; what was given is not repeated."""
    kind, *place = item["loc"]
    if item["type"] == "json_invalid":
        what = Text("ce n'est pas du JSON", "this is not JSON")
        return {"detail": what.to(language), "pointer": ""}
    found = {"detail": field_fault(item).to(language)}
    if kind == "body":
        names = (str(name).replace("~", "~0").replace("/", "~1") for name in place)
        return found | {"pointer": "".join(f"/{excerpt(name)}" for name in names)}
    return found | {"parameter": ".".join(excerpt(name) for name in place)}
