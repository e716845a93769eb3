"""An answer on a terminal: its band, the line that answers, a card a practice."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from recueil_qa.cli.printing import Words, added_text, indented, out
from recueil_qa.types import Answer, Band, Block, Card, Citation, Line, Practice, band_words

if TYPE_CHECKING:
    from recueil_qa.index.catalogue import Catalogue

NOTICES = ("other-language", "negation", "no-fact")


def print_answer(answer: Answer, titles: Mapping[str, str], language: str, stale: bool) -> None:
    """Print an answer; `titles` are of the collections by id, where there are several."""
    words = Words(language)
    console = out()
    if stale:
        print(words["stale"], file=sys.stderr)
    if answer.filtered:
        console.print(Text(words["scope"].format(", ".join(answer.filtered)), "dim"))
    if answer.understood:
        console.print(Text(f"{words['understood']} : {answer.understood}", "dim"))
    for notice in (each for each in answer.notices if each in NOTICES):
        console.print(Text(words[notice], "yellow"))
    if not answer.hits:
        console.print(Text(words["filtered"], "bold yellow"))
        return
    sentence = band_words(answer.band, answer.answering, language, several=bool(titles))
    # A percentage would be read as more than a regression knows: it stands aside.
    sure = f"  ({words['probability'].format(answer.percent)})"
    console.print(Text.assemble((sentence, "bold"), (sure, "dim")))
    if len(answer.by_collection) > 1:
        told = ", ".join(f"{name} ({count})" for name, count in answer.by_collection.items())
        console.print(Text(words["by_collection"].format(told), "dim"))
    if answer.reader and answer.reader.used:
        console.print(Text(words["read"].format(answer.reader.model), "dim"))
    if answer.direct:
        books = {hit.practice.id: titles.get(hit.practice.collection, "") for hit in answer.hits}
        _print_direct(console, answer.direct, books.get(answer.direct.practice, ""), words)
    for place, card in enumerate(answer.cards):
        console.print()
        if answer.band is Band.ANSWERS and place == answer.answering:
            console.print(Text(words["leads"], "bold"))
            console.print()
        _print_card(console, card, titles, words)
    if answer.nearest:
        console.print(words["reword"])
        console.print()
        console.print(Text(words["nearest"], "bold"))
        for practice in answer.nearest:
            console.print(indented(_head(practice, titles, words), 2))


def titles_told(catalogue: Catalogue, answer: Answer, language: str) -> dict[str, str]:
    """Return the titles of several collections by id; of one in another language, with it."""
    words = Words(language)
    asked = answer.language if answer.language in ("fr", "en") else language
    languages = {info.id: info.language for info in catalogue.collections}
    return {
        name: title if languages[name] == asked else f"{title} ({words[f'in_{languages[name]}']})"
        for name, title in catalogue.titles.items()
    }


def _print_direct(console: Console, line: Citation, book: str, words: Words) -> None:
    page = f"{words['page']} {line.page}" if line.page is not None else ""
    place = (line.title, line.organisation, line.heading, f"l. {line.line}", page)
    told = ", ".join(filter(None, (*place, added_text(line.source, words), book)))
    _print_lines(console, (line,), (line.passage,))
    console.print(indented(Text(f"— {told} [{line.practice}]", "dim"), 7))


def _head(practice: Practice, titles: Mapping[str, str], words: Words) -> Text:
    page = f"{words['page']} {practice.page}" if practice.page is not None else ""
    book, source = titles.get(practice.collection, ""), added_text(practice.source, words)
    told = filter(None, (practice.organisation, practice.theme, page, source, book))
    return Text.assemble(practice.title, (f"  {' · '.join(told)}  [{practice.id}]", "dim"))


def _print_card(console: Console, card: Card, titles: Mapping[str, str], words: Words) -> None:
    """Print a practice: what it brought, its advice with what answers set off, why it is here."""
    head = _head(card.practice, titles, words)
    head.stylize("bold", 0, len(card.practice.title))
    console.print(Text(f"{card.rank}. ", "bold") + head)
    if card.practice.subtitle:
        console.print(indented(Text(card.practice.subtitle, "italic"), 3))
    if card.why:
        # No quotation, and not like one.
        console.print(indented(Text(f"{words['model']} : {card.why}", "italic dim"), 3))
    for block in card.order:
        _print_block(console, card, block, words)
    if card.reason:
        _print_part(console, words["why"], (card.reason,))
        if card.words:
            shared = f"{words['words']} : {', '.join(card.words)}"
            console.print(indented(Text(shared, "dim"), 5))


def _print_block(console: Console, card: Card, block: Block, words: Words) -> None:
    if block == "result" and card.result:
        heading = f"{words['result']} ({card.result.heading})"
        _print_part(console, heading, (card.result,))
    if block == "advice" and card.advice:
        for heading, lines in groupby(card.advice, lambda line: line.heading):
            _print_part(console, heading, [*lines], card.set_off)
        if card.left_out:
            whole = words["more"].format(len(card.advice) + card.left_out, card.practice.id)
            console.print(indented(Text(whole, "dim"), 5))
    if block == "besides":
        set_off = [line.passage for line in card.besides]
        # A heading may say the contrary of its lines, as « À éviter » does.
        for name, besides in groupby(card.besides, lambda line: line.heading):
            _print_part(console, f"{words['besides']} ({name})", [*besides], set_off)


def _print_part(
    console: Console, heading: str, lines: Sequence[Citation], set_off: Sequence[str] = ()
) -> None:
    console.print(indented(Text(heading, "cyan"), 3))
    _print_lines(console, lines, set_off)


def _print_lines(console: Console, lines: Sequence[Citation], set_off: Sequence[str] = ()) -> None:
    """Print lines with what governs them, which lines that follow each other share."""
    before: tuple[Line, ...] = ()
    for line in lines:
        for depth, lead_in in enumerate(line.lead_ins):
            if lead_in not in before:
                console.print(indented(Text(f"« {lead_in.text} »"), 5 + 2 * depth))
        before = line.lead_ins
        is_set_off = line.passage in set_off
        text = Text(f"{'→' if is_set_off else '•'} « {line.text} »", "bold" if is_set_off else "")
        text.append(f"  l. {line.line}", "dim not bold")
        console.print(indented(text, 5 + 2 * len(line.lead_ins)))
