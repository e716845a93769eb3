"""Read and validate the collections under `corpus/`: all problems at once, none half-way."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from recueil_qa import statements
from recueil_qa.collection import CONTROL, CollectionConfig, not_utf8, parse_config
from recueil_qa.errors import CorpusError, NotFoundError, Problem
from recueil_qa.practice_file import parse_practice, read_line
from recueil_qa.questions import parse_questions
from recueil_qa.statements import Statement
from recueil_qa.types import Practice, Question

CONFIG = "collection.toml"
MAX_FILE_BYTES = 4_000_000


@dataclass(frozen=True)
class Collection:
    """One validated collection; practices by id, questions by practice then language."""

    path: Path
    config: CollectionConfig
    practices: tuple[Practice, ...]
    questions: tuple[Question, ...]
    statements: tuple[Statement, ...] = ()

    @cached_property
    def questions_by_practice(self) -> dict[str, list[Question]]:
        grouped: dict[str, list[Question]] = {}
        for question in self.questions:
            grouped.setdefault(question.practice, []).append(question)
        return grouped

    @cached_property
    def statements_by_practice(self) -> dict[str, list[Statement]]:
        grouped: dict[str, list[Statement]] = {}
        for statement in self.statements:
            for practice in statement.grades:
                grouped.setdefault(practice, []).append(statement)
        return grouped

    @cached_property
    def unanswered(self) -> tuple[str, ...]:
        """The statements that were judged to have no answer here."""
        return tuple(row.text for row in self.statements if not row.grades)


@dataclass(frozen=True)
class Corpus:
    """All collections, and the SHA-256 of every byte that was read for them."""

    collections: tuple[Collection, ...]
    hash: str


def read_corpus(root: Path) -> Corpus:
    """Read every collection under `root` (or `root` itself, if it holds a `collection.toml`).

    Raises:
        CorpusError: with every problem of every file, each with its line and how to mend it.
    """
    folders = collection_folders(root)
    if not folders:
        raise CorpusError(
            [
                Problem(
                    root,
                    0,
                    f"aucune collection ici (un dossier avec {CONFIG}) ; indiquez --corpus",
                    f"no collection here (a folder with {CONFIG}); give --corpus",
                )
            ]
        )
    reader = _Reader(root)
    collections = [reader.collection(folder) for folder in folders]
    for identifier, paths in reader.places.items():
        for path in paths[1:]:
            reader.refuse(
                path,
                f"l'identifiant « {identifier} » est déjà pris par {paths[0]} ; changez-en un",
                f"the id '{identifier}' is already taken by {paths[0]}; change one of them",
            )
    if reader.problems:
        raise CorpusError(sorted(reader.problems, key=lambda problem: (problem.path, problem.line)))
    kept = tuple(collection for collection in collections if collection is not None)
    return Corpus(kept, corpus_hash(root))


def collection_folders(root: Path) -> list[Path]:
    """Return the collections' folders, sorted by name."""
    if (root / CONFIG).is_file():
        return [root]
    if not root.is_dir():
        return []
    return sorted(path.parent for path in root.glob(f"*/{CONFIG}"))


def only_collection(root: Path) -> Path:
    """Return the folder of the only collection under `root`.

    Raises:
        NotFoundError: there is none, or there are several.
    """
    folders = collection_folders(root)
    if len(folders) != 1:
        raise NotFoundError(
            fr=f"{len(folders)} collections dans {root} ; indiquez --collection",
            en=f"{len(folders)} collections in {root}; give --collection",
        )
    return folders[0]


def corpus_files(root: Path) -> Iterator[Path]:
    """Yield every file that a build depends on, in a fixed order."""
    for folder in collection_folders(root):
        # Whatever lies beside collection.toml may be named in its `sources`.
        for pattern in ("[!.]*", "practices/*.md", "questions/*.yaml"):
            yield from sorted(path for path in folder.glob(pattern) if path.is_file())


def corpus_hash(root: Path) -> str:
    """Return the SHA-256 over the names (relative to `root`) and bytes of the corpus files."""
    digest = hashlib.sha256()
    for path in corpus_files(root):
        content = path.read_bytes()
        name = path.relative_to(root).as_posix()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


