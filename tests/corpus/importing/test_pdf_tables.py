"""Tables of PDFs: each row under its headers where it is surely a table; else text as it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from fpdf import FPDF
from fpdf.enums import TableBordersLayout

from tests.support.sources import items, read, texts

HEADERS = ("Canal", "Délai", "Coût")
ROWS = (
    ("Courrier", "12 jours", "3 €"),
    ("Guichet", "2 jours", "9 €"),
    ("Téléphone", "1 heure", "5 €"),
)
TOLD = [
    "Canal : Courrier ; Délai : 12 jours ; Coût : 3 €",
    "Canal : Guichet ; Délai : 2 jours ; Coût : 9 €",
    "Canal : Téléphone ; Délai : 1 heure ; Coût : 5 €",
]
BODY = "Un rendez-vous sur cinq est manqué, et personne ne le sait avant l'heure dite."
LONG = "Appeler la veille, puis le matin même, et noter chaque absence dans le registre"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "livret.pdf"


class Page(FPDF):
    """A page whose text is put where a test wants it, in points from the top."""

    def __init__(self, height: int = 842) -> None:
        super().__init__(unit="pt", format=(595, height))
        self.set_margin(40)
        self.add_page()
        self.set_font("helvetica", size=10)

    def put(self, x: float, y: float, text: str, bold: bool = False, size: float = 10) -> None:
        self.set_font("helvetica", "B" if bold else "", size)
        self.text(x, y, text.replace("€", "EUR"))

    def rows(
        self, rows: Sequence[Sequence[str]], xs: Sequence[float], y: float, bold: bool = True
    ) -> None:
        for at, row in enumerate(rows):
            for x, text in zip(xs, row, strict=False):
                self.put(x, y + 18 * at, text, bold=bold and not at)

    def ruled(self, rows: Sequence[Sequence[str]], **asked: Any) -> None:
        with self.table(**asked) as table:
            for cells in rows:
                row = table.row()
                for text in cells:
                    row.cell(text.replace("€", "EUR"))

    def content(self) -> bytes:
        return bytes(self.output())


def told(rows: Sequence[str]) -> list[str]:
    return [row.replace("€", "EUR") for row in rows]


def test_a_table_with_borders_has_its_headers_in_each_row(file: Path) -> None:
    page = Page()
    page.multi_cell(0, 14, BODY)
    page.ruled((HEADERS, *ROWS))
    page.multi_cell(0, 14, "Rappeler la veille.")
    document = read(file, page.content())
    assert texts(document) == [BODY, *told(TOLD), "Rappeler la veille."]
    assert items(document) == told(TOLD)
    assert {place.number for block in document.blocks for place in block.places} == {1}


def test_a_cell_of_several_lines_is_one(file: Path) -> None:
    page = Page()
    page.ruled((("Mesure", "Effet", "Suivi"), (LONG, f"Moins d'absences : {LONG}", "mensuel")))
    assert items(read(file, page.content())) == [
        f"Mesure : {LONG} ; Effet : Moins d'absences : {LONG} ; Suivi : mensuel"
    ]


def test_a_table_without_outer_borders_is_one(file: Path) -> None:
    page = Page()
    page.ruled((HEADERS, *ROWS), borders_layout=TableBordersLayout.INTERNAL)
    assert items(read(file, page.content())) == told(TOLD)


def test_a_title_across_a_table_stands_by_itself(file: Path) -> None:
    page = Page()
    with page.table() as table:
        table.row(HEADERS)
        table.row().cell("En ville", colspan=3)
        table.row(("Guichet", "2 jours", "gratuit"))
        table.row(("Courrier", "", "gratuit"))
    assert texts(read(file, page.content())) == [
        "En ville", "Canal : Guichet ; Délai : 2 jours ; Coût : gratuit",
        "Canal : Courrier ; Coût : gratuit",
    ]  # fmt: skip


def test_a_cell_of_several_rows_leaves_a_doubt(file: Path) -> None:
    page = Page()
    with page.table() as table:
        table.row(HEADERS)
        row = table.row()
        row.cell("Guichet", rowspan=2)
        row.cell("2 jours")
        row.cell("gratuit")
        table.row(("3 jours", "payant"))
    assert not any(" : " in text for text in texts(read(file, page.content())))


def test_columns_below_bold_headers_are_a_table(file: Path) -> None:
    page = Page()
    page.put(60, 60, BODY)
    page.rows((HEADERS, *ROWS), (60, 200, 320), 100)
    page.put(60, 190, "Rappeler la veille.")
    assert texts(read(file, page.content())) == [BODY, *told(TOLD), "Rappeler la veille."]


def test_figures_below_names_are_a_table(file: Path) -> None:
    page = Page()
    page.put(60, 60, BODY)
    page.rows((HEADERS, *ROWS), (60, 200, 320), 100, bold=False)
    assert items(read(file, page.content())) == told(TOLD)


def test_a_table_of_two_pages_is_one(file: Path) -> None:
    page = Page(height=300)
    rows = [(f"Service {at}", f"{at} jours", f"{at} €") for at in range(1, 25)]
    page.ruled((HEADERS, *rows))
    assert page.page > 1
    expected = [f"Canal : {a} ; Délai : {b} ; Coût : {c}" for a, b, c in rows]
    assert texts(read(file, page.content())) == told(expected)


@pytest.mark.parametrize("headings", [0, 1])
def test_a_table_goes_on_without_its_headers(file: Path, headings: int) -> None:
    page = Page(height=300)
    rows = [(f"Service {chr(at + 64)}", "rapide", "faible") for at in range(1, 25)]
    page.ruled((HEADERS, *rows), num_heading_rows=1, repeat_headings=headings)
    expected = [f"Canal : {a} ; Délai : {b} ; Coût : {c}" for a, b, c in rows]
    assert texts(read(file, page.content())) == expected


LEFT = ("Les usagers attendent longtemps", "devant le guichet, le lundi", "surtout, et beaucoup",
        "repartent sans être reçus.", "Ils écrivent ensuite au maire,")  # fmt: skip
RIGHT = ("Nous avons ouvert une borne", "où chacun prend un numéro", "en arrivant, et peut aller",
         "attendre où il veut ; cela a", "divisé les plaintes par deux.")  # fmt: skip


@pytest.mark.parametrize("headed", [True, False])
def test_two_columns_of_text_are_none(file: Path, headed: bool) -> None:
    page = Page()
    rows = [("Le problème", "La réponse")] * headed + list(zip(LEFT, RIGHT, strict=True))
    for at, row in enumerate(rows):
        for x, text in zip((60, 320), row, strict=True):
            page.put(x, 100 + 13 * at, text, bold=headed and not at)
    document = read(file, page.content())
    assert items(document) == []
    shown = " ".join(texts(document))
    assert " ".join(LEFT) in shown
    assert " ".join(RIGHT) in shown


def test_three_columns_of_text_are_none(file: Path) -> None:
    page = Page()
    rows = [("Avant", "Pendant", "Après"), *zip(LEFT, RIGHT, LEFT[::-1], strict=True)]
    for at, row in enumerate(rows):
        for x, text in zip((40, 220, 400), row, strict=True):
            page.put(x, 100 + 13 * at, text, bold=not at)
    assert not any("Avant : " in text for text in texts(read(file, page.content())))


@pytest.mark.parametrize("leader", [" . . . . . . . . . . ", "............", ""])
@pytest.mark.parametrize("bold", [True, False])
def test_contents_are_none(file: Path, leader: str, bold: bool) -> None:
    page = Page()
    rows = [("1", "Accueil", leader, "5"), ("1.1", "Guichet", leader, "6"),
            ("1.2", "Courrier", leader, "8"), ("2", "Équipes", leader, "11")]  # fmt: skip
    if bold:
        rows[0] = ("Chapitre", "Accueil", leader, "5")
    page.rows(rows, (60, 90, 200, 400), 100, bold=bold)
    assert not any(" : " in text for text in texts(read(file, page.content())))


@pytest.mark.parametrize(
    "rows",
    [
        # A cell goes on below: which row that is of is unsure.
        (HEADERS, ROWS[0], ("", "ouvrés", ""), *ROWS[1:]),
        (("Canal", "", "Coût"), ("", "Délai", ""), *ROWS),
        # No headers.
        ROWS,
        # One row says nothing of columns.
        (HEADERS, ROWS[0]),
    ],
)
def test_what_leaves_a_doubt_is_no_table(file: Path, rows: Sequence[Sequence[str]]) -> None:
    page = Page()
    page.put(60, 60, BODY)
    page.rows(rows, (60, 200, 320), 100, bold=rows is not ROWS)
    assert not any(" : " in text for text in texts(read(file, page.content())))


def test_boxes_and_drawings_are_none(file: Path) -> None:
    page = Page()
    page.rect(50, 80, 400, 60)
    page.put(60, 100, BODY)
    page.put(60, 115, "Prévenir la veille.")
    for at in range(5):  # a chart: lines across and down, hardly a text within
        page.line(100, 300 + 30 * at, 400, 300 + 30 * at)
        page.line(100 + 75 * at, 300, 100 + 75 * at, 420)
    page.put(110, 320, "2012")
    page.put(60, 500, "Le texte barré par un trait")
    page.line(60, 497, 200, 497)
    shown = texts(read(file, page.content()))
    assert " ".join(shown) == f"{BODY} Prévenir la veille. 2012 Le texte barré par un trait"


def test_a_text_that_runs_over_a_line_is_in_no_table(file: Path) -> None:
    page = Page()
    for y in (100, 120, 140):
        page.line(50, y, 450, y)
    for x in (50, 250, 450):
        page.line(x, 100, x, 140)
    page.put(60, 114, BODY)
    page.put(60, 134, "Non")
    page.put(260, 134, "Oui")
    assert texts(read(file, page.content())) == [f"{BODY} Non Oui"]
