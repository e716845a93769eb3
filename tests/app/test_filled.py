"""Boxes hold what the visit knows, though a run of the page was cut short, as by two steps back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from urllib.parse import urlencode

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.scriptrunner import RerunData, RerunException
from streamlit.testing.v1 import AppTest

from recueil_app.views import ask, compare, dossier, explore, practice
from tests.support.app import (
    LINE,
    REPEATED,
    opened,
    served_place,  # noqa: F401
    visit,
    with_dossier,
)

Address = dict[str, str | list[str]]


@pytest.fixture
def cut_short(monkeypatch: pytest.MonkeyPatch) -> Callable[[ModuleType, Address], None]:
    """Have the next run of a view end before its end, for another address is asked for by then."""

    def patch(view: ModuleType, address: Address) -> None:
        whole = view.show

        def show(*arguments: object) -> None:
            monkeypatch.setattr(view, "show", whole)
            whole(*arguments)
            # As a browser asks for it, which holds none of the other screen's boxes.
            asked = urlencode(address, doseq=True)
            raise RerunException(RerunData(query_string=asked, widget_states=WidgetStates()))

        monkeypatch.setattr(view, "show", show)

    return patch


BOXES = [
    ({"q": REPEATED}, ask, "text_area", "typed", REPEATED),
    ({"q": REPEATED, "secteur": ["caisse"]}, ask, "multiselect", "filter-sector", ["caisse"]),
    ({"vue": "explorer", "texte": "courrier"}, explore, "text_input", "filter-text", "courrier"),
    ({"vue": "explorer", "tri": "titre"}, explore, "selectbox", "sort", "titre"),
    (
        {"vue": "comparer", "avec": ["petit-p1", "petit-p2"]},
        compare, "multiselect", "compared", ["petit-p1", "petit-p2"],
    ),
    ({"vue": "dossier"}, dossier, "text_area", f"note-{LINE}", "À voir"),
    ({"vue": "dossier"}, dossier, "text_input", "dossier-title", "Accueil"),
]  # fmt: skip
Box = tuple[Address, ModuleType, str, str, object]


def begun(address: Address) -> AppTest:
    """Begin a visit where the boxes are; those of the dossier are written first."""
    if address.get("vue") != "dossier":
        return opened(**address)
    app = visit(with_dossier(LINE), vue="dossier")
    for boxes, text in ((app.text_area, "À voir"), (app.text_input, "Accueil")):
        boxes[0].set_value(text).run()
    return app


@pytest.mark.parametrize("elsewhere", [True, False], ids=["on the way", "there"])
@pytest.mark.parametrize("box", BOXES, ids=lambda box: box[3])
def test_a_box_is_full_after_a_run_that_was_cut_short(
    place: Path, box: Box, elsewhere: bool, cut_short: Callable[[ModuleType, Address], None]
) -> None:
    address, view, kind, key, value = box
    app = begun(address)
    for identifier in ("petit-p1", "petit-p2"):  # the browser forgets the box
        visit(app, **address, pratique=identifier)
    if elsewhere:
        cut_short(practice, address)
        visit(app, **address, pratique="petit-p2")
    else:
        cut_short(view, address)
        visit(app, **address)
    found = getattr(app, kind)(key=key)
    assert found.value == value
    assert found.proto.set_value  # the browser is told, for it knows nothing of it


def test_what_is_typed_and_not_sent_stays_in_its_box(
    place: Path, cut_short: Callable[[ModuleType, Address], None]
) -> None:
    app = opened(q=REPEATED)
    for _ in range(2):
        cut_short(ask, {"q": REPEATED})
        visit(app, q=REPEATED)
        assert not app.text_area(key="typed").proto.set_value  # which would write over it
