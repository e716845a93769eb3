"""Check what a `collection.toml` says of the fields of pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from recueil_qa.corpus.collection import CollectionConfig
from recueil_qa.corpus.importing.pages.fields import FIELDS, NOTHING
from recueil_qa.corpus.toml_lines import line_of
from recueil_qa.errors import Problem
from recueil_qa.faults import excerpt
from recueil_qa.messages import Text


def use_problems(config: CollectionConfig, text: str, path: Path) -> Iterator[Problem]:
    """Yield each use of a field that can't be one, and a section for the rest that isn't one."""
    sections = [section.name for section in config.sections]
    facets = [facet.name for facet in config.facets]
    layout = config.import_
    if layout.rest and layout.rest not in sections:
        yield Problem(
            path,
            line_of(text, ("import", "rest")),
            Text(
                f"[import] rest : pas de section « {excerpt(layout.rest)} » ; il y a : "
                f"{', '.join(sections)}",
                f"[import] rest: no section '{excerpt(layout.rest)}'; there are: "
                f"{', '.join(sections)}",
            ),
        )
    for name, use in layout.fields.items():
        kind, _, target = use.partition(" ")
        if use == NOTHING or use in FIELDS:
            continue
        known = {"section": sections, "facet": facets}.get(kind)
        if known is not None and target in known:
            continue
        there = ", ".join(
            known if known is not None else (*FIELDS, "facet …", "section …", NOTHING)
        )
        yield Problem(
            path,
            line_of(text, ("import", "fields", name)),
            Text(
                f"[import.fields] {excerpt(name, 40)} : « {excerpt(use, 40)} » n'est pas un "
                f"usage ; il y a : {there}",
                f"[import.fields] {excerpt(name, 40)}: '{excerpt(use, 40)}' is no use; there "
                f"are: {there}",
            ),
        )
