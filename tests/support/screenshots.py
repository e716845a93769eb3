"""Take the pictures of docs/images: `make screenshots`. Each page, at 1280 and at 390 pixels."""

from __future__ import annotations

import tempfile

from playwright.sync_api import Page

from tests.support import ROOT
from tests.support.browser import (
    launched,
    running,
    save,
    settled,
    streamlit_command,
    until,
    visit,
    visitor_page,
)

IMAGES = ROOT / "docs" / "images"
FRENCH = "comment réduire les appels répétés ?"
ENGLISH = "How to reduce repeat calls?"
PAGES = {
    "home": "",
    "answer": f"q={FRENCH}",
    "answer-en": f"q={ENGLISH}&langue=en",
    "abstention": "q=recette de la tarte aux pommes",
    "practice": f"q={FRENCH}&pratique=recueil-2014-p23&ligne=conseils/4",
    "explore": "vue=explorer&texte=accueil",
    "map": "vue=carte",
    "compare": "vue=comparer&avec=recueil-2014-p23&avec=recueil-2014-p22",
    "dossier": "vue=dossier",
    "index": "vue=index",
}
SIZES = {"1280": (1280, 900, False), "390": (390, 844, False)}
DARK = ("answer", "map")


def fill_dossier(page: Page, address: str) -> None:
    """Keep a line and a practice, with a title and a note."""
    visit(page, f"{address}/?q={FRENCH}")
    page.locator("button.keep").first.click()
    page.get_by_role("link", name="Mon dossier (1)").wait_for()
    settled(page)
    page.get_by_role("button", name="Garder la pratique").first.click()
    page.get_by_role("link", name="Mon dossier (2)").wait_for()
    settled(page)
    page.get_by_role("link", name="Mon dossier (2)").click()
    page.get_by_label("Titre du dossier").fill("Moins d'attente au guichet")
    page.get_by_label("Note").first.fill("À proposer au comité d'accueil de janvier.")
    page.get_by_label("Titre du dossier").click()
    until(page, "localStorage.getItem('recueil-qa.dossier.1').includes('janvier')")


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as scratch,
        running(streamlit_command, RECUEIL_FEEDBACK_FILE=f"{scratch}/feedback.sqlite3") as address,
        launched() as browser,
    ):
        for size, (width, height, dark) in SIZES.items():
            with visitor_page(browser, width, height, dark) as page:
                fill_dossier(page, address)
                for name, path in PAGES.items():
                    shoot(page, f"{address}/?{path}", f"{name}-{size}")
        with visitor_page(browser, 1280, 900, dark=True) as page:
            for name in DARK:
                shoot(page, f"{address}/?{PAGES[name]}", f"{name}-dark")
    print(f"{IMAGES}: done")


def shoot(page: Page, address: str, name: str) -> None:
    visit(page, address)
    if "vue=dossier" in address:  # which this browser's own script brings
        page.get_by_label("Titre du dossier").wait_for()
        settled(page)
    until(page, "document.fonts.status === 'loaded'")
    save(page, IMAGES / f"{name}.png")


if __name__ == "__main__":
    main()
