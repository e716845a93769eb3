"""One practice as a Markdown file: front matter, then the sections, one line a line.

    ---
    id: recueil-2014-p23
    page: 23
    title: La mesure de la réitération
    ---

    ## Origine de la démarche

    A plain line.

    - a list item
      - an item below it

    ### A heading within the section

Every non-blank line of the file is one line of the practice: text is never wrapped, so that
a place (section, line number) is the same in the file, in the index and in a citation.
Marks of emphasis (`**bold**`) stay in the file, as in the source, and are read away: what is
shown, searched and quoted has none.
A practice that was not in the booklet says in `source` where its text comes from. `excerpts`
lists the lines (`conseils/2`) that are shorter than their sentence in the source on purpose.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml

from recueil_qa.corpus.collection import CollectionConfig
from recueil_qa.corpus.emphasis import plain
from recueil_qa.corpus.flat_yaml import Entry, Reading, lines_of
from recueil_qa.corpus.front_matter import (
    FACTS,
    LISTS,
    OWN_FACETS,
    REQUIRED,
    TEXT_FIELDS,
    own_facets,
    read_front_matter,
)
from recueil_qa.corpus.marks import personal_data_fault, unfilled
from recueil_qa.errors import Problem
from recueil_qa.faults import excerpt
from recueil_qa.messages import Text
from recueil_qa.types import Line, Practice, Section

INDENT = 2
SUBHEADING = "###"
MAX_LINE_CHARACTERS = 10_000

_NUMBER = re.compile("[1-9][0-9]{0,5}")
_ITEM = re.compile(r"^(?P<indent> *)[-*•]\s+(?P<text>\S.*)$")
_MARKS = re.compile("#{1,6}(?!#)")


@dataclass(frozen=True, slots=True)
class PracticeFile:
    """A practice, and where its lines stand.

    `id_line` and the values of `rows` (by section and number of a line) are lines of the file;
    `excerpts` are the lines that may be shorter than their source, and where that is said.
    """

    practice: Practice
    id_line: int
    rows: dict[tuple[str, int], int]
    excerpts: dict[tuple[str, int], int] = field(default_factory=dict)


def parse_practice(
    text: str, path: Path, config: CollectionConfig
) -> tuple[Practice | None, list[Problem]]:
    """Read one practice; return it, or None with every problem of the file."""
    found, problems = read_practice(text, path, config)
    return (found.practice if found else None), problems


def read_practice(
    text: str, path: Path, config: CollectionConfig
) -> tuple[PracticeFile | None, list[Problem]]:
    """Read one practice and its places in the file; or return None with every problem."""
    reading = Reading(path)
    lines = lines_of(text)
    ends = [i for i, line in enumerate(lines) if line.rstrip() == "---"][:2]
    if len(ends) < 2 or ends[0] != 0:
        reading.refuse(
            1,
            Text(
                "l'en-tête manque ; le fichier commence par « --- », les champs, puis « --- »",
                "no front matter; the file starts with '---', the fields, then '---'",
            ),
        )
        return None, reading.problems
    entries = read_front_matter("\n".join(lines[1 : ends[1]]), reading, config)
    sections, rows = _read_sections(lines, ends[1] + 1, reading, config)
    texts = [(entry.line, entry.text) for key, entry in entries.items() if key not in LISTS]
    own = entries[OWN_FACETS].fields if OWN_FACETS in entries else None
    for entry in (own or {}).values():
        texts += [(entry.line, value) for value in (entry.text, *entry.texts)]
    excerpts = _read_excerpts(entries, rows, reading)
    texts += [(rows[s.name, line.number], line.text) for s in sections for line in s.lines]
    for number, said in texts:
        fault = personal_data_fault(said)
        if fault:
            reading.refuse(number, fault)
    # A comment in the front matter may show what a mark looks like.
    written = [
        (number, line)
        for number, line in enumerate(lines, 1)
        if number > ends[1] or not line.lstrip().startswith("#")
    ]
    needed = {
        number
        for number, line in written
        if number <= ends[1] and line.partition(":")[0] in (*REQUIRED, *config.required)
    }
    blanks = unfilled(written, path, needed)
    if blanks or reading.problems:
        at_blanks = {problem.line for problem in blanks}
        others = [problem for problem in reading.problems if problem.line not in at_blanks]
        return None, [*others, *blanks]
    page = entries["page"].text if "page" in entries else ""
    practice = Practice(
        id=entries["id"].text,
        collection=config.id,
        sections=sections,
        page=int(page) if page else None,
        contacts=tuple(entries["contacts"].texts) if "contacts" in entries else (),
        facets=own_facets(entries),
        **{
            name: entries[name].text for name in (*TEXT_FIELDS, *FACTS, "source") if name in entries
        },
    )
    practice = replace(
        practice,
        title=plain(practice.title),
        subtitle=plain(practice.subtitle),
        logo=plain(practice.logo),
    )
    return PracticeFile(practice, entries["id"].line, rows, excerpts), []


def _read_excerpts(
    entries: dict[str, Entry], rows: dict[tuple[str, int], int], reading: Reading
) -> dict[tuple[str, int], int]:
    """Return the lines that are said to be excerpts, and the line that says so."""
    entry = entries.get("excerpts")
    if entry is None or not isinstance(entry.value, list):
        return {}
    found = {}
    for said in entry.texts:
        section, _, number = said.partition("/")
        place = (section, int(number)) if _NUMBER.fullmatch(number) else ("", 0)
        if place in rows:
            found[place] = entry.line
            continue
        reading.refuse(
            entry.line,
            Text(
                f"« excerpts » : pas de ligne « {excerpt(said, 40)} » ici ; écrivez "
                "« section/numéro », comme « conseils/2 »",
                f"'excerpts': no line '{excerpt(said, 40)}' here; write 'section/number', as in "
                "'conseils/2'",
            ),
        )
    return found


def _read_sections(
    lines: list[str], start: int, reading: Reading, config: CollectionConfig
) -> tuple[tuple[Section, ...], dict[tuple[str, int], int]]:
    headings = ", ".join(f"« ## {h} »" for section in config.sections for h in section.headings)
    found: dict[str, tuple[str, list[Line]]] = {}
    rows: dict[tuple[str, int], int] = {}
    current: list[Line] | None = None
    name = ""
    for number, raw in enumerate(lines[start:], start + 1):
        if not raw.strip():
            continue
        marks = _MARKS.match(raw)
        rest = raw[marks.end() :] if marks else ""
        text, spaced = rest.strip(), rest[:1].isspace()
        section = config.section_of(text) if marks else None
        below = marks is not None and marks[0] == SUBHEADING and spaced and not section
        # "#1 des villes" is text; "##Conseils" is a heading that lacks its space.
        if marks and (section or spaced) and not (below and current is not None):
            current = []
            name = ""
            shown = excerpt(raw.strip())
            if section is None or marks[0] != "##" or not spaced:
                reading.refuse(
                    number,
                    Text(
                        f"titre de section inconnu « {shown} » ; écrivez l'un de : {headings}",
                        f"unknown section heading '{shown}'; write one of: {headings}",
                    ),
                )
            elif section.name in found:
                reading.refuse(
                    number,
                    Text(
                        f"la section « {section.name} » est ouverte deux fois ; réunissez-les",
                        f"section '{section.name}' opened twice; make them one",
                    ),
                )
            else:
                name = section.name
                found[name] = (text, current)
        elif current is None:
            reading.refuse(
                number,
                Text(
                    f"texte avant la première section ; placez-le sous l'un de : {headings}",
                    f"text before the first section; put it under one of: {headings}",
                ),
            )
            current = []
        elif len(raw) > MAX_LINE_CHARACTERS:
            reading.refuse(
                number,
                Text(
                    f"ligne de plus de {MAX_LINE_CHARACTERS // 1000} 000 caractères ; coupez-la",
                    f"line of over {MAX_LINE_CHARACTERS // 1000},000 characters; cut it",
                ),
            )
        else:
            read = read_line(text if below else raw, len(current) + 1)
            current.append(
                replace(as_shown(read), depth=0, heading=True) if below else as_shown(read)
            )
            rows[name, len(current)] = number
    if not any(text for _, text in found.values()) and not reading.problems:
        reading.refuse(
            start,
            Text(
                f"aucun texte ; écrivez au moins une section parmi : {headings}",
                f"no text; write at least one section among: {headings}",
            ),
        )
    sections = tuple(Section(key, text, tuple(body)) for key, (text, body) in found.items() if body)
    return sections, rows


def read_line(raw: str, number: int) -> Line:
    """Read one line as written: its list mark becomes a depth, white space one space."""
    item = _ITEM.match(raw.expandtabs(INDENT))
    if item:
        return Line(number, " ".join(item["text"].split()), len(item["indent"]) // INDENT + 1)
    return Line(number, " ".join(raw.split()), 0)


def as_shown(line: Line) -> Line:
    """Return a line without marks of emphasis."""
    text = plain(line.text)
    if text == line.text or (not line.depth and (_ITEM.match(text) or _MARKS.match(text))):
        return line  # "**- un**" is no list item, and would be one
    return replace(line, text=text)


def format_practice(practice: Practice) -> str:
    """Write a practice as `read_practice` reads it; marks of emphasis in it stay in the file."""
    values: dict[str, object] = {"id": practice.id}
    if practice.page is not None:
        values["page"] = practice.page
    values |= {name: value for name in TEXT_FIELDS if (value := getattr(practice, name))}
    if practice.facets:
        values[OWN_FACETS] = {name: list(each) for name, each in practice.facets.items()}
    values |= {name: value for name in FACTS if (value := getattr(practice, name))}
    if practice.contacts:
        values["contacts"] = list(practice.contacts)
    if practice.source:
        values["source"] = practice.source
    front = yaml.safe_dump(values, allow_unicode=True, sort_keys=False, width=10_000)
    out = ["---", front.rstrip("\n"), "---"]
    for section in practice.sections:
        out += ["", f"## {section.heading}", ""]
        previous = None
        for line in section.lines:
            if previous is not None and not (previous.depth and line.depth):
                out.append("")
            mark = " " * (INDENT * (line.depth - 1)) + "- " if line.depth else ""
            mark = f"{SUBHEADING} " if line.heading else mark
            out.append(mark + line.text)
            previous = line
    return "\n".join(out) + "\n"
