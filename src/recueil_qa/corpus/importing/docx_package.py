"""The parts of a Word file: whatever the main one is called, strict or not, with macros or not."""

from __future__ import annotations

import io
import posixpath
import zipfile
from dataclasses import dataclass, field
from typing import Any

from recueil_qa.corpus.importing.archives import parse

TYPES = "[Content_Types].xml"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_RELATED = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
# What a strict file calls what others call by the names of 2006.
_STRICT = (
    (b"http://purl.oclc.org/ooxml/wordprocessingml/main", W[1:-1].encode()),
    (b"http://purl.oclc.org/ooxml/officeDocument/relationships", R[1:-1].encode()),
    (
        b"http://purl.oclc.org/ooxml/officeDocument/math",
        b"http://schemas.openxmlformats.org/officeDocument/2006/math",
    ),
    (
        b"http://purl.oclc.org/ooxml/drawingml/",
        b"http://schemas.openxmlformats.org/drawingml/2006/",
    ),
)


@dataclass(frozen=True)
class Part:
    """One XML part, and those that it is related to: by relation id, (kind, name)."""

    name: str
    root: Any
    related: dict[str, tuple[str, str]]


@dataclass
class Package:
    """The parts of a Word file, opened as they are asked for."""

    archive: zipfile.ZipFile
    names: dict[str, str] = field(default_factory=dict)

    @classmethod
    def open(cls, content: bytes) -> Package:
        archive = zipfile.ZipFile(io.BytesIO(content))
        return cls(archive, {name.lower(): name for name in archive.namelist()})

    def main(self) -> Part:
        """Return the part that holds the text.

        Raises:
            KeyError: there is none.
        """
        for kind, name in self._related("").values():
            if kind == "officeDocument":
                return self._part(name)
        raise KeyError("officeDocument")

    def kin(self, part: Part, kind: str) -> list[Part]:
        """Return the parts of a kind that a part is related to, without those that miss."""
        names = dict.fromkeys(name for found, name in part.related.values() if found == kind)
        return [self._part(name) for name in names if name.lower() in self.names]

    def _part(self, name: str) -> Part:
        content = self.archive.read(self.names[name.lower()])
        for strict, usual in _STRICT:
            content = content.replace(strict, usual)
        return Part(name, parse(content), self._related(name))

    def _related(self, name: str) -> dict[str, tuple[str, str]]:
        folder, _, file = name.rpartition("/")
        listed = posixpath.join(folder, "_rels", f"{file}.rels").lower()
        if listed not in self.names:
            return {}
        found = {}
        for relation in parse(self.archive.read(self.names[listed])).iter(_RELATED):
            if relation.get("TargetMode") != "External":
                target = posixpath.join("/", folder, relation.get("Target", ""))
                kind = relation.get("Type", "").rpartition("/")[2]
                found[relation.get("Id", "")] = (kind, posixpath.normpath(target).lstrip("/"))
        return found


def is_word(archive: zipfile.ZipFile) -> bool:
    """Return whether an archive holds a text of Word, or the template of one."""
    if "word/document.xml" in archive.namelist():
        return True
    if TYPES not in archive.namelist() or archive.getinfo(TYPES).file_size > 1_000_000:
        return False
    types = archive.read(TYPES).lower()
    return b".main+xml" in types and (b"wordprocessingml" in types or b"ms-word." in types)
