"""Tables of practices: cells as they are shown, and what is no table refused."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from recueil_qa.corpus.importing.pages import tables
from recueil_qa.corpus.importing.pages.page import PageError
from tests.support.sources import rezipped


def workbook(*sheets: Sequence[Sequence[object]]) -> bytes:
    book = openpyxl.Workbook()
    del book["Sheet"]
    for at, rows in enumerate(sheets):
        sheet = book.create_sheet(f"F{at}")
        for row in rows:
            sheet.append(row)
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def test_cells_of_a_workbook_are_read_as_they_are_shown(tmp_path: Path) -> None:
    header = ["Titre", "Le", "Part"]
    content = workbook(
        [header, ["Un", date(2024, 5, 3), 2.5], ["Trois", 7, 2]],
        [header, ["Deux", datetime(2024, 5, 3, 9, 30), True, "seul"]],
    )
    content = rezipped(content, lambda n, old: (n, old.replace(b"<v>7</v>", b"<v>7.0</v>")))
    pages, left = tables.read_xlsx(content, tmp_path / "t.xlsx", "t.xlsx")
    assert [(p.name, [v.text for v in p.fields.values()]) for p in pages] == [
        ("t.xlsx/F0", ["Un", "2024-05-03", "2.5"]),
        ("t.xlsx/F0", ["Trois", "7", "2"]),
        ("t.xlsx/F1", ["Deux", "2024-05-03T09:30:00", "True"]),
    ]
    assert [(one.why, one.text) for one in left] == [("cell", "seul")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Titre;Conseil\nUn;" + "a" * (tables.MAX_CELL + 1), "table badly written"),
        ("Titre;Conseil\n" + ";" * tables.MAX_COLUMNS + "x", "columns"),
        ("Titre de la feuille;\n", "empty table"),
    ],
)
def test_a_table_that_is_none_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(PageError) as caught:
        tables.read_csv(text, tmp_path / "t.csv", "t.csv")
    assert said in caught.value.what.en


def test_a_workbook_that_unfolds_into_too_much_is_refused(tmp_path: Path) -> None:
    content = rezipped(workbook([["Titre", "Conseil"]]), lambda name, old: (name, old))
    bomb = io.BytesIO(content)
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/bombe.bin", b"0" * 20_000_000)
    with pytest.raises(PageError) as caught:
        tables.read_xlsx(bomb.getvalue(), tmp_path / "t.xlsx", "t.xlsx")
    assert "too large" in caught.value.what.en
