"""Ten thousand replies made to mislead: quotations are the booklet's, reasons add nothing.

What is shown is judged here by other means than those of the package: plain searches in the texts.
"""

from __future__ import annotations

import json
import random
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recueil_qa.reader.reading import Reader
from recueil_qa.search.searcher import Searcher
from recueil_qa.types import Answer, Practice
from tests.support import advised

GENERATED = 8_000
EXAMPLES = 2_000
QUESTION = "les visiteurs oublient leur visite"

TRUE = (
    "compter les appels perdus chaque lundi",
    "prévenir la veille",
    "Relire le formulaire à voix haute",
    "30 % d'appels perdus en moins",
    "fewer complaints",
    "la Régie des Eaux",
)
NAMES = (
    "Marseille", "URSSAF", "Dupont", "L'Insee", "cnil", "Lyon", "Pôle Emploi", "NASA", "ΑΒΓ",
    "Albert", "McDonald", "SNCF", "Ministère de la Culture", "Ｍarseille", "ᴍarseille",
)  # fmt: skip
FIGURES = (
    "40 %", "2019", "17", "12 mai", "3,5 millions", "quarante", "twenty", "la moitié", "deux tiers",
    "１７", "²", "Ⅷ", "½", "99", "350 001 euros", "by half", "a dozen", "triple",
    "un dixième", "une quinzaine", "a fifth", "quintuple", "a decade",
)  # fmt: skip
ORDERS = ("il faut", "vous devez", "is mandatory", "obligatoire", "must", "have to", "interdit",
          "il convient de", "tenus de", "ought to", "forced to")  # fmt: skip
MARKS = ("<b>", "**", "https://x.fr", "x.fr", "[a](b)", "« ", "\n", ". Puis", "\u202e", "`", "{}")


def pieces(draw: random.Random) -> str:
    sets: tuple[tuple[str, ...], ...] = (TRUE, TRUE, NAMES, FIGURES, ORDERS, MARKS)
    chosen = [draw.choice(draw.choice(sets)) for _ in range(draw.randint(1, 4))]
    text = " ".join(chosen)
    return draw.choice((text, text.capitalize(), text.lower(), f"{text}."))


def made(draw: random.Random, ids: list[str], lines: list[str]) -> str:
    """Return a reply of the form, or nearly, with ids and reasons of every kind."""
    rows = []
    for _ in range(draw.randint(0, 8)):
        row: dict[str, Any] = {
            "practice": draw.choice([*ids, *ids, "p99", "", "../p1", ids[0].upper()]),
            "grade": draw.choice([1, 2, 2, 1, 2]),
            "lines": [draw.choice([*lines, "conseils/1", "x/1", "conseils/99", ""]) for _ in "abc"],
            "why": pieces(draw),
            "quotation": "Payez tout de suite",
            "text": "Une ligne inventée",
        }
        rows.append(row)
    whole = {
        "verdict": draw.choice(["answers", "partly", "nothing"]),
        "probability": draw.random(),
        "practices": rows,
    }
    text = json.dumps(whole, ensure_ascii=draw.random() < 0.5)
    damage = draw.random()
    if damage < 0.05:
        return text[: draw.randint(0, len(text))]
    return f"Voici {{…}} : ```json\n{text}\n```" if damage < 0.15 else text


class Said:
    def __init__(self, text: str) -> None:
        self.text = text

    def complete(self, messages: object, schema: object) -> str:  # noqa: ARG002
        return self.text


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    home: Path = tmp_path_factory.mktemp("hostile")
    own = advised.assistant(home, reader="http://127.0.0.1:9/v1", reader_model="m",
                            reader_cache=False)  # fmt: skip
    return own.now()


def read(searcher: Searcher, first: Answer, text: str) -> Answer:
    return Reader(searcher.settings, Said(text)).read(searcher, first, QUESTION)


