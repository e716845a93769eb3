from __future__ import annotations

import errno
import hashlib
import os
import resource
import shutil
import stat
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import distribution, version
from pathlib import Path

import pytest
from click.testing import CliRunner

from recueil_qa.builds import wheels
from recueil_qa.builds.archive import _Hashed, _size, bundle_name, make_bundle
from recueil_qa.builds.build import build_index
from recueil_qa.cli.main import main
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.encoding.identity import encoder_id
from recueil_qa.errors import (
    CorpusError,
    EncoderError,
    EngineError,
    IndexDamagedError,
    IndexMismatchError,
    IndexMissingError,
    NotFoundError,
    RecueilError,
    WriteError,
)
from recueil_qa.index import manifest
from recueil_qa.index.current import current_build
from recueil_qa.index.kinds import BuiltOther
from recueil_qa.index.manifest import package_version
from recueil_qa.reader.cache import replies_in
from recueil_qa.settings import Settings
from tests.support.builds import copy_build, unpack
from tests.support.collections import write_corpus
from tests.support.encoders import HashEncoder
from tests.support.python import PYTHON

# Stands for the package in the wheels: says what it was asked, from which home.
PROGRAM = """
import os, sys
def main():
    print("fake", *sys.argv[1:], os.environ["RECUEIL_HOME"])
    sys.exit(os.path.exists(os.path.join(os.environ["RECUEIL_HOME"], "ill")))
"""
ENTRY = "[console_scripts]\nrecueil-qa = recueil_qa.cli.main:main\n"


def write_wheel(
    folder: Path,
    name: str,
    number: str,
    contents: Mapping[str, str | bytes],
    requires: Sequence[str] = (),
    tag: str = "py3-none-any",
    entry: str = "",
    extra: str = "",
) -> Path:
    """Write a wheel that pip takes; return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    info = f"{name}-{number}.dist-info"
    needs = "".join(f"Requires-Dist: {other}\n" for other in requires)
    needs += f"Provides-Extra: {extra}\n" if extra else ""
    files = dict(contents) | {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {number}\n{needs}",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    if entry:
        files[f"{info}/entry_points.txt"] = entry
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    path = folder / f"{name}-{number}-{tag}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for place, content in files.items():
            archive.writestr(place, content)
    return path


def write_pip(folder: Path) -> Path:
    """Write the wheel of the pip that runs here."""
    pip = distribution("pip")
    contents = {
        str(path): Path(str(path.locate())).read_bytes()
        for path in pip.files or ()
        if path.parts[0] == "pip" and path.suffix != ".pyc"
    }
    return write_wheel(folder, "pip", pip.version, contents)


@pytest.fixture(scope="session")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Wheels of a tiny package in this one's name, of what it needs, and of pip."""
    folder = tmp_path_factory.mktemp("ready") / "wheels"
    program = {"recueil_qa/__init__.py": "", "recueil_qa/cli/main.py": PROGRAM}
    write_wheel(
        folder, "recueil_qa", package_version(), program, requires=["petit>=1"], entry=ENTRY
    )
    write_wheel(folder, "petit", "1.0", {"petit.py": "ONE = 1\n"})
    write_pip(folder)
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A project's folder with all that a bundle takes, and much that it doesn't."""
    home = tmp_path / "home"
    write_corpus(home / "corpus")
    files = {
        "models/recueil-e5/modules.json": "[]",
        "models/recueil-e5/1_Pooling/config.json": "{}",
        "models/recueil-e5/README.md": "the card",
        "app/streamlit_app.py": "page",
        "app/views/ask.py": "view",
        "docs/guide.md": "guide",
        "site/index.html": "help",
        "eval/queries.jsonl": "{}",
        ".streamlit/config.toml": "[browser]",
        "README.md": "read me",
        "LICENSE": "MIT",
        "NOTICE": "of others",
        "constraints.txt": "petit==1.0\n",
        # None of these is for others.
        ".streamlit/secrets.toml": "password",
        "app/__pycache__/ask.pyc": "compiled",
        "app/.notes": "mine",
        "feedback.sqlite3": "questions of readers",
        "index/.cache/vectors": "cache",
        "index/.build.lock": "",
        "training/train.py": "no",
    }
    for name, text in files.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text, "utf-8")
    build(home)
    copy_build(home / "index", "2026-01-02T03:04:05.000006+00:00")
    return home


def build(home: Path) -> None:
    encoder = HashEncoder()
    encoder.id = encoder_id(str(home / "models" / "recueil-e5"))
    build_index(home / "index", read_corpus(home / "corpus"), encoder)


@pytest.fixture
def given(ready: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The wheels, taken without asking pip again what they are good for."""
    monkeypatch.setattr(wheels, "resolve", lambda *_: tuple(sorted(ready.glob("*.whl"))))
    return ready


