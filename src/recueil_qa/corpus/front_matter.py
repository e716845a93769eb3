"""The front matter of a practice's file: which fields there are, and what each may hold."""

from __future__ import annotations

import re

from recueil_qa.corpus.collection import CollectionConfig
from recueil_qa.corpus.flat_yaml import Entry, Reading, read_yaml_mapping
from recueil_qa.corpus.text_file import ID
from recueil_qa.faults import excerpt
from recueil_qa.messages import Text

TEXT_FIELDS = ("part", "theme", "title", "subtitle", "organisation", "sector", "logo")
FACTS = ("date", "author", "language", "url", "status", "cost")  # shown, and not searched
OWN_FACETS = "facets"
LISTS = ("contacts", "excerpts")
FIELDS = ("id", "page", *TEXT_FIELDS, OWN_FACETS, *FACTS, "contacts", "source", "excerpts")
REQUIRED = ("id", "title")
_URL = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_OR_SOURCE = Text(
    ", ou, si la pratique n'est pas du recueil, « source: … »",
    ", or, if the practice is not of the booklet, 'source: …'",
)
_ONE_OF = {"contacts": Text("contact", "contact"), "excerpts": Text("ligne", "line")}


def read_front_matter(text: str, reading: Reading, config: CollectionConfig) -> dict[str, Entry]:
    """Read the fields of a practice; what is wrong with them goes to the reading."""
    entries, problems = read_yaml_mapping(text, reading.path, first_line=2, mappings=(OWN_FACETS,))
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
                Text(
                    f"champ inconnu « {name} » ; les champs sont : {known}",
                    f"unknown field '{name}'; the fields are: {known}",
                ),
            )
        elif key == OWN_FACETS:
            _check_facets(entry, reading, config)
        elif is_list and key not in LISTS:
            reading.refuse(
                entry.line,
                Text(
                    f"« {key} » doit être un texte ; écrivez « {key}: … » sur une ligne",
                    f"'{key}' must be a text; write '{key}: …' on one line",
                ),
            )
        elif key in LISTS and entry.value and not is_list and entry.line not in at_fault:
            reading.refuse(
                entry.line,
                Text(
                    "« {} » doit être une liste ; mettez chaque {} sur une ligne qui commence par "
                    "« - »",
                    "'{}' must be a list; put each {} on a line that starts with '- '",
                ).format(key, _ONE_OF[key]),
            )
    # A practice that wasn't in the booklet has no page there.
    added = "source" in entries and bool(entries["source"].value)
    for key in dict.fromkeys((*REQUIRED, *config.required)):
        missing = key not in entries or not entries[key].value
        line = entries[key].line if key in entries else 1
        if missing and line not in at_fault and not (key == "page" and added):
            what = Text(
                f"le champ « {key} » manque ; ajoutez « {key}: … » dans l'en-tête",
                f"field '{key}' is missing; add '{key}: …' to the front matter",
            )
            reading.refuse(line, what + _OR_SOURCE if key == "page" else what)
    _check_values(entries, reading, config)
    return entries


def _check_facets(entry: Entry, reading: Reading, config: CollectionConfig) -> None:
    """Refuse facets that the collection doesn't have, and values without text."""
    names = [facet.name for facet in config.facets]
    known = ", ".join(f"« {name} »" for name in names)
    if entry.fields is None:
        if entry.value:
            reading.refuse(
                entry.line,
                Text(
                    f"« {OWN_FACETS} » doit avoir ses facettes dessous, comme "
                    f"« {names[0] if names else 'sujet'}: [valeur, autre valeur] »",
                    f"'{OWN_FACETS}' must have its facets below it, as "
                    f"'{names[0] if names else 'subject'}: [value, another value]'",
                ),
            )
        return
    for name, values in entry.fields.items():
        if name not in names:
            what = Text(
                "facette inconnue « {} » ; ajoutez-la dans collection.toml : [[facets]], puis "
                'name = "{}"',
                "unknown facet '{}'; add it to collection.toml: [[facets]], then name = \"{}\"",
            ).format(excerpt(name, 40), excerpt(name, 40))
            there = (
                Text(f" (il y a : {known})", f" (there are: {known})") if names else Text("", "")
            )
            reading.refuse(values.line, what + there)
        for text, line in zip(values.texts, values.lines, strict=True):
            if not text:
                reading.refuse(
                    line,
                    Text(
                        f"« {excerpt(name, 40)} » : valeur vide ; écrivez-la, ou ôtez-la",
                        f"'{excerpt(name, 40)}': empty value; write it, or remove it",
                    ),
                )


def own_facets(entries: dict[str, Entry]) -> dict[str, tuple[str, ...]]:
    """Return the values of the collection's own facets, those that there are, each once."""
    fields = entries[OWN_FACETS].fields if OWN_FACETS in entries else None
    found = {
        name: tuple(dict.fromkeys(entry.texts or filter(None, (entry.text,))))
        for name, entry in (fields or {}).items()
    }
    return {name: values for name, values in found.items() if values}


def _check_values(entries: dict[str, Entry], reading: Reading, config: CollectionConfig) -> None:
    def text(key: str) -> str:
        return entries[key].text if key in entries else ""

    def one_of(key: str, allowed: tuple[str, ...]) -> None:
        if text(key) and allowed and text(key) not in allowed:
            known = ", ".join(f"« {name} »" for name in allowed)
            given = excerpt(text(key))
            reading.refuse(
                entries[key].line,
                Text(
                    f"{key} inconnu(e) « {given} » ; écrivez l'un de : {known} (voir "
                    "collection.toml)",
                    f"unknown {key} '{given}'; write one of: {known} (see collection.toml)",
                ),
            )

    identifier = text("id")
    if identifier and not re.fullmatch(f"{re.escape(config.id)}-{ID}", identifier):
        reading.refuse(
            entries["id"].line,
            Text(
                f"identifiant « {excerpt(identifier)} » refusé ; écrivez « {config.id}- » puis des "
                "minuscules sans accent, chiffres ou tirets",
                f"id '{excerpt(identifier)}' refused; write '{config.id}-' then unaccented "
                "lower-case letters, digits or hyphens",
            ),
        )
    page = text("page")
    if page and not (page.isascii() and page.isdigit() and len(page) <= 6):
        reading.refuse(
            entries["page"].line,
            Text(
                f"page « {excerpt(page)} » : un nombre est attendu, comme « page: 12 »",
                f"page '{excerpt(page)}': expected a number, as in 'page: 12'",
            ),
        )
    url = text("url")
    if url and not _URL.fullmatch(url):
        reading.refuse(
            entries["url"].line,
            Text(
                f"adresse « {excerpt(url)} » refusée ; écrivez-la entière, comme "
                "« url: https://exemple.fr/page »",
                f"address '{excerpt(url)}' refused; write it whole, as in "
                "'url: https://example.org/page'",
            ),
        )
    one_of("sector", config.sectors)
    one_of("part", tuple(part.name for part in config.parts))
    part = text("part")
    themes = (p.themes for p in config.parts if not part or p.name == part)
    one_of("theme", tuple(theme for group in themes for theme in group))
