from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from recueil_qa.analysis import words
from recueil_qa.analysis.passages import corpus_passages
from recueil_qa.arrays import Mask
from recueil_qa.builds.build import build_index
from recueil_qa.builds.map_layout import map_points
from recueil_qa.corpus.folders import corpus_hash
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.encoding.encoder import Vectors
from recueil_qa.errors import (
    IndexDamagedError,
    IndexMismatchError,
    IndexMissingError,
)
from recueil_qa.index import manifest
from recueil_qa.index.current import current_build, is_current
from recueil_qa.index.files import PARAMETERS
from recueil_qa.index.opening import check_encoder, open_catalogue, open_index
from recueil_qa.index.passages import FACTS, TEXTS
from recueil_qa.index.vectors import write_vectors
from recueil_qa.types import PassageKind
from tests.support.builds import copy_build
from tests.support.collections import ask_of_line, write_corpus, write_faq
from tests.support.damage import answered_lines, edit_manifest, flip, rewrite, truncate
from tests.support.encoders import HashEncoder
from tests.support.statements import STATEMENTS

BUILD_FILES = (
    "bm25/data.csc.index.npy",
    "bm25/indices.csc.index.npy",
    "bm25/indptr.csc.index.npy",
    "bm25/params.index.json",
    "bm25/vocab.index.json",
    "collections.json",
    "levels.json",
    "manifest.json",
    "map.json",
    "nothing.npy",
    "passages.jsonl",
    "passages.npy",
    "practices.jsonl",
    "practices.npy",
    "unanswered.faiss",
    "unanswered.json",
    "vectors.faiss",
    "words.json",
)


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the corpus `petit`, judged, and its index; copied by whoever damages it."""
    home = tmp_path_factory.mktemp("home")
    folder = write_corpus(home / "corpus", STATEMENTS)
    ask_of_line(folder, 1, "fr conseils/2", "Ouvrir plus tard ?")
    ask_of_line(folder, 3, "en contexte/1", "What don't they understand?", "Whose letters?")
    build_index(home / "index", read_corpus(home / "corpus"), HashEncoder())
    return home


@pytest.fixture
def root(pristine: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(pristine / "index", tmp_path / "copy"))


def put_vectors(folder: Path, name: str, vectors: Vectors) -> None:
    write_vectors(folder / name, vectors.shape[1], [vectors])


def test_a_build_holds_what_the_corpus_says_in_its_order(pristine: Path) -> None:
    opened = open_index(pristine / "index")
    corpus = read_corpus(pristine / "corpus")
    assert opened.practices == corpus.collections[0].practices
    assert tuple(opened.passages) == corpus_passages(corpus)
    assert opened.collections == {"petit": corpus.collections[0].config.info()}
    assert [opened.practices[i].id for i in opened.owners] == [p.practice for p in opened.passages]
    catalogue = open_catalogue(pristine / "index", contacts=True)
    assert catalogue.practices == opened.practices
    assert catalogue.collections == tuple(opened.collections.values())


def test_the_masks_follow_the_passages(pristine: Path) -> None:
    opened = open_index(pristine / "index")
    rows = opened.passages
    assert opened.is_question.tolist() == [row.kind is PassageKind.QUESTION for row in rows]
    advice = [row.id for row, mark in zip(rows, opened.is_advice, strict=True) if mark]
    assert advice == [
        f"petit-p{page}/conseils{end}" for page in (1, 2, 3) for end in ("", "/1", "/2")
    ]
    assert opened.is_context.tolist() == [False] * len(rows)


def test_the_map_is_that_of_the_practices_in_their_order(pristine: Path) -> None:
    opened = open_index(pristine / "index")
    ids = [practice.id for practice in opened.practices]
    assert [point.practice for point in opened.map_points] == ids
    assert opened.map_points == map_points(ids, opened.practice_vectors)
    assert {0.0, 1.0} <= {side for point in opened.map_points for side in (point.x, point.y)}
    content = json.loads((opened.folder / "map.json").read_text("utf-8"))
    assert content == [
        {"practice": point.practice, "x": point.x, "y": point.y} for point in opened.map_points
    ]


def test_a_practice_vector_is_the_centred_mean_of_its_passages(pristine: Path) -> None:
    opened = open_index(pristine / "index")
    means = np.stack([opened.vectors[opened.owners == i].mean(axis=0) for i in range(3)])
    centred = means - means.mean(axis=0)
    expected = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    np.testing.assert_allclose(opened.practice_vectors, expected, atol=1e-6)


def test_context_is_what_each_collection_says_it_is(corpus_root: Path, tmp_path: Path) -> None:
    # The same name of section has another role in each of the two collections.
    path = corpus_root / "petit" / "collection.toml"
    heading = 'headings = ["Contexte"]\n'
    path.write_text(
        path.read_text("utf-8").replace(heading, f'{heading}role = "context"\n'), "utf-8"
    )
    faq = write_faq(corpus_root) / "collection.toml"
    faq.write_text(faq.read_text("utf-8").replace('"reponse"', '"contexte"'), "utf-8")
    build_index(tmp_path / "index", read_corpus(corpus_root), HashEncoder())
    opened = open_index(tmp_path / "index")

    def marked(mask: Mask, collection: str) -> set[str]:
        ids = {row.id for row, mark in zip(opened.passages, mask, strict=True) if mark}
        return {name for name in ids if name.startswith(f"{collection}-")}

    assert marked(opened.is_context, "petit") == {
        f"petit-p{page}/contexte{end}" for page in (1, 2, 3) for end in ("", "/1")
    }
    assert marked(opened.is_context, "faq") == set()
    assert "faq-carte/contexte/1" in marked(opened.is_advice, "faq")
    assert not (opened.is_advice & opened.is_context).any()


def test_a_question_of_a_line_is_tied_to_that_line_and_no_other_passage_to_any(
    pristine: Path,
) -> None:
    opened = open_index(pristine / "index")
    ids = [row.id for row in opened.passages]
    tied = {ids[i]: ids[at] for i, at in enumerate(answered_lines(opened)) if at >= 0}
    assert tied == {
        "petit-p1/questions/fr/conseils/2/1": "petit-p1/conseils/2",
        "petit-p3/questions/en/contexte/1/1": "petit-p3/contexte/1",
        "petit-p3/questions/en/contexte/1/2": "petit-p3/contexte/1",
    }
    answered = answered_lines(opened)[answered_lines(opened) >= 0]
    assert {opened.passages[i].kind for i in answered} == {PassageKind.LINE}
    assert {*answered_lines(opened)[answered_lines(opened) < 0].tolist()} == {-1}
    assert len(answered_lines(opened)) == len(ids)


def test_grades_and_answers_of_passages_are_read_back(pristine: Path) -> None:
    rows = open_index(pristine / "index").passages
    assert {row.id: row.grade for row in rows if row.is_statement} == {
        "petit-p1/statements/s001": 2,
        "petit-p2/statements/s002": 2,
        "petit-p3/statements/s001": 1,
    }
    assert {row.grade for row in rows if not row.is_statement} == {2}
    assert sum(bool(row.answer) for row in rows) == 3


def test_unanswered_statements_are_read_back_as_unit_vectors_in_their_order(
    pristine: Path,
) -> None:
    opened = open_index(pristine / "index")
    assert opened.unanswered.dtype == np.float32
    assert opened.unanswered.shape == (2, 64)
    np.testing.assert_array_equal(
        opened.unanswered, HashEncoder().encode_document(["Le parking déborde", "The roof leaks"])
    )


def test_an_index_without_any_question_or_statement_opens(faq_root: Path, tmp_path: Path) -> None:
    build_index(tmp_path / "index", read_corpus(faq_root), HashEncoder(dimension=32))
    opened = open_index(tmp_path / "index")
    assert opened.unanswered.dtype == np.float32
    assert opened.unanswered.shape == (0, 32)
    assert answered_lines(opened).tolist() == [-1] * len(opened.passages)
    assert not opened.is_question.any()
    assert not opened.has_questions.any()


@pytest.mark.parametrize(
    "text", ["appels répétés", "lettre", "how to cut repeat calls", "zzz inconnu", "!?"]
)
def test_similarities_are_those_of_a_brute_force_in_passage_order(
    pristine: Path, text: str
) -> None:
    opened, encoder = open_index(pristine / "index"), HashEncoder()
    query = encoder.encode_query([text])
    embedded = [row.embedded for row in opened.passages]
    expected = [float(encoder.encode_document([row])[0] @ query[0]) for row in embedded]
    np.testing.assert_allclose(opened.scores(query[0], [])[0], expected, atol=1e-6)
    np.testing.assert_array_equal(opened.vectors, encoder.encode_document(embedded))


def test_lexical_scores_stand_in_passage_order(pristine: Path) -> None:
    opened = open_index(pristine / "index")
    wanted = words.stem("lettres", "fr")
    nowhere = np.zeros(64, np.float32)
    scores, none = opened.scores(nowhere, [wanted, "zzz"])[1]
    holds = [wanted in words.analyse(p.embedded, p.language) for p in opened.passages]
    assert (scores > 0).tolist() == holds
    assert any(holds)
    assert opened.knows(wanted)
    assert not opened.knows("zzz")
    np.testing.assert_array_equal(none, np.zeros(len(opened.passages)))


def test_the_files_of_a_build_are_those_damaged_below(pristine: Path) -> None:
    folder = current_build(pristine / "index")
    found = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    assert found == list(BUILD_FILES)
    assert sorted(manifest.read_manifest(folder).files) == [
        name for name in BUILD_FILES if name != manifest.NAME
    ]


@pytest.mark.parametrize(
    ("damage", "state"),
    [
        (Path.unlink, ("absent", "missing")),
        (truncate, ("altéré", "altered")),
        (lambda path: path.write_bytes(b""), ("altéré", "altered")),
        (flip, ("altéré", "altered")),
    ],
    ids=["deleted", "truncated", "emptied", "flipped"],
)
@pytest.mark.parametrize("name", BUILD_FILES)
def test_a_damaged_file_is_named_with_the_mend(
    pristine: Path, root: Path, name: str, damage: Callable[[Path], None], state: tuple[str, str]
) -> None:
    path = current_build(root) / name
    damage(path)
    for open_ in (open_index, open_catalogue):
        with pytest.raises(IndexDamagedError) as caught:
            open_(root)
        assert caught.value.fr == (
            f"l'index est abîmé : {path} est {state[0]} ; recueil-qa rollback "
            "remet en service la version d'avant. Remède : recueil-qa build --force"
        )
        assert caught.value.en == (
            f"the index is damaged: {path} is {state[1]}; recueil-qa rollback "
            "goes back to the build before. Mend it with: recueil-qa build --force"
        )
    assert not is_current(root, corpus_hash(pristine / "corpus"), "hash@test")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("passages.jsonl", b'{"id": "petit-p1/title"}'),
        ("practices.jsonl", b"[]"),
        ("collections.json", b"{}"),
        ("vectors.faiss", b"not an index of FAISS at all"),
        ("unanswered.faiss", b"not an index of FAISS at all"),
        ("unanswered.faiss", b""),
        ("passages.npy", b"not an array at all"),
        ("passages.npy", b""),
        ("practices.npy", b""),
        ("words.json", b"[]"),
        ("words.json", b'{"guichet": 3}'),
        ("map.json", b""),
        ("map.json", b"[]"),
        ("map.json", b'[{"practice":"petit-p1","x":0.5,"y":0.5}]'),
        ("passages.jsonl", b""),
    ],
)
def test_a_file_of_another_content_is_damage_even_under_the_right_hash(
    root: Path, name: str, content: bytes
) -> None:
    rewrite(root, lambda folder: (folder / name).write_bytes(content))
    with pytest.raises(IndexDamagedError, match="recueil-qa build --force"):
        open_index(root)


@pytest.mark.parametrize(
    ("name", "shapes"),
    [
        ("vectors.faiss", [(31, 32), (30, 64), (32, 64), (0, 64)]),
        ("unanswered.faiss", [(2, 32), (1, 64), (3, 64), (0, 64)]),
    ],
)
def test_vectors_of_another_dimension_or_count_are_damage(
    root: Path, name: str, shapes: list[tuple[int, int]]
) -> None:
    opened = open_index(root)
    assert (opened.vectors.shape, opened.unanswered.shape) == ((31, 64), (2, 64))
    for shape in shapes:
        vectors = np.zeros(shape, np.float32)
        rewrite(root, partial(put_vectors, name=name, vectors=vectors))
        with pytest.raises(IndexDamagedError, match=rf"{name} is altered"):
            open_index(root)


def test_a_build_without_the_file_of_the_unanswered_is_damaged(root: Path) -> None:
    # As those built before there were any.
    rewrite(root, lambda folder: (folder / "unanswered.faiss").unlink())
    with pytest.raises(IndexDamagedError, match=r"unanswered\.faiss is missing"):
        open_index(root)


@pytest.mark.parametrize(
    "change",
    [
        lambda points: points[::-1],
        lambda points: [*points, points[0]],
        lambda points: [points[0] | {"x": 1.5}, *points[1:]],
    ],
    ids=["order", "count", "place"],
)
def test_a_map_that_is_not_of_the_practices_is_damage(
    root: Path, change: Callable[[list[dict[str, object]]], object]
) -> None:
    def faulty(folder: Path) -> None:
        points = json.loads((folder / "map.json").read_text("utf-8"))
        (folder / "map.json").write_text(json.dumps(change(points)), "utf-8")

    rewrite(root, faulty)
    with pytest.raises(IndexDamagedError, match=r"map\.json is altered; recueil-qa rollback"):
        open_index(root)
    assert len(open_catalogue(root).practices) == 3


def test_an_index_of_before_the_map_is_to_be_rebuilt(pristine: Path, root: Path) -> None:
    folder = current_build(root)
    (folder / "map.json").unlink()
    before = {name: value for name, value in PARAMETERS.items() if name != "map"}
    hashes = manifest.hash_files(folder)
    edit_manifest(root, parameters=before, files=hashes)
    renamed = folder.rename(root / manifest.build_name(folder, manifest.read_manifest(folder)))
    (root / "CURRENT").write_text(renamed.name, "utf-8")
    for open_ in (open_index, open_catalogue):
        with pytest.raises(IndexMismatchError) as caught:
            open_(root)
        assert caught.value.en.endswith("expected map = 1. Mend it with: recueil-qa build")
        assert caught.value.fr.endswith(", map = 1 attendu. Remède : recueil-qa build")
    assert not is_current(root, corpus_hash(pristine / "corpus"), "hash@test")


def test_without_a_current_that_can_be_read_nothing_was_built(tmp_path: Path, root: Path) -> None:
    (root / "CURRENT").unlink()
    for place in (root, tmp_path / "nowhere"):
        with pytest.raises(IndexMissingError) as caught:
            open_index(place)
        assert caught.value.fr == f"pas encore d'index dans {place}. Remède : recueil-qa build"
        assert caught.value.en == f"no index yet in {place}. Mend it with: recueil-qa build"
    (root / "CURRENT").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(IndexMissingError, match="recueil-qa build"):
        open_index(root)


@pytest.mark.parametrize(
    "name",
    ["", "\n\n", ".", "..", "a/b", "/", "\0", "x" * 300, "20200101T000000Z-gone", "../{build}"],
    ids=lambda name: repr(name)[:24],
)
def test_a_current_that_names_no_build_is_damage(root: Path, name: str) -> None:
    (root / "CURRENT").write_text(name.format(build=current_build(root).name), "utf-8")
    with pytest.raises(IndexDamagedError, match="recueil-qa build --force") as caught:
        open_index(root)
    assert f"{root / 'CURRENT'} est altéré" in caught.value.fr
    assert f"{root / 'CURRENT'} is altered" in caught.value.en
    assert not is_current(root, "", "hash@test")


def test_a_build_that_is_gone_is_named(root: Path) -> None:
    folder = current_build(root)
    shutil.rmtree(folder)
    with pytest.raises(IndexDamagedError, match=f"{folder} is missing"):
        open_index(root)


@pytest.mark.parametrize(
    ("change", "found", "expected"),
    [
        ({"format": 2}, "2", str(manifest.FORMAT)),
        ({"format": 7, "shards": []}, "7", str(manifest.FORMAT)),
        ({"parameters": PARAMETERS | {"bm25_b": 0.5}}, "bm25_b = 0.5", "bm25_b = 0.75"),
        ({"parameters": PARAMETERS | {"passages": 1}}, "passages = 1", "passages = 5"),
        ({"parameters": PARAMETERS | {"new": 1}}, "new = 1", "new –"),
        ({"package": "9.9.9", "parameters": {}}, "(recueil-qa 9.9.9)", "map = 1"),
    ],
)
def test_another_version_is_refused_with_what_was_found_and_expected(
    root: Path, change: dict[str, object], found: str, expected: str
) -> None:
    edit_manifest(root, **change)
    for open_ in (open_index, open_catalogue):
        with pytest.raises(IndexMismatchError) as caught:
            open_(root)
        assert f"{expected}. Mend it with: recueil-qa build" in caught.value.en
        assert f"{expected} attendu. Remède : recueil-qa build" in caught.value.fr
        assert found in caught.value.fr
        assert found in caught.value.en


def test_an_index_is_current_for_its_own_corpus_and_encoder_only(
    pristine: Path, root: Path
) -> None:
    own = corpus_hash(pristine / "corpus")
    assert is_current(root, own, "hash@test")
    assert not is_current(root, "0" * 64, "hash@test")
    assert not is_current(root, own, "other@test")
    with pytest.raises(
        IndexMismatchError, match=r"encoder hash@test, the one here is other@0123\. Mend"
    ):
        check_encoder(open_index(root).manifest, "other@0123")
    edit_manifest(root, parameters=PARAMETERS | {"passages": 1})
    assert not is_current(root, own, "hash@test")


@pytest.mark.parametrize("open_", [open_index, open_catalogue])
def test_a_build_that_goes_away_while_it_is_opened_is_no_damage(
    root: Path, monkeypatch: pytest.MonkeyPatch, open_: Callable[[Path], object]
) -> None:
    former, whole = current_build(root), manifest.check_files
    newer = copy_build(root, "2999-01-01T00:00:00+00:00")
    read: list[str] = []

    def meanwhile(folder: Path, contract: manifest.Manifest) -> None:
        read.append(folder.name)
        if len(read) == 1:  # another process switches and prunes
            (root / "CURRENT").write_text(f"{newer.name}\n", "utf-8")
            shutil.rmtree(folder)
        whole(folder, contract)

    monkeypatch.setattr(manifest, "check_files", meanwhile)
    open_(root)
    assert read == [former.name, newer.name]
    # Of the build that serves, damage is damage at once; and nothing is tried a third time.
    shutil.rmtree(newer / "bm25")
    with pytest.raises(IndexDamagedError):
        open_(root)
    assert read == [former.name, newer.name, newer.name]


def test_opening_never_writes_and_needs_no_right_to(root: Path) -> None:
    def state() -> dict[Path, tuple[int, int]]:
        return {p: (p.stat().st_mtime_ns, p.stat().st_size) for p in (root, *root.rglob("*"))}

    places = [*root.rglob("*"), root]
    for path in places:
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = state()
    try:
        opened = open_index(root)
        opened.scores(HashEncoder().encode_query(["guichet"])[0], ["guichet"])
        assert opened.passages[0].id == "petit-p1/title"
        open_catalogue(root)
        assert state() == before
    finally:
        for path in places:
            path.chmod(0o755 if path.is_dir() else 0o644)


def test_queries_are_mended_with_the_words_of_the_passages(pristine: Path) -> None:
    opened = open_index(pristine / "index")
    mending = opened.spelling
    assert mending is opened.spelling
    # Of a title, of a line, of a question in each language, of a judged statement.
    typed = "guichett polivalence incomprehensibless anotherr famillles"
    assert mending.correct(typed) == "guichet polyvalence incompréhensibles anotherr familles"
    # What nothing answers is not of the collection, nor are addresses.
    assert mending.correct("parkking exemplle") == "parkking exemplle"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bm25/params.index.json", b"NaN"),
        ("bm25/params.index.json", b'{"k1": 1.2, "num_docs": 28, "unheard_of": 1}'),
        ("bm25/params.index.json", b"\x94"),
        ("bm25/params.index.json", b"[" * 100_000),
        ("bm25/params.index.json", b'{"k1": 1.2, "b": 0.75, "method": "lucene", "num_docs": 3}'),
        ("bm25/vocab.index.json", b'{"accueil": }'),
        ("bm25/vocab.index.json", b'["accueil"]'),
        ("bm25/data.csc.index.npy", b"\x93NUMPY"),
    ],
)
def test_a_file_that_is_none_of_ours_is_told_even_with_its_hash(
    root: Path, name: str, content: bytes
) -> None:
    rewrite(root, lambda folder: (folder / name).write_bytes(content))
    with pytest.raises(IndexDamagedError, match=name.partition("/")[0]):
        open_index(root)


@pytest.mark.parametrize(
    ("field", "place", "value"),
    [
        ("start", 0, 1),
        ("start", 3, 0),
        ("start", -1, 10**9),
        ("practice", 0, 1),
        ("practice", -1, 3),
        ("practice", 5, -1),
        ("practice", 1, 2),
        ("answers", 0, 31),
        ("answers", 0, -2),
        ("answers", 0, 30),
        ("kind", 0, 4),
        ("first", 4, 5),
        ("first", 4, -1),
        ("first", 4, 10**9),
        ("first", 0, 1),
    ],
)
def test_facts_that_fit_no_passages_are_damage(
    root: Path, field: str, place: int, value: int
) -> None:
    def forge(folder: Path) -> None:
        facts = np.load(folder / FACTS)
        facts[field][place] = value
        np.save(folder / FACTS, facts)

    rewrite(root, forge)
    with pytest.raises(IndexDamagedError, match=r"passages\.jsonl is altered"):
        open_index(root)


def test_a_passage_that_is_none_is_told_when_it_is_read(root: Path) -> None:
    rewrite(
        root,
        lambda folder: (folder / TEXTS).write_bytes(
            (folder / TEXTS)
            .read_bytes()
            .replace(b'"id":"petit-p2/title"', b'"di":"petit-p2/title"')
        ),
    )
    opened = open_index(root)
    assert opened.passages[0].id == "petit-p1/title"
    with pytest.raises(IndexDamagedError, match=r"passages\.jsonl is altered"):
        tuple(opened.passages)


@pytest.mark.parametrize("name", ["nul\0l", "x" * 300, "../" * 2000])
def test_a_manifest_that_names_no_file_of_any_system_is_told(root: Path, name: str) -> None:
    folder = current_build(root)
    contract = manifest.read_manifest(folder).model_copy(update={"files": {name: "0" * 64}})
    manifest.write_manifest(folder, contract)
    renamed = folder.rename(root / manifest.build_name(folder, contract))
    (root / "CURRENT").write_text(renamed.name, "utf-8")
    with pytest.raises(IndexDamagedError, match="is missing"):
        open_index(root)


def test_a_build_with_a_collection_of_neither_heads_nor_level_is_damaged(root: Path) -> None:
    def without(folder: Path) -> None:
        path = folder / "levels.json"
        path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"collections": {}}))

    rewrite(root, without)
    with pytest.raises(IndexDamagedError, match=r"levels\.json"):
        open_index(root)
