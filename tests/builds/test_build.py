from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recueil_qa import Assistant, Settings
from recueil_qa.builds.build import KEPT_BUILDS, build_index
from recueil_qa.builds.map_layout import map_points
from recueil_qa.corpus.corpus import Corpus
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.encoding.encoder import Progress, Vectors
from recueil_qa.errors import IndexDamagedError
from recueil_qa.index.current import current_build
from recueil_qa.index.files import PARAMETERS
from recueil_qa.index.heads import SHIPPED
from recueil_qa.index.manifest import (
    FORMAT,
    build_name,
    file_hash,
    is_build_name,
    package_version,
    read_manifest,
)
from recueil_qa.index.opening import open_index
from recueil_qa.index.points import dump_points
from recueil_qa.learning import schooling
from recueil_qa.learning.calibrating import fit_heads
from recueil_qa.learning.fitting import Lessons
from recueil_qa.learning.schooling import collection_key
from recueil_qa.types import Filters
from tests.support import ROOT
from tests.support.builds import copy_build
from tests.support.collections import ask_of_line, write_corpus
from tests.support.damage import flip, rewrite, truncate
from tests.support.encoders import HashEncoder
from tests.support.folders import contents, names, without_creation
from tests.support.heads import made_heads, quick_fitting
from tests.support.statements import STATEMENTS, lessons, write_lessons
from tests.support.waiting import PATIENCE


class Noting(HashEncoder):
    """Notes the texts of every call."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[list[str]] = []

    def encode_document(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        self.calls.append([*texts])
        return super().encode_document(texts, progress)


class Asking(HashEncoder):
    """Tells queries from documents, and notes the queries of every call."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[list[str]] = []

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        self.asked.append([*texts])
        return -super().encode_query(texts)


