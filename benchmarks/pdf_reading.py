"""How right PDFs are read: by PDFium, and by pypdf as formerly, on files whose text is known.

The text of some practices is printed by chromium and fpdf2 in the ways that reports have:
justified, hyphenated, in two columns, word by word, with notes and with text that nobody sees. What
is read is compared word by word and item by item. PDFs that this machine has beside their DocBook
(`/usr/share/doc`) are read too, where there are some.
"""

from __future__ import annotations

import gzip
import html
import json
import platform
import re
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

from fpdf import FPDF
from lxml import etree

from benchmarks.pdf_former import read_lines
from recueil_qa.corpus.importing.blocks import Block, Outline, gather
from recueil_qa.corpus.importing.pdf import as_rows
from recueil_qa.corpus.importing.pdf_lines import Page, read_pages
from recueil_qa.corpus.importing.rejoin import Rejoiner

ROOT = Path(__file__).parents[1]
RESULT = ROOT / "benchmarks/results/pdf-reading-0.2.0.json"
PRACTICES = 12
OUTLINE = Outline(begins=lambda _: False, whole=lambda _: False)
PUBLIC = Path("/usr/share/doc")
UNSEEN = "invisiblement"  # a word that no page shows
_WORD = re.compile(r"[^\W_]+")
Piece = tuple[str, str]  # kind and text
READERS: dict[str, Callable[[bytes], list[Page]]] = {
    "pypdf": lambda content: [Page(lines, []) for lines in read_lines(content)],
    "pdfium": read_pages,
}


@dataclass(frozen=True)
class Reading:
    """What a reader made of a file; words and items as printed, and as read."""

    words: int
    right: int
    glued: int
    broken: int
    unseen: int
    items: int
    items_right: int
    seconds: float


def pieces() -> list[Piece]:
    """Return the lines of some practices: headings, paragraphs, items."""
    found: list[Piece] = []
    for path in sorted((ROOT / "corpus/recueil-2014/practices").glob("*.md"))[:PRACTICES]:
        body = path.read_text("utf-8").split("---\n", 2)[2].replace("**", "")
        for line in filter(str.strip, body.split("\n")):
            heading, item = re.match(r"#+ (.*)", line), re.match(r" *- (.*)", line)
            kind = "heading" if heading else "item" if item else "paragraph"
            found.append((kind, (heading or item or re.match(r"(.*)", line))[1]))  # type: ignore[index]
    return found


STYLES = {
    "chromium": "",
    "justified": "p,li {text-align: justify; hyphens: auto}",
    "two columns": "main {columns: 2; font-size: 9pt; text-align: justify; hyphens: auto}",
    "marks apart": "ul {list-style: none}"
    "li:before {content: '•'; display: inline-block; width: 2em}",
    "notes": "sup {font-size: 60%}",
    "unseen": f"li:after {{content: ' {UNSEEN}'; color: white}}",
}


