"""What the command line prints. Texts of users and corpora are never read as rich markup."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.padding import Padding
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from recueil_qa import wire
from recueil_qa.doctor.finding import Finding
from recueil_qa.messages import REMEDY, table
from recueil_qa.types import Neighbour, PassageKind, Practice, PracticeHit, own_facts

if TYPE_CHECKING:
    from recueil_qa.encoding.encoder import Progress as ProgressCall
    from recueil_qa.index.catalogue import Catalogue
    from recueil_qa.messages import Language

WORDS = table(
    {
        "result": ("Ce que cela a donné", "What it brought"),
        "besides": ("À savoir", "Worth knowing"),
        "why": ("Pourquoi", "Why"),
        "more": ("{} conseils en tout : recueil-qa show {}", "{} in all: recueil-qa show {}"),
        "leads": ("D'autres pistes", "More leads"),
        "nearest": ("Les moins éloignées", "The nearest ones"),
        "reword": (
            "Décrivez le problème plutôt que la solution, ou retirez les filtres.",
            "Describe the problem rather than the solution, or remove the filters.",
        ),
        "negation": (
            "La question exclut ce dont parle la première pratique : vérifiez qu'elle convient.",
            "The question excludes what the first practice is about: check that it suits.",
        ),
        "no-fact": (
            "Le recueil ne semble pas donner cette information précise.",
            "The collection does not seem to hold this very fact.",
        ),
        "by_collection": (
            "Par recueil : {} ; un seul : --collection ID",
            "By collection: {}; of one alone: --collection ID",
        ),
        "in_fr": ("en français", "in French"),
        "in_en": ("en anglais", "in English"),
        "scope": ("Filtré : {} (sinon : --as-typed)", "Filtered: {} (else: --as-typed)"),
        "filtered": (
            "Aucune pratique ne correspond à ces filtres.",
            "No practice matches these filters.",
        ),
        "headers": (
            "Id|Titre|Organisation|Thème|Collection",
            "Id|Title|Organisation|Theme|Collection",
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
        "probability": (
            "probabilité que le recueil réponde : {} %",
            "probability that the collection answers: {} %",
        ),
        "words": ("mots en commun", "words in common"),
        "line": ("passage voisin", "similar passage"),
        "title": ("titre", "title"),
        "page": ("p.", "p."),
        "added": ("texte ajouté : {}", "added text: {}"),
        "contacts": ("Coordonnées", "Contacts"),
        "contacts_of": ("Coordonnées de {}", "{} contacts"),
        "theme": ("même thème", "same theme"),
        "organisation": ("même organisation", "same organisation"),
        "alike": ("lignes proches", "lines alike"),
        "neighbours": ("Pratiques proches de", "Practices like"),
        "build": ("Encodage des passages", "Encoding the passages"),
        "run": ("Questions", "Queries"),
        "evaluate": ("Évaluation", "Evaluation"),
        "drafting": ("Rédaction", "Drafting"),
        "reading": ("Lecture", "Reading"),
        "learn": ("Apprentissage", "Learning"),
        "import": ("Lecture des fichiers", "Reading the files"),
        "read": (
            "Lu et classé par le modèle {} ; ce qui est cité est du recueil, mot pour mot.",
            "Read and ordered by the model {}; what is quoted is the collection's, word for word.",
        ),
        "model": ("Selon le modèle", "The model says"),
        "written": ("lignes écrites dans", "rows written to"),
    }
)


class Words:
    """The words of one language."""

    def __init__(self, language: str) -> None:
        self._language = language

    def __getitem__(self, key: str) -> str:
        return WORDS[key].to(self._language)


PIPE_WIDTH = 10_000  # a line in a pipe is a line: nothing is wrapped or cut


def out() -> Console:
    return Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)


def err() -> Console:
    return Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else PIPE_WIDTH)


def indented(text: Text, columns: int) -> Padding:
    return Padding(text, (0, 0, 0, columns), expand=False)


def print_json(value: Any, contacts: bool) -> None:
    """Print one JSON value; without the field of `contacts`, their setting leaves none of it."""
    unicode = "utf" in (sys.stdout.encoding or "").lower()
    print(json.dumps(_plain(value, contacts), ensure_ascii=not unicode, indent=2))


def _plain(value: Any, contacts: bool) -> Any:
    if isinstance(value, dict):
        return value
    if isinstance(value, list) and value and isinstance(value[0], dict | Finding):
        return [row.row() if isinstance(row, Finding) else row for row in value]
    return wire.to_plain(value, contacts)


def added_text(source: str, words: Words) -> str:
    return words["added"].format(source) if source else ""


def print_hits(hits: Sequence[PracticeHit], titles: Mapping[str, str], language: str) -> None:
    """Print practices found; `titles` as in `print_answer`."""
    words = Words(language)
    console = out()
    for hit in hits:
        head = Text.assemble((f"{hit.rank}. {hit.practice.title}", "bold"))
        added = added_text(hit.practice.source, words)
        told = (hit.practice.organisation, added, titles.get(hit.practice.collection, ""))
        head.append(f"  {' · '.join(filter(None, told))}  [{hit.practice.id}]", "dim")
        console.print(head)
        for evidence in hit.evidence[:2]:
            label = words["title" if evidence.passage.kind is PassageKind.TITLE else "line"]
            text = f"{label} : {evidence.passage.text} ({evidence.similarity:.2f})"
            console.print(indented(Text(text, "dim"), 3))
        if hit.words:
            matched = f"{words['words']} : {', '.join(hit.words)}"
            console.print(indented(Text(matched, "dim"), 3))


def print_practice(practice: Practice, catalogue: Catalogue, language: str) -> None:
    words = Words(language)
    book = catalogue.titles.get(practice.collection, "")
    year = catalogue.collection(practice).date[:4]
    console = out()
    console.print(Text(practice.title, "bold"))
    if practice.subtitle:
        console.print(Text(practice.subtitle, "italic"))
    page = f"{words['page']} {practice.page}" if practice.page is not None else ""
    added = added_text(practice.source, words)
    names = (practice.organisation, practice.part, practice.theme, practice.sector)
    facts = (*names, page, added, book)
    console.print(Text(" · ".join(filter(None, facts)) + f"  [{practice.id}]", "dim"))
    for fact in own_facts(practice, catalogue.collection(practice)):
        told = f"{fact.label.to(language)} : {', '.join(fact.values)}"
        console.print(Text(told, "dim"))
    for section in practice.sections:
        console.print()
        console.print(Text(section.heading, "bold cyan"))
        for line in section.lines:
            mark = "  " * line.depth + "• " if line.depth else ""
            console.print(indented(Text(mark + line.text, "bold" if line.heading else ""), 2))
    if practice.contacts:
        console.print()
        heading = words["contacts_of"].format(year) if year else words["contacts"]
        console.print(Text(heading, "bold cyan"))
        for contact in practice.contacts:
            console.print(indented(Text(contact), 2))


def print_neighbours(
    practice: Practice, found: Sequence[Neighbour], titles: Mapping[str, str], language: str
) -> None:
    """Print practices like one; `titles` as in `print_answer`."""
    words = Words(language)
    console = out()
    console.print(Text(f"{words['neighbours']} « {practice.title} »", "bold"))
    for neighbour in found:
        other = neighbour.practice
        head = Text.assemble((other.title, "bold"))
        added = added_text(other.source, words)
        told = " · ".join(filter(None, (other.organisation, added, titles.get(other.collection))))
        head.append(f"  {told}  [{other.id}]  {neighbour.score:.2f}", "dim")
        console.print(head)
        reasons = [words["theme"]] * neighbour.same_theme
        reasons += [words["organisation"]] * neighbour.same_organisation
        if reasons:
            console.print(indented(Text(", ".join(reasons), "dim"), 3))
        for pair in neighbour.pairs[:1]:
            text = f"{words['alike']} : « {pair.left.text} » / « {pair.right.text} »"
            console.print(indented(Text(text, "dim"), 3))


def print_list(practices: Sequence[Practice], catalogue: Catalogue, language: str) -> None:
    """Print practices as a table, with the facets that any of them has."""
    titles = catalogue.titles
    *names, last = Words(language)["headers"].split("|")
    columns = dict(zip(("id", "title", "organisation", "theme"), names, strict=True))
    rows = [
        {"id": practice.id, "title": practice.title}
        | {facet: ", ".join(practice.values(facet)) for facet in ("organisation", "theme")}
        | {facet: ", ".join(practice.values(facet)) for facet in catalogue.own_facets}
        | {"collection": titles.get(practice.collection, "")}
        for practice in practices
    ]
    for name, facet in catalogue.own_facets.items():
        columns[name] = facet.to(language)
    shown = [name for name in (*columns, "collection") if any(row[name] for row in rows)]
    table = Table(box=None, pad_edge=False)
    for name in shown:
        table.add_column({**columns, "collection": last}[name], overflow="fold")
    for row in rows:
        table.add_row(*(Text(row[name]) for name in shown))
    out().print(table)


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:.0f}/s" if task.speed else "")


@contextmanager
def progress(language: str, key: str) -> Iterator[ProgressCall]:
    """Show a bar with the time left on a terminal; nothing in a pipe."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, _Rate(), TimeRemainingColumn(), console=console, disable=not console.is_terminal
    ) as bar:

        def update(done: int, total: int) -> None:
            # Nothing to show until there is something to do.
            if not bar.task_ids:
                bar.add_task(Words(language)[key])
            bar.update(bar.task_ids[0], completed=done, total=total)

        yield update


def print_done(count: int, output: Path, language: str) -> None:
    out().print(Text(f"{count} {Words(language)['written']} {output}"))


def print_findings(findings: Sequence[Finding], language: Language) -> None:
    """Print each finding, and under it how it is mended."""
    console = out()
    style = {"ok": "green", "warning": "yellow", "error": "red"}
    for finding in findings:
        head = Text.assemble(
            (f"{finding.severity:8}", style[finding.severity]), finding.check, ": "
        )
        console.print(head + Text(finding.what.to(language)))
        if finding.mend:
            console.print(indented(Text((REMEDY + finding.mend).to(language), "bold"), 8))
