"""The problems that one practice answers: a file of `questions/`.

practice: recueil-2014-p23
fr:                    # questions that the practice answers
- …
en conseils/2:         # questions that the second line of its section `conseils` answers
- …
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from recueil_qa.errors import Problem
from recueil_qa.practice_file import read_yaml_mapping
from recueil_qa.types import Practice, Question

LANGUAGES = ("fr", "en")


def parse_questions(
    text: str, path: Path, known: Mapping[str, Practice] | None, asked: dict[str, str]
) -> tuple[list[Question], list[Problem]]:
    """Read one file; return its questions and every problem.

    Practices and lines are not checked when `known` is None. `asked` (wording to id) holds the
    questions of the files read before, and gets those of this one.
    """
    values, problems = read_yaml_mapping(text, path, first_line=1)
    practice, line = values.pop("practice", ("", 0))
    if problems:
        return [], problems
    if not isinstance(practice, str) or (known is not None and practice not in known):
        return [], [
            Problem(
                path,
                line,
                f"pratique inconnue « {practice} » ; écrivez « practice: » et l'id d'une pratique",
                f"unknown practice '{practice}'; write 'practice:' and the id of a practice",
            )
        ]
    places = line_places(known[practice]) if known is not None else None
    questions: list[Question] = []
    for key, (texts, line) in values.items():
        language, _, place = key.partition(" ")
        if key != f"{language} {place}".strip():
            language = ""
        if language not in LANGUAGES or not isinstance(texts, list) or not all(texts):
            problems.append(
                Problem(
                    path,
                    line,
                    f"« {key} » : une liste de questions sous « fr: » ou « en: » est attendue",
                    f"'{key}': expected a list of questions under 'fr:' or 'en:'",
                )
            )
        elif place and places is not None and place not in places:
            problems.append(
                Problem(
                    path,
                    line,
                    f"« {key} » : {practice} n'a pas de ligne « {place} » ; écrivez la section et "
                    "le numéro de la ligne qui répond, comme « fr conseils/2: »",
                    f"'{key}': {practice} has no line '{place}'; write the section and the number "
                    "of the line that answers, as in 'fr conseils/2:'",
                )
            )
        else:
            for i, wording in enumerate(texts, 1):
                parts = (practice, "questions", language, place, str(i))
                question = Question(
                    "/".join(filter(None, parts)), practice, language, wording, place
                )
                other = asked.setdefault(" ".join(wording.lower().split()), question.id)
                if other != question.id:
                    problems.append(_twin(path, text, line, wording, other))
                questions.append(question)
    return questions, problems


def _twin(path: Path, text: str, line: int, wording: str, other: str) -> Problem:
    """Return the problem of a question that was given before, here or under another practice."""
    rows = list(enumerate(text.split("\n"), 1))[line:]
    exact = [n for n, row in rows if row.strip().lstrip("- ").strip("'\"") == wording]
    return Problem(
        path,
        exact[-1] if exact else line,
        f"la question « {wording[:80]} » est déjà celle de {other} ; ôtez-en une",
        f"the question '{wording[:80]}' is already given by {other}; keep one",
    )


def line_places(practice: Practice) -> frozenset[str]:
    """Return the places of a practice's lines: section and number (`conseils/2`)."""
    return frozenset(
        f"{section.name}/{line.number}" for section in practice.sections for line in section.lines
    )
