"""The list of parts is a valid one, whole, and tells nothing of this machine."""

import json
import sys
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import pytest

from distribution import sbom
from tests.support import ROOT


@pytest.fixture(scope="module")
def text() -> str:
    return json.dumps(sbom.make_sbom())


def test_it_is_cyclonedx(text: str) -> None:
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None


def test_it_holds_what_serves_with_its_version_and_the_weights_with_their_licence(
    text: str,
) -> None:
    parts = {part["name"].lower(): part for part in json.loads(text)["components"]}
    for name in ("faiss-cpu", "streamlit", "onnxruntime", "numpy"):
        assert parts[name]["version"] == version(name)
    assert "pytest" not in parts and "ruff" not in parts
    model = parts["recueil-e5"]
    assert model["licenses"] == [{"license": {"id": "MIT"}}]
    graph = next(file for file in model["components"] if file["name"] == "model.onnx")
    digest = sha256((ROOT / "models/recueil-e5/model.onnx").read_bytes()).hexdigest()
    assert graph["hashes"] == [{"alg": "SHA-256", "content": digest}]


def test_it_says_nothing_of_this_machine(text: str) -> None:
    for place in (str(ROOT), str(Path.home()), sys.prefix):
        assert place not in text


def test_what_a_library_requires_itself_is_in() -> None:
    assert {"streamlit", "starlette"} <= sbom.required()
    assert "pytest" not in sbom.required()


def test_the_command_writes_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sbom, "make_sbom", lambda: {"components": []})
    monkeypatch.setattr(sys, "argv", ["sbom", str(tmp_path / "new" / "sbom.json")])
    sbom.main()
    assert json.loads((tmp_path / "new" / "sbom.json").read_text()) == {"components": []}