def packed(path: Path) -> dict[str, bytes]:
    """Return the contents of an archive by name, without the folder's."""
    with tarfile.open(path) as archive:
        members = archive.getmembers()
        return {
            member.name.removeprefix(f"{bundle_name()}/"): file.read()
            for member in members
            if (file := archive.extractfile(member))
        }


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_archive_holds_what_serves_and_nothing_else(home: Path, given: Path) -> None:
    made = make_bundle(Settings(home=home), home.parent, given)
    assert made.path == home.parent / f"{bundle_name()}.tar.gz"
    found = packed(made.path)
    serving = current_build(home / "index")
    corpus = home / "corpus" / "petit"
    expected = [
        *(".streamlit/config.toml", "LICENSE", "LISEZMOI.txt", "NOTICE", "README.md"),
        *("app/streamlit_app.py", "app/views/ask.py", "constraints.txt"),
        *(f"corpus/petit/{path.relative_to(corpus).as_posix()}" for path in files_of(corpus)),
        *("docs/guide.md", "eval/queries.jsonl", "index/CURRENT"),
        *(f"index/{serving.name}/{p.relative_to(serving).as_posix()}" for p in files_of(serving)),
        *("install.sh", "models/recueil-e5/1_Pooling/config.json", "models/recueil-e5/README.md"),
        *("models/recueil-e5/modules.json", "recueil-qa", "run.sh"),
        "site/index.html",
        *(f"wheels/{path.name}" for path in given.glob("*.whl")),
    ]
    assert [*found] == [*sorted(expected), "SHA256SUMS"]
    assert found["index/CURRENT"] == f"{serving.name}\n".encode()
    for name in expected:
        if name.startswith(("corpus/", "models/", "app/", "index/2")):
            assert found[name] == (home / name).read_bytes()
    assert made.files == len(found)
    assert made.archive_bytes == made.path.stat().st_size
    assert made.content_bytes == sum(map(len, found.values())) - len(found["SHA256SUMS"])


