"""The two wheels alone, installed by pipx from a folder where there is no network."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.support import ROOT
from tests.support.browser import running
from tests.support.cell import shut
from tests.support.python import PYTHON

pytestmark = pytest.mark.bundle

QUESTION = "Comment réduire les appels répétés ?"
PIPX = Path(sys.executable).with_name("pipx")


def test_pipx_installs_both_wheels_from_a_folder_and_any_folder_asks() -> None:
    with shut() as cell:
        wheels, anywhere = cell.folder / "wheels", cell.folder / "anywhere"
        anywhere.mkdir()
        subprocess.run(
            [sys.executable, "-m", "distribution.make_wheels", wheels], cwd=ROOT, check=True
        )
        # The one command that is meant to use a network: as the operator's guide says it.
        gather = ("-m", "pip", "download", "--quiet", "--dest", wheels, "--find-links", wheels)
        limits = ("--constraint", ROOT / "constraints.txt", "recueil-qa[encoder]")
        subprocess.run([sys.executable, *gather, *limits], check=True)

        offline = f"--isolated --no-index --no-compile --find-links {wheels}"
        own = {
            "PIPX_HOME": str(cell.folder / "pipx"),
            "PIPX_BIN_DIR": str(cell.folder / "bin"),
            "PIPX_MAN_DIR": str(cell.folder / "man"),
            # pipx would have the newest pip, which is not in the folder: it takes Python's.
            "PIPX_DISABLE_SHARED_LIBS_AUTO_UPGRADE": "1",
        }
        said = cell.out(
            PIPX, "install", "--python", PYTHON, "--pip-args", offline, "recueil-qa[encoder]", **own
        )
        assert "recueil-qa" in said
        program = cell.folder / "bin" / "recueil-qa"
        # No folder of the project, nor any corpus where it is called from.
        asked = cell.out("env", "-C", anywhere, program, "ask", QUESTION, "--json")
        ids = [hit["practice"]["id"] for hit in json.loads(asked)["hits"]]
        assert "recueil-2014-p23" in ids[:3]
        assert (cell.folder / ".local" / "share" / "recueil-qa" / "corpus").is_dir()

        # A namespace has no loopback to be asked over: here the hook alone refuses.
        def command(port: int) -> list[str]:
            return ["env", "-C", str(anywhere), str(program), "app", "--port", str(port)]

        browser = {"BROWSER": "true"}  # a command that opens nothing
        with (
            running(command, **cell.environment | browser) as address,
            urllib.request.urlopen(address) as page,  # noqa: S310
        ):
            assert b'<html lang="fr"' in page.read()
        assert cell.attempts() == ""
