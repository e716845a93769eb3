"""What the styles of an ODT file say of a text: heading, bold, raised, hidden."""

from __future__ import annotations

import re
from typing import Any

from recueil_qa.corpus.importing.blocks import DEEPEST, Reason

OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_FO = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}"
SMALLEST = 2.0  # points
_WANTED = (
    f"{TEXT}display", f"{_STYLE}text-position", f"{_STYLE}text-line-through-style", f"{_FO}color",
    f"{_FO}background-color", f"{_FO}font-size", f"{_FO}font-weight",
)  # fmt: skip
_DEEPEST_STYLE = 50


def own(element: Any, name: str) -> int:
    """Return a number that an element gives under a name, in whatever namespace; else 0."""
    text = next((value for key, value in element.items() if key.endswith(f"}}{name}")), "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0


class Styles:
    """The styles of a file, common ones and its own."""

    def __init__(self, roots: list[Any]) -> None:
        self._styles: dict[tuple[str, str], Any] = {}
        for root in roots:
            for style in root.iter(f"{_STYLE}style"):
                key = style.get(f"{_STYLE}family") or "", style.get(f"{_STYLE}name") or ""
                self._styles[key] = style

    def look(self, element: Any, around: dict[str, str]) -> dict[str, str]:
        """Return how an element's text looks, within one that looks as `around`."""
        name = element.get(f"{TEXT}style-name")
        if not name:
            return around
        family = "text" if element.tag in {f"{TEXT}span", f"{TEXT}a"} else "paragraph"
        found = dict(around)
        for style in reversed(self._chain(family, name)):
            for properties in style:
                found |= {
                    key.rpartition("}")[2]: properties.get(key)
                    for key in _WANTED
                    if properties.get(key)
                }
        return found

    def heading(self, block: Any) -> int:
        """Return the level of a paragraph whose style is a heading's; else 0."""
        for style in self._chain("paragraph", block.get(f"{TEXT}style-name") or ""):
            named = style.get(f"{_STYLE}display-name") or style.get(f"{_STYLE}name") or ""
            found = re.fullmatch(r"(?:Heading|Titre)(?:_20_| )(\d)", named)
            level = own(style, "default-outline-level")
            if level or found:
                return min(level or int(found[1]) if found else level, DEEPEST)
            if named in {"Title", "Titre"}:
                return 1
        return 0

    def is_bold(self, block: Any) -> bool:
        """Return whether all of a paragraph is in bold."""
        look = self.look(block, {})
        if look.get("font-weight") == "bold":
            return True
        spans = list(block.iter(f"{TEXT}span"))
        text = "".join(block.itertext()).strip()
        bold = [s for s in spans if self.look(s, look).get("font-weight") == "bold"]
        return bool(bold) and "".join("".join(s.itertext()) for s in bold).strip() == text

    def unseen(self, look: dict[str, str]) -> Reason | None:
        """Return why nobody reads a text that looks so, or None."""
        if look.get("display") in {"none", "condition"}:
            return "hidden"
        if look.get("text-line-through-style", "none") != "none":
            return "deleted"
        size = re.fullmatch(r"([\d.]+)pt", look.get("font-size", ""))
        if size and float(size[1].strip(".") or 0) < SMALLEST:
            return "hidden"
        ground = look.get("background-color", "transparent").lower()
        paper = ground in {"transparent", "#ffffff"}
        return "hidden" if paper and _is_white(look.get("color", "")) else None

    def _chain(self, family: str, name: str) -> list[Any]:
        """Return a style and those that it is based on."""
        found: list[Any] = []
        while name and len(found) < _DEEPEST_STYLE:
            style = self._styles.get((family, name))
            if style is None:
                break
            found.append(style)
            name = style.get(f"{_STYLE}parent-style-name") or ""
        return found


def _is_white(colour: str) -> bool:
    found = re.fullmatch("#([0-9a-fA-F]{6})", colour)
    return found is not None and min(bytes.fromhex(found[1])) >= 0xF8
