"""The page's script is no package, which import-linter asks for: its imports are read here."""

from __future__ import annotations

import ast
import tomllib

from tests.support import ROOT

RULE = "The app knows the doors, and what they give"


def test_the_script_imports_what_the_rest_of_the_page_may() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    (rule,) = (row for row in contracts["contracts"] if row["name"] == RULE)
    tree = ast.parse((ROOT / "app" / "streamlit_app.py").read_text("utf-8"))
    taken = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    taken |= {
        name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names
    }
    assert "recueil_qa" in taken
    rooms = {".".join((name or "").split(".")[:2]) for name in taken}
    assert rooms.isdisjoint(rule["forbidden_modules"])
