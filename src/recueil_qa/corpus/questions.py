"""The problems that one practice answers: a file of `questions/`.

practice: recueil-2014-p23
fr:                    # questions that the practice answers
- …
en conseils/2:         # questions that the second line of its section `conseils` answers
- …

A comment right above a question says who wrote it, where a model drafted it: `# origin: …`.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from recueil_qa.corpus.flat_yaml import Entry, Reading, lines_of, read_yaml_mapping
from recueil_qa.corpus.marks import personal_data_fault, unfilled
from recueil_qa.errors import Problem
from recueil_qa.faults import excerpt
from recueil_qa.messages import Text, alike, join
from recueil_qa.types import Practice, Question

LANGUAGES = ("fr", "en")
MAX_CHARACTERS = 2_000
ORIGIN = "# origin: "


def parse_questions(
    text: str, path: Path, known: Mapping[str, Practice] | None, asked: dict[str, str]
) -> tuple[list[Question], list[Problem]]:
    """Read one file; return its questions and every problem.

    Practices and lines are not checked when `known` is None. `asked` (wording to id) holds the
    questions of the files read before, and gets those of this one.
    """
    reading = Reading(path)
    every = lines_of(text)
    rows = [(n, row) for n, row in enumerate(every, 1) if row.lstrip()[:1] != "#"]
    needed = {number for number, row in rows if row.startswith("practice:")}
    blanks = unfilled(rows, path, needed)
    entries, reading.problems = read_yaml_mapping(text, path, first_line=1)
    if reading.problems and not entries:
        return [], blanks or reading.problems
    named = entries.pop("practice", Entry("", 1))
    practice = named.text
    if not practice or (known is not None and practice not in known):
        if named.line not in {problem.line for problem in (*reading.problems, *blanks)}:
            _refuse_practice(named, known, reading)
        return [], [*reading.problems, *blanks]
    at_fault = {problem.line for problem in (*reading.problems, *blanks)}
    questions: list[Question] = []
    for key, entry in entries.items():
        language, _, place = key.partition(" ")
        if place != place.strip() or key != f"{language} {place}".strip():
            language = ""
        if entry.line in at_fault:
            continue
        if not _is_list(key, language, entry, reading):
            continue
        if known is not None and place and place not in line_places(known[practice]):
            name = excerpt(key, 40)
            there = _ranges(known[practice])
            reading.refuse(
                entry.line,
                Text(
                    f"« {name} » : {practice} n'a pas de ligne « {excerpt(place, 40)} » ; écrivez "
                    f"la section et le numéro de la ligne qui répond ; il y a : {there.fr}",
                    f"'{name}': {practice} has no line '{excerpt(place, 40)}'; write the section "
                    f"and the number of the line that answers; there are: {there.en}",
                ),
            )
            continue
        for i, (wording, line) in enumerate(zip(entry.texts, entry.lines, strict=True), 1):
            if line in at_fault or not _is_question(wording, line, reading):
                continue
            parts = (practice, "questions", language, place, str(i))
            above = every[line - 2].strip() if line > 1 else ""
            origin = above.removeprefix(ORIGIN) if above.startswith(ORIGIN) else ""
            name = "/".join(filter(None, parts))
            question = Question(name, practice, language, wording, place, origin)
            other = asked.setdefault(" ".join(wording.lower().split()), question.id)
            if other != question.id:
                reading.refuse(
                    line,
                    Text(
                        f"la question « {excerpt(wording)} » est déjà celle de {other} ; ôtez-en "
                        "une",
                        f"the question '{excerpt(wording)}' is already given by {other}; keep one",
                    ),
                )
            questions.append(question)
    return questions, [*reading.problems, *blanks]


def _refuse_practice(named: Entry, known: Mapping[str, Practice] | None, reading: Reading) -> None:
    near = get_close_matches(named.text[:100], list(known or ()), n=1)
    example = near[0] if near else next(iter(known or ()), "…")
    if not named.text:
        reading.refuse(
            named.line,
            Text(
                "la pratique n'est pas nommée ; écrivez « practice: » et son id, comme « "
                f"practice: {example} »",
                "the practice is not named; write 'practice:' and its id, as in 'practice: "
                f"{example}'",
            ),
        )
        return
    given = excerpt(named.text)
    reading.refuse(
        named.line,
        Text(
            f"pratique inconnue « {given} » ; écrivez « practice: » et l'id d'une pratique, comme "
            f"« {example} »",
            f"unknown practice '{given}'; write 'practice:' and the id of a practice, as "
            f"'{example}'",
        ),
    )


def _is_list(key: str, language: str, entry: Entry, reading: Reading) -> bool:
    """Return whether an entry is a list of questions, or note why it isn't."""
    name = excerpt(key, 40)
    if language not in LANGUAGES:
        reading.refuse(
            entry.line,
            Text(
                f"« {name} » n'est pas attendu ici ; les questions sont sous « fr: » ou « en: », "
                "ou, pour une ligne, sous « fr conseils/2: » (une seule espace)",
                f"'{name}' is not expected here; questions stand under 'fr:' or 'en:', or, for one "
                "line, under 'fr conseils/2:' (one space)",
            ),
        )
    elif not entry.texts:
        reading.refuse(
            entry.line,
            Text(
                f"« {name} » : une liste de questions est attendue, chacune sur une ligne qui "
                "commence par « - » ; s'il n'y en a pas, ôtez cette ligne",
                f"'{name}': expected a list of questions, each on a line that starts with '- '; if "
                "there is none, remove this line",
            ),
        )
    else:
        return True
    return False


def _is_question(wording: str, line: int, reading: Reading) -> bool:
    if not wording:
        reading.refuse(
            line,
            Text(
                "question vide ; écrivez-la après « - », ou ôtez la ligne",
                "empty question; write it after '- ', or remove the line",
            ),
        )
    elif len(wording) > MAX_CHARACTERS:
        reading.refuse(
            line,
            Text(
                f"question de plus de {MAX_CHARACTERS} caractères ; raccourcissez-la",
                f"question of over {MAX_CHARACTERS} characters; shorten it",
            ),
        )
    elif fault := personal_data_fault(wording):
        reading.refuse(line, fault)
    else:
        return True
    return False


def line_places(practice: Practice) -> frozenset[str]:
    """Return the places of a practice's lines: section and number (`conseils/2`)."""
    return frozenset(
        f"{section.name}/{line.number}" for section in practice.sections for line in section.lines
    )


def _ranges(practice: Practice) -> Text:
    """Return the places of a practice's lines, by section."""
    found = [(section.name, len(section.lines)) for section in practice.sections]
    places = [
        alike(f"{name}/1") + (Text(" à {0}", " to {0}").format(count) if count > 1 else "")
        for name, count in found
    ]
    return join(places, ", ")
