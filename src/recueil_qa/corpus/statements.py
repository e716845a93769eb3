"""Problem statements judged against a whole collection: `statements.jsonl` beside the practices.

A question belongs to the one practice that answers it. A statement is a problem as people put it
(an e-mail, an audit finding, two words typed in haste), with every practice that helps: 2, glad to
get it among the first; 1, it has something that applies. No grade at all says that nothing in the
collection answers, which is what abstention is learnt from. One JSON object a line:

    {"id": "s001", "lang": "fr", "register": "courriel", "text": "…", "grades": {"…-p23": 2}}

`not` may note practices that look right and are not. `group` ties
statements of one problem together: where some are left out to measure, all are. `lines` may note,
of practices that help, the lines that a careful reader would quote first (`choices.py`):
{"…-p23": ["conseils/2", "principes/1"]}. `origin` says who wrote it, where a model drafted it.

Statements of `statements.jsonl` are searched and learnt from; those of files in the folder
`statements/` are learnt from only, whichever they are and however many (`learning`).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from recueil_qa.corpus.marks import personal_data_fault, unfilled
from recueil_qa.corpus.questions import line_places
from recueil_qa.corpus.text_file import CONTROL
from recueil_qa.errors import Problem
from recueil_qa.faults import INVISIBLE, excerpt, field_fault, json_fault
from recueil_qa.messages import Text, table
from recueil_qa.types import Practice

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

NAME, LEARNT = "statements.jsonl", "statements"


Place = Annotated[str, StringConstraints(pattern=r"^[^\s/]{1,60}/[0-9]{1,4}$")]


class Statement(BaseModel):
    """One judged statement; `grades` by practice id, `wrong` the practices of `not`.

    `lines` are the places (`conseils/2`) of the lines chosen, best first, by practice id.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,40}$")]
    language: Annotated[str, StringConstraints(pattern="^(fr|en)$")] = Field(alias="lang")
    register_: str = Field(default="", alias="register", max_length=100)
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=4_000)]
    grades: dict[str, Annotated[int, Field(strict=True, ge=1, le=2)]]
    wrong: tuple[str, ...] = Field(default=(), alias="not")
    group: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{0,60}$")] = ""
    lines: dict[str, tuple[Place, ...]] = Field(default_factory=dict)
    origin: str = Field(default="", max_length=200)


# What pydantic's own reasons don't say.
_EXPECTED = table(
    {
        "?": ("un objet { … } est attendu", "expected an object { … }"),
        "id": (
            "40 lettres sans accent, chiffres ou tirets au plus, entre guillemets, sont attendus",
            "expected at most 40 unaccented letters, digits or hyphens, in quotes",
        ),
        "lang": ('"fr" ou "en" est attendu', 'expected "fr" or "en"'),
        "text": (
            "2 à 4000 caractères entre guillemets sont attendus",
            "expected 2 to 4000 characters",
        ),
        "origin": ("200 caractères au plus sont attendus", "expected at most 200 characters"),
        "register": ("100 caractères au plus sont attendus", "expected at most 100 characters"),
        "grades": (
            'attendu : {"id d\'une pratique": 1 ou 2}, ou {}',
            'expected {"id of a practice": 1 or 2}, or {}',
        ),
        "grades.": ("1 ou 2 est attendu, sans guillemets", "expected 1 or 2, without quotes"),
        "group": (
            "60 lettres sans accent, chiffres ou tirets au plus, entre guillemets, sont attendus",
            "expected at most 60 unaccented letters, digits or hyphens, in quotes",
        ),
        "lines": (
            'attendu : {"id d\'une pratique": ["conseils/2", …]}',
            'expected {"id of a practice": ["conseils/2", …]}',
        ),
        "not": ('une liste d\'ids est attendue : ["…"]', 'expected a list of ids: ["…"]'),
    }
)


Seen = dict[str, tuple[Path, int]]


def parse_statements(
    text: str, path: Path, known: Mapping[str, Practice] | None, seen: Seen | None = None
) -> tuple[tuple[Statement, ...], list[Problem]]:
    """Read the rows of a file; return the good ones and every problem of the others.

    Practices are not checked when `known` is None. `seen` holds the ids and texts of the files
    read before, and takes those of this one.
    """
    rows: list[Statement] = []
    problems: list[Problem] = []
    seen = {} if seen is None else seen
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        if not line.strip():
            continue
        row, faults = _read_row(line)
        if row:
            faults = [*_strange(row, known), *_twins(row, (path, number), seen)]
            rows.append(row)
        problems += [Problem(path, number, fault) for fault in faults]
    return tuple(rows), problems


