"""The table of contents of a booklet: what only it knows of each practice."""

from __future__ import annotations

import re
from dataclasses import dataclass

from recueil_qa.corpus.collection import CollectionConfig

_PAGED = re.compile(r"^(?P<text>.*\S)\s+(?P<page>\d{1,4})$")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the table of contents, with the part and theme that it stands under."""

    part: str
    theme: str
    title: str
    organisation: str
    page: int


def read_contents(lines: list[str], config: CollectionConfig) -> list[Entry]:
    """Read the entries in the order of the table.

    Two layouts are understood, and may alternate: a block of lines whose last one is
    "organisation page" under its title, or a line "title page" followed by blocks of which
    the last is the organisation and the others go on with the title.
    """
    parts = {part.name for part in config.parts}
    mark = config.import_.theme_mark
    entries: list[Entry] = []
    part = theme = ""
    for block in blocks(lines):
        text = " ".join(block)
        paged = _PAGED.match(block[-1])
        if text in parts:
            part, theme = text, ""
        elif mark and text.startswith(mark):
            theme = text.removeprefix(mark).strip()
        elif paged and part:
            page = int(paged["page"])
            if len(block) > 1:
                title, organisation = " ".join(block[:-1]), paged["text"]
            else:
                title, organisation = paged["text"], ""
            entries.append(Entry(part, theme, title, organisation, page))
        elif entries and entries[-1].part == part and entries[-1].theme == theme:
            last = entries[-1]
            title = f"{last.title} {last.organisation}".strip()
            entries[-1] = Entry(part, theme, title, text, last.page)
    return entries


def is_paged(line: str) -> bool:
    """Return whether a line ends with a page number."""
    return bool(_PAGED.match(line.strip()))


def blocks(lines: list[str]) -> list[list[str]]:
    """Group consecutive non-blank lines, stripped."""
    groups: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            groups[-1].append(line.strip())
        elif groups[-1]:
            groups.append([])
    return [group for group in groups if group]
