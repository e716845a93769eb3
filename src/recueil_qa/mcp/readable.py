"""Results as text that a language model reads: quotations whole, with their ids and places.

A refusal says in words that nothing answers: a model takes an empty list for leave to invent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from recueil_qa.messages import Text
from recueil_qa.types import (
    Answer,
    Band,
    Card,
    Citation,
    Neighbour,
    Practice,
    band_words,
)

NOTHING = Text(
    "Rien dans les recueils ne répond à cette question. N'inventez pas de réponse et ne citez "
    "aucune pratique comme si elle y répondait : dites que le recueil n'en dit rien.",
    "Nothing in the collections answers this question. Do not invent an answer, and quote no "
    "practice as if it answered: say that the collection does not say.",
)
LEADS = Text(
    "Ce sont des pistes, sans certitude : présentez-les comme telles.",
    "These are leads, without certainty: present them as such.",
)
NEAREST = Text(
    "Ce qui s'en approche le plus, sans y répondre : ",
    "What comes nearest, and does not answer: ",
)
QUOTED = Text(
    "Les lignes entre « » sont citées mot pour mot ; ne les modifiez pas.",
    "Lines between « » are quoted word for word; do not alter them.",
)
OTHERS = Text("Autres pistes, sans certitude :", "More leads, without certainty:")
RESULT = Text("Ce que cela a donné", "What it brought")
BESIDES = Text("À savoir aussi", "To know besides")


def answer_text(answer: Answer, language: str, titles: Mapping[str, str]) -> str:
    """Return an answer: its band, the direct line, a card a practice; or the refusal.

    `titles` are of the collections by id, where there are several.
    """
    return "\n".join(_answer(answer, language, titles)).strip()


def _answer(answer: Answer, language: str, titles: Mapping[str, str]) -> Iterator[str]:
    if answer.band is Band.NOTHING:
        yield NOTHING.to(language)
        if answer.nearest:
            named = (_named(practice, titles) for practice in answer.nearest)
            yield NEAREST.to(language) + "; ".join(named)
        return
    yield f"{band_words(answer.band, answer.answering, language, several=bool(titles))}."
    if answer.band is Band.LEADS:
        yield LEADS.to(language)
    yield QUOTED.to(language)
    if answer.direct:
        yield ""
        yield f"→ {_quoted(answer.direct)} — {answer.direct.title} [{answer.direct.passage}]"
    for place, card in enumerate(answer.cards):
        if place == answer.answering and answer.band is Band.ANSWERS:
            yield ""
            yield OTHERS.to(language)
        yield ""
        yield from _card(card, language, titles)


def _card(card: Card, language: str, titles: Mapping[str, str]) -> Iterator[str]:
    yield f"{card.rank}. {_named(card.practice, titles)}"
    for block in card.order:
        if block == "result" and card.result:
            yield from _lines(f"{RESULT.to(language)} ({card.result.heading})", (card.result,), ())
        if block == "advice" and card.advice:
            yield from _lines(card.advice[0].heading, card.advice, card.set_off)
        if block == "besides" and card.besides:
            told = f"{BESIDES.to(language)} ({card.besides[0].heading})"
            yield from _lines(told, card.besides, [line.passage for line in card.besides])


def _lines(heading: str, lines: Sequence[Citation], set_off: Sequence[str]) -> Iterator[str]:
    yield f"   {heading}"
    for line in lines:
        mark = "→" if line.passage in set_off else "-"
        yield f"   {mark} {_quoted(line)} [{line.passage}]"


def _quoted(line: Citation) -> str:
    """Return a line after those that govern it: « À éviter : » changes what it says."""
    return " ".join(f"« {each} »" for each in (*(one.text for one in line.lead_ins), line.text))


def _named(practice: Practice, titles: Mapping[str, str]) -> str:
    page = f"p. {practice.page}" if practice.page is not None else ""
    told = ", ".join(filter(None, (practice.organisation, page, titles.get(practice.collection))))
    return (
        f"{practice.title} ({told}) [{practice.id}]"
        if told
        else f"{practice.title} [{practice.id}]"
    )


def practice_text(practice: Practice) -> str:
    """Return a practice, whole and word for word."""
    told = filter(None, (practice.title, practice.subtitle, practice.organisation, practice.source))
    out = [*told]
    for section in practice.sections:
        out += ["", section.heading]
        out += [f"{'  ' * max(line.depth - 1, 0)}- {line.text}" if line.depth else line.text
                for line in section.lines]  # fmt: skip
    return "\n".join(out)


def similar_text(
    practice: Practice,
    neighbours: Sequence[Neighbour],
    language: str,
    titles: Mapping[str, str],
) -> str:
    """Return the neighbours of a practice, with the lines that make them alike."""
    head = Text("Pratiques proches de {}", "Practices similar to {}").format(
        _named(practice, titles)
    )
    out = [head.to(language)]
    for neighbour in neighbours:
        out += ["", f"- {_named(neighbour.practice, titles)}"]
        for pair in neighbour.pairs:
            out.append(f"    {_quoted(pair.left)} ~ {_quoted(pair.right)}")
    return "\n".join(out)
