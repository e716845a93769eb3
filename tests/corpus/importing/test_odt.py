from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from recueil_qa.errors import CorpusError
from tests.support.sources import aside, items, read, texts

SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{full}:1.0"'
    for name, full in {
        "office": "office", "text": "text", "style": "style", "table": "table", "draw": "drawing",
        "fo": "xsl-fo-compatible", "svg": "svg-compatible",
    }.items()
)  # fmt: skip


def style(name: str, properties: str, family: str = "text") -> str:
    inner = f"<style:text-properties {properties}/>"
    return f'<style:style style:name="{name}" style:family="{family}">{inner}</style:style>'


STYLES = (
    style("caché", 'text:display="none"') + style("blanc", 'fo:color="#ffffff"')
    + style("petit", 'fo:font-size="1pt"') + style("haut", 'style:text-position="super 58%"')
    + style("barré", 'style:text-line-through-style="solid"')
    + style("gras", 'fo:font-weight="bold"')
    + style("Fort", 'fo:font-weight="bold"', "paragraph")
    + style("fond", 'fo:color="#ffffff" fo:background-color="#000080"')
)  # fmt: skip


def odt(body: str, kind: str = "application/vnd.oasis.opendocument.text", **files: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", kind, zipfile.ZIP_STORED)
        archive.writestr(
            "content.xml",
            f"<office:document-content {SPACES}><office:automatic-styles>{STYLES}"
            f"</office:automatic-styles><office:body><office:text>{body}</office:text>"
            "</office:body></office:document-content>",
        )
        for name, content in files.items():
            archive.writestr(name.replace("__", "/") + ".xml", content)
    return buffer.getvalue()


def span(name: str, text: str) -> str:
    return f'<text:span text:style-name="{name}">{text}</text:span>'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "livret"


@pytest.mark.parametrize("kind", ["", "-template"])
def test_headings_lists_and_paragraphs(file: Path, kind: str) -> None:
    body = (
        "<text:section><text:h text:outline-level='2'>Conseils</text:h></text:section><text:p/>"
        '<text:p>Un<text:s text:c="2"/>'
        "deux<text:line-break/>trois</text:p><text:list><text:list-item><text:p>a</text:p>"
        "<text:list><text:list-item><text:p>- 12 % b</text:p></text:list-item></text:list>"
        "</text:list-item></text:list><text:p>• typé</text:p>"
    )
    document = read(file, odt(body, "application/vnd.oasis.opendocument.text" + kind))
    assert [(block.kind, block.level, block.text) for block in document.blocks] == [
        ("heading", 2, "Conseils"), ("paragraph", 0, "Un deux"), ("paragraph", 0, "trois"),
        ("item", 1, "a"), ("item", 2, "- 12 % b"), ("item", 1, "typé"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "reason"),
    [("caché", "hidden"), ("blanc", "hidden"), ("petit", "hidden"), ("barré", "deleted")],
)
def test_text_that_nobody_reads_is_left_out_and_listed(file: Path, name: str, reason: str) -> None:
    document = read(file, odt(f"<text:p>Vu. {span(name, 'Pas vu.')}</text:p>"))
    assert (texts(document), aside(document)) == (["Vu."], [(reason, "Pas vu.")])
    assert texts(read(file, odt(f"<text:p>{span('fond', 'Vu.')}</text:p>"))) == ["Vu."]


def test_changes_notes_marks_and_what_cannot_be_read(file: Path) -> None:
    body = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>Ancien.</text:p>"
        "</text:deletion></text:changed-region></text:tracked-changes>"
        f"<text:p>320{span('haut', '1')} appels<text:note>"
        "<text:note-citation>2</text:note-citation>"
        "<text:note-body><text:p>En 2013.</text:p></text:note-body></text:note>, 1"
        f"{span('haut', 'er')} mai<office:annotation><text:p>À revoir</text:p></office:annotation>"
        "<draw:frame><draw:object/></draw:frame></text:p>"
        '<text:section text:display="none"><text:p>Caché.</text:p></text:section>'
        "<text:p>Dehors<draw:frame><draw:text-box><text:p>Dedans</text:p></draw:text-box>"
        "</draw:frame></text:p>"
    )
    document = read(file, odt(body))
    assert texts(document) == ["320 appels, 1er mai[…]", "Dehors", "Dedans"]
    assert aside(document) == [
        ("deleted", "Ancien."), ("raised", "320 [1]"), ("note", "En 2013."), ("note", "À revoir"),
        ("unread", "object"), ("hidden", "Caché."),
    ]  # fmt: skip


