"""One archive with all that a machine with no network needs to ask, serve and rebuild.

    recueil-qa-<version>-<python>-<platform>/
        install.sh, run.sh, recueil-qa, LISEZMOI.txt    from `bundled/`
        wheels/                                         this package and all that it needs
        corpus/, models/recueil-e5/, index/             the last with the build that serves, only
        app/, .streamlit/, docs/, eval/, README.md, LICENSE, NOTICE, constraints.txt
        site/                                           where `make docs` made it
        SHA256SUMS                                      of every other file

The unpacked folder is the home. The same contents give the same archive, byte for byte.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
import tempfile
import unicodedata
from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import BinaryIO

from recueil_qa.builds import wheels
from recueil_qa.builds.gzipped import Gzipped
from recueil_qa.builds.wheels import EPOCH, Tell
from recueil_qa.corpus.folders import corpus_files
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.encoding.runtimes import encoder_id
from recueil_qa.errors import EncoderError, EngineError, NotFoundError, WriteError
from recueil_qa.faults import system_reason
from recueil_qa.index import manifest, opening
from recueil_qa.index.current import CURRENT, current_build
from recueil_qa.index.files import check_build
from recueil_qa.index.kinds import FAISS
from recueil_qa.messages import Command, Text, alike
from recueil_qa.settings import DEFAULT_ENCODER, Settings

Progress = Callable[[int, int], None]
Contents = dict[str, Path | bytes]

SUMS = "SHA256SUMS"
CONSTRAINTS = "constraints.txt"
FOLDERS = ("app", "docs", "eval")
MADE = "site"  # by `make docs`; goes without saying where it was not
FILES = (".streamlit/config.toml", "README.md", "LICENSE", "NOTICE", CONSTRAINTS)
PROGRAMS = ("install.sh", "recueil-qa", "run.sh")
# On the disk, with Python's compiled files, against the wheels' contents; 1.3 was measured.
INSTALLED = 1.4


@dataclass(frozen=True, slots=True)
class Bundle:
    """An archive that was made; sizes in bytes, of it and of what it holds."""

    path: Path
    files: int
    archive_bytes: int
    content_bytes: int


def bundle_name() -> str:
    """Return the name of the folder that the archive unpacks to; the archive's adds `.tar.gz`."""
    return f"recueil-qa-{manifest.package_version()}-{wheels.machine_tag()}"


def make_bundle(
    settings: Settings,
    output: Path,
    ready: Path | None = None,
    tell: Tell = lambda _: None,
    progress: Progress | None = None,
    extras: Collection[str] = (),
) -> Bundle:
    """Write the archive beside `output` (a folder takes the default name), then move it there.

    The wheels are those of the folder `ready`, else got from a package index, with what `extras`
    of this package need. `tell` is given
    what pip says, `progress` the bytes packed and their total.

    Raises:
        CorpusError, EncoderError: the corpus or the encoder is refused.
        IndexMissingError, IndexDamagedError, IndexMismatchError: no sound index of these serves.
        NotFoundError: a file of the home or a wheel is missing.
        WriteError: the archive can't be written; nothing of it is left.
    """
    contents = _contents(settings)
    target = output / f"{bundle_name()}.tar.gz" if output.is_dir() else output
    try:
        with tempfile.TemporaryDirectory(
            prefix=".recueil-qa-", dir=target.absolute().parent
        ) as scratch:
            found = _wheels(ready, Path(scratch, "wheels"), settings.home, tell, extras)
            contents |= {f"wheels/{wheel.name}": wheel for wheel in found}
            contents |= _programs(found, extras)
            archive = Path(scratch, "archive")
            total = _write(archive, contents, progress)
            size = archive.stat().st_size
            archive.replace(target)
    except OSError as error:
        where, reason = error.filename or target, system_reason(error)
        raise WriteError(
            Text(
                "l'archive {} n'a pas pu être écrite ({} : {}) ; rien n'en "
                "reste. Libérez de la place ou corrigez les droits, puis : recueil-qa bundle",
                "the archive {} could not be written ({}: {}); nothing of it is "
                "left. Free some space or mend the permissions, then: recueil-qa bundle",
            ).format(target, where, reason)
        ) from error
    return Bundle(target, len(contents) + 1, size, total)


