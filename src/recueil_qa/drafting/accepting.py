"""A draft that a maintainer accepts, into the collection's files; nothing else of them changes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from recueil_qa.corpus.corpus import Collection
from recueil_qa.corpus.questions import ORIGIN, parse_questions
from recueil_qa.corpus.statements import NAME, parse_statements
from recueil_qa.drafting.drafts import Draft, changing, replaced
from recueil_qa.errors import CorpusError, NotFoundError, Problem
from recueil_qa.faults import excerpt, system_reason
from recueil_qa.files import write_whole
from recueil_qa.messages import Text
from recueil_qa.types import Practice, Question

_KEY = re.compile(r"[^\s#-][^:]*:")


def accept(
    collection: Collection,
    identifier: str,
    *,
    text: str | None = None,
    grades: Mapping[str, int] | None = None,
    today: date | None = None,
) -> Path:
    """Write a draft, or its `text` and `grades` as they were edited; return the file it is in.

    Raises:
        NotFoundError: it does not wait any more.
        CorpusError: as it is, it can't stand in the collection; nothing has changed.
        BusyError, WriteError: nothing has changed.
    """
    with changing(collection.path) as drafts:
        draft = _waiting(drafts.waiting, identifier)
        edited = draft.model_copy(
            update={
                "text": draft.text if text is None else " ".join(text.split()),
                "grades": draft.grades if grades is None else dict(grades),
            }
        )
        changed = (edited.text, edited.grades) != (draft.text, draft.grades)
        day = (today or date.today()).isoformat()
        how = "edited and accepted" if changed else "accepted"
        origin = f"drafted by {draft.model} on {draft.date}, {how} by a maintainer on {day}"
        known = {practice.id: practice for practice in collection.practices}
        write = _add_question if draft.kind == "question" else _add_statement
        path = write(collection.path, edited, origin, known)
        # Killed in between, it still waits, and is found to be there when it is accepted again.
        drafts.drafts = replaced(drafts.drafts, edited.model_copy(update={"state": "accepted"}))
        drafts.save()
    return path


def read_grades(written: str) -> dict[str, int]:
    """Return grades as they are typed: `recueil-2014-p23=2 recueil-2014-p24=1`.

    Raises:
        NotFoundError: they are written otherwise.
    """
    pairs = [part.partition("=") for part in written.replace(",", " ").split()]
    if all(name and grade in ("1", "2") for name, _, grade in pairs):
        return {name: int(grade) for name, _, grade in pairs}
    what = Text(
        "notes refusées : « {} » ; écrivez des ids de pratiques suivis de =2 ou =1",
        "grades refused: '{}'; write ids of practices followed by =2 or =1",
    )
    raise NotFoundError(what.format(excerpt(written)))


def refuse(collection: Path, identifier: str) -> None:
    """Keep a draft as one that is not wanted. Raises as `accept`."""
    with changing(collection) as drafts:
        draft = _waiting(drafts.waiting, identifier)
        drafts.drafts = replaced(drafts.drafts, draft.model_copy(update={"state": "refused"}))
        drafts.save()


def _waiting(drafts: list[Draft], identifier: str) -> Draft:
    for draft in drafts:
        if draft.id == identifier:
            return draft
    what = Text("ce brouillon n'attend plus : {}", "this draft does not wait any more: {}")
    raise NotFoundError(what.format(identifier))


def _add_question(folder: Path, draft: Draft, origin: str, known: Mapping[str, Practice]) -> Path:
    """Add a question under its language, or its line. Raises CorpusError, WriteError."""
    path, text, before = _questions_of(folder, draft.practice, known)
    if any(question.text == draft.text for question in before):
        return path
    key = f"{draft.language} {draft.line}".strip()
    made = with_question(text or f"practice: {draft.practice}\n", key, draft.text, origin)
    after, problems = parse_questions(made, path, known, _asked_elsewhere(folder, path))
    told = [question.text for question in after]
    # What was there is there still, in its order, and the new one is what was accepted.
    if not problems and sorted(told) != sorted([*(each.text for each in before), draft.text]):
        problems = [
            Problem(
                path,
                0,
                Text(
                    "impossible d'ajouter la question ici sans toucher au reste ; ajoutez-la à la "
                    "main",
                    "the question can't be added here without touching the rest; add it by hand",
                ),
            )
        ]
    if problems:
        raise CorpusError(problems)
    path.parent.mkdir(exist_ok=True)
    write_whole(path, made)
    return path


def with_question(text: str, key: str, wording: str, origin: str) -> str:
    """Return a file of questions with one more at the end of the list of a key."""
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.rstrip().replace("\r\n", "\n").split("\n")
    quoted = wording.replace("'", "''")
    added = [f"{ORIGIN}{origin}", f"- '{quoted}'"]
    heads = [place for place, line in enumerate(lines) if line.rstrip() == f"{key}:"]
    if not heads:
        lines += [f"{key}:", *added]
    else:
        last = heads[0] + 1
        for place in range(heads[0] + 1, len(lines)):
            if _KEY.match(lines[place]):
                break
            if lines[place].strip() and not lines[place].lstrip().startswith("#"):
                last = place + 1
        lines[last:last] = added
    return end.join(lines) + end


def _questions_of(
    folder: Path, practice: str, known: Mapping[str, Practice]
) -> tuple[Path, str, list[Question]]:
    """Return the file of a practice's questions, its text, and its questions; or a new file."""
    own = folder / "questions"
    for path in sorted(own.glob("[!.]*.yaml")):
        text = _text(path)
        questions, problems = parse_questions(text, path, known, {})
        named = re.search(r"^practice:\s*(\S+)", text, re.MULTILINE)
        if named and named[1].strip("'\"") == practice:
            if problems:
                raise CorpusError(problems)
            return path, text, questions
    stem = practice.removeprefix(f"{folder.name}-")
    names = (f"{stem}.yaml", f"{practice}.yaml")
    free = [own / name for name in names if not (own / name).exists()]
    return (free or [own / f"{practice}-drafts.yaml"])[0], "", []


def _asked_elsewhere(folder: Path, path: Path) -> dict[str, str]:
    asked: dict[str, str] = {}
    for other in sorted((folder / "questions").glob("[!.]*.yaml")):
        if other != path:
            parse_questions(_text(other), other, None, asked)
    return asked


def _add_statement(folder: Path, draft: Draft, origin: str, known: Mapping[str, Practice]) -> Path:
    """Add a statement at the end of the file. Raises CorpusError, WriteError."""
    path = folder / NAME
    text = _text(path) if path.exists() else ""
    row: dict[str, object] = {"id": draft.id, "lang": draft.language, "register": draft.register_}
    row |= {"text": draft.text, "grades": draft.grades, "origin": origin[:200]}
    before, faults = parse_statements(text, path, known)
    if any(each.text == draft.text and each.id == draft.id for each in before):
        return path
    made = f"{text}{'' if not text or text.endswith(chr(10)) else chr(10)}"
    made += json.dumps(row, ensure_ascii=False) + "\n"
    _, problems = parse_statements(made, path, known)
    new = [problem for problem in problems if problem not in faults]
    if new:
        raise CorpusError(new)
    write_whole(path, made)
    return path


def _text(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        reason = system_reason(error) if isinstance(error, OSError) else Text("UTF-8", "UTF-8")
        what = Text("illisible ({})", "can't be read ({})")
        raise CorpusError([Problem(path, 0, what.format(reason))]) from error
