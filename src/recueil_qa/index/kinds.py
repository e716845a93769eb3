"""The kinds of engine, by name: what the settings ask for, and what the manifest of a build keeps.

A model is written as the JSON that the manifest of a build has always held: a value that is not
asked for has no key there.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, model_validator

Value = int | float | str
Flag = Annotated[bool, PlainSerializer(int, return_type=int)]  # 0 or 1 in the manifest


class _Kind(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    def as_json(self) -> dict[str, Value]:
        """Return what a manifest holds of it."""
        return self.model_dump(by_alias=True, exclude_defaults=True)


class Faiss(_Kind):
    """The files of a build; `exact` asks that every vector be compared, however many there are."""

    name: Literal["faiss"]
    exact: Flag = False

    @property
    def place(self) -> str:
        """Where it is."""
        return self.name


class Milvus(_Kind):
    """A Milvus server, where an alias names the collection of the build that serves."""

    name: Literal["milvus"]
    address: str
    alias: str
    shards: int
    replicas: int

    @property
    def place(self) -> str:
        """Where it is."""
        return self.address


class _Built(_Kind):
    # A later version of the package may write more.
    model_config = ConfigDict(extra="allow", populate_by_name=True)
    __pydantic_extra__: dict[str, Value] = Field(init=False)

    def is_as(self, wanted: Wanted) -> bool:
        """Return whether it is what the settings ask for."""
        return wanted.as_json().items() <= self.as_json().items()


class BuiltFaiss(Faiss, _Built):
    """What a build has in its files: where it is large, graphs over its vectors too.

    Of these: how many distinct vectors each has, the breadth of a search, its recall, and the
    number of queries that this was measured with.
    """

    questions: int | None = None
    text: int | None = None
    breadth: int | None = None
    recall: float | None = Field(
        default=None, validation_alias="recall@10", serialization_alias="recall@10"
    )
    queries: int | None = None

    @model_validator(mode="after")
    def _graphs_are_whole(self) -> BuiltFaiss:
        if self.breadth is not None and None in (self.questions, self.text):
            raise ValueError("a graph without its size")
        return self


class BuiltMilvus(Milvus, _Built):
    """What a build has on a server: its own collection, and how that is searched.

    `version` is the server's, `sparse` whether the words are there too, `breadth` that of a search
    in a graph, or 0 where every vector is compared.
    """

    collection: str
    version: str
    sparse: Flag
    breadth: int = 0


class BuiltOther(_Built):
    """What this version can't read: of another version, or damaged; or nothing at all.

    Builds from before there was a choice say nothing: all of theirs is in their files.
    """

    @property
    def place(self) -> str:
        """Where it is, as far as this version can tell."""
        found: dict[str, Any] = self.as_json()
        return str(found.get("address", found.get("name", "?")))


Wanted = Faiss | Milvus
Built = Annotated[BuiltFaiss | BuiltMilvus | BuiltOther, Field(union_mode="left_to_right")]

FAISS = Faiss(name="faiss")
