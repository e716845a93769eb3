"""The corpus: is it whole, and has each practice what finding and quoting it need?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path

from recueil_qa.corpus import statements
from recueil_qa.corpus.corpus import Corpus
from recueil_qa.corpus.folders import collection_folders
from recueil_qa.doctor.finding import Finding, command, listed, some
from recueil_qa.errors import CorpusError, Problem
from recueil_qa.messages import Text, join
from recueil_qa.settings import Settings

FEW_QUESTIONS = 5


def whole(settings: Settings, corpus: Corpus) -> Finding:
    """Say what was read."""
    practices = sum(len(c.practices) for c in corpus.collections)
    questions = sum(len(c.questions) for c in corpus.collections)
    return Finding(
        "corpus",
        "ok",
        Text(
            f"{settings.corpus} : {practices} pratiques, {questions} questions, citations exactes",
            f"{settings.corpus}: {practices} practices, {questions} questions, quotations checked",
        ),
    )


def refused(settings: Settings, error: CorpusError, lost: Sequence[Problem]) -> Finding:
    """Say why the corpus is refused; what `lost` tells of is told apart."""
    elsewhere = {(problem.path, problem.line) for problem in lost}
    rest = [p for p in error.problems if (p.path, p.line) not in elsewhere]
    again = command(settings, "doctor")
    if not rest:
        return Finding(
            "corpus",
            "error",
            Text(
                "refusé pour ses seules questions orphelines",
                "refused for its orphan questions alone",
            ),
            Text(f"voyez « orphans », puis : {again}", f"see 'orphans', then: {again}"),
        )
    return Finding(
        "corpus",
        "error",
        CorpusError(rest).what,
        Text(f"corrigez ces lignes, puis : {again}", f"mend these lines, then: {again}"),
    )


def orphans(root: Path) -> list[Problem] | None:
    """Return the questions and statements about practices that don't exist.

    None when some practices can't be read: whose questions are lost can't be told then.
    """
    found: list[Problem] = []
    try:
        for folder in collection_folders(root):
            known = {_named(path, "id")[0] for path in folder.glob("practices/[!.]*.md")}
            if "" in known:
                return None
            found += [problem for problem in _asked(folder, known) if problem]
    except (OSError, UnicodeDecodeError):
        return None
    return found


def lost(found: Sequence[Problem]) -> Finding:
    """Say which questions are about practices that don't exist."""
    if not found:
        return Finding(
            "orphans",
            "ok",
            Text("aucune question sans sa pratique", "no question without its practice"),
        )
    return Finding(
        "orphans",
        "error",
        Text(
            "{} renvoi(s) à des pratiques qui n'existent pas : {}",
            "{} mention(s) of practices that don't exist: {}",
        ).format(len(found), listed([problem.located for problem in found])),
        Text(
            "écrivez là l'id d'une pratique, ou ôtez la ligne (pour questions/, le fichier)",
            "write the id of a practice there, or take the line away (in questions/, the file)",
        ),
    )


def _named(path: Path, field: str) -> tuple[str, int]:
    """Return the id that a field of a file gives, and its line; "" where there is none."""
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if found := re.match(rf"""\ufeff?{field}:\s*["']?([\w-]+)["']?\s*(?:#.*)?$""", line):
            return found[1], number
    return "", 0


def _asked(folder: Path, known: set[str]) -> Iterator[Problem | None]:
    for path in sorted(folder.glob("questions/[!.]*.yaml")):
        name, line = _named(path, "practice")
        yield _unknown(path, line, name, known) if name else None
    judged = [folder / statements.NAME, *sorted(folder.glob(f"{statements.LEARNT}/[!.]*.jsonl"))]
    for path in filter(Path.is_file, judged):
        rows = path.read_text("utf-8").removeprefix("\ufeff").split("\n")
        for number, row in enumerate(rows, 1):
            try:
                values = json.loads(row)
                names = [*values.get("grades", ()), *values.get("not", ())]
            except (ValueError, AttributeError, TypeError, RecursionError):
                continue  # told by whoever reads the corpus
            for name in filter(lambda name: isinstance(name, str), names):
                yield _unknown(path, number, name, known)


def _unknown(path: Path, line: int, name: str, known: set[str]) -> Problem | None:
    if name in known:
        return None
    near = get_close_matches(name, sorted(known), 1)
    what = Text(f"« {name} »", f"'{name}'")
    if near:
        what += Text(f" ; voisine : {near[0]}", f"; alike: {near[0]}")
    return Problem(path, line, what)


def questions(settings: Settings, corpus: Corpus) -> Finding:
    """Find the practices that nobody, or nearly, wrote questions for."""
    counts = {
        practice.id: len(collection.questions_by_practice.get(practice.id, ()))
        for collection in corpus.collections
        for practice in collection.practices
    }
    bare = [name for name, count in counts.items() if not count]
    few = [f"{name} ({count})" for name, count in counts.items() if 0 < count < FEW_QUESTIONS]
    faults = list[Text]()
    if bare:
        faults.append(
            Text(
                f"{len(bare)} pratique(s) sans questions, donc moins bien trouvées : {some(bare)}",
                f"{len(bare)} practice(s) without questions, found less well: {some(bare)}",
            )
        )
    if few:
        faults.append(
            Text(
                f"{len(few)} pratique(s) avec moins de {FEW_QUESTIONS} questions : {some(few)}",
                f"{len(few)} practice(s) with fewer than {FEW_QUESTIONS} questions: {some(few)}",
            )
        )
    if not faults:
        least = min(counts.values())
        return Finding(
            "questions",
            "ok",
            Text(
                f"chaque pratique a au moins {least} questions",
                f"every practice has at least {least} questions",
            ),
        )
    then = command(settings, "build")
    return Finding(
        "questions",
        "warning",
        join(faults),
        Text(
            f"écrivez-en {FEW_QUESTIONS} par pratique, dans questions/ (docs/collections.md), puis "
            f": {then}",
            f"write {FEW_QUESTIONS} a practice, in questions/ (docs/collections.md), then: {then}",
        ),
    )


def advice(settings: Settings, corpus: Corpus) -> Finding:
    """Find the practices that have nothing to quote as advice."""
    bare, headings = list[str](), dict[str, None]()
    for collection in corpus.collections:
        sections = [s for s in collection.config.sections if s.role == "advice"]
        for practice in collection.practices:
            if not any(practice.section(section.name) for section in sections):
                bare.append(practice.id)
                headings[f"« ## {sections[0].headings[0]} »"] = None
    if not bare:
        return Finding("advice", "ok", Text("chaque pratique conseille", "every practice advises"))
    wanted, then = ", ".join(headings), command(settings, "build")
    return Finding(
        "advice",
        "warning",
        Text(
            f"{len(bare)} pratique(s) sans conseil à citer : {some(bare)}",
            f"{len(bare)} practice(s) without advice to quote: {some(bare)}",
        ),
        Text(
            f"écrivez dans leur fichier une section {wanted}, puis : {then}",
            f"write a section {wanted} in their file, then: {then}",
        ),
    )
