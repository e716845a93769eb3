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
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from recueil_qa.collection import CONTROL, ID, CollectionConfig
from recueil_qa.errors import Problem
from recueil_qa.types import Line, Practice, Section

INDENT = 2
TEXT_FIELDS = ("part", "theme", "title", "subtitle", "organisation", "sector", "logo")
FIELDS = ("id", "page", *TEXT_FIELDS, "contacts")
REQUIRED = ("id", "title")

_ITEM = re.compile(r"^(?P<indent> *)[-*•]\s+(?P<text>\S.*)$")
_HEADING = re.compile(r"^(?P<marks>#{1,6})(?P<space>\s*)(?P<text>.*?)\s*$")


@dataclass
class _Reading:
    """The problems of one file, gathered while it is read."""

    path: Path
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, line: int, fr: str, en: str) -> None:
        self.problems.append(Problem(self.path, line, fr, en))


def parse_practice(
    text: str, path: Path, config: CollectionConfig
) -> tuple[Practice | None, list[Problem]]:
    """Read one practice; return it, or None with every problem of the file."""
    reading = _Reading(path)
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    ends = [i for i, line in enumerate(lines) if line.rstrip() == "---"][:2]
    if len(ends) < 2 or ends[0] != 0:
        reading.refuse(
            1,
            "l'en-tête manque ; le fichier commence par « --- », les champs, puis « --- »",
            "no front matter; the file starts with '---', the fields, then '---'",
        )
        return None, reading.problems
    fields = _read_front_matter("\n".join(lines[1 : ends[1]]), reading, config)
    sections = _read_sections(lines, ends[1] + 1, reading, config)
    if reading.problems:
        return None, reading.problems
    page = str(fields.pop("page", ""))
    contacts = fields.pop("contacts", [])
    texts = {name: str(value) for name, value in fields.items()}
    practice = Practice(
        collection=config.id,
        sections=sections,
        page=int(page) if page else None,
        contacts=tuple(contacts),
        **texts,
    )
    return practice, []


def read_yaml_mapping(
    text: str, reading_path: Path, first_line: int
) -> tuple[dict[str, tuple[str | list[str], int]], list[Problem]]:
    """Read a flat YAML mapping as text; return key → (value, line) and the problems.

    Scalars stay text (`06`, `non` and dates mean what is written); only lists of scalars are
    taken below the first level, so aliases can't be unfolded into anything large.
    """
    reading = _Reading(reading_path)
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        why = getattr(error, "problem", None) or (str(error) or repr(error)).splitlines()[0][:200]
        reading.refuse(
            first_line + mark.line if mark else 0,
            f"YAML invalide ({why}) ; mettez entre guillemets un texte qui contient « : » ou « # »",
            f"invalid YAML ({why}); quote a text that contains ': ' or '#'",
        )
        return {}, reading.problems
    values: dict[str, tuple[str | list[str], int]] = {}
    if node is None:
        return values, []
    if not isinstance(node, yaml.MappingNode):
        reading.refuse(
            first_line,
            "des lignes « champ: valeur » sont attendues",
            "expected 'field: value' lines",
        )
        return values, reading.problems
    for key_node, value_node in node.value:
        line = first_line + key_node.start_mark.line
        # An alias as a key would be unfolded by writing it out.
        key = key_node.value if isinstance(key_node, yaml.ScalarNode) else "?"
        texts = [
            item.value
            for item in [key_node, value_node, *_items(value_node)]
            if isinstance(item, yaml.ScalarNode)
        ]
        if any(CONTROL.search(text) for text in texts):
            name = ascii(key)[1:-1][:40]
            reading.refuse(
                line,
                f"caractère de contrôle invisible dans « {name} » ; retapez cette ligne",
                f"invisible control character in '{name}'; type this line again",
            )
        elif key in values:
            reading.refuse(line, f"le champ « {key} » est donné deux fois", f"field '{key}' twice")
        elif isinstance(value_node, yaml.ScalarNode):
            values[key] = (value_node.value.strip(), line)
        elif isinstance(value_node, yaml.SequenceNode) and all(
            isinstance(item, yaml.ScalarNode) for item in value_node.value
        ):
            values[key] = ([item.value.strip() for item in value_node.value], line)
        else:
            reading.refuse(
                line,
                f"« {key} » doit être un texte ou une liste de textes",
                f"'{key}' must be a text or a list of texts",
            )
    return values, reading.problems


