"""What stands in a Word file beside plain text: changes, fields, boxes, drawings, notes, tables."""

from __future__ import annotations

from pathlib import Path

import pytest
from docx.oxml.ns import nsdecls

from tests.support.sources import BULLET, aside, items, joined, read, run, texts, word

WHITE = '<w:color w:val="FFFFFF"/>'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "livret"


def box(paragraph: str) -> str:
    return f"<w:pict><w:txbxContent><w:p>{paragraph}</w:p></w:txbxContent></w:pict>"


def drawing(inner: str) -> str:
    return f"<w:r><w:drawing><wp:inline>{inner}</wp:inline></w:drawing></w:r>"


@pytest.mark.parametrize(
    ("inner", "listed"),
    [
        pytest.param('<w:subDoc r:id="rId99"/>', ("unread", "subDoc"), id="a part of its own"),
        pytest.param(
            f"<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{run('Cliquez ici.')}"
            "</w:sdtContent></w:sdt><w:sdt/>",
            ("hidden", "Cliquez ici."),
            id="a form's control that nobody filled in",
        ),
        pytest.param(
            drawing('<wp:docPr id="1" name="Image 1" descr="Un guichet"/>'),
            ("picture", "Un guichet"),
            id="a picture that is described",
        ),
        pytest.param(
            drawing('<wp:docPr id="1" name="Image 1" title="Logo"/>'),
            ("picture", "Logo"),
            id="a picture with a title",
        ),
        pytest.param(drawing('<c:chart r:id="rId99"/>'), ("unread", "chart"), id="a chart"),
        pytest.param(drawing('<dgm:relIds r:dm="rId99"/>'), ("unread", "SmartArt"), id="a diagram"),
        pytest.param(
            '<w:r><w:object><o:OLEObject ProgID="Excel.Sheet.12" r:id="rId99"/></w:object></w:r>',
            ("unread", "Excel.Sheet.12"),
            id="a sheet that is embedded",
        ),
        pytest.param(
            '<w:r><w:pict><v:shape><v:textpath string="Bienvenue"/></v:shape></w:pict></w:r>',
            ("unread", "Bienvenue"),
            id="letters that are drawn",
        ),
    ],
)
def test_what_is_no_text_is_listed(file: Path, inner: str, listed: tuple[str, str]) -> None:
    document = read(file, word(run("Prévenir.") + inner))
    assert (texts(document), aside(document)) == (["Prévenir."], [listed])


def test_what_is_listed_names_the_part_of_the_file(file: Path) -> None:
    content = joined(word(run("Vu.") + drawing('<c:chart r:id="chart1"/>')), "chart", "<chart/>")
    assert aside(read(file, content)) == [("unread", "chart: word/chart.xml")]


@pytest.mark.parametrize(
    "inner",
    [
        pytest.param(
            "<w:r><w:ruby><w:rt><w:r><w:t>Aide</w:t></w:r></w:rt><w:rubyBase>"
            f"{run('Visible.')}</w:rubyBase></w:ruby></w:r>",
            id="read without the reading aid above it",
        ),
        pytest.param(run("Visible.", '<w:color w:val="auto"/>'), id="the colour of the system"),
        pytest.param(run("Visible.", '<w:color w:val="003366"/>'), id="a dark colour"),
        pytest.param(
            f"<w:r><mc:AlternateContent><mc:Choice>{box(run('Visible.', WHITE))}</mc:Choice>"
            f"<mc:Fallback>{box(run('Visible.', WHITE))}</mc:Fallback></mc:AlternateContent></w:r>",
            id="white in a box, which may be coloured, and which is written twice",
        ),
        pytest.param(
            f"<w:r><w:drawing><mc:AlternateContent><mc:Choice><w:txbxContent><w:p>"
            f"{run('Visible.')}</w:p></w:txbxContent></mc:Choice><mc:Fallback><w:txbxContent><w:p>"
            f"{run('Visible.')}</w:p></w:txbxContent></mc:Fallback></mc:AlternateContent>"
            "</w:drawing></w:r>",
            id="a box in a drawing that is written twice",
        ),
        pytest.param(
            f"<w:r><w:txbxContent><w:p>{run('Visible.')}</w:p></w:txbxContent></w:r>",
            id="a box without a drawing",
        ),
    ],
)
def test_what_is_seen_is_read_once(file: Path, inner: str) -> None:
    document = read(file, word(inner))
    assert (texts(document), aside(document)) == (["Visible."], [])


