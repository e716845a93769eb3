"""What a build was made from, and the hashes that opening checks it against."""

from __future__ import annotations

import hashlib
import json
import os
import re
from importlib.metadata import version
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_serializer

from recueil_qa.encoding.identity import restore
from recueil_qa.errors import IndexDamagedError, IndexMismatchError
from recueil_qa.index.kinds import Built, BuiltOther, Value
from recueil_qa.messages import Command, Mend, Text, alike

FORMAT = 5
NAME = "manifest.json"
DIGITS = 16  # of the manifest's hash in the build's name
BUILD, REBUILD = Command("recueil-qa", "build"), Command("recueil-qa", "build", "--force")
GO_BACK = Text(
    "recueil-qa rollback remet en service la version d'avant",
    "recueil-qa rollback goes back to the build before",
)


class Manifest(BaseModel):
    """The contract between the build and whoever opens it.

    `measures` are those of a build that was evaluated before it served, `measured_on` the hash of
    the queries and judgments; `kept_out` is whether they kept it out of service. `engine` says
    what holds the vectors and how they are searched (`kinds`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int
    package: str
    created: str
    encoder: str
    dimension: int
    parameters: dict[str, int | float | str]
    corpus: str
    counts: dict[str, int]
    files: dict[str, str]
    measures: dict[str, float] = Field(default_factory=dict)
    measured_on: str = ""
    kept_out: bool = False
    engine: Built = BuiltOther()

    @field_serializer("engine")
    def _as_json(self, engine: Built) -> dict[str, Value]:
        return engine.as_json()


def package_version() -> str:
    return version("recueil-qa")


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hash_files(folder: Path) -> dict[str, str]:
    """Return name → SHA-256 of every file of a build, the manifest apart."""
    return {
        path.relative_to(folder).as_posix(): file_hash(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != NAME
    }


def build_name(folder: Path, manifest: Manifest) -> str:
    """Return the name of a build: when it was made, and the hash of its manifest."""
    stamp = re.sub(r"[-:]", "", manifest.created.partition("+")[0])
    return f"{stamp}Z-{file_hash(folder / NAME)[:DIGITS]}"


def is_build_name(name: str) -> bool:
    """Return whether a text has the form of a build's name."""
    return bool(re.fullmatch(rf"[0-9T.]{{10,40}}Z-[0-9a-f]{{{DIGITS}}}", name))


def write_manifest(folder: Path, manifest: Manifest) -> None:
    text = json.dumps(manifest.model_dump(), ensure_ascii=False, indent=2, sort_keys=True)
    (folder / NAME).write_text(text + "\n", "utf-8")


def read_manifest(folder: Path) -> Manifest:
    """Read a manifest, without checking the files.

    Raises:
        IndexDamagedError: it is missing or isn't one.
        IndexMismatchError: it is of another format.
    """
    path = folder / NAME
    try:
        raw = json.loads(path.read_text("utf-8"))
        found = raw.get("format") if isinstance(raw, dict) else None
        if isinstance(found, int) and found != FORMAT:
            raise mismatch(alike("format"), str(found), str(FORMAT))
        return Manifest.model_validate(raw)
    except (OSError, ValueError, RecursionError) as error:  # a ValidationError is a ValueError
        raise damaged(path) from error


def check_files(folder: Path, manifest: Manifest) -> None:
    """Compare every file with its hash, and the manifest with the name of its build.

    Reads all of a build, which may be gigabytes: never while others wait (`locks.switching`).

    Raises:
        IndexDamagedError: a file is missing, altered or unreadable; names the first one.
    """
    check_own(folder)
    for name, expected in manifest.files.items():
        if _hash_of(folder / name) != expected:
            raise damaged(folder / name)


def check_there(folder: Path, manifest: Manifest) -> None:
    """Compare the manifest with the name of its build, and see that its files are there.

    Reads nothing but the manifest. Raises as `check_files`.
    """
    check_own(folder)
    for name in manifest.files:
        if not os.path.isfile(folder / name):  # noqa: PTH113  # False of a name no system takes
            raise damaged(folder / name)


def check_own(folder: Path) -> None:
    """Compare the manifest with the name of its build. Raises as `check_files`."""
    if _hash_of(folder / NAME)[:DIGITS] != folder.name.rpartition("-")[2]:
        raise damaged(folder / NAME)


def _hash_of(path: Path) -> str:
    try:
        return file_hash(path)
    except (OSError, ValueError) as error:  # ValueError: a name that no system takes
        raise damaged(path) from error


def damaged(path: Path) -> IndexDamagedError:
    state = Text("altéré", "altered") if os.path.exists(path) else Text("absent", "missing")  # noqa: PTH110
    fault = Text("l'index est abîmé : {} est {}", "the index is damaged: {} is {}")
    return IndexDamagedError(fault.format(path, state), REBUILD, GO_BACK)


def mismatch(what: Text, found: str, expected: str) -> IndexMismatchError:
    fault = Text(
        "l'index a été construit avec un autre {} : {} trouvé, {} attendu",
        "the index was built with another {}: found {}, expected {}",
    )
    return IndexMismatchError(fault.format(what, found, expected), BUILD)


def other_encoder(built: str, here: str) -> IndexMismatchError:
    """Return the refusal of an encoder; of one with the same name, the files may be spoilt."""
    mend: Mend = BUILD
    names, hashes = zip(*(_name_and_hash(identity) for identity in (built, here)), strict=True)
    if names[0] == names[1] and hashes[0] != hashes[1]:
        mend = Text(
            "si vous n'avez pas changé d'encodeur, ses fichiers sont abîmés : {} ; sinon : {}",
            "if you have not changed the encoder, its files are damaged: {}; else: {}",
        ).format(restore(names[1]), BUILD)
    return IndexMismatchError(
        Text(
            f"l'index a été construit avec l'encodeur {built}, celui d'ici est {here}",
            f"the index was built with the encoder {built}, the one here is {here}",
        ),
        mend,
    )


def _name_and_hash(identity: str) -> tuple[str, str]:
    name, _, digest = identity.rpartition("@")
    return name.removesuffix("+onnx"), digest