def _items(node: yaml.Node) -> list[yaml.Node]:
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _read_front_matter(
    text: str, reading: _Reading, config: CollectionConfig
) -> dict[str, str | list[str]]:
    values, problems = read_yaml_mapping(text, reading.path, first_line=2)
    reading.problems += problems
    if problems:
        return {}
    for key, (value, line) in values.items():
        if key not in FIELDS:
            known = ", ".join(FIELDS)
            reading.refuse(
                line,
                f"champ inconnu « {key} » ; les champs sont : {known}",
                f"unknown field '{key}'; the fields are: {known}",
            )
        elif isinstance(value, list) != (key == "contacts") and not (
            key == "contacts" and not value
        ):
            wanted_fr, wanted_en = (
                ("une liste", "a list") if key == "contacts" else ("un texte", "a text")
            )
            reading.refuse(line, f"« {key} » doit être {wanted_fr}", f"'{key}' must be {wanted_en}")
    for key in (*REQUIRED, *config.required):
        if not values.get(key, ("", 0))[0]:
            reading.refuse(
                values.get(key, ("", 1))[1],
                f"le champ « {key} » manque ; ajoutez « {key}: … » dans l'en-tête",
                f"field '{key}' is missing; add '{key}: …' to the front matter",
            )
    if not reading.problems:
        _check_values({k: (str(v), line) for k, (v, line) in values.items()}, reading, config)
    return {key: value for key, (value, _) in values.items()}


def _check_values(
    values: dict[str, tuple[str, int]], reading: _Reading, config: CollectionConfig
) -> None:
    def one_of(key: str, allowed: tuple[str, ...]) -> None:
        value, line = values.get(key, ("", 0))
        if value and allowed and value not in allowed:
            known = ", ".join(f"« {name} »" for name in allowed)
            reading.refuse(
                line,
                f"{key} inconnu(e) « {value} » ; écrivez l'un de : {known} (voir collection.toml)",
                f"unknown {key} '{value}'; write one of: {known} (see collection.toml)",
            )

    identifier, line = values["id"]
    if not re.fullmatch(f"{re.escape(config.id)}-{ID}", identifier):
        reading.refuse(
            line,
            f"identifiant « {identifier} » refusé ; écrivez « {config.id}- » puis des minuscules "
            "sans accent, chiffres ou tirets",
            f"id '{identifier}' refused; write '{config.id}-' then unaccented lower-case letters, "
            "digits or hyphens",
        )
    page, line = values.get("page", ("", 0))
    if page and not (page.isascii() and page.isdigit() and len(page) <= 6):
        reading.refuse(
            line, f"page « {page} » : un nombre est attendu", f"page '{page}': expected a number"
        )
    one_of("sector", config.sectors)
    one_of("part", tuple(part.name for part in config.parts))
    part = values.get("part", ("", 0))[0]
    themes = (p.themes for p in config.parts if not part or p.name == part)
    one_of("theme", tuple(theme for group in themes for theme in group))


def _read_sections(
    lines: list[str], start: int, reading: _Reading, config: CollectionConfig
) -> tuple[Section, ...]:
    headings = ", ".join(f"« ## {h} »" for section in config.sections for h in section.headings)
    found: dict[str, tuple[str, list[Line]]] = {}
    current: list[Line] | None = None
    for number, raw in enumerate(lines[start:], start + 1):
        if not raw.strip():
            continue
        heading = _HEADING.match(raw)
        section = config.section_of(heading["text"]) if heading else None
        # "#1 des villes" is text; "##Conseils" is a heading that lacks its space.
        if heading and (heading["space"] or section):
            current = []
            if section is None or heading["marks"] != "##" or not heading["space"]:
                reading.refuse(
                    number,
                    f"titre de section inconnu « {raw.strip()} » ; écrivez l'un de : {headings}",
                    f"unknown section heading '{raw.strip()}'; write one of: {headings}",
                )
            elif section.name in found:
                reading.refuse(
                    number,
                    f"la section « {section.name} » est ouverte deux fois ; réunissez-les",
                    f"section '{section.name}' opened twice; make them one",
                )
            else:
                found[section.name] = (heading["text"], current)
        elif current is None:
            reading.refuse(
                number,
                f"texte avant la première section ; placez-le sous l'un de : {headings}",
                f"text before the first section; put it under one of: {headings}",
            )
            current = []
        else:
            current.append(read_line(raw, len(current) + 1))
    if not any(text for _, text in found.values()) and not reading.problems:
        reading.refuse(
            0,
            f"aucun texte ; écrivez au moins une section parmi : {headings}",
            f"no text; write at least one section among: {headings}",
        )
    return tuple(Section(name, text, tuple(body)) for name, (text, body) in found.items() if body)


def read_line(raw: str, number: int) -> Line:
    """Read one line: its list mark becomes a depth, white space within it becomes one space."""
    item = _ITEM.match(raw.expandtabs(INDENT))
    if item:
        return Line(number, " ".join(item["text"].split()), len(item["indent"]) // INDENT + 1)
    return Line(number, " ".join(raw.split()), 0)


def format_practice(practice: Practice) -> str:
    """Write a practice as `parse_practice` reads it."""
    values: dict[str, object] = {"id": practice.id}
    if practice.page is not None:
        values["page"] = practice.page
    values |= {name: value for name in TEXT_FIELDS if (value := getattr(practice, name))}
    if practice.contacts:
        values["contacts"] = list(practice.contacts)
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
