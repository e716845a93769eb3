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

Every non-blank line of the file is one line of the practice: text is never wrapped, so that
a place (section, line number) is the same in the file, in the index and in a citation.
A practice that was not in the booklet says in `source` where its text comes from.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from recueil_qa.collection import ID, CollectionConfig
from recueil_qa.errors import Problem
from recueil_qa.faults import excerpt
from recueil_qa.flat_yaml import Entry, Reading, lines_of, read_yaml_mapping
from recueil_qa.personal_data import personal_data_fault
from recueil_qa.placeholders import unfilled
from recueil_qa.types import Line, Practice, Section

INDENT = 2
TEXT_FIELDS = ("part", "theme", "title", "subtitle", "organisation", "sector", "logo")
FIELDS = ("id", "page", *TEXT_FIELDS, "contacts", "source")
REQUIRED = ("id", "title")
MAX_LINE_CHARACTERS = 10_000
_OR_SOURCE = (
    ", ou, si la pratique n'est pas du recueil, « source: … »",
    ", or, if the practice is not of the booklet, 'source: …'",
)

_ITEM = re.compile(r"^(?P<indent> *)[-*•]\s+(?P<text>\S.*)$")
_MARKS = re.compile("#{1,6}(?!#)")


@dataclass(frozen=True, slots=True)
class PracticeFile:
    """A practice, and where its lines stand.

    `id_line` and the values of `rows` (by section and number of a line) are lines of the file.
    """

    practice: Practice
    id_line: int
    rows: dict[tuple[str, int], int]


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
            "l'en-tête manque ; le fichier commence par « --- », les champs, puis « --- »",
            "no front matter; the file starts with '---', the fields, then '---'",
        )
        return None, reading.problems
    entries = _read_front_matter("\n".join(lines[1 : ends[1]]), reading, config)
    sections, rows = _read_sections(lines, ends[1] + 1, reading, config)
    texts = [(entry.line, entry.text) for key, entry in entries.items() if key != "contacts"]
    texts += [(rows[s.name, line.number], line.text) for s in sections for line in s.lines]
    for number, said in texts:
        fault = personal_data_fault(said)
        if fault:
            reading.refuse(number, *fault)
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
        **{name: entries[name].text for name in (*TEXT_FIELDS, "source") if name in entries},
    )
    return PracticeFile(practice, entries["id"].line, rows), []


def _read_front_matter(text: str, reading: Reading, config: CollectionConfig) -> dict[str, Entry]:
    entries, problems = read_yaml_mapping(text, reading.path, first_line=2)
    reading.problems += problems
    if problems and not entries:
        return entries
    at_fault = {problem.line for problem in problems}
    for key, entry in entries.items():
        is_list = isinstance(entry.value, list)
        if key not in FIELDS:
            known = ", ".join(FIELDS)
            name = excerpt(key, 40)
            reading.refuse(
                entry.line,
                f"champ inconnu « {name} » ; les champs sont : {known}",
                f"unknown field '{name}'; the fields are: {known}",
            )
        elif is_list and key != "contacts":
            reading.refuse(
                entry.line,
                f"« {key} » doit être un texte ; écrivez « {key}: … » sur une ligne",
                f"'{key}' must be a text; write '{key}: …' on one line",
            )
        elif key == "contacts" and entry.value and not is_list and entry.line not in at_fault:
            reading.refuse(
                entry.line,
                "« contacts » doit être une liste ; mettez chaque contact sur une ligne qui "
                "commence par « - »",
                "'contacts' must be a list; put each contact on a line that starts with '- '",
            )
    # A practice that wasn't in the booklet has no page there.
    added = "source" in entries and bool(entries["source"].value)
    for key in dict.fromkeys((*REQUIRED, *config.required)):
        missing = key not in entries or not entries[key].value
        line = entries[key].line if key in entries else 1
        if missing and line not in at_fault and not (key == "page" and added):
            or_fr, or_en = _OR_SOURCE if key == "page" else ("", "")
            reading.refuse(
                line,
                f"le champ « {key} » manque ; ajoutez « {key}: … » dans l'en-tête{or_fr}",
                f"field '{key}' is missing; add '{key}: …' to the front matter{or_en}",
            )
    _check_values(entries, reading, config)
    return entries


