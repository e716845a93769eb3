"""What integrators read is so: routes, problems, an example that runs."""

from __future__ import annotations

import re

import pytest

from recueil_qa import Assistant
from recueil_qa.api.application import create_app
from recueil_qa.api.problems import TITLES
from recueil_qa.shared import Shared
from tests.support import ROOT
from tests.support.serving import served

TEXT = (ROOT / "docs" / "api.md").read_text("utf-8")


def test_every_route_is_told_and_no_other(small: Assistant) -> None:
    told = set(re.findall(r"^\| `(GET|POST) (/api/v1\S*)`", TEXT, re.MULTILINE))
    paths = create_app(Shared(small.settings, small)).openapi()["paths"]
    served_ones = {
        (method.upper(), path.replace("{practice}", "{id}"))
        for path, each in paths.items()
        for method in each
    }
    assert told == served_ones


def test_every_problem_is_told_and_no_other() -> None:
    table = TEXT.partition("## Errors")[2].partition("\n\nNo body")[0]
    told = [name for row in re.findall(r"^\| (`[^|]*) \|", table, re.MULTILINE)
            for name in re.findall(r"`([a-z-]+)`", row)]  # fmt: skip
    assert sorted(told) == sorted(TITLES)


def test_the_python_example_runs(small: Assistant, capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = re.findall(r"^```python\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
    with served(small) as address:
        for question, said in (
            ("le standard est saturé par des appels répétés", "Le "),
            ("recette tarte pommes", "nothing-"),
        ):
            asked = example.replace("http://127.0.0.1:8501", address)
            asked = asked.replace("comment réduire les appels répétés ?", question)
            exec(compile(asked, "docs/api.md", "exec"), {})  # noqa: S102
            assert said in capsys.readouterr().out
