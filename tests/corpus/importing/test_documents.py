from __future__ import annotations

import io
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import pytest
from docx import Document as Word
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls
from fpdf import FPDF
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter

from recueil_qa.corpus.importing import archives, documents, pdf_lines
from recueil_qa.corpus.importing.blocks import Block, Document, Outline, Unplaced
from recueil_qa.corpus.importing.documents import open_source, read_document
from recueil_qa.errors import CorpusError, RecueilError
from tests.support.second_booklet import write_docx, write_pdf

# Slow examples too: a busy machine is no fault.
ALLOWED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]

HEADINGS = ("Problème", "Conseils")
OUTLINE = Outline(begins=lambda text: text.startswith("Fiche"), whole=lambda t: t in HEADINGS)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "livret"


def read(path: Path, content: bytes | str) -> Document:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_document(open_source(path), OUTLINE, "fr")


def shown(document: Document) -> list[tuple[str, int, str]]:
    return [(block.kind, block.level, block.text) for block in document.blocks]


def refused(path: Path, content: bytes) -> tuple[str, str]:
    with pytest.raises(CorpusError) as caught:
        read(path, content)
    (problem,) = caught.value.problems
    assert problem.path == path
    return problem.what.fr, problem.what.en


def test_text_is_read_by_headings_items_and_paragraphs(file: Path) -> None:
    document = read(file, "Titre\n\nProblème\nUne ligne\nsuite\nAutre\n- un\n  - deux\n    fin\n")
    assert shown(document) == [
        ("paragraph", 0, "Titre"),
        ("paragraph", 0, "Problème"),
        ("paragraph", 0, "Une ligne suite"),
        ("paragraph", 0, "Autre"),
        ("item", 1, "un"),
        ("item", 2, "deux fin"),
    ]
    assert [(b.place.number, len(b.places), b.gap) for b in document.blocks] == [
        (1, 1, 0), (3, 1, 1), (4, 2, 0), (6, 1, 0), (7, 1, 0), (8, 2, 0),
    ]  # fmt: skip


def test_lines_as_wide_as_the_page_go_on_and_others_do_not(file: Path) -> None:
    wide = (
        "Les agents attendaient longuement leur tour, et donc\n"
        "Marseille aussi attendait ; on les voyait tous les soirs\n"
        "Partir à quatre heures, et revenir le lendemain matin\n"
    )
    assert [b.text for b in read(file, wide * 2).blocks] == [" ".join((wide * 2).split())]
    narrow = "Ouvrir tôt\nFermer tard\nAccueillir\nÉcouter\n"
    assert len(read(file, narrow).blocks) == 4


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("un avan-\ntage certain", "un avantage certain"),
        ("un rendez-\nvous manqué", "un rendez-vous manqué"),
        ("c'est-à-\ndire", "c'est-à-dire"),
        ("en Rhône-\nAlpes", "en Rhône-\nAlpes"),
        ("un post-\nit, des postit", "un postit, des postit"),
        ("un co-\nfinancement, le co-financement", "un co-financement, le co-financement"),
        ("mainte\u00ad\nnant", "maintenant"),
    ],
)
def test_a_word_cut_by_the_end_of_a_line_is_put_together(
    file: Path, text: str, joined: str
) -> None:
    assert read(file, text).text() == joined.replace("\n", "\n\n") + "\n"


def test_the_words_put_together_are_told(file: Path) -> None:
    assert read(file, "avan-\ntage, rendez-\nvous").rejoined == (
        "avan-|tage → avantage",
        "rendez-|vous → rendez-vous",
    )


