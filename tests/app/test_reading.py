"""The page with a model that reads: sent once, shown when asked to, kept home on request."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from recueil_app import reading
from recueil_qa import Assistant
from recueil_qa.evaluation.feedback import FeedbackStore
from recueil_qa.reader.cache import replies_in
from tests.support.app import (
    OFF_TOPIC,
    OTHER,
    REPEATED,
    ask,
    body,
    build,
    click,
    dossier,
    follow,
    hits,
    keep,
    kept,
    keys,
    link,
    opened,
    press,
    quoted,
    rewrite,
    served_place,  # noqa: F401
    shown,
    texts,
    visit,
)
from tests.support.model_server import (
    KEY,
    MODEL,
    Script,
    failing,
    question_in,
    saying,
    serving,
)
from tests.support.waiting import PATIENCE

WHY = "bannir le jargon"
FIRST = ["La mesure des rappels", "Le courrier clair", "Le guichet unique"]
READ = ["Le courrier clair", "La mesure des rappels"]
GOOD = {
    "verdict": "answers",
    "probability": 0.93,
    "practices": [
        {"practice": "petit-p3", "grade": 2, "lines": ["conseils/2"], "why": WHY},
        {"practice": "petit-p2", "grade": 1, "lines": [], "why": "12 % de gagné"},
    ],
}
NOTHING = {"verdict": "nothing", "probability": 0.02, "practices": []}
SAME = GOOD | {"practices": [{"practice": "petit-p2", "grade": 2, "lines": []}]}
Served = Callable[[Any], Script]


@pytest.fixture(name="served")
def model_served(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """Return what serves a script to the app as its reader."""
    scripts = []

    def serve(reply: Any) -> Script:
        context = serving(reply)
        script = context.__enter__()
        scripts.append(context)
        monkeypatch.setenv("RECUEIL_READER", script.address)
        monkeypatch.setenv("RECUEIL_READER_MODEL", MODEL)
        monkeypatch.setenv("RECUEIL_READER_KEY", KEY)
        monkeypatch.setenv("RECUEIL_READER_SECONDS", "60")
        return script

    yield serve
    for context in scripts:
        context.__exit__(None, None, None)
    ended()


def ended() -> None:
    """Wait for what is being read."""
    for thread in threading.enumerate():
        if thread.name == "reader":
            thread.join(PATIENCE)
            assert not thread.is_alive()


def come(app: AppTest) -> AppTest:
    """Wait for the model, and look again as the page does by itself."""
    ended()
    return visit_again(app)


def visit_again(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception
    return app


def said(app: AppTest) -> str:
    return " ".join(texts(app, "//*[contains(@class, 'reading')]"))


def turn(app: AppTest, *, on: bool) -> AppTest:
    app.toggle(key=reading.SWITCH).set_value(on).run()
    assert not app.exception
    return app


def test_before_a_question_is_sent_the_page_says_where(served: Served) -> None:
    script = served(saying(GOOD))
    app = opened()
    host = script.address[7:-3]
    label = app.toggle(key=reading.SWITCH).label.replace("\\", "").replace("\u2060", "")
    assert label == f"Envoyer ma question à {host}, où le modèle {MODEL} lit les pratiques"
    assert "rien n'est envoyé" not in shown(app)
    assert host in shown(app)
    assert script.requests == []


def test_the_first_answer_stays_until_the_readers_is_asked_for(served: Served) -> None:
    wait = threading.Event()
    script = served(lambda body: (wait.wait(PATIENCE), saying(GOOD)(body))[1])
    app = opened()
    ask(app, REPEATED)
    assert hits(app) == FIRST
    assert said(app) == (
        f"Le modèle {MODEL} lit les pratiques… En attendant, voici la réponse de la recherche."
    )
    visit_again(app)
    wait.set()
    come(app)
    # What is being read stays; the practice that the model puts first is one click away.
    assert hits(app) == FIRST
    assert said(app) == (f"Le modèle {MODEL} a lu et met en tête : Le courrier clair")
    press(app, "Afficher sa réponse")
    assert hits(app) == READ
    assert "Choix et ordre du modèle" in said(app)
    press(app, "Revenir à la recherche")
    assert hits(app) == FIRST
    assert len(script.asked) == 1


def test_the_models_own_phrase_is_marked_and_no_quotation(served: Served) -> None:
    served(saying(GOOD))
    app = opened()
    ask(app, REPEATED)
    press(come(app), "Afficher sa réponse")
    # The other one has a figure that its practice has not.
    assert texts(app, "//p[@class='model']") == [
        f"Écrit par le modèle {MODEL} ; ce n'est pas une citation : {WHY}"
    ]
    assert WHY not in " ".join(quoted(app))
    assert f"Written by the model {MODEL}; not a quotation: " in shown(
        follow(app, link(app, "English"))
    )


def test_a_rerun_a_language_or_a_way_back_sends_nothing_again(served: Served) -> None:
    script = served(saying(GOOD))
    app = opened()
    ask(app, REPEATED)
    press(come(app), "Afficher sa réponse")
    follow(app, link(app, "English"))
    assert hits(app) == READ
    follow(app, link(app, "Le courrier clair"))
    follow(app, link(app, "← Back to the answer"))
    visit(visit(app, vue="carte"), q=REPEATED)
    assert hits(app) == READ
    assert len(script.asked) == 1


def test_what_is_kept_from_before_is_there_at_once_and_nothing_is_sent(served: Served) -> None:
    script = served(saying(GOOD))
    ask(opened(), REPEATED)
    ended()
    # Another visit, by a link.
    assert hits(opened(q=REPEATED)) == READ
    assert len(script.asked) == 1


def test_an_address_that_is_opened_sends_nothing_by_itself(served: Served, place: Path) -> None:
    script = served(saying(GOOD))
    app = opened(q=REPEATED)
    assert said(app) == f"Question non envoyée au modèle {MODEL}."
    assert script.requests == []
    press(app, "L'envoyer")
    press(come(app), "Afficher sa réponse")
    assert hits(app) == READ
    assert len(script.asked) == 1
    assert KEY not in body(app)
    assert replies_in(place / "index").count() == 1


def test_switched_off_nothing_leaves_and_the_page_says_no_more_of_it(served: Served) -> None:
    script = served(saying(GOOD))
    app = turn(opened(), on=False)
    ask(app, REPEATED)
    ended()
    assert (hits(app), said(app)) == (FIRST, "")
    visit(visit(app, vue="carte"), q="appels")
    assert not app.toggle(key=reading.SWITCH).value
    assert "reader" not in str(app.query_params)
    assert script.requests == []
    # Turned on, it has the question read that stands there, which was asked here.
    visit(app, q=REPEATED)
    turn(app, on=True)
    come(app)
    assert "met en tête" in said(app)
    assert [question_in(sent) for sent in script.asked] == [REPEATED]


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (failing(500), "le serveur du modèle est en panne (HTTP 500)"),
        (failing(401), "le serveur du modèle refuse la clé"),
        (saying("bien sûr !"), "le modèle n'a pas répondu dans la forme demandée"),
        (saying(f"bien sûr ! {KEY}"),
         "le serveur du modèle répète la clé dans sa réponse, écartée"),
        (lambda _: (302, {"Location": f"https://ailleurs.exemple/{KEY}"}, b""),
         "le serveur du modèle renvoie ailleurs (ailleurs.exemple), où rien n'est envoyé"),
    ],
)  # fmt: skip
def test_what_fails_leaves_the_first_answer_and_one_line(
    served: Served, reply: Any, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    script = served(reply)
    app = opened()
    ask(app, REPEATED)
    come(app)
    assert hits(app) == FIRST
    assert said(app) == f"Non lu par le modèle {MODEL} : {why}."
    assert REPEATED not in caplog.text
    for told in (body(app), caplog.text, str(dict(app.query_params))):
        assert KEY not in told
    # It may be tried again.
    script.reply = saying(GOOD)
    press(app, "Réessayer")
    press(come(app), "Afficher sa réponse")
    assert hits(app) == READ


def test_a_closed_port_and_an_unexpected_fault_leave_the_first_answer(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    served(saying(GOOD))
    monkeypatch.setenv("RECUEIL_READER", "http://127.0.0.1:9/v1")
    app = opened()
    ask(app, REPEATED)
    assert "le serveur du modèle ne répond pas" in said(come(app))

    def broken(*_: object, **__: object) -> None:
        raise ValueError(REPEATED)

    monkeypatch.setattr(Assistant, "read", broken)
    ask(app, "appels")
    assert "une erreur inattendue est survenue" in said(come(app))
    assert hits(app)


def test_too_many_at_one_time_are_not_queued(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait = threading.Event()
    script = served(lambda body: (wait.wait(PATIENCE), saying(GOOD)(body))[1])
    monkeypatch.setattr(reading, "_room", threading.BoundedSemaphore(1))
    one, other = opened(), opened()
    ask(one, REPEATED)
    ask(other, "appels")
    assert "trop de questions sont en cours de lecture" in said(other)
    wait.set()
    ended()
    press(other, "Réessayer")
    assert "a lu et met en tête" in said(come(other))
    assert [question_in(sent) for sent in script.asked] == [REPEATED, "appels"]


def test_visits_do_not_mix(served: Served) -> None:
    script = served(lambda body: completion_for(question_in(body)))
    one, other = opened(), opened()
    turn(other, on=False)
    ask(one, REPEATED)
    ask(other, "appels")
    press(come(one), "Afficher sa réponse")
    visit_again(other)
    assert (hits(one), said(other)) == (READ, "")
    # A second question in the same visit has a reading of its own.
    ask(one, "appels")
    assert "pour lui, aucune pratique ne répond" in said(come(one))
    press(one, "Afficher sa réponse")
    assert "Rien dans le recueil" in shown(one)
    assert hits(visit(one, q=REPEATED)) == READ
    assert [question_in(sent) for sent in script.asked] == [REPEATED, "appels"]


def completion_for(question: str) -> tuple[int, dict[str, str], bytes]:
    return saying(GOOD if question == REPEATED else NOTHING)({})


def test_filters_as_typed_and_a_new_build_are_read_anew(served: Served, place: Path) -> None:
    script = served(saying(GOOD))
    app = opened()
    ask(app, REPEATED)
    come(app)
    app.multiselect(key="filter-sector").set_value(["caisse"]).run()
    come(app)
    assert len(script.asked) == 2
    app.multiselect(key="filter-sector").set_value([]).run()
    rewrite(place, 2, "La mesure des rappels", "La mesure des appels")
    build(place)
    come(visit_again(app))
    press(app, "Afficher sa réponse")
    assert hits(app) == [READ[0], "La mesure des appels"]
    assert len(script.asked) == 3


def test_a_model_of_the_same_mind_says_so(served: Served) -> None:
    served(saying(SAME))
    app = opened()
    ask(app, REPEATED)
    assert "met en tête la même pratique" in said(come(app))
    press(app, "Afficher sa réponse")
    assert hits(app) == FIRST[:1]


def test_a_question_that_is_refused_or_asks_for_a_practice_by_name_is_not_sent(
    served: Served,
) -> None:
    script = served(saying(GOOD))
    app = opened()
    ask(app, "petit-p3")
    ended()
    assert said(app) == ""
    ask(app, "?!")
    ended()
    assert script.requests == []


def test_the_dossier_the_note_and_an_opinion_are_of_what_is_shown(
    served: Served, place: Path
) -> None:
    served(saying(GOOD))
    app = opened()
    ask(app, REPEATED)
    click(come(app), "say-down-")
    press(app, "Afficher sa réponse")
    # Of this other answer, nothing was said yet.
    click(app, "say-up-")
    rows = [(row.verdict, row.shown) for row in FeedbackStore(place / "feedback.sqlite3").all()]
    assert rows == [
        ("down", ("petit-p2", "petit-p3", "petit-p1")),
        ("up", ("petit-p3", "petit-p2")),
    ]
    assert "Voir aussi" in shown(app)
    keep(app, OTHER)
    click(app, "keep-hit-petit-p3")
    assert kept(app) == [OTHER, "petit-p3"]
    note = opened_note(dossier(app))
    assert "jargon" in note
    assert (WHY in note, MODEL in note) == (False, False)


def opened_note(own: Any) -> str:
    from recueil_qa import load_settings

    assistant = Assistant.open(load_settings())
    markdown = assistant.export(own, "markdown", "fr", "2026-01-02").decode()
    with zipfile.ZipFile(io.BytesIO(assistant.export(own, "docx", "fr", "2026-01-02"))) as docx:
        return markdown + docx.read("word/document.xml").decode()


def test_without_the_setting_the_page_is_as_it_was(place: Path) -> None:
    app = opened(q=REPEATED)
    assert (len(app.toggle), keys(app, "reading"), said(app)) == (0, [], "")
    assert 'class="model"' not in body(app)
    assert "rien n'est envoyé ailleurs" in shown(visit(app))
    assert hits(visit(app, q=OFF_TOPIC))


def test_without_the_setting_nothing_of_a_reader_is_loaded() -> None:
    loaded = "[name for name in sys.modules if name.startswith(('openai', 'recueil_qa.reader'))]"
    code = f"import sys, recueil_app.views.ask, recueil_app.reading; print({loaded})"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
