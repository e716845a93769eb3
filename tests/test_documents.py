"""What documents say of the code is so: the paths that they name exist, and the rooms are these."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence

import pytest

from tests.support import ROOT

ARCHITECTURE = (ROOT / "docs/architecture.md").read_text("utf-8")
DOCUMENTS = [
    "README.md",
    "CONTRIBUTING.md",
    *sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("docs/*.md")),
    *sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("models/*/README.md")),
    *("benchmarks/README.md", "corpus/recueil-2014/README.md", "eval/README.md", "index/README.md"),
]
_CODE = re.compile(r"`([^`\n]+)`")
# A module, or a folder of something: not a place in a corpus or an index.
_MODULE = re.compile(r"(?<![\w./-])[\w.-]+(?:/[\w.-]+)*\.(?:py|toml)\b(?![\w/])")
_FOLDER = re.compile(r"(?:app|benchmarks|docs|eval|src|tests|training|corpus/importing)/?[\w./-]*")


HOMES = ("", "src/recueil_qa")
# What a document is about, whose modules it names alone.
ABOUT = {"docs/reliability.md": ("benchmarks/reliability",)}


def there(path: str, homes: Sequence[str] = HOMES) -> bool:
    return any((ROOT / home / path).exists() for home in homes)


def test_every_path_that_the_map_of_the_house_names_exists() -> None:
    named = {*_MODULE.findall(ARCHITECTURE)}
    named |= {text for text in _CODE.findall(ARCHITECTURE) if _FOLDER.fullmatch(text)}
    assert len(named) > 50
    assert [path for path in sorted(named) if not there(path)] == []


def test_the_map_of_the_house_has_the_rooms_of_the_contract_in_its_order() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    layers = [re.findall(r"\w+", layer) for layer in contracts["contracts"][0]["layers"]]
    table = ARCHITECTURE.partition("|---|---|\n")[2].partition("\n\n")[0]
    told = [name for row in table.splitlines() for name in _CODE.findall(row.split("|")[1])]
    assert told == [name for layer in layers for name in layer]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_module_that_a_document_names_exists(document: str) -> None:
    text = (ROOT / document).read_text("utf-8")
    named = [path for code in _CODE.findall(text) for path in _MODULE.findall(code)]
    modules = [path for path in named if path.endswith(".py")]
    homes = (*HOMES, *ABOUT.get(document, ()))
    assert [path for path in modules if not there(path, homes)] == []


def test_no_test_module_imports_from_another() -> None:
    importing = re.compile(r"\bfrom tests\.(?!support\b)|\bfrom tests import|\bimport tests\b")
    found = [path for path in ROOT.glob("tests/**/*.py") if importing.search(path.read_text())]
    assert found == []
