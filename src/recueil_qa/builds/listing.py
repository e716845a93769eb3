"""The versions of the index: which there are, which serves, which can."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from recueil_qa.errors import IndexUnusableError, NotFoundError
from recueil_qa.index import files, manifest
from recueil_qa.index.current import current_build, missing
from recueil_qa.index.manifest import Manifest
from recueil_qa.messages import Text


@dataclass(frozen=True, slots=True)
class Build:
    """One version of the index; `created` is ISO 8601.

    `fault` says why it can't serve; `refusal` is the error's whole message, with what would mend
    it if it were the one in service.
    """

    name: str
    created: str
    is_current: bool
    manifest: Manifest | None = None
    fault: Text | None = None
    refusal: Text | None = None

    @property
    def kept_out(self) -> bool:
        """Whether it measured worse than the one that served, and does not serve."""
        return self.manifest is not None and self.manifest.kept_out and not self.is_current

    @property
    def can_be_gone_back_to(self) -> bool:
        return self.fault is None and not self.kept_out


def list_builds(root: Path) -> tuple[Build, ...]:
    """Return the builds, newest first; one that can't serve is listed with its fault.

    By their manifests, and by whether their files are there: what these hold is not read.

    Raises:
        IndexMissingError: nothing was built yet.
    """
    return _listed(root, files.check_manifest)


def check_builds(root: Path) -> tuple[Build, ...]:
    """Return the builds as `list_builds` does, after reading all of their files."""
    return _listed(root, lambda folder: files.check_build(folder).manifest)


def current_name(root: Path) -> str:
    """Return the name of the build that serves, or "" where none does."""
    try:
        return current_build(root).name
    except IndexUnusableError:
        return ""


def names_of(root: Path) -> list[str]:
    """Return the names of the builds, newest first.

    Raises:
        IndexMissingError: nothing was built yet.
    """
    try:
        found = [path.name for path in root.iterdir() if manifest.is_build_name(path.name)]
    except OSError as error:
        raise missing(root) from error
    names = sorted((name for name in found if (root / name).is_dir()), reverse=True)
    if not names:
        raise missing(root)
    return names


def created(name: str) -> str:
    """Return when a build was begun, by its name, in ISO 8601."""
    try:
        return datetime.datetime.fromisoformat(name.partition("Z-")[0] + "+00:00").isoformat()
    except ValueError:
        return ""


def _listed(root: Path, check: Callable[[Path], Manifest]) -> tuple[Build, ...]:
    current = current_name(root)
    return tuple(_examine(root / name, name == current, check) for name in names_of(root))


def _examine(folder: Path, is_current: bool, check: Callable[[Path], Manifest]) -> Build:
    contract, fault, refusal = None, None, None
    try:
        contract = manifest.read_manifest(folder)
        check(folder)
    except IndexUnusableError as error:
        fault, refusal = error.fault, error.message
    return Build(folder.name, created(folder.name), is_current, contract, fault, refusal)


def named(root: Path, name: str) -> str:
    """Return the whole name of the build that a name, or the start or end of one, is of.

    Raises:
        NotFoundError: no build, or several, are named so.
    """
    # Compared with the names that are there, never made a path: nothing else can be reached.
    names = names_of(root)
    found = [whole for whole in names if whole == name] or [
        whole for whole in names if name and (whole.startswith(name) or whole.endswith(name))
    ]
    if len(found) == 1:
        return found[0]
    shown, listed = name[:80], ", ".join(found or names)
    if found:
        raise NotFoundError(
            Text(
                f"plusieurs versions commencent ou finissent par « {shown} » : {listed}",
                f"several builds start or end with '{shown}': {listed}",
            )
        )
    raise NotFoundError(
        Text(
            f"aucune version « {shown} » dans {root} ; il y a : {listed}",
            f"no build '{shown}' in {root}; there are: {listed}",
        )
    )
