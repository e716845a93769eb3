"""What the command line prints. Texts of users and corpora are never read as rich markup."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from recueil_qa.types import Answer, Citation, Neighbour, PassageKind, Practice, PracticeHit

if TYPE_CHECKING:
    from recueil_qa.doctor import Finding
    from recueil_qa.encoder import Progress as ProgressCall
    from recueil_qa.importing import Imported
    from recueil_qa.manifest import Manifest

WORDS: dict[str, tuple[str, str]] = {
    "advice": ("Ce que le recueil conseille", "What the collection advises"),
    "leads": ("Pistes les plus proches", "Nearest leads"),
    "practices": ("Pratiques utiles", "Practices that help"),
    "least": ("Pratiques les moins éloignées", "Closest practices"),
    "none": (
        "Aucune pratique du recueil ne répond à cette question.",
        "No practice of the collection answers this question.",
    ),
    "filtered": (
        "Aucune pratique ne correspond à ces filtres.",
        "No practice matches these filters.",
    ),
    "understood": ("Recherché", "Searched"),
    "other-language": (
        "La question ne semble ni en français ni en anglais ; le résultat peut être moins bon.",
        "The question seems to be neither French nor English; the result may be worse.",
    ),
    "stale": (
        "Le corpus a changé depuis la construction de l'index : recueil-qa build",
        "The corpus has changed since the index was built: recueil-qa build",
    ),
    "confidence": ("confiance", "confidence"),
    "words": ("mots en commun", "words in common"),
    "question": ("question voisine", "similar question"),
    "line": ("passage voisin", "similar passage"),
    "title": ("titre", "title"),
    "page": ("p.", "p."),
    "contacts": ("Coordonnées de 2014", "2014 contacts"),
    "theme": ("même thème", "same theme"),
    "organisation": ("même organisation", "same organisation"),
    "alike": ("lignes proches", "lines alike"),
    "neighbours": ("Pratiques proches de", "Practices like"),
    "up_to_date": ("L'index est à jour.", "The index is up to date."),
    "built": ("Index construit.", "Index built."),
    "build": ("Encodage des passages", "Encoding the passages"),
    "run": ("Questions", "Queries"),
    "evaluate": ("Évaluation", "Evaluation"),
    "written": ("lignes écrites dans", "rows written to"),
    "remainder": ("lignes hors des pratiques", "lines outside of the practices"),
    "imported": ("pratiques écrites dans", "practices written to"),
}


class Words:
    """The words of one language."""

    def __init__(self, language: str) -> None:
        self._at = 0 if language == "fr" else 1

    def __getitem__(self, key: str) -> str:
        return WORDS[key][self._at]


PIPE_WIDTH = 10_000  # a line in a pipe is a line: nothing is wrapped or cut


def out() -> Console:
    return Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)


def indented(text: Text, columns: int) -> Padding:
    return Padding(text, (0, 0, 0, columns), expand=False)


def print_json(value: Any, contacts: bool) -> None:
    """Print one JSON value; contacts only where the settings allow."""

    def plain(item: Any) -> Any:
        if is_dataclass(item) and not isinstance(item, type):
            row = asdict(item)
            if not contacts:
                _drop_contacts(row)
            return row
        if isinstance(item, dict):
            return item
        return [plain(part) for part in item]

    unicode = "utf" in (sys.stdout.encoding or "").lower()
    print(json.dumps(plain(value), ensure_ascii=not unicode, indent=2))


def _drop_contacts(value: Any) -> None:
    if isinstance(value, dict):
        value.pop("contacts", None)
        for part in value.values():
            _drop_contacts(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            _drop_contacts(part)


def print_answer(answer: Answer, language: str, stale: bool) -> None:
    words = Words(language)
    console = out()
    if stale:
        print(words["stale"], file=sys.stderr)
    if answer.understood:
        console.print(Text(f"{words['understood']} : {answer.understood}", "dim"))
    if "other-language" in answer.notices:
        console.print(Text(words["other-language"], "yellow"))
    if not answer.hits:
        console.print(Text(words["filtered"], "bold yellow"))
        return
    if answer.abstained:
        console.print(Text(words["none"], "bold yellow"))
    title = words["leads"] if answer.abstained else words["advice"]
    console.print(
        Text.assemble(
            (title, "bold"), (f"  ({words['confidence']} {answer.confidence:.0%})", "dim")
        )
    )
    for line in answer.to_read(3 if answer.abstained else 6):
        _print_citation(console, line, words)
    console.print()
    console.print(Text(words["least"] if answer.abstained else words["practices"], "bold"))
    print_hits(answer.hits[: 3 if answer.abstained else None], language)


def _print_citation(console: Console, line: Citation, words: Words) -> None:
    console.print(indented(Text(f"« {line.text} »"), 2))
    console.print(indented(Text(f"— {line.title}, {_place(line, words)}", "dim"), 4))


def _place(line: Citation, words: Words) -> str:
    page = f", {words['page']} {line.page}" if line.page is not None else ""
    where = f"{line.organisation}, " if line.organisation else ""
    return f"{where}{line.heading}, l. {line.line}{page} [{line.practice}]"


def print_hits(hits: Sequence[PracticeHit], language: str) -> None:
    words = Words(language)
    console = out()
    for hit in hits:
        head = Text.assemble((f"{hit.rank}. {hit.practice.title}", "bold"))
        head.append(f"  {hit.practice.organisation}  [{hit.practice.id}]", "dim")
        console.print(head)
        for evidence in hit.evidence[:2]:
            kind = {PassageKind.QUESTION: "question", PassageKind.TITLE: "title"}
            label = words[kind.get(evidence.passage.kind, "line")]
            text = f"{label} : {evidence.passage.text} ({evidence.similarity:.2f})"
            console.print(indented(Text(text, "dim"), 3))
        if hit.words:
            matched = f"{words['words']} : {', '.join(hit.words)}"
            console.print(indented(Text(matched, "dim"), 3))


def print_practice(practice: Practice, language: str, contacts: bool) -> None:
    words = Words(language)
    console = out()
    console.print(Text(practice.title, "bold"))
    if practice.subtitle:
        console.print(Text(practice.subtitle, "italic"))
    page = f"{words['page']} {practice.page}" if practice.page is not None else ""
    facts = (practice.organisation, practice.part, practice.theme, practice.sector, page)
    console.print(Text(" · ".join(filter(None, facts)) + f"  [{practice.id}]", "dim"))
    for section in practice.sections:
        console.print()
        console.print(Text(section.heading, "bold cyan"))
        for line in section.lines:
            mark = "  " * line.depth + "• " if line.depth else ""
            console.print(indented(Text(mark + line.text), 2))
    if contacts and practice.contacts:
        console.print()
        console.print(Text(words["contacts"], "bold cyan"))
        for contact in practice.contacts:
            console.print(indented(Text(contact), 2))


def print_neighbours(practice: Practice, found: Sequence[Neighbour], language: str) -> None:
    words = Words(language)
    console = out()
    console.print(Text(f"{words['neighbours']} « {practice.title} »", "bold"))
    for neighbour in found:
        other = neighbour.practice
        head = Text.assemble((other.title, "bold"))
        head.append(f"  {other.organisation}  [{other.id}]  {neighbour.score:.2f}", "dim")
        console.print(head)
        reasons = [words["theme"]] * neighbour.same_theme
        reasons += [words["organisation"]] * neighbour.same_organisation
        if reasons:
            console.print(indented(Text(", ".join(reasons), "dim"), 3))
        for pair in neighbour.pairs[:1]:
            text = f"{words['alike']} : « {pair.left.text} » / « {pair.right.text} »"
            console.print(indented(Text(text, "dim"), 3))


def print_list(practices: Sequence[Practice], language: str) -> None:
    console = out()
    table = Table(box=None, pad_edge=False)
    headers = {
        "fr": ("Id", "Titre", "Organisation", "Thème"),
        "en": ("Id", "Title", "Organisation", "Theme"),
    }
    for header in headers["fr" if language == "fr" else "en"]:
        table.add_column(header, overflow="fold")
    for practice in practices:
        cells = (practice.id, practice.title, practice.organisation, practice.theme)
        table.add_row(*map(Text, cells))
    console.print(table)


@contextmanager
def progress(language: str, key: str) -> Iterator[ProgressCall]:
    """Show a bar with the time left on a terminal; nothing in a pipe."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal
    ) as bar:

        def update(done: int, total: int) -> None:
            # Nothing to show until there is something to do.
            if not bar.task_ids:
                bar.add_task(Words(language)[key])
            bar.update(bar.task_ids[0], completed=done, total=total)

        yield update


