"""Pages of PDFs as they are drawn: read here rather than in the process that reads whole files."""

from __future__ import annotations

from collections.abc import Sequence

import pypdfium2
import pytest
from fpdf import FPDF

from recueil_qa.corpus.importing import pdf_aligned, pdf_rules
from recueil_qa.corpus.importing.pdf_glyphs import read_page
from recueil_qa.corpus.importing.pdf_layout import lay_out

HEADERS = ("Canal", "Délai", "Prix")
ROWS = (("Courrier", "12 jours", "3"), ("Guichet", "2 jours", "9"), ("Borne", "1 jour", "5"))
TURNED = ("Une première ligne,", "une deuxième", "et la dernière.")
XS = (60.0, 200.0, 320.0)
Told = list[tuple[str, tuple[int, int] | None]]


@pytest.fixture
def page() -> FPDF:
    drawn = FPDF(unit="pt", format=(595, 842))
    drawn.add_page()
    drawn.set_font("helvetica", size=10)
    return drawn


def put(
    page: FPDF, rows: Sequence[Sequence[str]], xs: Sequence[float] = XS, y: float = 100
) -> None:
    """Draw rows in columns, the first one in bold."""
    for at, row in enumerate(rows):
        page.set_font("helvetica", "" if at else "B", 10)
        for x, text in zip(xs, row, strict=False):
            page.text(x, y + 18 * at, text)


def told(page: FPDF) -> Told:
    """Return the lines of a page, each with its row and column where it stands in a table."""
    document = pypdfium2.PdfDocument(bytes(page.output()))
    sheet = read_page(document[0], 10_000)
    assert sheet is not None
    lines, _ = lay_out(sheet)
    return [(each.text, (each.cell.row, each.cell.column) if each.cell else None) for each in lines]


def cells(rows: Sequence[Sequence[str]]) -> Told:
    return [(text, (i, j)) for i, row in enumerate(rows) for j, text in enumerate(row)]


def test_a_page_of_more_characters_than_asked_for_is_none(page: FPDF) -> None:
    page.text(60, 100, "Ouvrir tôt")
    document = pypdfium2.PdfDocument(bytes(page.output()))
    assert read_page(document[0], 9) is None
    assert read_page(document[0], 10) is not None


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_page_is_read_whichever_way_its_text_runs(page: FPDF, turn: int) -> None:
    with page.rotation(turn, 300, 400):
        for at, text in enumerate(TURNED):
            page.text(200, 400 + 15 * at, text)
    assert told(page) == [(text, None) for text in TURNED]


@pytest.mark.parametrize("filled", [True, False])
def test_borders_may_be_lines_or_thin_boxes(page: FPDF, filled: bool) -> None:
    def border(x: float, y: float, wide: float, high: float) -> None:
        if filled:
            page.rect(x, y, wide or 0.5, high or 0.5, "F")
        else:
            page.line(x, y, x + wide, y + high)

    for y in (86, 104, 122, 140, 158):
        border(50, y, 400, 0)
    for x in (50, 190, 310, 450):
        border(x, 86, 0, 72)
    put(page, (HEADERS, *ROWS))
    page.text(108, 118, "recommandé")
    told_rows = ((HEADERS), ("Courrier recommandé", *ROWS[0][1:]), *ROWS[1:])
    assert told(page) == cells(told_rows)