def test_no_secret_of_a_reader_and_no_reply_of_its_is_packed_or_built(
    home: Path, given: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "sk-tres-secrete-0123456789"
    monkeypatch.setenv("RECUEIL_READER", "https://lecteur.exemple/v1")
    monkeypatch.setenv("RECUEIL_READER_MODEL", "lecteur-1")
    monkeypatch.setenv("RECUEIL_READER_KEY", key)
    replies_in(home / "index").put("a", "une phrase du modèle")
    build(home)
    made = make_bundle(Settings(home=home), home.parent, given)
    found = packed(made.path)
    for told in (key, "une phrase du modèle", "lecteur.exemple"):
        assert not [name for name, content in found.items() if told.encode() in content]
    assert not [path for path in files_of(home) if key.encode() in path.read_bytes()]


@pytest.fixture
def ready_to_read(ready: Path, tmp_path: Path) -> Path:
    """The wheels of `ready`, where the extra `reader` needs one more."""
    folder = shutil.copytree(ready, tmp_path / "ready-to-read")
    program = {"recueil_qa/__init__.py": "", "recueil_qa/cli/main.py": PROGRAM}
    needs = ["petit>=1", 'client>=2; extra == "reader"']
    write_wheel(
        folder, "recueil_qa", package_version(), program, needs, entry=ENTRY, extra="reader"
    )
    write_wheel(folder, "client", "2.0", {"client.py": "TWO = 2\n"})
    return folder


def test_what_asks_a_model_is_taken_along_on_request(
    home: Path, ready_to_read: Path, tmp_path: Path
) -> None:
    (home / "constraints.txt").write_text("petit==1.0\n", "utf-8")
    settings = Settings(home=home)
    for name, asked in (("without", False), ("with", True)):
        made = make_bundle(settings, tmp_path / name, ready_to_read, extras=("reader",) * asked)
        found = packed(made.path)
        assert ("wheels/client-2.0-py3-none-any.whl" in found) == asked
        wanted = f"'recueil-qa{'[reader]' * asked}=={package_version()}'"
        assert wanted in found["install.sh"].decode()
    unpack(made.path, tmp_path / "there")
    folder = tmp_path / "there" / bundle_name()
    code, said = install(folder)
    assert code == 0, said
    assert [*folder.glob(".venv/lib/*/site-packages/client.py")]


def files_of(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_every_member_is_a_plain_file_below_one_folder_and_summed(home: Path, given: Path) -> None:
    path = make_bundle(Settings(home=home), home.parent / "b.tar.gz", given).path
    with tarfile.open(path) as archive:
        members = archive.getmembers()
    for member in members:
        parts = Path(member.name).parts
        assert parts[0] == bundle_name()
        assert ".." not in parts
        assert member.isreg()
        program = parts[1:] in {("install.sh",), ("run.sh",), ("recueil-qa",)}
        assert member.mode == (0o755 if program else 0o644)
        assert (member.uid, member.gid, member.uname, member.gname) == (0, 0, "", "")
        assert member.mtime == wheels.EPOCH
    found = packed(path)
    sums = found.pop("SHA256SUMS").decode()
    assert sums == "".join(
        f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in found.items()
    )


def test_the_same_contents_give_the_same_archive(home: Path, given: Path) -> None:
    first = make_bundle(Settings(home=home), home.parent / "1.tar.gz", given).path
    for path in files_of(home):
        os.utime(path, (0, 0))
        path.chmod(0o600)
    again = shutil.copytree(home, home.parent / "elsewhere")
    second = make_bundle(Settings(home=again), home.parent / "2.tar.gz", given).path
    assert first.read_bytes() == second.read_bytes()
    (home / "docs" / "guide.md").write_text("other", "utf-8")
    third = make_bundle(Settings(home=home), home.parent / "3.tar.gz", given).path
    assert third.read_bytes() != first.read_bytes()


def test_progress_goes_from_nothing_to_all_the_bytes(home: Path, given: Path) -> None:
    seen: list[tuple[int, int]] = []
    made = make_bundle(
        Settings(home=home), home.parent, given, progress=lambda *step: seen.append(step)
    )
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert {total for _, total in seen} == {made.content_bytes}
    assert seen[-1][0] == made.content_bytes


def test_a_large_file_is_never_whole_in_memory(
    home: Path, given: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    read = _Hashed.read

    def watch(self: _Hashed, size: int = -1) -> bytes:
        asked.append(size)
        return read(self, size)

    monkeypatch.setattr(_Hashed, "read", watch)
    (home / "models" / "recueil-e5" / "w.safetensors").write_bytes(bytes(5_000_000))
    build(home)
    make_bundle(Settings(home=home), home.parent, given)
    assert min(asked) > 0
    assert max(asked) <= 1 << 20


def break_index(home: Path) -> None:
    (current_build(home / "index") / "vectors.faiss").write_bytes(b"other")


def edit_corpus(home: Path) -> None:
    path = home / "corpus" / "petit" / "questions" / "p1.yaml"
    path.write_text(f"{path.read_text('utf-8')}- Une question de plus ?\n", "utf-8")


@pytest.mark.parametrize(
    ("spoil", "error", "fr", "en"),
    [
        (lambda home: shutil.rmtree(home / "index"), IndexMissingError,
         "pas encore d'index", "Mend it with: recueil-qa build"),
        (break_index, IndexDamagedError,
         "vectors.faiss est altéré", "Mend it with: recueil-qa build --force"),
        (edit_corpus, IndexMismatchError,
         "construit avec un autre corpus", "Mend it with: recueil-qa build"),
        (lambda home: (home / "models" / "recueil-e5" / "modules.json").write_text("[1]"),
         IndexMismatchError, "construit avec l'encodeur recueil-e5", "the one here is recueil-e5"),
        (lambda home: shutil.rmtree(home / "models"), EncoderError,
         "seul l'encodeur du projet", "only the project's encoder"),
        (lambda home: (home / "corpus" / "petit" / "practices" / "p1.md").write_text("-"),
         CorpusError, "Le corpus est refusé", "The corpus is refused"),
        (lambda home: shutil.rmtree(home / "app"), NotFoundError, "app manque", "app is missing"),
        (lambda home: (home / "NOTICE").unlink(), NotFoundError,
         "NOTICE manque", "NOTICE is missing"),
        (lambda home: (home / "app" / "a\nb").write_text(""), WriteError,
         r"app/a\nb", "change it"),
        (lambda home: (home / "app" / "a\\b").write_text(""), WriteError, "changez-le", "change"),
        (lambda home: (home / "app").joinpath(os.fsdecode(b"\xe9")).write_text(""), WriteError,
         "changez-le", "change it"),
    ],
)  # fmt: skip
def test_what_could_not_serve_is_refused_before_any_wheel_is_got(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[Path], object],
    error: type[RecueilError],
    fr: str,
    en: str,
) -> None:
    monkeypatch.setattr(wheels, "_pip", lambda *_: pytest.fail("pip was run"))
    spoil(home)
    before = left(home.parent)
    with pytest.raises(error) as caught:
        make_bundle(Settings(home=home), home.parent)
    assert fr in caught.value.fr
    assert en in caught.value.en
    assert left(home.parent) == before


def test_another_encoder_is_not_packed_in_the_name_of_the_projects(home: Path) -> None:
    other = (home / "models" / "recueil-e5").rename(home / "models" / "other")
    with pytest.raises(EncoderError, match="models/recueil-e5, can be packed"):
        make_bundle(Settings(home=home, encoder="models/other"), home.parent)
    with pytest.raises(EncoderError, match="owner/model"):
        make_bundle(Settings(home=home, encoder="owner/model"), home.parent)
    assert other.is_dir()


def test_an_index_whose_vectors_are_elsewhere_is_not_packed(home: Path) -> None:
    folder = current_build(home / "index")
    contract = manifest.read_manifest(folder)
    elsewhere = BuiltOther.model_validate({"name": "milvus", "address": "http://milvus.internal:1"})
    manifest.write_manifest(folder, contract.model_copy(update={"engine": elsewhere}))
    renamed = folder.rename(folder.with_name(manifest.build_name(folder, contract)))
    (home / "index" / "CURRENT").write_text(renamed.name, "utf-8")
    with pytest.raises(EngineError, match="RECUEIL_ENGINE=faiss recueil-qa build"):
        make_bundle(Settings(home=home), home.parent)


def test_a_disk_that_fills_up_is_told_and_the_former_archive_stays(home: Path, given: Path) -> None:
    target = home.parent / "b.tar.gz"
    target.write_bytes(b"former")
    before = left(home.parent)
    whole = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, whole[1]))
    try:
        with pytest.raises(WriteError, match=os.strerror(errno.EFBIG)) as caught:
            make_bundle(Settings(home=home), target, given)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, whole)
    assert f"l'archive {target} n'a pas pu être écrite" in caught.value.fr
    assert (left(home.parent), target.read_bytes()) == (before, b"former")


