"""The HTTP interface: `/api/v1`, `/livez`, `/readyz`, `/metrics`. Needs no Streamlit.

`uvicorn recueil_qa.api:app` serves it alone; `recueil-qa serve` together with the page.
"""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    """Make the application on first use, of the settings that hold then."""
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from recueil_qa.api.application import standalone
    from recueil_qa.settings import load_settings
    from recueil_qa.shared import Shared

    made = standalone(Shared(load_settings()))
    globals()[name] = made
    return made
