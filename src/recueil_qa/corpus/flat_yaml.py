"""A flat YAML mapping, read as text: what stands in front of a practice, and its questions.

Scalars stay text (`06`, `non` and dates mean what is written); lists of scalars are all that may
stand below the first level, and below the fields named in `mappings` a mapping of these. Anchors,
aliases and tags are refused, and so is text that YAML would drop in silence.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from recueil_qa.corpus.text_file import CONTROL
from recueil_qa.corpus.yaml_nodes import compose
from recueil_qa.errors import Problem
from recueil_qa.faults import INVISIBLE, excerpt, yaml_fault
from recueil_qa.messages import Text

MAX_CHARACTERS = 200_000

# YAML counts them as ends of lines, and nothing else does.
_SEPARATORS = str.maketrans("\x85\u2028\u2029", "   ")
# PyYAML notices these far behind what opened them.
_BRACKET = re.compile(r"\s*(?:-\s+|[^\s:]+:\s+)(?P<mark>[\[{])[^\]}]*[\]}]\s*[^\s#]")
_BETTER_SEEN_FROM_START = re.compile("expected ':'|end of stream|document separator|',' or")


@dataclass(frozen=True, slots=True)
class Entry:
    """One field: a text or a list of texts, the line of its name, and those of the list's items.

    Of a field that is a mapping, `fields` are its own.
    """

    value: str | list[str]
    line: int
    lines: tuple[int, ...] = ()
    fields: dict[str, Entry] | None = None

    @property
    def text(self) -> str:
        """The value where it is a text, else nothing."""
        return self.value if isinstance(self.value, str) else ""

    @property
    def texts(self) -> list[str]:
        """The value where it is a list, else nothing."""
        return self.value if isinstance(self.value, list) else []


@dataclass
class Reading:
    """The problems of one file, gathered while it is read."""

    path: Path
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, line: int, what: Text) -> None:
        """Note a problem."""
        self.problems.append(Problem(self.path, line, what))


def lines_of(text: str) -> list[str]:
    """Return the lines of a file, as an editor counts them, without its byte order mark."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")


def read_yaml_mapping(
    text: str, path: Path, first_line: int, mappings: Collection[str] = ()
) -> tuple[dict[str, Entry], list[Problem]]:
    """Return the fields of a text that starts at `first_line` of its file, and all problems.

    Those named in `mappings` may hold fields of their own.
    """
    reading = Reading(path)
    rows = lines_of(text.translate(_SEPARATORS))
    node = _compose(rows, reading, first_line)
    entries: dict[str, Entry] = {}
    if node is None:
        return entries, reading.problems
    if not isinstance(node, yaml.MappingNode):
        reading.refuse(
            first_line + node.start_mark.line,
            Text("des lignes « champ: valeur » sont attendues", "expected 'field: value' lines"),
        )
        return entries, reading.problems
    _read_fields(node, rows, first_line, reading, entries, mappings)
    return entries, reading.problems


def _read_fields(
    node: yaml.MappingNode,
    rows: list[str],
    first_line: int,
    reading: Reading,
    entries: dict[str, Entry],
    mappings: Collection[str] = (),
) -> None:
    at_fault = {problem.line for problem in reading.problems}
    for key_node, value_node in node.value:
        line = first_line + key_node.start_mark.line
        if not isinstance(key_node, yaml.ScalarNode):
            reading.refuse(
                line,
                Text(
                    "une ligne « champ: valeur » est attendue ; mettez le texte entre guillemets",
                    "expected a 'field: value' line; put the text in quotes",
                ),
            )
            continue
        name = excerpt(key_node.value, 40)
        nested = key_node.value in mappings and isinstance(value_node, yaml.MappingNode)
        shown = yaml.ScalarNode("", "", *_marks(key_node)) if nested else value_node
        for place, fault in _faults(name, key_node, shown, rows, first_line):
            if place not in at_fault:
                reading.refuse(place, fault)
        if key_node.value in entries:
            first = entries[key_node.value].line
            reading.refuse(
                line,
                Text(
                    f"le champ « {name} » est donné deux fois, d'abord à la ligne {first} ; "
                    "gardez-en un",
                    f"field '{name}' twice, first on line {first}; keep one",
                ),
            )
        elif nested:
            own: dict[str, Entry] = {}
            _read_fields(value_node, rows, first_line, reading, own)
            entries[key_node.value] = Entry("", line, fields=own)
        else:
            entries[key_node.value] = _entry(value_node, line, first_line)


