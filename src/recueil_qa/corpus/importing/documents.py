"""A source file of any kind into blocks of text, told by its content; or a plain refusal."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from recueil_qa.corpus.importing import pdf_lines
from recueil_qa.corpus.importing.archives import BombError
from recueil_qa.corpus.importing.blocks import Document, Outline, Row, Unplaced, gather
from recueil_qa.corpus.importing.docx_package import is_word
from recueil_qa.corpus.importing.odt import is_odt
from recueil_qa.corpus.importing.rejoin import Rejoiner
from recueil_qa.corpus.text_file import CONTROL, not_utf8
from recueil_qa.errors import CorpusError, Problem
from recueil_qa.faults import INVISIBLE, system_fault
from recueil_qa.messages import Text

MAX_BYTES = 50_000_000
MAX_TEXT = 4_000_000
MAX_LINES = 200_000
CHUNK = 1 << 22
MARKDOWN = frozenset({".md", ".markdown"})

# First bytes, the format's name, and what to do.
_SAVE = Text("enregistrez-le en DOCX", "save it as DOCX")
_SCAN = Text(
    "c'est une image, sans texte ; faites-en reconnaître le texte (OCR), puis importez le résultat",
    "it is a picture, with no text; have its text recognised (OCR), then import the result",
)
_REFUSED: tuple[tuple[bytes, str, Text], ...] = (
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "Word (.doc), Office",
        Text(
            "ancien format, ou fichier protégé par un mot de passe ; ouvrez-le, retirez le mot de "
            "passe et enregistrez-le en DOCX",
            "old format, or file protected by a password; open it, take the password off and save "
            "it as DOCX",
        ),
    ),
    (b"{\\rtf", "RTF", _SAVE),
    (b"\x89PNG", "PNG", _SCAN),
    (b"\xff\xd8\xff", "JPEG", _SCAN),
    (b"GIF8", "GIF", _SCAN),
    (b"II*\x00", "TIFF", _SCAN),
    (b"MM\x00*", "TIFF", _SCAN),
    (b"BM", "BMP", _SCAN),
    (b"RIFF", "RIFF", _SCAN),
    (b"%!PS", "PostScript", Text("enregistrez-le en PDF", "save it as PDF")),
    (b"<!doctype html", "HTML", _SAVE),
    (b"<html", "HTML", _SAVE),
    (b"\x1f\x8b", "gzip", Text("décompressez-le", "unpack it")),
    (b"7z\xbc\xaf", "7-Zip", Text("décompressez-le", "unpack it")),
    (b"\xff\xfe", "UTF-16", Text("enregistrez-le en UTF-8", "save it as UTF-8")),
    (b"\xfe\xff", "UTF-16", Text("enregistrez-le en UTF-8", "save it as UTF-8")),
)
# Files of Word and LibreOffice in one piece of XML.
_FLAT = (b"office:document", b"pkg:package", b"wordDocument")
# What a ZIP file is, told by a file that it holds.
_ARCHIVES = (
    ("xl/workbook.xml", "XLSX"),
    ("ppt/presentation.xml", "PPTX"),
    ("content.xml", "OpenDocument (ODS, ODP)"),
    ("META-INF/container.xml", "EPUB"),
)


@dataclass(frozen=True)
class Source:
    """A source file's bytes, and whether they are a "pdf", a "docx", an "odt" or "text"."""

    path: Path
    kind: str
    content: bytes

    def text(self) -> str:
        """Return the content of a text file.

        Raises:
            CorpusError: it is too long, or isn't UTF-8.
        """
        return _decode(self.path, self.content)


def open_source(path: Path) -> Source:
    """Read a source file, and tell by its first bytes what it is.

    Raises:
        CorpusError: it can't be read, is too large, or of a kind that isn't taken.
    """
    content = _content(path)
    return Source(path, _kind(path, content), content)


def read_document(source: Source, outline: Outline, language: str) -> Document:
    """Read the blocks of a source file.

    Raises:
        CorpusError: it is damaged, protected, without text, or unfolds into too much.
    """
    if source.kind == "text":
        rows, aside = _text_rows(source.path, source.text(), outline)
    else:
        rows, aside = _parse(source.path, source.kind, source.content, outline)
    rejoiner = Rejoiner([row.text for row in rows], language)
    blocks, rejoined = gather(rows, rejoiner.whole_word)
    if not blocks:
        raise _refusal(
            source.path, Text("le fichier ne contient aucun texte", "the file holds no text")
        )
    return Document(blocks, aside, rejoined)


def _refusal(path: Path, what: Text) -> CorpusError:
    return CorpusError([Problem(path, 0, what)])


def _content(path: Path) -> bytes:
    try:
        content = b""
        with path.open("rb") as stream:
            while len(content) <= MAX_BYTES and (chunk := stream.read(CHUNK)):
                content += chunk
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        reason = system_fault(error)
        raise _refusal(path, Text("illisible ({})", "can't be read ({})").format(reason)) from error
    if len(content) > MAX_BYTES:
        size = MAX_BYTES // 1_000_000
        raise _refusal(
            path, Text(f"plus de {size} Mo ; découpez le fichier", f"over {size} MB; cut it")
        )
    return content


