"""Puts what stands beside `src/` into the wheel, where it is there: page, booklet, index, help."""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
FOLDERS = ("app", "corpus", "eval", "site")
FILES = (".streamlit/config.toml", "constraints.txt")
LEFT_OUT = shutil.ignore_patterns("__pycache__", ".*", "results")


class WithTheRest(build_py):  # type: ignore[misc]
    """Copies a home into the package; an editable installation has its checkout."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            ship(ROOT, Path(self.build_lib, "recueil_qa", "shipped"))


def ship(root: Path, target: Path) -> None:
    """Copy the page, the corpora, the settings and the build that serves."""
    shutil.rmtree(target, ignore_errors=True)
    for name in FOLDERS:
        if (root / name).is_dir():
            shutil.copytree(root / name, target / name, ignore=LEFT_OUT)
    current = root / "index" / "CURRENT"
    files = [root / name for name in FILES]
    if current.is_file():
        build = root / "index" / current.read_text("utf-8").strip()
        files += [current, *(path for path in build.rglob("*") if path.is_file())]
    for path in files:
        if path.is_file():
            place = target / path.relative_to(root)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)


setup(cmdclass={"build_py": WithTheRest})
