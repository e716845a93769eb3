"""What `collection.toml` says: the sections, their headings and roles, the facets' values.

Nothing else in the package knows a booklet's own headings.
"""

from __future__ import annotations

import datetime
import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from recueil_qa.corpus.text_file import CONTROL, ID, not_utf8, too_large
from recueil_qa.corpus.toml_lines import deep_name, notation_problem, problem_of
from recueil_qa.errors import Problem
from recueil_qa.faults import INVISIBLE, excerpt, refusal, system_fault
from recueil_qa.messages import Text
from recueil_qa.types import Alias, CollectionInfo, SectionInfo

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

MAX_CONFIG_BYTES = 200_000
MAX_FAULTS = 100
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
AliasedFacet = Literal["organisation", "sector", "theme", "part"]
Labels = Annotated[
    tuple[Words, ...], BeforeValidator(lambda value: [value] if isinstance(value, str) else value)
]


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SectionConfig(Model):
    """A kind of section, by its `role`.

    `advice` marks the lines that are quoted as advice, `result` what a practice brought, `context`
    where it comes from.
    """

    name: Identifier
    headings: tuple[Words, ...] = Field(min_length=1)
    role: Literal["advice", "result", "detail", "context"] = "detail"
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


class PartConfig(Model):
    """A part of the booklet, with its themes in order."""

    name: Words
    themes: tuple[Words, ...] = ()


class ImportConfig(Model):
    """How the source text is laid out, for `recueil-qa import` only.

    `title` is a level of headings ("heading 2") or a regular expression that titles match, whose
    named groups are fields or `number`; `labels` are the words before a field's value.
    """

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
    aliases: dict[AliasedFacet, dict[Words, Labels]] = Field(default_factory=dict)
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
        for facet, aliased in self.aliases.items():
            known = self.lists(facet)
            for value in aliased:
                if known and value not in known:
                    listed_fr = ", ".join(f"« {name} »" for name in known)
                    listed_en = ", ".join(f"'{name}'" for name in known)
                    raise refusal(
                        Text(
                            f"[aliases.{facet}] : « {excerpt(value)} » n'existe pas ; écrivez l'un "
                            f"de : {listed_fr}",
                            f"[aliases.{facet}]: there is no '{excerpt(value)}'; write one of: "
                            f"{listed_en}",
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
        )


def read_config(path: Path) -> tuple[CollectionConfig | None, list[Problem]]:
    """Read `collection.toml`; return it, or None with the problems found."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_CONFIG_BYTES + 1)
        return parse_config(data.decode("utf-8").replace("\r\n", "\n"), path)
    except OSError as error:
        mend = Text("voyez le fichier et ses droits", "see the file and its permissions")
        if isinstance(error, FileNotFoundError):
            mend = Text(
                "écrivez-le d'abord (docs/collections.md)", "write it first (docs/collections.md)"
            )
        said = Text("illisible ({}) ; {}", "can't be read ({}); {}")
        return None, [Problem(path, 0, said.format(system_fault(error), mend))]
    except UnicodeDecodeError as error:
        return None, [not_utf8(path, data.count(b"\n", 0, error.start) + 1)]


def parse_config(text: str, path: Path) -> tuple[CollectionConfig | None, list[Problem]]:
    """Parse the text of `collection.toml`; return it, or None with the problems found."""
    text = text.removeprefix("\ufeff")
    if len(text.encode("utf-8", "replace")) > MAX_CONFIG_BYTES:
        return None, [too_large(path, MAX_CONFIG_BYTES)]
    deep = deep_name(text)
    if deep:
        fault = Text(
            "un nom de plus de 30 parties ; raccourcissez-le", "a name of over 30 parts; cut it"
        )
        return None, [Problem(path, deep, fault)]
    try:
        return CollectionConfig.model_validate(tomllib.loads(text)), []
    except ValidationError as error:
        items = error.errors()
        # More have one cause, and each is looked for over the whole file.
        problems = [problem_of(item, text, path, _fields(item)) for item in items[:MAX_FAULTS]]
        if len(items) > MAX_FAULTS:
            more = len(items) - MAX_FAULTS
            rest = Text(f"… et {more} autres problèmes", f"… and {more} more problems")
            problems.append(Problem(path, 0, rest))
        return None, problems
    # Not only TOMLDecodeError: numbers of thousands of digits, brackets by the thousand.
    except (ValueError, RecursionError) as error:
        return None, [notation_problem(error, text, path)]


def _fields(item: ErrorDetails) -> list[str]:
    """Return the names of the fields that the table of a fault may have."""
    models: dict[str | int, type[Model]] = {
        "sections": SectionConfig,
        "parts": PartConfig,
        "import": ImportConfig,
    }
    nested = len(item["loc"]) > 1
    model = models.get(item["loc"][0], CollectionConfig) if nested else CollectionConfig
    return [field.alias or name for name, field in model.model_fields.items()]
