from __future__ import annotations

import pytest

from recueil_qa.corpus.fragments import LEAST, fragments, is_markup, is_sentence
from recueil_qa.types import Line, Practice, Section

ADVICE = frozenset({"steps"})


def practice(*lines: Line, section: str = "steps") -> Practice:
    return Practice("guide-p1", "guide", "Queues", (Section(section, "Steps", lines),))


@pytest.mark.parametrize(
    "text",
    [
        '<a href="x">Call back</a>',
        "See [the note](note.md) first.",
        "{{ site.title }}",
        "{% include card.html %}",
        "## Steps",
        "| day | calls |",
        "Black &amp; white",
        "https://example.invalid/a",
        "***",
    ],
)
def test_marks_of_a_format_are_no_quotation(text: str) -> None:
    assert is_markup(text)


@pytest.mark.parametrize(
    "text", ["Call back **within** a day.", "Below 5 < 6 calls", "[sic] as said", "R&D and more"]
)
def test_text_is_no_markup(text: str) -> None:
    assert not is_markup(text)


def test_a_sentence_ends_as_one() -> None:
    assert all(map(is_sentence, ["Call back.", "« Rappeler ! »", "Who calls? ", "(Call **now.**)"]))
    assert not any(map(is_sentence, ["Call back", "Before calling:", ""]))


def whole(count: int) -> list[Line]:
    return [Line(n, "Call people back within a day.") for n in range(1, count + 1)]


def test_where_lines_are_sentences_others_are_fragments() -> None:
    lines = [*whole(LEAST), Line(LEAST + 1, "Useful links"), Line(LEAST + 2, "An item", depth=1)]
    assert fragments([practice(*lines)], ADVICE) == {f"guide-p1/steps/{LEAST + 1}"}
    # An item says something alone under a heading that is advice, and not elsewhere.
    elsewhere = fragments([practice(*lines, section="links")], ADVICE)
    assert elsewhere == {f"guide-p1/links/{LEAST + n}" for n in (1, 2)}


def test_where_lines_end_without_a_stop_a_line_is_a_line() -> None:
    lines = [Line(n, f"Rappeler les usagers {n}") for n in range(1, LEAST + 5)]
    assert fragments([practice(*lines)], ADVICE) == frozenset()


def test_few_lines_do_not_tell_how_a_collection_is_written() -> None:
    lines = [*whole(LEAST - 2), Line(LEAST, "Useful links")]
    assert fragments([practice(*lines)], ADVICE) == frozenset()


@pytest.mark.parametrize(
    ("announced", "told"),
    [
        ("Ask why five times. See example below:", True),
        ("Voyez l'exemple suivant :", True),
        ("Exemple :", True),
        ("Ask open questions, for example:", False),
        ("Rappeler les usagers, par exemple :", False),
        ("Show an example. Then ask:", False),
    ],
)
def test_items_of_an_example_are_no_advice(announced: str, told: bool) -> None:
    lines = (
        Line(1, announced),
        Line(2, "Why? The lift was out of order.", depth=1),
        Line(3, "Then mend the cause, not the lift."),
    )
    assert fragments([practice(*lines)], ADVICE) == ({"guide-p1/steps/2"} if told else frozenset())


def test_what_stands_below_the_heading_of_an_example_is_no_advice() -> None:
    lines = (
        Line(1, "Call people back."),
        Line(2, "Example from the counter", heading=True),
        Line(3, "At the counter of Ashby, calls were halved."),
        Line(4, "In practice", heading=True),
        Line(5, "Call within a day."),
    )
    assert fragments([practice(*lines)], ADVICE) == {"guide-p1/steps/3"}


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("Indicateur : Attente ; Avant : 32 min ; Après : 14 min", True),
        ("Measure: Calls; Before: 120; After: 80", True),
        ("Étape : Rappeler ; Qui : l'accueil ; Quand : la veille", False),
        ("Relancer : par SMS ; le lundi : avant 9 h", False),
    ],
)
def test_a_row_of_figures_is_no_advice(row: str, told: bool) -> None:
    lines = (Line(1, row, depth=1),)
    assert fragments([practice(*lines)], ADVICE) == ({"guide-p1/steps/1"} if told else frozenset())
    assert not fragments([practice(*lines, section="results")], ADVICE)


def test_a_caption_is_no_advice() -> None:
    lines = (
        Line(1, "Tableau 2 : les appels par semaine"),
        Line(2, "Figure 3.1 – Le hall"),
        Line(3, "Table rase du lundi : rappeler"),
    )
    assert fragments([practice(*lines)], ADVICE) == {"guide-p1/steps/1", "guide-p1/steps/2"}
