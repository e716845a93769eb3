"""Where the documentation's pages are, for the page's menu."""

from __future__ import annotations

from recueil_qa.shared import offered
from recueil_qa.shipped import manual


def help_address(language: str) -> str:
    """Return the address of the help in a language; "" where this process serves none."""
    shared = offered()
    if shared is None or manual(shared.settings.home) is None:
        return ""
    return "/aide/english.html" if language == "en" else "/aide/"
