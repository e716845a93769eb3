"""What governs a line: the lines above it without which it may say the contrary.

    À éviter :
    - relancer le dimanche

An item is governed by the nearest line above it that is less deep, that one by its own; any line by
one of its own depth that ends with a colon and announces those below it, up to the next such one. A
paragraph that ends as a sentence does governs no item. A heading within the section governs all
that stands below it, up to the next one.
"""

from __future__ import annotations

from collections.abc import Sequence

from recueil_qa.types import Line, Section

HEAD_WORDS = 4  # of a line that heads items without a colon ("Proximité et instantanéité")
_ENDS = (".", ";")  # of a sentence, which announces nothing; « À éviter ! » does


def lead_ins(section: Section, number: int) -> tuple[Line, ...]:
    """Return the lines that govern a line of a section, by its number, the outermost first.

    No line of that number, or none that governs it: an empty tuple.
    """
    place = next((i for i, line in enumerate(section.lines) if line.number == number), None)
    if place is None:
        return ()
    found: list[Line] = []
    while (place := governor(section.lines, place)) is not None:
        found.insert(0, section.lines[place])
    return tuple(found)


def governor(lines: Sequence[Line], place: int) -> int | None:
    """Return the place of the line that governs the one at `place`, or None."""
    line = lines[place]
    if line.heading:
        return None
    heading = next((i for i in range(place - 1, -1, -1) if lines[i].heading), -1)
    found = _governor(lines, place, heading)
    return found if found is not None or heading < 0 else heading


def _governor(lines: Sequence[Line], place: int, heading: int) -> int | None:
    """Return what governs a line among those below the heading that it stands under."""
    line = lines[place]
    above = range(place - 1, heading, -1) if line.depth else ()
    parent = next((i for i in above if lines[i].depth < line.depth), heading)
    siblings = (i for i in range(place - 1, parent, -1) if lines[i].depth == line.depth)
    nearest = None if announces(line) else next((i for i in siblings if announces(lines[i])), None)
    # Of deeper lines below it, it announces these alone.
    if nearest is not None and lines[nearest + 1].depth == line.depth:
        return nearest
    if parent <= heading or (not lines[parent].depth and lines[parent].text.endswith(_ENDS)):
        return None
    return parent


def announces(line: Line) -> bool:
    """Return whether a line only announces the next ones, as its colon says."""
    return line.heading or line.text.endswith(":")


def labels(section: Section) -> frozenset[int]:
    """Return the numbers of the lines that say nothing alone: they announce or head others."""
    lines = section.lines
    governors = {governor(lines, place) for place in range(len(lines))}
    heads = (i for i in governors if i is not None and len(lines[i].text.split()) <= HEAD_WORDS)
    return frozenset(lines[i].number for i in heads) | frozenset(
        line.number for line in lines if announces(line)
    )