def test_markdown_is_read_as_it_reads(tmp_path: Path) -> None:
    text = (
        "---\ntitle: x\n---\n\n# Un\n\nDeux\n====\n\nUne ligne\nEt *la* suite,  \nbrisée\n\n"
        "<!-- à revoir\nbientôt -->\n> cité\n\n1. **gras** et _souligné_\n\n---\n"
        "[lien](https://a.invalid) `code` \\*\n\n```\n# code\n```\n##### Problème ##\n"
    )
    document = read(tmp_path / "livret.md", text)
    assert shown(document) == [
        ("heading", 1, "Un"),
        ("heading", 1, "Deux"),
        ("paragraph", 0, "Une ligne Et la suite,"),
        ("paragraph", 0, "brisée"),
        ("paragraph", 0, "cité"),
        ("item", 1, "1. **gras** et souligné"),
        ("paragraph", 0, "lien (https://a.invalid) code *"),
        ("heading", 5, "Problème"),
    ]
    assert [(piece.place.number, piece.reason) for piece in document.set_aside] == [
        (1, "front-matter"), (2, "front-matter"), (3, "front-matter"), (8, "rule"),
        (14, "comment"), (15, "comment"), (20, "rule"), (23, "code"), (24, "code"), (25, "code"),
    ]  # fmt: skip


def test_markdown_is_told_by_its_content_too(file: Path) -> None:
    assert shown(read(file, "## Problème\n\nUne *ligne*"))[1] == ("paragraph", 0, "Une ligne")
    assert shown(read(file, "# Autre\n\nUne *ligne*"))[1] == ("paragraph", 0, "Une *ligne*")


def word(path: Path, document: object) -> bytes:
    document.save(str(path))  # type: ignore[attr-defined]
    return path.read_bytes()


def test_word_is_read_whole(file: Path) -> None:
    document = Word()
    document.add_heading("Carnet", 0)
    document.add_heading("Fiche", 2)
    document.add_paragraph("un", "List Bullet")
    document.add_paragraph("deux", "List Number 2")
    document.add_paragraph("• trois")
    broken = document.add_paragraph("Problème")
    broken.add_run().add_break()
    broken.add_run("texte\u00adé")
    table = document.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Organisme", "Mairie"
    changed = document.add_paragraph("Reste ")
    for tag, inner in (("ins", "t"), ("del", "delText"), ("sdt", "t")):
        content = f"<w:r><w:{inner}>{tag} </w:{inner}></w:r>"
        content = f"<w:sdtContent>{content}</w:sdtContent>" if tag == "sdt" else content
        changed._p.append(parse_xml(f"<w:{tag} {nsdecls('w')}>{content}</w:{tag}>"))
    document.sections[0].footer.paragraphs[0].text = "Page"
    found = read(file, word(file, document))
    assert shown(found) == [
        ("heading", 1, "Carnet"),
        ("heading", 2, "Fiche"),
        ("item", 1, "un"),
        ("item", 2, "deux"),
        ("item", 1, "trois"),
        ("paragraph", 0, "Problème"),
        ("paragraph", 0, "texteé"),
        ("paragraph", 0, "Organisme"),
        ("paragraph", 0, "Mairie"),
        ("paragraph", 0, "Reste ins sdt"),
    ]
    assert [(piece.reason, piece.text) for piece in found.set_aside] == [
        ("deleted", "del"),
        ("running", "Page"),
    ]
    assert found.blocks[6].place.text.fr == "paragraphe 6"


def pages(*texts: list[tuple[str, int, str]], bullet: str = "-") -> bytes:
    """A PDF: for each page its lines as (style, size, text), under a header."""
    pdf = FPDF(format=(110, 110))
    for number, lines in enumerate(texts, 1):
        pdf.add_page()
        pdf.set_font("helvetica", size=8)
        pdf.cell(0, 5, f"Carnet d'accueil - {number}", new_x="LMARGIN", new_y="NEXT")
        for style, size, text in lines:
            pdf.set_font("helvetica" if style else "times", style, size)
            if text.startswith("- "):
                pdf.cell(4, size * 0.45, bullet)
                text = text[2:]  # noqa: PLW2901
            pdf.multi_cell(0, size * 0.45, text, align="L", new_x="LMARGIN", new_y="NEXT")
            pdf.ln(0 if text == "serré" else 3)
    return bytes(pdf.output())


