"""What questions and statements say of practices, when these change or go."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from recueil_qa.corpus.flat_yaml import read_yaml_mapping
from recueil_qa.corpus.statements import LEARNT, NAME
from recueil_qa.types import Practice

ALIKE = 0.8  # of a line that was corrected rather than written anew
MOST_COMPARED = 40_000  # pairs of lines of one practice

Places = Mapping[str, str]  # of lines (`conseils/2`) → where each is now, "" where it is gone


@dataclass(frozen=True)
class Rewritten:
    """Files with their new text (None: to be removed), and what was changed in them."""

    files: dict[str, str | None] = field(default_factory=dict)
    questions: int = 0
    grades: int = 0
    statements: int = 0
    moved: tuple[tuple[str, str, str], ...] = ()  # practice, place before, place now ("": gone)


def moved_lines(before: Mapping[str, str], after: Practice) -> Places:
    """Return where the lines of a practice are now: at the same text, else at one much alike."""
    now = {
        f"{section.name}/{line.number}": line.text
        for section in after.sections
        for line in section.lines
    }
    free = dict(now)
    found: dict[str, str] = {}
    for place, text in before.items():
        if free.get(place) == text:
            found[place] = place
            del free[place]
    for place, text in before.items():
        if place not in found:
            same = next((other for other, told in free.items() if told == text), "")
            if same:
                found[place] = same
                del free[same]
    rest = [place for place in before if place not in found]
    if len(rest) * len(free) <= MOST_COMPARED:
        for place in rest:
            near = max(free, key=lambda other: _alike(before[place], free[other]), default="")
            if near and _alike(before[place], free[near]) >= ALIKE:
                found[place] = near
                del free[near]
    return {place: found.get(place, "") for place in before}


def _alike(left: str, right: str) -> float:
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    return matcher.ratio() if matcher.real_quick_ratio() >= ALIKE else 0.0


def follow(folder: Path, moves: Mapping[str, Places]) -> Rewritten:
    """Return the files of questions and statements whose lines of practices have moved."""
    files: dict[str, str | None] = {}
    told: list[tuple[str, str, str]] = []
    for path, practice, text in _questions(folder):
        places = moves.get(practice, {})
        if any(before != now for before, now in places.items()):
            new = _moved_questions(text, path, places, told, practice)
            if new != text:
                files[f"questions/{path.name}"] = new
    for name, rows in _statement_files(folder):
        out = []
        for line, row in rows:
            said = row.get("lines") if row else None
            chosen: dict[str, list[str]] = said if isinstance(said, dict) else {}
            changed = False
            for practice, lines in [*chosen.items()]:
                places = moves.get(practice, {})
                now = [places.get(place, place) for place in lines]
                if now == lines:
                    continue
                changed = True
                told += [(practice, a, b) for a, b in zip(lines, now, strict=True) if a != b]
                kept = list(dict.fromkeys(place for place in now if place))
                chosen[practice] = kept
                if not kept:
                    del chosen[practice]
            out.append(json.dumps(row, ensure_ascii=False) if changed else line)
        files |= _if_changed(name, rows, out)
    return Rewritten(files, moved=tuple(dict.fromkeys(told)))


def without(folder: Path, gone: Set[str], after: Rewritten | None = None) -> Rewritten:
    """Return the files of questions and statements without some practices, `after` other changes.

    A statement that only these answered goes too: left without grades, it would say that nothing
    in the collection answers.
    """
    after = after or Rewritten()
    files = dict(after.files)
    questions = grades = statements = 0
    for path, practice, text in _questions(folder):
        if practice in gone:
            files[f"questions/{path.name}"] = None
            entries, _ = read_yaml_mapping(text, path, first_line=1)
            questions += sum(len(entry.texts) for entry in entries.values())
    for name, rows in _statement_files(folder, after.files):
        out = []
        for line, row in rows:
            graded = row.get("grades", {}) if row else {}
            lost = gone & set(graded) if isinstance(graded, dict) else set()
            wrong = row.get("not", []) if row else []
            if not lost and not gone & set(wrong):
                out.append(line)
                continue
            grades += len(lost)
            if lost and not set(graded) - lost:
                statements += 1
                continue
            row["grades"] = {name: grade for name, grade in graded.items() if name not in gone}
            for key in ("not", "lines"):
                if key in row:
                    row[key] = _less(row[key], gone)
                    if not row[key]:
                        del row[key]
            out.append(json.dumps(row, ensure_ascii=False))
        files |= _if_changed(name, rows, out)
    return Rewritten(files, questions, grades, statements, after.moved)


def _less(value: Any, gone: Set[str]) -> Any:
    if isinstance(value, dict):
        return {name: item for name, item in value.items() if name not in gone}
    return [name for name in value if name not in gone]


def _if_changed(
    name: str, rows: Iterable[tuple[str, Any]], out: list[str]
) -> dict[str, str | None]:
    before = [line for line, _ in rows]
    return {} if out == before else {name: "".join(f"{line}\n" for line in out)}


def _questions(folder: Path) -> Iterator[tuple[Path, str, str]]:
    for path in sorted((folder / "questions").glob("[!.]*.yaml")):
        text = path.read_text("utf-8")
        entries, _ = read_yaml_mapping(text, path, first_line=1)
        if "practice" in entries:
            yield path, entries["practice"].text, text


def _statement_files(
    folder: Path, changed: Mapping[str, str | None] = MappingProxyType({})
) -> Iterator[tuple[str, list[tuple[str, dict[str, Any]]]]]:
    """Yield the files of statements with their rows, as they stand or as they are `changed`."""
    paths = [folder / NAME, *sorted((folder / LEARNT).glob("[!.]*.jsonl"))]
    for path in paths:
        if path.is_file():
            name = path.relative_to(folder).as_posix()
            lines = (changed.get(name) or path.read_text("utf-8")).split("\n")
            yield name, [(line, _row(line)) for line in lines if line.strip()]


def _row(line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return row if isinstance(row, dict) else {}


def _moved_questions(
    text: str, path: Path, places: Places, told: list[tuple[str, str, str]], practice: str
) -> str:
    entries, _ = read_yaml_mapping(text, path, first_line=1)
    lines = text.split("\n")
    whole: dict[str, list[str]] = {}
    rewritten: dict[str, Any] = {}
    lost = False
    for key, entry in entries.items():
        language, _, place = key.partition(" ")
        now = places.get(place, place) if place else ""
        if place and now != place:
            told.append((practice, place, now))
            lost = lost or not now
            row = lines[entry.line - 1]
            lines[entry.line - 1] = row.replace(f"{language} {place}", f"{language} {now}", 1)
        if place and not now:
            whole.setdefault(language, []).extend(entry.texts)
        else:
            rewritten[f"{language} {now}".strip()] = entry.value
    if not lost:
        return "\n".join(lines)
    # Their line is gone: they stay, as questions of the whole practice.
    for language, texts in whole.items():
        rewritten[language] = list(dict.fromkeys([*rewritten.get(language, []), *texts]))
    return yaml.safe_dump(rewritten, allow_unicode=True, sort_keys=False, width=10_000)
