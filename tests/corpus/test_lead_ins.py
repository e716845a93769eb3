"""An item keeps the lines without which it would say the contrary."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recueil_qa.corpus.lead_ins import HEAD_WORDS, announces, governor, labels, lead_ins
from recueil_qa.types import Line, Section

repeatable = settings(max_examples=200, deadline=None, derandomize=True)

INDENT = 2


def section(text: str) -> Section:
    """Return a section as a practice's file writes it: `- ` and two spaces a level."""
    lines = []
    for number, row in enumerate(filter(str.strip, text.split("\n")), 1):
        bare = row.lstrip()
        depth = (len(row) - len(bare)) // INDENT + 1 if bare.startswith("- ") else 0
        lines.append(Line(number, bare.removeprefix("- ").strip(), depth))
    return Section("conseils", "Conseils", tuple(lines))


def told(text: str, number: int) -> list[str]:
    return [line.text for line in lead_ins(section(text), number)]


NEGATIVES = ("À éviter :", "Ne jamais :", "Ne pas :", "Never:", "Do not:", "À proscrire !",
             "Ce qu'il ne faut surtout pas faire", "Que faut-il éviter ?", "Sauf…")  # fmt: skip


@pytest.mark.parametrize("negative", NEGATIVES)
def test_a_negative_line_governs_every_item_of_its_list(negative: str) -> None:
    text = (
        f"Écrire simplement.\n{negative}\n- relancer le dimanche\n- crier\n  - au guichet\n- fuir"
    )
    assert told(text, 1) == []
    assert told(text, 2) == []
    for number in (3, 4, 6):
        assert told(text, number) == [negative]
    assert told(text, 5) == [negative, "crier"]


@pytest.mark.parametrize("negative", ["À éviter :", "Ne jamais :", "Never:", "Do not:"])
def test_a_negative_item_governs_what_is_below_it(negative: str) -> None:
    text = f"- Rappeler\n- {negative}\n  - relancer\n  - crier\n    - au guichet\n- Écouter"
    assert [told(text, number) for number in range(1, 7)] == [
        [], [], [negative], [negative], [negative, "crier"], [],
    ]  # fmt: skip


@pytest.mark.parametrize("negative", ["À éviter :", "Ne jamais :", "Never:", "Do not:"])
def test_a_negative_item_governs_its_list_where_this_was_typed_flat(negative: str) -> None:
    text = f"Au guichet :\n- Rappeler\n- {negative}\n- relancer\n- crier\n  - fort"
    assert told(text, 2) == ["Au guichet :"]
    assert told(text, 3) == ["Au guichet :"]
    assert told(text, 4) == told(text, 5) == ["Au guichet :", negative]
    assert told(text, 6) == ["Au guichet :", negative, "crier"]


def test_items_below_an_item_that_has_its_own_are_not_its_siblings() -> None:
    text = "- À éviter :\n  - crier\n- Écouter"
    assert told(text, 2) == ["À éviter :"]
    assert told(text, 3) == []


def test_plain_lines_are_governed_by_the_line_that_announces_them() -> None:
    text = "Ne jamais :\nraccrocher\npromettre une date\n- le lundi\nToujours :\nrappeler"
    assert told(text, 2) == told(text, 3) == ["Ne jamais :"]
    assert told(text, 4) == ["Ne jamais :", "promettre une date"]
    assert told(text, 5) == []
    assert told(text, 6) == ["Toujours :"]


def test_a_plain_line_below_the_items_that_were_announced_stands_alone() -> None:
    text = "À éviter :\n- crier\nLe reste est permis."
    assert told(text, 3) == []


@pytest.mark.parametrize("end", [".", ";"])
def test_a_paragraph_that_ends_as_a_sentence_governs_no_item(end: str) -> None:
    assert told(f"Les agents ont été formés en deux jours{end}\n- Rappeler", 2) == []
    assert told("Proximité et instantanéité\n- Rappeler", 2) == ["Proximité et instantanéité"]


def test_a_line_that_is_not_there_has_no_lead_ins() -> None:
    assert told("À éviter :\n- crier", 7) == []
    assert lead_ins(Section("vide", "Vide", ()), 1) == ()


def test_lines_that_announce_or_head_others_say_nothing_alone() -> None:
    text = (
        "À éviter :\n- crier\nProximité et écoute\n- rappeler\n"
        "Un paragraphe assez long pour être lu seul\n- relire"
    )
    assert labels(section(text)) == {1, 3}
    assert labels(Section("vide", "Vide", ())) == frozenset()


TEXTS = st.sampled_from(
    ["À éviter :", "Never:", "relancer le dimanche", "Écouter.", "Accueil", "Une idée de plus !",
     "un paragraphe qui ne finit pas", "Fin ;"]
)  # fmt: skip
SECTIONS = st.lists(st.tuples(TEXTS, st.integers(0, 3)), max_size=12).map(
    lambda rows: Section(
        "s", "S", tuple(Line(3 * i + 2, text, depth) for i, (text, depth) in enumerate(rows))
    )
)


@repeatable
@given(SECTIONS)
def test_a_chain_climbs_to_lines_that_stand_above(found: Section) -> None:
    for line in found.lines:
        chain = [*lead_ins(found, line.number), line]
        for upper, lower in pairwise(chain):
            assert upper.number < lower.number
            assert upper.depth < lower.depth or (upper.depth == lower.depth and announces(upper))


@repeatable
@given(SECTIONS)
def test_lead_ins_of_a_lead_in_are_the_ones_before_it(found: Section) -> None:
    for line in found.lines:
        chain = lead_ins(found, line.number)
        for place, upper in enumerate(chain):
            assert lead_ins(found, upper.number) == chain[:place]


@repeatable
@given(SECTIONS)
def test_an_item_right_below_what_announces_it_is_governed(found: Section) -> None:
    for place, (upper, lower) in enumerate(pairwise(found.lines)):
        if announces(upper) and upper.depth < lower.depth:
            assert governor(found.lines, place + 1) == place
        if announces(upper) and upper.depth == lower.depth and not announces(lower):
            assert governor(found.lines, place + 1) == place


@repeatable
@given(SECTIONS)
def test_labels_are_lines_that_announce_or_short_ones_that_govern(found: Section) -> None:
    governing = {line.number for each in found.lines for line in lead_ins(found, each.number)}
    for line in found.lines:
        short = len(line.text.split()) <= HEAD_WORDS
        expected = announces(line) or (short and line.number in governing)
        assert (line.number in labels(found)) == expected


def test_a_heading_governs_all_below_it_and_is_never_said_alone() -> None:
    found = Section(
        "conseils",
        "Conseils",
        (
            Line(1, "Avant tout :"),
            Line(2, "Le tri ouvert", heading=True),
            Line(3, "Deux personnes suffisent."),
            Line(4, "un paquet", 1),
            Line(5, "une table", 1),
            Line(6, "Puis on range."),
            Line(7, "Le tri fermé", heading=True),
            Line(8, "un paquet", 1),
        ),
    )
    leads = {
        line.number: [one.number for one in lead_ins(found, line.number)] for line in found.lines
    }
    assert leads == {1: [], 2: [], 3: [2], 4: [2], 5: [2], 6: [2], 7: [], 8: [7]}
    assert labels(found) == {1, 2, 7}
