"""A source text into a collection's hand-editable files: nothing half-written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from recueil_qa.corpus.collection import CollectionConfig
from recueil_qa.corpus.config_file import read_config
from recueil_qa.corpus.folders import CONFIG
from recueil_qa.corpus.importing.blocks import Place, Unplaced
from recueil_qa.corpus.importing.by_contents import has_contents, read_booklet
from recueil_qa.corpus.importing.by_titles import cut
from recueil_qa.corpus.importing.documents import open_source, read_document
from recueil_qa.corpus.importing.drafting import make_practices, missing_sections
from recueil_qa.corpus.importing.wording import Wording
from recueil_qa.corpus.practice import format_practice
from recueil_qa.corpus.questions import LANGUAGES
from recueil_qa.corpus.rewriting import rewrite, writing
from recueil_qa.errors import CorpusError, ImportRefusedError, Problem, WriteError
from recueil_qa.messages import Command, Text
from recueil_qa.types import Practice

SOURCE = "source.txt"


@dataclass(frozen=True)
class Imported:
    """What an import wrote, and what it could not place.

    `missing` has the headings of the sections that practices lack, by practice id; `rejoined`
    the words that lines cut; `replaced` the files there with another content (of a dry run).
    """

    folder: Path
    source: str
    practices: tuple[Practice, ...]
    unplaced: tuple[Unplaced, ...]
    missing: dict[str, tuple[str, ...]]
    rejoined: tuple[str, ...]
    questions: int
    replaced: tuple[str, ...] = ()
    written: bool = True


@contextmanager
def as_import() -> Iterator[None]:
    """Say that an import is refused, where a corpus is."""
    try:
        yield
    except ImportRefusedError:
        raise
    except CorpusError as error:
        raise ImportRefusedError(error.problems) from error


@as_import()
def import_booklet(
    source: Path,
    folder: Path,
    questions: Path | None = None,
    force: bool = False,
    dry_run: bool = False,
) -> Imported:
    """Write the practices, the source and the questions of a booklet under `folder`.

    `folder` holds the `collection.toml` that says how the source is laid out: text, Markdown,
    DOCX or PDF. The files are written aside, read back, and moved in place only when the whole
    collection is valid; a dry run stops before.

    Raises:
        ImportRefusedError: the configuration, the source or the questions are refused.
        WriteError: files are already there (and not `force`), or can't be written.
    """
    config, problems = read_config(folder / CONFIG)
    if config is None:
        raise CorpusError(problems)
    read = _read(source, config)
    files = {_source_name(folder, config): read.text}
    for practice in read.practices:
        short = practice.id.removeprefix(f"{config.id}-")
        files[f"practices/{short}.md"] = format_practice(practice)
    known = {practice.id for practice in read.practices}
    rows = _read_questions(questions, known) if questions else {}
    for identifier, by_language in rows.items():
        short = identifier.removeprefix(f"{config.id}-")
        files[f"questions/{short}.yaml"] = yaml.safe_dump(
            {"practice": identifier, **by_language},
            allow_unicode=True,
            sort_keys=False,
            width=10_000,
        )
    changed = _changed(folder, files)
    _spare_source(source, folder, changed)
    if changed and not force and not dry_run:
        names = ", ".join(changed[:5]) + (" …" if len(changed) > 5 else "")
        options = ["--collection", str(folder)]
        options += ["--questions", str(questions)] if questions else []
        again = Command("recueil-qa", "import", source, *options, "--force")
        raise WriteError(
            Text(
                f"{len(changed)} fichier(s) modifiés depuis l'import seraient écrasés dans "
                f"{folder} ({names}). Pour les remplacer tous, sans garder leurs corrections : "
                f"{again}",
                f"{len(changed)} file(s) changed since the import would be overwritten in {folder} "
                f"({names}). To replace them all, keeping none of the corrections: {again}",
            )
        )
    rewrite(folder, files, dry_run)
    lacking = {practice.id: missing_sections(practice, config) for practice in read.practices}
    return Imported(
        folder=folder,
        source=next(iter(files)),
        practices=read.practices,
        unplaced=read.unplaced,
        missing={identifier: names for identifier, names in lacking.items() if names},
        rejoined=read.rejoined,
        questions=sum(len(texts) for by_lang in rows.values() for texts in by_lang.values()),
        replaced=tuple(changed),
        written=not dry_run,
    )


@dataclass(frozen=True)
class _Read:
    text: str
    practices: tuple[Practice, ...]
    unplaced: tuple[Unplaced, ...]
    rejoined: tuple[str, ...] = ()


def _read(path: Path, config: CollectionConfig) -> _Read:
    """Cut a source into practices: by its table of contents where it has one, else by titles."""
    source = open_source(path)
    if source.kind == "text" and not config.import_.title:
        text = source.text()
        if has_contents(text, config):
            booklet = read_booklet(text, path, config)
            left = booklet.remainder.items()
            unplaced = (Unplaced(Place("line", n), line, "between") for n, line in left)
            return _Read(text, booklet.practices, tuple(unplaced))
    document = read_document(source, Wording(config).outline, config.language)
    found = cut(document, config)
    practices = make_practices(found, path, config)
    return _Read(document.text(), practices, found.unplaced, document.rejoined)


def _source_name(folder: Path, config: CollectionConfig) -> str:
    """Return the file that the extracted text goes to: one that quotations are checked against."""
    if not config.sources or SOURCE in config.sources:
        return SOURCE
    name = next((name for name in config.sources if name.endswith((".txt", ".md"))), None)
    if name is None:
        raise CorpusError(
            [
                Problem(
                    folder / CONFIG,
                    0,
                    Text(
                        f"« sources » ne nomme aucun fichier de texte ; ajoutez-y « {SOURCE} », où "
                        "l'import écrit le texte extrait",
                        f"'sources' names no text file; add '{SOURCE}' to it, where the import "
                        "writes the extracted text",
                    ),
                )
            ]
        )
    return name


def _spare_source(source: Path, folder: Path, changed: list[str]) -> None:
    """Refuse to write the extracted text over the very file that it was extracted from."""
    for name in changed:
        if (folder / name).resolve() == source.resolve():
            fault = Text(
                f"l'import écrirait le texte extrait sur sa source ; renommez « {source.name} »",
                f"the import would write the extracted text over its source; rename {source.name}",
            )
            raise CorpusError([Problem(source, 0, fault)])


def _changed(folder: Path, files: dict[str, str]) -> list[str]:
    """Return the files that are already there with another content."""
    with writing(folder):
        return [
            name
            for name, text in files.items()
            if (folder / name).exists() and (folder / name).read_bytes() != text.encode()
        ]


def _read_questions(path: Path, known: set[str]) -> dict[str, dict[str, list[str]]]:
    """Read JSONL rows `{"practice", "lang", "text"}`, grouped by practice then language."""
    grouped: dict[str, dict[str, list[str]]] = {}
    problems = []
    for number, line in enumerate(open_source(path).text().split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            practice, language, text = row["practice"], row["lang"], row["text"]
            valid = language in LANGUAGES and practice in known
            if not valid or not isinstance(text, str) or not text.strip():
                raise ValueError(practice)
            grouped.setdefault(practice, {}).setdefault(language, []).append(text)
        except (ValueError, KeyError, TypeError, RecursionError):
            problems.append(
                Problem(
                    path,
                    number,
                    Text(
                        "attendu : un objet {practice, lang, text}, l'id d'une pratique de ce "
                        "recueil, fr ou en, et un texte",
                        "expected an object {practice, lang, text}: the id of one of these "
                        "practices, fr or en, and a text",
                    ),
                )
            )
    if problems:
        raise CorpusError(problems)
    return grouped
