"""A practice as an answer: what it brought, its advice in order, what to know, why it is here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import streamlit as st

from recueil_app.page import Page
from recueil_app.render import html
from recueil_app.views.feedback import hit_feedback
from recueil_qa import Answer, Citation, Practice
from recueil_qa.types import Card, Line

ALSO = 2  # neighbours of the first practice, under the cards
CANDIDATES = 12  # for these: some are cards already, others may not pass the filters


@dataclass(frozen=True, slots=True)
class Run:
    """Lines that follow each other at one `depth`, below the `leads` that they are the first to
    need, each with its own depth."""

    leads: tuple[tuple[int, Line], ...]
    depth: int
    lines: tuple[Citation, ...]


def show_direct(page: Page, answer: Answer, line: Citation) -> None:
    """Show the one line that answers, with its place."""
    practice = page.assistant.practice(line.practice)
    with st.container(key="direct"):
        html(
            "direct",
            t=page.t,
            page=page,
            line=line,
            heading=page.heading(practice, line.section, line.heading),
            book=page.titles.get(practice.collection, ""),
            corpus_language=page.language(practice),
            foreign=page.foreign(practice, answer.language),
        )


def show_card(page: Page, answer: Answer, card: Card) -> None:
    """Show a practice, with the buttons that keep and judge it."""
    practice = card.practice
    language = page.language(practice)
    reason = card.reason.text if card.reason else ""
    whole = page.route.href(practice=practice.id, line="")
    with st.container(border=True, key=f"card-{practice.id}"):
        html(
            "card",
            t=page.t,
            page=page,
            answer=answer,
            card=card,
            practice=practice,
            whole=whole,
            advice=[
                (_heading(page, practice, lines[0]), runs(lines))
                for lines in _by_section(card.advice)
            ],
            result_heading=_brought(page, card.result),
            besides=[(_heading(page, practice, line), line) for line in card.besides],
            why=_heading(page, practice, card.reason) if card.reason else ("", ""),
            pieces=page.assistant.mark(answer.understood or answer.question, reason, language),
            count=len(card.advice) + card.left_out,
            corpus_language=language,
            titles=page.titles,
        )
        with st.container(horizontal=True, key=f"under-{practice.id}", vertical_alignment="center"):
            html("whole", t=page.t, href=whole, title=practice.title)
            page.keep_button(practice.id, "hit", practice=True, quiet=True)
            hit_feedback(page, answer, practice.id)


def show_also(page: Page, cards: Sequence[Card]) -> None:
    """Show two neighbours of the first practice under the filters: not its cards, if possible."""
    if not cards:
        return
    shown = {card.practice.id for card in cards}
    accepts = page.route.filters.accepts
    similar = page.assistant.similar(cards[0].practice.id, CANDIDATES)
    near = [each for each in similar if accepts(each.practice)]
    others = sorted(near, key=lambda neighbour: neighbour.practice.id in shown)[:ALSO]
    if not others:
        return
    html(
        "also",
        t=page.t,
        route=page.route,
        neighbours=[(each, page.language(each.practice)) for each in others],
        titles=page.titles,
    )


def runs(lines: Sequence[Citation]) -> tuple[Run, ...]:
    """Return lines of one section in runs: what governs several of them stands once, above."""
    found: list[Run] = []
    above: tuple[int, ...] = ()  # the lines that what comes next may be read under
    for line in lines:
        numbers = tuple(lead.number for lead in line.lead_ins)
        known = _common(above, numbers)
        leads = tuple(enumerate(line.lead_ins))[known:]
        if found and not leads and found[-1].depth == len(numbers):
            found[-1] = Run(found[-1].leads, found[-1].depth, (*found[-1].lines, line))
        else:
            found.append(Run(leads, len(numbers), (line,)))
        above = (*numbers, line.line)
    return tuple(found)


def _common(left: Sequence[int], right: Sequence[int]) -> int:
    """Return how many numbers two sequences begin with alike."""
    differ = (i for i, (one, other) in enumerate(zip(left, right, strict=False)) if one != other)
    return next(differ, min(len(left), len(right)))


def _by_section(lines: Sequence[Citation]) -> list[tuple[Citation, ...]]:
    return [tuple(group) for _, group in groupby(lines, key=lambda line: line.section)]


def _brought(page: Page, result: Citation | None) -> tuple[str, str]:
    """Return what to call a result, and its language: where it is only expected, as its source."""
    if result is None:
        return "", ""
    practice = page.assistant.practice(result.practice)
    section = next(s for s in page.collection(practice).sections if s.name == result.section)
    if result.heading in (section.fr, section.en):
        return page.t["brought"], page.t.language
    return result.heading, page.language(practice)


def _heading(page: Page, practice: Practice, line: Citation) -> tuple[str, str]:
    return page.heading(practice, line.section, line.heading)
