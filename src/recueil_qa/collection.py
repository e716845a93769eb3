"""What `collection.toml` says: the sections, their headings and roles, the facets' values.

Nothing else in the package knows a booklet's own headings.
"""

from __future__ import annotations

import datetime
import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from recueil_qa.errors import Problem
from recueil_qa.types import CollectionInfo, SectionInfo

ID = r"[a-z0-9][a-z0-9_-]*"
# The other kinds of passages use these words in the place of a section's name.
RESERVED_SECTION_NAMES = frozenset({"title", "questions", "statements"})

# Terminal escapes, bidirectional overrides and halves of characters: what is shown, or written
# to a file, would not be what was read.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

Identifier = Annotated[str, StringConstraints(pattern=f"^{ID}$")]


def _visible(text: str) -> str:
    if CONTROL.search(text):
        raise ValueError("invisible control character; type this text again")
    return text


Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_visible)
]
AnyText = Annotated[str, AfterValidator(_visible)]
Field_ = Literal["page", "part", "theme", "subtitle", "organisation", "sector"]


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SectionConfig(Model):
    """A kind of section; `advice` marks the lines that are quoted as advice."""

    name: Identifier
    headings: tuple[Text, ...] = Field(min_length=1)
    role: Literal["advice", "detail", "context"] = "detail"
    label_en: AnyText = ""

    @model_validator(mode="after")
    def _not_reserved(self) -> SectionConfig:
        if self.name in RESERVED_SECTION_NAMES:
            raise ValueError(f"the section name {self.name!r} is reserved, take another one")
        return self


class PartConfig(Model):
    """A part of the booklet, with its themes in order."""

    name: Text
    themes: tuple[Text, ...] = ()


class ImportConfig(Model):
    """How the source text is laid out, for `recueil-qa import` only."""

    contacts_heading: str = ""
    theme_mark: str = "■"
    sectors: dict[str, str] = Field(default_factory=dict)


class CollectionConfig(Model):
    """The whole of `collection.toml`."""

    id: Identifier
    title: Text
    language: Literal["fr", "en"]
    sections: tuple[SectionConfig, ...] = Field(min_length=1)
    publisher: AnyText = ""
    date: datetime.date | None = None
    sources: tuple[str, ...] = ()
    required: tuple[Field_, ...] = ()
    sectors: tuple[Text, ...] = ()
    parts: tuple[PartConfig, ...] = ()
    import_: ImportConfig = Field(default_factory=ImportConfig, alias="import")

    @model_validator(mode="after")
    def _consistent(self) -> CollectionConfig:
        names = [section.name for section in self.sections]
        headings = [heading for section in self.sections for heading in section.headings]
        for what, values in (("section name", names), ("heading", headings)):
            twice = sorted({value for value in values if values.count(value) > 1})
            if twice:
                raise ValueError(f"{what} given twice: {', '.join(twice)}")
        if not any(section.role == "advice" for section in self.sections):
            raise ValueError('no section has role = "advice"; give it to the one to quote')
        for source in self.sources:
            if Path(source).name != source:
                raise ValueError(f"source {source!r}: give a file name beside collection.toml")
        return self

    def section_of(self, heading: str) -> SectionConfig | None:
        """Return the section that a heading opens, or None."""
        wanted = heading.strip()
        return next((s for s in self.sections if wanted in s.headings), None)

    def info(self) -> CollectionInfo:
        """Return the part of the configuration that travels with an index."""
        sections = tuple(
            SectionInfo(s.name, s.role, s.headings[0], s.label_en or s.headings[0])
            for s in self.sections
        )
        date = self.date.isoformat() if self.date else ""
        return CollectionInfo(self.id, self.title, self.language, self.publisher, date, sections)


def read_config(path: Path) -> tuple[CollectionConfig | None, list[Problem]]:
    """Read `collection.toml`; return it, or None with the problems found."""
    try:
        return parse_config(path.read_text("utf-8"), path)
    except OSError as error:
        reason = error.strerror or str(error)
        return None, [Problem(path, 0, f"illisible ({reason})", f"can't be read ({reason})")]
    except UnicodeDecodeError:
        return None, [not_utf8(path)]


def parse_config(text: str, path: Path) -> tuple[CollectionConfig | None, list[Problem]]:
    """Parse the text of `collection.toml`; return it, or None with the problems found."""
    try:
        return CollectionConfig.model_validate(tomllib.loads(text.removeprefix("\ufeff"))), []
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found[1]) if found else 0
        return None, [Problem(path, line, f"TOML invalide : {error}", f"invalid TOML: {error}")]
    except ValidationError as error:
        return None, [
            Problem(
                path,
                0,
                f"« {'.'.join(map(str, item['loc'])) or 'collection'} » : {item['msg']}",
                f"'{'.'.join(map(str, item['loc'])) or 'collection'}': {item['msg']}",
            )
            for item in error.errors()
        ]


def not_utf8(path: Path) -> Problem:
    """Return the problem of a file that isn't UTF-8 text."""
    return Problem(
        path,
        0,
        "le fichier n'est pas du texte UTF-8 ; enregistrez-le en UTF-8",
        "the file is not UTF-8 text; save it as UTF-8",
    )
