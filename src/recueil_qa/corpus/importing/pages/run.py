"""Bring a folder, files or a table in as a collection; follow them later. Nothing half-written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from recueil_qa.corpus.collection import CollectionConfig
from recueil_qa.corpus.config_file import parse_config, read_config
from recueil_qa.corpus.folders import CONFIG, collection_folders
from recueil_qa.corpus.importing.pages import record
from recueil_qa.corpus.importing.pages.following import Plan, files_by_id, plan
from recueil_qa.corpus.importing.pages.gathering import Step, gather
from recueil_qa.corpus.importing.pages.headings import slug, words_of
from recueil_qa.corpus.importing.pages.making import Counts, Making, make
from recueil_qa.corpus.importing.pages.page import Gathered, Left
from recueil_qa.corpus.importing.pages.proposal import propose
from recueil_qa.corpus.importing.pages.uses import use_problems
from recueil_qa.corpus.importing.run import as_import
from recueil_qa.corpus.practice import format_practice
from recueil_qa.corpus.references import Rewritten, follow, moved_lines, without
from recueil_qa.corpus.rewriting import rewrite
from recueil_qa.corpus.toml_lines import line_of
from recueil_qa.errors import CorpusError, ImportRefusedError, Problem, WriteError
from recueil_qa.messages import Command, Text


@dataclass(frozen=True)
class Asked:
    """What the maintainer asks for."""

    sources: tuple[Path, ...]
    folder: Path
    title: str = ""
    language: str | None = None
    messages: str = "fr"
    update: bool = False
    force: bool = False
    remove_gone: bool = False
    dry_run: bool = False


@dataclass(frozen=True)
class Brought:
    """What an import of pages did, or would do: what became what, and what is in no practice."""

    asked: Asked
    config: CollectionConfig
    toml: str
    proposed: bool
    files: int
    pages: int
    counts: Counts
    left: tuple[Left, ...]
    clashes: tuple[str, ...]
    untitled: tuple[str, ...]
    plan: Plan
    references: Rewritten
    unfit: tuple[Text, ...] = field(default=())

    @property
    def written(self) -> bool:
        return not self.asked.dry_run


@as_import()
def import_pages(asked: Asked, step: Step) -> Brought:
    """Write the practices of files and folders, and a proposed `collection.toml` if there is none.

    Raises:
        ImportRefusedError: nothing can be read, or the collection that they make is not valid.
        WriteError: what is there would be replaced, and was not asked to be.
    """
    folder = asked.folder
    gathered = gather(asked.sources, step)
    toml, proposed = _configuration(asked, gathered)
    config, problems = parse_config(toml, folder / CONFIG)
    if config is None:
        raise CorpusError(problems)
    problems = [*use_problems(config, toml, folder / CONFIG), *_twins(folder, config)]
    if problems:
        raise CorpusError(problems)
    making = make(gathered.pages, config)
    if not making.made:
        raise CorpusError(_empty(asked, making))
    known = record.read(folder) if folder.exists() else None
    _refuse_new_id(asked, config, toml, known)
    there = files_by_id(folder) if folder.exists() else {}
    found = plan(making.made, known or record.Record(), there, asked.force)
    _refuse_surprises(asked, known, found)
    files, references = _files(asked, config, known or record.Record(), found, there)
    if proposed:
        files = {CONFIG: toml, **files}
    rewrite(folder, files, asked.dry_run)
    return Brought(
        asked=asked,
        config=config,
        toml=toml,
        proposed=proposed,
        files=gathered.files,
        pages=len(gathered.pages),
        counts=making.counts,
        left=(*gathered.left, *making.left),
        clashes=making.clashes,
        untitled=making.untitled,
        plan=found,
        references=references,
        unfit=tuple(_unfit(config, making.counts)) if not proposed else (),
    )


def _configuration(asked: Asked, gathered: Gathered) -> tuple[str, bool]:
    path = asked.folder / CONFIG
    if path.exists():
        _, problems = read_config(path)
        if problems:
            raise CorpusError(problems)
        return path.read_text("utf-8").replace("\r\n", "\n"), False
    identifier = slug(asked.folder.resolve().name)
    if not identifier:
        raise ImportRefusedError(
            [
                Problem(
                    asked.folder,
                    0,
                    Text(
                        "le nom d'une collection est fait de lettres sans accent, de chiffres et "
                        "de tirets ; donnez-en un autre à --collection",
                        "a collection's name is made of unaccented letters, digits and hyphens; "
                        "give another one to --collection",
                    ),
                )
            ]
        )
    title = asked.title or words_of(asked.folder.resolve().name)
    toml = propose(gathered.pages, identifier, title, asked.language, asked.messages)
    return toml, True


def _twins(folder: Path, config: CollectionConfig) -> Iterator[Problem]:
    """Yield a problem where another collection of the corpus has the same id."""
    for other in collection_folders(folder.resolve().parent):
        if other.resolve() == folder.resolve():
            continue
        found, _ = read_config(other / CONFIG)
        if found is not None and found.id == config.id:
            yield Problem(
                folder / CONFIG,
                0,
                Text(
                    f"l'identifiant « {config.id} » est déjà celui de {other} ; changez-en un",
                    f"the id '{config.id}' is already that of {other}; change one of them",
                ),
            )


def _empty(asked: Asked, making: Making) -> Iterator[Problem]:
    for left in making.left[:20]:
        if left.why == "empty":
            line = left.place.number if left.place else 0
            yield Problem(left.path, line, Text("aucun texte à importer", "no text to import"))
    yield Problem(asked.sources[0], 0, Text("aucune pratique trouvée", "no practice found"))


def _refuse_new_id(
    asked: Asked, config: CollectionConfig, toml: str, known: record.Record | None
) -> None:
    """Refuse another id for a collection, under which all its practices would be new ones."""
    first = next(iter(known.practices), "") if known else ""
    if first and not first.startswith(f"{config.id}-"):
        what = Text(
            f"l'identifiant ne change pas après l'import ; {first} en garde l'ancien",
            f"the id does not change after the import; {first} has the former one",
        )
        raise CorpusError([Problem(asked.folder / CONFIG, line_of(toml, ("id",)), what)])


def _refuse_surprises(asked: Asked, known: record.Record | None, found: Plan) -> None:
    if asked.dry_run:
        return
    again = ["recueil-qa", "import", *map(str, asked.sources), "--collection", str(asked.folder)]
    if known is not None and not asked.update:
        raise WriteError(
            Text(
                f"{asked.folder} est déjà là ; rien n'a été écrit. Pour suivre les fichiers et "
                "collection.toml (--dry-run montre d'abord)",
                f"{asked.folder} is there already; nothing was written. To follow the files and "
                "collection.toml (--dry-run shows it first)",
            ),
            Command(*again, "--update"),
        )
    clashing = [change.id for change in found.of("conflict")]
    if known is None and clashing:
        listed = ", ".join(clashing[:5]) + (" …" if len(clashing) > 5 else "")
        raise WriteError(
            Text(
                f"{len(clashing)} pratique(s) écrites autrement seraient remplacées ({listed}). "
                "Pour les remplacer, sans garder leurs corrections",
                f"{len(clashing)} practice(s) of another wording would be replaced ({listed}). To "
                "replace them, keeping none of the corrections",
            ),
            Command(*again, "--force"),
        )


def _files(
    asked: Asked,
    config: CollectionConfig,
    known: record.Record,
    found: Plan,
    there: dict[str, tuple[str, str]],
) -> tuple[dict[str, str | None], Rewritten]:
    """Return the files to write and to remove; questions and statements follow their lines."""
    written = {change.id for change in found.of("new", "changed", "renamed")}
    untouched = {change.id for change in found.of("conflict", "corrected", "removed")}
    files: dict[str, str | None] = {}
    entries = dict(known.practices)
    moves = {}
    for one in found.made:
        practice = one.practice
        if practice.id in untouched:
            if practice.id in entries and practice.id in there:
                entry = entries[practice.id]
                entries[practice.id] = record.Entry(
                    one.page.key, entry.title, entry.text, entry.body
                )
            continue
        entries[practice.id] = record.entry(one.page, practice)
        if practice.id in written:
            short = practice.id.removeprefix(f"{config.id}-")
            name, before = there.get(practice.id, (f"practices/{short}.md", ""))
            files[name] = format_practice(practice)
            if before:
                moves[practice.id] = moved_lines(record.lines_of(before, known.headings), practice)
    gone = frozenset(change.id for change in found.of("gone"))
    references = follow(asked.folder, moves) if moves else Rewritten()
    if gone and asked.remove_gone:
        references = without(asked.folder, gone, references)
        files |= {there[name][0]: None for name in gone}
        entries = {name: entry for name, entry in entries.items() if name not in gone}
    files |= references.files
    headings = {h: section.name for section in config.sections for h in section.headings}
    kept = tuple(key for key in known.removed if not asked.force)
    absent = {change.key for change in found.of("removed")}
    entries = {name: e for name, e in entries.items() if e.key not in absent}
    removed = tuple(sorted({*kept, *absent}))
    files[record.NAME] = record.Record(entries, headings, removed).dump()
    return files, references


def _unfit(config: CollectionConfig, counts: Counts) -> Iterator[Text]:
    """Yield what a configuration says that the pages no longer have."""
    for section in config.sections:
        if section.name != config.import_.rest and not counts.pages[section.name]:
            yield Text(
                f"section « {section.name} » : plus aucun texte",
                f"section '{section.name}': no text",
            )
    for name, use in config.import_.fields.items():
        if use != "-" and not counts.fields[name]:
            yield Text(f"champ « {name} » : absent des fichiers", f"field '{name}': in no file")
