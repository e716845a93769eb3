from __future__ import annotations

import io
import sys
from pathlib import Path

import matplotlib
import pytest
from fpdf import FPDF
from PIL import Image

from recueil_qa.corpus.importing import pdf_lines
from recueil_qa.errors import CorpusError
from tests.support.sources import aside, items, read, texts


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "livret.pdf"


class Page(FPDF):
    """A page whose text is put piece by piece where a test wants it, in points from the top."""

    def __init__(self) -> None:
        super().__init__(unit="pt", format=(595, 842))
        self.add_page()
        self.set_font("helvetica", size=11)

    def put(self, x: float, y: float, text: str, size: float = 11) -> float:
        """Draw a text; return where it ends."""
        self.set_font_size(size)
        self.text(x, y, text)
        return x + self.get_string_width(text)

    def content(self) -> bytes:
        return bytes(self.output())


WORDS = "Rappeler la veille : ne pas relancer 20 000 usagers."
BODY = "Un rendez-vous sur cinq est manqué, et personne ne le sait avant l'heure dite."


def test_words_drawn_one_by_one_are_apart(file: Path) -> None:
    page = Page()
    for y, blanks in ((100, True), (130, False)):
        x = 60.0
        for word in WORDS.split():
            x = page.put(x, y, word)
            x = page.put(x, y, " ") if blanks else x + 3.1
    assert (
        texts(read(file, page.content()))
        == ["Rappeler la veille : ne pas relancer 20 000 usagers."] * 2
    )


def test_letters_drawn_one_by_one_make_words(file: Path) -> None:
    page = Page()
    x = 60.0
    for letter in "Prévenir la veille":
        x = page.put(x, 100, letter)
    assert texts(read(file, page.content())) == ["Prévenir la veille"]


def test_a_ligature_is_its_letters(file: Path) -> None:
    page = Page()
    page.add_font("DejaVu", fname=Path(matplotlib.get_data_path(), "fonts/ttf/DejaVuSans.ttf"))
    page.set_font("DejaVu", size=11)
    page.put(60, 80, "un e\ufb00ort e\ufb03cace, des \ufb01les d'attente")
    assert texts(read(file, page.content())) == ["un effort efficace, des files d'attente"]


@pytest.mark.parametrize("drop", [0.0, 1.5])
def test_a_bullet_drawn_apart_belongs_to_its_item(file: Path, drop: float) -> None:
    page = Page()
    page.put(60, 80, BODY)
    for at, text in enumerate(("Prévenir la veille,", "Former les agents,", "Mesurer.")):
        page.put(60, 110 + 16 * at + drop, "\x95", 8 if drop else 11)
        page.put(78, 110 + 16 * at, text)
    assert items(read(file, page.content())) == [
        "Prévenir la veille,", "Former les agents,", "Mesurer.",
    ]  # fmt: skip


def test_a_raised_mark_is_no_digit_and_its_note_is_apart(file: Path) -> None:
    page = Page()
    page.put(60, 60, BODY)
    x = page.put(60, 100, "Compter les appels : 320")
    x = page.put(x, 95, "1", 6)
    page.put(x, 100, " par jour.")
    x = page.put(60, 120, "Le 1")
    x = page.put(x, 115, "er", 6)
    x = page.put(x, 120, " mai, 20 m")
    page.put(x, 115, "2", 6)
    page.put(60, 800, "1. Chiffre de 2013.", 8)
    document = read(file, page.content())
    assert texts(document)[1:] == ["Compter les appels : 320 par jour.", "Le 1er mai, 20 m²"]
    assert aside(document) == [("note", "1. Chiffre de 2013."), ("raised", "320 [1]")]


def hide(page: Page, how: str) -> None:
    if how == "mode":
        page.text_mode = 3
    if how in {"white", "on a ground"}:
        page.set_text_color(255, 255, 255)
    if how == "on a ground":
        page.set_fill_color(0, 0, 90)
        page.rect(50, 85, 400, 25, "F")
    x, y, size = 60.0, 100.0, 11.0
    if how == "off the page":
        y = 900
    if how == "tiny":
        size = 1
    page.put(x, y, "Texte interne.", size)
    page.set_text_color(0, 0, 0)
    page.text_mode = 0
    if how == "covered":
        page.set_fill_color(255, 255, 255)
        page.rect(50, 85, 400, 25, "F")


@pytest.mark.parametrize("how", ["mode", "white", "off the page", "tiny", "covered"])
def test_text_that_the_page_does_not_show_is_left_out_and_listed(file: Path, how: str) -> None:
    page = Page()
    page.put(60, 70, BODY)
    hide(page, how)
    document = read(file, page.content())
    assert (texts(document), aside(document)) == ([BODY], [("hidden", "Texte interne.")])
    assert document.set_aside[0].place.text.fr == "page 1"


