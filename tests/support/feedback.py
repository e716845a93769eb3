"""Feedback of any kind, and a store of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest
from click.testing import CliRunner
from hypothesis import strategies as st

from recueil_qa.cli.main import main
from recueil_qa.evaluation.feedback import Feedback, FeedbackStore
from tests.support.command_line import Run

AT = "2026-03-04T05:06:07+00:00"
ANY_TEXT = st.text(st.characters())  # lone surrogates and control characters included


def said(
    verdict: Literal["up", "down"], target: str = "", question: str = "les appels", **more: Any
) -> Feedback:
    given: dict[str, Any] = {
        "language": "fr",
        "build": "b1",
        "at": AT,
        "answered": True,
        "shown": ("p1", "p2"),
    }
    return Feedback(question, verdict, target=target, **given | more)


@pytest.fixture
def store(tmp_path: Path) -> FeedbackStore:
    return FeedbackStore(tmp_path / "feedback.sqlite3")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line over a home without an index."""
    monkeypatch.setenv("RECUEIL_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "40")
    return lambda *arguments: CliRunner().invoke(main, [str(a) for a in arguments])


ANY_FEEDBACK = st.builds(
    said,
    st.sampled_from(["up", "down"]),
    st.sampled_from(["", "p1", "p2"]),
    st.sampled_from(["a", "A ", "b", "ß", "SS", "\n"]) | ANY_TEXT,
    answered=st.booleans(),
)
