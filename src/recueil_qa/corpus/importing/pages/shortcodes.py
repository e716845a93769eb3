"""Commands of site generators within a page: Liquid, Nunjucks, Hugo's shortcodes, attributes.

What they would show of their own words (alternative texts, captions) stays; the rest goes, told.
Lines keep their numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_COMMENT = re.compile(
    r"\{%-?\s*comment\s*-?%\}.*?\{%-?\s*endcomment\s*-?%\}|\{#.*?#\}|%%(?!\})[^%\n]{1,500}?%%"
    r"|\{\{[<%]?\s*/\*.*?\*/\s*[>%]?\}\}",
    re.DOTALL,
)
_COMMAND = re.compile(r"\{\{[<%].*?[>%]\}\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_SHOWN = re.compile(
    r"\b(?:alt|caption|title|text|content|label|summary|quote)\s*[=:]\s*"
    r"(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)')",
    re.IGNORECASE,
)
_IN_ADDRESS = re.compile(r"(?:\b[\w:-]+=\s*[\"'][^\"'<>\n]*|\]\([^()\n]*)$")
_ATTRIBUTES = re.compile(
    r"[ \t]*\{:?\s?[.#:][^{}\n]{0,200}\}(?=[ \t]*$)|^\{:[^{}\n]{0,200}\}", re.M
)
_WIKI = re.compile(r"(?P<image>!?)\[\[(?P<page>[^\[\]|\n]+)(?:\|(?P<text>[^\[\]\n]+))?\]\]")
_ALERT = re.compile(r"^([ \t]*>[ \t]*)\[!\w+\][-+]?[ \t]*", re.MULTILINE)
_FENCED_BOX = re.compile(
    r"^[ \t]*:{3,}[ \t]*(?:\w[\w-]*)?[ \t]*(?P<title>[^\n{]*)(?:\{[^\n]*\})?$", re.M
)
_BOX = re.compile(r"^(?:!!!|\?\?\?\+?)[ \t]+[\w -]+?(?:[ \t]+\"(?P<title>[^\"\n]*)\")?[ \t]*$")
_MODULE = re.compile(r"^(?:import|export)\s[^\n]*(?:from\s+[\"'][^\n]+|;)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Dropped:
    """A command that was taken out of a text, with its line."""

    line: int
    text: str
    comment: bool = False


def without_commands(text: str, module: bool = False) -> tuple[str, list[Dropped]]:
    """Return a text without commands of site generators, and those that were dropped.

    `module` says that it is MDX, which imports components.
    """
    dropped: list[Dropped] = []

    def drop(found: re.Match[str], comment: bool = False) -> str:
        line = found.string.count("\n", 0, found.start()) + 1
        before = found.string[max(0, found.start() - 200) : found.start()]
        if not _IN_ADDRESS.search(before):
            dropped.append(Dropped(line, " ".join(found[0].split()), comment))
        return "\n" * found[0].count("\n")

    def command(found: re.Match[str]) -> str:
        # What a link's address is made of says nothing to a reader.
        kept = "" if found[0].startswith("{{") and found[0][2:3] not in "<%" else _shown(found[0])
        rest = drop(found)
        return f"{kept}{rest}" if kept else rest

    if "{#" in text or "{%" in text or "{{" in text or "%%" in text:
        text = _COMMENT.sub(lambda found: drop(found, comment=True), text)
        text = _COMMAND.sub(command, text)
    text = _ATTRIBUTES.sub("", text)
    if "[[" in text:
        text = _WIKI.sub(
            lambda found: "" if found["image"] else (found["text"] or found["page"]).strip(), text
        )
    text = _ALERT.sub(r"\1", text)
    text = _FENCED_BOX.sub(lambda found: found["title"].strip(), text)
    if module:
        text = _MODULE.sub(drop, text)
    if "!!!" in text or "???" in text:
        text = "\n".join(_boxes(text.split("\n")))
    return text, dropped


def _shown(command: str) -> str:
    texts = [found["double"] or found["single"] or "" for found in _SHOWN.finditer(command)]
    return " ".join(dict.fromkeys(text for text in texts if text))


def _boxes(lines: list[str]) -> Iterator[str]:
    """Yield lines with boxes (`!!! note "Title"`, then indented text) as plain text."""
    inside = False
    for line in lines:
        found = _BOX.match(line)
        if found:
            inside = True
            yield found["title"] or ""
        elif inside and line.startswith(("    ", "\t")):
            yield line.removeprefix("\t") if line.startswith("\t") else line[4:]
        else:
            inside = inside and not line.strip()
            yield line
