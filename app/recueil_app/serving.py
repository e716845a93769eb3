"""The page as an application of its own, which a server puts beside other doors."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import BaseRoute
from streamlit.web import bootstrap

SCRIPT = Path(__file__).parents[1] / "streamlit_app.py"
LOOK = ".streamlit/config.toml"


def page(
    home: Path,
    host: str,
    port: int,
    routes: Sequence[BaseRoute] = (),
    middleware: Sequence[Middleware] = (),
    lifespan: Callable[[Any], AbstractAsyncContextManager[Any]] | None = None,
) -> st.App:
    """Return the page with other routes before it, looking as `streamlit run` shows it.

    `lifespan` is what these need to have running.
    """
    config = _look(home) | {
        # Told in code: from another folder Streamlit does not find its file, listens to all and
        # asks an outside host how it is called.
        "server.address": host,
        "server.port": port,
        "server.headless": True,
        "server.fileWatcherType": "none",
        "server.maxUploadSize": 1,  # MB; nothing is uploaded
        "browser.serverAddress": "localhost",
        "browser.gatherUsageStats": False,
        "client.showErrorDetails": "none",
    }
    app = st.App(SCRIPT, lifespan=lifespan, routes=routes, middleware=middleware)
    bootstrap.load_config_options(config)
    return app


def _look(home: Path) -> dict[str, Any]:
    """Return what the page's file of settings says, by dotted names."""
    for folder in (home, SCRIPT.parents[1]):
        path = folder / LOOK
        if path.is_file():
            return _flat(tomllib.loads(path.read_text("utf-8")))
    return {}


def _flat(table: dict[str, Any], above: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in table.items():
        dotted = f"{above}{name}"
        found |= _flat(value, f"{dotted}.") if isinstance(value, dict) else {dotted: value}
    return found
