"""Make the two wheels that `pipx` installs: code, page, booklet and index; and the encoder.

    python -m distribution.make_wheels [FOLDER]

Each is made of a copy, for setuptools leaves a build folder, and packs what an old one holds.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from recueil_qa.builds.wheels import EPOCH

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("src", "app", "corpus", "eval", ".streamlit")
FILES = ("pyproject.toml", "setup.py", "README.md", "LICENSE", "NOTICE", "constraints.txt")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.egg-info", "results")


def stage_package(target: Path) -> None:
    """Copy what the package's wheel is made of, with the build that serves."""
    for name in PARTS:
        shutil.copytree(ROOT / name, target / name, ignore=LEFT_OUT)
    for name in FILES:
        shutil.copyfile(ROOT / name, target / name)
    if (ROOT / "site").is_dir():  # made by `make docs`
        shutil.copytree(ROOT / "site", target / "site")
    current = ROOT / "index" / "CURRENT"
    if not current.is_file():
        raise SystemExit("make_wheels: there is no index; mend it with: make build")
    build = current.read_text("utf-8").strip()
    shutil.copytree(ROOT / "index" / build, target / "index" / build)
    shutil.copyfile(current, target / "index" / "CURRENT")


def stage_encoder(target: Path) -> None:
    """Copy what the encoder's wheel is made of."""
    shutil.copytree(ROOT / "distribution" / "encoder", target, ignore=LEFT_OUT, dirs_exist_ok=True)
    model = target / "recueil_qa_encoder" / "recueil-e5"
    shutil.copytree(ROOT / "models" / "recueil-e5", model)
    for name in ("LICENSE", "NOTICE"):
        shutil.copyfile(ROOT / name, target / name)


def make_wheels(folder: Path) -> list[Path]:
    """Write both wheels into `folder` and return them; the same sources give the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    made = list[Path]()
    with tempfile.TemporaryDirectory() as scratch:
        for name, stage in (("package", stage_package), ("encoder", stage_encoder)):
            source, out = Path(scratch, name), Path(scratch, f"{name}-wheel")
            source.mkdir()
            stage(source)
            command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", str(source)]
            command += ["--no-build-isolation", "--wheel-dir", str(out)]
            limits = {"SOURCE_DATE_EPOCH": str(EPOCH), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
            subprocess.run(command, check=True, env=os.environ | limits)
            for wheel in out.glob("*.whl"):
                made.append(Path(shutil.move(wheel, folder / wheel.name)))
    return made


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist"
    for wheel in make_wheels(folder):
        print(f"{wheel.stat().st_size / 1e6:6.1f} MB  {wheel}")


if __name__ == "__main__":
    main()
