"""What `collection.toml` says: the sections, their headings and roles, the facets' values.

Nothing else in the package knows a booklet's own headings.
"""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from recueil_qa.corpus.text_file import CONTROL, ID
from recueil_qa.faults import INVISIBLE, excerpt, refusal
from recueil_qa.messages import Text
from recueil_qa.types import FACETS, Alias, CollectionInfo, FacetInfo, SectionInfo

# The other kinds of passages use these words in the place of a section's name.
RESERVED_SECTION_NAMES = frozenset({"title", "questions", "statements"})

Identifier = Annotated[str, StringConstraints(pattern=f"^{ID}$")]


def _visible(text: str) -> str:
    if CONTROL.search(text):
        raise refusal(INVISIBLE)
    return text


Words = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_visible)
]
AnyWords = Annotated[str, AfterValidator(_visible)]
Field_ = Literal["page", "part", "theme", "subtitle", "organisation", "sector"]
ALIASED = ("organisation", "sector", "theme", "part")  # and the collection's own facets
Labels = Annotated[
    tuple[Words, ...], BeforeValidator(lambda value: [value] if isinstance(value, str) else value)
]


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SectionConfig(Model):
    """A kind of section, by its `role`.

    `advice` marks the lines that are quoted as advice, `result` what a practice brought, `context`
    where it comes from, `other` what is shown with the practice and never quoted (links, examples).
    """

    name: Identifier
    headings: tuple[Words, ...] = Field(min_length=1)
    role: Literal["advice", "result", "detail", "context", "other"] = "detail"
    label_en: AnyWords = ""
    label_fr: AnyWords = ""

    @model_validator(mode="after")
    def _not_reserved(self) -> SectionConfig:
        if self.name in RESERVED_SECTION_NAMES:
            raise refusal(
                Text(
                    f"le nom de section « {self.name} » est réservé ; prenez-en un autre",
                    f"the section name '{self.name}' is reserved; take another one",
                ),
                self.name,
            )
        return self


class FacetConfig(Model):
    """A facet that the collection has of its own, with what to call it."""

    name: Identifier
    label_fr: AnyWords = ""
    label_en: AnyWords = ""

    @model_validator(mode="after")
    def _not_reserved(self) -> FacetConfig:
        if self.name in FACETS:
            raise refusal(
                Text(
                    f"la facette « {self.name} » existe déjà, comme champ d'une pratique ; "
                    "prenez un autre nom, ou ce champ",
                    f"the facet '{self.name}' is there already, as a field of practices; take "
                    "another name, or that field",
                ),
                self.name,
            )
        return self

    def info(self) -> FacetInfo:
        """Return its name with its labels; one that is missing is the other one, or the name."""
        fr, en = self.label_fr.strip(), self.label_en.strip()
        plain = self.name.replace("_", " ").replace("-", " ").capitalize()
        return FacetInfo(self.name, fr or en or plain, en or fr or plain)


class PartConfig(Model):
    """A part of the booklet, with its themes in order."""

    name: Words
    themes: tuple[Words, ...] = ()


class ImportConfig(Model):
    """How the source text is laid out, for `recueil-qa import` only.

    `title` is a level of headings ("heading 2") or a regular expression that titles match, whose
    named groups are fields or `number`; `labels` are the words before a field's value.
    `layout = "pages"` says that it is a folder or a table: `fields` gives what each field of its
    front matters or columns is for, `rest` the section of text that no heading of a section opens.
    """

    layout: Literal["booklet", "pages"] = "booklet"
    rest: AnyWords = ""
    fields: dict[Words, Words] = Field(default_factory=dict)
    contacts_heading: str = ""
    theme_mark: str = "■"
    title: AnyWords = ""
    labels: dict[Field_, Labels] = Field(default_factory=dict)
    sectors: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _title_is_understood(self) -> ImportConfig:
        if self.title_level is None and self.title:
            try:
                groups = set(re.compile(self.title).groupindex)
            except (re.error, RecursionError, OverflowError) as error:
                raise refusal(
                    Text(
                        "« title » n'est ni « heading 2 » ni une expression régulière bien écrite",
                        "'title' is neither 'heading 2' nor a regular expression well written",
                    ),
                    self.title,
                ) from error
            unknown = ", ".join(sorted(groups - {"number", "title", *get_args(Field_)}))
            if unknown:
                known = ", ".join(("title", "number", *get_args(Field_)))
                raise refusal(
                    Text(
                        f"« title » : groupe inconnu ({excerpt(unknown)}) ; il y a : {known}",
                        f"'title': unknown group ({excerpt(unknown)}); there are: {known}",
                    ),
                    self.title,
                )
        return self

    @property
    def title_level(self) -> int | None:
        """The level of headings that titles are written as, where `title` says one."""
        found = re.fullmatch(r"heading ([1-6])", self.title.strip())
        return int(found[1]) if found else None


