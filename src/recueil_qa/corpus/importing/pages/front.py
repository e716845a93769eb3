"""Front matter: YAML (Jekyll, Hugo, Eleventy, plain), TOML (`+++`) or JSON, as flat fields."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from typing import Any

import yaml

from recueil_qa.corpus.importing.pages.page import PageError, Value
from recueil_qa.faults import toml_fault, yaml_fault
from recueil_qa.messages import Text

MAX_CHARACTERS = 200_000
MAX_VALUES = 2_000
LONGEST_NAME = 60  # a longer one is the rest of a text that YAML takes for a name
DEEPEST = 4
_END = {"---": ("---", "..."), "+++": ("+++",), ";;;": (";;;",)}
_KEY = re.compile(r"^[\"']?(?P<key>[^\s\"'#:=-][^\"':=]*?)[\"']?\s*[:=](?:\s|$)")
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def split(text: str) -> tuple[dict[str, Value], str]:
    """Return the fields of a page and its text, whose lines keep their numbers.

    Raises:
        PageError: the front matter is not closed, is too large or can't be read.
    """
    text = text.removeprefix("\ufeff")
    lines = text.split("\n")
    first = lines[0].rstrip() if lines else ""
    mark = first[:3]
    if mark in _END and first in (mark, "---json", "---yaml", "---toml"):
        end = next((i for i, row in enumerate(lines) if i and row.rstrip() in _END[mark]), 0)
        if not end:
            # A page may well begin with a rule.
            return {}, text
        block = "\n".join(lines[1:end])
        rest = "\n" * (end + 1) + "\n".join(lines[end + 1 :])
        kind = first[3:] or {"---": "yaml", "+++": "toml", ";;;": "json"}[mark]
        if len(block) > MAX_CHARACTERS:
            raise PageError(Text("en-tête trop long", "front matter too long"), 1)
        return _READERS[kind](block, 2), rest
    if first.startswith("{"):
        try:
            value, end = json.JSONDecoder().raw_decode(text)
        except (ValueError, RecursionError):
            return {}, text
        rest = "\n" * text.count("\n", 0, end) + text[end:]
        return _fields(value, _line_of(text[:end], 1)), rest
    return {}, text


def _json(block: str, line: int) -> dict[str, Value]:
    try:
        value = json.loads(block if block.lstrip().startswith("{") else "{" + block + "}")
    except (ValueError, RecursionError) as error:
        raise _unreadable("JSON", Text("JSON mal écrit", "JSON badly written"), line) from error
    return _fields(value, _line_of(block, line))


def _toml(block: str, line: int) -> dict[str, Value]:
    try:
        value = tomllib.loads(block)
    except (ValueError, RecursionError) as error:
        raise _unreadable("TOML", toml_fault(error), line) from error
    return _fields(value, _line_of(block, line))


def _yaml(block: str, line: int) -> dict[str, Value]:
    try:
        node = yaml.compose(block, Loader=_Loader)
        lines = {}
        if isinstance(node, yaml.MappingNode):
            lines = {str(key.value): line + key.start_mark.line for key, _ in node.value}
        return _fields(_plain(node, [MAX_VALUES], 0), lines)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        found = _loose(block, line)
        if found is None:
            mark = getattr(error, "problem_mark", None)
            at = line + (mark.line if mark else 0)
            raise _unreadable("YAML", yaml_fault(error), at) from error
        return found


_READERS = {"yaml": _yaml, "toml": _toml, "json": _json}


def _unreadable(kind: str, fault: Text, line: int) -> PageError:
    said = Text(f"en-tête {kind} illisible : ", f"front matter ({kind}) that can't be read: ")
    return PageError(said + fault, line)


def _plain(node: Any, left: list[int], depth: int) -> Any:
    """Return a node of YAML as texts, lists and mappings; bounded, as names may be repeated."""
    left[0] -= 1
    if left[0] < 0 or depth > DEEPEST:
        return ""
    if isinstance(node, yaml.MappingNode):
        return {
            str(key.value): _plain(value, left, depth + 1)
            for key, value in node.value
            if isinstance(key, yaml.ScalarNode)
        }
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, left, depth + 1) for item in node.value]
    if node is None or (not node.style and node.value in {"null", "~", "Null", "NULL"}):
        return ""
    return node.value


def _loose(block: str, line: int) -> dict[str, Value] | None:
    """Read `field: text` lines that YAML refuses, as `title: SMS: the day before`."""
    found: dict[str, Value] = {}
    name = ""
    for number, row in enumerate(block.split("\n"), line):
        if not row.strip() or row.lstrip().startswith("#"):
            continue
        key = _KEY.match(row)
        if key and name and len(key["key"]) > LONGEST_NAME:
            key = None
        item = re.match(r"\s*-\s+(.*)", row)
        if key and not row[0].isspace():
            name = key["key"].strip()
            rest = row[key.end() :].strip()
            if rest[:1] in tuple("[{&*|>"):
                return None
            found[name] = Value((rest.strip("\"'"),) if rest else (), number)
        elif item and name:
            texts = (*found[name].texts, item[1].strip().strip("\"'"))
            found[name] = Value(texts, found[name].line, True)
        elif (row[0].isspace() or len(row) > LONGEST_NAME) and name and found[name].texts:
            *before, last = found[name].texts
            found[name] = Value((*before, f"{last} {row.strip()}"), found[name].line)
        else:
            return None
    return found


def _line_of(block: str, first: int) -> dict[str, int]:
    lines: dict[str, int] = {}
    for number, row in enumerate(block.split("\n"), first):
        key = _KEY.match(row.strip())
        if key:
            lines.setdefault(key["key"].strip(), number)
    return lines


def _fields(value: Any, lines: dict[str, int]) -> dict[str, Value]:
    """Return fields, those of mappings under `outer.inner`."""
    found: dict[str, Value] = {}
    if not isinstance(value, dict):
        return found

    def take(prefix: str, mapping: dict[Any, Any], depth: int) -> None:
        for key, item in mapping.items():
            name = f"{prefix}{key}".strip()
            if isinstance(item, dict) and depth < DEEPEST:
                take(f"{name}.", item, depth + 1)
                continue
            texts = tuple(_texts(item))
            line = lines.get(name, lines.get(name.split(".")[0], 1))
            found[name] = Value(texts, line, isinstance(item, list))

    take("", value, 0)
    return dict(_names(found))


def _names(found: dict[str, Value]) -> Iterator[tuple[str, Value]]:
    """Yield the fields; what is too long for a name goes on with the field before it."""
    before: tuple[str, Value] | None = None
    for name, value in found.items():
        if before and len(name) > LONGEST_NAME:
            text = "\n".join((*before[1].texts, f"{name}: {value.text}"))
            before = before[0], Value((text,), before[1].line)
            continue
        if before:
            yield before
        before = name, value
    if before:
        yield before


def _texts(item: Any) -> Iterator[str]:
    if isinstance(item, list):
        for part in item:
            yield from _texts(part)
    elif isinstance(item, dict):
        yield from (text for part in item.values() for text in _texts(part))
    elif isinstance(item, bool):
        yield "true" if item else "false"
    elif item is not None and str(item).strip():
        yield str(item).strip()
