"""The app over answers of every kind, whatever the engine makes of a question: for the browser.

Run by streamlit, as `app/streamlit_app.py` is.
"""

from __future__ import annotations

import runpy
from dataclasses import replace
from functools import cache
from typing import Any

from recueil_qa import Answer, Assistant
from recueil_qa.types import Band
from tests.support import ROOT

LEADS = "réduire les appels répétés au standard"
DIRECT = "réduire les appels répétés au téléphone"
FILTERED = "réduire les appels répétés en collectivité"
VALUE = "Collectivité territoriale"


@cache
def make_answers() -> None:
    """Have the assistant give each question its kind of answer."""
    whole = Assistant.ask

    def ask(self: Assistant, question: str, *, as_typed: bool = False, **how: Any) -> Answer:
        answer = whole(self, question, as_typed=as_typed, **how)
        if question == LEADS:
            return replace(answer, band=Band.LEADS)
        if question == DIRECT:
            lines = [line for card in answer.cards for line in card.quoted]
            return replace(answer, direct=max(lines, key=lambda line: len(line.lead_ins)))
        if question == FILTERED and not as_typed:
            return replace(answer, filtered=(VALUE,))
        return answer

    Assistant.ask = ask  # type: ignore[method-assign]


if __name__ == "__main__":
    make_answers()
    runpy.run_path(str(ROOT / "app" / "streamlit_app.py"))
