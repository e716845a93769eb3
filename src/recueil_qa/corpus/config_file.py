"""Read `collection.toml`, with each fault at its line."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from recueil_qa.corpus.collection import (
    CollectionConfig,
    FacetConfig,
    ImportConfig,
    Model,
    PartConfig,
    SectionConfig,
)
from recueil_qa.corpus.text_file import not_utf8, too_large
from recueil_qa.corpus.toml_lines import deep_name, notation_problem, problem_of
from recueil_qa.errors import Problem
from recueil_qa.faults import system_fault
from recueil_qa.messages import Text

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

MAX_CONFIG_BYTES = 200_000
MAX_FAULTS = 100


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
        "facets": FacetConfig,
        "import": ImportConfig,
    }
    nested = len(item["loc"]) > 1
    model = models.get(item["loc"][0], CollectionConfig) if nested else CollectionConfig
    return [field.alias or name for name, field in model.model_fields.items()]
