"""Which encoder it is: the files that make it what it is, and the id that tells it from others.

The list of hashes that comes with the files is in the form of `sha256sum`. It tells a shipped
encoder with a spoilt file from another encoder, which its hash alone can't.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path

from recueil_qa.errors import EncoderError
from recueil_qa.faults import system_reason, technical
from recueil_qa.messages import Text
from recueil_qa.settings import DEFAULT_ENCODER

SUMS = "SHA256SUMS"
UNNAMED = "hub"
RESTORE = Text(
    "git checkout -- models/recueil-e5 (ou reprenez models/ dans l'archive d'installation)",
    "git checkout -- models/recueil-e5 (or take models/ again from the install archive)",
)
MEND = Text(
    "git checkout -- models/recueil-e5, ou un autre avec --encoder",
    "git checkout -- models/recueil-e5, or another one with --encoder",
)
UNLOADABLE = Text("l'encodeur {} ne se charge pas ({})", "the encoder {} can't be loaded ({})")

_SAVED_WITH = ("__version__", "transformers_version")
_LINE = re.compile("([0-9a-f]{64})  (.+)")
_COMMIT = re.compile("[0-9a-f]{40,64}")


def file_hashes(folder: Path) -> dict[str, bytes]:
    """Return name → SHA-256 of the files that the vectors hang on, not of cards and lists.

    Raises:
        OSError: a file can't be read.
    """
    hashes = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if path.suffix not in (".md", ""):
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").digest()
            hashes[path.relative_to(folder).as_posix()] = digest
    return hashes


def hub_commit(name: str) -> str:
    """Return which commit of a hub's model the local cache holds, or "" where it holds none.

    Of what the hub calls `main`; asks no network.
    """
    try:
        from huggingface_hub.constants import HF_HUB_CACHE
    except ImportError:  # then nothing loads from a hub either
        return ""
    root = Path(os.environ.get("SENTENCE_TRANSFORMERS_HOME") or HF_HUB_CACHE)
    # Without an owner, sentence-transformers looks among its own models too.
    owned = (name,) if "/" in name else (name, f"sentence-transformers/{name}")
    for whole in owned:
        folder = root / f"models--{whole.replace('/', '--')}"
        try:
            commit = (folder / "refs" / "main").read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            continue
        if _COMMIT.fullmatch(commit) and (folder / "snapshots" / commit).is_dir():
            return commit
    return ""


def write_sums(folder: Path) -> None:
    """Write the list of a folder's files as they are now."""
    rows = [f"{digest.hex()}  {name}\n" for name, digest in file_hashes(folder).items()]
    (folder / SUMS).write_text("".join(rows), "utf-8")


def spoilt(folder: Path, hashes: dict[str, bytes]) -> list[str]:
    """Return the names of the files that aren't as the list says; none where there is no list.

    Raises:
        OSError, ValueError: the list can't be read.
    """
    if not (folder / SUMS).is_file():
        return []
    names = []
    for line in (folder / SUMS).read_text("utf-8").splitlines():
        row = _LINE.fullmatch(line)
        if not row:
            return [SUMS]
        if hashes.get(row[2]) != bytes.fromhex(row[1]):
            names.append(row[2])
    return names


def restore(name: str) -> Text:
    """Return how the files of an encoder, by the name of its folder, are got back."""
    if name == Path(DEFAULT_ENCODER).name:
        return RESTORE
    return Text(f"reprenez les fichiers de {name}", f"take the files of {name} again")


def is_hub_name(name: str) -> bool:
    """Return whether a name (`owner/model`) is for a model hub to resolve, not a directory."""
    return not Path(name).is_dir() and not looks_like_path(name)


def looks_like_path(name: str) -> bool:
    """Tell a directory that isn't there from a hub name (`owner/model`)."""
    return name.startswith((".", "/", "~", "models")) or name.count("/") > 1 or "\\" in name


def refuse_partial(folder: Path, name: str) -> None:
    """Refuse a directory that holds no whole encoder.

    Raises:
        EncoderError: says what is missing.
    """
    if not (folder / "modules.json").is_file():
        raise EncoderError(
            Text(
                f"{name} n'est pas un encodeur entier (modules.json manque)",
                f"{name} is not a whole encoder directory (no modules.json)",
            ),
            MEND,
        )


def encoder_id(name: str) -> str:
    """Return `name@hash`, the hash over the files of a local directory, without loading it.

    Of a hub's model, which commit of it the local cache holds; `name@hub` while it holds none.

    Raises:
        EncoderError: the directory is missing or unreadable, or a file isn't as shipped.
    """
    folder = Path(name)
    if not folder.is_dir():
        if looks_like_path(name):
            raise missing_encoder(folder)
        return f"{name}@{hub_commit(name)[:16] or UNNAMED}"
    refuse_partial(folder, name)
    digest = hashlib.sha256()
    try:
        hashes = file_hashes(folder)
        if names := spoilt(folder, hashes):
            raise _spoilt(folder, names)
        for file, content in hashes.items():
            digest.update(file.encode())
            digest.update(_content_hash(folder / file, content))
    except (OSError, ValueError, AttributeError) as error:
        # Else a file that is no JSON, or not of the form that it should be.
        reason = system_reason(error) if isinstance(error, OSError) else technical(error)
        what = Text("l'encodeur {} : illisible ({})", "the encoder {} can't be read ({})")
        raise EncoderError(what.format(folder, reason), MEND) from error
    return f"{folder.name}@{digest.hexdigest()[:16]}"


def with_runtime(identity: str, runtime: str) -> str:
    """Return the id of a model computed by another runtime than torch: `name+runtime@hash`."""
    name, _, digest = identity.rpartition("@")
    return f"{name}+{runtime}@{digest}"


def without_runtime(identity: str) -> str:
    """Return the id of the model alone: its cosines are the same to six digits in all runtimes."""
    name, _, digest = identity.rpartition("@")
    return f"{name.removesuffix('+onnx')}@{digest}" if name else identity


def same_model(one: str, other: str) -> bool:
    """Return whether two ids are of one model, whatever computes it.

    An id that names no content may be of any model of its name.
    """
    one, other = without_runtime(one), without_runtime(other)
    if names_content(one) and names_content(other):
        return one == other
    return one.rpartition("@")[0] == other.rpartition("@")[0]


def names_content(identity: str) -> bool:
    """Return whether an id tells what a model holds: not of a hub's that was never loaded here."""
    return identity.rpartition("@")[2] != UNNAMED


def _content_hash(path: Path, whole: bytes) -> bytes:
    """Return a file's hash; the library versions of a configuration's making don't count."""
    if path.name.startswith("config") and path.suffix == ".json":
        content = json.loads(path.read_bytes())
        kept = {key: value for key, value in content.items() if key not in _SAVED_WITH}
        return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).digest()
    return whole


def _spoilt(folder: Path, names: list[str]) -> EncoderError:
    return EncoderError(
        Text(
            f"l'encodeur {folder} a un fichier abîmé ou absent : {', '.join(names)}",
            f"the encoder {folder} has a damaged or missing file: {', '.join(names)}",
        ),
        restore(folder.name),
    )


def missing_encoder(folder: Path) -> EncoderError:
    return EncoderError(
        Text(f"l'encodeur n'est pas là : {folder}", f"the encoder is not there: {folder}"), MEND
    )