@pytest.mark.parametrize(
    ("properties", "of_cell", "seen"),
    [
        ("", '<w:shd w:val="clear" w:fill="003366"/>', True),
        ("", '<w:shd w:val="solid" w:fill="auto"/>', True),
        ("", '<w:shd w:val="clear" w:fill="auto"/>', False),
        ('<w:tblStyle w:val="LightList-Accent1"/>', "", True),
        ('<w:tblStyle w:val="TableGrid"/>', "", False),
    ],
)
def test_white_text_is_seen_where_its_cell_is_coloured(
    file: Path, properties: str, of_cell: str, seen: bool
) -> None:
    cell = f"<w:tc><w:tcPr>{of_cell}</w:tcPr><w:p>{run('Texte.', WHITE)}</w:p></w:tc>"
    body = f"<w:tbl><w:tblPr>{properties}</w:tblPr><w:tr>{cell}</w:tr></w:tbl>"
    document = read(file, word(run("Avant."), body=body))
    assert texts(document) == (["Avant.", "Texte."] if seen else ["Avant."])
    assert aside(document) == ([] if seen else [("hidden", "Texte.")])


def test_a_symbol_without_a_code_leaves_a_mark(file: Path) -> None:
    document = read(file, word(run("un ") + '<w:r><w:sym w:font="Arial" w:char="zz"/></w:r>'))
    assert (texts(document), aside(document)) == (["un […]"], [("unread", "Arial zz")])


def test_a_field_whose_beginning_was_deleted_hides_nothing(file: Path) -> None:
    begin, end = (f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "end"))
    deleted = f'<w:del w:id="1">{begin}<w:r><w:delText>PAGE</w:delText></w:r>{end}</w:del>'
    document = read(file, word(run("Rappeler ") + deleted + run("la veille.")))
    assert (texts(document), aside(document)) == (["Rappeler la veille."], [("deleted", "PAGE")])


@pytest.mark.parametrize("kind", ["footnotes", "endnotes", "comments"])
def test_a_note_is_listed_where_it_is_called(file: Path, kind: str) -> None:
    tag = kind.removesuffix("s")
    content = word(run("Un."), f'{run("Deux.")}<w:r><w:{tag}Reference w:id="7"/></w:r>')
    notes = f'<w:{tag} w:id="7"><w:p>{run("En 2013.")}</w:p></w:{tag}>'
    other = f'<w:{tag} w:id="8"><w:p/><w:p>{run("Sans appel.")}</w:p></w:{tag}>'
    part = f"<w:{kind} {nsdecls('w')}>{notes}{other}</w:{kind}>"
    document = read(file, joined(content, kind, part))
    assert texts(document) == ["Un.", "Deux."]
    assert aside(document) == [("note", "En 2013."), ("note", "Sans appel.")]
    assert [piece.place.text.fr for piece in document.set_aside] == ["paragraphe 2"] * 2


def test_blocks_within_others_are_read_and_those_taken_out_are_listed(file: Path) -> None:
    body = (
        f"<w:sdt><w:sdtPr/><w:sdtContent><w:p>{BULLET}{run('Conseils')}</w:p>"
        f"<w:p>{BULLET}{run('Ouvrir tôt.')}</w:p></w:sdtContent></w:sdt>"
        f'<w:del w:id="1"><w:r><w:delText>Fermer.</w:delText></w:r></w:del>'
        "<m:oMathPara><m:oMath><m:r><m:t>a=b</m:t></m:r></m:oMath></m:oMathPara>"
        f"<w:p><w:pPr><w:rPr><w:del w:id='2'/></w:rPr></w:pPr>{run('Fin ôtée')}</w:p>"
    )
    document = read(file, word(body=body))
    assert (texts(document), items(document)) == (["Conseils", "Ouvrir tôt."], ["Ouvrir tôt."])
    assert aside(document) == [
        ("deleted", "Fermer."), ("unread", "a=b"), ("deleted", "Fin ôtée"),
    ]  # fmt: skip


