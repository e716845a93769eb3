"""A booklet's text, as extracted from its pages, cut into practices.

What it relies on: a table of contents in front, the first section heading opening every
practice under its title, and a page break (three blank lines or more) before each title.
Headings, parts and the contacts' heading come from `collection.toml`. Every non-blank line
is given to one practice or to the remainder, which the report lists.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from recueil_qa.corpus.collection import CollectionConfig
from recueil_qa.corpus.importing.contents import Entry, is_paged, read_contents
from recueil_qa.corpus.practice import INDENT, read_line
from recueil_qa.errors import CorpusError, Problem
from recueil_qa.messages import Text
from recueil_qa.types import Line, Practice, Section

PAGE_BREAK = 3  # blank lines


@dataclass(frozen=True, slots=True)
class Booklet:
    """The practices in order, and for each line (numbered from 1) the practice that got it."""

    practices: tuple[Practice, ...]
    owners: dict[int, str]
    remainder: dict[int, str]


def has_contents(text: str, config: CollectionConfig) -> bool:
    """Return whether a text has a table of contents with entries under the parts' names."""
    lines = text.replace("\r\n", "\n").split("\n")
    firsts = set(config.sections[0].headings)
    first = next((i for i, line in enumerate(lines) if line.strip() in firsts), len(lines))
    return bool(read_contents(lines[: _contents_zone(lines, first)], config))


