"""The second booklet (`tests/data/second-booklet`) as a Word file and as a PDF."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

from docx import Document
from fpdf import FPDF

from tests.support import ROOT

FOLDER = ROOT / "tests/data/second-booklet"
MARKDOWN = FOLDER / "booklet.md"
TEXT = FOLDER / "booklet.txt"


def pieces() -> Iterator[tuple[str, int, str]]:
    """Yield kind, level and text of each line of the Markdown file."""
    for line in MARKDOWN.read_text("utf-8").split("---\n", 2)[2].split("\n"):
        heading = re.match(r"(#+) (.*)", line)
        item = re.match(r"( *)- (.*)", line)
        if heading:
            yield "heading", len(heading[1]), heading[2]
        elif item:
            yield "item", 1 + len(item[1]) // 2, item[2]
        elif line:
            yield "paragraph", 0, line


def write_docx(path: Path) -> Path:
    document = Document()
    document.sections[0].header.paragraphs[0].text = "Carnet d'accueil, édition d'essai"
    for kind, level, text in pieces():
        if kind == "heading":
            document.add_heading(text, level)
        elif kind == "item":
            document.add_paragraph(text, "List Bullet" if level == 1 else f"List Bullet {level}")
        else:
            document.add_paragraph(text)
    document.save(str(path))
    return path


class _Pdf(FPDF):
    def header(self) -> None:
        self.set_font("helvetica", size=8)
        self.cell(0, 6, "Carnet d'accueil, édition d'essai", align="C")
        self.ln(12)

    def footer(self) -> None:
        self.set_y(-15)
        self.set_font("helvetica", size=8)
        self.cell(0, 6, f"Page {self.page_no()}", align="C")


HEADINGS = {1: 20, 2: 16, 3: 12}


def write_pdf(path: Path) -> Path:
    """Headings in one font, text in another; two pages a practice, lines wrapped and cut."""
    pdf = _Pdf(format=(110, 150))
    pdf.set_title("Carnet d'accueil")
    pdf.add_page()
    before = ""
    for kind, level, text in pieces():
        place = {"align": "L", "new_x": "LMARGIN", "new_y": "NEXT"}
        if kind == "heading":
            if level == 2 or text == "Effets":
                pdf.add_page()
            elif before:
                pdf.ln(4)
            pdf.set_font("helvetica", "B", HEADINGS[level])
            pdf.multi_cell(0, HEADINGS[level] * 0.45, text, **place)  # type: ignore[arg-type]
            pdf.ln(2)
        else:
            pdf.set_font("times", size=11)
            if kind == "item":
                pdf.set_x(pdf.l_margin + 6 * (level - 1))
                pdf.cell(4, 5, "-")
            elif before == "paragraph" and not re.match("Thème :", text):
                pdf.ln(3)
            cut = text.replace("expérimenté", "expéri\u00admenté")
            pdf.multi_cell(0, 5, cut, **place)  # type: ignore[arg-type]
        before = kind
    buffer = io.BytesIO()
    pdf.output(buffer)
    path.write_bytes(buffer.getvalue())
    return path