@pytest.mark.parametrize("drawing", ["a path without end", "too many lines", "a filled box"])
def test_a_drawing_borders_no_table(
    page: FPDF, monkeypatch: pytest.MonkeyPatch, drawing: str
) -> None:
    if drawing == "a path without end":
        page.polyline([(50 + at % 2 * 400, 86 + at // 2 * 18) for at in range(300)])
    elif drawing == "too many lines":
        monkeypatch.setattr(pdf_rules, "MOST", 5)
        for y in (86, 104, 122, 140):
            page.line(50, y, 450, y)
        for x in (50, 190, 450):
            page.line(x, 86, x, 140)
    else:
        page.set_fill_color(230, 230, 230)
        page.rect(50, 86, 400, 72, "F")
    page.text(60, 98, "Ouvrir")
    page.text(200, 98, "tôt")
    assert {cell for _, cell in told(page)} == {None}


def test_a_text_that_is_drawn_again_over_itself_is_read_once_and_bold(page: FPDF) -> None:
    lines = [f"{at}. Ouvrir le guichet" for at in range(12)]
    for _ in range(2):
        for at, text in enumerate(lines):
            page.text(60, 80 + 18 * at, text)
    assert told(page) == [(text, None) for text in lines]


def test_columns_that_are_far_enough_apart_are_cells(page: FPDF) -> None:
    put(page, (HEADERS, *ROWS))
    assert told(page) == cells((HEADERS, *ROWS))


def test_words_of_one_cell_that_are_drawn_apart_are_one_cell(page: FPDF) -> None:
    rows = (ROWS[0], ("Mél", *ROWS[1][1:]), ROWS[2])
    for at, row in enumerate((HEADERS, *rows)):
        page.set_font("helvetica", "" if at else "B", 10)
        for x, text in zip(XS, row, strict=True):
            page.text(x, 100 + 18 * at, text)
            if text == "Mél":
                page.text(84, 136, "ou appel")
    assert told(page) == cells((HEADERS, ROWS[0], ("Mél ou appel", *ROWS[1][1:]), ROWS[2]))


@pytest.mark.parametrize(
    ("rows", "xs"),
    [
        pytest.param((HEADERS, ROWS[0], ROWS[1], (LONG := "mot " * 12, "2 jours", "9")), XS,
                     id="a cell that runs into the next column"),
        pytest.param((HEADERS, *(("", *row[1:]) for row in ROWS)), XS, id="nothing first"),
        pytest.param((("Canal", "Délai . . . .", "Prix"), *ROWS), XS, id="dots that lead"),
        pytest.param((("Canal", "Délai", "12"), *ROWS), XS, id="a header that is a number"),
        pytest.param((("Canal", "D" * 41, "Prix"), *ROWS), (60, 200, 520), id="a long header"),
        pytest.param((("Canal",), *ROWS), XS, id="fewer headers than columns"),
        pytest.param((HEADERS, *((a, b * 6, c) for a, b, c in ROWS)), (60, 130, 500),
                     id="cells of text"),
        pytest.param((HEADERS, ROWS[0], ("", "", ""), ("", "", ""), *ROWS[1:]), XS,
                     id="rows at uneven distances"),
        pytest.param((HEADERS, ROWS[0], *[("", "", "")] * 5, *ROWS[1:]), XS, id="a gap"),
        pytest.param((("Canal", "Délai"), ("a", "b"), ("c", "d"), ("e", "f")), XS,
                     id="two columns without figures"),
    ],
)  # fmt: skip
def test_columns_that_leave_a_doubt_are_no_table(
    page: FPDF, rows: Sequence[Sequence[str]], xs: Sequence[float]
) -> None:
    put(page, rows, xs)
    found = told(page)
    assert {cell for _, cell in found} == {None}
    words = " ".join(text for text, _ in found).split()
    assert sorted(words) == sorted(" ".join(" ".join(row) for row in rows).split())


def test_cells_of_a_column_that_stand_unevenly_are_no_table(page: FPDF) -> None:
    uneven = (320.0, 350.0, 332.0, 341.0)
    for at, (row, x) in enumerate(zip((HEADERS, *ROWS), uneven, strict=True)):
        put(page, [row], (*XS[:2], x), 100 + 18 * at)
    assert {cell for _, cell in told(page)} == {None}


def test_a_page_of_more_rows_than_tables_have_is_searched_for_none(
    page: FPDF, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(page, (HEADERS, *ROWS))
    monkeypatch.setattr(pdf_aligned, "MOST_ROWS", 3)
    assert {cell for _, cell in told(page)} == {None}
