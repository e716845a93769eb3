"""Saying what an answer or a practice found is worth."""

from __future__ import annotations

from pathlib import Path

import pytest

from recueil_qa.evaluation.feedback import Feedback, FeedbackStore
from recueil_qa.index.current import current_build
from tests.support.app import (
    HOSTILE,
    OFF_TOPIC,
    REPEATED,
    click,
    keys,
    notices,
    opened,
    press,
    served_place,  # noqa: F401
    shown,
    visit,
)


def told(place: Path) -> list[Feedback]:
    return list(FeedbackStore(place / "feedback.sqlite3").all())


def test_an_opinion_of_an_answer_is_stored_with_what_it_was_of(place: Path) -> None:
    app = opened(q=f"  {REPEATED}", langue="en", secteur="caisse")
    assert "Does this answer help you?" in shown(app)
    click(app, "say-down-")
    assert "Thank you. Your opinion stays on the service's machine" in shown(app)
    assert keys(app, "say-up-") == ["say-up-petit-p2", "say-up-petit-p3"]
    (row,) = told(place)
    assert (row.question, row.verdict, row.target, row.comment) == (REPEATED, "down", "", "")
    # The question is French, whatever the page's language.
    assert (row.language, row.build) == ("fr", current_build(place / "index").name)
    assert (row.answered, row.shown) == (True, ("petit-p2", "petit-p3"))


def test_an_opinion_of_one_practice_and_a_word_more(place: Path) -> None:
    app = opened(q=REPEATED)
    click(app, "say-up-petit-p2")
    app.text_input(key="comment-text-petit-p2").set_value(f"Très utile {HOSTILE}")
    press(app, "Envoyer")
    assert "Merci, c'est noté." in shown(app)
    rows = [(r.target, r.verdict, r.comment, r.shown) for r in told(place)]
    assert rows == [
        ("petit-p2", "up", "", ("petit-p2",)),
        ("petit-p2", "up", f"Très utile {HOSTILE}", ("petit-p2",)),
    ]
    # One opinion for each practice; those not given yet are still asked for.
    assert keys(app, "say-up-") == ["say-up-petit-p3", "say-up-petit-p1", "say-up-"]
    # Elsewhere and back, it is remembered; of another answer, nothing was said.
    assert "say-up-petit-p2" not in keys(visit(visit(app, pratique="petit-p2"), q=REPEATED))
    assert "say-up-petit-p2" in keys(visit(app, q="appels"))


def test_a_refusal_is_judged_too(place: Path) -> None:
    app = opened(q=OFF_TOPIC)
    assert "Ce refus est-il juste ?" in shown(app)
    click(app, "say-up-")
    (row,) = told(place)
    assert (row.answered, row.verdict, len(row.shown)) == (False, "up", 3)


@pytest.mark.parametrize(
    ("question", "language", "stored"),
    [
        ("How to cut repeat calls?", "fr", "en"),
        # Neither French nor English: then as the page is.
        ("Wie können wir die Anrufe und die Briefe nicht mehr wiederholen?", "fr", "fr"),
        ("Wie können wir die Anrufe und die Briefe nicht mehr wiederholen?", "en", "en"),
    ],
)
def test_an_opinion_has_the_language_of_its_question(
    place: Path, question: str, language: str, stored: str
) -> None:
    click(opened(q=question, langue=language), "say-up-")
    assert [row.language for row in told(place)] == [stored]


def test_of_a_refusal_under_filters_nothing_is_asked(place: Path) -> None:
    app = opened(q=OFF_TOPIC, theme="Écrit")
    assert "Ce refus est-il juste ?" not in shown(app)
    # Nor is a practice that is only named to be judged.
    assert keys(app, "say-") == []
    assert "say-up-" in keys(visit(app, q=REPEATED, secteur="caisse"))


@pytest.mark.parametrize("comment", ["", "  \n "])
def test_a_comment_without_a_word_stores_nothing(place: Path, comment: str) -> None:
    app = click(opened(q=REPEATED), "say-up-petit-p2")
    app.text_input(key="comment-text-petit-p2").set_value(comment)
    press(app, "Envoyer")
    assert [row.comment for row in told(place)] == [""]
    # It can still be written.
    app.text_input(key="comment-text-petit-p2").set_value("Très utile")
    assert "Merci, c'est noté." in shown(press(app, "Envoyer"))
    assert [row.comment for row in told(place)] == ["", "Très utile"]


def test_without_feedback_nothing_is_asked(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECUEIL_FEEDBACK", "false")
    app = opened(q=REPEATED)
    assert keys(app, "say-") == []
    assert "Cette réponse vous aide-t-elle" not in shown(app)
    assert not (place / "feedback.sqlite3").exists()


def test_reading_stores_nothing(place: Path) -> None:
    visit(opened(q=REPEATED), pratique="petit-p2")
    assert not (place / "feedback.sqlite3").exists()


def test_a_store_that_cannot_be_written_is_told_and_tried_again(place: Path) -> None:
    store = place / "feedback.sqlite3"
    store.mkdir()
    app = opened(q=REPEATED)
    click(app, "say-up-")
    (notice,) = notices(app)
    assert notice.startswith(f"{store} : avis impossibles à lire ou à garder")
    assert "Compter les appels" in shown(app)
    assert "Merci" not in shown(app)
    store.rmdir()
    click(app, "say-up-")
    assert notices(app) == []
    assert [row.verdict for row in told(place)] == ["up"]
