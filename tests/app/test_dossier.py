"""The dossier's page: its entries, their order, notes and title, its exports."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import pytest
import streamlit as st

from tests.support.app import (
    COUNTED,
    HOSTILE,
    LINE,
    OTHER,
    WHOLE,
    address,
    annotate,
    build,
    click,
    dossier,
    follow,
    keep,
    kept,
    keys,
    link,
    notes,
    notices,
    opened,
    page,
    rewrite,
    served_place,  # noqa: F401
    shown,
    texts,
    visit,
    with_dossier,
)

EMPTY = "Votre dossier est vide."


def test_lines_and_practices_are_kept_from_answers_and_practices(place: Path) -> None:
    app = opened(q=COUNTED)
    keep(app, LINE)
    click(app, f"keep-hit-{WHOLE}")
    click(visit(app, pratique="petit-p3"), f"keep-practice-{OTHER}")
    assert kept(app) == [LINE, WHOLE, OTHER]
    follow(app, link(app, "Mon dossier (3)"))
    assert texts(app, "//article/h2") == [
        "1. Conseils : La mesure des rappels",
        "2. Pratique entière : Le guichet unique",
        "3. Conseils : Le courrier clair",
    ]
    assert [area.label for area in app.text_area] == [
        f"Note sur l'élément {number}" for number in (1, 2, 3)
    ]
    assert texts(app, "//blockquote/p") == [
        "« Compter les appels pour un même motif »", "« Bannir le jargon des lettres »",
    ]  # fmt: skip
    assert texts(app, "//cite")[0] == (
        "La mesure des rappels — Conseils, ligne 1 · Caisse des Tilleuls · p. 2"
    )
    assert address(page(app).xpath("//cite/a/@href")[0]) == {
        "vue": ["dossier"], "pratique": ["petit-p2"], "ligne": ["conseils/1"],
    }  # fmt: skip
    assert "Le dossier est gardé par ce navigateur, sur cet ordinateur" in shown(app)
    # The address doesn't hold the dossier: there is no link to copy.
    assert page(app).xpath("//button/@data-rq-do") == ["print"]


def test_a_line_is_shown_and_exported_with_what_governs_it(
    place: Path, downloads: dict[str, dict[str, Any]]
) -> None:
    rewrite(place, 2, "- Compter les appels", "- À éviter :\n  - Compter les appels")
    build(place)
    told = "« À éviter : » « Compter les appels pour un même motif »"
    assert texts(with_dossier("petit-p2/conseils/2"), "//blockquote/p") == [told]
    for key in ("export-markdown", "export-docx"):
        data: Callable[[], bytes] = downloads[key]["data"]
        assert told in read(key, data()).replace("\xa0", " ")


def test_the_order_is_the_readers(place: Path) -> None:
    app = with_dossier(LINE, WHOLE, OTHER)
    assert app.button(key=f"up-{LINE}").disabled
    assert app.button(key=f"down-{OTHER}").disabled
    assert kept(click(app, f"down-{LINE}")) == [WHOLE, LINE, OTHER]
    assert kept(click(app, f"up-{OTHER}")) == [WHOLE, OTHER, LINE]
    assert texts(app, "//article//a") == [
        "Le guichet unique", "Le courrier clair", "La mesure des rappels",
    ]  # fmt: skip
    assert kept(click(app, f"remove-{OTHER}")) == [WHOLE, LINE]
    assert "Le courrier clair" not in shown(app)


def test_notes_and_a_title_stay_with_what_they_are_of(place: Path) -> None:
    app = with_dossier(LINE, WHOLE)
    app.text_area(key=f"note-{LINE}").set_value(f"À voir avec l'équipe\n{HOSTILE}").run()
    app.text_input(key="dossier-title").set_value(HOSTILE).run()
    click(app, f"down-{LINE}")
    follow(visit(app), "?vue=dossier")
    assert app.text_area(key=f"note-{LINE}").value == f"À voir avec l'équipe\n{HOSTILE}"
    assert app.text_area(key=f"note-{WHOLE}").value == ""
    assert app.text_input(key="dossier-title").value == HOSTILE
    found = dossier(app)
    assert (found.title, [k.note for k in found.kept]) == (
        HOSTILE, ["", f"À voir avec l'équipe\n{HOSTILE}"],
    )  # fmt: skip
    app.text_area(key=f"note-{LINE}").set_value("").run()
    assert [k.note for k in dossier(app).kept] == ["", ""]


def test_an_empty_dossier_says_how_to_fill_it(place: Path) -> None:
    app = opened(vue="dossier")
    assert notices(app)[0].startswith(EMPTY)
    assert keys(app) == []
    assert app.get("download_button") == []


GONE = "petit-p9"
GONE_TOO = "petit-p1/conseils/9"


def test_what_a_rebuild_took_away_is_named(place: Path) -> None:
    app = with_dossier(WHOLE, OTHER, "petit-p3", "petit-p2/conseils/9")
    folder = place / "corpus" / "petit"
    for path in (folder / "practices" / "p3.md", folder / "questions" / "p3.yaml"):
        path.unlink()
    build(place)
    visit(app, vue="dossier")
    assert notices(app) == [
        "Ces références n'existent plus dans l'index : "
        "petit-p3/conseils/2, petit-p3, petit-p2/conseils/9"
    ]
    assert texts(app, "//article//p/a") == ["Le guichet unique"]
    assert len(app.get("download_button")) == 2


def test_what_is_gone_is_taken_out_together_and_back(place: Path) -> None:
    app = annotate(with_dossier(GONE, LINE, GONE_TOO), LINE, "vu")
    assert kept(click(app, "forget-gone")) == [LINE]
    assert notices(app) == []
    assert "forget-gone" not in keys(app)
    click(app, "undo-removal")
    assert (kept(app), notes(app)) == ([GONE, LINE, GONE_TOO], ["", "vu", ""])


def test_a_dossier_of_which_all_is_gone_can_be_emptied_of_it(place: Path) -> None:
    app = with_dossier(GONE, GONE_TOO)
    assert texts(app, "//article") == []
    click(app, "forget-gone")
    assert notices(app)[0].startswith(EMPTY)


def test_an_entry_moves_past_the_one_that_is_shown_beside_it(place: Path) -> None:
    app = with_dossier(GONE, LINE, GONE_TOO, WHOLE, OTHER, "petit-p8")
    assert [key for key in keys(app) if app.button(key=key).disabled] == [
        f"up-{LINE}", f"down-{OTHER}",
    ]  # fmt: skip
    click(app, f"down-{LINE}")
    assert kept(app) == [GONE, GONE_TOO, WHOLE, LINE, OTHER, "petit-p8"]
    click(app, f"up-{LINE}")
    assert kept(app) == [GONE, GONE_TOO, LINE, WHOLE, OTHER, "petit-p8"]
    assert texts(app, "//article/h2/span") == [
        "La mesure des rappels", "Le guichet unique", "Le courrier clair",
    ]  # fmt: skip


@pytest.fixture
def downloads(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    """What the download buttons were given, by key: AppTest can't fetch a deferred file."""
    given: dict[str, dict[str, Any]] = {}
    whole = st.download_button

    def note(label: str, **arguments: Any) -> bool:
        given[arguments["key"]] = arguments
        return whole(label, **arguments)

    monkeypatch.setattr(st, "download_button", note)
    return given


