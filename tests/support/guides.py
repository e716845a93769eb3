"""What stands in README and in the guides, to be followed, and a copy of the project for it."""

from __future__ import annotations

import functools
import re
import shutil
from pathlib import Path

import pytest

import recueil_qa.builds.rebuild
import recueil_qa.search.searcher
from recueil_qa.encoding.encoded_once import OnceEncoder
from recueil_qa.encoding.encoder import Encoder
from recueil_qa.encoding.runtimes import Runtime, open_encoder
from tests.support import ROOT

README = (ROOT / "README.md").read_text("utf-8")
README_COMMANDS = [
    line
    for block in re.findall(r"^```sh\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    for line in block.splitlines()
    if line.strip()
]

GUIDE = (ROOT / "docs" / "guide-mainteneur.fr.md").read_text("utf-8")
# A comment that says what the reader's machine has been through, or how the next commands end;
# or a block, of commands, of what they print, or of a file.
STEP = re.compile(
    r"^<!-- (?P<note>run|exit): (?P<value>[^\n]+) -->$|^```(?P<kind>\w+)\n(?P<body>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
COMMANDS = [
    line
    for step in STEP.finditer(GUIDE)
    if step["kind"] == "sh"
    for line in step["body"].splitlines()
]


def copy_project(folder: Path, *more: str) -> Path:
    """Copy what the commands read and write into a folder, which becomes a home; return it."""
    for name in ("corpus", "eval", "index", *more):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "models").symlink_to(ROOT / "models")
    return folder


@functools.cache
def _loaded(name: str, runtime: Runtime) -> Encoder:
    return OnceEncoder(open_encoder(name, runtime))


def share_encoder(patch: pytest.MonkeyPatch) -> None:
    """Have all commands of this process load the encoder once, and encode each question once."""
    for module in (recueil_qa.builds.rebuild, recueil_qa.search.searcher):
        patch.setattr(module, "open_encoder", _loaded)