def test_each_row_of_a_table_has_its_headers(file: Path) -> None:
    def row(*cells: str) -> str:
        inner = "".join(f"<table:table-cell><text:p>{c}</text:p></table:table-cell>" for c in cells)
        return f"<table:table-row>{inner}</table:table-row>"

    head = f"<table:table-header-rows>{row('Canal', 'Délai')}</table:table-header-rows>"
    document = read(file, odt(f"<table:table>{head}{row('Guichet', '2 jours')}</table:table>"))
    assert texts(document) == ["Canal : Guichet ; Délai : 2 jours"]


def test_rows_that_are_hidden_and_columns_that_are_declared_are_no_rows(file: Path) -> None:
    def row(*cells: str, how: str = "") -> str:
        inner = "".join(f"<table:table-cell>{cell}</table:table-cell>" for cell in cells)
        return f"<table:table-row {how}>{inner}</table:table-row>"

    def cell(text: str, bold: bool = False) -> str:
        return f"<text:p>{span('gras', text) if bold else text}</text:p>"

    table = (
        "<table:table><table:table-column/><table:table-rows>"
        + row(cell("Canal", bold=True), '<text:p text:style-name="Fort">Délai</text:p>')
        + row(cell("Guichet"), cell("2 jours"))
        + row(cell("Fax"), cell("9 jours"), how='table:visibility="collapse"')
        + "</table:table-rows></table:table>"
    )
    document = read(file, odt(table))
    assert items(document) == ["Canal : Guichet ; Délai : 2 jours"]
    assert aside(document) == [("hidden", "Fax 9 jours")]


@pytest.mark.parametrize(
    ("named", "level"),
    [
        ('style:display-name="Heading 3" style:name="H3"', 3),
        ('style:name="Titre_20_2"', 2),
        ('style:name="Chapitre" style:default-outline-level="2"', 2),
        ('style:name="Title"', 1),
        ('style:name="Enfant" style:parent-style-name="Titre_20_2"', 2),
        ('style:name="Corps"', 0),
        ('style:name="Orphelin" style:parent-style-name="Nulle_20_part"', 0),
    ],
)
def test_a_style_of_headings_makes_a_heading(file: Path, named: str, level: int) -> None:
    own = named.partition('style:name="')[2].partition('"')[0]
    styles = "".join(
        f'<style:style style:family="paragraph" {each}/>'
        for each in dict.fromkeys((named, 'style:name="Titre_20_2"'))
    )
    common = f"<office:document-styles {SPACES}>{styles}</office:document-styles>"
    document = read(file, odt(f'<text:p text:style-name="{own}">Accueil</text:p>', styles=common))
    assert [(block.kind, block.level) for block in document.blocks] == [
        ("heading" if level else "paragraph", level)
    ]


def test_headers_and_footers_are_told_apart_from_the_text(file: Path) -> None:
    parts = (
        "<style:header><text:p>Livret</text:p><text:p/></style:header>"
        "<style:footer-left><text:p>Page 1</text:p></style:footer-left>"
    )
    common = f"<office:document-styles {SPACES}>{parts}</office:document-styles>"
    document = read(file, odt("<text:p>Texte.</text:p>", styles=common))
    assert texts(document) == ["Texte."]
    assert aside(document) == [("running", "Livret"), ("running", "Page 1")]


def test_drawings_by_themselves_and_fields_that_hide_are_told(file: Path) -> None:
    body = (
        "<draw:frame><draw:text-box><text:p>Dedans</text:p></draw:text-box></draw:frame>"
        "<draw:custom-shape><text:p>Forme</text:p></draw:custom-shape>"
        "<text:p>Un<text:tab/>plan <draw:frame><draw:image/><svg:title>Le plan</svg:title>"
        "<svg:desc>Deux guichets</svg:desc></draw:frame>"
        '<text:hidden-text text:string-value="Interne"/></text:p>'
    )
    document = read(file, odt(body))
    assert texts(document) == ["Dedans", "Forme", "Un plan"]
    assert aside(document) == [
        ("picture", "Le plan"), ("picture", "Deux guichets"), ("hidden", "Interne"),
    ]  # fmt: skip


def test_hostile_and_locked_files_are_refused(file: Path) -> None:
    locked = odt("", **{"META-INF__manifest": "<a><manifest:encryption-data/></a>"})
    deep = odt("<text:section>" * 5_000 + "</text:section>" * 5_000)
    for content, said in ((locked, "protected by a password"), (deep, "damaged")):
        with pytest.raises(CorpusError) as caught:
            read(file, content)
        assert said in caught.value.problems[0].what.en
