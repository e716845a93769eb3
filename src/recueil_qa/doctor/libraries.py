"""Is this Python recent enough, and are the libraries there, of the versions that are wanted?

Nothing is imported of them: their metadata tells.
"""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass
from email import message_from_string
from functools import cache
from importlib.metadata import (
    PackageNotFoundError,
    distribution,
    metadata,
    packages_distributions,
    version,
)
from pathlib import Path
from typing import TYPE_CHECKING

from recueil_qa.doctor.finding import Finding, same, some
from recueil_qa.messages import Command, Text

if TYPE_CHECKING:
    from packaging.requirements import Requirement
    from packaging.specifiers import SpecifierSet

PACKAGE = "recueil-qa"
CONSTRAINTS = "constraints.txt"
# What a light installation may lack; looked at where it is there.
LIGHT = tuple((PACKAGE, extra) for extra in ("milvus", "reader", "sentence-transformers"))


@dataclass(frozen=True, slots=True)
class _Library:
    """What the metadata of an installed library tells."""

    version: str
    requires: tuple[Requirement, ...]


def versions() -> Finding:
    """Compare this Python with what the package needs."""
    from packaging.specifiers import SpecifierSet

    found = platform.python_version()
    wanted = metadata(PACKAGE)["Requires-Python"] or ""
    text = f"Python {found}, {PACKAGE} {version(PACKAGE)}"
    if SpecifierSet(wanted).contains(found, prereleases=True):
        return same("versions", text)
    return Finding(
        "versions",
        "error",
        Text(f"{text} ; Python {wanted} est attendu", f"{text}; Python {wanted} is needed"),
        Text(
            "make clean, puis : make setup PYTHON=/chemin/vers/python3.11",
            "make clean, then: make setup PYTHON=/path/to/python3.11",
        ),
    )


def libraries(home: Path) -> Finding:
    """Compare what is installed with what is required, then with the home's constraints."""
    refused, wanted, installed = list[str](), list[str](), dict[str, str]()
    for name, (allowed, found) in needed_libraries().items():
        if found is not None and allowed.contains(found, prereleases=True):
            installed[name] = found
            continue
        refused.append(name if found is None else f"{name} {found} ({allowed})")
        wanted.append(f"{name}{allowed}")
    if refused:
        return Finding(
            "libraries",
            "error",
            Text(
                f"{len(refused)} bibliothèque(s) absente(s) ou d'une version refusée : "
                f"{some(refused)}",
                f"{len(refused)} library(ies) missing or of a refused version: {some(refused)}",
            ),
            _install(home, wanted),
        )
    pins = _pins(home)
    strange = {
        name: pins[name]
        for name, found in installed.items()
        if name in pins and not pins[name].contains(found, prereleases=True)
    }
    if strange:
        told = some([f"{name} {installed[name]} ({pin})" for name, pin in strange.items()])
        return Finding(
            "libraries",
            "warning",
            Text(
                f"{len(strange)} bibliothèque(s) d'une autre version que {CONSTRAINTS}, seules "
                f"éprouvées : {told}",
                f"{len(strange)} library(ies) of another version than {CONSTRAINTS}, the only ones "
                f"tried: {told}",
            ),
            _install(home, [f"{name}{pin}" for name, pin in strange.items()]),
        )
    count = len(installed)
    return Finding(
        "libraries",
        "ok",
        Text(
            f"{count} bibliothèques, aux versions attendues",
            f"{count} libraries, of the versions wanted",
        ),
    )


def unimportable(error: ModuleNotFoundError, home: Path) -> Finding:
    """Say what the checks themselves lack, whether or not its metadata is there."""
    finding = libraries(home)
    if finding.severity == "error":
        return finding
    module = (error.name or "").partition(".")[0]
    names = packages_distributions().get(module, [module])
    return Finding(
        "libraries",
        "error",
        Text(
            f"la bibliothèque {module} ne se charge pas (détail technique : {error})",
            f"the library {module} can't be loaded ({error})",
        ),
        _install(home, ["--force-reinstall", *names]),
    )


def needed_libraries() -> dict[str, tuple[SpecifierSet, str | None]]:
    """Return what the package requires, what that requires, and so on: ranges, version found."""
    from packaging.utils import canonicalize_name

    needed: dict[str, tuple[SpecifierSet, str | None]] = {}
    found = {PACKAGE: _library(PACKAGE)}
    queue = [(PACKAGE, ""), *LIGHT]
    seen = set(queue)
    for owner, extra in queue:
        library = found[owner]
        for requirement in library.requires if library else ():
            if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
                continue
            name, ranges = canonicalize_name(requirement.name), requirement.specifier
            if name in needed:
                ranges &= needed[name][0]
            else:
                found[name] = _library(name)
            if (owner, extra) in LIGHT and found[name] is None:
                continue
            wanted = found[name]
            needed[name] = ranges, wanted.version if wanted else None
            new = [(name, more) for more in ("", *sorted(requirement.extras))]
            queue += [pair for pair in new if pair not in seen]
            seen.update(new)
    return needed


def _library(name: str) -> _Library | None:
    from packaging.requirements import Requirement

    try:
        found = distribution(name)
    except PackageNotFoundError:
        return None
    text = found.read_text("METADATA")
    if text is None:  # an egg-info, whose requirements stand in a file of their own
        return _Library(found.version, tuple(map(Requirement, found.requires or ())))
    return _told(text.partition("\n\n")[0])  # the rest is a description


@cache
def _told(head: str) -> _Library:
    """Read the head of a METADATA: by its text, so that one installed meanwhile is read too."""
    from packaging.requirements import Requirement

    rows = message_from_string(head)
    return _Library(rows["Version"], tuple(map(Requirement, rows.get_all("Requires-Dist", ()))))


def _pins(home: Path) -> dict[str, SpecifierSet]:
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    pins: dict[str, SpecifierSet] = {}
    path = home / CONSTRAINTS
    for line in path.read_text("utf-8").splitlines() if path.is_file() else ():
        try:
            requirement = Requirement(line.partition("#")[0].strip())
        except InvalidRequirement:
            continue  # a comment, or an option of pip
        pins[canonicalize_name(requirement.name)] = requirement.specifier
    return pins


def _install(home: Path, wanted: list[str]) -> Command:
    path = home / CONSTRAINTS
    constraint = ["--constraint", str(path)] if path.is_file() else []
    return Command(sys.executable, "-m", "pip", "install", *constraint, *wanted)
