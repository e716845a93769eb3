"""`/aide`: the documentation's pages, as files; each says which language it is in."""

from __future__ import annotations

import os
import re
from html import escape
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import PathLike, StaticFiles
from starlette.types import ASGIApp, Scope

from recueil_qa import shipped
from recueil_qa.messages import Text
from recueil_qa.settings import Settings

PATH = "/aide"
_HEAD = 400  # bytes, within which a page says its language
_LANGUAGE = re.compile(rb'<html[^>]* lang="(fr|en)"')
_TITLE = Text("Aide", "Help")
_NOT_MADE = Text(
    "Les pages d’aide ne sont pas dans cette installation. Dans le dossier du projet, "
    "« make docs » les fait ; leurs textes sont dans docs/.",
    "The pages of help are not in this installation. In the project's folder, "
    "'make docs' makes them; their texts are in docs/.",
)
_NOT_FOUND = Text("Cette page d’aide n’existe pas.", "There is no such page of help.")


class _Files(StaticFiles):
    def file_response(
        self,
        full_path: PathLike,
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        answer = super().file_response(full_path, stat_result, scope, status_code)
        # Asked for again each time: another version says something else at the same address.
        answer.headers["Cache-Control"] = "no-cache"
        if answer.headers.get("content-type", "").startswith("text/html"):
            with Path(full_path).open("rb") as file:
                found = _LANGUAGE.search(file.read(_HEAD))
            answer.headers["Content-Language"] = found[1].decode() if found else "fr"
        return answer


def pages(settings: Settings) -> ASGIApp:
    """Return what serves the pages at `/aide`; where none were made, it says how they are."""
    language = settings.language
    folder = shipped.manual(settings.home)
    start = f"{PATH}/"

    def told(text: Text, more: str = "") -> HTMLResponse:
        page = (
            f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
            f"<title>{_TITLE.to(language)}</title></head>"
            f"<body><main><h1>{_TITLE.to(language)}</h1><p>{escape(text.to(language))}</p>{more}"
            "</main></body></html>"
        )
        return HTMLResponse(page, 404, {"Content-Language": language})

    async def moved(_: Request) -> Response:
        return RedirectResponse(start, 308)

    async def missing(_: Request, __: Exception) -> Response:
        if folder is None:
            return told(_NOT_MADE)
        return told(_NOT_FOUND, f'<p><a href="{start}">{_TITLE.to(language)}</a></p>')

    files = Mount(PATH, _Files(directory=folder, html=True)) if folder else None
    app = Starlette(
        routes=[Route(PATH, moved), *([files] if files else [])],
        exception_handlers={404: missing},
    )
    app.router.redirect_slashes = False
    return app