def _marks(node: yaml.Node) -> tuple[Any, Any]:
    return node.start_mark, node.end_mark


def _entry(node: yaml.Node, line: int, first_line: int) -> Entry:
    """Return what a field holds; nothing in the place of what isn't a text."""
    if not isinstance(node, yaml.SequenceNode):
        return Entry(node.value.strip() if isinstance(node, yaml.ScalarNode) else "", line)
    texts = [item.value.strip() if isinstance(item, yaml.ScalarNode) else "" for item in node.value]
    return Entry(texts, line, tuple(first_line + item.start_mark.line for item in node.value))


def _compose(rows: list[str], reading: Reading, first_line: int) -> yaml.Node | None:
    """Return the node of a text; None when it is empty, or can't be read, which is noted."""
    text = "\n".join(rows)
    if len(text) > MAX_CHARACTERS:
        reading.refuse(
            first_line,
            Text(
                f"plus de {MAX_CHARACTERS // 1000} 000 caractères ; découpez le fichier",
                f"over {MAX_CHARACTERS // 1000},000 characters; cut the file",
            ),
        )
        return None
    try:
        node, marked = compose(text)
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        fault = yaml_fault(error)
        row = _row(error, text)
        bracket = _BRACKET.match(rows[row])
        if bracket:
            mark = bracket["mark"]
            fault = Text(
                f"mettez le texte entre guillemets : il commence par « {mark} »",
                f"put the text in quotes: it starts with '{mark}'",
            )
        reading.refuse(
            first_line + row,
            Text("l'écriture ne peut pas être lue : ", "the notation can't be read: ") + fault,
        )
        return None
    for row, mark in marked:
        reading.refuse(
            first_line + row,
            Text(
                f"un texte ne commence pas par « {mark} » ; mettez-le entre guillemets",
                f"a text does not start with '{mark}'; put it in quotes",
            ),
        )
    return node


def _row(error: Exception, text: str) -> int:
    """Return the row (from 0) at fault, the first one when that isn't known."""
    place = getattr(error, "position", None)
    if isinstance(place, int):
        return text.count("\n", 0, place)
    mark = getattr(error, "problem_mark", None)
    start = getattr(error, "context_mark", None)
    if start and _BETTER_SEEN_FROM_START.search(str(getattr(error, "problem", ""))):
        mark = start
    return min(mark.line, text.count("\n")) if mark else 0


def _faults(
    name: str, key: yaml.ScalarNode, value: yaml.Node, rows: list[str], first_line: int
) -> Iterator[tuple[int, Text]]:
    """Yield the line and what is wrong of each fault of one field."""
    items = value.value if isinstance(value, yaml.SequenceNode) else []
    nested = [item for item in items if not isinstance(item, yaml.ScalarNode)]
    if nested or isinstance(value, yaml.MappingNode):
        row = (nested[0] if nested else key).start_mark.line
        yield (
            first_line + row,
            Text(
                f"« {name} » doit être un texte ou une liste de textes ; mettez entre guillemets "
                "un texte qui contient « : » ou commence par un crochet",
                f"'{name}' must be a text or a list of texts; put in quotes a text that contains "
                "': ' or starts with a bracket",
            ),
        )
    for node in [key, value, *items]:
        if not isinstance(node, yaml.ScalarNode):
            continue
        line = first_line + node.start_mark.line
        if CONTROL.search(node.value):
            yield line, Text(f"« {name} » : ", f"'{name}': ") + INVISIBLE
        elif node is not key and node.value and not node.style and _dropped(node, rows):
            yield (
                first_line + node.end_mark.line,
                Text(
                    "le texte après « # » serait perdu ; mettez tout le texte entre guillemets, ou "
                    "la remarque sur sa propre ligne",
                    "the text after '#' would be lost; put the whole text in quotes, or the remark "
                    "on a line of its own",
                ),
            )


def _dropped(node: yaml.ScalarNode, rows: list[str]) -> bool:
    mark = node.end_mark
    rest = rows[mark.line][mark.column :] if mark.line < len(rows) else ""
    return rest.lstrip().startswith("#")
