"""What goes wrong with a Milvus server: it is told with what to do, and what served still does."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from time import monotonic
from typing import Any

import pymilvus
import pytest
from click.testing import CliRunner

from recueil_qa import Settings
from recueil_qa.builds import listing, versions
from recueil_qa.builds.build import build_index
from recueil_qa.builds.versions import activate, rollback
from recueil_qa.cli.main import main
from recueil_qa.corpus.folders import corpus_hash
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.doctor.index import engine as check
from recueil_qa.errors import EngineError, IndexDamagedError, SettingsError, WriteError
from recueil_qa.index.current import CURRENT, current_build, is_current
from recueil_qa.index.files import BuildFolder
from recueil_qa.index.kinds import FAISS, BuiltMilvus, BuiltOther, Milvus, Wanted
from recueil_qa.index.manifest import read_manifest
from recueil_qa.index.milvus.client import CollectionError, Server
from recueil_qa.index.milvus.engine import MilvusEngine
from recueil_qa.index.milvus.tables import STATE, aliased
from recueil_qa.index.opened import Index
from recueil_qa.index.opening import open_build, open_index
from recueil_qa.index.select import wanted
from recueil_qa.messages import Text
from recueil_qa.settings import TOKEN, load_settings
from tests.support import ROOT
from tests.support.builds import copy_build
from tests.support.collections import write_faq
from tests.support.encoders import HashEncoder
from tests.support.waiting import PATIENCE

ALIAS = "recueil"
LITE = f"milvus_lite-{version('milvus-lite')}"
PASSAGES = 25


@pytest.fixture(scope="session")
def lite(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address at which milvus-lite answers as a server does."""
    from milvus_lite.server_manager import server_manager_instance

    path = tmp_path_factory.mktemp("lite") / "milvus.db"
    return str(server_manager_instance.start_and_get_uri(str(path)))


@pytest.fixture
def engine(lite: str) -> Iterator[Milvus]:
    """An empty server."""
    yield at(lite)
    server = Server(lite)
    for name in server.do("list_collections"):
        server.do("drop_collection", name)


def at(address: str) -> Milvus:
    return Milvus(name="milvus", address=address, alias=ALIAS, shards=1, replicas=1)


@pytest.fixture
def root(engine: Milvus, corpus_root: Path, tmp_path: Path) -> Path:
    """The index of `petit`, on that server."""
    build_index(tmp_path / "index", read_corpus(corpus_root), HashEncoder(), engine=engine)
    return tmp_path / "index"


def collections(engine: Milvus) -> set[str]:
    return {*Server(engine.address).do("list_collections")}


def collection_of(folder: Path) -> str:
    return built_of(folder).collection


def built_of(folder: Path) -> BuiltMilvus:
    built = read_manifest(folder).engine
    assert isinstance(built, BuiltMilvus)
    return built


def alias_of(engine: Milvus) -> str:
    return aliased(Server(engine.address), ALIAS)


def ask(opened: Index) -> int:
    """Ask for all that a question asks for; return how many passages were scored."""
    vector = HashEncoder().encode_query(["les appels"])[0]
    cosines, words = opened.scores(vector, ["appel"])
    assert words.shape == (1, len(cosines))
    assert len(opened.vectors) == len(cosines)
    return len(cosines)