def _check_values(entries: dict[str, Entry], reading: Reading, config: CollectionConfig) -> None:
    def text(key: str) -> str:
        return entries[key].text if key in entries else ""

    def one_of(key: str, allowed: tuple[str, ...]) -> None:
        if text(key) and allowed and text(key) not in allowed:
            known = ", ".join(f"« {name} »" for name in allowed)
            given = excerpt(text(key))
            reading.refuse(
                entries[key].line,
                f"{key} inconnu(e) « {given} » ; écrivez l'un de : {known} (voir collection.toml)",
                f"unknown {key} '{given}'; write one of: {known} (see collection.toml)",
            )

    identifier = text("id")
    if identifier and not re.fullmatch(f"{re.escape(config.id)}-{ID}", identifier):
        reading.refuse(
            entries["id"].line,
            f"identifiant « {excerpt(identifier)} » refusé ; écrivez « {config.id}- » puis des "
            "minuscules sans accent, chiffres ou tirets",
            f"id '{excerpt(identifier)}' refused; write '{config.id}-' then unaccented lower-case "
            "letters, digits or hyphens",
        )
    page = text("page")
    if page and not (page.isascii() and page.isdigit() and len(page) <= 6):
        reading.refuse(
            entries["page"].line,
            f"page « {excerpt(page)} » : un nombre est attendu, comme « page: 12 »",
            f"page '{excerpt(page)}': expected a number, as in 'page: 12'",
        )
    one_of("sector", config.sectors)
    one_of("part", tuple(part.name for part in config.parts))
    part = text("part")
    themes = (p.themes for p in config.parts if not part or p.name == part)
    one_of("theme", tuple(theme for group in themes for theme in group))


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
        # "#1 des villes" is text; "##Conseils" is a heading that lacks its space.
        if marks and (section or spaced):
            current = []
            name = ""
            shown = excerpt(raw.strip())
            if section is None or marks[0] != "##" or not spaced:
                reading.refuse(
                    number,
                    f"titre de section inconnu « {shown} » ; écrivez l'un de : {headings}",
                    f"unknown section heading '{shown}'; write one of: {headings}",
                )
            elif section.name in found:
                reading.refuse(
                    number,
                    f"la section « {section.name} » est ouverte deux fois ; réunissez-les",
                    f"section '{section.name}' opened twice; make them one",
                )
            else:
                name = section.name
                found[name] = (text, current)
        elif current is None:
            reading.refuse(
                number,
                f"texte avant la première section ; placez-le sous l'un de : {headings}",
                f"text before the first section; put it under one of: {headings}",
            )
            current = []
        elif len(raw) > MAX_LINE_CHARACTERS:
            reading.refuse(
                number,
                f"ligne de plus de {MAX_LINE_CHARACTERS // 1000} 000 caractères ; coupez-la",
                f"line of over {MAX_LINE_CHARACTERS // 1000},000 characters; cut it",
            )
        else:
            current.append(read_line(raw, len(current) + 1))
            rows[name, len(current)] = number
    if not any(text for _, text in found.values()) and not reading.problems:
        reading.refuse(
            start,
            f"aucun texte ; écrivez au moins une section parmi : {headings}",
            f"no text; write at least one section among: {headings}",
        )
    sections = tuple(Section(key, text, tuple(body)) for key, (text, body) in found.items() if body)
    return sections, rows


def read_line(raw: str, number: int) -> Line:
    """Read one line: its list mark becomes a depth, white space within it becomes one space."""
    item = _ITEM.match(raw.expandtabs(INDENT))
    if item:
        return Line(number, " ".join(item["text"].split()), len(item["indent"]) // INDENT + 1)
    return Line(number, " ".join(raw.split()), 0)


def format_practice(practice: Practice) -> str:
    """Write a practice as `read_practice` reads it."""
    values: dict[str, object] = {"id": practice.id}
    if practice.page is not None:
        values["page"] = practice.page
    values |= {name: value for name in TEXT_FIELDS if (value := getattr(practice, name))}
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
            out.append(mark + line.text)
            previous = line
    return "\n".join(out) + "\n"
