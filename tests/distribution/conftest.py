"""The documentation's pages, made once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT
from tests.support.waiting import PATIENCE


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages, made as `make docs` makes them."""
    folder = tmp_path_factory.mktemp("made") / "site"
    made = subprocess.run(
        [sys.executable, "-m", "distribution.site", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE * 4,
    )
    assert made.returncode == 0, made.stderr
    return folder