class Wire:
    """Passes on what is sent to a server, until it is cut or held; then as before again."""

    def __init__(self, address: str) -> None:
        host, port = address.removeprefix("http://").split(":")
        self._target = host, int(port)
        self._ends: list[socket.socket] = []
        self._kept: socket.socket | None = None
        self._flows = threading.Event()
        self._flows.set()
        self._door = self._listen(0)
        self._port = self._door.getsockname()[1]
        self.address = f"http://127.0.0.1:{self._port}"

    def hold(self) -> None:
        """Let nothing through, and answer nothing."""
        self._flows.clear()

    def cut(self) -> None:
        """Refuse connections, and end those there are."""
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._kept = bound(self._port)  # or another program might get it
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._ends.clear()

    def mend(self) -> None:
        if self._door.fileno() < 0:
            self._door = self._listen(self._port)
            self._free()
        self._flows.set()

    def close(self) -> None:
        self.mend()
        self.cut()
        self._free()

    def _free(self) -> None:
        if self._kept:
            self._kept.close()

    def _listen(self, port: int) -> socket.socket:
        door = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._accept, args=(door,), daemon=True).start()
        return door

    def _accept(self, door: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near = door.accept()[0]
                far = socket.create_connection(self._target)
                self._ends += [near, far]
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=pair, daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while sent := source.recv(65_536):
                self._flows.wait()
                target.sendall(sent)


@pytest.fixture
def wire(lite: str) -> Iterator[Wire]:
    wire = Wire(lite)
    yield wire
    wire.close()


@pytest.fixture
def mute() -> Iterator[str]:
    """The address of what takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        yield f"http://127.0.0.1:{door.getsockname()[1]}"


def bound(port: int = 0) -> socket.socket:
    """Return a socket at a port, which refuses connections: nothing listens there, nor can."""
    kept = socket.socket()
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    kept.bind(("127.0.0.1", port))
    return kept


@pytest.fixture
def nowhere() -> Iterator[str]:
    """An address that nothing listens at."""
    with bound() as kept:
        yield f"http://127.0.0.1:{kept.getsockname()[1]}"


def is_told(error: EngineError, *words: str) -> bool:
    """Whether both texts say what, where, and how it is mended."""
    assert "Remède : " in error.fr
    assert "Mend it with: " in error.en
    return all(word in error.fr and word in error.en for word in words)


# A server that is not there, or doesn't answer


def test_a_server_that_is_not_there_is_told_at_once_and_what_served_still_does(
    index_root: Path, corpus_root: Path, nowhere: str
) -> None:
    former = current_build(index_root)
    with pytest.raises(EngineError) as caught:
        build_index(index_root, read_corpus(corpus_root), Unused(), engine=at(nowhere))
    assert is_told(caught.value, nowhere, "RECUEIL_MILVUS")
    assert open_index(index_root).folder == former
    assert sorted(path.name for path in index_root.iterdir() if path.is_dir()) == [
        *(".cache", former.name)
    ]


class Unused(HashEncoder):
    """Must not be asked: what it takes minutes for would be lost."""

    def encode_document(self, *_: object) -> Any:
        raise AssertionError


def test_a_server_that_never_answers_is_waited_for_and_told(
    mute: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(EngineError) as caught:
        Server(mute, seconds=0.3).version()
    assert is_told(caught.value, mute)


def test_a_server_that_stops_is_told_and_answers_again_once_it_is_back(
    root: Path, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    serving = current_build(root)
    copy_build(
        root,
        "2026-01-01T00:00:00+00:00",
        engine=built_of(serving).model_copy(update={"address": wire.address}),
    )
    opened = open_build(next(path for path in root.iterdir() if path.name.startswith("20260101")))
    assert ask(opened) == PASSAGES
    assert isinstance(opened.engine, MilvusEngine)
    for stop in (wire.hold, wire.cut):
        stop()
        # Only now is a call given little time: one that is answered may take what it takes.
        with monkeypatch.context() as patch, pytest.raises(EngineError) as caught:
            patch.setattr(opened.engine._server, "seconds", 0.5)
            patch.setattr("recueil_qa.index.milvus.engine.LOOKING", 0.5)
            ask(opened)
        assert is_told(caught.value, wire.address, "RECUEIL_MILVUS")
        wire.mend()
        assert asked_again(opened) == PASSAGES


def asked_again(opened: Index) -> int:
    """Ask until it is answered: the library lets a second pass before it tries again."""
    end = monotonic() + PATIENCE
    while monotonic() < end:
        with suppress(EngineError):
            return ask(opened)
    return 0


def test_a_collection_that_is_not_loaded_is_waited_for(root: Path, engine: Milvus) -> None:
    opened = open_index(root)
    Server(engine.address).do("release_collection", collection_of(opened.folder))
    with pytest.raises(EngineError) as caught:
        ask(opened)
    assert is_told(caught.value, collection_of(opened.folder), "(NotLoad)")
    # Opening loads it.
    assert ask(open_index(root)) == ask(opened) == PASSAGES


def test_what_the_library_logs_is_not_shown(
    root: Path, engine: Milvus, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    opened = open_index(root)
    Server(engine.address).do("drop_collection", collection_of(opened.folder))
    with pytest.raises(CollectionError):
        ask(opened)
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


def test_the_command_line_says_it_in_one_line(
    corpus_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nowhere: str
) -> None:
    monkeypatch.setenv("RECUEIL_HOME", str(tmp_path))
    monkeypatch.setenv("RECUEIL_ENGINE", "milvus")
    monkeypatch.setenv("RECUEIL_MILVUS", nowhere)
    monkeypatch.setattr("recueil_qa.builds.rebuild.encoder_id", lambda *_: "hash@test")
    found = CliRunner().invoke(main, ["build", "--lang=fr"])
    assert found.exit_code == 1
    assert found.output.count("\n") == 1
    assert f"Milvus à {nowhere} ne répond pas" in found.output


# A library or a version that is missing


@pytest.mark.parametrize(
    ("module", "address", "package"),
    [
        ("pymilvus", "http://127.0.0.1:1", "pymilvus"),
        ("milvus_lite", "nulle-part.db", "milvus-lite"),
    ],
)
def test_a_library_that_is_missing_is_told_with_the_command(
    monkeypatch: pytest.MonkeyPatch, module: str, address: str, package: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(EngineError) as caught:
        Server(address).version()
    mend = f"{sys.executable} -m pip install {package}"
    assert caught.value.en.endswith(f"lacks the library {package}. Mend it with: {mend}")
    assert caught.value.fr.endswith(f"{package} manque au moteur milvus. Remède : {mend}")


def says(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    monkeypatch.setattr(pymilvus.MilvusClient, "get_server_version", lambda *_, **__: version)


@pytest.mark.parametrize("version", ["v2.2.16", "1.1", "what?", ""])
def test_a_server_too_old_is_told_with_its_version(
    root: Path, corpus_root: Path, engine: Milvus, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    says(monkeypatch, version)
    for fails in (
        lambda: open_index(root),
        lambda: build_index(root, read_corpus(corpus_root), Unused(), engine=engine),
    ):
        with pytest.raises(EngineError) as caught:
            fails()
        assert is_told(caught.value, f"version {version}", "2.3", engine.address)


def test_sparse_vectors_are_of_version_2_4_and_a_build_that_has_them_needs_it(
    root: Path, corpus_root: Path, engine: Milvus, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read_manifest(current_build(root)).engine.as_json()["sparse"] == 1
    expected = ask(open_index(root))
    says(monkeypatch, "v2.3.5")
    with pytest.raises(EngineError) as caught:
        open_index(root)
    assert is_told(caught.value, "v2.3.5", "recueil-qa build --force")
    build_index(root, read_corpus(corpus_root), HashEncoder(), engine=engine)
    held = read_manifest(current_build(root)).engine.as_json()
    assert (held["sparse"], held["version"]) == (0, "v2.3.5")
    assert ask(open_index(root)) == expected
    says(monkeypatch, "v2.6.1")  # without them there, nothing is missing
    assert ask(open_index(root)) == expected


# A collection that can't serve


def test_a_collection_that_is_gone_is_told_and_gone_back_from(
    root: Path, corpus_root: Path, engine: Milvus
) -> None:
    first = current_build(root)
    write_faq(corpus_root)
    second = build_index(root, read_corpus(corpus_root), HashEncoder(), engine=engine)
    third = build_index(root, read_corpus(corpus_root), HashEncoder(), engine=engine)
    for folder in (second, third):
        Server(engine.address).do("drop_collection", collection_of(folder))
    with pytest.raises(CollectionError) as caught:
        open_index(root)
    assert is_told(caught.value, collection_of(third), "recueil-qa rollback", "--force")
    # As of builds that are damaged, the one before is passed over too.
    assert rollback(root).name == first.name
    assert alias_of(engine) == collection_of(first)
    with pytest.raises(CollectionError, match="is missing"):
        activate(root, second.name)
    assert (current_build(root), alias_of(engine)) == (first, collection_of(first))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda server, name: server.do("alter_collection_properties", name, {STATE: "building"}),
         "is only half filled"),
        (lambda server, name: server.do("delete", name, ids=[3]),
         f"holds {PASSAGES - 1} passages instead of {PASSAGES}"),
    ],
    ids=["state", "count"],
)  # fmt: skip
def test_a_collection_that_is_not_whole_is_refused(
    root: Path, engine: Milvus, spoil: Callable[[Server, str], object], said: str
) -> None:
    spoil(Server(engine.address), collection_of(current_build(root)))
    with pytest.raises(CollectionError, match=said) as caught:
        open_index(root)
    assert is_told(caught.value, "recueil-qa build --force")


def test_vectors_of_another_dimension_are_refused(
    root: Path, corpus_root: Path, engine: Milvus
) -> None:
    former = current_build(root)
    encoder = HashEncoder("other", dimension=32)
    other = build_index(root, read_corpus(corpus_root), encoder, engine=engine)
    assert read_manifest(other).dimension == 32
    activate(root, former.name)
    mixed = copy_build(root, "2026-01-01T00:00:00+00:00", engine=read_manifest(other).engine)
    with pytest.raises(CollectionError, match="of dimension 32 instead of 64"):
        open_build(mixed)
    no_collection = read_manifest(other).engine.as_json()
    del no_collection["collection"]
    faulty = copy_build(root, "2026-01-02T00:00:00+00:00", engine=BuiltOther(**no_collection))
    with pytest.raises(IndexDamagedError, match=r"manifest\.json is altered"):
        open_build(faulty)


def test_passages_that_vanish_are_told(root: Path, engine: Milvus) -> None:
    opened = open_index(root)
    name = collection_of(opened.folder)
    Server(engine.address).do("delete", name, ids=[3])
    with pytest.raises(CollectionError, match="has lost passages"):
        ask(opened)


# A build that dies or fails

KILLED = """
import os, signal, sys
from pathlib import Path
from recueil_qa.index.milvus import store
from recueil_qa.index.files import BuildFolder
from recueil_qa.builds.build import build_index
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.index.kinds import Milvus
from recueil_qa.index.milvus.client import Server
from tests.support.encoders import HashEncoder

do = Server.do

def die(self, name, *given, **named):
    if name == sys.argv[4]:
        os.kill(os.getpid(), signal.SIGKILL)
    return do(self, name, *given, **named)

Server.do = die
engine = Milvus(name="milvus", address=sys.argv[1], alias="recueil", shards=1, replicas=1)
build_index(Path(sys.argv[2]), read_corpus(Path(sys.argv[3])), HashEncoder(), engine=engine)
"""


@pytest.mark.parametrize(("step", "is_whole"), [("flush", False), ("alter_alias", True)])
def test_a_build_that_is_killed_leaves_what_served_and_the_next_one_cleans(
    root: Path, corpus_root: Path, engine: Milvus, step: str, is_whole: bool
) -> None:
    serving, before = current_build(root), collections(engine)
    stranger = "recueil_0123456789abcdef"
    Server(engine.address).do("create_collection", stranger, dimension=4)
    write_faq(corpus_root)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, engine.address, str(root), str(corpus_root), step],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    (left,) = collections(engine) - before - {stranger}
    assert alias_of(engine) == collection_of(serving)
    opened = open_index(root)
    assert (opened.folder, ask(opened)) == (serving, PASSAGES)
    new = build_index(root, read_corpus(corpus_root), HashEncoder(), engine=engine)
    # Whole, it is a build that can be put in service; half of it is of no use.
    kept = {left} if is_whole else set()
    assert {collection_of(root / name) for name in listing.names_of(root)} == (
        {collection_of(serving), collection_of(new)} | kept
    )
    assert collections(engine) == before | {collection_of(new), stranger} | kept
    assert alias_of(engine) == collection_of(new)


@pytest.mark.parametrize("step", ["create_index", "insert", "flush", "alter_alias"])
def test_a_build_that_fails_leaves_what_served(
    root: Path,
    corpus_root: Path,
    engine: Milvus,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    serving, before, do = current_build(root), collections(engine), Server.do
    gone = EngineError(Text("parti", "gone"))

    def fail(server: Server, name: str, *given: Any, **named: Any) -> Any:
        if name == step:
            raise gone
        return do(server, name, *given, **named)

    monkeypatch.setattr(Server, "do", fail)
    with pytest.raises(EngineError) as caught:
        build_index(root, read_corpus(corpus_root), HashEncoder(), engine=engine)
    assert caught.value is gone
    monkeypatch.undo()
    assert alias_of(engine) == collection_of(serving)
    opened = open_index(root)
    assert (opened.folder, ask(opened)) == (serving, PASSAGES)
    assert [build.name for build in listing.list_builds(root)] == [serving.name]
    if step != "alter_alias":  # filled by then: the next build drops it
        assert collections(engine) == before


def test_a_switch_that_can_not_be_written_puts_the_alias_back(
    root: Path, corpus_root: Path, engine: Milvus, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    serving, replace = current_build(root), Path.replace

    def refuse(path: Path, target: Path) -> Path:
        if target.name == CURRENT:
            assert alias_of(engine) not in ("", collection_of(serving))
            raise PermissionError(13, "Permission denied", str(target))
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(WriteError):
        build_index(root, read_corpus(corpus_root), HashEncoder(), engine=engine)
    assert (current_build(root), alias_of(engine)) == (serving, collection_of(serving))
    # Of a first build, which took the place of none, nothing is left to name.
    Server(engine.address).do("drop_alias", ALIAS)
    monkeypatch.setattr(Path, "replace", lambda path, target: refuse_all(path, target, replace))
    with pytest.raises(WriteError):
        build_index(tmp_path / "new", read_corpus(corpus_root), HashEncoder(), engine=engine)
    assert alias_of(engine) == ""


def refuse_all(path: Path, target: Path, replace: Callable[[Path, Path], Path]) -> Path:
    if target.name == CURRENT:
        raise PermissionError(13, "Permission denied", str(target))
    return replace(path, target)


def test_a_collection_that_is_called_like_the_alias_is_in_the_way(
    corpus_root: Path, engine: Milvus, tmp_path: Path
) -> None:
    Server(engine.address).do("create_collection", ALIAS, dimension=4)
    with pytest.raises(EngineError, match="RECUEIL_MILVUS_ALIAS"):
        build_index(tmp_path / "index", read_corpus(corpus_root), HashEncoder(), engine=engine)
    assert ALIAS in collections(engine)


def test_a_collection_that_an_alias_names_is_never_dropped(
    root: Path, corpus_root: Path, engine: Milvus
) -> None:
    former = current_build(root)
    server = Server(engine.address)
    server.do("create_alias", collection_of(former), "somebody_elses")
    kept = collection_of(former)
    build_index(root, read_corpus(corpus_root), HashEncoder(), engine=engine)
    assert versions.prune(root, 1) == (former.name,)
    assert kept in collections(engine)


def test_a_copy_of_an_index_drops_nothing_that_the_index_has(
    root: Path, corpus_root: Path, engine: Milvus, tmp_path: Path
) -> None:
    former = current_build(root)
    new = build_index(root, read_corpus(corpus_root), HashEncoder(), engine=engine)
    copy = tmp_path / "copy"
    for folder in (former, new):
        shutil.copytree(folder, copy / folder.name)
    shutil.copy(root / CURRENT, copy)
    assert ask(open_index(copy)) == PASSAGES
    assert versions.prune(copy, 1) == (former.name,)
    build_index(
        copy,
        read_corpus(corpus_root),
        HashEncoder(),
        engine=engine.model_copy(update={"alias": "copie"}),
    )
    assert {collection_of(former), collection_of(new)} < collections(engine)
    assert ask(open_index(root)) == PASSAGES
    assert versions.prune(root, 1) == (former.name,)
    assert collection_of(new) in collections(engine)
    assert len(collections(engine)) == 2


def test_builds_that_are_removed_while_the_server_is_away_are_told(
    root: Path, corpus_root: Path, engine: Milvus, nowhere: str
) -> None:
    build_index(root, read_corpus(corpus_root), HashEncoder())
    held = built_of(next(p for p in root.iterdir() if "milvus" in manifest_text(p)))
    first = next(p for p in root.iterdir() if "milvus" in manifest_text(p))
    copy_build(
        root, "2025-01-01T00:00:00+00:00", engine=held.model_copy(update={"address": nowhere})
    )
    with pytest.raises(EngineError, match=nowhere):
        versions.prune(root, 1)
    assert [build.name for build in listing.list_builds(root)] == [current_build(root).name]
    assert not first.exists()


def manifest_text(folder: Path) -> str:
    path = folder / "manifest.json"
    return path.read_text("utf-8") if path.exists() else ""


# Settings


def test_the_engine_milvus_needs_an_address(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(home=tmp_path, engine="milvus")
    assert "RECUEIL_MILVUS = ''" in caught.value.en
    assert "set RECUEIL_MILVUS, to http://127.0.0.1:19530 for example" in caught.value.en
    assert "réglez RECUEIL_MILVUS, par exemple sur http://127.0.0.1:19530" in caught.value.fr


@pytest.mark.parametrize(
    "address",
    [
        "milvus",
        "localhost:19530",
        "ftp://host",
        "http://",
        "http://host/a/b",
        "x.db/",
        "http://a b",
    ],
)
def test_an_address_of_another_form_is_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(SettingsError, match="http://host:port"):
        load_settings(home=tmp_path, engine="milvus", milvus=address)


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:19530", "https://milvus.exemple.invalid", "tcp://host:1/base", "http://h/"],
)
def test_an_address_stays_as_it_is(tmp_path: Path, address: str) -> None:
    assert load_settings(home=tmp_path, engine="milvus", milvus=address).milvus == address


def test_a_file_starts_at_the_home(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path, engine="milvus", milvus="index/milvus.db")
    assert wanted(settings).as_json() == {
        "name": "milvus",
        "address": str(tmp_path / "index" / "milvus.db"),
        "alias": "recueil",
        "shards": 1,
        "replicas": 1,
    }
    assert wanted(Settings(home=tmp_path)) == FAISS
    assert FAISS.as_json() == {"name": "faiss"}


def test_a_password_is_neither_kept_in_a_build_nor_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SettingsError, match="RECUEIL_MILVUS_TOKEN") as caught:
        load_settings(home=tmp_path, engine="milvus", milvus="http://root:secret@host:19530")
    assert "secret" not in caught.value.fr + caught.value.en
    monkeypatch.setenv(TOKEN, "root:hushed")
    settings = load_settings(home=tmp_path, engine="milvus", milvus="http://host:19530")
    assert settings.milvus_token.get_secret_value() == "root:hushed"
    assert "hushed" not in repr(settings) + str(wanted(settings))
    with pytest.raises(SettingsError, match=f"give it in the variable {TOKEN}") as caught:
        load_settings(home=tmp_path, milvus_token="other-secret")  # noqa: S106
    assert "other-secret" not in caught.value.fr + caught.value.en


def test_the_token_goes_to_the_server(lite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[dict[str, Any]] = []
    made = pymilvus.MilvusClient.__init__

    def note(client: Any, *args: Any, **named: Any) -> None:
        given.append(named)
        made(client, *args, **named)

    monkeypatch.setenv(TOKEN, "root:hushed")
    monkeypatch.setattr(pymilvus.MilvusClient, "__init__", note)
    Server(lite).version()
    assert given[0]["token"] == "root:hushed"  # noqa: S105


def test_an_index_in_another_engine_or_elsewhere_is_not_current(
    root: Path, corpus_root: Path, engine: Milvus
) -> None:
    found = corpus_hash(corpus_root)
    assert is_current(root, found, "hash@test", engine)
    changed = [engine.model_copy(update=each) for each in ({"alias": "autre"}, {"replicas": 2})]
    others: list[Wanted] = [FAISS, at("http://elsewhere:19530"), *changed]
    for other in others:
        assert not is_current(root, found, "hash@test", other)


# What the doctor finds


def doctored(root: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    settings = load_settings(home=root.parent, engine="milvus", milvus=address)
    folder = current_build(root)
    return check(settings, BuildFolder(folder, read_manifest(folder)))


def test_the_doctor_checks_the_server_its_collection_and_the_alias(
    root: Path, corpus_root: Path, engine: Milvus, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, folder = engine.address, current_build(root)
    server, name = Server(address), collection_of(folder)
    found = doctored(root, address, monkeypatch)
    assert (found.severity, found.check) == ("ok", "engine")
    assert found.what.en == f"Milvus {LITE} at {address}: {PASSAGES} passages in {name} (recueil)"
    elsewhere = doctored(root, "http://elsewhere:1", monkeypatch)
    assert elsewhere.severity == "warning"
    assert elsewhere.row()["mend_en"].startswith("recueil-qa build")
    assert (
        elsewhere.what.en == f"the index is in {address}, the settings ask for http://elsewhere:1"
    )
    server.do("drop_alias", ALIAS)
    unnamed = doctored(root, address, monkeypatch)
    assert "names nothing, not the collection of the build in service" in unnamed.what.en
    assert unnamed.row()["mend_fr"].startswith(f"recueil-qa activate {folder.name}")
    activate(root, folder.name)
    assert doctored(root, address, monkeypatch) == found
    server.do("release_collection", name)  # as one that was just started: it is loaded
    assert doctored(root, address, monkeypatch) == found
    server.do("drop_collection", name)
    with pytest.raises(CollectionError, match="is missing"):
        doctored(root, address, monkeypatch)


def test_an_index_in_its_files_has_nothing_to_check(index_root: Path, corpus_root: Path) -> None:
    settings = Settings(home=index_root.parent)
    folder = current_build(index_root)
    assert check(settings, BuildFolder(folder, read_manifest(folder))) is None