PAGE = [
    ("B", 18, "Un titre assez long pour prendre deux lignes"),
    ("B", 12, "Problème"),
    ("", 10, "Les agents attendaient longuement, et Marseille aussi attendait son tour."),
    ("", 10, "Second paragraphe."),
    ("", 10, "- Rappeler chaque rendez-vous la veille au soir, avant dix-neuf heures, par SMS"),
]


def test_a_pdf_is_read_by_its_fonts_and_positions(file: Path) -> None:
    document = read(file, pages(PAGE, [("", 10, "Fin.")], [("", 10, "Dernier.")]))
    assert shown(document) == [
        ("heading", 1, PAGE[0][2]),
        ("heading", 2, "Problème"),
        ("paragraph", 0, PAGE[2][2]),
        ("paragraph", 0, "Second paragraphe."),
        ("item", 1, PAGE[4][2][2:]),
        ("paragraph", 0, "Fin."),
        ("paragraph", 0, "Dernier."),
    ]
    assert document.blocks[5].place.text.en == "page 2, line 2"
    assert [(p.text, p.reason) for p in document.set_aside] == [
        (f"Carnet d'accueil - {number}", "running") for number in (1, 2, 3)
    ]


def test_a_paragraph_goes_on_over_the_page(file: Path) -> None:
    first = [
        *PAGE[:2],
        ("", 10, "La suite vient"),
    ]
    document = read(file, pages(first, [("", 10, "sur la page d'après.")]))
    assert document.blocks[-1].text == "La suite vient sur la page d'après."
    assert [place.number for place in document.blocks[-1].places] == [1, 2]


REFUSED = [
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), ".doc", "enregistrez-le en DOCX"),
    (b"{\\rtf1\\ansi Bonjour}", "RTF", "enregistrez-le en DOCX"),
    (b"\x89PNG\r\n\x1a\n" + bytes(60), "PNG", "OCR"),
    (b"\xff\xd8\xff\xe0" + bytes(60), "JPEG", "OCR"),
    (b"BM" + bytes(60), "BMP", "OCR"),
    (b"  <!DOCTYPE html><p>a", "HTML", "DOCX"),
    (b"\x1f\x8b\x08" + bytes(20), "gzip", "décompressez-le"),
    ("Été".encode("utf-16"), "UTF-16", "UTF-8"),
    (b"<?xml version='1.0'?><office:document>", "XML", "DOCX"),
    (b"\x7fELF" + bytes(60), "binaire", "DOCX"),
    (b"%PDF-1.7\n%%EOF", "PDF", "abîmé"),
    (b"PK\x03\x04" + bytes(40), "DOCX", "abîmé"),
    (b"", "aucun texte", ""),
    (b" \n\x0c\n", "aucun texte", ""),
    ("Été".encode("latin-1"), "UTF-8", "enregistrez"),
]


@pytest.mark.parametrize(("content", "named", "mend"), REFUSED)
def test_what_is_no_booklet_is_refused_by_name_and_mend(
    file: Path, content: bytes, named: str, mend: str
) -> None:
    fr, en = refused(file, content)
    assert named in fr
    assert mend in fr
    assert en != fr


def test_a_text_may_begin_with_two_capitals(file: Path) -> None:
    assert read(file, "BM, RIFF et GIF8").blocks[0].text == "BM, RIFF et GIF8"


def archive(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in files.items():
            opened.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("content.xml", "format OpenDocument"),
        ("xl/workbook.xml", "format XLSX"),
        ("a.txt", "format ZIP"),
        ("word/document.xml", "DOCX file damaged"),
    ],
)
def test_an_archive_is_told_by_what_it_holds(file: Path, name: str, said: str) -> None:
    assert said in refused(file, archive({name: b"<a/>"}))[1]