def _read_row(line: str) -> tuple[Statement | None, list[Text]]:
    """Return a row, or why it is refused."""
    try:
        values = _ROW.decode(line)
        texts = _texts(values, [])
        # JSON can hide in escapes what the file itself may not hold. There are thousands of rows,
        # and few with an escape or a mark.
        hidden = "\\" in line
        if CONTROL.search(line) or (hidden and any(map(CONTROL.search, texts))):
            return None, [INVISIBLE]
        marked = hidden or "<" in line
        if marked and (marks := unfilled(((0, text) for text in texts), Path())):
            return None, [mark.what for mark in marks]
        personal = next(filter(None, map(personal_data_fault, texts)), None)
        if personal:
            return None, [personal]
        return Statement.model_validate(values), []
    except ValidationError as error:
        return None, [_fault(item) for item in error.errors()]
    except (ValueError, RecursionError) as error:
        place = getattr(error, "pos", None)
        fault = error.what if isinstance(error, _TwiceError) else json_fault(error)
        if place is not None:
            fault += Text(f", vers le caractère {place + 1}", f", near character {place + 1}")
        said = Text(
            "un objet JSON par ligne est attendu ({})", "expected one JSON object a line ({})"
        )
        return None, [said.format(fault)]


def _fault(item: ErrorDetails) -> Text:
    loc = [str(part) for part in item["loc"]] or ["?"]
    where = excerpt(".".join(loc))
    known = item["type"] not in ("missing", "extra_forbidden")
    key = "grades." if loc[0] == "grades" and len(loc) > 1 else loc[0]
    fault = _EXPECTED.get(key, field_fault(item)) if known else field_fault(item)
    said = Text(
        "« {} » refusé ({}) ; champs : id, lang (fr ou en), text, "
        "grades (pratique : 1 ou 2), et au besoin register, group, not, lines, origin",
        "'{}' refused ({}); fields: id, lang (fr or en), text, "
        "grades (practice: 1 or 2), and if need be register, group, not, lines, origin",
    )
    return said.format(where, fault)


def _strange(row: Statement, known: Mapping[str, Practice] | None) -> Iterator[Text]:
    unknown = [n for n in (*row.grades, *row.wrong) if known is not None and n not in known]
    for name, chosen in row.lines.items():
        if name not in row.grades:
            yield Text(
                f"« lines » : {excerpt(name)} n'est pas dans « grades » ; notez-y la pratique, ou "
                "ôtez ses lignes",
                f"'lines': {excerpt(name)} is not in 'grades'; grade the practice there, or remove "
                "its lines",
            )
        elif known is not None and name in known:
            yield from _missing(known[name], chosen)
    both = sorted(set(row.wrong) & set(row.grades))
    if unknown:
        listed = excerpt(", ".join(unknown), 300)
        yield Text(
            f"pratiques inconnues : {listed} ; corrigez leur id, ou ôtez-les",
            f"unknown practices: {listed}; mend their id, or remove them",
        )
    if both:
        listed = excerpt(", ".join(both), 300)
        yield Text(
            f"pratiques à la fois dans « grades » et dans « not » : {listed} ; ôtez-les de l'un",
            f"practices both in 'grades' and in 'not': {listed}; remove them from one",
        )


def _missing(practice: Practice, chosen: Sequence[str]) -> Iterator[Text]:
    there = line_places(practice)
    missing = [place for place in chosen if place not in there]
    if missing or not chosen or len(set(chosen)) < len(chosen):
        listed = excerpt(", ".join(missing or chosen), 300)
        yield Text(
            f"« lines » : {practice.id} n'a pas ces lignes, ou elles sont répétées : {listed} ; "
            "écrivez la section et le numéro de la ligne, chacune une fois",
            f"'lines': {practice.id} does not have these lines, or they are repeated: {listed}; "
            "write the section and the number of the line, each once",
        )


def _twins(row: Statement, here: tuple[Path, int], seen: Seen) -> Iterator[Text]:
    for kind, key in (("id", row.id), ("text", " ".join(row.text.lower().split()))):
        path, line = other = seen.setdefault(f"{kind} {key}", here)
        if other != here:
            where = "" if path == here[0] else path.name
            of_fr, of_en = (f" de {where}", f" of {where}") if where else ("", "")
            yield Text(
                f"« {kind} » est déjà celui de la ligne {line}{of_fr} : « {excerpt(key)} » ; "
                "ôtez-en une",
                f"'{kind}' is already that of line {line}{of_en}: '{excerpt(key)}'; keep one",
            )


def proposed_row(
    identifier: str, language: str, register: str, text: str, grades: Mapping[str, int]
) -> dict[str, Any]:
    """Return a row for a person to read: it says so, and is refused as a statement till then."""
    row = {"id": identifier, "lang": language, "register": register, "text": text}
    return row | {"grades": dict(grades), "proposed": True}


class _TwiceError(ValueError):
    """A name given twice in one object."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.what = Text(f"« {name} » est donné deux fois", f"'{name}' is given twice")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        name = excerpt(Counter(name for name, _ in pairs).most_common(1)[0][0])
        raise _TwiceError(name)
    return values


_ROW = json.JSONDecoder(object_pairs_hook=_once)


def _texts(value: Any, found: list[str]) -> list[str]:
    """Add every text in what JSON holds, keys included, to those found; return them."""
    if isinstance(value, str):
        found.append(value)
    elif isinstance(value, dict):
        found += value
        for inner in value.values():
            _texts(inner, found)
    elif isinstance(value, list):
        for inner in value:
            _texts(inner, found)
    return found
