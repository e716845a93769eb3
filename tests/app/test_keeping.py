"""Keeping: what the buttons, the browser and its other tabs make of a dossier."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recueil_qa.dossier.dossier import MAX_KEPT, Dossier
from tests.support.app import (
    COUNTED,
    LINE,
    OTHER,
    WHOLE,
    annotate,
    click,
    dossier,
    follow,
    hits,
    keep,
    keepable,
    kept,
    keys,
    notes,
    notices,
    opened,
    script,
    send,
    served_place,  # noqa: F401
    stored,
    texts,
    visit,
    with_dossier,
)

EMPTY = "Votre dossier est vide."
UNDO = "undo-removal"


def test_what_is_kept_says_so_and_is_taken_out_by_the_same_button(place: Path) -> None:
    app = opened(q=COUNTED)
    assert keepable(app)[LINE] == "Garder"
    keep(app, LINE)
    assert keepable(app)[LINE] == "Gardé"
    keep(app, LINE)
    assert keepable(app)[LINE] == "Garder"
    assert kept(app) == []
    assert "Mon dossier" in texts(app, "//nav//a")


def test_every_line_that_answers_can_be_kept(place: Path) -> None:
    app = opened(q=COUNTED)
    answer = app.session_state["answer"]
    assert [*keepable(app)] == [line.passage for card in answer.cards for line in card.quoted]


def test_a_line_kept_in_an_answer_is_kept_wherever_it_stands(place: Path) -> None:
    app = keep(opened(q=COUNTED), LINE)
    visit(app, pratique="petit-p2")
    assert app.button(key=f"keep-practice-{LINE}").label == "Gardé"
    assert app.button(key="keep-practice-petit-p2/conseils/2").label == "Garder"


@pytest.mark.parametrize(
    ("where", "key", "left"),
    [
        ({"vue": "dossier"}, f"remove-{LINE}", [WHOLE]),
        ({"q": COUNTED}, LINE, [WHOLE]),
        ({"pratique": "petit-p2"}, f"keep-practice-{LINE}", [WHOLE]),
        ({"vue": "dossier"}, "empty-dossier", []),
    ],
)
def test_what_was_just_taken_out_can_be_taken_back(
    place: Path, where: dict[str, str | list[str]], key: str, left: list[str]
) -> None:
    app = annotate(with_dossier(LINE, WHOLE), LINE, "à garder")
    assert UNDO not in keys(app)
    (keep if key == LINE else click)(visit(app, **where), key)
    assert kept(app) == left
    # Elsewhere and back, the way back is still there.
    follow(visit(app), "?vue=dossier")
    assert (notices(app)[:1] == []) is bool(left)
    click(app, UNDO)
    assert (kept(app), notes(app)) == ([LINE, WHOLE], ["à garder", ""])
    assert app.text_area(key=f"note-{LINE}").value == "à garder"
    assert UNDO not in keys(app)


def test_an_emptied_dossier_says_so(place: Path) -> None:
    app = click(with_dossier(LINE), "empty-dossier")
    assert notices(app)[0].startswith(EMPTY)
    assert json.loads(script(app)["dossier"])["kept"] == []


def test_a_removal_is_taken_back_until_something_else_changes(place: Path) -> None:
    app = click(with_dossier(LINE, WHOLE, OTHER), f"remove-{LINE}")
    # The last removal is the one that is taken back.
    click(app, f"remove-{WHOLE}")
    assert kept(click(app, UNDO)) == [WHOLE, OTHER]
    click(app, f"remove-{WHOLE}")
    annotate(app, OTHER, "vu")
    assert UNDO not in keys(app)
    assert kept(app) == [OTHER]


@pytest.mark.parametrize("reference", [LINE, WHOLE])
def test_a_note_comes_back_when_its_line_is_kept_again(place: Path, reference: str) -> None:
    app = annotate(with_dossier(LINE, WHOLE), reference, "avec l'équipe")
    click(app, f"remove-{reference}")
    visit(app, q=COUNTED)
    if reference == LINE:
        keep(app, LINE)
    else:
        click(app, f"keep-hit-{WHOLE}")
    assert dossier(app).kept[-1].reference == reference
    assert dossier(app).kept[-1].note == "avec l'équipe"


def test_a_note_that_was_emptied_does_not_come_back(place: Path) -> None:
    app = annotate(with_dossier(LINE, WHOLE), LINE, "avec l'équipe")
    click(click(app, f"remove-{LINE}"), UNDO)
    click(annotate(app, LINE, ""), f"remove-{LINE}")
    keep(visit(app, q=COUNTED), LINE)
    assert (kept(app), notes(app)) == ([WHOLE, LINE], ["", ""])


def _twice() -> None:
    """Do each act twice, as two clicks do before the page is drawn again."""
    import streamlit as st

    from recueil_app import keeping
    from recueil_qa.dossier.dossier import Dossier

    own = keeping.keeping()
    own.set(Dossier("Titre").add("petit-p1").annotate("petit-p1", "un"))
    keeping.release("petit-p1")
    keeping.release("petit-p1")
    st.session_state["released"] = (own.dossier, own.former)
    keeping.take_back()
    own.set(own.dossier.annotate("petit-p1", "deux"))
    keeping.keep("petit-p1")
    st.session_state["kept"] = own.dossier
    keeping.empty()
    keeping.empty()
    st.session_state["emptied"] = own.former
    keeping.take_back()
    keeping.take_back()


def test_an_act_done_twice_is_done_once() -> None:
    app = AppTest.from_function(_twice).run()
    assert not app.exception
    first = Dossier("Titre").add(WHOLE).annotate(WHOLE, "un")
    assert app.session_state["released"] == (Dossier("Titre"), first)
    assert app.session_state["kept"] == first.annotate(WHOLE, "deux")
    assert app.session_state["emptied"] == first.annotate(WHOLE, "deux")
    assert dossier(app) == first.annotate(WHOLE, "deux")


@pytest.mark.parametrize("event", ["keep", "release"])
@pytest.mark.parametrize("reference", ["", "../x", "<b>", "petit-p1/" + "x" * 500])
def test_what_a_browser_made_up_is_not_kept(place: Path, event: str, reference: str) -> None:
    app = send(opened(q=COUNTED), event, reference)
    assert kept(app) == []
    assert "La mesure des rappels" in hits(app)


def test_a_full_dossier_refuses_in_a_sentence_said_once(place: Path) -> None:
    app = opened(q=COUNTED)
    full = [f"petit-p1/conseils/{number}" for number in range(1, MAX_KEPT + 1)]
    send(app, "stored", stored(*full))
    click(app, f"keep-hit-{WHOLE}")
    assert notices(app) == [f"Le dossier est plein ({MAX_KEPT} éléments) ; retirez-en un d'abord"]
    assert app.button(key=f"keep-hit-{WHOLE}").label == "Garder la pratique"
    assert kept(app) == full
    assert notices(visit(app, q=COUNTED)) == []


def test_a_returning_reader_finds_her_dossier(place: Path) -> None:
    app = opened(vue="dossier")
    send(app, "stored", stored(LINE, WHOLE, title="Accueil", note="vu"))
    assert "Mon dossier (2)" in texts(app, "//nav//a")
    assert app.text_input(key="dossier-title").value == "Accueil"
    assert app.text_area(key=f"note-{LINE}").value == "vu"


def test_the_browser_stores_nothing_before_it_has_told_what_it_stored(place: Path) -> None:
    def told(app: AppTest) -> tuple[str | None, str]:
        return script(app)["dossier"], script(app)["pending"]

    app = opened(q=COUNTED)
    first = script(app)["visit"]
    # Something is to be stored only once there is something.
    assert told(app) == (None, "")
    keep(app, LINE)
    assert told(app) == (None, stored(LINE))
    send(app, "stored", "")
    assert told(app) == (stored(LINE), "")
    keep(app, LINE)
    assert told(app) == (stored(), "")
    assert script(visit(app, vue="dossier"))["visit"] == first
    assert script(opened())["visit"] != first


def test_what_was_kept_before_the_browser_told_is_kept_with_the_rest(place: Path) -> None:
    app = opened(q=COUNTED)
    click(keep(app, LINE), f"keep-hit-{WHOLE}")
    send(app, "stored", stored(WHOLE, OTHER, title="Accueil", note="vu"))
    assert kept(app) == [WHOLE, OTHER, LINE]
    # What was noted on an earlier visit isn't lost by keeping the same thing again.
    assert (dossier(app).title, notes(app)) == ("Accueil", ["vu", "vu", ""])


def test_what_is_noted_before_the_browser_told_stays(place: Path) -> None:
    app = keep(opened(q=COUNTED), LINE)
    annotate(visit(app, vue="dossier"), LINE, "neuf")
    send(app, "stored", stored(LINE, WHOLE, note="ancien"))
    assert (kept(app), notes(app)) == ([LINE, WHOLE], ["neuf", "ancien"])


def test_a_stored_dossier_that_is_full_stays_as_it_was(place: Path) -> None:
    full = [f"petit-p1/conseils/{number}" for number in range(1, MAX_KEPT + 1)]
    app = keep(opened(q=COUNTED), LINE)
    assert kept(send(app, "stored", stored(*full))) == full


def test_what_the_browser_stored_is_taken_once(place: Path) -> None:
    app = with_dossier(LINE)
    # Told again, as by a page that was slow: what is kept by now is the dossier.
    assert kept(send(app, "stored", stored(OTHER))) == [LINE]
    click(app, f"remove-{LINE}")
    assert kept(send(app, "stored", stored(LINE))) == []


def test_another_tab_replaces_the_dossier(place: Path) -> None:
    app = click(with_dossier(LINE, WHOLE), f"remove-{LINE}")
    send(app, "changed", stored(OTHER, note="ailleurs"))
    assert (kept(app), notes(app)) == ([OTHER], ["ailleurs"])
    assert app.text_area(key=f"note-{OTHER}").value == "ailleurs"
    # What this tab had removed isn't to be mixed with that.
    assert UNDO not in keys(app)
    assert kept(send(app, "changed", "")) == []


def test_a_tab_that_is_told_first_by_another_one_knows_the_dossier(place: Path) -> None:
    app = send(opened(vue="dossier"), "changed", stored(OTHER))
    assert script(app)["dossier"] == stored(OTHER)
    assert kept(send(app, "stored", stored(LINE))) == [OTHER]


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "[" * 100_000, json.dumps({"version": 99, "kept": [["petit-p1", ""]]}),
     json.dumps({"version": 1, "title": 3, "kept": [["../x", ""], ["<b>", 1], 4, None]})],
)  # fmt: skip
@pytest.mark.parametrize("event", ["stored", "changed"])
def test_a_dossier_that_a_browser_made_up_is_an_empty_one(
    place: Path, event: str, text: str
) -> None:
    app = send(opened(vue="dossier"), event, text)
    assert notices(app)[0].startswith(EMPTY)
    assert kept(app) == []


def test_two_visits_have_two_dossiers(place: Path) -> None:
    hers, other = opened(q=COUNTED), opened(q=COUNTED)
    click(hers, f"keep-hit-{WHOLE}")
    assert kept(hers) == [WHOLE]
    assert script(visit(other, vue="dossier"))["dossier"] is None