class Observing(HashEncoder):
    """Notes what a reader opens while the next build is under way."""

    def __init__(self, root: Path) -> None:
        super().__init__("observing")  # the cache has nothing by this name
        self.root = root
        self.serving: list[Path] = []

    def encode_document(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        self.serving.append(open_index(self.root).folder)
        return super().encode_document(texts, progress)


def test_the_manifest_says_what_a_build_was_made_from(corpus_root: Path, tmp_path: Path) -> None:
    corpus = read_corpus(corpus_root)
    calls: list[tuple[int, int]] = []
    root = tmp_path / "deep" / "index"
    folder = build_index(root, corpus, HashEncoder(), lambda *at: calls.append(at))
    # Each context has one line, whose text is its section's.
    assert calls == [(0, 25 - 3), (25 - 3, 25 - 3)]
    contract = read_manifest(folder)
    assert (contract.format, contract.package) == (FORMAT, package_version())
    assert (contract.encoder, contract.dimension) == ("hash@test", 64)
    assert (contract.corpus, contract.parameters) == (corpus.hash, PARAMETERS)
    assert contract.counts == {
        "collections": 1,
        "practices": 3,
        "passages": 3 + 6 + 9 + 7,
        "unanswered": 0,
        "title": 3,
        "section": 6,
        "line": 9,
        "question": 7,
    }
    stamp = contract.created.replace("-", "").replace(":", "").replace("+0000", "Z")
    assert folder.name == f"{stamp}-{file_hash(folder / 'manifest.json')[:16]}"
    assert folder.name == build_name(folder, contract)
    assert is_build_name(folder.name)
    assert names(root) == [folder.name, "CURRENT"]
    assert current_build(root) == folder


@pytest.fixture
def judged(tmp_path: Path) -> Corpus:
    """The collection `petit` with a question of one line, and statements, two of them repeated."""
    repeated: tuple[dict[str, object], ...] = (
        # A question of petit-p2, and the wording of a statement that is answered but for its marks.
        {
            "id": "r1",
            "lang": "fr",
            "text": "Le standard est saturé par des appels répétés",
            "grades": {"petit-p1": 1},
        },
        {"id": "r2", "lang": "fr", "text": "Le **parking** déborde", "grades": {}},
    )
    folder = write_corpus(tmp_path / "judged", (*STATEMENTS, *repeated))
    ask_of_line(folder, 1, "fr conseils/1", "Qui former ?")
    return read_corpus(tmp_path / "judged")


def test_each_text_is_encoded_once_and_its_vector_stands_wherever_it_does(
    judged: Corpus, tmp_path: Path
) -> None:
    encoder, calls = Noting(), list[tuple[int, int]]()
    opened = open_index(
        build_index(tmp_path / "index", judged, encoder, lambda *at: calls.append(at)).parent
    )
    (texts,) = encoder.calls
    embedded = [passage.embedded for passage in opened.passages]
    unanswered = ["Le parking déborde", "The roof leaks", "Le parking déborde"]
    assert texts == sorted(dict.fromkeys(embedded + unanswered), key=len, reverse=True)
    # The sections of one line, s001 of two practices, and r1, which is a question too.
    assert len(embedded) == len({*embedded}) + 3 + 1 + 1 == 25 + 1 + 4
    assert calls == [(0, 25 + 2), (25 + 2, 25 + 2)]
    np.testing.assert_array_equal(opened.vectors, HashEncoder().encode_document(embedded))
    np.testing.assert_array_equal(opened.unanswered, HashEncoder().encode_document(unanswered))


def test_vectors_of_a_model_of_unknown_content_are_kept_for_no_other_build(
    judged: Corpus, tmp_path: Path
) -> None:
    encoded = []
    for _ in range(2):  # the hub may have another model of that name by now
        encoder = Noting()
        encoder.id = "owner/model@hub"
        build_index(tmp_path / "index", judged, encoder)
        encoded.append(encoder.calls)
    assert encoded[0] == encoded[1] != []
    assert not (tmp_path / "index" / ".cache").exists()
    encoder.id, encoder.calls = "owner/model@0123", []
    build_index(tmp_path / "index", judged, encoder)
    assert (tmp_path / "index" / ".cache").exists()


def test_the_counts_tell_of_line_questions_and_statements(judged: Corpus, tmp_path: Path) -> None:
    counts = read_manifest(build_index(tmp_path / "index", judged, HashEncoder())).counts
    assert counts == {
        "collections": 1,
        "practices": 3,
        "passages": 3 + 6 + 9 + 7 + 1 + 4,
        "unanswered": 3,
        "title": 3,
        "section": 6,
        "line": 9,
        "question": 7 + 1 + 4,
    }


def test_what_nothing_answers_is_in_no_text_of_the_build(judged: Corpus, tmp_path: Path) -> None:
    files = contents(build_index(tmp_path / "index", judged, HashEncoder()))
    assert [name for name, content in files.items() if b"parking" in content] == []


def test_contacts_are_in_no_file_but_the_practices(index_root: Path) -> None:
    files = contents(current_build(index_root))
    assert b"accueil1@exemple.invalid" in files.pop("practices.jsonl")
    assert [name for name, content in files.items() if b"exemple" in content] == []


def test_the_same_corpus_gives_the_same_bytes_in_another_place_and_process(
    index_root: Path, tmp_path: Path
) -> None:
    write_corpus(tmp_path / "elsewhere")
    code = (
        "import sys; from pathlib import Path; from tests.support.encoders import HashEncoder;"
        "from recueil_qa.builds.build import build_index; "
        "from recueil_qa.corpus.reading import read_corpus;"
        "build_index(Path(sys.argv[2]), read_corpus(Path(sys.argv[1])), HashEncoder())"
    )
    # Sets of words come in another order under another hash seed.
    subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "elsewhere"), str(tmp_path / "other")],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": "12345"},
        check=True,
        timeout=PATIENCE,
    )
    one = contents(current_build(index_root))
    two = contents(current_build(tmp_path / "other"))
    assert without_creation(one) == without_creation(two)


def test_the_map_is_laid_out_from_the_vectors_written(judged: Corpus, tmp_path: Path) -> None:
    opened = open_index(build_index(tmp_path / "index", judged, HashEncoder()).parent)
    ids = ["petit-p1", "petit-p2", "petit-p3"]
    vectors = opened.practice_vectors
    assert (opened.folder / "map.json").read_bytes() == dump_points(map_points(ids, vectors))
    assert "map.json" in opened.manifest.files


