"""Sources of an import as the tests of its readers make them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

from docx import Document as Word
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from recueil_qa.corpus.importing.blocks import Document, Outline
from recueil_qa.corpus.importing.documents import open_source, read_document

HEADINGS = ("Problème", "Conseils")
OUTLINE = Outline(begins=lambda text: text.startswith("Fiche"), whole=lambda t: t in HEADINGS)


def read(path: Path, content: bytes | str) -> Document:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_document(open_source(path), OUTLINE, "fr")


def texts(document: Document) -> list[str]:
    return [block.text for block in document.blocks]


def items(document: Document) -> list[str]:
    return [block.text for block in document.blocks if block.kind == "item"]


def aside(document: Document) -> list[tuple[str, str]]:
    return [(piece.reason, piece.text) for piece in document.set_aside]


def word(*paragraphs: str, body: str = "") -> bytes:
    """A Word file of paragraphs in its own XML: what stands between `<w:p>` and `</w:p>`."""
    document = Word()
    end = document.element.body[-1]
    marked = "".join(f"<w:p>{paragraph}</w:p>" for paragraph in paragraphs)
    spaces = nsdecls("w", "r", "m", "wp", "a", "c", "dgm") + (
        ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
        ' xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
    )
    for element in parse_xml(f"<w:body {spaces}>{marked}{body}</w:body>"):
        end.addprevious(element)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


BULLET = '<w:pPr><w:pStyle w:val="ListBullet"/></w:pPr>'


def joined(content: bytes, kind: str, part: str) -> bytes:
    """A Word file with one more part: notes, comments; a chart, which only its name tells."""
    relation = (
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
        f'{kind}" Target="{kind}.xml"/></Relationships>'
    )

    def related(name: str, old: bytes) -> tuple[str, bytes]:
        if name == "word/_rels/document.xml.rels":
            new = f'<Relationship Id="{kind}1" Type="{relation}'
            old = old.replace(b"</Relationships>", new.encode())
        return name, old

    buffer = io.BytesIO(rezipped(content, related))
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(f"word/{kind}.xml", part)
    return buffer.getvalue()


def rezipped(content: bytes, change: Callable[[str, bytes], tuple[str, bytes]]) -> bytes:
    """A ZIP file whose files are changed, each by its name and content."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(*change(name, old.read(name)))
    return out.getvalue()