@pytest.mark.parametrize(("language", "name"), [("fr", "dossier-bonnes-pratiques"),
                                                ("en", "best-practices-file")])  # fmt: skip
def test_exports_hold_the_quotations_with_their_notes(
    place: Path, downloads: dict[str, dict[str, Any]], language: str, name: str
) -> None:
    app = with_dossier(LINE, WHOLE)
    app.text_area(key=f"note-{LINE}").set_value("À voir avec l'équipe").run()
    app.text_input(key="dossier-title").set_value("Plan d'accueil").run()
    visit(app, vue="dossier", langue=language)
    told = {"export-docx": (".docx", "wordprocessingml"), "export-markdown": (".md", "markdown")}
    contents: dict[str, str] = {}
    for key, (suffix, kind) in told.items():
        given = downloads[key]
        assert given["file_name"].startswith(f"{name}-20")
        assert given["file_name"].endswith(suffix)
        assert kind in given["mime"]
        data: Callable[[], bytes] = given["data"]
        contents[key] = read(key, data())
    for text in contents.values():
        for part in ("Plan d'accueil", "Compter les appels pour un même motif",
                     "À voir avec l'équipe", "Le guichet unique"):  # fmt: skip
            assert part in text
        assert "exemple.invalid" not in text


def read(key: str, data: bytes) -> str:
    """Return the text of an exported file, without Markdown's escapes."""
    if key == "export-markdown":
        return data.decode("utf-8").replace("\\", "")
    return "\n".join(paragraph.text for paragraph in docx.Document(io.BytesIO(data)).paragraphs)


def test_an_export_holds_what_is_kept_at_the_click(
    place: Path, downloads: dict[str, dict[str, Any]]
) -> None:
    app = with_dossier(LINE, WHOLE)
    before: Callable[[], bytes] = downloads["export-markdown"]["data"]
    click(annotate(app, LINE, "écrit depuis"), f"remove-{WHOLE}")
    text = read("export-markdown", before())
    assert "écrit depuis" in text
    assert "Le guichet unique" not in text