def test_a_truncated_file_is_refused(file: Path, tmp_path: Path) -> None:
    for content in (write_docx(file).read_bytes(), write_pdf(file).read_bytes()):
        # All of a PDF's text may still stand in what is left of it.
        for share in (0.05, 0.3):
            said = refused(file, content[: int(share * len(content))])[1]
            assert "damaged or incomplete" in said or "no text" in said


def test_a_scanned_pdf_is_refused(file: Path) -> None:
    pdf = FPDF()
    pdf.add_page()
    pdf.rect(10, 10, 50, 50)
    assert refused(file, bytes(pdf.output()))[1] == (
        "this PDF holds images of pages, no text; run OCR first, e.g. ocrmypdf"
    )


@pytest.mark.parametrize(("user", "opened"), [("", True), ("secret", False)])
def test_an_encrypted_pdf_is_read_only_without_a_password(
    file: Path, user: str, opened: bool
) -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pages(PAGE))))
    writer.encrypt(user, "owner", algorithm="RC4-128")
    buffer = io.BytesIO()
    writer.write(buffer)
    if opened:
        assert read(file, buffer.getvalue()).blocks[2].text == "Problème"
    else:
        assert "protected by a password" in refused(file, buffer.getvalue())[1]


TOO_LARGE = "once unpacked, this file is larger than any booklet; it is not read"