def printed(style: str, found: list[Piece], folder: Path) -> bytes:
    """Print pieces by chromium."""
    tags = {"heading": "h2", "paragraph": "p", "item": "li"}
    note = "<sup>1</sup>" if style == "notes" else ""
    lines: list[str] = []
    for before, (kind, text) in pairwise([("", ""), *found]):
        lines += ["</ul>"] * (before[0] == "item" != kind) + ["<ul>"] * (
            kind == "item" != before[0]
        )
        lines.append(f"<{tags[kind]}>{html.escape(text)}{note * (kind == 'item')}</{tags[kind]}>")
    page = f"<html lang=fr><meta charset=utf-8><style>{STYLES[style]}</style><main>{''.join(lines)}"
    (folder / "a.html").write_text(page, "utf-8")
    subprocess.run(  # noqa: S603
        [
            shutil.which("chromium") or "chromium", "--headless", "--no-sandbox", "--disable-gpu",
            "--no-pdf-header-footer", f"--print-to-pdf={folder / 'a.pdf'}", f"file://{folder}/a.html",
        ],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    return (folder / "a.pdf").read_bytes()


def word_by_word(found: list[Piece], blanks: bool) -> bytes:
    """Draw each word by itself, as layout programs do; blanks are drawn too, or only left."""
    pdf = FPDF(unit="pt", format="A4")
    pdf.set_auto_page_break(auto=False)
    y = 900.0
    for kind, whole in found:
        text = (
            whole.replace("’", "'").replace("œ", "oe").encode("latin-1", "ignore").decode("latin-1")
        )
        pdf.set_font("helvetica", "B" if kind == "heading" else "", 14 if kind == "heading" else 10)
        left = 72.0 if kind == "item" else 54.0
        x, y, first = left, y + 20, True
        for word in text.split():
            wide = pdf.get_string_width(word)
            if x + wide > 540 and not first:
                x, y = left, y + 13
            if y > 790:
                pdf.add_page()
                y = 60.0
            if first and kind == "item":
                pdf.text(58, y, "\x95")
            pdf.text(x, y, word)
            if blanks:
                pdf.text(x + wide, y, " ")
            x, first = x + wide + pdf.get_string_width(" "), False
    return bytes(pdf.output())


def public() -> Iterator[tuple[str, bytes, list[Piece]]]:
    """Yield PDFs of this machine that lie beside the DocBook that they were made from."""
    for path in sorted(PUBLIC.glob("*/*.pdf")):
        source = path.with_suffix(".xml.gz")
        if source.is_file():
            parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
            root = etree.fromstring(gzip.decompress(source.read_bytes()), parser)
            yield path.name, path.read_bytes(), [("paragraph", " ".join(root.itertext()))]


def measure(name: str, content: bytes, truth: list[Piece]) -> Reading:
    """Read a file by a reader, and compare with what was printed."""
    began = time.perf_counter()
    rows, _ = as_rows(READERS[name](content), OUTLINE)
    blocks, _ = gather(rows, Rejoiner([row.text for row in rows], "fr").whole_word)
    took = time.perf_counter() - began
    wanted = [word.lower() for _, text in truth for word in _WORD.findall(text)]
    got = [word.lower() for block in blocks for word in _WORD.findall(block.text)]
    return Reading(
        words=len(wanted),
        right=(Counter(wanted) & Counter(got)).total(),
        glued=_glued(wanted, got),
        broken=_glued(got, wanted),
        unseen=got.count(UNSEEN),
        items=sum(kind == "item" for kind, _ in truth),
        items_right=_items(truth, blocks),
        seconds=round(took, 2),
    )


def _glued(apart: list[str], together: list[str]) -> int:
    """Count the words of `together` that are two or three of `apart`, one after the other."""
    known = set(apart)
    joined = {a + b for a, b in pairwise(apart)}
    joined |= {a + b + c for (a, b), c in zip(pairwise(apart), apart[2:], strict=False)}
    return sum(word in joined and word not in known for word in together)


def _items(truth: list[Piece], blocks: tuple[Block, ...]) -> int:
    def bare(text: str) -> str:
        return "".join(_WORD.findall(text)).lower()

    wanted = Counter(bare(text) for kind, text in truth if kind == "item")
    return (wanted & Counter(bare(block.text) for block in blocks if block.kind == "item")).total()


def main() -> None:
    """Make the files, read them both ways, and keep the figures."""
    found = pieces()
    results: dict[str, dict[str, object]] = {}
    files: list[tuple[str, bytes, list[Piece]]] = []
    with tempfile.TemporaryDirectory() as folder:
        files += [(style, printed(style, found, Path(folder)), found) for style in STYLES]
    plain = [(k, t.replace("’", "'").replace("œ", "oe")) for k, t in found]
    latin = [(k, t.encode("latin-1", "ignore").decode("latin-1")) for k, t in plain]
    files += [
        (f"word by word, {n}", word_by_word(found, b), latin)
        for n, b in (("blanks drawn", True), ("blanks left", False))
    ]
    files += public()
    for file, content, truth in files:
        results[file] = {name: asdict(measure(name, content, truth)) for name in READERS}
        print(file, json.dumps(results[file]))
    RESULT.write_text(
        json.dumps(
            {
                "versions": {name: version(name) for name in ("pypdf", "pypdfium2")},
                "python": platform.python_version(),
                "files": results,
            },
            indent=1, ensure_ascii=False,
        ) + "\n",
        "utf-8",
    )  # fmt: skip


if __name__ == "__main__":
    main()