def read_booklet(text: str, path: Path, config: CollectionConfig) -> Booklet:
    """Cut a booklet's text into practices.

    Raises:
        CorpusError: the table of contents and the text don't count the same practices, or
            an organisation has no sector in `collection.toml`.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    firsts = set(config.sections[0].headings)
    starts = [i for i, line in enumerate(lines) if line.strip() in firsts]
    contents = _contents_zone(lines, starts[0] if starts else len(lines))
    entries = read_contents(lines[:contents], config)
    if len(entries) != len(starts) or not starts:
        fault = Text(
            f"{len(entries)} entrées à la table des matières, {len(starts)} pratiques ouvertes par "
            f"« {config.sections[0].headings[0]} » ; vérifiez [[parts]] et les titres dans "
            "collection.toml (sans table des matières, écrivez practices/*.md à la main)",
            f"{len(entries)} entries in the table of contents, {len(starts)} practices opened by "
            f"'{config.sections[0].headings[0]}'; check [[parts]] and the headings in "
            "collection.toml (without a table of contents, write practices/*.md by hand)",
        )
        raise CorpusError([Problem(path, 0, fault)])
    pages = [entry.page for entry in entries]
    problems = [
        Problem(
            path,
            0,
            Text(
                f"deux pratiques à la page {page} de la table des matières ; changez l'une des "
                "pages",
                f"two practices on page {page} of the table of contents; change one of the pages",
            ),
        )
        for page in sorted({page for page in pages if pages.count(page) > 1})
    ]
    problems += [
        Problem(
            path,
            0,
            Text(
                f"« {entry.organisation} » n'a pas de secteur ; ajoutez-la à [import.sectors]",
                f"'{entry.organisation}' has no sector; add it to [import.sectors]",
            ),
        )
        for entry in entries
        if config.sectors and entry.organisation not in config.import_.sectors
    ]
    if problems:
        raise CorpusError(problems)

    body_ends = [_body_end(lines, start, config) for start in starts]
    practices, owners = [], {}
    zone_start = contents
    for entry, start, end in zip(entries, starts, body_ends, strict=True):
        header_start = _skip_part_page(lines, zone_start, start, config)
        practice = _practice(lines, header_start, start, end, entry, config)
        practices.append(practice)
        owners.update({i + 1: practice.id for i in range(header_start, end) if lines[i].strip()})
        zone_start = end
    remainder = {
        i + 1: line.strip() for i, line in enumerate(lines) if line.strip() and i + 1 not in owners
    }
    return Booklet(tuple(practices), owners, remainder)


def _contents_zone(lines: list[str], first: int) -> int:
    """Return where the table of contents ends: the page break after its last page number.

    The last page before `first` is the first practice's own: its title may end with a number.
    """
    breaks = [i for i in range(first) if _breaks(lines, i)]
    titled = [i for i in breaks if any(map(str.strip, lines[i:first]))]
    paged = [i for i in range(titled[-1] if titled else first) if is_paged(lines[i])]
    return next((i for i in breaks if paged and i > paged[-1]), first)


def _body_end(lines: list[str], start: int, config: CollectionConfig) -> int:
    """Return the end of the practice opened at `start`: the page break after its last section."""
    last_heading = start
    firsts = config.sections[0].headings
    for i in range(start + 1, len(lines)):
        heading = lines[i].strip()
        if heading in firsts:
            break
        if config.section_of(heading):
            last_heading = i
    return next((i for i in range(last_heading + 1, len(lines)) if _breaks(lines, i)), len(lines))


def _breaks(lines: list[str], i: int) -> bool:
    return i + PAGE_BREAK <= len(lines) and not any(map(str.strip, lines[i : i + PAGE_BREAK]))


def _skip_part_page(lines: list[str], zone: int, start: int, config: CollectionConfig) -> int:
    """Skip a page that only announces a part and lists its themes."""
    parts = {part.name for part in config.parts}
    announced = [i for i in range(zone, start) if lines[i].strip() in parts]
    if not announced:
        return zone
    return next(i for i in range(announced[-1], start + 1) if i == start or _breaks(lines, i))


def _practice(
    lines: list[str], header: int, start: int, end: int, entry: Entry, config: CollectionConfig
) -> Practice:
    logo, title, subtitle = _split_header(lines[header:start], entry)
    heading = config.import_.contacts_heading
    contacts_at = next(
        (i for i in range(start, end) if heading and lines[i].strip() == heading), end
    )
    opened = [(i, config.section_of(lines[i])) for i in range(start, contacts_at)]
    headings = [(i, section.name) for i, section in opened if section]
    sections = []
    for (at, name), (following, _) in pairwise([*headings, (contacts_at, "")]):
        body = tuple(_join_lines(lines[at + 1 : following]))
        sections.append(Section(name, lines[at].strip(), body))
    return Practice(
        id=f"{config.id}-p{entry.page:02d}",
        collection=config.id,
        page=entry.page,
        part=entry.part,
        theme=entry.theme,
        title=title,
        subtitle=subtitle,
        organisation=entry.organisation,
        sector=config.import_.sectors.get(entry.organisation, ""),
        logo=logo,
        sections=tuple(sections),
        contacts=tuple(line.strip() for line in lines[contacts_at + 1 : end] if line.strip()),
    )


def _split_header(lines: list[str], entry: Entry) -> tuple[str, str, str]:
    """Split what stands above the first section into logo text, title and subtitle.

    The title is the block that shares most words with the table of contents; a block that
    starts with a small letter goes on with the one before.
    """
    merged = _merge(lines, lambda text, fresh: not fresh or text[0].islower())
    paragraphs = [text.strip() for text in merged]
    if not paragraphs:
        return "", entry.title, ""
    wanted = _words(entry.title)
    overlap = [
        len(_words(text) & wanted) / max(len(_words(text) | wanted), 1) for text in paragraphs
    ]
    at = overlap.index(max(overlap))
    return " ".join(paragraphs[:at]), paragraphs[at], " ".join(paragraphs[at + 1 :])


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def _join_lines(raw_lines: list[str]) -> list[Line]:
    """Undo the wrapping of the page: a line that starts with a small letter or a bracket,
    right under another one, goes on with it. Words cut by a hyphen stay as printed."""
    merged = _merge(
        raw_lines, lambda text, fresh: not fresh and (text[0].islower() or text[0] == "(")
    )
    lines = []
    for number, raw in enumerate(merged, 1):
        text = raw.strip()
        below = number > 1 and raw.startswith(" ") and text.startswith("-")
        lines.append(read_line(" " * INDENT * below + text, number))
    return lines


def _merge(lines: list[str], goes_on: Callable[[str, bool], bool]) -> list[str]:
    """Append each line to the one before where `goes_on(text, fresh)`; fresh: after a blank."""
    merged: list[str] = []
    fresh = True
    for raw in lines:
        text = raw.strip()
        if not text:
            fresh = True
            continue
        if merged and goes_on(text, fresh):
            merged[-1] += f" {text}"
        else:
            merged.append(raw.rstrip())
        fresh = False
    return merged
