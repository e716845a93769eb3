"""What users install, whole, where there is no network: the bundle, and the two wheels by pipx.

The packages come from a package index once, for the bundle; pipx takes them from there.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from recueil_qa.builds.archive import bundle_name
from tests.support import ROOT
from tests.support.browser import running
from tests.support.builds import unpack
from tests.support.cell import shut
from tests.support.collections import write_two_practices
from tests.support.command_line import PROGRAM, QUESTION, practices
from tests.support.python import PYTHON

pytestmark = pytest.mark.bundle

PIPX = Path(sys.executable).with_name("pipx")


@pytest.fixture(scope="module")
def archive() -> Iterator[Path]:
    """The bundle of this project; gone after the tests, as it is hundreds of megabytes."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, "bundle.tar.gz")
        # The one command that is meant to use a network.
        subprocess.run([PROGRAM, "bundle", "--output", made], cwd=ROOT, check=True)
        yield made


def test_the_bundle_installs_answers_and_is_made_again_with_no_network(archive: Path) -> None:
    with shut() as cell:
        unpack(archive, cell.folder / "there")
        home = cell.folder / "there" / bundle_name()
        said = cell.out(home / "install.sh", PYTHON=str(PYTHON))
        assert "==> installation dans .venv" in said
        assert "\nPrêt. Pour demander : " in said
        made = (home / ".venv" / ".installed").stat().st_mtime_ns
        # What the page imports is compiled, so that it needn't be at each start.
        (libraries,) = home.glob(".venv/lib/python*/site-packages")
        for name in ("streamlit", "fastapi", "recueil_qa/search"):
            assert [*libraries.glob(f"{name}/__pycache__/*.pyc")], name
        said = cell.out(home / "install.sh", PYTHON=str(PYTHON))
        assert said.startswith("==> déjà installé ; vérification\n")
        assert (home / ".venv" / ".installed").stat().st_mtime_ns == made

        home = home.rename(cell.folder / "moved")
        asked = cell.out(home / "recueil-qa", "ask", QUESTION, "--json")
        assert "recueil-2014-p23" in practices(asked)[:3]
        corpus, index = write_two_practices(cell.folder / "corpus"), cell.folder / "index"
        places = ("--corpus", corpus, "--index", index)
        built = cell.out(home / "recueil-qa", "build", *places, "--lang", "en")
        assert built.startswith("Index built")
        again = cell.folder / "again.tar.gz"
        cell.out(home / "recueil-qa", "bundle", "--wheels", home / "wheels", "--output", again)
        assert digest(again) == digest(archive)

        # A namespace has no loopback to be asked over: here the hook alone refuses.
        command = [str(home / "run.sh")]
        with (
            running(lambda _: command, **cell.environment) as address,
            urllib.request.urlopen(f"{address}/_stcore/health") as health,  # noqa: S310
        ):
            assert health.read() == b"ok"
        assert cell.attempts() == ""


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def test_pipx_installs_both_wheels_from_a_folder_and_any_folder_asks(archive: Path) -> None:
    with shut() as cell:
        wheels, anywhere = cell.folder / "wheels", cell.folder / "anywhere"
        anywhere.mkdir()
        subprocess.run(
            [sys.executable, "-m", "distribution.make_wheels", wheels], cwd=ROOT, check=True
        )
        # As the operator's guide says it; the package index is the bundle's wheels.
        unpack(archive, cell.folder / "there", f"{bundle_name()}/wheels")
        others = cell.folder / "there" / bundle_name() / "wheels"
        next(others.glob("recueil_qa-*.whl")).unlink()
        gather = ("download", "--quiet", "--dest", wheels, "--find-links", wheels)
        limits = ("--constraint", ROOT / "constraints.txt", "recueil-qa[encoder]")
        index = ("--no-index", "--find-links", others)
        cell.out(sys.executable, "-m", "pip", "--isolated", *gather, *limits, *index)

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
        assert "recueil-2014-p23" in practices(asked)[:3]
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
