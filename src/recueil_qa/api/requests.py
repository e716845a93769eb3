"""What is asked of the API: bodies and parameters, each bounded; unknown names are refused."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from recueil_qa.types import FACETS, Filters

Value = Annotated[str, Field(min_length=1, max_length=200)]
Values = Annotated[list[Value], Field(max_length=50)]
Pair = Annotated[str, Field(pattern=r"^\s*[^=\s][^=]*=.*\S", max_length=400)]
Top = Annotated[int, Field(ge=1, le=100)]


class Facets(BaseModel):
    """Values of facets to keep; a practice must pass every facet that names some."""

    model_config = ConfigDict(extra="forbid")

    collection: Values = Field(default=[], description="Ids of collections.")
    part: Values = []
    theme: Values = []
    sector: Values = []
    organisation: Values = []
    facet: Annotated[list[Pair], Field(max_length=50)] = Field(
        default=[], description="Values of a collection's own facets: `name=value`."
    )

    @property
    def filters(self) -> Filters:
        """The filters that they make."""
        chosen = {facet: {*getattr(self, facet)} for facet in FACETS}
        for pair in self.facet:
            name, _, value = pair.partition("=")
            chosen.setdefault(name.strip(), set()).add(value.strip())
        return Filters.of(chosen)


class Asked(BaseModel):
    """A question in plain words, French or English."""

    model_config = ConfigDict(extra="forbid")

    question: str = Field(min_length=1, max_length=20_000, examples=["Des appels répétés"])
    top: Top | None = Field(default=None, description="How many practices.")
    filters: Facets = Facets()


class AskedAnswer(Asked):
    """A question, to be answered."""

    as_typed: bool = Field(
        default=False, description="Mend no slip, take nothing in the question for a filter."
    )
    reader: bool = Field(
        default=False,
        description="Have it read by the language model that is set, which takes seconds.",
    )


class Browsed(Facets):
    """Which practices to list."""

    offset: int = Field(default=0, ge=0, le=1_000_000)
    limit: int = Field(default=100, ge=1, le=500)


class Counted(Facets):
    """Which practices to count."""

    text: str = Field(default="", max_length=200, description="Only those that hold these words.")


class Judged(BaseModel):
    """What somebody thinks of an answer, or of one practice of it (`target`)."""

    model_config = ConfigDict(extra="forbid")

    question: str = Field(min_length=1, max_length=20_000)
    verdict: Literal["up", "down"]
    target: str = Field(default="", max_length=200, description="A practice's id.")
    comment: str = Field(default="", max_length=1_000)
    language: Literal["fr", "en"] = "fr"
    answered: bool = Field(description="What the answer said of itself.")
    shown: Annotated[list[Value], Field(max_length=100)] = Field(
        default=[], description="The ids of the practices of the answer, best first."
    )
    build: str = Field(
        default="", max_length=200, description="`X-Recueil-Build` of it; empty: as of now."
    )
