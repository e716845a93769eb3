"""Builds copied, and archives unpacked."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from recueil_qa.index import manifest
from recueil_qa.index.current import current_build


def copy_build(root: Path, created: str, **changes: object) -> Path:
    """Copy the build that serves as a sound one made at another moment (ISO 8601); its folder.

    `changes` are fields of its manifest, as another version of the package would write them.
    """
    scratch = shutil.copytree(current_build(root), root / "copy")
    contract = manifest.read_manifest(scratch)
    contract = contract.model_copy(update={"created": created, **changes})
    manifest.write_manifest(scratch, contract)
    return scratch.rename(root / manifest.build_name(scratch, contract))


def unpack(archive: Path, target: Path, *names: str) -> None:
    """Unpack as the guide says to: tarfile's own safe way is newer than Python 3.11.0.

    Only the folders or files of these `names`, where there are some.
    """
    target.mkdir(exist_ok=True)
    command = ["tar", "--extract", "--file", str(archive), "--directory", str(target), *names]
    subprocess.run(command, check=True)
