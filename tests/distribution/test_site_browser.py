"""The documentation's pages in a browser: they look and search as made, and load nothing more."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.serving import serving, write_home

pytestmark = pytest.mark.browser


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
