"""Take the pictures of docs/images: `make screenshots`."""

from __future__ import annotations

from tests.browser import ask, browser_page, free_port, running, save, settled, streamlit_command
from tests.conftest import ROOT

IMAGES = ROOT / "docs" / "images"
FRENCH = "Trop de gens font la queue au guichet et rappellent sans cesse"
ENGLISH = "How to reduce repeat calls?"


def main() -> None:
    port = free_port()
    with running(streamlit_command(port), port) as address:
        for name, width, dark in (("1280", 1280, False), ("390", 390, False), ("dark", 1280, True)):
            with browser_page(width, 900, dark) as page:
                page.goto(address)
                page.get_by_role("button", name="Comment réduire les appels répétés ?").wait_for()
                save(page, IMAGES / f"home-{name}.png")
                ask(page, "Votre problème", FRENCH)
                save(page, IMAGES / f"answer-{name}.png")
                if name == "1280":
                    page.get_by_text("Lire toute la pratique").first.click()
                    page.get_by_text("Pratiques proches").first.click()
                    save(page, IMAGES / "answer-whole.png", whole=True)
                    ask(page, "Votre problème", "recette de la tarte aux pommes")
                    save(page, IMAGES / "abstention-1280.png")
                    page.get_by_text("English", exact=True).click()
                    page.get_by_label("Your problem", exact=True).wait_for()
                    settled(page)
                    ask(page, "Your problem", ENGLISH)
                    save(page, IMAGES / "answer-en-1280.png")
                    page.get_by_text("Similar practices").first.click()
                    page.get_by_role("button", name="Read this practice").first.click()
                    page.get_by_text("Back to the results").wait_for()
                    settled(page)
                    save(page, IMAGES / "practice-1280.png", whole=True)
    print(f"{IMAGES}: done")


if __name__ == "__main__":
    main()
