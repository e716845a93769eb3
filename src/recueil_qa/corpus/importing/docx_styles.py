"""What Word's styles and lists say of a paragraph or a run: heading, item, hidden, raised."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from recueil_qa.corpus.importing.docx_package import W

SMALLEST = 4  # half-points: nobody reads a letter of two points
_HEADING = re.compile(r"^(?:heading|titre) (\d)$", re.IGNORECASE)
_LIST = re.compile(
    r"^list (?:bullet|number|continue|paragraph)? ?(\d)?$|^liste à puces ?(\d)?$", re.I
)
_OFF = {"0", "false", "off", "none"}
_DEEPEST = 50


def number(element: Any) -> int:
    """Return the number that an element's `val` gives, 0 for what is none."""
    text = element.get(f"{W}val") or ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0


class Styles:
    """The styles and lists of a Word file."""

    def __init__(self, styles: Any | None, numbering: Any | None) -> None:
        found = list(styles.iter(f"{W}style")) if styles is not None else []
        self._styles = {style.get(f"{W}styleId"): style for style in found}
        self._default = next(
            (s for s in found if s.get(f"{W}type") == "paragraph" and s.get(f"{W}default") == "1"),
            None,
        )
        self._document = None
        if styles is not None:
            self._document = styles.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr")
        self._formats = dict(_formats(numbering)) if numbering is not None else {}

    def paragraph(self, paragraph: Any) -> tuple[str, int]:
        """Return what a paragraph is, and its level."""
        properties = paragraph.find(f"{W}pPr")
        outline = properties.find(f"{W}outlineLvl") if properties is not None else None
        numbering = properties.find(f"{W}numPr") if properties is not None else None
        depth = 0
        for style in self._of(properties, "pStyle"):
            name = _name(style)
            heading = _HEADING.match(name)
            if heading:
                return "heading", int(heading[1])
            if name.lower() in {"title", "titre"}:
                return "heading", 1
            listed = _LIST.match(name)
            if listed and name.lower() != "list paragraph":
                depth = depth or int(listed[1] or listed[2] or 1)
            own = style.find(f"{W}pPr")
            if own is not None:
                outline = own.find(f"{W}outlineLvl") if outline is None else outline
                numbering = own.find(f"{W}numPr") if numbering is None else numbering
        if outline is not None and number(outline) < 9:
            return "heading", number(outline) + 1
        if numbering is None:
            return ("item", depth) if depth else ("paragraph", 0)
        list_id, level = numbering.find(f"{W}numId"), numbering.find(f"{W}ilvl")
        at = number(level) if level is not None else 0
        identifier = list_id.get(f"{W}val") if list_id is not None else None
        if identifier == "0" or self._formats.get((identifier, at)) == "none":
            return "paragraph", 0  # taken out of its list, or a list without marks
        return "item", max(depth, 1 + at)

    def run(self, run: Any, paragraph: Any, *wanted: str) -> dict[str, Any]:
        """Return the properties of a run by name, from the nearest that says them."""
        own = run.find(f"{W}rPr")
        of_paragraph = paragraph.find(f"{W}pPr")
        sources = [own, *(_run_of(style) for style in self._of(own, "rStyle"))]
        sources += [_run_of(style) for style in self._of(of_paragraph, "pStyle")]
        sources.append(self._document)
        found: dict[str, Any] = {}
        for source in sources:
            for name in wanted:
                element = source.find(f"{W}{name}") if source is not None else None
                if name not in found and element is not None:
                    found[name] = element
        return found

    def _of(self, properties: Any | None, tag: str) -> Iterator[Any]:
        """Yield the style that properties name, and those that it is based on."""
        named = properties.find(f"{W}{tag}") if properties is not None else None
        if named is not None:
            style = self._styles.get(named.get(f"{W}val"))
        else:
            style = self._default if tag == "pStyle" else None
        for _ in range(_DEEPEST):
            if style is None:
                return
            yield style
            base = style.find(f"{W}basedOn")
            style = self._styles.get(base.get(f"{W}val")) if base is not None else None


def is_on(element: Any | None) -> bool:
    """Return whether a property that is on or off is on."""
    return element is not None and (element.get(f"{W}val") or "1").lower() not in _OFF


def _name(style: Any) -> str:
    name = style.find(f"{W}name")
    return (name.get(f"{W}val") or "") if name is not None else ""


def _run_of(style: Any) -> Any | None:
    return style.find(f"{W}rPr")


def _formats(numbering: Any) -> Iterator[tuple[tuple[str | None, int], str]]:
    """Yield the format of the marks of each list, by its id and level."""
    abstract = {each.get(f"{W}abstractNumId"): each for each in numbering.iter(f"{W}abstractNum")}
    for each in numbering.iter(f"{W}num"):
        named = each.find(f"{W}abstractNumId")
        levels = abstract.get(named.get(f"{W}val")) if named is not None else None
        for level in levels.iter(f"{W}lvl") if levels is not None else ():
            at = level.get(f"{W}ilvl") or ""
            found = level.find(f"{W}numFmt")
            if at.isdecimal() and len(at) < 3 and found is not None:
                key = each.get(f"{W}numId"), int(at)
                yield key, found.get(f"{W}val") or ""