def print_build(folder: Path, contract: Manifest, language: str, up_to_date: bool) -> None:
    words = Words(language)
    table = Table(box=None, show_header=False, pad_edge=False)
    rows = {"index": folder, "encoder": contract.encoder, "corpus": contract.corpus[:16]}
    for key, value in (rows | contract.counts).items():
        table.add_row(key, Text(str(value)))
    console = out()
    console.print(Text(words["up_to_date"] if up_to_date else words["built"], "bold green"))
    console.print(table)


def print_import(imported: Imported, language: str) -> None:
    words = Words(language)
    console = out()
    booklet = imported.booklet
    console.print(Text(f"{len(booklet.practices)} {words['imported']} {imported.folder}"))
    console.print(Text(f"{len(booklet.remainder)} {words['remainder']} :"))
    for number, text in booklet.remainder.items():
        console.print(Text(f"  {number}: {text}", "dim"))


def print_done(count: int, output: Path, language: str) -> None:
    out().print(Text(f"{count} {Words(language)['written']} {output}"))


def print_findings(findings: Sequence[Finding], language: str) -> None:
    console = out()
    style = {"ok": "green", "warning": "yellow", "error": "red"}
    for finding in findings:
        text = finding.fr if language == "fr" else finding.en
        console.print(
            Text.assemble((f"{finding.severity:8}", style[finding.severity]), finding.check, ": ")
            + Text(text)
        )
