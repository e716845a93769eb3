"""Read and validate the collections under `corpus/`: all problems at once, none half-way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from recueil_qa.corpus import statements
from recueil_qa.corpus.collection import CollectionConfig
from recueil_qa.corpus.config_file import MAX_CONFIG_BYTES, parse_config
from recueil_qa.corpus.corpus import Collection, Corpus
from recueil_qa.corpus.folders import CONFIG, HEADS, collection_folders, corpus_hash
from recueil_qa.corpus.practice import PracticeFile, read_practice
from recueil_qa.corpus.questions import parse_questions
from recueil_qa.corpus.quotations import Sources, misquotations
from recueil_qa.corpus.statements import Statement
from recueil_qa.corpus.text_file import (
    MAX_FILE_BYTES,
    MAX_ROWS_BYTES,
    files_of,
    link_outside,
    read_text,
    unreadable,
)
from recueil_qa.corpus.toml_lines import line_of
from recueil_qa.errors import CorpusError, Problem
from recueil_qa.faults import excerpt
from recueil_qa.messages import Text
from recueil_qa.types import Practice, Question

# Of one practice, or of the questions of one: YAML takes a second to read that much.
MAX_ENTRY_BYTES = 400_000
# More in one file have one cause, and would bury those of the other files.
MAX_PROBLEMS = 200
READINGS = 5  # of files that change while they are read


def read_corpus(root: Path) -> Corpus:
    """Read every collection under `root` (or `root` itself, if it holds a `collection.toml`).

    Raises:
        CorpusError: with every problem of every file, each with its line and how to mend it.
    """
    try:
        for _ in range(READINGS):
            before = corpus_hash(root)
            collections = _read(root)
            # What is saved meanwhile would be hashed and not read.
            if corpus_hash(root) == before:
                return Corpus(collections, before)
    except OSError as error:  # a folder that can't be looked into
        raise CorpusError([unreadable(Path(error.filename or root), error)]) from error
    raise CorpusError(
        [
            Problem(
                root,
                0,
                Text(
                    "des fichiers changent sans cesse pendant la lecture ; recommencez ensuite",
                    "files change all the time while they are read; try again afterwards",
                ),
            )
        ]
    )


def _read(root: Path) -> tuple[Collection, ...]:
    folders = collection_folders(root)
    if not folders:
        raise CorpusError(
            [
                Problem(
                    root,
                    0,
                    Text(
                        f"aucune collection ici (un dossier avec {CONFIG}) ; indiquez --corpus",
                        f"no collection here (a folder with {CONFIG}); give --corpus",
                    ),
                )
            ]
        )
    reader = _Reader(root)
    collections = [reader.collection(folder) for folder in folders]
    for identifier, places in reader.places.items():
        # A copy sorts before the file that it was made from: "p1 (copie).md", "p1.md".
        places.sort(key=lambda place: not identifier.endswith(f"-{place[0].stem}"))
        for path, line in places[1:]:
            first = places[0][0].relative_to(root)
            reader.refuse(
                path,
                Text(
                    f"l'identifiant « {identifier} » est déjà pris par {first} ; changez-en un, ou "
                    "ôtez la copie",
                    f"the id '{identifier}' is already taken by {first}; change one of them, or "
                    "remove the copy",
                ),
                line,
            )
    if reader.problems:
        raise CorpusError(_listed(reader.problems))
    return tuple(collection for collection in collections if collection is not None)


def _listed(problems: list[Problem]) -> Iterator[Problem]:
    """Yield problems in the order of files and lines, and at most so many of one file."""
    counts: Counter[Path] = Counter()
    for problem in sorted(problems, key=lambda problem: (problem.path, problem.line)):
        counts[problem.path] += 1
        if counts[problem.path] <= MAX_PROBLEMS:
            yield problem
    for path, count in counts.items():
        if count > MAX_PROBLEMS:
            more = count - MAX_PROBLEMS
            yield Problem(
                path, 0, Text(f"… et {more} autres problèmes", f"… and {more} more problems")
            )


@dataclass
class _Reader:
    root: Path
    problems: list[Problem] = field(default_factory=list)
    places: dict[str, list[tuple[Path, int]]] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)
    asked_in: dict[str, Path] = field(default_factory=dict)

    def refuse(self, path: Path, what: Text, line: int = 0) -> None:
        self.problems.append(Problem(path, line, what))

    def text(self, path: Path, limit: int) -> str | None:
        """Read a file inside the corpus, or note why it is refused.

        A text in which something was found is read too, for what else is wrong with it.
        """
        text, problems = read_text(path, self.root, limit)
        self.problems += problems
        return text if text or not problems else None

    def collection(self, folder: Path) -> Collection | None:
        path = folder / CONFIG
        text = self.text(path, MAX_CONFIG_BYTES)
        if text is None:
            return None
        config, problems = parse_config(text, path)
        self.problems += problems
        if config is None:
            return None
        self.places.setdefault(config.id, []).append((path, line_of(text, ("id",))))
        sources = self.sources(folder, config, text)
        self.check_heads(folder / HEADS)
        found = []
        paths = self.files(folder / "practices", ".md")
        for path in paths or ():
            practice = self.practice(path, config, sources)
            if practice:
                found.append(practice)
                at = (path, practice.id_line)
                self.places.setdefault(practice.practice.id, []).append(at)
        if paths == []:
            self.refuse(
                folder / "practices",
                Text(
                    "aucune pratique ; ajoutez au moins un fichier .md (recueil-qa new practice)",
                    "no practice; add at least one .md file (recueil-qa new practice)",
                ),
            )
        practices = sorted((row.practice for row in found), key=lambda practice: practice.id)
        # When a practice was refused, its questions are not at fault for naming it.
        all_read = paths is not None and len(found) == len(paths)
        known = {practice.id: practice for practice in practices} if all_read else None
        if known is not None:
            self.check_aliases(folder / CONFIG, text, config, practices)
        questions = self.questions(folder / "questions", known)
        seen: statements.Seen = {}
        judged = self.statements(folder / statements.NAME, known, seen)
        learnt = tuple(
            row
            for path in self.files(folder / statements.LEARNT, ".jsonl") or ()
            for row in self.statements(path, known, seen)
        )
        return Collection(folder, config, tuple(practices), questions, judged, learnt)

    def check_heads(self, path: Path) -> None:
        """Refuse fitted heads from outside, which no hash of the corpus would tell of."""
        outside = link_outside(path, self.root) if path.is_file() else None
        if outside:
            self.problems.append(outside)

    def check_aliases(
        self, path: Path, text: str, config: CollectionConfig, practices: list[Practice]
    ) -> None:
        """Refuse other names for a value that no practice has."""
        for facet, values in config.aliases.items():
            there = {value for practice in practices for value in practice.values(facet)}
            for value in values:
                # What the configuration lists may have no practice yet.
                if value not in there and not config.lists(facet):
                    self.refuse(
                        path,
                        Text(
                            f"[aliases.{facet}] : aucune pratique n'a « {excerpt(value)} » ; "
                            "reprenez la valeur d'une pratique, lettre pour lettre",
                            f"[aliases.{facet}]: no practice has '{excerpt(value)}'; take the "
                            "value of a practice, letter for letter",
                        ),
                        line_of(text, ("aliases", facet, value)),
                    )

    def files(self, folder: Path, suffix: str) -> list[Path] | None:
        paths, problems = files_of(folder, self.root, suffix)
        self.problems += problems
        return paths

    def questions(self, folder: Path, known: dict[str, Practice] | None) -> tuple[Question, ...]:
        questions: list[Question] = []
        for path in self.files(folder, ".yaml") or ():
            text = self.text(path, MAX_ENTRY_BYTES)
            if text is None:
                continue
            rows, problems = parse_questions(text, path, known, self.asked)
            questions += rows
            self.problems += problems
            other = self.asked_in.setdefault(rows[0].practice, path) if rows else path
            if other != path:
                self.refuse(
                    path,
                    Text(
                        f"les questions de {rows[0].practice} sont déjà dans {other.name} ; "
                        "réunissez-les dans un fichier",
                        f"the questions of {rows[0].practice} are already in {other.name}; put "
                        "them into one file",
                    ),
                )
        return tuple(sorted(questions, key=lambda question: question.practice))

    def statements(
        self, path: Path, known: dict[str, Practice] | None, seen: statements.Seen
    ) -> tuple[Statement, ...]:
        there = path.is_symlink() or path.exists()
        text = self.text(path, MAX_ROWS_BYTES) if there else None
        rows, problems = statements.parse_statements(text or "", path, known, seen)
        self.problems += problems
        return rows

    def sources(self, folder: Path, config: CollectionConfig, text: str) -> Sources | None:
        """Return what to check quotations against; None if there is none, or one is missing."""
        texts: dict[str, str | None] = {}
        for i, name in enumerate(config.sources):
            if (folder / name).is_file():
                texts[name] = self.text(folder / name, MAX_FILE_BYTES)
                continue
            texts[name] = None
            self.refuse(
                folder / CONFIG,
                Text(
                    f"la source « {name} » manque ; ajoutez le fichier, ou retirez-la de « sources "
                    "» : les citations ne seront alors plus vérifiées dans ce texte",
                    f"the source '{name}' is missing; add the file, or take it out of 'sources': "
                    "quotations will then not be checked in that text any more",
                ),
                line_of(text, ("sources", i), name),
            )
        whole = {name: text for name, text in texts.items() if text is not None}
        return Sources(whole) if texts and len(whole) == len(texts) else None

    def practice(
        self, path: Path, config: CollectionConfig, sources: Sources | None
    ) -> PracticeFile | None:
        text = self.text(path, MAX_ENTRY_BYTES)
        if text is None:
            return None
        found, problems = read_practice(text, path, config)
        self.problems += problems
        # A practice that says where its text comes from is its own source.
        if found and sources and not found.practice.source:
            self.problems += misquotations(found, path, sources)
        return found
