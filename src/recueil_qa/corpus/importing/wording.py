"""What `collection.toml` says of single lines of a source: headings, labels, titles, facets.

Lines are compared without case, accents, ligatures, numbering ("3."), marks of Markdown and a
last colon.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from recueil_qa.corpus.collection import CollectionConfig, SectionConfig
from recueil_qa.corpus.emphasis import plain
from recueil_qa.corpus.importing.blocks import Outline, squash

LONGEST = 400  # characters of a title or of a field with its label
_NUMBERING = re.compile(
    r"^(?:\d{1,3}(?:\.\d{1,3})*\s*[.)°/:–-]*|[ivx]{1,5}\s*[.)–-]|[a-z]\s*[.)])\s*"
)
_FOLDED = str.maketrans({"œ": "oe", "æ": "ae", "’": "'", "‐": "-", "‑": "-", "*": "", "_": " "})


@lru_cache(maxsize=10_000)
def fold(text: str) -> str:
    """Return a line as it is compared with another."""
    text = unicodedata.normalize("NFKD", squash(text).casefold().translate(_FOLDED))
    text = "".join(c for c in text if not unicodedata.combining(c)).lstrip("# ")
    return " ".join(text.split()).rstrip(" :.")


class Wording:
    """The lines that a collection's configuration knows."""

    def __init__(self, config: CollectionConfig) -> None:
        layout = config.import_
        self._sections = {
            fold(heading): section for section in config.sections for heading in section.headings
        }
        self._labels = {
            fold(label): field for field, labels in layout.labels.items() for label in labels
        }
        self._facets = {
            **{fold(theme): ("theme", theme) for part in config.parts for theme in part.themes},
            **{fold(part.name): ("part", part.name) for part in config.parts},
        }
        self._contacts = fold(layout.contacts_heading)
        titled = layout.title and layout.title_level is None
        self._title = re.compile(layout.title) if titled else None
        space = " " if config.language == "fr" else ""
        self.outline = Outline(self._begins, self._whole, f"{space}: ", f"{space}; ")

    def section(self, text: str) -> SectionConfig | None:
        """Return the section that a line opens, or None."""
        if len(text) > LONGEST:
            return None
        folded = fold(text)
        return self._sections.get(folded) or self._sections.get(_NUMBERING.sub("", folded))

    def label(self, text: str) -> tuple[str, str] | None:
        """Return the field that a line gives, and its value ("" when it is on the next line)."""
        if len(text) > LONGEST:
            return None
        before, _, after = text.partition(":")
        field = self._labels.get(fold(before))
        return None if field is None else (field, plain(after))

    def facet(self, text: str) -> tuple[str, str] | None:
        """Return the part or theme that a line announces, in the words of the configuration."""
        return self._facets.get(fold(text)) if len(text) <= LONGEST else None

    def contacts(self, text: str) -> bool:
        """Return whether a line is the heading of contacts."""
        return bool(self._contacts) and len(text) <= LONGEST and fold(text) == self._contacts

    def title(self, text: str) -> dict[str, str] | None:
        """Return the fields that the expression of titles finds in a line, or None."""
        if self._title is None or len(text) > LONGEST:
            return None
        text = plain(text)
        found = self._title.search(text)
        if not found:
            return None
        fields = {name: value.strip() for name, value in found.groupdict().items() if value}
        return {"title": text, **fields}

    def _whole(self, text: str) -> bool:
        facet = self.facet(text) is not None
        return facet or self.contacts(text) or self.section(text) is not None

    def _begins(self, text: str) -> bool:
        return self.label(text) is not None or self.title(text) is not None
