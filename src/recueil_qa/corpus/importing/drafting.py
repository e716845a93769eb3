"""What was cut out of a source into practices: ids, fields in the collection's words, lines."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

from recueil_qa.corpus.collection import CollectionConfig
from recueil_qa.corpus.importing.blocks import Block
from recueil_qa.corpus.importing.by_titles import Cut, Draft
from recueil_qa.corpus.importing.wording import fold
from recueil_qa.corpus.practice import read_line
from recueil_qa.corpus.text_file import ID
from recueil_qa.errors import CorpusError, Problem
from recueil_qa.messages import Text
from recueil_qa.types import Line, Practice, Section

_MARKS = re.compile(r"^(?:#{1,6}\s+)+")


def make_practices(cut: Cut, path: Path, config: CollectionConfig) -> tuple[Practice, ...]:
    """Make the practices of a cut.

    Raises:
        CorpusError: there is none, two have one id, or a field that the collection requires is
            missing or of no known value; each with its place in the source.
    """
    if not cut.drafts:
        raise CorpusError([_nothing(path, config)])
    making = _Making(path, config)
    practices = tuple(making.practice(draft, at) for at, draft in enumerate(cut.drafts, 1))
    making.refuse_twins(practices, cut.drafts)
    if making.problems:
        raise CorpusError(making.problems)
    return practices


def missing_sections(practice: Practice, config: CollectionConfig) -> tuple[str, ...]:
    """Return the headings of the sections that a practice lacks."""
    return tuple(s.headings[0] for s in config.sections if practice.section(s.name) is None)


def _nothing(path: Path, config: CollectionConfig) -> Problem:
    headings = ", ".join(f"« {s.headings[0]} »" for s in config.sections)
    title = config.import_.title
    said_fr = f", et sous un titre qui réponde à {title!r} ([import] title)" if title else ""
    said_en = f", and under a title that matches {title!r} ([import] title)" if title else ""
    return Problem(
        path,
        0,
        Text(
            "aucune pratique trouvée ; il faut au moins un titre de section seul sur sa ligne, "
            f"parmi {headings}{said_fr} : comparez le fichier et collection.toml",
            f"no practice found; at least one section heading must stand alone on its line, one of "
            f"{headings}{said_en}: compare the file with collection.toml",
        ),
    )


class _Making:
    def __init__(self, path: Path, config: CollectionConfig) -> None:
        self._path = path
        self._config = config
        self.problems: list[Problem] = []

    def practice(self, draft: Draft, at: int) -> Practice:
        fields: dict[str, Any] = {**self._fields(draft)}
        number, page = draft.fields.get("number", ""), fields.pop("page", "")
        if page and not re.fullmatch(r"[0-9]{1,6}", page):
            self._refuse(
                draft.at,
                Text(
                    f"« {draft.title} » : page « {page} », un nombre est attendu",
                    f"'{draft.title}': page '{page}', expected a number",
                ),
            )
            page = ""
        short = _slug(number) or (f"p{int(page):02d}" if page else f"{at:02d}")
        printed = draft.at.place.number if draft.at.place.unit == "page" else None
        headings = {section.name: section.headings[0] for section in self._config.sections}
        return Practice(
            id=f"{self._config.id}-{short}",
            collection=self._config.id,
            title=draft.title,
            page=int(page) if page else printed,
            sections=tuple(
                Section(name, headings[name], tuple(map(_line, blocks, range(1, len(blocks) + 1))))
                for name, blocks in draft.sections.items()
                if blocks
            ),
            contacts=tuple(block.text for block in draft.contacts),
            **fields,
        )

    def refuse_twins(self, practices: tuple[Practice, ...], drafts: tuple[Draft, ...]) -> None:
        counts = Counter(practice.id for practice in practices)
        for practice, draft in zip(practices, drafts, strict=True):
            if counts[practice.id] > 1:
                self._refuse(
                    draft.at,
                    Text(
                        f"« {draft.title} » : {counts[practice.id]} pratiques auraient "
                        f"l'identifiant {practice.id} ; changez les numéros ou les pages",
                        f"'{draft.title}': {counts[practice.id]} practices would have the id "
                        f"{practice.id}; change the numbers or the pages",
                    ),
                )
            if not practice.sections:
                self._refuse(
                    draft.at,
                    Text(
                        f"« {draft.title} » : aucun texte sous les titres de section",
                        f"'{draft.title}': no text under the section headings",
                    ),
                )

    def _fields(self, draft: Draft) -> dict[str, str]:
        """Return the fields, in the collection's own words where it has them."""
        fields = {name: value for name, value in draft.fields.items() if name != "number"}
        organisation = fields.get("organisation", "")
        known = {fold(name): sector for name, sector in self._config.import_.sectors.items()}
        if "sector" not in fields and fold(organisation) in known:
            fields["sector"] = known[fold(organisation)]
        allowed = {
            "sector": self._config.sectors,
            "part": tuple(part.name for part in self._config.parts),
            "theme": tuple(theme for part in self._config.parts for theme in part.themes),
        }
        for name, values in allowed.items():
            value = fields.get(name, "")
            same = next((one for one in values if fold(one) == fold(value)), None)
            if value and same:
                fields[name] = same
            elif value and values:
                listed = ", ".join(f"« {one} »" for one in values)
                self._refuse(
                    draft.at,
                    Text(
                        f"« {draft.title} » : {name} « {value} » inconnu, l'un de : {listed}",
                        f"'{draft.title}': unknown {name} '{value}', one of: {listed}",
                    ),
                )
        # A title of Word's or Markdown's is a page's first line: its page is known in a PDF only.
        given = set(fields) | ({"page"} if draft.at.place.unit == "page" else set())
        for name in self._config.required:
            if name not in given:
                self._miss(draft, name, organisation)
        return fields

    def _miss(self, draft: Draft, name: str, organisation: str) -> None:
        if name == "sector" and organisation:
            fault = Text(
                f"« {organisation} » n'a pas de secteur ; ajoutez-la à [import.sectors]",
                f"'{organisation}' has no sector; add it to [import.sectors]",
            )
        else:
            fault = Text(
                f"« {draft.title} » : le champ « {name} » n'a pas été trouvé ; dites dans "
                "[import.labels] par quels mots il commence, ou retirez-le de « required »",
                f"'{draft.title}': the field '{name}' was not found; say in [import.labels] which "
                "words it starts with, or take it out of 'required'",
            )
        self._refuse(draft.at, fault)

    def _refuse(self, block: Block, what: Text) -> None:
        place = block.place
        line = place.number if place.unit == "line" else 0
        if not line:
            what = place.text + Text(" : ", ": ") + what
        self.problems.append(Problem(self._path, line, what))


def _slug(number: str) -> str:
    """Return a printed number as the end of an id: "3 bis" is "03-bis"."""
    text = unicodedata.normalize("NFKD", number).encode("ascii", "ignore").decode().lower()
    text = re.sub(r"[^a-z0-9]+", "-", text).strip("-")
    text = re.sub(r"^\d(?!\d)", r"0\g<0>", text)
    return text if re.fullmatch(ID, text) else ""


def _line(block: Block, number: int) -> Line:
    """Return a line that a practice's file reads back as it is."""
    depth = block.level if block.kind == "item" else 0
    text = block.text if depth else _MARKS.sub("", block.text)
    return Line(number, text, depth) if depth else read_line(text, number)
