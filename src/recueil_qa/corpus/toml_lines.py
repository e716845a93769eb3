"""Say on which line of a TOML file a value stands, and what is wrong there: tomllib forgets it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from recueil_qa.errors import Problem
from recueil_qa.faults import excerpt, field_fault, toml_fault
from recueil_qa.messages import Text

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Place = tuple[str | int, ...]

_HEADER = re.compile(r"\s*(?P<open>\[{1,2})\s*(?P<name>[^\[\]#]{1,200}?)\s*\]")
_KEY = re.compile(r"""\s*(?P<name>"[^"\n]{1,200}"|'[^'\n]{1,200}'|[\w.-]{1,200})\s*=""")
# Only a bomb has a name of so many parts; tomllib's time grows with their square.
_DEEP_NAME = re.compile(r"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){30}""")
_NUMBER = Text(" n° {}", " no. {}")


def deep_name(text: str) -> int:
    """Return the line of the first name of more than 30 parts (`a.b.c. …`), or 0."""
    found = _DEEP_NAME.search(text)
    return text.count("\n", 0, found.start()) + 1 if found else 0


def notation_problem(error: Exception, text: str, path: Path) -> Problem:
    """Return the problem of a text that can't be parsed, by what the parser says of it."""
    found = re.search(r"at line (\d+)", str(error))
    at_end = text.count("\n") + 1 if "end of document" in str(error) else 0
    said = Text("l'écriture ne peut pas être lue : ", "the notation can't be read: ")
    return Problem(path, int(found[1]) if found else at_end, said + toml_fault(error))


def problem_of(item: ErrorDetails, text: str, path: Path, known: Sequence[str]) -> Problem:
    """Return what pydantic refused, with its line; `known` are the fields there are."""
    loc = item["loc"]
    fault = field_fault(item)
    at = item.get("ctx", {}).get("at")
    line = line_of(text, loc, item["input"])
    if at:
        line = line_with(text, at) or line
    if not loc:
        return Problem(path, line, fault)
    names = [excerpt(part, 60) for part in loc if isinstance(part, str)]
    where = Text(f"« {names[-1]} »", f"'{names[-1]}'")
    if isinstance(loc[-1], int):
        where += _NUMBER.format(loc[-1] + 1)
    if len(names) > 1:
        title = f"[{'.'.join(names[:-1])}]"
        where += Text(f" de {title}", f" of {title}")
        where += _NUMBER.format(loc[1] + 1) if isinstance(loc[1], int) else ""
    if item["type"] == "extra_forbidden":
        listed = ", ".join(known)
        fault += Text(f" (il y a : {listed})", f" (there are: {listed})")
    return Problem(path, line, where + Text(" : ", ": ") + fault)


def line_of(text: str, place: Sequence[str | int], value: object = None) -> int:
    """Return the line of a value by its place, as `("sections", 1, "role")`; 0 if unknown.

    The line of what holds it where it is missing; `value` finds one text of a list.
    """
    wanted = tuple(place)
    best, line, end = 0, 0, 0
    spots = _spots(text)
    for i, (number, found) in enumerate(spots):
        common = len(found) if wanted[: len(found)] == found else 0
        if common > best:
            best, line = common, number
            end = spots[i + 1][0] - 1 if i + 1 < len(spots) else text.count("\n") + 1
    if line and best < len(wanted) and isinstance(value, str) and value.strip():
        return line_with(text, value, line, end) or line
    return line


def line_with(text: str, value: str, start: int = 1, end: int | None = None) -> int:
    """Return the last line, from `start` to `end`, on which a quoted text stands, or 0."""
    quoted = (f'"{value}"', f"'{value}'")
    rows = text.split("\n")[start - 1 : end]
    found = [n for n, row in enumerate(rows, start) if any(q in row for q in quoted)]
    return found[-1] if found else 0


@lru_cache(1)  # a file with faults is asked for each of them
def _spots(text: str) -> tuple[tuple[int, Place], ...]:
    """Return the line and the place of each title in brackets and each name."""
    return tuple(_found(text.split("\n")))


def _found(rows: list[str]) -> Iterator[tuple[int, Place]]:
    table: Place = ()
    counts: Counter[str] = Counter()
    for number, row in enumerate(rows, 1):
        header, key = _HEADER.match(row), _KEY.match(row)
        if header:
            name = header["name"]
            table = _parts(name)
            if header["open"] == "[[":
                table = (*table, counts[name])
                counts[name] += 1
            yield number, table
        elif key:
            yield number, (*table, *_parts(key["name"]))


def _parts(name: str) -> Place:
    if name[0] in "\"'":
        return (name.strip("\"'"),)
    return tuple(part.strip().strip("\"'") for part in name.split("."))
