from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.sources import BULLET, aside, items, read, rezipped, run, texts, word

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "livret"


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ("<w:vanish/>", "hidden"),
        ('<w:color w:val="FFFFFF"/>', "hidden"),
        ('<w:sz w:val="2"/>', "hidden"),
        ("<w:strike/>", "deleted"),
    ],
)
def test_text_that_nobody_reads_is_left_out_and_listed(
    file: Path, properties: str, reason: str
) -> None:
    document = read(file, word(BULLET + run("Prévenir.") + run(" Note interne.", properties)))
    assert texts(document) == ["Prévenir."]
    assert aside(document) == [(reason, "Note interne.")]
    assert document.set_aside[0].place.text.fr == "paragraphe 1"


@pytest.mark.parametrize(
    "properties",
    [
        '<w:vanish w:val="0"/>',
        '<w:color w:val="FFFFFF"/><w:shd w:val="clear" w:fill="003366"/>',
        '<w:color w:val="FFFFFF"/><w:highlight w:val="darkBlue"/>',
        '<w:strike w:val="false"/>',
    ],
)
def test_text_that_is_seen_after_all_stays(file: Path, properties: str) -> None:
    document = read(file, word(run("Visible.", properties)))
    assert texts(document) == ["Visible."]
    assert not aside(document)


def test_text_hidden_by_a_style_is_hidden(file: Path) -> None:
    def hide(name: str, content: bytes) -> tuple[str, bytes]:
        style = b'<w:style w:type="character" w:styleId="X"><w:rPr><w:vanish/></w:rPr></w:style>'
        if name == "word/styles.xml":
            content = content.replace(b"</w:styles>", style + b"</w:styles>")
        return name, content

    content = word(run("Vu. ") + run("Caché.", '<w:rStyle w:val="X"/>'))
    document = read(file, rezipped(content, hide))
    assert (texts(document), aside(document)) == (["Vu."], [("hidden", "Caché.")])


def test_a_move_is_read_once_at_its_new_place(file: Path) -> None:
    moved = run("Former les agents.")
    document = read(
        file,
        word(
            f'{BULLET}<w:moveTo w:id="1">{moved}</w:moveTo>',
            BULLET + run("Mesurer."),
            f'{BULLET}<w:moveFrom w:id="2">{moved}</w:moveFrom>',
            f'{BULLET}<w:moveFrom w:id="3">{run("Parti.")}</w:moveFrom>',
        ),
    )
    assert items(document) == ["Former les agents.", "Mesurer."]
    assert aside(document) == [("deleted", "Parti.")]


def test_a_paragraph_whose_end_was_deleted_goes_on_in_the_next(file: Path) -> None:
    cut = "<w:pPr><w:rPr><w:del w:id='1'/></w:rPr></w:pPr>"
    document = read(file, word(cut + run("Rappeler "), run("la veille.")))
    assert texts(document) == ["Rappeler la veille."]


@pytest.mark.parametrize(
    ("symbol", "read_as"),
    [
        ('<w:sym w:font="Symbol" w:char="F0B3"/>', "≥"),
        ('<w:sym w:font="Symbol" w:char="F0A3"/>', "≤"),
        ('<w:sym w:font="Symbol" w:char="B1"/>', "±"),
        ('<w:sym w:font="Wingdings" w:char="F0E0"/>', "→"),
        ('<w:sym w:font="Arial" w:char="20AC"/>', "€"),
        ('<w:rPr><w:rFonts w:ascii="Symbol"/></w:rPr><w:t>\uf0b3</w:t>', "≥"),
    ],
)
def test_symbols_are_kept(file: Path, symbol: str, read_as: str) -> None:
    document = read(file, word(f"{run('délai ')}<w:r>{symbol}</w:r>{run(' 2 jours')}"))
    assert texts(document) == [f"délai {read_as} 2 jours"]
    assert not aside(document)


def test_what_cannot_be_read_leaves_a_mark_and_is_listed(file: Path) -> None:
    fraction = (
        "<m:oMath><m:f><m:num><m:r><m:t>a</m:t></m:r></m:num>"
        "<m:den><m:r><m:t>b</m:t></m:r></m:den></m:f></m:oMath>"
    )
    simple = "<m:oMath><m:r><m:t>x=2</m:t></m:r></m:oMath>"
    unknown = '<w:r><w:sym w:font="Webdings" w:char="F061"/></w:r>'
    document = read(
        file,
        word(run("soit ") + fraction, run("soit ") + simple, run("un ") + unknown,
             body='<w:altChunk r:id="rId99"/>'),
    )  # fmt: skip
    assert texts(document) == ["soit […]", "soit x=2", "un […]"]
    assert aside(document) == [
        ("unread", "ab"), ("unread", "Webdings F061"), ("unread", "altChunk"),
    ]  # fmt: skip


@pytest.mark.parametrize("dash", ["-", "–", "−"])
def test_a_minus_before_a_number_is_a_minus(file: Path, dash: str) -> None:
    document = read(
        file,
        word(
            BULLET + run(f"{dash} 12 % de courriers"),
            BULLET + run(f"{dash}3 jours"),
            run(f"{dash} 15 % de réclamations"),
        ),
    )
    assert items(document)[0] == f"{dash} 12 % de courriers"
    assert texts(document)[1:] == [f"{dash}3 jours", f"{dash} 15 % de réclamations"]


