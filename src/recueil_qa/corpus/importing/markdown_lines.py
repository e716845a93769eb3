"""The lines of Markdown that aren't text: front matter, comments, code, definitions of notes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from recueil_qa.corpus.importing.blocks import Place, Reason, Unplaced, squash
from recueil_qa.corpus.importing.markdown_inline import DEFINITION, NOTE

_FENCE = re.compile(r"^(?:\s{0,3}>\s?)*\s*(?P<mark>`{3,}(?!.*`)|~{3,})")
_RAW = re.compile(r"^\s{0,3}<(?P<name>script|style|pre|textarea|svg)\b", re.IGNORECASE)
_ONLY_TAG = re.compile(r"^\s*(?:</?[A-Za-z][A-Za-z0-9-]{0,30}(?:\s[^<>]{0,2000})?/?>\s*)+$")
_ADMONITION = re.compile(r"^\s{0,3}(?:>\s?)+\[![A-Za-z]{1,20}\]\s*$")


def set_aside(lines: list[str], start: int) -> dict[int, Unplaced]:
    """Return what is no text among the lines from `start` on, by index."""
    return dict(_told(lines, start))


def _told(lines: list[str], start: int) -> Iterator[tuple[int, Unplaced]]:
    at = start
    while at < len(lines):
        line = lines[at]
        fence, raw = _FENCE.match(line), _RAW.match(line)
        end = at + 1
        reason: Reason | None = None
        if not line.strip():
            reason = None
        elif line.lstrip().startswith("<!--"):
            end, reason = _until(lines, at, "-->"), "comment"
        elif fence:
            end, reason = _fenced(lines, at, fence["mark"]), "code"
        elif raw:
            end, reason = _until(lines, at, f"</{raw['name'].lower()}"), "code"
        elif NOTE.match(line):
            end, reason = _note(lines, at), "note"
        elif DEFINITION.match(line) or _ADMONITION.match(line) or _ONLY_TAG.match(line):
            reason = "markup" if "alt" not in line.lower() else None
        if reason:
            for each in range(at, end):
                if lines[each].strip():
                    yield each, Unplaced(Place("line", each + 1), squash(lines[each]), reason)
        at = end


def _until(lines: list[str], at: int, mark: str) -> int:
    for each in range(at, len(lines)):
        if mark in lines[each].lower():
            return each + 1
    return len(lines)


def _fenced(lines: list[str], at: int, mark: str) -> int:
    """Return where a fence ends: at one of its kind and at least its length, or with the text."""
    closing = re.compile(rf"^(?:\s{{0,3}}>\s?)*\s*{re.escape(mark[0])}{{{len(mark)},}}\s*$")
    for each in range(at + 1, len(lines)):
        if closing.match(lines[each]):
            return each + 1
    return len(lines)


def _note(lines: list[str], at: int) -> int:
    """Return where a note ends: its lines go on under it, or indented after blank ones."""
    end = at + 1
    while end < len(lines):
        line = lines[end]
        blank = not line.strip()
        if blank and not (end + 1 < len(lines) and lines[end + 1].startswith(("    ", "\t"))):
            return end
        if NOTE.match(line) or line.startswith("#"):
            return end
        end += 1
    return end


_RULE_OF_TABLE = frozenset("|:- \t")
_PIPE = re.compile(r"(?<!\\)\|")


def cells(line: str) -> list[str]:
    """Return the texts of a row of a table."""
    text = line.strip().removeprefix("|")
    text = text[:-1] if text.endswith("|") and not text.endswith("\\|") else text
    return [each.strip().replace("\\|", "|") for each in _PIPE.split(text)]


def heads_table(line: str, rule: str) -> bool:
    """Return whether a line has the names of a table's columns, for the rule right under it."""
    return "|" in line and _is_rule(rule) and len(cells(line)) == len(cells(rule))


def _is_rule(line: str) -> bool:
    return "|" in line and "-" in line and _RULE_OF_TABLE.issuperset(line)