def assert_sound(searcher: Searcher, answer: Answer) -> int:
    """Check all that an answer shows; return how many reasons it does."""
    index = searcher.index
    for line in (*answer.shown, *answer.advice):
        practice = index.practices[index.places[line.practice]]
        section = practice.section(line.section)
        assert section is not None
        assert line.text == section.lines[line.line - 1].text
        for lead_in in line.lead_ins:
            assert lead_in in section.lines
    reasons = [(card.practice, card.why) for card in answer.cards if card.why]
    for practice, why in reasons:
        assert_adds_nothing(practice, why)
    return len(reasons)


def assert_adds_nothing(practice: Practice, why: str) -> None:
    own = " ".join(
        [practice.title, practice.subtitle, practice.organisation]
        + [line.text for section in practice.sections for line in section.lines]
    )
    assert why.isprintable()
    assert unicodedata.normalize("NFKC", why) == why
    assert len(why.split()) <= 20
    assert not re.search(r"[<>*`\[\]{}«»\"@/]|\.\s|\w\.\w", why), why
    for figure in re.findall(r"\d+", why):
        assert figure in own, why
    for name in NAMES:
        assert name not in why or name in own, why
    for name in ("urssaf", "insee", "cnil", "sncf", "marseille", "dupont", "lyon", "albert"):
        assert name not in why.lower(), why
    for order in ORDERS:
        assert order not in why.lower(), why
    for figure in FIGURES:
        if figure.isascii() or figure in ("la moitié", "quarante", "un dixième"):
            here = re.search(rf"\b{re.escape(figure.lower())}(?!\w)", why.lower())
            assert not here or figure.lower() in own.lower(), why


def test_eight_thousand_replies_show_nothing_that_is_not_the_booklet_s(
    searcher: Searcher, near: Answer
) -> None:
    draw = random.Random(20_140_619)  # noqa: S311
    first = searcher.ask(QUESTION)
    ids = [practice.id for practice in searcher.index.practices]
    lines = [passage.id for passage in searcher.index.passages if passage.section]
    # What is offered to all of them is the same: it is asked for once.
    fixed = fixed_to(searcher, near)
    shown = used = 0
    for _ in range(GENERATED):
        answer = read(fixed, first, made(draw, ids, lines))
        shown += assert_sound(searcher, answer)
        used += answer.reader is not None and answer.reader.used
    assert used > GENERATED / 2
    assert shown > 500  # those that add nothing are shown


class _Fixed:
    """A searcher whose answer is known: reading alone is tried."""

    def __init__(self, searcher: Searcher, near: Answer) -> None:
        self._searcher, self._near = searcher, near

    def __getattr__(self, name: str) -> Any:
        return getattr(self._searcher, name)

    def ask(self, *_: object, **__: object) -> Answer:
        return self._near


def fixed_to(searcher: Searcher, near: Answer) -> Any:
    return _Fixed(searcher, near)


WORDS = st.text(max_size=60) | st.sampled_from([*TRUE, *NAMES, *FIGURES, *ORDERS, *MARKS])
IDS = st.sampled_from(["carnet-p1", "carnet-p2", "carnet-p3", "notes-p1", "p99", "carnet-p2/x"])
POINTED = st.fixed_dictionaries(
    {
        "practice": IDS | st.text(max_size=20),
        "grade": st.integers(0, 3) | st.none(),
        "lines": st.lists(
            st.sampled_from(["conseils/1", "carnet-p1/conseils/2", "steps/3"])
            | st.text(max_size=9),
            max_size=4,
        ),
        "why": st.lists(WORDS, max_size=4).map(" ".join),
    }
)
REPLIES = st.fixed_dictionaries(
    {
        "verdict": st.sampled_from(["answers", "partly", "nothing"]) | st.text(max_size=9),
        "probability": st.floats(0, 1) | st.floats(),
        "practices": st.lists(POINTED, max_size=4),
    }
)


@pytest.fixture(scope="module")
def near(searcher: Searcher) -> Answer:
    return searcher.ask(QUESTION, top=20)


@settings(max_examples=EXAMPLES)
@given(reply=REPLIES.map(json.dumps) | st.text(max_size=200))
def test_two_thousand_more_by_hypothesis(searcher: Searcher, near: Answer, reply: str) -> None:
    assert_sound(searcher, read(fixed_to(searcher, near), near, reply))
