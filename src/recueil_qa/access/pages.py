"""What a person with a browser is shown where no page can be: what happened, and how to go on.

In both languages at once: who is not known yet has chosen none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

from starlette.responses import HTMLResponse

from recueil_qa.messages import Language, Text

HOME = "/"
_NAME = Text("Bonnes pratiques du service public", "Public-service best practices")
_NO_HEADERS: Mapping[str, str] = {}
_OWN = re.compile(r"/(?![/\\])[!-\[\]-~]*")  # an address of this service, printable
# The page's own colours; nothing is loaded, for whoever is not known gets nothing.
_STYLE = """
:root { color-scheme: light dark; }
body { margin: 0; font: 1.05rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere;
  color: light-dark(#1b2430, #e8edf3); background: light-dark(#ffffff, #12171e); }
main { max-width: 34rem; margin: 0 auto; padding: 12vh 1.25rem 3rem; }
.name { margin: 0 0 1.5rem; font-size: 0.95rem; font-weight: 650; }
h1, h2 { margin: 0; line-height: 1.25; } h1 { font-size: 1.7rem; } h2 { font-size: 1.1rem; }
p { margin: 0.7rem 0 0; }
section { margin-top: 2.2rem; padding-top: 1.3rem; font-size: 0.95rem;
  border-top: 1px solid light-dark(#c9d0d9, #39434f); }
a { color: light-dark(#1f4e79, #8fbfe8); text-underline-offset: 0.15em; }
a:focus-visible { outline: 3px solid; outline-offset: 3px; border-radius: 3px; }
h1 ~ p .go { display: inline-block; margin-top: 0.6rem; padding: 0.55rem 1.1rem;
  border-radius: 6px; text-decoration: none;
  color: light-dark(#ffffff, #12171e); background: light-dark(#1f4e79, #8fbfe8); }
"""


def page(
    status: int,
    title: Text,
    why: Text,
    go: Text,
    address: str = HOME,
    *,
    language: Language,
    headers: Mapping[str, str] = _NO_HEADERS,
) -> HTMLResponse:
    """Return a page that says something, with the one link that leads on, if any: to here."""
    address = address if not address or is_own(address) else HOME
    other: Language = "fr" if language == "en" else "en"

    def told(where: Language, heading: str) -> str:
        link = f'<p><a class="go" href="{escape(address)}">{escape(go.to(where))}</a></p>'
        return (
            f"<{heading}>{escape(title.to(where))}</{heading}>"
            f"<p>{escape(_sentence(why.to(where)))}</p>"
            f"{link if address else ''}"
        )

    body = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title.to(language))} — {escape(_NAME.to(language))}</title>"
        f"<style>{_STYLE}</style></head><body><main>"
        f'<p class="name">{escape(_NAME.to(language))}</p>{told(language, "h1")}'
        f'<section lang="{other}">{told(other, "h2")}</section></main></body></html>'
    )
    own = {"Content-Language": language, "Cache-Control": "no-store"}
    return HTMLResponse(body, status, {**headers, **own})


def is_own(address: str) -> bool:
    """Return whether an address is one of this service, and of no other however it is read."""
    return _OWN.fullmatch(address) is not None


def _sentence(text: str) -> str:
    """Return a message as a sentence of its own."""
    said = text[:1].upper() + text[1:]
    return said if said.endswith((".", "!", "?")) else f"{said}."