def test_rows_taken_out_of_a_table_are_listed_and_cells_that_are_merged_repeat(file: Path) -> None:
    def row(first: str, second: str, of_row: str = "", of_first: str = "") -> str:
        return (
            f"<w:tr><w:trPr>{of_row}</w:trPr><w:tc><w:tcPr>{of_first}</w:tcPr><w:p>{run(first)}"
            f"</w:p></w:tc><w:tc><w:p>{run(second)}</w:p></w:tc></w:tr>"
        )

    rows = (
        row("Canal", "Délai", "<w:tblHeader/>")
        + row("Guichet", "2 jours", of_first='<w:vMerge w:val="restart"/>')
        + row("", "3 jours", of_first="<w:vMerge/>")
        + row("Fax", "9 jours", '<w:del w:id="1"/>')
        + row("Mél", "1 jour", "<w:hidden/>")
    )
    document = read(file, word(body=f"<w:tbl><w:tblPr/>{rows}</w:tbl>"))
    assert items(document) == [
        "Canal : Guichet ; Délai : 2 jours", "Canal : Guichet ; Délai : 3 jours",
    ]  # fmt: skip
    assert aside(document) == [("deleted", "Fax 9 jours"), ("hidden", "Mél 1 jour")]


@pytest.mark.parametrize(
    ("bold", "told"),
    [
        (True, ["Guichet ; Délai : 2 jours", "Mél ; Délai : 3 jours"]),
        (False, ["Délai", "Guichet : 2 jours", "Mél : 3 jours"]),
    ],
)
def test_headers_may_lack_the_one_of_the_rows_names(
    file: Path, bold: bool, told: list[str]
) -> None:
    def row(*cells: str) -> str:
        return f"<w:tr>{''.join(f'<w:tc><w:p>{cell}</w:p></w:tc>' for cell in cells)}</w:tr>"

    rows = row("", run("Délai", "<w:b/>" * bold))
    rows += row(run("Guichet"), run("2 jours")) + row(run("Mél"), run("3 jours"))
    document = read(file, word(body=f"<w:tbl><w:tblPr/>{rows}</w:tbl>"))
    assert items(document) == told


def test_a_first_row_of_long_texts_names_no_columns(file: Path) -> None:
    def row(*cells: str) -> str:
        return f"<w:tr>{''.join(f'<w:tc><w:p>{run(c)}</w:p></w:tc>' for c in cells)}</w:tr>"

    long = "Un texte bien plus long que le nom de ce qui se trouverait sous lui. " * 3
    rows = row(long, "un", "deux") + row("a", "b", "c")
    document = read(file, word(body=f"<w:tbl><w:tblPr/>{rows}</w:tbl>"))
    assert items(document) == [f"{long.strip()} ; un ; deux", "a ; b ; c"]


def test_a_merged_cell_below_a_shorter_row_is_empty(file: Path) -> None:
    def row(*cells: str) -> str:
        return f"<w:tr>{''.join(f'<w:tc>{cell}</w:tc>' for cell in cells)}</w:tr>"

    def cell(text: str) -> str:
        return f"<w:p>{run(text)}</w:p>"

    merged = "<w:tcPr><w:vMerge/></w:tcPr><w:p/>"
    rows = row(*map(cell, ("Canal", "Délai", "Coût"))) + row(cell("Guichet"), cell("2 jours"))
    rows += row(cell("Mél"), merged, merged)
    document = read(file, word(body=f"<w:tbl><w:tblPr/>{rows}</w:tbl>"))
    assert items(document)[1:] == ["Canal : Mél ; Délai : 2 jours"]