def test_a_folder_that_is_not_there_is_told(home: Path, given: Path) -> None:
    with pytest.raises(WriteError, match=r"/no/b.tar.gz could not be written .*No such file"):
        make_bundle(Settings(home=home), home.parent / "no" / "b.tar.gz", given)
    assert not (home.parent / "no").exists()


def test_a_file_that_shrinks_while_it_is_packed_is_told(
    home: Path, given: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = _size
    monkeypatch.setattr("recueil_qa.builds.archive._size", lambda content: size(content) + 1)
    before = left(home.parent)
    with pytest.raises(WriteError, match="unexpected end of data"):
        make_bundle(Settings(home=home), home.parent / "b.tar.gz", given)
    assert left(home.parent) == before


def pip_says(folder: Path, constraints: str = "") -> str:
    """Return what is said of a folder of wheels that is refused."""
    limits = folder.parent / "constraints.txt"
    limits.write_text(constraints, "utf-8")
    with pytest.raises(NotFoundError) as caught:
        wheels.resolve(folder, limits, lambda _: None)
    assert caught.value.fr
    return caught.value.en


def test_ready_wheels_are_those_that_this_version_needs_here(ready: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(ready, tmp_path / "wheels")
    write_wheel(folder, "recueil_qa", "0.0.1", {"recueil_qa.py": ""})
    write_wheel(folder, "petit", "2.0", {"petit.py": ""})
    write_wheel(folder, "petit", "1.5", {"petit.py": ""}, tag="cp38-cp38-win32")
    write_wheel(folder, "autre", "1.0", {"autre.py": ""})
    limits = tmp_path / "constraints.txt"
    limits.write_text("petit<2\n", "utf-8")
    found = wheels.resolve(folder, limits, lambda _: None)
    assert found == tuple(sorted(folder / path.name for path in ready.glob("*.whl")))
    (folder / "petit-1.0-py3-none-any.whl").unlink()
    said = pip_says(folder, "petit<2\n")
    assert "depends on petit>=1" in said
    assert "(constraint) petit<2. A package index" in said


def test_wheels_that_are_missing_or_of_another_version_are_told(
    ready: Path, tmp_path: Path
) -> None:
    assert pip_says(tmp_path / "no") == f"no wheel (.whl file) in {tmp_path / 'no'}"
    folder = shutil.copytree(ready, tmp_path / "wheels")
    (folder / "petit-1.0-py3-none-any.whl").unlink()
    said = pip_says(folder)
    assert said.startswith("pip could not gather the wheels: ")
    assert "petit>=1" in said
    (folder / f"pip-{version('pip')}-py3-none-any.whl").write_bytes(b"no wheel")
    assert "pip-" in pip_says(folder)


def test_this_package_is_packed_from_its_sources_then_a_package_index_is_needed(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    before, said = left(home.parent), list[str]()
    with pytest.raises(NotFoundError, match="A package index is needed, or a whole folder of"):
        make_bundle(Settings(home=home), home.parent / "b.tar.gz", tell=said.append)
    assert any("recueil_qa" in line and line.endswith(".whl") for line in said), said
    assert left(home.parent) == before


def test_the_wheel_of_this_package_is_whole_and_the_same_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = wheels._pip

    def only_own(arguments: list[str], scratch: Path, tell: wheels.Tell) -> None:
        if "--no-deps" in arguments:
            whole(arguments, scratch, tell)

    monkeypatch.setattr(wheels, "_pip", only_own)
    made: list[Path] = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        made += wheels.collect(tmp_path / name, tmp_path / "constraints.txt", lambda _: None)
    assert made[0].name == f"recueil_qa-{package_version()}-py3-none-any.whl"
    assert made[0].read_bytes() == made[1].read_bytes()
    names = {*zipfile.ZipFile(made[0]).namelist()}
    scripts = {"install.sh", "run.sh", "recueil-qa", "LISEZMOI.txt"}
    assert {f"recueil_qa/builds/bundled/{name}" for name in scripts} < names
    assert {
        "recueil_qa/cli/main.py",
        "recueil_qa/py.typed",
        "recueil_qa/search/relevance.json",
    } < names
    assert not [name for name in names if "__pycache__" in name or name.startswith("tests")]


def test_a_full_disk_in_pip_and_a_python_without_pip_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "python"
    script.write_text(
        "#!/bin/sh\necho 'ERROR: an OSError: [Errno 28] No space left on device'\nexit 1\n"
    )
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))
    with pytest.raises(WriteError, match=r"the disk is full .*No space left on device"):
        wheels._pip(["wheel"], tmp_path, lambda _: None)
    script.write_text("#!/bin/sh\necho 'No module named pip'\nexit 1\n")
    with pytest.raises(NotFoundError, match="No module named pip"):
        wheels._pip(["wheel"], tmp_path, lambda _: None)


@pytest.mark.parametrize(
    ("names", "needed"),
    [
        ([], "0"),
        (["a-1-py3-none-any"], "0"),
        (["a-1-py3-none-any", "b-1-cp311-cp311-manylinux_2_28_x86_64"], "2.28"),
        (["b-1-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64"], "2.27"),
        (["b-1-cp311-abi3-manylinux2014_x86_64", "c-1-cp311-cp311-manylinux1_x86_64"], "2.17"),
        (["b-1-cp311-cp311-manylinux_2_9_x86_64", "c-1-cp311-cp311-manylinux_2_5_x86_64"], "2.9"),
    ],
)
def test_the_oldest_c_library_that_will_do_is_read_from_the_names(
    names: list[str], needed: str
) -> None:
    assert wheels.needed_glibc([Path(f"{name}.whl") for name in names]) == needed


def test_a_damaged_wheel_is_told(home: Path, given: Path, tmp_path: Path) -> None:
    broken = tmp_path / "pip-1-py3-none-any.whl"
    broken.write_bytes(b"PK no")
    with pytest.raises(NotFoundError, match=r"pip-1-py3-none-any\.whl is not a whole wheel"):
        wheels.unpacked_bytes([broken])


@pytest.fixture
def unpacked(home: Path, given: Path, tmp_path: Path) -> Path:
    """A bundle of the tiny wheels, unpacked."""
    path = make_bundle(Settings(home=home), tmp_path, given).path
    unpack(path, tmp_path / "there")
    return tmp_path / "there" / bundle_name()


def install(folder: Path, *before: str, path: str = "", **more: str) -> tuple[int, str]:
    """Run install.sh with an empty environment; return its exit code and all that it said."""
    environment = {"PATH": f"{path}/usr/bin:/bin", "PYTHON": str(PYTHON), "LANG": "C.UTF-8"} | more
    done = subprocess.run(
        [*before, str(folder / "install.sh")],
        env=environment,
        cwd="/",
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert "Traceback" not in done.stdout
    return done.returncode, done.stdout


def test_no_blank_is_left_in_what_is_told(unpacked: Path) -> None:
    tag = wheels.machine_tag()
    for name in ("install.sh", "run.sh", "recueil-qa", "LISEZMOI.txt"):
        text = (unpacked / name).read_text("utf-8")
        assert "@" not in text.replace('"${candidates[@]}"', "").replace('"$@"', "")
        if name != "LISEZMOI.txt":
            subprocess.run(["bash", "-n", str(unpacked / name)], check=True)
    assert f"Linux ({tag}), Python 3.{sys.version_info.minor}," in (
        unpacked / "LISEZMOI.txt"
    ).read_text("utf-8")


def test_it_installs_then_only_checks_and_works_where_it_was_moved(unpacked: Path) -> None:
    for name in ("recueil-qa", "run.sh"):
        command = [str(unpacked / name), "ask"]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        assert (done.returncode, done.stdout) == (1, "")
        assert f"{name} : pas encore installé. Remède : " in done.stderr
    code, said = install(unpacked, PYTHONPATH=str(unpacked))
    assert code == 0, said
    assert "==> installation dans .venv" in said
    assert f"fake doctor {unpacked}\n" in said
    assert "Prêt. Pour demander :     ./recueil-qa ask" in said
    pyvenv = unpacked / ".venv" / "pyvenv.cfg"
    made = pyvenv.stat().st_mtime_ns

    # The corpus is the maintainer's to change: no sum is checked any more.
    (unpacked / "corpus" / "petit" / "source.txt").write_text("edited", "utf-8")
    code, said = install(unpacked, RECUEIL_LANGUAGE="en")
    assert (code, pyvenv.stat().st_mtime_ns) == (0, made)
    assert said.startswith(f"==> already installed; checking\nfake doctor {unpacked}\n")
    assert "Ready. To ask:" in said

    moved = unpacked.rename(unpacked.with_name("moved"))
    command = [str(moved / "recueil-qa"), "ask", "deux mots"]
    done = subprocess.run(command, check=True, env={}, cwd="/", capture_output=True, text=True)
    assert (done.stdout, done.stderr) == (f"fake ask deux mots {moved}\n", "")

    (moved / "ill").touch()
    code, said = install(moved)
    assert code == 1
    assert "installé, mais il reste à corriger ce qui est dit ci-dessus" in said


def test_an_installation_that_was_stopped_half_way_is_done_again(unpacked: Path) -> None:
    # Also where all was installed, with a Python that then went away.
    (unpacked / ".venv" / "bin").mkdir(parents=True)
    (unpacked / ".venv" / "bin" / "python").symlink_to("/nowhere/python")
    shutil.copyfile(unpacked / "SHA256SUMS", unpacked / ".venv" / ".installed")
    code, said = install(unpacked)
    assert code == 0, said
    assert "==> installation dans .venv" in said


def refusal(unpacked: Path, *before: str, path: str = "", **more: str) -> str:
    """Return the one message of an installation that is refused; nothing is installed."""
    code, said = install(unpacked, *before, path=path, **more)
    assert code == 1
    assert not (unpacked / ".venv").exists()
    return said[said.index("install.sh") :]


def script(folder: Path, name: str, text: str) -> str:
    """Write a program; return its folder, to stand first in PATH."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n", "utf-8")
    (folder / name).chmod(0o755)
    return f"{folder}:"


def test_another_python_machine_or_c_library_is_told_first(unpacked: Path, tmp_path: Path) -> None:
    minor, tag = sys.version_info.minor, wheels.machine_tag()
    shutil.rmtree(unpacked / "wheels")  # else the files would be told
    said = refusal(unpacked, PYTHON="/nowhere/python3.11")
    assert said.startswith(
        f"install.sh : il faut Python 3.{minor} pour cette archive ({tag}) ; trouvé ici : rien\n"
    )
    path = script(tmp_path / "bin", f"python3.{minor}", "echo cp39-linux_aarch64 2.36")
    for name in ("python3", "python"):
        script(tmp_path / "bin", name, "echo pp310-linux_x86_64 2.36")
    said = refusal(unpacked, path=path, PYTHON="", RECUEIL_LANGUAGE="en")
    assert (
        f"found here: python3.{minor} = cp39-linux_aarch64; python3 = pp310-linux_x86_64; "
        "python = pp310-linux_x86_64;\n"
    ) in said
    assert f"PYTHON=/path/to/python3.{minor} ./install.sh" in said


def test_too_old_a_c_library_is_told(
    home: Path, given: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wheels, "needed_glibc", lambda _: "99.9")
    path = make_bundle(Settings(home=home), tmp_path, given).path
    unpack(path, tmp_path)
    said = refusal(tmp_path / bundle_name())
    assert "est trop ancienne : il faut 99.9 ou plus récent" in said


def test_altered_and_missing_files_are_named(unpacked: Path) -> None:
    weights = unpacked / "models" / "recueil-e5" / "modules.json"
    weights.write_text("[2]", "utf-8")
    (unpacked / "NOTICE").unlink()
    said = refusal(unpacked)
    assert "fichiers altérés ou absents (?) : NOTICE (?), models/recueil-e5/modules.json\n" in said
    assert "Remède : copier et décompresser l'archive de nouveau" in said
    (unpacked / "SHA256SUMS").unlink()
    assert "SHA256SUMS" in refusal(unpacked, RECUEIL_LANGUAGE="en")


def test_a_full_disk_is_told_before_anything_is_installed(unpacked: Path, tmp_path: Path) -> None:
    path = script(tmp_path / "bin", "df", "echo head; echo fs 9 9 1000 1% /")
    said = refusal(unpacked, path=path)
    assert f"install.sh : 1 Mo libres dans {unpacked} ; il en faut " in said


def test_a_disk_that_fills_up_on_the_way_leaves_nothing(unpacked: Path) -> None:
    # In blocks of 1 KiB: the marks and scripts pass, pip's own files don't.
    said = refusal(unpacked, "bash", "-c", 'ulimit -f 20; exec "$0"')
    assert "l'installation n'a pas abouti (voir ci-dessus) ; rien n'en reste" in said


def test_a_read_only_folder_is_told(unpacked: Path) -> None:
    # An administrator writes everywhere, unless that power is taken away.
    powerless = ["setpriv", "--bounding-set=-dac_override"] if os.geteuid() == 0 else []
    mode = stat.S_IMODE(unpacked.stat().st_mode)
    unpacked.chmod(0o555)
    try:
        said = refusal(unpacked, *powerless)
    finally:
        unpacked.chmod(mode)
    assert said.startswith(f"install.sh : impossible d'écrire dans {unpacked}. Remède : ")


def test_the_command_tells_what_it_made_in_either_language(
    home: Path, ready: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECUEIL_HOME", str(home))
    for language, said in (("fr", "fichiers dans"), ("en", "files in")):
        target = home.parent / f"{language}.tar.gz"
        arguments = ["--output", str(target), "--wheels", str(ready), "--lang", language]
        result = CliRunner().invoke(main, ["bundle", *arguments])
        assert result.exit_code == 0, result.output
        first, second = result.stdout.splitlines()
        assert first.startswith(f"{len(packed(target))} {said} {target} (")
        assert second.endswith(f": tar -xzf {target.name} && {bundle_name()}/install.sh")
        assert len(result.stderr.splitlines()) == 2
    edit_corpus(home)
    refused = CliRunner().invoke(main, ["bundle", "--output", str(home.parent / "no.tar.gz")])
    assert refused.exit_code == 1
    assert "recueil-qa: l'index a été construit avec un autre corpus" in refused.stderr
    assert not (home.parent / "no.tar.gz").exists()