class CollectionConfig(Model):
    """The whole of `collection.toml`."""

    id: Identifier
    title: Words
    language: Literal["fr", "en"]
    sections: tuple[SectionConfig, ...] = Field(min_length=1)
    publisher: AnyWords = ""
    date: datetime.date | None = None
    sources: tuple[Words, ...] = ()
    required: tuple[Field_, ...] = ()
    sectors: tuple[Words, ...] = ()
    parts: tuple[PartConfig, ...] = ()
    facets: tuple[FacetConfig, ...] = ()
    aliases: dict[Words, dict[Words, Labels]] = Field(default_factory=dict)
    abbreviations: dict[Words, Words] = Field(default_factory=dict)
    examples: dict[Literal["fr", "en"], tuple[Words, ...]] = Field(default_factory=dict)
    import_: ImportConfig = Field(default_factory=ImportConfig, alias="import")

    @model_validator(mode="after")
    def _consistent(self) -> CollectionConfig:
        names = [section.name for section in self.sections]
        headings = [heading for section in self.sections for heading in section.headings]
        for what, values in (
            (Text("nom de section", "section name"), names),
            (Text("titre de section", "heading"), headings),
            (Text("nom de facette", "facet name"), [facet.name for facet in self.facets]),
        ):
            twice = sorted(value for value, count in Counter(values).items() if count > 1)
            if twice:
                listed = ", ".join(map(excerpt, twice))
                raise refusal(
                    what
                    + Text(
                        f" donné deux fois : {listed} ; gardez-en un",
                        f" given twice: {listed}; keep one",
                    ),
                    twice[0],
                )
        if not any(section.role == "advice" for section in self.sections):
            raise refusal(
                Text(
                    "aucune section n'a role = \"advice\" ; donnez-le à celle qu'il faut citer",
                    'no section has role = "advice"; give it to the one to quote',
                ),
            )
        self._check_aliases()
        for source in self.sources:
            # A hidden file, or one elsewhere, would change unseen by the corpus's hash.
            if Path(source).name != source or source.startswith(".") or "\\" in source:
                raise refusal(
                    Text(
                        f"source « {excerpt(source)} » : donnez le nom d'un fichier placé à côté "
                        "de collection.toml",
                        f"source '{excerpt(source)}': give the name of a file beside "
                        "collection.toml",
                    ),
                    source,
                )
        return self

    def lists(self, facet: str) -> tuple[str, ...]:
        """Return the values that a facet may have, or nothing where it may have any."""
        themes = tuple(theme for part in self.parts for theme in part.themes)
        parts = tuple(part.name for part in self.parts)
        return {"sector": self.sectors, "part": parts, "theme": themes}.get(facet, ())

    def _check_aliases(self) -> None:
        allowed = (*ALIASED, *(facet.name for facet in self.facets))
        for facet, aliased in self.aliases.items():
            if facet not in allowed:
                listed = _listed(allowed)
                raise refusal(
                    Text(
                        f"[aliases.{excerpt(facet)}] : cette facette n'existe pas ; écrivez l'une "
                        f"de : {listed.fr} ; ou déclarez-la par [[facets]]",
                        f"[aliases.{excerpt(facet)}]: there is no such facet; write one of: "
                        f"{listed.en}; or declare it by [[facets]]",
                    ),
                    next(iter(aliased), ""),
                )
            known = self.lists(facet)
            for value in aliased:
                if known and value not in known:
                    listed = _listed(known)
                    raise refusal(
                        Text(
                            f"[aliases.{facet}] : « {excerpt(value)} » n'existe pas ; écrivez l'un "
                            f"de : {listed.fr}",
                            f"[aliases.{facet}]: there is no '{excerpt(value)}'; write one of: "
                            f"{listed.en}",
                        ),
                        value,
                    )

    def section_of(self, heading: str) -> SectionConfig | None:
        """Return the section that a heading opens, or None."""
        wanted = heading.strip()
        return next((s for s in self.sections if wanted in s.headings), None)

    def info(self) -> CollectionInfo:
        """Return the part of the configuration that travels with an index."""
        sections = tuple(
            SectionInfo(s.name, s.role, s.label_fr or s.headings[0], s.label_en or s.headings[0])
            for s in self.sections
        )
        date = self.date.isoformat() if self.date else ""
        aliases = tuple(
            Alias(facet, value, names)
            for facet, values in self.aliases.items()
            for value, names in values.items()
        )
        return CollectionInfo(
            id=self.id,
            title=self.title,
            language=self.language,
            publisher=self.publisher,
            date=date,
            sections=sections,
            abbreviations=tuple(self.abbreviations.items()),
            aliases=aliases,
            examples=tuple((lang, text) for lang, texts in self.examples.items() for text in texts),
            facets=tuple(facet.info() for facet in self.facets),
        )


def _listed(names: Sequence[str]) -> Text:
    """Return names one after the other, quoted as each language does."""
    return Text(
        ", ".join(f"« {name} »" for name in names), ", ".join(f"'{name}'" for name in names)
    )
