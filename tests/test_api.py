from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from importlib.resources import files
from types import FunctionType
from typing import get_args, get_type_hints

import pytest

import recueil_qa
from recueil_qa import _HOMES

HEAVY = {"pydantic", "numpy", "torch", "faiss", "sentence_transformers", "bm25s", "rich"}


def test_the_exports_are_sorted_and_all_have_a_home() -> None:
    assert sorted(recueil_qa.__all__) == recueil_qa.__all__
    assert sorted(_HOMES) == recueil_qa.__all__


def test_every_type_that_the_facade_returns_is_exported() -> None:
    hints = [
        get_type_hints(method)["return"]
        for name, method in vars(recueil_qa.Assistant).items()
        if isinstance(method, FunctionType) and not name.startswith("_")
    ]
    returned = {part.__name__ for hint in hints for part in (hint, *get_args(hint)) if own(part)}
    assert {"Answer", "Neighbour", "Practice", "PracticeHit"} <= returned
    assert returned <= {*recueil_qa.__all__}


def own(part: object) -> bool:
    return getattr(part, "__module__", "") in ("recueil_qa.answer_types", "recueil_qa.corpus_types")


@pytest.mark.parametrize("name", recueil_qa.__all__)
def test_an_export_is_the_object_of_its_module(name: str) -> None:
    module = import_module(f"recueil_qa.{_HOMES[name]}")
    assert getattr(recueil_qa, name) is getattr(module, name)


def test_an_unknown_name_is_an_attribute_error_that_names_it() -> None:
    with pytest.raises(AttributeError, match=r"'recueil_qa' has no attribute 'Asistant'"):
        recueil_qa.Asistant  # noqa: B018


def test_the_package_says_that_it_is_typed() -> None:
    assert files("recueil_qa").joinpath("py.typed").is_file()


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = "import sys, recueil_qa; print(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(done.stdout.split())
    assert "recueil_qa" in loaded
    assert loaded & HEAVY == set()


def test_a_program_takes_the_class_straight_from_the_package() -> None:
    code = "from recueil_qa import Filters; print(Filters(theme=frozenset({'a'})).theme)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "frozenset({'a'})\n"
