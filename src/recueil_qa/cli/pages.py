"""What an import of pages made of what, and what was removed, in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from recueil_qa.cli import printing
from recueil_qa.cli.options import near
from recueil_qa.corpus.importing.pages.page import WHY
from recueil_qa.messages import Command, table

if TYPE_CHECKING:
    from recueil_qa.corpus.importing.pages.page import Left
    from recueil_qa.corpus.importing.pages.run import Brought
    from recueil_qa.corpus.removing import Removal

WORDS = table(
    {
        "head": (
            "{} fichiers lus, {} pages, {} pratiques",
            "{} files read, {} pages, {} practices",
        ),
        "trial": (
            "Essai seulement : rien n'est écrit dans {}",
            "A trial only: nothing is written to {}",
        ),
        "written": ("Écrit dans {}", "Written to {}"),
        "proposed": (
            "collection.toml proposé : lisez-le et corrigez-le (rôles, titres, champs), puis "
            "suivez-le :",
            "collection.toml proposed: read it and correct it (roles, headings, fields), then "
            "follow it:",
        ),
        "columns": ("Dans les fichiers|Devient|Pages", "In the files|Becomes|Pages"),
        "section": ("section « {} » ({})", "section '{}' ({})"),
        "advice": ("conseils, cités", "advice, quoted"),
        "result": ("résultats", "results"),
        "context": ("contexte", "context"),
        "detail": ("texte", "text"),
        "other": ("montré, jamais cité", "shown, never quoted"),
        "heading": ("titre « {} »", "heading '{}'"),
        "field": ("champ {}", "field {}"),
        "plain": ("texte sans titre connu", "text under no known heading"),
        "facet": ("facette « {} »", "facet '{}'"),
        "nothing": ("laissé de côté", "left out"),
        "unused": ("sans usage : laissé de côté", "no use given: left out"),
        "subheading": ("sous-titre, montré, jamais cité", "subheading, shown, never quoted"),
        "subheadings": (
            "{} autres titres, sous-titres de leur section : {}",
            "{} other headings, subheadings of their section: {}",
        ),
        "untitled": (
            "{} pages sans titre, nommées d'après leur fichier : {}",
            "{} pages without a title, named after their file: {}",
        ),
        "clashes": (
            "Identifiants qu'auraient eus plusieurs pratiques, allongés : {}",
            "Ids that several practices would have had, made longer: {}",
        ),
        "unfit": (
            "collection.toml ne va plus avec les fichiers :",
            "collection.toml no longer fits the files:",
        ),
        "left": ("Laissé de côté, avec le fichier et la ligne :", "Left out, with file and line:"),
        "all": ("Tout le texte est dans une pratique.", "All of the text is in a practice."),
        "next": ("Ensuite :", "Then:"),
        "new": ("nouvelles", "new"),
        "changed": ("modifiées", "changed"),
        "renamed": ("de fichier renommé, même identifiant", "of a renamed file, same id"),
        "same": ("inchangées", "unchanged"),
        "corrected": ("corrigées à la main, gardées", "corrected by hand, kept"),
        "conflict": (
            "corrigées à la main ET modifiées à la source : gardées telles quelles (--force prend "
            "la source)",
            "corrected by hand AND changed in the source: kept as they are (--force takes the "
            "source)",
        ),
        "removed": (
            "ôtées ici auparavant : laissées (--force les reprend)",
            "removed here before: left out (--force takes them again)",
        ),
        "gone": (
            "disparues de la source : gardées ; pour les ôter avec leurs questions, --remove-gone",
            "gone from the source: kept; to remove them with their questions, --remove-gone",
        ),
        "went": (
            "disparues de la source : ôtées avec leurs questions",
            "gone from the source: removed with their questions",
        ),
        "would-go": (
            "disparues de la source : seraient ôtées avec leurs questions",
            "gone from the source: would be removed with their questions",
        ),
        "moved": (
            "Lignes qui ont changé de place, questions et situations les suivent :",
            "Lines that have moved, questions and statements follow them:",
        ),
        "lost": ("plus là : reste à la pratique entière", "gone: stays with the whole practice"),
        "remove": ("À ôter", "To remove"),
        "done": ("Ôté", "Removed"),
        "said": (
            "{} questions, {} notes de situations, {} situations sans autre réponse",
            "{} questions, {} grades of statements, {} statements with no other answer",
        ),
        "files": ("{} fichiers", "{} files"),
        "eval": (
            "{} : {} questions jugées les nomment et restent ; corrigez-les, ou evaluate et build "
            "--gate les refusent ou les comptent comme des fautes",
            "{}: {} judged questions name them and stay; mend these, or evaluate and build --gate "
            "refuse them or count them as errors",
        ),
    }
)
SHOWN = 8  # of what is alike; the rest is counted
ORDER = tuple(WHY)


def print_brought(brought: Brought, language: str) -> None:
    """Print what became what, what changed, and every piece that is in no practice."""
    say = _Words(language)
    out = printing.out()
    count = len(brought.plan.made)
    out.print(Text(say("head", brought.files, brought.pages, count), "bold"))
    out.print(_becomes(brought, say))
    _print_subheadings(brought, say)
    _print_changes(brought, say)
    if brought.references.moved:
        out.print(Text(say("moved"), "yellow"))
        for practice, before, now in brought.references.moved:
            out.print(Text(f"  {practice}: {before} → {now or say('lost')}"))
    for key, names in (("untitled", brought.untitled), ("clashes", brought.clashes)):
        if names:
            told = _some(names)
            said = say(key, len(names), told) if key == "untitled" else say(key, told)
            out.print(Text(said, "yellow"))
    if brought.unfit:
        out.print(Text(say("unfit"), "yellow"))
        for fault in brought.unfit:
            out.print(Text(f"  {fault.to(language)}"))
    _print_left(brought.left, say)
    _print_next(brought, say)


class _Words:
    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, key: str, *values: object) -> str:
        return WORDS[key].format(*values).to(self.language)


def _becomes(brought: Brought, say: _Words) -> Table:
    shown = Table(box=None, pad_edge=False)
    for header in say("columns").split("|"):
        shown.add_column(header, overflow="fold")
    layout, counts = brought.config.import_, brought.counts
    roles = {section.name: section.role for section in brought.config.sections}
    for name, use in layout.fields.items():
        if counts.fields[name] and not use.startswith("section "):
            kind, _, target = use.partition(" ")
            becomes = {"facet": say("facet", target), "-": say("nothing")}.get(kind, use)
            shown.add_row(Text(say("field", name)), Text(becomes), str(counts.fields[name]))
    for name, number in counts.fields.items():
        if name not in layout.fields and name not in {"title", "part"}:
            shown.add_row(Text(say("field", name)), Text(say("unused")), str(number))
    for section in brought.config.sections:
        becomes = say("section", section.name, say(roles[section.name]))
        style = "green" if roles[section.name] == "advice" else ""
        for heading, number in counts.sections.get(section.name, {}).items():
            told = say("field", heading) if heading in layout.fields else say("heading", heading)
            shown.add_row(
                Text(told if heading else say("plain")), Text(becomes, style), str(number)
            )
    return shown


def _print_subheadings(brought: Brought, say: _Words) -> None:
    found = brought.counts.subheadings
    if found:
        told = _some([f"{text} ({n})" if n > 1 else text for text, n in found.most_common()])
        printing.out().print(Text(say("subheadings", len(found), told), "dim"))


def _print_changes(brought: Brought, say: _Words) -> None:
    if not brought.asked.update:
        return
    out = printing.out()
    changes = sorted(brought.plan.changes, key=lambda change: list(WORDS).index(change.kind))
    for kind, group in groupby(changes, key=lambda change: change.kind):
        listed = list(group)
        key: str = kind
        if kind == "gone" and brought.asked.remove_gone:
            key = "went" if brought.written else "would-go"
        out.print(Text(f"{len(listed)} {say(key)}", "" if kind == "same" else "yellow"))
        for change in listed if kind != "same" else ():
            was = f"  ({change.was} → {change.key})" if change.was else f"  ({change.key})"
            out.print(Text(f"  {change.id}  {change.title}{was}".replace("   ", "  ")))


def _print_left(left: Sequence[Left], say: _Words) -> None:
    out = printing.out()
    if not left:
        out.print(Text(say("all")))
        return
    out.print(Text(say("left")))
    ranked = sorted(left, key=lambda one: ORDER.index(one.why))
    for why, group in groupby(ranked, key=lambda one: one.why):
        listed = list(group)
        out.print(Text(f"  {WHY[why].to(say.language)} ({len(listed)})"))
        for line in _told(listed, say):
            out.print(Text(f"    {line}", "dim"))


def _told(listed: Sequence[Left], say: _Words) -> Iterator[str]:
    """Yield each piece with its file and line; of those alike, the first and how many more."""
    alike: dict[str, list[Left]] = {}
    for one in listed:
        text = one.detail.to(say.language) if one.detail else one.text
        alike.setdefault(text, []).append(one)
    for text, found in alike.items():
        first = found[0]
        place = f":{first.place.number}" if first.place and first.place.unit == "line" else ""
        if first.place and first.place.unit != "line":
            place = f", {first.place.text.to(say.language)}"
        more = f" (+ {len(found) - 1})" if len(found) > 1 else ""
        yield f"{near(first.path)}{place}: {text}{more}"


def _print_next(brought: Brought, say: _Words) -> None:
    out = printing.out()
    folder = near(brought.asked.folder)
    key = "written" if brought.written else "trial"
    out.print(Text(say(key, folder), "bold"))
    if brought.proposed:
        sources = map(str, brought.asked.sources)
        again = Command("recueil-qa", "import", *sources, "--collection", folder, "--update")
        out.print(Text(say("proposed")))
        out.print(Text(f"  {again}"))
    if brought.written:
        out.print(Text(f"{say('next')} recueil-qa build"))


def print_removal(
    removal: Removal, language: str, done: bool, judged: Mapping[Path, int] = MappingProxyType({})
) -> None:
    """Print what goes, or what went; `judged` counts the judged questions that name it, by file."""
    say = _Words(language)
    out = printing.out()
    if done:
        out.print(Text(f"{say('done')} : {say('files', len(removal.files))}. recueil-qa build"))
        return
    out.print(Text(f"{say('remove')} ({near(removal.folder)}) :", "bold"))
    for name, title in removal.practices:
        out.print(Text(f"  {name}  {title}".rstrip()))
    if removal.questions or removal.grades or removal.statements:
        counts = (removal.questions, removal.grades, removal.statements)
        out.print(Text(f"  {say('said', *counts)}"))
    out.print(Text(f"  {say('files', len(removal.files))}: {_some(removal.files)}", "dim"))
    for path, count in judged.items():
        out.print(Text(f"  {say('eval', near(path), count)}", "yellow"))


def _some(names: Sequence[str]) -> str:
    more = f" … (+ {len(names) - SHOWN})" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
