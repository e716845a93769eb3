"""libyaml and PyYAML read the same in a flat mapping; where they would not, PyYAML does."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import yaml

from recueil_qa.corpus import yaml_nodes
from recueil_qa.corpus.flat_yaml import read_yaml_mapping

TEXTS = (
    "a: 'x # y'\nb: 06 \nc: [u, v]\n", "t: {a: b}\n", "t: {a:b}\n", "a:\n - x\n - y # z\n",
    "a: |\n  x\n  y\n", "a: >\n x\n\n y\n", 'a: "x\\ny"\n', "a: 'it''s'\n", "? a\n: b\n",
    "a: é😀\nb: x\n", "a: b\n  c\n", "a: x, y\n", "a: ~\n", "a:\n", "", "# c\n", "a: b\n...\n",
    "{a: [b, c], d: e}", "a: x#y\n", "'a b': c\n", "a:\n- x\n-\n- y\n", "a: -\n", "a: 12:30\n",
    "facets:\n  t: [a, b]\n  u: v\n", "a: [1, [2]]\n", "a: [x,\ny]\n", "a: x\u00a0y\n",
    "a:\tb\n", "a: \ufeffb\n", "a: !x y\n", "a: &b c\nd: *b\n", "a: b: c\n", "a: %x\n", "a: [x\n",
)  # fmt: skip


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="PyYAML was built without libyaml")
@pytest.mark.parametrize("text", TEXTS)
def test_both_read_alike(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fast = read_yaml_mapping(text, Path("a.md"), 1, ("facets",))
    monkeypatch.setattr(yaml_nodes, "_Fast", None)
    assert read_yaml_mapping(text, Path("a.md"), 1, ("facets",)) == fast


def test_where_libyaml_is_missing_pyyaml_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml.cyaml", None)
    assert yaml_nodes._fast() is None
    monkeypatch.setattr(yaml_nodes, "_Fast", None)
    assert read_yaml_mapping("a: b\n", Path("a.md"), 1, ("facets",))[0]["a"]
