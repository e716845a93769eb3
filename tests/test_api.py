from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.resources import files
from types import FunctionType, ModuleType
from typing import get_args, get_type_hints

import pytest

import recueil_qa
from recueil_qa import _HOMES, maintenance
from recueil_qa.builds.rebuild import Rebuilt
from recueil_qa.doctor.finding import Finding
from recueil_qa.dossier.dossier import Dossier, Entry
from recueil_qa.encoding.encoder import Encoder
from recueil_qa.evaluation.report import Report
from recueil_qa.index.catalogue import Catalogue
from recueil_qa.index.manifest import Manifest
from recueil_qa.index.opened import Index
from tests.support.waiting import PATIENCE

FACADES = [recueil_qa.Assistant]
# Taken from their own modules: what an index is made of, and what its maintenance returns.
ELSEWHERE: set[type] = {Catalogue, Dossier, Encoder, Entry, Finding, Index, Manifest}
ELSEWHERE |= {Rebuilt, Report}
# Imported where it runs, and for types only above.
LATER = {each.__name__: each for each in (Finding, Rebuilt, Report)}
HEAVY = {"pydantic", "numpy", "torch", "faiss", "sentence_transformers", "bm25s", "rich"}


def test_the_exports_are_sorted_and_all_have_a_home() -> None:
    assert sorted(recueil_qa.__all__) == recueil_qa.__all__
    assert sorted(_HOMES) == recueil_qa.__all__


def public_functions(owner: type) -> dict[str, Callable[..., object]]:
    """Return the functions that programs call: methods of every kind, and those of properties."""
    found = {"__init__": owner.__init__}  # type: ignore[misc]
    for name, member in vars(owner).items():
        function = getattr(member, "fget", None) or getattr(member, "__func__", member)
        if isinstance(function, FunctionType) and not name.startswith("_"):
            found[name] = function
    return found


def named_in(hint: object) -> set[type]:
    """Return the package's own types that an annotation names, however deep."""
    # The parameters of a Callable are a list.
    within = hint if isinstance(hint, list) else get_args(hint)
    found: set[type] = set().union(*map(named_in, within))
    return found | ({hint} if isinstance(hint, type) and is_own(hint) else set())


def is_own(hint: type) -> bool:
    return hint.__module__.startswith("recueil_qa.")


@pytest.mark.parametrize("facade", FACADES)
def test_every_type_that_a_facade_takes_or_returns_is_exported_or_known(facade: type) -> None:
    named: set[type] = set()
    for function in public_functions(facade).values():
        for hint in get_type_hints(function, localns=LATER).values():
            named |= named_in(hint)
    assert {*named} >= {recueil_qa.Answer, recueil_qa.Filters, recueil_qa.PracticeHit}
    for each in named - ELSEWHERE:
        assert getattr(recueil_qa, each.__name__, None) is each, each


def test_an_annotation_is_searched_to_its_depth() -> None:
    hint = "Callable[[Filters], dict[str, tuple[Neighbour, ...]]] | list[Answer | None]"
    space = {name: getattr(recueil_qa, name) for name in recueil_qa.__all__}
    found = get_type_hints(type("A", (), {"__annotations__": {"a": hint}}), globals(), space)
    assert named_in(found["a"]) == {recueil_qa.Filters, recueil_qa.Neighbour, recueil_qa.Answer}


def test_methods_properties_and_functions_of_a_class_are_all_seen() -> None:
    class Facade:
        def __init__(self) -> None: ...
        def one(self) -> None: ...
        @property
        def two(self) -> None: ...
        @staticmethod
        def three() -> None: ...
        @classmethod
        def four(cls) -> None: ...
        def _five(self) -> None: ...

    assert [*public_functions(Facade)] == ["__init__", "one", "two", "three", "four"]


@pytest.mark.parametrize("name", recueil_qa.__all__)
def test_an_export_is_the_object_of_its_module(name: str) -> None:
    module = import_module(f"recueil_qa.{_HOMES[name]}")
    assert getattr(recueil_qa, name) is getattr(module, name)


@pytest.mark.parametrize("name", maintenance.__all__)
def test_what_maintenance_takes_and_returns_comes_with_it(name: str) -> None:
    home = maintenance._HOMES.get(name, "maintenance")
    assert getattr(maintenance, name) is getattr(import_module(f"recueil_qa.{home}"), name)


@pytest.mark.parametrize("module", [recueil_qa, maintenance])
def test_an_unknown_name_is_an_attribute_error_that_names_it(module: ModuleType) -> None:
    with pytest.raises(AttributeError, match=f"'{module.__name__}' has no attribute 'Asistant'"):
        module.Asistant  # noqa: B018


def test_the_package_says_that_it_is_typed() -> None:
    assert files("recueil_qa").joinpath("py.typed").is_file()


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = "import sys, recueil_qa; print(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=PATIENCE
    )
    loaded = set(done.stdout.split())
    assert "recueil_qa" in loaded
    assert loaded & HEAVY == set()


def test_a_program_takes_the_class_straight_from_the_package() -> None:
    code = "from recueil_qa import Filters; print(Filters(theme=frozenset({'a'})).theme)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=PATIENCE
    )
    assert done.stdout == "frozenset({'a'})\n"
