"""The app over a thousand made practices, with the deterministic encoder: for the browser.

Run by streamlit, as `app/streamlit_app.py` is.
"""

from __future__ import annotations

import runpy
from functools import cache

from recueil_qa.search import searcher
from tests.support import ROOT
from tests.support.encoders import HashEncoder


@cache
def take_encoder() -> None:
    """Have any index opened with the deterministic encoder."""
    searcher.open_encoder = lambda *_: HashEncoder()  # type: ignore[attr-defined]


if __name__ == "__main__":
    take_encoder()
    runpy.run_path(str(ROOT / "app" / "streamlit_app.py"))