def _contents(settings: Settings) -> Contents:
    """Return all but wheels and programs by name, after checking corpus, encoder and index."""
    corpus = read_corpus(settings.corpus)
    model = Path(settings.encoder)
    if not model.is_dir() or model.name != Path(DEFAULT_ENCODER).name:
        raise EncoderError(
            Text(
                f"{settings.encoder} : seul l'encodeur du projet, {DEFAULT_ENCODER}, s'emporte",
                f"{settings.encoder}: only the project's encoder, {DEFAULT_ENCODER}, can be packed",
            ),
            Text(
                "construire l'index avec lui, sans --encoder",
                "build the index with it, without --encoder",
            ),
        )
    build = check_build(current_build(settings.index))
    contract = build.manifest
    # By the runtime that is taken where none is set, as there: not by the one set here.
    opening.check_encoder(contract, encoder_id(settings.encoder))
    if not contract.engine.is_as(FAISS):
        raise EngineError(
            Text(
                "un index dont les vecteurs sont dans Milvus ne s'emporte pas",
                "an index whose vectors are in Milvus can't be packed",
            ),
            Command("RECUEIL_ENGINE=faiss", "recueil-qa", "build"),
        )
    if contract.corpus != corpus.hash:
        raise manifest.mismatch(alike("corpus"), contract.corpus[:16], corpus.hash[:16])
    found: Contents = {f"index/{CURRENT}": f"{build.name}\n".encode()}
    for name in (manifest.NAME, *contract.files):
        found[f"index/{build.name}/{name}"] = build.path / name
    for path in corpus_files(settings.corpus):
        found[f"corpus/{path.relative_to(settings.corpus).as_posix()}"] = path
    for path in model.rglob("*"):
        if path.is_file():
            found[f"{DEFAULT_ENCODER}/{path.relative_to(model).as_posix()}"] = path
    for folder in FOLDERS:
        inside = list(_tree(settings.home / folder))
        found |= {path.relative_to(settings.home).as_posix(): path for path in inside}
        if not inside:
            raise _missing(settings.home / folder)
    for path in _tree(settings.home / MADE):
        found[path.relative_to(settings.home).as_posix()] = path
    for name in FILES:
        found[name] = settings.home / name
        if not (settings.home / name).is_file():
            raise _missing(settings.home / name)
    _check_names(found)
    return found


def _tree(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        if path.is_file() and not any(part.startswith((".", "__pycache__")) for part in parts):
            yield path


def _missing(path: Path) -> NotFoundError:
    return NotFoundError(
        Text(
            f"{path} manque : l'archive se fait dans le dossier du projet (RECUEIL_HOME)",
            f"{path} is missing: the archive is made in the project's folder (RECUEIL_HOME)",
        )
    )


def _check_names(contents: Contents) -> None:
    """Refuse names that a list of checksums can't hold on one line."""
    for name in contents:
        if "\\" in name or any(unicodedata.category(sign) in ("Cc", "Cs") for sign in name):
            raise WriteError(
                Text(
                    f"{name!r} : ce nom de fichier ne peut pas entrer dans l'archive ; changez-le",
                    f"{name!r}: this file name can't stand in the archive; change it",
                )
            )


def _wheels(
    ready: Path | None, folder: Path, home: Path, tell: Tell, extras: Collection[str]
) -> tuple[Path, ...]:
    if ready is not None:
        return wheels.resolve(ready, home / CONSTRAINTS, tell, extras)
    folder.mkdir()
    return wheels.collect(folder, home / CONSTRAINTS, tell, extras)


def _programs(found: tuple[Path, ...], extras: Collection[str]) -> Contents:
    """Return the files of `bundled/`, told which machine and how much space they need."""
    pip = next(wheel.name for wheel in found if wheel.name.startswith("pip-"))
    words = {
        "@VERSION@": manifest.package_version(),
        "@MACHINE@": wheels.machine_tag(),
        "@PYTHON@": wheels.machine_tag().partition("-")[0].replace("cp3", "3."),
        "@GLIBC@": wheels.needed_glibc(found),
        "@MEGABYTES@": str(round(wheels.unpacked_bytes(found) * INSTALLED / 1e6) + 1),
        "@PIP@": pip,
        "@PACKAGE@": wheels.requirement(extras),
    }
    made: Contents = {}
    for source in files("recueil_qa.builds").joinpath("bundled").iterdir():
        text = source.read_text("utf-8")
        for word, value in words.items():
            text = text.replace(word, value)
        made[source.name] = text.encode()
    return made


class _Hashed(io.RawIOBase):
    """A file that is hashed as it is read."""

    def __init__(self, file: BinaryIO, told: Callable[[int], None]) -> None:
        self._file = file
        self._told = told
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        content = self._file.read(size)
        self.digest.update(content)
        self._told(len(content))
        return content


def _write(path: Path, contents: Contents, progress: Progress | None) -> int:
    """Write the archive, a piece at a time; return the bytes of its contents."""
    total = sum(_size(content) for content in contents.values())
    done = 0

    def told(count: int) -> None:
        nonlocal done
        done += count
        if progress:
            progress(done, total)

    root, sums = bundle_name(), list[str]()
    with (
        path.open("xb") as raw,
        closing(Gzipped(raw)) as zipped,
        tarfile.open(fileobj=zipped, mode="w|", bufsize=1 << 20) as archive,
    ):
        for name in sorted(contents):
            content = contents[name]
            # Wheels are zips. Of the others, trying harder takes minutes and gains little.
            zipped.set_level(0 if name.endswith(".whl") else 1)
            file = io.BytesIO(content) if isinstance(content, bytes) else content.open("rb")
            with closing(file):
                hashed = _Hashed(file, told)
                _add(archive, f"{root}/{name}", _size(content), hashed)
            sums.append(f"{hashed.digest.hexdigest()}  {name}\n")
        listed = "".join(sums).encode()
        _add(archive, f"{root}/{SUMS}", len(listed), io.BytesIO(listed))
    return total


def _size(content: Path | bytes) -> int:
    return len(content) if isinstance(content, bytes) else content.stat().st_size


def _add(archive: tarfile.TarFile, name: str, size: int, file: io.RawIOBase | io.BytesIO) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mtime = size, EPOCH
    info.mode = 0o755 if name.partition("/")[2] in PROGRAMS else 0o644
    archive.addfile(info, file)
