"""What Sphinx is told. Each page is in its own language; nothing is loaded from elsewhere."""

from __future__ import annotations

import re
from importlib.metadata import version as version_of
from typing import Any
from urllib.parse import urljoin

from sphinx.application import Sphinx

from distribution.site.searching import SearchBoth

project = "recueil-qa"
version = release = version_of("recueil-qa")
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
language = "en"
html_search_language = SearchBoth.lang
# The same search, whose words are English, for English pages.
ENGLISH_SEARCH = "search.en"
html_additional_pages = {ENGLISH_SEARCH: "search.html"}
default_role = "literal"
myst_heading_anchors = 3
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_class_signature = "separated"
html_theme = "furo"
html_title = "recueil-qa"
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False
html_use_index = False
html_domain_indices = False

FRENCH = frozenset({"index", "search", "docs/accessibilite"})


def language_of(page: str) -> str:
    """Return the language that a page is written in, by its name."""
    return "fr" if page in FRENCH or page.endswith(".fr") else "en"


def _in_its_language(
    _app: Sphinx, page: str, _template: str, context: dict[str, Any], _tree: Any
) -> None:
    own = language_of(page)
    context["language"] = own
    pathto = context["pathto"]
    if own == "en":
        context["pathto"] = lambda to, *more, **named: pathto(
            ENGLISH_SEARCH if to == "search" else to, *more, **named
        )
    # Without it a browser asks for one elsewhere on the server.
    context["metatags"] = context.get("metatags", "") + '<link rel="icon" href="data:,">'

    def told(link: re.Match[str]) -> str:
        address = link["to"]
        target = page if address == "#" else urljoin(f"/{page}", address)[1:]
        other = language_of(target.removesuffix(".html"))
        return link[0] if other == own else f'{link[0][:-1]} lang="{other}" hreflang="{other}">'

    # Titles of pages in the other language are said to be so, for who hears them.
    tree = context.get("furo_navigation_tree", "")
    context["furo_navigation_tree"] = re.sub(r'<a class="[^"]*" href="(?P<to>[^"]*)">', told, tree)


def _search_in_french(
    app: Sphinx, page: str, _template: str, _context: dict[str, Any], _tree: Any
) -> None:
    if page == "search":
        app.add_js_file("translations.js")


def setup(app: Sphinx) -> None:
    app.add_search_language(SearchBoth)
    # After the theme's own, which makes the tree.
    app.connect("html-page-context", _search_in_french, priority=100)
    app.connect("html-page-context", _in_its_language, priority=900)