def test_a_bomb_in_word_is_refused_before_it_unfolds(file: Path) -> None:
    content = archive({"word/document.xml": b"<a/>", "word/media/a.bmp": bytes(150_000_000)})
    tracemalloc.start()
    try:
        assert refused(file, content)[1] == TOO_LARGE
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_a_bomb_that_lies_about_its_size_is_refused(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = 30_000_000
    content = bytearray(archive({"word/document.xml": bytes(size)}))
    told = size.to_bytes(4, "little")
    assert content.count(told) == 2
    content = content.replace(told, (1000).to_bytes(4, "little"))
    assert "damaged" in refused(file, bytes(content))[1]


def test_entities_of_xml_are_refused(file: Path) -> None:
    document = Word()
    document.add_paragraph("x")
    word(file, document)
    with zipfile.ZipFile(file) as opened:
        files = {name: opened.read(name) for name in opened.namelist()}
    text = files["word/document.xml"].decode()
    entity = '<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]>'
    head, _, rest = text.partition("?>")
    bomb = f"{head}?>{entity}{rest}".replace("<w:t>x</w:t>", "<w:t>&c;</w:t>")
    for encoded in (bomb.encode(), bomb.replace("UTF-8", "UTF-16").encode("utf-16")):
        files["word/document.xml"] = encoded
        assert refused(file, archive(files))[1] == TOO_LARGE


def test_a_pdf_whose_stream_unfolds_without_end_is_refused(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf_lines, "BYTES", 700_000_000)
    stream = zlib.compress(b"BT /F1 9 Tf (a) Tj ET\n" * 8_000_000, 9)
    body = b"%PDF-1.4\n"
    offsets = []
    for number, part in enumerate(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R/Resources<</Font<<"
            b"/F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>",
            b"<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        ],
        1,
    ):
        offsets.append(len(body))
        body += b"%d 0 obj%s endobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    body += b"xref\n0 5\n0000000000 65535 f \n" + table
    body += b"trailer<</Root 1 0 R/Size 5>>\nstartxref\n%d\n%%%%EOF" % body.rindex(b"xref\n0 5")
    said = refused(file, body)[1]
    assert said == TOO_LARGE


def test_text_too_long_and_pieces_that_nobody_sees_are_refused(file: Path) -> None:
    assert refused(file, b"a" * 4_000_001)[1] == "over 4 MB; cut it"
    assert refused(file, b"a\n" * 300_000)[1] == TOO_LARGE
    file.write_text("un\n\x1b[31mdeux\ntrois\u202e", "utf-8")
    with pytest.raises(CorpusError) as caught:
        read_document(open_source(file), OUTLINE, "fr")
    assert [problem.line for problem in caught.value.problems] == [2, 3]


def test_a_file_larger_than_any_booklet_is_not_read(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "MAX_BYTES", 2_000_000)
    assert refused(file, bytes(2_000_001))[1] == "over 2 MB; cut it"
    monkeypatch.setattr(archives, "MAX_XML", 1_000)
    content = archive({"word/document.xml": b"<a/>" + b" " * 600, "word/styles.xml": b" " * 600})
    assert refused(file, content)[1] == TOO_LARGE


def numbers(pieces: tuple[Block | Unplaced, ...]) -> list[int]:
    return [
        place.number
        for piece in pieces
        for place in (piece.places if isinstance(piece, Block) else (piece.place,))
    ]


lines = st.lists(
    st.one_of(
        st.text(alphabet="aÉz-#*_>|`~=.1 \t\\[]()<!", max_size=12),
        st.sampled_from(["---", "Problème", "# Titre", "  - un", "<!-- x", "```", "", "===", "3."]),
        st.text(max_size=20),
    ),
    max_size=25,
)


@settings(max_examples=300, suppress_health_check=ALLOWED)
@given(lines, st.sampled_from(["livret.txt", "livret.md"]))
def test_every_line_is_in_a_block_or_set_aside(tmp_path: Path, rows: list[str], name: str) -> None:
    text = "\n".join(rows)
    try:
        document = read(tmp_path / name, text)
    except CorpusError:
        return
    printed = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    found = numbers(document.blocks) + numbers(document.set_aside)
    # Of one line, a part may be set aside and the rest stand in a block.
    assert sorted(set(found)) == [i for i, line in enumerate(printed, 1) if line.strip()]


starts = st.sampled_from([b"", b"%PDF-1.4\n", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"])


@settings(max_examples=200, suppress_health_check=ALLOWED)
@given(starts, st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(file: Path, start: bytes, rest: bytes) -> None:
    try:
        read(file, start + rest)
    except RecueilError as error:
        assert str(file) in error.fr


def small_docx() -> bytes:
    document = Word()
    document.add_heading("Problème", 1)
    document.add_paragraph("un", "List Bullet")
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


WHOLE = [small_docx(), pages(PAGE)]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_damaged_files_are_read_or_refused(file: Path, data: st.DataObject) -> None:
    whole = bytearray(data.draw(st.sampled_from(WHOLE)))
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        read(file, bytes(whole))
    except RecueilError as error:
        assert str(file) in error.fr


def test_a_text_box_is_read_once(file: Path) -> None:
    document = Word()
    paragraph = document.add_paragraph("Dehors")
    box = "<w:txbxContent><w:p><w:r><w:t>Dedans</w:t></w:r></w:p></w:txbxContent>"
    mc = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    paragraph._p.append(
        parse_xml(
            f"<w:r {nsdecls('w')} {mc}><mc:AlternateContent><mc:Choice>{box}</mc:Choice>"
            f"<mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r>"
        )
    )
    assert [block.text for block in read(file, word(file, document)).blocks] == ["Dehors", "Dedans"]


def test_a_level_beyond_any_number_is_no_trouble(file: Path) -> None:
    document = Word()
    paragraph = document.add_paragraph("un")
    level = OxmlElement("w:outlineLvl")
    level.set("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}val", "x")
    paragraph._p.get_or_add_pPr().append(level)
    assert shown(read(file, word(file, document))) == [("heading", 1, "un")]
    assert archives.MAX_UNPACKED == 200_000_000


@pytest.mark.parametrize(
    "piece",
    ["-", "- ", "#", "# ", " ", "| -", "*a ", "[", "a-\n", "e\u0301", "\u0301", "> ", "<!--"],
)
@pytest.mark.parametrize("name", ["livret.txt", "livret.md"])
def test_a_long_line_of_anything_is_read_in_little_time(
    tmp_path: Path, piece: str, name: str
) -> None:
    # The square of their number would take minutes: the whole run would hang here.
    text = "Problème\n# a" + piece * 60_000 + "x\n"
    assert read(tmp_path / name, text).blocks[0].text == "Problème"
