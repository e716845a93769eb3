"""A sound installation, to be broken on purpose, and what the doctor finds of it."""

from __future__ import annotations

import json
import math
import os
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from recueil_qa.builds.build import build_index
from recueil_qa.cli.main import main
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.doctor import libraries
from recueil_qa.doctor.examine import examine
from recueil_qa.doctor.finding import Finding
from recueil_qa.encoding.identity import encoder_id
from recueil_qa.index import manifest
from recueil_qa.index.current import CURRENT, current_build
from recueil_qa.settings import load_settings
from tests.support.collections import PRACTICES
from tests.support.encoders import HashEncoder

CHECKS = [
    *("versions", "libraries", "settings", "corpus", "orphans", "questions", "advice"),
    *("encoder", "weights", "index", "contents", "quotations", "freshness", "privacy"),
    *("builds", "leftovers", "disk", "index-folder", "feedback", "evaluation"),
]
BYTES = {"F16": 2, "F32": 4}
WEIGHTS = {
    "model-1.safetensors": {"first": ("F16", [2, 3]), "second": ("F32", [4])},
    "model-2.safetensors": {"third": ("F32", [2, 2])},
}
INDEX = "model.safetensors.index.json"


def write_tensors(path: Path, tensors: Mapping[str, tuple[str, list[int]]]) -> None:
    """Write a file of weights, all zero, as the format says."""
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, (kind, shape) in tensors.items():
        start, end = end, end + math.prod(shape) * BYTES[kind]
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + bytes(end))


def write_model(folder: Path) -> Path:
    """Write an encoder's folder, whose weights are in two files."""
    (folder / "1_Pooling").mkdir(parents=True)
    (folder / "1_Pooling" / "config.json").write_text("{}", "utf-8")
    modules = [{"path": ""}, {"path": "1_Pooling"}]
    (folder / "modules.json").write_text(json.dumps(modules), "utf-8")
    (folder / "config.json").write_text("{}", "utf-8")
    for file, tensors in WEIGHTS.items():
        write_tensors(folder / file, tensors)
    places = {tensor: file for file, tensors in WEIGHTS.items() for tensor in tensors}
    (folder / INDEX).write_text(json.dumps({"weight_map": places}), "utf-8")
    return folder


def add_questions(folder: Path) -> None:
    """Give each practice of `petit` two questions more."""
    for page in PRACTICES:
        path = folder / "questions" / f"p{page}.yaml"
        more = "".join(f"- What else about page {page}, {i}?\n" for i in range(3))
        path.write_text(path.read_text("utf-8") + more, "utf-8")


def encoder_of(name: str) -> HashEncoder:
    """Return the encoder that stands for the one in a folder."""
    encoder = HashEncoder()
    encoder.id = encoder_id(name)
    return encoder


def build_home(home: Path) -> Path:
    """Build the index of a home; return its folder."""
    encoder = encoder_of(str(home / "models" / "mine"))
    return build_index(home / "index", read_corpus(home / "corpus"), encoder)


@pytest.fixture(name="home")
def sound_home(corpus_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with nothing to mend: a corpus, an encoder's folder, and the index made of both."""
    monkeypatch.setenv("RECUEIL_HOME", str(tmp_path))
    monkeypatch.setenv("RECUEIL_ENCODER", "models/mine")
    # Reading the metadata of all libraries takes longer than all the rest.
    monkeypatch.setattr(libraries, "needed_libraries", dict)
    monkeypatch.setattr("recueil_qa.builds.rebuild.open_encoder", lambda name, _: encoder_of(name))
    write_model(tmp_path / "models" / "mine")
    add_questions(corpus_root / "petit")
    build_home(tmp_path)
    return tmp_path


def findings() -> dict[str, Finding]:
    """Return what is found of the home, by check."""
    return {finding.check: finding for finding in examine(load_settings())}


def faults() -> list[str]:
    """Return the checks that find something to mend."""
    return [check for check, finding in findings().items() if finding.severity != "ok"]


def run(mend: str) -> None:
    """Type a mend."""
    words = shlex.split(mend)
    if words[0] == "recueil-qa":
        result = CliRunner().invoke(main, words[1:], catch_exceptions=False)
        assert result.exit_code == 0, result.output
    else:
        subprocess.run(words, check=True, env={"PATH": os.environ.get("PATH", os.defpath)})


def reseal(root: Path, folder: Path) -> Path:
    """Make a build that was altered pass for one that was made so; return its new folder."""
    contract = manifest.read_manifest(folder)
    contract = contract.model_copy(update={"files": manifest.hash_files(folder)})
    manifest.write_manifest(folder, contract)
    was_current = current_build(root) == folder
    target = folder.rename(root / manifest.build_name(folder, contract))
    if was_current:
        (root / CURRENT).write_text(f"{target.name}\n", "utf-8")
    return target