def test_a_changed_corpus_gives_another_hash_and_other_passages(
    corpus_root: Path, index_root: Path
) -> None:
    before = open_index(index_root)
    path = corpus_root / "petit" / "questions" / "p1.yaml"
    path.write_text(path.read_text("utf-8").replace("de bureau en bureau", "partout"), "utf-8")
    build_index(index_root, read_corpus(corpus_root), HashEncoder())
    after = open_index(index_root)
    assert after.manifest.corpus != before.manifest.corpus
    assert after.manifest.files["passages.jsonl"] != before.manifest.files["passages.jsonl"]
    assert [p.id for p in after.passages] == [p.id for p in before.passages]


def test_changed_statements_give_another_hash_and_other_vectors(
    corpus_root: Path, index_root: Path
) -> None:
    before = open_index(index_root)
    statements = corpus_root / "petit" / "statements.jsonl"
    statements.write_text("\n".join(map(json.dumps, STATEMENTS[2:])), "utf-8")
    build_index(index_root, read_corpus(corpus_root), HashEncoder())
    after = open_index(index_root)
    assert after.manifest.corpus != before.manifest.corpus
    assert [*after.passages] == [*before.passages]
    assert (len(before.unanswered), len(after.unanswered)) == (0, 2)


def test_the_old_build_serves_until_the_new_one_is_whole(
    corpus_root: Path, index_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, encoder = current_build(index_root), Observing(index_root)
    replace = Path.replace
    at_switch: list[tuple[Path, list[str]]] = []

    def watched(self: Path, target: Path) -> Path:
        if target.name == "CURRENT":
            new = self.read_text("utf-8").strip()
            at_switch.append((open_index(index_root).folder, [*contents(index_root / new)]))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", watched)
    new = build_index(index_root, read_corpus(corpus_root), encoder)
    assert encoder.serving == [old]
    assert at_switch == [(old, [*contents(old)])]
    assert open_index(index_root).folder == new != old
    assert names(index_root) == sorted([old.name, new.name, "CURRENT"])


def test_the_folder_of_the_index_is_synced_after_each_of_its_renames(
    corpus_root: Path, index_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done, own = list[str](), index_root.stat().st_ino
    sync, rename, replace = os.fsync, Path.rename, Path.replace

    def synced(handle: int) -> None:
        sync(handle)
        if os.fstat(handle).st_ino == own:
            done.append("sync")

    def noted(work: Callable[[Path, Path], Path], name: str) -> Callable[[Path, Path], Path]:
        def moved(path: Path, target: Path) -> Path:
            if target.parent == index_root:
                done.append(name)
            return work(path, target)

        return moved

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "rename", noted(rename, "build"))
    monkeypatch.setattr(Path, "replace", noted(replace, "CURRENT"))
    build_index(index_root, read_corpus(corpus_root), HashEncoder())
    assert done == ["build", "sync", "CURRENT", "sync"]


def test_a_folder_that_cannot_be_synced_after_the_switch_changes_nothing(
    corpus_root: Path, index_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, sync, current = index_root.stat().st_ino, os.fsync, current_build(index_root)

    def refused(handle: int) -> None:
        if os.fstat(handle).st_ino == own and current_build(index_root) != current:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        sync(handle)

    monkeypatch.setattr(os, "fsync", refused)
    folder = build_index(index_root, read_corpus(corpus_root), HashEncoder())
    assert open_index(index_root).folder == folder


def test_a_reader_keeps_its_build_after_the_switch_and_even_after_its_removal(
    corpus_root: Path, index_root: Path
) -> None:
    opened, query = open_index(index_root), HashEncoder().encode_query(["guichet"])
    before = opened.scores(query[0], ["guichet"])
    build_index(index_root, read_corpus(corpus_root), HashEncoder())
    shutil.rmtree(opened.folder)
    for now, then in zip(opened.scores(query[0], ["guichet"]), before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_the_serving_build_and_the_latest_others_are_kept(
    corpus_root: Path, tmp_path: Path
) -> None:
    root, corpus = tmp_path / "index", read_corpus(corpus_root)
    builds = [build_index(root, corpus, HashEncoder(name)) for name in "abcde"]
    assert KEPT_BUILDS == 3
    assert names(root) == [*(path.name for path in builds[-3:]), "CURRENT"]
    assert open_index(root).manifest.encoder == "e@test"


def test_after_the_clock_went_back_the_new_build_the_former_and_the_latest_are_kept(
    corpus_root: Path, index_root: Path
) -> None:
    former = current_build(index_root)
    later = [
        copy_build(index_root, f"{year}-01-01T00:00:00+00:00").name for year in range(3000, 3003)
    ]
    new = build_index(index_root, read_corpus(corpus_root), HashEncoder())
    assert open_index(index_root).folder == new
    assert names(index_root) == [former.name, new.name, later[2], "CURRENT"]


def test_pruning_leaves_what_is_no_build(corpus_root: Path, index_root: Path) -> None:
    (index_root / "README.md").write_text("built, not committed", "utf-8")
    (index_root / "0-notes").mkdir()
    for _ in range(KEPT_BUILDS + 1):
        build_index(index_root, read_corpus(corpus_root), HashEncoder())
    assert {"README.md", "0-notes", "CURRENT"} <= {*names(index_root)}
    assert len(names(index_root)) == KEPT_BUILDS + 3


@pytest.fixture
def taught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The collection `petit` with statements enough for heads, half of them to learn from only."""
    quick_fitting(monkeypatch)
    folder = write_corpus(tmp_path / "taught", lessons()[::2])
    write_lessons(folder, lessons()[1::2])
    return folder


def test_a_build_with_heads_that_is_opened_again_has_the_same(taught: Path, tmp_path: Path) -> None:
    root = tmp_path / "index"
    corpus = read_corpus(taught.parent)
    folder = build_index(root, corpus, HashEncoder())
    assert [*(folder / "heads").iterdir()] == [folder / "heads" / "petit.npz"]
    assert read_manifest(folder).files["heads/petit.npz"] == file_hash(folder / "heads/petit.npz")
    opened, again = open_index(root), open_index(root)
    heads = opened.heads["petit"]
    assert [*opened.heads] == ["petit"]
    assert heads.fit.key == collection_key(corpus.collections[0])
    assert heads.fit.encoder == "hash@test"
    assert heads.fit.statements == len(lessons())
    assert heads.dump() == again.heads["petit"].dump() == (folder / "heads/petit.npz").read_bytes()
    # The corpus may change or go: a build has all that serving needs.
    shutil.rmtree(taught)
    found, other = (
        Assistant(index, Settings(home=tmp_path), HashEncoder()).ask("standard débordé")
        for index in (opened, again)
    )
    assert found == other
    assert 0 < found.helps < 1


def test_the_same_statements_give_builds_of_the_same_bytes(taught: Path, tmp_path: Path) -> None:
    corpus = read_corpus(taught.parent)
    one, two = (
        contents(build_index(tmp_path / name, corpus, HashEncoder())) for name in ("one", "two")
    )
    assert "heads/petit.npz" in one
    assert without_creation(one) == without_creation(two)


def test_without_statements_enough_a_build_has_no_heads(judged: Corpus, tmp_path: Path) -> None:
    folder = build_index(tmp_path / "index", judged, HashEncoder())
    assert not (folder / "heads").exists()
    assert open_index(tmp_path / "index").heads == {}


def test_statements_to_learn_from_are_in_no_text_nor_vector_of_a_build(
    taught: Path, tmp_path: Path
) -> None:
    opened = open_index(
        build_index(tmp_path / "index", read_corpus(taught.parent), HashEncoder()).parent
    )
    files = contents(opened.folder)
    assert [name for name, content in files.items() if b"cas1" in content] == []
    assert b"cas0" in files["passages.jsonl"]
    assert opened.manifest.counts["question"] == 7 + 9
    assert opened.manifest.counts["unanswered"] == len(opened.unanswered) == 3


def test_statements_are_learnt_from_as_queries_and_encoded_once_for_several_builds(
    taught: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fitted: list[Lessons] = []

    def noted(*given: Any, **how: Any) -> Any:
        fitted.append(given[3])
        return fit_heads(*given, **how)

    monkeypatch.setattr(schooling, "fit_heads", noted)
    root, encoder = tmp_path / "index", Asking()
    calls: list[tuple[int, int]] = []
    corpus = read_corpus(taught.parent)
    build_index(root, corpus, encoder, lambda *at: calls.append(at))
    texts = [row.text for row in corpus.collections[0].lessons]
    assert encoder.asked == [texts]
    assert calls[-1] == (len(texts), len(texts))
    expected = HashEncoder().encode_query(texts)
    np.testing.assert_array_equal(fitted[0].vectors, -expected)
    # Those of the same texts as documents are others.
    opened = open_index(root)
    embedded = [passage.embedded for passage in opened.passages]
    np.testing.assert_array_equal(opened.vectors, HashEncoder().encode_document(embedded))
    for _ in range(KEPT_BUILDS + 1):
        build_index(root, corpus, encoder)
    assert encoder.asked == [texts]
    path = taught / "statements" / "more.jsonl"
    path.write_text(path.read_text("utf-8").replace("guichets cas1", "guichets cas un"), "utf-8")
    build_index(root, read_corpus(taught.parent), encoder)
    assert encoder.asked[1:] == [["habitants ballottés entre guichets cas un"]]


def test_shipped_heads_that_fit_are_copied_into_the_build(taught: Path, tmp_path: Path) -> None:
    root, encoder = tmp_path / "index", Asking()
    before = read_corpus(taught.parent)
    heads = made_heads({"petit-p1": 0.0, "petit-p2": 0.0, "petit-p3": 9.0}, helps=9.0)
    (taught / SHIPPED).write_bytes(heads.dump())
    corpus = read_corpus(taught.parent)
    # A corpus whose heads change is another corpus.
    assert corpus.hash != before.hash
    folder = build_index(root, corpus, encoder)
    assert (folder / "heads" / "petit.npz").read_bytes() == heads.dump()
    assert encoder.asked == []
    (taught / SHIPPED).write_bytes(heads.dump()[:-100])
    folder = build_index(root, read_corpus(taught.parent), encoder)
    assert (folder / "heads" / "petit.npz").read_bytes() != heads.dump()
    assert len(encoder.asked) == 1


def test_a_question_is_answered_from_the_heads_of_the_build(taught: Path, tmp_path: Path) -> None:
    said = {"petit-p1": 0.0, "petit-p2": 0.0, "petit-p3": 9.0}
    heads = made_heads(said, addresses=2.0, helps=3.0)
    (taught / SHIPPED).write_bytes(heads.dump())
    root = build_index(tmp_path / "index", read_corpus(taught.parent), HashEncoder()).parent
    assistant = Assistant(open_index(root), Settings(home=tmp_path), HashEncoder())
    answer = assistant.ask("le standard est saturé par des appels répétés")
    assert answer.hits[0].practice.id == "petit-p3"
    assert (answer.confidence, answer.helps) == pytest.approx((0.880797, 0.952574), abs=1e-5)
    assert not answer.abstained
    elsewhere = assistant.ask(
        "le standard est saturé par des appels répétés",
        filters=Filters(theme=frozenset({"Téléphone"})),
    )
    assert elsewhere.helps < 0.001
    assert elsewhere.abstained


@pytest.mark.parametrize("damage", [flip, truncate, Path.unlink])
def test_a_damaged_file_of_heads_is_told(
    taught: Path, tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    root = tmp_path / "index"
    folder = build_index(root, read_corpus(taught.parent), HashEncoder())
    damage(folder / "heads" / "petit.npz")
    state = "missing" if damage is Path.unlink else "altered"
    with pytest.raises(IndexDamagedError, match=rf"heads/petit\.npz is {state}") as caught:
        open_index(root)
    assert caught.value.en.endswith("Mend it with: recueil-qa build --force")


def dimension_of_another(path: Path) -> None:
    path.write_bytes(made_heads({"petit-p1": 0.0}, dimension=32).dump())


@pytest.mark.parametrize(
    "damage",
    [
        truncate,
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"not heads at all"),
        pytest.param(
            dimension_of_another,
        ),
    ],
    ids=["truncated", "empty", "text", "dimension"],
)
def test_heads_that_a_faulty_writer_wrote_are_damage(
    taught: Path, tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    root = tmp_path / "index"
    build_index(root, read_corpus(taught.parent), HashEncoder())
    rewrite(root, lambda folder: damage(folder / "heads" / "petit.npz"))
    with pytest.raises(IndexDamagedError, match=r"heads/petit\.npz is altered"):
        open_index(root)
