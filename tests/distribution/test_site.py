"""The documentation's pages: made without a warning, whole, in their language, of this machine.

And in a browser: they look and search as made, and load nothing more. All in one module, for
making them takes a while.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin

import pytest

import recueil_qa
from distribution.site.conf import language_of
from distribution.site.rest import page as rest_page
from distribution.site.searching import SearchBoth
from recueil_qa.api.application import create_app
from recueil_qa.settings import load_settings
from recueil_qa.shared import Shared
from tests.support import ROOT
from tests.support.serving import serving, write_home
from tests.support.waiting import PATIENCE

LOADING = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}


class Page(HTMLParser):
    """What a page has: its language, its anchors, where it leads, what it loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.language = ""
        self.anchors = set[str]()
        self.links = list[str]()
        self.loads = list[str]()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.language = given.get("lang", "")
        if "id" in given:
            self.anchors.add(given["id"])
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag in LOADING and LOADING[tag] in given:
            self.loads.append(given[LOADING[tag]])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages, made as `make docs` makes them."""
    folder = tmp_path_factory.mktemp("made") / "site"
    made = subprocess.run(
        [sys.executable, "-m", "distribution.site", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE * 4,
    )
    assert made.returncode == 0, made.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Page]:
    return {
        path.relative_to(site).as_posix(): Page(path.read_text("utf-8"))
        for path in sorted(site.rglob("*.html"))
    }


def test_each_document_is_a_page_in_its_language(pages: dict[str, Page]) -> None:
    documents = {f"docs/{path.stem}.html" for path in ROOT.glob("docs/*.md")}
    assert documents | {"index.html", "english.html", "python.html", "rest.html"} <= set(pages)
    for name, page in pages.items():
        assert page.language == language_of(name.removesuffix(".html")), name
    french = {name for name, page in pages.items() if page.language == "fr"}
    assert french >= {"index.html", "search.html", "docs/guide-exploitant.fr.html"}
    assert "docs/operator.html" not in french


def test_every_link_leads_to_a_place_that_is_there(site: Path, pages: dict[str, Page]) -> None:
    broken = list[str]()
    for name, page in pages.items():
        for link in page.links:
            address, anchor = urldefrag(link)
            if re.match(r"\w+:", address):
                continue
            target = unquote(urljoin(f"/{name}", address)[1:]) if address else name
            if target in pages:
                wanted = unquote(anchor)
                if wanted and wanted not in pages[target].anchors:
                    broken.append(f"{name}: {link}")
            elif not (site / target).is_file():
                broken.append(f"{name}: {link}")
    assert broken == []
    assert sum(len(page.links) for page in pages.values()) > 500


def test_nothing_is_loaded_from_elsewhere(site: Path, pages: dict[str, Page]) -> None:
    loaded = [address for page in pages.values() for address in page.loads]
    assert loaded
    assert [address for address in loaded if re.match(r"(\w+:)?//", address)] == []
    styles = [path.read_text("utf-8") for path in site.rglob("*.css")]
    outside = r"(?:@import|url\()\s*[\"']?(?:\w+:)?//"
    assert styles and not any(re.search(outside, style) for style in styles)


def test_what_is_loaded_is_there(site: Path, pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        for address in page.loads:
            path = urldefrag(address)[0].partition("?")[0]
            if path and not path.startswith("data:"):
                target = unquote(urljoin(f"/{name}", path)[1:])
                assert (site / target).exists() or target in pages, f"{name}: {address}"


def test_no_path_of_the_machine_that_made_them_is_in_them(site: Path) -> None:
    for path in site.rglob("*.html"):
        assert str(ROOT) not in path.read_text("utf-8"), path


def test_all_python_names_and_all_routes_are_told(site: Path) -> None:
    anchors = Page((site / "python.html").read_text("utf-8")).anchors
    assert {f"recueil_qa.{name}" for name in recueil_qa.__all__} <= anchors
    schema = create_app(Shared(load_settings())).openapi()
    told = rest_page()
    for path, operations in schema["paths"].items():
        for method in operations:
            assert f"### `{method.upper()} {path}`" in told
    for name in schema["components"]["schemas"]:
        assert f"### {name}\n" in told


def test_a_french_page_has_no_english_control(site: Path) -> None:
    start = (site / "index.html").read_text("utf-8")
    assert 'placeholder="Rechercher"' in start
    for said in ("Toggle ", "Back to top", "Skip to content", "On this page"):
        assert said not in start
    assert "Back to top" in (site / "docs/operator.html").read_text("utf-8")


def test_each_page_searches_in_its_language(site: Path, pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        text = (site / name).read_text("utf-8")
        (action,) = re.findall(r'<form [^>]*action="([^"]*)" role="search"', text)
        target = name if action == "#" else urljoin(f"/{name}", action)[1:]
        assert target == ("search.html" if page.language == "fr" else "search.en.html")
    english = (site / "search.en.html").read_text("utf-8")
    assert "translations.js" not in english and 'placeholder="Search"' in english
    assert "translations.js" in (site / "search.html").read_text("utf-8")


@pytest.mark.parametrize(
    "alike",
    [("backup", "backups"), ("installing", "installed"), ("sauvegarde", "sauvegarder"),
     ("clé", "clés"), ("exploitant", "exploitants"), ("collection", "collections")],
)  # fmt: skip
def test_words_of_both_languages_have_one_stem(alike: tuple[str, str]) -> None:
    search = SearchBoth({})
    assert search.stem(alike[0]) == search.stem(alike[1])


def test_the_index_of_the_search_has_both_languages(site: Path) -> None:
    index = (site / "searchindex.js").read_text("utf-8")
    assert "docs/guide-exploitant.fr" in index
    assert "docs/operator" in index
    assert "sphinx" not in {path.name for path in site.iterdir()}
    assert (site / "_static" / "translations.js").is_file()


@pytest.mark.browser
def test_a_reader_finds_a_page_by_its_words(site: Path, tmp_path: Path) -> None:
    from tests.support.browser import launched, visitor_page

    home = write_home(tmp_path)
    shutil.copytree(site, home / "site")
    with serving(home) as served, launched() as browser, visitor_page(browser) as page:
        said, asked = list[str](), list[str]()
        # The theme tells of its colours; what is refused, or fails, is an error.
        page.on("console", lambda m: said.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        # From the page's menu, as a manager comes.
        page.goto(served.address)
        page.get_by_role("link", name="Aide").click()
        page.wait_for_url("**/aide/")
        said.clear()
        asked.clear()
        page.goto(f"{served.address}/aide")
        assert page.url == f"{served.address}/aide/"
        # The theme's own scripts run, under the policy that the page is served with.
        assert page.evaluate("document.body.dataset.theme") == "auto"
        page.get_by_label("Couleurs claires").last.click()
        assert page.evaluate("document.body.dataset.theme") != "auto"
        page.get_by_placeholder("Rechercher").fill("sauvegarder les clés")
        page.keyboard.press("Enter")
        found = page.locator("#search-results li a", has_text="exploitant")
        found.first.wait_for()
        assert page.locator("html").get_attribute("lang") == "fr"
        assert "Résultats de la recherche" in page.locator("#search-results").inner_text()
        found.first.click()
        assert "guide-exploitant.fr.html" in page.url
        page.goto(f"{served.address}/aide/docs/operator.html")
        assert page.locator("html").get_attribute("lang") == "en"
        page.get_by_placeholder("Search").fill("restoring backups")
        page.keyboard.press("Enter")
        page.locator("#search-results li a", has_text="Operator").first.wait_for()
        assert page.locator("html").get_attribute("lang") == "en"
        assert "Search Results" in page.locator("#search-results").inner_text()
        assert said == [], said[0]
        assert asked and all(url.startswith((served.address, "data:")) for url in asked)
