"""The wheels that a machine with no network installs from, gathered by pip.

The only part of the product that uses a network, and only when the maintainer asks for a bundle.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from collections.abc import Callable, Collection, Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from recueil_qa.errors import NotFoundError, WriteError
from recueil_qa.faults import technical
from recueil_qa.index.manifest import package_version
from recueil_qa.messages import Command, Text, alike

Tell = Callable[[str], None]

# Of every file that we make, so that the same contents give the same bytes. A zip starts in 1980.
EPOCH = 315_619_200
SOURCES = ("pyproject.toml", "README.md", "LICENSE", "NOTICE")
_MANYLINUX = re.compile(r"manylinux_(\d+)_(\d+)_")
_ADVICE = ("ResolutionImpossible", "To fix this", "1. ", "2. ")
_LEGACY = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}


def machine_tag() -> str:
    """Return what wheels depend on: Python and platform, such as `cp311-linux_x86_64`."""
    python = "cp" if sys.implementation.name == "cpython" else sys.implementation.name
    major, minor = sys.version_info[:2]
    return f"{python}{major}{minor}{sys.abiflags}-{re.sub('[-.]', '_', sysconfig.get_platform())}"


def collect(
    folder: Path, constraints: Path, tell: Tell, extras: Collection[str] = ()
) -> tuple[Path, ...]:
    """Put the wheels of this package and all that it needs into an empty folder; return them.

    Needs a package index.

    `extras` of the package are packed as well.

    Raises:
        NotFoundError: pip can't get or make one of them; gives pip's own words.
        WriteError: the disk is full.
    """
    checkout = Path(__file__).resolve().parents[3]
    if not (checkout / "pyproject.toml").is_file():
        raise NotFoundError(
            Text(
                f"les sources de recueil-qa ne sont pas dans {checkout} ; donnez les roues : "
                "recueil-qa bundle --wheels wheels",
                f"the sources of recueil-qa are not in {checkout}; give the wheels: "
                "recueil-qa bundle --wheels wheels",
            )
        )
    wheel = ("wheel", "--progress-bar", "off", "--wheel-dir", str(folder))
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        source = Path(scratch, "source")
        # In a copy: setuptools leaves its own build folder, and packs what an old one holds.
        ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
        shutil.copytree(checkout / "src", source / "src", ignore=ignored)
        for name in SOURCES:
            shutil.copyfile(checkout / name, source / name)
        _pip([*wheel, "--no-deps", "--no-build-isolation", str(source)], folder.parent, tell)
    own = [f"{path}{_bracketed(extras)}" for path in folder.glob("*.whl")]
    limits = ("--constraint", str(constraints))
    # pip itself too: a bare machine often has a Python without it.
    _pip([*wheel, *limits, *own, f"pip=={_pip_version()}"], folder.parent, tell)
    # As `resolve` would find them: the folder was empty.
    return tuple(sorted(folder.glob("*.whl")))


def resolve(
    folder: Path, constraints: Path, tell: Tell, extras: Collection[str] = ()
) -> tuple[Path, ...]:
    """Return the wheels of `folder` that this version is installed from here, sorted by name.

    Raises:
        NotFoundError: one of them is missing, of another version or for another machine.
    """
    if not any(folder.glob("*.whl")):
        raise NotFoundError(
            Text(
                f"aucune roue (fichier .whl) dans {folder}",
                f"no wheel (.whl file) in {folder}",
            )
        )
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch, "report.json")
        offline = ("--isolated", "--no-index", "--find-links", str(folder.absolute()))
        dry = ("--dry-run", "--ignore-installed", "--report", str(report))
        limits = ("--constraint", str(constraints))
        wanted = (requirement(extras), "pip")
        _pip(["install", *offline, *dry, *limits, *wanted], Path(scratch), tell)
        installed = json.loads(report.read_bytes())["install"]
    urls = {item["download_info"]["url"] for item in installed}
    return tuple(sorted(Path(url2pathname(urlsplit(url).path)) for url in urls))


def requirement(extras: Collection[str] = ()) -> str:
    """Return what pip is asked to install: this version, with extras."""
    return f"recueil-qa{_bracketed(extras)}=={package_version()}"


def _bracketed(extras: Collection[str]) -> str:
    return f"[{','.join(sorted(extras))}]" if extras else ""


def needed_glibc(wheels: Iterable[Path]) -> str:
    """Return the oldest C library that all these wheels run with (`2.28`), or `0` for any."""
    needed: tuple[int, ...] = (0,)
    for wheel in wheels:
        tag = wheel.stem.rpartition("-")[2]
        found = [(int(major), int(minor)) for major, minor in _MANYLINUX.findall(f"{tag}_")]
        found += [numbers for name, numbers in _LEGACY.items() if f"{name}_" in tag]
        if not found and tag.startswith("linux_"):  # made here, so for what is here
            found = [(int(a), int(b)) for a, b in [platform.libc_ver()[1].split(".")[:2]]]
        needed = max(needed, min(found, default=(0,)))
    return ".".join(map(str, needed))


def unpacked_bytes(wheels: Iterable[Path]) -> int:
    """Return how many bytes wheels take once installed, compiled files apart.

    Raises:
        NotFoundError: one of them is no wheel.
    """
    total = 0
    for wheel in wheels:
        try:
            with zipfile.ZipFile(wheel) as archive:
                total += sum(entry.file_size for entry in archive.infolist())
        except zipfile.BadZipFile as error:
            raise NotFoundError(
                Text(f"{wheel} n'est pas une roue entière", f"{wheel} is not a whole wheel")
            ) from error
    return total


def _pip_version() -> str:
    try:
        return version("pip")
    except PackageNotFoundError as error:
        raise NotFoundError(
            Text(
                f"pip n'est pas installé pour {sys.executable}",
                f"pip is not installed for {sys.executable}",
            ),
            Command(sys.executable, "-m", "ensurepip"),
        ) from error


def _pip(arguments: list[str], scratch: Path, tell: Tell) -> None:
    """Run pip, telling each line that it prints; its temporary files go into `scratch`."""
    environment = os.environ | {
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",
        "SOURCE_DATE_EPOCH": str(EPOCH),
        "TMPDIR": str(scratch),
    }
    said: list[str] = []
    with subprocess.Popen(  # noqa: S603  # no shell, and no argument of a stranger
        [sys.executable, "-m", "pip", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as process:
        for line in process.stdout or ():
            said.append(line.strip())
            tell(said[-1])
    if process.returncode == 0:
        return
    told = _reason(said)
    reason = technical(told, 500) if told else alike(process.returncode)
    if any("No space left" in line for line in said):
        raise WriteError(
            Text(
                "le disque est plein ({}) ; rien n'a été laissé. Libérez de la place",
                "the disk is full ({}); nothing was left behind. Free some space",
            ).format(reason)
        )
    raise NotFoundError(
        Text(
            "pip n'a pas réuni les roues ({}). Il faut un accès à un index de paquets, ou un "
            "dossier de roues complet avec --wheels",
            "pip could not gather the wheels: {}. A package index is needed, or a whole folder of "
            "wheels with --wheels",
        ).format(reason)
    )


def _reason(said: list[str]) -> str:
    """Return why pip failed, of all that it said: its errors, with what explains them."""
    first = next((i for i, line in enumerate(said) if line.startswith("ERROR:")), -1)
    told = [line.removeprefix("ERROR: ") for line in said[first:] if line]
    # General advice, which speaks of files that nobody here wrote.
    kept = [line for line in told if not line.startswith(_ADVICE)]
    return " ".join(kept)[:500].rstrip(".")