def test_white_text_on_a_dark_ground_is_seen(file: Path) -> None:
    page = Page()
    page.put(60, 70, BODY)
    hide(page, "on a ground")
    document = read(file, page.content())
    assert texts(document) == [BODY, "Texte interne."]
    assert not aside(document)


def test_text_recognised_under_a_picture_is_read_and_told(file: Path) -> None:
    page = Page()
    picture = Image.new("RGB", (60, 84), (240, 240, 230))
    page.image(picture, 0, 0, 595, 842)
    page.text_mode = 3
    page.put(60, 100, BODY)
    document = read(file, page.content())
    assert (texts(document), aside(document)) == ([BODY], [("scan", BODY)])


LEFT = ["La colonne de gauche dit une chose,", "puis elle en dit une deuxième,", "une troisième,",
        "une quatrième et encore", "une dernière à la fin."]  # fmt: skip
RIGHT = ["La colonne de droite répond alors,", "elle répond une deuxième fois,", "une troisième,",
         "une quatrième et encore", "une dernière pour finir."]  # fmt: skip


@pytest.mark.parametrize("across", [True, False])
def test_two_columns_are_read_one_after_the_other(file: Path, across: bool) -> None:
    page = Page()
    page.put(60, 70, BODY)
    lines = [(60, 100 + 13 * at, text) for at, text in enumerate(LEFT)]
    others = [(320, 100 + 13 * at, text) for at, text in enumerate(RIGHT)]
    both = [each for pair in zip(lines, others, strict=True) for each in pair]
    for x, y, text in both if across else lines + others:
        page.put(x, y, text)
    shown = " ".join(texts(read(file, page.content())))
    assert shown == " ".join([BODY, *LEFT, *RIGHT])


def test_words_cut_at_the_end_of_a_line_are_put_together(file: Path) -> None:
    page = Page()
    page.put(60, 80, "Cette mesure est un grand avan-")
    page.put(60, 93, "tage pour les usagers du guichet")
    document = read(file, page.content())
    assert texts(document) == ["Cette mesure est un grand avantage pour les usagers du guichet"]
    assert document.rejoined == ("avan-|tage → avantage",)


def test_a_page_lying_on_its_side_is_read(file: Path) -> None:
    page = Page()
    with page.rotation(90, 300, 400):
        page.put(100, 400, "Une première ligne")
        page.put(100, 415, "et la seconde.")
    assert texts(read(file, page.content())) == ["Une première ligne et la seconde."]


def test_a_text_across_the_page_is_set_aside(file: Path) -> None:
    page = Page()
    page.put(60, 80, BODY)
    with page.rotation(45, 300, 400):
        page.put(200, 400, "PROJET", 60)
    document = read(file, page.content())
    assert (texts(document), aside(document)) == ([BODY], [("running", "PROJET")])


def test_text_drawn_twice_is_read_once(file: Path) -> None:
    page = Page()
    page.put(60, 80, "Conseils en gras")
    page.put(60.2, 80, "Conseils en gras")
    assert texts(read(file, page.content())) == ["Conseils en gras"]


def test_a_minus_before_a_number_is_a_minus(file: Path) -> None:
    page = Page()
    page.put(60, 80, BODY)
    page.put(60, 110, "- 12 % de courriers")
    page.put(60, 126, "- 30 % d'appels")
    assert items(read(file, page.content())) == ["- 12 % de courriers", "- 30 % d'appels"]


def worker(code: str, path: Path) -> str:
    """A module that stands in for what reads PDFs."""
    (path / "stand_in.py").write_text(code)
    return "stand_in"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import os; os.abort()", "larger than any booklet"),
        ("import os; os.kill(os.getpid(), 9)", "larger than any booklet"),
        ("import os; os.kill(os.getpid(), 11)", "damaged"),
        ("raise SystemExit(5)", "larger than any booklet"),
        ("while True: pass", "larger than any booklet"),
    ],
)
def test_what_kills_the_reader_is_told(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, said: str
) -> None:
    monkeypatch.setattr(pdf_lines, "WORKER", worker(code, tmp_path))
    monkeypatch.setattr(pdf_lines, "SECONDS", 0.3 if "while" in code else 60)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    buffer = io.BytesIO(Page().content())
    with pytest.raises(CorpusError) as caught:
        read(file, buffer.getvalue())
    assert said in caught.value.problems[0].what.en