@dataclass
class _Reader:
    root: Path
    problems: list[Problem] = field(default_factory=list)
    places: dict[str, list[Path]] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)
    asked_in: dict[str, Path] = field(default_factory=dict)

    def refuse(self, path: Path, fr: str, en: str, line: int = 0) -> None:
        self.problems.append(Problem(path, line, fr, en))

    def text(self, path: Path) -> str | None:
        """Read a file inside the corpus, or note why it is refused."""
        try:
            if not path.resolve().is_relative_to(self.root.resolve()):
                self.refuse(
                    path,
                    "lien vers un fichier hors du corpus ; copiez le fichier ici",
                    "link to a file outside of the corpus; copy the file here",
                )
                return None
            if path.stat().st_size > MAX_FILE_BYTES:
                self.refuse(
                    path,
                    f"plus de {MAX_FILE_BYTES // 1_000_000} Mo ; découpez le fichier",
                    f"over {MAX_FILE_BYTES // 1_000_000} MB; cut the file",
                )
                return None
            text = path.read_text("utf-8")
            rows = text.split("\n")
            spoilt = [number for number, row in enumerate(rows, 1) if CONTROL.search(row)]
            for number in spoilt:
                self.refuse(
                    path,
                    "caractère de contrôle invisible ; retapez cette ligne",
                    "invisible control character; type this line again",
                    number,
                )
            return None if spoilt else text
        except UnicodeDecodeError:
            self.problems.append(not_utf8(path))
        except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links
            reason = getattr(error, "strerror", None) or str(error)
            self.refuse(path, f"illisible ({reason})", f"can't be read ({reason})")
        return None

    def collection(self, folder: Path) -> Collection | None:
        text = self.text(folder / CONFIG)
        if text is None:
            return None
        config, problems = parse_config(text, folder / CONFIG)
        self.problems += problems
        if config is None:
            return None
        self.places.setdefault(config.id, []).append(folder / CONFIG)
        sources = [self.source(folder, name) for name in config.sources]
        quoted = flatten("\n".join(text for text in sources if text)) if sources else None
        practices = []
        paths = sorted(folder.glob("practices/*.md"))
        for path in paths:
            practice = self.practice(path, config, None if None in sources else quoted)
            if practice:
                practices.append(practice)
                self.places.setdefault(practice.id, []).append(path)
        self.strangers(folder / "practices", ".md")
        self.strangers(folder / "questions", ".yaml")
        if not paths:
            self.refuse(
                folder / "practices",
                "aucune pratique ; ajoutez au moins un fichier .md",
                "no practice; add at least one .md file",
            )
        # When a practice was refused, its questions are not at fault for naming it.
        all_read = len(practices) == len(paths)
        known = {practice.id: practice for practice in practices} if all_read else None
        questions = []
        for path in sorted(folder.glob("questions/*.yaml")):
            text = self.text(path)
            if text is not None:
                rows, problems = parse_questions(text, path, known, self.asked)
                questions += rows
                self.problems += problems
                other = self.asked_in.setdefault(rows[0].practice, path) if rows else path
                if other != path:
                    self.refuse(
                        path,
                        f"les questions de {rows[0].practice} sont déjà dans {other.name} ; "
                        "réunissez-les dans un fichier",
                        f"the questions of {rows[0].practice} are already in {other.name}; put "
                        "them into one file",
                    )
        practices.sort(key=lambda practice: practice.id)
        questions.sort(key=lambda question: question.practice)
        judged = self.statements(folder / statements.NAME, known)
        return Collection(folder, config, tuple(practices), tuple(questions), judged)

    def statements(self, path: Path, known: Container[str] | None) -> tuple[Statement, ...]:
        text = self.text(path) if path.is_symlink() or path.exists() else None
        rows, problems = statements.parse_statements(text or "", path, known)
        self.problems += problems
        return rows

    def strangers(self, folder: Path, suffix: str) -> None:
        """Refuse what would be passed over in silence: a file with another suffix."""
        for path in sorted(folder.glob("[!.]*")) if folder.is_dir() else ():
            if path.suffix != suffix:
                self.refuse(
                    path,
                    f"ce fichier serait ignoré ; renommez-le en {suffix} ou déplacez-le",
                    f"this file would be ignored; rename it to {suffix} or move it",
                )

    def source(self, folder: Path, name: str) -> str | None:
        if (folder / name).is_file():
            return self.text(folder / name)
        self.refuse(
            folder / CONFIG,
            f"la source « {name} » manque ; ajoutez le fichier ou retirez-la de « sources »",
            f"the source '{name}' is missing; add the file or take it out of 'sources'",
        )
        return None

    def practice(self, path: Path, config: CollectionConfig, quoted: str | None) -> Practice | None:
        text = self.text(path)
        if text is None:
            return None
        practice, problems = parse_practice(text, path, config)
        self.problems += problems
        if practice and quoted is not None:
            numbers = {read_line(raw, 0).text: i for i, raw in enumerate(text.split("\n"), 1)}
            for line in (line for section in practice.sections for line in section.lines):
                if line.text not in quoted:
                    self.refuse(
                        path,
                        f"ligne qui n'est pas mot pour mot dans la source : « {line.text[:80]} » ; "
                        "reprenez le texte de la source, ou ajoutez-y ce texte",
                        f"line that is not word for word in the source: '{line.text[:80]}'; "
                        "take the source's wording, or add this text to the source",
                        numbers.get(line.text, 0),
                    )
        return practice


def flatten(text: str) -> str:
    """Return a source as quotations are checked against it: no list marks, single spaces."""
    return " ".join(" ".join(read_line(line, 0).text for line in text.split("\n")).split())