def test_a_typed_mark_is_no_minus_where_its_list_has_words(file: Path) -> None:
    document = read(file, word(run("- 12 agents formés"), run("- Ouvrir tôt"), BULLET + run("• x")))
    assert items(document) == ["12 agents formés", "Ouvrir tôt", "x"]


def test_a_raised_mark_is_no_digit(file: Path) -> None:
    up = '<w:vertAlign w:val="superscript"/>'
    document = read(
        file,
        word(
            run("320") + run("1", up) + run(" appels"),
            run("le 1") + run("er", up) + run(" mai"),
            run("20 m") + run("2", up),
        ),
    )
    assert texts(document) == ["320 appels", "le 1er mai", "20 m²"]
    assert aside(document) == [("raised", "320 [1]")]


def test_a_code_of_a_field_is_not_read_and_its_result_is(file: Path) -> None:
    def mark(kind: str) -> str:
        return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'

    code = "<w:r><w:instrText>HYPERLINK x</w:instrText></w:r>" + run("caché")
    shown = mark("begin") + code + mark("separate") + run("le guide") + mark("end")
    broken = run("un ") + mark("begin") + run("code")
    document = read(file, word(run("Voir ") + shown, broken, run("Suite.")))
    assert texts(document) == ["Voir le guide", "un", "Suite."]


def table(*rows: tuple[str, ...], bold: bool = False) -> str:
    def cell(text: str, at: int) -> str:
        inner = (
            text
            if text.startswith("<")
            else f"<w:p>{run(text, '<w:b/>' * (bold and not at))}</w:p>"
        )
        return f"<w:tc>{inner}</w:tc>"

    lines = "".join(
        f"<w:tr>{''.join(cell(text, at) for text in row)}</w:tr>" for at, row in enumerate(rows)
    )
    return f"<w:tbl><w:tblPr/>{lines}</w:tbl>"


def test_each_row_of_a_table_has_its_headers(file: Path) -> None:
    three = table(("Canal", "Délai", "Coût"), ("Guichet", "2 jours", "3 €"), ("Mél", "", "0 €"))
    document = read(file, word(body=three))
    assert items(document) == [
        "Canal : Guichet ; Délai : 2 jours ; Coût : 3 €",
        "Canal : Mél ; Coût : 0 €",
    ]
    bold = table(("Canal", "Délai"), ("Guichet", "2 jours"), bold=True)
    assert items(read(file, word(body=bold))) == ["Canal : Guichet ; Délai : 2 jours"]
    pairs = table(("Porté par", "La mairie"), ("Coût", "3 €"))
    assert items(read(file, word(body=pairs))) == ["Porté par : La mairie", "Coût : 3 €"]


def test_a_table_that_lays_out_a_page_is_read_cell_by_cell(file: Path) -> None:
    inner = table(("Canal", "Délai", "Coût"), ("Guichet", "2 jours", "3 €"))
    outer = table(("Problème", f"<w:p/>{inner}<w:p/>"), ("Conseils", "Ouvrir."))
    assert texts(read(file, word(body=outer))) == [
        "Problème", "Canal : Guichet ; Délai : 2 jours ; Coût : 3 €", "Conseils", "Ouvrir.",
    ]  # fmt: skip


def test_a_paragraph_taken_out_of_its_list_is_no_item(file: Path) -> None:
    out = '<w:pPr><w:pStyle w:val="ListBullet"/><w:numPr><w:numId w:val="0"/></w:numPr></w:pPr>'
    assert items(read(file, word(out + run("Texte"), BULLET + run("Item")))) == ["Item"]


KINDS = {
    "docm": b"application/vnd.ms-word.document.macroEnabled.main+xml",
    "dotm": b"application/vnd.ms-word.template.macroEnabledTemplate.main+xml",
    "dotx": b"application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml",
}


@pytest.mark.parametrize("kind", KINDS)
def test_templates_and_files_with_macros_are_read(file: Path, kind: str) -> None:
    usual = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    content = rezipped(
        word(run("Texte.")), lambda name, content: (name, content.replace(usual, KINDS[kind]))
    )
    assert texts(read(file, content)) == ["Texte."]


def test_a_strict_file_is_read(file: Path) -> None:
    content = rezipped(
        word(run("Texte.", "<w:vanish/>"), run("Vu.")),
        lambda name, content: (
            name,
            content.replace(
                W.encode(), b"http://purl.oclc.org/ooxml/wordprocessingml/main"
            ).replace(
                b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
                b"http://purl.oclc.org/ooxml/officeDocument/relationships",
            ),
        ),
    )
    assert texts(read(file, content)) == ["Vu."]


def test_the_main_part_may_have_another_name(file: Path) -> None:
    def rename(name: str, content: bytes) -> tuple[str, bytes]:
        name = name.replace("word/document.xml", "word/texte.xml").replace(
            "_rels/document.xml", "_rels/texte.xml"
        )
        return name, content.replace(b"word/document.xml", b"word/texte.xml")

    assert texts(read(file, rezipped(word(run("Texte.")), rename))) == ["Texte."]


def test_a_box_in_a_box_is_read_once(file: Path) -> None:
    inner = "<w:p><w:r><w:pict><w:txbxContent><w:p>%s</w:p></w:txbxContent></w:pict></w:r></w:p>"
    outer = f"<w:r><w:pict><w:txbxContent>{inner % run('Dedans')}</w:txbxContent></w:pict></w:r>"
    assert texts(read(file, word(run("Dehors") + outer))) == ["Dehors", "Dedans"]