def _decode(path: Path, content: bytes) -> str:
    if len(content) > MAX_TEXT:
        size = MAX_TEXT // 1_000_000
        raise _refusal(
            path, Text(f"plus de {size} Mo ; découpez le fichier", f"over {size} MB; cut it")
        )
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CorpusError([not_utf8(path, content.count(b"\n", 0, error.start) + 1)]) from error


def _kind(path: Path, content: bytes) -> str:
    """Return "pdf", "docx" or "text"; refuse what else the first bytes tell."""
    if b"%PDF-" in content[:1024]:
        return "pdf"
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _archive(path, content)
    head = content[:64].lstrip().lower()
    for start, name, mend in _REFUSED:
        if content.startswith(start) or (start[:1] == b"<" and head.startswith(start)):
            # "BM" and the like may begin a text.
            if start.isalnum() and b"\0" not in content[:512]:
                continue
            raise _refusal(path, Text(f"format {name} : ", f"format {name}: ") + mend)
    if head.startswith(b"<?xml") and any(root in content[:4096] for root in _FLAT):
        raise _refusal(path, Text("format XML de bureautique : ", "office format XML: ") + _SAVE)
    if b"\0" in content[:8192]:
        raise _refusal(
            path,
            Text(
                "ce n'est pas du texte (fichier binaire) ; donnez un fichier TXT, Markdown, "
                "DOCX, ODT ou PDF",
                "this is no text (a binary file); give a TXT, Markdown, DOCX, ODT or PDF file",
            ),
        )
    return "text"


def _archive(path: Path, content: bytes) -> str:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            names = set(archive.namelist())
            word, odt = is_word(archive), is_odt(archive)
    except Exception as error:  # zipfile raises a dozen kinds on a damaged file
        raise _damaged(path, "DOCX (ZIP)") from error
    if word:
        return "docx"
    if odt:
        return "odt"
    name = next((name for file, name in _ARCHIVES if file in names), "")
    if name:
        raise _refusal(path, Text(f"format {name} : ", f"format {name}: ") + _SAVE)
    raise _refusal(
        path,
        Text(
            "format ZIP sans document Word dedans ; décompressez-le et donnez le document",
            "format ZIP with no Word document inside; unpack it and give the document",
        ),
    )


def _damaged(path: Path, name: str) -> CorpusError:
    return _refusal(
        path,
        Text(
            f"fichier {name} abîmé ou incomplet ; ouvrez-le et enregistrez-le à nouveau, ou "
            "redemandez-le",
            f"{name} file damaged or incomplete; open it and save it again, or ask for it again",
        ),
    )


def _too_large(path: Path) -> CorpusError:
    return _refusal(
        path,
        Text(
            "une fois décompressé, ce fichier est plus grand qu'aucun recueil ; il n'est pas lu",
            "once unpacked, this file is larger than any booklet; it is not read",
        ),
    )


def _parse(
    path: Path, kind: str, content: bytes, outline: Outline
) -> tuple[tuple[Row, ...], tuple[Unplaced, ...]]:
    from recueil_qa.corpus.importing import docx, odt, pdf

    try:
        if kind == "docx":
            return docx.read_docx(content, outline)
        if kind == "odt":
            return odt.read_odt(content, outline)
        return pdf.read_pdf(content, outline)
    except (BombError, pdf_lines.TooLargeError) as error:
        raise _too_large(path) from error
    except odt.LockedError as error:
        raise _refusal(
            path,
            Text(
                "ce fichier ODT est protégé par un mot de passe ; enregistrez-le sans",
                "this ODT file is protected by a password; save it without",
            ),
        ) from error
    except pdf_lines.EncryptedError as error:
        raise _refusal(
            path,
            Text(
                "ce PDF est protégé par un mot de passe ; retirez la protection, ou imprimez-le en "
                "PDF",
                "this PDF is protected by a password; take the protection off, or print it to PDF",
            ),
        ) from error
    except pdf_lines.ScannedError as error:
        raise _refusal(
            path,
            Text(
                "ce PDF contient des images de pages, sans texte ; faites-en d'abord reconnaître "
                "le texte (OCR), par exemple avec ocrmypdf",
                "this PDF holds images of pages, no text; run OCR first, e.g. ocrmypdf",
            ),
        ) from error
    except Exception as error:  # what the libraries raise on damaged files has no common base
        raise _damaged(path, kind.upper()) from error


def _text_rows(
    path: Path, raw: str, outline: Outline
) -> tuple[tuple[Row, ...], tuple[Unplaced, ...]]:
    from recueil_qa.corpus.importing.text import is_markdown, read_text

    text = raw.replace("\r\n", "\n").replace("\r", "\n")
    if text.count("\n") > MAX_LINES:
        raise _too_large(path)
    spoilt = [
        Problem(path, number, INVISIBLE)
        for number, line in enumerate(text.split("\n"), 1)
        if CONTROL.search(line.replace("\f", ""))
    ]
    if spoilt:
        raise CorpusError(spoilt)
    markdown = path.suffix.lower() in MARKDOWN or is_markdown(text, outline)
    return read_text(text, markdown, outline)
